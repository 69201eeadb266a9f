# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a neighbour on the same machine could see while a run goes on: the process list; and which sessions it had."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from simulator import PracticeVsphere

PAUSE = 0.02


class Watch:
    """Looks at every process's command line again and again, and remembers what it saw. Linux only."""

    def __init__(self, sim: PracticeVsphere, *secrets: str) -> None:
        self._sim = sim
        self._secrets = [secret.encode() for secret in secrets]
        self._seen: set[bytes] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.cookies: set[str] = set()
        """Keys of the sessions there were: who has one is signed in."""

    def _look(self) -> None:
        while not self._end.wait(PAUSE):
            self.cookies.update(list(self._sim.world.sessions))
            for process in Path("/proc").glob("[0-9]*"):
                # It may end while it is looked at.
                with contextlib.suppress(OSError):
                    self._seen.add((process / "cmdline").read_bytes())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def saw(self, text: str) -> bool:
        """True when some process bore this in its command line."""
        return any(text.encode() in line for line in self._seen)

    @property
    def exposed(self) -> list[bytes]:
        """Command lines with a secret or a session key in them."""
        hidden = [*self._secrets, *(cookie.encode() for cookie in self.cookies)]
        return [line for line in self._seen if any(secret in line for secret in hidden)]
