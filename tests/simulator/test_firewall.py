# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostFirewallSystem: each flag of a ruleset is a rule."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl


def spec(*addresses: str, networks: tuple[tuple[str, int], ...] = (), all_ip: bool = False) -> Any:
    """A RulesetSpec."""
    kinds = vim.host.Ruleset
    found = [kinds.IpNetwork(network=name, prefixLength=length) for name, length in networks]
    return kinds.RulesetSpec(allowedHosts=kinds.IpList(allIp=all_ip, ipAddress=list(addresses), ipNetwork=found))


def allowed(first: Any, key: str) -> Any:
    """Who a ruleset admits."""
    return first.get(f'config.firewall.ruleset["{key}"].allowedHosts')


def test_the_list_of_a_ruleset_is_replaced_whole(host: Any, first: Any) -> None:
    firewall = host.configManager.firewallSystem
    firewall.UpdateRuleset("sshServer", spec("192.0.2.5", networks=(("192.0.2.16", 28),)))
    assert allowed(first, "sshServer") == {
        "allIp": False,
        "ipAddress": ["192.0.2.5"],
        "ipNetwork": [{"network": "192.0.2.16", "prefixLength": 28}],
    }
    firewall.UpdateRuleset("sshServer", spec("2001:db8::1"))
    assert allowed(first, "sshServer") == {"allIp": False, "ipAddress": ["2001:db8::1"]}


def test_an_empty_list_closes_the_ruleset_to_everybody(host: Any, first: Any) -> None:
    host.configManager.firewallSystem.UpdateRuleset("sshServer", spec())
    assert allowed(first, "sshServer") == {"allIp": False}


def test_the_two_flags_are_read_each_on_its_own(host: Any, first: Any) -> None:
    firewall = host.configManager.firewallSystem
    firewall.UpdateRuleset("vpxHeartbeats", spec("192.0.2.5"))
    assert allowed(first, "vpxHeartbeats")["ipAddress"] == ["192.0.2.5"]
    with pytest.raises(vim.fault.HostConfigFault):
        firewall.DisableRuleset("vpxHeartbeats")


def test_a_required_ruleset_cannot_be_disabled_but_its_list_can_be_narrowed(host: Any, first: Any) -> None:
    firewall = host.configManager.firewallSystem
    with pytest.raises(vim.fault.HostConfigFault, match="required"):
        firewall.DisableRuleset("sshServer")
    firewall.UpdateRuleset("sshServer", spec("192.0.2.5"))
    assert first.get('config.firewall.ruleset["sshServer"].enabled') is True


def test_a_ruleset_of_the_system_can_be_neither_enabled_nor_disabled(host: Any, sim: Any) -> None:
    before = sim.dump()
    with pytest.raises(vim.fault.HostConfigFault):
        host.configManager.firewallSystem.EnableRuleset("nfsClient")
    with pytest.raises(vim.fault.HostConfigFault):
        host.configManager.firewallSystem.DisableRuleset("vMotion")
    assert sim.dump() == before


def test_a_list_that_is_not_configurable_is_refused(host: Any, sim: Any) -> None:
    before = sim.dump()
    with pytest.raises(vim.fault.HostConfigFault):
        host.configManager.firewallSystem.UpdateRuleset("nfsClient", spec("192.0.2.5"))
    assert sim.dump() == before


def test_a_ruleset_of_the_user_opens_and_closes(host: Any, first: Any) -> None:
    firewall = host.configManager.firewallSystem
    firewall.EnableRuleset("syslog")
    assert first.get('config.firewall.ruleset["syslog"].enabled') is True
    firewall.DisableRuleset("syslog")
    assert first.get('config.firewall.ruleset["syslog"].enabled') is False


def test_closing_the_last_ruleset_of_an_automatic_service_stops_it(host: Any, first: Any) -> None:
    first.set('config.firewall.ruleset["dpd"].userControllable', True)
    first.set('config.firewall.ruleset["dpd"].enabled', True)
    for policy, expected in (("on", True), ("automatic", False)):
        first.set('config.service.service["dpd"].policy', policy)
        first.set('config.service.service["dpd"].running', True)
        host.configManager.firewallSystem.DisableRuleset("dpd")
        assert first.get('config.service.service["dpd"].running') is expected


def test_starting_ssh_touches_no_ruleset(host: Any, first: Any) -> None:
    before = first.get("config.firewall")
    host.configManager.serviceSystem.StopService("TSM-SSH")
    host.configManager.serviceSystem.StartService("TSM-SSH")
    assert first.get("config.firewall") == before


@pytest.mark.parametrize("method", ["EnableRuleset", "DisableRuleset"])
def test_an_unknown_ruleset_is_not_found(host: Any, method: str) -> None:
    with pytest.raises(vim.fault.NotFound):
        getattr(host.configManager.firewallSystem, method)("noSuchRuleset")
    with pytest.raises(vim.fault.NotFound):
        host.configManager.firewallSystem.UpdateRuleset("noSuchRuleset", spec("192.0.2.5"))


@pytest.mark.parametrize(
    "bad",
    [spec("not an address"), spec("192.0.2.0/24"), spec(networks=(("192.0.2.0", 99),)), spec(networks=(("x", 8),))],
)
def test_what_is_no_address_is_an_invalid_argument(host: Any, sim: Any, bad: Any) -> None:
    before = sim.dump()
    with pytest.raises(vmodl.fault.InvalidArgument):
        host.configManager.firewallSystem.UpdateRuleset("sshServer", bad)
    assert sim.dump() == before


def test_the_default_policy_changes_only_where_it_is_stated(host: Any, first: Any) -> None:
    firewall = host.configManager.firewallSystem
    firewall.UpdateDefaultPolicy(vim.host.FirewallInfo.DefaultPolicy(outgoingBlocked=False))
    assert first.get("config.firewall.defaultPolicy") == {"incomingBlocked": True, "outgoingBlocked": False}
    assert firewall.firewallInfo.defaultPolicy.outgoingBlocked is False
    firewall.RefreshFirewall()
