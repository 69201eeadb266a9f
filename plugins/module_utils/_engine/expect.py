# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators: does a value satisfy an expectation, and what is the smallest value that would?"""

from __future__ import annotations

import re
import typing as t

from .model import UNSET, Want


def _same(actual: t.Any, value: t.Any) -> bool:
    """Equality that does not take True for 1: the hypervisor's types are strict, so are we."""
    if isinstance(actual, bool) is not isinstance(value, bool):
        return False
    return bool(actual == value)


def _items(value: t.Any) -> list[t.Any]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return list(value)


def _number(value: t.Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def _ranked(test: t.Callable[[float, t.Any], bool]) -> t.Callable[[t.Any, t.Any], bool]:
    def check(actual: t.Any, argument: t.Any) -> bool:
        number = _number(actual)
        return number is not None and test(number, argument)

    return check


OPERATORS: dict[str, t.Callable[[t.Any, t.Any], bool]] = {
    "equals": _same,
    "not_equals": lambda actual, value: not _same(actual, value),
    "one_of": lambda actual, values: any(_same(actual, value) for value in values),
    "not_in": lambda actual, values: not any(_same(actual, value) for value in values),
    "between": _ranked(lambda number, bounds: bounds[0] <= number <= bounds[1]),
    "at_least": _ranked(lambda number, bound: number >= bound),
    "at_most": _ranked(lambda number, bound: number <= bound),
    "contains": lambda actual, values: set(_items(values)) <= set(_items(actual)),
    "excludes": lambda actual, values: not set(_items(values)) & set(_items(actual)),
    "subset_of": lambda actual, values: set(_items(actual)) <= set(_items(values)),
    "empty": lambda actual, _value: not _items(actual),
    "not_empty": lambda actual, _value: bool(_items(actual)),
    "matches": lambda actual, pattern: re.fullmatch(pattern, str(actual)) is not None,
}

_WORDS = {
    "not_equals": "anything but {}",
    "one_of": "one of {}",
    "not_in": "none of {}",
    "at_least": "at least {}",
    "at_most": "at most {}",
    "contains": "with {}",
    "excludes": "without {}",
    "subset_of": "nothing beyond {}",
    "matches": "matching {}",
}


def satisfied(want: Want, actual: t.Any) -> bool:
    """True when the actual value meets the expectation."""
    return OPERATORS[want.op](actual, want.value)


def repair(want: Want, actual: t.Any) -> t.Any:
    """The value to write so that the expectation holds, or UNSET when only a person can know it."""
    if want.set is None:
        return UNSET
    if want.set is not UNSET:
        return want.set
    if want.op == "equals":
        return want.value
    as_text = isinstance(actual, str)
    if want.op == "excludes":
        kept = [item for item in _items(actual) if item not in _items(want.value)]
        return ",".join(kept) if as_text else kept
    if want.op == "contains":
        added = _items(actual) + [item for item in _items(want.value) if item not in _items(actual)]
        return ",".join(added) if as_text else added
    return UNSET


def describe(want: Want) -> t.Any:
    """The expectation for a reader: the bare value where equality is asked, else a few words."""
    if want.op == "equals":
        return want.value
    if want.op == "between":
        return f"between {want.value[0]} and {want.value[1]}"
    if want.op in ("empty", "not_empty"):
        return "nothing" if want.op == "empty" else "something"
    value = want.value
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return _WORDS[want.op].format(value)
