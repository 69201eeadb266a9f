# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vSphere driver: connections to a vCenter or an ESX host, and the resources they offer."""

from __future__ import annotations

import typing as t

from .._engine.errors import ConnectError, UnsupportedWrite
from .._engine.model import Needs, Snapshot, Target
from . import collect, sdk, wire
from .collect import Fleet, Place
from .resources.registry import RESOURCES
from .session import Endpoint, Session, Ticket, apply_error

__all__ = [
    "RESOURCES",
    "Endpoint",
    "Fleet",
    "HostCalls",
    "Place",
    "Ticket",
    "VsphereConnection",
    "connect",
    "connect_with",
]


class HostCalls:
    """The managers of one host, by the names configManager has for them."""

    def __init__(self, session: Session, host: str, kept: t.Mapping[str, wire.MoRef]) -> None:
        self._session = session
        self._host = host
        self._kept = kept

    def call(self, manager: str, method: str, **given: t.Any) -> t.Any:
        """One request. A fault becomes an ApplyError that says what the server said."""
        reference = self._kept.get(manager)
        if reference is None:
            raise UnsupportedWrite(f"the host offers no {manager}.", host=self._host)
        session = self._session
        signature = getattr(type(session.managed(reference)), method)
        try:
            return session.call(reference, method, **wire.arguments(signature, given))
        except sdk.fault_classes() as fault:
            raise apply_error(fault, session.user) from fault


class VsphereConnection:
    """A Connection of the engine over one session."""

    def __init__(self, session: Session, fleet: Fleet | None = None) -> None:
        self.session = session
        self._fleet = fleet
        self._keepers: dict[str, dict[str, wire.MoRef]] = {}

    @property
    def requests(self) -> int:
        """HTTP requests made through this connection so far."""
        return self.session.requests

    def find(self, name: str) -> Target:
        """The one host of this name."""
        return self.fleet(Needs()).named(name)

    def only(self) -> Target | None:
        """The host, when the endpoint is a single ESX host."""
        if not self.session.ticket.is_host:
            return None
        snapshots = list(self.fleet(Needs()).snapshots.values())
        return snapshots[0].target if len(snapshots) == 1 else None

    def fleet(self, needs: Needs) -> Fleet:
        """Every host of the endpoint."""
        self._fleet = collect.collect_fleet(self.session, needs)
        return self._fleet

    def collect(self, targets: t.Sequence[Target], needs: Needs) -> list[Snapshot]:
        """One live read of these hosts, in the order given; two when nothing is known of them yet."""
        refs = [target.ref for target in targets]
        if self._fleet is not None:
            self._keepers.update((ref, self._fleet.keepers(ref)) for ref in refs if ref in self._fleet.snapshots)
        unknown = [ref for ref in refs if ref not in self._keepers]
        if unknown:
            self._keepers.update(collect.collect_keepers(self.session, unknown))
        kept = {ref: self._keepers.get(ref, {}) for ref in refs}
        return collect.collect_hosts(self.session, refs, needs, kept)

    def calls(self, snapshot: Snapshot) -> HostCalls:
        """The write side of the host that was read."""
        return HostCalls(self.session, snapshot.target.name, self._keepers.get(snapshot.target.ref, {}))

    def close(self) -> None:
        """Log out if this process logged in, else only drop the socket."""
        self.session.close()


def connect(endpoint: Endpoint, ticket: Ticket | None = None, fleet: Fleet | None = None) -> VsphereConnection:
    """Sign in, or go on with a session that another process signed in, and what is known of its hosts."""
    return VsphereConnection(Session(endpoint, ticket), fleet)


def connect_with(params: t.Mapping[str, t.Any]) -> VsphereConnection:
    """Sign in with a module's connection options."""
    endpoint = Endpoint.from_params(params)
    if not endpoint.hostname:
        raise ConnectError("no server was named.", hint="Set hostname:, or VMWARE_HOST in the environment.")
    return connect(endpoint)
