# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test stands on: the linked collection, a clean environment for child programs, no silent skip in CI."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parent.parent
COLLECTIONS = ROOT / ".collections"
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _link_collection() -> None:
    """Make `ansible_collections.dejima.hypervisor` this checkout, as `make link` does; workers may do it at once."""
    link = COLLECTIONS / "ansible_collections" / "dejima" / "hypervisor"
    link.parent.mkdir(parents=True, exist_ok=True)
    try:
        link.symlink_to(Path("..", "..", ".."), target_is_directory=True)
    except FileExistsError:
        if link.resolve() != ROOT:
            raise


_link_collection()
for _place in (str(ROOT), str(COLLECTIONS)):
    if _place not in sys.path:
        sys.path.insert(0, _place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """In CI a skipped test is a failed one: whatever it needs has to be there."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr[-1]}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """The same for a file that skips itself as a whole."""
    report = yield
    if IN_CI and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr[-1]}"
    return report


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture
def ansible_env(tmp_path: Path) -> dict[str, str]:
    """Environment for `ansible-*` child programs: this checkout and interpreter, a home of its own."""
    private = ("ANSIBLE_", "VMWARE_", "PRACTICE_", "PYTEST_", "PYTHON")
    env = {name: value for name, value in os.environ.items() if not name.startswith(private)}
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return env | {
        "HOME": str(home),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), env.get("PATH", os.defpath))),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_NOCOLOR": "1",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }
