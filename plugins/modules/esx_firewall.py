#!/usr/bin/python
# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face of the ruleset resource."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esx_firewall
short_description: Open, close and narrow a firewall ruleset of an ESX host
version_added: 0.1.0
description:
  - Enables or disables one ruleset of the host firewall, and says from which addresses it may be reached.
  - What is not given is left alone. A ruleset for which no allow-list is given keeps the one it has.
  - The allow-list and the flag for all addresses go out in one request, so that the ruleset is never open to
    everybody or closed to everybody in between.
options:
  name:
    description:
      - Key of the ruleset, such as V(sshServer) or V(vSphereClient).
    type: str
    required: true
  enabled:
    description:
      - Whether the ruleset is open at all.
      - A ruleset that the host needs cannot be disabled, and one that the host switches itself cannot be switched.
        Both are refused before any change.
    type: bool
  allowed_hosts:
    description:
      - Addresses and networks that may pass, IPv4 or IPv6. Nobody else may.
      - The order says nothing, and V(192.0.2.5/32) equals V(192.0.2.5).
      - An empty list is refused. It would shut out everybody, vCenter included.
    type: list
    elements: str
  all_ip:
    description:
      - V(true) lets every address pass. The stored allow-list is kept, but does not count.
      - V(false) lets the stored allow-list count again. Not needed, and not allowed, together with O(allowed_hosts).
    type: bool
notes:
  - Allow-lists exist from ESXi 5.0.
author:
  - Dejima contributors (@dejima-hypervisor)
extends_documentation_fragment:
  - dejima.hypervisor._connection.module
  - dejima.hypervisor._target
  - dejima.hypervisor._attributes
"""

EXAMPLES = r"""
- name: SSH answers the jump hosts only
  dejima.hypervisor.esx_firewall:
    name: sshServer
    allowed_hosts:
      - 192.0.2.16/28
      - 2001:db8::10

- name: Nobody needs the old CIM ports
  dejima.hypervisor.esx_firewall:
    name: CIMHttpServer
    enabled: false
"""

RETURN = r"""
esx_hostname:
  description: The host.
  returned: always
  type: str
  sample: esx-01.example.org
current:
  description: The ruleset as it was found, before any change. In check mode too.
  returned: success
  type: dict
  sample: {enabled: true, all_ip: true, allowed: [], required: true}
changes:
  description: What was changed, or would be in check mode, in the order of writing.
  returned: success
  type: list
  elements: dict
  sample:
    - {resource: firewall, key: sshServer, field: all_ip, before: true, after: false, controls: []}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._engine.run import Desired, Want, run_module
from ..module_utils._vsphere.argspec import connection_spec, target_spec
from ..module_utils._vsphere.driver import RESOURCES, connect_with

SPEC: dict[str, dict[str, t.Any]] = {
    **connection_spec(),
    **target_spec(),
    "name": {"type": "str", "required": True},
    "enabled": {"type": "bool"},
    "allowed_hosts": {"type": "list", "elements": "str"},
    "all_ip": {"type": "bool"},
}
RULES: dict[str, t.Any] = {
    "required_one_of": [("enabled", "allowed_hosts", "all_ip")],
    "mutually_exclusive": [("allowed_hosts", "all_ip")],
}


def desired(params: dict[str, t.Any]) -> list[Desired]:
    """What the parameters ask for."""
    want = {}
    if params["enabled"] is not None:
        want["enabled"] = Want("equals", params["enabled"])
    if params["allowed_hosts"] is not None:
        want["all_ip"] = Want("equals", False)
        want["allowed"] = Want("equals", params["allowed_hosts"])
    if params["all_ip"] is not None:
        want["all_ip"] = Want("equals", params["all_ip"])
    return [Desired("firewall", (params["name"],), want)]


def main() -> None:
    """Run in a process of its own."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True, **RULES)
    run_module(module, desired(module.params), RESOURCES, connect_with)


if __name__ == "__main__":
    main()
