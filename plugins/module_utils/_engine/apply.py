# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live read -> plan -> write -> read again -> verify. Stops at the first failure and says what had been written."""

from __future__ import annotations

import dataclasses
import typing as t

from .driver import Calls, Connection, Resource
from .errors import ApplyError, HypervisorError, UnreachableHost, VerifyError
from .model import ALL, Change, Desired, Needs, Outcome, Plan, Snapshot, Target
from .plan import make_plan, narrowed, needs_of

Resources = t.Mapping[str, Resource]


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

    ``snapshot`` is an earlier read that may decide that nothing is to do; before a write the live values are read
    again and judged anew. ``connect`` is only called when a request has to be made, so a compliant host costs none.
    """
    asked = tuple(row for row in desired if not row.control)
    if snapshot is not None:
        ensure_reachable(snapshot.target)
        plan = make_plan(resources, snapshot, desired)
        if check or not plan.changes:
            return Outcome(plan, asked)
        verdicts = plan.verdicts
        desired = narrowed(plan, desired)
    else:
        verdicts = ()
    needs = needs_of(resources, desired)
    if not check:
        needs |= write_needs(resources, desired)
    connection = connect()
    live = _read(connection, target, needs)
    plan = make_plan(resources, live, desired)
    plan = dataclasses.replace(plan, verdicts=_merge(verdicts, plan))
    if check or not plan.changes:
        return Outcome(plan, asked)
    before_write()
    _write(resources, connection.calls(live), plan, live)
    return Outcome(plan, asked, written=True, after=_verify(connection, resources, plan, desired))


def _merge(earlier: t.Sequence[t.Any], plan: Plan) -> tuple[t.Any, ...]:
    fresh = {verdict.control: verdict for verdict in plan.verdicts}
    return tuple(fresh.pop(verdict.control, verdict) for verdict in earlier) + tuple(fresh.values())


def _read(connection: Connection, target: Target, needs: Needs) -> Snapshot:
    snapshot = connection.collect([target], needs)[0]
    ensure_reachable(snapshot.target)
    return snapshot


def _write(resources: Resources, calls: Calls, plan: Plan, live: Snapshot) -> None:
    done: list[Change] = []
    kinds = dict.fromkeys(change.resource for change in plan.changes)
    for kind in kinds:
        resource = resources[kind]
        for group in resource.groups([change for change in plan.changes if change.resource == kind]):
            try:
                resource.write(calls, group, live)
            except HypervisorError as error:
                error.resource = error.resource or resource.noun
                error.key = error.key or ", ".join(dict.fromkeys(change.key for change in group))
                raise _with_progress(error, plan, done) from error
            done.extend(group)


def _with_progress(error: HypervisorError, plan: Plan, done: t.Sequence[Change]) -> HypervisorError:
    error.on(plan.target.name)
    error.result = {
        "changed": bool(done),
        "applied": [change.result() for change in done],
        "not_applied": [change.result() for change in plan.changes if change not in done],
    }
    return error


def _verify(connection: Connection, resources: Resources, plan: Plan, desired: t.Sequence[Desired]) -> dict[str, t.Any]:
    """Read again what was written; a value that is not what was sent is a failure, whatever the server answered."""
    again = _read(connection, plan.target, needs_of(resources, desired))
    states = {kind: resources[kind].read(again) for kind in dict.fromkeys(change.resource for change in plan.changes)}
    for change in plan.changes:
        actual = states[change.resource].get(change.key, {}).get(change.field)
        if actual != change.after:
            error = VerifyError(
                f"{change.field.replace('_', ' ')} was set to {change.after!r}, but reads {actual!r}.",
                resource=resources[change.resource].noun,
                key=change.key,
                hint="The host took the write and did not keep it; look at its hostd log before another try.",
            )
            raise _with_progress(error, plan, [c for c in plan.changes if c is not change])
    return states


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
