# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning: order, conflicts, absent things, versions, and what becomes of rows that cannot be judged."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import CollectError, PlanError
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import (
    ERROR,
    FAIL,
    MANUAL,
    NOT_APPLICABLE,
    PASS,
    Desired,
    Needs,
    Plan,
    Snapshot,
    Want,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.plan import (
    make_plan,
    narrowed,
    needs_of,
    unknown,
    version_fits,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import RESOURCES
from simulator import PracticeVsphere
from tests.contract.practice import asked, planned
from tests.unit.shelf import TARGET, Shelf, snapshot

BOXES = {"box": Shelf()}


def row(*keys: str, control: str = "c", want: dict[str, Want] | None = None, **other: Any) -> Desired:
    return Desired("box", keys, want or {"full": Want("equals", True)}, control=control, **other)


def judged(*rows: Desired, **boxes: dict[str, Any]) -> Plan:
    return make_plan(BOXES, snapshot(box=boxes), rows)


def statuses(plan: Plan) -> dict[str, str]:
    return {verdict.control: verdict.status for verdict in plan.verdicts}


@pytest.mark.parametrize(
    ("version", "requirement", "fits"),
    [
        ("8.0.3", ">=5.0", True),
        ("8.0.3", ">=5.0,<9", True),
        ("9.0.0", ">=5.0,<9", False),
        ("8.0.3", ">=8.0.3", True),
        ("8.0.3", ">8.0.3", False),
        ("8.0.3", "==8.0.3", True),
        ("8.0", "==8.0.0", True),
        ("8.0.10", ">=8.0.9", True),
        ("10.0", ">9.5", True),
        ("6.7.0", "< 7", True),
        ("8.0.3", "<=8.0", False),
        ("7.0", ">=4.0,<5.0", False),
        ("8.0.3", "", True),
    ],
)
def test_versions_are_compared_number_by_number(version: str, requirement: str, fits: bool) -> None:
    assert version_fits(version, requirement) is fits


def test_a_met_control_passes_and_an_unmet_one_fails_with_what_is_observed_and_expected() -> None:
    plan = judged(row("a", control="met"), row("b", control="unmet"), a={"full": True}, b={"full": False})
    assert statuses(plan) == {"met": PASS, "unmet": FAIL}
    unmet = plan.verdicts[1]
    assert unmet.observed == {"b": {"full": False}}
    assert unmet.expected == {"b": {"full": True}}
    assert unmet.mendable is True
    assert [(change.key, change.field, change.before, change.after) for change in plan.changes] == [
        ("b", "full", False, True)
    ]


def test_a_control_with_nothing_to_set_fails_for_a_person_and_writes_nothing() -> None:
    plan = judged(row("a", want={"lid_closed": Want("equals", True, set=None)}), a={"lid_closed": False})
    assert plan.changes == ()
    assert plan.verdicts[0].status == FAIL
    assert plan.verdicts[0].mendable is False
    assert plan.verdicts[0].reason == "a person must mend: a lid closed"


def test_a_control_for_other_versions_does_not_apply_and_says_so() -> None:
    plan = judged(row("a", applies_to={"version": "<8"}), a={"full": False})
    assert plan.changes == ()
    assert plan.verdicts[0].status == NOT_APPLICABLE
    assert plan.verdicts[0].reason == "for versions <8, this host has 8.0.3"


def test_a_manual_row_is_told_and_neither_read_nor_written() -> None:
    manual = row("a", manual="set site.banner: the text")
    plan = judged(manual, a={"full": False})
    assert plan.changes == ()
    assert (plan.verdicts[0].status, plan.verdicts[0].reason) == (MANUAL, "set site.banner: the text")
    assert needs_of(BOXES, [manual]) == Needs()


@pytest.mark.parametrize(
    ("when_absent", "status"), [("error", ERROR), ("not_applicable", NOT_APPLICABLE), ("fail", FAIL)]
)
def test_a_thing_the_host_has_not_is_judged_as_the_control_says(when_absent: str, status: str) -> None:
    plan = judged(row("gone", when_absent=when_absent), a={"full": False})
    assert plan.changes == ()
    assert plan.verdicts[0].status == status
    assert "gone" in plan.verdicts[0].reason


def test_of_several_keys_the_absent_one_fails_a_control_that_wants_it_there() -> None:
    plan = judged(row("a", "gone", when_absent="fail"), a={"full": True})
    assert plan.verdicts[0].status == FAIL
    assert plan.verdicts[0].observed == {"gone": "absent"}


def test_of_several_keys_the_present_ones_are_judged_when_absence_does_not_matter() -> None:
    plan = judged(row("a", "gone", when_absent="not_applicable"), a={"full": False})
    assert plan.verdicts[0].status == FAIL
    assert [change.key for change in plan.changes] == ["a"]


def test_a_module_hears_at_once_of_a_thing_the_host_has_not_whatever_else_it_asked() -> None:
    with pytest.raises(PlanError, match=r"host-a: box gone: the host has no box of this name"):
        judged(row("gone", control="", when_absent="not_applicable"), a={"full": True})


def test_keys_that_are_excepted_are_left_out_of_all() -> None:
    plan = judged(row("*", except_keys=("b",)), a={"full": False}, b={"full": False})
    assert [change.key for change in plan.changes] == ["a"]


def test_only_keys_whose_fields_read_so_are_judged() -> None:
    plan = judged(row("*", where={"kind": "x"}), a={"full": False, "kind": "x"}, b={"full": False, "kind": "y"})
    assert [change.key for change in plan.changes] == ["a"]


def test_a_named_key_that_is_absent_is_told_even_where_a_filter_is_given() -> None:
    plan = judged(row("gone", where={"kind": "x"}), a={"full": False, "kind": "x"})
    assert plan.verdicts[0].status == ERROR
    assert "gone" in plan.verdicts[0].reason


@pytest.mark.parametrize("selector", ["*", "@management"])
def test_a_selector_is_no_name_for_a_module(selector: str) -> None:
    with pytest.raises(PlanError, match=r"Known: a\."):
        judged(row(selector, control=""), a={"full": False})


def test_everything_excepted_is_not_applicable() -> None:
    assert statuses(judged(row("*", except_keys=("a",)), a={"full": False})) == {"c": NOT_APPLICABLE}


def test_two_controls_that_want_the_same_make_one_change_that_names_both() -> None:
    plan = judged(row("a", control="one"), row("a", control="two", risky=True), a={"full": False})
    assert [change.controls for change in plan.changes] == [("one", "two")]
    assert plan.changes[0].risky is True


def test_two_controls_that_want_different_values_are_told_of_each_other_and_the_first_holds() -> None:
    other = row("a", control="two", want={"full": Want("one_of", [None], set="half")})
    plan = judged(row("a", control="one"), other, a={"full": False})
    assert [change.after for change in plan.changes] == [True]
    assert statuses(plan) == {"one": FAIL, "two": ERROR}
    reason = plan.verdicts[1].reason
    assert "wants full 'half', but one wants True" in reason
    assert reason.startswith("host-a: box a: ")


def test_a_control_in_conflict_writes_none_of_its_other_fields_either() -> None:
    both = row("a", control="two", want={"lid": Want("equals", "shut"), "full": Want("equals", None)})
    plan = judged(row("a", control="one"), both, a={"full": False, "lid": "open"})
    assert statuses(plan) == {"one": FAIL, "two": ERROR}
    assert [(change.field, change.controls) for change in plan.changes] == [("full", ("one",))]


def test_what_must_not_be_written_is_an_error_of_its_controls_and_the_others_go_on() -> None:
    rows = (row("a", control="shut"), row("b", control="open"))
    plan = judged(*rows, a={"full": False, "sealed": True}, b={"full": False})
    assert statuses(plan) == {"shut": ERROR, "open": FAIL}
    assert plan.verdicts[0].reason == "host-a: box a: is sealed."
    assert [change.key for change in plan.changes] == ["b"]


def test_a_module_is_refused_what_must_not_be_written() -> None:
    with pytest.raises(PlanError, match=r"host-a: box a: is sealed"):
        judged(row("a", control=""), a={"full": False, "sealed": True})


def test_what_could_not_be_read_is_an_error_of_a_control_and_stops_a_module() -> None:
    unread = Snapshot(TARGET, {}, Needs(), {"box": "not allowed: user x lacks Look."}, 0.0)
    plan = make_plan(BOXES, unread, [row("a")])
    assert plan.verdicts[0].status == ERROR
    assert "lacks Look" in plan.verdicts[0].reason
    with pytest.raises(CollectError, match="lacks Look"):
        make_plan(BOXES, unread, [row("a", control="")])


def test_verdicts_come_in_the_order_of_the_profile_and_changes_in_the_order_of_writing() -> None:
    shelves = {"late": Shelf("late", 20), "early": Shelf("early", 10)}
    rows = [Desired(name, ("a",), {"full": Want("equals", True)}, control=name) for name in ("late", "early")]
    plan = make_plan(shelves, snapshot(late={"a": {}}, early={"a": {}}), rows)
    assert [verdict.control for verdict in plan.verdicts] == ["late", "early"]
    assert [change.resource for change in plan.changes] == ["early", "late"]


def test_narrowing_keeps_the_rows_that_led_to_a_change_and_a_modules_own() -> None:
    rows = [row("a", control="met"), row("b", control="unmet"), row("b", control="")]
    plan = judged(*rows, a={"full": True}, b={"full": False})
    assert narrowed(plan, rows) == rows[1:]
    assert narrowed(judged(rows[0], a={"full": True}), rows[:1]) == []


def test_an_unknown_name_is_answered_with_the_nearest_ones() -> None:
    error = unknown(BOXES["box"], "tsm-ssh", ["TSM", "TSM-SSH", "DCUI"])
    assert "Did you mean TSM-SSH" in str(error)


def test_an_unknown_name_far_from_all_is_answered_with_what_there_is() -> None:
    assert str(unknown(BOXES["box"], "qqq", ["TSM", "DCUI"])).endswith("Known: DCUI, TSM.")


def test_services_and_options_come_before_the_firewall_and_the_firewall_before_networks(sim: PracticeVsphere) -> None:
    rows = [
        asked("vmkernel_service", "management", adapters=["vmk2"]),
        asked("vmkernel_service", "vsan", adapters=["vmk1"]),
        asked("port_group", "Guests", vlan_id=9),
        asked("vswitch", "vSwitch1", mac_changes=False),
        asked("firewall_policy", "default", outgoing_blocked=False),
        asked("firewall", "updateManager", enabled=False),
        asked("option", "UserVars.ESXiShellTimeOut", value=5),
        asked("service", "TSM-SSH", running=False),
    ]
    plan = planned(sim, *rows)
    order = [(change.resource, change.key) for change in plan.changes]
    kinds = list(dict.fromkeys(kind for kind, _key in order))
    assert set(kinds[:2]) == {"service", "option"}
    assert kinds[2:] == ["firewall", "firewall_policy", "vswitch", "port_group", "vmkernel_service"]
    assert order[-1] == ("vmkernel_service", "management")


def test_the_safe_order_is_a_property_of_the_resources_themselves() -> None:
    order = {name: resource.order for name, resource in RESOURCES.items()}
    firewall = (order["firewall"], order["firewall_policy"])
    networks = (order["vswitch"], order["port_group"], order["vmkernel_service"])
    assert max(order["service"], order["option"]) < min(firewall) <= max(firewall) < min(networks)
    assert order["vswitch"] < order["port_group"] < order["vmkernel_service"]
