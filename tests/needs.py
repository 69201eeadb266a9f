# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a test says what it needs from outside: `from tests.needs import require_or_skip`."""

from __future__ import annotations

import pytest


def require_or_skip(condition: object, reason: str) -> None:
    """Skip the test plainly when `condition` does not hold; with CI=true tests/conftest.py turns that into a failure.

    `reason` says what is missing and how to get it: "needs Go (https://go.dev/dl) to build vcsim".
    """
    if not condition:
        pytest.skip(reason)
