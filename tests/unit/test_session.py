# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in: what goes wrong is said in one sentence with what to do next, and never with the password."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.errors import ConnectError, HypervisorError
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import (
    Endpoint,
    Ticket,
    connect,
    connect_with,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.session import Session, server_thumbprint
from simulator import PracticeVsphere
from simulator.tls import make_certificate, server_context
from tests.contract.practice import HOST, asked, endpoint, signed_in

SECRET = "correct horse battery staple"


def told(wrong: Endpoint) -> str:
    """The sentence that this endpoint ends in."""
    with pytest.raises(ConnectError) as caught:
        connect(wrong).close()
    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.result}"
    assert SECRET not in repr(wrong)
    return str(caught.value)


@contextmanager
def answering(answer: bytes, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A loopback port where something that is no vSphere answers every request the same."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                client, _address = listener.accept()
            except TimeoutError:
                continue
            client.settimeout(2)
            try:
                spoken = tls.wrap_socket(client, server_side=True) if tls else client
                with spoken.makefile("rb") as reader:
                    lengths = [
                        line for line in iter(reader.readline, b"\r\n") if line.lower().startswith(b"content-len")
                    ]
                    reader.read(int(lengths[0].split(b":")[1]))
                spoken.sendall(answer)
                spoken.close()
            except (OSError, IndexError):
                client.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listener.close()


@contextmanager
def greeting(words: bytes) -> Iterator[int]:
    """A loopback port where something speaks first, and no TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            client, _address = listener.accept()
            with client:
                client.sendall(words)
                client.recv(65536)

        threading.Thread(target=greet, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.fixture
def spoken(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """A TLS context of a server that is no vSphere, and its certificate."""
    certificate, key, _thumbprint = make_certificate(tmp_path)
    return server_context(certificate, key), str(certificate)


def test_a_name_that_does_not_resolve_is_told() -> None:
    wrong = Endpoint("no-such-vcenter.invalid", "u", SECRET)
    assert told(wrong) == (
        "the name no-such-vcenter.invalid does not resolve. Look at VMWARE_HOST or hostname:, and at DNS."
    )


def test_a_refused_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert told(Endpoint("127.0.0.1", "u", SECRET, port)) == (
        f"127.0.0.1:{port} refuses connections on port {port}. Is it up, and is the port right (VMWARE_PORT, port:)?"
    )


def test_a_certificate_that_is_not_trusted_is_shown_with_its_thumbprint_and_what_to_do(sim: PracticeVsphere) -> None:
    text = told(endpoint(sim, ca_file="", password=SECRET))
    assert text == (
        f"{sim.address}:{sim.port}: certificate not trusted (self-signed, SHA-256 {sim.thumbprint}). "
        f'Give ca_file:, or pin thumbprint: "{sim.thumbprint}" once you have compared it.'
    )
    assert sim.count("Login") == 0


def test_the_thumbprint_shown_is_the_servers_own(sim: PracticeVsphere) -> None:
    assert server_thumbprint(endpoint(sim)) == sim.thumbprint


@pytest.mark.parametrize("form", [str, str.lower, lambda text: text.replace(":", "")])
def test_a_pinned_certificate_needs_no_ca_file(sim: PracticeVsphere, form: Any) -> None:
    with signed_in(sim, ca_file="", thumbprint=form(sim.thumbprint)) as connection:
        assert connection.find(HOST).name == HOST


def test_another_certificate_than_the_pinned_one_is_refused_before_the_password_goes_out(sim: PracticeVsphere) -> None:
    other = ":".join(["AB"] * 32)
    text = told(endpoint(sim, ca_file="", thumbprint=other, password=SECRET))
    assert text == (
        f"{sim.address}:{sim.port}: the certificate is not the pinned one (it has SHA-256 {sim.thumbprint}). "
        "If the certificate was renewed on purpose, pin the new thumbprint."
    )
    assert sim.calls == []


def test_a_pin_is_compared_on_every_connection_of_a_session(sim: PracticeVsphere, tmp_path: Path) -> None:
    """A vCenter whose place somebody else takes between two requests gets no second one."""
    with signed_in(sim, ca_file="", thumbprint=sim.thumbprint) as connection:
        assert connection.find(HOST).name == HOST
        certificate, key, _thumbprint = make_certificate(tmp_path)
        server = sim._server
        kept, server.tls = server.tls, server_context(certificate, key)
        connection.session.stub.DropConnections()
        seen = sim.http_requests
        with pytest.raises(ConnectError, match="the certificate is not the pinned one"):
            connection.find(HOST)
        server.tls = kept
        assert sim.http_requests == seen
        assert connection.find(HOST).name == HOST


@pytest.mark.parametrize("wrong", ["AB:CD", "x" * 64, "AB" * 31])
def test_a_thumbprint_that_is_none_is_told(sim: PracticeVsphere, wrong: str) -> None:
    text = told(endpoint(sim, ca_file="", thumbprint=wrong, password=SECRET))
    assert text.startswith(f"thumbprint {wrong!r} is none. Give the whole SHA-256 thumbprint")


def test_a_ca_file_that_is_not_there_is_told_by_name(sim: PracticeVsphere, tmp_path: Path) -> None:
    text = told(endpoint(sim, ca_file=str(tmp_path / "missing.pem"), password=SECRET))
    assert "missing.pem cannot be used: " in text
    assert text.endswith("Give a PEM file that can be read.")


def test_a_ca_file_that_holds_no_certificate_is_told_by_name(sim: PracticeVsphere, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing here\n")
    assert "empty.pem cannot be used: " in told(endpoint(sim, ca_file=str(tmp_path / "empty.pem"), password=SECRET))


def test_verification_is_left_out_only_when_the_user_says_so(sim: PracticeVsphere) -> None:
    with signed_in(sim, ca_file="", validate_certs=False) as connection:
        assert connection.find(HOST).name == HOST


def test_a_wrong_password_is_told_with_the_user_and_without_the_password(sim: PracticeVsphere) -> None:
    text = told(endpoint(sim, password=SECRET))
    assert text == (
        f"{sim.address}:{sim.port} refused user {sim.username}: wrong user name or password. "
        "Look at VMWARE_USER and VMWARE_PASSWORD, or at username: and password:."
    )
    assert sim.sessions == 0


def test_no_user_name_at_all_is_told(sim: PracticeVsphere) -> None:
    assert "refused user (none given)" in told(endpoint(sim, username="", password=SECRET))


def test_no_server_at_all_is_told() -> None:
    with pytest.raises(ConnectError, match="no server was named. Set hostname:, or VMWARE_HOST"):
        connect_with({"hostname": None, "username": "u", "password": SECRET})


ELSEWHERE = {
    "a web page": b"HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n<html><body><p>Welcome</body></html>\r\n\r\n",
    "a well-formed page": b"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n<html><body>Welcome</body></html>\r\n\r\n",
    "JSON": b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"ok": true}\n',
    "nothing at this path": b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nNot found",
    "an empty page": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n",
    "an error page": b"HTTP/1.1 500 Oops\r\nContent-Length: 13\r\n\r\n<html></html>",
    "a web server's denial": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nNo way",
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_something_that_is_no_vsphere_is_told_as_such(spoken: tuple[ssl.SSLContext, str], what: str) -> None:
    context, certificate = spoken
    with answering(ELSEWHERE[what], context) as port:
        text = told(Endpoint("127.0.0.1", "u", SECRET, port, ca_file=certificate))
    assert text == (
        f"127.0.0.1:{port} answered something that is not the vSphere API. "
        "Is it a vCenter or an ESX host, and is the port right?"
    )


def test_a_port_that_speaks_no_tls_is_told_as_such() -> None:
    with greeting(b"SSH-2.0-OpenSSH_9.6\r\n") as port:
        text = told(Endpoint("127.0.0.1", "u", SECRET, port))
    assert f"127.0.0.1:{port}" in text
    assert "port" in text.split(". ", 1)[1], "the remedy speaks of the port"


def test_a_borrowed_session_signs_in_nobody_and_logs_out_nobody(sim: PracticeVsphere) -> None:
    with signed_in(sim) as owner:
        borrower = connect(endpoint(sim, password="wrong, and never sent"), owner.session.ticket)
        assert borrower.find(HOST).name == HOST
        borrower.close()
        assert sim.count("Login") == 1
        assert sim.count("Logout") == 0
        assert sim.sessions == 1
        assert owner.find(HOST).name == HOST
    assert sim.sessions == 0


def test_requests_are_counted_as_the_server_counts_them(sim: PracticeVsphere) -> None:
    with signed_in(sim) as connection:
        connection.find(HOST)
        assert connection.requests == sim.http_requests


def test_neither_password_nor_cookie_shows_in_a_repr() -> None:
    with PracticeVsphere(hosts=1, password=SECRET) as sim, signed_in(sim) as connection:
        ticket = connection.session.ticket
        shown = repr(ticket) + repr(endpoint(sim)) + repr(connection) + repr(vars(connection))
        assert ticket.cookie.split('"')[1] not in shown
        assert SECRET not in shown


def test_closing_a_session_of_a_server_that_is_gone_is_no_error(sim: PracticeVsphere) -> None:
    connection = connect(endpoint(sim))
    sim.stop_listening()
    try:
        connection.close()
    finally:
        sim.start_listening()
        sim.expire_sessions()


def test_a_ticket_tells_a_vcenter_from_a_host() -> None:
    content = {"about": {"apiType": "HostAgent"}}
    assert Ticket("c", "8.0", content).is_host is True
    assert Ticket("c", "8.0", {"about": {"apiType": "VirtualCenter"}}).is_host is False


@pytest.mark.parametrize(
    ("params", "where", "key"),
    [
        ({"hostname": "VC.example", "username": "u"}, "VC.example", "u@vc.example:443"),
        ({"hostname": "vc", "username": "u", "port": 8443}, "vc:8443", "u@vc:8443"),
    ],
)
def test_an_endpoint_is_known_by_server_port_and_user(params: dict[str, Any], where: str, key: str) -> None:
    made = Endpoint.from_params(params)
    assert (made.where, made.key) == (where, key)
    assert made.validate_certs is True


def test_every_error_of_a_session_is_of_the_family(sim: PracticeVsphere) -> None:
    with pytest.raises(HypervisorError):
        Session(endpoint(sim, password=SECRET))
    assert asked("service", "x").control == ""
