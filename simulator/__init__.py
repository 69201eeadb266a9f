# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice vSphere: a vCenter with ESX hosts that answers the real protocol on loopback, for tests and rehearsals."""

from __future__ import annotations

from .practice import PracticeVsphere
from .world import Call

__all__ = ["Call", "PracticeVsphere"]
