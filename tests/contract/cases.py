# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the laws are tried with: for each resource some objects, the drift set by hand, and what is asked of them.

A resource, or a writable field of one, that no case here asks for fails the suite (test_laws.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SSH = 'config.service.service["TSM-SSH"]'
SHELL = 'config.service.service["TSM"]'
SSH_RULES = 'config.firewall.ruleset["sshServer"]'
POLICY = "config.firewall.defaultPolicy"
TIMEOUT = "UserVars.ESXiShellTimeOut"
SWITCH = 'config.network.vswitch["vSwitch0"].spec.policy.security'
GUESTS = 'config.network.portgroup["Guests"].spec'
CARRIERS = 'config.virtualNicManagerInfo.netConfig["{}"].selectedVnic'
LISTED = {f"{SSH_RULES}.allowedHosts": {"allIp": False, "ipAddress": ["10.9.9.9"]}}
OPEN_GUESTS = {f"{GUESTS}.policy.security": {"allowPromiscuous": True, "macChanges": True, "forgedTransmits": True}}


@dataclass(frozen=True)
class Case:
    """One object of one resource on a host as shipped.

    ``drift`` is set by hand first, path by path. ``fields`` is asked for. ``calls`` are the writes it takes, in order.
    ``moves`` are the paths of the dump that may differ afterwards, below the host's config.
    """

    id: str
    resource: str
    key: str
    fields: Mapping[str, Any]
    calls: tuple[str, ...]
    moves: tuple[str, ...]
    drift: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.id


def _service(name: str) -> str:
    return f"service.service[{name}]"


def _rules(name: str) -> str:
    return f"firewall.ruleset[{name}]"


def _switch(*fields: str) -> tuple[str, ...]:
    """A switch's policy, and what the port groups on it inherit."""
    groups = ("Management Network", "VM Network")
    return tuple(
        path
        for field in fields
        for path in (
            f"network.vswitch[VirtualSwitch-vSwitch0].spec.policy.security.{field}",
            *(f"network.portgroup[PortGroup-{group}].computedPolicy.security.{field}" for group in groups),
        )
    )


def _group(name: str, *fields: str) -> tuple[str, ...]:
    return tuple(
        f"network.portgroup[PortGroup-{name}].{where}.security.{field}"
        for field in fields
        for where in ("spec.policy", "computedPolicy")
    )


def _carriers(service: str) -> str:
    return f"adapterServices.{service}"


CASES = (
    Case(
        "service-stop", "service", "TSM-SSH", {"running": False}, ("StopService",), (_service("TSM-SSH") + ".running",)
    ),
    Case("service-start", "service", "TSM", {"running": True}, ("StartService",), (_service("TSM") + ".running",)),
    Case(
        "service-policy",
        "service",
        "TSM-SSH",
        {"policy": "off"},
        ("UpdateServicePolicy",),
        (_service("TSM-SSH") + ".policy",),
    ),
    Case(
        "service-both",
        "service",
        "TSM-SSH",
        {"running": False, "policy": "off"},
        ("UpdateServicePolicy", "StopService"),
        (_service("TSM-SSH") + ".running", _service("TSM-SSH") + ".policy"),
    ),
    Case(
        "ruleset-disable",
        "firewall",
        "updateManager",
        {"enabled": False},
        ("DisableRuleset",),
        (_rules("updateManager") + ".enabled",),
    ),
    Case(
        "ruleset-enable", "firewall", "syslog", {"enabled": True}, ("EnableRuleset",), (_rules("syslog") + ".enabled",)
    ),
    Case(
        "ruleset-allow-list",
        "firewall",
        "sshServer",
        {"all_ip": False, "allowed": ["2001:DB8:0::7", "10.0.0.0/24", "10.0.0.5/32"]},
        ("UpdateRuleset",),
        (
            _rules("sshServer") + ".allowedHosts.allIp",
            _rules("sshServer") + ".allowedHosts.ipAddress",
            _rules("sshServer") + ".allowedHosts.ipNetwork",
        ),
    ),
    Case(
        "ruleset-other-list",
        "firewall",
        "sshServer",
        {"allowed": ["10.0.0.5"]},
        ("UpdateRuleset",),
        (_rules("sshServer") + ".allowedHosts.ipAddress",),
        LISTED,
    ),
    Case(
        "ruleset-open",
        "firewall",
        "sshServer",
        {"all_ip": True},
        ("UpdateRuleset",),
        (_rules("sshServer") + ".allowedHosts.allIp",),
        LISTED,
    ),
    Case(
        "ruleset-list-and-switch",
        "firewall",
        "syslog",
        {"enabled": True, "all_ip": False, "allowed": ["10.0.0.0/8"]},
        ("UpdateRuleset", "EnableRuleset"),
        (
            _rules("syslog") + ".enabled",
            _rules("syslog") + ".allowedHosts.allIp",
            _rules("syslog") + ".allowedHosts.ipNetwork",
        ),
    ),
    Case(
        "incoming-blocked",
        "firewall_policy",
        "default",
        {"incoming_blocked": True},
        ("UpdateDefaultPolicy",),
        ("firewall.defaultPolicy.incomingBlocked",),
        {f"{POLICY}.incomingBlocked": False},
    ),
    Case(
        "outgoing-blocked",
        "firewall_policy",
        "default",
        {"outgoing_blocked": True},
        ("UpdateDefaultPolicy",),
        ("firewall.defaultPolicy.outgoingBlocked",),
        {f"{POLICY}.outgoingBlocked": False},
    ),
    Case("option-long", "option", TIMEOUT, {"value": 600}, ("UpdateOptions",), (f"options.{TIMEOUT}",)),
    Case(
        "option-int",
        "option",
        "Config.HostAgent.plugins.vimsvc.authValidateInterval",
        {"value": 90},
        ("UpdateOptions",),
        ("options.Config.HostAgent.plugins.vimsvc.authValidateInterval",),
    ),
    Case(
        "option-boolean",
        "option",
        "Config.HostAgent.plugins.solo.enableMob",
        {"value": False},
        ("UpdateOptions",),
        ("options.Config.HostAgent.plugins.solo.enableMob",),
        {'config.option["Config.HostAgent.plugins.solo.enableMob"].value': True},
    ),
    Case(
        "option-string",
        "option",
        "Config.Etc.issue",
        {"value": "Authorised use only: \u00e4, <b> & more."},
        ("UpdateOptions",),
        ("options.Config.Etc.issue",),
    ),
    Case(
        "option-choice",
        "option",
        "Config.HostAgent.distributedTracing",
        {"value": "info"},
        ("UpdateOptions",),
        ("options.Config.HostAgent.distributedTracing",),
    ),
    Case(
        "switch-promiscuous",
        "vswitch",
        "vSwitch0",
        {"promiscuous_mode": False},
        ("UpdateVirtualSwitch",),
        _switch("allowPromiscuous"),
        {f"{SWITCH}.allowPromiscuous": True},
    ),
    Case("switch-mac", "vswitch", "vSwitch0", {"mac_changes": False}, ("UpdateVirtualSwitch",), _switch("macChanges")),
    Case(
        "switch-forged",
        "vswitch",
        "vSwitch0",
        {"forged_transmits": False},
        ("UpdateVirtualSwitch",),
        _switch("forgedTransmits"),
    ),
    Case(
        "switch-all",
        "vswitch",
        "vSwitch0",
        {"promiscuous_mode": False, "mac_changes": False, "forged_transmits": False},
        ("UpdateVirtualSwitch",),
        _switch("allowPromiscuous", "macChanges", "forgedTransmits"),
        {f"{SWITCH}.allowPromiscuous": True},
    ),
    Case(
        "group-vlan",
        "port_group",
        "Guests",
        {"vlan_id": 77},
        ("UpdatePortGroup",),
        ("network.portgroup[PortGroup-Guests].spec.vlanId",),
    ),
    Case(
        "group-promiscuous",
        "port_group",
        "Guests",
        {"promiscuous_mode": False},
        ("UpdatePortGroup",),
        _group("Guests", "allowPromiscuous"),
        OPEN_GUESTS,
    ),
    Case(
        "group-mac-inherited",
        "port_group",
        "Guests",
        {"mac_changes": False},
        ("UpdatePortGroup",),
        _group("Guests", "macChanges"),
    ),
    Case(
        "group-forged",
        "port_group",
        "Guests",
        {"forged_transmits": False},
        ("UpdatePortGroup",),
        _group("Guests", "forgedTransmits"),
        OPEN_GUESTS,
    ),
    Case(
        "group-accept-again",
        "port_group",
        "Guests",
        {"mac_changes": True},
        ("UpdatePortGroup",),
        _group("Guests", "macChanges"),
        {f"{GUESTS}.policy.security.macChanges": False},
    ),
    Case(
        "group-management",
        "port_group",
        "Management Network",
        {"vlan_id": 110, "mac_changes": False, "forged_transmits": False},
        ("UpdatePortGroup",),
        (
            "network.portgroup[PortGroup-Management Network].spec.vlanId",
            *_group("Management Network", "macChanges", "forgedTransmits"),
        ),
    ),
    Case(
        "vmkernel-add",
        "vmkernel_service",
        "vsan",
        {"adapters": ["vmk2"]},
        ("SelectVnicForNicType",),
        (_carriers("vsan"),),
    ),
    Case(
        "vmkernel-remove",
        "vmkernel_service",
        "vmotion",
        {"adapters": ["vmk1"]},
        ("DeselectVnicForNicType",),
        (_carriers("vmotion"),),
        {CARRIERS.format("vmotion"): [f"vmotion.key-vim.host.VirtualNic-vmk{n}" for n in (0, 1)]},
    ),
    Case(
        "vmkernel-move",
        "vmkernel_service",
        "management",
        {"adapters": ["vmk2"]},
        ("SelectVnicForNicType", "DeselectVnicForNicType"),
        (_carriers("management"),),
    ),
)
