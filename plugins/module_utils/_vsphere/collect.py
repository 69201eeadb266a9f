# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading: one paged RetrievePropertiesEx for N hosts, whatever the resources declared. Resources never fetch.

A fleet costs ceil(objects / 100) requests, and one more where it has to be known which virtual machines are attached to
the management port groups.
"""

from __future__ import annotations

import dataclasses
import functools
import time
import typing as t

from .._engine.errors import CollectError, PlanError
from .._engine.model import Needs, Snapshot, Target
from . import faults, managers, sdk
from .machines import Machines
from .networking import NETWORK_VMS, PORT_GROUPS, VMK_NETCONFIG, VNICS
from .query import KEYED, PAGE, Rows, filter_spec, property_spec, read_pages, types
from .session import Session, collect_error
from .wire import MoRef

_IDENTITY = ("name", "parent", "runtime.connectionState", "summary.config.product")

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


@dataclasses.dataclass(frozen=True)
class Fleet:
    """All hosts of an endpoint: snapshots and places, by managed object id."""

    snapshots: t.Mapping[str, Snapshot]
    places: t.Mapping[str, Place]

    @functools.cached_property
    def by_name(self) -> dict[str, list[Target]]:
        """Hosts by name; a name that several have stands for all of them."""
        found: dict[str, list[Target]] = {}
        for snapshot in self.snapshots.values():
            found.setdefault(snapshot.target.name, []).append(snapshot.target)
        return found

    def keepers(self, ref: str) -> dict[str, MoRef]:
        """{manager: reference} of one host."""
        return managers.references(self.snapshots[ref].values)

    def named(self, name: str) -> Target:
        """The one host of this name; PlanError when none or several have it."""
        found = self.by_name.get(name, [])
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


Keepers = dict[str, dict[str, MoRef]]
"""{host: {manager: reference}}"""


def collect_fleet(session: Session, needs: Needs) -> Fleet:
    """Every host below the root folder, with what was asked for, and where it stands."""
    root = session.reference("rootFolder")
    rows = _retrieve(session, needs | Needs(frozenset(managers.PATHS)), [root], _tree_ways())
    places = {moid: _place(rows, moid) for (kind, moid) in rows if kind == "HostSystem"}
    snapshots = _snapshots(session, rows, needs)
    return Fleet({snapshot.target.ref: snapshot for snapshot in snapshots}, places)


def collect_hosts(session: Session, moids: t.Sequence[str], needs: Needs, keepers: Keepers) -> list[Snapshot]:
    """These hosts only, in the order given, from the managers that answer for them.

    A manager that turns out not to exist is taken out of ``keepers``.
    """
    references = [MoRef("HostSystem", moid) for moid in moids]
    rows = _retrieve(session, needs, references, _host_network_way() if needs.related else [], keepers)
    by_ref = {snapshot.target.ref: snapshot for snapshot in _snapshots(session, rows, needs)}
    missing = [moid for moid in moids if moid not in by_ref]
    if missing:
        raise CollectError(f"the host {missing[0]} is no longer in the inventory.", hint="Refresh the inventory.")
    return [by_ref[moid] for moid in moids]


def collect_keepers(session: Session, moids: t.Sequence[str]) -> dict[str, dict[str, MoRef]]:
    """{host: {manager: reference}}, for hosts of which nothing was read before."""
    rows = _retrieve(session, Needs(frozenset(managers.PATHS)), [MoRef("HostSystem", moid) for moid in moids], [])
    return {moid: managers.references(rows["HostSystem", moid][0]) for moid in moids if ("HostSystem", moid) in rows}


def _tree_ways() -> list[t.Any]:
    ways = []
    for name, (kind, path, onward) in _WAYS.items():
        ways.append(
            types().TraversalSpec(
                name=name,
                type=getattr(sdk.vim, kind),
                path=path,
                skip=False,
                selectSet=[types().SelectionSpec(name=next_way) for next_way in onward],
            )
        )
    return ways


def _host_network_way() -> list[t.Any]:
    return [types().TraversalSpec(name="network", type=sdk.vim.HostSystem, path="network", skip=False)]


def _retrieve(
    session: Session,
    needs: Needs,
    start: t.Sequence[MoRef],
    ways: list[t.Any],
    keepers: Keepers | None = None,
) -> Rows:
    """The paged read. A server that knows no keyed paths is asked again for the whole arrays; a manager that is named
    but not there is left out, and the host's configuration asked instead."""
    request = _Request(session, needs, start, ways, keepers or {})
    while True:
        try:
            return request.read()
        except sdk.vmodl.query.InvalidProperty as fault:
            request.widen(faults.property_of(fault), fault)
        except sdk.vmodl.fault.ManagedObjectNotFound as fault:
            request.without(getattr(getattr(fault, "obj", None), "_moId", ""), fault)
        except sdk.fault_classes() as fault:
            raise collect_error(fault, session.user) from fault


