# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small threaded HTTP/1.1 server for loopback: keep-alive, optional TLS, everything bounded.

One thread a connection; the TLS handshake happens in that thread, so a client that never finishes it holds up nobody.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import ssl
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO

from .mishaps import Dropped

LOOPBACK = "127.0.0.1"
MAX_BODY = 16 * 1024 * 1024
_MAX_LINE = 8192
_MAX_HEADERS = 100
_HANDSHAKE_SECONDS = 10.0
_IDLE_SECONDS = 120.0
_LOG = logging.getLogger("simulator.http")


@dataclass(frozen=True)
class HttpRequest:
    """One request; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    source: str


@dataclass(frozen=True)
class HttpResponse:
    """One response."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self, keep: bool) -> bytes:
        """The bytes on the wire."""
        reason = HTTPStatus(self.status).phrase
        lines = [
            f"HTTP/1.1 {self.status} {reason}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            f"Connection: {'keep-alive' if keep else 'close'}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


class BadRequest(Exception):
    """A request that is not read any further; answered with ``status`` and the connection is closed."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


Application = Callable[[HttpRequest], HttpResponse]


class Server:
    """Serves an application on one loopback port until stopped; can stop and start again on the same port."""

    def __init__(self, application: Application, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.application = application
        self.tls = tls
        self.port = port
        self._server: _Threads | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Opens the port; OSError if it is taken."""
        if self._server is not None:
            return
        server = _Threads((LOOPBACK, self.port), self)
        self.port = server.server_address[1]
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="simulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Closes the port and every connection."""
        server, thread, self._server, self._thread = self._server, self._thread, None, None
        if server is None or thread is None:
            return
        server.shutdown()
        server.server_close()
        thread.join()
        server.drop_connections()


class _Threads(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: Server) -> None:
        self.owner = owner
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Connection)

    def opened(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.discard(connection)

    def drop_connections(self) -> None:
        with self._guard:
            open_ones = list(self._connections)
        for connection in open_ones:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke costs that connection only."""
        _LOG.exception("connection from %s failed", client_address)


class _Connection(socketserver.BaseRequestHandler):
    server: _Threads

    def handle(self) -> None:
        connection: socket.socket = self.request
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_HANDSHAKE_SECONDS)
        self.server.opened(connection)
        secured: socket.socket | None = None
        try:
            tls = self.server.owner.tls
            secured = tls.wrap_socket(connection, server_side=True) if tls else connection
            self.server.closed(connection)
            self.server.opened(secured)
            secured.settimeout(_IDLE_SECONDS)
            with secured.makefile("rb") as reader:
                while self._exchange(secured, reader):
                    pass
        except (OSError, Dropped):
            pass  # the client went away, or was sent away
        finally:
            self.server.closed(connection)
            if secured is not None:
                self.server.closed(secured)
                _close(secured)

    def _exchange(self, connection: socket.socket, reader: BinaryIO) -> bool:
        """One request and its answer; whether the connection is kept."""
        try:
            request = _read(reader, connection, str(self.client_address[0]))
        except BadRequest as problem:
            connection.sendall(HttpResponse(problem.status, str(problem).encode()).encode(keep=False))
            return False
        if request is None:
            return False
        keep = request.headers.get("connection", "").lower() != "close"
        connection.sendall(self.server.owner.application(request).encode(keep))
        return keep


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _read(reader: BinaryIO, connection: socket.socket, source: str) -> HttpRequest | None:
    line = _line(reader)
    if not line:
        return None
    parts = line.split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest(400, "not an HTTP/1.1 request")
    headers: dict[str, str] = {}
    while text := _line(reader):
        name, colon, value = text.partition(":")
        if not colon or len(headers) >= _MAX_HEADERS:
            raise BadRequest(400, "bad or too many headers")
        headers[name.strip().lower()] = value.strip()
    if parts[2] == "HTTP/1.0":
        headers["connection"] = "close"
    return HttpRequest(parts[0], parts[1], headers, _body(reader, connection, headers), source)


def _line(reader: BinaryIO) -> str:
    raw = reader.readline(_MAX_LINE + 1)
    if len(raw) > _MAX_LINE:
        raise BadRequest(400, "line too long")
    return raw.decode("latin-1").rstrip("\r\n")


def _body(reader: BinaryIO, connection: socket.socket, headers: dict[str, str]) -> bytes:
    encoding = headers.get("transfer-encoding", "").lower()
    if encoding not in ("", "chunked") or (encoding and "content-length" in headers):
        raise BadRequest(411, "a Content-Length or chunks are needed")
    length = 0 if encoding else _length(headers.get("content-length", "0"), 10)
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return _chunks(reader) if encoding else _exactly(reader, length)


def _length(text: str, base: int) -> int:
    digits = string.hexdigits if base == 16 else string.digits
    if not text or text.strip(digits):
        raise BadRequest(400, "bad length of the body")
    length = int(text, base) if len(text) < 12 else MAX_BODY + 1
    if length > MAX_BODY:
        raise BadRequest(413, f"a body may have {MAX_BODY} bytes")
    return length


def _exactly(reader: BinaryIO, length: int) -> bytes:
    body = reader.read(length)
    if len(body) != length:
        raise BadRequest(400, "the body ends early")
    return body


def _chunks(reader: BinaryIO) -> bytes:
    parts: list[bytes] = []
    total = 0
    while length := _length(_line(reader).partition(";")[0].strip(), 16):
        total += length
        if total > MAX_BODY:
            raise BadRequest(413, f"a body may have {MAX_BODY} bytes")
        parts.append(_exactly(reader, length))
        if _line(reader):
            raise BadRequest(400, "bad chunk")
    while _line(reader):
        pass  # trailers say nothing here
    return b"".join(parts)
