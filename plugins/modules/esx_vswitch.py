#!/usr/bin/python
# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face of the standard switch resource."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esx_vswitch
short_description: Set the security policy of a standard switch of an ESX host
version_added: 0.1.0
description:
  - Sets the security policy of one standard switch that exists. Port groups that set none of their own inherit it.
  - What is not given is left alone, and so is everything else of the switch.
options:
  name:
    description:
      - Name of the switch, such as V(vSwitch0).
    type: str
    required: true
author:
  - Dejima contributors (@dejima-hypervisor)
extends_documentation_fragment:
  - dejima.hypervisor._connection.module
  - dejima.hypervisor._security
  - dejima.hypervisor._target
  - dejima.hypervisor._attributes
"""

EXAMPLES = r"""
- name: The switch refuses what guests do not need
  dejima.hypervisor.esx_vswitch:
    name: vSwitch0
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
  description: The switch as it was found, before any change. In check mode too.
  returned: success
  type: dict
  sample: {promiscuous_mode: false, mac_changes: true, forged_transmits: true}
changes:
  description: What was changed, or would be in check mode, in the order of writing.
  returned: success
  type: list
  elements: dict
  sample:
    - {resource: vswitch, key: vSwitch0, field: mac_changes, before: true, after: false, controls: []}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._engine.run import Desired, Want, run_module
from ..module_utils._vsphere.argspec import connection_spec, security_spec, target_spec
from ..module_utils._vsphere.driver import RESOURCES, connect_with

POLICY = tuple(security_spec())
SPEC: dict[str, dict[str, t.Any]] = {
    **connection_spec(),
    **target_spec(),
    **security_spec(),
    "name": {"type": "str", "required": True},
}
RULES: dict[str, t.Any] = {"required_one_of": [POLICY]}


def desired(params: dict[str, t.Any]) -> list[Desired]:
    """What the parameters ask for."""
    want = {field: Want("equals", params[field]) for field in POLICY if params[field] is not None}
    return [Desired("vswitch", (params["name"],), want)]


def main() -> None:
    """Run in a process of its own."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True, **RULES)
    run_module(module, desired(module.params), RESOURCES, connect_with)


if __name__ == "__main__":
    main()
