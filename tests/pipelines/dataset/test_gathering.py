"""Part files and WARC files of another DATA_DIR come once, whatever was merged on either side."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dataset.errors import DamagedFileError
from pipelines.dataset.gathering import Taken, TheirPartFiles, TheirWarcFiles
from pipelines.dataset.merging import capture_of
from pipelines.dataset.overrides import Removals
from pipelines.dataset.parts import _register as register
from pipelines.dataset.parts import begin, settle, staging_folder
from pipelines.dataset.reading import part_files
from tests.support.data_dirs import add_part
from tests.support.rows import Row, policy
from tests.support.shards import rows
from tests.support.warc import RECORDS, cdxj_lines, write_warc

NONE = Removals()


def a_row(domain: str, year: int, **other: object) -> Row:
    return policy(domain, f"{year}-01-01", f"policy of {domain} in {year}", **other)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several spans are read of three domains."""
    monkeypatch.setattr("pipelines.dataset.gathering._DOMAINS_AT_ONCE", 2)


def take(here: Path, there: Path, removals: Removals = NONE, **sizes: int) -> Taken:
    """Takes all that is new; the register here knows the files at once."""
    taken = Taken()
    warcs = TheirWarcFiles(here, there, {name.replace("_", "."): size for name, size in sizes.items()})
    found = TheirPartFiles(here, there, warcs, removals, sorted({row["domain"] for row in rows(there, "policies")}))
    warcs.missing(found.warcs)
    warcs.take(taken)
    staged = found.stage(warcs.names, taken)
    with closing(register(here)) as db, db:
        for name, number in staged.items():
            begin(db, name, number)
    settle(here)
    return taken


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


def counted(taken: Taken) -> tuple[int, int, int, int]:
    return taken.rows, taken.linked, taken.copied, taken.written


def test_files_that_are_new_are_linked_and_come_once(here: Path, there: Path) -> None:
    add_part(there, [a_row("a.test", 2001), a_row("b.test", 2001)], "one")
    assert counted(take(here, there)) == (2, 1, 0, 0)
    add_part(there, [a_row("a.test", 2002)], "two")
    assert counted(take(here, there)) == (1, 1, 0, 0)
    assert counted(take(here, there)) == (0, 0, 0, 0)
    assert {path.stat().st_nlink for path in part_files(here / "policies")} == {2}


def test_of_a_file_that_was_merged_there_only_the_new_rows_come(here: Path, there: Path) -> None:
    old = [a_row(f"{name}.test", year) for name in "abc" for year in (2001, 2003)]
    first = add_part(there, old, "first")
    take(here, there)
    first.unlink()
    add_part(there, [*old, a_row("b.test", 2002), a_row("d.test", 2001)], "merged-000001-0001")
    assert counted(take(here, there)) == (2, 0, 0, 1)
    assert counted(take(here, there)) == (0, 0, 0, 0)
    assert len(rows(here, "policies")) == len(old) + 2


def test_a_row_with_raw_bytes_comes_beside_one_without(here: Path, there: Path) -> None:
    add_part(here, [a_row("a.test", 2001, warc_file=None, warc_offset=None)])
    add_part(there, [a_row("a.test", 2001)])
    assert take(here, there).rows == 1
    assert take(here, there).rows == 0


def test_what_is_to_be_removed_does_not_come(here: Path, there: Path) -> None:
    add_part(there, [a_row("a.test", 2001), a_row("b.test", 2001)])
    taken = take(here, there, Removals(hosts=frozenset({"test,a"})))
    assert counted(taken) == (1, 0, 0, 1)
    assert [row["domain"] for row in rows(here, "policies")] == ["b.test"]


