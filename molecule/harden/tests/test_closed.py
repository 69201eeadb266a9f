# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hardened host looks like from outside. The scenario drift runs this file too."""

from __future__ import annotations

import json
import os
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from molecule.conftest import Esx

OPTIONS = {
    "UserVars.ESXiShellTimeOut": range(1, 601),
    "UserVars.ESXiShellInteractiveTimeOut": range(1, 901),
    "UserVars.DcuiTimeOut": range(1, 601),
    "UserVars.SuppressShellWarning": [0],
    "DCUI.Access": ["root"],
    "Annotations.WelcomeMessage": ["Authorised use only."],
    "Config.Etc.issue": ["Authorised use only."],
}


@pytest.mark.parametrize("key", ["TSM-SSH", "TSM", "slpd", "snmpd", "sfcbd-watchdog"])
def test_a_closed_service_is_stopped_and_stays_off_after_a_reboot(esx: Esx, key: str) -> None:
    assert esx.service(key) == (False, "off")


def test_the_host_keeps_time_and_stays_with_its_vcenter(esx: Esx) -> None:
    assert esx.service("ntpd") == (True, "on")
    assert esx.service("vpxa")[0] is True
    assert esx.connected


def test_the_direct_console_starts_as_the_site_decided(esx: Esx, site: dict[str, Any]) -> None:
    assert esx.service("DCUI")[1] == site["dcui_policy"]


@pytest.mark.parametrize("ruleset", ["sshServer", "vSphereClient"])
def test_management_rulesets_admit_the_gates_and_nobody_else(esx: Esx, gates: set[IPv4Network], ruleset: str) -> None:
    assert esx.admitted(ruleset) == gates


def test_no_other_ruleset_that_may_be_closed_is_open(esx: Esx, site: dict[str, Any]) -> None:
    kept = {"sshServer", "vSphereClient", *site["open_rulesets"]}
    closable = {key: item for key, item in esx.rulesets.items() if item.userControllable and not item.required}
    assert set(site["open_rulesets"]) < set(closable)
    assert {key for key, item in closable.items() if item.enabled} <= kept


def test_the_firewall_blocks_what_no_ruleset_admits(esx: Esx) -> None:
    policy = esx.config.firewall.defaultPolicy
    assert (policy.incomingBlocked, policy.outgoingBlocked) == (True, True)


@pytest.mark.parametrize("key", OPTIONS)
def test_options_have_the_value_asked_for_in_the_type_the_host_declares(esx: Esx, key: str) -> None:
    value = esx.option(key)
    assert value in OPTIONS[key]
    assert value.__class__ is esx.option_type(key)  # a long is an int, too: the very type is asked for


def test_no_switch_and_no_port_group_accepts_what_guests_should_not_do(esx: Esx) -> None:
    accepting = {
        name: (policy.allowPromiscuous, policy.macChanges, policy.forgedTransmits)
        for name, policy in esx.effective.items()
    }
    assert {"vSwitch0", "vSwitch1", "Management Network", "Guests"} <= set(accepting)
    assert accepting == dict.fromkeys(accepting, (False, False, False))


def test_management_has_a_vlan_that_nothing_else_uses(esx: Esx, site: dict[str, Any]) -> None:
    (device,) = esx.adapters("management")
    group = esx.behind(device)
    assert [name for name, vlan in esx.vlans.items() if vlan == site["management_vlan"]] == [group]


def test_the_management_adapter_carries_management_and_nothing_else(esx: Esx, site: dict[str, Any]) -> None:
    assert esx.adapters("management") == site["management_adapters"]
    assert esx.adapters("vmotion") == ["vmk1"]
    for service in ("faultToleranceLogging", "vsan"):
        assert not set(esx.adapters(service)) & set(site["management_adapters"])


def test_hosts_were_open_before() -> None:
    before = json.loads(Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "practice", "before.json").read_text("utf-8"))
    ssh = [
        item["running"]
        for host in before["hosts"]
        for item in host["config"]["service"]["service"]
        if item["key"] == "TSM-SSH"
    ]
    assert True in ssh


def test_no_file_of_the_run_holds_the_password() -> None:
    scratch = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
    secret = (scratch / "practice" / "password").read_text("utf-8")
    assert len(secret) == 24
    holding = [path.name for path in scratch.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert holding == ["password"]
    assert (scratch / "practice" / "password").stat().st_mode & 0o077 == 0
