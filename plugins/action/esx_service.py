# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""esx_service runs inside Ansible's own worker: plugin_utils/runner.py, the same for every module."""

from __future__ import annotations

from ansible_collections.dejima.hypervisor.plugins.plugin_utils.runner import ActionModule

__all__ = ["ActionModule"]
