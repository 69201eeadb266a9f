# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run of Ansible shares between its processes: sessions, what was read, which hosts were touched.

Two ways, one face. What the inventory plugin reads stands in a global of the main process, and every worker inherits it
by fork for nothing. Where there was no such inventory, the first worker that needs a fleet reads it under a lock and
leaves it in Ansible's own temporary directory (0700, files 0600), which ends with the run. The main process, which
loads this module before it forks any worker, logs out of every session when it exits.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible import constants as C

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.run import (
    LoginRefused,
    Needs,
    SessionExpired,
    Snapshot,
    Target,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import (
    Endpoint,
    Fleet,
    Place,
    Ticket,
    VsphereConnection,
    connect,
)


@dataclasses.dataclass(frozen=True)
class Held:
    """A session and what was read with it. `seconds` is how long the reading took."""

    endpoint: Endpoint
    ticket: Ticket
    fleet: Fleet
    needs: Needs
    requests: int
    logins: int
    seconds: float

    def target(self, name: str) -> Target | None:
        """The one host of this name, or None. Raises PlanError when two hosts have the name."""
        return self.fleet.named(name) if name in self.fleet.by_name else None

    def snapshot(self, target: Target, needs: Needs, max_age: float) -> Snapshot | None:
        """What was read of a host, if it is enough, young enough, and this run has not touched the host since."""
        snapshot = self.fleet.snapshots.get(target.ref)
        if snapshot is None or not snapshot.covers(needs) or time.time() - snapshot.taken > max_age:
            return None
        return None if touched(self.endpoint, target) else snapshot


_HELD: dict[str, Held] = {}
_MAIN = os.getpid()


def hold(held: Held) -> None:
    """Keep a fleet for the workers to inherit. Called in the main process, by the inventory plugin."""
    _HELD[held.endpoint.key] = held


def held_with(name: str) -> Held | None:
    """The inherited fleet that has a host of this name."""
    return next((held for held in _HELD.values() if name in held.fleet.by_name), None)


def held_for(endpoint: Endpoint) -> Held | None:
    """The inherited fleet of this endpoint."""
    return _HELD.get(endpoint.key)


def read_fleet(endpoint: Endpoint, needs: Needs, ticket: Ticket | None = None) -> Held:
    """Sign in (or go on with a session) and read every host. The session stays alive, its socket does not."""
    started = time.time()
    connection = connect(endpoint, ticket)
    session = connection.session
    with contextlib.ExitStack() as on_failure:
        on_failure.callback(connection.close)
        fleet = connection.fleet(needs)
        on_failure.pop_all()
    session.forget()
    logins, requests = session.logins, session.requests
    return Held(endpoint, session.ticket, fleet, needs, requests, logins, time.time() - started)


def shared(endpoint: Endpoint, needs: Needs) -> Held:
    """The fleet from the run's store; the first who asks fills it, the others wait for the lock and find it."""
    inherited = held_for(endpoint)
    if inherited is not None:
        return inherited
    with _locked(endpoint) as path:
        _refuse_what_was_refused(endpoint)
        found = _load(path, endpoint)
        if found is not None and not needs - found.needs:
            return found
        try:
            held = _more(endpoint, needs, found)
        except LoginRefused as error:
            _file_of(endpoint, ".refused").write_text(json.dumps([error.what, error.hint]), "utf-8")
            raise
        _save(path, held)
        _remember(endpoint)
        return held


def _more(endpoint: Endpoint, needs: Needs, found: Held | None) -> Held:
    """What was found and what is needed besides, read with the session that was found, if it still lives."""
    if found is None:
        return read_fleet(endpoint, needs)
    try:
        return read_fleet(endpoint, needs | found.needs, found.ticket)
    except SessionExpired:
        return read_fleet(endpoint, needs | found.needs)


def _refuse_what_was_refused(endpoint: Endpoint) -> None:
    """A wrong password is tried once a run: once a host would get the account locked."""
    refused = _file_of(endpoint, ".refused")
    if refused.exists():
        what, hint = json.loads(refused.read_text("utf-8"))
        raise LoginRefused(what, hint=hint)


def known(endpoint: Endpoint) -> Held | None:
    """What this run knows of an endpoint already, without asking it."""
    return held_for(endpoint) or _load(_file_of(endpoint, ".json"), endpoint)


def first_use(held: Held) -> bool:
    """True once a run: for the one who is to account for what reading the fleet has cost."""
    try:
        os.close(os.open(_file_of(held.endpoint, ".accounted"), os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def borrow(held: Held) -> VsphereConnection:
    """A connection of this process over the shared session."""
    return connect(held.endpoint, held.ticket, held.fleet)


def _directory() -> Path:
    path = Path(C.DEFAULT_LOCAL_TMP) / "dejima"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _file_of(endpoint: Endpoint, suffix: str) -> Path:
    return _directory() / (hashlib.sha256(endpoint.key.encode()).hexdigest()[:16] + suffix)


@contextlib.contextmanager
def _locked(endpoint: Endpoint) -> Iterator[Path]:
    lock = _file_of(endpoint, ".lock")
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield _file_of(endpoint, ".json")
    finally:
        os.close(descriptor)


def _save(path: Path, held: Held) -> None:
    data = {
        "ticket": dataclasses.asdict(held.ticket),
        "needs": {"paths": sorted(held.needs.paths), "related": sorted(held.needs.related)},
        "requests": held.requests,
        "logins": held.logins,
        "seconds": held.seconds,
        "places": {ref: dataclasses.asdict(place) for ref, place in held.fleet.places.items()},
        "snapshots": [
            {
                "target": dataclasses.asdict(snapshot.target),
                "values": dict(snapshot.values),
                "faults": dict(snapshot.faults),
                "taken": snapshot.taken,
            }
            for snapshot in held.fleet.snapshots.values()
        ],
    }
    scratch = path.with_suffix(".part")
    descriptor = os.open(scratch, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(data, stream)
    scratch.replace(path)


def _load(path: Path, endpoint: Endpoint) -> Held | None:
    if not path.exists():
        return None
    data: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    needs = Needs(frozenset(data["needs"]["paths"]), frozenset(data["needs"]["related"]))
    snapshots = [
        Snapshot(Target(**row["target"]), row["values"], needs, row["faults"], row["taken"])
        for row in data["snapshots"]
    ]
    places = {ref: Place(**place) for ref, place in data["places"].items()}
    fleet = Fleet({snapshot.target.ref: snapshot for snapshot in snapshots}, places)
    counts = data["requests"], data["logins"], data["seconds"]
    return Held(endpoint, Ticket(**data["ticket"]), fleet, needs, *counts)


def touch(endpoint: Endpoint, target: Target) -> None:
    """Note that this run is about to write to a host: what was read before no longer counts."""
    _file_of(endpoint, f".{target.ref}.touched").touch(mode=0o600)


def touched(endpoint: Endpoint, target: Target) -> bool:
    """True when this run has written to the host."""
    return _file_of(endpoint, f".{target.ref}.touched").exists()


def _remember(endpoint: Endpoint) -> None:
    """Know how to log out of a stored session at the end (where to connect; the session itself is in the store)."""
    path = _file_of(endpoint, ".endpoint")
    row = dataclasses.asdict(endpoint)
    row.update(username="", password="")
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump({"endpoint": row, "key": endpoint.key}, stream)


def _stored() -> Sequence[tuple[Endpoint, Ticket]]:
    found = []
    directory = Path(C.DEFAULT_LOCAL_TMP) / "dejima"
    for note in directory.glob("*.endpoint") if directory.is_dir() else []:
        store = note.with_suffix(".json")
        if store.exists():
            ticket = json.loads(store.read_text("utf-8"))["ticket"]
            found.append((Endpoint(**json.loads(note.read_text("utf-8"))["endpoint"]), Ticket(**ticket)))
    return found


@atexit.register
def _log_out() -> None:
    if os.getpid() != _MAIN:
        return
    open_sessions = [(held.endpoint, held.ticket) for held in _HELD.values()]
    for endpoint, ticket in [*open_sessions, *_stored()]:
        connect(endpoint, ticket).session.end()
    _HELD.clear()
