# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot and desired rows to a plan: what every control says, and what would be written. Touches nothing."""

from __future__ import annotations

import dataclasses
import difflib
import re
import typing as t

from . import expect
from .driver import Resource
from .errors import CollectError, HypervisorError, PlanError, UnknownName
from .model import (
    ALL,
    ERROR,
    FAIL,
    MANAGEMENT,
    MANUAL,
    NOT_APPLICABLE,
    PASS,
    UNSET,
    Change,
    Desired,
    Fields,
    Needs,
    Plan,
    Snapshot,
    State,
    Verdict,
    Want,
    shown,
)

Resources = t.Mapping[str, Resource]
_REQUIREMENT = re.compile(r"(>=|<=|==|>|<)\s*([0-9.]+)")


def needs_of(resources: Resources, desired: t.Iterable[Desired]) -> Needs:
    """The union of what deciding about these rows takes."""
    needs = Needs()
    for row in desired:
        if not row.manual:
            needs |= resources[row.resource].needs(row)
    return needs


def make_plan(resources: Resources, snapshot: Snapshot, desired: t.Sequence[Desired]) -> Plan:
    """Judge every row against the snapshot and gather the changes, in the order of writing.

    A row that comes from a control and cannot be judged becomes an ERROR verdict; one that comes from a module's own
    parameters raises PlanError or CollectError: its user named the thing and must hear at once.
    """
    planner = _Planner(resources, snapshot)
    for row in sorted(desired, key=lambda row: resources[row.resource].order):
        planner.add(row)
    planner.put_in_order([row.control for row in desired])
    planner.refuse_what_must_not_be_written()
    return planner.plan()


def narrowed(plan: Plan, desired: t.Sequence[Desired]) -> list[Desired]:
    """The rows that led to a change: what has to be read again before writing, and no more."""
    names = {name for change in plan.changes for name in change.controls}
    kinds = {change.resource for change in plan.changes}
    return [row for row in desired if (row.control in names if row.control else row.resource in kinds)]


