# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole state of the inventory at one moment, and putting it back.

State is immutable, so a snapshot only refers to it: it costs next to nothing and cannot change any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import profile
from .host import Host
from .inventory import Cluster, Inventory, Machine, Network
from .managed import Entity, Managed
from .sdk import Value


@dataclass(frozen=True)
class HostState:
    """One host. ``cluster`` is the moid of its cluster."""

    number: int
    name: str
    cluster: str
    boots: int
    runtime: Value
    config: Value

    @property
    def moid(self) -> str:
        """Its moid."""
        return f"host-{self.number}"


@dataclass(frozen=True)
class ClusterState:
    """One cluster."""

    number: int
    name: str

    @property
    def moid(self) -> str:
        """Its moid."""
        return f"domain-c{self.number}"


@dataclass(frozen=True)
class NetworkState:
    """One network; ``hosts`` are the moids of the hosts that have it."""

    number: int
    name: str
    hosts: tuple[str, ...]

    @property
    def moid(self) -> str:
        """Its moid."""
        return f"network-{self.number}"


@dataclass(frozen=True)
class MachineState:
    """One virtual machine; ``host`` is a moid, ``network`` a name."""

    number: int
    name: str
    host: str
    network: str

    @property
    def moid(self) -> str:
        """Its moid."""
        return f"vm-{self.number}"


@dataclass(frozen=True)
class Snapshot:
    """Everything of the inventory, each kind in its order, and the numbers given out so far."""

    clusters: tuple[ClusterState, ...]
    hosts: tuple[HostState, ...]
    networks: tuple[NetworkState, ...]
    machines: tuple[MachineState, ...]
    ids: dict[str, int]


def take(inventory: Inventory) -> Snapshot:
    """The state as it is. Whoever asks holds the world's lock."""
    return Snapshot(
        tuple(ClusterState(_number(item), item.name) for item in inventory.clusters),
        tuple(_host_state(host) for host in inventory.hosts),
        tuple(NetworkState(_number(item), item.name, tuple(item.hosts)) for item in inventory.networks.values()),
        tuple(MachineState(_number(vm), vm.name, vm.host.moid, vm.network.name) for vm in inventory.vms),
        inventory.world.ids(),
    )


def _host_state(host: Host) -> HostState:
    cluster = host.parent.moid if host.parent else ""
    return HostState(host.number, host.name, cluster, host.boots, host.runtime, host.config)


def _number(item: Entity) -> int:
    return int(item.moid.rpartition("-")[2].lstrip("c"))


def apart(before: Snapshot, now: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Both without the hosts that are in both just as they are."""
    was = {host.moid: host for host in before.hosts}
    alike = {host.moid for host in now.hosts if host.moid in was and _alike(host, was[host.moid])}
    reduced = (tuple(host for host in state.hosts if host.moid not in alike) for state in (before, now))
    return replace(before, hosts=next(reduced)), replace(now, hosts=next(reduced))


def _alike(one: HostState, other: HostState) -> bool:
    same = one.config is other.config and one.runtime is other.runtime
    return same and (one.name, one.cluster) == (other.name, other.cluster)


def put_back(inventory: Inventory, state: Snapshot) -> None:
    """Makes the inventory what it was. Objects that were there then stay the objects they are.

    Whoever asks holds the world's lock. Users, sessions, the record of calls and ordered faults are not touched.
    """
    Restoration(inventory).run(state)


class Restoration:
    """One putting back: finds or makes each object, and forgets the ones that were not there then."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.known = dict(inventory.world.objects)

    def run(self, state: Snapshot) -> None:
        """Clusters, hosts, networks, machines; in this order, for each hangs on the ones before."""
        inventory = self.inventory
        before: list[Entity] = [*inventory.clusters, *inventory.hosts, *inventory.networks.values(), *inventory.vms]
        self._clusters(state)
        self._hosts(state)
        self._networks(state)
        self._machines(state)
        now = {item.moid for item in (*inventory.clusters, *inventory.hosts, *inventory.vms)}
        now.update(item.moid for item in inventory.networks.values())
        for item in before:
            if item.moid not in now:
                self._forget(item)
        inventory.world.set_ids(state.ids)

    def _forget(self, item: Entity) -> None:
        world = self.inventory.world
        parts: list[Managed] = [item]
        if isinstance(item, Cluster):
            parts.append(item.pool)
        if isinstance(item, Host):
            parts.extend(item.managers())
        for part in parts:
            world.forget(part)

    def _clusters(self, state: Snapshot) -> None:
        folder = self.inventory.datacenter.host_folder
        clusters = []
        for told in state.clusters:
            found = self.known.get(told.moid)
            cluster = found if isinstance(found, Cluster) else Cluster(self.inventory, told.number, told.name, folder)
            cluster.props["name"] = told.name
            cluster.hosts = []
            clusters.append(cluster)
        self.inventory.clusters[:] = clusters
        folder.members[:] = clusters

    def _hosts(self, state: Snapshot) -> None:
        clusters = {cluster.moid: cluster for cluster in self.inventory.clusters}
        hosts = []
        for told in state.hosts:
            cluster = clusters[told.cluster]
            found = self.known.get(told.moid)
            if isinstance(found, Host):
                host = found
            else:
                host = Host(self.inventory, told.number, told.name, cluster, profile.load())
            host.parent = cluster
            host.props["name"] = told.name
            host.put_back(told.config, told.runtime, told.boots)
            cluster.hosts.append(host)
            hosts.append(host)
        self.inventory.hosts[:] = hosts

    def _networks(self, state: Snapshot) -> None:
        folder = self.inventory.datacenter.network_folder
        hosts = {host.moid: host for host in self.inventory.hosts}
        networks = {}
        for told in state.networks:
            found = self.known.get(told.moid)
            if not isinstance(found, Network):
                found = Network(self.inventory, told.moid, told.name, folder)
            found.props["name"] = told.name
            found.hosts = {moid: hosts[moid] for moid in told.hosts}
            networks[told.name] = found
        self.inventory.networks.clear()
        self.inventory.networks.update(networks)
        folder.members[:] = networks.values()

    def _machines(self, state: Snapshot) -> None:
        folder = self.inventory.datacenter.vm_folder
        hosts = {host.moid: host for host in self.inventory.hosts}
        machines = []
        for told in state.machines:
            host, network = hosts[told.host], self.inventory.networks[told.network]
            found = self.known.get(told.moid)
            same = isinstance(found, Machine) and found.host is host and found.network is network
            if not isinstance(found, Machine) or not same:
                found = Machine(self.inventory.world, told.number, told.name, folder, host, network)
            found.props["name"] = told.name
            machines.append(found)
        self.inventory.vms[:] = machines
        folder.members[:] = machines
