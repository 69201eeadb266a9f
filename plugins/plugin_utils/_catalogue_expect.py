# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expectations: one field, one operator, what to write when it is not met, and where the site's own values go in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.dejima.hypervisor.plugins.plugin_utils import _catalogue_site as site_values
from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_text import CatalogueError, shown, unknown

# What each resource's fields hold. The engine reads them; here they only decide what may be written about them.
FIELDS: dict[str, dict[str, str]] = {
    "service": {"running": "boolean", "policy": "policy"},
    "firewall": {"enabled": "boolean", "all_ip": "boolean", "allowed": "networks"},
    "firewall_policy": {"incoming_blocked": "boolean", "outgoing_blocked": "boolean"},
    "option": {"value": "scalar"},
    "vswitch": {"promiscuous_mode": "boolean", "mac_changes": "boolean", "forged_transmits": "boolean"},
    "port_group": {
        "vswitch": "text",
        "vlan_id": "vlan",
        "promiscuous_mode": "boolean",
        "mac_changes": "boolean",
        "forged_transmits": "boolean",
        "vlan_shared_with": "names",
        "virtual_machines": "names",
        "vmkernel_adapters": "names",
    },
    "vmkernel_service": {"adapters": "names"},
}
_LISTS = ("networks", "names")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _items(value: object) -> list[object]:
    """Return the items of a list, or of a text with commas between them, as options hold lists."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return list(value) if isinstance(value, list | tuple) else [value]


def _sort_of(value: object) -> str:
    return "a number" if _number(value) else "true or false" if isinstance(value, bool) else "a text"


# operator -> does `value` satisfy it with `argument`
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda argument, value: bool(argument == value),
    "not_equals": lambda argument, value: bool(argument != value),
    "one_of": lambda argument, value: value in argument,
    "not_in": lambda argument, value: value not in argument,
    "between": lambda argument, value: _number(value) and bool(argument[0] <= value <= argument[1]),
    "at_least": lambda argument, value: _number(value) and bool(value >= argument),
    "at_most": lambda argument, value: _number(value) and bool(value <= argument),
    "contains": lambda argument, value: all(item in _items(value) for item in argument),
    "excludes": lambda argument, value: not any(item in _items(value) for item in argument),
    "subset_of": lambda argument, value: all(item in argument for item in _items(value)),
    "empty": lambda argument, value: not _items(value),
    "not_empty": lambda argument, value: bool(_items(value)),
    "matches": lambda argument, value: re.fullmatch(argument, str(value)) is not None,
}
_TAKES_LIST = ("one_of", "not_in", "contains", "excludes", "subset_of")
# Operators that need no `set`: they write their argument, or the list with the least change that meets it.
WRITES_ITSELF = ("equals", "contains", "excludes")


def references(node: object) -> Iterator[str]:
    """Yield the name of every site value that `node` asks for, in order."""
    if isinstance(node, Mapping):
        if set(node) == {"site"}:
            yield str(node["site"])
            return
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from references(value)


def fill(node: object, site: Mapping[str, Any]) -> Any:  # noqa: ANN401  # plain JSON in, plain JSON out
    """Return a copy of `node` with {site: NAME} replaced.

    A site value that is a list and stands inside a list is spliced into it; a list so joined keeps no item twice.
    Every referenced value must be known (see `references`).
    """
    if isinstance(node, Mapping):
        if set(node) == {"site"}:
            return fill(site[str(node["site"])], {})
        return {str(key): fill(value, site) for key, value in node.items()}
    if not isinstance(node, list | tuple):
        return node
    joined: list[Any] = []
    for item in node:
        value = fill(item, site)
        spliced = isinstance(value, list) and any(True for _name in references(item))
        joined.extend(value if spliced else [value])
    if not any(True for _name in references(node)):
        return joined
    return [item for index, item in enumerate(joined) if item not in joined[:index]]


def operator(expectation: Mapping[str, Any]) -> str:
    """Return the one operator of a checked expectation."""
    return next(key for key in expectation if key in OPERATORS)


def resolve(expectation: Mapping[str, Any], site: Mapping[str, Any]) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the row form {op, value, set?} and no names; or nothing and the site values that are missing.

    `otherwise` stands in when the argument needs a site value nobody gave. A `set` that needs one is dropped, so the
    field is audited only.
    """
    name = operator(expectation)
    missing = [ref for ref in references(expectation[name]) if ref not in site]
    if missing:
        return resolve(expectation["otherwise"], site) if "otherwise" in expectation else (None, missing)
    row: dict[str, Any] = {"op": name, "value": fill(expectation[name], site)}
    if "set" in expectation:
        known = all(ref in site for ref in references(expectation["set"]))
        if known and (expectation["set"] is not None or name in WRITES_ITSELF):
            row["set"] = fill(expectation["set"], site)
        elif not known and name in WRITES_ITSELF:
            row["set"] = None
    return row, []


