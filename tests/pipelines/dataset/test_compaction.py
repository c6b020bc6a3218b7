from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ledger import Ledger
from pipelines.dataset import compaction, merging, parts
from pipelines.dataset.compaction import FEW_FILES, compact, worth_merging
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.merging import merged
from pipelines.dataset.part_writer import PARTS, new_part, write_part
from pipelines.dataset.reading import history, part_files
from pipelines.schema import POLICIES
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part
from tests.support.rows import row, table


def _crawls(data_dir: Path, count: int, domains: int = 5, text: str = "words") -> list[tuple[str, datetime]]:
    """``count`` part files, each with one new capture of every domain; returns all keys, in order."""
    keys = []
    for crawl in range(count):
        rows = [
            row(f"d{n}.test", f"20{crawl:02}{n // 28 + 1:02}{n % 28 + 1:02}", f"{text} {crawl} {n}")
            for n in range(domains)
        ]
        add_part(data_dir, rows, f"202601{crawl:02}-000001")
        keys += [(each["domain"], each["captured_at"]) for each in rows]
    return sorted(keys)


def _keys(data_dir: Path) -> list[tuple[str, datetime]]:
    found = []
    for path in part_files(data_dir / "policies"):
        read = pq.read_table(path, columns=["domain", "captured_at"])
        found += zip(read["domain"].to_pylist(), read["captured_at"].to_pylist(), strict=True)
    return found


def _ledger(data_dir: Path) -> dict[str, tuple[int, str]]:
    with sqlite3.connect(data_dir / "crawl.sqlite") as ledger:
        return {name: (rows, state) for name, rows, state in ledger.execute("SELECT * FROM parts")}


def test_many_parts_become_one_in_order_and_the_ledger_follows(tmp_path):
    keys = _crawls(tmp_path, 12)
    done = compact(tmp_path)
    assert done == compaction.Compacted(files_before=12, files_after=1, rows=60, superseded=0)
    assert _keys(tmp_path) == keys
    assert [path.name for path in part_files(tmp_path / "policies")] == ["merged-000001-0001.parquet"]
    assert _ledger(tmp_path) == {"merged-000001-0001.parquet": (60, "done")}
    assert [path.stat().st_size for path in (tmp_path / "policies.next").iterdir()] == [0]


def test_a_name_never_comes_back(tmp_path):
    _crawls(tmp_path, 2)
    compact(tmp_path)
    add_part(tmp_path, [row("z.test", "2026")], "later")
    compact(tmp_path)
    assert [path.name for path in part_files(tmp_path / "policies")] == ["merged-000002-0001.parquet"]


def test_every_column_comes_through(tmp_path):
    rich = row("a.test", "2001", "ü\n\nx", redirects=["http://a.test/1"], link_text=None, effective_date=None)
    add_part(tmp_path, [rich], "one")
    add_part(tmp_path, [row("b.test", "2001")], "two")
    before = table([rich, row("b.test", "2001")])
    compact(tmp_path)
    after = pq.read_table(part_files(tmp_path / "policies")[0])
    assert after.schema.names == POLICIES.names
    assert after.cast(POLICIES).equals(before)  # Parquet keeps milliseconds where Arrow has seconds


def test_at_the_end_of_a_crawl_only_the_small_files_are_merged(tmp_path):
    add_part(tmp_path, [row(f"big{n}.test", "2001", os.urandom(4_000).hex()) for n in range(100)], "big")
    inode = (tmp_path / "policies/big.parquet").stat().st_ino
    _crawls(tmp_path, 16)
    done = compact(tmp_path, only_if_it_pays=True)
    assert (done.files_before, done.files_after, done.rows) == (17, 2, 80)
    kept, merged = part_files(tmp_path / "policies")
    assert kept.stat().st_ino == inode
    assert _ledger(tmp_path) == {kept.name: (100, "done"), merged.name: (80, "done")}
    assert compact(tmp_path, only_if_it_pays=True) is None


def test_sixteen_files_of_a_tier_are_merged_with_all_smaller_ones_and_no_larger_one():
    def merged(*rows: int) -> list[int]:
        return [rows[file] for file in worth_merging(dict(enumerate(rows)))]

    assert merged(*[10] * 15) == []
    assert merged(*[10] * 16, 16) == [10] * 16
    assert merged(*[200] * 16, 3, 5000) == [*[200] * 16, 3]
    assert merged(*[10] * 16, *[200] * 16, 5000) == [10] * 16 + [200] * 16


@given(st.lists(st.integers(1, 3000), max_size=300))
def test_a_row_is_written_once_a_tier_and_no_file_for_the_sake_of_smaller_ones(added):
    files: dict[int, int] = {}
    written = sum(added)
    for number, rows in enumerate(added):
        files[number] = rows
        if merge := worth_merging(files):
            sizes = [files.pop(file) for file in merge]
            assert max(sizes) <= 2 * (sum(sizes) - max(sizes))
            written += sum(sizes)
            files[number] = sum(sizes)
    tiers = len(f"{sum(added):x}")
    assert sum(files.values()) == sum(added)
    assert len(files) <= (FEW_FILES - 1) * tiers
    assert written <= sum(added) * tiers


def test_a_capture_that_is_there_twice_is_kept_once_with_its_raw_bytes(tmp_path):
    imported = row("a.test", "2012", "imported", extractor="princeton-leuven", warc_file=None)
    other = row("a.test", "2012", "another page", policy_url="http://a.test/zz")
    fetched = row("a.test", "2012", "fetched", warc_file="w.warc.gz", warc_offset=0)
    again = {**fetched, "text": "fetched later", "fetched_at": datetime(2026, 5, 1, tzinfo=UTC)}
    for number, rows in enumerate(([imported, other], [fetched], [again, row("b.test", "2012")])):
        add_part(tmp_path, rows, str(number))
    done = compact(tmp_path)
    assert (done.rows, done.superseded) == (3, 2)
    assert sorted(history(tmp_path, "a.test")["text"].to_pylist()) == ["another page", "fetched later"]


def test_a_capture_imported_and_then_fetched_is_merged_whatever_it_costs(tmp_path):
    fetched = {"warc_file": "w.warc.gz", "warc_offset": 0}
    add_part(tmp_path, [row("a.test", "2012", "imported"), row("b.test", "2012")], "1")
    add_part(tmp_path, [row("a.test", "2013", **fetched)], "2")
    assert compact(tmp_path, only_if_it_pays=True) is None
    add_part(tmp_path, [row("a.test", "2012", "fetched", **fetched)], "3")
    done = compact(tmp_path, only_if_it_pays=True)
    assert done == compaction.Compacted(files_before=3, files_after=1, rows=3, superseded=1)
    assert history(tmp_path, "a.test")["text"].to_pylist()[0] == "fetched"


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
    keys = _crawls(tmp_path, 12)
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
    assert _keys(tmp_path) == keys
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


