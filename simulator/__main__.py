# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m simulator``: a practice vSphere from the command line."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .differences import compare_files
from .drift import KINDS
from .practice import DEFAULT_PASSWORD, DEFAULT_USER, MISSING_KEY, PracticeVsphere

_EPILOG = """\
When it answers it prints one line of JSON: url, host, port, certificate (a PEM file to trust), thumbprint (SHA-256),
admin_url, username, pid, hosts, clusters. SIGTERM or Ctrl-C stops it.
"""


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, instead of repeating the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(_refuse(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m simulator",
        description="A practice vSphere: a vCenter with ESX 8.0.3 hosts on loopback, for tests and rehearsals.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--hosts", type=int, default=12, metavar="N", help="how many ESX hosts (default 12)")
    add("--clusters", type=int, default=3, metavar="N", help="how many clusters, hosts dealt in turn (default 3)")
    add("--port", type=int, default=8989, metavar="PORT", help="port of the vCenter; 0 takes a free one (default 8989)")
    add("--username", default=DEFAULT_USER, metavar="NAME", help=f"who may log in (default {DEFAULT_USER})")
    add("--password", metavar="WORD", help=f"default: PRACTICE_PASSWORD, else '{DEFAULT_PASSWORD}'")
    add("--seed", type=int, default=0, metavar="N", help="the same seed gives the same hosts (default 0)")
    add("--drift", default="mixed", choices=KINDS, help="mixed: seeded variety; shipped, none: all as installed")
    add("--admin-port", type=int, default=0, metavar="PORT", help="port of the admin endpoint; 0 takes a free one")
    add("--vms-per-host", type=int, default=2, metavar="N", help="virtual machines on each host (default 2)")
    add("--faults", metavar="FILE", help="faults on order: a file of rules, YAML or JSON")
    add("--state", metavar="FILE", help="begin with a saved state; its hosts, clusters and machines count")
    add("--diff", nargs=2, metavar=("A", "B"), help="tell what differs between two dumps, and start nothing")
    add("--missing-key", default="absent", choices=MISSING_KEY, help="answer for a key that an array does not have")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Runs until told to stop; 2 for bad usage. With ``--diff``: 0 if two dumps say the same, 1 if not."""
    options = _parser().parse_args(arguments)
    if options.diff:
        return _diff(*options.diff)
    for name in ("port", "admin_port"):
        if not 0 <= getattr(options, name) <= 65535:
            return _refuse(f"--{name.replace('_', '-')} is 0 to 65535, not {getattr(options, name)}")
    words = {name: value for name, value in vars(options).items() if name != "diff"}
    words["password"] = options.password or os.environ.get("PRACTICE_PASSWORD") or DEFAULT_PASSWORD
    try:
        practice = PracticeVsphere(**words)
        with practice:
            _serve(practice)
    except ValueError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"cannot listen on port {options.port} or {options.admin_port}: {error.strerror}")
    return 0


def _diff(before: str, after: str) -> int:
    try:
        found = compare_files(Path(before), Path(after))
    except ValueError as error:
        return _refuse(str(error))
    for difference in found:
        print(difference)
    return 1 if found else 0


def _refuse(text: str) -> int:
    print(f"python -m simulator: {text}", file=sys.stderr)
    return 2


def _serve(practice: PracticeVsphere) -> None:
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    line = {
        "url": practice.url,
        "host": practice.address,
        "port": practice.port,
        "certificate": str(practice.certificate),
        "thumbprint": practice.thumbprint,
        "admin_url": practice.admin_url,
        "username": practice.username,
        "pid": os.getpid(),
        "hosts": len(practice.inventory.hosts),
        "clusters": len(practice.inventory.clusters),
    }
    print(json.dumps(line), flush=True)
    stopped.wait()


if __name__ == "__main__":
    sys.exit(main())
