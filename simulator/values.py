# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths into immutable values: reading, copy-on-write, and plain JSON both ways.

A path is what the property collector takes: ``config.service.service["TSM-SSH"].running``. Values are never changed in
place once they are state: :func:`with_value` copies the spine of the path and shares everything beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from .sdk import Array, DataObject, Enum, Link, Long, ManagedObject, Value, build, properties, typed

_STEP = re.compile(r"""([A-Za-z_]\w*)(?:\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(-?\d+))\])?(?:\.|$)""")
_MEMORIES = ("_xml", "_json", "_paths")
_LABELS = ("name", "device", "nicType")


class Step(NamedTuple):
    """One part of a path: a property name and, for one element of an array, its key."""

    name: str
    key: str | int | None = None


def parse_path(path: str) -> tuple[Step, ...]:
    """The steps of a path; ValueError if it is not one."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            raise ValueError(f"not a property path: {path}")
        name, double, single, number = found.groups()
        text = double if double is not None else single
        key: str | int | None = int(number) if number is not None else None
        if text is not None:
            key = re.sub(r"\\(.)", r"\1", text)
        steps.append(Step(name, key))
        at = found.end()
    if not steps or path.endswith("."):
        raise ValueError(f"not a property path: {path}")
    return tuple(steps)


def element(array: Value, key: str | int) -> Value:
    """The element of ``array`` whose ``key`` property is ``key``, or None."""
    at = _index(array).get(key)
    return None if at is None else array[at]


def _index(array: Value) -> dict[Value, int]:
    """Key -> position, kept on the array and handed on by :func:`swap`."""
    index: dict[Value, int] | None = array.__dict__.get("_index")
    if index is None:
        index = array.__dict__["_index"] = {item.key: at for at, item in enumerate(array) if hasattr(item, "key")}
    return index


def position(array: Value, key: str | int) -> int:
    """Where the element named ``key`` is: by its key, else by its name, device or nicType; LookupError if nowhere."""
    at = _index(array).get(key)
    if at is not None:
        return at
    for label in _LABELS:
        for index, item in enumerate(array):
            if getattr(item, label, None) == key or (label == "name" and _spec_name(item) == key):
                return index
    raise LookupError(key)


def _spec_name(item: Value) -> Value:
    return getattr(getattr(item, "spec", None), "name", None)


def read_plain(value: Value, steps: Sequence[Step]) -> Value:
    """What ``steps`` lead to, as plain JSON-able data; LookupError if they lead nowhere."""
    for step in steps:
        if not isinstance(value, DataObject) or step.name not in properties(type(value)):
            raise LookupError(step.name)
        value = value.__dict__[step.name]
        if step.key is not None:
            value = value[position(value, step.key)]
    return to_plain(value)


def replace(whole: Value, /, **fields: Value) -> Value:
    """A copy of a data object with ``fields`` changed; everything else is shared."""
    made = object.__new__(type(whole))
    state = made.__dict__
    state.update(whole.__dict__)
    for memory in _MEMORIES:
        state.pop(memory, None)
    for name, new in fields.items():
        state[name] = typed(type(whole), name, new)
    return made


def swap(array: Value, index: int, item: Value) -> Value:
    """A copy of an array with the element at ``index`` replaced."""
    made = type(array)(array)
    if getattr(item, "key", None) == getattr(array[index], "key", None):
        made.__dict__["_index"] = _index(array)
    made[index] = item
    return made


def with_plain(value: Value, steps: Sequence[Step], new: Value) -> Value:
    """A copy of ``value`` in which ``steps`` lead to plain data ``new``; LookupError or ValueError if that fails."""
    step, rest = steps[0], steps[1:]
    known = properties(type(value)) if isinstance(value, DataObject) else {}
    if step.name not in known:
        raise LookupError(step.name)
    old, wanted = value.__dict__[step.name], known[step.name].type
    if step.key is not None:
        index = position(old, step.key)
        inner = with_plain(old[index], rest, new) if rest else from_plain(new, wanted.Item, old[index])
        return replace(value, **{step.name: swap(old, index, inner)})
    if not rest:
        return replace(value, **{step.name: from_plain(new, wanted, old)})
    return replace(value, **{step.name: with_plain(build(wanted) if old is None else old, rest, new)})


def to_plain(value: Value) -> Value:
    """A value as plain JSON-able data; unset properties are left out."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum | Link):
        return str(value)
    if isinstance(value, int | float | str):
        return value if type(value) in (int, float, str) else (str if isinstance(value, str) else int)(value)
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    if isinstance(value, ManagedObject):
        return value._moId
    if isinstance(value, DataObject):
        plain = {name: to_plain(value.__dict__[name]) for name in properties(type(value))}
        return {name: item for name, item in plain.items() if item is not None and item != []}
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def from_plain(plain: Value, wanted: Value, old: Value = None) -> Value:
    """Plain data as a value of type ``wanted``, or where anything goes of the type of ``old``; else ValueError."""
    if plain is None:
        return None
    if issubclass(wanted, list):
        if not isinstance(plain, list | tuple):
            raise ValueError(f"a list is needed, not {plain!r}")
        return wanted([from_plain(item, wanted.Item) for item in plain])
    if issubclass(wanted, DataObject):
        return _data_object(plain, wanted, old)
    return _scalar(plain, wanted, old)


def _data_object(plain: Value, wanted: Value, old: Value) -> Value:
    if not isinstance(plain, dict):
        raise ValueError(f"an object is needed, not {plain!r}")
    known = properties(wanted)
    unknown = sorted(set(plain) - set(known))
    if unknown:
        raise ValueError(f"{wanted._wsdlName} has no property {unknown[0]}")
    base = old.__dict__ if isinstance(old, DataObject) else {}
    return build(wanted, **{n: from_plain(v, known[n].type, base.get(n)) for n, v in plain.items()})


def _scalar(plain: Value, wanted: Value, old: Value) -> Value:
    kind = (type(old) if old is not None else type(plain)) if wanted is object else wanted
    fits: bool = isinstance(plain, kind)
    if kind is bool or isinstance(plain, bool):
        fits = kind is bool and isinstance(plain, bool)
    elif kind is Long or issubclass(kind, int):
        fits = isinstance(plain, int)
    elif issubclass(kind, Enum):
        fits = plain in kind.values
    elif issubclass(kind, str):
        fits = isinstance(plain, str)
    if not fits:
        raise ValueError(f"{kind.__name__} is needed, not {plain!r}")
    return kind(plain)


def json_text(value: Value) -> str:
    """The canonical JSON text of a value; kept on data objects and arrays."""
    if not isinstance(value, DataObject | Array):
        return json.dumps(to_plain(value), sort_keys=True)
    text = value.__dict__.get("_json")
    if text is None:
        text = value.__dict__["_json"] = json.dumps(to_plain(value), sort_keys=True)
    return str(text)


def same(one: Value, other: Value) -> bool:
    """Whether two values say the same."""
    if one is other:
        return True
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if type(one) is not type(other):
        return isinstance(one, str) and isinstance(other, str) and str(one) == str(other)
    if isinstance(one, DataObject):
        mine, theirs = one.__dict__, other.__dict__
        return all(same(mine[name], theirs[name]) for name in properties(type(one)))
    return bool(one == other)
