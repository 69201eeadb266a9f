# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What administrator.py opened was found, all of it and nothing else, and closed, there and nowhere else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from molecule.conftest import Esx, Ledger

OPENED = "esx-03.practice"
CONTROLS = {
    "esx.firewall-allowed-ips",
    "esx.shell-timeout",
    "esx.ssh-service",
    "esx.vmk-vmotion",
    "vss-portgroup.security.mac-changes",
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """The report of the audit that came after the administrator."""
    path = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "practice", "found.json")
    return dict(json.loads(path.read_text("utf-8")))


def test_the_audit_finds_what_was_opened_and_nothing_else(found: dict[str, Any], everyone: list[Esx]) -> None:
    judged = {(row["object"]["name"], row["control"]): row["status"] for row in found["results"]}
    assert {name for name, _control in judged} == {esx.name for esx in everyone}
    open_ones = {key for key, status in judged.items() if status not in ("PASS", "NOT_APPLICABLE")}
    assert open_ones == {(OPENED, control) for control in CONTROLS}
    assert found["summary"]["drifted"] == [OPENED]


def test_the_report_says_what_was_seen(found: dict[str, Any]) -> None:
    seen = {
        row["control"]: row["observed"]
        for row in found["results"]
        if row["object"]["name"] == OPENED and row["control"] in CONTROLS
    }
    assert seen["esx.ssh-service"]["TSM-SSH"] == {"running": True, "policy": "on"}
    assert seen["esx.shell-timeout"]["UserVars.ESXiShellTimeOut"] == {"value": 0}
    assert seen["esx.vmk-vmotion"]["vmotion"]["adapters"] == ["vmk0", "vmk1"]
    assert set(seen["vss-portgroup.security.mac-changes"]) == {"Guests"}
    assert set(seen["esx.firewall-allowed-ips"]) == {"sshServer"}


def test_only_the_opened_host_was_changed(
    ledger: Ledger, everyone: list[Esx], changes: dict[str, list[dict[str, Any]]]
) -> None:
    assert set(changes) == {OPENED}
    (opened,) = (esx for esx in everyone if esx.name == OPENED)
    others = set().union(*(esx.managers for esx in everyone if esx.name != OPENED))
    asked = {call["moid"] for call in ledger.calls()}
    assert len(asked & opened.managers) == 5
    assert not asked & others


def test_every_change_belongs_to_what_was_opened(changes: dict[str, list[dict[str, Any]]]) -> None:
    assert {control for change in changes[OPENED] for control in change["controls"]} == CONTROLS
