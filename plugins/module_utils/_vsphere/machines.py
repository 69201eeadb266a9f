# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which virtual machines are attached to the management port groups of standard switches."""

from __future__ import annotations

import typing as t

from . import sdk
from .networking import management_port_groups
from .query import Rows, filter_spec, property_spec, read_pages, types
from .session import Session, collect_error
from .wire import MoRef


class Machines:
    """Which virtual machines are attached to the management networks: one request, none where there is no such network.

    ``attached``: {host: {network name: [machine names]}}. ``hidden``: {host: why it cannot be told}; what a user is not
    allowed to see is not the same as nothing.
    """

    def __init__(self, session: Session, rows: Rows) -> None:
        self.attached: dict[str, dict[str, list[str]]] = {}
        self.hidden: dict[str, str] = {}
        users: dict[str, list[str]] = {}
        names = {moid: str(values.get("name")) for (kind, moid), (values, _no) in rows.items() if kind == "Network"}
        for (kind, host), (values, _missing) in rows.items():
            if kind == "HostSystem":
                self._find_networks(host, values, names, users)
        if users:
            self._read(session, users, names)

    def _find_networks(
        self, host: str, values: t.Mapping[str, t.Any], names: t.Mapping[str, str], users: dict[str, list[str]]
    ) -> None:
        visible = {
            names[network.moid]: network.moid for network in values.get("network") or [] if network.moid in names
        }
        for group in management_port_groups(values):
            if group in visible:
                users.setdefault(visible[group], []).append(host)
            else:
                self.hidden[host] = f"the network {group} is not visible to this user."

    def _read(self, session: Session, users: t.Mapping[str, list[str]], names: t.Mapping[str, str]) -> None:
        vim = sdk.vim
        props = [property_spec(vim.Network, {"vm"}), property_spec(vim.VirtualMachine, {"name", "runtime.host"})]
        way = types().TraversalSpec(name="vm", type=vim.Network, path="vm", skip=False)
        objects = [
            types().ObjectSpec(obj=session.managed(MoRef("Network", moid)), skip=False, selectSet=[way])
            for moid in users
        ]
        try:
            rows = read_pages(session, [filter_spec(props, objects)])
        except sdk.fault_classes() as fault:
            raise collect_error(fault, session.user) from fault
        for moid, hosts in users.items():
            values, missing = rows.get(("Network", moid), ({}, {}))
            reason = missing.get("vm", "")
            for machine in values.get("vm") or []:
                reason = reason or self._attach(names[moid], rows.get(("VirtualMachine", machine.moid), ({}, {}))[0])
            if reason:
                self.hidden.update(dict.fromkeys(hosts, reason))

    def _attach(self, network: str, machine: t.Mapping[str, t.Any]) -> str:
        """Note a machine with its host; or say why that cannot be done."""
        host = machine.get("runtime.host")
        if host is None:
            return f"a virtual machine on {network} is not visible to this user."
        self.attached.setdefault(host.moid, {}).setdefault(network, []).append(str(machine.get("name", "unnamed")))
        return ""