def test_row_groups_are_bounded_in_rows_and_bytes(tmp_path):
    rows = [row("a.test", f"{1990 + n}", "x" * 400_000 if n < 10 else "x") for n in range(30)]
    with new_part(tmp_path / "one.parquet", POLICIES, replace(PARTS, group_bytes=1_000_000)) as writer:
        writer.write(table(rows))
    groups = pq.ParquetFile(tmp_path / "one.parquet")
    sizes = [groups.read_row_group(n).nbytes for n in range(groups.num_row_groups)]
    assert max(sizes) <= 1_000_000 and sum(groups.metadata.row_group(n).num_rows for n in range(len(sizes))) == 30
    with new_part(tmp_path / "many.parquet", POLICIES) as writer:
        for _ in range(9):
            writer.write(table([row("a.test", "2001")] * (PARTS.group_rows // 8)))
    assert pq.read_metadata(tmp_path / "many.parquet").num_row_groups == 2


def test_a_large_result_goes_on_in_another_file(tmp_path, monkeypatch):
    monkeypatch.setattr(compaction, "FILE_BYTES", 0)
    monkeypatch.setattr("pipelines.dataset.merging._BATCH_BYTES", 1)
    keys = _crawls(tmp_path, 9, domains=20)
    assert compact(tmp_path).files_after > 1
    assert _keys(tmp_path) == keys


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), new_part(tmp_path / "p/x.parquet", POLICIES) as writer:
        writer.write(table([row("a.test", "2001")]))
        raise RuntimeError
    assert list((tmp_path / "p").iterdir()) == []


def test_a_busy_dataset_ends_with_code_5(tmp_path, capsys):
    _crawls(tmp_path, 2)
    with DataDirLock(tmp_path):
        assert scrapy(tmp_path, "compact") == 5
    assert "in use" in capsys.readouterr().err
    assert scrapy(tmp_path, "compact") == 0
    assert "2 files became 1: 10 rows" in capsys.readouterr().out


def test_a_file_the_ledger_does_not_know_is_not_merged(tmp_path, capsys):
    _crawls(tmp_path, 2)
    write_part(tmp_path / "policies/mine.parquet", table([row("a.test", "2001")]))
    assert scrapy(tmp_path, "compact") == 1
    assert "mine.parquet" in capsys.readouterr().err
    assert len(part_files(tmp_path / "policies")) == 3


def test_a_crawl_s_part_without_rows_has_no_file_and_is_not_missed(tmp_path):
    _crawls(tmp_path, 2)
    with sqlite3.connect(tmp_path / "crawl.sqlite") as ledger:
        ledger.execute("INSERT INTO parts VALUES ('20260109-000001.parquet', 0, 'done')")
    assert compact(tmp_path).rows == 10


def test_a_part_that_is_gone_is_named(tmp_path, capsys):
    _crawls(tmp_path, 3)
    part_files(tmp_path / "policies")[1].unlink()
    assert scrapy(tmp_path, "compact") == 1
    assert "20260101-000001.parquet" in capsys.readouterr().err


def test_parts_of_a_killed_crawl_wait_for_the_next_crawl(tmp_path):
    _crawls(tmp_path, 2)
    with sqlite3.connect(tmp_path / "crawl.sqlite") as ledger:
        ledger.execute("INSERT INTO parts VALUES ('20260109-000001.parquet', 3, 'writing')")
    with pytest.raises(DatasetError, match="20260109"):
        compact(tmp_path)
    parts.settle(tmp_path)
    assert _ledger(tmp_path)["20260109-000001.parquet"] == (3, "writing")


def test_a_file_system_that_cannot_exchange_leaves_the_dataset_as_it_was(tmp_path, monkeypatch):
    keys = _crawls(tmp_path, 3)
    before = _ledger(tmp_path)

    def refuses(one: Path, other: Path) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(parts, "exchange", refuses)
    with pytest.raises(DatasetError, match="exchange"):
        compact(tmp_path)
    assert sorted(_keys(tmp_path)) == keys and _ledger(tmp_path) == before
    assert not (tmp_path / "policies.next").exists()


def test_a_dataset_without_a_ledger_can_be_compacted(tmp_path):
    keys = _crawls(tmp_path, 3)
    (tmp_path / "crawl.sqlite").unlink()
    compact(tmp_path)
    assert _keys(tmp_path) == keys and not (tmp_path / "crawl.sqlite").exists()


@pytest.mark.parametrize(("step", "call"), [("sync_folder", 1), ("exchange", 1), ("sync_folder", 2), ("_reconcile", 2)])
def test_killed_at_any_step_the_next_run_ends_it(tmp_path, monkeypatch, step, call):
    """The run ends before a step of the switch, and once more after it; then a second compaction runs."""
    for after in (False, True):
        data_dir = tmp_path / str(after)
        keys = _crawls(data_dir, 4)
        real = getattr(parts, step)
        calls = []

        def dies(*arguments: Path, real=real, calls=calls, after=after) -> None:
            calls.append(arguments)
            if after or len(calls) < call:
                real(*arguments)
            if len(calls) == call:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(parts, step, dies)
            compact(data_dir)
        assert sorted(_keys(data_dir)) == keys
        compact(data_dir)
        assert sorted(_keys(data_dir)) == keys
        assert sorted(_ledger(data_dir)) == [path.name for path in part_files(data_dir / "policies")]
        assert not any(path.stat().st_size for path in (data_dir / "policies.next").glob("*"))


def test_who_opened_the_folder_before_the_exchange_finds_no_file_that_is_still_there(tmp_path):
    """Kept files included: a listing that mixes the two sets would give some of the rows."""
    add_part(tmp_path, [row(f"big{n}.test", "2001", os.urandom(4_000).hex()) for n in range(100)], "big")
    _crawls(tmp_path, 16)
    listed = {path.name for path in part_files(tmp_path / "policies")}
    opened = os.open(tmp_path / "policies", os.O_RDONLY)
    compact(tmp_path, only_if_it_pays=True)
    now = {path.name for path in part_files(tmp_path / "policies")}
    late = os.listdir(opened)  # noqa: PTH208 - of the open folder, whatever its name is now
    os.close(opened)
    assert len(now) == 2 and not now & listed
    assert late and not now & set(late)


READER = """
import sys, duckdb
folder, expected = sys.argv[1], int(sys.argv[2])
query = f'''SELECT count(*), count(DISTINCT (domain, captured_at)), count(*) FILTER (domain LIKE 'd%'),
            sum(length(text)) FILTER (domain LIKE 'd%') FROM read_parquet('{folder}/**/*.parquet')'''
length, seen, retried = None, 0, 0
while True:
    try:
        rows, distinct, first_rows, first_length = duckdb.execute(query).fetchone()
    except duckdb.IOException as error:
        assert "No such file" in str(error) or "No files found" in str(error), error
        retried += 1
    else:
        length = length or first_length
        assert rows == distinct and (first_rows, first_length) == (expected, length), rows
        seen += 1
    print(seen, retried, flush=True)
"""

COMPACT = """
import sys
from pathlib import Path
from pipelines.dataset.compaction import compact
from pipelines.dataset.lock import DataDirLock
print("ready", flush=True)
with DataDirLock(Path(sys.argv[1])):
    print(compact(Path(sys.argv[1])), flush=True)
"""


@pytest.mark.slow
def test_killed_again_and_again_while_a_reader_polls(tmp_path):
    """SIGKILL at moments spread over the run; the reader sees every row once, or fails and reads again."""
    pytest.importorskip("duckdb")
    keys = _crawls(tmp_path, 10, domains=100, text="word " * 400)
    arguments = [sys.executable, "-c", READER, str(tmp_path / "policies"), str(len(keys))]
    with (tmp_path / "seen").open("w") as seen:
        reader = subprocess.Popen(arguments, stdout=seen, stderr=subprocess.PIPE)
    killed, ended, attempts, whole_run = 0, 0, 0, 0.0
    while (killed < 6 or ended < 2) and attempts < 60:
        add_part(tmp_path, [row("x.test", f"20{attempts:02}")], f"later-{attempts:02}")
        process = subprocess.Popen([sys.executable, "-c", COMPACT, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        started = time.monotonic()
        if ended >= 2:
            time.sleep(whole_run * (attempts % 10) / 10)
            process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            killed += 1
        else:
            ended, whole_run = ended + 1, time.monotonic() - started  # a busy machine gets slower, or faster
        attempts += 1
        process.stdout.close()
        assert reader.poll() is None, reader.communicate()[1].decode()
    compact(tmp_path)
    reader.kill()
    reader.communicate()
    assert killed >= 6
    assert int((tmp_path / "seen").read_text().split()[-2]) > 10
    assert len(_keys(tmp_path)) == len(keys) + attempts and set(keys) < set(_keys(tmp_path))
    assert sorted(_ledger(tmp_path)) == [path.name for path in part_files(tmp_path / "policies")]


READERS = {
    "duckdb": """
import duckdb
def read(folder):
    return duckdb.execute(f"SELECT domain, captured_at FROM '{folder}/**/*.parquet'").fetchall()
""",
    "polars": """
import polars
def read(folder):
    return polars.scan_parquet(folder + "/**/*.parquet").select("domain", "captured_at").collect().rows()
""",
    "pyarrow": """
import pyarrow.dataset
def read(folder):
    table = pyarrow.dataset.dataset(folder).to_table(columns=["domain", "captured_at"])
    return list(zip(*table.to_pydict().values()))
""",
    "pandas": """
import pandas
def read(folder):
    return list(pandas.read_parquet(folder, columns=["domain", "captured_at"]).itertuples(index=False))
""",
}

POLL = """
import sys
while True:
    try:
        rows = read(sys.argv[1])
    except Exception as error:
        assert any(words in str(error) for words in ("No such file", "No files found", "No match for FieldRef")), error
    else:
        assert len(rows) == len(set(rows)) == int(sys.argv[2]), len(rows)
        print("seen", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_of_a_dataset_that_switches_all_the_time_sees_each_row_once(tmp_path, reader):
    """The sets follow each other as fast as they can be made; a read fails or gives every row once."""
    pytest.importorskip(reader)
    keys = _crawls(tmp_path, 10)
    arguments = [sys.executable, "-c", READERS[reader] + POLL, str(tmp_path / "policies"), str(len(keys))]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    seen = switches = 0
    while seen < 15 or switches < 15:
        parts.settle(tmp_path)
        compaction.replace_parts(tmp_path, part_files(tmp_path / "policies"), [])
        switches += 1
        seen += (process.stdout.read() or b"").count(b"seen")
        assert process.poll() is None, process.communicate()[1].decode()
        time.sleep(0.02)  # the reader's turn
    process.kill()
    process.communicate()


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
    assert _ledger(tmp_path) == {"import-1.parquet": (1, "done"), name: (3, "writing")}
    with pytest.raises(DatasetError, match="killed while it wrote"):
        parts.require_whole(tmp_path)
