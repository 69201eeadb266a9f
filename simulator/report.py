# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory state as canonical JSON text, without anything that changes by itself."""

from __future__ import annotations

import json

from .host import Host
from .inventory import Inventory
from .network import selected_nics
from .sdk import Value
from .values import json_text, same

_TOLD_OTHERWISE = ("option", "optionDef", "virtualNicManagerInfo")


def dump(inventory: Inventory) -> str:
    """Hosts, machines and networks. Of the advanced options, those that differ from the host's profile."""
    hosts = ",\n".join(_host(host) for host in sorted(inventory.hosts, key=lambda host: host.number))
    machines = [{"moid": m.moid, "name": m.name, "host": m.host.moid, "network": m.network.name} for m in inventory.vms]
    networks = {name: sorted(item.hosts) for name, item in inventory.networks.items()}
    clusters = [{"moid": c.moid, "name": c.name, "hosts": [host.moid for host in c.hosts]} for c in inventory.clusters]
    rest = {"clusters": clusters, "networks": networks, "vms": machines}
    return f'{{"hosts": [\n{hosts}\n],\n"inventory": {json.dumps(rest, sort_keys=True)}}}\n'


def _host(host: Host) -> str:
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
    parts["options"] = json.dumps(_options(host), sort_keys=True)
    runtime = {
        "connectionState": host.connection_state,
        "inMaintenanceMode": bool(host.runtime.inMaintenanceMode),
        "powerState": str(host.runtime.powerState),
    }
    inner = ", ".join(f'"{name}": {parts[name]}' for name in sorted(parts))
    head = f'"moid": {json.dumps(host.moid)}, "name": {json.dumps(host.name)}'
    state = f'"runtime": {json.dumps(runtime, sort_keys=True)}, "profile": "{host.profile.version}"'
    return f'{{{head}, {state}, "config": {{{inner}}}}}'


def _options(host: Host) -> dict[str, Value]:
    shipped, now = host.profile.option, host.config.option
    if shipped is now:
        return {}
    known = {item.key: item for item in shipped}
    return {item.key: item.value for item in now if item.key not in known or not same(known[item.key], item)}
