# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit looks at: the snapshots of some hosts of one fleet, and what having them has cost."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.run import (
    Needs,
    SessionExpired,
    Snapshot,
    Target,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import connect
from ansible_collections.dejima.hypervisor.plugins.plugin_utils import fleets


class Reading:
    """The snapshots of some hosts of one fleet: what the inventory read where it is fresh, else one new read."""

    def __init__(self, held: fleets.Held, names: Sequence[str], needs: Needs, max_age: float) -> None:
        self.held = held
        self.names = names
        self.needs = needs
        self.max_age = max_age
        self.requests = self.logins = 0
        self.seconds = 0.0

    def pairs(self) -> list[tuple[Snapshot, str]]:
        """Snapshot and place of every host, in the order named; an unknown host as one that is not there."""
        known = {}
        for name in self.names:
            target = self.held.target(name)
            known[name] = target or Target(name, "", state="not in its inventory")
        fresh = {
            name: self.held.snapshot(target, self.needs, self.max_age) for name, target in known.items() if target.ref
        }
        stale = [name for name, snapshot in fresh.items() if snapshot is None]
        if fleets.first_use(self.held):
            self.requests, self.logins, self.seconds = self.held.requests, self.held.logins, self.held.seconds
        if stale:
            fresh.update(self._read([known[name] for name in stale]))
        places = self.held.fleet.places
        return [
            (fresh.get(name) or Snapshot(target, {}, self.needs), str(places.get(target.ref, "")))
            for name, target in known.items()
        ]

    def _read(self, targets: Sequence[Target]) -> dict[str, Snapshot | None]:
        connection = fleets.borrow(self.held)
        try:
            snapshots = connection.collect(targets, self.needs)
        except SessionExpired:
            connection = connect(self.held.endpoint)
            snapshots = connection.collect(targets, self.needs)
        finally:
            connection.close()
            self.requests += connection.requests
            self.logins += connection.session.logins
        return {target.name: snapshot for target, snapshot in zip(targets, snapshots, strict=True)}
