# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory tree: folders, the datacenter, clusters, networks and virtual machines; and who hangs on what."""

from __future__ import annotations

from .host import Host
from .managed import Entity
from .profile import Profile
from .sdk import Value, build, vim
from .world import Caller, World

DATACENTER = "practice"


class Folder(Entity):
    """A folder of the tree."""

    kind = "Folder"

    def __init__(self, world: World, moid: str, name: str, parent: Entity | None, holds: list[Value]) -> None:
        super().__init__(world, moid, name, parent)
        self.members: list[Entity] = []
        self.props["childType"] = vim.Folder._GetPropertyInfo("childType").type(holds)

    def children(self) -> list[Entity]:
        return self.members

    def prop_childEntity(self, _caller: Caller) -> Value:
        return vim.ManagedEntity.Array([item.ref for item in self.members])


class Datacenter(Entity):
    """The datacenter, with its four folders."""

    kind = "Datacenter"

    def __init__(self, inventory: Inventory, moid: str, name: str, parent: Entity) -> None:
        super().__init__(inventory.world, moid, name, parent)
        self.inventory = inventory
        world = inventory.world
        self.vm_folder = Folder(world, "group-v3", "vm", self, [vim.Folder, vim.VirtualMachine])
        self.host_folder = Folder(world, "group-h4", "host", self, [vim.Folder, vim.ComputeResource])
        self.datastore_folder = Folder(world, "group-s5", "datastore", self, [vim.Folder, vim.Datastore])
        self.network_folder = Folder(world, "group-n6", "network", self, [vim.Folder, vim.Network])
        self.props["vmFolder"] = self.vm_folder.ref
        self.props["hostFolder"] = self.host_folder.ref
        self.props["datastoreFolder"] = self.datastore_folder.ref
        self.props["networkFolder"] = self.network_folder.ref

    def children(self) -> list[Entity]:
        return [self.vm_folder, self.host_folder, self.datastore_folder, self.network_folder]

    def prop_network(self, _caller: Caller) -> Value:
        return vim.Network.Array([item.ref for item in self.network_folder.members])

    def prop_datastore(self, _caller: Caller) -> Value:
        return vim.Datastore.Array()


class ResourcePool(Entity):
    """The root resource pool of a cluster."""

    kind = "ResourcePool"

    def __init__(self, world: World, moid: str, cluster: Cluster) -> None:
        super().__init__(world, moid, "Resources", cluster)
        self.props["owner"] = cluster.ref


class Cluster(Entity):
    """A ClusterComputeResource and its hosts."""

    kind = "ClusterComputeResource"

    def __init__(self, inventory: Inventory, number: int, name: str, parent: Entity) -> None:
        super().__init__(inventory.world, f"domain-c{number}", name, parent)
        self.inventory = inventory
        self.hosts: list[Host] = []
        self.pool = ResourcePool(inventory.world, f"resgroup-{number}", self)
        self.props["resourcePool"] = self.pool.ref

    def children(self) -> list[Entity]:
        return [*self.hosts, self.pool]

    def prop_host(self, _caller: Caller) -> Value:
        return vim.HostSystem.Array([host.ref for host in self.hosts])

    def prop_datastore(self, _caller: Caller) -> Value:
        return vim.Datastore.Array()

    def prop_network(self, _caller: Caller) -> Value:
        found = {item.moid: item for host in self.hosts for item in self.inventory.networks_of(host)}
        return vim.Network.Array([item.ref for item in found.values()])

    def prop_summary(self, caller: Caller) -> Value:
        alive = sum(host.connection_state == "connected" for host in self.hosts)
        return build(
            vim.ClusterComputeResource.Summary,
            numHosts=len(self.hosts),
            numEffectiveHosts=alive,
            overallStatus=self.prop_overallStatus(caller),
        )


class Network(Entity):
    """A Network: one for each port group name of a datacenter, shared by all hosts that have that port group."""

    kind = "Network"

    def __init__(self, inventory: Inventory, moid: str, name: str, parent: Entity) -> None:
        super().__init__(inventory.world, moid, name, parent)
        self.inventory = inventory
        self.hosts: dict[str, Host] = {}

    def prop_summary(self, _caller: Caller) -> Value:
        return build(vim.Network.Summary, network=self.ref, name=self.name, accessible=bool(self.hosts))

    def prop_host(self, _caller: Caller) -> Value:
        return vim.HostSystem.Array([host.ref for host in self.hosts.values()])

    def prop_vm(self, _caller: Caller) -> Value:
        return vim.VirtualMachine.Array([vm.ref for vm in self.inventory.vms if vm.network is self])


