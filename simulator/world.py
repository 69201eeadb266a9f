# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state outside any one object: the registry, users, sessions, the record of calls, and the ordered mishaps."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field

from .managed import READING, Managed
from .mishaps import Mishaps
from .sdk import Fault, Long, Value, build, fault, vim

_VIEW = "view"


@dataclass(frozen=True)
class User:
    """Somebody who may log in. ``role`` is ``admin`` or ``readonly``."""

    name: str
    password: str = field(repr=False)
    role: str = "admin"


@dataclass
class Session:
    """A live session; ``key`` is what the client's cookie carries."""

    key: str
    user: User
    source: str
    agent: str
    login: datetime.datetime
    last: datetime.datetime
    calls: int = 0
    views: dict[str, Value] = field(default_factory=dict)
    pages: dict[str, Value] = field(default_factory=dict)

    @property
    def public_key(self) -> str:
        """The UserSession key: names the session without being able to take it over."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:36]

    def value(self) -> Value:
        """The session as vim.UserSession."""
        return build(
            vim.UserSession,
            key=self.public_key,
            userName=self.user.name,
            fullName=self.user.name,
            loginTime=self.login,
            lastActiveTime=self.last,
            locale="en",
            messageLocale="en",
            extensionSession=False,
            ipAddress=self.source,
            userAgent=self.agent,
            callCount=Long(self.calls),
        )


@dataclass(frozen=True)
class Call:
    """One SOAP call as it arrived: WSDL method, moid of the object, user ("" before login), source address, UTC."""

    method: str
    moid: str
    user: str
    source: str
    at: datetime.datetime


@dataclass
class Caller:
    """Who calls: the session if there is one, the address, the client's name for itself, the API version it speaks."""

    version: str
    source: str = ""
    agent: str = ""
    session: Session | None = None
    new_session: Session | None = None

    @property
    def user(self) -> str:
        """The user's name, "" before login."""
        return self.session.user.name if self.session else ""

    def require(self) -> Session:
        """The session; Fault NotAuthenticated without one."""
        if self.session is None:
            raise fault("NotAuthenticated", "The session is not authenticated.", privilegeId="System.View")
        return self.session

    def check(self, target: Managed, privilege: str | None) -> None:
        """Fault NotAuthenticated without a session, NoPermission without the privilege."""
        if self.require().user.role == "readonly" and privilege and privilege not in READING:
            entity = target.host_of() or target
            text = "Permission to perform this operation was denied."
            raise fault("NoPermission", text, object=entity.ref, privilegeId=privilege)


class World:
    """Everything that is shared. ``lock`` is held while a call works on the state."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.objects: dict[str, Managed] = {}
        self.users: dict[str, User] = {}
        self.sessions: dict[str, Session] = {}
        self.calls: list[Call] = []
        self.http_requests = 0
        self.mishaps = Mishaps()
        self.missing_key = "absent"
        self.client_address: str | None = None
        self._ids: Counter[str] = Counter()

    def register(self, made: Managed) -> None:
        """Makes an object findable by its moid."""
        self.objects[made.moid] = made

    def forget(self, gone: Managed) -> None:
        """Takes an object out of the registry."""
        self.objects.pop(gone.moid, None)

    def next_id(self, family: str) -> int:
        """1, 2, 3, ... for each family of names."""
        self._ids[family] += 1
        return self._ids[family]

    def ids(self) -> dict[str, int]:
        """The last number given out in each family, but for views: they live in sessions."""
        return {family: last for family, last in self._ids.items() if family != _VIEW}

    def set_ids(self, last: dict[str, int]) -> None:
        """Goes on numbering after these."""
        self._ids = Counter({**last, _VIEW: self._ids[_VIEW]})

    def find(self, ref: Value) -> Managed:
        """The object behind a reference; Fault ManagedObjectNotFound if it is gone or of another type."""
        found = self.objects.get(ref._moId)
        if found is None or not issubclass(found.type, type(ref)):
            raise _gone(ref)
        return found

    def login(self, caller: Caller, name: str, password: str) -> Session:
        """A new session; Fault InvalidLogin for a wrong password or for a caller who has a session already."""
        user = self.users.get(name.lower())
        expected = user.password if user else secrets.token_hex(8)
        right = hmac.compare_digest(password.encode(), expected.encode())
        if user is None or not right or caller.session is not None:
            raise fault("InvalidLogin", "Cannot complete login due to an incorrect user name or password.")
        now = utc_now()
        session = Session(secrets.token_hex(20), user, caller.source, caller.agent, now, now)
        self.sessions[session.key] = session
        return session

    def end_session(self, session: Session) -> None:
        """Ends a session and whatever lives only in it."""
        self.sessions.pop(session.key, None)
        for view in session.views.values():
            self.forget(view)

    def expire_sessions(self) -> None:
        """Ends every session, as an idle time-out would."""
        for session in list(self.sessions.values()):
            self.end_session(session)

    def reset_counters(self) -> None:
        """Forgets the calls and requests counted so far."""
        self.calls.clear()
        self.http_requests = 0


def _gone(ref: Value) -> Fault:
    text = f"The object '{type(ref)._wsdlName}:{ref._moId}' has already been deleted or has not been completely created"
    return fault("ManagedObjectNotFound", text, obj=ref)


def utc_now() -> datetime.datetime:
    """The time of day, in UTC."""
    return datetime.datetime.now(datetime.UTC)
