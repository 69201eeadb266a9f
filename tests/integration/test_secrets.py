# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A password stays with who gave it: not in output at any verbosity, not in results, files or process lists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from simulator import PracticeVsphere
from tests.integration.controller import POLICY, Controller, Run, task
from tests.integration.watch import Watch

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "Kapitan-77-Wal'visch\"$HOME"
"""With what a shell, YAML and JSON would each write in another way; its middle survives all of them."""
KERNEL = "Kapitan-77-Wal"


@dataclass(frozen=True)
class Spied:
    """One run as a neighbour, a log and whoever comes later see it."""

    run: Run
    watch: Watch
    files: dict[str, bytes]


def _files(controller: Controller) -> dict[str, bytes]:
    return {
        str(path.relative_to(controller.place)): path.read_bytes()
        for path in controller.place.rglob("*")
        if path.is_file()
    }


def _spied(place: Path, way: str) -> Spied:
    with PracticeVsphere(hosts=2, drift="shipped", password=PASSWORD) as sim, Watch(sim, KERNEL) as watch:
        controller = Controller(place, sim)
        if way == "harden":
            run = controller.playbook("harden", "--diff", "-vvvv", "-e", "report_file=report.json")
            return Spied(run, watch, _files(controller))
        defaults = {"hostname": sim.address, "port": sim.port, "username": sim.username, "password": "{{ vaulted }}"}
        play = {"module_defaults": {"group/dejima.hypervisor.all": defaults}, "ignore_errors": True}
        tasks = [
            task("baseline", "Options", controls=["esx.shell-timeout"]),
            task("posture_info", "Judge", report_file="report.json"),
            task("esx_service", "Refused", name="No-Such", state="stopped"),
            task("esx_service", "Wrong type", name="TSM-SSH", state="sometimes"),
            task("esx_service", "Not let in", name="TSM-SSH", state="stopped", username="nobody"),
        ]
        inventory = controller.static(sim.host_names, group_vars=POLICY)
        secret = controller.place / "vault"
        secret.mkdir()
        (secret / "vars.json").write_text(json.dumps({"vaulted": PASSWORD}))
        arguments = ("-vvvv", "-e", f"@{secret / 'vars.json'}")
        run = controller.play(
            tasks, *arguments, inventory=inventory, hosts="all", play=play, VMWARE_PASSWORD=None, VMWARE_USER=None
        )
        files = {name: content for name, content in _files(controller).items() if not name.startswith("vault/")}
        return Spied(run, watch, files)


@pytest.fixture(scope="module", params=["harden", "tasks"])
def spied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Spied:
    """With the inventory plugin and the environment; and with a static inventory and a vaulted variable."""
    return _spied(tmp_path_factory.mktemp(request.param), request.param)


def test_the_password_and_the_session_are_in_no_output_even_at_the_highest_verbosity(spied: Spied) -> None:
    assert spied.run.results
    assert spied.watch.cookies
    for secret in (KERNEL, *spied.watch.cookies):
        assert secret not in spied.run.text


def test_the_password_is_in_no_result(spied: Spied) -> None:
    assert "ok" in {row.status for row in spied.run.results}
    assert KERNEL not in json.dumps([row.result for row in spied.run.results])


def test_the_password_is_in_no_process_list(spied: Spied) -> None:
    assert spied.watch.saw("ansible-playbook"), "the watch saw nothing"
    assert spied.watch.exposed == []


def test_no_file_that_a_run_leaves_behind_holds_the_password_or_the_session(spied: Spied) -> None:
    assert "report.json" in spied.files
    for name, content in spied.files.items():
        for secret in (KERNEL, *spied.watch.cookies):
            assert secret.encode() not in content, name


def test_an_inventory_shows_no_secret(tmp_path: Path) -> None:
    with PracticeVsphere(hosts=2, drift="shipped", password=PASSWORD) as sim:
        controller = Controller(tmp_path, sim)
        inventory = controller.vsphere("with-password", password=PASSWORD)
        for form in ("--list", "--graph"):
            run = controller.run("ansible-inventory", "-i", inventory, form, "-vvvv", VMWARE_PASSWORD=None)
            assert run.code == 0, run.text
            assert "esx-01.practice" in run.out
            assert KERNEL not in run.text
