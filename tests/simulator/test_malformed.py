# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no proper request is answered as such: never a traceback, never a hang."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from simulator import PracticeVsphere
from tests.simulator.clients import Raw, connect, fault_of, trust

ENVELOPE = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{}</e:Body></e:Envelope>'
LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + ENVELOPE.format(
    '<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">&b;</_this></CurrentTime>'
)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not xml",
        "<",
        "<a/>",
        "<a><b></a></b>",
        "\x00\xff",
        ENVELOPE.format(""),
        ENVELOPE.format("<Login/>"),
        ENVELOPE.format('<Login xmlns="urn:vim2"/>'),
        ENVELOPE.format('<Login xmlns="urn:vim25"/>'),
        ENVELOPE.format('<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></Login>'),
        ENVELOPE.format('<Login xmlns="urn:vim25"><_this>SessionManager</_this></Login>'),
        ENVELOPE.format('<Login xmlns="urn:vim25"><_this type="Nonsense">SessionManager</_this></Login>'),
        ENVELOPE.format(
            '<NoSuchMethod xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></NoSuchMethod>'
        ),
        ENVELOPE.format('<Login xmlns="urn:vim25"><surprise/></Login>'),
        ENVELOPE.format('<Logout xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></Logout>' * 2),
        ENVELOPE.format('<Logout xmlns="urn:vim25">' + "<_this>" * 500 + "</_this>" * 500 + "</Logout>"),
        LAUGHS,
        LAUGHS.replace("&b;", "ServiceInstance"),
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + ENVELOPE.format(""),
    ],
)
def test_a_malformed_body_is_an_invalid_request(raw: Raw, body: str) -> None:
    status, answer = raw.post(body.encode("latin-1"))
    assert (status, fault_of(answer)) == (500, "InvalidRequestFault")
    assert "Traceback" not in answer
    assert "simulator" not in answer
    raw.login()


def test_a_method_of_no_api_is_recorded(raw: Raw, sim: PracticeVsphere) -> None:
    name = "RetrieveManagedMethodExecuter"
    raw.call(f'<{name} xmlns="urn:vim25"><_this type="HostSystem">host-1</_this></{name}>')
    assert sim.count(name) == 1


@pytest.mark.parametrize(
    "values",
    [
        "<key>Security.AccountLockFailures</key><value>3</value>",
        '<key>Security.AccountLockFailures</key><value xsi:type="xsd:int">three</value>',
        '<key>Security.AccountLockFailures</key><value xsi:type="xsd:nonsense">3</value>',
        '<key>Security.AccountLockFailures</key><value xsi:type="HostSystem" type="HostSystem">host-1</value>',
        '<key>Security.AccountLockFailures</key><value xsi:type="ArrayOfString"><string>x</string></value>',
        '<value xsi:type="xsd:int">3</value>',
        "<surprise/>",
    ],
)
def test_a_value_that_is_not_of_its_type_changes_nothing(raw: Raw, sim: PracticeVsphere, values: str) -> None:
    raw.login()
    before = sim.dump()
    status, answer = raw.call(
        '<UpdateOptions xmlns="urn:vim25"><_this type="OptionManager">EsxHostAdvSettings-1</_this>'
        f"<changedValue>{values}</changedValue></UpdateOptions>"
    )
    assert (status, fault_of(answer) in ("InvalidRequestFault", "InvalidArgumentFault")) == (500, True)
    assert sim.dump() == before


