# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions: who gets in, who does not, and what is asked of those who are not in."""

from __future__ import annotations

from typing import Any

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl

from simulator import PracticeVsphere
from tests.simulator.clients import Raw, connect, fault_of, host_view, trust


def test_stock_pyvmomi_connects_and_sees_an_honest_vcenter(si: Any) -> None:
    about = si.RetrieveContent().about
    assert (about.apiType, about.version, about.apiVersion) == ("VirtualCenter", "8.0.3", "8.0.3.0")
    assert si._stub.versionId == '"urn:vim25/8.0.3.0"'


def test_the_certificate_is_trusted_by_name_and_by_address(sim: PracticeVsphere) -> None:
    for name in ("127.0.0.1", "localhost"):
        found = SmartConnect(host=name, port=sim.port, user=sim.username, pwd=sim.password, sslContext=trust(sim))
        assert found.RetrieveContent().about.vendor == "VMware, Inc."


def test_a_wrong_password_is_invalid_login(sim: PracticeVsphere) -> None:
    with pytest.raises(vim.fault.InvalidLogin):
        connect(sim, password="wrong")
    assert sim.sessions == 0


def test_an_unknown_user_is_invalid_login(sim: PracticeVsphere) -> None:
    with pytest.raises(vim.fault.InvalidLogin):
        connect(sim, user="nobody@vsphere.local")


def test_a_second_login_on_one_session_is_refused(si: Any, sim: PracticeVsphere) -> None:
    with pytest.raises(vim.fault.InvalidLogin):
        si.RetrieveContent().sessionManager.Login(sim.username, sim.password)


def test_logout_ends_the_session_and_its_views(si: Any, sim: PracticeVsphere) -> None:
    view = host_view(si)
    assert sim.sessions == 1
    Disconnect(si)
    assert sim.sessions == 0
    other = connect(sim)
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        vim.view.ContainerView(view._moId, other._stub).view  # noqa: B018 - reading is a call


def test_without_a_session_only_the_door_answers(raw: Raw) -> None:
    status, answer = raw.call(
        '<RetrieveServiceContent xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this>'
        "</RetrieveServiceContent>"
    )
    assert status == 200
    assert "group-d1" in answer
    status, answer = raw.call('<Fetch xmlns="urn:vim25"><_this type="Folder">group-d1</_this><prop>name</prop></Fetch>')
    assert (status, fault_of(answer)) == (500, "NotAuthenticatedFault")


def test_without_a_session_the_property_collector_tells_nothing(raw: Raw) -> None:
    status, answer = raw.call(
        '<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this>'
        "<specSet><propSet><type>Folder</type><pathSet>name</pathSet></propSet>"
        '<objectSet><obj type="Folder">group-d1</obj></objectSet></specSet><options/></RetrievePropertiesEx>'
    )
    assert (status, fault_of(answer)) == (500, "NotAuthenticatedFault")
    assert "Datacenters" not in answer


def test_current_session_is_unset_before_login_and_tells_the_source_address_after(raw: Raw) -> None:
    ask = (
        '<Fetch xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this>'
        "<prop>currentSession</prop></Fetch>"
    )
    assert raw.call(ask) == (200, raw.call(ask)[1])
    assert "returnval" not in raw.call(ask)[1]
    raw.login()
    assert "<ipAddress>127.0.0.1</ipAddress>" in raw.call(ask)[1]


def test_the_vcenter_can_be_made_to_see_another_source_address(sim: PracticeVsphere) -> None:
    sim.client_address = "198.51.100.7"
    found = connect(sim).RetrieveContent().sessionManager.currentSession
    assert found.ipAddress == "198.51.100.7"
    assert {call.source for call in sim.calls} == {"198.51.100.7"}


def test_expired_sessions_are_not_authenticated(host: Any, sim: PracticeVsphere) -> None:
    sim.expire_sessions()
    with pytest.raises(vim.fault.NotAuthenticated):
        host.name  # noqa: B018 - reading is a call


def test_session_is_active_knows_live_sessions_only(si: Any, sim: PracticeVsphere) -> None:
    manager = si.RetrieveContent().sessionManager
    key = manager.currentSession.key
    assert manager.SessionIsActive(key, sim.username) is True
    assert manager.SessionIsActive("another", sim.username) is False


def test_the_session_key_in_user_session_does_not_open_the_session(raw: Raw, sim: PracticeVsphere) -> None:
    raw.login()
    (session,) = sim.world.sessions.values()
    raw.cookie = f"vmware_soap_session={session.public_key}"
    status, answer = raw.call(
        '<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>'
    )
    assert (status, fault_of(answer)) == (500, "NotAuthenticatedFault")


def test_passwords_are_in_no_record(sim: PracticeVsphere, caplog: pytest.LogCaptureFixture) -> None:
    sim.add_user("x@vsphere.local", "hunter2hunter2")
    with pytest.raises(vim.fault.InvalidLogin):
        connect(sim, "x@vsphere.local", "hunter2hunter3")
    connect(sim, "x@vsphere.local", "hunter2hunter2")
    assert "hunter2" not in f"{sim.calls}{sim.world.users}{sim.world.sessions}{caplog.text}{sim.dump()}"
