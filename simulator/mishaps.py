# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mishaps to order: the next call of a method fails, is dropped, or answers success and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .sdk import Fault, build, is_fault_name, wsdl_type

Phase = Literal["before", "after"]


class Dropped(Exception):
    """The connection is closed without an answer."""


class Unavailable(Exception):
    """HTTP 503 is answered."""


@dataclass
class Mishap:
    """One order. ``action`` is a fault's name, ``drop``, ``http503`` or ``ignore``; ``host`` None means any host."""

    method: str
    action: str
    host: str | None
    times: int
    phase: Phase

    def strike(self, host: str | None) -> None:
        """Does what was ordered."""
        if self.action == "drop":
            raise Dropped
        if self.action == "http503":
            raise Unavailable
        where = f" on {host}" if host else ""
        raise Fault(build(wsdl_type(self.action)), f"{self.action} as ordered for {self.method}{where}")


class Mishaps:
    """The orders not yet used up, oldest first."""

    def __init__(self) -> None:
        self._orders: list[Mishap] = []

    def fail_next(self, method: str, action: str, host: str | None, times: int, phase: str) -> None:
        """Orders a failure; ValueError if the order makes no sense."""
        if action not in ("drop", "http503", "ignore") and not is_fault_name(action):
            raise ValueError(f"{action} is neither the name of a fault nor drop or http503")
        if phase not in ("before", "after"):
            raise ValueError(f"phase is before or after, not {phase}")
        if times < 1:
            raise ValueError(f"times is at least 1, not {times}")
        self._orders.append(Mishap(method, action, host, times, "before" if phase == "before" else "after"))

    def take(self, method: str, host: str | None) -> Mishap | None:
        """The order that this call meets, used up once; None if there is none."""
        for order in self._orders:
            if order.method == method and order.host in (None, host):
                order.times -= 1
                if not order.times:
                    self._orders.remove(order)
                return order
        return None

    def clear(self) -> None:
        """Forgets all orders."""
        self._orders.clear()
