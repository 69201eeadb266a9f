# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of rules, YAML or JSON, read so that a mistake can be told by file, line and key. The one place for YAML."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .rules import RuleError
from .sdk import Value

_TOP = "faults"


@dataclass(frozen=True)
class Entry:
    """A rule as it was written: ``name`` is ``faults[0]``; ``lines`` has the line of each key, "" for the rule's."""

    name: str
    order: Value
    file: str = ""
    lines: dict[str, int] = field(default_factory=dict)

    def problem(self, error: RuleError) -> ValueError:
        """What is wrong with the rule, in one line that says where."""
        named = f"{self.name}.{error.key}" if error.key else self.name
        line = self.lines.get(error.key, self.lines.get("", 1))
        return _problem(f"{self.file}:{line}" if self.file else named, f"{named}: {error}" if self.file else str(error))


def read_rules(path: Path) -> list[Entry]:
    """The rules in a file, under the key ``faults``; ValueError of one line that names file, line and key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text") from error
    tree, data = _json(path, text) if path.suffix == ".json" else _yaml(path, text)
    _check_keys(path, tree, "")
    if not isinstance(data, dict) or not isinstance(data.get(_TOP), list):
        raise _problem(f"{path}:{_line(tree)}", f"{_TOP}: a list of rules is needed under this key")
    for key, _value in tree.value:
        if key.value != _TOP:
            text = f"{key.value}: unknown; a file of rules has the key {_TOP} only"
            raise _problem(f"{path}:{_line(key)}", text)
    nodes = next(value for key, value in tree.value if key.value == _TOP).value
    for index, node in enumerate(nodes):
        _check_keys(path, node, f"{_TOP}[{index}].")
    rows = enumerate(zip(nodes, data[_TOP], strict=True))
    return [Entry(f"{_TOP}[{index}]", order, str(path), _lines(node)) for index, (node, order) in rows]


def _json(path: Path, text: str) -> tuple[Value, Value]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise ValueError(f"{path}:1: nested too deeply") from error
    # JSON is YAML but for tabs, and those can only be blanks here. The tree tells lines; the values are JSON's.
    return _yaml(path, text.replace("\t", " "))[0], data


def _yaml(path: Path, text: str) -> tuple[Value, Value]:
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        return tree, yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ValueError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{path}:1: not YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise ValueError(f"{path}:1: nested too deeply") from error


def _line(node: Value) -> int:
    return node.start_mark.line + 1 if node is not None else 1


def _lines(node: Value) -> dict[str, int]:
    lines = {"": _line(node)}
    if isinstance(node, yaml.MappingNode):
        lines.update({str(key.value): _line(key) for key, _value in node.value})
    return lines


def _check_keys(path: Path, node: Value, name: str) -> None:
    """ValueError for a key that stands twice: one of the two would be lost without a word."""
    seen: set[str] = set()
    for key, _value in node.value if isinstance(node, yaml.MappingNode) else ():
        if str(key.value) in seen:
            raise _problem(f"{path}:{_line(key)}", f"{name}{key.value}: stands twice")
        seen.add(str(key.value))


def _problem(where: str, text: str) -> ValueError:
    """One line, whatever the file holds."""
    return ValueError(f"{where}: {' '.join(text.split())}")
