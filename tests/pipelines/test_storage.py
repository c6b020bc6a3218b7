"""Items become rows and records: all of them, whole, and settled once they are there."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from scrapy.utils.test import get_crawler
from warcio.archiveiterator import ArchiveIterator

from pipelines import storage
from pipelines.dataset.digests import sha1_base32
from pipelines.dataset.warc_reading import sound_captures
from pipelines.schema import CAPTURES, POLICIES
from pipelines.storage import StoragePipeline
from tests.support.snapshots import URL, item, snapshot
from tests.support.storage import SETTINGS, Account, opened, process, stored, until
from tests.support.warc import RECORDS, cdxj_lines, write_warc

BODY = b"<p>We sell no data.</p>"


def columns(path: Path) -> list[tuple[str, bool]]:
    return [(field.name, field.nullable) for field in pq.read_schema(path)]


def test_a_part_is_begun_before_its_file_is_seen_and_finished_after(tmp_path: Path) -> None:
    account = Account(tmp_path)

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            await process(pipeline, item(1))
            await process(pipeline, item(2, text=None))
            await pipeline.flush()

    asyncio.run(work())
    assert account.told == [
        ("warcs", "crawl-00000.warc.gz", []),
        ("begin", "part-1.parquet", 1, [1, 2], []),
        ("finish", "part-1.parquet", ["part-1.parquet"]),
    ]
    assert columns(tmp_path / "policies" / "part-1.parquet") == [(field.name, field.nullable) for field in POLICIES]


def test_the_next_pipeline_gets_the_row_and_can_not_change_what_is_stored(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            row = await process(pipeline, item(1))
            assert row is not None and row["policy_url"] == URL and row["warc_file"] == "crawl-00000.warc.gz"
            row["text"] = "changed"
            assert await process(pipeline, item(2, text=None)) is None, "only its bytes are kept"

    asyncio.run(work())
    assert [row["text"] for row in stored(tmp_path)] == ["We sell no data."]


def test_items_of_other_spiders_pass_untouched(tmp_path: Path) -> None:
    async def work() -> None:
        pipeline = StoragePipeline.from_crawler(get_crawler(settings_dict=SETTINGS | {"DATA_DIR": str(tmp_path)}))
        thing = {"answer": 42}
        assert await pipeline.process_item(thing) is thing
        await pipeline.close_spider()

    asyncio.run(work())
    assert list(tmp_path.iterdir()) == []


def test_rows_and_records_are_counted_in_scrapys_stats(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            await process(pipeline, item(1))
            await process(pipeline, item(2, text=None))
            await pipeline.flush()
            stats = pipeline.stats
            assert (stats.get_value("wayback/warc_records"), stats.get_value("wayback/rows")) == (2, 1)

    asyncio.run(work())


def test_a_row_says_where_its_bytes_are(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            for number in range(3):
                await process(pipeline, item(number, policy_url=f"{URL}/{number}", body=b"%d" % number))

    asyncio.run(work())
    rows = stored(tmp_path)
    assert len(rows) == 3
    for row in rows:
        with (tmp_path / "warc" / row["warc_file"]).open("rb") as file:
            file.seek(row["warc_offset"])
            record = next(iter(ArchiveIterator(file)))
            assert record.rec_headers.get_header("WARC-Target-URI") == row["policy_url"]


def test_what_was_served_on_the_way_is_written_first_and_all_is_settled_together(tmp_path: Path) -> None:
    account = Account(tmp_path)
    redirect = snapshot(policy_url="http://example.com/old", http_status=301, body=b"")

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            found = item(1)
            found.settles, found.passed = (1, 2), (redirect,)
            await process(pipeline, found)

    asyncio.run(work())
    written = [record.url for record in sound_captures(tmp_path / "warc" / "crawl-00000.warc.gz")]
    assert written == ["http://example.com/old", URL]
    assert account.told[1][:4] == ("begin", "part-1.parquet", 1, [1, 2])
    (row,) = stored(tmp_path)
    assert row["warc_offset"] > 0


@pytest.mark.parametrize(("digest", "verified"), [(None, None), ("A" * 32, False), (sha1_base32([BODY]), True)])
def test_a_row_says_whether_its_bytes_have_the_indexs_digest(
    digest: str | None, verified: bool | None, tmp_path: Path
) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            await process(pipeline, item(1, body=BODY, archive_digest=digest))

    asyncio.run(work())
    assert [row["digest_verified"] for row in stored(tmp_path)] == [verified]


def test_each_warc_file_has_its_index_at_the_end_also_one_of_a_crawl_that_was_killed(tmp_path: Path) -> None:
    (folder := tmp_path / "warc").mkdir()
    write_warc(folder / "killed-00000.warc.gz", RECORDS)

    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            await process(pipeline, item(1))

    asyncio.run(work())
    indexes = {path.name: len(cdxj_lines(path)) for path in folder.glob("*.cdxj")}
    assert indexes == {"killed-00000.cdxj": len(RECORDS), "crawl-00000.cdxj": 1}


def test_captures_without_a_text_make_no_file_but_are_settled(tmp_path: Path) -> None:
    account = Account(tmp_path)

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            await process(pipeline, item(7, text=None))

    asyncio.run(work())
    assert [told[0] for told in account.told] == ["warcs", "begin", "finish"]
    assert stored(tmp_path) == []


def test_nothing_to_write_writes_nothing(tmp_path: Path) -> None:
    account = Account(tmp_path)

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            await pipeline.flush()

    asyncio.run(work())
    assert (account.told, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize("due", [{"FLUSH_ROWS": 2}, {"FLUSH_BYTES": 20}, {"FLUSH_SECONDS": 0}])
def test_rows_are_written_when_they_are_many_or_large_or_old(
    due: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_TICK", 0.01)

    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path), **due) as pipeline:
            await process(pipeline, item(1))
            await process(pipeline, item(2, policy_url="http://example.com/2"))
            await until(lambda: len(stored(tmp_path)) == 2)

    asyncio.run(work())


def test_rows_that_are_few_small_and_young_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_TICK", 0.001)
    looks = 0

    def looked() -> bool:
        nonlocal looks
        looks += 1
        return False

    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            pipeline._is_ending = looked
            await process(pipeline, item(1))
            await until(lambda: looks > 3)
            assert stored(tmp_path) == []
        assert len(stored(tmp_path)) == 1

    asyncio.run(work())


def test_rows_in_the_middle_of_a_flush_are_not_lost_when_the_spider_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_TICK", 0.001)
    account = Account(tmp_path)
    begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow(name: str) -> None:
        begun.set()
        await may_go_on.wait()

    monkeypatch.setattr(account, "finish_part", slow)

    async def work() -> None:
        async with opened(tmp_path, account, FLUSH_ROWS=1) as pipeline:
            await process(pipeline, item(1))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.01, may_go_on.set)
        assert pipeline.stats.get_value("wayback/rows") == 1, "the flush came to its end"

    asyncio.run(work())
    assert account.errors == []


def test_two_flushes_at_once_write_each_row_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            for number in range(5):
                await process(pipeline, item(number, policy_url=f"{URL}/{number}"))
            await asyncio.gather(pipeline.flush(), pipeline.flush(), pipeline.flush())

    asyncio.run(work())
    assert len(stored(tmp_path)) == 5


def test_a_part_that_cannot_be_written_leaves_no_file_and_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(tmp_path)

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            await process(pipeline, item(1))

    asyncio.run(work())
    assert [str(error) for error in account.errors] == ["[Errno 28] No space left on device"]
    assert list(tmp_path.glob("policies/*")) == []
    assert [told[0] for told in account.told] == ["warcs", "begin"]


def test_after_a_failure_nothing_more_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later row could refer to bytes that did not get to disk; and the next run settles what is here, or drops it."""
    account = Account(tmp_path)

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            await process(pipeline, item(1))
            with monkeypatch.context() as patched:
                patched.setattr(account, "next_part", gone)
                await pipeline.flush()
            await process(pipeline, item(2, policy_url="http://example.com/2"))
            account.changed = {0: 1}

    asyncio.run(work())
    assert [str(error) for error in account.errors] == ["the ledger is gone"], "said once"
    assert stored(tmp_path) == [] and not (tmp_path / "captures").exists()
    assert [told[0] for told in account.told] == ["warcs"]


