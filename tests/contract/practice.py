# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How tests drive the engine against the practice vSphere, and how they look at what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.apply import converge
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import HypervisorError
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import Desired, State, Target, Want
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.plan import make_plan, needs_of
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.run import converge_one, failure_of
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import (
    RESOURCES,
    Endpoint,
    VsphereConnection,
    connect,
)
from simulator import PracticeVsphere
from simulator.sdk import build, vim

HOST = "esx-01.practice"
READS = frozenset(
    {
        "RetrieveServiceContent",
        "Login",
        "Logout",
        "RetrievePropertiesEx",
        "ContinueRetrievePropertiesEx",
        "CancelRetrievePropertiesEx",
    }
)


def endpoint(sim: PracticeVsphere, **other: Any) -> Endpoint:
    """The practice vCenter with its certificate trusted; ``other`` replaces options."""
    given: dict[str, Any] = {
        "hostname": sim.address,
        "username": sim.username,
        "password": sim.password,
        "port": sim.port,
        "ca_file": str(sim.certificate),
    }
    return Endpoint(**(given | other))


@contextmanager
def signed_in(sim: PracticeVsphere, **other: Any) -> Iterator[VsphereConnection]:
    """A connection that is closed afterwards."""
    connection = connect(endpoint(sim, **other))
    try:
        yield connection
    finally:
        connection.close()


def asked(resource: str, key: str, *, control: str = "", **fields: Any) -> Desired:
    """Fields that are to equal these values, or to meet a Want: asked as a module does or, named, as a control does."""
    want = {name: value if isinstance(value, Want) else Want("equals", value) for name, value in fields.items()}
    return Desired(resource, (key,), want, control=control)


def target(sim: PracticeVsphere, name: str = HOST) -> Target:
    """The host as a Target, without asking the vCenter."""
    return Target(name, sim.host(name).moid, "embeddedEsx", "8.0.3")


def writes(sim: PracticeVsphere) -> list[str]:
    """The methods called that change something, in order."""
    return [call.method for call in sim.calls if call.method not in READS]


def converged(sim: PracticeVsphere, *rows: Desired, check: bool = False, name: str = HOST) -> dict[str, Any]:
    """The task's result, as run_module makes it: the failed result where a HypervisorError came up."""
    with signed_in(sim) as connection:
        try:
            return converge_one(lambda: connection, RESOURCES, target(sim, name), rows, check=check)
        except HypervisorError as error:
            return failure_of(error)


def refused(sim: PracticeVsphere, *rows: Desired, check: bool = False) -> HypervisorError:
    """The error that these rows end in."""
    with signed_in(sim) as connection:
        try:
            converge(lambda: connection, RESOURCES, target(sim), rows, check=check)
        except HypervisorError as error:
            return error
    raise AssertionError("nothing was refused")


def read_state(sim: PracticeVsphere, *rows: Desired) -> dict[str, State]:
    """What the resources of these rows read of the host now, whole."""
    with signed_in(sim) as connection:
        snapshot = connection.collect([target(sim)], needs_of(RESOURCES, rows))[0]
        return {row.resource: RESOURCES[row.resource].read(snapshot) for row in rows}


def planned(sim: PracticeVsphere, *rows: Desired) -> Any:
    """The plan for these rows, from one live read."""
    with signed_in(sim) as connection:
        snapshot = connection.collect([target(sim)], needs_of(RESOURCES, rows))[0]
        return make_plan(RESOURCES, snapshot, rows)


def difference(before: str, after: str) -> list[str]:
    """The paths at which two dumps differ; elements of arrays go by their key or name."""
    return sorted(_differences(json.loads(before), json.loads(after), ""))


def _differences(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, list) and isinstance(other, list) and (labelled := _labelled(one) | _labelled(other)):
        mine, theirs = _labelled(one), _labelled(other)
        for label in labelled:
            yield from _differences(mine.get(label), theirs.get(label), f"{path}[{label}]")
    elif isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from _differences(one.get(name), other.get(name), f"{path}.{name}".lstrip("."))
    elif one != other:
        yield path


def _labelled(array: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in array:
        if not isinstance(item, dict):
            return {}
        label = item.get("moid") or item.get("nicType") or item.get("key") or item.get("device")
        if label is None:
            return {}
        found[str(label).removeprefix("key-vim.host.")] = item
    return found


def add_option(sim: PracticeVsphere, key: str, value: Any, name: str = HOST) -> None:
    """A host that has one more advanced option."""
    host = sim.host(name)
    config = host.config
    kinds = vim.option
    definition = build(
        kinds.OptionDef,
        key=key,
        label=key,
        summary=key,
        optionType=build(kinds.StringOption, defaultValue="", valueIsReadonly=False),
    )
    host.change(
        option=[*config.option, build(kinds.OptionValue, key=key, value=value)],
        optionDef=[*config.optionDef, definition],
    )


@dataclass
class Tap:
    """The SOAP requests as they went over the wire."""

    bodies: list[str] = field(default_factory=list)

    def paths(self) -> list[set[str]]:
        """The property paths of each retrieval."""
        return [
            {path.replace("&quot;", '"') for path in re.findall(r"<pathSet>(.*?)</pathSet>", body)}
            for body in self.bodies
            if "<RetrievePropertiesEx" in body
        ]

    def sent(self, method: str) -> list[str]:
        """The requests of one method."""
        return [body for body in self.bodies if f"<{method} " in body]


@contextmanager
def tapped(sim: PracticeVsphere) -> Iterator[Tap]:
    """Listens in between the practice vSphere's socket and the vSphere behind it."""
    tap = Tap()
    server = sim._server
    inner = server.application

    def listen(request: Any) -> Any:
        tap.bodies.append(request.body.decode())
        return inner(request)

    server.application = listen
    try:
        yield tap
    finally:
        server.application = inner


def set_all(sim: PracticeVsphere, values: Mapping[str, Any], name: str = HOST) -> None:
    """Drift by hand."""
    for path, value in values.items():
        sim.host(name).set(path, value)
