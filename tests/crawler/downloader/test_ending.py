"""How long a crawl that ends waits for what is under way."""

from __future__ import annotations

import asyncio
import time

import pytest

from crawler.downloader.ending import Ended, Ending


def test_the_patience_is_counted_from_the_end_for_all_that_is_awaited() -> None:
    """Else an answer that comes at the last moment, and the text that is made of it, would be waited for twice."""

    async def two_in_a_row() -> float:
        ending = Ending()
        ending.set()
        since = time.monotonic()
        for _ in range(10):
            with pytest.raises(Ended):
                await ending.unless(asyncio.sleep(60), patience=0.3)
        return time.monotonic() - since

    assert asyncio.run(two_in_a_row()) < 2


def test_what_is_there_in_time_is_taken_after_the_end_too() -> None:
    async def late() -> str:
        ending = Ending()
        ending.set()
        return await ending.unless(asyncio.sleep(0.01, "an answer"), patience=60)

    assert asyncio.run(late()) == "an answer"
