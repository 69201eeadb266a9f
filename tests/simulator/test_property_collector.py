# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The property collector: selection, paths, pages, and faults."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from simulator import PracticeVsphere
from tests.simulator.clients import Spec, connect, host_filter, host_view, one, retrieve

SSH = 'config.service.service["TSM-SSH"]'


def test_one_call_reads_all_hosts(si: Any, sim: PracticeVsphere) -> None:
    rows = retrieve(si, ["name", "runtime.connectionState", "config.product.version"])
    assert [row["name"] for row in rows] == sim.host_names
    assert {row["runtime.connectionState"] for row in rows} == {"connected"}
    assert {row["config.product.version"] for row in rows} == {"8.0.3"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (SSH + ".running", True),
        (SSH + ".policy", "on"),
        ('config.firewall.ruleset["sshServer"].allowedHosts.allIp', True),
        ('config.option["Config.HostAgent.level[Hostsvc].logLevel"].value', ""),
        ('config.option["UserVars.ESXiShellTimeOut"].key', "UserVars.ESXiShellTimeOut"),
        ('config.optionDef["Security.AccountLockFailures"].optionType.max', 100),
        ('config.network.portgroup["key-vim.host.PortGroup-Management Network"].spec.vlanId', 0),
        ('config.network.vnic["key-vim.host.VirtualNic-vmk0"].device', "vmk0"),
        ("config.lockdownMode", "lockdownDisabled"),
        ("summary.config.product.productLineId", "embeddedEsx"),
        ("config.product.apiVersion", "8.0.3.0"),
        ("runtime.inMaintenanceMode", False),
    ],
)
def test_nested_and_keyed_paths_lead_to_their_value(si: Any, path: str, expected: Any) -> None:
    assert one(si, path) == expected


def test_a_keyed_element_arrives_with_its_type(si: Any) -> None:
    found = one(si, 'config.option["UserVars.ESXiShellTimeOut"]')
    assert isinstance(found, vim.option.OptionValue)
    assert isinstance(found.value, int)
    assert len(one(si, "config.option")) == 1289
    assert len(one(si, "config.service.service")) == 25
    assert len(one(si, "config.firewall.ruleset")) == 57


def test_an_unknown_key_is_absent(si: Any) -> None:
    assert retrieve(si, ["name", 'config.option["No.Such"]'])[0] == {"name": "esx-01.practice"}


@pytest.mark.parametrize("how", ["missingSet", "InvalidProperty"])
def test_an_unknown_key_can_be_answered_otherwise(how: str) -> None:
    with PracticeVsphere(hosts=1, missing_key=how) as sim:
        si = connect(sim)
        spec = host_filter(host_view(si), ["name", 'config.option["No.Such"]'])
        collector = si.RetrieveContent().propertyCollector
        if how == "InvalidProperty":
            with pytest.raises(vmodl.query.InvalidProperty) as caught:
                collector.RetrievePropertiesEx([spec], Spec.RetrieveOptions())
            assert caught.value.name == 'config.option["No.Such"]'
            return
        (found,) = collector.RetrievePropertiesEx([spec], Spec.RetrieveOptions()).objects
        assert [item.name for item in found.propSet] == ["name"]
        assert [item.path for item in found.missingSet] == ['config.option["No.Such"]']
        assert isinstance(found.missingSet[0].fault, vmodl.query.InvalidProperty)


@pytest.mark.parametrize(
    "path",
    ["nonsense", "config.nonsense", "config.service.service.key", 'name["x"]', "config.", 'config.service["x"]', "a b"],
)
def test_an_unknown_property_name_is_invalid_property(si: Any, path: str) -> None:
    with pytest.raises(vmodl.query.InvalidProperty) as caught:
        retrieve(si, [path])
    assert caught.value.name == path


def test_pages_hold_what_was_asked_for_and_together_everything(si: Any, sim: PracticeVsphere) -> None:
    collector = si.RetrieveContent().propertyCollector
    page = collector.RetrievePropertiesEx([host_filter(host_view(si), ["name"])], Spec.RetrieveOptions(maxObjects=2))
    rest = collector.ContinueRetrievePropertiesEx(page.token)
    assert (len(page.objects), len(rest.objects), rest.token) == (2, 1, None)
    assert [row.propSet[0].val for row in [*page.objects, *rest.objects]] == sim.host_names


def test_a_used_or_cancelled_token_is_refused(si: Any) -> None:
    collector = si.RetrieveContent().propertyCollector
    spec = host_filter(host_view(si), ["name"])
    used = collector.RetrievePropertiesEx([spec], Spec.RetrieveOptions(maxObjects=2)).token
    collector.ContinueRetrievePropertiesEx(used)
    cancelled = collector.RetrievePropertiesEx([spec], Spec.RetrieveOptions(maxObjects=1)).token
    collector.CancelRetrievePropertiesEx(cancelled)
    for token in (used, cancelled, "made up"):
        with pytest.raises(vmodl.fault.InvalidArgument):
            collector.ContinueRetrievePropertiesEx(token)


def test_a_page_size_below_one_is_refused(si: Any) -> None:
    spec = host_filter(host_view(si), ["name"])
    with pytest.raises(vmodl.fault.InvalidArgument):
        si.RetrieveContent().propertyCollector.RetrievePropertiesEx([spec], Spec.RetrieveOptions(maxObjects=0))


