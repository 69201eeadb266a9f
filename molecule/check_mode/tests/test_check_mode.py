# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode says what it would do to every open host, and does nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from molecule.conftest import Esx, Ledger

READS = {"Login", "Logout", "RetrieveServiceContent", "RetrievePropertiesEx", "ContinueRetrievePropertiesEx"}
# What this session of our own asks beyond that.
OURS = {"CreateContainerView", "DestroyView", "Fetch"}


def test_the_state_is_the_same_to_the_byte(ledger: Ledger) -> None:
    before = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "practice", "before.json").read_bytes()
    assert len(before) > 10_000
    assert ledger.read("/state") == before


def test_no_write_was_even_tried(ledger: Ledger) -> None:
    methods = {call["method"] for call in ledger.calls()}
    assert "RetrievePropertiesEx" in methods
    assert methods <= READS | OURS


def test_every_open_host_was_told_what_would_close_it(esx: Esx, changes: dict[str, list[dict[str, Any]]]) -> None:
    told = {(change["resource"], change["key"], change["field"]): change for change in changes[esx.name]}
    running, policy = esx.service("TSM-SSH")
    expected = {("service", "TSM-SSH", "running")} if running else set()
    expected |= {("service", "TSM-SSH", "policy")} if policy != "off" else set()
    assert {name for name in told if name[:2] == ("service", "TSM-SSH")} == expected
    for name in expected:
        assert told[name]["before"] == {"running": running, "policy": policy}[name[2]]
        assert told[name]["after"] == {"running": False, "policy": "off"}[name[2]]


def test_at_least_one_host_has_ssh_open(everyone: list[Esx]) -> None:
    assert any(esx.service("TSM-SSH")[0] for esx in everyone)
