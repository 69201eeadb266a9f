# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: controls, profiles and mappings read from catalogue/*.yml, and turned into rows for the engine.

It knows no hypervisor and needs no library but PyYAML. How controls, profiles and mappings look: catalogue/README.md.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.dejima.hypervisor.plugins.plugin_utils import _catalogue_expect as expect
from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_profile import (
    Profile,
    is_path,
    layer,
    read_profile,
)
from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_site import SiteValue, settle
from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_text import CatalogueError, shown, unknown
from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_yaml import read

__all__ = ["Catalogue", "CatalogueError", "Control", "Profile", "is_path", "load"]

WALLS = ("management_services", "management_firewall", "management_network")


@dataclass(frozen=True)
class Control:
    """One control as its file has it. `key`, `except_` and `want` may still ask for site values."""

    id: str
    title: str
    asks: str
    protects: str
    severity: str
    applies_to: Mapping[str, str]
    wall: str
    resource: str
    key: Any
    want: Mapping[str, Mapping[str, Any]]
    risk: Mapping[str, Any]
    when_absent: str = "error"
    except_: Any = None
    where: Mapping[str, bool] | None = None
    notes: str = ""


@dataclass(frozen=True)
class Catalogue:
    """Everything under one catalogue folder. Made by `load`; never changed afterwards."""

    root: Path
    controls: Mapping[str, Control]
    site: Mapping[str, SiteValue]
    mappings: Mapping[str, Mapping[str, Any]]
    ids: Mapping[str, Mapping[str, list[str]]] = field(repr=False)

    def profiles(self) -> list[str]:
        """Return the names of the shipped profiles."""
        return sorted(path.stem for path in (self.root / "profiles").glob("*.yml"))

    def profile(self, profile: str) -> Profile:
        """Return a shipped profile by name, or one's own by path, with what it extends merged in."""
        return read_profile(profile, self.root / "profiles", self.controls)

    def resolve(
        self,
        profile: str,
        *,
        controls: Iterable[str] | None = None,
        wall: str | None = None,
        values: Mapping[str, object] | None = None,
        site: Mapping[str, object] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the profile's rows in the profile's order: plain JSON, with every value filled in.

        `controls` (ids, or "!id" for all but these) and `wall` narrow the profile; `values` are laid over its own;
        `site` are the site values. A control that needs a site value nobody gave becomes a row with "manual" in it.
        Raises CatalogueError for any mistake.
        """
        chosen = self.profile(profile)
        wanted = self._narrowed(chosen, controls, wall)
        known = settle(self.site, site)
        layers = [*chosen.values, *layer(values or {}, chosen.controls, self.controls, "values")]
        wants = {name: dict(self.controls[name].want) for name in chosen.controls}
        for place, name, value in layers:
            if name in wants:
                wants[name] |= self._override(self.controls[name], value, known, place)
        return [self._row(self.controls[name], wants[name], known) for name in wanted]

    def _narrowed(self, profile: Profile, controls: Iterable[str] | None, wall: str | None) -> list[str]:
        if wall is not None and wall not in WALLS:
            raise unknown("wall", wall, WALLS)
        asked = None if controls is None else list(controls)
        without = {name[1:] for name in asked or () if name.startswith("!")}
        only = {name for name in asked or () if not name.startswith("!")}
        for name in sorted(only | without):
            if name not in self.controls:
                raise unknown("control", name, self.controls)
            if name not in profile.controls:
                raise CatalogueError(f"control {name} is not in profile {profile.id}")
        chosen = [name for name in profile.controls if name not in without]
        if only or asked == []:
            chosen = [name for name in chosen if name in only]
        return [name for name in chosen if wall is None or self.controls[name].wall == wall]

    def _override(self, control: Control, value: object, site: Mapping[str, Any], place: str) -> dict[str, Any]:
        fields = expect.FIELDS[control.resource]
        if not isinstance(value, Mapping):
            if len(control.want) != 1:
                example = next(iter(control.want))
                fields_ = ", ".join(control.want)
                raise CatalogueError(f"{place} has the fields {fields_}: say which, such as {{{example}: ...}}")
            value = {next(iter(control.want)): value}
        found: dict[str, Any] = {}
        for name, written in value.items():
            if name not in control.want:
                raise unknown("field", name, control.want, place)
            here, kind, rule = f"{place}.{name}", fields[str(name)], control.want[str(name)]
            if isinstance(written, Mapping):
                found[str(name)] = expect.checked(kind, written, self.site, here)
            else:
                found[str(name)] = expect.shorthand(kind, rule, written, site, here)
        return found

    def _row(self, control: Control, want: Mapping[str, Any], site: Mapping[str, Any]) -> dict[str, Any]:
        missing = [ref for ref in expect.references([control.key, control.except_]) if ref not in site]
        keys = [] if missing else expect.fill(control.key, site)
        left_out = [] if missing else expect.fill(control.except_ or [], site)
        row: dict[str, Any] = {
            "control": control.id,
            "title": control.title,
            "asks": control.asks,
            "severity": control.severity,
            "wall": control.wall,
            "resource": control.resource,
            "keys": keys if isinstance(keys, list) else [keys],
            "want": {},
            "when_absent": control.when_absent,
            "applies_to": dict(control.applies_to),
            "ids": {guide: list(self.ids.get(control.id, {}).get(guide, [])) for guide in self.mappings},
            "risk": dict(control.risk),
        }
        for name, expectation in want.items():
            settled, lacking = expect.resolve(expectation, site)
            missing.extend(lacking)
            if settled is not None:
                row["want"][name] = settled
        if left_out:
            row["except"] = left_out
        if control.where:
            row["where"] = dict(control.where)
        if missing:
            needed = (self.site[name] for name in dict.fromkeys(missing))
            row["manual"] = "; ".join(f"set site.{value.name}: {value.description}" for value in needed)
        return row


def load(root: str | Path | None = None) -> Catalogue:
    """Return the catalogue under `root` (default: the one this collection ships), read once per process."""
    return _load(Path(root).resolve() if root else Path(__file__).resolve().parents[2] / "catalogue")


@functools.lru_cache(maxsize=8)
def _load(root: Path) -> Catalogue:
    if not (root / "site.yml").is_file():
        raise CatalogueError(f"{root} is not a catalogue: it has no site.yml")
    site = {
        name: SiteValue(name, **(declared | {"choices": tuple(declared.get("choices", ()))}))
        for name, declared in read(root / "site.yml").items()
    }
    controls = dict(_control(path, root / "controls", site) for path in sorted((root / "controls").glob("*/*.yml")))
    mappings = {path.stem: read(path) for path in sorted((root / "mappings").glob("*.yml"))}
    return Catalogue(root=root, controls=controls, site=site, mappings=mappings, ids=_ids(mappings, controls))


def _control(path: Path, folder: Path, site: Mapping[str, SiteValue]) -> tuple[str, Control]:
    content = read(path)
    expected = ".".join(path.relative_to(folder).with_suffix("").parts)
    if content.get("id") != expected:
        raise CatalogueError(f"{path}: id must be {expected}, as the path says, not {shown(content.get('id'))}")
    if "except" in content:
        content["except_"] = content.pop("except")
    try:
        control = Control(**content)
    except TypeError as exc:
        raise CatalogueError(f"{path}: {exc}") from exc
    fields = expect.FIELDS.get(control.resource)
    if fields is None:
        raise unknown("resource", control.resource, expect.FIELDS, str(path))
    for name, written in control.want.items():
        if name not in fields:
            raise unknown("field", name, fields, str(path))
        expect.checked(fields[name], written, site, f"{path}: want.{name}")
    return expected, control


def _ids(mappings: Mapping[str, Mapping[str, Any]], controls: Mapping[str, Control]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for guide, mapping in mappings.items():
        for guide_id, names in mapping["controls"].items():
            for name in names:
                if name not in controls:
                    raise unknown("control", name, controls, f"mapping {guide}: {guide_id}")
                found.setdefault(name, {}).setdefault(guide, []).append(guide_id)
    return found
