# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while a run is under way: it is told where it happened, and what was done is never hidden."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration.controller import Controller, readable, task
from tests.integration.state import SHELL_TIMEOUT, SSH, on_call, open_ends, writes

if TYPE_CHECKING:
    from simulator import PracticeVsphere

HOST = "esx-01.practice"
STOP = task("esx_service", "Stop", name="TSM-SSH", state="stopped")
INVENTORY_READS = 2
"""The fleet, and the machines on its management port groups."""
BEFORE_WRITE, AFTER_WRITE = INVENTORY_READS + 1, INVENTORY_READS + 2


def test_a_vcenter_that_goes_away_before_the_write_fails_the_task_and_changes_nothing(controller: Controller) -> None:
    sim = controller.sim
    before = sim.dump()
    on_call(sim, "RetrievePropertiesEx", sim.stop_listening, nth=BEFORE_WRITE)
    run = controller.play([STOP])
    assert (run.code, run.of("Stop").status, run.of("Stop").changed) == (2, "failed", False)
    assert f"127.0.0.1:{sim.port}" in run.of("Stop").message
    assert sim.dump() == before
    assert readable(run)


def test_a_vcenter_that_goes_away_after_the_write_fails_the_task_which_tells_what_was_done(
    controller: Controller,
) -> None:
    sim = controller.sim
    on_call(sim, "RetrievePropertiesEx", sim.stop_listening, nth=AFTER_WRITE)
    run = controller.play([STOP])
    failed = run.of("Stop")
    assert (run.code, failed.status) == (2, "failed")
    assert f"127.0.0.1:{sim.port}" in failed.message
    assert sim.host(HOST).get(f"{SSH}.running") is False
    assert failed.changed is True, "the host was changed and the result denies it"
    assert readable(run)
    sim.start_listening()
    again = controller.play([STOP])
    assert (again.code, again.of("Stop").changed) == (0, False)


@pytest.mark.parametrize("trouble", ["drop", "http503"])
def test_a_write_without_an_answer_is_a_failure_and_another_run_finds_it_done(
    controller: Controller, trouble: str
) -> None:
    sim = controller.sim
    sim.fail_next("StopService", trouble, phase="after")
    run = controller.play([STOP])
    failed = run.of("Stop")
    assert (run.code, failed.status) == (2, "failed")
    for word in (HOST, "TSM-SSH", f"127.0.0.1:{sim.port}"):
        assert word in failed.message
    assert sim.count("StopService") == 1, "a write whose answer is lost must not be sent again blindly"
    assert sim.host(HOST).get(f"{SSH}.running") is False
    assert readable(run)
    again = controller.play([STOP])
    assert (again.code, again.of("Stop").changed) == (0, False)


def test_a_vcenter_that_goes_away_while_the_fleet_is_read_ends_the_audit_with_a_sentence(
    controller: Controller,
) -> None:
    sim = controller.sim
    on_call(sim, "RetrievePropertiesEx", sim.stop_listening)
    run = controller.playbook("audit", "-e", "report_file=report.json")
    assert run.code != 0
    assert f"127.0.0.1:{sim.port}" in run.flat
    assert not (controller.place / "report.json").exists()
    assert readable(run)


def test_a_vcenter_that_goes_away_during_hardening_stops_the_run_and_the_next_one_finishes_it(
    controller: Controller,
) -> None:
    sim = controller.sim
    on_call(sim, "UpdateRuleset", sim.stop_listening)
    run = controller.playbook("harden")
    assert run.code == 2
    assert {host for host, _wall, _method in writes(sim)} == {HOST}, "the wave after the failed one was begun"
    assert f"127.0.0.1:{sim.port}" in run.flat
    assert readable(run)
    sim.start_listening()
    again = controller.playbook("harden")
    assert again.code == 0, again.text
    assert [open_ends(sim, name) for name in sim.host_names] == [[], [], []]


def test_a_session_that_ends_before_the_write_is_renewed_and_the_work_is_done(controller: Controller) -> None:
    sim = controller.sim
    on_call(sim, "RetrievePropertiesEx", sim.expire_sessions, nth=INVENTORY_READS)
    run = controller.play([STOP], hosts="all")
    assert run.code == 0, run.text
    assert [sim.host(name).get(f"{SSH}.running") for name in sim.host_names] == [False, False, False]
    assert all(row.changed for row in run.results)
    assert sim.count("Login") > 1
    assert sim.sessions == 0


def test_a_session_that_ends_between_write_and_proof_does_not_hide_the_change(controller: Controller) -> None:
    sim = controller.sim
    on_call(sim, "StopService", sim.expire_sessions)
    run = controller.play([STOP])
    assert run.code == 0, run.text
    assert sim.host(HOST).get(f"{SSH}.running") is False
    assert run.of("Stop").changed is True
    assert [change["field"] for change in run.of("Stop").result["changes"]] == ["running"]
    assert sim.count("Login") > 1
    assert sim.sessions == 0


def test_a_session_that_ends_during_an_audit_is_renewed(controller: Controller) -> None:
    sim = controller.sim
    on_call(sim, "RetrievePropertiesEx", sim.expire_sessions, nth=INVENTORY_READS)
    judge = task("posture_info", "Judge", refresh=True, hosts=sim.host_names)
    run = controller.play([judge])
    assert run.code == 0, run.text
    assert run.of("Judge").result["summary"]["hosts"] == len(sim.host_names)
    assert sim.sessions == 0


