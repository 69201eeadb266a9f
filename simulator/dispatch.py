# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request's bytes to an answer's bytes: session, record, privileges, mishaps, operation, fault."""

from __future__ import annotations

from dataclasses import dataclass

from . import wire
from .host import Host
from .managed import ANYBODY, Managed
from .mishaps import Mishap
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
            request = wire.read_request(body, version)
            with self.world.lock:
                result = self._run(request, caller)
                return Answer(200, wire.answer(request, result), caller.new_session)
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

    def _run(self, request: wire.Request, caller: Caller) -> Value:
        self._record(request.method, request.this._moId, caller)
        privilege = _DYNAMIC.get(request.method) or request.info.privId or ""
        if privilege != ANYBODY:
            caller.require()
        wire.check_version(request)
        target = self.world.find(request.this)
        host = target.host_of()
        mishap = self.world.mishaps.take(request.method, host.name if host else None)
        if mishap and mishap.phase == "before" and mishap.action != "ignore":
            mishap.strike(mishap.host)
        result = self._perform(request, caller, target, privilege, mishap, host)
        if mishap and mishap.phase == "after" and mishap.action != "ignore":
            mishap.strike(mishap.host)
        return result

    def _perform(
        self,
        request: wire.Request,
        caller: Caller,
        target: Managed,
        privilege: str,
        mishap: Mishap | None,
        host: Host | None,
    ) -> Value:
        if request.method == "Fetch":
            target.check_read(request.arguments["prop"], caller)
            return target.read(request.arguments["prop"], caller)
        run = target.operation(request.method)
        if run is None:
            text = f"The method {request.method} is not simulated on {target.wsdl}."
            raise wire.method_not_found(request, text)
        if privilege != ANYBODY:
            caller.check(target, privilege)
        if mishap and mishap.action == "ignore" and host:
            kept = host.config
            result = run(caller, **request.arguments)
            host.config = kept
            return result
        return run(caller, **request.arguments)
