import asyncio
import random
from bisect import bisect_right
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.downloader import pool as pool_module
from crawler.downloader.pool import FIRST_PAUSE, LONGEST_PAUSE, MAX_PAUSES, Pool, ShutOut, Spent

EPOCH = 1_700_000_000.0


class Clock:
    """Virtual time: ``sleep`` moves it on, a little further than asked, as a busy event loop does."""

    def __init__(self, lateness: Callable[[], float] = lambda: 0.0) -> None:
        self.now = 1000.0
        self.lateness = lateness

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return EPOCH + self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds + self.lateness()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    install(clock, monkeypatch)
    return clock


def install(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module.time, "monotonic", clock.monotonic)
    monkeypatch.setattr(pool_module.time, "time", clock.time)
    monkeypatch.setattr(pool_module.asyncio, "sleep", clock.sleep)


def run(awaitable: Awaitable[float]) -> float:
    """Drives a coroutine that never really waits."""
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits for something real")


def turns(pool: Pool, count: int) -> list[float]:
    return [run(pool.wait_turn()) for _ in range(count)]


def busiest_minute(moments: list[float]) -> int:
    """The most requests in any 60 s, both ends counted."""
    return max(bisect_right(moments, moment + 60.0) - index for index, moment in enumerate(moments))


RATES = (1, 2, 7, 24, 59, 60, 61, 98, 240, 480, 4800)


@pytest.mark.parametrize("per_minute", RATES)
def test_under_steady_demand_97_percent_of_the_budget_are_used_and_never_more_than_all(
    per_minute: int, clock: Clock
) -> None:
    moments = turns(Pool("cdx", per_minute), per_minute * 5 + 2)
    assert busiest_minute(moments) <= per_minute
    used = (len(moments) - 1) / (moments[-1] - moments[0]) * 60 / per_minute
    assert 0.97 <= used <= 1


@settings(max_examples=150)
@given(
    per_minute=st.sampled_from(RATES[:-1]) | st.integers(1, 300),
    seed=st.integers(),
    late=st.sampled_from([0.0, 0.05, 0.5, 3.0, 90.0]),
    idle=st.sampled_from([0.0, 0.1, 2.0, 200.0]),
)
def test_no_60_s_see_more_than_the_budget_whatever_is_late_or_idle(
    per_minute: int, seed: int, late: float, idle: float
) -> None:
    rng = random.Random(seed)
    clock = Clock(lambda: rng.choice((0.0, rng.random() * late)))
    with pytest.MonkeyPatch.context() as patched:
        install(clock, patched)
        pool = Pool("cdx", per_minute)
        moments = []
        for _ in range(min(3 * per_minute + 3, 400)):
            if rng.random() < 0.2:
                clock.now += rng.random() * idle
            moments.append(run(pool.wait_turn()))
    assert busiest_minute(moments) <= per_minute


@pytest.mark.parametrize("late", [0.002, 0.1, 0.5])
def test_a_late_event_loop_costs_nothing_of_the_budget(late: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    install(Clock(lambda: rng.random() * late), monkeypatch)
    moments = turns(Pool("playback", 480), 480 * 4)
    assert (len(moments) - 1) / (moments[-1] - moments[0]) * 60 / 480 >= 0.97


def test_many_waiting_at_once_go_one_by_one(clock: Clock) -> None:
    pool = Pool("playback", 480)

    async def all_at_once() -> list[float]:
        return await asyncio.gather(*(pool.wait_turn() for _ in range(100)))

    moments = sorted(asyncio.run(all_at_once()))
    assert len(set(moments)) == 100
    assert busiest_minute(moments) <= 480
    assert pool.sent == 100


def test_one_who_stops_waiting_does_not_hold_up_the_next(clock: Clock) -> None:
    pool = Pool("cdx", 24)

    async def cancel_one() -> float:
        holder, waiting, last = (asyncio.ensure_future(pool.wait_turn()) for _ in range(3))
        waiting.cancel()
        await holder
        return await last

    asyncio.run(cancel_one())
    assert pool.sent == 2


def test_0_is_no_limit(clock: Clock) -> None:
    moments = turns(Pool("cdx", 0), 10_000)
    assert moments[0] == moments[-1]


# --- pauses


def test_a_429_stops_the_pool_for_retry_after(clock: Clock) -> None:
    pool = Pool("cdx", 24)
    sent_at = run(pool.wait_turn())
    assert pool.pause(7.0, sent_at=sent_at) == 7.0
    assert pool.paused_for == 7.0
    assert run(pool.wait_turn()) >= sent_at + 7.0


def test_a_short_retry_after_does_not_hasten_the_pace(clock: Clock) -> None:
    pool = Pool("cdx", 24)
    sent_at = run(pool.wait_turn())
    pool.pause(0.1, sent_at=sent_at)
    assert run(pool.wait_turn()) >= sent_at + 60 / 24


def test_a_retry_after_that_was_too_short_is_not_taken_at_its_word_again(clock: Clock) -> None:
    pool = Pool("cdx", 0)
    pauses = [pool.pause(0.0, sent_at=run(pool.wait_turn())) for _ in range(MAX_PAUSES)]
    assert pauses == [0, 1, 2, 4, 8]


def test_without_retry_after_it_is_a_minute_and_doubling(clock: Clock) -> None:
    pool = Pool("cdx", 24)
    pauses = [pool.pause(None, sent_at=run(pool.wait_turn())) for _ in range(MAX_PAUSES)]
    assert pauses == [FIRST_PAUSE * 2**n for n in range(MAX_PAUSES)]


def test_an_answer_after_the_pause_ends_the_doubling(clock: Clock) -> None:
    pool = Pool("cdx", 24)
    for _ in range(3):
        pool.pause(None, sent_at=run(pool.wait_turn()))
    pool.answered(sent_at=run(pool.wait_turn()))
    assert pool.pause(None, sent_at=run(pool.wait_turn())) == FIRST_PAUSE


def test_a_late_answer_to_a_request_from_before_the_pause_does_not_end_the_doubling(clock: Clock) -> None:
    pool = Pool("playback", 480)
    before, refused = turns(pool, 2)
    pool.pause(None, sent_at=refused)
    pool.answered(sent_at=before)
    assert pool.pause(None, sent_at=run(pool.wait_turn())) == 2 * FIRST_PAUSE


def test_refusals_of_requests_that_were_under_way_count_once(clock: Clock) -> None:
    pool = Pool("playback", 480)
    under_way = turns(pool, 50)
    clock.now += 1.0
    assert pool.pause(None, sent_at=under_way[0]) == FIRST_PAUSE
    clock.now += 2.0
    for sent_at in under_way[1:]:
        assert pool.pause(None, sent_at=sent_at) == pytest.approx(FIRST_PAUSE - 2.0)
    assert pool.pause(None, sent_at=run(pool.wait_turn())) == 2 * FIRST_PAUSE


def test_the_pace_after_a_pause_is_the_pace_before_it(clock: Clock) -> None:
    pool = Pool("playback", 480)
    moments = turns(pool, 480)
    pool.pause(3.0, sent_at=moments[-1])
    moments += turns(pool, 960)
    assert busiest_minute(moments) <= 480


def test_429_after_each_of_several_pauses_shuts_the_crawl_out(clock: Clock) -> None:
    pool = Pool("cdx", 24)
    for _ in range(MAX_PAUSES):
        pool.pause(1.0, sent_at=run(pool.wait_turn()))
    with pytest.raises(ShutOut, match="429"):
        pool.pause(1.0, sent_at=run(pool.wait_turn()))


@pytest.mark.parametrize("seconds", [LONGEST_PAUSE + 1, 10 * 365 * 86_400, float("inf")])
def test_to_be_asked_to_wait_for_hours_is_to_be_shut_out_for_a_day_at_most(seconds: float, clock: Clock) -> None:
    pool = Pool("cdx", 24)
    with pytest.raises(ShutOut, match="wait"):
        pool.pause(seconds, sent_at=run(pool.wait_turn()))
    assert pool.paused_for == min(seconds, 86_400)


def test_pauses_of_long_ago_do_not_count(clock: Clock) -> None:
    pool = Pool("cdx", 24)
    for _ in range(MAX_PAUSES):
        pool.pause(1.0, sent_at=run(pool.wait_turn()))
    clock.now += 3600
    assert pool.pause(None, sent_at=run(pool.wait_turn())) == FIRST_PAUSE


def test_a_pool_sends_no_more_than_its_run_may(clock: Clock) -> None:
    pool = Pool("cdx", 0, requests=3)
    assert pool.left == 3
    turns(pool, 3)
    assert pool.left == 0
    with pytest.raises(Spent):
        turns(pool, 1)
    assert pool.sent == 3


def test_what_requests_wait_for_their_turn_is_counted_once(clock: Clock) -> None:
    pool = Pool("cdx", 24)
    moments = turns(pool, 5)
    assert pool.waited == pytest.approx(moments[-1] - moments[0])
