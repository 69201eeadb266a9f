# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fast writer of values against pyVmomi's own serializer, on everything a host has."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyVmomi import VmomiSupport, vim

from simulator import PracticeVsphere
from simulator.sdk import served_versions
from simulator.values import json_text, parse_path, replace, same, with_plain
from simulator.xmlout import element_xml, rare_xml, val_xml

VERSIONS = ["vim.version.v8_0_3_0", "vim.version.v7_0", "vim.version.version7", "vim.version.version2"]


@pytest.fixture(scope="module")
def config() -> Any:
    """The configuration of a host."""
    sim = PracticeVsphere(hosts=1)
    sim.close()
    return sim.host("esx-01.practice").config


@pytest.mark.parametrize("version", VERSIONS)
def test_the_whole_configuration_is_written_as_pyvmomi_writes_it(config: Any, version: str) -> None:
    assert version in served_versions()
    assert element_xml(config, "val", object, version) == rare_xml(config, "val", object, version)
    for name in ("service", "firewall", "option", "optionDef", "network", "virtualNicManagerInfo", "product"):
        value = getattr(config, name)
        assert val_xml(value, version) == rare_xml(value, "val", object, version)


SCALARS = st.one_of(
    st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"])),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1).map(VmomiSupport.long),
)


@given(key=st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"])), value=SCALARS)
def test_any_option_is_written_as_pyvmomi_writes_it(key: str, value: Any) -> None:
    option = vim.option.OptionValue(key=key, value=value)
    expected = rare_xml(option, "val", object, VERSIONS[0])
    assert val_xml(option, VERSIONS[0]) == expected


def test_a_copy_on_write_leaves_the_original_and_its_text_alone(config: Any) -> None:
    before = val_xml(config.service, VERSIONS[0]), json_text(config.service)
    changed = with_plain(config.service, parse_path('service["TSM"].running'), True)
    assert (val_xml(config.service, VERSIONS[0]), json_text(config.service)) == before
    assert val_xml(changed, VERSIONS[0]) != before[0]
    assert json_text(changed) != before[1]
    assert not same(changed, config.service)
    assert changed.service[0] is config.service.service[0]


def test_equal_values_are_the_same_and_types_count(config: Any) -> None:
    option = config.option[0]
    assert same(option, replace(option))
    timeout = next(item for item in config.option if item.key == "UserVars.DcuiTimeOut")
    assert not same(timeout, replace(timeout, value=int(timeout.value)))
