# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostFirewallSystem: rulesets, who they admit, and the default policy."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ..managed import HostManager, operation
from ..sdk import Fault, Value, fault, invalid_argument
from ..values import replace

if TYPE_CHECKING:
    from ..world import Caller


class FirewallSystem(HostManager):
    """The flags of a ruleset are its rules: required, userControllable, ipListUserConfigurable."""

    kind = "HostFirewallSystem"

    def prop_firewallInfo(self, caller: Caller) -> Value:
        return self.host.told(caller, manager=True).firewall

    def _find(self, key: str) -> tuple[int, Value]:
        for index, item in enumerate(self.host.config.firewall.ruleset):
            if item.key == key:
                return index, item
        raise fault("NotFound", f"The object or item referred to could not be found: ruleset {key}")

    def _store(self, index: int, item: Value) -> None:
        self.host.change_item("firewall", "ruleset", index, item)

    @operation
    def EnableRuleset(self, _caller: Caller, id: str) -> None:
        self.reach()
        index, item = self._find(id)
        if item.userControllable is False:
            raise _refused(f"The ruleset {id} is controlled by the system and cannot be enabled.")
        self._store(index, replace(item, enabled=True))

    @operation
    def DisableRuleset(self, _caller: Caller, id: str) -> None:
        """Closes a ruleset; a service with the policy ``automatic`` stops with the last ruleset it needs."""
        self.reach()
        index, item = self._find(id)
        if item.required:
            raise _refused(f"The ruleset {id} is required and cannot be disabled.")
        if item.userControllable is False:
            raise _refused(f"The ruleset {id} is controlled by the system and cannot be disabled.")
        self._store(index, replace(item, enabled=False))
        self._stop_automatic_services(id)

    def _stop_automatic_services(self, closed: str) -> None:
        open_sets = {item.key for item in self.host.config.firewall.ruleset if item.enabled}
        for index, item in enumerate(self.host.config.service.service):
            idle = closed in item.ruleset and not open_sets.intersection(item.ruleset)
            if idle and item.policy == "automatic" and item.running:
                self.host.change_item("service", "service", index, replace(item, running=False))

    @operation
    def UpdateRuleset(self, _caller: Caller, id: str, spec: Value) -> None:
        self.reach()
        index, item = self._find(id)
        if item.ipListUserConfigurable is False:
            raise _refused(f"The list of allowed addresses of the ruleset {id} cannot be configured.")
        allowed = spec.allowedHosts
        for address in allowed.ipAddress:
            _check_address(address)
        for network in allowed.ipNetwork:
            _check_network(network)
        self._store(index, replace(item, allowedHosts=allowed))

    @operation
    def UpdateDefaultPolicy(self, _caller: Caller, defaultPolicy: Value) -> None:
        """Sets what is stated; what is left unset stays as it is."""
        self.reach()
        firewall = self.host.config.firewall
        stated = {
            name: value
            for name in ("incomingBlocked", "outgoingBlocked")
            if (value := getattr(defaultPolicy, name)) is not None
        }
        self.host.change(firewall=replace(firewall, defaultPolicy=replace(firewall.defaultPolicy, **stated)))

    @operation
    def RefreshFirewall(self, _caller: Caller) -> None:
        self.reach()
        self.host.refreshed("firewall")


def _refused(text: str) -> Fault:
    return fault("HostConfigFault", text)


def _check_address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise invalid_argument("spec.allowedHosts.ipAddress", f"{text} is not an address") from error


def _check_network(value: Value) -> None:
    try:
        ipaddress.ip_network(f"{value.network}/{value.prefixLength}", strict=False)
    except ValueError as error:
        text = f"{value.network}/{value.prefixLength} is not a network"
        raise invalid_argument("spec.allowedHosts.ipNetwork", text) from error