async def gone() -> str:
    raise RuntimeError("the ledger is gone")


def test_bytes_that_can_not_be_written_are_reported_and_make_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(tmp_path)
    (tmp_path / "warc").write_text("in the way")

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            assert await process(pipeline, item(1)) is None

    asyncio.run(work())
    assert len(account.errors) == 1 and "warc" in str(account.errors[0])
    assert account.told == []


def test_an_item_in_the_middle_of_being_kept_when_the_spider_closes_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(tmp_path)
    begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow(names: Iterable[str]) -> None:
        begun.set()
        await may_go_on.wait()

    monkeypatch.setattr(account, "register_warcs", slow)

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            keeping = asyncio.ensure_future(process(pipeline, item(1)))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.01, may_go_on.set)
        assert await keeping is not None
        assert await process(pipeline, item(2, policy_url="http://example.com/2")) is None, "it came after the close"

    asyncio.run(work())
    assert [row["policy_url"] for row in stored(tmp_path)] == [URL] and account.errors == []


def test_a_failure_while_the_crawl_runs_is_reported_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(tmp_path)
    monkeypatch.setattr(storage, "_TICK", 0.01)

    monkeypatch.setattr(account, "next_part", gone)

    async def work() -> None:
        async with opened(tmp_path, account, FLUSH_ROWS=1) as pipeline:
            await process(pipeline, item(1))
            await until(lambda: bool(account.errors))

    asyncio.run(work())
    assert "the ledger is gone" in str(account.errors[0])


CAPTURE_ROW = (
    "web.archive.org", "example.com", URL, "20040215123005", "A", "text/html", 200, 1000, "stored", None, None, None,
    None,
)  # fmt: skip


def test_files_of_the_ledgers_tables_are_replaced_whole(tmp_path: Path) -> None:
    account = Account(tmp_path)
    path = tmp_path / "captures" / "00003.parquet"

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            for count in (1, 2):
                account.rows, account.changed = [CAPTURE_ROW] * count, {3: count}
                await pipeline.write_tables()
                assert pq.read_table(path).num_rows == count

    asyncio.run(work())
    assert columns(path) == [(field.name, field.nullable) for field in CAPTURES]
    assert list(path.parent.iterdir()) == [path]
    assert account.changed == {}


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)):
            pass

    asyncio.run(work())
    assert not (tmp_path / "captures").exists()
