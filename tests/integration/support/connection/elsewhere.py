# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine, as if it were another one: modules travel to it as they travel to a jump host."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: elsewhere
short_description: This machine as a jump host
description: [What local does, under another name.]
author: Dejima contributors (@dejima-hypervisor)
options:
  become_success_timeout:
    description: [As local has it.]
    type: int
    default: 10
    vars: [{name: elsewhere_become_success_timeout}]
  become_strip_preamble:
    description: [As local has it.]
    type: bool
    default: true
    vars: [{name: elsewhere_become_strip_preamble}]
extends_documentation_fragment: [connection_pipelining]
"""


class Connection(Local):
    """Local by another name."""

    transport = "elsewhere"
