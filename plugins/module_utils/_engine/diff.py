# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as before and after texts: one paragraph an object, stable order, only what can be written."""

from __future__ import annotations

import typing as t

from .driver import Resource
from .model import Plan, State


def _text(
    resources: t.Mapping[str, Resource], states: t.Mapping[str, State], objects: t.Iterable[tuple[str, str]]
) -> str:
    lines: list[str] = []
    for kind, key in objects:
        fields = states[kind][key]
        lines.append(f"{resources[kind].title(key, fields)}:")
        lines.extend(f"  {name}: {value}" for name, value in resources[kind].show(fields).items())
    return "".join(f"{line}\n" for line in lines)


def render(resources: t.Mapping[str, Resource], plan: Plan) -> dict[str, str]:
    """Ansible's diff entry for one host: before, after and their headers."""
    objects = list(dict.fromkeys((change.resource, change.key) for change in plan.changes))
    return {
        "before_header": plan.target.name,
        "after_header": plan.target.name,
        "before": _text(resources, plan.states, objects),
        "after": _text(resources, plan.predicted, objects),
    }
