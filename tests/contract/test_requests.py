# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the job costs in requests, as the practice vSphere counts them: a fleet, a compliant host, a drifted one."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.apply import converge
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import Desired
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.run import audit, converge_one, needs_of
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import RESOURCES, connect
from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import load
from simulator import PracticeVsphere
from tests.contract.practice import HOST, asked, converged, endpoint, signed_in, tapped, target, writes

SITE: dict[str, Any] = {
    "management_gates": [{"name": "all", "addresses": ["127.0.0.0/8"], "needs": ["api", "console"]}],
    "management_vlan": 110,
    "management_adapters": ["vmk0"],
    "banner": "Authorised use only.",
}
SSH = 'config.service.service["TSM-SSH"]'
TIMEOUT = "UserVars.ESXiShellTimeOut"


@pytest.fixture(scope="module")
def rows() -> list[Desired]:
    """Every control of the first profile."""
    return [Desired.from_row(row) for row in load().resolve("management_plane", site=SITE)]


@pytest.fixture(scope="module")
def compliant(rows: list[Desired]) -> Iterator[PracticeVsphere]:
    """Three hosts that were hardened, all alike."""
    with PracticeVsphere(hosts=3, drift="none") as sim:
        assert converged(sim, *rows)["changed"] is True
        sim.stamp(HOST)
        yield sim


@pytest.mark.parametrize("hosts", [1, 99, 100, 101, 250])
@pytest.mark.parametrize("intruders", [0, 2])
def test_an_audit_of_the_fleet_costs_one_login_and_a_request_a_hundred_hosts(
    rows: list[Desired], hosts: int, intruders: int
) -> None:
    with PracticeVsphere(hosts=hosts, clusters=3, drift="none") as sim:
        for number in range(intruders):
            sim.add_vm(f"intruder-{number}", host=sim.host_names[-1], network="Management Network")
        connection = connect(endpoint(sim))
        fleet = connection.fleet(needs_of(RESOURCES, rows))
        pairs = [(snapshot, str(fleet.places[ref])) for ref, snapshot in fleet.snapshots.items()]
        report, _lines = audit(
            RESOURCES,
            pairs,
            rows,
            profile="management_plane",
            started=time.time(),
            requests=connection.requests,
            logins=1,
            endpoint="here",
        )
        connection.close()
        assert report["summary"]["hosts"] == hosts
        assert report["summary"]["unread"] == []
        assert sim.http_requests <= 6 + math.ceil(hosts / 100)
        assert sim.http_requests == connection.requests
        assert sim.count("Login") == sim.count("Logout") == 1
        assert sim.sessions == 0
        assert writes(sim) == []


def test_a_stamped_fleet_is_compliant(compliant: PracticeVsphere, rows: list[Desired]) -> None:
    for name in compliant.host_names:
        statuses = {verdict["status"] for verdict in converged(compliant, *rows, check=True, name=name)["verdicts"]}
        assert statuses <= {"PASS", "NOT_APPLICABLE", "MANUAL"}


@pytest.mark.parametrize("check", [True, False])
def test_a_compliant_host_with_a_snapshot_makes_no_request(
    compliant: PracticeVsphere, rows: list[Desired], check: bool
) -> None:
    with signed_in(compliant) as connection:
        fleet = connection.fleet(needs_of(RESOURCES, rows))
        before = compliant.http_requests

        def no_connection() -> Any:
            raise AssertionError("a compliant host asked for a connection")

        for snapshot in fleet.snapshots.values():
            result = converge_one(no_connection, RESOURCES, snapshot.target, rows, check=check, snapshot=snapshot)
            assert result["changed"] is False
        assert compliant.http_requests == before


def test_a_drifted_host_costs_a_narrow_read_a_request_for_each_changed_group_and_a_verify_read(
    rows: list[Desired],
) -> None:
    with PracticeVsphere(hosts=2, drift="none") as sim, signed_in(sim) as connection:
        fleet = connection.fleet(needs_of(RESOURCES, rows))
        snapshot = fleet.snapshots[sim.host(HOST).moid]
        sim.reset_counters()
        outcome = converge(lambda: connection, RESOURCES, snapshot.target, rows, check=False, snapshot=snapshot)
        groups = [
            group
            for kind in dict.fromkeys(change.resource for change in outcome.plan.changes)
            for group in RESOURCES[kind].groups([change for change in outcome.plan.changes if change.resource == kind])
        ]
        methods = [call.method for call in sim.calls]
        assert methods[0] == methods[-1] == "RetrievePropertiesEx"
        assert len(methods) == 1 + len(groups) + 1 == sim.http_requests
        services = [method for method in methods if "Service" in method]
        assert methods[1:-1] == [
            *services,
            "UpdateOptions",
            "UpdateRuleset",
            "UpdateRuleset",
            "UpdateVirtualSwitch",
            "UpdateVirtualSwitch",
            "UpdatePortGroup",
        ]


