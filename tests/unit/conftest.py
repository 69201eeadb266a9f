# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The practice vSphere of the contract tests, for the units that speak to one."""

from __future__ import annotations

from tests.contract.conftest import impatient, practice, sim

__all__ = ["impatient", "practice", "sim"]
