# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot as a file: JSON in which every value is written once and says its type where that is not plain.

Parts of a configuration that a host shares with its profile are named and not written; of the options, only those that
differ are.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict
from pathlib import Path

from . import profile
from .sdk import F_OPTIONAL, DataObject, Long, ManagedObject, Value, build, moref, properties, vim, wsdl_name, wsdl_type
from .snapshot import ClusterState, HostState, MachineState, NetworkState, Snapshot
from .values import from_plain, position, replace, same, swap

FORMAT = "practice vSphere 1"
_SHIPPED = {"product": "product", "service": "service", "firewall": "firewall", "optionDef": "option_def"}
_TYPE = "_type"


def read(path: Path) -> Snapshot:
    """The snapshot in a file; ValueError of one line that names the file and what is wrong."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text") from error
    except ValueError as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error


def text(state: Snapshot) -> str:
    """A snapshot as JSON text: the same state, the same text."""
    pool = _Pool()
    hosts = [_host_out(host, pool) for host in state.hosts]
    whole = {
        "format": FORMAT,
        "ids": state.ids,
        "clusters": [asdict(item) for item in state.clusters],
        "networks": [asdict(item) for item in state.networks],
        "machines": [asdict(item) for item in state.machines],
        "hosts": hosts,
        "values": pool.values,
    }
    rows = (f"{json.dumps(name)}: {_rows(value)}" for name, value in whole.items())
    return "{" + ",\n".join(rows) + "}\n"


def _rows(value: Value) -> str:
    """JSON, one line for each element of a list."""
    if not isinstance(value, list):
        return json.dumps(value, sort_keys=True)
    return "[\n" + ",\n".join(json.dumps(item, sort_keys=True) for item in value) + "]"


def parse(whole: str) -> Snapshot:
    """The snapshot in a text; ValueError that says what is wrong."""
    try:
        data = json.loads(whole)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError(f"not a saved state: format is not {FORMAT!r}")
        return _checked(_snapshot(data))
    except LookupError as error:
        raise ValueError(f"not a saved state: {error.args[0]} is missing or unknown") from error
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a saved state: {error}") from error


def _snapshot(data: dict[str, Value]) -> Snapshot:
    values = _Values(data["values"])
    ids = {str(name): int(number) for name, number in data["ids"].items()}
    return Snapshot(
        tuple(ClusterState(**item) for item in data["clusters"]),
        tuple(_host_in(item, values) for item in data["hosts"]),
        tuple(NetworkState(item["number"], item["name"], tuple(item["hosts"])) for item in data["networks"]),
        tuple(MachineState(**item) for item in data["machines"]),
        ids,
    )


def _checked(state: Snapshot) -> Snapshot:
    """ValueError if something hangs on what is not there."""
    clusters = {f"domain-c{item.number}" for item in state.clusters}
    hosts = {f"host-{item.number}" for item in state.hosts}
    networks = {item.name for item in state.networks}
    for host in state.hosts:
        _need(host.cluster in clusters, f"{host.name} is in {host.cluster}, which is not there")
    for network in state.networks:
        _need(hosts.issuperset(network.hosts), f"{network.name} is on a host that is not there")
    for vm in state.machines:
        _need(vm.host in hosts and vm.network in networks, f"{vm.name} hangs on what is not there")
    everything: tuple[Value, ...] = (*state.clusters, *state.hosts, *state.networks, *state.machines)
    _need(all(_whole(item.number) for item in everything), "a number is needed for each object")
    _need(all(_whole(host.boots) for host in state.hosts), "boots is a number")
    _need(all(isinstance(item.name, str) for item in everything), "a name is needed for each object")
    return state


def _whole(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _need(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)


class _Pool:
    """Values written once each, however many hosts share them."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._places: dict[int, int] = {}
        self._texts: dict[str, int] = {}

    def place(self, value: Value, declared: Value) -> int:
        known = self._places.get(id(value))
        if known is None:
            plain = to_typed(value, declared)
            written = json.dumps(plain, sort_keys=True)
            known = self._texts.get(written)
            if known is None:
                known = self._texts[written] = len(self.values)
                self.values.append(plain)
            self._places[id(value)] = known
        return known


class _Values:
    """The values of a file; hosts that shared one share it again."""

    def __init__(self, plain: list[Value]) -> None:
        self._plain = plain
        self._made: dict[tuple[int, Value], Value] = {}

    def value(self, place: int, declared: Value) -> Value:
        key = (place, declared)
        if key not in self._made:
            self._made[key] = from_typed(self._plain[place], declared)
        return self._made[key]


