# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP in and out: an envelope to a typed call, results and faults to envelopes.

Requests are read with expat, with every declaration of entities refused, and typed by pyVmomi's deserializer from the
parameters of the method they name. Anything that is not such a request is an InvalidRequest, never a traceback.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from xml.parsers import expat

from .sdk import (
    F_OPTIONAL,
    NAMESPACE,
    SEPARATOR,
    DataObject,
    Fault,
    Field,
    ManagedObject,
    SoapDeserializer,
    Value,
    escape,
    fault,
    is_child_version,
    properties,
    version_id,
    wsdl_method,
    wsdl_name,
)
from .xmlout import element_xml, fault_xml

_BEGIN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<soapenv:Body>\n'
)
_END = "\n</soapenv:Body>\n</soapenv:Envelope>"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/" + SEPARATOR
_DEPTH = 64


@dataclass(frozen=True)
class Request:
    """One typed call: the WSDL method name, the object it is for, its named arguments, the API version it speaks."""

    method: str
    this: Value
    arguments: dict[str, Value]
    version: str
    info: Value


class UnknownMethod(Fault):
    """The call names a method that is not in the API at all."""

    def __init__(self, method: str, problem: Fault) -> None:
        super().__init__(problem.value, problem.text)
        self.method = method


class Raw(str):
    """A result already written as XML."""

    __slots__ = ()


class _FetchInfo:
    """``Fetch`` reads one property; it is on the wire, but in no method table."""

    wsdlName = "Fetch"
    privId = "System.Anonymous"
    version = "vmodl.version.version0"
    result = object
    faults: tuple[str, ...] = ()
    params = (Field(name="prop", type=str, version="vmodl.version.version0", flags=0),)


@lru_cache(maxsize=1024)
def method_info(name: str) -> Value:
    """The metadata of a WSDL method, or None if the API has no such method."""
    if name == "Fetch":
        return _FetchInfo
    try:
        return wsdl_method(name)
    except KeyError:
        return None


@lru_cache(maxsize=1024)
def _envelope_type(name: str) -> Value:
    """A throw-away data type whose properties are ``_this`` and the parameters of the method ``name``."""
    info = method_info(name)
    this = Field(name="_this", type=ManagedObject, version="vmodl.version.version0", flags=0)
    fields = [this, *info.params]
    body = {
        "_wsdlName": name,
        "_propList": fields,
        "_propInfo": {field.name: field for field in fields},
        "_version": "vmodl.version.version0",
        "__setattr__": object.__setattr__,
    }
    return type(f"{name}Request", (DataObject,), body)


def _check_complete(value: Value, fields: Iterable[Value], what: str) -> None:
    """Fault InvalidRequest if a required property is missing anywhere below ``value``."""
    for field in fields:
        item = getattr(value, field.name)
        unset = item is None or (isinstance(item, list) and not item)
        if unset and not field.flags & F_OPTIONAL and field.type is not object:
            raise fault("InvalidRequest", f"Required property {field.name} is missing from {what}")
        for part in item if isinstance(item, list) else (item,):
            if isinstance(part, DataObject):
                _check_complete(part, properties(type(part)).values(), f"data object of type {wsdl_name(type(part))}")


class _Deserializer(SoapDeserializer):  # type: ignore[misc]
    """pyVmomi's deserializer, bounded in depth, that leaves unset what was not sent instead of filling it in."""

    def StartElementHandler(self, tag: str, attr: dict[str, str]) -> None:
        if len(self.stack) > _DEPTH:
            raise ValueError("nested too deeply")
        super().StartElementHandler(tag, attr)
        made = self.stack[-1]
        if isinstance(made, DataObject):
            for name, info in properties(type(made)).items():
                if not issubclass(info.type, list):
                    made.__dict__[name] = None


