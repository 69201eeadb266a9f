# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that touches pyVmomi, which ships no types: everything it gives is :data:`Value`.

The practice vSphere is built on pyVmomi's own type metadata (names, versions, parameters, privileges), so that what is
simulated has the shape of the API and not of any client.
"""

from __future__ import annotations

import importlib
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""A pyVmomi value or type: opaque to the type checker, immutable by convention once it is part of the state."""

vim: Value = importlib.import_module("pyVmomi").vim
vmodl: Value = importlib.import_module("pyVmomi").vmodl
_soap: Value = importlib.import_module("pyVmomi.SoapAdapter")
_support: Value = importlib.import_module("pyVmomi.VmomiSupport")

DataObject: Value = _support.DataObject
ManagedObject: Value = _support.ManagedObject
Array: Value = _support.Array
Enum: Value = _support.Enum
Link: Value = _support.Link
Field: Value = _support.Object
Long: Value = _support.long
SoapSerializer: Value = _soap.SoapSerializer
SoapDeserializer: Value = _soap.SoapDeserializer
SOAP_NSMAP: Value = _soap.SOAP_NSMAP
escape: Value = _soap.XmlEscape
compatible_type: Value = _support.GetCompatibleType
is_child_version: Value = _support.IsChildVersion
vmodl_type: Value = _support.GetVmodlType
string_array: Value = _support.GetVmodlType("string[]")
F_OPTIONAL: int = _support.F_OPTIONAL

NAMESPACE = "urn:vim25"
SEPARATOR: str = _soap.NS_SEP
API_VERSION = "vim.version.v8_0_3_0"
OLDEST_VERSION = "vim.version.version2"


class Fault(Exception):
    """A fault the server answers with; ``value`` is the typed pyVmomi fault, ``text`` its message."""

    def __init__(self, value: Value, text: str) -> None:
        super().__init__(text)
        self.value = value
        self.text = text

    @property
    def name(self) -> str:
        """The WSDL name of the fault, as in ``NotFound``."""
        return str(wsdl_name(type(self.value)))


def wsdl_type(name: str) -> Value:
    """The pyVmomi type of a vim25 WSDL name; KeyError if there is none."""
    return _support.GetWsdlType(NAMESPACE, name)


def wsdl_name(cls: Value) -> str:
    """The WSDL name of a pyVmomi type."""
    return str(cls._wsdlName)


def is_fault_name(name: str) -> bool:
    """Whether ``name`` is the WSDL name of a fault."""
    try:
        return bool(issubclass(wsdl_type(name), vmodl.MethodFault))
    except (KeyError, TypeError):
        return False


def fault(kind: str, text: str, /, **fields: Value) -> Fault:
    """A :class:`Fault` of the WSDL name ``kind``; ``fields`` are its own properties."""
    return Fault(build(wsdl_type(kind), **fields), text)


def invalid_argument(name: str, why: str) -> Fault:
    """InvalidArgument that names the parameter, in the words vCenter uses."""
    return fault("InvalidArgument", f"A specified parameter was not correct: {name} ({why})", invalidProperty=name)


def wsdl_method(name: str) -> Value:
    """The method metadata (params, result, version, privId, faults) of a vim25 WSDL method name; KeyError if none."""
    return _support.GetWsdlMethod(NAMESPACE, name).info


def build(cls: Value, /, **fields: Value) -> Value:
    """A data object of pyVmomi type ``cls`` with exactly ``fields`` set.

    Written into the object directly: pyVmomi's own assignment takes a process-wide lock and re-reads the property list
    for each field. Lists become the typed arrays the serializer needs.
    """
    blank = _BLANKS.get(cls)
    if blank is None:
        kinds = {info.name: info.type for info in properties(cls).values()}
        blank = _BLANKS[cls] = {name: kind() if issubclass(kind, list) else None for name, kind in kinds.items()}
    made = cls.__new__(cls)
    state = made.__dict__
    state.update(blank)
    for name, value in fields.items():
        state[name] = typed(cls, name, value) if isinstance(value, list) else value
    return made


_BLANKS: dict[Value, dict[str, Value]] = {}
"""What an object of a type holds before anything is set; empty arrays are shared, for nothing changes in place."""


def typed(cls: Value, name: str, value: Value) -> Value:
    """``value`` as field ``name`` of ``cls`` keeps it: native lists become arrays of the declared type."""
    wanted = properties(cls)[name].type
    if isinstance(value, list) and issubclass(wanted, list) and not isinstance(value, Array):
        return wanted(value)
    return value


_PROPERTIES: dict[Value, dict[str, Value]] = {}


def properties(cls: Value) -> dict[str, Value]:
    """Name -> metadata of every property of a data or managed type, inherited ones first."""
    known = _PROPERTIES.get(cls)
    if known is None:
        known = {info.name: info for info in cls._GetPropertyList()}
        for info in known.values():
            info.type  # noqa: B018 - resolves the lazy type once, outside the hot path
        _PROPERTIES[cls] = known
    return known


def moref(kind: Value, moid: str) -> Value:
    """A managed object reference."""
    return kind(moid, None)


def request_version(soap_action: str) -> str | None:
    """The API version a SOAPAction asks for: the oldest one if it names none, None if it names one not served here."""
    uri = soap_action.strip().strip('"')
    if uri in ("", NAMESPACE, NAMESPACE + "/"):
        return OLDEST_VERSION
    if not uri.startswith("urn:"):
        return None
    version = _support.versionMap.get(uri.removeprefix("urn:"))
    return version if version in served_versions() else None


_SERVED: list[str] = []


def served_versions() -> list[str]:
    """Every vim25 version this server speaks, newest first."""
    if not _SERVED:
        known = [v for v, ns in _support.serviceNsMap.items() if ns == "vim25" and v.startswith("vim.version.")]
        found = [v for v in known if is_child_version(API_VERSION, v) and v != "vim.version.version1"]
        found.sort(key=lambda v: sum(is_child_version(v, other) for other in known), reverse=True)
        _SERVED.extend(found)
    return _SERVED


def version_id(version: str) -> str:
    """The public id of a version, as in ``8.0.3.0``."""
    return str(_support.versionIdMap[version])
