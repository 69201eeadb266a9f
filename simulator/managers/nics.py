# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostVirtualNicManager: which VMkernel adapter carries which service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import network
from ..managed import HostManager, operation
from ..sdk import Value, fault, invalid_argument

if TYPE_CHECKING:
    from ..world import Caller


class VirtualNicManager(HostManager):
    """The last adapter that carries management cannot lose it."""

    kind = "HostVirtualNicManager"

    def prop_info(self, caller: Caller) -> Value:
        return self.host.told(caller, manager=True).virtualNicManagerInfo

    def _selected(self, nic_type: str, device: str) -> dict[str, list[str]]:
        if nic_type not in network.NIC_TYPES:
            raise invalid_argument("nicType", f"{nic_type} is not a service of a VMkernel adapter")
        if all(nic.device != device for nic in self.host.config.network.vnic):
            raise invalid_argument("device", f"there is no {device}")
        return network.selected_nics(self.host.config.virtualNicManagerInfo)

    def _store(self, selected: dict[str, list[str]]) -> None:
        info = network.nic_manager_info(self.host.config.network.vnic, selected)
        self.host.change(virtualNicManagerInfo=info)

    @operation
    def QueryNetConfig(self, _caller: Caller, nicType: str) -> Value:
        self.reach()
        for config in self.host.config.virtualNicManagerInfo.netConfig:
            if config.nicType == nicType:
                return config
        raise invalid_argument("nicType", f"{nicType} is not a service of a VMkernel adapter")

    @operation
    def SelectVnicForNicType(self, _caller: Caller, nicType: str, device: str) -> None:
        self.reach()
        selected = self._selected(nicType, device)
        if device not in selected[nicType]:
            self._store({**selected, nicType: [*selected[nicType], device]})

    @operation
    def DeselectVnicForNicType(self, _caller: Caller, nicType: str, device: str) -> None:
        self.reach()
        selected = self._selected(nicType, device)
        if device not in selected[nicType]:
            raise invalid_argument("device", f"{device} does not carry {nicType}")
        rest = [name for name in selected[nicType] if name != device]
        if nicType == "management" and not rest:
            raise fault("HostConfigFault", f"{device} is the last adapter that carries management traffic.")
        self._store({**selected, nicType: rest})
