#!/usr/bin/python
# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face of the advanced option resource."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esx_option
short_description: Set advanced options of an ESX host
version_added: 0.1.0
description:
  - Sets any number of advanced options of one host in one request, and only those that differ.
  - Values are sent in the type that the host itself uses. Bounds and choices are checked before anything is written.
options:
  options:
    description:
      - Options by key, such as V(UserVars.ESXiShellTimeOut). Options that are not named are left alone.
      - Many time-outs take V(0) for never. Look the option up before setting it to V(0).
    type: dict
    required: true
author:
  - Dejima contributors (@dejima-hypervisor)
extends_documentation_fragment:
  - dejima.hypervisor._connection.module
  - dejima.hypervisor._target
  - dejima.hypervisor._attributes
"""

EXAMPLES = r"""
- name: Idle shells end by themselves
  dejima.hypervisor.esx_option:
    options:
      UserVars.ESXiShellTimeOut: 600
      UserVars.ESXiShellInteractiveTimeOut: 900

- name: A notice greets whoever signs in
  dejima.hypervisor.esx_option:
    options:
      Config.Etc.issue: Authorised use only.
"""

RETURN = r"""
esx_hostname:
  description: The host.
  returned: always
  type: str
  sample: esx-01.example.org
current:
  description: The options named, as they were found, before any change. In check mode too.
  returned: success
  type: dict
  sample: {UserVars.ESXiShellTimeOut: {value: 0, type: long}}
changes:
  description: What was changed, or would be in check mode, in the order of writing.
  returned: success
  type: list
  elements: dict
  sample:
    - {resource: option, key: UserVars.ESXiShellTimeOut, field: value, before: 0, after: 600, controls: []}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._engine.run import Desired, Want, run_module
from ..module_utils._vsphere.argspec import connection_spec, target_spec
from ..module_utils._vsphere.driver import RESOURCES, connect_with

SPEC: dict[str, dict[str, t.Any]] = {
    **connection_spec(),
    **target_spec(),
    "options": {"type": "dict", "required": True},
}
RULES: dict[str, t.Any] = {}


def desired(params: dict[str, t.Any]) -> list[Desired]:
    """What the parameters ask for."""
    return [Desired("option", (key,), {"value": Want("equals", value)}) for key, value in params["options"].items()]


def main() -> None:
    """Run in a process of its own."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True, **RULES)
    run_module(module, desired(module.params), RESOURCES, connect_with)


if __name__ == "__main__":
    main()
