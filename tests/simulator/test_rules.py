# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for faults: which calls they meet, what becomes of those, and files of rules."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import VmomiSupport, vim, vmodl

from simulator import PracticeVsphere
from simulator.__main__ import main
from tests.simulator.clients import connect, host_view, one, retrieve

SSH = 'config.service.service["TSM-SSH"].running'
TIME_OUT = 'config.option["UserVars.ESXiShellTimeOut"].value'
FIRST, SECOND = "esx-01.practice", "esx-02.practice"


def stop(host: Any) -> None:
    """Stops SSH."""
    host.configManager.serviceSystem.StopService("TSM-SSH")


def restart(host: Any) -> bool:
    """Restarts SSH, which changes nothing; whether that went well."""
    try:
        host.configManager.serviceSystem.RestartService("TSM-SSH")
    except vmodl.MethodFault:
        return False
    return True


def update(host: Any, **values: int) -> None:
    """Writes several options at once, in the order given."""
    changes = [
        vim.option.OptionValue(key=f"UserVars.{name}", value=VmomiSupport.long(value)) for name, value in values.items()
    ]
    host.configManager.advancedOption.UpdateOptions(changes)


def test_a_rule_strikes_from_the_nth_call_on_as_often_as_it_says(host: Any, sim: PracticeVsphere) -> None:
    sim.add_faults([{"method": "RestartService", "action": "HostConfigFault", "nth": 3, "times": 2}])
    assert [restart(host) for _try in range(6)] == [True, True, False, False, True, True]
    assert sim.faults == []


def test_a_rule_says_what_it_has_seen_and_may_stand_for_ever(host: Any, sim: PracticeVsphere) -> None:
    order = {"method": "RestartService", "action": "HostConfigFault", "nth": 2, "times": "always"}
    (number,) = sim.add_faults([order])
    assert [restart(host) for _try in range(4)] == [True, False, False, False]
    assert sim.faults == [{**order, "id": number, "seen": 4, "struck": 3}]
    sim.clear_faults(number)
    assert restart(host)
    with pytest.raises(LookupError, match=f"no rule has the id {number}"):
        sim.clear_faults(number)


def test_an_earlier_rule_does_not_hide_calls_from_a_later_one(host: Any, sim: PracticeVsphere) -> None:
    fault = {"method": "RestartService", "action": "HostConfigFault"}
    sim.add_faults([fault, {**fault, "nth": 3}])
    assert [restart(host) for _try in range(4)] == [False, True, False, True]


@pytest.mark.parametrize("named", [SECOND, "host-2", "serviceSystem-2"])
def test_a_rule_meets_the_object_it_names(si: Any, sim: PracticeVsphere, named: str) -> None:
    sim.add_faults([{"method": "RestartService", "action": "HostConfigFault", "object": named, "times": "always"}])
    assert [restart(host) for host in host_view(si).view] == [True, False, True]


def test_a_rule_meets_the_user_it_names(host: Any, sim: PracticeVsphere) -> None:
    sim.add_user("other@vsphere.local", "word", role="admin")
    sim.add_faults([{"method": "RestartService", "action": "HostConfigFault", "user": "Other@vsphere.local"}])
    other = host_view(connect(sim, "other@vsphere.local", "word")).view[0]
    assert [restart(host), restart(other), restart(other)] == [True, False, True]


def chances(seed: int, backwards: bool) -> dict[str, list[bool]]:
    """How restarts go that fail with probability one half, asked of the hosts in one order or the other."""
    rule = {"method": "RestartService", "action": "HostConfigFault", "probability": 0.5}
    with PracticeVsphere(hosts=2, drift="none", seed=seed, faults=[rule]) as sim:
        hosts = list(host_view(connect(sim)).view)
        turns = hosts[::-1] if backwards else hosts
        gone: dict[str, list[bool]] = {host.name: [] for host in hosts}
        for _try in range(20):
            for host in turns:
                gone[host.name].append(restart(host))
        return gone


