# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test needs and does not find is said plainly, and in CI it is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NEEDY = {
    "a test": "from tests.needs import require_or_skip\ndef test_x(): require_or_skip(False, 'needs Go')\n",
    "a whole file": "import pytest\npytest.skip('needs Go', allow_module_level=True)\n",
}


@pytest.mark.parametrize("ci", ["true", ""])
@pytest.mark.parametrize("needy", NEEDY)
def test_a_skip_is_a_failure_in_ci_only(needy: str, ci: str, root: Path, tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    for name in ("conftest.py", "needs.py"):
        shutil.copy(root / "tests" / name, tests)
    shutil.copy(root / "pyproject.toml", tmp_path)
    (tests / "test_needy.py").write_text(NEEDY[needy])
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "CI": ci}, check=False, capture_output=True, text=True
    )
    assert "needs Go" in done.stdout
    assert ("skipped, which CI does not allow" in done.stdout) is bool(ci)
    assert (done.returncode in {1, 2}) is bool(ci)
