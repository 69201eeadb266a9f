# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostServiceSystem: start, stop, policy, and what survives a reboot."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

SSH = 'config.service.service["TSM-SSH"]'


def test_stopping_a_service_leaves_its_policy_alone(host: Any, first: Any) -> None:
    host.configManager.serviceSystem.StopService("TSM-SSH")
    assert first.get(SSH + ".running") is False
    assert first.get(SSH + ".policy") == "on"


def test_changing_the_policy_does_not_stop_the_service(host: Any, first: Any) -> None:
    host.configManager.serviceSystem.UpdateServicePolicy("TSM-SSH", "off")
    assert first.get(SSH + ".running") is True
    assert first.get(SSH + ".policy") == "off"


def test_after_a_reboot_a_service_runs_as_its_policy_says(host: Any, first: Any) -> None:
    services = host.configManager.serviceSystem
    services.StopService("TSM-SSH")
    services.UpdateServicePolicy("DCUI", "off")
    first.reboot()
    assert first.get(SSH + ".running") is True
    assert first.get('config.service.service["DCUI"].running') is False


def test_after_a_reboot_an_automatic_service_runs_if_its_ruleset_is_open(first: Any) -> None:
    first.set('config.service.service["dpd"].policy', "automatic")
    first.reboot()
    assert first.get('config.service.service["dpd"].running') is False
    first.set('config.firewall.ruleset["dpd"].enabled', True)
    first.reboot()
    assert first.get('config.service.service["dpd"].running') is True


def test_a_change_on_one_host_is_on_no_other(host: Any, sim: Any) -> None:
    host.configManager.serviceSystem.StopService("TSM-SSH")
    assert [sim.host(name).get(SSH + ".running") for name in sim.host_names] == [False, True, True]


def test_what_was_written_is_what_is_read(host: Any) -> None:
    services = host.configManager.serviceSystem
    services.StopService("TSM-SSH")
    (ssh,) = [item for item in services.serviceInfo.service if item.key == "TSM-SSH"]
    (same,) = [item for item in host.config.service.service if item.key == "TSM-SSH"]
    assert (ssh.running, same.running) == (False, False)


@pytest.mark.parametrize("method", ["StartService", "StopService", "RestartService"])
def test_an_unknown_service_is_not_found(host: Any, sim: Any, method: str) -> None:
    before = sim.dump()
    with pytest.raises(vim.fault.NotFound):
        getattr(host.configManager.serviceSystem, method)("no-such-service")
    with pytest.raises(vim.fault.NotFound):
        host.configManager.serviceSystem.UpdateServicePolicy("no-such-service", "off")
    assert sim.dump() == before


def test_starting_what_runs_and_stopping_what_does_not_is_invalid_state(host: Any) -> None:
    services = host.configManager.serviceSystem
    with pytest.raises(vim.fault.InvalidState):
        services.StartService("TSM-SSH")
    with pytest.raises(vim.fault.InvalidState):
        services.StopService("TSM")
    with pytest.raises(vim.fault.InvalidState):
        services.RestartService("TSM")
    services.RestartService("TSM-SSH")


def test_a_required_service_can_be_neither_stopped_nor_disabled(host: Any, sim: Any) -> None:
    before = sim.dump()
    with pytest.raises(vim.fault.HostConfigFault):
        host.configManager.serviceSystem.StopService("vmsyslogd")
    with pytest.raises(vim.fault.HostConfigFault):
        host.configManager.serviceSystem.UpdateServicePolicy("vmsyslogd", "off")
    assert sim.dump() == before


def test_a_policy_that_is_none_is_an_invalid_argument(host: Any) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument) as caught:
        host.configManager.serviceSystem.UpdateServicePolicy("TSM-SSH", "sometimes")
    assert caught.value.invalidProperty == "policy"


def test_refresh_changes_nothing(host: Any, sim: Any) -> None:
    before = sim.dump()
    host.configManager.serviceSystem.RefreshServices()
    assert sim.dump() == before
