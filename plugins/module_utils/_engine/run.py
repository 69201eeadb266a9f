# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that knows Ansible results, check mode and diff: engine outcomes in, result dicts out."""

from __future__ import annotations

import datetime
import secrets
import time
import typing as t

from . import diff as diffs
from . import report
from .apply import converge
from .driver import Connection, Resource
from .errors import HypervisorError, LoginRefused, PlanError, SessionExpired, UnreachableHost
from .model import ERROR, Desired, Needs, Outcome, Snapshot, State, Target, Want, shown
from .plan import make_plan, needs_of

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

__all__ = [
    "Desired",
    "HypervisorError",
    "LoginRefused",
    "Needs",
    "SessionExpired",
    "Snapshot",
    "Target",
    "Want",
    "audit",
    "converge_one",
    "failure_of",
    "needs_of",
    "run_audit",
    "run_module",
]

Resources = t.Mapping[str, Resource]
Result = dict[str, t.Any]


class Fleet(t.Protocol):
    """Snapshots and places of many hosts, by the driver's handle."""

    @property
    def snapshots(self) -> t.Mapping[str, Snapshot]:
        """What was read, by handle."""

    @property
    def places(self) -> t.Mapping[str, t.Any]:
        """Where each host stands, by handle; shown with str()."""

    def named(self, name: str) -> Target:
        """The one host of this name."""


class FleetConnection(Connection, t.Protocol):
    """A connection that can also read every host at once."""

    def fleet(self, needs: Needs) -> Fleet:
        """Every host of the endpoint."""

    def only(self) -> Target | None:
        """The host, when the endpoint is one."""


Connector = t.Callable[[t.Mapping[str, t.Any]], FleetConnection]
"""Signs in with a module's parameters."""


def converge_one(
    connect: t.Callable[[], Connection],
    resources: Resources,
    target: Target,
    desired: t.Sequence[Desired],
    *,
    check: bool,
    snapshot: Snapshot | None = None,
    before_write: t.Callable[[], None] = lambda: None,
) -> Result:
    """One host brought to what is desired, or in check mode said what would be; the result of a task."""
    outcome = converge(connect, resources, target, desired, check=check, snapshot=snapshot, before_write=before_write)
    return result_of(resources, outcome)


def result_of(resources: Resources, outcome: Outcome) -> Result:
    """changed, the changes, the diff, current values of what was asked about, and a verdict a control."""
    plan = outcome.plan
    result: Result = {
        "changed": bool(plan.changes),
        "esx_hostname": plan.target.name,
        "changes": [change.result() for change in plan.changes],
        "diff": diffs.render(resources, plan),
    }
    if outcome.asked:
        result["current"] = current_of(resources, plan.states, outcome.asked)
    if plan.verdicts:
        result["verdicts"] = [verdict.result() for verdict in plan.verdicts]
    unread = [verdict for verdict in plan.verdicts if verdict.status == ERROR]
    if unread:
        count = f"{len(unread)} control{'' if len(unread) == 1 else 's'}"
        told = "; ".join(f"{v.control}: {v.reason.removeprefix(plan.target.name + ': ')}" for v in unread)
        result["warnings"] = [f"{plan.target.name}: {count} could not be judged or written: {told}"]
    return result


def current_of(resources: Resources, states: t.Mapping[str, State], asked: t.Sequence[Desired]) -> Result:
    """The real fields of what a module asked about, as they were before any change; by key when it named several."""
    found: Result = {}
    for row in asked:
        for key in row.keys:
            fields = states[row.resource][key]
            told = {name: value for name, value in fields.items() if name not in resources[row.resource].inner}
            found[key] = {**told, **{name: shown(fields, fields.get(name)) for name in row.want}}
    return found if len(found) != 1 else next(iter(found.values()))


def failure_of(error: HypervisorError) -> Result:
    """The failed result: one sentence, a stable code, and what had been written before."""
    result: Result = {"failed": True, "changed": False, "msg": str(error), "code": error.code, **error.result}
    if isinstance(error, UnreachableHost):
        result = {"unreachable": True, "changed": False, "msg": str(error), "code": error.code}
    return result


