# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python face: reading and changing state by hand, the dump, drift and its seed."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from simulator import PracticeVsphere
from tests.simulator.clients import connect, one, retrieve

SSH = 'config.service.service["TSM-SSH"].running'
VLAN = 'config.network.portgroup["Management Network"].spec.vlanId'


def test_a_change_by_hand_is_seen_over_the_wire(si: Any, first: Any) -> None:
    first.set(SSH, False)
    first.set('config.option["UserVars.ESXiShellTimeOut"].value', 900)
    first.set("config.lockdownMode", "lockdownNormal")
    first.set('config.firewall.ruleset["sshServer"].allowedHosts', {"allIp": False, "ipAddress": ["192.0.2.5"]})
    assert one(si, SSH) is False
    assert one(si, 'config.option["UserVars.ESXiShellTimeOut"]').value == 900
    assert one(si, "config.lockdownMode") == "lockdownNormal"
    assert list(one(si, 'config.firewall.ruleset["sshServer"].allowedHosts').ipAddress) == ["192.0.2.5"]


def test_an_address_changed_by_hand_is_told_wherever_the_adapter_is_told(host: Any, first: Any) -> None:
    first.set('config.network.vnic["vmk0"].spec.ip.ipAddress', "192.0.2.77")
    config = host.configManager.virtualNicManager.QueryNetConfig("management")
    assert [nic.spec.ip.ipAddress for nic in config.candidateVnic if nic.key in config.selectedVnic] == ["192.0.2.77"]


def test_a_change_by_hand_keeps_the_type_of_an_option(first: Any, host: Any) -> None:
    first.set('config.option["UserVars.ESXiShellTimeOut"].value', 900)
    (found,) = host.configManager.advancedOption.QueryOptions("UserVars.ESXiShellTimeOut")
    assert type(found.value).__name__ == "long"
    with pytest.raises(ValueError, match="is needed, not 'nine'"):
        first.set('config.option["UserVars.ESXiShellTimeOut"].value', "nine")


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (SSH, "yes", "bool is needed"),
        (SSH, 1, "bool is needed"),
        (VLAN, True, "int is needed"),
        ("config.lockdownMode", "lockdownMaybe", "is needed, not 'lockdownMaybe'"),
        ('config.firewall.ruleset["sshServer"].allowedHosts', {"everyone": True}, "has no property everyone"),
        ('config.firewall.ruleset["sshServer"].allowedHosts.ipAddress', "192.0.2.5", "a list is needed"),
        ("config.service..x", 1, "not a property path"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_changes_nothing(
    first: Any, sim: PracticeVsphere, path: str, value: Any, problem: str
) -> None:
    before = sim.dump()
    with pytest.raises(ValueError, match=problem):
        first.set(path, value)
    assert sim.dump() == before


@pytest.mark.parametrize(
    "path", ["config.nonsense", 'config.option["No.Such"].value', "summary.x", 'config.service.service["x"].running']
)
def test_a_path_that_leads_nowhere_is_a_lookup_error(first: Any, path: str) -> None:
    with pytest.raises(LookupError, match=r"esx-01\.practice has no"):
        first.get(path)
    with pytest.raises(LookupError, match=r"esx-01\.practice"):
        first.set(path, True)


def test_an_unknown_host_is_a_lookup_error(sim: PracticeVsphere) -> None:
    with pytest.raises(LookupError, match="no host is named esx-09"):
        sim.host("esx-09")


def test_the_dump_is_the_same_to_the_byte_until_something_changes(sim: PracticeVsphere, first: Any) -> None:
    before = sim.dump()
    si = connect(sim)
    retrieve(si, ["config", "summary", "network", "vm"])
    assert sim.dump() == before
    for path, there in ((SSH, False), (VLAN, 7), ('config.option["Config.Etc.issue"].value', "x")):
        back = first.get(path)
        first.set(path, there)
        assert sim.dump() != before, path
        first.set(path, back)
        assert sim.dump() == before, path


def test_the_dump_is_json_and_tells_changed_options(sim: PracticeVsphere, first: Any) -> None:
    first.set('config.option["Security.AccountLockFailures"].value', 3)
    hosts = json.loads(sim.dump())["hosts"]
    assert [item["name"] for item in hosts] == sim.host_names
    assert hosts[0]["config"]["options"] == {"Security.AccountLockFailures": 3}
    assert hosts[1]["config"]["options"] == {}


def test_two_dumps_of_one_seed_are_equal_and_of_two_seeds_are_not() -> None:
    def text(seed: int, drift: str = "mixed") -> str:
        sim = PracticeVsphere(hosts=12, clusters=3, seed=seed, drift=drift)
        try:
            return sim.dump()
        finally:
            sim.close()

    assert text(0) == text(0)
    assert text(0) != text(1)
    assert text(0, "none") == text(1, "none") == text(1, "shipped")


def test_mixed_drift_brings_variety_and_no_machine_on_the_management_network() -> None:
    with PracticeVsphere(hosts=12, clusters=3) as sim:
        si = connect(sim)
        hosts = [sim.host(name) for name in sim.host_names]
        assert {host.get(SSH) for host in hosts} == {True, False}
        assert {host.get(VLAN) for host in hosts} == {0, 10}
        timeouts = {host.get('config.option["UserVars.ESXiShellTimeOut"].value') for host in hosts}
        assert len(timeouts) > 1
        accepted = [host.get("config.network.portgroup") for host in hosts]
        flags = {str(group["computedPolicy"]["security"]) for groups in accepted for group in groups}
        assert len(flags) > 2
        networks = {item._moId: item for row in retrieve(si, ["network"]) for item in row["network"]}
        (management,) = [item for item in networks.values() if item.name == "Management Network"]
        assert list(management.vm) == []


def test_a_stamp_gives_the_others_the_configuration_but_not_the_identity(sim: PracticeVsphere, first: Any) -> None:
    first.set(SSH, False)
    first.set(VLAN, 10)
    addresses = [sim.host(name).get('config.network.vnic["vmk0"].spec.ip.ipAddress') for name in sim.host_names]
    sim.stamp("esx-01.practice")
    others = [sim.host(name) for name in sim.host_names]
    assert [(host.get(SSH), host.get(VLAN)) for host in others] == [(False, 10)] * 3
    assert [host.get('config.network.vnic["vmk0"].spec.ip.ipAddress') for host in others] == addresses
    assert len(set(addresses)) == 3
    assert [host.get("config.host") for host in others] == [host.moid for host in others]


def test_a_reboot_changes_the_boot_time_and_nothing_else_on_a_settled_host(sim: PracticeVsphere, first: Any) -> None:
    first.reboot()
    before, booted = sim.dump(), first.get("runtime.bootTime")
    first.reboot()
    assert first.get("runtime.bootTime") != booted
    assert sim.dump() == before


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"hosts": -1}, "hosts is 0 to"),
        ({"clusters": 0}, "clusters is 1 to"),
        ({"drift": "some"}, "drift is one of"),
        ({"vms_per_host": -1}, "vms-per-host is 0 to"),
        ({"missing_key": "x"}, "missing-key is one of"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        PracticeVsphere(**arguments)


def test_an_empty_vcenter_is_possible() -> None:
    with PracticeVsphere(hosts=0) as sim:
        assert connect(sim).RetrieveContent().rootFolder.childEntity[0].hostFolder.childEntity[0].host == []


def test_leaving_the_context_removes_the_certificate_and_closes_the_port() -> None:
    with PracticeVsphere(hosts=1) as sim:
        assert sim.certificate.exists()
        port = sim.port
    assert not sim.certificate.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
