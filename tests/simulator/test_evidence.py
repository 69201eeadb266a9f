# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""State as evidence: what differs, keeping, saving and restoring, counters."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pyVmomi import vim

from simulator import PracticeVsphere
from simulator.__main__ import main
from simulator.differences import differences
from tests.simulator.clients import connect, host_view, one, retrieve
from tests.simulator.test_outside import admin

SSH = 'config.service.service["TSM-SSH"].running'
FIRST, SECOND = "esx-01.practice", "esx-02.practice"


def told(sim: PracticeVsphere, name: str = "") -> list[str]:
    """What differs, as people read it."""
    return [str(item) for item in sim.diff(name)]


def test_a_difference_is_told_by_its_path(sim: PracticeVsphere, first: Any) -> None:
    sim.keep()
    first.set(SSH, False)
    first.set('config.network.portgroup["Management Network"].spec.vlanId', 10)
    first.set('config.option["UserVars.ESXiShellTimeOut"].value', 600)
    first.set('config.firewall.ruleset["sshServer"].allowedHosts.ipAddress', ["192.0.2.1"])
    host = f'hosts["{FIRST}"].config.'
    assert sorted(told(sim)) == [
        f'{host}firewall.ruleset["sshServer"].allowedHosts.ipAddress: (not there) -> ["192.0.2.1"]',
        f'{host}network.portgroup["Management Network"].spec.vlanId: 0 -> 10',
        f'{host}options["UserVars.ESXiShellTimeOut"]: (as installed) -> 600',
        f'{host}service.service["TSM-SSH"].running: true -> false',
    ]


def test_nothing_differs_where_nothing_changed(sim: PracticeVsphere, first: Any) -> None:
    sim.keep("before")
    first.set(SSH, False)
    first.set(SSH, True)
    assert sim.diff("before") == []
    assert sim.kept == ["before"]


def test_a_new_name_of_a_host_is_one_difference(sim: PracticeVsphere) -> None:
    sim.keep()
    sim.rename_host(FIRST, SECOND)
    assert told(sim) == [f'hosts["{FIRST}"].name: "{FIRST}" -> "{SECOND}"']


def test_what_came_is_told(sim: PracticeVsphere) -> None:
    sim.keep()
    sim.add_vm("guest", FIRST, "Guests")
    (line,) = told(sim)
    assert line.startswith('inventory.vms["guest"]: (not there) -> {')


def test_no_state_is_no_state_to_compare_with(sim: PracticeVsphere) -> None:
    with pytest.raises(LookupError, match="no state is kept as 'none'"):
        sim.diff("none")
    with pytest.raises(LookupError, match="no state is kept as ''"):
        sim.restore()


_JSON = some.recursive(
    some.none() | some.booleans() | some.integers(0, 2) | some.sampled_from(["a", "b"]),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from(["name", "key", "spec", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(_JSON, _JSON)
def test_two_texts_differ_just_where_they_do_not_say_the_same(one_side: Any, other: Any) -> None:
    before, after = (json.dumps(side, sort_keys=True) for side in (one_side, other))
    assert bool(differences(before, after)) is (before != after)
    assert differences(before, json.dumps(copy.deepcopy(one_side), sort_keys=True)) == []


def change_everything(sim: PracticeVsphere) -> None:
    """Changes of every kind, by the wire and by hand."""
    hosts = host_view(connect(sim)).view
    network = hosts[0].configManager.networkSystem
    network.AddPortGroup(
        vim.host.PortGroup.Specification(name="New", vlanId=7, vswitchName="vSwitch1", policy=vim.host.NetworkPolicy())
    )
    network.AddVirtualSwitch("vSwitch7", None)
    hosts[0].configManager.virtualNicManager.SelectVnicForNicType("vsan", "vmk2")
    sim.add_vm("guest", FIRST, "New")
    sim.host(FIRST).set('config.option["UserVars.ESXiShellTimeOut"].value', 600)
    sim.host(FIRST).set("config.lockdownMode", "lockdownNormal")
    sim.host(SECOND).reboot()
    sim.host(SECOND).connection_state = "disconnected"
    sim.rename_host(SECOND, "other.practice")


def test_a_kept_state_comes_back_to_the_byte(sim: PracticeVsphere) -> None:
    before, kept = sim.dump(), sim.host(SECOND)
    sim.keep()
    change_everything(sim)
    assert sim.dump() != before
    sim.restore()
    assert sim.dump() == before
    assert sim.host(SECOND) is kept
    assert told(sim) == []


def test_sessions_views_and_numbers_go_on_after_a_restore(sim: PracticeVsphere, si: Any, host: Any) -> None:
    view = host_view(si)
    sim.keep()
    names = {item.name: item._moId for item in host.network}
    change_everything(sim)
    changed = sim.dump()
    sim.restore()
    assert one(si, SSH) is True
    assert {item.name: item._moId for item in host.network} == names
    assert len(view.view) == 3
    change_everything(sim)
    assert sim.dump() == changed


def test_a_saved_state_starts_another_practice_vsphere(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with PracticeVsphere(hosts=12, clusters=3, seed=3) as sim:
        change_everything(sim)
        sim.save(file)
        dump, answers = sim.dump(), retrieve(connect(sim), ["config.network", "summary", "runtime", "parent", "vm"])
    with PracticeVsphere(hosts=1, drift="none", state=file) as again:
        assert again.dump() == dump
        found = retrieve(connect(again), ["config.network", "summary", "runtime", "parent", "vm"])
        assert [str(answer) for answer in found] == [str(answer) for answer in answers]
        again.save(tmp_path / "again.json")
        assert (tmp_path / "again.json").read_text() == file.read_text()
        option = 'config.option["UserVars.ESXiShellTimeOut"].value'
        assert type(one(connect(again), option)).__name__ == "long"
        again.host(FIRST).set(option, 900)
        ntp = host_view(connect(again)).view[0].configManager.serviceSystem
        ntp.StopService("ntpd")
        assert again.host(FIRST).get('config.service.service["ntpd"].running') is False


def test_hosts_that_shared_go_on_sharing(tmp_path: Path) -> None:
    with PracticeVsphere(hosts=40, drift="none") as sim:
        sim.save(tmp_path / "state.json")
    with PracticeVsphere(state=tmp_path / "state.json") as again:
        configs = [host.config for host in again.inventory.hosts]
    assert len({id(config.option) for config in configs}) == 1
    assert len({id(config.service) for config in configs}) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{\n", ":2: not JSON"),
        ("[]", ": not a saved state"),
        ('{"format": "practice vSphere 1"}', ": not a saved state: values is missing"),
        ("[" * 100_000, ": not a saved state"),
    ],
)
def test_a_file_that_is_no_saved_state_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    assert main(["--port", "0", "--state", str(file)]) == 2
    shown = capsys.readouterr().err
    assert f"{file}{problem}" in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"cluster": "domain-c1"', '"cluster": "domain-c9"', "esx-01.practice is in domain-c9, which is not there"),
        ('"network": "Guests"', '"network": "Gone"', "hangs on what is not there"),
        ('"running": true', '"running": "yes"', "bool is needed"),
        ('"options": {}', '"options": {"No.Such": 1}', "No.Such is missing or unknown"),
        ('"boots": 0', '"boots": null', "boots is a number"),
        ('"vlanId": 0, ', "", "vlanId is missing from HostPortGroupSpec"),
        ('"vlanId"', '"vlan"', "vlan is missing or unknown"),
    ],
)
def test_a_saved_state_that_was_spoilt_changes_nothing(
    sim: PracticeVsphere, tmp_path: Path, old: str, new: str, problem: str
) -> None:
    sim.host(FIRST).set(SSH, False)
    text, before = sim.saved(), sim.dump()
    assert old in text
    (tmp_path / "state.json").write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=problem):
        sim.load(tmp_path / "state.json")
    assert sim.dump() == before


