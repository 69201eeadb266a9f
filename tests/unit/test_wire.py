# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wire's objects to plain values and back: whatever is read of a spec is what is sent again."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyVmomi import vim
from pyVmomi.SoapAdapter import SerializeToStr
from pyVmomi.VmomiSupport import F_OPTIONAL, DataObject, GetWsdlMethod, ManagedObject, long

from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.wire import (
    MoRef,
    arguments,
    build,
    cast,
    plain,
    type_of,
)

WRITES = {
    "UpdateOptions": "changedValue",
    "UpdateRuleset": "spec",
    "UpdateDefaultPolicy": "defaultPolicy",
    "UpdateVirtualSwitch": "spec",
    "UpdatePortGroup": "portgrp",
}
SUBTYPES = {
    vim.host.VirtualSwitch.Bridge: (
        vim.host.VirtualSwitch.BondBridge,
        vim.host.VirtualSwitch.SimpleBridge,
        vim.host.VirtualSwitch.AutoBridge,
    )
}
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
ANY = st.one_of(
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1).map(long),
    TEXT,
)


def written_type(method: str) -> Any:
    """The declared data object type of what a write sends."""
    kinds = {parameter.name: parameter.type for parameter in GetWsdlMethod("urn:vim25", method).info.params}
    kind = kinds[WRITES[method]]
    return kind.Item if issubclass(kind, list) else kind


def values(kind: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Any value of a declared type; None where it may be unset."""
    if kind is object:
        return ANY
    if issubclass(kind, list):
        return st.lists(values(kind.Item, depth + 1), max_size=2).map(kind)
    if issubclass(kind, DataObject):
        choices = [objects(each, depth + 1) for each in SUBTYPES.get(kind, (kind,))]
        return st.one_of(choices)
    if kind is bool:
        return st.booleans()
    if kind is long:
        return st.integers(-(2**63), 2**63 - 1).map(long)
    if issubclass(kind, int):
        return st.integers(-(2**31), 2**31 - 1).map(kind) if kind is int else st.integers(0, 100).map(kind)
    if hasattr(kind, "values"):
        return st.sampled_from(list(kind.values)).map(kind)
    return TEXT.map(kind)


@st.composite
def objects(draw: st.DrawFn, kind: Any, depth: int = 0) -> Any:
    """Any data object of exactly this type."""
    made = kind()
    for info in kind._GetPropertyList():
        if info.flags & F_OPTIONAL and draw(st.booleans()):
            continue
        value = draw(values(info.type, depth + 1))
        if isinstance(value, list) and not value and not info.flags & F_OPTIONAL:
            value = info.type([draw(values(info.type.Item, depth + 1))])
        setattr(made, info.name, value)
    return made


def on_the_wire(value: Any) -> str:
    return str(SerializeToStr(value))


@pytest.mark.parametrize("method", sorted(WRITES))
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_read_is_sent_again_to_the_letter(method: str, data: st.DataObject) -> None:
    kind = written_type(method)
    value = data.draw(objects(kind))
    read = plain(value, kind)
    json.dumps(read)
    assert on_the_wire(build(kind, read)) == on_the_wire(value)
    assert plain(build(kind, read), kind) == read


def test_a_long_stays_a_long_and_an_int_an_int() -> None:
    for value, name in ((long(5), "long"), (5, "int"), (True, "boolean"), ("5", "string")):
        option = vim.option.OptionValue(key="k", value=value)
        read = plain(option, vim.option.OptionValue)
        assert (read["key"], read["value"], read["value#type"]) == ("k", value, name)
        assert f'xsi:type="XMLSchema:{name}"' in on_the_wire(build(vim.option.OptionValue, read)).replace(
            "xsd:", "XMLSchema:"
        )


def test_a_subtype_is_remembered_where_the_declared_type_does_not_tell_it() -> None:
    spec = vim.host.VirtualSwitch.Specification(
        numPorts=8, bridge=vim.host.VirtualSwitch.BondBridge(nicDevice=["vmnic0"])
    )
    read = plain(spec, vim.host.VirtualSwitch.Specification)
    assert read["bridge"]["_type"] == "HostVirtualSwitchBondBridge"
    assert read["bridge"]["nicDevice"] == ["vmnic0"]
    assert isinstance(build(type(spec), read).bridge, vim.host.VirtualSwitch.BondBridge)


@pytest.mark.parametrize(
    ("kind", "value", "made"),
    [("long", "7", long(7)), ("int", 7, 7), ("boolean", True, True), ("string", 7, "7")],
)
def test_a_scalar_is_cast_to_the_type_the_host_uses(kind: str, value: Any, made: Any) -> None:
    result = cast(kind, value)
    assert result == made
    assert type(result) is type(made)
    assert type_of(result) == kind


def test_arguments_are_built_as_the_method_declares_them() -> None:
    made = arguments(
        vim.host.FirewallSystem.UpdateRuleset,
        {"id": "sshServer", "spec": {"allowedHosts": {"allIp": False, "ipAddress": ["10.0.0.1"], "ipNetwork": []}}},
    )
    assert made["id"] == "sshServer"
    assert made["spec"].allowedHosts.allIp is False
    assert list(made["spec"].allowedHosts.ipAddress) == ["10.0.0.1"]


def test_a_list_of_data_objects_is_built_as_the_array_it_is_declared_as() -> None:
    made = arguments(
        vim.option.OptionManager.UpdateOptions,
        {"changedValue": [{"key": "A", "value": 5, "value#type": "long"}]},
    )
    [option] = made["changedValue"]
    assert isinstance(option, vim.option.OptionValue)
    assert isinstance(option.value, long)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, None),
        (True, True),
        (long(5), 5),
        (1.5, 1.5),
        ("x", "x"),
        (vim.HostSystem("host-1"), MoRef("HostSystem", "host-1")),
        (vim.HostSystem.ConnectionState.connected, "connected"),
        (datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "2026-01-02T00:00:00+00:00"),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_every_kind_of_value_becomes_plain(value: Any, read: Any) -> None:
    result = plain(value)
    assert result == read
    assert type(result) is type(read)
    json.dumps(result)


def test_a_reference_is_no_part_of_what_is_written() -> None:
    """Specs to send back hold no managed objects: they could not be built from plain data."""
    for method in WRITES:
        assert not [
            info.name for info in written_type(method)._GetPropertyList() if issubclass(info.type, ManagedObject)
        ]