class _Request:
    """What is asked of hosts and their managers, and how the answers are put back together."""

    def __init__(
        self,
        session: Session,
        needs: Needs,
        start: t.Sequence[MoRef],
        ways: list[t.Any],
        keepers: Keepers,
    ) -> None:
        self.session = session
        self.related = bool(needs.related)
        self.paths = set(needs.paths)
        if self.related:
            self.paths |= {"network", VMK_NETCONFIG, PORT_GROUPS, VNICS}
        self.start = start
        self.ways = ways
        self.keepers = keepers

    def read(self) -> Rows:
        page = PAGE * (1 + len(self._kept()))  # a hundred hosts with their managers
        rows = read_pages(self.session, [filter_spec(self._props(), self._objects())], page)
        for host, kept in self.keepers.items():
            for manager, reference in kept.items():
                values, missing = rows.pop((reference.kind, reference.moid), ({}, {}))
                into = rows.setdefault(("HostSystem", host), ({}, {}))
                for told, kept_in in ((values, into[0]), (missing, into[1])):
                    kept_in.update({managers.config_path(manager, own): value for own, value in told.items()})
        return rows

    def _kept(self) -> dict[str, set[str]]:
        """{manager: its own paths}, of the managers that are asked."""
        present = {manager for kept in self.keepers.values() for manager in kept}
        asked: dict[str, set[str]] = {}
        for path in self.paths:
            home = managers.home_of(path)
            if home and home[0] in present:
                asked.setdefault(home[0], set()).add(home[1])
        return asked

    def _props(self) -> list[t.Any]:
        vim = sdk.vim
        kept = self._kept()
        of_host = {path for path in self.paths if (managers.home_of(path) or ("", ""))[0] not in kept}
        props = [property_spec(vim.HostSystem, {*_IDENTITY, *of_host})]
        props += [property_spec(kind, {"name", "parent"}) for kind in (vim.Folder, vim.Datacenter, vim.ComputeResource)]
        if self.related:
            props.append(property_spec(vim.Network, {"name"}))
        kinds = {manager: reference.kind for kept_by in self.keepers.values() for manager, reference in kept_by.items()}
        for manager, own in kept.items():
            props.append(property_spec(sdk.VmomiSupport.GetWsdlType("urn:vim25", kinds[manager]), own))
        return props

    def _objects(self) -> list[t.Any]:
        spec = types().ObjectSpec
        objects = [spec(obj=self.session.managed(each), skip=False, selectSet=self.ways) for each in self.start]
        asked = self._kept()
        for kept in self.keepers.values():
            objects += [
                spec(obj=self.session.managed(reference), skip=False)
                for manager, reference in kept.items()
                if manager in asked
            ]
        return objects

    def widen(self, wrong: str, fault: BaseException) -> None:
        """Ask for whole arrays instead of the keyed path that was refused."""
        names = {wrong} | {managers.config_path(manager, wrong) for manager in managers.MANAGERS}
        for name in names:
            wider = _widened(self.paths, name)
            if wider != self.paths:
                self.paths = wider
                return
        raise CollectError(
            f"the server knows no property {wrong or 'of this request'}.", hint="Is it very old or very new?"
        ) from fault

    def without(self, moid: str, fault: BaseException) -> None:
        """Leave out a manager that does not exist."""
        for kept in self.keepers.values():
            for manager, reference in list(kept.items()):
                if reference.moid == moid:
                    del kept[manager]
                    return
        raise collect_error(fault, self.session.user) from fault


def _widened(paths: set[str], wrong: str) -> set[str]:
    """The refused keyed path (or all keyed ones, when the server does not say which) replaced by its whole array."""
    stem = wrong.split("[", 1)[0]
    refused = {path for path in paths if KEYED.search(path) and (not wrong or path.split("[", 1)[0] == stem)}
    if not refused and wrong in paths:
        return paths - {wrong}
    return (paths - refused) | {KEYED.sub("", path) for path in refused}


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
    machines = Machines(session, rows) if needs.related else None
    taken = time.time()
    snapshots = []
    for moid, (values, missing) in hosts.items():
        if machines is not None and moid in machines.hidden:
            missing[NETWORK_VMS] = machines.hidden[moid]
        elif machines is not None:
            values[NETWORK_VMS] = machines.attached.get(moid, {})
        snapshots.append(Snapshot(_target(moid, values), values, needs, missing, taken))
    return snapshots


def _target(moid: str, values: t.Mapping[str, t.Any]) -> Target:
    product = values.get("summary.config.product") or {}
    return Target(
        name=str(values.get("name", moid)),
        ref=moid,
        product=str(product.get("productLineId", "")),
        version=str(product.get("version", "")),
        state=str(values.get("runtime.connectionState", "in an unknown state")),
    )
