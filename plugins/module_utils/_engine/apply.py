# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live read -> plan -> write -> read again -> verify. Stops at the first failure and says what had been written."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from .driver import Calls, Connection, Resource
from .errors import (
    ApplyError,
    CollectError,
    HypervisorError,
    UnknownName,
    UnreachableHost,
    UnsupportedWrite,
    VerifyError,
)
from .model import ALL, ERROR, HIDDEN, Change, Desired, Needs, Outcome, Plan, Snapshot, Target
from .plan import make_plan, narrowed, needs_of, unknown

Resources = t.Mapping[str, Resource]
SETTLE: t.Final = (1.0, 2.0)
"""Seconds to wait before a written value that reads otherwise is read again."""


def ensure_reachable(target: Target) -> None:
    """A host that its manager cannot reach is not judged by a cached configuration."""
    if target.state != "connected":
        raise UnreachableHost(
            f"vCenter reports the host {target.state}; nothing was read or changed.", host=target.name
        )


def write_needs(resources: Resources, desired: t.Iterable[Desired]) -> Needs:
    """What writing the keys of these rows takes in addition to deciding about them."""
    needs = Needs()
    for row in desired:
        if not row.manual:
            needs |= resources[row.resource].write_needs([key for key in row.keys if key != ALL])
    return needs


def converge(
    connect: t.Callable[[], Connection],
    resources: Resources,
    target: Target,
    desired: t.Sequence[Desired],
    *,
    check: bool,
    snapshot: Snapshot | None = None,
    before_write: t.Callable[[], None] = lambda: None,
) -> Outcome:
    """Bring one host to what is desired; with ``check`` only say what would happen.

    ``snapshot`` is an earlier read that may decide that nothing is to do; otherwise the live values are read again and
    judged anew, in check mode too, so that it refuses what a run would refuse. ``connect`` is only called when a
    request has to be made, so a compliant host costs none.
    """
    asked = tuple(row for row in desired if not row.control)
    known = _known(resources, snapshot, desired)
    if known is not None and not known.changes:
        return Outcome(known, asked)
    verdicts = known.verdicts if known else ()
    desired = narrowed(known, desired) if known else desired
    connection = connect()
    live = _read(connection, target, needs_of(resources, desired) | write_needs(resources, desired))
    try:
        plan = make_plan(resources, live, desired)
    except UnknownName as error:
        raise _with_neighbours(error, connection, resources, target) from error
    plan = dataclasses.replace(plan, verdicts=_merge(verdicts, plan))
    if check or not plan.changes:
        return Outcome(plan, asked)
    before_write()
    try:
        done = _write(resources, connection.calls(live), plan, live)
        after = _verify(connection, resources, done, desired) if done.changes else {}
    except HypervisorError as error:
        raise _as_the_host_shows(error, connection, resources, plan, desired) from error
    return Outcome(done, asked, written=bool(done.changes), after=after)


def _known(resources: Resources, snapshot: Snapshot | None, desired: t.Sequence[Desired]) -> Plan | None:
    """The plan by what was read earlier; None when that cannot tell, so that the host itself is asked."""
    if snapshot is None:
        return None
    ensure_reachable(snapshot.target)
    try:
        return make_plan(resources, snapshot, desired)
    except UnknownName:
        return None


def _with_neighbours(
    error: UnknownName, connection: Connection, resources: Resources, target: Target
) -> HypervisorError:
    """The same error with the names that come near: only now are all names of the host read."""
    resource = resources[error.kind]
    try:
        names = resource.read(_read(connection, target, resource.catalog_needs()))
    except HypervisorError:
        return error
    return unknown(resource, str(error.key), names).on(target.name)


def _merge(earlier: t.Sequence[t.Any], plan: Plan) -> tuple[t.Any, ...]:
    fresh = {verdict.control: verdict for verdict in plan.verdicts}
    return tuple(fresh.pop(verdict.control, verdict) for verdict in earlier) + tuple(fresh.values())


def _read(connection: Connection, target: Target, needs: Needs) -> Snapshot:
    try:
        snapshot = connection.collect([target], needs)[0]
    except CollectError as error:
        raise error.on(target.name) from error
    ensure_reachable(snapshot.target)
    return snapshot


