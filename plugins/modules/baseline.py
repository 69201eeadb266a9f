#!/usr/bin/python
# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face of the many controls at once."""

from __future__ import annotations

DOCUMENTATION = r"""
module: baseline
short_description: Bring an ESX host to a profile of the catalogue
version_added: 0.1.0
description:
  - Judges the selected controls of a profile on one host, makes one plan of what differs, and writes it in the safe
    order. Services and options come first, then the firewall, then the network.
  - Every write is read again. A write that did not take is a failure, and so is a fault of the host.
  - A host that already complies costs no request when the inventory came from P(dejima.hypervisor.vsphere#inventory).
  - A control that needs a person is reported and never guessed at, such as a virtual machine on the management port
    group.
options:
  wall:
    description:
      - Only the controls of one wall. Each role is one wall.
    type: str
    choices: [management_services, management_firewall, management_network]
author:
  - Dejima contributors (@dejima-hypervisor)
extends_documentation_fragment:
  - dejima.hypervisor._connection.module
  - dejima.hypervisor._policy
  - dejima.hypervisor._target
  - dejima.hypervisor._attributes
"""

EXAMPLES = r"""
- name: Bring the services to the profile
  dejima.hypervisor.baseline:
    profile: management_plane
    wall: management_services

- name: Two controls only, with a value of our own
  dejima.hypervisor.baseline:
    controls: [esx.ssh-service, esx.shell-timeout]
    values:
      esx.shell-timeout: 300
"""

RETURN = r"""
esx_hostname:
  description: The host.
  returned: always
  type: str
  sample: esx-01.example.org
verdicts:
  description: What every selected control said before the change.
  returned: success
  type: list
  elements: dict
  sample:
    - control: esx.ssh-service
      status: FAIL
      observed: {TSM-SSH: {running: true}}
      expected: {TSM-SSH: {running: false}}
      reason: ""
      mendable: true
changes:
  description: What was changed, or would be in check mode, in the order of writing.
  returned: success
  type: list
  elements: dict
  sample:
    - {resource: service, key: TSM-SSH, field: running, before: true, after: false, controls: [esx.ssh-service]}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._engine.run import Desired, run_module
from ..module_utils._vsphere.argspec import connection_spec, policy_spec, target_spec
from ..module_utils._vsphere.driver import RESOURCES, connect_with

SPEC: dict[str, dict[str, t.Any]] = {
    **connection_spec(),
    **policy_spec(),
    **target_spec(),
    "wall": {"type": "str", "choices": ["management_services", "management_firewall", "management_network"]},
}
RULES: dict[str, t.Any] = {}


def desired(params: dict[str, t.Any]) -> list[Desired]:
    """What the parameters ask for."""
    return [Desired.from_row(row) for row in params["rows"] or []]


def main() -> None:
    """Run in a process of its own."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True, **RULES)
    run_module(module, desired(module.params), RESOURCES, connect_with)


if __name__ == "__main__":
    main()
