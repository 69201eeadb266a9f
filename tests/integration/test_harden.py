# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""harden.yml and the roles: told before done, done in order and in waves, and done once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from simulator import PracticeVsphere
from tests.integration.controller import GATES, SITE, Controller, Run, readable
from tests.integration.state import SHELL_TIMEOUT, SSH, close_by_hand, open_ends, reads, writes

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = 20
WALLS = ["services", "firewall", "network"]


@dataclass
class Step:
    """One run, and what it did to the practice vSphere."""

    run: Run
    before: str
    after: str
    writes: list[tuple[str, str, str]]
    requests: int
    logins: int
    sessions: int


@dataclass
class Story:
    """A fleet told, hardened, and hardened again."""

    names: list[str]
    steps: dict[str, Step] = field(default_factory=dict)
    still_open: list[str] = field(default_factory=list)


def _step(controller: Controller, *arguments: str) -> Step:
    sim = controller.sim
    sim.reset_counters()
    before = sim.dump()
    run = controller.playbook("harden", *arguments)
    return Step(run, before, sim.dump(), writes(sim), sim.http_requests, sim.count("Login"), sim.sessions)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Three runs over one fleet of all kinds of drift, for all the tests that only look at them."""
    with PracticeVsphere(hosts=HOSTS, clusters=3, drift="mixed", seed=7) as sim:
        controller = Controller(tmp_path_factory.mktemp("harden"), sim)
        told = Story(sim.host_names)
        told.steps["check"] = _step(controller, "--check", "--diff")
        told.steps["harden"] = _step(controller)
        told.still_open = [f"{name}: {end}" for name in sim.host_names for end in open_ends(sim, name)]
        told.steps["again"] = _step(controller)
    return told


def test_check_mode_leaves_the_state_identical_to_the_byte(story: Story) -> None:
    step = story.steps["check"]
    assert step.run.code == 0, step.run.text
    assert step.after == step.before
    assert step.writes == []


def test_check_mode_says_of_every_host_what_would_change(story: Story) -> None:
    run = story.steps["check"].run
    assert run.out.count("+++ after: ") >= HOSTS
    titles = [line for line in run.out.splitlines() if line.startswith("+++ after: ")]
    assert any(title.endswith(": service TSM-SSH (SSH)") for title in titles)
    for line in ("+policy: off", "-allowed: everyone", "+VLAN ID: 110"):
        assert line in run.out.splitlines(), line
    for role in ("Bring services and shell options", "Bring the host firewall", "Bring switches, port groups"):
        rows = [row for row in run.results if role in row.task]
        assert {row.host for row in rows} == set(story.names)
        assert all(row.result["changes"] for row in rows if row.changed)


def test_check_mode_tells_exactly_the_changes_that_hardening_then_makes(story: Story) -> None:
    def told(step: Step) -> dict[tuple[str, str], list[tuple[object, ...]]]:
        return {
            (row.host, row.task): [
                (change["resource"], change["key"], change["field"], change["before"], change["after"])
                for change in row.result["changes"]
            ]
            for row in step.run.results
            if "changes" in row.result
        }

    assert told(story.steps["check"]) == told(story.steps["harden"])


def test_hardening_closes_every_host_as_the_site_asks(story: Story) -> None:
    step = story.steps["harden"]
    assert step.run.code == 0, step.run.text
    assert story.still_open == []
    assert step.after != step.before
    assert step.sessions == 0


def test_hardening_proves_itself_with_an_audit_at_the_end(story: Story) -> None:
    proof = story.steps["harden"].run.of("Judge what was hardened")
    assert proof.result["summary"]["hosts"] == HOSTS
    assert proof.result["summary"]["drifted"] == []


def test_hardening_again_writes_nothing_changes_nothing_and_costs_what_an_audit_costs(story: Story) -> None:
    step = story.steps["again"]
    assert step.run.code == 0, step.run.text
    assert step.writes == []
    assert step.after == step.before
    assert not any(row.changed for row in step.run.results)
    # Two for the login, two for the reading, one for the logout.
    assert (step.requests, step.logins) == (5, 1)


def test_every_host_gets_services_first_then_its_firewall_then_its_networks(story: Story) -> None:
    for name in story.names:
        order = [WALLS.index(wall) for host, wall, _method in story.steps["harden"].writes if host == name]
        assert order == sorted(order)
        assert set(order) == {0, 1, 2}


def test_a_service_is_switched_off_at_boot_before_it_is_stopped(story: Story) -> None:
    stopped = 0
    for name in story.names:
        methods = [m for host, _wall, m in story.steps["harden"].writes if host == name]
        if "StopService" in methods:
            stopped += 1
            assert "UpdateServicePolicy" in methods[: methods.index("StopService")]
    assert stopped > 3


def test_the_waves_are_one_host_then_a_tenth_then_all_the_others(story: Story) -> None:
    done = [host for host, _wall, _method in story.steps["harden"].writes]
    seen = list(dict.fromkeys(done))
    assert len(seen) == HOSTS
    waves = [set(seen[:1]), set(seen[1:3]), set(seen[3:])]
    numbers = [next(index for index, wave in enumerate(waves) if host in wave) for host in done]
    assert numbers == sorted(numbers), "a later wave began before the one before it had ended"
    # Within a wave the hosts go together: all get their services before any gets its firewall.
    for wave in waves[1:]:
        walls = [WALLS.index(wall) for host, wall, _method in story.steps["harden"].writes if host in wave]
        assert walls == sorted(walls)


def test_limit_touches_the_limited_host_only(controller: Controller) -> None:
    sim = controller.sim
    untouched = [sim.host(name).get("config") for name in ("esx-01.practice", "esx-03.practice")]
    run = controller.playbook("harden", "--limit", "esx-02.practice")
    assert run.code == 0, run.text
    assert {host for host, _wall, _method in writes(sim)} == {"esx-02.practice"}
    assert open_ends(sim, "esx-02.practice") == []
    assert [sim.host(name).get("config") for name in ("esx-01.practice", "esx-03.practice")] == untouched


def test_a_tag_runs_its_wall_only_and_succeeds(controller: Controller) -> None:
    run = controller.playbook("harden", "--tags", "services")
    assert {wall for _host, wall, _method in writes(controller.sim)} == {"services"}
    left = open_ends(controller.sim, "esx-01.practice")
    assert left
    assert not [end for end in left if "service" in end or "option" in end]
    assert run.code == 0, run.text


def test_a_host_that_does_not_respond_is_left_out_and_the_others_are_hardened(controller: Controller) -> None:
    sim = controller.sim
    sim.host("esx-02.practice").connection_state = "notResponding"
    run = controller.playbook("harden")
    assert {host for host, _wall, _method in writes(sim)} == {"esx-01.practice", "esx-03.practice"}
    assert open_ends(sim, "esx-01.practice") == open_ends(sim, "esx-03.practice") == []
    assert "notResponding" in run.flat
    assert readable(run)


def test_a_host_that_fails_stops_the_waves_after_its_own(tmp_path: Path) -> None:
    with PracticeVsphere(hosts=12, drift="shipped") as sim:
        sim.fail_next("UpdateOptions", "HostConfigFault", host="esx-01.practice")
        run = Controller(tmp_path, sim).playbook("harden")
        assert run.code == 2
        assert {host for host, _wall, _method in writes(sim)} == {"esx-01.practice"}
        failed = next(row for row in run.results if row.status == "failed")
        assert failed.host == "esx-01.practice"
        for word in ("esx-01.practice", "advanced option", "HostConfigFault"):
            assert word in failed.message


def _roles(controller: Controller, *walls: str) -> Run:
    """These walls on all hosts at once, without an audit before."""
    wanted = {f"management_{wall}_site": {**SITE, "management_gates": GATES} for wall in walls}
    roles = [f"dejima.hypervisor.management_{wall}" for wall in walls]
    play = {"roles": roles, "vars": wanted, "serial": "100%"}
    return controller.play([], hosts="all", play=play)


def test_compliant_hosts_cost_no_request_and_a_drifted_one_a_read_its_changes_and_a_proof(
    controller: Controller,
) -> None:
    sim = controller.sim
    close_by_hand(sim, "esx-01.practice")
    sim.stamp("esx-01.practice")
    compliant = sim.dump()
    run = _roles(controller, *WALLS)
    assert (run.code, sim.http_requests, sim.dump()) == (0, 5, compliant), run.text

    # One option and the policy of one service: two groups of one wall.
    sim.host("esx-02.practice").set(SHELL_TIMEOUT, 0)
    sim.host("esx-02.practice").set(f"{SSH}.policy", "on")
    sim.reset_counters()
    run = _roles(controller, *WALLS)
    assert run.code == 0, run.text
    assert [method for _host, _wall, method in writes(sim)] == ["UpdateServicePolicy", "UpdateOptions"]
    assert sim.host("esx-02.practice").get(SHELL_TIMEOUT) == 600
    sim.host("esx-02.practice").set(SHELL_TIMEOUT, 300)  # as good a value as the profile's, and the first one
    assert sim.dump() == compliant
    # Login and fleet: 4. Services: one narrow read, two writes, one proof. The other two walls had a look at the
    # host that this run touched: one read each, and one for the machines on the management port group. Logout: 1.
    assert reads(sim) <= 2 + 2 + 3
    assert [row.host for row in run.results if row.changed] == ["esx-02.practice"]


@pytest.mark.parametrize(
    ("path", "value", "wall", "method"),
    [
        (f"{SSH}.policy", "on", "services", "UpdateServicePolicy"),
        ('config.firewall.ruleset["sshServer"].allowedHosts', {"allIp": True}, "firewall", "UpdateRuleset"),
        ('config.network.portgroup["Guests"].spec.policy.security.macChanges', True, "network", "UpdatePortGroup"),
    ],
)
def test_a_drifted_host_costs_one_narrow_read_one_write_and_one_proof_a_wall(
    controller: Controller, path: str, value: object, wall: str, method: str
) -> None:
    sim = controller.sim
    close_by_hand(sim, "esx-01.practice")
    sim.stamp("esx-01.practice")
    sim.host("esx-02.practice").set(path, value)
    run = _roles(controller, wall)
    assert run.code == 0, run.text
    assert open_ends(sim, "esx-02.practice") == []
    assert [name for _host, _wall, name in writes(sim)] == [method]
    # Login, fleet and logout are 5; the drifted host adds its read, its write and its proof.
    assert sim.http_requests == 5 + 3
