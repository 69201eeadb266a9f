# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pyVmomi's objects to plain values and back. Resources see dicts, lists and scalars only.

A data object becomes a dict of its set properties, by API name. Two notes travel with it where the declared type
does not tell enough: ``_type`` (WSDL name of a subclass) and ``<property>#type`` (int, long, boolean, string of an
anyType value).
"""

from __future__ import annotations

import datetime
import typing as t

from . import sdk


class MoRef(t.NamedTuple):
    """A managed object: WSDL type name and id."""

    kind: str
    moid: str


_PROPERTIES: dict[type, tuple[tuple[str, t.Any], ...]] = {}


def _properties(kind: type) -> tuple[tuple[str, t.Any], ...]:
    found = _PROPERTIES.get(kind)
    if found is None:
        listed = kind._GetPropertyList()  # type: ignore[attr-defined]
        found = _PROPERTIES[kind] = tuple((info.name, info.type) for info in listed)
    return found


def type_of(value: t.Any) -> str:
    """The API's name of a scalar's type."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, sdk.VmomiSupport.long):
        return "long"
    if isinstance(value, int):
        return "int"
    return "string" if isinstance(value, str) else type(value).__name__


def plain(value: t.Any, declared: t.Any = None) -> t.Any:
    """Any value of the API as plain data."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, list):
        item = getattr(type(value), "Item", None)
        return [plain(element, item) for element in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, sdk.VmomiSupport.ManagedObject):
        return MoRef(type(value)._wsdlName, value._moId)
    if isinstance(value, sdk.VmomiSupport.DataObject):
        return _object(value, declared)
    return str(value)


def _object(value: t.Any, declared: t.Any) -> dict[str, t.Any]:
    kind = type(value)
    result: dict[str, t.Any] = {}
    if declared is not None and declared is not kind and declared is not object:
        result["_type"] = kind._wsdlName
    for name, property_type in _properties(kind):
        content = getattr(value, name)
        if content is None:
            continue
        result[name] = plain(content, property_type)
        if property_type is object:
            result[f"{name}#type"] = type_of(content)
    return result


def build(kind: t.Any, data: t.Mapping[str, t.Any]) -> t.Any:
    """The inverse of plain() for a data object of this declared type: a spec to send back with one field changed."""
    actual = sdk.VmomiSupport.GetWsdlType("urn:vim25", data["_type"]) if "_type" in data else kind
    made = actual()
    for name, property_type in _properties(actual):
        if f"{name}#type" in data:
            setattr(made, name, cast(data[f"{name}#type"], data[name]))
        elif name in data:
            setattr(made, name, _built(property_type, data[name]))
    return made


def arguments(method: t.Any, given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Plain arguments as the method's parameters want them."""
    kinds = {parameter.name: parameter.type for parameter in method.info.params}
    return {name: _built(kinds[name], value) for name, value in given.items()}


def _built(kind: t.Any, value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return build(kind, value)
    if isinstance(value, list):
        return kind([_built(kind.Item, element) for element in value])
    return value


def cast(kind: str, value: t.Any) -> t.Any:
    """A scalar in the API type an option uses, so that a long is sent as a long."""
    if kind == "long":
        return sdk.VmomiSupport.long(value)
    if kind == "int":
        return int(value)
    if kind == "boolean":
        return bool(value)
    return str(value)
