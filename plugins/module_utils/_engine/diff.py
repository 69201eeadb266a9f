# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as before and after texts, one pair an object: stable order, only what can be written."""

from __future__ import annotations

import typing as t

from .driver import Resource
from .model import Fields, Plan


def _text(resource: Resource, fields: Fields) -> str:
    return "".join(f"{name}: {value}\n" for name, value in resource.show(fields).items())


def render(resources: t.Mapping[str, Resource], plan: Plan) -> list[dict[str, str]]:
    """Ansible's diff entries, one an object, in the order of writing: a line of one is never matched with another's."""
    entries = []
    for kind, key in dict.fromkeys((change.resource, change.key) for change in plan.changes):
        resource, before, after = resources[kind], plan.states[kind][key], plan.predicted[kind][key]
        header = f"{plan.target.name}: {resource.title(key, before)}"
        entries.append(
            {
                "before_header": header,
                "after_header": header,
                "before": _text(resource, before),
                "after": _text(resource, after),
            }
        )
    return entries
