# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that imports pyVmomi. Everything else takes what it needs from here, so a missing SDK is told once."""

from __future__ import annotations

import traceback
import typing as t

from .._engine.errors import ConnectError

Security: t.Any = None
SoapAdapter: t.Any = None
VmomiSupport: t.Any = None
vim: t.Any = None
vmodl: t.Any = None
STUB: t.Any = None
IMPORT_ERROR: str | None = None
HTTP_OK = 200


class _Outside(t.NamedTuple):
    """Stands for 'another stub': all the SDK asks of it is the version to read an answer in."""

    version: str


class NotTheApi(Exception):
    """A server answered an error that is no fault of the vSphere API."""


try:
    import pyVmomi
    import pyVmomi.Security
    import pyVmomi.SoapAdapter
    import pyVmomi.VmomiSupport
except ImportError:
    IMPORT_ERROR = traceback.format_exc()
else:

    class _Stub(pyVmomi.SoapAdapter.SoapStubAdapter):
        """Raises faults as the SDK does, but NotTheApi for an error page, which the SDK calls a bare Exception."""

        def InvokeMethod(self, mo: t.Any, info: t.Any, args: t.Any, outerStub: t.Any = None) -> t.Any:  # noqa: N802, N803
            # With an outer stub the SDK answers status and object instead of raising.
            invoke: t.Any = super().InvokeMethod
            status, answer = invoke(mo, info, args, outerStub=outerStub or _Outside(self.version))
            if status == HTTP_OK:
                return answer
            if isinstance(answer, Exception):
                raise answer
            raise NotTheApi(f"HTTP {status} without a fault")

    STUB = _Stub
    Security, SoapAdapter, VmomiSupport = pyVmomi.Security, pyVmomi.SoapAdapter, pyVmomi.VmomiSupport
    vim, vmodl = getattr(pyVmomi, "vim"), getattr(pyVmomi, "vmodl")  # noqa: B009 - made at import, unknown to type checkers


def require() -> None:
    """ConnectError with the remedy when pyVmomi is not there."""
    if IMPORT_ERROR is not None:
        raise ConnectError(
            "pyVmomi is missing in the Python that runs Ansible.",
            hint="Install it with the python that 'ansible --version' names: python -m pip install 'pyvmomi>=9.0'.",
        )


def fault_classes() -> tuple[type[Exception], ...]:
    """What a vSphere server can answer instead of a result."""
    return (vmodl.MethodFault,)


def version_for(api_version: str) -> str:
    """pyVmomi's version id for a server's about.apiVersion, or the newest one older than it.

    A newer server answers older versions, an older one refuses newer ones: its own version is the one to speak.
    """
    known: dict[tuple[int, ...], str] = {}
    for namespace, version in VmomiSupport.versionMap.items():
        prefix, _slash, number = namespace.partition("/")
        parts = number.split(".")
        if prefix == "vim25" and all(part.isdigit() for part in parts):
            known[tuple(map(int, parts))] = version
    wanted = tuple(int(part) for part in api_version.split(".") if part.isdigit())
    fitting = [number for number in known if number <= wanted]
    return known[max(fitting)] if fitting else known[min(known)]
