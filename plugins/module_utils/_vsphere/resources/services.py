# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host services: running now, and policy at boot. The two are independent: a policy of off stops nothing."""

from __future__ import annotations

import typing as t

from ..._engine.driver import Calls
from ..._engine.errors import PlanError
from ..._engine.model import Change, Fields, Snapshot
from .base import Base, Plain

POLICIES = ("on", "off", "automatic")


class Services(Base):
    """HostServiceSystem; fields: running (bool), policy (on, off, automatic)."""

    name = "service"
    noun = "service"
    order = 20
    array = "config.service.service"
    manager = "serviceSystem"
    types: t.ClassVar[dict[str, type]] = {"running": bool, "policy": str}

    def fields(self, element: Plain) -> Fields:
        """HostService as fields; label is for people."""
        return {
            "running": bool(element.get("running")),
            "policy": str(element.get("policy", "")),
            "label": str(element.get("label", "")),
        }

    def form(self, key: str, field: str, value: t.Any, fields: Fields) -> t.Any:
        """A policy outside the three that exist is refused here, before any write."""
        if field == "policy" and value not in POLICIES:
            hint = 'Quote it: policy: "off". A bare off is a boolean in YAML.' if isinstance(value, bool) else None
            raise PlanError(
                f"policy wants one of {', '.join(POLICIES)}, not {value!r}.",
                resource=self.noun,
                key=key,
                hint=hint,
            )
        return super().form(key, field, value, fields)

    def groups(self, changes: t.Sequence[Change]) -> list[list[Change]]:
        """Policy before running: a host that restarts in between must not bring a stopped service back."""
        return [[change] for change in sorted(changes, key=lambda c: (c.key, c.field != "policy"))]

    def write(self, calls: Calls, group: t.Sequence[Change], snapshot: Snapshot) -> None:
        """One UpdateServicePolicy, StartService or StopService."""
        for change in group:
            if change.field == "policy":
                calls.call(self.manager, "UpdateServicePolicy", id=change.key, policy=change.after)
            else:
                calls.call(self.manager, "StartService" if change.after else "StopService", id=change.key)

    def title(self, key: str, fields: Fields) -> str:
        """With the label the vSphere client shows."""
        label = fields.get("label")
        return f"service {key} ({label})" if label and label != key else f"service {key}"
