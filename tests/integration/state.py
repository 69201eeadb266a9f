# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the practice vSphere: read by hand, never with the collection's own modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator import PracticeVsphere
    from simulator.world import Call

SSH = 'config.service.service["TSM-SSH"]'
SHELL_TIMEOUT = 'config.option["UserVars.ESXiShellTimeOut"].value'
WRITES = {
    "UpdateServicePolicy": "services",
    "StartService": "services",
    "StopService": "services",
    "UpdateOptions": "services",
    "UpdateRuleset": "firewall",
    "EnableRuleset": "firewall",
    "DisableRuleset": "firewall",
    "UpdateDefaultPolicy": "firewall",
    "UpdateVirtualSwitch": "network",
    "UpdatePortGroup": "network",
    "SelectVnicForNicType": "network",
    "DeselectVnicForNicType": "network",
}
"""Every method that changes a host, and the wall it belongs to."""
ADMITTED = [("127.0.0.0", 8), ("192.0.2.16", 28), ("192.0.2.40", 30)]
MANAGEMENT = ("sshServer", "vSphereClient")
OPEN = {"dns", "updateManager", *MANAGEMENT}
LIMITS = {"ESXiShellTimeOut": 600, "ESXiShellInteractiveTimeOut": 900, "DcuiTimeOut": 600}


def host_of(sim: PracticeVsphere, call: Call) -> str:
    """The host a call was about: the ids of its managers end in its number."""
    number = call.moid.rsplit("-", 1)[-1]
    return next(name for name in sim.host_names if sim.host(name).moid == f"host-{number}")


def writes(sim: PracticeVsphere) -> list[tuple[str, str, str]]:
    """Every call that changes something, in order: host, wall, method."""
    return [(host_of(sim, call), WRITES[call.method], call.method) for call in sim.calls if call.method in WRITES]


def reads(sim: PracticeVsphere) -> int:
    """Requests that read properties."""
    return sim.count("RetrievePropertiesEx") + sim.count("ContinueRetrievePropertiesEx")


def open_ends(sim: PracticeVsphere, name: str) -> list[str]:
    """What is still open on a host after hardening as the tests' site asks; empty when nothing is."""
    host = sim.host(name)
    found = [f"{path}: {host.get(path)!r}" for path, value in _exactly().items() if host.get(path) != value]
    found += _out_of_range(host)
    for key in MANAGEMENT:
        allowed = host.get(f'config.firewall.ruleset["{key}"].allowedHosts')
        listed = sorted((entry["network"], entry["prefixLength"]) for entry in allowed.get("ipNetwork", []))
        if allowed["allIp"] or allowed.get("ipAddress") or listed != ADMITTED:
            found.append(f"{key}: {allowed}")
    for rule in host.get("config.firewall.ruleset"):
        if rule["enabled"] and rule["userControllable"] and rule["key"] not in OPEN:
            found.append(f"ruleset {rule['key']} is open")
    for path in ("config.network.vswitch", "config.network.portgroup"):
        found += [f"{path}: {element}" for element in host.get(path) if any(_policy(element).values())]
    if adapters(sim, name, "management") != ["vmk0"]:
        found.append(f"management on {adapters(sim, name, 'management')}")
    if "vmk0" in adapters(sim, name, "vmotion"):
        found.append("vMotion on vmk0")
    return found


def close_by_hand(sim: PracticeVsphere, name: str) -> None:
    """Set everything on a host that the tests' site asks for, with none of the collection's help."""
    host = sim.host(name)
    for path, value in _exactly().items():
        host.set(path, value)
    for key in LIMITS:
        host.set(f'config.option["UserVars.{key}"].value', 300)
    networks = [{"network": network, "prefixLength": length} for network, length in ADMITTED]
    for rule in host.get("config.firewall.ruleset"):
        path = f'config.firewall.ruleset["{rule["key"]}"]'
        if rule["key"] in MANAGEMENT:
            host.set(f"{path}.allowedHosts", {"allIp": False, "ipAddress": [], "ipNetwork": networks})
        elif rule["key"] not in OPEN and rule["userControllable"]:
            host.set(f"{path}.enabled", False)
    refused = {"allowPromiscuous": False, "macChanges": False, "forgedTransmits": False}
    for switch in ("vSwitch0", "vSwitch1"):
        host.set(f'config.network.vswitch["{switch}"].spec.policy.security', refused)
    if found := open_ends(sim, name):
        raise AssertionError(f"{name} is not closed: {found}")


def adapters(sim: PracticeVsphere, name: str, service: str) -> list[str]:
    """The vmkernel adapters that carry a service."""
    selected = sim.host(name).get(f'config.virtualNicManagerInfo.netConfig["{service}"]').get("selectedVnic", [])
    return sorted(key.rsplit("-", 1)[-1] for key in selected)


def _exactly() -> dict[str, Any]:
    services = {"TSM-SSH": (False, "off"), "TSM": (False, "off"), "ntpd": (True, "on")}
    services |= dict.fromkeys(("slpd", "sfcbd-watchdog", "snmpd"), (False, "off"))
    options = {
        "UserVars.SuppressShellWarning": 0,
        "DCUI.Access": "root",
        "Annotations.WelcomeMessage": "Authorised use only.",
        "Config.Etc.issue": "Authorised use only.",
    }
    wanted: dict[str, Any] = {f'config.option["{key}"].value': value for key, value in options.items()}
    for key, (running, policy) in services.items():
        wanted[f'config.service.service["{key}"].running'] = running
        wanted[f'config.service.service["{key}"].policy'] = policy
    wanted['config.service.service["DCUI"].policy'] = "on"
    wanted["config.firewall.defaultPolicy"] = {"incomingBlocked": True, "outgoingBlocked": True}
    wanted['config.network.portgroup["Management Network"].spec.vlanId'] = 110
    return wanted


def _out_of_range(host: Any) -> list[str]:
    values = {key: host.get(f'config.option["UserVars.{key}"].value') for key in LIMITS}
    return [f"{key}: {value}" for key, value in values.items() if not 1 <= value <= LIMITS[key]]


def _policy(element: dict[str, Any]) -> dict[str, bool]:
    policy = element.get("computedPolicy") or element["spec"]["policy"]
    return dict(policy["security"])


def on_call(sim: PracticeVsphere, method: str, act: Callable[[], None], nth: int = 1) -> None:
    """Do something at the moment the ``nth`` call of a method arrives, before it is answered."""

    class Watched(list):  # type: ignore[type-arg]
        """The record of calls, with an ear."""

        left = nth

        def append(self, call: Any) -> None:
            """Record, then act when it is time."""
            super().append(call)
            if call.method == method:
                self.left -= 1
                if self.left == 0:
                    act()

    sim.world.calls = Watched(sim.world.calls)
