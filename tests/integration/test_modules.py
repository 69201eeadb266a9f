# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module through ansible-playbook: told in check mode, done, done again, and refused by the host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from simulator import PracticeVsphere
from tests.integration.controller import Controller, Fields, Run, TaskResult, readable, task
from tests.integration.state import SHELL_TIMEOUT, SSH, on_call, writes

if TYPE_CHECKING:
    from pathlib import Path

HOST = "esx-01.practice"
RULESET = 'config.firewall.ruleset["{}"]'
GUESTS = 'config.network.portgroup["VM Network"].spec'


@dataclass(frozen=True)
class Case:
    """A task, and by hand what it finds, sends and leaves."""

    name: str
    module: str
    parameters: Fields
    methods: list[str]
    after: Fields
    shown: list[str]
    current: Fields = field(default_factory=dict)

    @property
    def task(self) -> Fields:
        """As it stands in a play."""
        return task(self.module, self.name, **self.parameters)


CASES = [
    Case(
        "Only the policy of a service",
        "esx_service",
        {"name": "TSM", "policy": "automatic"},
        ["UpdateServicePolicy"],
        {
            'config.service.service["TSM"].running': False,
            'config.service.service["TSM"].policy': "automatic",
        },
        ["-policy: off", "+policy: automatic"],
        {"running": False, "policy": "off"},
    ),
    Case(
        "Stop SSH",
        "esx_service",
        {"name": "TSM-SSH", "state": "stopped", "policy": "off"},
        ["UpdateServicePolicy", "StopService"],
        {f"{SSH}.running": False, f"{SSH}.policy": "off"},
        [
            "--- before: esx-01.practice: service TSM-SSH (SSH)",
            "-running: true",
            "+running: false",
            "-policy: on",
            "+policy: off",
        ],
        {"running": True, "policy": "on"},
    ),
    Case(
        "Narrow a ruleset",
        "esx_firewall",
        {"name": "sshServer", "allowed_hosts": ["192.0.2.16/28", "2001:db8::10", "192.0.2.5/32"]},
        ["UpdateRuleset"],
        {
            RULESET.format("sshServer") + ".allowedHosts.allIp": False,
            RULESET.format("sshServer") + ".allowedHosts.ipAddress": ["192.0.2.5", "2001:db8::10"],
            RULESET.format("sshServer") + ".allowedHosts.ipNetwork": [{"network": "192.0.2.16", "prefixLength": 28}],
            RULESET.format("sshServer") + ".enabled": True,
        },
        ["-allowed: everyone", "+allowed: 192.0.2.5, 192.0.2.16/28, 2001:db8::10"],
        {"enabled": True, "all_ip": True, "allowed": []},
    ),
    Case(
        "Close a ruleset",
        "esx_firewall",
        {"name": "webAccess", "enabled": False},
        ["DisableRuleset"],
        {
            RULESET.format("webAccess") + ".enabled": False,
            RULESET.format("webAccess") + ".allowedHosts.allIp": True,
        },
        ["-enabled: true", "+enabled: false"],
        {"enabled": True, "all_ip": True},
    ),
    Case(
        "Set options",
        "esx_option",
        {"options": {"UserVars.ESXiShellTimeOut": 600, "Config.Etc.issue": "Keep out.", "UserVars.DcuiTimeOut": "300"}},
        ["UpdateOptions"],
        {
            SHELL_TIMEOUT: 600,
            'config.option["Config.Etc.issue"].value': "Keep out.",
            'config.option["UserVars.DcuiTimeOut"].value': 300,
        },
        ["-value: 0", "+value: 600", "+value: Keep out.", "-value: 600", "+value: 300"],
    ),
    Case(
        "Refuse MAC changes on a switch",
        "esx_vswitch",
        {"name": "vSwitch1", "mac_changes": False},
        ["UpdateVirtualSwitch"],
        {
            'config.network.vswitch["vSwitch1"].spec.policy.security': {
                "allowPromiscuous": False,
                "macChanges": False,
                "forgedTransmits": True,
            }
        },
        ["-mac changes: accept", "+mac changes: reject"],
        {"mac_changes": True, "forged_transmits": True, "promiscuous_mode": False},
    ),
    Case(
        "Move a port group",
        "esx_port_group",
        {"name": "VM Network", "vlan_id": 42, "forged_transmits": False},
        ["UpdatePortGroup"],
        {
            f"{GUESTS}.vlanId": 42,
            f"{GUESTS}.policy.security": {"forgedTransmits": False},
            f"{GUESTS}.vswitchName": "vSwitch0",
        },
        ["-VLAN ID: 0", "+VLAN ID: 42", "+forged transmits: reject"],
        {"vlan_id": 0, "vswitch": "vSwitch0", "forged_transmits": True},
    ),
    Case(
        "Two controls",
        "baseline",
        {
            "controls": ["esx.snmp-service", "esx.shell-interactive-timeout"],
            "values": {"esx.shell-interactive-timeout": 120},
        },
        ["UpdateServicePolicy", "UpdateOptions"],
        {
            'config.service.service["snmpd"].policy': "off",
            'config.option["UserVars.ESXiShellInteractiveTimeOut"].value': 120,
        },
        ["--- before: esx-01.practice: service snmpd (SNMP Server)", "+value: 120"],
    ),
]
IDS = [case.name for case in CASES]
each = pytest.mark.parametrize("case", CASES, ids=IDS)