def test_a_user_without_the_privilege_is_told_which_one_and_who(controller: Controller) -> None:
    sim = controller.sim
    sim.add_user("audit@vsphere.local", "only-reads", role="readonly")
    before = sim.dump()
    needed = {
        "Host.Config.NetService": [
            task("esx_service", "Service", name="TSM-SSH", state="stopped"),
            task("esx_firewall", "Ruleset", name="sshServer", allowed_hosts=["192.0.2.5"]),
        ],
        "Host.Config.AdvancedConfig": [task("esx_option", "Option", options={"UserVars.ESXiShellTimeOut": 600})],
        "Host.Config.Network": [
            task("esx_vswitch", "Switch", name="vSwitch1", mac_changes=False),
            task("esx_port_group", "Port group", name="VM Network", vlan_id=5),
        ],
    }
    tasks = [row for rows in needed.values() for row in rows]
    run = controller.play(
        tasks, play={"ignore_errors": True}, VMWARE_USER="audit@vsphere.local", VMWARE_PASSWORD="only-reads"
    )
    for privilege, rows in needed.items():
        for row in rows:
            failed = run.of(row["name"])
            assert (failed.status, failed.changed) == ("failed", False)
            for word in (HOST, privilege, "audit@vsphere.local"):
                assert word in failed.message
    assert sim.dump() == before
    assert sim.sessions == 0
    assert readable(run)


def test_a_user_who_may_only_read_can_audit(controller: Controller) -> None:
    controller.sim.add_user("audit@vsphere.local", "only-reads", role="readonly")
    run = controller.playbook("audit", VMWARE_USER="audit@vsphere.local", VMWARE_PASSWORD="only-reads")
    assert run.code == 0, run.text
    assert run.of("Judge all hosts in one pass").result["summary"]["unread"] == []


@pytest.mark.parametrize("state", ["notResponding", "disconnected"])
def test_a_host_that_vcenter_has_lost_is_unreachable_alone_and_the_others_go_on(
    controller: Controller, state: str
) -> None:
    sim = controller.sim
    sim.host("esx-02.practice").connection_state = state
    lost = sim.host("esx-02.practice").get("config")
    run = controller.play([STOP], hosts="all")
    assert run.code == 4
    assert run.hosts("Stop", "unreachable") == ["esx-02.practice"]
    for word in ("esx-02.practice", state, "nothing was read or changed"):
        assert word in run.of("Stop", "esx-02.practice").message
    assert sorted(run.hosts("Stop")) == ["esx-01.practice", "esx-03.practice"]
    assert sim.host("esx-02.practice").get("config") == lost
    assert sim.host("esx-03.practice").get(f"{SSH}.running") is False
    assert readable(run)


def _lose(sim: PracticeVsphere) -> None:
    sim.host(HOST).connection_state = "notResponding"


def test_a_host_that_is_lost_after_the_inventory_was_read_is_unreachable_too(controller: Controller) -> None:
    sim = controller.sim
    on_call(sim, "RetrievePropertiesEx", lambda: _lose(sim), nth=BEFORE_WRITE)
    run = controller.play([STOP, task("esx_option", "Set", options={"UserVars.ESXiShellTimeOut": 600})], hosts="all")
    assert (run.code, run.hosts("Stop", "unreachable")) == (4, [HOST])
    assert sim.host(HOST).get(f"{SSH}.running") is True
    assert [sim.host(name).get(SHELL_TIMEOUT) for name in sim.host_names] == [0, 600, 600]
    assert readable(run)


def test_drift_made_by_somebody_else_after_the_inventory_was_read_is_seen_before_a_write(
    controller: Controller,
) -> None:
    sim = controller.sim

    def stop_by_hand() -> None:
        sim.host(HOST).set(f"{SSH}.running", False)

    on_call(sim, "RetrievePropertiesEx", stop_by_hand, nth=BEFORE_WRITE)
    run = controller.play([STOP])
    assert run.code == 0, run.text
    assert run.of("Stop").changed is False
    assert writes(sim) == []


def test_hardening_leaves_what_a_person_must_decide_and_names_it(controller: Controller) -> None:
    sim = controller.sim
    sim.add_vm("intruder", host="esx-02.practice", network="Management Network")
    run = controller.playbook("harden", "-e", "report_file=report.json")
    report = json.loads((controller.place / "report.json").read_text("utf-8"))
    left = [(row["object"]["name"], row["control"]) for row in report["results"] if row["status"] == "FAIL"]
    assert left == [("esx-02.practice", "vss-portgroup.management-vms")]
    assert "intruder" in run.out
    assert '"name": "intruder"' in sim.dump()
    assert '"network": "Management Network"' in sim.dump()
    assert [open_ends(sim, name) for name in sim.host_names] == [[], [], []]
    assert run.code == 0, run.text


def test_a_host_that_leaves_the_inventory_during_the_run_fails_its_task_and_is_not_green(
    controller: Controller,
) -> None:
    sim = controller.sim
    tasks = [
        task("baseline", "Controls", controls=["esx.shell-timeout"]),
        task("esx_option", "Option", options={"UserVars.ESXiShellTimeOut": 600}),
    ]
    sim.fail_next("UpdateOptions", "ManagedObjectNotFound", times=2)
    run = controller.play(tasks, play={"ignore_errors": True})
    assert sim.host(HOST).get(SHELL_TIMEOUT) == 0
    assert [run.of(name).status for name in ("Controls", "Option")] == ["failed", "failed"]
    assert HOST in run.of("Option").message
    assert readable(run)
