# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""API versions: what is advertised, what is spoken, what is refused."""

from __future__ import annotations

import http.client
from typing import Any
from xml.etree import ElementTree

import pytest
from pyVim.connect import SmartStubAdapter
from pyVmomi import SoapAdapter, vim, vmodl

from simulator import PracticeVsphere
from tests.simulator.clients import Raw, fault_of, trust

RULESET = (
    '<Fetch xmlns="urn:vim25"><_this type="HostFirewallSystem">firewallSystem-1</_this>'
    "<prop>firewallInfo</prop></Fetch>"
)


def test_the_advertised_versions_begin_with_its_own_and_hold_none_newer(sim: PracticeVsphere) -> None:
    connection = http.client.HTTPSConnection(sim.address, sim.port, context=trust(sim))
    connection.request("GET", "/sdk/vimServiceVersions.xml")
    tree = ElementTree.fromstring(connection.getresponse().read())  # noqa: S314 - written by the server under test
    assert tree.findtext("namespace/name") == "urn:vim25"
    assert tree.findtext("namespace/version") == "8.0.3.0"
    prior = [item.text for item in tree.findall("namespace/priorVersions/version")]
    assert prior[0] == "8.0.2.0"
    assert {"7.0.3.0", "6.7", "5.0", "4.1"} <= set(prior)
    assert not {"8.0.3.1", "9.0.0.0", "9.1.0.0"} & set(prior)


def test_stock_pyvmomi_settles_on_the_version_of_the_server(sim: PracticeVsphere) -> None:
    stub = SmartStubAdapter(host=sim.address, port=sim.port, sslContext=trust(sim))
    assert stub.versionId == '"urn:vim25/8.0.3.0"'


@pytest.mark.parametrize(
    ("version", "present", "absent"),
    [
        ("8.0.3.0", ["userControllable", "allowedHosts"], []),
        ("8.0.1.0", ["allowedHosts"], ["userControllable"]),
        ("4.1", ["required"], ["userControllable", "allowedHosts"]),
    ],
)
def test_an_older_request_is_answered_in_its_version(
    raw: Raw, version: str, present: list[str], absent: list[str]
) -> None:
    raw.login()
    raw.action = f'"urn:vim25/{version}"'
    status, answer = raw.call(RULESET)
    assert status == 200
    assert all(f"<{name}>" in answer for name in present)
    assert not any(f"<{name}>" in answer for name in absent)


def test_a_property_newer_than_the_request_is_invalid_property(raw: Raw) -> None:
    raw.login()
    raw.action = "urn:vim25/5.5"
    status, answer = raw.call(
        '<RetrieveProperties xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><specSet>'
        "<propSet><type>HostSystem</type><pathSet>config.lockdownMode</pathSet></propSet>"
        '<objectSet><obj type="HostSystem">host-1</obj></objectSet></specSet></RetrieveProperties>'
    )
    assert (status, fault_of(answer)) == (500, "InvalidPropertyFault")


def test_a_method_newer_than_the_request_is_method_not_found(raw: Raw) -> None:
    raw.login()
    raw.action = '"urn:vim25/4.0"'
    status, answer = raw.call(
        '<UpdateRuleset xmlns="urn:vim25"><_this type="HostFirewallSystem">firewallSystem-1</_this><id>sshServer</id>'
        "<spec><allowedHosts><allIp>true</allIp></allowedHosts></spec></UpdateRuleset>"
    )
    assert (status, fault_of(answer)) == (500, "MethodNotFoundFault")


@pytest.mark.parametrize("version", ["8.0.3.1", "9.0.0.0", "9.9.9.9", "banana"])
def test_a_newer_or_unknown_version_is_refused_by_name(raw: Raw, version: str) -> None:
    raw.action = f'"urn:vim25/{version}"'
    status, answer = raw.call(RULESET)
    assert status == 500
    assert f'Unsupported version URI "urn:vim25/{version}"' in answer.replace("&quot;", '"')
    assert fault_of(answer) == "InvalidRequestFault"


def test_a_pyvmomi_that_insists_on_a_newer_version_gets_a_typed_fault(sim: PracticeVsphere) -> None:
    stub = SoapAdapter.SoapStubAdapter(
        host=sim.address, port=sim.port, sslContext=trust(sim), version="vim.version.v9_0_0_0"
    )
    with pytest.raises(vmodl.fault.InvalidRequest, match="Unsupported version URI"):
        vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()


def test_without_a_version_the_oldest_is_spoken(raw: Raw) -> None:
    raw.login()
    raw.action = ""
    status, answer = raw.call(RULESET)
    assert status == 200
    assert "allowedHosts" not in answer


def test_about_names_the_version_that_is_spoken(si: Any) -> None:
    assert si._stub.versionId == f'"urn:vim25/{si.content.about.apiVersion}"'
