# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all resources share: reading a keyed array out of a snapshot, and sane answers to the engine's questions."""

from __future__ import annotations

import re
import typing as t

from ..._engine.driver import Calls
from ..._engine.errors import CollectError, PlanError
from ..._engine.expect import repair
from ..._engine.model import ALL, UNSET, Change, Desired, Fields, Needs, Snapshot, State, Want

Plain = dict[str, t.Any]


def keyed(array: str, key: str) -> str:
    """The property path of one element of an array by its key."""
    return f'{array}["{key}"]'


def array_needs(array: str, keys: t.Iterable[str]) -> Needs:
    """The elements named, or the whole array when a selector (beginning with * or @) is among them."""
    named = list(keys)
    if any(key.startswith(("*", "@")) for key in named):
        return Needs(frozenset({array}))
    return Needs(frozenset(keyed(array, key) for key in named))


def read_array(snapshot: Snapshot, array: str, noun: str) -> dict[str, Plain]:
    """{key: element} of a keyed array, read whole or by element. CollectError when the host has none of it."""
    whole = snapshot.values.get(array)
    if whole is not None:
        return {str(element["key"]): element for element in whole}
    prefix = f'{array}["'
    found = {path[len(prefix) : -2]: value for path, value in snapshot.values.items() if path.startswith(prefix)}
    if not found:
        told = [text for path, text in snapshot.faults.items() if path.split("[", 1)[0] == array]
        if told:
            raise CollectError(f"could not be read: {told[0]}", resource=noun)
        if array in snapshot.asked.paths:
            raise CollectError("could not be read: the server answered nothing for it.", resource=noun)
    return {key: value for key, value in found.items() if value is not None}


def read_value(snapshot: Snapshot, path: str, noun: str) -> t.Any:
    """What was read at a path; CollectError when it was asked for and nothing came."""
    refuse_unread(snapshot, path, noun)
    value = snapshot.values.get(path)
    if value is None and path in snapshot.asked.paths:
        raise CollectError("could not be read: the server answered nothing for it.", resource=noun)
    return value


def refuse_unread(snapshot: Snapshot, path: str, noun: str) -> None:
    """CollectError when the server said why it does not answer for a path: what it hides is not what is not there."""
    if path in snapshot.faults:
        raise CollectError(f"could not be read: {snapshot.faults[path]}", resource=noun)


def require_type(kind: type, value: t.Any, noun: str, key: str, field: str) -> None:
    """PlanError when a value is not of the type the field has."""
    wrong = not isinstance(value, kind) or (kind is int and isinstance(value, bool))
    if wrong:
        words = {bool: "true or false", int: "a whole number", str: "text", list: "a list"}[kind]
        raise PlanError(f"{field.replace('_', ' ')} wants {words}, not {value!r}.", resource=noun, key=key)


class Base:
    """Defaults for a resource. Subclasses set the names and write read() and write()."""

    name = ""
    noun = ""
    order = 0
    inner: t.ClassVar[t.Collection[str]] = ()
    array = ""
    manager = ""
    types: t.ClassVar[dict[str, type]] = {}

    def needs(self, desired: Desired) -> Needs:
        """By default: the elements named, or the whole array for a selector."""
        return array_needs(self.array, desired.keys)

    def write_needs(self, keys: t.Collection[str]) -> Needs:
        """By default nothing."""
        return Needs()

    def catalog_needs(self) -> Needs:
        """By default: the whole array."""
        return Needs(frozenset({self.array}))

    def read(self, snapshot: Snapshot) -> State:
        """Snapshot to state."""
        return {key: self.fields(element) for key, element in read_array(snapshot, self.array, self.noun).items()}

    def fields(self, element: Plain) -> Fields:
        """One element of the array as fields."""
        return dict(element)

    def select(self, desired: Desired, state: State) -> list[str]:
        """The keys named, or all of them."""
        return sorted(state) if ALL in desired.keys else list(desired.keys)

    def settle(self, key: str, field: str, want: Want, fields: Fields) -> Want:
        """What is compared and what is written, each in the field's own form; PlanError for what can never be."""
        value = self.form(key, field, want.value, fields) if want.op == "equals" else want.value
        written = want.set
        if want.op in ("contains", "excludes") and written is UNSET:
            written = repair(want, fields.get(field))
        if written is not UNSET and written is not None:
            written = self.form(key, field, written, fields)
        return Want(want.op, value, written)

    def form(self, key: str, field: str, value: t.Any, fields: Fields) -> t.Any:
        """By default: a value as it is, which must have the field's type."""
        if field in self.types:
            require_type(self.types[field], value, self.noun, key, field)
        return value

    def predict(self, changes: t.Sequence[Change], state: State) -> State:
        """By default: a copy of the state with the changed fields."""
        predicted = {key: dict(fields) for key, fields in state.items()}
        for change in changes:
            predicted[change.key][change.field] = change.after
        return predicted

    def echo(self, changes: t.Sequence[Change], state: State) -> State:
        """By default nothing is inherited."""
        return state

    def check(self, changes: t.Sequence[Change], state: State) -> None:
        """By default nothing is refused."""

    def groups(self, changes: t.Sequence[Change]) -> list[list[Change]]:
        """By default: one request an object."""
        by_key: dict[str, list[Change]] = {}
        for change in changes:
            by_key.setdefault(change.key, []).append(change)
        return list(by_key.values())

    def write(self, calls: Calls, group: t.Sequence[Change], snapshot: Snapshot) -> None:
        """Send one group."""
        raise PlanError("is read-only.", resource=self.noun)

    def undo(self, changes: t.Sequence[Change], state: State) -> list[Change]:
        """By default: the same fields the other way round."""
        return [Change(c.resource, c.key, c.field, c.after, c.before, c.controls) for c in changes]

    def title(self, key: str, fields: Fields) -> str:
        """By default: noun and key."""
        return f"{self.noun} {key}"

    def show(self, fields: Fields) -> dict[str, str]:
        """By default: every typed field."""
        return {name.replace("_", " "): words(fields.get(name)) for name in self.types}


def words(value: t.Any) -> str:
    """A value as it reads in a diff."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "nobody"
    return str(value) if value != "" else '""'


def accepted(value: bool | None) -> str:
    """A security policy switch in the words of the vSphere client."""
    if value is None:
        return "inherited"
    return "accept" if value else "reject"


_SECRET = re.compile(r"(secret|passphrase|psk$|private_?key$|community|credential|(?<!max)password$)", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """True when a setting of this name holds something that must not be shown."""
    return _SECRET.search(name) is not None
