# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches, port groups and vmkernel services: deltas only, inheritance kept, and the management network protected."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import CollectError, PlanError
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import (
    ERROR,
    FAIL,
    Change,
    Needs,
    Snapshot,
    Target,
    Want,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import RESOURCES
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.networking import (
    NETWORK_VMS,
    adapters_by_service,
    management_adapters,
    management_port_groups,
    security_of,
    with_changes,
)
from simulator import PracticeVsphere
from tests.contract.practice import HOST, asked, converged, difference, planned, read_state, refused, writes

GUESTS = 'config.network.portgroup["Guests"].spec'
MANAGEMENT = 'config.network.portgroup["Management Network"].spec'
SWITCH0 = 'config.network.vswitch["vSwitch0"].spec'
TEAMING = {"policy": "loadbalance_ip", "nicOrder": {"activeNic": ["vmnic2"], "standbyNic": ["vmnic3"]}}


def without_keys(spec: dict[str, Any], *path: str) -> dict[str, Any]:
    inner = spec
    for name in path[:-1]:
        inner = inner[name]
    inner.pop(path[-1], None)
    return spec


def test_security_alone_never_moves_the_vlan(sim: PracticeVsphere) -> None:
    converged(sim, asked("port_group", "Guests", promiscuous_mode=False, mac_changes=False, forged_transmits=False))
    assert sim.host(HOST).get(f"{GUESTS}.vlanId") == 40


def test_the_vlan_alone_never_touches_policy_or_teaming(sim: PracticeVsphere) -> None:
    sim.host(HOST).set(f"{GUESTS}.policy.nicTeaming", TEAMING)
    sim.host(HOST).set(f"{GUESTS}.policy.security", {"macChanges": False})
    before = sim.host(HOST).get(f"{GUESTS}.policy")
    converged(sim, asked("port_group", "Guests", vlan_id=77))
    assert sim.host(HOST).get(f"{GUESTS}.vlanId") == 77
    assert sim.host(HOST).get(f"{GUESTS}.policy") == before


def test_security_of_a_switch_never_touches_its_uplinks_teaming_or_mtu(sim: PracticeVsphere) -> None:
    sim.host(HOST).set(f"{SWITCH0}.mtu", 9000)
    before = sim.host(HOST).get(SWITCH0)
    converged(sim, asked("vswitch", "vSwitch0", mac_changes=False))
    after = sim.host(HOST).get(SWITCH0)
    assert after["policy"]["security"]["macChanges"] is False
    security = ("policy", "security")
    assert without_keys(after, *security) == without_keys(before, *security)


def test_one_field_of_an_inherited_policy_leaves_the_others_inherited(sim: PracticeVsphere) -> None:
    converged(sim, asked("port_group", "Guests", mac_changes=False))
    assert sim.host(HOST).get(f"{GUESTS}.policy.security") == {"macChanges": False}


@pytest.mark.parametrize("vlan", [-1, 4096, "110", True, 1.5])
def test_a_vlan_that_is_none_is_refused(sim: PracticeVsphere, vlan: Any) -> None:
    for want in (vlan, Want("not_in", [40], set=vlan)):
        error = refused(sim, asked("port_group", "Guests", vlan_id=want))
        assert isinstance(error, PlanError)
        assert "port group Guests" in str(error)
    assert writes(sim) == []


def test_the_management_network_never_moves_onto_a_vlan_that_guests_use(sim: PracticeVsphere) -> None:
    error = refused(sim, asked("port_group", "Management Network", vlan_id=40))
    assert isinstance(error, PlanError)
    assert str(error) == (
        f"{HOST}: port group Management Network: VLAN 40 is used by Guests. "
        "The management network wants a VLAN of its own: choose another management_vlan."
    )


@pytest.mark.parametrize("vlan", [0, 4095])
def test_the_management_network_never_moves_onto_no_vlan_or_all_of_them(sim: PracticeVsphere, vlan: int) -> None:
    sim.host(HOST).set(f"{MANAGEMENT}.vlanId", 110)
    sim.host(HOST).set('config.network.portgroup["VM Network"].spec.vlanId', 5)
    error = refused(sim, asked("port_group", "Management Network", vlan_id=vlan))
    assert f"VLAN {vlan} is no VLAN of its own" in str(error)


def test_a_vlan_shared_with_guests_is_named(sim: PracticeVsphere) -> None:
    state = read_state(sim, asked("port_group", "Management Network"))["port_group"]
    assert state["Management Network"]["vlan_shared_with"] == ["VM Network"]
    assert state["vMotion"]["vlan_shared_with"] == []


def test_a_trunk_for_guests_on_the_same_switch_shares_every_vlan(sim: PracticeVsphere) -> None:
    sim.host(HOST).set('config.network.portgroup["VM Network"].spec.vlanId', 4095)
    sim.host(HOST).set(f"{MANAGEMENT}.vlanId", 110)
    state = read_state(sim, asked("port_group", "Management Network"))["port_group"]
    assert state["Management Network"]["vlan_shared_with"] == ["VM Network"]
    assert state["vMotion"]["vlan_shared_with"] == []


def test_a_virtual_machine_on_the_management_network_is_named_and_never_moved() -> None:
    row = asked("port_group", "@management", control="no-vms", virtual_machines=Want("empty", None, set=None))
    with PracticeVsphere(hosts=2, drift="none") as sim:
        sim.add_vm("intruder", host=HOST, network="Management Network")
        sim.add_vm("elsewhere", host="esx-02.practice", network="Management Network")
        before = sim.dump()
        result = converged(sim, row)
        assert result["verdicts"][0]["status"] == FAIL
        assert result["verdicts"][0]["observed"] == {"Management Network": {"virtual_machines": ["intruder"]}}
        assert result["verdicts"][0]["mendable"] is False
        assert sim.dump() == before


def test_a_host_without_the_management_service_is_told_and_not_taken_for_isolated(sim: PracticeVsphere) -> None:
    sim.host(HOST).set('config.virtualNicManagerInfo.netConfig["management"].selectedVnic', [])
    plan = planned(sim, asked("port_group", "@management", control="c", mac_changes=False))
    assert plan.verdicts[0].status == ERROR
    assert "no standard port group carries the management service" in plan.verdicts[0].reason


@pytest.mark.parametrize(
    ("resource", "paths"),
    [
        ("firewall_policy", ["config.firewall.defaultPolicy"]),
        ("vmkernel_service", ["config.virtualNicManagerInfo.netConfig"]),
        ("vmkernel_service", ["config.network.vnic"]),
        ("port_group", ["config.network.portgroup"]),
        ("port_group", ["config.network.vnic"]),
        ("port_group", ["config.virtualNicManagerInfo.netConfig"]),
        ("vswitch", ["config.network.vswitch"]),
    ],
)
def test_what_could_not_be_read_is_told_and_not_taken_for_absent(
    sim: PracticeVsphere, resource: str, paths: list[str]
) -> None:
    keys = {"firewall_policy": "default", "vmkernel_service": "vsan", "port_group": "Guests", "vswitch": "vSwitch0"}
    row = asked(resource, keys[resource])
    needs = RESOURCES[resource].needs(row)
    values = {path: [] for path in needs.paths if path not in paths}
    faults = dict.fromkeys(paths, "not allowed: user x lacks System.Read.")
    unread = Snapshot(Target(HOST, "host-1"), values, needs, faults)
    with pytest.raises(CollectError, match="lacks System.Read"):
        RESOURCES[resource].read(unread)


def test_a_policy_given_to_port_group_and_switch_at_once_holds_on_both(sim: PracticeVsphere) -> None:
    """The port group is to accept what its switch is to reject: what it inherits today would go with the switch."""
    rows = [
        asked("vswitch", "vSwitch0", control="switch", mac_changes=False),
        asked("port_group", "VM Network", control="group", mac_changes=True),
    ]
    converged(sim, *rows)
    group = sim.host(HOST).get('config.network.portgroup["VM Network"].computedPolicy.security')
    assert group["macChanges"] is True
    assert converged(sim, *rows)["changed"] is False


def test_port_groups_that_inherit_need_no_write_when_their_switch_gets_one(sim: PracticeVsphere) -> None:
    rows = [
        asked("vswitch", "vSwitch0", control="switch", mac_changes=False),
        asked("port_group", "Management Network", control="group", mac_changes=False),
    ]
    result = converged(sim, *rows)
    assert [verdict["status"] for verdict in result["verdicts"]] == [FAIL, FAIL]
    assert writes(sim) == ["UpdateVirtualSwitch"]
    assert converged(sim, *rows)["changed"] is False


@pytest.mark.parametrize("wanted", [["vmk2", "vmk1"], ["vmk1", "vmk2", "vmk1"]])
def test_adapters_are_a_set(sim: PracticeVsphere, wanted: list[str]) -> None:
    first = converged(sim, asked("vmkernel_service", "vsan", adapters=wanted))
    assert first.get("failed") is None, first
    assert first["changes"][0]["after"] == ["vmk1", "vmk2"]
    assert converged(sim, asked("vmkernel_service", "vsan", adapters=["vmk1", "vmk2"]))["changed"] is False


@pytest.mark.parametrize(
    "want",
    [["vmk9"], Want("contains", ["vmk9"]), Want("not_empty", None, set=["vmk9"]), Want("equals", [], set=["vmk9"])],
)
def test_an_adapter_the_host_has_not_is_refused_before_the_write(sim: PracticeVsphere, want: Any) -> None:
    if isinstance(want, Want) and want.op == "equals":
        sim.host(HOST).set(
            'config.virtualNicManagerInfo.netConfig["vsan"].selectedVnic', ["vsan.key-vim.host.VirtualNic-vmk1"]
        )
    error = refused(sim, asked("vmkernel_service", "vsan", adapters=want))
    assert isinstance(error, PlanError)
    assert "the host has no vmkernel adapter vmk9" in str(error)
    assert "It has vmk0, vmk1, vmk2." in str(error)
    assert writes(sim) == []


def test_an_adapter_added_to_a_service_is_verified_wherever_it_sorts(sim: PracticeVsphere) -> None:
    result = converged(sim, asked("vmkernel_service", "vmotion", adapters=Want("contains", ["vmk0"])))
    assert result.get("failed") is None, result
    assert result["changes"][0]["after"] == ["vmk0", "vmk1"]


@pytest.mark.parametrize("want", [[], Want("excludes", ["vmk0"])])
def test_the_management_service_stays_on_one_adapter(sim: PracticeVsphere, want: Any) -> None:
    error = refused(sim, asked("vmkernel_service", "management", adapters=want))
    assert "the management service must stay on one adapter" in str(error)
    assert writes(sim) == []


def test_management_is_moved_last_and_its_new_adapter_comes_before_the_old_one_goes(sim: PracticeVsphere) -> None:
    converged(
        sim,
        asked("vmkernel_service", "management", adapters=["vmk2"]),
        asked("vmkernel_service", "vsan", adapters=["vmk1"]),
    )
    assert writes(sim) == ["SelectVnicForNicType", "SelectVnicForNicType", "DeselectVnicForNicType"]
    chosen = [nic for nic in sim.host(HOST).get("config.virtualNicManagerInfo.netConfig") if nic.get("selectedVnic")]
    assert {nic["nicType"]: nic["selectedVnic"] for nic in chosen} == {
        "management": ["management.key-vim.host.VirtualNic-vmk2"],
        "vmotion": ["vmotion.key-vim.host.VirtualNic-vmk1"],
        "vsan": ["vsan.key-vim.host.VirtualNic-vmk1"],
    }


def test_only_what_was_asked_differs_after_a_whole_evening_of_networking(sim: PracticeVsphere) -> None:
    before = sim.dump()
    converged(sim, asked("vswitch", "vSwitch1", forged_transmits=False), asked("port_group", "Storage", vlan_id=31))
    moved = {path.split(".config.network.")[1] for path in difference(before, sim.dump())}
    assert {path for path in moved if ".spec." in path} == {
        "vswitch[VirtualSwitch-vSwitch1].spec.policy.security.forgedTransmits",
        "portgroup[PortGroup-Storage].spec.vlanId",
    }


# The helpers, on plain data.

NETCONFIG = [
    {
        "nicType": "management",
        "candidateVnic": [
            {"key": "management.key-vim.host.VirtualNic-vmk0", "device": "vmk0"},
            {"key": "x", "device": "vmk7"},
        ],
        "selectedVnic": ["x", "management.key-vim.host.VirtualNic-vmk0"],
    },
    {"nicType": "vmotion", "selectedVnic": ["vmotion.key-vim.host.VirtualNic-vmk1"]},
    {"nicType": "vsan", "candidateVnic": [{"key": "y", "device": "vmk2"}]},
]


def test_selected_adapters_are_named_by_their_candidate_or_by_their_key() -> None:
    assert adapters_by_service(NETCONFIG) == {"management": ["vmk0", "vmk7"], "vmotion": ["vmk1"], "vsan": []}
    assert management_adapters(NETCONFIG) == ["vmk0", "vmk7"]
    assert management_adapters(None) == []


def test_management_port_groups_are_those_behind_the_management_adapters() -> None:
    nics = [
        {"device": "vmk0", "portgroup": "Management Network"},
        {"device": "vmk1", "portgroup": "vMotion"},
        {"device": "vmk7", "portgroup": ""},
    ]
    values = {"config.virtualNicManagerInfo.netConfig": NETCONFIG, "config.network.vnic": nics}
    assert management_port_groups(values) == ["Management Network"]
    assert management_port_groups({}) == []


def test_an_unset_switch_of_a_policy_is_none() -> None:
    nothing = {"promiscuous_mode": None, "mac_changes": None, "forged_transmits": None}
    assert security_of(None) == nothing
    assert security_of({}) == nothing
    assert security_of({"security": {"macChanges": False}}) == nothing | {"mac_changes": False}


def test_a_spec_is_copied_with_the_changes_and_keeps_all_else() -> None:
    spec = {"vlanId": 5, "policy": {"security": {"macChanges": True}, "nicTeaming": {"policy": "x"}}}
    changes = [
        Change("port_group", "g", "forged_transmits", True, False),
        Change("port_group", "g", "mac_changes_own", True, None),
        Change("port_group", "g", "vlan_id", 5, 6),
    ]
    assert with_changes(spec, changes) == {
        "vlanId": 5,
        "policy": {"security": {"forgedTransmits": False}, "nicTeaming": {"policy": "x"}},
    }
    assert spec["policy"]["security"] == {"macChanges": True}


def test_machines_are_only_asked_for_where_a_row_speaks_of_them() -> None:
    resource = RESOURCES["port_group"]
    assert resource.needs(asked("port_group", "Guests", vlan_id=1)).related == frozenset()
    assert resource.needs(asked("port_group", "Guests", virtual_machines=Want("empty"))) | Needs() == Needs(
        resource.needs(asked("port_group", "Guests")).paths, frozenset({NETWORK_VMS})
    )