class _Reader:
    """Finds the one child of the SOAP body and hands it to pyVmomi's deserializer."""

    def __init__(self) -> None:
        self.method = ""
        self.typed: Value = None
        self._depth = 0
        self._in_body = False
        self.parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartNamespaceDeclHandler = self._prefix
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._prefixes: dict[str | None, list[str]] = {}

    def read(self, body: bytes) -> None:
        self.parser.Parse(body, True)

    def _refuse(self, *_: Value) -> None:
        raise ValueError("document type and entity declarations are refused")

    def _prefix(self, prefix: str | None, uri: str) -> None:
        self._prefixes.setdefault(prefix, []).append(uri)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and tag != _ENVELOPE + "Envelope":
            raise ValueError("not a SOAP envelope")
        if self._depth == 2:
            self._in_body = tag == _ENVELOPE + "Body"
        elif self._depth == 3 and self._in_body:
            self._call(tag, attributes)

    def _call(self, tag: str, attributes: dict[str, str]) -> None:
        if self.typed is not None:
            raise ValueError("more than one call in the SOAP body")
        namespace, _separator, name = tag.rpartition(SEPARATOR)
        if namespace != NAMESPACE:
            raise ValueError(f'Unsupported namespace "{namespace}" in content of SOAP body')
        self.method = name
        self._depth = 2  # the deserializer swallows the end of this element
        if method_info(name) is None:
            text = f'Unable to resolve WSDL method name "{name}" for "{NAMESPACE}"'
            raise UnknownMethod(name, fault("InvalidRequest", text))
        self.typed = _Deserializer()
        self.typed.Deserialize(self.parser, _envelope_type(name), nsMap=self._prefixes)
        self.typed.StartElementHandler(tag, attributes)

    def _end(self, _tag: str) -> None:
        self._depth -= 1


def read_request(body: bytes, version: str) -> Request:
    """The call in a SOAP envelope; Fault InvalidRequest (or MethodNotFound for a method newer than ``version``)."""
    reader = _Reader()
    try:
        reader.read(body)
        result = reader.typed.GetResult() if reader.typed is not None else None
    except expat.ExpatError as error:
        raise fault("InvalidRequest", f"malformed XML: {error}") from error
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, binascii.Error) as error:
        reason = str(error) if isinstance(error, ValueError) else f"cannot be read as {reader.method or 'a call'}"
        raise fault("InvalidRequest", f"while parsing SOAP body: {reason}") from error
    if result is None or not isinstance(getattr(result, "_this", None), ManagedObject):
        raise fault("InvalidRequest", "the SOAP body holds no call on a managed object")
    info = method_info(reader.method)
    _check_complete(result, info.params, f"the call of {reader.method}")
    arguments = {param.name: getattr(result, param.name) for param in info.params}
    return Request(reader.method, result._this, arguments, version, info)


def check_version(request: Request) -> None:
    """Fault MethodNotFound if the method is newer than the version the caller speaks."""
    if not is_child_version(request.version, request.info.version):
        raise method_not_found(request, f"{request.method} is not in API version {version_id(request.version)}")


def method_not_found(request: Request, text: str) -> Fault:
    """The fault for a method that the object does not have here; it names the method."""
    return fault("MethodNotFound", text, receiver=request.this, method=request.method)


def answer(request: Request, result: Value) -> bytes:
    """The SOAP envelope that carries ``result``."""
    if isinstance(result, Raw):
        inner = str(result)
    elif result is None:
        inner = ""
    elif request.method == "Fetch":
        inner = element_xml(result, "returnval", object, request.version)
    else:
        inner = element_xml(result, "returnval", request.info.result, request.version)
    tag = f"{request.method}Response"
    return f'{_BEGIN}<{tag} xmlns="{NAMESPACE}">{inner}</{tag}>{_END}'.encode()


def fault_answer(problem: Fault, version: str, code: str = "ServerFaultCode") -> bytes:
    """The SOAP envelope that carries a fault."""
    detail = fault_xml(problem.value, problem.name + "Fault", version, namespace=True)
    text = escape(problem.text)
    return (
        f"{_BEGIN}<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>"
        f"<detail>{detail}</detail></soapenv:Fault>{_END}"
    ).encode()
