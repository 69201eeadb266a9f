#!/usr/bin/python
# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face of the service resource."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esx_service
short_description: Start, stop and set the startup policy of a service of an ESX host
version_added: 0.1.0
description:
  - Brings one service of an ESX host to the asked state and startup policy.
  - The two are independent of each other. A service with the policy V(off) goes on running until it is stopped, and a
    stopped one with the policy V(on) is back after the next reboot. To close a service for good, ask for both.
  - What is not given is left alone. Nothing is ever started by a default.
options:
  name:
    description:
      - Key of the service, such as V(TSM-SSH) (SSH), V(TSM) (ESXi Shell), V(ntpd) or V(snmpd).
    type: str
    required: true
  state:
    description:
      - Whether the service runs now.
    type: str
    choices: [started, stopped]
  policy:
    description:
      - What happens at boot. V(automatic) follows the firewall rulesets of the service.
      - Quote V("off") and V("on"); bare words are booleans in YAML.
    type: str
    choices: ["on", "off", automatic]
seealso:
  - module: dejima.hypervisor.esx_firewall
    description: On ESXi 8 stopping SSH does not close its ruleset.
author:
  - Dejima contributors (@dejima-hypervisor)
extends_documentation_fragment:
  - dejima.hypervisor._connection.module
  - dejima.hypervisor._target
  - dejima.hypervisor._attributes
"""

EXAMPLES = r"""
- name: SSH is stopped and stays stopped
  dejima.hypervisor.esx_service:
    name: TSM-SSH
    state: stopped
    policy: "off"

- name: Time keeping starts with the host, whether it runs now or not
  dejima.hypervisor.esx_service:
    name: ntpd
    policy: "on"
"""

RETURN = r"""
esx_hostname:
  description: The host.
  returned: always
  type: str
  sample: esx-01.example.org
current:
  description: The service as it was found, before any change. In check mode too.
  returned: success
  type: dict
  sample: {running: true, policy: "on", label: SSH}
changes:
  description: What was changed, or would be in check mode, in the order of writing.
  returned: success
  type: list
  elements: dict
  sample:
    - {resource: service, key: TSM-SSH, field: policy, before: "on", after: "off", controls: []}
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
    "state": {"type": "str", "choices": ["started", "stopped"]},
    "policy": {"type": "str", "choices": ["on", "off", "automatic"]},
}
RULES: dict[str, t.Any] = {"required_one_of": [("state", "policy")]}


def desired(params: dict[str, t.Any]) -> list[Desired]:
    """What the parameters ask for."""
    want = {}
    if params["policy"] is not None:
        want["policy"] = Want("equals", params["policy"])
    if params["state"] is not None:
        want["running"] = Want("equals", params["state"] == "started")
    return [Desired("service", (params["name"],), want)]


def main() -> None:
    """Run in a process of its own."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True, **RULES)
    run_module(module, desired(module.params), RESOURCES, connect_with)


if __name__ == "__main__":
    main()
