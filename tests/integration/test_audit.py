# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit.yml: what it finds, what it costs, what it leaves behind."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from simulator import PracticeVsphere
from tests.integration.controller import ROOT, Controller, Run, readable
from tests.integration.state import SHELL_TIMEOUT, SSH, close_by_hand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTS = 12


@dataclass(frozen=True)
class Audit:
    """An audit of hosts on which drift was made by hand, with what was seen before and after."""

    run: Run
    report: dict[str, Any]
    before: str
    after: str
    sessions: int
    logins: int
    requests: int

    def verdict(self, host: str, control: str) -> dict[str, Any]:
        """The one row of the report for this host and control."""
        rows = [r for r in self.report["results"] if (r["object"]["name"], r["control"]) == (host, control)]
        assert len(rows) == 1
        return dict(rows[0])


def _drift(sim: PracticeVsphere) -> None:
    """Each host of its own kind; what the tests below look for is set here and nowhere else."""
    sim.host("esx-01.practice").set(f"{SSH}.running", False)
    sim.host("esx-01.practice").set(f"{SSH}.policy", "off")
    sim.host("esx-02.practice").set(f"{SSH}.running", True)
    sim.host("esx-02.practice").set(f"{SSH}.policy", "off")
    sim.host("esx-03.practice").set(SHELL_TIMEOUT, 600)
    sim.host("esx-04.practice").set(SHELL_TIMEOUT, 601)
    sim.add_vm("intruder", host="esx-05.practice", network="Management Network")
    sim.host("esx-06.practice").connection_state = "notResponding"
    sim.host("esx-07.practice").set('config.network.portgroup["Management Network"].spec.vlanId', 4095)
    sim.host("esx-08.practice").set('config.network.portgroup["Management Network"].spec.vlanId', 77)
    sim.host("esx-09.practice").set('config.virtualNicManagerInfo.netConfig["management"].selectedVnic', [])
    allowed = {"allIp": False, "ipAddress": ["192.0.2.5"]}
    sim.host("esx-10.practice").set('config.firewall.ruleset["sshServer"].allowedHosts', allowed)
    policy = 'config.network.portgroup["Guests"].spec.policy.security.allowPromiscuous'
    sim.host("esx-11.practice").set(policy, True)


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audit]:
    """One audit for all the tests that only look at it."""
    place = tmp_path_factory.mktemp("audit")
    with PracticeVsphere(hosts=HOSTS, clusters=3, drift="shipped") as sim:
        _drift(sim)
        before = sim.dump()
        run = Controller(place, sim).playbook("audit", "-e", "report_file=out/report.json")
        assert run.code == 0, run.text
        report = json.loads((place / "out" / "report.json").read_text("utf-8"))
        yield Audit(run, report, before, sim.dump(), sim.sessions, sim.count("Login"), sim.http_requests)


def test_an_audit_changes_nothing_to_the_byte(audit: Audit) -> None:
    assert audit.after == audit.before


def test_the_report_keeps_to_its_schema(audit: Audit) -> None:
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text("utf-8"))
    checker = jsonschema.Draft202012Validator
    checker.check_schema(schema)
    checker(schema).validate(audit.report)
    assert len(audit.report["results"]) == HOSTS * len(audit.report["controls"])


def test_the_report_says_what_the_audit_cost_and_against_what_it_ran(audit: Audit) -> None:
    run = audit.report["run"]
    # What the report cannot count is the logout that comes after it was written.
    assert (run["logins"], run["requests"]) == (audit.logins, audit.requests - 1)
    assert run["endpoint"].startswith("127.0.0.1:")
    assert 0 < run["duration_s"] < audit.run.seconds
    assert audit.report["profile"] == "management_plane"


def test_the_session_is_logged_out_at_the_end(audit: Audit) -> None:
    assert audit.sessions == 0


