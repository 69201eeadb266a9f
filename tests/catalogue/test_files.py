# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue's files: each meets its schema, and together they mean something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing
import yaml

from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import Catalogue

ROOT = Path(__file__).resolve().parents[2] / "catalogue"
STABILITY = Path(__file__).parent / "stability"
CONTROLS = sorted((ROOT / "controls").glob("**/*.yml"))
PROFILES = sorted((ROOT / "profiles").glob("*"))
MAPPINGS = sorted((ROOT / "mappings").glob("*"))
GUIDES = ["scg_8", "scg_9_0", "scg_9_1", "stig_8", "stig_9"]
SSH = (ROOT / "controls" / "esx" / "ssh-service.yml").read_text(encoding="utf-8")


def _parsed(path: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return parsed


def _mistakes(kind: str, document: object) -> list[str]:
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "schemas").glob("*.json")}
    registry: referencing.Registry[Any] = referencing.Registry().with_contents(schemas.items())
    validator = jsonschema.Draft202012Validator(
        schemas[f"{kind}.schema.json"],
        registry=registry,
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def _name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.json")), ids=_name)
def test_every_schema_is_a_schema(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", CONTROLS, ids=_name)
def test_every_control_meets_the_schema(path: Path) -> None:
    assert _mistakes("control", _parsed(path)) == []


@pytest.mark.parametrize("path", PROFILES, ids=_name)
def test_every_profile_meets_the_schema(path: Path) -> None:
    assert _mistakes("profile", _parsed(path)) == []


@pytest.mark.parametrize("path", MAPPINGS, ids=_name)
def test_every_mapping_meets_the_schema(path: Path) -> None:
    assert _mistakes("mapping", _parsed(path)) == []


def test_the_site_values_meet_the_schema() -> None:
    assert _mistakes("site", _parsed(ROOT / "site.yml")) == []


@pytest.mark.parametrize("path", CONTROLS, ids=_name)
def test_the_id_of_a_control_is_its_path(path: Path) -> None:
    assert _parsed(path)["id"] == f"{path.parent.name}.{path.stem}"


def test_no_two_controls_have_the_same_title_or_question() -> None:
    controls = [_parsed(path) for path in CONTROLS]
    for key in ("id", "title", "asks"):
        assert len({control[key] for control in controls}) == len(controls), key


def test_every_file_of_the_catalogue_is_read(catalogue: Catalogue) -> None:
    assert len(catalogue.controls) == len(CONTROLS)
    assert len(catalogue.profiles()) == len(PROFILES)
    assert sorted(catalogue.mappings) == [path.stem for path in MAPPINGS] == GUIDES


@pytest.mark.parametrize("path", [*PROFILES, *MAPPINGS], ids=_name)
def test_profiles_and_mappings_bear_the_name_of_their_file(path: Path) -> None:
    content = _parsed(path)
    assert content.get("id", content.get("guide")) == path.stem


@pytest.mark.parametrize("path", PROFILES, ids=_name)
def test_a_profile_lists_controls_that_exist(path: Path, catalogue: Catalogue) -> None:
    assert set(_parsed(path)["controls"]) <= set(catalogue.controls)


@pytest.mark.parametrize("path", MAPPINGS, ids=_name)
def test_a_mapping_names_controls_that_exist_and_each_guide_id_once(path: Path, catalogue: Catalogue) -> None:
    content = _parsed(path)["controls"]
    assert {control for controls in content.values() for control in controls} <= set(catalogue.controls)
    # A parser keeps the last of two equal keys, so the lines are counted.
    written = [line.split(":")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    for guide_id in content:
        assert written.count(guide_id) == 1, guide_id


@pytest.mark.parametrize("path", PROFILES, ids=_name)
def test_a_profile_changes_only_on_purpose(path: Path) -> None:
    kept = (STABILITY / f"{path.stem}.txt").read_text(encoding="utf-8").split()
    assert _parsed(path)["controls"] == kept, (
        f"if this is meant, write the new list to tests/catalogue/stability/{path.stem}.txt"
    )


def test_the_management_plane_leaves_no_control_of_its_walls_out(catalogue: Catalogue) -> None:
    assert set(catalogue.profile("management_plane").controls) == set(catalogue.controls)


def test_every_site_value_is_asked_for_by_some_control() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in CONTROLS)
    derived_from = {"management_gates"}
    unused = [name for name in _parsed(ROOT / "site.yml") if f"{{site: {name}}}" not in text]
    assert set(unused) == derived_from


def test_only_audited_controls_say_that_nothing_is_written(catalogue: Catalogue, site: dict[str, Any]) -> None:
    for row in catalogue.resolve("management_plane", site=site):
        writes = [
            want
            for want in row["want"].values()
            if want.get("set", "" if want["op"] in {"equals", "contains", "excludes"} else None) is not None
        ]
        assert row["risk"]["note"].startswith("Nothing is written") == (not writes), row["control"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('policy: {equals: "off"}', "policy: {equals: off}"), "$.want.policy"),
        (("running: {equals: false}", 'running: {equals: "no"}'), "$.want.running"),
        (("running: {equals: false}", "runing: {equals: false}"), "runing"),
        (("running: {equals: false}", "running: {equals: false, not_equals: true}"), "$.want.running"),
        (("title: The SSH", "title: Ensure the SSH"), "$.title"),
        (("severity: medium", "severity: moderate"), "$.severity"),
        (("wall: management_services", "wall: management_network"), "$.wall"),
        (('version: ">=4.0"', 'version: "4.0"'), "$.applies_to.version"),
        (("when_absent: error\n", ""), "when_absent"),
        (("severity: medium", "severity: medium\nimpact: high"), "impact"),
        (("asks: SSH stopped", f"asks: {'SSH stopped, ' * 5}"), "$.asks"),
        (("key: TSM-SSH", "key: TSM-SSH\nexcept: [TSM]"), "$.key"),
    ],
)
def test_the_schema_catches_a_mistake_in_a_control(change: tuple[str, str], told: str) -> None:
    assert SSH.count(change[0]) == 1
    mistakes = _mistakes("control", yaml.safe_load(SSH.replace(*change)))
    assert any(told in mistake for mistake in mistakes), mistakes


@pytest.mark.parametrize(
    ("profile", "valid"),
    [
        ('values: {esx.ssh-service: {policy: "off"}}', True),
        ("values: {esx.ssh-service: {policy: off}}", False),
        ("values: {esx.shell-timeout: {value: {between: [1, 900], set: 900}}}", True),
        ("values: {esx.shell-timeout: {value: {betwen: [1, 900]}}}", False),
        ("values: {esx.shell-timeout: 300}", True),
        ('controls: ["!esx.ntp-service"]', True),
        ("control: [esx.ntp-service]", False),
    ],
)
def test_the_schema_judges_a_profile_of_ones_own(profile: str, valid: bool) -> None:
    assert (_mistakes("profile", yaml.safe_load(f"extends: management_plane\n{profile}")) == []) is valid
