# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may write, and what happens to writes when the host is out of reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyVmomi import VmomiSupport, vim, vmodl

from simulator import PracticeVsphere

long = VmomiSupport.long
Write = Callable[[Any], Any]

WRITES: list[tuple[str, str, Write]] = [
    ("StopService", "Host.Config.NetService", lambda m: m.serviceSystem.StopService("TSM-SSH")),
    ("StartService", "Host.Config.NetService", lambda m: m.serviceSystem.StartService("TSM")),
    ("RestartService", "Host.Config.NetService", lambda m: m.serviceSystem.RestartService("TSM-SSH")),
    ("UpdateServicePolicy", "Host.Config.NetService", lambda m: m.serviceSystem.UpdateServicePolicy("TSM", "on")),
    ("EnableRuleset", "Host.Config.NetService", lambda m: m.firewallSystem.EnableRuleset("syslog")),
    ("DisableRuleset", "Host.Config.NetService", lambda m: m.firewallSystem.DisableRuleset("dns")),
    (
        "UpdateRuleset",
        "Host.Config.NetService",
        lambda m: m.firewallSystem.UpdateRuleset(
            "sshServer", vim.host.Ruleset.RulesetSpec(allowedHosts=vim.host.Ruleset.IpList(allIp=False))
        ),
    ),
    (
        "UpdateDefaultPolicy",
        "Host.Config.NetService",
        lambda m: m.firewallSystem.UpdateDefaultPolicy(vim.host.FirewallInfo.DefaultPolicy(incomingBlocked=False)),
    ),
    (
        "UpdateOptions",
        "Host.Config.AdvancedConfig",
        lambda m: m.advancedOption.UpdateOptions(
            [vim.option.OptionValue(key="UserVars.ESXiShellTimeOut", value=long(600))]
        ),
    ),
    (
        "AddVirtualSwitch",
        "Host.Config.Network",
        lambda m: m.networkSystem.AddVirtualSwitch("vSwitch9"),
    ),
    ("RemovePortGroup", "Host.Config.Network", lambda m: m.networkSystem.RemovePortGroup("VM Network")),
    (
        "UpdateVirtualNic",
        "Host.Config.Network",
        lambda m: m.networkSystem.UpdateVirtualNic("vmk1", vim.host.VirtualNic.Specification(mtu=9000)),
    ),
    (
        "SelectVnicForNicType",
        "Host.Config.Network",
        lambda m: m.virtualNicManager.SelectVnicForNicType("vsan", "vmk2"),
    ),
]
NAMES = [write[0] for write in WRITES]


@pytest.mark.parametrize(("name", "privilege", "write"), WRITES, ids=NAMES)
def test_who_may_only_read_is_told_which_privilege_is_missing(
    readonly: Any, sim: PracticeVsphere, name: str, privilege: str, write: Write
) -> None:
    before = sim.dump()
    with pytest.raises(vim.fault.NoPermission) as caught:
        write(readonly.configManager)
    assert (caught.value.privilegeId, caught.value.object) == (privilege, readonly)
    assert sim.count(name) == 1
    assert sim.dump() == before


@pytest.mark.parametrize("state", ["disconnected", "notResponding"])
@pytest.mark.parametrize(("name", "privilege", "write"), WRITES, ids=NAMES)
def test_a_write_to_a_host_out_of_reach_is_host_not_connected(
    host: Any, first: Any, sim: PracticeVsphere, state: str, name: str, privilege: str, write: Write
) -> None:
    first.connection_state = state
    before = sim.dump()
    with pytest.raises(vmodl.fault.HostNotConnected):
        write(host.configManager)
    assert sim.dump() == before


def test_reading_is_allowed_to_who_may_only_read(readonly: Any) -> None:
    assert readonly.config.product.version == "8.0.3"
    managers = readonly.configManager
    assert len(managers.advancedOption.QueryOptions("UserVars.")) == 27
    assert managers.virtualNicManager.QueryNetConfig("management").nicType == "management"


def test_the_list_of_sessions_is_not_for_who_may_only_read(readonly: Any) -> None:
    manager = vim.SessionManager("SessionManager", readonly._stub)
    assert manager.currentSession.userName == "audit@vsphere.local"
    with pytest.raises(vim.fault.NoPermission):
        manager.sessionList  # noqa: B018 - reading is a call


def test_asking_a_host_out_of_reach_is_host_not_connected(host: Any, first: Any) -> None:
    first.connection_state = "disconnected"
    with pytest.raises(vmodl.fault.HostNotConnected):
        host.configManager.advancedOption.QueryOptions("UserVars.")
    assert host.runtime.connectionState == "disconnected"
    first.connection_state = "connected"
    assert host.configManager.advancedOption.QueryOptions("UserVars.DcuiTimeOut")


def test_a_connection_state_that_is_none_is_refused(first: Any) -> None:
    with pytest.raises(ValueError, match="connected, disconnected, notResponding"):
        first.connection_state = "asleep"
