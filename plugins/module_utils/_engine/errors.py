# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way a run can end badly, one class per phase. Call sites give facts; the sentence is composed here."""

from __future__ import annotations

import typing as t


class HypervisorError(Exception):
    """Root of all errors that a user can meet. ``code`` is stable and meant for machines."""

    code = "hypervisor_error"

    def __init__(
        self,
        what: str,
        *,
        host: str | None = None,
        resource: str | None = None,
        key: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.host = host
        self.resource = resource
        self.key = key
        self.hint = hint
        self.result: dict[str, t.Any] = {}

    def __str__(self) -> str:
        where = ""
        if self.resource is not None:
            where = f"{self.resource} {self.key}: " if self.key else f"{self.resource}: "
        host = f"{self.host}: " if self.host else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{host}{where}{self.what}{hint}"

    def on(self, host: str) -> t.Self:
        """Name the host, when the place that raised did not know it."""
        if self.host is None:
            self.host = host
        return self


class ConnectError(HypervisorError):
    """No session: name, route, certificate or credentials."""

    code = "connect_failed"


class LoginRefused(ConnectError):
    """Wrong user name or password. Trying again, for every host of a fleet say, gets the account locked."""

    code = "login_refused"


class SessionExpired(ConnectError):
    """The server no longer knows the session; signing in again may mend it."""

    code = "session_expired"


class UnreachableHost(HypervisorError):
    """vCenter reports the host disconnected or notResponding; nothing was read or changed."""

    code = "host_unreachable"


class CollectError(HypervisorError):
    """Something could not be read."""

    code = "collect_failed"


class PlanError(HypervisorError):
    """What was asked for makes no sense on this host: unknown name, wrong type, refused value. Nothing was written."""

    code = "plan_refused"


class UnknownName(PlanError):
    """The host has nothing of this name. ``kind`` is the resource's own name, for looking up what there is."""

    code = "unknown_name"
    kind = ""


class ApplyError(HypervisorError):
    """The hypervisor refused or broke off a write."""

    code = "apply_failed"


class UnsupportedWrite(ApplyError):
    """The server does not have this operation at all, so nothing can have been changed by asking for it."""

    code = "not_supported"


class VerifyError(HypervisorError):
    """A write was answered with success, but reading again shows another value."""

    code = "verify_failed"