def new_run_id() -> str:
    """Sortable by time, unique enough for one controller: 20261122T2359-7f3a (UTC)."""
    return f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def audit(
    resources: Resources,
    snapshots: t.Sequence[tuple[Snapshot, str]],
    rows: t.Sequence[Desired],
    *,
    profile: str,
    started: float,
    requests: int,
    logins: int,
    endpoint: str,
) -> tuple[dict[str, t.Any], list[str]]:
    """Judge every host; the report and the table. A host its manager cannot reach is all ERROR, the others go on."""
    judged = []
    for snapshot, place in snapshots:
        target = snapshot.target
        if target.state == "connected":
            plan = make_plan(resources, snapshot, rows)
            judged.append(report.Judged(target, plan.verdicts, place, len(plan.changes)))
        else:
            judged.append(report.Judged(target, report.unreachable(target, rows), place))
    now = time.time()
    run = {
        "id": new_run_id(),
        "started": _utc(started),
        "finished": _utc(now),
        "duration_s": round(now - started, 3),
        "endpoint": endpoint,
        "requests": requests,
        "logins": logins,
    }
    return report.build(run, profile, rows, judged), report.table(run, profile, rows, judged)


def _utc(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def run_module(module: AnsibleModule, desired: t.Sequence[Desired], resources: Resources, connect: Connector) -> None:
    """A module in a process of its own, here or on a jump host: sign in, converge one host, log out."""

    def work(connection: FleetConnection) -> Result:
        target = host_of(connection, module.params.get("esx_hostname"))
        return converge_one(lambda: connection, resources, target, desired, check=module.check_mode)

    _leave(module, _with_connection(module, connect, work))


def run_audit(module: AnsibleModule, rows: t.Sequence[Desired], resources: Resources, connect: Connector) -> None:
    """posture_info in a process of its own."""
    started = time.time()

    def work(connection: FleetConnection) -> Result:
        return audit_result(
            resources,
            connection.fleet(needs_of(resources, rows)),
            module.params.get("hosts") or None,
            rows,
            profile=str(module.params["profile"]),
            started=started,
            connection=connection,
            endpoint=str(module.params.get("hostname") or ""),
        )

    _leave(module, _with_connection(module, connect, work))


def _with_connection(module: AnsibleModule, connect: Connector, work: t.Callable[[FleetConnection], Result]) -> Result:
    """Sign in, work, log out whatever happened; an error as its failed result."""
    try:
        connection = connect(module.params)
        try:
            return work(connection)
        finally:
            connection.close()
    except HypervisorError as error:
        return failure_of(error)


def audit_result(
    resources: Resources,
    fleet: Fleet,
    names: t.Sequence[str] | None,
    rows: t.Sequence[Desired],
    *,
    profile: str,
    started: float,
    connection: Connection,
    endpoint: str,
) -> Result:
    """The audit of some hosts of a fleet (None: all) as a task's result."""
    if names is None:
        chosen = list(fleet.snapshots.values())
    else:
        chosen = [fleet.snapshots[fleet.named(name).ref] for name in names]
    pairs = [(snapshot, str(fleet.places.get(snapshot.target.ref, ""))) for snapshot in chosen]
    built, lines = audit(
        resources,
        pairs,
        rows,
        profile=profile,
        started=started,
        requests=connection.requests,
        logins=1,
        endpoint=endpoint,
    )
    return {"changed": False, "report": built, "summary": built["summary"], "summary_lines": lines}


def host_of(connection: FleetConnection, name: str | None) -> Target:
    """The host a task is about: by name, or the endpoint itself when it is one host."""
    only = connection.only()
    if only is not None:
        return only
    if not name:
        raise PlanError("no host was named.", hint="Set esx_hostname to the name vCenter shows.")
    return connection.find(name)


def _leave(module: AnsibleModule, result: Result) -> None:
    if not module._diff:
        result.pop("diff", None)
    if result.get("failed"):
        module.fail_json(**{key: value for key, value in result.items() if key != "failed"})
    module.exit_json(**result)
