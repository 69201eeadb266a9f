# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Standard port groups: VLAN, the security policy in effect, and who else is on the management network.

A port group that sets no policy inherits its switch's: what counts is computedPolicy, what is written is spec.policy.
"""

from __future__ import annotations

import typing as t

from ..._engine.driver import Calls
from ..._engine.errors import CollectError, PlanError
from ..._engine.model import MANAGEMENT, Change, Desired, Fields, Needs, Snapshot, State, Want
from .. import networking
from ..networking import SECURITY, security_of, with_changes
from .base import Base, Plain, accepted, read_array, refuse_unread

VLANS = range(4096)
TRUNK = 4095
"""VLAN ID 4095: every VLAN passes to the guest, tagged."""


class PortGroups(Base):
    """HostNetworkSystem; fields to write: vlan_id (int); promiscuous_mode, mac_changes, forged_transmits (bool).

    The policy fields are those in effect. Read-only fields: vswitch, vmkernel_adapters, vlan_shared_with (port groups
    for guests with the same VLAN, or with all of them on the same switch), virtual_machines (attached, by name; only
    read for the management port groups, else None), and the port group's own policy as promiscuous_mode_own,
    mac_changes_own, forged_transmits_own (None: inherited).
    """

    name = "port_group"
    noun = "port group"
    order = 61
    array = networking.PORT_GROUPS
    manager = "networkSystem"
    inner = ("machines_hidden",)
    types: t.ClassVar[dict[str, type]] = {"vlan_id": int, **dict.fromkeys(SECURITY, bool)}

    def needs(self, desired: Desired) -> Needs:
        """The whole array, the adapters behind it, and for @management the machines attached."""
        paths = frozenset({self.array, networking.VNICS, networking.VMK_NETCONFIG})
        related = {networking.NETWORK_VMS} if "virtual_machines" in desired.want else set()
        return Needs(paths, frozenset(related))

    def read(self, snapshot: Snapshot) -> State:
        """By name, with what is derived from the other port groups and adapters."""
        for path in (networking.VNICS, networking.VMK_NETCONFIG):
            refuse_unread(snapshot, path, self.noun)
        nics: dict[str, list[str]] = {}
        for nic in snapshot.values.get(networking.VNICS) or []:
            nics.setdefault(str(nic.get("portgroup", "")), []).append(str(nic.get("device")))
        management = set(networking.management_port_groups(snapshot.values))
        machines = snapshot.values.get(networking.NETWORK_VMS)
        hidden = snapshot.faults.get(networking.NETWORK_VMS, "")
        state: State = {}
        for element in read_array(snapshot, self.array, self.noun).values():
            spec = element["spec"]
            name = str(spec["name"])
            state[name] = {
                "vswitch": str(spec.get("vswitchName", "")),
                "vlan_id": int(spec.get("vlanId", 0)),
                "vmkernel_adapters": sorted(nics.get(name, [])),
                "virtual_machines": None if machines is None else sorted(machines.get(name, [])),
                "machines_hidden": hidden,
                "management": name in management,
                **_policy(element),
            }
        for name, fields in state.items():
            fields["vlan_shared_with"] = _sharing(name, fields, state)
        return state

    def predict(self, changes: t.Sequence[Change], state: State) -> State:
        """With the policy the port group will state of its own, and the sharing of VLANs worked out again."""
        predicted = super().predict(changes, state)
        for change in changes:
            if change.field in SECURITY:
                predicted[change.key][f"{change.field}_own"] = change.after
        for name, fields in predicted.items():
            fields["vlan_shared_with"] = _sharing(name, fields, predicted)
        return predicted

    def echo(self, changes: t.Sequence[Change], state: State) -> State:
        """A port group with no policy of its own follows its switch: it needs no write when the switch gets one."""
        moved = {(change.key, change.field): change.after for change in changes if change.resource == "vswitch"}
        if not moved:
            return state
        echoed = {}
        for name, fields in state.items():
            inherited = {
                field: moved[fields["vswitch"], field]
                for field in SECURITY
                if fields[f"{field}_own"] is None and (fields["vswitch"], field) in moved
            }
            echoed[name] = {**fields, **inherited}
        return echoed

    def select(self, desired: Desired, state: State) -> list[str]:
        """@management: the port groups behind the adapters that carry the management service."""
        if MANAGEMENT not in desired.keys:
            return super().select(desired, state)
        found = sorted(name for name, fields in state.items() if fields["management"])
        if not found:
            raise CollectError(
                "no standard port group carries the management service.",
                resource=self.noun,
                hint="Enable the management service on a vmkernel adapter, or look at its distributed switch.",
            )
        return found

    def settle(self, key: str, field: str, want: Want, fields: Fields) -> Want:
        """Machines that may not be seen are not machines that are not there."""
        if field == "virtual_machines" and fields["machines_hidden"]:
            raise CollectError(
                f"its virtual machines could not be read: {fields['machines_hidden']}", resource=self.noun, key=key
            )
        return super().settle(key, field, want, fields)

    def form(self, key: str, field: str, value: t.Any, fields: Fields) -> t.Any:
        """VLAN IDs are 0 to 4095."""
        value = super().form(key, field, value, fields)
        if field == "vlan_id" and value not in VLANS:
            raise PlanError(f"VLAN ID wants 0 to 4095, not {value}.", resource=self.noun, key=key)
        return value

    def check(self, changes: t.Sequence[Change], state: State) -> None:
        """The VLAN of the management network stays its own: neither does it move to guests, nor they to it."""
        self._refuse_guests_on_the_management_vlan(changes, state)
        for change in changes:
            fields = state[change.key]
            if change.field != "vlan_id" or not fields["management"]:
                continue
            moved = {**fields, "vlan_id": change.after}
            sharing = _sharing(change.key, moved, state)
            if sharing:
                raise PlanError(
                    f"VLAN {change.after} is used by {', '.join(sharing)}.",
                    resource=self.noun,
                    key=change.key,
                    hint="The management network wants a VLAN of its own: choose another management_vlan.",
                )
            if change.after in (0, TRUNK):
                raise PlanError(
                    f"VLAN {change.after} is no VLAN of its own.",
                    resource=self.noun,
                    key=change.key,
                    hint="Use 1 to 4094.",
                )

    def _refuse_guests_on_the_management_vlan(self, changes: t.Sequence[Change], state: State) -> None:
        moved = {change.key: change.after for change in changes if change.field == "vlan_id"}
        later = {key: {**fields, "vlan_id": moved.get(key, fields["vlan_id"])} for key, fields in state.items()}
        for name, fields in state.items():
            if not fields["management"] or name in moved:
                continue
            joining = sorted(set(_sharing(name, later[name], later)) - set(_sharing(name, fields, state)))
            if joining:
                raise PlanError(
                    f"VLAN {moved[joining[0]]} would reach {name}, which carries the management service.",
                    resource=self.noun,
                    key=joining[0],
                    hint="Choose another VLAN for guests.",
                )

    def write(self, calls: Calls, group: t.Sequence[Change], snapshot: Snapshot) -> None:
        """One UpdatePortGroup with the port group's own spec and the changed fields: the call replaces the spec."""
        key = group[0].key
        groups = read_array(snapshot, self.array, self.noun).values()
        spec = with_changes(next(element["spec"] for element in groups if element["spec"]["name"] == key), group)
        for change in group:
            if change.field == "vlan_id":
                spec["vlanId"] = change.after
        calls.call(self.manager, "UpdatePortGroup", pgName=key, portgrp=spec)

    def undo(self, changes: t.Sequence[Change], state: State) -> list[Change]:
        """Back to the port group's own policy: what was inherited is inherited again."""
        back = []
        for change in changes:
            before = state[change.key]
            field = change.field if change.field == "vlan_id" else f"{change.field}_own"
            back.append(Change(change.resource, change.key, field, change.after, before[field], change.controls))
        return back

    def show(self, fields: Fields) -> dict[str, str]:
        """In the words of the vSphere client."""
        shown = {"VLAN ID": str(fields["vlan_id"])}
        for name in SECURITY:
            inherited = " (inherited)" if fields[f"{name}_own"] is None and fields[name] else ""
            shown[name.replace("_", " ")] = f"{accepted(fields[name])}{inherited}"
        return shown


def _policy(element: Plain) -> dict[str, bool | None]:
    own = security_of(element["spec"].get("policy"))
    computed = security_of(element.get("computedPolicy"))
    effective: dict[str, bool | None] = {}
    for field in SECURITY:
        value = computed[field] if computed[field] is not None else own[field]
        effective[field] = True if value is None else bool(value)
    return {**effective, **{f"{field}_own": value for field, value in own.items()}}


def _sharing(name: str, fields: Fields, state: State) -> list[str]:
    return sorted(
        other
        for other, theirs in state.items()
        if other != name
        and not theirs["vmkernel_adapters"]
        and (
            theirs["vlan_id"] == fields["vlan_id"]
            or (theirs["vlan_id"] == TRUNK and theirs["vswitch"] == fields["vswitch"])
        )
    )