def test_chance_follows_the_seed_and_not_the_order_of_the_hosts() -> None:
    first = chances(7, backwards=False)
    assert first == chances(7, backwards=True)
    assert first != chances(8, backwards=False)
    assert first[FIRST] != first[SECOND]
    assert {True, False} == set(first[FIRST])


def test_an_ordered_no_permission_names_the_host_and_the_privilege(host: Any, sim: PracticeVsphere) -> None:
    sim.add_faults([{"method": "UpdateOptions", "action": "NoPermission"}])
    with pytest.raises(vim.fault.NoPermission) as caught:
        update(host, ESXiShellTimeOut=600)
    assert caught.value.privilegeId == "Host.Config.AdvancedConfig"
    assert str(caught.value.object) == "'vim.HostSystem:host-1'"


def timed(deed: Callable[[], Any]) -> float:
    """How many seconds something takes."""
    began = time.monotonic()
    deed()
    return time.monotonic() - began


@pytest.mark.parametrize("phase", ["before", "after"])
def test_latency_delays_the_call_and_nobody_else(host: Any, sim: PracticeVsphere, first: Any, phase: str) -> None:
    sim.add_faults([{"method": "StopService", "action": "latency", "seconds": 1.0, "phase": phase}])
    other = host_view(connect(sim)).view[0]
    slow = threading.Thread(target=stop, args=(host,))
    began = time.monotonic()
    slow.start()
    while not sim.count("StopService") or (phase == "after" and first.get(SSH)):
        time.sleep(0.01)
    assert restart(other) is (phase == "before")
    assert first.get(SSH) is (phase == "before")
    assert time.monotonic() - began < 0.9
    slow.join()
    assert time.monotonic() - began >= 1.0
    assert first.get(SSH) is False


def test_latency_comes_on_top_of_another_rule(host: Any, first: Any, sim: PracticeVsphere) -> None:
    rules = [{"method": "StopService", "action": "drop"}, {"method": "*", "action": "latency", "seconds": 0.2}]
    sim.add_faults(rules)

    def dropped() -> None:
        with pytest.raises(http.client.RemoteDisconnected):
            stop(host)

    assert timed(dropped) >= 0.2
    assert first.get(SSH) is True


def test_a_session_that_ends_during_a_latency_changes_nothing(host: Any, first: Any, sim: PracticeVsphere) -> None:
    sim.add_faults([{"method": "StopService", "action": "latency", "seconds": 0.5}])
    problems: list[vmodl.MethodFault] = []

    def slow() -> None:
        try:
            stop(host)
        except vim.fault.NotAuthenticated as problem:
            problems.append(problem)

    caller = threading.Thread(target=slow)
    caller.start()
    while not sim.count("StopService"):
        time.sleep(0.01)
    sim.expire_sessions()
    caller.join()
    assert len(problems) == 1
    assert first.get(SSH) is True


@pytest.mark.parametrize(("parts", "told"), [(1, (600, 0)), (2, (600, 900)), (9, (600, 900))])
def test_a_call_of_several_parts_can_fail_after_some_of_them(
    host: Any, first: Any, sim: PracticeVsphere, parts: int, told: tuple[int, int]
) -> None:
    sim.add_faults([{"method": "UpdateOptions", "action": "partial", "parts": parts, "fault": "HostConfigFault"}])
    with pytest.raises(vim.fault.HostConfigFault, match="as ordered for UpdateOptions on esx-01.practice"):
        update(host, ESXiShellTimeOut=600, ESXiShellInteractiveTimeOut=900)
    assert first.get(TIME_OUT) == told[0]
    assert first.get('config.option["UserVars.ESXiShellInteractiveTimeOut"].value') == told[1]


