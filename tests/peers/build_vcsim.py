# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build govmomi's vcsim, stock and pinned, into .cache: the one vSphere here that nobody of this project wrote.

Prints where it is. Exit 3: Go is missing, and there is no vcsim of this version either.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The newest version whose vcsim can be installed as one module; the later ones split it off.
VERSION = "v0.46.3"
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "vcsim"
BINARY = CACHE / VERSION / "vcsim"
NO_GO = 3


def build() -> int:
    """Exit status: 0, NO_GO, or that of the Go tool."""
    if BINARY.is_file():
        return 0
    go = shutil.which("go")
    if go is None:
        return NO_GO
    print(f"Building vcsim {VERSION} (once; about a minute) ...", flush=True)
    places = {
        "GOBIN": str(BINARY.parent),
        "GOPATH": str(CACHE / "go"),
        "GOCACHE": str(CACHE / "build"),
        # Otherwise the module cache is read-only and `make clean` cannot remove it.
        "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip(),
    }
    command = [go, "install", f"github.com/vmware/govmomi/vcsim@{VERSION}"]
    status = subprocess.run(command, env=os.environ | places, cwd=CACHE.parent, check=False).returncode
    if status == 0:
        # What it was made of is large and never needed again.
        for made_of in ("go", "build"):
            shutil.rmtree(CACHE / made_of, ignore_errors=True)
    return status


def main() -> int:
    """Build, and say plainly what it means when that cannot be done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    status = build()
    if status == NO_GO:
        print(
            "peers: SKIPPED, nothing was tested against vcsim: it is built with Go, and there is no `go` on the PATH."
        )
        print("       Install Go (https://go.dev/dl, or golang-go on Debian and Ubuntu) and run `make peers` again.")
    return status


if __name__ == "__main__":
    sys.exit(main())
