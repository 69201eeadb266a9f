# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostNetworkSystem: switches, port groups, and the policies that follow from both."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

Policy = vim.host.NetworkPolicy


def group(name: str, vswitch: str = "vSwitch1", vlan: int = 0, **security: bool) -> Any:
    """A PortGroup specification with these security overrides."""
    policy = Policy(security=Policy.SecurityPolicy(**security))
    return vim.host.PortGroup.Specification(name=name, vlanId=vlan, vswitchName=vswitch, policy=policy)


def computed(first: Any, name: str) -> Any:
    """The effective security policy of a port group."""
    return first.get(f'config.network.portgroup["{name}"].computedPolicy.security')


def switch_spec(host: Any, name: str) -> Any:
    """The specification a switch has now."""
    return next(item.spec for item in host.configManager.networkSystem.networkInfo.vswitch if item.name == name)


def test_a_port_group_inherits_what_it_leaves_unset(first: Any) -> None:
    assert first.get('config.network.portgroup["Guests"].spec.policy.security') == {}
    assert computed(first, "Guests") == {"allowPromiscuous": False, "macChanges": True, "forgedTransmits": True}


def test_a_change_of_the_switch_reaches_the_port_groups_that_do_not_override_it(host: Any, first: Any) -> None:
    network = host.configManager.networkSystem
    network.UpdatePortGroup("Guests", group("Guests", vlan=40, macChanges=True))
    spec = switch_spec(host, "vSwitch1")
    spec.policy.security = Policy.SecurityPolicy(allowPromiscuous=False, macChanges=False, forgedTransmits=False)
    network.UpdateVirtualSwitch("vSwitch1", spec)
    assert computed(first, "Guests") == {"allowPromiscuous": False, "macChanges": True, "forgedTransmits": False}
    assert computed(first, "Storage") == {"allowPromiscuous": False, "macChanges": False, "forgedTransmits": False}
    assert computed(first, "VM Network")["macChanges"] is True


def test_a_change_by_hand_reaches_the_computed_policy_too(first: Any) -> None:
    first.set('config.network.vswitch["vSwitch1"].spec.policy.security.allowPromiscuous', True)
    assert computed(first, "Guests")["allowPromiscuous"] is True


def test_a_port_group_override_can_be_taken_back(host: Any, first: Any) -> None:
    network = host.configManager.networkSystem
    network.UpdatePortGroup("Guests", group("Guests", vlan=40, allowPromiscuous=True))
    assert computed(first, "Guests")["allowPromiscuous"] is True
    network.UpdatePortGroup("Guests", group("Guests", vlan=40))
    assert computed(first, "Guests")["allowPromiscuous"] is False


def test_the_vlan_of_a_port_group_changes(host: Any, first: Any) -> None:
    host.configManager.networkSystem.UpdatePortGroup(
        "Management Network", group("Management Network", "vSwitch0", vlan=10)
    )
    assert first.get('config.network.portgroup["Management Network"].spec.vlanId') == 10


def test_a_switch_specification_without_uplinks_takes_them_away(host: Any, first: Any) -> None:
    assert first.get('config.network.vswitch["vSwitch1"].pnic') == [
        "key-vim.host.PhysicalNic-vmnic2",
        "key-vim.host.PhysicalNic-vmnic3",
    ]
    spec = switch_spec(host, "vSwitch1")
    spec.bridge = None
    host.configManager.networkSystem.UpdateVirtualSwitch("vSwitch1", spec)
    assert first.get('config.network.vswitch["vSwitch1"].pnic') == []


def test_writing_back_what_was_read_changes_nothing(host: Any, sim: Any) -> None:
    before = sim.dump()
    network = host.configManager.networkSystem
    for item in network.networkInfo.vswitch:
        network.UpdateVirtualSwitch(item.name, item.spec)
    for item in network.networkInfo.portgroup:
        network.UpdatePortGroup(item.spec.name, item.spec)
    network.RefreshNetworkSystem()
    assert sim.dump() == before


def test_a_port_group_comes_and_goes_and_so_does_its_network(host: Any, si: Any) -> None:
    datacenter = si.RetrieveContent().rootFolder.childEntity[0]
    network = host.configManager.networkSystem
    network.AddPortGroup(group("Quarantine", vlan=66))
    assert "Quarantine" in [item.name for item in host.network]
    assert "Quarantine" in [item.name for item in datacenter.network]
    network.RemovePortGroup("Quarantine")
    assert "Quarantine" not in [item.name for item in datacenter.network]


