# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request's bytes to an answer's bytes: session, record, privileges, mishaps, operation, fault."""

from __future__ import annotations

import time
from dataclasses import dataclass

from . import wire
from .managed import ANYBODY, Managed
from .mishaps import Meeting, Scene, Verdict
from .rules import Rule
from .sdk import API_VERSION, Fault, Value, fault, request_version
from .world import Call, Caller, Session, World, utc_now

_DYNAMIC = {
    "UpdateOptions": "Host.Config.AdvancedConfig",
    "UpdateVirtualNic": "Host.Config.Network",
    "AddVirtualNic": "Host.Config.Network",
}
"""Methods whose privilege the metadata leaves open because it depends on what they are called on."""


@dataclass(frozen=True)
class Answer:
    """What goes back: HTTP status, body, and the session to hand a cookie for."""

    status: int
    body: bytes
    session: Session | None = None


class Dispatcher:
    """Runs SOAP calls on a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def handle(self, body: bytes, soap_action: str, cookie: str, source: str, agent: str) -> Answer:
        """The answer to one POST. Raises Dropped or Unavailable if that was ordered; nothing else gets out."""
        version = request_version(soap_action)
        if version is None:
            text = f'Unsupported version URI "{soap_action.strip().strip(chr(34))}"'
            problem = fault("InvalidRequest", text)
            return Answer(500, wire.fault_answer(problem, API_VERSION, "VersionMismatchFaultCode"))
        caller = Caller(version, source, agent, self._session(cookie))
        try:
            return self._answer(wire.read_request(body, version), caller)
        except wire.UnknownMethod as problem:
            self._record(problem.method, "", caller)
            return Answer(500, wire.fault_answer(problem, version))
        except Fault as problem:
            return Answer(500, wire.fault_answer(problem, version))

    def _session(self, cookie: str) -> Session | None:
        session = self.world.sessions.get(cookie)
        if session is not None:
            session.last = utc_now()
            session.calls += 1
        return session

    def _record(self, method: str, moid: str, caller: Caller) -> None:
        self.world.calls.append(Call(method, moid, caller.user, caller.source, utc_now()))

    def _answer(self, request: wire.Request, caller: Caller) -> Answer:
        """Runs a call. Ordered waits are waited out without the lock, so that other callers go on."""
        with self.world.lock:
            ordered = self._admit(request, caller)
        _wait(ordered.before)
        try:
            with self.world.lock:
                if ordered.before and caller.session and caller.session.key not in self.world.sessions:
                    caller.session = None  # it expired meanwhile
                result = self._run(request, caller, ordered.rule)
                return Answer(200, wire.answer(request, result), caller.new_session)
        finally:
            _wait(ordered.after)

    def _admit(self, request: wire.Request, caller: Caller) -> Verdict:
        self._record(request.method, request.this._moId, caller)
        if _privilege(request) != ANYBODY:
            caller.require()
        wire.check_version(request)
        target = self.world.find(request.this)
        return self.world.mishaps.take(Meeting(request.method, target.moid, caller.user, target.host_of()))

    def _run(self, request: wire.Request, caller: Caller, rule: Rule | None) -> Value:
        target = self.world.find(request.this)

        def work(arguments: dict[str, Value]) -> Value:
            return self._perform(request, caller, target, arguments)

        if rule is None:
            return work(request.arguments)
        privilege = _privilege(request)
        return Scene(rule, request.method, request.arguments, target, target.host_of(), privilege, work).play()

    def _perform(self, request: wire.Request, caller: Caller, target: Managed, arguments: dict[str, Value]) -> Value:
        if request.method == "Fetch":
            target.check_read(arguments["prop"], caller)
            return target.read(arguments["prop"], caller)
        privilege = _privilege(request)
        if privilege != ANYBODY:
            caller.require()
        run = target.operation(request.method)
        if run is None:
            text = f"The method {request.method} is not simulated on {target.wsdl}."
            raise wire.method_not_found(request, text)
        if privilege != ANYBODY:
            caller.check(target, privilege)
        return run(caller, **arguments)


def _privilege(request: wire.Request) -> str:
    return _DYNAMIC.get(request.method) or request.info.privId or ""


def _wait(seconds: float) -> None:
    if seconds:
        time.sleep(seconds)
