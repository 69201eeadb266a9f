# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as XML, with the text of each immutable data object kept on the object.

One thousand hosts share most of their configuration, so each shared part is written once per API version and then only
concatenated. A value that is copied on write (see :mod:`simulator.values`) leaves its text behind. What is common is
written here; what is rare (faults, times, type names) is left to pyVmomi's own, slower serializer.
"""

from __future__ import annotations

from functools import lru_cache
from io import StringIO

from .sdk import (
    F_OPTIONAL,
    NAMESPACE,
    SOAP_NSMAP,
    Array,
    DataObject,
    Enum,
    Field,
    Link,
    Long,
    ManagedObject,
    SoapSerializer,
    Value,
    compatible_type,
    escape,
    is_child_version,
    properties,
    string_array,
    wsdl_name,
)

_NSMAP = {**SOAP_NSMAP, NAMESPACE: ""}
_SIMPLE = {str: "xsd:string", bool: "xsd:boolean", int: "xsd:int", Long: "xsd:long", Link: "xsd:string"}
_ANY = object
_KEPT = 65536
"""Texts longer than this are put together anew each time: their parts are kept, and a fleet has many of them."""


class _Serializer(SoapSerializer):  # type: ignore[misc]
    """pyVmomi's serializer, tolerant of required fields that the simulator leaves unset."""

    def __init__(self, version: str) -> None:
        super().__init__(StringIO(), version, _NSMAP)
        self.outermostAttrs = ""

    def _Serialize(self, val: Value, info: Value, defNS: Value) -> None:
        if val is None or (isinstance(val, list) and not val and info.type is not _ANY):
            return
        super()._Serialize(val, info, defNS)


def rare_xml(value: Value, name: str, declared: Value, version: str) -> str:
    """Any value as the element ``name``, by pyVmomi's serializer."""
    writer = _Serializer(version)
    writer.Serialize(value, Field(name=name, type=declared, version=version, flags=F_OPTIONAL))
    return str(writer.writer.getvalue())


def fault_xml(value: Value, name: str, version: str, namespace: bool = False) -> str:
    """A fault as the element ``name``, with its own type and, if asked for, its own namespace."""
    writer = _Serializer(version)
    attribute = (f' xmlns="{NAMESPACE}"' if namespace else "") + f' xsi:type="{wsdl_name(type(value))}"'
    info = Field(name=name, type=type(value), version=version, flags=0)
    writer._SerializeDataObject(value, info, attribute, writer.defaultNS)
    return str(writer.writer.getvalue())


@lru_cache(maxsize=4096)
def _fields(kind: Value, version: str) -> tuple[tuple[str, Value], ...]:
    """Name and declared type of every property of a data type that API version ``version`` has."""
    known = properties(kind).values()
    return tuple((info.name, info.type) for info in known if is_child_version(version, info.version))


@lru_cache(maxsize=4096)
def _type_name(kind: Value, version: str) -> tuple[Value, str]:
    """The type that an API version knows a data type as, and its WSDL name."""
    known = compatible_type(kind, version)
    return known, wsdl_name(known)


def _kind(value: Value) -> Value:
    return type(value)


def element_xml(value: Value, name: str, declared: Value, version: str) -> str:
    """``value`` as the element ``name`` of declared type ``declared``; "" if it is unset."""
    if value is None:
        return ""
    if isinstance(value, DataObject) and not isinstance(value, Exception):
        known, type_name = _type_name(_kind(value), version)
        attribute = "" if known is declared else f' xsi:type="{type_name}"'
        return f"<{name}{attribute}>{_inner(value, version)}</{name}>"
    if isinstance(value, list):
        return _array(value, name, declared, version)
    if isinstance(value, ManagedObject):
        attribute = ' xsi:type="ManagedObjectReference"' if declared is _ANY else ""
        return f'<{name}{attribute} type="{wsdl_name(type(value))}">{value._moId}</{name}>'
    return _scalar(value, name, declared, version)


def _inner(value: Value, version: str) -> str:
    memory: dict[str, str] = value.__dict__.setdefault("_xml", {})
    text = memory.get(version)
    if text is None:
        state = value.__dict__
        fields = [field for field in _fields(_kind(value), version) if state[field[0]] is not None]
        text = "".join([element_xml(state[name], name, kind, version) for name, kind in fields])
        if len(text) <= _KEPT:
            memory[version] = text
    return text


def _array(value: Value, name: str, declared: Value, version: str) -> str:
    if declared is not _ANY:
        return "".join([element_xml(item, name, declared.Item, version) for item in value])
    kind = value.Item if isinstance(value, Array) else object
    if issubclass(kind, Link):
        value = string_array([str(item) for item in value])
    if issubclass(kind, ManagedObject):
        tag = array = "ManagedObjectReference"
    elif issubclass(kind, DataObject) and not issubclass(kind, Exception):
        tag = array = wsdl_name(kind)
    else:
        return rare_xml(value, name, declared, version)
    inner = "".join([element_xml(item, tag, kind, version) for item in value])
    return f'<{name} xsi:type="ArrayOf{array}">{inner}</{name}>'


def _scalar(value: Value, name: str, declared: Value, version: str) -> str:
    kind = type(value)
    simple = _SIMPLE.get(kind)
    if simple is None:
        if isinstance(value, Enum):
            attribute = f' xsi:type="{wsdl_name(kind)}"' if declared is _ANY else ""
            return f"<{name}{attribute}>{value}</{name}>"
        return rare_xml(value, name, declared, version)
    attribute = f' xsi:type="{simple}"' if declared is _ANY else ""
    if kind is bool:
        return f"<{name}{attribute}>{'true' if value else 'false'}</{name}>"
    return f"<{name}{attribute}>{escape(value) if isinstance(value, str) else value}</{name}>"


def val_xml(value: Value, version: str) -> str:
    """``value`` as ``<val xsi:type=...>``, as a property value travels. The text of an array is kept on it, too."""
    if not isinstance(value, Array):
        return element_xml(value, "val", _ANY, version)
    memory: dict[str, str] = value.__dict__.setdefault("_val", {})
    text = memory.get(version)
    if text is None:
        text = element_xml(value, "val", _ANY, version)
        if len(text) <= _KEPT:
            memory[version] = text
    return text
