# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as XML: pyVmomi's serializer, with the text of each immutable value kept on the value.

One thousand hosts share most of their configuration, so each shared part is written once per API version and then
only concatenated. A value that is copied on write (see :mod:`simulator.values`) leaves its text behind.
"""

from __future__ import annotations

from io import StringIO

from .sdk import (
    F_OPTIONAL,
    NAMESPACE,
    SOAP_NSMAP,
    Array,
    DataObject,
    Field,
    ManagedObject,
    SoapSerializer,
    Value,
    escape,
    wsdl_name,
)

_NSMAP = {**SOAP_NSMAP, NAMESPACE: ""}


class ValueWriter(SoapSerializer):  # type: ignore[misc]
    """pyVmomi's serializer, tolerant of required fields that the simulator leaves unset, and with a memory."""

    def __init__(self, version: str) -> None:
        super().__init__(StringIO(), version, _NSMAP)
        self.outermostAttrs = ""

    def text(self, value: Value, name: str, declared: Value) -> str:
        """``value`` as the XML element ``name`` whose declared type is ``declared``."""
        self.writer = StringIO()
        info = Field(name=name, type=declared, version=self.version, flags=F_OPTIONAL)
        if value is None:
            return ""
        if isinstance(value, DataObject) and not isinstance(value, Exception):
            self._SerializeDataObject(value, info, "", self.defaultNS)
        else:
            self._Serialize(value, info, self.defaultNS)
        return str(self.writer.getvalue())

    def fault_detail(self, value: Value, name: str) -> str:
        """A fault as the element of a SOAP fault's detail."""
        self.writer = StringIO()
        attribute = f' xmlns="{NAMESPACE}" xsi:type="{wsdl_name(type(value))}"'
        info = Field(name=name, type=type(value), version=self.version, flags=0)
        super()._SerializeDataObject(value, info, attribute, self.defaultNS)
        return str(self.writer.getvalue())

    def _Serialize(self, val: Value, info: Value, defNS: Value) -> None:
        if val is None or (isinstance(val, list) and not val and info.type is not object):
            return
        super()._Serialize(val, info, defNS)

    def _SerializeDataObject(self, val: Value, info: Value, attr: Value, currDefNS: Value) -> None:
        if isinstance(val, Exception):
            super()._SerializeDataObject(val, info, attr, currDefNS)
            return
        memory = val.__dict__.setdefault("_xml", {})
        key = (self.version, info.name, info.type, attr, currDefNS, info.flags)
        text = memory.get(key)
        if text is None:
            outer, self.writer = self.writer, StringIO()
            super()._SerializeDataObject(val, info, attr, currDefNS)
            text = memory[key] = self.writer.getvalue()
            self.writer = outer
        self.writer.write(text)


def val_xml(value: Value, version: str) -> str:
    """``value`` as ``<val xsi:type=...>``, as a property value travels. The text is kept on arrays and data objects."""
    kind = type(value)
    if kind is str:
        return f'<val xsi:type="xsd:string">{escape(value)}</val>'
    if kind is bool:
        return '<val xsi:type="xsd:boolean">true</val>' if value else '<val xsi:type="xsd:boolean">false</val>'
    if isinstance(value, ManagedObject):
        return f'<val type="{wsdl_name(kind)}" xsi:type="ManagedObjectReference">{value._moId}</val>'
    if not isinstance(value, Array | DataObject):
        return ValueWriter(version).text(value, "val", object)
    memory = value.__dict__.setdefault("_val", {})
    text = memory.get(version)
    if text is None:
        text = memory[version] = ValueWriter(version).text(value, "val", object)
    return str(text)
