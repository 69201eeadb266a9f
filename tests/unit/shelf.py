# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hypervisor of cardboard for the engine alone: boxes on shelves, written to a dict. Not a stand-in for vSphere."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.driver import Calls
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import CollectError, PlanError
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import (
    Change,
    Desired,
    Fields,
    Needs,
    Snapshot,
    State,
    Target,
    Want,
)

TARGET = Target("host-a", "a", "cardboard", "8.0.3")


class Shelf:
    """{box: {field: value}}; a field named sealed makes every change of its box refused."""

    def __init__(self, name: str = "box", order: int = 10) -> None:
        self.name = name
        self.noun = name
        self.order = order

    def needs(self, desired: Desired) -> Needs:
        return Needs(frozenset(f"{self.name}/{key}" for key in desired.keys))

    def write_needs(self, keys: Collection[str]) -> Needs:
        return Needs()

    def catalog_needs(self) -> Needs:
        return Needs(frozenset({self.name}))

    def read(self, snapshot: Snapshot) -> State:
        if self.name in snapshot.faults:
            raise CollectError(snapshot.faults[self.name], resource=self.noun)
        return {key: dict(fields) for key, fields in snapshot.values.get(self.name, {}).items()}

    def select(self, desired: Desired, state: State) -> list[str]:
        return sorted(state) if "*" in desired.keys else list(desired.keys)

    def settle(self, key: str, field: str, want: Want, fields: Fields) -> Want:
        return want

    def predict(self, changes: Sequence[Change], state: State) -> State:
        predicted = {key: dict(fields) for key, fields in state.items()}
        for change in changes:
            predicted[change.key][change.field] = change.after
        return predicted

    def echo(self, changes: Sequence[Change], state: State) -> State:
        return state

    def check(self, changes: Sequence[Change], state: State) -> None:
        if state[changes[0].key].get("sealed"):
            raise PlanError("is sealed.", resource=self.noun, key=changes[0].key)

    def groups(self, changes: Sequence[Change]) -> list[list[Change]]:
        return [[change] for change in changes]

    def write(self, calls: Calls, group: Sequence[Change], snapshot: Snapshot) -> None:
        raise AssertionError("these tests plan and do not write")

    def undo(self, changes: Sequence[Change], state: State) -> list[Change]:
        return []

    def title(self, key: str, fields: Fields) -> str:
        return f"{self.noun} {key}"

    def show(self, fields: Fields) -> dict[str, str]:
        return {name: str(value) for name, value in sorted(fields.items())}


def snapshot(target: Target = TARGET, **shelves: Mapping[str, Any]) -> Snapshot:
    """A snapshot that shows these shelves."""
    return Snapshot(target, shelves, Needs(), {}, 0.0)