def typed(kind: str, value: object, place: str) -> Any:  # noqa: ANN401  # the type is what `kind` says
    """Return `value` in canonical form if a field of this kind can hold it; else raise CatalogueError."""
    if isinstance(value, Mapping):
        raise CatalogueError(f"{place}: {shown(value)} is not a value")
    if kind == "boolean" and not isinstance(value, bool):
        raise CatalogueError(f"{place} must be true or false, not {shown(value)}")
    if kind == "policy":
        return site_values.policy(value, place)
    if kind == "text":
        return site_values.text(value, place)
    if kind == "networks":
        return site_values.networks(value, place)
    if kind == "names":
        return site_values.names(value, place)
    if kind == "vlan" and (not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 4095):
        raise CatalogueError(f"{place} must be a VLAN ID from 0 to 4095, not {shown(value)}")
    if kind == "scalar" and not isinstance(value, bool | int | float | str):
        raise CatalogueError(f"{place} must be a number, a text, true or false, not {shown(value)}")
    return value


def checked(kind: str, written: Mapping[str, Any], declared: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return a hand-written expectation for a field of this kind, canonical; explains every mistake in it.

    `declared` are the site values that exist, given or not. Site values inside are left in place.
    """
    names = [str(key) for key in written if key not in ("set", "otherwise")]
    if len(names) != 1:
        found = f"has {len(names)}: {', '.join(names)}" if names else "has none"
        raise CatalogueError(f"{place} needs one operator and {found}. Known: {', '.join(sorted(OPERATORS))}")
    name = names[0]
    if name not in OPERATORS:
        raise unknown("operator", name, OPERATORS, place)
    for ref in references(written):
        if ref not in declared:
            raise unknown("site value", ref, declared, place)
    result: dict[str, Any] = {name: _argument(kind, name, written[name], f"{place}.{name}")}
    if "set" in written:
        result["set"] = _written_value(kind, name, result[name], written["set"], place)
    if "otherwise" in written:
        if not isinstance(written["otherwise"], Mapping):
            raise CatalogueError(f"{place}.otherwise must be an expectation such as {{not_in: [0]}}")
        result["otherwise"] = checked(kind, written["otherwise"], declared, f"{place}.otherwise")
    return result


def _only_true(value: object, place: str) -> bool:
    if value is not True:
        raise CatalogueError(f"{place} takes true, not {shown(value)}")
    return True


def _one_number(value: object, place: str) -> object:
    if not _number(value):
        raise CatalogueError(f"{place} takes a number, not {shown(value)}")
    return value


def _two_numbers(value: object, place: str) -> list[Any]:
    pair = list(value) if isinstance(value, list | tuple) else []
    if len(pair) != 2 or not all(_number(end) for end in pair) or pair[0] > pair[1]:
        raise CatalogueError(f"{place} takes two numbers, the smaller first, such as [1, 600], not {shown(value)}")
    return pair


def _pattern(value: object, place: str) -> str:
    try:
        re.compile(site_values.text(value, place))
    except re.error as exc:
        raise CatalogueError(f"{place}: {shown(value)} is not a regular expression: {exc}") from None
    return str(value)


_OWN_ARGUMENTS: dict[str, Callable[[object, str], object]] = {
    "at_least": _one_number,
    "at_most": _one_number,
    "between": _two_numbers,
    "empty": _only_true,
    "matches": _pattern,
    "not_empty": _only_true,
}


def _argument(kind: str, name: str, value: object, place: str) -> Any:  # noqa: ANN401  # plain JSON
    if any(True for _name in references(value)):
        return value
    if name in _OWN_ARGUMENTS:
        return _OWN_ARGUMENTS[name](value, place)
    if name not in _TAKES_LIST:
        return typed(kind, value, place)
    items = site_values.sequence(value, place, "vmk0")
    if not items:
        raise CatalogueError(f"{place} is empty; name at least one value")
    if kind in _LISTS:
        return typed(kind, items, place)
    return [typed(kind, item, f"{place}[{index}]") for index, item in enumerate(items)]


def _written_value(kind: str, name: str, argument: object, value: object, place: str) -> Any:  # noqa: ANN401  # plain JSON
    if value is None or any(True for _name in references(value)):
        return value
    canonical = typed(kind, value, f"{place}.set")
    if not any(True for _name in references(argument)) and not OPERATORS[name](argument, canonical):
        raise CatalogueError(f"{place}.set: {shown(value)} would not meet {name} {shown(argument)}")
    return canonical


def shorthand(kind: str, rule: Mapping[str, Any], value: object, site: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return the expectation `equals value`, after holding the value to the control's own rule for that field.

    An `equals` rule is replaced by another value of the same type; any other rule (a range, an exclusion) still has to
    hold, so that 0, which means never, cannot slip in as a time-out. A full expectation replaces the rule itself.
    """
    canonical = typed(kind, value, place)
    name = operator(rule)
    if any(ref not in site for ref in references(rule[name])):
        if "otherwise" in rule:
            return shorthand(kind, rule["otherwise"], canonical, site, place)
        return {"equals": canonical}
    argument = fill(rule[name], site)
    if name == "equals":
        if kind == "scalar" and _sort_of(argument) != _sort_of(canonical):
            raise CatalogueError(f"{place} takes {_sort_of(argument)} such as {shown(argument)}, not {shown(value)}")
    elif not OPERATORS[name](argument, canonical):
        raise CatalogueError(
            f"{place}: {shown(value)} breaks the control's own rule, {name} {shown(argument)}; "
            f"to change the rule write it in full, such as {{{name}: ..., set: ...}}"
        )
    return {"equals": canonical}
