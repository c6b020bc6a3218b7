"""Slot files: what crawls of one machine know of an archive's host together, and what the next crawl knows."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import stat
import time
from pathlib import Path

import pytest

from crawler.downloader import timetable
from crawler.downloader.pool import BUDGET_HOLDS_FOR, FIRST_PAUSE, SHARE, Pool, ShutOut
from crawler.downloader.timetable import LONGEST_WAIT, SIZE, Timetable, slot_file
from tests.crawler.downloader.test_pool import Clock, busiest_minute, install, run, turns

ARCHIVE = "https://web.archive.org"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    install(clock, monkeypatch)
    return clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = slot_file(str(tmp_path / "slots"), ARCHIVE)
    assert path is not None
    return path


def pool(path: Path, per_minute: float = 24, name: str = "cdx") -> Pool:
    """A pool of a crawl that has just begun."""
    return Pool(name, per_minute, timetable=Timetable(path))


def paused(path: Path, seconds: float) -> None:
    """An archive has answered 429 with this Retry-After."""
    one = pool(path)
    one.pause(seconds, sent_at=run(one.wait_turn()))


# --- the next crawl


def test_a_pause_outlives_its_crawl(path: Path, clock: Clock) -> None:
    paused(path, 90.0)
    clock.now += 30.0
    later = pool(path)
    assert later.paused_for == pytest.approx(60.0)
    started = clock.now
    assert run(later.wait_turn()) == pytest.approx(started + 60.0)


def test_a_pause_that_is_over_holds_nobody_up(path: Path, clock: Clock) -> None:
    paused(path, 30.0)
    clock.now += 90.0
    assert (pool(path).paused_for, run(pool(path).wait_turn())) == (0.0, clock.now)


def test_a_crawl_that_is_started_again_at_once_keeps_the_pace(path: Path, clock: Clock) -> None:
    first = run(pool(path).wait_turn())
    assert run(pool(path).wait_turn()) - first >= 60 / 24


@pytest.mark.parametrize("asked", [10 * 365 * 86_400.0, float("9" * 400)])
def test_no_pause_keeps_later_crawls_out_for_more_than_a_day(asked: float, path: Path, clock: Clock) -> None:
    one = pool(path)
    with pytest.raises(ShutOut, match="wait 86400 s"):
        one.pause(asked, sent_at=run(one.wait_turn()))
    assert 0 < pool(path).paused_for <= LONGEST_WAIT
    clock.now += LONGEST_WAIT
    assert pool(path).paused_for == 0


DAYS = [-4000, -3, 3, 4000]


@pytest.mark.parametrize("days", DAYS)
def test_a_clock_that_jumps_neither_lengthens_nor_ends_a_pause(
    days: int, path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = pool(path)
    one.pause(90.0, sent_at=run(one.wait_turn()))
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0 + days * 86_400)
    assert one.paused_for == pytest.approx(90.0), "in the process that runs"
    assert pool(path).paused_for == pytest.approx(90.0), "and in the next one"


@pytest.mark.parametrize(("days", "left"), [(-3, 90.0), (0, 60.0), (3, 0.0)])
def test_when_the_machine_was_started_since_the_clock_tells_what_has_passed(
    days: int, left: float, path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that was put back meanwhile costs the whole pause once more, and never a longer one."""
    paused(path, 90.0)
    then = clock.time()
    clock.now = 5.0
    monkeypatch.setattr(timetable, "boot_id", lambda: "another start")
    monkeypatch.setattr(time, "time", lambda: then + 30.0 + days * 86_400)
    assert pool(path).paused_for == pytest.approx(left)


# --- crawls at the same time


def test_crawls_of_one_machine_keep_a_budget_together(path: Path, clock: Clock) -> None:
    pools = [pool(path, 480) for _ in range(4)]
    moments = [run(pools[number % 4].wait_turn()) for number in range(1500)]
    assert busiest_minute(moments) <= 480
    assert (len(moments) - 1) / (moments[-1] - moments[0]) * 60 >= 0.97 * 480


def test_where_budgets_differ_the_lowest_holds_as_long_as_its_crawl_asks(path: Path, clock: Clock) -> None:
    fast, free, slow = pool(path, 480), pool(path, 0), pool(path, 24)
    run(slow.wait_turn())
    assert [round(b - a, 6) for a, b in [turns(fast, 2), turns(free, 2)]] == [round(60 / (24 * SHARE), 6)] * 2
    clock.now += BUDGET_HOLDS_FOR + 1
    *_, a, b = turns(fast, 10)
    assert b - a == pytest.approx(60 / (480 * SHARE))


def test_a_crawl_that_has_ended_holds_nobody_to_its_budget(path: Path, clock: Clock) -> None:
    fast, slow = pool(path, 480), pool(path, 24)
    run(slow.wait_turn())
    slow.leave()
    *_, a, b = turns(fast, 10)
    assert b - a == pytest.approx(60 / (480 * SHARE))


def test_a_pause_of_one_crawl_pauses_the_others(path: Path, clock: Clock) -> None:
    one, other = pool(path), pool(path)
    under_way = run(other.wait_turn())
    assert one.pause(None, sent_at=run(one.wait_turn())) == FIRST_PAUSE
    assert other.paused_for == pytest.approx(FIRST_PAUSE)
    assert other.pause(None, sent_at=under_way) == pytest.approx(FIRST_PAUSE), (
        "its answer that was under way counts not again"
    )
    assert other.pause(None, sent_at=run(other.wait_turn())) == 2 * FIRST_PAUSE