def test_a_switch_comes_and_goes(host: Any, first: Any) -> None:
    network = host.configManager.networkSystem
    network.AddVirtualSwitch("vSwitch2", vim.host.VirtualSwitch.Specification(numPorts=64))
    network.AddPortGroup(group("Lab", "vSwitch2"))
    assert first.get('config.network.vswitch["vSwitch2"].portgroup') == ["key-vim.host.PortGroup-Lab"]
    assert computed(first, "Lab") == {"allowPromiscuous": False, "macChanges": True, "forgedTransmits": True}
    network.RemoveVirtualSwitch("vSwitch2")
    names = [item["spec"]["name"] for item in first.get("config.network.portgroup")]
    assert "Lab" not in names


@pytest.mark.parametrize(
    ("method", "arguments", "fault"),
    [
        ("UpdateVirtualSwitch", ("noSuch", vim.host.VirtualSwitch.Specification(numPorts=8)), vim.fault.NotFound),
        ("RemoveVirtualSwitch", ("noSuch",), vim.fault.NotFound),
        ("RemovePortGroup", ("noSuch",), vim.fault.NotFound),
        ("UpdatePortGroup", ("noSuch", group("noSuch")), vim.fault.NotFound),
        ("AddPortGroup", (group("x", "noSuch"),), vim.fault.NotFound),
        ("UpdatePortGroup", ("Guests", group("Guests", "noSuch")), vim.fault.NotFound),
        ("AddPortGroup", (group("Guests"),), vim.fault.AlreadyExists),
        ("AddVirtualSwitch", ("vSwitch0",), vim.fault.AlreadyExists),
        ("UpdatePortGroup", ("Storage", group("Guests")), vim.fault.AlreadyExists),
        ("UpdatePortGroup", ("Storage", group("Renamed")), vim.fault.ResourceInUse),
        ("RemovePortGroup", ("Management Network",), vim.fault.ResourceInUse),
        ("RemovePortGroup", ("Guests",), vim.fault.ResourceInUse),
        ("RemoveVirtualSwitch", ("vSwitch0",), vim.fault.ResourceInUse),
        ("AddPortGroup", (group("x", vlan=4096),), vmodl.fault.InvalidArgument),
        ("AddPortGroup", (group("x", vlan=-1),), vmodl.fault.InvalidArgument),
        ("AddPortGroup", (group(""),), vmodl.fault.InvalidArgument),
        ("AddVirtualSwitch", ("x" * 32,), vmodl.fault.InvalidArgument),
        ("UpdateVirtualNic", ("vmk9", vim.host.VirtualNic.Specification(mtu=9000)), vim.fault.NotFound),
        ("UpdateVirtualNic", ("vmk0", vim.host.VirtualNic.Specification(portgroup="noSuch")), vim.fault.NotFound),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    host: Any, sim: Any, method: str, arguments: tuple[Any, ...], fault: Any
) -> None:
    before = sim.dump()
    with pytest.raises(fault):
        getattr(host.configManager.networkSystem, method)(*arguments)
    assert sim.dump() == before


def test_an_uplink_of_another_switch_or_of_none_is_refused(host: Any) -> None:
    for device, fault in (("vmnic0", vim.fault.ResourceInUse), ("vmnic9", vim.fault.NotFound)):
        spec = switch_spec(host, "vSwitch1")
        spec.bridge.nicDevice = [device]
        with pytest.raises(fault):
            host.configManager.networkSystem.UpdateVirtualSwitch("vSwitch1", spec)


def test_an_adapter_moves_to_another_port_group_and_keeps_its_service(host: Any, first: Any) -> None:
    host.configManager.networkSystem.UpdateVirtualNic("vmk1", vim.host.VirtualNic.Specification(portgroup="Storage"))
    assert first.get('config.network.vnic["vmk1"].portgroup') == "Storage"
    assert first.get('config.virtualNicManagerInfo.netConfig["vmotion"].selectedVnic') == [
        "vmotion.key-vim.host.VirtualNic-vmk1"
    ]
    assert "port" not in first.get('config.network.portgroup["vMotion"]')
