# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostNetworkSystem: virtual switches, port groups and VMkernel adapters of a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import network
from ..managed import HostManager, operation
from ..sdk import Fault, Value, build, fault, invalid_argument, vim
from ..values import replace, swap

if TYPE_CHECKING:
    from ..world import Caller

_MAX_NAME = 31
_MAX_VLAN = 4095


class NetworkSystem(HostManager):
    """A specification replaces the one before it, whole: what it leaves unset goes back to what is inherited."""

    kind = "HostNetworkSystem"

    def prop_networkInfo(self, caller: Caller) -> Value:
        return self.host.told(caller, manager=True).network

    def prop_dnsConfig(self, caller: Caller) -> Value:
        return self.prop_networkInfo(caller).dnsConfig

    def prop_ipRouteConfig(self, caller: Caller) -> Value:
        return self.prop_networkInfo(caller).ipRouteConfig

    @property
    def _network(self) -> Value:
        return self.host.config.network

    def _store(self, **parts: Value) -> None:
        self.host.change(network=replace(self._network, **parts))

    def _switch(self, name: str) -> tuple[int, Value]:
        return _named(self._network.vswitch, name, lambda item: item.name, "virtual switch")

    def _group(self, name: str) -> tuple[int, Value]:
        return _named(self._network.portgroup, name, lambda item: item.spec.name, "port group")

    @operation
    def AddVirtualSwitch(self, _caller: Caller, vswitchName: str, spec: Value) -> None:
        self.reach()
        if not 0 < len(vswitchName) <= _MAX_NAME:
            raise invalid_argument("vswitchName", f"a name has 1 to {_MAX_NAME} characters")
        if any(item.name == vswitchName for item in self._network.vswitch):
            raise fault("AlreadyExists", f"The virtual switch {vswitchName} already exists.", name=vswitchName)
        whole = self._whole_spec(
            vswitchName, spec or build(vim.host.VirtualSwitch.Specification, numPorts=network.PORTS)
        )
        self._store(vswitch=[*self._network.vswitch, network.switch(vswitchName, whole)])

    @operation
    def UpdateVirtualSwitch(self, _caller: Caller, vswitchName: str, spec: Value) -> None:
        self.reach()
        index, item = self._switch(vswitchName)
        whole = self._whole_spec(vswitchName, spec)
        self._store(vswitch=swap(self._network.vswitch, index, replace(item, spec=whole, mtu=whole.mtu)))

    @operation
    def RemoveVirtualSwitch(self, _caller: Caller, vswitchName: str) -> None:
        self.reach()
        index, item = self._switch(vswitchName)
        used = [g.spec.name for g in self._network.portgroup if g.spec.vswitchName == vswitchName and self._in_use(g)]
        if used:
            raise _in_use(f"The virtual switch {vswitchName} is in use by {used[0]}.", vswitchName)
        switches = list(self._network.vswitch)
        del switches[index]
        groups = [group for group in self._network.portgroup if group.spec.vswitchName != item.name]
        self._store(vswitch=switches, portgroup=groups)

    def _whole_spec(self, name: str, spec: Value) -> Value:
        bridge = spec.bridge
        uplinks = list(bridge.nicDevice) if isinstance(bridge, vim.host.VirtualSwitch.BondBridge) else []
        known = {item.device for item in self._network.pnic}
        for device in uplinks:
            if device not in known:
                raise fault("NotFound", f"The object or item referred to could not be found: {device}")
            for other in self._network.vswitch:
                if other.name != name and network.pnic_key(device) in other.pnic:
                    raise _in_use(f"{device} is an uplink of {other.name}.", device)
        if spec.mtu is not None and not 1280 <= spec.mtu <= 9000:
            raise invalid_argument("spec.mtu", f"{spec.mtu} is not within 1280 to 9000")
        made = network.switch_spec(uplinks, spec.policy)
        return replace(made, numPorts=spec.numPorts, bridge=bridge, mtu=spec.mtu or 1500)

    @operation
    def AddPortGroup(self, _caller: Caller, portgrp: Value) -> None:
        self.reach()
        self._check_group(portgrp)
        if any(item.spec.name == portgrp.name for item in self._network.portgroup):
            raise fault("AlreadyExists", f"The port group {portgrp.name} already exists.", name=portgrp.name)
        self._store(portgroup=[*self._network.portgroup, network.port_group(portgrp)])

    @operation
    def UpdatePortGroup(self, _caller: Caller, pgName: str, portgrp: Value) -> None:
        self.reach()
        index, item = self._group(pgName)
        self._check_group(portgrp)
        if portgrp.name != pgName:
            if any(other.spec.name == portgrp.name for other in self._network.portgroup):
                raise fault("AlreadyExists", f"The port group {portgrp.name} already exists.", name=portgrp.name)
            if self._in_use(item):
                raise _in_use(f"The port group {pgName} is in use and cannot be renamed.", pgName)
        self._store(portgroup=swap(self._network.portgroup, index, replace(item, spec=portgrp)))

    @operation
    def RemovePortGroup(self, _caller: Caller, pgName: str) -> None:
        self.reach()
        index, item = self._group(pgName)
        if self._in_use(item):
            raise _in_use(f"The port group {pgName} is in use.", pgName)
        groups = list(self._network.portgroup)
        del groups[index]
        self._store(portgroup=groups)

    def _check_group(self, spec: Value) -> None:
        if not spec.name:
            raise invalid_argument("portgrp.name", "a port group has a name")
        if not 0 <= spec.vlanId <= _MAX_VLAN:
            raise invalid_argument("portgrp.vlanId", f"{spec.vlanId} is not within 0 to {_MAX_VLAN}")
        self._switch(spec.vswitchName)

    def _in_use(self, group: Value) -> bool:
        name = group.spec.name
        if any(nic.portgroup == name for nic in self._network.vnic):
            return True
        return any(vm.network.name == name for vm in self.host.inventory.vms_of(self.host))

    @operation
    def UpdateVirtualNic(self, _caller: Caller, device: str, nic: Value) -> None:
        """Moves a VMkernel adapter to another port group, or gives it another MTU or address; the rest stays."""
        self.reach()
        index, item = _named(self._network.vnic, device, lambda one: one.device, "virtual adapter")
        stated = {name: value for name in ("ip", "mtu", "portgroup") if (value := getattr(nic, name)) is not None}
        if "portgroup" in stated:
            self._group(stated["portgroup"])
        changed = replace(item, spec=replace(item.spec, **stated), portgroup=stated.get("portgroup", item.portgroup))
        self._store(vnic=swap(self._network.vnic, index, changed))

    @operation
    def RefreshNetworkSystem(self, _caller: Caller) -> None:
        self.reach()
        self.host.refreshed("network", "virtualNicManagerInfo")


def _named(array: Value, name: str, label: Value, what: str) -> tuple[int, Value]:
    for index, item in enumerate(array):
        if label(item) == name:
            return index, item
    raise fault("NotFound", f"The object or item referred to could not be found: {what} {name}")


def _in_use(text: str, name: str) -> Fault:
    return fault("ResourceInUse", text, name=name)
