# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults in sentences: the privilege, the property, the server's own words, and what to do next."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import GetWsdlType

from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.faults import (
    explain,
    name_of,
    property_of,
    unsupported,
)


def worded(fault: Any, text: str) -> Any:
    """A fault as the wire brings it: its own properties, and the server's words."""
    fault.msg = text
    return fault


def test_a_missing_privilege_is_named_with_the_user() -> None:
    fault = vim.fault.NoPermission(privilegeId="Host.Config.Network")
    assert explain(fault, "audit@vsphere.local") == (
        "not allowed: user audit@vsphere.local lacks Host.Config.Network.",
        "Give its role that privilege on the host, or use another user.",
    )


def test_a_missing_privilege_the_server_does_not_name_is_still_a_sentence() -> None:
    assert explain(vim.fault.NoPermission())[0] == "not allowed: this user lacks a privilege."


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (
            worded(
                vmodl.fault.InvalidArgument(invalidProperty="spec.vlanId"), "A specified parameter was not correct."
            ),
            "the server answered InvalidArgument: A specified parameter was not correct (spec.vlanId).",
        ),
        (
            worded(vmodl.fault.InvalidArgument(invalidProperty="vlanId"), "Not correct: vlanId"),
            "the server answered InvalidArgument: Not correct: vlanId.",
        ),
        (vim.fault.InvalidName(name="No.Such"), "the server answered InvalidName: No.Such."),
        (vim.fault.HostConfigFault(), "the server answered HostConfigFault."),
        (worded(vim.fault.HostConfigFault(), "HostConfigFault"), "the server answered HostConfigFault."),
        (
            worded(vim.fault.HostConfigFault(), "The service is required."),
            "the server answered HostConfigFault: The service is required.",
        ),
        (
            vim.fault.HostConfigFault(faultMessage=[vmodl.LocalizableMessage(key="k", message="It is busy.")]),
            "the server answered HostConfigFault: It is busy.",
        ),
    ],
)
def test_the_servers_words_are_kept_and_said_once(fault: Any, text: str) -> None:
    assert explain(fault)[0] == text


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("HostNotConnected", "reconnect it"),
        ("HostNotReachable", "its management network"),
        ("TaskInProgress", "try again when it has ended"),
        ("ResourceInUse", "in use"),
        ("RestrictedByAdministrator", "ockdown mode"),
        ("SecurityError", "ockdown mode"),
    ],
)
def test_what_a_person_can_do_about_it_is_said_as_a_sentence(name: str, hint: str) -> None:
    told = explain(GetWsdlType("urn:vim25", name)())[1]
    assert told is not None
    assert hint in told
    assert told[0].isupper()
    assert told.endswith(".")


def test_no_advice_is_given_where_there_is_none() -> None:
    assert explain(vim.fault.HostConfigFault())[1] is None


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        (vmodl.query.InvalidProperty(name='config.option["A.B"]'), 'config.option["A.B"]'),
        (
            worded(vmodl.query.InvalidProperty(), 'The property config.option["A"] does not exist.'),
            'config.option["A"]',
        ),
        (vmodl.query.InvalidProperty(), ""),
    ],
)
def test_the_property_a_server_does_not_know_is_found(fault: Any, path: str) -> None:
    assert property_of(fault) == path


@pytest.mark.parametrize(
    ("fault", "name", "lacks"),
    [
        (vmodl.fault.MethodNotFound(), "MethodNotFound", True),
        (vmodl.fault.NotImplemented(), "NotImplemented", True),
        (vmodl.fault.NotSupported(), "NotSupported", True),
        (vmodl.fault.ManagedObjectNotFound(), "ManagedObjectNotFound", False),
        (vim.fault.HostConfigFault(), "HostConfigFault", False),
        (vim.fault.NoPermission(), "NoPermission", False),
    ],
)
def test_what_a_server_does_not_offer_is_told_from_what_it_refuses(fault: Any, name: str, lacks: bool) -> None:
    assert name_of(fault) == name
    assert unsupported(fault) is lacks
