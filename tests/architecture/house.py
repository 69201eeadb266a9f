# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the house: which room may use which. docs/architecture.md draws the same picture."""

from __future__ import annotations

import ast
import fnmatch
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COLLECTION = "ansible_collections.dejima.hypervisor."
ENGINE = "plugins.module_utils._engine"
VSPHERE = "plugins.module_utils._vsphere"
# What an engine room may know of the others without knowing what they do.
WORDS = tuple(f"{ENGINE}.{leaf}" for leaf in ("driver", "errors", "expect", "model"))
FEET = tuple(
    f"{VSPHERE}.{foot}"
    for foot in ("esxcli", "faults", "machines", "managers", "networking", "query", "sdk", "session", "wire")
)
FACE = (ENGINE + ".run", VSPHERE + ".argspec", VSPHERE + ".driver", "ansible")


@dataclass(frozen=True)
class Room:
    """Files (globs from the root; the first room that matches owns a file) and what they may import.

    An entry of `may` (a name or a pattern) covers a module and what lies in it; the standard library is free for all.
    """

    files: str
    may: tuple[str, ...]


ROOMS = (
    Room("plugins/module_utils/_engine/run.py", (ENGINE, "ansible")),
    *(Room(f"plugins/module_utils/_engine/{leaf}.py", WORDS) for leaf in ("driver", "errors", "expect", "model")),
    Room("plugins/module_utils/_engine/journal.py", WORDS),
    Room("plugins/module_utils/_engine/apply.py", (*WORDS, ENGINE + ".plan", ENGINE + ".journal")),
    Room("plugins/module_utils/_engine/*.py", WORDS),
    Room("plugins/module_utils/_vsphere/sdk.py", (*WORDS, "pyVim", "pyVmomi")),
    Room("plugins/module_utils/_vsphere/argspec.py", ("ansible",)),
    Room("plugins/module_utils/_vsphere/resources/registry.py", (*WORDS, VSPHERE + ".resources")),
    Room(
        "plugins/module_utils/_vsphere/resources/*.py",
        (*WORDS, *(f"{VSPHERE}.{foot}" for foot in ("networking", "resources.base", "sdk"))),
    ),
    Room(
        "plugins/module_utils/_vsphere/driver.py",
        (*WORDS, *FEET, *(f"{VSPHERE}.{room}" for room in ("collect", "reachability", "resources"))),
    ),
    Room("plugins/module_utils/_vsphere/*.py", (*WORDS, *FEET, VSPHERE + ".resources.base")),
    Room("plugins/modules/*.py", FACE),
    # The runner does in-process what a module does on its own, so it uses their faces.
    Room("plugins/action/*.py", ("plugins.plugin_utils.runner",)),
    Room("plugins/inventory/*.py", (*FACE, "plugins.plugin_utils")),
    Room("plugins/lookup/*.py", ("plugins.plugin_utils", "ansible")),
    Room("plugins/callback/*.py", ("plugins.plugin_utils", "ansible")),
    # What action and inventory share on the controller; the catalogue beside it is data and knows no engine.
    Room("plugins/plugin_utils/fleets.py", (*FACE, "plugins.plugin_utils")),
    Room("plugins/plugin_utils/readings.py", (*FACE, "plugins.plugin_utils")),
    Room("plugins/plugin_utils/runner.py", (*FACE, "plugins.modules", "plugins.plugin_utils")),
    Room("plugins/plugin_utils/*.py", ("plugins.plugin_utils.*catalogue*", "ansible", "yaml")),
    Room("plugins/*.py", ()),
    # Another house: one mistake must not pass both.
    Room("simulator/*.py", ("simulator", "cryptography", "pyVim", "pyVmomi", "yaml")),
    # Other eyes: what was hardened is verified without what hardened it.
    Room("molecule/*.py", ("molecule", "pyVim", "pyVmomi", "pytest", "testinfra", "yaml")),
)


@dataclass(frozen=True)
class Import:
    """One imported module, named from the repository's root when it is ours."""

    line: int
    name: str


def imports(path: PurePosixPath, source: str, root: Path) -> Iterator[Import]:
    """Every import statement of a file, wherever it stands; relative ones and our full names resolved."""
    package = path.parent.parts
    for node in ast.walk(ast.parse(source, str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name.removeprefix(COLLECTION))
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *filter(None, [node.module]))).removeprefix(COLLECTION)
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                place = root / whole.replace(".", "/")
                ours = place.with_suffix(".py").is_file() or place.is_dir()
                yield Import(node.lineno, whole if ours else base)
        elif isinstance(node, ast.Name) and node.id == "__import__":
            yield Import(node.lineno, "importlib")


def room_of(path: PurePosixPath) -> Room | None:
    """The room a file lies in."""
    return next((room for room in ROOMS if fnmatch.fnmatch(str(path), room.files)), None)


def may_use(room: Room, name: str) -> bool:
    """Whether a room may import a module. No plugin imports dynamically: what travels is found by reading."""
    top = name.partition(".")[0]
    if top == "importlib" and room.files.startswith("plugins/"):
        return False
    if top in sys.stdlib_module_names:
        return True
    return any(fnmatch.fnmatch(name, allowed) or name.startswith(allowed + ".") for allowed in room.may)


def findings(path: PurePosixPath, source: str, root: Path) -> list[str]:
    """What a file uses and may not, one sentence each."""
    room = room_of(path)
    if room is None:
        return [f"{path}: lies in no room of tests/architecture/house.py"]
    return [
        f"{path}:{found.line}: uses {found.name}; {room.files} may use {', '.join(room.may) or 'nothing but Python'}"
        for found in dict.fromkeys(imports(path, source, root))
        if not may_use(room, found.name)
    ]


def sources(root: Path) -> list[Path]:
    """All Python files the plan covers."""
    return sorted(path for top in ("plugins", "simulator", "molecule") for path in (root / top).rglob("*.py"))
