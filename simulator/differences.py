# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two dumps, path by path, in the words of property paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .sdk import Value

_IDENTITIES = ("moid", "key", "device", "name")
_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_OPTIONS = ".config.options["


class _Absent:
    """Stands where one of two dumps has nothing; JSON has no such value."""


_ABSENT = _Absent()


@dataclass(frozen=True)
class Difference:
    """One place that differs; ``before`` and ``after`` are JSON texts, None where a dump has nothing there."""

    path: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        absent = "(as installed)" if _OPTIONS in self.path else "(not there)"
        return f"{self.path}: {self.before or absent} -> {self.after or absent}"


def differences(before: str, after: str) -> list[Difference]:
    """What differs between two dumps, in the order of the first; empty only if they say the same.

    ValueError if one is not JSON.
    """
    if before == after:
        return []
    return list(_compare("", json.loads(before), json.loads(after)))


def compare_files(before: Path, after: Path) -> list[Difference]:
    """What differs between two files of dumps; ValueError that names the file if one is not a dump."""
    return list(_compare("", _read(before), _read(after)))


def _read(path: Path) -> Value:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: not a dump") from error
    if not isinstance(data, dict) or set(data) != {"hosts", "inventory"}:
        raise ValueError(f"{path}: not a dump: it has hosts and inventory, as GET /state gives them")
    return data


def _compare(path: str, before: Value, after: Value) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _compare(_below(path, name), before.get(name, _ABSENT), after.get(name, _ABSENT))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(path, before, after)
    elif _text(before) != _text(after):
        yield Difference(path, _text(before), _text(after))


def _lists(path: str, before: list[Value], after: list[Value]) -> Iterator[Difference]:
    identity = _identity(before, after)
    if identity is None:
        if len(before) == len(after) and before and all(isinstance(item, dict) for item in (*before, *after)):
            for index, (one, other) in enumerate(zip(before, after, strict=True)):
                yield from _compare(f"{path}[{index}]", one, other)
        elif _text(before) != _text(after):
            yield Difference(path, _text(before), _text(after))
        return
    was, now = ({item[identity]: item for item in items} for items in (before, after))
    names = _names([*before, *(now[key] for key in now if key not in was)], identity)
    for key, name in names.items():
        one, other = was.get(key, _ABSENT), now.get(key, _ABSENT)
        if _text(one) != _text(other):  # of a thousand hosts, few differ: text is compared faster than trees
            yield from _compare(f"{path}[{json.dumps(name)}]", one, other)
    old, new = [key for key in was if key in now], [key for key in now if key in was]
    if old != new:
        yield Difference(f"{path} (order)", _text([names[key] for key in old]), _text([names[key] for key in new]))


def _identity(before: list[Value], after: list[Value]) -> str | None:
    """The property that tells the elements of both lists apart, None if none does."""
    if not all(isinstance(item, dict) for item in (*before, *after)) or not (before or after):
        return None
    for name in _IDENTITIES:
        keys = [[item.get(name) for item in items] for items in (before, after)]
        if all(isinstance(key, str) for key in sum(keys, [])) and all(len(set(each)) == len(each) for each in keys):
            return name
    return None


def _names(items: list[Value], identity: str) -> dict[str, str]:
    """Identity -> what people call the element; the identity itself where that would name two."""
    called = {item[identity]: _name(item) or item[identity] for item in items}
    many = list(called.values())
    return {key: name if many.count(name) == 1 else key for key, name in called.items()}


def _name(item: dict[str, Value]) -> str | None:
    spec = item.get("spec")
    inner = spec.get("name") if isinstance(spec, dict) else None
    for name in (item.get("name"), inner, item.get("device")):
        if isinstance(name, str):
            return name
    return None


def _below(path: str, name: str) -> str:
    if _WORD.match(name):
        return f"{path}.{name}" if path else name
    return f"{path}[{json.dumps(name)}]"


def _text(value: Value) -> str | None:
    return None if value is _ABSENT else json.dumps(value, sort_keys=True)
