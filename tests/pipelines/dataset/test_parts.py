"""Which files may have a domain's rows, and which are looked at when a command begins to write."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crawler.ledger import Ledger
from pipelines.columns import SCHEMA_VERSION
from pipelines.dataset import lifting, parts
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.parts import DOMAINS_PER_FILE, files_with, settle
from pipelines.history.tables import KEPT
from tests.support.older_versions import make_newer
from tests.support.part_files import register_of
from tests.support.rows import row, table


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


# What settling looks at


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    """A DATA_DIR whose one file has been looked at."""
    data = tmp_path / "data"
    _coverage(data)
    Ledger(data).close()
    settle(data)
    return data


def _coverage(data: Path, name: str = "00000", *, newer: bool = False) -> Path:
    """A file of a table of which no register tells."""
    path = data / "coverage" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(KEPT["coverage"].empty_table(), path)
    if newer:
        make_newer(path)
    return path


def test_a_file_of_a_newer_version_is_refused_once_it_is_there(settled: Path) -> None:
    settle(settled)
    _coverage(settled, newer=True)
    for _ in range(2):
        with pytest.raises(DatasetError, match=r"00000.parquet has schema version.*newer wayback-policies"):
            settle(settled)


def test_what_newer_software_has_looked_at_older_software_looks_at_again(
    settled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _coverage(settled, "00001", newer=True)
    with monkeypatch.context() as newer:
        for module in (lifting, parts):
            newer.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
        settle(settled)
    with pytest.raises(DatasetError, match="newer wayback-policies"):
        settle(settled)


def test_a_file_that_cannot_be_read_is_looked_at_each_time(settled: Path) -> None:
    path = _coverage(settled, "00001", newer=True)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    settle(settled)
    path.write_bytes(whole)
    with pytest.raises(DatasetError, match="newer wayback-policies"):
        settle(settled)


@pytest.mark.parametrize(
    ("name", "state", "present", "replaced", "fate"),
    [
        ("any", None, True, False, "STRANGER"),
        ("20260109-000001", "done", True, False, "KEEP"),
        ("20260109-000001", "done", True, True, "KEEP"),
        ("20260109-000001", "done", False, True, "FORGET"),
        ("merged-000001-0001", "done", False, False, "LOST"),
        ("merged-000001-0001", "writing", True, False, "FINISH"),
        ("import-20260101", "writing", False, False, "FORGET"),
        ("merged-000001-0001", "writing", False, True, "FORGET"),
        ("20260109-000001", "writing", True, False, "KEEP"),
        ("20260109-000001", "writing", False, True, "FORGET"),
        ("20260109-000001", "writing", False, False, "KEEP"),
    ],
)
def test_what_becomes_of_a_part(name, state, present, replaced, fate):
    ours = bool(parts._OURS.match(name))
    assert parts._fate(state, ours=ours, present=present, replaced=replaced).name == fate


def test_the_ledger_and_the_register_are_one_file(tmp_path):
    """A register that an import made is the one that the ledger goes on with, and the other way round."""
    parts.append(tmp_path, "import-1.parquet", table([row("a.test", "2001")]))
    with closing(Ledger(tmp_path)) as ledger:
        name = ledger.dataset.next_part(ledger.begin_crawl({}, "web.archive.org"))
        ledger.dataset.begin_part(name, 3, [], {})
        assert parts.unfinished(ledger.db) == [name]
    assert register_of(tmp_path) == {"import-1.parquet": (1, "done"), name: (3, "writing")}
    with pytest.raises(DatasetError, match="killed while it wrote"):
        parts.require_whole(tmp_path)
