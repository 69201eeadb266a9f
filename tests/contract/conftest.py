# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice vSphere of two like hosts, as shipped for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine import apply
from simulator import PracticeVsphere


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeVsphere]:
    """Two hosts as shipped, in one cluster."""
    with PracticeVsphere(hosts=2, drift="none") as made:
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that reads otherwise than written is read as often as ever, without the pauses in between."""
    monkeypatch.setattr(apply, "SETTLE", tuple(0.0 for _pause in apply.SETTLE))


@pytest.fixture
def sim(practice: PracticeVsphere) -> Iterator[PracticeVsphere]:
    """The same two hosts, put back afterwards: a host's configuration and state are values that are only replaced."""
    kept = [(host, host.config, host.runtime) for host in practice.inventory.hosts]
    users = dict(practice.world.users)
    dump = practice.dump()
    practice.reset_counters()
    yield practice
    for host, config, runtime in kept:
        host.config, host.runtime = config, runtime
    practice.world.users = users
    practice.world.mishaps.clear()
    assert practice.dump() == dump
    assert practice.sessions == 0, "every test's connection has logged out"
