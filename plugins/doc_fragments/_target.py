# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is PRIVATE to the collection. It can have breaking changes at any time.
"""Which host."""

from __future__ import annotations


class ModuleDocFragment:
    """The host a task is about."""

    DOCUMENTATION = r"""
options:
  esx_hostname:
    description:
      - Name of the ESX host, as vCenter shows it.
      - If not given, the inventory host is meant. Not needed where O(hostname) is the ESX host itself.
    type: str
"""