def version_fits(version: str, requirement: str) -> bool:
    """True when "8.0.3" meets ">=5.0,<9". Compares number by number; a missing number counts as 0."""

    def numbers(text: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", text)]

    actual = numbers(version)
    for sign, bound_text in _REQUIREMENT.findall(requirement):
        bound = numbers(bound_text)
        width = max(len(actual), len(bound))
        left = actual + [0] * (width - len(actual))
        right = bound + [0] * (width - len(bound))
        holds = {">=": left >= right, "<=": left <= right, "==": left == right, ">": left > right, "<": left < right}
        if not holds[sign]:
            return False
    return True


def unknown(resource: Resource, key: str, known: t.Iterable[str]) -> UnknownName:
    """The error for a name the host does not have, with the nearest ones."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=3, cutoff=0.5)
    if not near:
        lowered = {name.lower(): name for name in names}
        near = [lowered[name] for name in difflib.get_close_matches(key.lower(), lowered, n=3, cutoff=0.5)]
    hint = f"Did you mean {', '.join(near)}?" if near else ""
    if not near and names:
        hint = f"Known: {', '.join(names[:30])}{', ...' if len(names) > 30 else ''}."
    error = UnknownName(f"the host has no {resource.noun} of this name.", resource=resource.noun, key=key, hint=hint)
    error.kind = resource.name
    return error


def _met(want: Want, fields: Fields, name: str) -> bool:
    return expect.satisfied(want, fields.get(name))


def _reads(fields: Fields, where: t.Mapping[str, t.Any]) -> bool:
    return all(fields.get(name) == value for name, value in where.items())


class _Planner:
    def __init__(self, resources: Resources, snapshot: Snapshot) -> None:
        self.resources = resources
        self.snapshot = snapshot
        self.states: dict[str, State] = {}
        self.changes: dict[tuple[str, str, str], Change] = {}
        self.verdicts: list[Verdict] = []
        self.stuck: dict[str, list[tuple[str, str, str, Want]]] = {}

    def add(self, row: Desired) -> None:
        try:
            verdict = self._judge(row)
        except (CollectError, PlanError) as error:
            error.on(self.snapshot.target.name)
            if not row.control:
                raise
            verdict = Verdict(row.control, ERROR, reason=str(error))
        if row.control:
            self.verdicts.append(verdict)

    def put_in_order(self, controls: t.Sequence[str]) -> None:
        """Rows are judged in the order of writing; verdicts are told in the order of the profile."""
        place = {control: index for index, control in enumerate(controls)}
        self.verdicts.sort(key=lambda verdict: place[verdict.control])

    def _judge(self, row: Desired) -> Verdict:
        requirement = row.applies_to.get("version", "")
        if requirement and not version_fits(self.snapshot.target.version, requirement):
            reason = f"for versions {requirement}, this host has {self.snapshot.target.version}"
            return Verdict(row.control, NOT_APPLICABLE, reason=reason)
        if row.manual:
            return Verdict(row.control, MANUAL, reason=row.manual)
        resource = self.resources[row.resource]
        state = self._state(resource)
        keys = self._selected(resource, row, state)
        present = [key for key in keys if key in state]
        if not present:
            return self._absent(row, keys, resource)
        verdict = self._compare(row, resource, state, present)
        missing = [key for key in keys if key not in state]
        if missing and row.when_absent == "fail":
            absent = self._absent(row, missing, resource)
            reason = "; ".join(text for text in (verdict.reason, absent.reason) if text)
            observed = {**verdict.observed, **absent.observed}
            return dataclasses.replace(verdict, status=FAIL, observed=observed, reason=reason, mendable=False)
        return verdict

    def _state(self, resource: Resource) -> State:
        if resource.name not in self.states:
            self.states[resource.name] = resource.read(self.snapshot)
        return self.states[resource.name]

    @staticmethod
    def _selected(resource: Resource, row: Desired, state: State) -> list[str]:
        if not row.control and (selectors := [key for key in row.keys if key in (ALL, MANAGEMENT)]):
            raise unknown(resource, selectors[0], state)  # a module names one thing; only controls speak of many
        keys = [key for key in resource.select(row, state) if key not in row.except_keys]
        if row.where:
            keys = [key for key in keys if key not in state or _reads(state[key], row.where)]
        missing = [key for key in keys if key not in state]
        if missing and (not row.control or row.when_absent == "error"):
            raise unknown(resource, missing[0], state)
        return keys

    @staticmethod
    def _absent(row: Desired, keys: t.Sequence[str], resource: Resource) -> Verdict:
        names = ", ".join(keys)
        reason = f"the host has no {resource.noun} {names}".rstrip()
        if row.when_absent == "fail" and keys:
            return Verdict(row.control, FAIL, {key: "absent" for key in keys}, reason=reason)
        return Verdict(row.control, NOT_APPLICABLE, reason=reason)

    def _compare(self, row: Desired, resource: Resource, state: State, keys: t.Sequence[str]) -> Verdict:
        observed: dict[str, t.Any] = {}
        expected: dict[str, t.Any] = {}
        proposed: list[Change] = []
        stuck: list[tuple[str, str, Want]] = []
        echoed = resource.echo(list(self.changes.values()), state)
        for key in keys:
            for name, wanted in row.want.items():
                want = resource.settle(key, name, wanted, state[key])
                actual = state[key].get(name)
                if not expect.satisfied(want, actual):
                    observed.setdefault(key, {})[name] = shown(state[key], actual)
                    expected.setdefault(key, {})[name] = shown(state[key], expect.describe(want))
                if _met(want, echoed[key], name):
                    continue
                value = expect.repair(want, actual)
                if value is UNSET:
                    stuck.append((key, name, want))
                else:
                    controls = (row.control,) if row.control else ()
                    secret = bool(state[key].get("secret"))
                    proposed.append(Change(row.resource, key, name, actual, value, controls, row.risky, secret))
        for change in proposed:
            self._refuse_conflict(change)
        for change in proposed:
            self._propose(change)
        if not observed:
            return Verdict(row.control, PASS)
        self.stuck[row.control] = [(resource.name, *what) for what in stuck]
        return Verdict(row.control, FAIL, observed, expected, mendable=not stuck)

    def _propose(self, change: Change) -> None:
        slot = (change.resource, change.key, change.field)
        held = self.changes.get(slot)
        if held is not None:
            controls = held.controls + change.controls
            change = dataclasses.replace(held, controls=controls, risky=held.risky or change.risky)
        self.changes[slot] = change

    def _refuse_conflict(self, change: Change) -> None:
        """Before any change of a row is taken: a row that cannot have all it wants gets nothing."""
        held = self.changes.get((change.resource, change.key, change.field))
        if held is not None and held.after != change.after:
            others = ", ".join(held.controls)
            raise PlanError(
                f"wants {change.field} {change.result()['after']!r}, but {others} wants {held.result()['after']!r}.",
                resource=self.resources[change.resource].noun,
                key=change.key,
                hint="Give one of them another value in the profile, or leave it out.",
            )

    def refuse_what_must_not_be_written(self) -> None:
        """Ask each resource whether its changes may be written together, object by object."""
        objects = {(change.resource, change.key) for change in self.changes.values()}
        for kind, key in sorted(objects):
            mine = [change for change in self.changes.values() if (change.resource, change.key) == (kind, key)]
            try:
                self.resources[kind].check(mine, self.states[kind])
            except PlanError as error:
                self._refuse(mine, error.on(self.snapshot.target.name))

    def _refuse(self, changes: t.Sequence[Change], error: HypervisorError) -> None:
        controls = {name for change in changes for name in change.controls}
        if not controls:
            raise error
        for slot, change in list(self.changes.items()):
            others = tuple(name for name in change.controls if name not in controls)
            if change in changes or (change.controls and not others):
                del self.changes[slot]  # what is refused in part is not done in part
            else:
                self.changes[slot] = dataclasses.replace(change, controls=others)
        self.verdicts = [
            Verdict(verdict.control, ERROR, verdict.observed, verdict.expected, str(error))
            if verdict.control in controls
            else verdict
            for verdict in self.verdicts
        ]

    def plan(self) -> Plan:
        """The changes in writing order: by resource, then as the resource groups them."""
        ordered: list[Change] = []
        for kind in sorted({slot[0] for slot in self.changes}, key=lambda name: self.resources[name].order):
            mine = [change for slot, change in self.changes.items() if slot[0] == kind]
            ordered.extend(change for group in self.resources[kind].groups(mine) for change in group)
        predicted = {kind: self._predicted(kind) for kind in self.states}
        verdicts = tuple(self._settled(verdict, predicted) for verdict in self.verdicts)
        return Plan(self.snapshot.target, tuple(ordered), verdicts, self.states, predicted)

    def _settled(self, verdict: Verdict, predicted: t.Mapping[str, State]) -> Verdict:
        """What no change of this control mends may be mended by another control's: only the rest is for a person."""
        if verdict.status != FAIL or not self.stuck.get(verdict.control):
            return verdict
        left = [
            f"{key} {name.replace('_', ' ')}"
            for kind, key, name, want in self.stuck[verdict.control]
            if not _met(want, predicted[kind][key], name)
        ]
        reason = f"a person must mend: {'; '.join(left)}" if left else ""
        return dataclasses.replace(verdict, reason=reason, mendable=not left)

    def _predicted(self, kind: str) -> State:
        resource = self.resources[kind]
        changes = list(self.changes.values())
        own = resource.predict([change for change in changes if change.resource == kind], self.states[kind])
        return resource.echo([change for change in changes if change.resource != kind], own)
