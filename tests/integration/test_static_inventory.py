# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without the inventory plugin: names in a file, the connection from elsewhere, and one session for all of them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from simulator import PracticeVsphere
from tests.integration.controller import POLICY, Controller, Fields, Run, readable, task
from tests.integration.state import SHELL_TIMEOUT, SSH, open_ends, writes

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = 12
LOOK = {
    "name": "Look into the temporary directory",
    "ansible.builtin.command": "find {{ lookup('ansible.builtin.env', 'ANSIBLE_LOCAL_TEMP') }} -printf '%y %m %P\\n'",
    "run_once": True,
    "changed_when": False,
    "check_mode": False,
}


@dataclass(frozen=True)
class Seen:
    """A play over a list of names, and what was left of it."""

    run: Run
    names: list[str]
    logins: int
    requests: int
    sessions: int
    states: list[tuple[bool, str]]
    left: list[str]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Many hosts, many forks, two tasks; the connection from VMWARE_* alone. The umask lets everybody read."""
    with PracticeVsphere(hosts=HOSTS, clusters=2, drift="shipped") as sim:
        controller = Controller(tmp_path_factory.mktemp("static"), sim)
        tasks = [
            task("esx_service", "Stop SSH", name="TSM-SSH", state="stopped", policy="off"),
            task("esx_option", "Set", options={"UserVars.ESXiShellTimeOut": 600}),
            LOOK,
        ]
        run = controller.play(tasks, "--forks", "8", inventory=controller.static(sim.host_names), hosts="all")
        states = [(sim.host(n).get(f"{SSH}.running"), sim.host(n).get(f"{SSH}.policy")) for n in sim.host_names]
        left = [str(path) for path in controller.temp.rglob("*")]
        return Seen(run, sim.host_names, sim.count("Login"), sim.http_requests, sim.sessions, states, left)


def test_a_list_of_names_and_the_environment_are_enough(seen: Seen) -> None:
    assert seen.run.code == 0, seen.run.text
    assert set(seen.states) == {(False, "off")}
    assert sorted(seen.run.hosts("Stop SSH")) == seen.names


def test_many_hosts_and_forks_share_one_login_which_is_logged_out_at_the_end(seen: Seen) -> None:
    assert seen.logins == 1
    assert seen.sessions == 0


def test_what_the_run_keeps_is_for_its_user_alone_and_gone_afterwards(seen: Seen) -> None:
    rows = [line.split(" ", 2) for line in seen.run.of(LOOK["name"]).result["stdout_lines"]]
    kept = {path: (kind, mode) for kind, mode, path in rows if "/dejima" in path}
    folders = {mode for kind, mode in kept.values() if kind == "d"}
    files = {mode for kind, mode in kept.values() if kind == "f"}
    assert folders == {"700"}
    assert files == {"600"}
    assert any(path.endswith(".json") for path in kept)
    assert seen.left == []


def test_the_connection_may_come_from_module_defaults_for_the_whole_group(tmp_path: Path) -> None:
    with PracticeVsphere(hosts=2, drift="shipped", username="svc@vsphere.local", password="from-a-vault") as sim:
        controller = Controller(tmp_path, sim)
        defaults = {
            "hostname": sim.address,
            "port": sim.port,
            "username": "svc@vsphere.local",
            "password": "{{ vaulted }}",
            "thumbprint": sim.thumbprint,
        }
        play = {"module_defaults": {"group/dejima.hypervisor.all": defaults}, "vars": {"vaulted": "from-a-vault"}}
        tasks = [
            task("esx_service", "Stop", name="TSM-SSH", state="stopped"),
            task("baseline", "Options", controls=["esx.shell-timeout"]),
            task("posture_info", "Judge", controls=["esx.shell-timeout"]),
        ]
        nothing = dict.fromkeys(["VMWARE_HOST", "VMWARE_PORT", "VMWARE_USER", "VMWARE_PASSWORD", "VMWARE_CA_FILE"])
        inventory = controller.static(sim.host_names)
        run = controller.play(tasks, inventory=inventory, hosts="all", play=play, **nothing)
        assert run.code == 0, run.text
        assert [sim.host(name).get(f"{SSH}.running") for name in sim.host_names] == [False, False]
        assert [sim.host(name).get(SHELL_TIMEOUT) for name in sim.host_names] == [600, 600]
        assert (sim.count("Login"), sim.sessions) == (1, 0)


def test_a_task_may_name_its_host_and_run_on_the_controller(controller: Controller) -> None:
    tasks = [
        task("esx_service", "Stop", name="TSM-SSH", state="stopped", esx_hostname="{{ item }}"),
        task("posture_info", "Judge", hosts=controller.sim.host_names, controls=["esx.ssh-service"]),
    ]
    tasks[0]["loop"] = ["esx-02.practice", "esx-03.practice"]
    run = controller.play(tasks, inventory=controller.static(["elsewhere.example.org"]), hosts="localhost")
    assert run.code == 0, run.text
    running = [controller.sim.host(name).get(f"{SSH}.running") for name in controller.sim.host_names]
    assert running == [True, False, False]
    assert (controller.sim.count("Login"), controller.sim.sessions) == (1, 0)


def test_an_audit_of_a_list_of_names_costs_what_one_of_the_plugin_costs(tmp_path: Path) -> None:
    with PracticeVsphere(hosts=HOSTS, drift="shipped") as sim:
        controller = Controller(tmp_path, sim)
        inventory = controller.static(sim.host_names, group_vars=POLICY)
        run = controller.playbook("audit", "-e", "report_file=report.json", inventory=inventory)
        assert run.code == 0, run.text
        report = json.loads((tmp_path / "report.json").read_text("utf-8"))
        assert report["summary"]["hosts"] == HOSTS
        assert len(report["summary"]["failing"]) == HOSTS
        assert (sim.count("Login"), sim.sessions) == (1, 0)
        assert sim.http_requests <= 6 + math.ceil(HOSTS / 100)


def test_reading_anew_reads_the_fleet_once_and_not_once_a_host(tmp_path: Path) -> None:
    with PracticeVsphere(hosts=HOSTS, drift="shipped") as sim:
        controller = Controller(tmp_path, sim)
        judge = {**task("posture_info", "Judge", refresh=True), "run_once": True}
        run = controller.play([judge], inventory=controller.static(sim.host_names), hosts="all")
        assert run.code == 0, run.text
        assert run.of("Judge").result["summary"]["hosts"] == HOSTS
        assert sim.http_requests <= 6 + math.ceil(HOSTS / 100)


def test_a_list_of_names_is_hardened_like_any_other_inventory(controller: Controller) -> None:
    sim = controller.sim
    inventory = controller.static(sim.host_names, group_vars=POLICY)
    run = controller.playbook("harden", inventory=inventory)
    assert run.code == 0, run.text
    assert [open_ends(sim, name) for name in sim.host_names] == [[], [], []]
    assert (sim.count("Login"), sim.sessions) == (1, 0)
    sim.reset_counters()
    again = controller.playbook("harden", inventory=inventory)
    assert again.code == 0
    assert writes(sim) == []
    assert sim.http_requests <= 6 + 1


def test_a_name_that_vcenter_does_not_have_fails_alone_and_says_so(controller: Controller) -> None:
    sim = controller.sim
    inventory = controller.static([*sim.host_names, "esx-99.practice"])
    tasks = [task("esx_service", "Stop", name="TSM-SSH", state="stopped")]
    run = controller.play(tasks, inventory=inventory, hosts="all")
    assert run.code == 2
    assert run.hosts("Stop", "failed") == ["esx-99.practice"]
    assert "esx-99.practice" in run.of("Stop", "esx-99.practice").message
    assert sorted(run.hosts("Stop")) == sim.host_names
    assert readable(run)


def test_a_wrong_password_is_tried_once_and_not_once_a_host(tmp_path: Path) -> None:
    # vCenter locks an account after five wrong passwords.
    with PracticeVsphere(hosts=6, drift="shipped") as sim:
        controller = Controller(tmp_path, sim)
        tasks: list[Fields] = [task("esx_service", "Stop", name="TSM-SSH", state="stopped")]
        inventory = controller.static(sim.host_names)
        run = controller.play(tasks, inventory=inventory, hosts="all", VMWARE_PASSWORD="wrong")
        assert run.code == 2
        assert sorted(run.hosts("Stop", "failed")) == sim.host_names
        assert all("wrong user name or password" in row.message for row in run.results)
        assert sim.count("Login") == 1