def test_config_stays_stale_until_the_part_is_refreshed(si: Any, host: Any, first: Any, sim: PracticeVsphere) -> None:
    sim.add_faults([{"method": "StopService", "action": "stale", "object": FIRST}])
    stop(host)
    assert first.get(SSH) is False
    manager = host.configManager
    for _try in range(3):
        assert one(si, SSH) is True
    assert not [s for s in manager.serviceSystem.serviceInfo.service if s.key == "TSM-SSH" and s.running]
    manager.firewallSystem.RefreshFirewall()
    assert one(si, SSH) is True
    manager.serviceSystem.RefreshServices()
    assert one(si, SSH) is False


def test_a_stale_host_tells_everything_else_as_it_is(si: Any, host: Any, sim: PracticeVsphere) -> None:
    sim.add_faults([{"method": "StopService", "action": "stale"}])
    stop(host)
    update(host, ESXiShellTimeOut=600)
    answers = retrieve(si, [SSH, TIME_OUT])
    assert [answer[SSH] for answer in answers] == [True, True, True]
    assert [answer[TIME_OUT] for answer in answers] == [600, 0, 0]


def test_config_stays_stale_for_so_many_reads(si: Any, host: Any, sim: PracticeVsphere) -> None:
    sim.add_faults([{"method": "StopService", "action": "stale", "reads": 2}])
    stop(host)
    told = [retrieve(si, [SSH, 'config.service.service["TSM-SSH"].policy'])[0][SSH] for _try in range(4)]
    assert told == [True, True, False, False]


def test_managers_can_be_stale_too_until_the_host_connects_anew(host: Any, first: Any, sim: PracticeVsphere) -> None:
    sim.add_faults([{"method": "UpdateOptions", "action": "stale", "scope": "all"}])
    update(host, ESXiShellTimeOut=600)
    manager = host.configManager.advancedOption

    def told() -> int:
        return next(int(item.value) for item in manager.setting if item.key == "UserVars.ESXiShellTimeOut")

    assert (told(), first.get(TIME_OUT)) == (0, 600)
    first.connection_state = "disconnected"
    first.connection_state = "connected"
    assert told() == 600


def test_a_host_can_go_before_its_call(host: Any, first: Any, sim: PracticeVsphere) -> None:
    sim.add_faults([{"method": "StopService", "action": "disconnect"}])
    with pytest.raises(vmodl.fault.HostNotConnected):
        stop(host)
    assert first.get(SSH) is True
    assert first.connection_state == "notResponding"


def test_a_host_can_go_after_its_call_with_a_fault_of_its_own(host: Any, first: Any, sim: PracticeVsphere) -> None:
    order = {"method": "StopService", "action": "disconnect", "phase": "after", "state": "disconnected"}
    sim.add_faults([{**order, "fault": "HostCommunication"}])
    with pytest.raises(vmodl.fault.HostCommunication):
        stop(host)
    assert first.get(SSH) is False
    assert first.connection_state == "disconnected"


BAD = [
    ("method: StopService\n    action: NoSuch", 3, "faults[0].action: NoSuch is neither the name of a fault"),
    ("method: StopServce\n    action: drop", 2, "faults[0].method: StopServce is not a method of the API"),
    ("method: StopService", 2, "faults[0]: action is missing"),
    ("method: StopService\n    action: drop\n    tmies: 2", 4, "faults[0].tmies: tmies is no key of a rule"),
    ("method: StopService\n    action: drop\n    times: 0", 4, "faults[0].times: times is at least 1, not 0"),
    ("method: StopService\n    action: drop\n    nth: two", 4, "faults[0].nth: nth is a whole number, not 'two'"),
    ("method: StopService\n    action: drop\n    phase: during", 4, "faults[0].phase: phase is before or after"),
    ("method: StopService\n    action: drop\n    probability: 2", 4, "faults[0].probability: probability is above 0"),
    ("method: StopService\n    action: drop\n    seconds: 2", 4, "seconds does not belong to the action drop"),
    ("method: StopService\n    action: latency", 3, "faults[0].action: seconds is missing"),
    ("method: StopService\n    action: stale\n    phase: after", 4, "faults[0].phase: stale has no phase after"),
    ("method: UpdateOptions\n    action: partial\n    parts: 1\n    fault: drop", 5, "drop is not the name of a fault"),
    (
        "method: StopService\n    action: partial\n    parts: 1\n    fault: HostConfigFault",
        2,
        "faults[0].method: StopService has no list of parts",
    ),
    ("method: StopService\n    action: drop\n    object: esx-99", 4, "faults[0].object: no host or object is named"),
    ("method: StopService\n    action: drop\n    action: drop", 4, "faults[0].action: stands twice"),
    ("method: StopService\n    action: [drop]", 3, "faults[0].action: action is a text"),
]


