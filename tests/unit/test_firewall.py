# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rulesets: allow-lists as sets of networks, what is refused before the write, and one write for flag and list."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import PlanError
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import Want
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.resources.firewall import parse_hosts
from simulator import PracticeVsphere
from tests.contract.practice import HOST, asked, converged, read_state, refused, tapped, writes

SSH = 'config.firewall.ruleset["sshServer"]'


def listed(sim: PracticeVsphere, *addresses: str, networks: tuple[tuple[str, int], ...] = ()) -> None:
    """The ruleset sshServer with this allow-list, set by hand."""
    hosts = {
        "allIp": False,
        "ipAddress": list(addresses),
        "ipNetwork": [{"network": network, "prefixLength": prefix} for network, prefix in networks],
    }
    sim.host(HOST).set(f"{SSH}.allowedHosts", hosts)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        (["10.0.0.5/32"], ["10.0.0.5"]),
        (["10.0.0.5", "10.0.0.5/32", " 10.0.0.5 "], ["10.0.0.5"]),
        (["10.1.0.0/16", "10.0.0.0/24", "9.9.9.9"], ["9.9.9.9", "10.0.0.0/24", "10.1.0.0/16"]),
        (["10.0.0.0/255.255.255.0"], ["10.0.0.0/24"]),
        (["10.0.0.0/0.0.0.255"], ["10.0.0.0/24"]),
        (["2001:DB8:0::7", "2001:db8::/32"], ["2001:db8::/32", "2001:db8::7"]),
        (["2001:db8::7/128", "10.0.0.1"], ["10.0.0.1", "2001:db8::7"]),
        (["0.0.0.0/0"], ["0.0.0.0/0"]),
        ([], []),
    ],
)
def test_addresses_have_one_canonical_text_and_order(given: list[str], canonical: list[str]) -> None:
    assert parse_hosts(given, "sshServer") == canonical
    assert parse_hosts(canonical, "sshServer") == canonical


