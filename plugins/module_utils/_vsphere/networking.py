# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the networking resources share: paths, security policies, who carries the management service."""

from __future__ import annotations

import copy
import typing as t

from .._engine.model import Change

Plain = dict[str, t.Any]

VMK_NETCONFIG = "config.virtualNicManagerInfo.netConfig"
PORT_GROUPS = "config.network.portgroup"
VNICS = "config.network.vnic"
NETWORK_VMS = "network_vms"
"""Related read: {network name: [names of this host's virtual machines on it]} for the management networks."""

SECURITY: t.Final = {
    "promiscuous_mode": "allowPromiscuous",
    "mac_changes": "macChanges",
    "forged_transmits": "forgedTransmits",
}
"""Our field: property of HostNetworkSecurityPolicy."""


def security_of(policy: Plain | None) -> dict[str, bool | None]:
    """The three switches of a HostNetworkPolicy; None where it is unset, which means inherited."""
    security = (policy or {}).get("security") or {}
    return {field: security.get(name) for field, name in SECURITY.items()}


def with_changes(spec: Plain, changes: t.Sequence[Change]) -> Plain:
    """A copy of a switch's or port group's spec with the changed policy fields set; None takes one out (inherit)."""
    made = copy.deepcopy(spec)
    policy = made.setdefault("policy", {})
    security = policy.setdefault("security", {})
    for change in changes:
        field = change.field.removesuffix("_own")
        if field not in SECURITY:
            continue
        if change.after is None:
            security.pop(SECURITY[field], None)
        else:
            security[SECURITY[field]] = change.after
    return made


def management_adapters(netconfig: t.Any) -> list[str]:
    """Devices of the vmkernel adapters that carry the management service, from virtualNicManagerInfo.netConfig."""
    return adapters_by_service(netconfig).get("management", [])


def adapters_by_service(netconfig: t.Any) -> dict[str, list[str]]:
    """{nic type: [vmk devices]}. A selected adapter is named by the key of a candidate, which names the device."""
    services: dict[str, list[str]] = {}
    for config in netconfig or []:
        devices = {nic.get("key"): nic.get("device") for nic in config.get("candidateVnic", [])}
        chosen = [
            str(devices.get(key) or str(key).rsplit("VirtualNic-", 1)[-1]) for key in config.get("selectedVnic", [])
        ]
        services[str(config.get("nicType"))] = sorted(chosen)
    return services


def management_port_groups(values: t.Mapping[str, t.Any]) -> list[str]:
    """Names of the standard port groups behind the management vmkernel adapters."""
    devices = set(management_adapters(values.get(VMK_NETCONFIG)))
    return sorted(
        {nic["portgroup"] for nic in values.get(VNICS) or [] if nic.get("device") in devices and nic.get("portgroup")}
    )
