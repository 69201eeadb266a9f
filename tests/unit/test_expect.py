# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators: what satisfies them, what is written when they are not met, how they read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.expect import (
    OPERATORS,
    describe,
    repair,
    satisfied,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import UNSET, Want

MET: list[tuple[str, Any, Any]] = [
    ("equals", 600, 600),
    ("equals", "off", "off"),
    ("equals", False, False),
    ("equals", ["a", "b"], ["a", "b"]),
    ("equals", None, None),
    ("not_equals", 0, 600),
    ("not_equals", 1, True),
    ("not_equals", False, 0),
    ("one_of", ["on", "automatic"], "automatic"),
    ("one_of", [0, 1], 1),
    ("not_in", [0, 4095], 110),
    ("not_in", [1], True),
    ("between", [1, 600], 1),
    ("between", [1, 600], 600),
    ("at_least", 15, 15),
    ("at_most", 5, 5),
    ("contains", ["a"], ["b", "a"]),
    ("contains", [], []),
    ("contains", ["root"], "dcui, root"),
    ("contains", "root", "root,dcui"),
    ("excludes", ["a"], ["b"]),
    ("excludes", ["a"], None),
    ("excludes", ["root"], ""),
    ("subset_of", ["a", "b"], ["b"]),
    ("subset_of", ["a"], []),
    ("subset_of", ["root"], "root"),
    ("empty", None, []),
    ("empty", None, ""),
    ("empty", None, " , "),
    ("empty", None, None),
    ("not_empty", None, ["a"]),
    ("not_empty", None, "text"),
    ("matches", "5|15", "15"),
    ("matches", "[0-9]+", 15),
]
NOT_MET: list[tuple[str, Any, Any]] = [
    ("equals", 600, 601),
    ("equals", True, 1),
    ("equals", 1, True),
    ("equals", 0, False),
    ("equals", "600", 600),
    ("equals", ["a", "b"], ["b", "a"]),
    ("not_equals", 600, 600),
    ("one_of", ["on", "automatic"], "off"),
    ("one_of", [0, 1], True),
    ("one_of", [], "off"),
    ("not_in", [0, 4095], 4095),
    ("between", [1, 600], 0),
    ("between", [1, 600], 601),
    ("between", [0, 1], True),
    ("between", [1, 600], "300"),
    ("between", [1, 600], None),
    ("at_least", 15, 14),
    ("at_least", 0, False),
    ("at_most", 5, 6),
    ("at_most", 5, None),
    ("contains", ["a", "b"], ["a"]),
    ("contains", ["roo"], "root"),
    ("excludes", ["a"], ["b", "a"]),
    ("excludes", ["root"], "dcui,root"),
    ("subset_of", ["a"], ["a", "b"]),
    ("subset_of", [], "root"),
    ("empty", None, ["a"]),
    ("not_empty", None, ""),
    ("not_empty", None, None),
    ("matches", "5|15", "150"),
]


@pytest.mark.parametrize(("op", "argument", "actual"), MET)
def test_a_value_that_meets_the_expectation_satisfies_it(op: str, argument: Any, actual: Any) -> None:
    assert satisfied(Want(op, argument), actual) is True


@pytest.mark.parametrize(("op", "argument", "actual"), NOT_MET)
def test_a_value_that_misses_the_expectation_does_not_satisfy_it(op: str, argument: Any, actual: Any) -> None:
    assert satisfied(Want(op, argument), actual) is False


@pytest.mark.parametrize("table", [MET, NOT_MET], ids=["met", "not met"])
def test_every_operator_is_tried_both_ways(table: list[tuple[str, Any, Any]]) -> None:
    assert {op for op, _argument, _actual in table} == set(OPERATORS)


def test_zero_that_means_never_is_no_time_within_bounds() -> None:
    want = Want("between", [1, 600], set=600)
    assert satisfied(want, 0) is False
    assert repair(want, 0) == 600


@pytest.mark.parametrize(
    ("want", "actual", "written"),
    [
        (Want("equals", 600), 0, 600),
        (Want("equals", 600, set=300), 0, 300),
        (Want("equals", False), True, False),
        (Want("between", [1, 600], set=600), 0, 600),
        (Want("one_of", ["on"], set="on"), "off", "on"),
        (Want("excludes", ["b"]), ["a", "b", "c"], ["a", "c"]),
        (Want("excludes", ["root"]), "dcui, root,x", "dcui,x"),
        (Want("contains", ["c"]), ["a"], ["a", "c"]),
        (Want("contains", "c"), "a", "a,c"),
        (Want("contains", ["a", "b"]), ["a"], ["a", "b"]),
    ],
)
def test_what_is_written_is_what_was_given_or_the_smallest_change(want: Want, actual: Any, written: Any) -> None:
    value = repair(want, actual)
    assert value == written
    assert type(value) is type(written)


@pytest.mark.parametrize("op", sorted(set(OPERATORS) - {"equals", "contains", "excludes"}))
def test_where_only_a_person_can_know_the_value_none_is_suggested(op: str) -> None:
    assert repair(Want(op, [1, 2]), 5) is UNSET


@pytest.mark.parametrize("op", sorted(OPERATORS))
def test_a_set_of_none_is_never_written_whatever_the_operator(op: str) -> None:
    assert repair(Want(op, ["a"], set=None), ["b"]) is UNSET


@pytest.mark.parametrize(
    ("want", "told"),
    [
        (Want("equals", 600), 600),
        (Want("equals", False), False),
        (Want("between", [1, 600]), "between 1 and 600"),
        (Want("not_equals", 0), "anything but 0"),
        (Want("one_of", ["on", "automatic"]), "one of on, automatic"),
        (Want("not_in", [0, 4095]), "none of 0, 4095"),
        (Want("at_least", 15), "at least 15"),
        (Want("at_most", 5), "at most 5"),
        (Want("contains", ["a"]), "with a"),
        (Want("excludes", ["a", "b"]), "without a, b"),
        (Want("subset_of", ["10.0.0.0/8"]), "nothing beyond 10.0.0.0/8"),
        (Want("empty"), "nothing"),
        (Want("not_empty"), "something"),
        (Want("matches", "5|15"), "matching 5|15"),
    ],
)
def test_an_expectation_reads_as_a_person_would_say_it(want: Want, told: Any) -> None:
    assert describe(want) == told


_WORDS = st.lists(st.text("abc", min_size=1, max_size=2), max_size=4, unique=True)


@given(actual=_WORDS, named=_WORDS, as_text=st.booleans(), op=st.sampled_from(["contains", "excludes"]))
def test_the_suggested_value_always_meets_the_expectation(
    actual: list[str], named: list[str], as_text: bool, op: str
) -> None:
    held: Any = ",".join(actual) if as_text else actual
    want = Want(op, named)
    value = repair(want, held)
    assert satisfied(want, value)
    assert isinstance(value, str) is as_text
