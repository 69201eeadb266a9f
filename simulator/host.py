# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One ESX host behind the vCenter: its configuration, its state, and its managers."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import network
from .lag import Lag
from .managed import Entity, HostManager, Managed, Unsimulated
from .managers import SIMULATED
from .profile import Profile
from .sdk import Long, Value, build, fault, vim, wsdl_type
from .values import parse_path, read_plain, replace, swap, with_plain

if TYPE_CHECKING:
    from .inventory import Inventory
    from .world import Caller

_BOOTED = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
_MANAGER_IDS = {"advancedOption": "EsxHostAdvSettings"}
STATES = ("connected", "disconnected", "notResponding")
Drift = Callable[[Value], Value]


class Host(Entity):
    """A HostSystem. ``config`` is one immutable value; every change replaces it."""

    kind = "HostSystem"

    def __init__(self, inventory: Inventory, number: int, name: str, parent: Entity, profile: Profile) -> None:
        super().__init__(inventory.world, f"host-{number}", name, parent)
        self.inventory = inventory
        self.number = number
        self.profile = profile
        self.drift: Drift | None = None
        self.boots = 0
        self._config: Value = None
        self._lag: Lag | None = None
        self.runtime = build(
            vim.host.RuntimeInfo,
            connectionState=vim.HostSystem.ConnectionState.connected,
            powerState=vim.HostSystem.PowerState.poweredOn,
            standbyMode="none",
            inMaintenanceMode=False,
            inQuarantineMode=False,
            bootTime=_BOOTED,
        )
        self._managers = self._make_managers()

    def host_of(self) -> Host:
        return self

    def reach(self) -> None:
        """Fault HostNotConnected unless vCenter can talk to the host."""
        if self.connection_state != "connected":
            text = f"Unable to communicate with the remote host: it is {self.connection_state}."
            raise fault("HostNotConnected", text)

    @property
    def connection_state(self) -> str:
        """runtime.connectionState as vCenter reports it."""
        return str(self.runtime.connectionState)

    @connection_state.setter
    def connection_state(self, state: str) -> None:
        if state not in STATES:
            raise ValueError(f"a host is one of {', '.join(STATES)}, not {state}")
        self.runtime = replace(self.runtime, connectionState=vim.HostSystem.ConnectionState(state))

    @property
    def runtime(self) -> Value:
        """vim.host.RuntimeInfo."""
        return self._runtime

    @runtime.setter
    def runtime(self, changed: Value) -> None:
        self._runtime = changed
        self._lag = None  # whoever connects anew reads everything anew

    def put_back(self, config: Value, runtime: Value, boots: int) -> None:
        """Makes the host what it was; the networks that follow from that are the inventory's to put back."""
        self._config, self.runtime, self.boots = config, runtime, boots

    def managers(self) -> list[Managed]:
        """The managers of the host, simulated or not."""
        return list(self._managers.values())

    def fall_behind(self, before: Value, reads: int | None, everywhere: bool) -> None:
        """vCenter goes on telling what was ``before`` where that differs: until a refresh, or for so many reads."""
        lag = Lag(reads, everywhere)
        if self._lag is not None:
            lag.parts.update(self._lag.parts)
        lag.keep(before, self.config)
        self._lag = lag

    def told(self, caller: Caller, manager: bool = False) -> Value:
        """The configuration as vCenter tells it, in ``config`` or in the properties of a ``manager``."""
        if self._lag is None or (manager and not self._lag.everywhere):
            return self.config
        return self._lag.told(self.config, caller)

    def refreshed(self, *parts: str) -> None:
        """vCenter has read these parts of the configuration anew."""
        if self._lag is not None:
            self._lag.refreshed(*parts)

    @property
    def config(self) -> Value:
        """vim.host.ConfigInfo. Made when first looked at: thousands of hosts start in a moment."""
        if self._config is None:
            with self.world.lock:
                if self._config is None:
                    made = self._shipped()
                    self._config = self.drift(made) if self.drift else made
        return self._config

    @config.setter
    def config(self, changed: Value) -> None:
        settled = network.settle(changed.network)
        if settled is not changed.network:
            changed = replace(changed, network=settled)
        old = self.config.network
        if changed.network.vnic is not old.vnic:
            chosen = network.selected_nics(changed.virtualNicManagerInfo)
            info = network.nic_manager_info(changed.network.vnic, chosen)
            changed = replace(changed, virtualNicManagerInfo=info)
        before = self._group_names()
        self._config = changed
        if before != self._group_names():
            self.inventory.networks_changed(self)

    def _group_names(self) -> list[str]:
        return [group.spec.name for group in self.config.network.portgroup]

    def change(self, **parts: Value) -> None:
        """Replaces parts of the configuration, as in ``change(service=...)``."""
        self.config = replace(self.config, **parts)

    def change_item(self, part: str, array: str, index: int, item: Value) -> None:
        """Replaces one element of an array inside a part, as in ``("service", "service", 2, ...)``."""
        old = getattr(self.config, part)
        self.change(**{part: replace(old, **{array: swap(getattr(old, array), index, item)})})

    def get(self, path: str) -> Value:
        """What a path leads to, as plain data; LookupError if nowhere.

        Elements of arrays go by their key; here, unlike on the wire, also by name, device or nicType.
        """
        top, *rest = parse_path(path)
        if top.name == "name":
            return self.name
        if top.name not in ("config", "runtime"):
            raise LookupError(f"{self.name} has no {top.name}")
        try:
            return read_plain(self.config if top.name == "config" else self.runtime, rest)
        except LookupError as error:
            raise LookupError(f"{self.name} has no {path}: nothing at {error.args[0]!r}") from error

    def set(self, path: str, plain: Value) -> None:
        """Changes what a path leads to, by hand: no rule is asked. LookupError or ValueError if that cannot be."""
        top, *rest = parse_path(path)
        if top.name not in ("config", "runtime") or not rest:
            raise LookupError(f"{self.name}: only config.* and runtime.* can be set, not {path}")
        try:
            with self.world.lock:
                changed = with_plain(getattr(self, top.name), rest, plain)
                setattr(self, top.name, changed)
        except LookupError as error:
            raise LookupError(f"{self.name} has no {path}: nothing at {error.args[0]!r}") from error

    def reboot(self) -> None:
        """Starts the host anew: each service runs as its start-up policy says."""
        with self.world.lock:
            old = self.config.service
            services = [self._after_boot(item) for item in old.service]
            self.boots += 1
            self.runtime = replace(self.runtime, bootTime=_BOOTED + datetime.timedelta(hours=self.boots))
            self.change(service=replace(old, service=services))

    def _after_boot(self, item: Value) -> Value:
        running = item.required or item.policy == "on"
        if item.policy == "automatic":
            open_sets = {r.key for r in self.config.firewall.ruleset if r.enabled}
            running = bool(open_sets.intersection(item.ruleset))
        return item if item.running == running else replace(item, running=running)

    def _shipped(self) -> Value:
        net = network.shipped(self.number, self.name)
        return build(
            vim.host.ConfigInfo,
            host=self.ref,
            product=self.profile.product,
            network=net,
            virtualNicManagerInfo=network.nic_manager_info(net.vnic, {"management": ["vmk0"], "vmotion": ["vmk1"]}),
            service=self.profile.service,
            firewall=self.profile.firewall,
            option=self.profile.option,
            optionDef=self.profile.option_def,
            adminDisabled=False,
            lockdownMode=vim.host.HostAccessManager.LockdownMode.lockdownDisabled,
            wakeOnLanCapable=False,
        )

    def _make_managers(self) -> dict[str, Managed]:
        made: dict[str, Managed] = {}
        for role, kind in self.profile.managers.items():
            moid = f"{_MANAGER_IDS.get(role, role)}-{self.number}"
            simulated: type[HostManager] | None = SIMULATED.get(role)
            made[role] = simulated(self.world, moid, self) if simulated else _Elsewhere(self.world, moid, self, kind)
        return made

    def prop_config(self, caller: Caller) -> Value:
        return self.told(caller)

    def prop_runtime(self, _caller: Caller) -> Value:
        return self.runtime

    def prop_configManager(self, _caller: Caller) -> Value:
        manager = self.props.get("configManager")
        if manager is None:
            refs = {role: made.ref for role, made in self._managers.items()}
            manager = self.props["configManager"] = build(vim.host.ConfigManager, **refs)
        return manager

    def prop_summary(self, caller: Caller) -> Value:
        kinds = vim.host.Summary
        return build(
            kinds,
            host=self.ref,
            hardware=self._hardware(),
            runtime=self.runtime,
            config=build(
                kinds.ConfigSummary,
                name=self.name,
                port=443,
                product=self.config.product,
                vmotionEnabled=bool(network.selected_nics(self.config.virtualNicManagerInfo)["vmotion"]),
                faultToleranceEnabled=False,
            ),
            quickStats=build(kinds.QuickStats),
            overallStatus=self.prop_overallStatus(caller),
            rebootRequired=False,
            managementServerIp="127.0.0.1",
        )

    def _hardware(self) -> Value:
        return build(
            vim.host.Summary.HardwareSummary,
            vendor="Practice",
            model="Practice host",
            uuid=f"00000000-0000-4000-8000-{self.number:012d}",
            cpuModel="Practice CPU @ 2.40GHz",
            cpuMhz=2400,
            numCpuPkgs=2,
            numCpuCores=16,
            numCpuThreads=32,
            memorySize=Long(64 * 2**30),
            numNics=4,
            numHBAs=0,
        )

    def prop_network(self, _caller: Caller) -> Value:
        return vim.Network.Array([item.ref for item in self.inventory.networks_of(self)])

    def prop_vm(self, _caller: Caller) -> Value:
        return vim.VirtualMachine.Array([vm.ref for vm in self.inventory.vms_of(self)])

    def prop_datastore(self, _caller: Caller) -> Value:
        return vim.Datastore.Array()

    def prop_overallStatus(self, _caller: Caller) -> Value:
        return wsdl_type("ManagedEntityStatus")("green" if self.connection_state == "connected" else "red")


class _Elsewhere(Unsimulated):
    """A manager of a host that is not simulated."""

    def __init__(self, world: Value, moid: str, host: Host, kind: str) -> None:
        super().__init__(world, moid, kind)
        self._host = host

    def host_of(self) -> Host:
        return self._host
