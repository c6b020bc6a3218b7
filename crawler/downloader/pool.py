"""A pool: a budget of requests a minute, paced evenly, and paused when the archive asks for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

#: Requests are paced at this share of the budget, so that a request held up for up to ``CATCH_UP`` seconds on
#: its way and the ones after it, which are not, still stay within the budget in any 60 s.
SHARE = 0.98
#: How far (seconds) the pace may lag behind its timetable and still catch up; the other part of the margin.
CATCH_UP = 0.6
#: Pause after a 429 without Retry-After; doubled each time it happens again at once.
FIRST_PAUSE = 60.0
#: Pauses in a row, each answered by another 429, after which the archive has shut us out.
MAX_PAUSES = 5
#: A longer pause than this (seconds) is no pause but a refusal: the run ends and a later one resumes.
LONGEST_PAUSE = 3600.0


class ShutOut(Exception):
    """The archive does not serve us any more; going on would lead to a longer block."""


class Pool:
    """Hands out the right to send one request, at an even pace.

    Args:
        name: ``cdx`` or ``playback``.
        per_minute: requests in any 60 s; 0 means no limit.
        next_at: Unix time before which nothing may be sent, as an earlier run left it.
        on_change: told the new ``next_at`` whenever it moves, to keep it for the next run: neither a pause nor the
            pace may be got round by starting anew.
    """

    def __init__(
        self,
        name: str,
        per_minute: float,
        *,
        next_at: float = 0.0,
        on_change: Callable[[str, float], None] = lambda name, next_at: None,
    ) -> None:
        self.name = name
        self.per_minute = per_minute
        self.interval = 60.0 / (per_minute * SHARE) if per_minute else 0.0
        self.sent = 0
        self._on_change = on_change
        ahead = max(0.0, next_at - time.time())
        self._slot = time.monotonic() + ahead
        self._paused_until = self._slot if ahead > self.interval else 0.0
        self._pauses = 0
        self._paused_at = 0.0
        self._turn = asyncio.Lock()

    @property
    def paused_for(self) -> float:
        """Seconds until the pause ends; 0 where there is none."""
        return max(0.0, self._paused_until - time.monotonic())

    async def wait_turn(self) -> float:
        """Waits until one more request may be sent; returns the moment (monotonic) it was allowed."""
        async with self._turn:
            while (wait := max(self._slot, self._paused_until) - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            now = time.monotonic()
            self._slot = max(self._slot, now - CATCH_UP) + self.interval
            self.sent += 1
            if self.interval:
                self._on_change(self.name, time.time() + self._slot - now)
            return now

    def pause(self, retry_after: float | None, *, sent_at: float) -> float:
        """The archive answered 429: stops the pool for ``retry_after`` seconds, else a minute and doubling.

        Answers to requests that were under way when the pause began do not count again.
        Returns the seconds until the pause ends. Raises ``ShutOut`` where pauses do not help.
        """
        if sent_at < self._paused_at:
            return self.paused_for
        self._pauses += 1
        seconds = retry_after if retry_after is not None else FIRST_PAUSE * 2 ** (self._pauses - 1)
        if self._pauses > 1:  # what it asked for was too short: "Retry-After: 0" would spend all pauses in a second
            seconds = max(seconds, 2.0 ** (self._pauses - 2))
        if self._pauses > MAX_PAUSES:
            raise ShutOut(f"{self.name}: HTTP 429 after each of {MAX_PAUSES} pauses")
        if seconds > LONGEST_PAUSE:
            self._on_change(self.name, time.time() + seconds)
            raise ShutOut(f"{self.name}: the archive asks to wait {seconds:.0f} s")
        self._paused_at = time.monotonic()
        self._paused_until = max(self._paused_until, self._paused_at + seconds)
        self._slot = max(self._slot, self._paused_until)
        self._on_change(self.name, time.time() + self.paused_for)
        return seconds

    def answered(self, *, sent_at: float) -> None:
        """The archive answered a request normally: if it was sent after the last pause, that one has helped."""
        if sent_at >= self._paused_until:
            self._pauses = 0
