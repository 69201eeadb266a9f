# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup dejima.hypervisor.controls, as a playbook uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PLAY = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{{{ {query} | to_json }}}}"
        dest: "{{{{ playbook_dir }}}}/rows.json"
        mode: "0600"
"""


def _play(folder: Path, env: dict[str, str], query: str) -> subprocess.CompletedProcess[str]:
    interpreter = f"ansible_python_interpreter={sys.executable}"
    (folder / "play.yml").write_text(PLAY.format(query=query), encoding="utf-8")
    return subprocess.run(
        ["ansible-playbook", "-i", "localhost,", "-c", "local", "-e", interpreter, str(folder / "play.yml")],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a playbook with a profile beside it."""
    (tmp_path / "mine.yml").write_text("controls: [esx.ssh-service, esx.shell-timeout]", encoding="utf-8")
    return tmp_path


def test_a_playbook_gets_the_rows_of_a_profile_beside_it(folder: Path, ansible_env: dict[str, str]) -> None:
    done = _play(
        folder, ansible_env, "query('dejima.hypervisor.controls', 'mine.yml', values={'esx.shell-timeout': 60})"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    assert [row["control"] for row in rows] == ["esx.ssh-service", "esx.shell-timeout"]
    assert rows[1]["want"] == {"value": {"op": "equals", "value": 60}}


def test_a_playbook_narrows_a_shipped_profile_to_a_wall(folder: Path, ansible_env: dict[str, str]) -> None:
    done = _play(
        folder,
        ansible_env,
        "query('dejima.hypervisor.controls', 'management_plane', wall='management_firewall',"
        " site={'management_networks': ['192.0.2.16/28']})",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["control"]: row for row in json.loads((folder / "rows.json").read_text(encoding="utf-8"))}
    assert rows["esx.firewall-allowed-ips"]["want"]["allowed"]["value"] == ["192.0.2.16/28"]
    assert {row["wall"] for row in rows.values()} == {"management_firewall"}


def test_a_mistake_reaches_the_screen_once(folder: Path, ansible_env: dict[str, str]) -> None:
    done = _play(folder, ansible_env, "query('dejima.hypervisor.controls', 'managment_plane')")
    assert done.returncode == 2
    sentence = "profile managment_plane does not exist. Did you mean management_plane? Known: management_plane"
    screen = " ".join((done.stdout + done.stderr).split())
    assert sentence in screen
    assert "Traceback" not in screen
