"""One merge of sorted part files, and one choice between two rows of a capture."""

from __future__ import annotations

import random
import resource
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.dataset import merging
from pipelines.dataset.compaction import compact
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.merging import merged, one_per_capture
from pipelines.dataset.part_writer import write_part
from pipelines.dataset.reading import part_files
from pipelines.release.build import release
from pipelines.schema import CAPTURES, POLICIES
from tests.support.data_dirs import add_part
from tests.support.part_files import add_crawls, keys_of
from tests.support.rows import capture, row, table

FETCHED = {"warc_file": "w.warc.gz", "warc_offset": 0}


def at(month: int) -> datetime:
    return datetime(2026, month, 1, tzinfo=UTC)


def write(path: Path, *rows: dict[str, object]) -> Path:
    write_part(path, table(list(rows)))
    return path


def old_form(rows: pa.Table) -> pa.Table:
    """Rows as they were written before columns told their meaning."""
    return rows.replace_schema_metadata(None).cast(
        pa.schema([pa.field(field.name, field.type, field.nullable) for field in rows.schema])
    )


# The choice


def test_a_release_before_and_after_a_compaction_has_the_same_rows(tmp_path: Path) -> None:
    imported_later = row("a.test", "2012", "imported later", extractor="princeton-leuven", fetched_at=at(6))
    add_part(tmp_path / "data", [row("a.test", "2012", "fetched by us", fetched_at=at(1), **FETCHED)], "1")
    add_part(tmp_path / "data", [imported_later, row("b.test", "2012")], "2")
    before = release(tmp_path / "data", tmp_path / "before")
    compact(tmp_path / "data")
    after = release(tmp_path / "data", tmp_path / "after")
    texts = [pq.read_table(made.path / "policies")["text"].to_pylist() for made in (before, after)]
    assert texts == [["fetched by us", "We collect your name."]] * 2
    assert (before.path / "SHA256SUMS").read_text() == (after.path / "SHA256SUMS").read_text()


def test_of_two_fetched_rows_the_later_one_is_chosen_and_of_two_imported_ones() -> None:
    for origin in (FETCHED, {}):
        rows = table([row("a.test", "2012", f"of month {n}", fetched_at=at(n), **origin) for n in (3, 7, 5)])
        assert one_per_capture(rows)["text"].to_pylist() == ["of month 7"]


def test_the_choice_does_not_depend_on_the_order_of_the_rows() -> None:
    rows = [
        row("a.test", "2012", f"text {n}", text_sha256=f"{n % 3}", crawl_id=f"{n % 2}", warc_file=f"{n}", warc_offset=n)
        for n in range(8)
    ]
    chosen = []
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        chosen.append(one_per_capture(table([*rows, row("b.test", "2012")]))["text"].to_pylist())
    assert len(chosen[0]) == 2 and all(one == chosen[0] for one in chosen)


def test_captures_at_one_moment_from_two_addresses_both_stay_and_those_of_two_archives() -> None:
    for column in ("policy_url", "archive"):
        rows = table([row("a.test", "2012", **{column: f"http://a.test/{name}"}) for name in "ab"])
        assert one_per_capture(rows).equals(rows)
    assert one_per_capture(POLICIES.empty_table()).equals(POLICIES.empty_table())


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(captures=st.lists(st.tuples(*[st.integers(0, 1)] * 4), min_size=1, max_size=9))
def test_of_each_archive_each_capture_comes_once_through_compaction_and_release(
    tmp_path: Path, captures: list[tuple[int, ...]]
) -> None:
    with TemporaryDirectory(dir=tmp_path) as folder:
        data_dir = Path(folder)
        for number, (archive, domain, year, url) in enumerate(captures):
            name, address = f"{archive}.example", f"http://a.test/{url}"
            add_part(data_dir, [row(f"{domain}.test", f"200{year}", policy_url=address, archive=name)], str(number))
        compact(data_dir)
        for table_folder in (data_dir / "policies", release(data_dir, data_dir / "release").path / "policies"):
            found = pq.read_table(table_folder, columns=list(merging.CAPTURE_KEY)).to_pylist()
            keys = [tuple(each.values()) for each in found]
            assert keys == sorted(set(keys)) and len(keys) == len(set(captures))


# The merge


