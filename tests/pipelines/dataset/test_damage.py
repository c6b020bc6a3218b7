from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from pipelines.dataset.damage import (
    FOLDER,
    damage_of_database,
    damage_of_index,
    damage_of_table,
    damage_of_warc,
    put_aside,
)
from pipelines.dataset.lifting import PartFile
from pipelines.dataset.part_writer import PARTS, new_part, write_part
from pipelines.dataset.warc_reading import captures_in, sound_captures
from pipelines.dataset.warc_removal import write_readable
from pipelines.schema import POLICIES
from tests.support.rows import row, table
from tests.support.warc import RECORDS, write_warc


def flipped(path: Path, random: Random) -> None:
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    path.write_bytes(content)


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_of_a_part_file_is_found_or_changes_no_row(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    rows = [row(f"{n:03}.test", "2001", random.randbytes(50).hex()) for n in range(20)]
    write_part(tmp_path / "a.parquet", table(rows))
    whole = list(PartFile(tmp_path / "a.parquet", POLICIES).batches(100))
    flipped(tmp_path / "a.parquet", random)
    if damage_of_table(tmp_path / "a.parquet", POLICIES) is None:
        assert list(PartFile(tmp_path / "a.parquet", POLICIES).batches(100)) == whole


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_of_a_warc_file_is_found_and_all_other_captures_are_kept(seed: int, tmp_path: Path) -> None:
    path = write_warc(tmp_path / "a.warc.gz", RECORDS)
    before = list(sound_captures(path))
    flipped(path, Random(seed))
    if damage_of_warc(path) is None:
        assert list(captures_in(path)) == before
        return
    write_readable(path)
    new = tmp_path / "a-r1.warc.gz"
    assert damage_of_warc(new) is None
    assert damage_of_index(new) is None
    kept = [(each.url, each.timestamp, each.digest) for each in sound_captures(new)]
    assert kept == [key for key in ((e.url, e.timestamp, e.digest) for e in before) if key in kept]
    assert len(kept) >= len(before) - 2


def test_the_row_groups_of_a_damaged_file_that_can_be_read_are_given(tmp_path: Path) -> None:
    tables = [table([row(f"{name}{n:03}.test", "2001") for n in range(100)]) for name in "abc"]
    layout = type(PARTS)(group_rows=100, group_bytes=1 << 30)
    with new_part(tmp_path / "a.parquet", POLICIES, layout) as part:
        for each in tables:
            part.write(each)
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    in_second = pq.read_metadata(tmp_path / "a.parquet").row_group(1).column(POLICIES.get_field_index("view_url"))
    content[in_second.data_page_offset + in_second.total_compressed_size // 2] ^= 1
    (tmp_path / "a.parquet").write_bytes(content)
    groups = list(PartFile(tmp_path / "a.parquet", POLICIES).readable_groups())
    assert [len(group) for group in groups] == [100, 100]


def test_nothing_is_deleted_where_two_damaged_files_have_one_name(tmp_path: Path) -> None:
    for content in ("one", "other"):
        (tmp_path / "policies").mkdir(exist_ok=True)
        (tmp_path / "policies" / "a.parquet").write_text(content)
        put_aside(tmp_path, tmp_path / "policies" / "a.parquet")
    assert {path.name: path.read_text() for path in (tmp_path / FOLDER / "policies").iterdir()} == {
        "a.parquet": "one",
        "a.parquet.2": "other",
    }


@pytest.mark.parametrize("content", [b"", b"PAR1", b"junk" * 100])
def test_a_file_that_is_no_parquet_at_all_is_damaged(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    assert damage_of_table(tmp_path / "a.parquet", POLICIES)


@pytest.mark.parametrize("content", [b"junk" * 100, b"\x1f\x8b\x08junk"])
def test_a_file_that_is_no_warc_at_all_is_damaged_and_nothing_of_it_is_kept(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(content)
    assert damage_of_warc(tmp_path / "a.warc.gz")
    assert write_readable(tmp_path / "a.warc.gz").files == {}


def test_an_index_that_is_not_that_of_its_table_is_found_where_indexes_are_looked_at() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript("CREATE TABLE a (b); CREATE INDEX c ON a (b); CREATE INDEX d ON a (b) WHERE b > 1;")
        db.executemany("INSERT INTO a VALUES (?)", [(1,), (2,)])
        assert damage_of_database(db) is None
        db.executescript(
            "PRAGMA writable_schema = ON;"
            "UPDATE sqlite_schema SET sql = replace(sql, '1', '0') WHERE name = 'd';"
            "PRAGMA writable_schema = RESET;"
        )
        assert "missing from index d" in str(damage_of_database(db))
        assert damage_of_database(db, with_indexes=False) is None
