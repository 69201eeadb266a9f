# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree, the networks and the machines, and how they are found."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from simulator import PracticeVsphere
from tests.simulator.clients import connect, host_view, retrieve


def test_hosts_are_dealt_to_the_clusters_in_turn() -> None:
    with PracticeVsphere(hosts=5, clusters=2) as sim:
        hosts = host_view(connect(sim)).view
        assert {item.name: item.parent.name for item in hosts} == {
            "esx-01.practice": "cluster-a",
            "esx-02.practice": "cluster-b",
            "esx-03.practice": "cluster-a",
            "esx-04.practice": "cluster-b",
            "esx-05.practice": "cluster-a",
        }


def test_the_tree_is_that_of_a_vcenter(si: Any) -> None:
    root = si.RetrieveContent().rootFolder
    (datacenter,) = root.childEntity
    (cluster,) = datacenter.hostFolder.childEntity
    assert (datacenter.name, cluster.name, cluster.summary.numHosts) == ("practice", "cluster-a", 3)
    assert [item.name for item in cluster.host] == ["esx-01.practice", "esx-02.practice", "esx-03.practice"]
    assert cluster.resourcePool.owner == cluster
    assert cluster.parent.parent == datacenter


def test_there_is_one_network_object_for_each_name(si: Any, sim: PracticeVsphere) -> None:
    rows = retrieve(si, ["network"])
    moids = {item._moId for row in rows for item in row["network"]}
    assert len(moids) == 5
    (management,) = [item for item in rows[0]["network"] if item.name == "Management Network"]
    assert [host.name for host in management.host] == sim.host_names
    assert list(management.vm) == []


def test_machines_hang_on_their_network_and_their_host(si: Any) -> None:
    folder = si.RetrieveContent().rootFolder.childEntity[0].vmFolder
    machine = next(item for item in folder.childEntity if item.name == "vm-02-01")
    assert (machine.runtime.host.name, machine.runtime.powerState) == ("esx-02.practice", "poweredOn")
    assert [item.name for item in machine.network] == ["Guests"]
    assert machine in machine.network[0].vm
    assert machine in machine.runtime.host.vm
    (card,) = machine.config.hardware.device
    assert (card.key, card.backing.deviceName) == (4000, "Guests")


def test_a_machine_can_be_put_on_the_management_network(si: Any, host: Any, sim: PracticeVsphere) -> None:
    sim.add_vm("intruder", host="esx-01.practice", network="Management Network")
    (network,) = [item for item in host.network if item.name == "Management Network"]
    assert [item.name for item in network.vm] == ["intruder"]


def test_a_machine_needs_a_host_and_a_network_that_exist(sim: PracticeVsphere) -> None:
    with pytest.raises(LookupError, match="no network nowhere"):
        sim.add_vm("x", host="esx-01.practice", network="nowhere")
    with pytest.raises(LookupError, match="no host is named esx-99"):
        sim.add_vm("x", host="esx-99", network="Guests")


def test_hosts_are_found_by_dns_name_and_by_path(si: Any, host: Any) -> None:
    index = si.RetrieveContent().searchIndex
    assert index.FindByDnsName(None, "ESX-01.practice", False) == host
    assert index.FindByDnsName(None, "esx-01", False) is None
    assert index.FindByDnsName(None, "esx-01.practice", True) is None
    assert index.FindByInventoryPath("/practice/host/cluster-a/esx-01.practice") == host
    assert index.FindByInventoryPath("practice/host/nowhere") is None
    assert isinstance(index.FindByInventoryPath("practice/vm/vm-01-01"), vim.VirtualMachine)
    assert index.FindChild(host.parent, "esx-02.practice").name == "esx-02.practice"


def test_two_hosts_may_have_one_name(si: Any, sim: PracticeVsphere) -> None:
    sim.rename_host("esx-02.practice", "esx-01.practice")
    assert len(si.RetrieveContent().searchIndex.FindAllByDnsName(None, "esx-01.practice", False)) == 2
    assert len({item._moId for item in host_view(si).view}) == 3


def test_every_manager_of_a_host_has_its_own_reference(si: Any) -> None:
    managers = [row["configManager"] for row in retrieve(si, ["configManager"])]
    assert len({item.serviceSystem._moId for item in managers}) == 3
    assert managers[0].advancedOption._moId == "EsxHostAdvSettings-1"
    assert managers[0].virtualNicManager is not None
    assert managers[0].dateTimeSystem is not None