@pytest.mark.parametrize(
    "given", ["999.1.1.1", "10.0.0", "10.0.0.0/33", "jump.example", "", "10.0.0.1-10.0.0.9", "::g"]
)
def test_what_is_no_address_is_refused_by_name(given: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_hosts(["10.0.0.1", given], "sshServer")
    assert str(caught.value).startswith(f"ruleset sshServer: {given!r} is no address or network: ")


def test_host_bits_are_answered_with_the_two_things_that_could_be_meant() -> None:
    with pytest.raises(PlanError) as caught:
        parse_hosts(["192.168.2.77/24"], "sshServer")
    assert str(caught.value) == (
        "ruleset sshServer: '192.168.2.77/24' is no address or network: host bits are set. "
        "Write 192.168.2.0/24 for the network, or 192.168.2.77 for the one address."
    )


@pytest.mark.parametrize("given", [["10.0.0.5"], ["10.0.0.0/24", "bad"], ["10.0.0.1/24"]])
def test_a_malformed_list_is_refused_in_check_mode_too(sim: PracticeVsphere, given: list[str]) -> None:
    row = asked("firewall", "sshServer", all_ip=False, allowed=given)
    if given == ["10.0.0.5"]:
        assert converged(sim, row, check=True)["changed"] is True
    else:
        assert isinstance(refused(sim, row, check=True), PlanError)
    assert writes(sim) == []


@pytest.mark.parametrize(
    "wanted",
    [
        ["10.0.0.5", "10.1.0.0/16"],
        ["10.1.0.0/16", "10.0.0.5/32"],
        ["10.1.0.0/255.255.0.0", "10.0.0.5", "10.0.0.5"],
    ],
)
def test_the_same_set_in_other_words_is_no_change(sim: PracticeVsphere, wanted: list[str]) -> None:
    listed(sim, "10.0.0.5", networks=(("10.1.0.0", 16),))
    assert converged(sim, asked("firewall", "sshServer", all_ip=False, allowed=wanted))["changed"] is False
    assert writes(sim) == []


@pytest.mark.parametrize(
    ("address", "networks", "wanted"),
    [
        ("2001:DB8:0:0::7", (), ["2001:db8::7"]),
        ("10.0.0.5", (("10.0.0.5", 32),), ["10.0.0.5"]),
        ("10.0.0.5", (("10.1.2.3", 16),), ["10.0.0.5", "10.1.0.0/16"]),
    ],
)
def test_what_a_host_holds_in_other_words_is_read_as_the_same_set(
    sim: PracticeVsphere, address: str, networks: tuple[tuple[str, int], ...], wanted: list[str]
) -> None:
    listed(sim, address, networks=networks)
    assert converged(sim, asked("firewall", "sshServer", allowed=wanted))["changed"] is False


def test_a_ruleset_without_a_list_asked_keeps_its_list(sim: PracticeVsphere) -> None:
    sim.host(HOST).set(
        'config.firewall.ruleset["updateManager"].allowedHosts', {"allIp": False, "ipAddress": ["10.0.0.5"]}
    )
    before = sim.host(HOST).get('config.firewall.ruleset["updateManager"].allowedHosts')
    converged(sim, asked("firewall", "updateManager", enabled=False))
    assert writes(sim) == ["DisableRuleset"]
    assert sim.host(HOST).get('config.firewall.ruleset["updateManager"].allowedHosts') == before


def test_opening_to_everyone_keeps_the_list_for_later(sim: PracticeVsphere) -> None:
    listed(sim, "10.0.0.5", networks=(("10.1.0.0", 16),))
    converged(sim, asked("firewall", "sshServer", all_ip=True))
    hosts = sim.host(HOST).get(f"{SSH}.allowedHosts")
    assert hosts == {
        "allIp": True,
        "ipAddress": ["10.0.0.5"],
        "ipNetwork": [{"network": "10.1.0.0", "prefixLength": 16}],
    }


def test_flag_and_list_travel_in_one_request(sim: PracticeVsphere) -> None:
    with tapped(sim) as tap:
        converged(sim, asked("firewall", "sshServer", all_ip=False, allowed=["10.0.0.0/24", "10.9.0.5"]))
    assert writes(sim) == ["UpdateRuleset"]
    [body] = tap.sent("UpdateRuleset")
    assert "<ipAddress>10.9.0.5</ipAddress>" in body
    assert "<network>10.0.0.0</network><prefixLength>24</prefixLength>" in body
    assert "<allIp>false</allIp>" in body


@pytest.mark.parametrize("fields", [{"all_ip": False, "allowed": []}, {"all_ip": False}])
@pytest.mark.parametrize("check", [True, False])
def test_an_empty_allow_list_is_refused(sim: PracticeVsphere, fields: dict[str, Any], check: bool) -> None:
    before = sim.dump()
    error = refused(sim, asked("firewall", "sshServer", **fields), check=check)
    assert isinstance(error, PlanError)
    assert str(error) == (
        f"{HOST}: ruleset sshServer: an empty allow-list shuts everybody out, vCenter too. "
        "Name the networks, or disable the ruleset."
    )
    assert sim.dump() == before


def test_a_list_emptied_while_it_is_in_force_is_refused(sim: PracticeVsphere) -> None:
    listed(sim, "10.0.0.5")
    assert isinstance(refused(sim, asked("firewall", "sshServer", allowed=[])), PlanError)
    assert writes(sim) == []


@pytest.mark.parametrize(
    ("ruleset", "fields", "told"),
    [
        ("sshServer", {"enabled": False}, "the host needs it and does not let it be disabled"),
        ("CIMHttpServer", {"enabled": False}, "the host switches it itself"),
        ("CIMSLP", {"enabled": True}, "the host switches it itself"),
        ("nfsClient", {"all_ip": False, "allowed": ["10.0.0.1"]}, "does not let its allow-list be changed"),
    ],
)
def test_what_a_rulesets_own_flags_forbid_is_refused_before_the_write(
    sim: PracticeVsphere, ruleset: str, fields: dict[str, Any], told: str
) -> None:
    before = sim.dump()
    error = refused(sim, asked("firewall", ruleset, **fields))
    assert isinstance(error, PlanError)
    assert told in str(error)
    assert f"ruleset {ruleset}" in str(error)
    assert writes(sim) == []
    assert sim.dump() == before


def test_a_required_ruleset_can_still_be_narrowed(sim: PracticeVsphere) -> None:
    converged(sim, asked("firewall", "vSphereClient", all_ip=False, allowed=["127.0.0.0/8"]))
    assert writes(sim) == ["UpdateRuleset"]


def test_a_list_is_in_force_before_the_ruleset_opens(sim: PracticeVsphere) -> None:
    converged(sim, asked("firewall", "syslog", enabled=True, all_ip=False, allowed=["10.0.0.1"]))
    assert writes(sim) == ["UpdateRuleset", "EnableRuleset"]


@pytest.mark.parametrize("op", ["subset_of", "equals"])
def test_a_value_to_set_in_other_words_is_written_and_verified(sim: PracticeVsphere, op: str) -> None:
    listed(sim, "192.0.2.1")
    want = Want(op, ["10.0.0.0/8"], set=["10.0.0.5/32", "10.0.0.0/255.255.255.0"])
    result = converged(sim, asked("firewall", "sshServer", allowed=want))
    assert result.get("failed") is None, result
    state = read_state(sim, asked("firewall", "sshServer"))["firewall"]
    assert state["sshServer"]["allowed"] == ["10.0.0.0/24", "10.0.0.5"]


def test_a_malformed_value_to_set_is_refused_in_plan(sim: PracticeVsphere) -> None:
    listed(sim, "192.0.2.1")
    want = Want("subset_of", ["10.0.0.0/8"], set=["10.0.0.1/8"])
    error = refused(sim, asked("firewall", "sshServer", allowed=want))
    assert isinstance(error, PlanError)
    assert "host bits are set" in str(error)
    assert writes(sim) == []


def test_an_address_added_to_a_list_is_written_and_verified_wherever_it_sorts(sim: PracticeVsphere) -> None:
    listed(sim, "10.0.0.9")
    result = converged(sim, asked("firewall", "sshServer", allowed=Want("contains", ["10.0.0.1/32"])))
    assert result.get("failed") is None, result
    assert result["changes"][0]["after"] == ["10.0.0.1", "10.0.0.9"]


def test_an_address_taken_out_of_a_list_is_found_in_any_words(sim: PracticeVsphere) -> None:
    listed(sim, "10.0.0.1", "10.0.0.9")
    result = converged(sim, asked("firewall", "sshServer", allowed=Want("excludes", ["10.0.0.1/32"])))
    assert result["changes"][0]["after"] == ["10.0.0.9"]
