# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a small practice vSphere for each test, sessions on it, and its first host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator import PracticeVsphere
from tests.simulator.clients import Raw, connect, host_view

FIRST = "esx-01.practice"


@pytest.fixture
def sim() -> Iterator[PracticeVsphere]:
    """Three hosts as shipped, in one cluster."""
    with PracticeVsphere(hosts=3, clusters=1, drift="none") as practice:
        yield practice


@pytest.fixture
def si(sim: PracticeVsphere) -> Any:
    """An administrator's session."""
    return connect(sim)


@pytest.fixture
def host(si: Any) -> Any:
    """The first host, as pyVmomi sees it."""
    return host_view(si).view[0]


@pytest.fixture
def first(sim: PracticeVsphere) -> Any:
    """The first host, as the practice vSphere keeps it."""
    return sim.host(FIRST)


@pytest.fixture
def readonly(sim: PracticeVsphere) -> Any:
    """The first host, as somebody sees it who may only read."""
    sim.add_user("audit@vsphere.local", "look", role="readonly")
    return host_view(connect(sim, "audit@vsphere.local", "look")).view[0]


@pytest.fixture
def raw(sim: PracticeVsphere) -> Raw:
    """Raw SOAP without a session."""
    return Raw(sim)


@pytest.fixture
def managed() -> Iterator[PracticeVsphere]:
    """Two hosts and an admin endpoint."""
    with PracticeVsphere(hosts=2, drift="none", admin_port=0) as practice:
        yield practice
