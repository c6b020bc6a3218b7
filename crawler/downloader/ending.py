"""How a crawl ends early: a reason, a signal, and a way to stop waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")

#: Scrapy signal, sent once when a crawl ends early. Receivers get ``reason`` (a ``Reason``) and ``why`` (a sentence).
crawl_ending = object()


#: Seconds after the end for what is under way then: answers still to come, texts being extracted. Whoever stops a crawl
#: often gives it ten seconds in all (``docker stop``).
PATIENCE = 5.0


class Reason(StrEnum):
    """Why a crawl ends early; the spider closes with it (``finish_reason`` in Scrapy's stats)."""

    SHUT_OUT = "archive_shut_out"
    """The archive refuses us: 429 without end, connections refused, no answers at all."""
    BROKEN = "archive_broken"
    """The archive answers nothing but errors."""
    UNREACHABLE = "archive_unreachable"
    """The archive can't be asked from here: its name or its certificate is not known to this machine."""
    STOPPED = "stopped"
    """Someone told Scrapy to stop: Ctrl-C, SIGTERM, a closing condition of Scrapy's."""
    FAILED = "failed"
    """The spider can't go on because of an error of its own."""
    HELD = "data_dir_held"
    """The spider did not begin, since another process holds DATA_DIR."""


class Ended(Exception):
    """The crawl ends, so waiting for a turn, an answer or a worker is of no use."""


class Ending:
    """Tells those who wait for something that the crawl ends."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._set_at = 0.0

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        self._set_at = time.monotonic()
        self._event.set()

    async def unless(self, awaitable: Awaitable[T], patience: float = 0.0) -> T:
        """The awaitable's result. Raises ``Ended`` if there is none ``patience`` seconds after the crawl's end."""
        waiting = asyncio.ensure_future(awaitable)
        ended = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait((waiting, ended), return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done() and (left := self._set_at + patience - time.monotonic()) > 0:
                await asyncio.wait((waiting,), timeout=left)
            if not waiting.done():
                raise Ended
            return waiting.result()
        finally:
            waiting.cancel()
            ended.cancel()
