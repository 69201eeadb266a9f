# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a host's settings live: as part of its configuration, and with the manager that changes them.

``HostSystem.config`` is what a vCenter keeps of a host. It is there for a thousand hosts in one read, and may lag
behind a change for a moment. The managers of configManager answer for the host itself. Fleets are read the first way,
what is about to be written or was just written the second. Resources only know the first kind of path.
"""

from __future__ import annotations

import typing as t

from .wire import MoRef

_HOMES: t.Final[t.Mapping[str, tuple[str, str]]] = {
    "config.service": ("serviceSystem", "serviceInfo"),
    "config.firewall": ("firewallSystem", "firewallInfo"),
    "config.option": ("advancedOption", "setting"),
    "config.optionDef": ("advancedOption", "supportedOption"),
    "config.network": ("networkSystem", "networkInfo"),
    "config.virtualNicManagerInfo": ("virtualNicManager", "info"),
}
"""Configuration path: manager in configManager, property of the manager."""

MANAGERS: t.Final = tuple(dict.fromkeys(manager for manager, _name in _HOMES.values()))
PATHS: t.Final = tuple(f"configManager.{manager}" for manager in MANAGERS)


def _moved(path: str, stem: str, new: str) -> str | None:
    rest = path.removeprefix(stem)
    if rest == path or (rest and rest[0] not in ".["):
        return None
    return new + rest


def home_of(path: str) -> tuple[str, str] | None:
    """Manager and its own path for a configuration path; None when it has no other home."""
    for stem, (manager, name) in _HOMES.items():
        own = _moved(path, stem, name)
        if own is not None:
            return manager, own
    return None


def config_path(manager: str, own: str) -> str:
    """The inverse of home_of()."""
    for stem, (keeper, name) in _HOMES.items():
        path = _moved(own, name, stem) if keeper == manager else None
        if path is not None:
            return path
    return own


def references(values: t.Mapping[str, t.Any]) -> dict[str, MoRef]:
    """{manager: reference} out of what was read of a host."""
    found = {}
    for manager, path in zip(MANAGERS, PATHS, strict=True):
        reference = values.get(path)
        if reference is not None:
            found[manager] = MoRef(*reference)
    return found
