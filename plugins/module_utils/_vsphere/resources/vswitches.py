# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Standard switches: their security policy, which every port group inherits that sets none of its own."""

from __future__ import annotations

import typing as t

from ..._engine.driver import Calls
from ..._engine.model import MANAGEMENT, Change, Desired, Fields, Needs, Snapshot, State
from ..networking import SECURITY, security_of, with_changes
from .base import Base, accepted, read_array


class VSwitches(Base):
    """HostNetworkSystem; fields: promiscuous_mode, mac_changes, forged_transmits (bool, true means accepted)."""

    name = "vswitch"
    noun = "standard switch"
    order = 60
    array = "config.network.vswitch"
    manager = "networkSystem"
    inner = ("own",)
    types: t.ClassVar[dict[str, type]] = dict.fromkeys(SECURITY, bool)

    def needs(self, desired: Desired) -> Needs:
        """The whole array: switches are few, and their keys are not their names."""
        return self.catalog_needs()

    def read(self, snapshot: Snapshot) -> State:
        """By the name the switch is written by. An unset policy field counts as accept, ESX's old default."""
        state: State = {}
        for element in read_array(snapshot, self.array, self.noun).values():
            policy = security_of((element.get("spec") or {}).get("policy"))
            state[str(element["name"])] = {
                **{field: True if value is None else bool(value) for field, value in policy.items()},
                "own": policy,
            }
        return state

    def select(self, desired: Desired, state: State) -> list[str]:
        """@management is answered by port groups only; for switches it means all of them."""
        return sorted(state) if MANAGEMENT in desired.keys else super().select(desired, state)

    def write(self, calls: Calls, group: t.Sequence[Change], snapshot: Snapshot) -> None:
        """One UpdateVirtualSwitch with the switch's own spec and the changed fields: the call replaces the spec."""
        key = group[0].key
        switches = read_array(snapshot, self.array, self.noun).values()
        spec = next(element["spec"] for element in switches if element["name"] == key)
        calls.call(self.manager, "UpdateVirtualSwitch", vswitchName=key, spec=with_changes(spec, group))

    def predict(self, changes: t.Sequence[Change], state: State) -> State:
        """With the policy that the switch will state of its own."""
        predicted = super().predict(changes, state)
        for change in changes:
            fields = predicted[change.key]
            fields["own"] = {**fields["own"], change.field: change.after}
        return predicted

    def undo(self, changes: t.Sequence[Change], state: State) -> list[Change]:
        """Back to the policy as it was, unset fields included."""
        return [Change(c.resource, c.key, c.field, c.after, state[c.key]["own"][c.field], c.controls) for c in changes]

    def show(self, fields: Fields) -> dict[str, str]:
        """In the words of the vSphere client."""
        return {name.replace("_", " "): accepted(fields[name]) for name in SECURITY}
