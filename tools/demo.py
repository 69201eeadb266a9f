# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""make demo: start a practice vSphere, run the real playbooks against it, and tell what happened in few lines."""

from __future__ import annotations

import datetime
import json
import os
import re
import secrets
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
HOSTS, CLUSTERS = 12, 3
OURS = re.compile(r"^(Audit, profile|  )")
WAVE = "PLAY [Harden the hosts that drifted"
HOST_LINE = re.compile(r"^(ok|changed|failed|fatal|unreachable): \[([^\]]+)\]")


class Failed(SystemExit):
    """A step that did not do what it should; the log says more."""


@contextmanager
def practice(password: str) -> Iterator[dict[str, Any]]:
    """A practice vSphere on a free loopback port, stopped at the end."""
    command = [sys.executable, "-m", "simulator", "--hosts", str(HOSTS), "--clusters", str(CLUSTERS), "--port", "0"]
    environment = {**os.environ, "PRACTICE_PASSWORD": password}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.strip():
            raise Failed(f"The practice vSphere did not start (exit {process.wait(10)}).")
        yield json.loads(line)
    finally:
        process.terminate()
        process.wait(10)


class Demo:
    """Runs playbooks with one environment and keeps every log in one folder."""

    def __init__(self, folder: Path, server: dict[str, Any], password: str) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "VMWARE_HOST": server["host"],
            "VMWARE_PORT": str(server["port"]),
            "VMWARE_USER": server["username"],
            "VMWARE_PASSWORD": password,
            "VMWARE_VALIDATE_CERTS": "true",
            "VMWARE_CA_FILE": server["certificate"],
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_FORCE_COLOR": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_CALLBACKS_ENABLED": "dejima.hypervisor.report",
        }

    def play(self, log: str, playbook: str, *options: str) -> tuple[str, list[dict[str, Any]]]:
        """Run one playbook; its output, and the changes it made or predicted."""
        changes = self.folder / f"{log}.changes.json"
        command = [BIN / "ansible-playbook", "-i", "inventory/simulator", f"playbooks/{playbook}.yml", *options]
        environment = {**self.environment, "DEJIMA_CHANGES_FILE": str(changes)}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        path = self.folder / f"{log}.log"
        path.write_text(done.stdout, "utf-8")
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-25:])
            raise Failed(f"{playbook}.yml failed (exit {done.returncode}); the end of {shown(path)}:\n{tail}")
        by_host = json.loads(changes.read_text("utf-8")) if changes.exists() else {}
        return done.stdout, [{"host": host, **change} for host, made in by_host.items() for change in made]


def shown(path: Path) -> str:
    """A path as a reader in this folder would type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def table(output: str) -> str:
    """The last audit table in a playbook's output."""
    start = output.rindex("Audit, profile")
    lines = output[start:].splitlines()
    end = next((index for index, line in enumerate(lines) if not OURS.match(line)), len(lines))
    return "\n".join(lines[:end])


def waves(output: str) -> str:
    """Which hosts each wave hardened, in short."""
    told = []
    for number, block in enumerate(output.split(WAVE)[1:], 1):
        hosts = sorted({match[2] for line in block.split("\nPLAY")[0].splitlines() if (match := HOST_LINE.match(line))})
        told.append(f"wave {number} {hosts[0] if len(hosts) == 1 else f'{len(hosts)} hosts'} ok")
    return " | ".join(told)


def summary_of(report: Path) -> dict[str, Any]:
    """The summary of a written report."""
    loaded: dict[str, Any] = json.loads(report.read_text("utf-8"))["summary"]
    return loaded


def story(demo: Demo) -> None:
    """Audit, check, harden, audit, harden."""
    folder = demo.folder
    output, _changes = demo.play("1-audit", "audit", "-e", f"report_file={folder / 'before.json'}")
    print(table(output), flush=True)

    output, changes = demo.play("2-check", "harden", "--check", "--diff")
    (folder / "plan.diff").write_text(output, "utf-8")
    hosts = {change["host"] for change in changes}
    risky = sum(1 for change in changes if change["risky"])
    print(
        f"\nWhat would change (harden --check --diff): {len(changes)} changes on {len(hosts)} hosts, "
        f"{risky} of them touch the way in  -> {shown(folder / 'plan.diff')}",
        flush=True,
    )

    output, changes = demo.play("3-harden", "harden")
    print(f"Harden: {waves(output)}   {len(changes)} changed, 0 failed\n", flush=True)

    report = folder / "report.json"
    output, _changes = demo.play("4-audit", "audit", "-e", f"report_file={report}")
    print(table(output), flush=True)
    summary = summary_of(report)
    if len(summary["passing"]) != summary["hosts"]:
        raise Failed("After hardening not every host passes; the table says which.")

    _output, changes = demo.play("5-harden", "harden")
    if changes:
        raise Failed(f"A second hardening changed {len(changes)} settings; it should change none.")
    print("\nHarden again: nothing to do\n")


def main() -> None:
    """The demo, with its closing words."""
    started = time.monotonic()
    password = secrets.token_urlsafe(12)
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S")
    folder = ROOT / ".dejima" / f"run-{stamp}-{secrets.token_hex(2)}"
    folder.mkdir(parents=True)
    with practice(password) as server:
        print(
            f"Practice vSphere: {server['hosts']} ESX 8.0.3 hosts in {server['clusters']} clusters on {server['url']} "
            "(self-signed, trusted for this demo)\n",
            flush=True,
        )
        story(Demo(folder, server, password))
    print(f"Result: {shown(folder / 'report.json')}   (schema: docs/report.schema.json; logs beside it)")
    print(
        "Your own vCenter: cp -r inventory/example inventory/mine, put your vCenter and gates in it, then\n"
        "  export VMWARE_USER=... VMWARE_PASSWORD=...\n"
        "  .venv/bin/ansible-playbook -i inventory/mine playbooks/audit.yml\n"
        f"({time.monotonic() - started:.0f} s in all)"
    )


if __name__ == "__main__":
    main()