def test_a_stopped_ssh_service_passes_and_a_running_one_fails_though_it_is_off_at_boot(audit: Audit) -> None:
    assert audit.verdict("esx-01.practice", "esx.ssh-service")["status"] == "PASS"
    running = audit.verdict("esx-02.practice", "esx.ssh-service")
    assert running["status"] == "FAIL"
    assert running["observed"] == {"TSM-SSH": {"running": True}}
    assert running["expected"] == {"TSM-SSH": {"running": False}}
    assert running["mendable"] is True


def test_a_limit_is_judged_to_the_second(audit: Audit) -> None:
    assert audit.verdict("esx-03.practice", "esx.shell-timeout")["status"] == "PASS"
    beyond = audit.verdict("esx-04.practice", "esx.shell-timeout")
    assert (beyond["status"], beyond["observed"]) == ("FAIL", {"UserVars.ESXiShellTimeOut": {"value": 601}})


def test_a_machine_on_the_management_port_group_is_named_and_left_to_a_person(audit: Audit) -> None:
    found = audit.verdict("esx-05.practice", "vss-portgroup.management-vms")
    assert (found["status"], found["mendable"]) == ("FAIL", False)
    assert found["observed"] == {"Management Network": {"virtual_machines": ["intruder"]}}
    assert "intruder" in audit.run.out
    assert audit.verdict("esx-04.practice", "vss-portgroup.management-vms")["status"] == "PASS"


def test_a_host_that_does_not_respond_is_an_error_for_itself_alone(audit: Audit) -> None:
    rows = [row for row in audit.report["results"] if row["object"]["name"] == "esx-06.practice"]
    assert {row["status"] for row in rows} == {"ERROR"}
    assert all("notResponding" in row["reason"] for row in rows)
    assert audit.report["summary"]["unread"] == ["esx-06.practice", "esx-09.practice"]
    assert "notResponding" in audit.run.out
    assert audit.run.of("Judge all hosts in one pass").status == "ok"


def test_the_management_vlan_is_one_of_its_own(audit: Audit) -> None:
    statuses = {n: audit.verdict(f"esx-{n}.practice", "vss-portgroup.vlan")["status"] for n in ("01", "07")}
    assert statuses == {"01": "FAIL", "07": "FAIL"}
    trunk = audit.verdict("esx-07.practice", "vss-portgroup.vlan")
    assert trunk["observed"]["Management Network"]["vlan_id"] == 4095


def test_a_host_without_the_management_service_says_so(audit: Audit) -> None:
    lost = audit.verdict("esx-09.practice", "vss-portgroup.management-vms")
    assert lost["status"] == "ERROR"
    assert "management service" in lost["reason"]
    assert audit.verdict("esx-09.practice", "esx.vmk-management")["status"] == "FAIL"


def test_an_allow_list_that_names_another_address_fails_and_shows_it(audit: Audit) -> None:
    found = audit.verdict("esx-10.practice", "esx.firewall-allowed-ips")
    assert found["status"] == "FAIL"
    assert found["observed"]["sshServer"] == {"allowed": ["192.0.2.5"]}
    assert found["observed"]["vSphereClient"]["all_ip"] is True


def test_a_port_group_of_guests_that_accepts_promiscuous_mode_is_found(audit: Audit) -> None:
    found = audit.verdict("esx-11.practice", "vss-portgroup.security.promiscuous")
    assert found["observed"] == {"Guests": {"promiscuous_mode": True}}
    assert audit.verdict("esx-10.practice", "vss-portgroup.security.promiscuous")["status"] == "PASS"


def test_results_carry_the_ids_that_the_guides_have_for_a_control(audit: Audit) -> None:
    ids = audit.verdict("esx-01.practice", "esx.ssh-service")["guide_ids"]
    assert {"scg_8", "stig_8"} <= set(ids)
    assert all(ids.values())


def test_the_summary_counts_what_the_results_say(audit: Audit) -> None:
    for control, counted in audit.report["summary"]["controls"].items():
        rows = [row["status"] for row in audit.report["results"] if row["control"] == control]
        assert counted == {status: rows.count(status) for status in counted}
        assert sum(counted.values()) == HOSTS


