# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Advanced options. Values go out in the type the host itself uses: a long sent as an int is refused."""

from __future__ import annotations

import typing as t

from ..._engine.driver import Calls
from ..._engine.errors import PlanError
from ..._engine.model import Change, Fields, Needs, Snapshot, State, Want, shown
from .base import Base, Plain, array_needs, is_secret, keyed, read_array, words

DEFINITIONS = "config.optionDef"
_NAMES = {"long": "a whole number", "int": "a whole number", "boolean": "true or false", "string": "text"}


class Options(Base):
    """OptionManager; field: value. ``type`` (int, long, boolean, string) and the definition's bounds are read along."""

    name = "option"
    noun = "advanced option"
    order = 30
    array = "config.option"
    manager = "advancedOption"
    inner = ("bounds", "choices", "read_only", "secret")

    def write_needs(self, keys: t.Collection[str]) -> Needs:
        """The definitions too: bounds and choices are checked before the write."""
        return array_needs(DEFINITIONS, keys)

    def read(self, snapshot: Snapshot) -> State:
        """OptionValue, with what its OptionDef says where that was read."""
        values = read_array(snapshot, self.array, self.noun)
        whole = {definition["key"]: definition for definition in snapshot.values.get(DEFINITIONS) or []}
        definitions = {key: snapshot.values.get(keyed(DEFINITIONS, key)) or whole.get(key) or {} for key in values}
        return {key: self._fields(element, definitions[key].get("optionType", {})) for key, element in values.items()}

    @staticmethod
    def _fields(element: Plain, definition: Plain) -> Fields:
        fields: Fields = {"value": element.get("value", ""), "type": element.get("value#type", "string")}
        if "min" in definition and "max" in definition:
            fields["bounds"] = [definition["min"], definition["max"]]
        if definition.get("choiceInfo"):
            fields["choices"] = [str(choice["key"]) for choice in definition["choiceInfo"]]
        if definition.get("valueIsReadonly"):
            fields["read_only"] = True
        fields["secret"] = is_secret(str(element.get("key", "")))
        return fields

    def settle(self, key: str, field: str, want: Want, fields: Fields) -> Want:
        """What an option must not be is cast, too."""
        if want.op == "not_equals":
            want = Want(want.op, self.form(key, field, want.value, fields), want.set)
        return super().settle(key, field, want, fields)

    def form(self, key: str, field: str, value: t.Any, fields: Fields) -> t.Any:
        """A value in the option's own type; refuses what this option can never hold."""
        kind = fields["type"]
        if kind in ("int", "long"):
            if isinstance(value, str) and value.lstrip("-").isdigit():
                value = int(value)
            right = isinstance(value, int) and not isinstance(value, bool)
        elif kind == "boolean":
            if isinstance(value, str) and value.lower() in ("true", "false"):
                value = value.lower() == "true"
            right = isinstance(value, bool)
        else:
            right = isinstance(value, str)
        if not right:
            raise PlanError(
                f"wants {_NAMES.get(kind, kind)}, not {shown(fields, value)!r}.", resource=self.noun, key=key
            )
        return value

    def check(self, changes: t.Sequence[Change], state: State) -> None:
        """Bounds, choices and read-only options are refused before the write."""
        for change in changes:
            fields = state[change.key]
            given = shown(fields, change.after)
            low_high = fields.get("bounds")
            if low_high and not low_high[0] <= change.after <= low_high[1]:
                raise self._refusal(change, f"takes {low_high[0]} to {low_high[1]}, not {given}.")
            choices = fields.get("choices")
            if choices and str(change.after) not in choices:
                raise self._refusal(change, f"takes one of {', '.join(choices)}, not {given!r}.")
            if fields.get("read_only"):
                raise self._refusal(change, "is read-only on this host.")

    def _refusal(self, change: Change, what: str) -> PlanError:
        return PlanError(what, resource=self.noun, key=change.key)

    def groups(self, changes: t.Sequence[Change]) -> list[list[Change]]:
        """All options of a host in one UpdateOptions."""
        return [sorted(changes, key=lambda change: change.key)] if changes else []

    def write(self, calls: Calls, group: t.Sequence[Change], snapshot: Snapshot) -> None:
        """One UpdateOptions with only the keys that change."""
        state = self.read(snapshot)
        values = [
            {"key": change.key, "value": change.after, "value#type": state[change.key]["type"]} for change in group
        ]
        calls.call(self.manager, "UpdateOptions", changedValue=values)

    def show(self, fields: Fields) -> dict[str, str]:
        """The value, unless its name says that it is a secret."""
        return {"value": "(not shown)" if fields.get("secret") else words(fields["value"])}
