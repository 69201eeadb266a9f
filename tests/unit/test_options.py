# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Advanced options: the host's own types on the wire; bounds, choices and read-only ones refused before the write."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.apply import converge
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import PlanError
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.model import (
    ERROR,
    FAIL,
    NOT_APPLICABLE,
    Desired,
    Want,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.plan import needs_of
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import RESOURCES
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.resources.base import is_secret
from simulator import PracticeVsphere
from tests.contract.practice import HOST, add_option, asked, converged, planned, refused, signed_in, tapped, writes

LONG = "UserVars.ESXiShellTimeOut"
INT = "Config.HostAgent.plugins.vimsvc.authValidateInterval"
BOOLEAN = "Config.HostAgent.plugins.solo.enableMob"
TEXT = "Config.Etc.issue"
CHOICE = "Config.HostAgent.distributedTracing"
READ_ONLY = "ScratchConfig.CurrentScratchLocation"


def value(sim: PracticeVsphere, key: str) -> Any:
    return sim.host(HOST).get(f'config.option["{key}"].value')


@pytest.mark.parametrize(
    ("key", "given", "sent"),
    [
        (LONG, 600, '<value xsi:type="xsd:long">600</value>'),
        (LONG, "600", '<value xsi:type="xsd:long">600</value>'),
        (INT, 90, '<value xsi:type="xsd:int">90</value>'),
        (INT, "90", '<value xsi:type="xsd:int">90</value>'),
        (BOOLEAN, "True", '<value xsi:type="xsd:boolean">true</value>'),
        (BOOLEAN, True, '<value xsi:type="xsd:boolean">true</value>'),
        (TEXT, "600", '<value xsi:type="xsd:string">600</value>'),
    ],
)
def test_a_value_is_sent_in_the_type_the_host_uses(sim: PracticeVsphere, key: str, given: Any, sent: str) -> None:
    if key == BOOLEAN:
        sim.host(HOST).set(f'config.option["{key}"].value', False)
    with tapped(sim) as tap:
        result = converged(sim, asked("option", key, value=given))
    assert result["changed"] is True, result
    [body] = tap.sent("UpdateOptions")
    assert sent in body.replace("XMLSchema:", "xsd:")


@pytest.mark.parametrize(
    ("key", "given", "words"),
    [
        (LONG, "ten", "a whole number"),
        (LONG, True, "a whole number"),
        (LONG, 1.5, "a whole number"),
        (LONG, None, "a whole number"),
        (BOOLEAN, 1, "true or false"),
        (BOOLEAN, "yes", "true or false"),
        (TEXT, 5, "text"),
        (TEXT, True, "text"),
        (TEXT, ["a"], "text"),
    ],
)
def test_a_value_of_another_type_is_refused_before_the_write(
    sim: PracticeVsphere, key: str, given: Any, words: str
) -> None:
    for want in [given] if given is None else [given, Want("one_of", ["?"], set=given)]:
        error = refused(sim, asked("option", key, value=want), check=True)
        assert isinstance(error, PlanError)
        assert str(error) == f"{HOST}: advanced option {key}: wants {words}, not {given!r}."


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("key", "given", "told"),
    [
        (LONG, 86401, "takes 0 to 86400, not 86401."),
        (LONG, -1, "takes 0 to 86400, not -1."),
        (CHOICE, "loud", "takes one of debug, verbose, info, none, not 'loud'."),
        (READ_ONLY, "/vmfs/volumes/x", "is read-only on this host."),
    ],
)
def test_what_the_host_would_refuse_is_refused_before_the_write_in_both_modes(
    sim: PracticeVsphere, key: str, given: Any, told: str, check: bool
) -> None:
    before = sim.dump()
    error = refused(sim, asked("option", key, value=given), check=check)
    assert isinstance(error, PlanError)
    assert str(error) == f"{HOST}: advanced option {key}: {told}"
    assert writes(sim) == []
    assert sim.dump() == before


def test_check_mode_refuses_the_same_with_a_snapshot_that_knows_no_bounds(sim: PracticeVsphere) -> None:
    row = asked("option", LONG, value=86401)
    with signed_in(sim) as connection:
        snapshot = connection.fleet(needs_of(RESOURCES, [row])).snapshots[sim.host(HOST).moid]
        with pytest.raises(PlanError, match="takes 0 to 86400, not 86401"):
            converge(lambda: connection, RESOURCES, snapshot.target, [row], check=True, snapshot=snapshot)


