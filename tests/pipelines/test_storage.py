import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler
from warcio.archiveiterator import ArchiveIterator

from crawler.ledger import Ledger
from crawler.ledger.captures import Judged
from crawler.ledger.thread import LedgerThread
from pipelines import storage
from pipelines.dataset.digests import sha1_base32
from pipelines.dataset.rows import write_rows
from pipelines.dataset.warc_reading import sound_captures
from pipelines.document import Item
from pipelines.outcomes import DomainOutcome
from pipelines.schema import CAPTURES, POLICIES
from pipelines.storage import StoragePipeline
from tests.support.snapshots import URL, item, snapshot
from tests.support.warc import RECORDS, cdxj_lines, write_warc

BODY = b"<p>We sell no data.</p>"
SETTINGS = {"FLUSH_SECONDS": 3600, "FLUSH_ROWS": 1000, "FLUSH_BYTES": 1 << 30, "USER_AGENT": "wayback-policies/0.1.0"}


class Account:
    """A ledger that notes what it is told, and which part files stood there at that moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[tuple[Any, ...]] = []
        self.errors: list[Exception] = []
        self.changed: dict[int, int] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.parts = 0
        self.synced: dict[str, int] = {}

    def _note(self, what: str, *more: Any) -> None:
        self.told.append((what, *more, sorted(path.name for path in self.folder.glob("policies/*"))))

    async def next_part(self) -> str:
        self.parts += 1
        return f"part-{self.parts}.parquet"

    async def begin_part(self, name: str, rows: int, captures: Sequence[int], warcs: Mapping[str, int]) -> None:
        self.synced |= warcs
        sizes = {path.name: path.stat().st_size for path in self.folder.glob("warc/crawl-*.warc.gz")}
        assert self.synced == sizes, "the records are on disk before a row refers to them"
        self._note("begin", name, rows, list(captures))

    async def finish_part(self, name: str) -> None:
        self._note("finish", name)

    async def register_warcs(self, names: Iterable[str]) -> None:
        self._note("warcs", *names)

    async def outdated(self) -> list[tuple[int, int]]:
        return list(self.changed.items())

    async def caught_up(self, file: int, changes: int) -> None:
        if self.changed[file] == changes:
            del self.changed[file]

    def write_tables(self, file: int) -> None:
        write_rows(self.folder / "captures" / f"{file:05d}.parquet", CAPTURES, ([row] for row in self.rows))

    def storage_failed(self, error: Exception) -> None:
        self.errors.append(error)


@contextlib.asynccontextmanager
async def opened(folder: Path, ledger: Any, **settings: Any) -> AsyncIterator[StoragePipeline]:
    crawler = get_crawler(settings_dict=SETTINGS | {"DATA_DIR": str(folder)} | settings)
    pipeline = StoragePipeline.from_crawler(crawler)
    pipeline.begin("crawl", ledger, lambda: False)
    try:
        yield pipeline
    finally:
        await pipeline.close_spider()


async def process(pipeline: StoragePipeline, fetched: Item) -> dict[str, Any] | None:
    """What the next pipeline gets; ``None`` where it gets nothing."""
    try:
        return await pipeline.process_item(fetched)
    except DropItem:
        return None


async def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition; fails after a minute."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


def stored(folder: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob("policies/*.parquet")) for row in pq.read_table(path).to_pylist()]


def columns(path: Path) -> list[tuple[str, bool]]:
    return [(field.name, field.nullable) for field in pq.read_schema(path)]


def run(work: Awaitable[None]) -> None:
    asyncio.run(work)  # type: ignore[arg-type]


def test_a_part_is_begun_before_its_file_is_seen_and_finished_after(tmp_path: Path) -> None:
    account = Account(tmp_path)

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            await process(pipeline, item(1))
            await process(pipeline, item(2, text=None))
            await pipeline.flush()

    run(work())
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

    run(work())
    assert [row["text"] for row in stored(tmp_path)] == ["We sell no data."]


def test_items_of_other_spiders_pass_untouched(tmp_path: Path) -> None:
    async def work() -> None:
        pipeline = StoragePipeline.from_crawler(get_crawler(settings_dict=SETTINGS | {"DATA_DIR": str(tmp_path)}))
        thing = {"answer": 42}
        assert await pipeline.process_item(thing) is thing
        await pipeline.close_spider()

    run(work())
    assert list(tmp_path.iterdir()) == []


def test_rows_and_records_are_counted_in_scrapys_stats(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            await process(pipeline, item(1))
            await process(pipeline, item(2, text=None))
            await pipeline.flush()
            stats = pipeline.stats
            assert (stats.get_value("wayback/warc_records"), stats.get_value("wayback/rows")) == (2, 1)

    run(work())


def test_a_row_says_where_its_bytes_are(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            for number in range(3):
                await process(pipeline, item(number, policy_url=f"{URL}/{number}", body=b"%d" % number))

    run(work())
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

    run(work())
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

    run(work())
    assert [row["digest_verified"] for row in stored(tmp_path)] == [verified]


def test_each_warc_file_has_its_index_at_the_end_also_one_of_a_crawl_that_was_killed(tmp_path: Path) -> None:
    (folder := tmp_path / "warc").mkdir()
    write_warc(folder / "killed-00000.warc.gz", RECORDS)

    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            await process(pipeline, item(1))

    run(work())
    indexes = {path.name: len(cdxj_lines(path)) for path in folder.glob("*.cdxj")}
    assert indexes == {"killed-00000.cdxj": len(RECORDS), "crawl-00000.cdxj": 1}


def test_captures_without_a_text_make_no_file_but_are_settled(tmp_path: Path) -> None:
    account = Account(tmp_path)

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            await process(pipeline, item(7, text=None))

    run(work())
    assert [told[0] for told in account.told] == ["warcs", "begin", "finish"]
    assert stored(tmp_path) == []


def test_nothing_to_write_writes_nothing(tmp_path: Path) -> None:
    account = Account(tmp_path)

    async def work() -> None:
        async with opened(tmp_path, account) as pipeline:
            await pipeline.flush()

    run(work())
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

    run(work())


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

    run(work())


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

    run(work())
    assert account.errors == []


def test_two_flushes_at_once_write_each_row_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)) as pipeline:
            for number in range(5):
                await process(pipeline, item(number, policy_url=f"{URL}/{number}"))
            await asyncio.gather(pipeline.flush(), pipeline.flush(), pipeline.flush())

    run(work())
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

    run(work())
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

    run(work())
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

    run(work())
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

    run(work())
    assert [row["policy_url"] for row in stored(tmp_path)] == [URL] and account.errors == []


def test_a_failure_while_the_crawl_runs_is_reported_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(tmp_path)
    monkeypatch.setattr(storage, "_TICK", 0.01)

    monkeypatch.setattr(account, "next_part", gone)

    async def work() -> None:
        async with opened(tmp_path, account, FLUSH_ROWS=1) as pipeline:
            await process(pipeline, item(1))
            await until(lambda: bool(account.errors))

    run(work())
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

    run(work())
    assert columns(path) == [(field.name, field.nullable) for field in CAPTURES]
    assert list(path.parent.iterdir()) == [path]
    assert account.changed == {}


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(tmp_path, Account(tmp_path)):
            pass

    run(work())
    assert not (tmp_path / "captures").exists()


def test_with_the_real_ledger_a_fetched_capture_is_settled_with_its_row(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    crawl_id = ledger.begin_crawl({}, "web.archive.org")
    domain_id, _ = ledger.domains.open(crawl_id, "example.com")
    ledger.captures.plan_given(domain_id, URL, "20040215123005")
    (work,) = ledger.captures.claim(crawl_id, 1, 0)
    ledger.captures.fetched(
        work.id, Judged("stored", content_key="t", stored_url=URL, status=200, kind="privacy_policy")
    )
    errors: list[Exception] = []

    async def store() -> None:
        thread = LedgerThread(tmp_path, crawl_id, ledger, errors.append)
        async with opened(tmp_path, thread) as pipeline:
            await process(pipeline, item(work.id))
        thread.close()

    run(store())
    assert errors == []
    assert [row["policy_url"] for row in stored(tmp_path)] == [URL]
    (row,) = pq.read_table(tmp_path / "captures").to_pylist()
    assert (row["policy_url"], row["outcome"], row["http_status"]) == (URL, "stored", 200)
    again = Ledger(tmp_path)
    again.recover()
    assert again.captures.claim(crawl_id, 1, 0) == []
    again.close()


@pytest.mark.parametrize("name", ["what?", "no#1", "a%41b", "50% of data"])
def test_a_data_dir_may_have_any_name(name: str, tmp_path: Path) -> None:
    (folder := tmp_path / name).mkdir()
    ledger = Ledger(folder)
    crawl_id = ledger.begin_crawl({}, "web.archive.org")
    domain_id, _ = ledger.domains.open(crawl_id, "example.com")
    ledger.domains.close(domain_id, DomainOutcome.NOT_ARCHIVED, "nothing there")
    thread = LedgerThread(folder, crawl_id, ledger, lambda error: None)
    thread.write_tables(0)
    assert pq.read_table(folder / "domains")["domain"].to_pylist() == ["example.com"]
    thread.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
