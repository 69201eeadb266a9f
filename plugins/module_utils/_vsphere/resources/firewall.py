# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host firewall: the rulesets with their allow-lists, and the default policy.

An allow-list is written together with all_ip in one UpdateRuleset: two requests would open or close the ruleset to
everybody in between.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ..._engine.driver import Calls
from ..._engine.errors import PlanError
from ..._engine.model import Change, Fields, Needs, Snapshot, State, Want
from .base import Base, Plain, read_value, words

Network: t.TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


def parse_hosts(values: t.Sequence[t.Any], key: str) -> list[str]:
    """Addresses and networks in canonical text, sorted, each once. PlanError names the one that is malformed."""
    networks: set[Network] = set()
    for value in values:
        try:
            networks.add(ipaddress.ip_network(str(value).strip()))
        except ValueError as error:
            raise PlanError(
                f"{value!r} is no address or network: {_remedy(str(value), error)}", resource="ruleset", key=key
            ) from error
    ordered = sorted(networks, key=lambda network: (network.version, int(network.network_address), network.prefixlen))
    return [_text(network) for network in ordered]


def _remedy(value: str, error: ValueError) -> str:
    try:
        meant = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return f"{error}."
    return f"host bits are set. Write {meant} for the network, or {value.split('/')[0]} for the one address."


def _text(network: Network) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _allowed(hosts: Plain) -> list[str]:
    singles = [str(address) for address in hosts.get("ipAddress", [])]
    networks = [f"{entry['network']}/{entry['prefixLength']}" for entry in hosts.get("ipNetwork", [])]
    listed = [ipaddress.ip_network(text, strict=False) for text in singles + networks]
    return parse_hosts([str(network) for network in listed], "")


class Firewall(Base):
    """Rulesets; fields: enabled, all_ip (bool), allowed (canonical addresses and networks, sorted).

    Read-only fields: required, user_controllable, ip_list_configurable (the last two exist from 8.0.2; absent counts as
    true), service, ports (text).
    """

    name = "firewall"
    noun = "ruleset"
    order = 40
    array = "config.firewall.ruleset"
    manager = "firewallSystem"
    inner = ("has_list",)
    types: t.ClassVar[dict[str, type]] = {"enabled": bool, "all_ip": bool, "allowed": list}

    def fields(self, element: Plain) -> Fields:
        """HostFirewallRuleset as fields."""
        hosts = element.get("allowedHosts")
        return {
            "enabled": bool(element.get("enabled")),
            "all_ip": bool(hosts.get("allIp", True)) if hosts else True,
            "allowed": _allowed(hosts) if hosts else [],
            "has_list": hosts is not None,
            "required": bool(element.get("required", False)),
            "user_controllable": bool(element.get("userControllable", True)),
            "ip_list_configurable": bool(element.get("ipListUserConfigurable", True)),
            "service": str(element.get("service", "")),
            "ports": _ports(element.get("rule", [])),
        }

    def settle(self, key: str, field: str, want: Want, fields: Fields) -> Want:
        """Addresses are parsed, so that 10.0.0.5/32 equals 10.0.0.5 and order says nothing."""
        if field == "allowed" and want.op in ("subset_of", "contains", "excludes"):
            want = Want(want.op, self.form(key, field, want.value, fields), want.set)
        return super().settle(key, field, want, fields)

    def form(self, key: str, field: str, value: t.Any, fields: Fields) -> t.Any:
        """Lists in canonical text."""
        value = super().form(key, field, value, fields)
        return parse_hosts(value, key) if field == "allowed" else value

    def check(self, changes: t.Sequence[Change], state: State) -> None:
        """Refuse an empty allow-list, and what the ruleset's own flags forbid."""
        key = changes[0].key
        fields = dict(state[key])
        touched = {change.field for change in changes}
        fields.update({change.field: change.after for change in changes})
        if touched & {"all_ip", "allowed"}:
            if not fields["has_list"]:
                raise self._refusal(key, "this host keeps no allow-lists.", "They exist from ESXi 5.0.")
            if not fields["ip_list_configurable"]:
                raise self._refusal(key, "the host does not let its allow-list be changed.", "Leave it out.")
            if not fields["all_ip"] and not fields["allowed"]:
                raise self._refusal(
                    key,
                    "an empty allow-list shuts everybody out, vCenter too.",
                    "Name the networks, or disable the ruleset.",
                )
        if "enabled" in touched and fields["required"] and not fields["enabled"]:
            raise self._refusal(
                key, "the host needs it and does not let it be disabled.", "Narrow its allow-list instead."
            )
        if "enabled" in touched and not fields["user_controllable"]:
            raise self._refusal(key, "the host switches it itself.", "Switch the service or feature it belongs to.")

    def _refusal(self, key: str, what: str, hint: str) -> PlanError:
        return PlanError(what, resource=self.noun, key=key, hint=hint)

    def groups(self, changes: t.Sequence[Change]) -> list[list[Change]]:
        """Per ruleset the list first, then the switch: what is opened is never open to more than it should be."""
        groups: list[list[Change]] = []
        for of_key in super().groups(sorted(changes, key=lambda c: c.key)):
            lists = [change for change in of_key if change.field != "enabled"]
            switch = [change for change in of_key if change.field == "enabled"]
            groups.extend(group for group in (lists, switch) if group)
        return groups

    def write(self, calls: Calls, group: t.Sequence[Change], snapshot: Snapshot) -> None:
        """One UpdateRuleset with flag and list together, or one EnableRuleset or DisableRuleset."""
        key = group[0].key
        after = {change.field: change.after for change in group}
        if "enabled" in after:
            calls.call(self.manager, "EnableRuleset" if after["enabled"] else "DisableRuleset", id=key)
            return
        fields = {**self.read(snapshot)[key], **after}
        singles = [text for text in fields["allowed"] if "/" not in text]
        networks = [text.split("/") for text in fields["allowed"] if "/" in text]
        hosts = {
            "allIp": fields["all_ip"],
            "ipAddress": singles,
            "ipNetwork": [{"network": network, "prefixLength": int(prefix)} for network, prefix in networks],
        }
        calls.call(self.manager, "UpdateRuleset", id=key, spec={"allowedHosts": hosts})

    def title(self, key: str, fields: Fields) -> str:
        """With the ports that pass."""
        ports = fields.get("ports")
        return f"firewall ruleset {key} ({ports})" if ports else f"firewall ruleset {key}"

    def show(self, fields: Fields) -> dict[str, str]:
        """The list only counts when all_ip is false."""
        allowed = "everyone" if fields["all_ip"] else words(fields["allowed"])
        return {"enabled": words(fields["enabled"]), "allowed": allowed}


