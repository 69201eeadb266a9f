# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hypervisor's driver must offer. The engine knows these Protocols and nothing of any hypervisor."""

from __future__ import annotations

import typing as t

from .model import Change, Desired, Fields, Needs, Snapshot, State, Target, Want


class Calls(t.Protocol):
    """The write side of one host, as a resource sees it."""

    def call(self, manager: str, method: str, **arguments: t.Any) -> t.Any:
        """Call a method of one of the host's managers; a fault becomes an ApplyError."""


class Resource(t.Protocol):
    """One kind of object on a host: reads it from a snapshot, says what to write, writes it."""

    name: str
    noun: str
    order: int

    @property
    def inner(self) -> t.Collection[str]:
        """Fields that serve the resource itself and tell a user nothing."""

    def needs(self, desired: Desired) -> Needs:
        """The paths that deciding about ``desired`` takes. Resources declare paths, they never fetch."""

    def write_needs(self, keys: t.Collection[str]) -> Needs:
        """What must be read in addition, live, before these keys are written."""

    def catalog_needs(self) -> Needs:
        """What lists all names there are, for the sentence that says a name is unknown."""

    def read(self, snapshot: Snapshot) -> State:
        """Snapshot to state; CollectError when the host has no such thing to read."""

    def select(self, desired: Desired, state: State) -> list[str]:
        """The keys on this host that desired speaks of."""

    def settle(self, key: str, field: str, want: Want, fields: Fields) -> Want:
        """The expectation in the host's own types; PlanError for a value that can never be."""

    def predict(self, changes: t.Sequence[Change], state: State) -> State:
        """The state as it will read after these changes, derived fields included."""

    def echo(self, changes: t.Sequence[Change], state: State) -> State:
        """The state as changes of *other* resources will leave it: what is inherited moves with its source."""

    def check(self, changes: t.Sequence[Change], state: State) -> None:
        """PlanError when the planned changes of this resource must not be written together."""

    def groups(self, changes: t.Sequence[Change]) -> list[list[Change]]:
        """The changes in the groups and order in which the hypervisor takes them: one request a group."""

    def write(self, calls: Calls, group: t.Sequence[Change], snapshot: Snapshot) -> None:
        """Send one group."""

    def undo(self, changes: t.Sequence[Change], state: State) -> list[Change]:
        """The changes that bring back exactly what ``state`` shows."""

    def title(self, key: str, fields: Fields) -> str:
        """The object in a person's words, for diffs and messages."""

    def show(self, fields: Fields) -> dict[str, str]:
        """The writable fields in a person's words, for diffs."""


class Connection(t.Protocol):
    """A session with a hypervisor or its manager."""

    @property
    def requests(self) -> int:
        """HTTP requests made so far."""

    def find(self, name: str) -> Target:
        """The one host of this name; PlanError when there is none or more than one."""

    def collect(self, targets: t.Sequence[Target], needs: Needs) -> list[Snapshot]:
        """One read of these hosts, in the order given."""

    def calls(self, snapshot: Snapshot) -> Calls:
        """The write side of the host that was read."""

    def close(self) -> None:
        """Log out if this connection logged in."""


class Driver(t.Protocol):
    """A hypervisor: its resources, by name."""

    resources: t.Mapping[str, Resource]
