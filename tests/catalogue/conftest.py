# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped catalogue, a site that has decided everything, and a place to write profiles of one's own."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import Catalogue, load

WriteProfile = Callable[..., str]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue this collection ships."""
    return load()


@pytest.fixture
def site() -> dict[str, Any]:
    """Every site value there is, given as an administrator would."""
    return {
        "management_gates": [
            {"name": "jump hosts", "addresses": ["192.0.2.16/28"], "needs": ["api", "console"]},
            {"name": "vcenter", "addresses": ["192.0.2.5/32"], "needs": ["api", "nfc", "heartbeat"]},
            {"name": "backup", "addresses": ["2001:DB8:0::7", "192.0.2.5"], "needs": ["nfc"]},
        ],
        "management_vlan": 110,
        "management_adapters": ["vmk0"],
        "native_vlans": [1, 99],
        "untagged_port_groups": ["VM Network"],
        "open_rulesets": ["dns"],
        "banner": "Authorised use only.",
        "dcui_policy": "on",
    }


@pytest.fixture
def write_profile(tmp_path: Path) -> WriteProfile:
    """Write a profile file and return its path."""

    def write(text: str, name: str = "mine.yml") -> str:
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return str(path)

    return write