@pytest.mark.parametrize("seed", range(8))
def test_any_rows_in_any_files_come_in_order_and_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Files sorted and unsorted, overlapping and apart, empty ones, with little memory and with much."""
    dice = random.Random(seed)
    rows = [
        row(
            f"d{dice.randrange(12)}.test",
            f"20{dice.randrange(20):02}",
            f"{n}",
            policy_url=f"http://x/{dice.randrange(3)}",
        )
        for n in range(300)
    ]
    paths = []
    for number in range(12):
        some = table(rows[number - 1 :: 11]) if number else POLICIES.empty_table()
        if number and dice.random() < 0.3:
            some = some.take(dice.sample(range(len(some)), len(some)))
        elif dice.random() < 0.3:
            some = some.sort_by("domain")
        paths.append(tmp_path / f"{number}.parquet")
        pq.write_table(some, paths[-1], row_group_size=dice.choice([3, 1000]))
    monkeypatch.setattr(merging, "_BATCH_BYTES", 1)  # 16 rows at a time
    monkeypatch.setattr(merging, "_MERGE_BYTES", dice.choice([1, 100_000, 1 << 30]))
    monkeypatch.setattr(merging, "_SORTED_BYTES", dice.choice([1, 1 << 30]))
    got = pa.concat_tables([POLICIES.empty_table(), *merged(paths, scratch=tmp_path)])
    keys = list(zip(*(got[name].to_pylist() for name in merging.CAPTURE_KEY), strict=True))
    assert keys == sorted(keys)
    assert sorted(got["text"].to_pylist()) == sorted(each["text"] for each in rows)
    assert not list(tmp_path.glob(f"{merging.SCRATCH}*"))


def test_a_file_is_read_only_when_the_others_have_come_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [write(tmp_path / f"{n}.parquet", row(f"{n}a.test", "2001"), row(f"{n}b.test", "2001")) for n in range(9)]
    monkeypatch.setattr(merging, "_MERGE_BYTES", 1_000_000)  # less than all of them together
    monkeypatch.setattr(merging._Source, "memory", property(lambda self: 400_000, lambda self, _: None), raising=False)
    monkeypatch.setattr(merging._Runs, "write", lambda *_: pytest.fail("files that do not overlap were merged first"))
    assert [name for part in merged(paths) for name in part["domain"].to_pylist()] == [
        f"{n}{letter}.test" for n in range(9) for letter in "ab"
    ]


def test_of_a_single_file_too_a_few_rows_are_in_memory_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet", *(row("a.test", "2001", f"{n}", policy_url=f"http://x/{n}") for n in range(300))
    )
    assert max(map(len, merged([path]))) <= 128


def test_rows_by_domain_alone_keep_all_rows_of_a_domain_together(tmp_path: Path) -> None:
    for number in range(3):
        rows = [capture(f"{n}.test", "2012-01-01") for n in range(50)]
        pq.write_table(pa.Table.from_pylist(rows, CAPTURES), tmp_path / f"{number}.parquet")
    parts = list(merged(sorted(tmp_path.glob("*.parquet")), CAPTURES, by=["domain"]))
    ends = [(part["domain"][0].as_py(), part["domain"][-1].as_py()) for part in parts]
    assert sum(map(len, parts)) == 150
    assert all(one[1] < other[0] for one, other in pairwise(ends))


# Columns that tell their meaning


def test_part_files_of_an_older_version_are_read_merged_and_released_together_with_new_ones(tmp_path: Path) -> None:
    old, new = row("a.test", "2001", "One."), row("a.test", "2002", "Two.", **FETCHED)
    add_part(tmp_path / "data", [old], "1")
    pq.write_table(old_form(table([old])), tmp_path / "data/policies/1.parquet")
    assert pq.read_schema(tmp_path / "data/policies/1.parquet").field("text").metadata is None
    add_part(tmp_path / "data", [new], "2")
    before = release(tmp_path / "data", tmp_path / "before")
    done = compact(tmp_path / "data")
    assert done is not None and done.rows == 2
    after = release(tmp_path / "data", tmp_path / "after")
    for made in (before, after):
        assert pq.read_table(made.path / "policies")["text"].to_pylist() == ["One.", "Two."]
        assert pq.read_table(made.path / "versions").num_rows == 2


def test_the_merge_holds_only_a_piece_of_each_file_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.dataset.merging._BATCH_BYTES", 1)
    paths = []
    for number in range(3):
        rows = [row(f"d{n:04}.test", f"20{number:02}", "x" * 100_000) for n in range(200)]
        paths.append(tmp_path / f"{number}.parquet")
        write_part(paths[-1], table(rows))
    pieces = list(merged(paths))
    assert max(piece.nbytes for piece in pieces) < 25_000_000
    keys = [
        key
        for piece in pieces
        for key in zip(*(piece[name].to_pylist() for name in ("domain", "captured_at")), strict=True)
    ]
    assert keys == sorted(keys) and len(keys) == 600


def test_more_files_than_memory_allows_are_merged_in_several_steps(tmp_path, monkeypatch):
    keys = add_crawls(tmp_path, 12)
    before = sorted(str(each) for path in part_files(tmp_path / "policies") for each in pq.read_table(path).to_pylist())
    monkeypatch.setattr("pipelines.dataset.merging._MERGE_BYTES", 30_000)
    (tmp_path / ".merging-killed").mkdir()
    made = []
    real = merging.new_part
    monkeypatch.setattr(
        merging, "new_part", lambda path, *other, **more: made.append(path) or real(path, *other, **more)
    )
    compact(tmp_path)
    assert len(made) > 1 and not any(path.exists() for path in made)
    assert keys_of(tmp_path) == keys
    assert (
        sorted(str(each) for path in part_files(tmp_path / "policies") for each in pq.read_table(path).to_pylist())
        == before
    )
    assert {path.name for path in tmp_path.iterdir()} == {"policies", "policies.next", "crawl.sqlite"}


def test_more_files_than_a_process_may_open_are_merged(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    paths = []
    for number in range(90):
        paths.append(tmp_path / f"{number:02}.parquet")
        write_part(paths[-1], table([row("a.test", f"2001{number // 28 + 1:02}{number % 28 + 1:02}")]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (80, limits[1]))
    try:
        assert sum(len(piece) for piece in merged(paths)) == 90
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_file_out_of_order_is_sorted_and_one_without_a_column_is_named(tmp_path):
    shuffled = table([row("a.test", "2001"), row("b.test", "2001"), row("b.test", "2002")]).take([2, 0, 1])
    write_part(tmp_path / "1.parquet", shuffled)
    pieces = list(merged([tmp_path / "1.parquet"]))
    assert [name for piece in pieces for name in piece["domain"].to_pylist()] == [
        "a.test",
        "b.test",
        "b.test",
    ]
    write_part(tmp_path / "2.parquet", shuffled.drop_columns(["words"]))
    with pytest.raises(DatasetError, match=r"2\.parquet is damaged \(it has no column words\)"):
        merged([tmp_path / "2.parquet"])
