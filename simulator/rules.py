# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault on order looks like: the keys of a rule, and the check that a rule makes sense."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from .sdk import Value, is_fault_name
from .wire import method_info

DEEDS = ("latency", "drop", "http503", "ignore", "partial", "stale", "disconnect")
"""What a rule can do; any other action is the name of a fault."""
ON_HOSTS = frozenset({"ignore", "stale", "disconnect"})
"""Actions on the state of a host: they meet only calls on a host or its managers."""
MAX_SECONDS = 600
PHASES = ("before", "after")
SCOPES = ("config", "all")
LOST = ("notResponding", "disconnected")


class RuleError(ValueError):
    """A rule that makes no sense; ``key`` is the key at fault, "" for the rule as a whole."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


@dataclass(frozen=True)
class Rule:
    """Which calls are met (``method`` to ``phase``) and what happens to them (``action`` and its own keys).

    ``method`` "*" is any; ``object`` is the name or moid of a host, or the moid of what is called; ``times`` None is
    always. ``fault`` belongs to partial and disconnect, ``parts`` to partial, ``seconds`` to latency, ``state`` to
    disconnect, ``reads`` (None: until a refresh) and ``scope`` to stale.
    """

    method: str
    action: str
    object: str | None = None
    user: str | None = None
    nth: int = 1
    times: int | None = 1
    probability: float = 1.0
    phase: str = "before"
    seconds: float = 0.0
    parts: int = 0
    fault: str | None = None
    reads: int | None = None
    scope: str = "config"
    state: str = "notResponding"

    def plain(self) -> dict[str, Value]:
        """The rule as it would be ordered, defaults left out."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {name: value for name, value in told.items() if name in _NEEDED or value != _DEFAULTS[name]}
        if "times" in kept and self.times is None:
            kept["times"] = "always"
        return kept


_NEEDED = ("method", "action")
_DEFAULTS = {field.name: field.default for field in fields(Rule)}
_OWN = {
    "latency": ("seconds",),
    "partial": ("parts", "fault"),
    "stale": ("reads", "scope"),
    "disconnect": ("state", "fault"),
}
"""The keys that only some actions have."""
_MUST = {"latency": ("seconds",), "partial": ("parts", "fault")}


def read_rule(order: Value) -> Rule:
    """The rule that plain data orders; :class:`RuleError` if it makes no sense."""
    if not isinstance(order, dict):
        raise RuleError("", f"a rule is an object with method and action, not {reprlib.repr(order)}")
    for key in order:
        if key not in _DEFAULTS:
            raise RuleError(str(key), f"{key} is no key of a rule{_meant(str(key), _DEFAULTS)}")
    for key in _NEEDED:
        if key not in order:
            raise RuleError("", f"{key} is missing")
    words = {key: _CHECKS[key](key, value) for key, value in order.items()}
    if "times" not in order and "probability" in order:
        words["times"] = None
    rule = Rule(**words)
    _check_together(rule, order)
    return rule


def _check_together(rule: Rule, order: dict[str, Value]) -> None:
    own = _OWN.get(rule.action, ())
    for key in order:
        if any(key in keys for keys in _OWN.values()) and key not in own:
            raise RuleError(key, f"{key} does not belong to the action {rule.action}")
    for key in _MUST.get(rule.action, ()):
        if key not in order:
            raise RuleError("action", f"{key} is missing: {rule.action} needs it")
    if rule.phase == "after" and rule.action in ("ignore", "partial", "stale"):
        raise RuleError("phase", f"{rule.action} has no phase after: it is what the call itself does")
    if rule.action == "partial" and rule.method != "*" and list_parameter(rule.method) is None:
        raise RuleError("method", f"{rule.method} has no list of parts")


def list_parameter(method: str) -> str | None:
    """The first parameter of a method that is a list: the parts of a call; None if it has none."""
    info = method_info(method)
    return next((item.name for item in info.params if issubclass(item.type, list)), None) if info else None


def _meant(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _text(key: str, value: Value) -> str:
    if not isinstance(value, str) or not value:
        raise RuleError(key, f"{key} is a text, not {reprlib.repr(value)}")
    return value


def _method(key: str, value: Value) -> str:
    if _text(key, value) != "*" and method_info(value) is None:
        raise RuleError(key, f"{value} is not a method of the API")
    return str(value)


def _action(key: str, value: Value) -> str:
    if _text(key, value) not in DEEDS and not is_fault_name(value):
        named = ", ".join(DEEDS[:-1])
        raise RuleError(key, f"{value} is neither the name of a fault nor {named} or {DEEDS[-1]}{_meant(value, DEEDS)}")
    return str(value)


def _fault(key: str, value: Value) -> str:
    if not is_fault_name(_text(key, value)):
        raise RuleError(key, f"{value} is not the name of a fault")
    return str(value)


def _count(key: str, value: Value) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RuleError(key, f"{key} is a whole number, not {reprlib.repr(value)}")
    if value < 1:
        raise RuleError(key, f"{key} is at least 1, not {value}")
    return value


def _times(key: str, value: Value) -> int | None:
    return None if value == "always" else _count(key, value)


def _number(most: float) -> Callable[[str, Value], float]:
    def check(key: str, value: Value) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise RuleError(key, f"{key} is a number, not {reprlib.repr(value)}")
        if not 0 < value <= most:
            raise RuleError(key, f"{key} is above 0 and at most {most:g}, not {value}")
        return float(value)

    return check


def _one_of(words: tuple[str, ...]) -> Callable[[str, Value], str]:
    def check(key: str, value: Value) -> str:
        if _text(key, value) not in words:
            raise RuleError(key, f"{key} is {' or '.join(words)}, not {value}")
        return str(value)

    return check


_CHECKS: dict[str, Callable[[str, Value], Value]] = {
    "method": _method,
    "action": _action,
    "object": _text,
    "user": _text,
    "nth": _count,
    "times": _times,
    "probability": _number(1),
    "phase": _one_of(PHASES),
    "seconds": _number(MAX_SECONDS),
    "parts": _count,
    "fault": _fault,
    "reads": _count,
    "scope": _one_of(SCOPES),
    "state": _one_of(LOST),
}
