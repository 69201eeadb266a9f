# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes no sense is refused before any write, in a sentence that says what, where and what next."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import yaml

from simulator import PracticeVsphere
from tests.integration.controller import POLICY, Controller, Fields, Run, readable, task
from tests.integration.state import writes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "esx-01.practice"


@dataclass(frozen=True)
class Bad:
    """A task that nobody can carry out, and what its refusal has to name."""

    module: str
    parameters: Fields
    words: list[str] = field(default_factory=list)


GATE = [{"name": "gate", "addresses": ["192.0.2.300"]}]
BAD = {
    "an unknown service": Bad("esx_service", {"name": "TSM-SHS", "state": "stopped"}, [HOST, "TSM-SHS", "TSM-SSH"]),
    "an unknown ruleset": Bad(
        "esx_firewall", {"name": "sshserver", "enabled": False}, [HOST, "sshserver", "sshServer"]
    ),
    "an unknown option": Bad(
        "esx_option", {"options": {"UserVars.ESXiShellTimeout": 1}}, [HOST, "ESXiShellTimeout", "ESXiShellTimeOut"]
    ),
    "one unknown option among known ones": Bad(
        "esx_option", {"options": {"UserVars.ESXiShellTimeOut": 600, "No.Such": 1}}, [HOST, "No.Such"]
    ),
    "an unknown port group": Bad(
        "esx_port_group", {"name": "VM Netwrok", "vlan_id": 5}, [HOST, "VM Netwrok", "VM Network"]
    ),
    "an unknown switch": Bad("esx_vswitch", {"name": "vSwitch9", "mac_changes": False}, [HOST, "vSwitch9", "vSwitch1"]),
    "a malformed network": Bad(
        "esx_firewall", {"name": "sshServer", "allowed_hosts": ["192.0.2.0/33"]}, [HOST, "sshServer", "192.0.2.0/33"]
    ),
    "no address at all": Bad("esx_firewall", {"name": "sshServer", "allowed_hosts": ["gate"]}, ["sshServer", "gate"]),
    "host bits set": Bad(
        "esx_firewall",
        {"name": "sshServer", "allowed_hosts": ["192.0.2.17/28"]},
        ["192.0.2.17/28", "192.0.2.16/28", "192.0.2.17 for the one address"],
    ),
    "an empty allow-list": Bad(
        "esx_firewall", {"name": "sshServer", "allowed_hosts": []}, [HOST, "sshServer", "empty allow-list"]
    ),
    "a list for some and open to all": Bad(
        "esx_firewall",
        {"name": "sshServer", "allowed_hosts": ["192.0.2.5"], "all_ip": True},
        ["allowed_hosts", "all_ip"],
    ),
    "a ruleset the host needs": Bad(
        "esx_firewall", {"name": "vSphereClient", "enabled": False}, [HOST, "vSphereClient"]
    ),
    "a ruleset the host switches itself": Bad("esx_firewall", {"name": "vMotion", "enabled": False}, [HOST, "vMotion"]),
    "text for a number": Bad(
        "esx_option", {"options": {"UserVars.ESXiShellTimeOut": "soon"}}, ["ESXiShellTimeOut", "whole number", "soon"]
    ),
    "a boolean for a number": Bad(
        "esx_option", {"options": {"UserVars.ESXiShellTimeOut": True}}, ["ESXiShellTimeOut", "whole number"]
    ),
    "a number out of bounds": Bad(
        "esx_option", {"options": {"UserVars.ESXiShellTimeOut": 86401}}, ["ESXiShellTimeOut", "86400", "86401"]
    ),
    "a policy that is none": Bad("esx_service", {"name": "TSM-SSH", "policy": "sometimes"}, ["policy", "automatic"]),
    "nothing to do": Bad("esx_service", {"name": "TSM-SSH"}, ["state", "policy"]),
    "a VLAN beyond the last": Bad(
        "esx_port_group", {"name": "VM Network", "vlan_id": 4096}, ["VM Network", "4096", "4095"]
    ),
    "a VLAN in words": Bad("esx_port_group", {"name": "VM Network", "vlan_id": "blue"}, ["vlan_id", "blue"]),
    "no VLAN for management": Bad(
        "esx_port_group", {"name": "Management Network", "vlan_id": 4095}, [HOST, "Management Network", "4095"]
    ),
    "an unknown profile": Bad("baseline", {"profile": "managment_plane"}, ["managment_plane", "management_plane"]),
    "a profile file that is not there": Bad("baseline", {"profile": "./mine.yml"}, ["mine.yml"]),
    "an unknown control": Bad("baseline", {"controls": ["esx.ssh-servise"]}, ["esx.ssh-servise", "esx.ssh-service"]),
    "a value for an unknown control": Bad("baseline", {"values": {"esx.shell-timout": 5}}, ["esx.shell-timout"]),
    "an unknown site value": Bad("baseline", {"site": {"baner": "Hello"}}, ["baner", "banner"]),
    "a gate that is no address": Bad("baseline", {"site": {"management_gates": GATE}}, ["192.0.2.300", "gate"]),
    "a VLAN of the site that is none": Bad(
        "baseline", {"site": {"management_vlan": 4095}}, ["management_vlan", "4095"]
    ),
    "a site value of another type": Bad("baseline", {"site": {"management_adapters": "vmk0"}}, ["management_adapters"]),
    "an unknown control to judge": Bad("posture_info", {"controls": ["esx.nothing"]}, ["esx.nothing"]),
    "an unknown parameter": Bad("esx_service", {"name": "TSM-SSH", "state": "stopped", "status": 1}, ["status"]),
    "a host nobody has": Bad(
        "esx_service", {"name": "TSM-SSH", "state": "stopped", "esx_hostname": "esx-99.practice"}, ["esx-99.practice"]
    ),
}
each = pytest.mark.parametrize("name", BAD)