def _host_out(host: HostState, pool: _Pool) -> dict[str, Value]:
    shipped = profile.load()
    parts: dict[str, Value] = {}
    options: dict[str, Value] = {}
    for name, info in properties(vim.host.ConfigInfo).items():
        value = getattr(host.config, name)
        if name == "option" and [item.key for item in value] == [item.key for item in shipped.option]:
            options = _option_changes(value, shipped.option)
        elif value is None or (isinstance(value, list) and not value):
            continue
        elif name not in _SHIPPED or value is not getattr(shipped, _SHIPPED[name]):
            parts[name] = pool.place(value, info.type)
        else:
            parts[name] = "shipped"
    told = {"number": host.number, "name": host.name, "cluster": host.cluster, "boots": host.boots}
    runtime = pool.place(host.runtime, vim.host.RuntimeInfo)
    return {**told, "runtime": runtime, "config": parts, "options": options}


def _option_changes(now: Value, shipped: Value) -> dict[str, Value]:
    if now is shipped:
        return {}
    pairs = zip(now, shipped, strict=True)
    return {item.key: to_typed(item.value, object) for item, old in pairs if not same(item, old)}


def _host_in(told: dict[str, Value], values: _Values) -> HostState:
    shipped = profile.load()
    known = properties(vim.host.ConfigInfo)
    parts: dict[str, Value] = {"option": shipped.option}
    for name, place in told["config"].items():
        ours = place == "shipped" and name in _SHIPPED
        parts[name] = getattr(shipped, _SHIPPED[name]) if ours else values.value(place, known[name].type)
    for key, plain in told["options"].items():
        at = position(parts["option"], key)
        changed = replace(parts["option"][at], value=from_typed(plain, object))
        parts["option"] = swap(parts["option"], at, changed)
    config = build(vim.host.ConfigInfo, **parts)
    for needed in ("network", "virtualNicManagerInfo", "service", "firewall", "optionDef", "product"):
        _need(getattr(config, needed) is not None, f"{told['name']} has no {needed}")
    runtime = values.value(told["runtime"], vim.host.RuntimeInfo)
    return HostState(told["number"], told["name"], told["cluster"], told["boots"], runtime, config)


def to_typed(value: Value, declared: Value) -> Value:
    """Plain data from which :func:`from_typed` makes the same value, given the same declared type."""
    if isinstance(value, DataObject):
        kind = type(value)
        made = {
            name: to_typed(item, info.type)
            for name, info in properties(kind).items()
            if (item := getattr(value, name)) is not None and not (isinstance(item, list) and not item)
        }
        return made if kind is declared else {**made, _TYPE: wsdl_name(kind)}
    if isinstance(value, list):
        return [to_typed(item, declared.Item) for item in value]
    if isinstance(value, ManagedObject):
        return {_TYPE: wsdl_name(type(value)), "moid": value._moId}
    if isinstance(value, Long) and declared is object:
        return {_TYPE: "long", "value": int(value)}
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    return int(value) if isinstance(value, int) else str(value)


def from_typed(plain: Value, declared: Value) -> Value:
    """The value that :func:`to_typed` wrote; ValueError, KeyError or TypeError if it is none."""
    if isinstance(plain, dict):
        return _object(plain, declared)
    if isinstance(plain, list):
        _need(None not in plain, "null in a list")
        return declared([from_typed(item, declared.Item) for item in plain])
    if issubclass(declared, datetime.datetime):
        return datetime.datetime.fromisoformat(plain)
    if issubclass(declared, bytes):
        return bytes.fromhex(plain)
    return from_plain(plain, declared)


def _object(plain: dict[str, Value], declared: Value) -> Value:
    named = plain.get(_TYPE)
    if named == "long":
        return Long(plain["value"])
    kind = wsdl_type(named) if named else declared
    if not issubclass(kind, declared):
        raise ValueError(f"{named} is not a {wsdl_name(declared)}")
    if issubclass(kind, ManagedObject):
        return moref(kind, str(plain["moid"]))
    known = properties(kind)
    made = build(kind, **{name: from_typed(item, known[name].type) for name, item in plain.items() if name != _TYPE})
    for name, info in known.items():
        complete = getattr(made, name) is not None or info.flags & F_OPTIONAL
        _need(bool(complete), f"{name} is missing from {wsdl_name(kind)}")
    return made
