# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on order: which rule a call meets, and what then becomes of the call."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .rules import ON_HOSTS, Rule, list_parameter, read_rule
from .sdk import Fault, Value, build, vim, wsdl_type

if TYPE_CHECKING:
    from .host import Host


class Dropped(Exception):
    """The connection is closed without an answer."""


class Unavailable(Exception):
    """HTTP 503 is answered."""


@dataclass(frozen=True)
class Meeting:
    """One call, as rules see it."""

    method: str
    moid: str
    user: str
    host: Host | None


@dataclass(frozen=True)
class Verdict:
    """What is ordered for a call: seconds to wait before and after it, and the rule it meets besides."""

    before: float = 0.0
    after: float = 0.0
    rule: Rule | None = None


@dataclass
class Order:
    """A rule that stands: how many calls of each object it has seen, and how often it has struck."""

    number: int
    rule: Rule
    seen: Counter[str] = field(default_factory=Counter)
    struck: int = 0

    def meets(self, call: Meeting, seed: int) -> bool:
        """Whether the rule would strike this call, which it counts if it is one of its own."""
        if not self._matches(call):
            return False
        self.seen[call.moid] += 1
        if self.seen.total() < self.rule.nth:
            return False
        # Not a secret: the same seed has to give the same faults. Drawn for each object by itself, so that it does
        # not matter in which order the calls of several workers arrive.
        dice = random.Random(f"{seed}:{self.number}:{call.moid}:{self.seen[call.moid]}")  # noqa: S311
        return dice.random() < self.rule.probability

    def _matches(self, call: Meeting) -> bool:
        rule, host = self.rule, call.host
        if rule.method not in ("*", call.method):
            return False
        if rule.user is not None and rule.user.lower() != call.user.lower():
            return False
        if (rule.action in ON_HOSTS and host is None) or (
            rule.action == "partial" and list_parameter(call.method) is None
        ):
            return False
        names = {call.moid, host.name, host.moid} if host else {call.moid}
        return rule.object is None or rule.object in names

    @property
    def used_up(self) -> bool:
        """Whether the rule has struck as often as it may."""
        return self.rule.times is not None and self.struck >= self.rule.times

    def plain(self) -> dict[str, Value]:
        """The rule with its number and what it has done so far."""
        return {**self.rule.plain(), "id": self.number, "seen": self.seen.total(), "struck": self.struck}


class Mishaps:
    """The orders that stand, oldest first. Whoever uses them holds the world's lock."""

    def __init__(self) -> None:
        self.seed = 0
        self.orders: list[Order] = []
        self._last = 0

    def add(self, rule: Rule) -> int:
        """One more order; its number."""
        self._last += 1
        self.orders.append(Order(self._last, rule))
        return self._last

    def fail_next(self, method: str, action: str, host: str | None, times: int, phase: str) -> None:
        """Orders a failure; ValueError if the order makes no sense."""
        order = {"method": method, "action": action, "times": times, "phase": phase}
        self.add(read_rule({**order, "object": host} if host is not None else order))

    def take(self, call: Meeting) -> Verdict:
        """What this call meets. Waits add up; of everything else the oldest strikes, later ones only count the call."""
        waits = {"before": 0.0, "after": 0.0}
        rule: Rule | None = None
        for order in list(self.orders):
            waiting = order.rule.action == "latency"
            if not order.meets(call, self.seed) or (rule is not None and not waiting):
                continue
            order.struck += 1
            if waiting:
                waits[order.rule.phase] += order.rule.seconds
            else:
                rule = order.rule
            if order.used_up:
                self.orders.remove(order)
        return Verdict(waits["before"], waits["after"], rule)

    def remove(self, number: int) -> None:
        """Takes an order back; LookupError if none has that number."""
        kept = [order for order in self.orders if order.number != number]
        if len(kept) == len(self.orders):
            raise LookupError(f"no rule has the id {number}")
        self.orders = kept

    def clear(self) -> None:
        """Forgets all orders."""
        self.orders.clear()


@dataclass(frozen=True)
class Scene:
    """A call that has met a rule: ``work`` does what the call does, with the arguments it is given."""

    rule: Rule
    method: str
    arguments: dict[str, Value]
    target: Value
    host: Host | None
    privilege: str
    work: Callable[[dict[str, Value]], Value]

    def play(self) -> Value:
        """The call's result, or what was ordered instead."""
        deed = {"ignore": self._ignore, "partial": self._partial, "stale": self._stale}.get(self.rule.action)
        if deed is not None:
            return deed()
        if self.rule.phase == "before":
            self._strike()
            return self.work(self.arguments)
        result = self.work(self.arguments)
        self._strike()
        return result

    def _strike(self) -> None:
        action = self.rule.action
        if action == "drop":
            raise Dropped
        if action == "http503":
            raise Unavailable
        if action == "disconnect" and self.host is not None:
            self.host.connection_state = self.rule.state
            if self.rule.fault:
                raise self._fault(self.rule.fault)
        elif action != "disconnect":
            raise self._fault(action)

    def _fault(self, name: str) -> Fault:
        kind = wsdl_type(name)
        entity = self.host or self.target
        told = {"object": entity.ref, "privilegeId": self.privilege} if issubclass(kind, vim.fault.NoPermission) else {}
        where = f" on {self.host.name}" if self.host else ""
        return Fault(build(kind, **told), f"{name} as ordered for {self.method}{where}")

    def _ignore(self) -> Value:
        host = self._its_host()
        kept = host.config
        result = self.work(self.arguments)
        host.config = kept
        return result

    def _partial(self) -> Value:
        name = list_parameter(self.method) or ""
        parts = self.arguments[name]
        self.work({**self.arguments, name: type(parts)(parts[: self.rule.parts])})
        raise self._fault(self.rule.fault or "SystemError")

    def _stale(self) -> Value:
        host = self._its_host()
        kept = host.config
        result = self.work(self.arguments)
        host.fall_behind(kept, self.rule.reads, everywhere=self.rule.scope == "all")
        return result

    def _its_host(self) -> Host:
        if self.host is None:
            raise LookupError(f"{self.method} is not a call on a host")
        return self.host
