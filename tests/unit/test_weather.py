# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad weather: hosts that are lost or share a name, connections that drop, sessions that end, servers that are gone."""

from __future__ import annotations

import json

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.apply import converge
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import (
    CollectError,
    ConnectError,
    HypervisorError,
    PlanError,
    SessionExpired,
    UnreachableHost,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import ERROR, Target
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.run import audit, failure_of, needs_of
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import RESOURCES, connect
from simulator import PracticeVsphere
from tests.contract.practice import HOST, asked, converged, endpoint, refused, signed_in, target, writes

STOP = asked("service", "TSM-SSH", running=False, policy="off")
SSH = 'config.service.service["TSM-SSH"]'


@pytest.mark.parametrize("state", ["notResponding", "disconnected"])
@pytest.mark.parametrize("check", [True, False])
def test_a_host_vcenter_has_lost_is_unreachable_and_untouched(sim: PracticeVsphere, state: str, check: bool) -> None:
    sim.host(HOST).connection_state = state
    error = refused(sim, STOP, check=check)
    assert isinstance(error, UnreachableHost)
    assert str(error) == f"{HOST}: vCenter reports the host {state}; nothing was read or changed."
    assert failure_of(error)["unreachable"] is True
    assert writes(sim) == []


def test_a_host_lost_after_the_snapshot_is_found_lost_before_the_write(sim: PracticeVsphere) -> None:
    with signed_in(sim) as connection:
        snapshot = connection.collect([target(sim)], needs_of(RESOURCES, [STOP]))[0]
        sim.host(HOST).connection_state = "notResponding"
        with pytest.raises(UnreachableHost):
            converge(lambda: connection, RESOURCES, target(sim), [STOP], check=False, snapshot=snapshot)
    assert writes(sim) == []


def test_a_lost_host_fails_alone_in_an_audit(sim: PracticeVsphere) -> None:
    row = asked("service", "TSM-SSH", control="ssh", running=True)
    sim.host(HOST).connection_state = "disconnected"
    with signed_in(sim) as connection:
        fleet = connection.fleet(needs_of(RESOURCES, [row]))
        pairs = [(snapshot, "") for snapshot in fleet.snapshots.values()]
        report, lines = audit(RESOURCES, pairs, [row], profile="p", started=0.0, requests=1, logins=1, endpoint="here")
    by_host = {result["object"]["name"]: result for result in report["results"]}
    assert by_host[HOST]["status"] == ERROR
    assert by_host["esx-02.practice"]["status"] == "PASS"
    assert report["summary"]["unread"] == [HOST]
    assert "vCenter reports the host disconnected; nothing was read." in "\n".join(lines)


def test_two_hosts_of_one_name_are_told_apart_by_nobody() -> None:
    with PracticeVsphere(hosts=4, clusters=2, drift="none") as sim:
        sim.rename_host("esx-02.practice", HOST)
        with signed_in(sim) as connection:
            with pytest.raises(PlanError) as caught:
                connection.find(HOST)
            assert connection.find("esx-03.practice").name == "esx-03.practice"
        assert str(caught.value) == (
            f"2 hosts are named {HOST} (in practice/cluster-a, practice/cluster-b). "
            "Narrow the inventory to one of them with datacenters: or clusters:, or rename one."
        )


def test_a_host_that_is_not_there_is_told_with_how_many_were_seen(sim: PracticeVsphere) -> None:
    with signed_in(sim) as connection, pytest.raises(PlanError) as caught:
        connection.find("esx-99.practice")
    assert str(caught.value) == (
        "there is no host esx-99.practice in this inventory (2 hosts seen). Use the name vCenter shows for it."
    )


def test_a_host_that_left_the_inventory_is_told(sim: PracticeVsphere) -> None:
    gone = Target("gone.practice", "host-4711")
    with signed_in(sim) as connection, pytest.raises(HypervisorError) as caught:
        converge(lambda: connection, RESOURCES, gone, [STOP], check=False)
    assert isinstance(caught.value, CollectError), caught.value
    assert "host-4711" in str(caught.value)


@pytest.mark.parametrize("trouble", ["drop", "http503"])
@pytest.mark.parametrize(("method", "nth"), [("UpdateServicePolicy", 0), ("StopService", 1)])
def test_a_connection_that_breaks_in_mid_run_is_told_with_what_was_done(
    sim: PracticeVsphere, trouble: str, method: str, nth: int
) -> None:
    sim.fail_next(method, trouble)
    error = refused(sim, STOP)
    result = failure_of(error)
    assert isinstance(error, ConnectError)
    assert str(error).startswith(f"{HOST}: service TSM-SSH: the connection to {sim.address}:{sim.port} broke: ")
    assert len(result["applied"]) == nth
    assert result["changed"] is bool(nth)
    assert "Run again" in str(error)
    assert converged(sim, STOP)["changed"] is True
    assert sim.host(HOST).get(f"{SSH}.running") is False


def test_what_was_written_is_told_even_if_it_could_not_be_read_again(sim: PracticeVsphere) -> None:
    with signed_in(sim) as connection, pytest.raises(ConnectError) as caught:
        converge(
            lambda: connection,
            RESOURCES,
            target(sim),
            [STOP],
            check=False,
            before_write=lambda: sim.fail_next("RetrievePropertiesEx", "drop", times=9),
        )
    result = failure_of(caught.value)
    assert sim.host(HOST).get(f"{SSH}.running") is False
    assert result["failed"] is True
    assert result["changed"] is True
    assert [change["field"] for change in result["applied"]] == ["policy", "running"]
    assert HOST in result["msg"]


def test_a_vcenter_that_is_gone_in_mid_run_is_told_as_such(sim: PracticeVsphere) -> None:
    with signed_in(sim) as connection:
        try:
            with pytest.raises(ConnectError) as caught:
                converge(
                    lambda: connection,
                    RESOURCES,
                    target(sim),
                    [STOP],
                    check=False,
                    before_write=sim.stop_listening,
                )
        finally:
            sim.start_listening()
    assert f"{sim.address}:{sim.port}" in str(caught.value)
    assert failure_of(caught.value)["changed"] is False
    assert sim.host(HOST).get(f"{SSH}.running") is True


def test_a_session_that_ended_is_told_as_such(sim: PracticeVsphere) -> None:
    connection = connect(endpoint(sim))
    sim.expire_sessions()
    with pytest.raises(SessionExpired) as caught:
        converge(lambda: connection, RESOURCES, target(sim), [STOP], check=False)
    assert str(caught.value).endswith(
        f"{sim.address}:{sim.port} no longer knows the session. It timed out or was ended; run again."
    )
    assert caught.value.code == "session_expired"
    connection.close()
    assert writes(sim) == []


def test_a_session_that_ends_between_two_writes_is_told_with_what_was_done(sim: PracticeVsphere) -> None:
    connection = connect(endpoint(sim))
    sim.fail_next("StopService", "NotAuthenticated")
    with pytest.raises(SessionExpired) as caught:
        converge(lambda: connection, RESOURCES, target(sim), [STOP], check=False)
    connection.close()
    assert [change["field"] for change in failure_of(caught.value)["applied"]] == ["policy"]


def test_a_read_that_is_not_allowed_names_the_privilege(sim: PracticeVsphere) -> None:
    sim.fail_next("RetrievePropertiesEx", "NoPermission")
    error = refused(sim, STOP)
    assert isinstance(error, CollectError)
    assert f"not allowed: user {sim.username} lacks" in str(error)


def test_failures_are_json(sim: PracticeVsphere) -> None:
    sim.fail_next("StopService", "drop")
    json.dumps(failure_of(refused(sim, STOP)))
