# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OptionManager: strict types, limits, all or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import VmomiSupport, vim, vmodl

long = VmomiSupport.long
TIMEOUT, LOCK, MOB = (
    "UserVars.ESXiShellTimeOut",
    "Security.AccountLockFailures",
    "Config.HostAgent.plugins.solo.enableMob",
)


def option(key: str, value: Any) -> Any:
    """An OptionValue."""
    return vim.option.OptionValue(key=key, value=value)


def value(first: Any, key: str) -> Any:
    """The value of an option."""
    return first.get(f'config.option["{key}"].value')


def test_each_type_is_written_as_itself(host: Any, first: Any) -> None:
    changes = {TIMEOUT: long(600), LOCK: 3, MOB: False, "Config.Etc.issue": "Authorised use only."}
    host.configManager.advancedOption.UpdateOptions([option(key, item) for key, item in changes.items()])
    assert {key: value(first, key) for key in changes} == changes


@pytest.mark.parametrize(
    ("key", "wrong"),
    [(TIMEOUT, 600), (LOCK, long(3)), (MOB, "false"), (MOB, 0), (TIMEOUT, "600"), ("Config.Etc.issue", 1)],
)
def test_a_wrong_type_is_an_invalid_argument_that_names_the_option(host: Any, sim: Any, key: str, wrong: Any) -> None:
    before = sim.dump()
    with pytest.raises(vmodl.fault.InvalidArgument) as caught:
        host.configManager.advancedOption.UpdateOptions([option(key, wrong)])
    assert caught.value.invalidProperty == key
    assert sim.dump() == before


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        (TIMEOUT, long(-1)),
        (TIMEOUT, long(86401)),
        (LOCK, 101),
        ("Config.HostAgent.log.level", "loud"),
        ("ScratchConfig.CurrentScratchLocation", "/elsewhere"),
        ("Vpx.Vpxa.config.server_ip", "192.0.2.5"),
    ],
)
def test_a_value_beyond_the_limits_or_a_read_only_option_is_refused(host: Any, sim: Any, key: str, wrong: Any) -> None:
    before = sim.dump()
    with pytest.raises(vmodl.fault.InvalidArgument):
        host.configManager.advancedOption.UpdateOptions([option(key, wrong)])
    assert sim.dump() == before


def test_the_limits_themselves_are_allowed(host: Any, first: Any) -> None:
    for number in (0, 100):
        host.configManager.advancedOption.UpdateOptions([option(LOCK, number)])
        assert value(first, LOCK) == number
    host.configManager.advancedOption.UpdateOptions([option("Config.HostAgent.log.level", "warning")])
    assert value(first, "Config.HostAgent.log.level") == "warning"


@pytest.mark.parametrize("key", ["No.Such.Option", "config.etc.issue", ""])
def test_an_unknown_key_is_invalid_name_and_keys_are_case_sensitive(host: Any, key: str) -> None:
    with pytest.raises(vim.fault.InvalidName) as caught:
        host.configManager.advancedOption.UpdateOptions([option(key, "x")])
    assert caught.value.name == key


def test_if_one_of_several_is_refused_none_is_changed(host: Any, sim: Any) -> None:
    before = sim.dump()
    with pytest.raises(vim.fault.InvalidName):
        host.configManager.advancedOption.UpdateOptions([option(LOCK, 3), option("No.Such", "x")])
    with pytest.raises(vmodl.fault.InvalidArgument):
        host.configManager.advancedOption.UpdateOptions([option(LOCK, 3), option(TIMEOUT, 600)])
    assert sim.dump() == before


def test_query_finds_one_option_a_branch_or_all(host: Any) -> None:
    options = host.configManager.advancedOption
    (found,) = options.QueryOptions(TIMEOUT)
    assert (found.key, found.value) == (TIMEOUT, 0)
    branch = [item.key for item in options.QueryOptions("UserVars.")]
    assert len(branch) == 27
    assert all(key.startswith("UserVars.") for key in branch)
    assert len(options.QueryOptions()) == 1289
    assert len(options.setting) == 1289
    assert len(options.supportedOption) == 1200


@pytest.mark.parametrize("name", ["No.Such.Option", "UserVars", "uservars."])
def test_a_query_for_nothing_known_is_invalid_name(host: Any, name: str) -> None:
    with pytest.raises(vim.fault.InvalidName):
        host.configManager.advancedOption.QueryOptions(name)
