# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the connection is not local the module itself travels, as it does to a jump host, and does the same there."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from simulator import PracticeVsphere
from tests.integration.controller import Controller, Fields, Run, readable, task
from tests.integration.state import SHELL_TIMEOUT, SSH, writes
from tests.integration.watch import Watch

if TYPE_CHECKING:
    from pathlib import Path

HOST = "esx-01.practice"
PASSWORD = "Seal-4c19-of-Nagasaki"
THERE: Fields = {"ansible_connection": "elsewhere", "ansible_python_interpreter": sys.executable}
TASKS: list[Fields] = [
    task("esx_service", "Service", name="TSM-SSH", state="stopped", policy="off"),
    task("esx_firewall", "Ruleset", name="sshServer", allowed_hosts=["192.0.2.16/28"]),
    task("esx_option", "Option", options={"UserVars.ESXiShellTimeOut": 600}),
    task("esx_vswitch", "Switch", name="vSwitch1", mac_changes=False),
    task("esx_port_group", "Port group", name="VM Network", vlan_id=42),
    task("baseline", "Controls", controls=["esx.shell-interactive-timeout"]),
    task("posture_info", "Judge", controls=["esx.ssh-service"], report_file="report-{{ ansible_connection }}.json"),
]
TOLD = [TASKS[0], TASKS[1], TASKS[5]]
AGAIN = [TASKS[0], TASKS[2]]
TURNS = [(mode, row["name"]) for mode, rows in (("told", TOLD), ("done", TASKS), ("again", AGAIN)) for row in rows]
TELLING = ("changed", "changes", "diff", "current", "verdicts", "summary", "esx_hostname")


@dataclass(frozen=True)
class Story:
    """The same tasks here and there: told, done, done again."""

    here: dict[str, Run]
    there: dict[str, Run]
    states: tuple[str, str]
    sessions: int
    logins: int
    watch: Watch


def _three(controller: Controller, *verbosity: str) -> dict[str, Run]:
    told = controller.play(TOLD, "--check", "--diff", *verbosity)
    assert writes(controller.sim) == []
    done = controller.play(TASKS, "--diff", *verbosity)
    controller.sim.reset_counters()
    again = controller.play(AGAIN)
    assert writes(controller.sim) == []
    return {"told": told, "done": done, "again": again}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Two practice vSpheres that start alike."""
    with (
        PracticeVsphere(hosts=1, drift="shipped", password=PASSWORD) as first,
        PracticeVsphere(hosts=1, drift="shipped", password=PASSWORD) as second,
    ):
        here = _three(Controller(tmp_path_factory.mktemp("here"), first))
        controller = Controller(tmp_path_factory.mktemp("there"), second)
        controller.inventory = controller.vsphere("there")
        (controller.inventory / "group_vars").mkdir()
        (controller.inventory / "group_vars" / "esx.yml").write_text(json.dumps(THERE))
        with Watch(second, PASSWORD) as watch:
            there = _three(controller, "-vvvv")
        states = first.dump(), second.dump()
        return Story(here, there, states, second.sessions, second.count("Login"), watch)


@pytest.mark.parametrize(("mode", "name"), TURNS)
def test_the_module_tells_the_same_there_as_here(story: Story, mode: str, name: str) -> None:
    here, there = story.here[mode].of(name), story.there[mode].of(name)
    assert (there.status, here.status) == ("ok", "ok")
    assert {key: there.result.get(key) for key in TELLING} == {key: here.result.get(key) for key in TELLING}
    assert there.changed is (mode != "again" and name != "Judge")


def test_the_modules_leave_the_same_state_to_the_byte(story: Story) -> None:
    assert story.states[0] == story.states[1]
    assert [run.code for run in story.there.values()] == [0, 0, 0]


def test_each_module_logs_in_and_out_by_itself(story: Story) -> None:
    # Counted in the last run: the inventory and every module.
    assert story.logins == 1 + len(AGAIN)
    assert story.sessions == 0


def test_the_password_is_in_no_process_list_and_no_output_at_any_verbosity(story: Story) -> None:
    assert story.watch.saw("AnsiballZ_esx_service.py"), "the watch saw no module run"
    assert story.watch.exposed == []
    for run in story.there.values():
        assert PASSWORD not in run.text
        assert not [cookie for cookie in story.watch.cookies if cookie in run.text]
    assert PASSWORD not in json.dumps([row.result for run in story.there.values() for row in run.results])


def test_the_report_of_an_audit_there_is_written_here(story: Story) -> None:
    assert story.there["done"].of("Judge").result["report_file"].endswith("report-elsewhere.json")


def test_failures_there_are_told_in_the_same_sentence(tmp_path: Path) -> None:
    with PracticeVsphere(hosts=2, drift="shipped", password=PASSWORD) as sim:
        sim.host("esx-02.practice").connection_state = "notResponding"
        controller = Controller(tmp_path, sim)
        tasks = [
            task("esx_service", "Unknown", name="TSM-SHS", state="stopped"),
            task("esx_service", "Stop", name="TSM-SSH", state="stopped"),
        ]
        tasks[0]["ignore_errors"] = True
        sim.fail_next("StopService", "HostConfigFault", host=HOST)
        inventory = controller.static(sim.host_names, group_vars=THERE)
        before = sim.dump()
        run = controller.play(tasks, inventory=inventory, hosts="all")
        assert "TSM-SSH" in run.of("Unknown", HOST).message
        assert run.of("Unknown", "esx-02.practice").status == "unreachable"
        assert "notResponding" in run.of("Unknown", "esx-02.practice").message
        fault = run.of("Stop")
        assert fault.status == "failed"
        assert "HostConfigFault" in fault.message
        assert sim.dump() == before
        assert sim.sessions == 0
        assert readable(run)


def test_a_task_here_sees_what_a_task_there_has_changed(controller: Controller) -> None:
    sim = controller.sim
    stop = {**task("esx_service", "Stop there", name="TSM-SSH", state="stopped"), "vars": THERE}
    option = {**task("esx_option", "Set there", options={"UserVars.ESXiShellTimeOut": 600}), "vars": THERE}
    run = controller.play(
        [
            stop,
            option,
            task("posture_info", "Judge here", controls=["esx.shell-timeout"], quiet=True),
            task("esx_service", "Start here", name="TSM-SSH", state="started"),
        ]
    )
    assert run.code == 0, run.text
    assert [run.of(name).changed for name in ("Stop there", "Set there")] == [True, True]
    assert sim.host(HOST).get(SHELL_TIMEOUT) == 600
    assert run.of("Judge here").result["summary"]["controls"]["esx.shell-timeout"]["PASS"] == 1
    assert run.of("Start here").changed is True
    assert sim.host(HOST).get(f"{SSH}.running") is True
