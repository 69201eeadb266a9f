# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading: one paged RetrievePropertiesEx for N hosts, whatever the resources declared. Resources never fetch.

A fleet costs ceil(objects / 100) requests, and one more where it has to be known which virtual machines are attached to
the management port groups.
"""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t

from .._engine.errors import CollectError, ConnectError, PlanError
from .._engine.model import Needs, Snapshot, Target
from . import faults, sdk
from .networking import NETWORK_VMS, PORT_GROUPS, VMK_NETCONFIG, VNICS, management_port_groups
from .session import Session, collect_error
from .wire import MoRef, plain

PAGE = 100
"""Objects a page: what vCenter itself prefers, and small enough to keep memory flat."""

_IDENTITY = ("name", "parent", "runtime.connectionState", "summary.config.product")
_KEYED = re.compile(r'\["([^"]*)"\]$')

# type: (property that leads down, type it starts from); the whole way from the root folder to hosts and networks
_WAYS = {
    "folder": ("Folder", "childEntity", ("folder", "hosts", "networks", "compute")),
    "hosts": ("Datacenter", "hostFolder", ("folder",)),
    "networks": ("Datacenter", "network", ()),
    "compute": ("ComputeResource", "host", ()),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a host stands: names of its datacenter and its cluster (empty for a standalone host)."""

    datacenter: str = ""
    cluster: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.datacenter, self.cluster) if part) or "/"


@dataclasses.dataclass(frozen=True, slots=True)
class Fleet:
    """All hosts of an endpoint: snapshots and places, by managed object id."""

    snapshots: t.Mapping[str, Snapshot]
    places: t.Mapping[str, Place]

    def named(self, name: str) -> Target:
        """The one host of this name; PlanError when none or several have it."""
        found = [snapshot.target for snapshot in self.snapshots.values() if snapshot.target.name == name]
        if len(found) == 1:
            return found[0]
        if not found:
            raise PlanError(
                f"there is no host {name} in this inventory ({len(self.snapshots)} hosts seen).",
                hint="Use the name vCenter shows for it.",
            )
        raise duplicate(name, [str(self.places[target.ref]) for target in found])


def duplicate(name: str, places: t.Sequence[str]) -> PlanError:
    """The error for two hosts of one name, which no task can tell apart."""
    where = ", ".join(sorted(places))
    return PlanError(
        f"{len(places)} hosts are named {name} (in {where}).",
        hint="Narrow the inventory to one of them with datacenters: or clusters:, or rename one.",
    )


def collect_fleet(session: Session, needs: Needs) -> Fleet:
    """Every host below the root folder, with what was asked for, and where it stands."""
    root = session.reference("rootFolder")
    rows = _retrieve(session, needs, [root], _tree_ways())
    places = {moid: _place(rows, moid) for (kind, moid) in rows if kind == "HostSystem"}
    snapshots = _snapshots(session, rows, needs)
    return Fleet({snapshot.target.ref: snapshot for snapshot in snapshots}, places)


def collect_hosts(session: Session, moids: t.Sequence[str], needs: Needs) -> list[Snapshot]:
    """These hosts only, in the order given."""
    references = [MoRef("HostSystem", moid) for moid in moids]
    ways = _host_network_way() if needs.related else []
    rows = _retrieve(session, needs, references, ways)
    by_ref = {snapshot.target.ref: snapshot for snapshot in _snapshots(session, rows, needs)}
    missing = [moid for moid in moids if moid not in by_ref]
    if missing:
        raise CollectError(f"the host {missing[0]} is no longer in the inventory.", hint="Refresh the inventory.")
    return [by_ref[moid] for moid in moids]


Rows = dict[tuple[str, str], tuple[dict[str, t.Any], dict[str, str]]]


def _query() -> t.Any:
    return sdk.vmodl.query.PropertyCollector


def _tree_ways() -> list[t.Any]:
    query = _query()
    ways = []
    for name, (kind, path, onward) in _WAYS.items():
        ways.append(
            query.TraversalSpec(
                name=name,
                type=getattr(sdk.vim, kind),
                path=path,
                skip=False,
                selectSet=[query.SelectionSpec(name=next_way) for next_way in onward],
            )
        )
    return ways


def _host_network_way() -> list[t.Any]:
    return [_query().TraversalSpec(name="network", type=sdk.vim.HostSystem, path="network", skip=False)]


def _retrieve(session: Session, needs: Needs, start: t.Sequence[MoRef], ways: list[t.Any]) -> Rows:
    """The paged read. A server that knows no keyed paths is asked again for the whole arrays."""
    paths = set(needs.paths)
    while True:
        try:
            return _read_pages(session, _specs(session, needs, paths, start, ways))
        except sdk.vmodl.query.InvalidProperty as fault:
            wrong = faults.property_of(fault)
            wider = _widened(paths, wrong)
            if wider == paths:
                raise CollectError(
                    f"the server knows no property {wrong or 'of this request'}.", hint="Is it very old or very new?"
                ) from fault
            paths = wider
        except sdk.fault_classes() as fault:
            raise collect_error(fault, session.user) from fault


def _widened(paths: set[str], wrong: str) -> set[str]:
    """The refused keyed path (or all keyed ones, when the server does not say which) replaced by its whole array."""
    stem = wrong.split("[", 1)[0]
    refused = {path for path in paths if _KEYED.search(path) and (not wrong or path.split("[", 1)[0] == stem)}
    if not refused and wrong in paths:
        return paths - {wrong}
    return (paths - refused) | {_KEYED.sub("", path) for path in refused}