@dataclass(frozen=True)
class Refusals:
    """All of them in one play, in which a failure is ignored so that each has its turn."""

    run: Run
    again: Run
    unchanged: bool
    written: int
    sessions: int


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Refusals:
    """As it is, and in check mode."""
    with PracticeVsphere(hosts=2, drift="shipped") as sim:
        controller = Controller(tmp_path_factory.mktemp("bad"), sim)
        before = sim.dump()
        tasks = [task(bad.module, name, **bad.parameters) for name, bad in BAD.items()]
        play = {"ignore_errors": True}
        run = controller.play(tasks, play=play)
        again = controller.play(tasks, "--check", play=play)
        return Refusals(run, again, sim.dump() == before, len(writes(sim)), sim.sessions)


@each
def test_it_is_refused_and_the_refusal_names_it(refusals: Refusals, name: str) -> None:
    for run in (refusals.run, refusals.again):
        row = run.of(name)
        assert (row.status, row.changed) == ("failed", False)
        for word in BAD[name].words:
            assert word in row.message, f"{word!r} is not said: {row.message}"
        assert "\n" not in row.message.strip()


@each
def test_check_mode_refuses_with_the_same_words(refusals: Refusals, name: str) -> None:
    assert refusals.again.of(name).message == refusals.run.of(name).message


def test_nothing_was_changed_and_nobody_sees_a_traceback(refusals: Refusals) -> None:
    assert refusals.unchanged
    assert refusals.written == 0
    assert refusals.sessions == 0
    assert readable(refusals.run)
    assert readable(refusals.again)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"profile": "managment_plane"}, ["managment_plane", "Did you mean management_plane"]),
        ({"controls": ["esx.ssh-servise"]}, ["esx.ssh-servise", "esx.ssh-service"]),
        ({"site": {"management_vlan": "110x"}}, ["management_vlan", "110x"]),
        ({"values": {"esx.shell-timeout": "soon"}}, ["esx.shell-timeout", "soon"]),
    ],
    ids=["profile", "control", "site", "value"],
)
def test_a_playbook_with_a_mistake_in_its_policy_stops_before_any_write(
    controller: Controller, variables: Fields, words: list[str]
) -> None:
    before = controller.sim.dump()
    run = controller.playbook("harden", "-e", json.dumps(variables))
    for word in words:
        assert word in run.flat, run.text
    assert run.code == 2
    assert controller.sim.dump() == before
    assert readable(run)


def test_a_misspelt_profile_in_the_inventory_source_is_named_with_the_file(controller: Controller) -> None:
    inventory = controller.vsphere("misspelt", profile="managment_plane")
    run = controller.run("ansible-inventory", "-i", inventory, "--list")
    assert run.code != 0
    for word in ("hosts.vsphere.yml", "managment_plane", "management_plane"):
        assert word in run.flat
    assert controller.sim.sessions == 0
    assert readable(run)


