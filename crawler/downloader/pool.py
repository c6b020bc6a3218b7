"""A pool: a budget of requests per minute, paced evenly, and paused when the archive asks for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

#: Requests are paced at this share of the budget. A request may be held up on its way for ``CATCH_UP`` seconds while
#: those after it are not; with this margin, any 60 s still stay within the budget.
SHARE = 0.98
#: Seconds that the pace may lag behind its timetable and still catch up; the other part of the margin.
CATCH_UP = 0.6
#: Seconds to pause after a 429 without Retry-After; doubled if the next request is answered 429 again.
FIRST_PAUSE = 60.0
#: After this many pauses in a row, each followed by another 429, the archive has shut us out.
MAX_PAUSES = 5
#: A pause longer than this (seconds) is a refusal: the run ends, and a later one resumes.
LONGEST_PAUSE = 3600.0


class ShutOut(Exception):
    """The archive does not serve us any more; going on would make the block longer."""


class Pool:
    """Hands out the right to send one request, at an even pace.

    Args:
        name: ``cdx`` or ``playback``.
        per_minute: requests in any 60 s; 0 means no limit.
        next_at: see ``resume``.
        on_change: called with the pool's name and the Unix time of its next request whenever that time moves. Keep
            it for the next run, so that a restart skips neither a pause nor the pace.
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
        self.on_change = on_change
        self._pauses = 0
        self._paused_at = 0.0
        self._turn = asyncio.Lock()
        self.resume(next_at)

    def resume(self, next_at: float) -> None:
        """Sends nothing before the Unix time ``next_at``, as an earlier run left it."""
        ahead = max(0.0, next_at - time.time())
        self._slot = time.monotonic() + ahead
        self._paused_until = self._slot if ahead > self.interval else 0.0

    @property
    def paused_for(self) -> float:
        """Seconds until the pause ends; 0 if there is none."""
        return max(0.0, self._paused_until - time.monotonic())

    async def wait_turn(self) -> float:
        """Waits until one more request may be sent; returns the (monotonic) time of that moment."""
        async with self._turn:
            while (wait := max(self._slot, self._paused_until) - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            now = time.monotonic()
            self._slot = max(self._slot, now - CATCH_UP) + self.interval
            self.sent += 1
            if self.interval:
                self.on_change(self.name, time.time() + self._slot - now)
            return now

    def pause(self, retry_after: float | None, *, sent_at: float) -> float:
        """Stops the pool after a 429: for ``retry_after`` seconds, or for a minute, doubled each time.

        The answers to requests that were under way when the pause began do not count again.
        Returns the seconds until the pause ends. Raises ``ShutOut`` if pauses do not help.
        """
        if sent_at < self._paused_at:
            return self.paused_for
        self._pauses += 1
        seconds = retry_after if retry_after is not None else FIRST_PAUSE * 2 ** (self._pauses - 1)
        if self._pauses > 1:  # the pause before was too short: "Retry-After: 0" would spend all pauses in a second
            seconds = max(seconds, 2.0 ** (self._pauses - 2))
        if self._pauses > MAX_PAUSES:
            raise ShutOut(f"{self.name}: HTTP 429 after each of {MAX_PAUSES} pauses")
        if seconds > LONGEST_PAUSE:
            self.on_change(self.name, time.time() + seconds)
            raise ShutOut(f"{self.name}: the archive asks to wait {seconds:.0f} s")
        self._paused_at = time.monotonic()
        self._paused_until = max(self._paused_until, self._paused_at + seconds)
        self._slot = max(self._slot, self._paused_until)
        self.on_change(self.name, time.time() + self.paused_for)
        return seconds

    def answered(self, *, sent_at: float) -> None:
        """Notes a normal answer. If its request was sent after the last pause, that pause has helped."""
        if sent_at >= self._paused_until:
            self._pauses = 0