def _specs(session: Session, needs: Needs, paths: set[str], start: t.Sequence[MoRef], ways: list[t.Any]) -> list[t.Any]:
    query = _query()
    vim = sdk.vim
    wanted = {*_IDENTITY, *paths}
    if needs.related:
        wanted |= {"network", VMK_NETCONFIG, PORT_GROUPS, VNICS}
    props = [query.PropertySpec(type=vim.HostSystem, pathSet=sorted(wanted), all=False)]
    for kind in (vim.Folder, vim.Datacenter, vim.ComputeResource):
        props.append(query.PropertySpec(type=kind, pathSet=["name", "parent"], all=False))
    if needs.related:
        props.append(query.PropertySpec(type=vim.Network, pathSet=["name"], all=False))
    objects = [query.ObjectSpec(obj=session.managed(reference), skip=False, selectSet=ways) for reference in start]
    return [query.FilterSpec(propSet=props, objectSet=objects, reportMissingObjectsInResults=False)]


def _read_pages(session: Session, specs: list[t.Any]) -> Rows:
    collector = session.reference("propertyCollector")
    options = _query().RetrieveOptions(maxObjects=PAGE)
    page = session.call(collector, "RetrievePropertiesEx", specSet=specs, options=options)
    rows: Rows = {}
    while page is not None:
        for content in page.objects or []:
            values = {item.name: plain(item.val) for item in content.propSet or []}
            missing = {item.path: faults.explain(item.fault, session.user)[0] for item in content.missingSet or []}
            reference = content.obj
            rows[_kind(reference), reference._moId] = (values, missing)
        token = page.token
        page = session.call(collector, "ContinueRetrievePropertiesEx", token=token) if token else None
    return rows


def _kind(reference: t.Any) -> str:
    for kind in ("HostSystem", "Network", "Datacenter", "Folder", "ComputeResource", "VirtualMachine"):
        if isinstance(reference, getattr(sdk.vim, kind)):
            return kind
    return str(type(reference)._wsdlName)


def _place(rows: Rows, moid: str) -> Place:
    datacenter = cluster = ""
    parent = rows["HostSystem", moid][0].get("parent")
    while parent is not None:
        kind = "ComputeResource" if parent.kind.endswith("ComputeResource") else parent.kind
        values = rows.get((kind, parent.moid), ({}, {}))[0]
        if kind == "ComputeResource" and parent.kind != "ComputeResource":
            cluster = values.get("name", "")
        elif kind == "Datacenter":
            datacenter = values.get("name", "")
        parent = values.get("parent")
    return Place(datacenter, cluster)


def _snapshots(session: Session, rows: Rows, needs: Needs) -> list[Snapshot]:
    hosts = {moid: row for (kind, moid), row in rows.items() if kind == "HostSystem"}
    attached = _management_vms(session, rows) if needs.related else {}
    taken = time.time()
    snapshots = []
    for moid, (values, missing) in hosts.items():
        if needs.related:
            values[NETWORK_VMS] = attached.get(moid, {})
        snapshots.append(Snapshot(_target(moid, values), values, needs, missing, taken))
    return snapshots


def _target(moid: str, values: t.Mapping[str, t.Any]) -> Target:
    product = values.get("summary.config.product") or {}
    return Target(
        name=str(values.get("name", moid)),
        ref=moid,
        product=str(product.get("productLineId", "")),
        version=str(product.get("version", "")),
        state=str(values.get("runtime.connectionState", "connected")),
    )


def _management_vms(session: Session, rows: Rows) -> dict[str, dict[str, list[str]]]:
    """{host moid: {network name: [vm names]}}, one request; none when no host has a management port group."""
    names = {moid: values.get("name") for (kind, moid), (values, _missing) in rows.items() if kind == "Network"}
    wanted: dict[str, str] = {}
    for (kind, _moid), (values, _missing) in rows.items():
        if kind != "HostSystem":
            continue
        groups = set(management_port_groups(values))
        for network in values.get("network") or []:
            if names.get(network.moid) in groups:
                wanted[network.moid] = str(names[network.moid])
    if not wanted:
        return {}
    return _vms_on(session, wanted)


def _vms_on(session: Session, networks: t.Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    query = _query()
    vim = sdk.vim
    props = [
        query.PropertySpec(type=vim.Network, pathSet=["vm"], all=False),
        query.PropertySpec(type=vim.VirtualMachine, pathSet=["name", "runtime.host"], all=False),
    ]
    way = query.TraversalSpec(name="vm", type=vim.Network, path="vm", skip=False)
    objects = [
        query.ObjectSpec(obj=session.managed(MoRef("Network", moid)), skip=False, selectSet=[way]) for moid in networks
    ]
    try:
        rows = _read_pages(session, [query.FilterSpec(propSet=props, objectSet=objects)])
    except ConnectError:
        raise
    except sdk.fault_classes() as fault:
        raise collect_error(fault, session.user) from fault
    attached: dict[str, dict[str, list[str]]] = {}
    for moid, network in networks.items():
        for machine in rows.get(("Network", moid), ({}, {}))[0].get("vm") or []:
            values = rows.get(("VirtualMachine", machine.moid), ({}, {}))[0]
            host = values.get("runtime.host")
            if host is not None:
                attached.setdefault(host.moid, {}).setdefault(network, []).append(str(values.get("name", machine.moid)))
    return attached