def _write(resources: Resources, calls: Calls, plan: Plan, live: Snapshot) -> Plan:
    """Write group by group; the plan without what the server turned out not to offer at all."""
    done: list[Change] = []
    missed: dict[str, str] = {}
    for kind in dict.fromkeys(change.resource for change in plan.changes):
        resource = resources[kind]
        for group in resource.groups([change for change in plan.changes if change.resource == kind]):
            try:
                resource.write(calls, group, live)
            except HypervisorError as error:
                error.on(plan.target.name)
                error.resource = error.resource or resource.noun
                error.key = error.key or ", ".join(dict.fromkeys(change.key for change in group))
                controls = {name for change in group for name in change.controls}
                if not (isinstance(error, UnsupportedWrite) and controls):
                    raise _with_progress(error, plan, done) from error
                missed.update(dict.fromkeys(controls, str(error)))
            else:
                done.extend(group)
    verdicts = tuple(
        dataclasses.replace(verdict, status=ERROR, reason=missed[verdict.control], mendable=False)
        if verdict.control in missed
        else verdict
        for verdict in plan.verdicts
    )
    return dataclasses.replace(plan, changes=tuple(done), verdicts=verdicts)


def _with_progress(error: HypervisorError, plan: Plan, done: t.Sequence[Change]) -> HypervisorError:
    error.on(plan.target.name)
    error.result = {
        "changed": bool(done),
        "applied": [change.result() for change in done],
        "not_applied": [change.result() for change in plan.changes if change not in done],
    }
    return error


def _as_the_host_shows(
    error: HypervisorError, connection: Connection, resources: Resources, plan: Plan, desired: t.Sequence[Desired]
) -> HypervisorError:
    """Tell what is written by looking: a fault does not say whether its own write was taken, in whole or in part."""
    error.on(plan.target.name)
    if isinstance(error, VerifyError):
        return error
    kinds = dict.fromkeys(change.resource for change in plan.changes)
    try:
        again = _read(connection, plan.target, needs_of(resources, desired))
        states = {kind: resources[kind].read(again) for kind in kinds}
    except HypervisorError:
        return error  # then what was answered before is all there is to tell
    read = [(change, states[change.resource].get(change.key, {}).get(change.field)) for change in plan.changes]
    _with_progress(error, plan, [change for change, actual in read if actual == change.after])
    error.result["changed"] = any(actual != change.before for change, actual in read)
    return error


def _verify(connection: Connection, resources: Resources, plan: Plan, desired: t.Sequence[Desired]) -> dict[str, t.Any]:
    """Read again what was written; a value that is not what was sent is a failure, whatever the server answered.

    A server may show a change a moment late, so a difference is looked at again before it counts.
    """
    kinds = dict.fromkeys(change.resource for change in plan.changes)
    wrong: list[tuple[Change, t.Any]] = []
    for pause in (0.0, *SETTLE):
        time.sleep(pause)
        try:
            again = _read(connection, plan.target, needs_of(resources, desired))
        except HypervisorError as unread:
            raise _with_progress(unread, plan, plan.changes) from unread
        states = {kind: resources[kind].read(again) for kind in kinds}
        read = [(change, states[change.resource].get(change.key, {}).get(change.field)) for change in plan.changes]
        wrong = [(change, actual) for change, actual in read if actual != change.after]
        if not wrong:
            return states
    change, actual = wrong[0]
    read_back = HIDDEN if change.secret else actual
    error = VerifyError(
        f"{change.field.replace('_', ' ')} was set to {change.result()['after']!r}, but reads {read_back!r}.",
        resource=resources[change.resource].noun,
        key=change.key,
        hint="The host took the write and did not keep it; look at its hostd log before another try.",
    )
    kept = {id(missed) for missed, _actual in wrong}
    raise _with_progress(error, plan, [done for done in plan.changes if id(done) not in kept])


def undo(connection: Connection, resources: Resources, plan: Plan, live: Snapshot) -> None:
    """Write back what ``plan`` changed, in reverse order, exactly as the plan's states show it."""
    calls = connection.calls(live)
    for kind in reversed(list(dict.fromkeys(change.resource for change in plan.changes))):
        resource = resources[kind]
        mine = [change for change in plan.changes if change.resource == kind]
        for group in reversed(resource.groups(resource.undo(mine, plan.states[kind]))):
            try:
                resource.write(calls, group, live)
            except ApplyError as error:
                error.key = error.key or group[0].key
                error.resource = error.resource or resource.noun
                raise error.on(plan.target.name) from error
