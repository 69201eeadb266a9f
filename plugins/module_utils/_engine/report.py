# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as data (docs/report.schema.json) and as the table people read. Pure: verdicts in, dict and text out."""

from __future__ import annotations

import dataclasses
import typing as t

from .model import ERROR, FAIL, MANUAL, NOT_APPLICABLE, PASS, STATUSES, Desired, Target, Verdict

SCHEMA_VERSION = "1.0"
MOST = 8
"""Findings of one sort that the table names; the report has all."""
_COLUMNS = ((PASS, "pass"), (FAIL, "fail"), (NOT_APPLICABLE, "n/a"), (MANUAL, "manual"), (ERROR, "error"))


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """One host and what every control says of it. ``place`` is where it stands, for people.

    ``changes`` is how many settings hardening would write; a control may be mended in part only.
    """

    target: Target
    verdicts: tuple[Verdict, ...]
    place: str = ""
    changes: int = 0

    def failing(self) -> list[Verdict]:
        """The controls that are not met."""
        return [verdict for verdict in self.verdicts if verdict.status == FAIL]

    def drifted(self) -> bool:
        """True when there is something that hardening can mend."""
        return self.changes > 0


def unreachable(target: Target, rows: t.Sequence[Desired]) -> tuple[Verdict, ...]:
    """Every control as ERROR, for a host that its manager cannot reach."""
    reason = f"vCenter reports the host {target.state}; nothing was read."
    return tuple(Verdict(row.control, ERROR, reason=reason) for row in rows)


def counts(rows: t.Sequence[Desired], judged: t.Sequence[Judged]) -> dict[str, dict[str, int]]:
    """{control: {status: hosts}}, every status present."""
    table = {row.control: dict.fromkeys(STATUSES, 0) for row in rows}
    for host in judged:
        for verdict in host.verdicts:
            table[verdict.control][verdict.status] += 1
    return table


def build(
    run: t.Mapping[str, t.Any], profile: str, rows: t.Sequence[Desired], judged: t.Sequence[Judged]
) -> dict[str, t.Any]:
    """The machine-readable report: run, profile, controls with guide ids, one result per host and control, summary."""
    ids = {row.control: {guide: list(named) for guide, named in row.ids.items() if named} for row in rows}
    return {
        "schema_version": SCHEMA_VERSION,
        "run": dict(run),
        "profile": profile,
        "controls": [
            {
                "id": row.control,
                "title": row.title,
                "asks": row.asks,
                "severity": row.severity,
                "wall": row.wall,
                "guide_ids": ids[row.control],
            }
            for row in rows
        ],
        "results": [
            {
                "object": {
                    "kind": "host",
                    "name": host.target.name,
                    "ref": host.target.ref,
                    "version": host.target.version,
                    "state": host.target.state,
                    "place": host.place,
                },
                **verdict.result(),
                "guide_ids": ids[verdict.control],
            }
            for host in judged
            for verdict in host.verdicts
        ],
        "summary": summary(rows, judged),
    }


def summary(rows: t.Sequence[Desired], judged: t.Sequence[Judged]) -> dict[str, t.Any]:
    """Small enough for a task's result: counts per control, and hosts by what they need."""
    return {
        "hosts": len(judged),
        "controls": counts(rows, judged),
        "passing": sorted(host.target.name for host in judged if not host.failing() and not _unread(host)),
        "failing": sorted(host.target.name for host in judged if host.failing()),
        "drifted": sorted(host.target.name for host in judged if host.drifted()),
        "unread": sorted(host.target.name for host in judged if _unread(host)),
    }


def _unread(host: Judged) -> bool:
    return any(verdict.status == ERROR for verdict in host.verdicts)


def table(run: t.Mapping[str, t.Any], profile: str, rows: t.Sequence[Desired], judged: t.Sequence[Judged]) -> list[str]:
    """The summary people read: one line a control, zeros as dashes, then the worst host and what could not be read."""
    tally = counts(rows, judged)
    width = max([len(row.control) for row in rows] + [7])
    head = f"Audit, profile {profile} ({_many(len(rows), 'control')}, {_many(len(judged), 'host')})"
    cost = f"{run['duration_s']:.1f} s, {_many(run['logins'], 'login')}, {_many(run['requests'], 'request')}"
    lines = [
        f"{head}   {cost}",
        f"  {'control':<{width}} " + "".join(f"{name:>7}" for _s, name in _COLUMNS) + "  what it asks",
    ]
    for row in rows:
        cells = "".join(f"{tally[row.control][status] or '-':>7}" for status, _name in _COLUMNS)
        lines.append(f"  {row.control:<{width}} {cells}  {row.asks}")
    return lines + _closing(judged)


def _closing(judged: t.Sequence[Judged]) -> list[str]:
    failing = [host for host in judged if host.failing()]
    unread = [host for host in judged if _unread(host)]
    hosts = _many(len(judged), "host")
    lines = []
    if failing:
        worst = max(failing, key=lambda host: len(host.failing()))
        told = f"worst: {worst.target.name} ({len(worst.failing())})"
        lines.append(f"  {len(failing)} of {hosts} fail at least one control; {told}")
        lines.extend(_findings(failing))
    else:
        passing = len([host for host in judged if not _unread(host)])
        lines.append(f"  {passing} of {hosts} pass")
    if unread:
        lines.append(f"  {len(unread)} of {hosts} could not be read in full")
        lines.extend(_reasons(judged, ERROR))
    manual = {verdict.control for host in judged for verdict in host.verdicts if verdict.status == MANUAL}
    if manual:
        lines.append(f"  {_many(len(manual), 'control')} left to a person:")
        lines.extend(_reasons(judged, MANUAL))
    return lines


def _reasons(judged: t.Sequence[Judged], status: str) -> list[str]:
    """Why, each reason once, with what it concerns."""
    found: dict[str, list[str]] = {}
    for host in judged:
        for verdict in host.verdicts:
            if verdict.status == status:
                reason = verdict.reason.removeprefix(f"{host.target.name}: ")
                name = verdict.control if status == MANUAL else host.target.name
                found.setdefault(reason, []).append(name)
    lines = []
    for reason, names in list(found.items())[:MOST]:
        lines.append(f"    {_some(names)}: {reason}")
    if len(found) > MOST:
        lines.append(f"    ... and {len(found) - MOST} more reasons; the report has them all")
    return lines


def _findings(failing: t.Sequence[Judged]) -> list[str]:
    """What hardening cannot mend, each finding once with the hosts it is on."""
    found: dict[tuple[str, str], list[str]] = {}
    for host in failing:
        for verdict in host.failing():
            if not verdict.mendable:
                found.setdefault((verdict.control, _short(verdict)), []).append(host.target.name)
    lines = [f"    {control} on {_some(names)}: {what}" for (control, what), names in list(found.items())[:MOST]]
    if len(found) > MOST:
        lines.append(f"    ... and {len(found) - MOST} more findings for a person; the report has them all")
    return lines


def _some(names: t.Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    return ", ".join(unique[:3]) + (f" and {len(unique) - 3} more" if len(unique) > 3 else "")


def _short(verdict: Verdict) -> str:
    objects = []
    for key, fields in verdict.observed.items():
        if isinstance(fields, dict):
            told = ", ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in fields.items())
            objects.append(f"{key} has {told}")
        else:
            objects.append(f"{key} is {fields}")
    return "; ".join(objects) or verdict.reason


def _plain(value: t.Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
