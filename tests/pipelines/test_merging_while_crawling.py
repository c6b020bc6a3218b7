"""Part files are merged while a crawl writes more of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines import storage
from pipelines.dataset import compaction
from pipelines.dataset.reading import part_files
from pipelines.dataset.verdicts import NO_VERDICTS, Verdicts
from pipelines.processes.worker_pool import WorkerFailed, Workers
from pipelines.storage import StoragePipeline
from pipelines.timestamps import parse
from tests.support.snapshots import item
from tests.support.storage import Account, opened, process, stored, until

TIMES = [f"2001{number // 28 + 1:02}{number % 28 + 1:02}000000" for number in range(40)]


def no_verdicts() -> Verdicts:
    return NO_VERDICTS


class Ledger(Account):
    read_verdicts = staticmethod(no_verdicts)


class Elsewhere:
    """Stands for the process that merges: by ``how``, here and at once."""

    how: Callable[..., Any] = asyncio.sleep

    def __init__(self, processes: int, **limits: float) -> None:
        assert processes == 1

    async def run(self, function: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        await type(self).how(function, *args, **kwargs)

    def close(self) -> None:
        """Nothing is to end."""


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "FEW_FILES", 3)
    monkeypatch.setattr(storage, "Workers", Elsewhere)


async def write_parts(pipeline: StoragePipeline, times: Iterator[str], count: int) -> None:
    for _ in range(count):
        assert await process(pipeline, item(captured_at=parse(next(times))))
        await pipeline.flush()


def times_of(folder: Path) -> list[str]:
    return [f"{row['captured_at']:%Y%m%d%H%M%S}" for row in stored(folder)]


def test_many_part_files_become_few_and_those_written_meanwhile_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(TIMES)

    async def work() -> None:
        async with opened(tmp_path, Ledger(tmp_path)) as pipeline:

            async def slowly(function: Callable[..., None], *args: Any, **kwargs: Any) -> None:
                monkeypatch.setattr(compaction, "FEW_FILES", 1000)
                await write_parts(pipeline, times, 2)
                function(*args, **kwargs)

            monkeypatch.setattr(Elsewhere, "how", slowly)
            await write_parts(pipeline, times, 3)
            await until(lambda: any((tmp_path / "policies").glob("merged-*")))
            await write_parts(pipeline, times, 1)

    asyncio.run(work())
    assert sorted(times_of(tmp_path)) == TIMES[:6]
    assert len(part_files(tmp_path / "policies")) == 4
    assert not list(tmp_path.glob(".merging-*"))


def test_a_merge_that_fails_costs_no_row_and_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    problems = iter([WorkerFailed("the worker process died"), OSError(28, "No space left on device")])

    async def fails(*args: Any, **kwargs: Any) -> None:
        raise next(problems)

    async def work(folder: Path) -> None:
        ledger = Ledger(folder)
        async with opened(folder, ledger) as pipeline:
            await write_parts(pipeline, iter(TIMES), 3)
            await until(lambda: bool(caplog.messages))
            await write_parts(pipeline, iter(TIMES[3:]), 3)
        assert not ledger.errors

    monkeypatch.setattr(Elsewhere, "how", fails)
    for name, why in (("died", "the worker process died"), ("full", "[Errno 28] No space left on device")):
        caplog.clear()
        asyncio.run(work(tmp_path / name))
        assert sorted(times_of(tmp_path / name)) == TIMES[:6]
        assert caplog.messages == [f"No part files are merged before the crawl ends: {why}"]


def test_a_crawl_that_ends_does_not_wait_for_a_merge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[bool] = []

    async def never_ends(*args: Any, **kwargs: Any) -> None:
        begun.append(True)
        await asyncio.Event().wait()

    async def work() -> None:
        async with opened(tmp_path, Ledger(tmp_path)) as pipeline:
            await write_parts(pipeline, iter(TIMES), 3)
            await until(lambda: bool(begun))
            assert await process(pipeline, item(captured_at=parse(TIMES[3])))

    monkeypatch.setattr(Elsewhere, "how", never_ends)
    asyncio.run(work())
    assert times_of(tmp_path) == TIMES[:4]
    assert not list(tmp_path.glob(".merging-*"))


@pytest.mark.slow
@pytest.mark.slow
def test_the_merge_is_the_work_of_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "Workers", Workers)

    async def work() -> None:
        async with opened(tmp_path, Ledger(tmp_path)) as pipeline:
            await write_parts(pipeline, iter(TIMES), 3)
            await until(lambda: [path.stem for path in part_files(tmp_path / "policies")] == ["merged-000001-0001"])

    asyncio.run(work())
    assert times_of(tmp_path) == TIMES[:3]
