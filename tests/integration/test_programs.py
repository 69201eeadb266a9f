# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs beside ansible-playbook: documentation, the inventory as it shows itself, a task without a play."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from simulator import PracticeVsphere
from tests.integration.controller import ROOT, Controller, readable
from tests.integration.state import SSH

if TYPE_CHECKING:
    from pathlib import Path

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))


def test_every_module_is_documented_with_options_examples_and_results(controller: Controller) -> None:
    names = [f"dejima.hypervisor.{name}" for name in MODULES]
    run = controller.run("ansible-doc", "--json", *names)
    assert run.code == 0, run.text
    documents: dict[str, Any] = json.loads(run.out)
    assert sorted(documents) == names
    for name, document in documents.items():
        assert document["examples"].strip(), name
        assert document["return"], name
        options = document["doc"]["options"]
        assert {"hostname", "username", "password", "ca_file", "thumbprint"} <= set(options), name
        assert all(option["description"] for option in options.values()), name
        assert document["doc"]["attributes"]["check_mode"]["support"] == "full", name
    assert len(MODULES) == 7


@pytest.mark.parametrize(
    ("kind", "name", "word"),
    [("module", "esx_service", "policy"), ("inventory", "vsphere", "clusters"), ("lookup", "controls", "profile")],
)
def test_the_documentation_reads_as_text(controller: Controller, kind: str, name: str, word: str) -> None:
    run = controller.run("ansible-doc", "-t", kind, f"dejima.hypervisor.{name}")
    assert run.code == 0, run.text
    assert word in run.out
    assert "EXAMPLES" in run.out
    assert readable(run)


def test_every_role_documents_its_entry_point(controller: Controller) -> None:
    run = controller.run("ansible-doc", "-t", "role", "--json", "-r", str(ROOT / "roles"), "--list")
    assert run.code == 0, run.text
    found = {name.rsplit(".", 1)[-1] for name in json.loads(run.out)}
    assert {"management_services", "management_firewall", "management_network"} <= found


def _said(value: Any) -> Any:
    """Ansible marks text that came from outside; this is the text."""
    return value["__ansible_unsafe"] if isinstance(value, dict) and "__ansible_unsafe" in value else value


def test_hosts_are_grouped_by_datacenter_cluster_version_and_state(tmp_path: Path) -> None:
    with PracticeVsphere(hosts=4, clusters=2, drift="shipped") as sim:
        sim.host("esx-04.practice").connection_state = "notResponding"
        controller = Controller(tmp_path, sim)
        run = controller.run("ansible-inventory", "-i", controller.inventory, "--list")
        assert run.code == 0, run.text
        listed = json.loads(run.out)
        assert listed["practice"]["hosts"] == sim.host_names
        assert listed["cluster_a"]["hosts"] == ["esx-01.practice", "esx-03.practice"]
        assert listed["cluster_b"]["hosts"] == ["esx-02.practice", "esx-04.practice"]
        assert listed["version_8_0_3"]["hosts"] == sim.host_names
        assert listed["connected"]["hosts"] == sim.host_names[:3]
        assert listed["notResponding"]["hosts"] == ["esx-04.practice"]
        variables = {key: _said(value) for key, value in listed["_meta"]["hostvars"]["esx-04.practice"].items()}
        assert variables["dejima_connection_state"] == "notResponding"
        assert variables["dejima_cluster"] == "cluster-b"
        assert variables["ansible_connection"] == "local"
        assert sim.sessions == 0
        graph = controller.run("ansible-inventory", "-i", controller.inventory, "--graph")
        for group in ("@practice:", "@cluster_a:", "@version_8_0_3:", "@connected:", "@notResponding:"):
            assert group in graph.out


def test_clusters_and_datacenters_narrow_the_inventory_and_constructed_groups_add_to_it(tmp_path: Path) -> None:
    with PracticeVsphere(hosts=4, clusters=2, drift="shipped") as sim:
        controller = Controller(tmp_path, sim)
        inventory = controller.vsphere(
            "narrow",
            clusters=["cluster-b"],
            datacenters=["practice"],
            profile="",
            groups={"old": "dejima_version is version('8.0', '<')", "new": "dejima_version is version('8.0', '>=')"},
            keyed_groups=[{"key": "dejima_cluster", "prefix": "in"}],
            compose={"where": "dejima_datacenter ~ '/' ~ dejima_cluster"},
        )
        run = controller.run("ansible-inventory", "-i", inventory, "--list")
        assert run.code == 0, run.text
        listed = json.loads(run.out)
        assert listed["esx"]["hosts"] == ["esx-02.practice", "esx-04.practice"]
        assert listed["new"]["hosts"] == listed["in_cluster_b"]["hosts"] == listed["esx"]["hosts"]
        assert "old" not in listed
        assert _said(listed["_meta"]["hostvars"]["esx-02.practice"]["where"]) == "practice/cluster-b"


def test_a_host_can_be_asked_without_a_playbook(controller: Controller) -> None:
    module = "dejima.hypervisor.esx_service"
    asked = ("-i", controller.inventory, "esx-02.practice", "-m", module)
    run = controller.run("ansible", *asked, "-a", "name=TSM-SSH state=stopped", "--diff")
    assert run.code == 0, run.text
    assert "-running: true" in run.out.splitlines()
    assert controller.sim.host("esx-02.practice").get(f"{SSH}.running") is False
    assert controller.sim.sessions == 0


def test_other_modules_run_on_hosts_of_the_inventory_with_the_controllers_python(controller: Controller) -> None:
    tasks = [
        {"name": "Command", "ansible.builtin.command": "true"},
        {"name": "Say", "ansible.builtin.debug": {"msg": "{{ ansible_python_interpreter }}"}},
    ]
    run = controller.play(tasks)
    assert run.code == 0, run.text
    assert run.of("Say").message == sys.executable


def test_playbooks_run_by_their_full_names(controller: Controller) -> None:
    run = controller.run("ansible-playbook", "-i", controller.inventory, "dejima.hypervisor.audit")
    assert run.code == 0, run.text
    assert "3 hosts" in run.out


def test_playbooks_pass_ansibles_own_syntax_check(controller: Controller) -> None:
    books = sorted((ROOT / "playbooks").glob("*.yml"))
    run = controller.run("ansible-playbook", "--syntax-check", "-i", controller.inventory, *books)
    assert run.code == 0, run.text
    assert len(books) >= 2