def _ports(rules: t.Sequence[Plain]) -> str:
    inbound = dict.fromkeys(str(rule.get("port")) for rule in rules if rule.get("direction") == "inbound")
    outbound = dict.fromkeys(str(rule.get("port")) for rule in rules if rule.get("direction") == "outbound")
    parts = [f"{', '.join(ports)} {way}" for ports, way in ((inbound, "in"), (outbound, "out")) if ports]
    return "; ".join(parts)


class FirewallPolicy(Base):
    """Traffic that no ruleset names. One object, key "default"; fields incoming_blocked, outgoing_blocked."""

    name = "firewall_policy"
    noun = "firewall default policy"
    order = 41
    array = "config.firewall.defaultPolicy"
    manager = "firewallSystem"
    types: t.ClassVar[dict[str, type]] = {"incoming_blocked": bool, "outgoing_blocked": bool}

    def needs(self, desired: t.Any) -> Needs:
        """One path."""
        return self.catalog_needs()

    def read(self, snapshot: Snapshot) -> State:
        """HostFirewallDefaultPolicy as fields."""
        policy = read_value(snapshot, self.array, self.noun)
        if policy is None:
            return {}
        return {
            "default": {
                "incoming_blocked": bool(policy.get("incomingBlocked")),
                "outgoing_blocked": bool(policy.get("outgoingBlocked")),
            }
        }

    def write(self, calls: Calls, group: t.Sequence[Change], snapshot: Snapshot) -> None:
        """One UpdateDefaultPolicy with both flags: the call replaces the whole policy."""
        fields = {**self.read(snapshot)["default"], **{change.field: change.after for change in group}}
        policy = {"incomingBlocked": fields["incoming_blocked"], "outgoingBlocked": fields["outgoing_blocked"]}
        calls.call(self.manager, "UpdateDefaultPolicy", defaultPolicy=policy)

    def title(self, key: str, fields: Fields) -> str:
        """There is only one."""
        return "firewall default policy"
