# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storage leaves the management adapters where it has another one, and never its last."""

from __future__ import annotations

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import FAIL, Want
from simulator import PracticeVsphere
from tests.contract.practice import HOST, asked, converged, writes

VSAN = 'config.virtualNicManagerInfo.netConfig["vsan"].selectedVnic'
VMOTION = 'config.virtualNicManagerInfo.netConfig["vmotion"].selectedVnic'
NOT_ON_MANAGEMENT = Want("excludes", ["vmk0"])


def key(service: str, device: str) -> str:
    return f"{service}.key-vim.host.VirtualNic-{device}"


@pytest.mark.parametrize("service", ["vsan", "nvmeTcp"])
def test_storage_on_its_only_adapter_is_a_finding_for_a_person(sim: PracticeVsphere, service: str) -> None:
    path = VSAN.replace("vsan", service)
    sim.host(HOST).set(path, [key(service, "vmk0")])
    before = sim.dump()
    result = converged(sim, asked("vmkernel_service", service, control="storage", adapters=NOT_ON_MANAGEMENT))
    (verdict,) = result["verdicts"]
    assert (verdict["status"], verdict["mendable"]) == (FAIL, False)
    assert service in verdict["reason"]
    assert writes(sim) == []
    assert sim.dump() == before


def test_storage_that_another_adapter_carries_too_leaves_the_management_adapter(sim: PracticeVsphere) -> None:
    sim.host(HOST).set(VSAN, [key("vsan", "vmk0"), key("vsan", "vmk2")])
    result = converged(sim, asked("vmkernel_service", "vsan", control="storage", adapters=NOT_ON_MANAGEMENT))
    assert [(change["before"], change["after"]) for change in result["changes"]] == [(["vmk0", "vmk2"], ["vmk2"])]
    assert sim.host(HOST).get(VSAN) == [key("vsan", "vmk2")]


def test_vmotion_leaves_the_management_adapter_even_if_it_has_no_other(sim: PracticeVsphere) -> None:
    sim.host(HOST).set(VMOTION, [key("vmotion", "vmk0")])
    result = converged(sim, asked("vmkernel_service", "vmotion", control="vmotion", adapters=NOT_ON_MANAGEMENT))
    assert result["changed"] is True
    assert sim.host(HOST).get(VMOTION) == []
