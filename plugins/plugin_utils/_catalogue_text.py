# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue's one error and the words it is made of: what is wrong, where, what was meant, what there is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CatalogueError(Exception):
    """A mistake in the catalogue, a profile, values or site values, in one sentence for the person who made it."""


def unknown(what: str, name: object, known: Iterable[str], place: str = "") -> CatalogueError:
    """Return the error for a name that does not exist; `what` is the kind of thing, `place` where it was written."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.6)
    meant = f" Did you mean {near[0]}?" if near else ""
    where = f"{place}: " if place else ""
    return CatalogueError(f"{where}{what} {name} does not exist.{meant} Known: {', '.join(names)}")


def shown(value: object) -> str:
    """Return a value as a person would write it in YAML: true, "off", [1, 600]."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {shown(item)}' for key, item in value.items())}}}"
    return str(value)
