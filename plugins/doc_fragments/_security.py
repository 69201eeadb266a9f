# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is PRIVATE to the collection. It can have breaking changes at any time.
"""The security policy that switches and port groups share."""

from __future__ import annotations


class ModuleDocFragment:
    """Three switches, each unset, accepting or rejecting."""

    DOCUMENTATION = r"""
options:
  promiscuous_mode:
    description:
      - Whether a guest may see all traffic of the switch or port group. V(true) accepts, V(false) rejects.
    type: bool
  mac_changes:
    description:
      - Whether a guest may change the MAC address it receives on. V(true) accepts, V(false) rejects.
    type: bool
  forged_transmits:
    description:
      - Whether a guest may send with another MAC address than its own. V(true) accepts, V(false) rejects.
    type: bool
"""
