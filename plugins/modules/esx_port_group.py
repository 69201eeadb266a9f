#!/usr/bin/python
# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face of the port group resource."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esx_port_group
short_description: Set VLAN and security policy of a standard port group of an ESX host
version_added: 0.1.0
description:
  - Sets the VLAN ID and the security policy of one standard port group that exists.
  - What is not given is left alone. Setting a policy never moves the port group to another VLAN, and setting the VLAN
    never touches the policy, the teaming or anything else of the port group.
  - What counts is the policy in effect. A port group that inherits a rejecting policy from its switch is left as it is.
options:
  name:
    description:
      - Name of the port group, such as V(Management Network).
    type: str
    required: true
  vlan_id:
    description:
      - VLAN ID. V(0) means none, V(4095) passes all VLANs to the guests.
      - A port group that carries the management service is refused V(0), V(4095) and a VLAN that guests use.
    type: int
author:
  - Dejima contributors (@dejima-hypervisor)
extends_documentation_fragment:
  - dejima.hypervisor._connection.module
  - dejima.hypervisor._security
  - dejima.hypervisor._target
  - dejima.hypervisor._attributes
"""

EXAMPLES = r"""
- name: The port group for guests refuses what they do not need
  dejima.hypervisor.esx_port_group:
    name: VM Network
    promiscuous_mode: false
    mac_changes: false
    forged_transmits: false
"""

RETURN = r"""
esx_hostname:
  description: The host.
  returned: always
  type: str
  sample: esx-01.example.org
current:
  description: The port group as it was found, before any change. In check mode too.
  returned: success
  type: dict
  sample: {vswitch: vSwitch0, vlan_id: 0, promiscuous_mode: false, mac_changes: true, forged_transmits: true}
changes:
  description: What was changed, or would be in check mode, in the order of writing.
  returned: success
  type: list
  elements: dict
  sample:
    - {resource: port_group, key: VM Network, field: mac_changes, before: true, after: false, controls: []}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._engine.run import Desired, Want, run_module
from ..module_utils._vsphere.argspec import connection_spec, security_spec, target_spec
from ..module_utils._vsphere.driver import RESOURCES, connect_with

FIELDS = ("vlan_id", *security_spec())
SPEC: dict[str, dict[str, t.Any]] = {
    **connection_spec(),
    **target_spec(),
    **security_spec(),
    "name": {"type": "str", "required": True},
    "vlan_id": {"type": "int"},
}
RULES: dict[str, t.Any] = {"required_one_of": [FIELDS]}


def desired(params: dict[str, t.Any]) -> list[Desired]:
    """What the parameters ask for."""
    want = {field: Want("equals", params[field]) for field in FIELDS if params[field] is not None}
    return [Desired("port_group", (params["name"],), want)]


def main() -> None:
    """Run in a process of its own."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True, **RULES)
    run_module(module, desired(module.params), RESOURCES, connect_with)


if __name__ == "__main__":
    main()
