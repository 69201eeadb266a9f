# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller as a user has it: Ansible's own programs, an empty home, an environment in which only this is set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from simulator import PracticeVsphere

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = Path(__file__).resolve().parent / "support"
PROGRAMS = Path(sys.executable).parent
PLAYBOOKS = ROOT / "playbooks"
PATIENCE = 120
"""Seconds a program may take before the test gives up on it."""
Fields = dict[str, Any]
SITE: Fields = {
    "management_vlan": 110,
    "management_adapters": ["vmk0"],
    "untagged_port_groups": ["VM Network"],
    "open_rulesets": ["dns", "updateManager"],
    "dcui_policy": "on",
    "banner": "Authorised use only.",
}
GATES: list[Fields] = [
    {"name": "vcenter and controller", "addresses": ["127.0.0.0/8"]},
    {"name": "jump hosts", "addresses": ["192.0.2.16/28"]},
    {"name": "backup", "addresses": ["192.0.2.40/30"]},
]
POLICY: Fields = {"management_gates": GATES, "site": SITE}
"""What the site of these tests has decided; tests/integration/state.py says what that leaves on a host."""


@dataclass(frozen=True)
class TaskResult:
    """What one task came to on one host. ``status`` is ok, failed, unreachable or skipped."""

    task: str
    host: str
    status: str
    result: Fields

    @property
    def message(self) -> str:
        """The sentence the user reads."""
        return str(self.result.get("msg", ""))

    @property
    def changed(self) -> bool:
        """What the recap counts."""
        return bool(self.result.get("changed"))


@dataclass(frozen=True)
class Run:
    """A program that has ended."""

    code: int
    out: str
    err: str
    seconds: float
    results: list[TaskResult] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything it printed."""
        return self.out + self.err

    @property
    def flat(self) -> str:
        """Everything it printed, on one line: what was wrapped for the terminal is one sentence again."""
        return " ".join(self.text.split())

    def of(self, task: str, host: str | None = None) -> TaskResult:
        """The one result of this task (on this host)."""
        found = [row for row in self.results if _called(row, task) and host in (None, row.host)]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} results of {task!r} on {host or 'any host'}:\n{self.text}")
        return found[0]

    def hosts(self, task: str, status: str = "ok") -> list[str]:
        """The hosts on which this task came to this."""
        return [row.host for row in self.results if _called(row, task) and row.status == status]


def _called(row: TaskResult, task: str) -> bool:
    """A role's task bears the role's name before its own."""
    return row.task.rsplit(" : ", 1)[-1] == task


class Controller:
    """A folder with a home, an inventory and plays; one practice vSphere that the environment names."""

    def __init__(self, place: Path, sim: PracticeVsphere) -> None:
        self.place = place
        self.sim = sim
        self.home = place / "home"
        self.temp = place / "ansible-tmp"
        for folder in (self.home, self.temp, place / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        self._records = 0
        self.inventory = self.vsphere("practice", group_vars=POLICY)

    def environment(self) -> dict[str, str]:
        """Nothing of whoever runs the tests, and the connection as the VMware collections name it."""
        return {
            "PATH": os.pathsep.join((str(PROGRAMS), os.defpath)),
            "HOME": str(self.home),
            "TMPDIR": str(self.place / "tmp"),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
            "ANSIBLE_LOCAL_TEMP": str(self.temp),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_PLUGINS": str(SUPPORT / "callback"),
            "ANSIBLE_CONNECTION_PLUGINS": str(SUPPORT / "connection"),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            "VMWARE_HOST": self.sim.address,
            "VMWARE_PORT": str(self.sim.port),
            "VMWARE_USER": self.sim.username,
            "VMWARE_PASSWORD": self.sim.password,
            "VMWARE_CA_FILE": str(self.sim.certificate),
        }

    def run(self, program: str, *arguments: str | Path, **variables: str | None) -> Run:
        """Run one of Ansible's programs to its end. ``variables`` change the environment; None takes one away."""
        self._records += 1
        record = self.place / f"record-{self._records}.jsonl"
        env = self.environment() | {"RECORD_FILE": str(record)}
        for name, value in variables.items():
            env.pop(name, None)
            if value is not None:
                env[name] = value
        started = time.monotonic()
        done = subprocess.run(
            [str(PROGRAMS / program), *map(str, arguments)],
            cwd=self.place,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            umask=0o000,
        )
        lines = record.read_text("utf-8").splitlines() if record.exists() else []
        results = [TaskResult(**json.loads(line)) for line in lines]
        return Run(done.returncode, done.stdout, done.stderr, time.monotonic() - started, results)

    def playbook(
        self, name: str, *arguments: str | Path, inventory: Path | None = None, **variables: str | None
    ) -> Run:
        """Run one of the collection's playbooks."""
        source = inventory or self.inventory
        return self.run("ansible-playbook", "-i", source, PLAYBOOKS / f"{name}.yml", *arguments, **variables)

    def play(
        self,
        tasks: list[Fields],
        *arguments: str | Path,
        inventory: Path | None = None,
        hosts: str = "esx-01.practice",
        play: Fields | None = None,
        **variables: str | None,
    ) -> Run:
        """Run tasks of one's own."""
        file = self.place / "play.yml"
        whole = {"name": "Try", "hosts": hosts, "gather_facts": False, **(play or {}), "tasks": tasks}
        file.write_text(yaml.safe_dump([whole], sort_keys=False), "utf-8")
        return self.run("ansible-playbook", "-i", inventory or self.inventory, file, *arguments, **variables)

    def vsphere(self, folder: str = "inventory", group_vars: Fields | None = None, **options: Any) -> Path:
        """An inventory folder of one's own, read with the inventory plugin."""
        place = self.place / folder
        place.mkdir(exist_ok=True)
        source = {"plugin": "dejima.hypervisor.vsphere", **options}
        (place / "hosts.vsphere.yml").write_text(yaml.safe_dump(source), "utf-8")
        return self._with_variables(place, group_vars)

    def static(self, hosts: list[str], folder: str = "static", group_vars: Fields | None = None) -> Path:
        """An inventory folder of one's own that only lists names."""
        place = self.place / folder
        place.mkdir(exist_ok=True)
        listed = {"all": {"hosts": dict.fromkeys(hosts)}}
        (place / "hosts.yml").write_text(yaml.safe_dump(listed), "utf-8")
        return self._with_variables(place, {"ansible_connection": "local", **(group_vars or {})})

    @staticmethod
    def _with_variables(place: Path, group_vars: Fields | None) -> Path:
        if group_vars:
            (place / "group_vars").mkdir(exist_ok=True)
            (place / "group_vars" / "all.yml").write_text(yaml.safe_dump(group_vars), "utf-8")
        return place


def task(module: str, called: str = "", /, **parameters: Any) -> Fields:
    """A task with one of the collection's modules, called after it when nothing else is given."""
    return {"name": called or module, f"dejima.hypervisor.{module}": parameters}


def readable(run: Run) -> bool:
    """True when nothing that was printed is a Python traceback."""
    return "Traceback (most recent call last)" not in run.text
