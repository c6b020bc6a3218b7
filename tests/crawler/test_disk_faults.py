"""A disk that fails at any write of a crawl loses nothing: the crawl says so, and the next one completes the rows."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crawler.exit_codes import FAILED, FINISHED
from crawler.ledger import Ledger
from crawler.local_archive.server import open_archive, serving
from pipelines.storage import StoragePipeline
from tests.support.disk_faults import FAULTS, Fault, failing
from tests.support.hand_crawl import crawl_by_hand
from tests.support.pages import policy_page
from tests.support.processes import lasting, records_of, rows_of
from tests.support.rows import Row
from tests.support.warc import Record, moved, write_warc

pytestmark = pytest.mark.slow

DOMAIN = "shop.example"
#: Every day some of the writes are tried; each of them by ``make test-writes``.
STEPS = [pytest.param(29, id="some writes"), pytest.param(1, id="all writes", marks=pytest.mark.every_write)]
SHOP = [
    Record("20030101000000", f"http://{DOMAIN}/", '<a href="/privacy">Privacy Policy</a>'),
    Record("20040101000000", f"http://{DOMAIN}/privacy", policy_page("old@shop.example")),
    moved("20060101000000", f"http://{DOMAIN}/privacy", "/legal/privacy"),
    Record("20060101000001", f"http://{DOMAIN}/legal/privacy", policy_page("new@shop.example")),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    warc = write_warc(tmp_path_factory.mktemp("shop") / "shop.warc.gz", SHOP)
    with serving(open_archive([warc])) as url:
        yield url


def written(data_dir: Path) -> dict[str, list[Row]]:
    """The rows of a DATA_DIR, without what differs from run to run; the bytes of all rows are where these say."""
    policies = rows_of(data_dir / "policies")
    places = {(record.file, record.offset) for record in records_of(data_dir)}
    assert {(row["warc_file"], row["warc_offset"]) for row in policies} <= places
    domains = pq.read_table(data_dir / "domains").to_pylist()
    outcomes = [{name: row[name] for name in ("domain", "outcome", "reason")} for row in domains]
    return {"policies": lasting(policies), "captures": lasting(rows_of(data_dir / "captures")), "domains": outcomes}


@pytest.fixture(scope="module")
def undisturbed_rows(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    data_dir = tmp_path_factory.mktemp("undisturbed")
    assert crawl_by_hand(data_dir, url, DOMAIN) == (FINISHED, "")
    assert len(rows_of(data_dir / "policies")) == 2
    return written(data_dir)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_whichever_write_fails_the_crawl_says_so_and_the_next_one_completes_the_rows(
    fault: Fault,
    step: int,
    url: str,
    undisturbed_rows: dict[str, list[Row]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    tried = tolerated = 0
    for chosen in count(1, step):
        data_dir = tmp_path / str(chosen)
        with failing(fault, chosen) as calls:
            code, why = crawl_by_hand(data_dir, url, DOMAIN)
        if not calls.struck:
            break
        tried += 1
        said = f"write {chosen}, {calls.struck}: exit code {code}, {why!r}"
        assert code in (FAILED, FINISHED), said
        assert [record for record in caplog.records if record.exc_info] == [], f"{said}: no traceback"
        if code == FINISHED:
            tolerated += 1
            assert written(data_dir) == undisturbed_rows, said
        else:
            assert fault.words in why or f"[Errno {fault.number}]" in why, said
        assert crawl_by_hand(data_dir, url, DOMAIN) == (FINISHED, ""), said
        assert written(data_dir) == undisturbed_rows, said
        shutil.rmtree(data_dir)
    print(f"crawl | {fault.name} | {tried} of {calls.made} writes tried | {tolerated} told as done | rows lost: 0")
    assert calls.made > 300


def test_a_crawl_whose_end_can_not_be_noted_has_not_finished(
    url: str, undisturbed_rows: dict[str, list[Row]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "end_crawl", full)
        assert crawl_by_hand(tmp_path, url, DOMAIN) == (
            FAILED,
            "the dataset could not be written: database or disk is full",
        )
    assert crawl_by_hand(tmp_path, url, DOMAIN) == (FINISHED, "")
    assert written(tmp_path) == undisturbed_rows
    (row,) = pq.read_table(tmp_path / "crawls").to_pylist()
    assert row["exit_code"] == FINISHED, "it is the same crawl, resumed"


def test_tables_that_can_not_be_published_at_the_end_are_published_by_the_next_run(
    url: str, undisturbed_rows: dict[str, list[Row]], tmp_path: Path
) -> None:
    (tmp_path / "crawls").write_text("in the way")
    code, why = crawl_by_hand(tmp_path, url, DOMAIN)
    assert code == FAILED and "crawls" in why
    (tmp_path / "crawls").unlink()
    assert crawl_by_hand(tmp_path, url, DOMAIN) == (FINISHED, "")
    assert written(tmp_path) == undisturbed_rows
    assert pq.read_table(tmp_path / "crawls")["exit_code"].to_pylist() == [FINISHED]


def test_exit_code_0_is_refused_while_a_capture_is_fetched_and_not_written(
    url: str, undisturbed_rows: dict[str, list[Row]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose(*_: object) -> None:
        """The item goes nowhere."""

    with monkeypatch.context() as patched:
        patched.setattr(StoragePipeline, "process_item", lose)
        code, why = crawl_by_hand(tmp_path, url, DOMAIN)
    assert code == FAILED and "captures were asked for and not written" in why
    assert crawl_by_hand(tmp_path, url, DOMAIN) == (FINISHED, "")
    assert written(tmp_path) == undisturbed_rows
