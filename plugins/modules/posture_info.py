#!/usr/bin/python
# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face of the audit of many hosts at once."""

from __future__ import annotations

DOCUMENTATION = r"""
module: posture_info
short_description: Judge ESX hosts against a profile of the catalogue
version_added: 0.1.0
description:
  - Judges the selected controls of a profile on many hosts in one task, and changes nothing.
  - Meant to run once for a whole play. See the playbook C(playbooks/audit.yml).
  - Prints a table of the controls and writes the whole result to a JSON file if asked.
options:
  hosts:
    description:
      - Names of the hosts. If not given, all hosts of the play.
    type: list
    elements: str
  refresh:
    description:
      - Read the hosts again, even if what the inventory read is still fresh.
    type: bool
    default: false
  snapshot_max_age:
    description:
      - Seconds for which what the inventory read counts as fresh.
    type: int
    default: 300
  report_file:
    description:
      - File on the controller that the whole result goes to, as JSON. Its schema is C(docs/report.schema.json).
    type: path
  quiet:
    description:
      - Do not print the table.
    type: bool
    default: false
author:
  - Dejima contributors (@dejima-hypervisor)
extends_documentation_fragment:
  - dejima.hypervisor._connection.module
  - dejima.hypervisor._policy
  - dejima.hypervisor._attributes.info
"""

EXAMPLES = r"""
- name: Audit
  hosts: all
  gather_facts: false
  tasks:
    - name: Judge the fleet
      dejima.hypervisor.posture_info:
        profile: management_plane
        report_file: ./report.json
      run_once: true
      register: posture
"""

RETURN = r"""
summary:
  description: Counts by control and verdict, and the hosts by what they need.
  returned: success
  type: dict
  contains:
    hosts: {description: How many hosts were judged., type: int, returned: success}
    controls: {description: 'Control to verdict to number of hosts.', type: dict, returned: success}
    passing: {description: Hosts that fail nothing and could be read., type: list, elements: str, returned: success}
    failing: {description: Hosts that fail at least one control., type: list, elements: str, returned: success}
    drifted: {description: Failing hosts that hardening can mend in part., type: list, elements: str, returned: success}
    unread: {description: Hosts of which something could not be read., type: list, elements: str, returned: success}
summary_lines:
  description: The table, line by line.
  returned: success
  type: list
  elements: str
  sample: ["Audit, profile management_plane (24 controls, 12 hosts)   0.4 s, 1 login, 5 requests"]
report_file:
  description: Where the whole result was written.
  returned: when asked for
  type: str
  sample: ./report.json
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._engine.run import Desired, run_audit
from ..module_utils._vsphere.argspec import connection_spec, policy_spec
from ..module_utils._vsphere.driver import RESOURCES, connect_with

SPEC: dict[str, dict[str, t.Any]] = {
    **connection_spec(),
    **policy_spec(),
    "hosts": {"type": "list", "elements": "str"},
    "refresh": {"type": "bool", "default": False},
    "snapshot_max_age": {"type": "int", "default": 300},
    "report_file": {"type": "path"},
    "quiet": {"type": "bool", "default": False},
}
RULES: dict[str, t.Any] = {}


def desired(params: dict[str, t.Any]) -> list[Desired]:
    """What the parameters ask for."""
    return [Desired.from_row(row) for row in params["rows"] or []]


def main() -> None:
    """Run in a process of its own."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True, **RULES)
    run_audit(module, desired(module.params), RESOURCES, connect_with)


if __name__ == "__main__":
    main()
