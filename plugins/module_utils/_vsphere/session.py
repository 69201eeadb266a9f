# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One session with a vCenter or an ESX host: connect, hand over, borrow, log out only what was logged in here.

No Ansible in here. A session's socket never crosses a fork: whoever borrows builds a stub of its own around the
session id, because two processes on one inherited keep-alive socket read each other's answers without an error.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import hmac
import http.client
import os
import re
import socket
import ssl
import typing as t
import xml.parsers.expat

from .._engine.errors import ApplyError, CollectError, ConnectError, LoginRefused, SessionExpired, UnsupportedWrite
from . import faults, sdk
from .wire import MoRef

FIRST_VERSION = "vim25/5.5"
"""Old enough for every server since 2013 to answer RetrieveServiceContent in it, which tells the version to speak."""
_NO_TLS = ("WRONG_VERSION_NUMBER", "UNEXPECTED_MESSAGE", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
"""What OpenSSL says of a port that speaks something else."""
_REFUSED = re.compile(r"[34]\d\d ")
"""An HTTP status that no vSphere API answers a SOAP request with."""
TIMEOUT = 60
"""Seconds one answer may take."""
_DIGESTS = {40: "sha1", 64: "sha256", 128: "sha512"}
"""Hash of a thumbprint, by its number of hex digits."""


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect and as whom. The password never shows in a repr."""

    hostname: str
    username: str = ""
    password: str = dataclasses.field(default="", repr=False)
    port: int = 443
    validate_certs: bool = True
    ca_file: str = ""
    thumbprint: str = ""

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> t.Self:
        """The endpoint that a module's or an inventory source's connection options describe."""
        return cls(
            hostname=str(params.get("hostname") or ""),
            username=str(params.get("username") or ""),
            password=str(params.get("password") or ""),
            port=int(params.get("port") or 443),
            validate_certs=bool(params.get("validate_certs", True)),
            ca_file=str(params.get("ca_file") or ""),
            thumbprint=str(params.get("thumbprint") or ""),
        )

    @property
    def key(self) -> str:
        """What sessions are kept under: the same server seen by the same user."""
        return f"{self.username}@{self.hostname.lower()}:{self.port}"

    @property
    def where(self) -> str:
        """The server in messages."""
        return self.hostname if self.port == 443 else f"{self.hostname}:{self.port}"


@dataclasses.dataclass(frozen=True, slots=True)
class Ticket:
    """What another process needs to use a session. The cookie is a credential: in memory, or in a 0600 file."""

    cookie: str = dataclasses.field(repr=False)
    api_version: str
    content: t.Mapping[str, t.Any]
    user: str = ""

    @property
    def is_host(self) -> bool:
        """True when the endpoint is an ESX host itself, not a vCenter."""
        return bool(self.content["about"]["apiType"] == "HostAgent")


class _NotThePinnedOne(Exception):
    """The server shows another certificate than the one its user pinned."""


class _PinnedContext(ssl.SSLContext):
    """Believes one certificate, on every connection and before a byte is sent.

    pyVmomi looks at a thumbprint only after an ordinary verification has failed, and then turns verification off for
    all later connections of the same stub: too late, and too seldom.
    """

    pinned = ""

    def wrap_socket(self, *args: t.Any, **options: t.Any) -> ssl.SSLSocket:
        """The handshake, and then the comparison."""
        wrapped = super().wrap_socket(*args, **options)
        shown = wrapped.getpeercert(binary_form=True) or b""
        if not hmac.compare_digest(hashlib.new(_DIGESTS[len(self.pinned)], shown).hexdigest(), self.pinned):
            wrapped.close()
            raise _NotThePinnedOne
        return wrapped


class Session:
    """A signed-in stub with a request counter. ``content`` maps service content names to MoRef or text."""

    def __init__(self, endpoint: Endpoint, ticket: Ticket | None = None) -> None:
        sdk.require()
        self.endpoint = endpoint
        self.requests = 0
        self.logins = 0
        self._owner = 0
        self._stub: t.Any = None
        self.ticket = ticket or self._login()

    @property
    def user(self) -> str:
        """The signed-in user's name, for messages."""
        return self.ticket.user or self.endpoint.username

    def _context(self) -> ssl.SSLContext:
        endpoint = self.endpoint
        if endpoint.thumbprint:
            return self._pinned_context()
        if not endpoint.validate_certs:
            return ssl._create_unverified_context()  # noqa: S323 - the user said so
        try:
            return ssl.create_default_context(cafile=endpoint.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise ConnectError(
                f"the CA file {endpoint.ca_file} cannot be used: {error}.", hint="Give a PEM file that can be read."
            ) from error

    def _pinned_context(self) -> ssl.SSLContext:
        digits = self.endpoint.thumbprint.replace(":", "").lower()
        if len(digits) not in _DIGESTS or not set(digits) <= set("0123456789abcdef"):
            raise ConnectError(
                f"thumbprint {self.endpoint.thumbprint!r} is none.",
                hint="Give the whole SHA-256 thumbprint, 32 pairs of hex digits with colons.",
            )
        context = _PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.pinned = digits
        return context

    def _new_stub(self, version: str, cookie: str = "") -> t.Any:
        endpoint = self.endpoint
        stub = sdk.STUB(
            host=endpoint.hostname,
            port=endpoint.port,
            version=version,
            poolSize=1,
            sslContext=self._context(),
            httpConnectionTimeout=TIMEOUT,
        )
        stub.cookie = cookie
        return stub

    def _login(self) -> Ticket:
        self._stub = self._new_stub(sdk.VmomiSupport.versionMap[FIRST_VERSION])
        raw = self.call(MoRef("ServiceInstance", "ServiceInstance"), "RetrieveServiceContent")
        if raw is None:
            raise self._not_vsphere()
        content: dict[str, t.Any] = {
            name: (reference._wsdlName, reference._moId)
            for name in ("rootFolder", "propertyCollector", "sessionManager", "searchIndex")
            if (reference := getattr(raw, name, None)) is not None
        }
        about = raw.about
        content["about"] = {"apiType": str(about.apiType or ""), "fullName": str(about.fullName or "")}
        content["instance"] = str(getattr(about, "instanceUuid", "") or "")
        self._stub = self._new_stub(sdk.version_for(str(about.apiVersion)), self._stub.cookie)
        endpoint = self.endpoint
        manager = MoRef(*content["sessionManager"])
        user = self.call(manager, "Login", userName=endpoint.username, password=endpoint.password)
        self.logins += 1
        self._owner = os.getpid()
        return Ticket(str(self._stub.cookie), str(about.apiVersion), content, str(getattr(user, "userName", "") or ""))

    def reference(self, name: str) -> MoRef:
        """A managed object of the service content, as a MoRef."""
        return MoRef(*self.ticket.content[name])

    @property
    def stub(self) -> t.Any:
        """The stub of this process, made on first use."""
        if self._stub is None:
            self._stub = self._new_stub(sdk.version_for(self.ticket.api_version), self.ticket.cookie)
        return self._stub

    def managed(self, reference: MoRef) -> t.Any:
        """A pyVmomi managed object bound to this session."""
        return sdk.VmomiSupport.GetWsdlType("urn:vim25", reference.kind)(reference.moid, self.stub)

    def call(self, reference: MoRef, method: str, **arguments: t.Any) -> t.Any:
        """Invoke a method by its WSDL name; one HTTP request. Faults pass through, transport errors are told."""
        target = self.managed(reference)
        self.requests += 1
        try:
            return getattr(target, method)(**arguments)
        except sdk.fault_classes() as fault:
            self._raise_session_fault(fault)
            raise
        except (OSError, http.client.HTTPException) as error:
            raise self._transport_error(error) from error
        except _NotThePinnedOne as error:
            raise self._not_the_pinned_one() from error
        except (xml.parsers.expat.ExpatError, sdk.NotTheApi) as error:
            raise self._not_vsphere() from error

    def _not_vsphere(self) -> ConnectError:
        return ConnectError(
            f"{self.endpoint.where} answered something that is not the vSphere API.",
            hint="Is it a vCenter or an ESX host, and is the port right?",
        )

    def _raise_session_fault(self, fault: BaseException) -> None:
        name = faults.name_of(fault)
        endpoint = self.endpoint
        if name == "InvalidLogin":
            raise LoginRefused(
                f"{endpoint.where} refused user {endpoint.username or '(none given)'}: wrong user name or password.",
                hint="Look at VMWARE_USER and VMWARE_PASSWORD, or at username: and password:.",
            ) from fault
        if name == "NotAuthenticated":
            raise SessionExpired(
                f"{endpoint.where} no longer knows the session.", hint="It timed out or was ended; run again."
            ) from fault

    def _not_the_pinned_one(self) -> ConnectError:
        shown = server_thumbprint(self.endpoint)
        return ConnectError(
            f"{self.endpoint.where}: the certificate is not the pinned one (it has SHA-256 {shown}).",
            hint="If the certificate was renewed on purpose, pin the new thumbprint.",
        )

    def _transport_error(self, error: Exception) -> ConnectError:
        endpoint = self.endpoint
        if isinstance(error, ssl.SSLCertVerificationError):
            reason = "self-signed" if error.verify_code in (18, 19) else error.verify_message
            print_ = server_thumbprint(endpoint)
            shown = f", SHA-256 {print_}" if print_ else ""
            return ConnectError(
                f"{endpoint.where}: certificate not trusted ({reason}{shown}).",
                hint=f'Give ca_file:, or pin thumbprint: "{print_ or "AA:BB:..."}" once you have compared it.',
            )
        if (isinstance(error, ssl.SSLError) and error.reason in _NO_TLS) or _REFUSED.match(str(error)):
            return self._not_vsphere()
        if isinstance(error, socket.gaierror):
            return ConnectError(
                f"the name {endpoint.hostname} does not resolve.", hint="Look at VMWARE_HOST or hostname:, and at DNS."
            )
        if isinstance(error, TimeoutError):
            return ConnectError(f"{endpoint.where} gave no answer within {TIMEOUT} s.", hint="Is it overloaded?")
        if isinstance(error, ConnectionRefusedError):
            return ConnectError(
                f"{endpoint.where} refuses connections on port {endpoint.port}.",
                hint="Is it up, and is the port right (VMWARE_PORT, port:)?",
            )
        return ConnectError(
            f"the connection to {endpoint.where} broke: {error or type(error).__name__}.",
            hint="Is it still up? Run again: what was already done is found done.",
        )

    def close(self) -> None:
        """Log out when this process logged in; drop the socket in any case."""
        if self._owner == os.getpid():
            self.end()
        self.forget()

    def end(self) -> None:
        """Log out, whoever logged in. A server that is gone, or has ended the session itself, leaves nothing to do."""
        self._owner = 0
        with contextlib.suppress(ConnectError, *sdk.fault_classes()):
            self.call(self.reference("sessionManager"), "Logout")
        self.forget()

    def forget(self) -> None:
        """Drop the socket and leave the session alive: before a fork, or when another process goes on with it."""
        if self._stub is not None:
            self._stub.DropConnections()
            self._stub = None


def server_thumbprint(endpoint: Endpoint) -> str:
    """The SHA-256 of the certificate the server shows, colon separated; empty when it cannot be had."""
    context = ssl._create_unverified_context()  # noqa: S323 - only to show the user what is there to compare
    try:
        with (
            socket.create_connection((endpoint.hostname, endpoint.port), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname=endpoint.hostname) as wrapped,
        ):
            certificate = wrapped.getpeercert(binary_form=True) or b""
    except (OSError, ssl.SSLError):
        return ""
    digest = hashlib.sha256(certificate).hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def apply_error(fault: BaseException, user: str) -> ApplyError:
    """A write's fault as an ApplyError; the caller adds host, resource and key."""
    text, hint = faults.explain(fault, user)
    return (UnsupportedWrite if faults.unsupported(fault) else ApplyError)(text, hint=hint)


def collect_error(fault: BaseException, user: str) -> CollectError:
    """A read's fault as a CollectError."""
    text, hint = faults.explain(fault, user)
    return CollectError(text, hint=hint)