def test_a_crawl_that_is_shut_out_ends_the_others_and_not_those_that_begin_later(path: Path, clock: Clock) -> None:
    one, other = pool(path), pool(path)
    clock.now += 1
    one.refused()
    with pytest.raises(ShutOut, match="another crawl"):
        run(other.wait_turn())
    clock.now += 1
    run(pool(path).wait_turn())


def test_other_pools_and_other_archives_are_not_paused(path: Path, clock: Clock, tmp_path: Path) -> None:
    paused(path, 90.0)
    assert pool(path, name="playback").paused_for == 0
    for address in ("http://127.0.0.1:8090/collection", "http://127.0.0.1:8091", "https://web.archive.org:8443"):
        other = slot_file(str(tmp_path / "slots"), address)
        assert other is not None and pool(other).paused_for == 0
    assert slot_file(str(tmp_path / "slots"), f"{ARCHIVE}:443/web") == path, "the same host and port"


def _ask(path: Path, count: int, moments: multiprocessing.Queue[float]) -> None:
    import asyncio

    async def ask() -> None:
        one = pool(path, 6000)
        for _ in range(count):
            moments.put(await one.wait_turn())

    asyncio.run(ask())


@pytest.mark.slow
def test_processes_that_ask_at_once_take_turns(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    processes = [context.Process(target=_ask, args=(path, 50, queue)) for _ in range(4)]
    for process in processes:
        process.start()
    moments = sorted(queue.get(timeout=120) for _ in range(200))
    for process in processes:
        process.join()
    pace = 60 / (6000 * SHARE)
    assert moments[-1] - moments[0] >= 199 * pace - 0.6, "no two processes took the same turn"


# --- files that are not as they should be


@pytest.mark.parametrize(
    "text",
    [
        b"garbage", b"\xff" * 5000, b"[]", b"{}", b"null", b"[" * 3000, b'{"boot": "", "pools": []}',
        b'{"boot": "", "time": "x", "monotonic": 0, "pools": {}}',
        *(
            json.dumps({"boot": "", "time": 0, "monotonic": 0, "pools": {"cdx": slot}}).encode()
            for slot in ({"next_at": "soon"}, {"next_at": float("nan")}, {"colour": 1}, {"pauses": -1}, 7)
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_damaged_or_none_of_ours_is_replaced_with_a_warning(
    text: bytes, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(text)
    assert run(pool(path).wait_turn()) == clock.now
    assert [record.message.partition(" is ")[2] for record in caplog.records] == [
        "damaged, or no slot file: it is replaced"
    ]
    assert len(path.read_bytes()) == SIZE and json.loads(path.read_bytes())["pools"]["cdx"]["per_minute"] == 24


def test_times_that_no_crawl_can_have_written_keep_nobody_out_for_more_than_a_day(path: Path, clock: Clock) -> None:
    paused(path, 90.0)
    told = json.loads(path.read_bytes())
    told["pools"]["cdx"] |= {"next_at": 1e300, "paused_until": 1e300, "refused_at": 1e300}
    path.write_text(json.dumps(told))
    assert pool(path).paused_for == LONGEST_WAIT
    clock.now += 2
    assert run(pool(path).wait_turn()) <= clock.now + LONGEST_WAIT


def a_file(folder: Path) -> Path:
    folder.write_text("in the way")
    return folder / "web.archive.org_443.json"


def not_to_be_made(folder: Path) -> Path:
    return Path("/proc/nothing/web.archive.org_443.json")


def held(folder: Path) -> Path:
    path = folder / "web.archive.org_443.json"
    path.parent.mkdir()
    timetable.try_lock(path)
    return path


@pytest.mark.parametrize("unusable", [a_file, not_to_be_made, held])
def test_where_the_file_can_not_be_used_one_warning_says_so_and_the_crawl_keeps_its_own_pauses(
    unusable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(timetable, "PATIENCE", 0.01)
    caplog.set_level(logging.WARNING)
    one = pool(unusable(tmp_path / "slots"))
    one.pause(90.0, sent_at=run(one.wait_turn()))
    assert one.paused_for == pytest.approx(90, abs=5)
    assert len(caplog.records) == 1 and "SLOTS_DIR" in caplog.text


def test_a_full_disk_costs_the_sharing_only(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "pwrite", full)
    one = pool(path)
    one.pause(90.0, sent_at=run(one.wait_turn()))
    assert one.paused_for == pytest.approx(90, abs=5)
    assert len(caplog.records) == 1


def test_without_a_folder_there_is_no_file() -> None:
    assert slot_file("", ARCHIVE) is None


def test_a_host_of_any_form_has_a_file_of_its_own(tmp_path: Path) -> None:
    hosts = ("http://[::1]:8090", "http://[::2]:8090", "http://%2e%2e:80", "http://../x", "http://" + "a." * 120 + "b")
    files = [slot_file(str(tmp_path), host) for host in hosts]
    assert len(set(files)) == len(hosts) and {path and path.parent for path in files} == {tmp_path}


def test_the_file_is_not_changed_by_looking_at_it(path: Path, clock: Clock) -> None:
    paused(path, 90.0)
    before = path.stat()
    assert pool(path).paused_for
    assert path.stat().st_mtime_ns == before.st_mtime_ns and stat.S_ISREG(before.st_mode)
