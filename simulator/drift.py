# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeded variety: how hosts differ from the way they left the installer."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache

from . import network
from .sdk import Value
from .values import from_plain, parse_path, position, replace, swap, with_plain

KINDS = ("mixed", "none", "shipped")
_SSH = 'service["TSM-SSH"].'
_SECURITY = ("allowPromiscuous", "macChanges", "forgedTransmits")
Changes = tuple[tuple[str, Value], ...]


@lru_cache(maxsize=4096)
def _varied(part: Value, changes: Changes) -> Value:
    """``part`` with ``changes``; hosts that drift alike share the outcome."""
    for path, plain in changes:
        part = with_plain(part, parse_path(path), plain)
    return part


def _options(options: Value, changes: Changes) -> Value:
    if not changes:
        return options
    known = options.__dict__.setdefault("_varied", {})
    if changes not in known:
        made = options
        for key, plain in changes:
            at = position(made, key)
            made = swap(made, at, replace(made[at], value=from_plain(plain, object, made[at].value)))
        known[changes] = made
    return known[changes]


def plan(kind: str, seed: int, number: int) -> Callable[[Value], Value] | None:
    """How host ``number`` drifts: a function on its configuration, None if not at all. Same seed, same drift."""
    if kind != "mixed":
        return None
    # Not a secret: the variety has to be the same on every run.
    dice = random.Random(f"{seed}:{number}")  # noqa: S311
    service = _service_drift(dice)
    options = _option_drift(dice)
    firewall = _firewall_drift(dice)
    net = _network_drift(dice)
    also_vmotion = dice.random() < 0.15

    def drift(config: Value) -> Value:
        info = config.virtualNicManagerInfo
        if also_vmotion:
            info = network.nic_manager_info(config.network.vnic, {"management": ["vmk0"], "vmotion": ["vmk0", "vmk1"]})
        changed = config.network
        for path, plain in net:
            changed = with_plain(changed, parse_path(path), plain)
        return replace(
            config,
            service=_varied(config.service, service),
            option=_options(config.option, options),
            firewall=_varied(config.firewall, firewall),
            network=network.settle(changed) if net else changed,
            virtualNicManagerInfo=info,
        )

    return drift


def _service_drift(dice: random.Random) -> Changes:
    roll = dice.random()
    if roll < 0.2:
        return ((_SSH + "running", False), (_SSH + "policy", "off"))
    if roll < 0.3:
        return ((_SSH + "running", False),)
    if roll < 0.4:
        return (('service["TSM"].running', True), ('service["TSM"].policy', "on"))
    return ()


def _option_drift(dice: random.Random) -> Changes:
    changes: list[tuple[str, Value]] = []
    if dice.random() < 0.4:
        changes.append(("UserVars.ESXiShellTimeOut", dice.choice([300, 600, 3600])))
    if dice.random() < 0.4:
        changes.append(("UserVars.ESXiShellInteractiveTimeOut", dice.choice([300, 900])))
    if dice.random() < 0.3:
        changes.append(("Security.AccountLockFailures", dice.choice([3, 5])))
    if dice.random() < 0.2:
        changes.append(("Config.HostAgent.plugins.solo.enableMob", False))
    if dice.random() < 0.2:
        changes.append(("UserVars.SuppressShellWarning", 1))
    return tuple(changes)


def _firewall_drift(dice: random.Random) -> Changes:
    if dice.random() < 0.15:
        return (
            ('ruleset["sshServer"].allowedHosts.allIp', False),
            ('ruleset["sshServer"].allowedHosts.ipAddress', ("10.10.255.10",)),
        )
    if dice.random() < 0.1:
        return (("defaultPolicy.incomingBlocked", False),)
    return ()


def _network_drift(dice: random.Random) -> Changes:
    changes: list[tuple[str, Value]] = []
    if dice.random() < 0.3:
        changes.append(('portgroup["Management Network"].spec.vlanId', 10))
    if dice.random() < 0.3:
        changes.append((f'vswitch["vSwitch0"].spec.policy.security.{dice.choice(_SECURITY)}', dice.random() < 0.5))
    if dice.random() < 0.25:
        group = dice.choice(["VM Network", "Guests", "Management Network"])
        changes.append((f'portgroup["{group}"].spec.policy.security.{dice.choice(_SECURITY)}', True))
    return tuple(changes)
