# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services: policy and running are two things, and the policy comes first."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import ApplyError, PlanError
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import Want
from ansible_collections.dejima.hypervisor.plugins.modules import esx_service
from simulator import PracticeVsphere
from tests.contract.practice import HOST, asked, converged, refused, writes

SSH = 'config.service.service["TSM-SSH"]'
SHELL = 'config.service.service["TSM"]'


def test_a_policy_alone_starts_nothing_and_stops_nothing(sim: PracticeVsphere) -> None:
    converged(sim, asked("service", "TSM-SSH", policy="off"))
    converged(sim, asked("service", "TSM", policy="on"))
    assert writes(sim) == ["UpdateServicePolicy"] * 2
    assert sim.host(HOST).get(f"{SSH}.running") is True
    assert sim.host(HOST).get(f"{SHELL}.running") is False


@pytest.mark.parametrize("params", [{"state": None, "policy": "off"}, {"state": "stopped", "policy": None}])
def test_the_module_asks_for_nothing_that_was_not_said(params: dict[str, Any]) -> None:
    [row] = esx_service.desired({"name": "TSM-SSH", **params})
    assert list(row.want) == ["policy" if params["policy"] else "running"]


def test_no_option_of_the_module_has_a_default_that_would_start_something() -> None:
    own = {name: option for name, option in esx_service.SPEC.items() if name in ("state", "policy")}
    assert all("default" not in option for option in own.values())


def test_the_policy_is_set_before_the_service_stops_so_that_no_reboot_brings_it_back(sim: PracticeVsphere) -> None:
    converged(sim, asked("service", "TSM-SSH", running=False, policy="off"))
    assert writes(sim) == ["UpdateServicePolicy", "StopService"]
    sim.host(HOST).reboot()
    assert sim.host(HOST).get(f"{SSH}.running") is False


def test_a_stop_that_fails_leaves_the_policy_that_was_set_before(sim: PracticeVsphere) -> None:
    sim.fail_next("StopService", "HostConfigFault")
    result = converged(sim, asked("service", "TSM-SSH", running=False, policy="off"))
    assert result["failed"] is True
    assert result["changed"] is True
    assert [(change["field"], change["after"]) for change in result["applied"]] == [("policy", "off")]
    assert [(change["field"], change["after"]) for change in result["not_applied"]] == [("running", False)]
    assert sim.host(HOST).get(f"{SSH}.policy") == "off"
    assert sim.host(HOST).get(f"{SSH}.running") is True


def test_a_required_service_that_will_not_stop_is_a_failed_task(sim: PracticeVsphere) -> None:
    error = refused(sim, asked("service", "vmsyslogd", running=False))
    assert isinstance(error, ApplyError)
    assert "vmsyslogd is required and cannot be stopped" in str(error)


def test_a_bare_off_is_answered_with_how_to_write_it(sim: PracticeVsphere) -> None:
    error = refused(sim, asked("service", "TSM-SSH", policy=False))
    assert str(error) == (
        f"{HOST}: service TSM-SSH: policy wants one of on, off, automatic, not False. "
        'Quote it: policy: "off". A bare off is a boolean in YAML.'
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"policy": "disabled"},
        {"policy": Want("one_of", ["off"], set="disabled")},
        {"policy": Want("one_of", ["off"], set=False)},
        {"running": "no"},
        {"running": Want("not_equals", True, set="no")},
    ],
)
def test_a_value_no_service_can_have_is_refused_before_the_write(sim: PracticeVsphere, fields: dict[str, Any]) -> None:
    assert isinstance(refused(sim, asked("service", "TSM-SSH", **fields)), PlanError)
    assert writes(sim) == []


def test_a_star_is_no_name_for_a_module(sim: PracticeVsphere) -> None:
    """Only a control speaks of every service there is; a task that names a star has made a mistake."""
    before = sim.dump()
    assert isinstance(refused(sim, asked("service", "*", running=False)), PlanError)
    assert sim.dump() == before
