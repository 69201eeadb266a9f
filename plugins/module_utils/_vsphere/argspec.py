# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments every module takes: the connection (with the VMware collections' VMWARE_* variables) and the host."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import env_fallback

Spec = dict[str, dict[str, t.Any]]


def connection_spec() -> Spec:
    """Where to connect, as whom, and what certificate to trust."""
    return {
        "hostname": {"type": "str", "fallback": (env_fallback, ["VMWARE_HOST"])},
        "username": {"type": "str", "aliases": ["user"], "fallback": (env_fallback, ["VMWARE_USER"])},
        "password": {
            "type": "str",
            "no_log": True,
            "aliases": ["pass"],
            "fallback": (env_fallback, ["VMWARE_PASSWORD"]),
        },
        "port": {"type": "int", "default": 443, "fallback": (env_fallback, ["VMWARE_PORT"])},
        "validate_certs": {"type": "bool", "default": True, "fallback": (env_fallback, ["VMWARE_VALIDATE_CERTS"])},
        "ca_file": {"type": "path", "fallback": (env_fallback, ["VMWARE_CA_FILE"])},
        "thumbprint": {"type": "str", "fallback": (env_fallback, ["VMWARE_THUMBPRINT"])},
    }


def target_spec() -> Spec:
    """Which host a task is about."""
    return {"esx_hostname": {"type": "str"}}


def policy_spec() -> Spec:
    """What is asked of the hosts. ``rows`` is filled in on the controller, which has the catalogue."""
    return {
        "profile": {"type": "str", "default": "management_plane"},
        "controls": {"type": "list", "elements": "str"},
        "values": {"type": "dict"},
        "site": {"type": "dict"},
        "rows": {"type": "list", "elements": "dict"},
    }


def security_spec() -> Spec:
    """The security policy of switches and port groups."""
    return {name: {"type": "bool"} for name in ("promiscuous_mode", "mac_changes", "forged_transmits")}
