"""A pool: a budget of requests per minute, paced evenly, and paused when the archive asks for it."""

from __future__ import annotations

import asyncio
import math
import time

from crawler.downloader.timetable import LONGEST_WAIT, Slot, Timetable

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
#: Seconds after a pause in which another 429 means that the pause was too short.
PAUSES_COUNT_FOR = 600.0
#: The budget of a crawl that was killed holds for this many seconds, or for twice its interval if that is longer.
BUDGET_HOLDS_FOR = 60.0


class ShutOut(Exception):
    """The archive does not serve us any more; going on would make the block longer."""


class Spent(Exception):
    """The crawl has sent as many requests of a pool as it may."""


class Pool:
    """Hands out the right to send one request, at an even pace.

    Args:
        name: ``cdx`` or ``playback``.
        per_minute: requests in any 60 s; 0 means no limit.
        requests: as many as this crawl may send in its run; 0 means no limit.
        timetable: where pace and pauses are kept. With one that other crawls share, the budget is that of all of them
            together, and the lowest one holds.
    """

    def __init__(self, name: str, per_minute: float, *, requests: int = 0, timetable: Timetable | None = None) -> None:
        self.name = name
        self.per_minute = per_minute
        self.interval = interval(per_minute)
        self.requests = requests
        self.sent = 0
        self.waited = 0.0
        """Seconds in which requests waited for their turn, those of pauses too."""
        self._timetable = timetable or Timetable()
        self._begun_at = time.monotonic()
        self._turn = asyncio.Lock()
        with self._timetable.slot(name) as slot:
            slot.next_at = max(slot.next_at, self._begun_at)  # nothing to catch up with

    @property
    def paused_for(self) -> float:
        """Seconds until the pause ends; 0 if there is none."""
        with self._timetable.slot(self.name) as slot:
            return max(0.0, slot.paused_until - time.monotonic())

    @property
    def left(self) -> float:
        """How many more requests this crawl may send in its run."""
        return self.requests - self.sent if self.requests else math.inf

    async def wait_turn(self) -> float:
        """Waits until one more request may be sent; returns the (monotonic) time of that moment.

        Raises ``ShutOut`` if another crawl was shut out since this one began, ``Spent`` if no request is ``left``.
        """
        async with self._turn:
            if not self.left:
                raise Spent
            since = time.monotonic()
            while (turn := self._take())[0] > 0:
                await asyncio.sleep(turn[0])
            self.waited += turn[1] - since
            self.sent += 1
            return turn[1]

    def _take(self) -> tuple[float, float]:
        """(seconds to wait, now). If there is nothing to wait for, the turn is taken."""
        with self._timetable.slot(self.name) as slot:
            now = time.monotonic()
            if slot.refused_at > self._begun_at:
                raise ShutOut(f"{self.name}: another crawl of this machine was refused")
            self._agree(slot, now)
            wait = max(slot.next_at, slot.paused_until) - now
            if wait <= 0 and slot.per_minute:
                slot.next_at = max(slot.next_at, now - CATCH_UP) + interval(slot.per_minute)
            return wait, now

    def _agree(self, slot: Slot, now: float) -> None:
        """The lowest budget of those who ask is the budget of all."""
        is_over = now - slot.asked_at > max(BUDGET_HOLDS_FOR, 2 * interval(slot.per_minute))
        if is_over or not slot.per_minute or 0 < self.per_minute <= slot.per_minute:
            slot.per_minute = self.per_minute
            if slot.per_minute:
                slot.asked_at = now

    def pause(self, retry_after: float | None, *, sent_at: float) -> float:
        """Stops the pool after a 429: for ``retry_after`` seconds, or for a minute, doubled each time.

        The answers to requests that were under way when the pause began do not count again. No pause is longer than
        ``LONGEST_WAIT``. Returns the seconds until the pause ends. Raises ``ShutOut`` if pauses do not help.
        """
        with self._timetable.slot(self.name) as slot:
            now = time.monotonic()
            if sent_at < slot.paused_at:
                return max(0.0, slot.paused_until - now)
            slot.pauses = 1 if now - slot.paused_until > PAUSES_COUNT_FOR else slot.pauses + 1
            seconds = retry_after if retry_after is not None else FIRST_PAUSE * 2.0 ** (slot.pauses - 1)
            if slot.pauses > 1:  # the pause before was too short: "Retry-After: 0" would spend all pauses in a second
                seconds = max(seconds, 2.0 ** (slot.pauses - 2))
            if slot.pauses > MAX_PAUSES:
                slot.pauses = 0  # whoever tries later begins anew
                raise ShutOut(f"{self.name}: HTTP 429 after each of {MAX_PAUSES} pauses")
            seconds = min(seconds, LONGEST_WAIT)
            slot.paused_at = now
            slot.paused_until = max(slot.paused_until, now + seconds)
            slot.next_at = max(slot.next_at, slot.paused_until)
            if seconds > LONGEST_PAUSE:
                raise ShutOut(f"{self.name}: the archive asks to wait {seconds:.0f} s")
            return seconds

    def answered(self, *, sent_at: float) -> None:
        """Notes a normal answer. If its request was sent after the last pause, that pause has helped."""
        with self._timetable.slot(self.name) as slot:
            if sent_at >= slot.paused_until:
                slot.pauses = 0

    def leave(self) -> None:
        """This crawl asks no more: its budget holds nobody back. Others with the same one say so when they ask next."""
        with self._timetable.slot(self.name) as slot:
            if slot.per_minute == self.per_minute:
                slot.per_minute = 0.0

    def refused(self) -> None:
        """Notes that the archive has shut this crawl out, so that the others of this machine end, too."""
        with self._timetable.slot(self.name) as slot:
            slot.refused_at = time.monotonic()


def interval(per_minute: float) -> float:
    """Seconds between two requests of a budget."""
    return 60.0 / (per_minute * SHARE) if per_minute else 0.0