def test_all_options_of_a_host_travel_in_one_request_with_only_what_changes(sim: PracticeVsphere) -> None:
    rows = [asked("option", key, value=given) for key, given in ((LONG, 600), (INT, value(sim, INT)), (TEXT, "hi"))]
    with tapped(sim) as tap:
        converged(sim, *rows)
    assert writes(sim) == ["UpdateOptions"]
    [body] = tap.sent("UpdateOptions")
    assert LONG in body
    assert TEXT in body
    assert INT not in body


def test_a_text_in_the_range_of_its_words_is_kept_to_the_letter(sim: PracticeVsphere) -> None:
    text = 'line one\nline two\t"<&>" \u00e4\u6f22 '
    converged(sim, asked("option", TEXT, value=text))
    assert value(sim, TEXT) == text
    assert converged(sim, asked("option", TEXT, value=text))["changed"] is False


@pytest.mark.parametrize("answer", ["absent", "missingSet", "InvalidProperty"])
@pytest.mark.parametrize(
    ("when_absent", "status"), [("error", ERROR), ("not_applicable", NOT_APPLICABLE), ("fail", FAIL)]
)
def test_a_missing_option_is_judged_alike_however_the_server_answers_for_it(
    answer: str, when_absent: str, status: str
) -> None:
    gone = Desired("option", ("No.Such",), {"value": Want("equals", 1)}, control="gone", when_absent=when_absent)
    with PracticeVsphere(hosts=1, drift="none", missing_key=answer) as sim:
        plan = planned(sim, gone, asked("option", LONG, control="there", value=600))
        verdicts = {verdict.control: verdict for verdict in plan.verdicts}
        assert verdicts["gone"].status == status, verdicts["gone"]
        assert "advanced option No.Such" in verdicts["gone"].reason.replace(" the host has no advanced option", "")
        assert [change.key for change in plan.changes] == [LONG]


@pytest.mark.parametrize("answer", ["absent", "missingSet", "InvalidProperty"])
@pytest.mark.parametrize("alone", [True, False])
def test_a_module_hears_of_a_missing_option_however_the_server_answers_for_it(answer: str, alone: bool) -> None:
    rows = [asked("option", "No.Such", value=1)] + ([] if alone else [asked("option", LONG, value=600)])
    with PracticeVsphere(hosts=1, drift="none", missing_key=answer) as sim:
        error = refused(sim, *rows)
        assert isinstance(error, PlanError), error
        assert "advanced option No.Such: the host has no advanced option of this name" in str(error)
        assert writes(sim) == []


def test_bounds_hold_where_the_server_answers_whole_arrays_instead_of_keys() -> None:
    rows = [asked("option", LONG, control="there", value=99999), asked("option", "No.Such", control="gone", value=1)]
    with PracticeVsphere(hosts=1, drift="none", missing_key="InvalidProperty") as sim:
        result = converged(sim, *rows)
        assert writes(sim) == []
        assert "takes 0 to 86400" in result["verdicts"][0]["reason"]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("Config.HostAgent.snmp.community", True),
        ("UserVars.ProxyPassword", True),
        ("Net.SharedSecret", True),
        ("Wpa.Psk", True),
        ("Keys.PrivateKey", True),
        ("Security.PasswordHistory", False),
        ("Security.PasswordMaxDays", False),
        ("Security.PasswordQualityControl", False),
        ("Config.HostAgent.ssl.minPrivateKeyLength", False),
        ("Numa.CostopSkewAdjust", False),
    ],
)
def test_a_name_tells_whether_its_value_is_shown(name: str, secret: bool) -> None:
    assert is_secret(name) is secret


def test_a_secret_value_is_never_shown(sim: PracticeVsphere) -> None:
    key = "UserVars.ProxyPassword"
    add_option(sim, key, "old-hunter2")
    shown: list[str] = []
    for control in ("", "a-control"):
        row = asked("option", key, control=control, value="new-hunter3")
        shown.append(str(converged(sim, row, check=True)))
    sim.ignore_next("UpdateOptions")
    shown.append(str(converged(sim, asked("option", key, value="new-hunter3"))))
    sim.fail_next("UpdateOptions", "HostConfigFault")
    shown.append(str(converged(sim, asked("option", key, value="new-hunter3"))))
    shown.append(str(converged(sim, asked("option", key, value=["new-hunter3"]))))
    conflict = asked("option", key, control="other", value="other-hunter4")
    shown.append(str(converged(sim, asked("option", key, control="one", value="new-hunter3"), conflict)))
    shown.append(str(converged(sim, asked("option", key, value="newest-hunter5"))))
    shown.append(str(converged(sim, asked("option", key, value="newest-hunter5"))))
    assert value(sim, key) == "newest-hunter5"
    assert all(text for text in shown)
    assert [text for text in shown if "hunter" in text] == []
