"""What somebody asks to be removed leaves a DATA_DIR, and no later crawl brings it back."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crawler import withdrawal
from crawler.local_archive.server import LocalArchive, serving
from pipelines.dataset.warc_reading import captures_in, read_exchange
from pipelines.page.content_coding import unpack
from pipelines.surt import is_below, key_of
from tests.support.commands import scrapy
from tests.support.data_dirs import remove
from tests.support.deaths import is_killed
from tests.support.processes import Run, crawl, digits, lasting, records_of, rows_of
from tests.support.rows import Row

pytestmark = pytest.mark.slow

GONE = "plumeria.example"
#: Words that only this site's policies have.
ITS_WORDS = (b"Plumeria", b"plumeria")


def copied(run: Run, tmp_path: Path) -> Path:
    return shutil.copytree(run.data_dir, tmp_path / "data")


def holders(data_dir: Path, *words: bytes) -> list[str]:
    """The files of a DATA_DIR with any of the words, WARC files unpacked; ``overrides.toml`` may name what is gone."""
    files = [path for path in sorted(data_dir.rglob("*")) if path.is_file() and path.name != "overrides.toml"]
    return [path.relative_to(data_dir).as_posix() for path in files if any(word in unpacked(path) for word in words)]


def unpacked(path: Path) -> bytes:
    if path.suffix != ".gz":
        return path.read_bytes()
    bodies = []
    for record in captures_in(path):
        assert record is not None
        exchange = read_exchange(path, record.offset, record.length)
        assert exchange is not None
        bodies.append(unpack(exchange.body, dict(exchange.headers).get("Content-Encoding")).body)
    return b"".join([gzip.decompress(path.read_bytes()), *bodies])


def of_a_policy(run: Run, domain: str) -> Row:
    return next(row for row in run.policies if row["domain"] == domain and row["primary"])


def test_nothing_of_a_removed_domain_is_left_on_disk(undisturbed: Run, tmp_path: Path) -> None:
    data_dir = copied(undisturbed, tmp_path)
    assert len(holders(data_dir, *ITS_WORDS)) >= 3
    remove(data_dir, domain=GONE)
    assert scrapy(data_dir, "withdraw") == 0
    assert holders(data_dir, *ITS_WORDS) == []
    for table in ("policies", "captures"):
        others = [row for row in rows_of(undisturbed.data_dir / table) if row["domain"] != GONE]
        assert lasting(rows_of(data_dir / table)) == lasting(others)
    assert GONE not in pq.read_table(data_dir / "domains")["domain"].to_pylist()
    records = records_of(data_dir)
    assert records and not [record.url for record in records if is_below(key_of(record.url), GONE)]
    assert scrapy(data_dir, "withdraw") == 0
    assert scrapy(data_dir, "reextract") == 0
    assert lasting(rows_of(data_dir / "policies")) == [
        row for row in lasting(undisturbed.policies) if row["domain"] != GONE
    ]


@pytest.mark.parametrize("is_named", ["before the first crawl", "between two crawls"])
def test_no_crawl_fetches_what_is_removed(
    undisturbed: Run, archive: LocalArchive, is_named: str, tmp_path: Path
) -> None:
    address = of_a_policy(undisturbed, "framewright.example")["policy_url"]
    one = of_a_policy(undisturbed, "nordwind.example")
    moment = digits(one["captured_at"])
    (data_dir := tmp_path / "data").mkdir()
    with serving(archive) as url:
        if is_named == "between two crawls":
            crawl(data_dir, url)
            archive.log.clear()
        remove(data_dir, domain=GONE)
        remove(data_dir, url=address)
        remove(data_dir, url=one["policy_url"], captured_at=moment)
        done = crawl(data_dir, url, plan="all")
    assert done.code == 0, done.log
    asked = [entry["path"] for entry in archive.log if entry["pool"] == "playback"]
    assert asked and not [
        path for path in asked if GONE in path or path.endswith((f"id_/{address}", f"{moment}id_/{one['policy_url']}"))
    ]
    assert {row["domain"] for row in done.policies} >= {"nordwind.example", "hanabido.example"}
    for row in (*done.policies, *done.captures):
        assert row["domain"] != GONE and key_of(row["policy_url"]) != key_of(address)
        assert (row["captured_at"], row["policy_url"]) != (one["captured_at"], one["policy_url"])
    domains = pq.read_table(data_dir / "domains")["domain"].to_pylist()
    assert GONE not in domains and "framewright.example" in domains
    assert holders(data_dir, *ITS_WORDS) == []


def test_a_list_that_only_has_removed_domains_is_done_at_once(archive_url: str, tmp_path: Path) -> None:
    remove(tmp_path, domain=GONE)
    done = crawl(tmp_path, archive_url, domain=GONE)
    assert done.code == 0 and "plumeria.example left out: overrides.toml removes it" in done.log
    assert holders(tmp_path, b"We collect") == []


#: The last one comes after the last change.
DEATHS = range(1, 50, 4)


@pytest.mark.parametrize("death", DEATHS)
def test_killed_at_any_change_on_disk_it_ends_the_same_when_it_is_run_again(
    undisturbed: Run, death: int, tmp_path: Path
) -> None:
    data_dir = copied(undisturbed, tmp_path)
    remove(data_dir, domain=GONE)
    steps = ("register", "forget", "publish", "note_done")
    killed = is_killed(lambda: scrapy(data_dir, "withdraw"), death, *((withdrawal, name) for name in steps))
    assert not killed or death != DEATHS[-1], "the changes were tried to the last one"
    assert scrapy(data_dir, "withdraw") == 0
    assert holders(data_dir, *ITS_WORDS) == []
    for table in ("policies", "captures"):
        others = [row for row in rows_of(undisturbed.data_dir / table) if row["domain"] != GONE]
        assert lasting(rows_of(data_dir / table)) == lasting(others)
    records_of(data_dir)
    assert scrapy(data_dir, "reextract") == 0
