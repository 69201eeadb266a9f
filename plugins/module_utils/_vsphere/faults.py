# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the vSphere API in sentences: which privilege, which host state, what the server said."""

from __future__ import annotations

import re

_ADVICE = {
    "HostNotConnected": "vCenter has lost the host; reconnect it and try again.",
    "HostNotReachable": "vCenter cannot reach the host; look at its management network.",
    "TaskInProgress": "another task holds the object; try again when it has ended.",
    "ResourceInUse": "the object is in use.",
    "RestrictedByAdministrator": "lockdown mode or the host's administrator forbids it.",
    "SecurityError": "lockdown mode forbids it; leave lockdown first, or go through vCenter.",
}


def name_of(fault: BaseException) -> str:
    """The WSDL name: HostConfigFault, NoPermission, InvalidName."""
    wsdl = getattr(type(fault), "_wsdlName", "")
    return str(wsdl) or type(fault).__name__.rsplit(".", 1)[-1]


def _object_of(fault: BaseException) -> str:
    reference = getattr(fault, "object", None)
    return getattr(reference, "_moId", "") or ""


def _words(fault: BaseException) -> str:
    """What the server says in words, when it says anything beyond the fault's name."""
    said = [str(getattr(fault, "msg", "") or "")]
    for message in getattr(fault, "faultMessage", None) or []:
        said.append(str(getattr(message, "message", "") or ""))
    unique = dict.fromkeys(text.strip().rstrip(".") for text in said if text.strip())
    return ". ".join(unique)


def explain(fault: BaseException, user: str = "") -> tuple[str, str | None]:
    """A sentence and a hint for a fault. Names the privilege for NoPermission, the property for InvalidProperty."""
    name = name_of(fault)
    words = _words(fault)
    if name == "NoPermission":
        privilege = getattr(fault, "privilegeId", "") or "a privilege"
        who = f"user {user}" if user else "this user"
        return (
            f"not allowed: {who} lacks {privilege}.",
            "Give its role that privilege on the host, or use another user.",
        )
    for attribute in ("invalidProperty", "name", "id", "key"):
        named = getattr(fault, attribute, None)
        if isinstance(named, str) and named and named not in words:
            words = f"{words} ({named})" if words else named
            break
    hint = _ADVICE.get(name)
    if hint:
        hint = hint[0].upper() + hint[1:]
    text = f"the server answered {name}"
    return (f"{text}: {words}." if words and words != name else f"{text}."), hint


def unsupported(fault: BaseException) -> bool:
    """True when the server has no such operation."""
    return name_of(fault) in ("MethodNotFound", "NotImplemented", "NotSupported")


def property_of(fault: BaseException) -> str:
    """The path an InvalidProperty fault complains of; empty when the server does not tell."""
    name = getattr(fault, "name", None)
    if isinstance(name, str) and name:
        return name
    found = re.search(r"[A-Za-z]+(?:\.[A-Za-z]+(?:\[\"[^\"]+\"\])?)+", _words(fault))
    return found.group(0) if found else ""
