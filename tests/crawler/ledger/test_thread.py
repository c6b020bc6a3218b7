"""The ledger's thread, as the storage of items uses it."""

import asyncio
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crawler.ledger import Ledger
from crawler.ledger.captures import Judged
from crawler.ledger.thread import LedgerThread
from pipelines.outcomes import DomainOutcome
from tests.support.snapshots import URL, item
from tests.support.storage import opened, process, stored


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

    asyncio.run(store())
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
