"""The same facts give the same bytes, however they lie in files and whoever makes a release of them."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.dataset import snapshot
from pipelines.history import domain_history
from pipelines.release import ranges
from pipelines.release.build import Release, release
from pipelines.schema import CAPTURES, POLICIES
from tests.support.data_dirs import data_dir, write_part
from tests.support.processes import ROOT
from tests.support.releases import A, facts, files, rows
from tests.support.rows import asked, capture, policy

RELEASE = """
import sys
from pathlib import Path
from pipelines.release.build import release
release(*map(Path, sys.argv[1:]))
"""
SHARED = """
import sys
from pathlib import Path
from pipelines.release import build, ranges

def waiting_after_the_first(*work):
    yield next(shared_out(*work))
    print("one share is written", flush=True)
    sys.stdin.read()

ranges._LEAST, shared_out = 2, build.run
if sys.argv[3:]:
    build.run = waiting_after_the_first
build.release(*map(Path, sys.argv[1:3]), processes=2)
"""


def test_the_same_facts_give_the_same_bytes_however_they_lie_in_files(tmp_path: Path) -> None:
    tables = facts()
    random.Random(3).shuffle(tables[0])
    one = release(data_dir(tmp_path / "1", *tables), tmp_path / "1" / "release")
    many = release(data_dir(tmp_path / "2", *(rows[::-1] for rows in tables), parts=4), tmp_path / "2" / "release")
    assert files(one.path) == files(many.path)


@pytest.mark.slow
def test_another_process_makes_the_same_bytes(tmp_path: Path, made: Release) -> None:
    subprocess.run([sys.executable, "-c", RELEASE, tmp_path / "data", tmp_path / "again"], cwd=ROOT, check=True)
    assert files(tmp_path / "again") == files(made.path)


def few_domains_a_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "_LEAST", 2)


def many_domains(root: Path, parts: int = 3) -> Path:
    """A DATA_DIR of forty domains; some have no policy, and the last ones nothing but a row of ``domains``."""
    policies = [policy(f"{n:02}.example", f"201{n % 7}-01-01", f"We keep {n} things.") for n in range(0, 30, 2)]
    policies += [policy(f"{n:02}.example", "2018-01-01", f"We sell {n} things.") for n in range(0, 30, 4)]
    captures = [capture(row["domain"], f"{row['captured_at']:%Y-%m-%d}") for row in policies]
    domains = [asked(f"{n:02}.example", "found" if n < 30 else "not_archived") for n in range(40)]
    return data_dir(root, policies, captures, domains, parts=parts)


def test_tables_have_a_file_for_each_range_of_domains_with_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = many_domains(tmp_path / "data")
    one = release(data, tmp_path / "one", number=1)
    few_domains_a_range(monkeypatch)
    many = release(data, tmp_path / "many", number=1, processes=1)
    for name, table in many.manifest.tables.items():
        assert rows(many, name) == rows(one, name)
        assert sum(file.rows for file in table.files.values()) == table.rows == one.manifest.tables[name].rows
        assert all(file.rows for file in table.files.values()) or len(table.files) == 1
    assert len(many.manifest.tables["domains"].files) > len(many.manifest.tables["policies"].files) > 3
    assert many.coverage == one.coverage
    assert sorted(path.name for path in many.path.iterdir()) == sorted(path.name for path in one.path.iterdir())


def test_the_same_ranges_come_of_files_that_are_sorted_or_not_with_captures_that_stand_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_domains_a_range(monkeypatch)
    one = release(many_domains(tmp_path / "1"), tmp_path / "one", processes=1)
    data = many_domains(tmp_path / "2", parts=1)
    twice = pq.read_table(data / "policies")
    pq.write_table(twice.take(list(range(len(twice)))[::-1]), data / "policies" / "twice.parquet", row_group_size=3)
    assert files(release(data, tmp_path / "2" / "two", processes=1).path) == files(one.path)


@pytest.mark.slow
def test_the_bytes_are_the_same_whatever_the_number_of_processes_and_workers_end_with_a_killed_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = many_domains(tmp_path / "data")
    make = [sys.executable, "-c", SHARED, data, tmp_path / "r" / "two"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([*make, "waiting"], cwd=ROOT, start_new_session=True, **pipes) as killed:
        assert killed.stdout is not None and killed.stdout.readline() == b"one share is written\n"
        assert list(tmp_path.glob("r/.two.*/.ranges/*"))
        killed.kill()
    while is_a_group(killed.pid):
        time.sleep(0.01)
    assert not (tmp_path / "r" / "two").exists()
    subprocess.run(make, cwd=ROOT, check=True)
    few_domains_a_range(monkeypatch)
    assert files(tmp_path / "r" / "two") == files(release(data, tmp_path / "one", processes=1).path)
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["two"]


def is_a_group(number: int) -> bool:
    """True while a process of this group runs."""
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_part_file_that_is_not_sorted_is_read_all_the_same(tmp_path: Path, made: Release) -> None:
    policies, captures, domains, crawls = facts()
    data = data_dir(tmp_path / "u", [], [], domains, crawls)
    write_part(data / "policies" / "p.parquet", policies[::-1], POLICIES, sort=False)
    write_part(data / "captures" / "c.parquet", captures[::-1], CAPTURES, sort=False)
    assert files(release(data, tmp_path / "again").path) == files(made.path)


def test_more_part_files_than_can_be_open_at_once_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = [policy(f"{n % 5}.example", f"20{n:02}-01-01", f"Text {n // 10}.") for n in range(10, 40)]
    expected = release(data_dir(tmp_path / "1", policies), tmp_path / "one")
    monkeypatch.setattr("pipelines.dataset.merging._MERGE_BYTES", 100_000)
    again = release(data_dir(tmp_path / "2", policies, parts=30), tmp_path / "many")
    assert files(again.path) == files(expected.path)


def test_a_compaction_meanwhile_does_no_harm(tmp_path: Path, made: Release) -> None:
    parts = sorted((tmp_path / "data").glob("*/*.parquet"))
    found = domain_history.read_domains(tmp_path / "data")
    domains = [next(found).domain]
    for part in parts:
        part.unlink()
    domains += [one.domain for one in found]
    assert domains == ["a.example", "b.example", "c.example", "d.example"]


def test_a_file_replaced_between_listing_and_opening_is_listed_again(
    tmp_path: Path, made: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = snapshot.part_files
    calls: list[Path] = []

    def first_an_old_list(folder: Path) -> list[Path]:
        calls.append(folder)
        return [folder / "gone.parquet"] if calls.count(folder) == 1 else listed(folder)

    monkeypatch.setattr(snapshot, "part_files", first_an_old_list)
    assert files(release(tmp_path / "data", tmp_path / "again").path) == files(made.path)


def test_a_domain_with_thousands_of_captures_is_cut_into_row_groups(tmp_path: Path) -> None:
    policies = [policy("a.example", f"2010-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}", A) for n in range(2500)]
    made = release(data_dir(tmp_path / "data", policies), tmp_path / "release")
    metadata = pq.ParquetFile(made.path / "policies" / "00000.parquet").metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [1000, 1000, 500]
