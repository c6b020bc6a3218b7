"""Who reads a dataset while it is compacted, or the compaction is killed, sees each row once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.dataset import compaction, parts
from pipelines.dataset.compaction import compact
from pipelines.dataset.reading import part_files
from tests.support.data_dirs import add_part
from tests.support.part_files import add_crawls, keys_of, register_of
from tests.support.rows import row


def test_who_opened_the_folder_before_the_exchange_finds_no_file_that_is_still_there(tmp_path):
    """Kept files included: a listing that mixes the two sets would give some of the rows."""
    add_part(tmp_path, [row(f"big{n}.test", "2001", os.urandom(4_000).hex()) for n in range(100)], "big")
    add_crawls(tmp_path, 16)
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
    keys = add_crawls(tmp_path, 10, domains=100, text="word " * 400)
    arguments = [sys.executable, "-c", READER, str(tmp_path / "policies"), str(len(keys))]
    with (tmp_path / "seen").open("w") as seen:
        reader = subprocess.Popen(arguments, stdout=seen, stderr=subprocess.PIPE)
    killed, ended, attempts, whole_run = 0, 0, 0, 0.0
    while (killed < 6 or ended < 2 or times_seen(tmp_path / "seen") <= 10) and attempts < 60:
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
    assert killed >= 6 and times_seen(tmp_path / "seen") > 10
    assert len(keys_of(tmp_path)) == len(keys) + attempts and set(keys) < set(keys_of(tmp_path))
    assert sorted(register_of(tmp_path)) == [path.name for path in part_files(tmp_path / "policies")]


def times_seen(path: Path) -> int:
    """How often the reader has read all so far, by its last whole line."""
    lines = path.read_text().split("\n")[:-1]
    return int(lines[-1].split()[0]) if lines else 0


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
    keys = add_crawls(tmp_path, 10)
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
