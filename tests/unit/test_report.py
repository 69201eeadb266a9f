# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit as data and as the table people read, compared whole; and the diff of a plan."""

from __future__ import annotations

import json
import time
from typing import Any

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine import diff, report
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import (
    ApplyError,
    SessionExpired,
    UnreachableHost,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import (
    ERROR,
    FAIL,
    MANUAL,
    NOT_APPLICABLE,
    PASS,
    STATUSES,
    Desired,
    Outcome,
    Target,
    Verdict,
    Want,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.plan import make_plan, needs_of
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.run import audit, failure_of, result_of
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import RESOURCES
from simulator import PracticeVsphere
from tests.contract.practice import HOST, asked, planned, signed_in
from tests.unit.shelf import Shelf, snapshot

RUN = {
    "id": "20261122T235900-7f3a",
    "started": "2026-11-22T23:59:00Z",
    "finished": "2026-11-22T23:59:02Z",
    "duration_s": 2.04,
    "endpoint": "vc.example",
    "requests": 5,
    "logins": 1,
}


def row(control: str, asks: str, **ids: list[str]) -> Desired:
    return Desired(
        "service", ("x",), {}, control=control, title=f"T {control}", asks=asks, severity="high", wall="w", ids=ids
    )


ROWS = [row("esx.ssh", "SSH is stopped", scg_8=["a-1"], stig_8=[]), row("esx.banner", "a banner is shown")]


def judged(name: str, *verdicts: Verdict, state: str = "connected") -> report.Judged:
    changes = sum(verdict.mendable for verdict in verdicts)
    return report.Judged(Target(name, f"ref-{name}", "embeddedEsx", "8.0.3", state), verdicts, "dc/cl", changes)


SSH_OPEN = Verdict("esx.ssh", FAIL, {"TSM-SSH": {"running": True}}, {"TSM-SSH": {"running": False}}, "", True)
NO_BANNER = Verdict("esx.banner", MANUAL, reason="set site.banner")
FLEET = [
    judged("a", SSH_OPEN, NO_BANNER),
    judged("b", Verdict("esx.ssh", PASS), NO_BANNER),
    judged("c", *report.unreachable(Target("c", "ref-c", state="notResponding"), ROWS), state="notResponding"),
]


def test_the_table_reads_as_it_always_did() -> None:
    lines = report.table(RUN, "management_plane", ROWS, FLEET)
    assert lines == [
        "Audit, profile management_plane (2 controls, 3 hosts)   2.0 s, 1 login, 5 requests",
        "  control       pass   fail    n/a manual  error  what it asks",
        "  esx.ssh          1      1      -      -      1  SSH is stopped",
        "  esx.banner       -      -      -      2      1  a banner is shown",
        "  1 of 3 hosts fail at least one control; worst: a (1)",
        "  1 of 3 hosts could not be read in full",
        "    c: vCenter reports the host notResponding; nothing was read.",
        "  1 control left to a person:",
        "    esx.banner: set site.banner",
    ]


def test_a_fleet_that_passes_ends_with_one_short_line() -> None:
    lines = report.table({**RUN, "requests": 1}, "p", ROWS[:1], [judged("b", Verdict("esx.ssh", PASS))])
    assert lines == [
        "Audit, profile p (1 control, 1 host)   2.0 s, 1 login, 1 request",
        "  control    pass   fail    n/a manual  error  what it asks",
        "  esx.ssh       1      -      -      -      -  SSH is stopped",
        "  1 of 1 host pass",
    ]


def test_what_a_person_must_mend_is_told_with_the_host_and_what_was_found() -> None:
    stuck = Verdict("esx.ssh", FAIL, {"PG": {"virtual_machines": ["intruder"]}}, {}, "a person must mend: PG", False)
    lines = report.table(RUN, "p", ROWS[:1], [judged("a", stuck), judged("b", stuck)])
    assert lines[-1] == "    esx.ssh on a, b: PG has virtual machines intruder"


def test_the_report_holds_run_controls_results_and_summary() -> None:
    built = report.build(RUN, "management_plane", ROWS, FLEET)
    assert built["run"] == RUN
    assert built["profile"] == "management_plane"
    assert built["controls"][0] == {
        "id": "esx.ssh",
        "title": "T esx.ssh",
        "asks": "SSH is stopped",
        "severity": "high",
        "wall": "w",
        "guide_ids": {"scg_8": ["a-1"]},
    }
    assert len(built["results"]) == len(ROWS) * len(FLEET)
    assert built["results"][0] == {
        "object": {
            "kind": "host",
            "name": "a",
            "ref": "ref-a",
            "version": "8.0.3",
            "state": "connected",
            "place": "dc/cl",
        },
        "control": "esx.ssh",
        "status": FAIL,
        "observed": {"TSM-SSH": {"running": True}},
        "expected": {"TSM-SSH": {"running": False}},
        "reason": "",
        "mendable": True,
        "guide_ids": {"scg_8": ["a-1"]},
    }
    assert json.loads(json.dumps(built)) == built


def test_the_summary_sorts_hosts_by_what_they_need() -> None:
    made = report.summary(ROWS, FLEET)
    assert made["hosts"] == 3
    assert (made["failing"], made["drifted"], made["unread"], made["passing"]) == (["a"], ["a"], ["c"], ["b"])
    assert made["controls"]["esx.ssh"] == dict.fromkeys(STATUSES, 0) | {PASS: 1, FAIL: 1, ERROR: 1}
    assert set(made["controls"]["esx.banner"]) == {PASS, FAIL, MANUAL, NOT_APPLICABLE, ERROR}


def test_a_finding_that_only_a_person_mends_is_failing_and_not_drifted() -> None:
    stuck = Verdict("esx.ssh", FAIL, {"x": {}}, {}, "a person must mend", False)
    made = report.summary(ROWS[:1], [judged("a", stuck)])
    assert (made["failing"], made["drifted"]) == (["a"], [])


DIFF_ROWS = (
    asked("service", "TSM-SSH", running=False, policy="off"),
    asked("option", "UserVars.ESXiShellTimeOut", value=600),
    asked("option", "Config.Etc.issue", value="Hands off."),
    asked("firewall", "sshServer", all_ip=False, allowed=["10.0.0.0/24", "10.9.0.5"]),
    asked("firewall_policy", "default", outgoing_blocked=False),
    asked("vswitch", "vSwitch1", mac_changes=False),
    asked("port_group", "Guests", vlan_id=77, forged_transmits=False),
    asked("vmkernel_service", "vsan", adapters=["vmk2"]),
)
BEFORE = """\
service TSM-SSH (SSH):
  running: true
  policy: on
advanced option Config.Etc.issue:
  value: ""
advanced option UserVars.ESXiShellTimeOut:
  value: 0
firewall ruleset sshServer (22 in):
  enabled: true
  allowed: everyone
firewall default policy:
  incoming blocked: true
  outgoing blocked: true
standard switch vSwitch1:
  promiscuous mode: reject
  mac changes: accept
  forged transmits: accept
port group Guests:
  VLAN ID: 40
  promiscuous mode: reject
  mac changes: accept (inherited)
  forged transmits: accept (inherited)
vmkernel service vsan:
  adapters: none
"""
AFTER = """\
service TSM-SSH (SSH):
  running: false
  policy: off
advanced option Config.Etc.issue:
  value: Hands off.
advanced option UserVars.ESXiShellTimeOut:
  value: 600
firewall ruleset sshServer (22 in):
  enabled: true
  allowed: 10.0.0.0/24, 10.9.0.5
firewall default policy:
  incoming blocked: true
  outgoing blocked: false
standard switch vSwitch1:
  promiscuous mode: reject
  mac changes: reject
  forged transmits: accept
port group Guests:
  VLAN ID: 77
  promiscuous mode: reject
  mac changes: reject
  forged transmits: reject
vmkernel service vsan:
  adapters: vmk2
"""


def paragraphs(entries: list[dict[str, str]], side: str) -> str:
    """One side of a diff as a text: a paragraph an object, under its header without the host."""
    lines = []
    for entry in entries:
        assert entry["before_header"] == entry["after_header"]
        lines.append(entry["before_header"].removeprefix("esx-01.practice: ") + ":")
        lines.extend(f"  {line}" for line in entry[side].splitlines())
    return "\n".join(lines) + "\n"


def test_the_diff_of_every_resource_reads_as_it_always_did(sim: PracticeVsphere) -> None:
    made = diff.render(RESOURCES, planned(sim, *DIFF_ROWS))
    assert paragraphs(made, "before") == BEFORE
    assert paragraphs(made, "after") == AFTER


def test_the_diff_is_the_same_whatever_order_the_rows_came_in(sim: PracticeVsphere) -> None:
    assert diff.render(RESOURCES, planned(sim, *reversed(DIFF_ROWS))) == diff.render(
        RESOURCES, planned(sim, *DIFF_ROWS)
    )


def test_the_diff_shows_only_objects_that_change() -> None:
    rows = [Desired("box", ("*",), {"full": Want("equals", True)}, control="c")]
    plan = make_plan({"box": Shelf()}, snapshot(box={"a": {"full": True}, "b": {"full": False}}), rows)
    assert diff.render({"box": Shelf()}, plan) == [
        {
            "before_header": "host-a: box b",
            "after_header": "host-a: box b",
            "before": "full: False\n",
            "after": "full: True\n",
        }
    ]


def test_a_result_warns_of_what_could_not_be_judged() -> None:
    rows = [Desired("box", ("gone",), {"full": Want("equals", True)}, control="c")]
    plan = make_plan({"box": Shelf()}, snapshot(box={"a": {}}), rows)
    result = result_of({"box": Shelf()}, Outcome(plan))
    assert result["changed"] is False
    assert result["verdicts"][0]["status"] == ERROR
    assert result["warnings"] == [
        "host-a: 1 control could not be judged or written: c: box gone: the host has no box of this name. Known: a."
    ]


def test_a_failure_says_one_sentence_a_stable_code_and_what_was_done() -> None:
    error = ApplyError("could not stop.", host="h", resource="service", key="TSM-SSH", hint="Look there.")
    error.result = {"changed": True, "applied": [1], "not_applied": [2]}
    assert failure_of(error) == {
        "failed": True,
        "changed": True,
        "msg": "h: service TSM-SSH: could not stop. Look there.",
        "code": "apply_failed",
        "applied": [1],
        "not_applied": [2],
    }


def test_an_unreachable_host_is_unreachable_to_ansible_too() -> None:
    made: dict[str, Any] = failure_of(UnreachableHost("is lost.", host="h"))
    assert made == {"unreachable": True, "changed": False, "msg": "h: is lost.", "code": "host_unreachable"}


def test_an_error_takes_the_host_of_whoever_knows_it_first() -> None:
    error = SessionExpired("ended.")
    assert str(error.on("a")) == "a: ended."
    assert str(error.on("b")) == "a: ended."


def test_a_host_whose_control_can_be_mended_in_part_has_drifted(sim: PracticeVsphere) -> None:
    vlan, shared = Want("equals", 77), Want("empty")
    row = asked(
        "port_group",
        "Management Network",
        control="vlan",
        vlan_id=vlan,
        vlan_shared_with=shared,
        vswitch=Want("equals", "vSwitch9", set=None),
    )
    with signed_in(sim) as connection:
        fleet = connection.fleet(needs_of(RESOURCES, [row]))
    pairs = [(snapshot, "") for snapshot in fleet.snapshots.values() if snapshot.target.name == HOST]
    made, _lines = audit(
        RESOURCES, pairs, [row], profile="p", started=time.time(), requests=1, logins=1, endpoint="here"
    )
    assert made["results"][0]["mendable"] is False
    assert made["summary"]["drifted"] == [HOST]
