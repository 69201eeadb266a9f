# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is PRIVATE to the collection. It can have breaking changes at any time.
"""What is asked of the hosts: a profile, narrowed and filled in."""

from __future__ import annotations


class ModuleDocFragment:
    """Profile, controls, values and site of the modules that judge many controls."""

    DOCUMENTATION = r"""
options:
  profile:
    description:
      - Name of a profile in the catalogue, or the path of a YAML file with a profile of your own.
    type: str
    default: management_plane
  controls:
    description:
      - Only these controls of the profile. With a leading C(!) all but these.
    type: list
    elements: str
  values:
    description:
      - Values for controls, by control, instead of those of the profile.
    type: dict
  site:
    description:
      - What only the site knows, by name, such as C(management_gates), C(management_vlan), C(management_adapters) or
        C(banner). Each is declared in the collection's C(catalogue/site.yml).
      - A control that needs a value that is not given is reported as MANUAL, with the name of the value.
    type: dict
  rows:
    description:
      - The controls with everything filled in. Resolved from the catalogue on the controller; set O(profile) instead.
    type: list
    elements: dict
"""
