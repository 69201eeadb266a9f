# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory state as canonical JSON text, without anything that changes by itself."""

from __future__ import annotations

import json

from . import profile
from .network import selected_nics
from .sdk import Value
from .snapshot import HostState, Snapshot
from .values import json_text, same

_TOLD_OTHERWISE = ("option", "optionDef", "virtualNicManagerInfo")


def dump(state: Snapshot) -> str:
    """Hosts, machines and networks. Of the advanced options, those that differ from the host's profile."""
    hosts = ",\n".join(_host(host) for host in sorted(state.hosts, key=lambda host: host.number))
    machines = [{"moid": vm.moid, "name": vm.name, "host": vm.host, "network": vm.network} for vm in state.machines]
    networks = {item.name: sorted(item.hosts) for item in state.networks}
    members: dict[str, list[str]] = {item.moid: [] for item in state.clusters}
    for host in state.hosts:
        members[host.cluster].append(host.moid)
    clusters = [{"moid": item.moid, "name": item.name, "hosts": members[item.moid]} for item in state.clusters]
    rest = {"clusters": clusters, "networks": networks, "vms": machines}
    return f'{{"hosts": [\n{hosts}\n],\n"inventory": {json.dumps(rest, sort_keys=True)}}}\n'


def _host(host: HostState) -> str:
    config = host.config
    parts = {
        name: json_text(value)
        for name, value in config.__dict__.items()
        if not (
            name.startswith("_") or name in _TOLD_OTHERWISE or value is None or (isinstance(value, list) and not value)
        )
    }
    services = selected_nics(config.virtualNicManagerInfo)
    parts["adapterServices"] = json.dumps({name: nics for name, nics in services.items() if nics}, sort_keys=True)
    shipped = profile.load()
    parts["options"] = json.dumps(_options(shipped.option, config.option), sort_keys=True)
    runtime = {
        "connectionState": str(host.runtime.connectionState),
        "inMaintenanceMode": bool(host.runtime.inMaintenanceMode),
        "powerState": str(host.runtime.powerState),
    }
    inner = ", ".join(f'"{name}": {parts[name]}' for name in sorted(parts))
    head = f'"moid": {json.dumps(host.moid)}, "name": {json.dumps(host.name)}'
    state = f'"runtime": {json.dumps(runtime, sort_keys=True)}, "profile": "{shipped.version}"'
    return f'{{{head}, {state}, "config": {{{inner}}}}}'


def _options(shipped: Value, now: Value) -> dict[str, Value]:
    if shipped is now:
        return {}
    known = {item.key: item for item in shipped}
    return {item.key: item.value for item in now if item.key not in known or not same(known[item.key], item)}