class Machine(Entity):
    """A VirtualMachine with one network adapter."""

    kind = "VirtualMachine"

    def __init__(self, world: World, number: int, name: str, parent: Entity, host: Host, network: Network) -> None:
        super().__init__(world, f"vm-{number}", name, parent)
        self.host = host
        self.network = network
        self.runtime = build(
            vim.vm.RuntimeInfo,
            host=host.ref,
            connectionState=vim.VirtualMachine.ConnectionState.connected,
            powerState=vim.VirtualMachine.PowerState.poweredOn,
        )
        self.config = build(
            vim.vm.ConfigInfo,
            name=name,
            uuid=f"00000000-0000-4000-9000-{number:012d}",
            template=False,
            guestId="otherGuest64",
            version="vmx-21",
            hardware=self._hardware(number),
        )

    def _hardware(self, number: int) -> Value:
        adapter = build(
            vim.vm.device.VirtualVmxnet3,
            key=4000,
            deviceInfo=build(vim.Description, label="Network adapter 1", summary=self.network.name),
            backing=build(
                vim.vm.device.VirtualEthernetCard.NetworkBackingInfo,
                deviceName=self.network.name,
                network=self.network.ref,
            ),
            addressType="assigned",
            macAddress=f"00:50:56:{number >> 16 & 63:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",
        )
        return build(vim.vm.VirtualHardware, numCPU=1, memoryMB=1024, device=[adapter])

    def prop_runtime(self, _caller: Caller) -> Value:
        return self.runtime

    def prop_config(self, _caller: Caller) -> Value:
        return self.config

    def prop_network(self, _caller: Caller) -> Value:
        return vim.Network.Array([self.network.ref])

    def prop_resourcePool(self, _caller: Caller) -> Value:
        cluster = self.host.parent
        return cluster.pool.ref if isinstance(cluster, Cluster) else None

    def prop_summary(self, caller: Caller) -> Value:
        kinds = vim.vm.Summary
        return build(
            kinds,
            vm=self.ref,
            runtime=self.runtime,
            config=build(
                kinds.ConfigSummary,
                name=self.name,
                template=False,
                uuid=self.config.uuid,
                guestId=self.config.guestId,
                guestFullName="Other (64-bit)",
                memorySizeMB=1024,
                numCpu=1,
                numEthernetCards=1,
            ),
            guest=build(kinds.GuestSummary, toolsStatus=vim.vm.GuestInfo.ToolsStatus.toolsNotInstalled),
            quickStats=build(kinds.QuickStats),
            overallStatus=self.prop_overallStatus(caller),
        )


class Inventory:
    """Builds the tree and keeps the networks in step with the port groups of the hosts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.root = Folder(world, "group-d1", "Datacenters", None, [vim.Folder, vim.Datacenter])
        self.datacenter = Datacenter(self, "datacenter-2", DATACENTER, self.root)
        self.root.members.append(self.datacenter)
        self.clusters: list[Cluster] = []
        self.hosts: list[Host] = []
        self.vms: list[Machine] = []
        self.networks: dict[str, Network] = {}

    def add_cluster(self, name: str) -> Cluster:
        """A new, empty cluster."""
        number = self.world.next_id("cluster")
        cluster = Cluster(self, number, name, self.datacenter.host_folder)
        self.datacenter.host_folder.members.append(cluster)
        self.clusters.append(cluster)
        return cluster

    def add_host(self, name: str, cluster: Cluster, profile: Profile, group_names: list[str]) -> Host:
        """A new host of ``cluster``; ``group_names`` are the port groups it starts with."""
        host = Host(self, self.world.next_id("host"), name, cluster, profile)
        cluster.hosts.append(host)
        self.hosts.append(host)
        for group in group_names:
            self._network(group).hosts[host.moid] = host
        return host

    def add_vm(self, name: str, host: Host, network: str) -> Machine:
        """A new machine on ``host``, attached to ``network``; LookupError if the host has no such network."""
        attached = self.networks.get(network)
        if attached is None or host.moid not in attached.hosts:
            raise LookupError(f"{host.name} has no network {network}")
        folder = self.datacenter.vm_folder
        machine = Machine(self.world, self.world.next_id("vm"), name, folder, host, attached)
        folder.members.append(machine)
        self.vms.append(machine)
        return machine

    def networks_of(self, host: Host) -> list[Network]:
        """The networks a host has, in the order they came into being."""
        return [item for item in self.networks.values() if host.moid in item.hosts]

    def vms_of(self, host: Host) -> list[Machine]:
        """The machines on a host."""
        return [machine for machine in self.vms if machine.host is host]

    def networks_changed(self, host: Host) -> None:
        """Follows a change of the port groups of ``host``: networks appear with the first host and go with the last."""
        names = {group.spec.name for group in host.config.network.portgroup}
        for name in names:
            self._network(name).hosts[host.moid] = host
        for item in list(self.networks.values()):
            if item.name not in names:
                item.hosts.pop(host.moid, None)
            if not item.hosts and not any(machine.network is item for machine in self.vms):
                self._forget(item)

    def _network(self, name: str) -> Network:
        found = self.networks.get(name)
        if found is None:
            number = self.world.next_id("network")
            found = self.networks[name] = Network(self, f"network-{number}", name, self.datacenter.network_folder)
            self.datacenter.network_folder.members.append(found)
        return found

    def _forget(self, item: Network) -> None:
        self.networks.pop(item.name)
        self.datacenter.network_folder.members.remove(item)
        self.world.forget(item)
