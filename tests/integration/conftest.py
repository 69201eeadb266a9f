# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice vSphere and a controller for every test, or for every file where tests look at one run together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator import PracticeVsphere
from tests.integration.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sim() -> Iterator[PracticeVsphere]:
    """Three hosts as they were shipped, in one cluster."""
    with PracticeVsphere(hosts=3, drift="shipped") as vsphere:
        yield vsphere


@pytest.fixture
def controller(tmp_path: Path, sim: PracticeVsphere) -> Controller:
    """A controller with the practice vSphere in its environment."""
    return Controller(tmp_path, sim)
