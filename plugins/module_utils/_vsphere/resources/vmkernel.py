# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vmkernel adapters carry which service (management, vMotion, vSAN, fault tolerance logging, ...)."""

from __future__ import annotations

import typing as t

from ..._engine.driver import Calls
from ..._engine.errors import PlanError
from ..._engine.model import Change, Desired, Fields, Needs, Snapshot, State, Want
from .. import networking
from .base import Base, read_value, refuse_unread

STORAGE: t.Final = frozenset({"vsan", "vsanWitness", "vsanExternal", "nvmeTcp", "nvmeRdma"})
"""Nic types that carry storage."""


class VmkernelServices(Base):
    """HostVirtualNicManager; key: nic type; field: adapters (sorted devices)."""

    name = "vmkernel_service"
    noun = "vmkernel service"
    order = 62
    array = networking.VMK_NETCONFIG
    manager = "virtualNicManager"
    types: t.ClassVar[dict[str, type]] = {"adapters": list}

    def needs(self, desired: Desired) -> Needs:
        """The whole configuration: it is small and keyed by service."""
        return Needs(frozenset({self.array, networking.VNICS}))

    def read(self, snapshot: Snapshot) -> State:
        """By nic type."""
        refuse_unread(snapshot, networking.VNICS, self.noun)
        netconfig = read_value(snapshot, self.array, self.noun)
        devices = sorted(str(nic.get("device")) for nic in snapshot.values.get(networking.VNICS) or [])
        services = networking.adapters_by_service(netconfig)
        return {service: {"adapters": chosen, "devices": devices} for service, chosen in services.items()}

    def settle(self, key: str, field: str, want: Want, fields: Fields) -> Want:
        """Storage is not taken off its last adapter: it would part the host from its data. A person moves it first."""
        want = super().settle(key, field, want, fields)
        return Want(want.op, want.value, None) if key in STORAGE and want.set == [] else want

    def form(self, key: str, field: str, value: t.Any, fields: Fields) -> t.Any:
        """Adapters named must exist on the host; order and repetition say nothing."""
        value = super().form(key, field, value, fields)
        absent = [str(device) for device in value if device not in fields["devices"]]
        if absent:
            raise PlanError(
                f"the host has no vmkernel adapter {', '.join(absent)}.",
                resource=self.noun,
                key=key,
                hint=f"It has {', '.join(fields['devices']) or 'none'}.",
            )
        return sorted(set(value))

    def check(self, changes: t.Sequence[Change], state: State) -> None:
        """The management service must stay on at least one adapter."""
        for change in changes:
            if change.key == "management" and not change.after:
                raise PlanError(
                    "the management service must stay on one adapter at least.", resource=self.noun, key=change.key
                )

    def groups(self, changes: t.Sequence[Change]) -> list[list[Change]]:
        """Management last: its new adapter must be there before the old one goes."""
        return super().groups(sorted(changes, key=lambda c: (c.key == "management", c.key)))

    def write(self, calls: Calls, group: t.Sequence[Change], snapshot: Snapshot) -> None:
        """SelectVnicForNicType for what is added, then DeselectVnicForNicType for what goes; one request an adapter."""
        for change in group:
            for device in sorted(set(change.after) - set(change.before)):
                calls.call(self.manager, "SelectVnicForNicType", nicType=change.key, device=device)
            for device in sorted(set(change.before) - set(change.after)):
                calls.call(self.manager, "DeselectVnicForNicType", nicType=change.key, device=device)

    def show(self, fields: Fields) -> dict[str, str]:
        """The adapters that carry it."""
        return {"adapters": ", ".join(fields["adapters"]) or "none"}
