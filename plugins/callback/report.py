# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sum of a run: how many changes on how many hosts, and the changes themselves as a file."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report
type: aggregate
short_description: Sums up what the modules of this collection changed
version_added: 0.1.0
author: Dejima contributors (@dejima-hypervisor)
description:
  - Prints one line at the end of a run, with the number of changes, of hosts, and of changes that touch the way in.
  - Says nothing when no module of this collection had anything to change.
requirements:
  - Enable it with C(callbacks_enabled = dejima.hypervisor.report) in C(ansible.cfg).
options:
  changes_file:
    description: File that all changes go to, as JSON, by host and in the order they were made.
    type: path
    env:
      - name: DEJIMA_CHANGES_FILE
    ini:
      - section: callback_dejima_report
        key: changes_file
"""

import json
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Counts the changes in results; every result of this collection that has some carries them."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "dejima.hypervisor.report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._changes: dict[str, list[dict[str, Any]]] = {}
        self._predicted = False
        self._failed: set[str] = set()

    def v2_runner_on_ok(self, result: Any) -> None:
        """Gather what was changed."""
        self._gather(result, "changes")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Gather what had been changed before the failure."""
        self._gather(result, "applied")
        if self._is_ours(result) and not ignore_errors:
            self._failed.add(result.host.get_name())

    @staticmethod
    def _is_ours(result: Any) -> bool:
        return str(getattr(result.task, "resolved_action", "") or result.task.action).startswith("dejima.hypervisor.")

    def _gather(self, result: Any, name: str) -> None:
        changes = result.result.get(name) if self._is_ours(result) else None
        if changes:
            self._changes.setdefault(result.host.get_name(), []).extend(changes)
            self._predicted = self._predicted or bool(result.task.check_mode)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Say it, once."""
        path = self.get_option("changes_file")
        if path:
            Path(path).write_text(json.dumps(self._changes, indent=2) + "\n", "utf-8")
        total = [change for changes in self._changes.values() for change in changes]
        if not total and not self._failed:
            return
        verb = "would change" if self._predicted else "changed"
        risky = sum(1 for change in total if change.get("risky"))
        failed = f", {len(self._failed)} failed" if self._failed else ""
        self._display.display(
            f"Dejima {verb} {len(total)} settings on {len(self._changes)} hosts, "
            f"{risky} of them touch the way in{failed}"
        )
