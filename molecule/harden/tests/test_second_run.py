# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The step idempotence has hardened once more."""

from __future__ import annotations

from typing import Any


def test_the_second_run_changed_nothing(changes: dict[str, Any]) -> None:
    assert changes == {}