def test_the_table_shows_a_line_a_control_with_what_it_asks_and_the_cost(audit: Audit) -> None:
    assert f"{HOSTS} hosts" in audit.run.out
    assert f"1 login, {audit.requests - 1} requests" in audit.run.out
    for control in audit.report["controls"]:
        line = next(line for line in audit.run.out.splitlines() if line.split()[:1] == [control["id"]])
        assert line.endswith(control["asks"])


@pytest.mark.parametrize("hosts", [12, 120])
def test_auditing_compliant_hosts_costs_one_login_and_one_request_for_every_hundred(tmp_path: Path, hosts: int) -> None:
    with PracticeVsphere(hosts=hosts, clusters=3, drift="shipped") as sim:
        controller = Controller(tmp_path, sim)
        first = sim.host_names[0]
        close_by_hand(sim, first)
        sim.stamp(first)
        run = controller.playbook("audit", "-e", "report_file=report.json")
        summary = json.loads((tmp_path / "report.json").read_text("utf-8"))["summary"]
        assert (len(summary["passing"]), summary["failing"], summary["unread"]) == (hosts, [], [])
        assert sim.count("Login") == 1
        assert sim.http_requests <= 6 + math.ceil(hosts / 100)
        assert sim.sessions == 0
        assert run.code == 0


def test_limit_judges_the_limited_hosts_and_no_others(controller: Controller) -> None:
    run = controller.playbook("audit", "--limit", "esx-02.practice", "-e", "report_file=report.json")
    report = json.loads((controller.place / "report.json").read_text("utf-8"))
    assert {row["object"]["name"] for row in report["results"]} == {"esx-02.practice"}
    assert report["summary"]["hosts"] == 1
    assert "1 host)" in run.out


def test_an_audit_works_in_check_mode_and_for_some_controls_only(controller: Controller) -> None:
    only = json.dumps({"controls": ["esx.ssh-service", "esx.shell-timeout"], "values": {"esx.shell-timeout": 300}})
    run = controller.playbook("audit", "--check", "-e", only, "-e", "report_file=report.json")
    assert run.code == 0, run.text
    report = json.loads((controller.place / "report.json").read_text("utf-8"))
    assert [control["id"] for control in report["controls"]] == ["esx.ssh-service", "esx.shell-timeout"]
    expected = {row["expected"]["UserVars.ESXiShellTimeOut"]["value"] for row in report["results"][1::2]}
    assert expected == {300}


def test_two_vcenters_are_judged_in_one_run_and_both_sessions_end(controller: Controller) -> None:
    with PracticeVsphere(hosts=2, drift="shipped", password="another") as second:
        for name in second.host_names:
            second.rename_host(name, name.replace("practice", "second"))
        controller.vsphere("a")
        other = controller.vsphere("b", hostname=second.address, port=second.port, password="another")
        (other / "hosts.vsphere.yml").rename(controller.place / "a" / "second.vsphere.yml")
        with (controller.place / "a" / "second.vsphere.yml").open("a") as stream:
            stream.write(f"ca_file: {second.certificate}\n")
        run = controller.playbook("audit", "-e", "report_file=report.json", inventory=controller.place / "a")
        assert run.code == 0, run.text
        report = json.loads((controller.place / "report.json").read_text("utf-8"))
        assert report["summary"]["hosts"] == 5
        assert report["run"]["logins"] == 2
        assert (controller.sim.sessions, second.sessions) == (0, 0)
        assert (controller.sim.count("Login"), second.count("Login")) == (1, 1)


def test_a_report_that_cannot_be_written_is_a_failure_that_names_the_path(controller: Controller) -> None:
    (controller.place / "out").write_text("a file where a folder should be")
    run = controller.playbook("audit", "-e", "report_file=out/report.json")
    assert run.code == 2
    assert "out/report.json" in run.flat
    assert readable(run)
