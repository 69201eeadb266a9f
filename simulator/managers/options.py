# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OptionManager of a host: the advanced settings, strict about types and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..managed import HostManager, operation
from ..sdk import Fault, Long, Value, fault, invalid_argument, vim
from ..values import element, position, replace, swap

if TYPE_CHECKING:
    from ..world import Caller

_WIRE = {bool: "xsd:boolean", int: "xsd:int", Long: "xsd:long", str: "xsd:string", float: "xsd:float"}


class OptionManager(HostManager):
    """UpdateOptions changes all of the values it is given or none of them."""

    kind = "OptionManager"

    def prop_setting(self, caller: Caller) -> Value:
        return self.host.told(caller, manager=True).option

    def prop_supportedOption(self, _caller: Caller) -> Value:
        return self.host.config.optionDef

    @operation
    def QueryOptions(self, _caller: Caller, name: str | None) -> Value:
        """One option by its key, every option below a node whose name ends in a dot, or all of them."""
        self.reach()
        options = self.host.config.option
        if not name:
            return options
        found = [item for item in options if item.key == name or (name.endswith(".") and item.key.startswith(name))]
        if not found:
            raise _unknown(name)
        return vim.option.OptionValue.Array(found)

    @operation
    def UpdateOptions(self, _caller: Caller, changedValue: Value) -> None:
        self.reach()
        options = self.host.config.option
        for change in changedValue:
            self._check(change)
            at = position(options, change.key)
            options = swap(options, at, replace(options[at], value=change.value))
        if options is not self.host.config.option:
            self.host.change(option=options)

    def _check(self, change: Value) -> None:
        config = self.host.config
        old = element(config.option, change.key)
        if old is None:
            raise _unknown(change.key)
        if type(change.value) is not type(old.value):
            given = _WIRE.get(type(change.value), "another type")
            raise invalid_argument(change.key, f"{_WIRE[type(old.value)]} is needed, not {given}")
        definition = element(config.optionDef, change.key)
        if definition is None or definition.optionType.valueIsReadonly:
            raise invalid_argument(change.key, "the option is read-only")
        _check_limits(change, definition.optionType)


def _check_limits(change: Value, limits: Value) -> None:
    if isinstance(limits, vim.option.ChoiceOption):
        if change.value not in [choice.key for choice in limits.choiceInfo]:
            raise invalid_argument(change.key, f"{change.value!r} is not one of its choices")
    elif isinstance(limits, vim.option.IntOption | vim.option.LongOption) and not (
        limits.min <= change.value <= limits.max
    ):
        raise invalid_argument(change.key, f"{change.value} is not within {limits.min} to {limits.max}")


def _unknown(name: str) -> Fault:
    return fault("InvalidName", f"The name '{name}' is invalid.", name=name)