@dataclass
class Story:
    """All cases in one play, run three times."""

    runs: dict[str, Run]
    untold: bool
    before: Fields
    after: Fields
    sent: list[str]
    sent_again: list[str]
    other_hosts_kept: bool


def _seen(sim: PracticeVsphere) -> Fields:
    return {path: sim.host(HOST).get(path) for case in CASES for path in case.after if _there(sim, HOST, path)}


def _there(sim: PracticeVsphere, name: str, path: str) -> bool:
    try:
        sim.host(name).get(path)
    except LookupError:
        return False
    return True


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Told, done and done again."""
    with PracticeVsphere(hosts=3, drift="shipped") as sim:
        controller = Controller(tmp_path_factory.mktemp("modules"), sim)
        tasks = [case.task for case in CASES]
        tasks.append(task("posture_info", "Judge", controls=["esx.ssh-service"], hosts=[HOST], quiet=True))
        shipped, before = sim.dump(), _seen(sim)
        others = [sim.host(name).get("config") for name in sim.host_names[1:]]
        runs = {"told": controller.play(tasks, "--check", "--diff")}
        untold = sim.dump() == shipped and not writes(sim)
        runs["done"] = controller.play(tasks, "--diff")
        sent, after = [method for _host, _wall, method in writes(sim)], _seen(sim)
        sim.reset_counters()
        runs["again"] = controller.play(tasks)
        kept = others == [sim.host(name).get("config") for name in sim.host_names[1:]]
        return Story(runs, untold, before, after, sent, [method for _h, _w, method in writes(sim)], kept)


@each
def test_check_mode_shows_the_change_with_the_real_current_values_and_makes_none(story: Story, case: Case) -> None:
    told = story.runs["told"].of(case.name)
    assert (told.status, told.changed) == ("ok", True)
    if case.module != "baseline":
        assert case.current.items() <= told.result["current"].items()
    assert story.untold


@each
def test_the_change_leaves_the_host_as_asked_and_nothing_else(story: Story, case: Case) -> None:
    done = story.runs["done"].of(case.name)
    assert (done.status, done.changed) == ("ok", True)
    for path, value in case.after.items():
        assert story.after[path] == value
    if case.module != "baseline":
        assert case.current.items() <= done.result["current"].items()
    assert story.other_hosts_kept


@each
def test_what_check_mode_tells_is_what_is_done(story: Story, case: Case) -> None:
    told, done = story.runs["told"].of(case.name), story.runs["done"].of(case.name)
    assert told.result["changes"] == done.result["changes"] != []
    assert told.result["diff"] == done.result["diff"]


@each
def test_a_second_run_changes_nothing_and_shows_no_diff(story: Story, case: Case) -> None:
    again = story.runs["again"].of(case.name)
    assert (again.status, again.changed, again.result["changes"]) == ("ok", False, [])
    assert "diff" not in again.result


@each
def test_the_diff_reads_like_the_thing_it_changes(story: Story, case: Case) -> None:
    for mode in ("told", "done"):
        lines = story.runs[mode].out.splitlines()
        assert any(line.startswith(f"--- before: {HOST}: ") for line in lines)
        for line in case.shown:
            assert line in lines, line


def test_each_change_is_one_request_and_a_second_run_sends_none(story: Story) -> None:
    assert story.sent == [method for case in CASES for method in case.methods]
    assert story.sent_again == []


def test_posture_is_judged_in_all_modes_alike_and_never_changes_anything(story: Story) -> None:
    counted = {
        name: run.of("Judge").result["summary"]["controls"]["esx.ssh-service"] for name, run in story.runs.items()
    }
    assert counted["told"]["FAIL"] == 1
    assert counted["done"]["PASS"] == counted["again"]["PASS"] == 1
    assert not any(run.of("Judge").changed for run in story.runs.values())


@dataclass
class Trouble:
    """Each case on a host of its own, with its last write ordered to go wrong there."""

    run: Run
    kept: dict[str, bool]
    """By case: what the case would have left is not there."""


def _trouble(place: Path, order: str, *words: str) -> Trouble:
    with PracticeVsphere(hosts=len(CASES), drift="shipped") as sim:
        homes = dict(zip(sim.host_names, CASES, strict=True))
        for name, case in homes.items():
            getattr(sim, order)(case.methods[-1], *words, host=name)
        tasks = [{**case.task, "when": f"inventory_hostname == '{name}'"} for name, case in homes.items()]
        play = {"strategy": "free"}
        run = Controller(place, sim).play(tasks, "--forks", str(len(CASES)), hosts="all", play=play)
        kept = {
            case.name: any(
                not _there(sim, name, path) or sim.host(name).get(path) != value for path, value in case.after.items()
            )
            for name, case in homes.items()
        }
        return Trouble(run, kept)


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Trouble:
    """The host answers the write with a fault."""
    return _trouble(tmp_path_factory.mktemp("faults"), "fail_next", "HostConfigFault")


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> Trouble:
    """The host answers the write with success and keeps what it had."""
    return _trouble(tmp_path_factory.mktemp("deaf"), "ignore_next")


def _failed(trouble: Trouble, case: Case) -> TaskResult:
    (row,) = [row for row in trouble.run.results if row.task == case.name and row.status != "skipped"]
    assert row.status == "failed"
    assert trouble.kept[case.name]
    assert row.message.startswith(f"{row.host}: ")
    assert str(case.parameters.get("name", "")) in row.message
    return row


@each
def test_a_fault_of_the_host_fails_the_task_and_names_host_resource_and_fault(faults: Trouble, case: Case) -> None:
    row = _failed(faults, case)
    assert "HostConfigFault" in row.message
    assert row.result["code"] == "apply_failed"
    # A group that was written before the fault is told as such; what failed is not among it.
    assert row.changed is (len(case.methods) > 1)
    assert len(row.result["applied"]) == len(case.methods) - 1
    assert row.result["not_applied"]


@each
def test_a_write_that_the_host_answers_and_does_not_keep_fails_the_task(deaf: Trouble, case: Case) -> None:
    row = _failed(deaf, case)
    assert row.result["code"] == "verify_failed"
    assert "but reads" in row.message


def test_failures_end_the_run_with_two_and_without_a_traceback(faults: Trouble, deaf: Trouble) -> None:
    for trouble in (faults, deaf):
        assert trouble.run.code == 2
        assert readable(trouble.run)


def test_a_later_task_sees_what_an_earlier_one_changed(controller: Controller) -> None:
    stopped = {"name": "TSM-SSH", "state": "stopped"}
    run = controller.play(
        [
            task("esx_service", "Stop", **stopped),
            task("posture_info", "Judge stopped", controls=["esx.ssh-service"], quiet=True),
            task("esx_service", "Start", name="TSM-SSH", state="started"),
            {**task("esx_service", "Ask", **stopped), "check_mode": True},
            task("posture_info", "Judge started", controls=["esx.ssh-service"], quiet=True),
        ]
    )
    assert run.code == 0, run.text
    assert [run.of(name).changed for name in ("Stop", "Start", "Ask")] == [True, True, True]
    assert run.of("Start").result["current"]["running"] is False
    assert run.of("Ask").result["current"]["running"] is True
    assert controller.sim.host(HOST).get(f"{SSH}.running") is True
    assert [m for _host, _wall, m in writes(controller.sim)] == ["StopService", "StartService"]


def test_a_ruleset_without_an_allow_list_keeps_its_list_and_opening_it_to_all_keeps_it_stored(
    tmp_path: Path,
) -> None:
    stored = {"allIp": False, "ipAddress": ["192.0.2.5"], "ipNetwork": []}
    with PracticeVsphere(hosts=1, drift="shipped") as sim:
        sim.host(HOST).set(RULESET.format("webAccess") + ".allowedHosts", stored)
        controller = Controller(tmp_path, sim)
        run = controller.play(
            [
                task("esx_firewall", "Close", name="webAccess", enabled=False),
                task("esx_firewall", "Open to all", name="webAccess", all_ip=True),
                task("esx_firewall", "Same list, other words", name="sshServer", all_ip=True),
            ]
        )
        assert run.code == 0, run.text
        kept = sim.host(HOST).get(RULESET.format("webAccess"))
        assert kept["enabled"] is False
        assert (kept["allowedHosts"]["allIp"], kept["allowedHosts"]["ipAddress"]) == (True, ["192.0.2.5"])
        assert [m for _host, _wall, m in writes(sim)] == ["DisableRuleset", "UpdateRuleset"]
        assert run.of("Same list, other words").changed is False


def test_one_failing_host_fails_alone_and_the_run_ends_with_two(controller: Controller) -> None:
    sim = controller.sim
    sim.fail_next("UpdateOptions", "HostConfigFault", host="esx-02.practice")
    options = {"UserVars.ESXiShellTimeOut": 600}
    run = controller.play([task("esx_option", "Set", options=options)], hosts="all")
    assert run.code == 2
    assert run.hosts("Set", "failed") == ["esx-02.practice"]
    assert [sim.host(name).get(SHELL_TIMEOUT) for name in sim.host_names] == [600, 0, 600]


def test_a_fault_while_reading_fails_the_task_before_any_write(controller: Controller) -> None:
    sim = controller.sim
    before = sim.dump()
    # The inventory reads twice, hosts and then machines; the third read is the one that precedes a write.
    on_call(sim, "RetrievePropertiesEx", lambda: sim.fail_next("RetrievePropertiesEx", "HostCommunication"), nth=3)
    run = controller.play([task("esx_service", "Stop", name="TSM-SSH", state="stopped")])
    assert run.code == 2
    failed = run.of("Stop")
    assert (failed.status, failed.changed) == ("failed", False)
    assert HOST in failed.message
    assert "HostCommunication" in failed.message
    assert sim.dump() == before
    assert readable(run)