@settings(max_examples=8)
@given(
    st.sets(st.tuples(st.sampled_from("abcd"), st.integers(2001, 2004)), min_size=1),
    st.sets(st.tuples(st.sampled_from("bcde"), st.integers(2001, 2004)), min_size=1),
    st.integers(1, 3),
)
def test_the_rows_are_those_of_both_each_once(
    tmp_path_factory: pytest.TempPathFactory, ours: set[tuple[str, int]], theirs: set[tuple[str, int]], parts: int
) -> None:
    folder = tmp_path_factory.mktemp("both")
    here, there = folder / "here", folder / "there"
    add_part(here, [a_row(f"{name}.test", year) for name, year in ours])
    some = sorted(theirs)
    for part in range(parts):
        if some[part::parts]:
            add_part(there, [a_row(f"{name}.test", year) for name, year in some[part::parts]], f"part{part}")
    assert take(here, there).rows == len(theirs - ours)
    keys = [capture_of(row) for row in rows(here, "policies")]
    assert len(keys) == len(set(keys)) == len(ours | theirs)


def warc(folder: Path, name: str, content: bytes) -> int:
    """A file in place of a WARC file, with an index beside it; its size."""
    (folder / "warc").mkdir(parents=True, exist_ok=True)
    (folder / "warc" / name).write_bytes(content)
    (folder / "warc" / name.replace(".warc.gz", ".cdxj")).write_text("")
    return len(content)


def test_a_warc_file_that_is_shorter_than_its_ledger_says_is_named(here: Path, there: Path) -> None:
    warc(there, "x-00000.warc.gz", b"head")
    with pytest.raises(DamagedFileError, match=r"x-00000\.warc\.gz is damaged"):
        TheirWarcFiles(here, there, {"x-00000.warc.gz": 100})


def test_two_warc_files_of_one_name_are_both_kept_and_rows_refer_to_theirs(
    here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.dataset.gathering.write_cdxj", lambda path: None)
    warc(here, "x-00000.warc.gz", b"ours")
    size = warc(there, "x-00000.warc.gz", b"theirs")
    add_part(there, [a_row("a.test", 2001, warc_file="x-00000.warc.gz", warc_offset=3)])
    taken = take(here, there, **{"x-00000.warc.gz": size})
    assert counted(taken) == (1, 1, 0, 1)
    (row,) = rows(here, "policies")
    assert (here / "warc" / row["warc_file"]).read_bytes() == b"theirs"
    assert (here / "warc" / "x-00000.warc.gz").read_bytes() == b"ours"
    assert row["warc_offset"] == 3
    assert counted(take(here, there, **{"x-00000.warc.gz": size})) == (0, 0, 0, 0)


def test_an_index_that_a_killed_run_left_out_is_written_by_the_next_one(here: Path, there: Path) -> None:
    (there / "warc").mkdir(parents=True)
    size = write_warc(there / "warc" / "x-00000.warc.gz", RECORDS).stat().st_size
    add_part(there, [a_row("a.test", 2001)])
    for _ in range(2):
        take(here, there, **{"x-00000.warc.gz": size})
        index = here / "warc" / "x-00000.cdxj"
        assert len(cdxj_lines(index)) == len(RECORDS)
        index.unlink()


def test_a_warc_file_of_which_something_was_removed_here_does_not_come_back(here: Path, there: Path) -> None:
    warc(here, "x-00000-r1.warc.gz", b"ours")
    size = warc(there, "x-00000.warc.gz", b"theirs")
    add_part(here, [a_row("a.test", 2001)])
    add_part(there, [a_row("a.test", 2001)])
    assert counted(take(here, there, **{"x-00000.warc.gz": size})) == (0, 0, 0, 0)


def test_files_that_wait_are_put_in_place_or_forgotten_by_whoever_comes_next(here: Path, there: Path) -> None:
    add_part(there, [a_row("a.test", 2001)], "one")
    add_part(there, [a_row("b.test", 2001)], "two")
    warcs = TheirWarcFiles(here, there, {})
    staged = TheirPartFiles(here, there, warcs, NONE, ["a.test", "b.test"]).stage({}, Taken())
    with closing(register(here)) as db, db:
        begin(db, min(staged), 1)  # killed after this
    settle(here)
    assert [path.name for path in part_files(here / "policies")] == [min(staged)]
    assert not staging_folder(here).exists()
    settle(here)  # the register knows it
