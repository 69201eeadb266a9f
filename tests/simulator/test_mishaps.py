# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mishaps on order."""

from __future__ import annotations

import http.client
from typing import Any

import pytest
from pyVmomi import VmomiSupport, vim, vmodl

from simulator import PracticeVsphere
from tests.simulator.clients import connect, host_view

SSH = 'config.service.service["TSM-SSH"].running'


def stop(host: Any) -> None:
    """Stops SSH."""
    host.configManager.serviceSystem.StopService("TSM-SSH")


def test_an_ordered_fault_comes_once_and_changes_nothing(host: Any, first: Any, sim: PracticeVsphere) -> None:
    sim.fail_next("StopService", "HostConfigFault")
    before = sim.dump()
    with pytest.raises(vim.fault.HostConfigFault, match="HostConfigFault as ordered for StopService"):
        stop(host)
    assert sim.dump() == before
    stop(host)
    assert first.get(SSH) is False


def test_a_fault_after_the_work_leaves_the_work_done(host: Any, first: Any, sim: PracticeVsphere) -> None:
    sim.fail_next("StopService", "SystemError", phase="after")
    with pytest.raises(vmodl.fault.SystemError):
        stop(host)
    assert first.get(SSH) is False


@pytest.mark.parametrize("fault", ["NoPermission", "HostNotConnected", "NotAuthenticated", "PlatformConfigFault"])
def test_any_fault_of_the_api_can_be_ordered(host: Any, sim: PracticeVsphere, fault: str) -> None:
    sim.fail_next("StopService", fault)
    with pytest.raises(vmodl.MethodFault) as caught:
        stop(host)
    assert caught.value._wsdlName == fault


def test_an_order_for_one_host_spares_the_others(si: Any, sim: PracticeVsphere) -> None:
    sim.fail_next("StopService", "HostConfigFault", host="esx-02.practice", times=2)
    hosts = host_view(si).view
    stop(hosts[0])
    for _try in range(2):
        with pytest.raises(vim.fault.HostConfigFault):
            stop(hosts[1])
    stop(hosts[1])
    assert [sim.host(name).get(SSH) for name in sim.host_names] == [False, False, True]


def test_a_dropped_connection_gives_no_answer(host: Any, first: Any, sim: PracticeVsphere) -> None:
    sim.fail_next("StopService", "drop")
    with pytest.raises(http.client.RemoteDisconnected):
        stop(host)
    assert first.get(SSH) is True


def test_a_connection_dropped_after_the_work_leaves_the_work_done(host: Any, first: Any, sim: PracticeVsphere) -> None:
    sim.fail_next("StopService", "drop", phase="after")
    with pytest.raises(http.client.RemoteDisconnected):
        stop(host)
    assert first.get(SSH) is False


def test_503_can_be_ordered(host: Any, sim: PracticeVsphere) -> None:
    sim.fail_next("StopService", "http503")
    with pytest.raises(http.client.HTTPException, match="503"):
        stop(host)


def test_reads_and_logins_can_fail_too(sim: PracticeVsphere) -> None:
    sim.fail_next("Login", "InvalidLogin")
    with pytest.raises(vim.fault.InvalidLogin):
        connect(sim)
    sim.fail_next("RetrievePropertiesEx", "http503")
    assert connect(sim).RetrieveContent().about.version == "8.0.3"


def test_an_ignored_write_answers_success_and_changes_nothing(host: Any, sim: PracticeVsphere) -> None:
    before = sim.dump()
    sim.ignore_next("UpdateOptions")
    sim.ignore_next("AddPortGroup", host="esx-01.practice")
    value = VmomiSupport.long(600)
    options = [vim.option.OptionValue(key="UserVars.ESXiShellTimeOut", value=value)]
    host.configManager.advancedOption.UpdateOptions(options)
    group = vim.host.PortGroup.Specification(
        name="New", vlanId=0, vswitchName="vSwitch0", policy=vim.host.NetworkPolicy()
    )
    host.configManager.networkSystem.AddPortGroup(group)
    assert sim.dump() == before
    assert "New" not in [item.name for item in host.network]
    host.configManager.advancedOption.UpdateOptions(options)
    assert sim.dump() != before


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ({"fault": "NoSuchFault"}, "NoSuchFault is neither"),
        ({"fault": "HostSystem"}, "HostSystem is neither"),
        ({"fault": "drop", "phase": "during"}, "phase is before or after"),
        ({"fault": "drop", "times": 0}, "times is at least 1"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(sim: PracticeVsphere, order: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        sim.fail_next("StopService", **order)


def test_the_vcenter_can_be_gone_and_come_back_with_its_sessions(host: Any, sim: PracticeVsphere) -> None:
    port = sim.port
    sim.stop_listening()
    with pytest.raises((OSError, http.client.HTTPException)):
        stop(host)
    sim.start_listening()
    assert sim.port == port
    stop(host)
    assert sim.host("esx-01.practice").get(SSH) is False