@pytest.mark.parametrize(("rule", "line", "problem"), BAD)
def test_a_bad_rule_is_told_by_file_line_and_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str, line: int, problem: str
) -> None:
    file = tmp_path / "rules.yml"
    file.write_text(f"faults:\n  - {rule}\n")
    assert main(["--hosts", "1", "--port", "0", "--faults", str(file)]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"python -m simulator: {file}:{line}: ")
    assert problem in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("r.yml", "faults: [", "r.yml:1: not YAML: "),
        ("r.yml", "", "r.yml:1: faults: a list of rules is needed"),
        ("r.yml", "faults: none", "r.yml:1: faults: a list of rules is needed"),
        ("r.yml", "faults: []\nfualts: []", "r.yml:2: fualts: unknown"),
        ("r.yml", "faults: []\nfaults: []", "r.yml:2: faults: stands twice"),
        ("r.yml", "faults:\n  - drop", "r.yml:2: faults[0]: a rule is an object"),
        ("r.yml", "faults: &a [*a]", "r.yml:1: faults[0]: a rule is an object"),
        ("r.yml", "\x00", "r.yml:1: not YAML"),
        ("r.yml", "[" * 5000, "r.yml:1: nested too deeply"),
        ("r.json", '{"faults": [\n}', "r.json:2: not JSON"),
        ("r.json", '{"faults": [\n\t{"method":"StopService",\n\t"action":"no\\nsuch"}]}', "r.json:3: faults[0].action"),
    ],
)
def test_a_file_that_holds_no_rules_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, problem: str
) -> None:
    (tmp_path / name).write_text(text)
    assert main(["--hosts", "1", "--port", "0", "--faults", str(tmp_path / name)]) == 2
    shown = capsys.readouterr().err
    assert problem in shown
    assert shown.count("\n") == 1


def test_a_file_that_cannot_be_read_is_told_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--faults", str(tmp_path / "none.yml")]) == 2
    assert f"{tmp_path / 'none.yml'}: No such file or directory" in capsys.readouterr().err
    (tmp_path / "latin.yml").write_bytes(b"faults: \xff")
    assert main(["--faults", str(tmp_path / "latin.yml")]) == 2
    assert "latin.yml: not UTF-8 text" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["rules.yml", "rules.json"])
def test_rules_come_from_a_file_in_either_language(tmp_path: Path, name: str) -> None:
    rules = [
        {"method": "RestartService", "action": "SystemError"},
        {"method": "*", "action": "latency", "seconds": 0.1},
    ]
    text = "faults:\n" + "".join(f"  - {json.dumps(rule)}\n" for rule in rules)
    (tmp_path / name).write_text(json.dumps({"faults": rules}, indent="\t") if name.endswith("json") else text)
    with PracticeVsphere(hosts=1, faults=tmp_path / name) as sim:
        assert [rule["action"] for rule in sim.faults] == ["SystemError", "latency"]
        host = host_view(connect(sim)).view[0]
        host.configManager.serviceSystem.UpdateServicePolicy("TSM-SSH", "on")
        assert not restart(host)


def test_of_several_rules_one_of_which_is_bad_none_is_taken(sim: PracticeVsphere) -> None:
    good = {"method": "StopService", "action": "drop"}
    with pytest.raises(ValueError, match=r"^faults\[1\]\.action: dorp is neither .* did you mean drop\?$"):
        sim.add_faults([good, {**good, "action": "dorp"}])
    assert sim.faults == []