def test_a_recursive_named_traversal_finds_every_host_once(si: Any, sim: PracticeVsphere) -> None:
    def to(*names: str) -> list[Any]:
        return [Spec.SelectionSpec(name=name) for name in names]

    rules = [
        Spec.TraversalSpec(name="folder", type=vim.Folder, path="childEntity", selectSet=to("folder", "dc", "cr")),
        Spec.TraversalSpec(name="dc", type=vim.Datacenter, path="hostFolder", selectSet=to("folder")),
        Spec.TraversalSpec(name="cr", type=vim.ComputeResource, path="host"),
    ]
    content = si.RetrieveContent()
    spec = Spec.FilterSpec(
        propSet=[Spec.PropertySpec(type=vim.HostSystem, pathSet=["name"])],
        objectSet=[Spec.ObjectSpec(obj=content.rootFolder, skip=False, selectSet=rules)],
    )
    found = content.propertyCollector.RetrieveProperties([spec])
    assert [item.propSet[0].val for item in found] == sim.host_names


def test_a_selection_that_names_no_traversal_is_refused(si: Any) -> None:
    content = si.RetrieveContent()
    spec = Spec.FilterSpec(
        propSet=[Spec.PropertySpec(type=vim.Folder, pathSet=["name"])],
        objectSet=[Spec.ObjectSpec(obj=content.rootFolder, selectSet=[Spec.SelectionSpec(name="nowhere")])],
    )
    with pytest.raises(vmodl.fault.InvalidArgument):
        content.propertyCollector.RetrieveProperties([spec])


def test_the_nearest_type_decides_which_properties_are_told(si: Any) -> None:
    content = si.RetrieveContent()
    spec = host_filter(host_view(si), ["name", "parent"])
    spec.propSet.append(Spec.PropertySpec(type=vim.ManagedEntity, pathSet=["overallStatus"]))
    (row, *_others) = content.propertyCollector.RetrieveProperties([spec])
    assert {item.name for item in row.propSet} == {"name", "parent"}


def test_all_tells_every_property_that_is_set(si: Any) -> None:
    content = si.RetrieveContent()
    spec = Spec.FilterSpec(
        propSet=[Spec.PropertySpec(type=vim.Datacenter, all=True)],
        objectSet=[Spec.ObjectSpec(obj=content.rootFolder.childEntity[0])],
    )
    (row,) = content.propertyCollector.RetrieveProperties([spec])
    told = {item.name for item in row.propSet}
    assert {"name", "hostFolder", "vmFolder", "network", "parent"} <= told
    assert not row.missingSet


def test_a_retrieval_that_selects_nothing_answers_nothing(si: Any) -> None:
    spec = host_filter(host_view(si), ["name"], kind=vim.Datastore)
    assert si.RetrieveContent().propertyCollector.RetrievePropertiesEx([spec], Spec.RetrieveOptions()) is None


def test_an_object_that_is_gone_is_managed_object_not_found(si: Any) -> None:
    ghost = vim.HostSystem("host-999", si._stub)
    with pytest.raises(vmodl.fault.ManagedObjectNotFound) as caught:
        ghost.name  # noqa: B018 - reading is a call
    assert caught.value.obj._moId == "host-999"


def test_a_reference_of_the_wrong_type_is_managed_object_not_found(si: Any) -> None:
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        vim.HostSystem("group-d1", si._stub).name  # noqa: B018 - reading is a call


def test_a_manager_that_is_not_simulated_says_so(host: Any) -> None:
    with pytest.raises(vmodl.fault.NotSupported, match=r"HostDateTimeSystem\.dateTimeInfo"):
        host.configManager.dateTimeSystem.dateTimeInfo  # noqa: B018 - reading is a call


def test_a_method_that_is_not_simulated_names_itself_and_is_recorded(host: Any, sim: PracticeVsphere) -> None:
    with pytest.raises(vmodl.fault.MethodNotFound) as caught:
        host.EnterLockdownMode()
    assert caught.value.method == "EnterLockdownMode"
    assert caught.value.receiver._moId == host._moId
    assert sim.count("EnterLockdownMode") == 1


def test_a_view_shows_what_it_holds_and_can_be_destroyed(si: Any) -> None:
    content = si.RetrieveContent()
    cluster = host_view(si).view[0].parent
    shallow = content.viewManager.CreateContainerView(content.rootFolder, None, False)
    assert [item.name for item in shallow.view] == ["practice"]
    hosts = content.viewManager.CreateContainerView(cluster, [vim.HostSystem], False)
    assert len(hosts.view) == 3
    hosts.DestroyView()
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        hosts.view  # noqa: B018 - reading is a call


def test_a_host_out_of_reach_still_shows_its_last_known_configuration(si: Any, first: Any) -> None:
    first.connection_state = "notResponding"
    rows = retrieve(si, ["runtime.connectionState", SSH + ".running"])
    assert rows[0] == {"runtime.connectionState": "notResponding", SSH + ".running": True}
    assert rows[1]["runtime.connectionState"] == "connected"


def test_the_counters_tell_calls_and_requests(sim: PracticeVsphere) -> None:
    si = connect(sim)
    assert (sim.count("Login"), sim.http_requests) == (1, 3)
    sim.reset_counters()
    retrieve(si, ["name"])
    assert (sim.count("RetrievePropertiesEx"), sim.count("Login")) == (1, 0)
    (call,) = [call for call in sim.calls if call.method == "RetrievePropertiesEx"]
    assert (call.moid, call.user, call.source) == ("propertyCollector", sim.username, "127.0.0.1")