@pytest.mark.parametrize("option", ["clusters", "datacenters"])
def test_a_cluster_or_datacenter_nobody_has_is_named_with_those_there_are(controller: Controller, option: str) -> None:
    run = controller.run("ansible-inventory", "-i", controller.vsphere("wrong", **{option: ["prod-a"]}), "--list")
    assert run.code != 0
    for word in ("prod-a", {"clusters": "cluster-a", "datacenters": "practice"}[option]):
        assert word in run.flat
    assert controller.sim.sessions == 0
    assert readable(run)


def test_a_management_vlan_that_guests_use_is_refused_for_that_host_and_said(controller: Controller) -> None:
    sim = controller.sim
    sim.host("esx-02.practice").set('config.network.portgroup["Guests"].spec.vlanId', 110)
    run = controller.playbook("harden")
    vlans = [sim.host(n).get('config.network.portgroup["Management Network"].spec.vlanId') for n in sim.host_names]
    assert vlans == [110, 0, 110]
    for word in ("esx-02.practice", "VLAN 110", "Guests", "management_vlan"):
        assert word in run.flat
    assert run.code != 0, "a host was left open, and the run is green"


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Controller]:
    """Two hosts of one name in two clusters."""
    with PracticeVsphere(hosts=4, clusters=2, drift="shipped") as sim:
        sim.rename_host("esx-04.practice", HOST)
        yield Controller(tmp_path, sim)


def test_two_hosts_of_one_name_are_an_error_that_says_where_they_stand(twins: Controller) -> None:
    before = twins.sim.dump()
    run = twins.playbook("harden")
    assert run.code not in (0, 2)
    for word in (HOST, "cluster-a", "cluster-b", "clusters"):
        assert word in run.flat
    assert twins.sim.dump() == before
    assert twins.sim.sessions == 0
    assert readable(run)


def test_narrowing_the_inventory_to_one_of_two_hosts_of_one_name_helps_as_the_error_says(twins: Controller) -> None:
    sim = twins.sim
    inventory = twins.vsphere("narrow", clusters=["cluster-b"])
    run = twins.play([task("esx_option", "Set", options={"UserVars.ESXiShellTimeOut": 600})], inventory=inventory)
    assert run.code == 0, run.text
    values = {host.moid: host.get('config.option["UserVars.ESXiShellTimeOut"].value') for host in sim.inventory.hosts}
    assert values == {"host-1": 0, "host-2": 0, "host-3": 0, "host-4": 600}


def test_a_task_on_one_of_two_hosts_of_one_name_is_refused(twins: Controller) -> None:
    before = twins.sim.dump()
    inventory = twins.static([HOST, "esx-02.practice"])
    tasks = [task("esx_service", "Stop", name="TSM-SSH", state="stopped")]
    run = twins.play(tasks, "--check", inventory=inventory, hosts="all")
    assert run.hosts("Stop", "failed") == [HOST]
    for word in (HOST, "cluster-a", "cluster-b"):
        assert word in run.of("Stop", HOST).message
    assert run.of("Stop", "esx-02.practice").changed is True
    assert twins.sim.dump() == before
    assert readable(run)


def test_an_inventory_file_that_is_no_yaml_is_named(controller: Controller) -> None:
    inventory = controller.vsphere("broken")
    (inventory / "hosts.vsphere.yml").write_text("plugin: dejima.hypervisor.vsphere\nclusters: [a\n")
    run = controller.run("ansible-inventory", "-i", inventory, "--list")
    assert run.code != 0
    assert "hosts.vsphere.yml" in run.flat
    assert readable(run)


def test_a_profile_of_ones_own_with_an_unknown_control_is_named_with_its_file(controller: Controller) -> None:
    mine = controller.place / "mine.yml"
    mine.write_text(yaml.safe_dump({"extends": "management_plane", "controls": ["esx.no-such"]}))
    inventory = controller.vsphere("mine", group_vars=POLICY)
    run = controller.playbook("audit", "-e", f"profile={mine}", inventory=inventory)
    assert run.code == 2
    for word in ("mine.yml", "esx.no-such"):
        assert word in run.flat
    assert readable(run)
