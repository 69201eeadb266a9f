# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every resource of the driver under every law of the engine, on the practice vSphere. Its cases are data: cases.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.apply import converge, undo
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import (
    ApplyError,
    HypervisorError,
    PlanError,
    VerifyError,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import ERROR, Desired
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.plan import make_plan, needs_of
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.run import failure_of
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import RESOURCES
from simulator import PracticeVsphere
from tests.contract.cases import CASES, Case
from tests.contract.practice import (
    HOST,
    asked,
    converged,
    difference,
    planned,
    read_state,
    refused,
    set_all,
    signed_in,
    target,
    writes,
)

every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_write = pytest.mark.parametrize(
    ("case", "nth"),
    [(case, nth) for case in CASES for nth in range(len(case.calls))],
    ids=str,
)
every_resource = pytest.mark.parametrize("resource", sorted(RESOURCES))


def desired(case: Case, control: str = "") -> Desired:
    return asked(case.resource, case.key, control=control, **case.fields)


def drifted(sim: PracticeVsphere, case: Case) -> str:
    """The drift set by hand, and the dump that shows it."""
    set_all(sim, case.drift)
    return sim.dump()


def own_paths(sim: PracticeVsphere, case: Case) -> set[str]:
    return {f"hosts[{sim.host(HOST).moid}].config.{path}" for path in case.moves}


def fields_of(resource: str) -> set[str]:
    return set(getattr(RESOURCES[resource], "types", ())) or {"value"}


def test_every_resource_has_a_contract_case() -> None:
    assert {case.resource for case in CASES} == set(RESOURCES)


@every_resource
def test_every_writable_field_is_written_alone_by_a_contract_case_or_has_a_reason(resource: str) -> None:
    alone = {next(iter(case.fields)) for case in CASES if case.resource == resource and len(case.fields) == 1}
    assert alone == fields_of(resource)


@every_case
def test_what_is_drifted_in_a_case_is_seen_as_drift(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    plan = planned(sim, desired(case))
    assert {(change.resource, change.key) for change in plan.changes} == {(case.resource, case.key)}
    assert {change.field for change in plan.changes} <= set(case.fields)


@every_case
def test_a_state_compared_with_itself_shows_no_change(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    state = read_state(sim, desired(case))[case.resource][case.key]
    same = asked(case.resource, case.key, **{name: state[name] for name in case.fields})
    assert planned(sim, same).changes == ()


@every_case
def test_after_apply_nothing_is_left_to_change(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    assert converged(sim, desired(case))["changed"] is True
    assert planned(sim, desired(case)).changes == ()


@every_case
def test_apply_makes_the_expected_writes_and_moves_nothing_else(sim: PracticeVsphere, case: Case) -> None:
    before = drifted(sim, case)
    converged(sim, desired(case))
    assert writes(sim) == list(case.calls)
    moved = {path.partition("[ip")[0] for path in difference(before, sim.dump())}
    assert moved
    assert moved <= own_paths(sim, case)


@every_case
def test_check_mode_leaves_the_host_identical_to_the_byte(sim: PracticeVsphere, case: Case) -> None:
    before = drifted(sim, case)
    result = converged(sim, desired(case), check=True)
    assert result["changed"] is True
    assert writes(sim) == []
    assert sim.dump() == before


@every_case
def test_check_mode_promises_exactly_what_apply_reports(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    promised = converged(sim, desired(case), check=True)
    assert converged(sim, desired(case)) == promised


@every_case
def test_current_is_the_real_value_before_the_change_in_both_modes(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    real = read_state(sim, desired(case))[case.resource][case.key]
    for check in (True, False):
        current = converged(sim, desired(case), check=check)["current"]
        assert {name: current[name] for name in case.fields} == {name: real[name] for name in case.fields}


@every_case
def test_the_predicted_state_is_the_state_read_again(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    with signed_in(sim) as connection:
        outcome = converge(lambda: connection, RESOURCES, target(sim), [desired(case)], check=False)
    again = read_state(sim, desired(case))[case.resource]
    assert again == plain_options(outcome.plan.predicted[case.resource])
    assert again == plain_options(outcome.after[case.resource])


def plain_options(state: dict[str, Any]) -> dict[str, Any]:
    """Without what is read only before a write: bounds and choices of an option."""
    extra = ("bounds", "choices", "read_only")
    return {key: {name: value for name, value in fields.items() if name not in extra} for key, fields in state.items()}


@every_case
@pytest.mark.parametrize("eyes", ["those of before", "fresh"])
def test_undo_after_apply_restores_the_first_state_exactly(sim: PracticeVsphere, case: Case, eyes: str) -> None:
    """Undo may be given what was read before the change, or what is there now."""
    before = drifted(sim, case)
    row = desired(case)
    with signed_in(sim) as connection:
        needs = needs_of(RESOURCES, [row]) | RESOURCES[case.resource].write_needs([case.key])
        first = connection.collect([target(sim)], needs)[0]
        outcome = converge(lambda: connection, RESOURCES, target(sim), [row], check=False)
        assert sim.dump() != before
        now = connection.collect([target(sim)], needs)[0]
        undo(connection, RESOURCES, outcome.plan, first if eyes == "those of before" else now)
    assert sim.dump() == before


@every_case
def test_a_second_run_makes_no_write_and_no_change(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    converged(sim, desired(case))
    after = sim.dump()
    sim.reset_counters()
    second = converged(sim, desired(case))
    assert second["changed"] is False
    assert second["changes"] == []
    assert not second["diff"]
    assert writes(sim) == []
    assert sim.dump() == after


@every_resource
def test_an_unknown_name_is_refused_before_any_write(sim: PracticeVsphere, resource: str) -> None:
    before = sim.dump()
    known = next(case for case in CASES if case.resource == resource)
    error = refused(sim, desired(known), asked(resource, "no-such-thing", **known.fields))
    assert isinstance(error, PlanError)
    assert error.host == HOST
    assert RESOURCES[resource].noun in str(error)
    assert "no-such-thing" in str(error)
    assert writes(sim) == []
    assert sim.dump() == before


@every_resource
def test_an_unknown_name_in_a_control_is_an_error_of_that_control_alone(sim: PracticeVsphere, resource: str) -> None:
    known = next(case for case in CASES if case.resource == resource)
    drifted(sim, known)
    result = converged(
        sim, desired(known, "known"), asked(resource, "no-such-thing", control="unknown", **known.fields)
    )
    verdicts = {verdict["control"]: verdict for verdict in result["verdicts"]}
    assert verdicts["unknown"]["status"] == ERROR
    assert "no-such-thing" in verdicts["unknown"]["reason"]
    assert verdicts["known"]["status"] == "FAIL"
    assert writes(sim) == list(known.calls)


@every_write
def test_a_fault_on_a_write_fails_the_task_and_says_where_and_how_far(
    sim: PracticeVsphere, case: Case, nth: int
) -> None:
    before = drifted(sim, case)
    sim.fail_next(case.calls[nth], "HostConfigFault")
    with signed_in(sim) as connection, pytest.raises(ApplyError) as caught:
        converge(lambda: connection, RESOURCES, target(sim), [desired(case)], check=False)
    error = caught.value
    result = failure_of(error)
    assert (error.host, error.resource, error.key) == (HOST, RESOURCES[case.resource].noun, case.key)
    assert str(error).startswith(f"{HOST}: {RESOURCES[case.resource].noun} {case.key}: ")
    assert "HostConfigFault" in str(error)
    assert result["failed"] is True
    assert result["msg"] == str(error)
    assert writes(sim) == list(case.calls[: nth + 1])
    assert result["changed"] is (nth > 0) is (sim.dump() != before)
    assert len(result["applied"]) + len(result["not_applied"]) == len(planned_fields(case))
    json.dumps(result)


def planned_fields(case: Case) -> set[str]:
    """The fields of a case that its drift leaves to be changed: those that move."""
    with PracticeVsphere(hosts=1, drift="none") as other:
        drifted(other, case)
        return {change.field for change in planned(other, desired(case)).changes}


@every_case
def test_a_write_without_the_privilege_names_the_privilege(sim: PracticeVsphere, case: Case) -> None:
    before = drifted(sim, case)
    sim.add_user("audit@vsphere.local", "audit", role="readonly")
    with (
        signed_in(sim, username="audit@vsphere.local", password="audit") as connection,
        pytest.raises(ApplyError, match=r"lacks Host\.Config\.\w+\.") as caught,
    ):
        converge(lambda: connection, RESOURCES, target(sim), [desired(case)], check=False)
    assert "audit@vsphere.local" in str(caught.value)
    assert failure_of(caught.value)["changed"] is False
    assert sim.dump() == before


@every_case
def test_a_write_that_is_answered_but_not_taken_is_a_verify_error(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    sim.ignore_next(case.calls[-1])
    with signed_in(sim) as connection, pytest.raises(VerifyError) as caught:
        converge(lambda: connection, RESOURCES, target(sim), [desired(case)], check=False)
    error = caught.value
    assert str(error).startswith(f"{HOST}: {RESOURCES[case.resource].noun} {case.key}: ")
    assert failure_of(error)["failed"] is True
    json.dumps(failure_of(error))


@every_write
def test_a_write_that_was_taken_although_it_failed_is_told_as_taken(sim: PracticeVsphere, case: Case, nth: int) -> None:
    before = drifted(sim, case)
    sim.fail_next(case.calls[nth], "HostConfigFault", phase="after")
    result = converged(sim, desired(case))
    assert result["failed"] is True
    assert result["changed"] is True
    assert sim.dump() != before
    assert bool(result["not_applied"]) is (nth + 1 < len(case.calls))


@every_write
def test_a_write_that_was_taken_before_it_failed_is_found_done_on_the_next_run(
    sim: PracticeVsphere, case: Case, nth: int
) -> None:
    drifted(sim, case)
    sim.fail_next(case.calls[nth], "HostConfigFault", phase="after")
    assert converged(sim, desired(case))["failed"] is True
    sim.reset_counters()
    assert "failed" not in converged(sim, desired(case))
    assert writes(sim) == list(case.calls[nth + 1 :])
    assert planned(sim, desired(case)).changes == ()


@every_case
def test_results_are_json_in_both_modes_and_for_controls(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    for row in (desired(case), desired(case, "a-control")):
        promised = converged(sim, row, check=True)
        assert json.loads(json.dumps(promised)) == promised


@every_case
def test_only_the_named_host_changes(sim: PracticeVsphere, case: Case) -> None:
    before = drifted(sim, case)
    converged(sim, desired(case))
    other = sim.host("esx-02.practice").moid
    assert not [path for path in difference(before, sim.dump()) if path.startswith(f"hosts[{other}]")]


@every_case
def test_a_host_that_its_manager_lost_is_left_alone(sim: PracticeVsphere, case: Case) -> None:
    drifted(sim, case)
    sim.host(HOST).connection_state = "notResponding"
    before = sim.dump()
    result = converged(sim, desired(case))
    assert result["unreachable"] is True
    assert "notResponding" in result["msg"]
    assert writes(sim) == []
    assert sim.dump() == before


@every_resource
def test_a_value_of_the_wrong_type_is_refused_in_plan(sim: PracticeVsphere, resource: str) -> None:
    known = next(case for case in CASES if case.resource == resource)
    for name in known.fields:
        error = refused(sim, asked(resource, known.key, **{name: {"nonsense": 1}}))
        assert isinstance(error, PlanError), error
        assert known.key in str(error)
    assert writes(sim) == []


@every_case
def test_a_live_read_decides_and_not_the_snapshot_it_started_from(sim: PracticeVsphere, case: Case) -> None:
    """A snapshot that shows drift leads to a live read; when somebody mended it meanwhile, nothing is written."""
    drifted(sim, case)
    with signed_in(sim) as connection:
        row = desired(case)
        snapshot = connection.collect([target(sim)], needs_of(RESOURCES, [row]))[0]
        assert make_plan(RESOURCES, snapshot, [row]).changes
        assert converged(sim, row)["changed"] is True
        sim.reset_counters()
        outcome = converge(lambda: connection, RESOURCES, target(sim), [row], check=False, snapshot=snapshot)
    assert outcome.plan.changes == ()
    assert writes(sim) == []


def test_the_errors_of_the_laws_are_all_one_family() -> None:
    assert issubclass(ApplyError, HypervisorError)
    assert issubclass(VerifyError, HypervisorError)
    assert issubclass(PlanError, HypervisorError)
