# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No way in: credentials, names, certificates. One sentence that says what, where and what next; nothing changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator import PracticeVsphere
from tests.integration.controller import Controller, Fields, Run, readable, task
from tests.integration.state import SSH

if TYPE_CHECKING:
    from collections.abc import Iterator

TASK = task("esx_service", "Stop", name="TSM-SSH", state="stopped")


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the environment, and the words that a good sentence has."""

    variables: dict[str, str | None]
    words: list[str]
    unsaid: list[str] = field(default_factory=list)


@pytest.fixture
def vsphere() -> Iterator[PracticeVsphere]:
    """Nobody gets in."""
    with PracticeVsphere(hosts=1, drift="shipped", password="Right-91c2") as made:
        yield made


def _troubles(vsphere: PracticeVsphere) -> dict[str, Trouble]:
    where = f"127.0.0.1:{vsphere.port}"
    other = ":".join(["AB"] * 32)
    return {
        "wrong password": Trouble(
            {"VMWARE_PASSWORD": "Wrong-91c2"},
            [where, vsphere.username, "wrong user name or password", "VMWARE_PASSWORD"],
            ["Wrong-91c2"],
        ),
        "no password": Trouble({"VMWARE_PASSWORD": None}, [where, "VMWARE_PASSWORD"]),
        "a name that does not resolve": Trouble(
            {"VMWARE_HOST": "vcenter.invalid"}, ["vcenter.invalid", "does not resolve", "VMWARE_HOST"]
        ),
        "no name at all": Trouble({"VMWARE_HOST": None}, ["VMWARE_HOST", "hostname"]),
        "a port where nobody listens": Trouble({"VMWARE_PORT": "1"}, ["127.0.0.1:1", "VMWARE_PORT"]),
        "a certificate nobody vouches for": Trouble(
            {"VMWARE_CA_FILE": None},
            [where, "not trusted", "self-signed", vsphere.thumbprint, "ca_file", "thumbprint"],
        ),
        "a thumbprint of another certificate": Trouble(
            {"VMWARE_CA_FILE": None, "VMWARE_THUMBPRINT": other}, [where, vsphere.thumbprint, "thumbprint"]
        ),
        "a thumbprint of another certificate and a CA file": Trouble(
            {"VMWARE_THUMBPRINT": other}, [where, vsphere.thumbprint, "thumbprint"]
        ),
        "a thumbprint of another certificate and no validation": Trouble(
            {"VMWARE_CA_FILE": None, "VMWARE_VALIDATE_CERTS": "false", "VMWARE_THUMBPRINT": other},
            [where, vsphere.thumbprint, "thumbprint"],
        ),
        "a thumbprint that is none": Trouble(
            {"VMWARE_CA_FILE": None, "VMWARE_THUMBPRINT": "AB:CD"}, ["AB:CD", "SHA-256"]
        ),
        "a CA file that is not there": Trouble({"VMWARE_CA_FILE": "/nowhere/ca.pem"}, ["/nowhere/ca.pem"]),
        "a CA file that is none": Trouble({"VMWARE_CA_FILE": __file__}, [Path(__file__).name, "PEM"]),
    }


KINDS = [
    "wrong password",
    "no password",
    "a name that does not resolve",
    "no name at all",
    "a port where nobody listens",
    "a certificate nobody vouches for",
    "a thumbprint of another certificate",
    "a thumbprint of another certificate and a CA file",
    "a thumbprint of another certificate and no validation",
    "a thumbprint that is none",
    "a CA file that is not there",
    "a CA file that is none",
]


def _refused(run: Run, trouble: Trouble, vsphere: PracticeVsphere, before: str) -> None:
    for word in trouble.words:
        assert word in run.flat, f"{word!r} is not said:\n{run.text}"
    for word in [*trouble.unsaid, vsphere.password]:
        assert word not in run.text
    assert readable(run)
    assert vsphere.dump() == before
    assert vsphere.sessions == 0


@pytest.mark.parametrize("kind", KINDS)
def test_an_inventory_that_cannot_be_read_is_an_error_with_a_remedy(
    tmp_path: Path, vsphere: PracticeVsphere, kind: str
) -> None:
    trouble, before = _troubles(vsphere)[kind], vsphere.dump()
    run = Controller(tmp_path, vsphere).run(
        "ansible-inventory", "-i", tmp_path / "practice", "--list", **trouble.variables
    )
    assert run.code != 0
    assert "hosts.vsphere.yml" in run.flat
    _refused(run, trouble, vsphere, before)


@pytest.mark.parametrize(
    "kind",
    [
        "wrong password",
        "a name that does not resolve",
        "no name at all",
        "a certificate nobody vouches for",
        "a thumbprint of another certificate",
    ],
)
def test_a_task_without_a_way_in_fails_with_the_same_remedy(
    tmp_path: Path, vsphere: PracticeVsphere, kind: str
) -> None:
    trouble, before = _troubles(vsphere)[kind], vsphere.dump()
    controller = Controller(tmp_path, vsphere)
    run = controller.play([TASK], inventory=controller.static(vsphere.host_names), **trouble.variables)
    failed = run.of("Stop")
    assert (run.code, failed.status, failed.changed) == (2, "failed", False)
    assert "\n" not in failed.message.strip()
    _refused(run, trouble, vsphere, before)


def test_a_playbook_without_its_inventory_ends_before_any_play(tmp_path: Path, vsphere: PracticeVsphere) -> None:
    run = Controller(tmp_path, vsphere).playbook("audit", VMWARE_PASSWORD="Wrong-91c2")
    assert run.code not in (0, 2)
    assert "PLAY RECAP" not in run.out
    assert "wrong user name or password" in run.flat
    assert readable(run)


@pytest.mark.parametrize("given", ["thumbprint", "unvalidated"])
def test_the_right_thumbprint_is_as_good_as_a_ca_file(controller: Controller, given: str) -> None:
    trust: Fields = {"VMWARE_THUMBPRINT": controller.sim.thumbprint}
    if given == "unvalidated":
        trust = {"VMWARE_VALIDATE_CERTS": "false"}
    run = controller.play([TASK], VMWARE_CA_FILE=None, **trust)
    assert run.code == 0, run.text
    assert controller.sim.host("esx-01.practice").get(f"{SSH}.running") is False
    assert controller.sim.sessions == 0
