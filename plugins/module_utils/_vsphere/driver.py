# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vSphere driver: connections to a vCenter or an ESX host, and the resources they offer."""

from __future__ import annotations

import typing as t

from .._engine.errors import ApplyError, ConnectError
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

    def __init__(self, session: Session, snapshot: Snapshot) -> None:
        self._session = session
        self._snapshot = snapshot

    def call(self, manager: str, method: str, **given: t.Any) -> t.Any:
        """One request. A fault becomes an ApplyError that says what the server said."""
        reference = self._snapshot.values.get(f"configManager.{manager}")
        if reference is None:
            raise ApplyError(f"the host offers no {manager}.", host=self._snapshot.target.name)
        session = self._session
        signature = getattr(type(session.managed(reference)), method)
        try:
            return session.call(reference, method, **wire.arguments(signature, given))
        except sdk.fault_classes() as fault:
            raise apply_error(fault, session.user) from fault


class VsphereConnection:
    """A Connection of the engine over one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

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
        return collect.collect_fleet(self.session, needs)

    def collect(self, targets: t.Sequence[Target], needs: Needs) -> list[Snapshot]:
        """One read of these hosts, in the order given."""
        return collect.collect_hosts(self.session, [target.ref for target in targets], needs)

    def calls(self, snapshot: Snapshot) -> HostCalls:
        """The write side of the host that was read; the read must have included its managers' references."""
        return HostCalls(self.session, snapshot)

    def close(self) -> None:
        """Log out if this process logged in, else only drop the socket."""
        self.session.close()


def connect(endpoint: Endpoint, ticket: Ticket | None = None) -> VsphereConnection:
    """Sign in, or go on with a session that another process signed in."""
    return VsphereConnection(Session(endpoint, ticket))


def connect_with(params: t.Mapping[str, t.Any]) -> VsphereConnection:
    """Sign in with a module's connection options."""
    endpoint = Endpoint.from_params(params)
    if not endpoint.hostname:
        raise ConnectError("no server was named.", hint="Set hostname:, or VMWARE_HOST in the environment.")
    return connect(endpoint)
