# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nouns of the engine: frozen, hypervisor-neutral, JSON-able."""

from __future__ import annotations

import dataclasses
import time
import typing as t

Fields = dict[str, t.Any]
"""One object's fields by name, plain JSON values."""
State = dict[str, Fields]
"""All objects of one resource on one host, by key."""


HIDDEN: t.Final = "(not shown)"
"""What stands in results, errors and diffs for a secret."""


def shown(fields: Fields, value: t.Any) -> t.Any:
    """A value of this object as people and results may see it. A resource marks an object whose values are secrets."""
    return HIDDEN if fields.get("secret") else value


class _Unset:
    """Marks 'no value to write', which None cannot: None may be a value."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: t.Final = _Unset()

ALL: t.Final = "*"
MANAGEMENT: t.Final = "@management"


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """One host. ``ref`` is the driver's own handle (for vSphere the managed object id)."""

    name: str
    ref: str
    product: str = ""
    version: str = ""
    state: str = "connected"


@dataclasses.dataclass(frozen=True, slots=True)
class Want:
    """What one field must satisfy, and what to write when it does not.

    ``set`` UNSET: what the operator itself suggests, if anything. None: never written, a person must mend it.
    """

    op: str
    value: t.Any = None
    set: t.Any = UNSET


@dataclasses.dataclass(frozen=True, slots=True)
class Desired:
    """One thing asked of a host: by a module's parameters, or by a control of the catalogue."""

    resource: str
    keys: tuple[str, ...]
    want: t.Mapping[str, Want]
    control: str = ""
    title: str = ""
    asks: str = ""
    severity: str = ""
    wall: str = ""
    when_absent: str = "error"
    except_keys: tuple[str, ...] = ()
    where: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    applies_to: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    ids: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    manual: str = ""
    risky: bool = False

    @classmethod
    def from_row(cls, row: t.Mapping[str, t.Any]) -> t.Self:
        """A resolved row of the catalogue (plain JSON) as desired."""
        want = {
            name: Want(expectation["op"], expectation.get("value"), expectation.get("set", UNSET))
            for name, expectation in row.get("want", {}).items()
        }
        texts = {name: str(row.get(name) or "") for name in ("title", "asks", "severity", "wall", "manual")}
        return cls(
            row["resource"],
            tuple(row.get("keys", ())),
            want,
            control=row["control"],
            when_absent=row.get("when_absent") or "error",
            except_keys=tuple(row.get("except") or ()),
            where=dict(row.get("where") or {}),
            applies_to=dict(row.get("applies_to") or {}),
            risky=bool((row.get("risk") or {}).get("lockout")),
            ids={guide: list(ids) for guide, ids in (row.get("ids") or {}).items()},
            **texts,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One field of one object that is to move from ``before`` to ``after``.

    ``risky``: it touches the way in. ``secret``: its values are written and never shown.
    """

    resource: str
    key: str
    field: str
    before: t.Any
    after: t.Any
    controls: tuple[str, ...] = ()
    risky: bool = False
    secret: bool = False

    def result(self) -> dict[str, t.Any]:
        """The change as it stands in a task's result."""
        row = dataclasses.asdict(self)
        if row.pop("secret"):
            row["before"] = row["after"] = HIDDEN
        row["controls"] = list(self.controls)
        return row


PASS, FAIL, MANUAL, NOT_APPLICABLE, ERROR = "PASS", "FAIL", "MANUAL", "NOT_APPLICABLE", "ERROR"
STATUSES = (PASS, FAIL, MANUAL, NOT_APPLICABLE, ERROR)


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What one control says of one host. Observed and expected name only the fields that are not met."""

    control: str
    status: str
    observed: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    expected: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    reason: str = ""
    mendable: bool = False

    def result(self) -> dict[str, t.Any]:
        """The verdict as it stands in reports and results."""
        return {
            "control": self.control,
            "status": self.status,
            "observed": dict(self.observed),
            "expected": dict(self.expected),
            "reason": self.reason,
            "mendable": self.mendable,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class Needs:
    """What must be read: paths of the host, and related reads that are no paths (driver-named)."""

    paths: frozenset[str] = frozenset()
    related: frozenset[str] = frozenset()

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.paths | other.paths, self.related | other.related)

    def __sub__(self, other: Needs) -> Needs:
        return Needs(self.paths - other.paths, self.related - other.related)

    def __bool__(self) -> bool:
        return bool(self.paths or self.related)


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read of one host. ``values`` by path or related name; ``faults`` says why a path has none.

    ``asked`` tells an absent value (asked, no value, no fault) from one that was never asked for.
    ``taken`` is in seconds since the epoch.
    """

    target: Target
    values: t.Mapping[str, t.Any]
    asked: Needs
    faults: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    taken: float = dataclasses.field(default_factory=time.time)

    def covers(self, needs: Needs) -> bool:
        """True when everything in needs was asked for in this read."""
        return not needs - self.asked


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What would be written on one host, in the order of writing, and what every control says.

    ``states`` is what was read, ``predicted`` what will be read after the changes, both by resource.
    """

    target: Target
    changes: tuple[Change, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    states: t.Mapping[str, State] = dataclasses.field(default_factory=dict)
    predicted: t.Mapping[str, State] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan."""

    plan: Plan
    asked: tuple[Desired, ...] = ()
    written: bool = False
    after: t.Mapping[str, State] = dataclasses.field(default_factory=dict)
