# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving one host the configuration of another, its names and addresses kept."""

from __future__ import annotations

from . import network
from .sdk import Value
from .values import replace


def stamped(model: Value, own: Value) -> Value:
    """The configuration ``model`` as a host with the identity of ``own`` would have it."""
    mine = {nic.device: nic for nic in own.network.vnic}
    nics = [_adapter(nic, mine.get(nic.device)) for nic in model.network.vnic]
    net = network.settle(
        replace(
            model.network,
            vnic=nics,
            pnic=own.network.pnic,
            dnsConfig=replace(model.network.dnsConfig, hostName=own.network.dnsConfig.hostName),
        )
    )
    return replace(model, host=own.host, network=net)


def _adapter(model: Value, own: Value) -> Value:
    if own is None:
        return model
    spec = replace(model.spec, ip=own.spec.ip, mac=own.spec.mac)
    return replace(model, spec=spec)
