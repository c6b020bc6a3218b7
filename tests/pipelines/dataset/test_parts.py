"""Which files may have a domain's rows."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from crawler.ledger import Ledger
from pipelines.dataset.parts import DOMAINS_PER_FILE, files_with


def names(data: Path, domain: str) -> list[str]:
    return [path.relative_to(data / "captures").as_posix() for path in files_with(data, "captures", domain)]


def test_a_domain_is_looked_for_in_the_files_that_the_ledger_numbers_and_in_those_of_others(tmp_path: Path) -> None:
    (tmp_path / "captures" / "shard").mkdir(parents=True)
    files = ["00000.parquet", "00001.parquet", "00002.parquet", "part-1.parquet", "shard/00000.parquet"]
    for name in files:
        (tmp_path / "captures" / name).touch()
    assert names(tmp_path, "a.com") == files, "no ledger tells"
    (tmp_path / "crawl.sqlite").write_bytes(b"damaged")
    assert names(tmp_path, "a.com") == files
    (tmp_path / "crawl.sqlite").unlink()
    with closing(Ledger(tmp_path / "captures" / "shard")) as ledger, ledger.db:
        for number, archive in ((0, "one"), (2, "another")):
            ledger.db.execute(
                "INSERT INTO domains (id, archive, domain, crawl_id, listed_by, state, asked_first, asked_last)"
                " VALUES (?, ?, 'a.com', '', '', 'done', 0, 0)",
                (number * DOMAINS_PER_FILE + 7, archive),
            )
    (tmp_path / "captures" / "shard" / "crawl.sqlite").rename(tmp_path / "crawl.sqlite")
    assert names(tmp_path, "a.com") == [files[0], *files[2:]]
    assert names(tmp_path, "unknown.com") == files[3:]
