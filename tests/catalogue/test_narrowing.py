# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run may ask for some controls of a profile, or for all but some."""

from __future__ import annotations

import pytest

from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import CatalogueError, load

PROFILE = "management_plane"


def names(controls: list[str] | None, wall: str | None = None) -> list[str]:
    return [row["control"] for row in load().resolve(PROFILE, controls=controls, wall=wall)]


def test_an_exclamation_mark_leaves_a_control_out() -> None:
    everything = names(None)
    assert names(["!esx.ssh-service"]) == [name for name in everything if name != "esx.ssh-service"]


def test_named_controls_less_the_left_out_ones_remain() -> None:
    assert names(["esx.ssh-service", "esx.shell-timeout", "!esx.ssh-service"]) == ["esx.shell-timeout"]


def test_an_empty_list_chooses_nothing() -> None:
    assert names([]) == []


def test_a_left_out_control_must_exist() -> None:
    with pytest.raises(CatalogueError, match="esx.ssh-servce"):
        names(["!esx.ssh-servce"])
