# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin endpoint and the command line."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyVim.connect import SmartConnect
from pyVmomi import vim

from simulator import PracticeVsphere
from simulator.__main__ import main
from tests.simulator.clients import connect, host_view

SSH = 'config.service.service["TSM-SSH"].running'
ROOT = Path(__file__).resolve().parents[2]


def admin(sim: PracticeVsphere, method: str, path: str, order: Any = None, host: str = "127.0.0.1") -> tuple[int, Any]:
    """One request to the admin endpoint."""
    assert sim.admin_url is not None
    connection = http.client.HTTPConnection("127.0.0.1", int(sim.admin_url.rpartition(":")[2]), timeout=10)
    body = order if isinstance(order, str) else json.dumps(order)
    connection.request(method, path, body if order is not None else None, {"Host": host})
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_the_admin_endpoint_shows_state_and_counters(managed: PracticeVsphere) -> None:
    connect(managed)
    assert admin(managed, "GET", "/state") == (200, json.loads(managed.dump()))
    status, counters = admin(managed, "GET", "/counters")
    assert (status, counters["sessions"], counters["http_requests"]) == (200, 1, 3)
    assert counters["methods"] == {"Login": 1, "RetrieveServiceContent": 1}
    calls = admin(managed, "GET", "/calls")[1]
    assert [call["method"] for call in calls] == ["RetrieveServiceContent", "Login"]
    assert calls[0]["source"] == "127.0.0.1"
    assert admin(managed, "POST", "/reset-counters") == (200, {})
    assert admin(managed, "GET", "/counters")[1]["http_requests"] == 0


def test_the_admin_endpoint_changes_state_by_hand(managed: PracticeVsphere) -> None:
    order = {"host": "esx-01.practice", "path": SSH, "value": False}
    assert admin(managed, "POST", "/set", order) == (200, {})
    assert managed.host("esx-01.practice").get(SSH) is False


def test_the_admin_endpoint_orders_mishaps(managed: PracticeVsphere) -> None:
    assert admin(managed, "POST", "/fail", {"method": "StopService", "fault": "HostConfigFault"}) == (200, {})
    host = host_view(connect(managed)).view[0]
    with pytest.raises(vim.fault.HostConfigFault):
        host.configManager.serviceSystem.StopService("TSM-SSH")


@pytest.mark.parametrize(
    ("method", "path", "order", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("POST", "/nothing", {}, 404),
        ("DELETE", "/state", None, 405),
        ("POST", "/set", {"host": "esx-99", "path": SSH, "value": False}, 400),
        ("POST", "/set", {"host": "esx-01.practice", "path": "config.x", "value": False}, 400),
        ("POST", "/set", {"host": "esx-01.practice"}, 400),
        ("POST", "/set", "{", 400),
        ("POST", "/set", "[]", 400),
        ("POST", "/fail", {"method": "StopService", "fault": "NoSuch"}, 400),
        ("POST", "/fail", {"mehtod": "StopService"}, 400),
    ],
)
def test_a_bad_order_is_answered_with_what_is_wrong(
    managed: PracticeVsphere, method: str, path: str, order: Any, status: int
) -> None:
    before = managed.dump()
    found, answer = admin(managed, method, path, order)
    assert found == status
    assert answer["error"]
    assert managed.dump() == before


def test_the_admin_endpoint_answers_loopback_names_only(managed: PracticeVsphere) -> None:
    assert admin(managed, "GET", "/state", host="rebound.example.org")[0] == 403


def test_the_admin_endpoint_is_not_for_pages_of_other_sites(managed: PracticeVsphere) -> None:
    assert managed.admin_url is not None
    connection = http.client.HTTPConnection(managed.admin_url.removeprefix("http://"), timeout=10)
    connection.request("DELETE", "/faults", headers={"Origin": "https://example.org"})
    assert connection.getresponse().status == 403


def test_the_command_line_says_where_it_is_and_stops_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "--hosts", "2", "--clusters", "1", "--port", "0"]
    environment = {**os.environ, "PRACTICE_PASSWORD": "from the environment", "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert set(told) == {
            *("url", "host", "port", "certificate", "thumbprint", "admin_url", "username", "pid", "hosts", "clusters")
        }
        assert (told["pid"], told["hosts"], told["clusters"]) == (process.pid, 2, 1)
        assert told["url"] == f"https://127.0.0.1:{told['port']}"
        found = SmartConnect(
            host=told["host"],
            port=told["port"],
            user=told["username"],
            pwd="from the environment",
            thumbprint=told["thumbprint"].replace(":", ""),
            disableSslCertValidation=True,
        )
        assert len(host_view(found).view) == 2
        process.send_signal(signal.SIGTERM)
        out, problems = process.communicate(timeout=10)
    assert (process.returncode, out, problems) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--hosts", "-1"], "hosts is 0 to 10000, not -1"),
        (["--hosts", "many"], "invalid int value: 'many'"),
        (["--port", "70000"], "--port is 0 to 65535, not 70000"),
        (["--drift", "some"], "invalid choice: 'some'"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    shown = capsys.readouterr()
    assert (code, shown.out) == (2, "")
    assert problem in shown.err
    assert shown.err.count("\n") == 1


def test_a_taken_port_is_one_line_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--hosts", "1", "--port", str(port)]) == 2
    shown = capsys.readouterr()
    assert f"port {port}" in shown.err
    assert shown.err.count("\n") == 1


def test_the_admin_endpoint_takes_shows_and_takes_back_rules(managed: PracticeVsphere) -> None:
    rule = {"method": "StopService", "action": "HostConfigFault", "object": "esx-01.practice"}
    status, told = admin(managed, "POST", "/faults", rule)
    (first,) = told["ids"]
    assert status == 200
    (second,) = admin(managed, "POST", "/faults", {"faults": [{**rule, "object": "esx-02.practice"}]})[1]["ids"]
    assert admin(managed, "GET", "/faults")[1]["faults"][0] == {**rule, "id": first, "seen": 0, "struck": 0}
    assert admin(managed, "DELETE", f"/faults/{first}") == (200, {})
    assert [rule["id"] for rule in admin(managed, "GET", "/faults")[1]["faults"]] == [second]
    one, two = host_view(connect(managed)).view
    one.configManager.serviceSystem.StopService("TSM-SSH")
    with pytest.raises(vim.fault.HostConfigFault):
        two.configManager.serviceSystem.StopService("TSM-SSH")
    admin(managed, "POST", "/faults", rule)
    assert admin(managed, "DELETE", "/faults") == (200, {})
    assert admin(managed, "GET", "/faults") == (200, {"faults": []})


@pytest.mark.parametrize(
    ("method", "path", "order", "status", "problem"),
    [
        ("POST", "/faults", {"method": "StopService", "action": "dorp"}, 400, "faults[0].action: dorp is neither"),
        ("POST", "/faults", {"faults": [], "more": 1}, 400, "needed: faults"),
        ("POST", "/faults", {"faults": 1}, 400, "faults is a list of rules"),
        ("DELETE", "/faults/7", None, 400, "no rule has the id 7"),
        ("DELETE", "/faults/x", None, 404, "nothing at /faults/x"),
    ],
)
def test_a_bad_rule_over_the_admin_endpoint_is_answered_with_what_is_wrong(
    managed: PracticeVsphere, method: str, path: str, order: Any, status: int, problem: str
) -> None:
    found, answer = admin(managed, method, path, order)
    assert found == status
    assert problem in answer["error"]
    assert managed.faults == []
