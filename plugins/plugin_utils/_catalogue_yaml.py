# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one YAML file as a mapping; refuses what YAML would let pass in silence (a key written twice)."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_text import CatalogueError, shown

# An entry such as !esx.ntp-service, which leaves a control out and has to be quoted.
_TAG = re.compile(r"(?:^|[\s\[,])(![a-z][a-z0-9.-]*)")
# libyaml reads about ten times faster; a Python without it still reads the same.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the base is chosen at import
    """Safe loader that does not let the second of two equal keys win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise CatalogueError(f"line {key.start_mark.line + 1}: {key.value} is written twice")
                seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def read(path: Path) -> dict[str, Any]:
    """Return the mapping in `path`. Raises CatalogueError naming the file, and the line where YAML knows it."""
    try:
        written = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CatalogueError(f"{path}: cannot be read: {exc}") from exc
    try:
        # S506: _Loader is a safe loader; it builds plain values only.
        content = yaml.load(written, Loader=_Loader)  # noqa: S506
    except CatalogueError as exc:
        raise CatalogueError(f"{path}, {exc}") from None
    except yaml.YAMLError as exc:
        raise CatalogueError(f"{path}{_explained(exc, written)}") from exc
    if not isinstance(content, dict):
        raise CatalogueError(f"{path}: a mapping was expected, such as 'extends: management_plane'")
    for key in content:
        if not isinstance(key, str):
            raise CatalogueError(f"{path}: {shown(key)} is not a name")
    return content


def _explained(exc: yaml.YAMLError, written: str) -> str:
    problem = str(getattr(exc, "problem", None) or exc)
    mark = getattr(exc, "problem_mark", None)
    if mark is None:
        return f": not YAML: {problem}"
    lines = written.splitlines()
    tag = _TAG.search(lines[mark.line]) if mark.line < len(lines) else None
    if tag:
        return f'{_line(mark.line)}: {tag[1]} without quotes is a YAML tag; write "{tag[1]}"'
    return f"{_line(mark.line)}: not YAML: {problem}"


def _line(index: int) -> str:
    return f", line {index + 1}"
