# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand in for the get-pip.py that ansible-test downloads from a server of its own.

It is put where ansible-test keeps that download. Python's own ensurepip gives pip to a virtual environment as well, and
the version that ansible-test asks for then comes from the package index that pip is set to use.
"""

from __future__ import annotations

import subprocess
import sys

UNKNOWN_TO_PIP = {"--no-setuptools", "--no-wheel"}


def main(arguments: list[str]) -> None:
    """Install pip and what else ansible-test asks for into the interpreter this runs in."""
    pip = [sys.executable, "-m"]
    subprocess.run([*pip, "ensurepip", "--upgrade"], check=True, stdout=subprocess.DEVNULL)
    wanted = [argument for argument in arguments if argument not in UNKNOWN_TO_PIP]
    subprocess.run([*pip, "pip", "install", "--quiet", "--upgrade", *wanted], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
