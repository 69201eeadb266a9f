# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real playbooks, unchanged, against a server nobody of this project wrote. What it lacks is told, not hidden."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

if TYPE_CHECKING:
    from tests.peers.conftest import Vcsim

OPEN = ("dns", "updateManager")
SITE = {
    "management_gates": [{"name": "here", "addresses": ["127.0.0.0/8"]}],
    "site": {"management_vlan": 110, "management_adapters": ["vmk0"], "open_rulesets": list(OPEN), "banner": "notice"},
}
OPTION_TASK = """
- name: One option
  hosts: all
  gather_facts: false
  tasks:
    - name: Set it
      dejima.hypervisor.esx_option:
        options: {Config.HostAgent.log.level: warning}
"""


@pytest.fixture
def inventory(tmp_path: Path, vcsim: Vcsim) -> Path:
    folder = tmp_path / "inventory"
    folder.mkdir()
    (folder / "hosts.vsphere.yml").write_text(f"plugin: dejima.hypervisor.vsphere\nca_file: {vcsim.certificate}\n")
    return folder


@pytest.fixture
def play(tmp_path: Path, root: Path, vcsim: Vcsim, inventory: Path, ansible_env: dict[str, str]) -> Any:
    def run(playbook: str | Path, *options: str) -> subprocess.CompletedProcess[str]:
        path = playbook if isinstance(playbook, Path) else root / "playbooks" / f"{playbook}.yml"
        command = ["ansible-playbook", "-i", str(inventory), str(path), "-e", json.dumps(SITE), *options]
        environment = ansible_env | vcsim.environment
        return subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)

    return run


@contextmanager
def stock(vcsim: Vcsim) -> Iterator[list[Any]]:
    """The hosts as stock pyVmomi shows them."""
    trust = ssl.create_default_context(cafile=str(vcsim.certificate))
    service = SmartConnect(
        host=vcsim.address, port=vcsim.port, user=vcsim.username, pwd=vcsim.password, sslContext=trust
    )
    content = service.RetrieveContent()
    yield list(content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True).view)
    Disconnect(service)


def rulesets(host: Any) -> dict[str, bool]:
    return {rule.key: rule.enabled for rule in host.configManager.firewallSystem.firewallInfo.ruleset}


def whole(run: subprocess.CompletedProcess[str]) -> str:
    return run.stdout + run.stderr


def verdicts(report: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in json.loads(report.read_text())["results"]:
        found.setdefault(row["control"], set()).add(row["status"])
    return found


def test_an_audit_reads_what_is_there_and_names_what_is_not(vcsim: Vcsim, play: Any, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    run = play("audit", "-e", f"report_file={report}")
    assert run.returncode == 0, whole(run)
    assert "Traceback" not in whole(run)
    told = verdicts(report)
    with stock(vcsim) as hosts:
        assert any(rulesets(host)["CIMHttpServer"] for host in hosts)
    assert told["esx.firewall-ruleset-state"] == {"FAIL"}
    assert told["esx.firewall-default-policy"] == {"PASS"}
    assert told["vss.security.forged-transmits"] == {"FAIL"}
    assert told["vss-portgroup.vlan-vgt"] == {"PASS"}
    assert told["esx.shell-timeout"] == {"ERROR"}
    reasons = [row["reason"] for row in json.loads(report.read_text())["results"] if row["status"] == "ERROR"]
    assert reasons
    assert all(reasons)
    assert any("UserVars.ESXiShellTimeOut" in reason for reason in reasons)


def test_hardening_closes_what_can_be_closed_and_ends_red_for_the_rest(vcsim: Vcsim, play: Any) -> None:
    with stock(vcsim) as hosts:
        before = [rulesets(host) for host in hosts]
    assert all(states["CIMHttpServer"] and states["snmp"] for states in before)
    run = play("harden")
    text = whole(run)
    assert run.returncode == 2, text
    assert "Traceback" not in text
    with stock(vcsim) as hosts:
        after = [rulesets(host) for host in hosts]
    for states in after:
        assert not states["CIMHttpServer"]
        assert not states["snmp"]
        assert all(states[name] for name in OPEN)
    assert "the host offers no serviceSystem" in text
    assert "Still open or unread on" in text


def test_check_mode_changes_nothing_there_either(vcsim: Vcsim, play: Any) -> None:
    with stock(vcsim) as hosts:
        before = [rulesets(host) for host in hosts]
    run = play("harden", "--check", "--diff")
    assert run.returncode == 0, whole(run)
    with stock(vcsim) as hosts:
        assert [rulesets(host) for host in hosts] == before


def test_an_option_is_set_for_real_and_only_once(vcsim: Vcsim, play: Any, tmp_path: Path) -> None:
    playbook = tmp_path / "option.yml"
    playbook.write_text(OPTION_TASK)
    first, second = play(playbook), play(playbook)
    assert (first.returncode, second.returncode) == (0, 0), whole(first) + whole(second)
    with stock(vcsim) as hosts:
        set_to = {setting.value for host in hosts for setting in host.configManager.advancedOption.setting}
    assert set_to == {"warning"}
    assert first.stdout.count("changed: [") == vcsim.hosts
    assert second.stdout.count("changed: [") == 0
