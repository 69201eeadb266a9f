# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostVirtualNicManager: which VMkernel adapter carries which service."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl


def carriers(manager: Any, service: str) -> list[str]:
    """The adapters that carry a service, as a client works them out."""
    config = manager.QueryNetConfig(service)
    return [nic.device for nic in config.candidateVnic if nic.key in config.selectedVnic]


def test_as_shipped_management_and_vmotion_have_an_adapter_each(host: Any) -> None:
    manager = host.configManager.virtualNicManager
    assert carriers(manager, "management") == ["vmk0"]
    assert carriers(manager, "vmotion") == ["vmk1"]
    assert carriers(manager, "vsan") == []


def test_a_service_is_selected_and_deselected(host: Any) -> None:
    manager = host.configManager.virtualNicManager
    manager.SelectVnicForNicType("vmotion", "vmk0")
    assert carriers(manager, "vmotion") == ["vmk0", "vmk1"]
    manager.DeselectVnicForNicType("vmotion", "vmk1")
    assert carriers(manager, "vmotion") == ["vmk0"]


def test_selecting_twice_changes_nothing(host: Any, sim: Any) -> None:
    before = sim.dump()
    host.configManager.virtualNicManager.SelectVnicForNicType("management", "vmk0")
    assert sim.dump() == before


def test_the_info_says_what_the_query_says(host: Any) -> None:
    manager = host.configManager.virtualNicManager
    manager.SelectVnicForNicType("vsan", "vmk2")
    (vsan,) = [item for item in manager.info.netConfig if item.nicType == "vsan"]
    assert list(vsan.selectedVnic) == ["vsan.key-vim.host.VirtualNic-vmk2"]


def test_the_last_management_adapter_is_kept(host: Any, sim: Any) -> None:
    before = sim.dump()
    with pytest.raises(vim.fault.HostConfigFault):
        host.configManager.virtualNicManager.DeselectVnicForNicType("management", "vmk0")
    assert sim.dump() == before


@pytest.mark.parametrize(("service", "device"), [("telepathy", "vmk0"), ("vmotion", "vmk9"), ("vsan", "vmk0")])
def test_an_unknown_service_or_adapter_is_an_invalid_argument(host: Any, service: str, device: str) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument):
        host.configManager.virtualNicManager.DeselectVnicForNicType(service, device)


def test_an_unknown_service_cannot_be_queried_or_selected(host: Any) -> None:
    manager = host.configManager.virtualNicManager
    with pytest.raises(vmodl.fault.InvalidArgument):
        manager.QueryNetConfig("telepathy")
    with pytest.raises(vmodl.fault.InvalidArgument):
        manager.SelectVnicForNicType("telepathy", "vmk0")