def test_the_command_line_tells_what_differs(
    sim: PracticeVsphere, first: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(sim.dump())
    first.set(SSH, False)
    after.write_text(sim.dump())
    assert main(["--diff", str(before), str(before)]) == 0
    assert main(["--diff", str(before), str(after)]) == 1
    line = f'hosts["{FIRST}"].config.service.service["TSM-SSH"].running: true -> false\n'
    assert capsys.readouterr().out == line
    after.write_text(sim.saved())
    assert main(["--diff", str(before), str(after)]) == 2
    assert main(["--diff", str(before), str(tmp_path / "none")]) == 2
    shown = capsys.readouterr()
    assert f"{after}: not a dump" in shown.err
    assert f"{tmp_path / 'none'}: No such file" in shown.err
    assert shown.err.count("\n") == 2


def test_counters_tell_methods_and_objects(sim: PracticeVsphere, host: Any) -> None:
    sim.reset_counters()
    for _try in range(2):
        host.configManager.serviceSystem.RestartService("TSM-SSH")
    counters = sim.counters()
    assert counters["methods"]["RestartService"] == 2
    assert counters["objects"]["serviceSystem-1"] == {"RestartService": 2}
    assert sim.count("RestartService", "serviceSystem-1") == 2
    assert sim.count("RestartService", "serviceSystem-2") == 0


def test_the_admin_endpoint_saves_compares_and_restores(managed: PracticeVsphere) -> None:
    assert admin(managed, "POST", "/save", {"name": "before"}) == (200, {})
    saved = admin(managed, "GET", "/saved?name=before")[1]
    managed.host(FIRST).set(SSH, False)
    difference = {"path": f'hosts["{FIRST}"].{SSH}', "before": "true", "after": "false"}
    told = {"against": "before", "differences": [difference]}
    assert admin(managed, "GET", "/diff?against=before") == (200, told)
    assert admin(managed, "POST", "/restore", {"name": "before"}) == (200, {})
    assert managed.host(FIRST).get(SSH) is True
    managed.host(FIRST).set(SSH, False)
    assert admin(managed, "POST", "/restore", {"state": saved}) == (200, {})
    assert managed.host(FIRST).get(SSH) is True
    assert admin(managed, "GET", "/counters")[1]["objects"] == {}


@pytest.mark.parametrize(
    ("method", "path", "order"),
    [
        ("GET", "/diff?against=none", None),
        ("GET", "/diff?aganist=none", None),
        ("GET", "/saved?name=none", None),
        ("POST", "/restore", {"name": "none"}),
        ("POST", "/restore", {"state": []}),
        ("POST", "/save", {"file": "state.json"}),
    ],
)
def test_the_admin_endpoint_says_why_a_state_cannot_be_had(
    managed: PracticeVsphere,  # noqa: F811
    method: str,
    path: str,
    order: Any,
) -> None:
    status, answer = admin(managed, method, path, order)
    assert status == 400
    assert answer["error"]
