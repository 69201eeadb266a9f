# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stale reads: what vCenter goes on telling of a host after a write, until it is refreshed or read often enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sdk import Value, properties
from .values import replace

if TYPE_CHECKING:
    from .world import Caller


class Lag:
    """Parts of a host's configuration as they were; ``reads`` None: until a refresh; ``everywhere``: managers too."""

    def __init__(self, reads: int | None, everywhere: bool) -> None:
        self.parts: dict[str, Value] = {}
        self.reads = reads
        self.everywhere = everywhere
        self._reader: Caller | None = None

    def keep(self, before: Value, now: Value) -> None:
        """Goes on telling what has changed since ``before``; what was behind already stays where it was."""
        for name in properties(type(now)):
            old = getattr(before, name)
            if old is not getattr(now, name):
                self.parts.setdefault(name, old)

    def told(self, config: Value, caller: Caller) -> Value:
        """The configuration as it is told. All a call reads counts once."""
        if caller is not self._reader:
            self._reader = caller
            if self.reads == 0:
                self.parts.clear()
            elif self.reads is not None:
                self.reads -= 1
        return replace(config, **self.parts) if self.parts else config

    def refreshed(self, *names: str) -> None:
        """These parts are told as they are from now on."""
        for name in names:
            self.parts.pop(name, None)