CHANGED = [
    ({f"{SSH}.running": True}, [asked("service", "TSM-SSH", control="a", running=False)], ["StopService"]),
    (
        {},
        [asked("service", "TSM-SSH", control="a", running=False, policy="off")],
        ["UpdateServicePolicy", "StopService"],
    ),
    (
        {},
        [asked("option", TIMEOUT, control="a", value=600), asked("option", "Config.Etc.issue", control="b", value="x")],
        ["UpdateOptions"],
    ),
    (
        {},
        [asked("firewall", "sshServer", control="a", all_ip=False, allowed=["10.0.0.1", "10.1.0.0/16"])],
        ["UpdateRuleset"],
    ),
    (
        {},
        [asked("port_group", "Guests", control="a", vlan_id=9, mac_changes=False, forged_transmits=False)],
        ["UpdatePortGroup"],
    ),
    (
        {},
        [asked("vswitch", "vSwitch0", control="a", mac_changes=False, forged_transmits=False)],
        ["UpdateVirtualSwitch"],
    ),
    (
        {},
        [asked("firewall_policy", "default", control="a", incoming_blocked=True, outgoing_blocked=False)],
        ["UpdateDefaultPolicy"],
    ),
    ({}, [asked("vmkernel_service", "vsan", control="a", adapters=["vmk2"])], ["SelectVnicForNicType"]),
]


@pytest.mark.parametrize(("drift", "wanted", "calls"), CHANGED, ids=lambda value: str(value)[:40])
def test_each_changed_group_costs_its_own_requests_and_two_reads(
    sim: PracticeVsphere, drift: dict[str, Any], wanted: list[Desired], calls: list[str]
) -> None:
    for path, value in drift.items():
        sim.host(HOST).set(path, value)
    with signed_in(sim) as connection:
        snapshot = connection.fleet(needs_of(RESOURCES, wanted)).snapshots[sim.host(HOST).moid]
        sim.reset_counters()
        converge(lambda: connection, RESOURCES, snapshot.target, wanted, check=False, snapshot=snapshot)
        assert [call.method for call in sim.calls] == ["RetrievePropertiesEx", *calls, "RetrievePropertiesEx"]


def test_a_host_nothing_is_known_of_costs_one_read_more(sim: PracticeVsphere) -> None:
    row = asked("service", "TSM-SSH", running=False)
    with signed_in(sim) as connection:
        sim.reset_counters()
        converge(lambda: connection, RESOURCES, target(sim), [row], check=False)
        assert sim.http_requests <= 4


def test_only_the_rows_that_drifted_are_read_again(sim: PracticeVsphere, rows: list[Desired]) -> None:
    wanted = [
        asked("service", "TSM-SSH", control="ssh", running=False),
        asked("service", "TSM", control="shell", running=False),
        asked("option", "Config.Etc.issue", control="banner", value=""),
    ]
    with signed_in(sim) as connection:
        snapshot = connection.fleet(needs_of(RESOURCES, wanted)).snapshots[sim.host(HOST).moid]
        with tapped(sim) as tap:
            converge(lambda: connection, RESOURCES, snapshot.target, wanted, check=False, snapshot=snapshot)
    for paths in tap.paths():
        spoken_of = {path for path in paths if "[" in path}
        assert {re.sub(r'.*\["(.*)"\]', r"\1", path) for path in spoken_of} == {"TSM-SSH"}


def test_nothing_ever_reads_a_whole_configuration(rows: list[Desired]) -> None:
    whole = {
        "config",
        "config.network",
        "config.service",
        "config.firewall",
        "config.option",
        "config.optionDef",
        "summary",
        "configManager",
        "networkInfo",
        "serviceInfo",
        "firewallInfo",
        "setting",
        "supportedOption",
        "info",
    }
    with PracticeVsphere(hosts=2, drift="none") as sim, tapped(sim) as tap:
        with signed_in(sim) as connection:
            snapshot = connection.fleet(needs_of(RESOURCES, rows)).snapshots[sim.host(HOST).moid]
            converge(lambda: connection, RESOURCES, snapshot.target, rows, check=False, snapshot=snapshot)
        assert sim.count("UpdateOptions") == 1
        assert len(tap.paths()) >= 3
        for paths in tap.paths():
            assert paths & whole == set()
        assert "<all>true</all>" not in "".join(tap.bodies)


def test_finding_one_host_by_name_reads_no_configuration_at_all() -> None:
    with PracticeVsphere(hosts=120, drift="none") as sim, tapped(sim) as tap:
        with signed_in(sim) as connection:
            assert connection.find("esx-077.practice").ref == sim.host("esx-077.practice").moid
        assert sim.http_requests <= 6 + 2
        assert not [path for paths in tap.paths() for path in paths if path.startswith("config.")]
