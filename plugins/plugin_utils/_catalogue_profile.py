# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles: which controls, with which values; one's own profile extends another and adds, leaves out, sets values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_site import sequence, text
from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_text import CatalogueError, shown, unknown
from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_yaml import read

_KEYS = ("id", "title", "description", "extends", "controls", "values")


@dataclass(frozen=True)
class Profile:
    """A profile with what it extends already in it; `values` in layers, the base first: (place, control, value)."""

    id: str
    title: str
    description: str
    controls: tuple[str, ...]
    values: tuple[tuple[str, str, Any], ...]


def is_path(profile: str) -> bool:
    """Tell a path to a profile file from a profile's name: a name has neither a slash nor a YAML suffix."""
    return "/" in profile or profile.endswith((".yml", ".yaml"))


def read_profile(profile: str, shipped: Path, controls: Iterable[str]) -> Profile:
    """Return the profile of this name (from the folder `shipped`) or at this path, with what it extends merged in.

    Raises CatalogueError for an unknown profile, key or control, a loop of extends, or a value for a control that the
    profile does not have.
    """
    return _Reader(shipped, frozenset(controls)).read(profile, Path(), ())


class _Reader:
    def __init__(self, shipped: Path, controls: frozenset[str]) -> None:
        self.shipped = shipped
        self.controls = controls

    def read(self, name: str, beside: Path, trail: tuple[Path, ...], place: str = "") -> Profile:
        path = self._find(name, beside, place)
        if path in trail:
            loop = " -> ".join(step.name for step in (*trail[trail.index(path) :], path))
            raise CatalogueError(f"profile {trail[0].name} extends itself: {loop}")
        content = read(path)
        here = f"profile {path.name if is_path(name) else name}"
        for key in content:
            if key not in _KEYS:
                raise unknown("key", key, _KEYS, here)
        for key in ("id", "title", "description", "extends"):
            if key in content:
                text(content[key], f"{here}: {key}")
        base = self._base(content, path, trail, here)
        chosen = self._chosen(content, base, here)
        return Profile(
            id=str(content.get("id", path.stem)),
            title=str(content.get("title", base.title if base else path.stem)),
            description=str(content.get("description", base.description if base else "")),
            controls=chosen,
            values=(*(base.values if base else ()), *self._values(content, chosen, here)),
        )

    def _find(self, name: str, beside: Path, place: str) -> Path:
        if is_path(name):
            path = (beside / Path(name).expanduser()).resolve()
            if not path.is_file():
                raise CatalogueError(f"{f'{place}: ' if place else ''}profile file {path} does not exist")
            return path
        known = {path.stem: path for path in self.shipped.glob("*.yml")}
        if name not in known:
            raise unknown("profile", name, known, place)
        return known[name].resolve()

    def _base(self, content: Mapping[str, Any], path: Path, trail: tuple[Path, ...], here: str) -> Profile | None:
        if "extends" in content:
            return self.read(str(content["extends"]), path.parent, (*trail, path), here)
        if not content.get("controls"):
            raise CatalogueError(f"{here} names no controls; add controls: [...] or extends: management_plane")
        return None

    def _chosen(self, content: Mapping[str, Any], base: Profile | None, here: str) -> tuple[str, ...]:
        chosen = list(base.controls if base else ())
        inherited = set(chosen)
        for index, entry in enumerate(sequence(content.get("controls", []), f"{here}: controls", "esx.ssh-service")):
            if not isinstance(entry, str):
                raise CatalogueError(f"{here}: controls[{index}] must be a control, not {shown(entry)}")
            control = entry.removeprefix("!")
            if control not in self.controls:
                raise unknown("control", control, self.controls, here)
            if entry.startswith("!"):
                if control not in chosen:
                    raise CatalogueError(f'{here}: "{entry}" leaves out a control that is not there')
                chosen.remove(control)
            elif control not in chosen:
                chosen.append(control)
            elif control not in inherited:
                raise CatalogueError(f"{here}: control {control} is listed twice")
        if not chosen:
            raise CatalogueError(f"{here} leaves no control at all")
        return tuple(chosen)

    def _values(self, content: Mapping[str, Any], chosen: tuple[str, ...], here: str) -> list[tuple[str, str, Any]]:
        return layer(content.get("values", {}), chosen, self.controls, f"{here}: values")


def layer(values: object, chosen: Iterable[str], controls: Iterable[str], place: str) -> list[tuple[str, str, Any]]:
    """Return one layer of values as (place, control, value), each for a control that is chosen."""
    if not isinstance(values, Mapping):
        raise CatalogueError(f"{place} must map controls to values, not {shown(values)}")
    known, selected = set(controls), set(chosen)
    for control in values:
        if control not in known:
            raise unknown("control", control, known, place)
        if control not in selected:
            raise CatalogueError(f"{place} has {control}, which is not one of the profile's controls")
    return [(f"{place}.{control}", str(control), value) for control, value in values.items()]
