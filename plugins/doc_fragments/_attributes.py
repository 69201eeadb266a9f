# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is PRIVATE to the collection. It can have breaking changes at any time.
"""What a module guarantees."""

from __future__ import annotations


class ModuleDocFragment:
    """Guarantees, stated once."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
    description: The plan is made as always and only the writing is left out, so what check mode tells is what happens.
  diff_mode:
    support: full
    description: Shows the objects that change, before and after, in the words of the vSphere client.
  idempotent:
    support: full
    description: A second run writes nothing and reports no change.
  action:
    support: full
    description:
      - Runs inside Ansible's own worker when the connection is local, and as a module on the other machine when it is
        not, for instance on a jump host with C(delegate_to).
"""

    INFO = r"""
attributes:
  check_mode:
    support: full
    description: Reads only; check mode makes no difference.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Reads only.
  action:
    support: full
    description:
      - Runs inside Ansible's own worker when the connection is local, and as a module on the other machine when it is
        not.
"""
