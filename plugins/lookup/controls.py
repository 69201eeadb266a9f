# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue for playbooks: the controls of a profile with the site's values filled in."""

from __future__ import annotations

DOCUMENTATION = r"""
name: controls
short_description: Controls of a profile
version_added: 0.1.0
author: Dejima contributors (@dejima-hypervisor)
description:
  - Returns the controls of one or more profiles as rows, with every value filled in as an audit would use it.
  - Reads the catalogue only and connects to nothing.
options:
  _terms:
    description:
      - Names of profiles that the collection ships, or paths to profile files of one's own.
      - A path is relative to the playbook. It holds a slash or ends in C(.yml) or C(.yaml).
    type: list
    elements: str
    required: true
  controls:
    description: IDs of the controls to return. All of the profile when not given.
    type: list
    elements: str
  wall:
    description: Return only the controls that this role remediates.
    type: str
    choices: [management_services, management_firewall, management_network]
  values:
    description:
      - Values laid over those of the profile, by control.
      - A control with one field takes the value itself; any control takes fields and their values or expectations.
    type: dict
    default: {}
  site:
    description: Site values, such as V(management_networks). C(catalogue/site.yml) declares them.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what the firewall wall asks for
  ansible.builtin.debug:
    msg: "{{ item.control }}: {{ item.asks }}"
  loop: >-
    {{ query('dejima.hypervisor.controls', 'management_plane', wall='management_firewall',
             site={'management_networks': ['192.0.2.16/28']}) }}

- name: Name the site values that a profile still waits for
  ansible.builtin.debug:
    msg: >-
      {{ query('dejima.hypervisor.controls', 'policy/mine.yml') | selectattr('manual', 'defined')
         | map(attribute='manual') | unique }}
"""

RETURN = r"""
_raw:
  description:
    - One row a control, in the order of the profile.
    - A control that waits for a site value has RV(ignore:manual), which says what to set.
  type: list
  elements: dict
  sample:
    - control: esx.shell-timeout
      title: An opened ESXi Shell or SSH service closes again by itself
      asks: shells close again within 10 minutes
      severity: medium
      wall: management_services
      resource: option
      keys: [UserVars.ESXiShellTimeOut]
      want: {value: {op: between, value: [1, 600], set: 600}}
      when_absent: error
      applies_to: {product: esx, version: ">=5.0"}
      ids: {scg_9_1: [esx-9.shell-timeout], stig_8: [ESXI-80-000195]}
      risk: {lockout: false, disruptive: false, note: Sessions already open are kept.}
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import CatalogueError, is_path, load


class LookupModule(LookupBase):
    """Resolves profiles; a mistake in them is one sentence."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: object) -> list[dict[str, Any]]:
        """Return the rows of every profile in `terms`, one profile after the other."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return [row for term in terms for row in self._rows(str(term))]
        except CatalogueError as exc:
            # The sentence is whole; a cause would only repeat it on screen.
            raise AnsibleLookupError(str(exc)) from None

    def _rows(self, profile: str) -> list[dict[str, Any]]:
        return load().resolve(
            self._loader.path_dwim(profile) if is_path(profile) else profile,
            controls=self.get_option("controls"),
            wall=self.get_option("wall"),
            values=self.get_option("values"),
            site=self.get_option("site"),
        )