def test_a_missing_required_part_is_an_invalid_request_that_names_it(raw: Raw) -> None:
    raw.login()
    status, answer = raw.call(
        '<UpdateRuleset xmlns="urn:vim25"><_this type="HostFirewallSystem">firewallSystem-1</_this>'
        "<id>sshServer</id><spec/></UpdateRuleset>"
    )
    assert (status, fault_of(answer)) == (500, "InvalidRequestFault")
    assert "allowedHosts is missing from data object of type HostFirewallRulesetRulesetSpec" in answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1 extra\r\n\r\n", b"400"),
        (b"GET /sdk HTTP/1.1\r\nno colon here\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n", b"400"),
        (b"POST /sdk HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /sdk HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST /sdk HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n", b"413"),
        (b"POST /sdk HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"411"),
        (b"POST /sdk HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", b"411"),
        (b"POST /sdk HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n\r\n", b"400"),
        (b"POST /sdk HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", b"400"),
        (b"POST /sdk HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", b"413"),
        (b"PUT /sdk HTTP/1.1\r\nConnection: close\r\n\r\n", b"405"),
        (b"GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n", b"404"),
        (b"POST /nothing HTTP/1.1\r\nConnection: close\r\n\r\n", b"404"),
        (b"GET /nothing HTTP/1.0\r\n\r\n", b"404"),
    ],
)
def test_malformed_http_is_a_4xx_and_the_server_lives_on(
    sim: PracticeVsphere, request_bytes: bytes, status: bytes
) -> None:
    plain = socket.create_connection((sim.address, sim.port), timeout=10)
    with trust(sim).wrap_socket(plain, server_hostname="localhost") as secured:
        secured.sendall(request_bytes)
        assert secured.recv(4096).split()[1] == status
    connect(sim)


def test_a_body_in_chunks_is_read_as_one(raw: Raw) -> None:
    this = '<_this type="ServiceInstance">ServiceInstance</_this>'
    body = ENVELOPE.format(f'<RetrieveServiceContent xmlns="urn:vim25">{this}</RetrieveServiceContent>').encode()
    pieces = iter([body[:10], body[10:11], body[11:]])
    raw.connection.request("POST", "/sdk", pieces, {"SOAPAction": raw.action}, encode_chunked=True)
    response = raw.connection.getresponse()
    assert response.status == 200
    assert b"propertyCollector" in response.read()
    raw.login()


def test_a_client_that_never_finishes_its_handshake_holds_up_nobody(sim: PracticeVsphere) -> None:
    with socket.create_connection((sim.address, sim.port)):
        connect(sim)


def test_plain_http_on_the_tls_port_is_dropped(sim: PracticeVsphere) -> None:
    with socket.create_connection((sim.address, sim.port), timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        try:
            answer = plain.recv(4096)
        except ConnectionResetError:
            answer = b""
        assert b"HTTP/" not in answer
    connect(sim)


def test_a_connection_serves_many_requests(raw: Raw) -> None:
    raw.login()
    sockets = set()
    for _try in range(5):
        raw.call('<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>')
        assert raw.connection.sock is not None
        sockets.add(raw.connection.sock.getsockname())
    assert len(sockets) == 1
    assert raw.last["Connection"] == "keep-alive"


def test_a_certificate_that_is_not_trusted_is_refused_by_the_client(sim: PracticeVsphere) -> None:
    plain = socket.create_connection((sim.address, sim.port), timeout=10)
    with plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    connect(sim)


def test_many_clients_at_once_each_get_their_own_answer(sim: PracticeVsphere) -> None:
    wrong: list[Any] = []

    def work(number: int) -> None:
        client = Raw(sim)
        client.login()
        for _try in range(20):
            this = f'<_this type="HostSystem">host-{number % 3 + 1}</_this>'
            answer = client.call(f'<Fetch xmlns="urn:vim25">{this}<prop>name</prop></Fetch>')[1]
            if f">esx-{number % 3 + 1:02d}.practice<" not in answer:
                wrong.append(answer)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert wrong == []
    assert (sim.sessions, sim.count("Fetch")) == (6, 120)


def test_the_server_listens_on_loopback_only(sim: PracticeVsphere) -> None:
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("needs /proc/net/tcp")
    local = [line.split()[1].split(":") for line in table.read_text(encoding="ascii").splitlines()[1:]]
    assert {address for address, port in local if int(port, 16) == sim.port} == {"0100007F"}
