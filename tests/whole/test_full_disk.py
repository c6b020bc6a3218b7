"""A crawl in its process on a disk that is full or fails: it ends with exit code 1 and a sentence; nothing is lost."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.disk_faults import FAULTS
from tests.support.processes import PATIENCE, ROOT, Run, command, crawl, lasting

pytestmark = pytest.mark.slow

#: Part files and WARC records of all sizes come to disk early, and again and again.
SETTINGS = {"FLUSH_ROWS": 5}


def run(line: list[str], data_dir: Path, *, before: Callable[[], None] | None = None) -> Run:
    done = subprocess.run(
        line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, preexec_fn=before
    )
    return Run(done.returncode, done.stdout, data_dir)


def assert_told_and_completed(broken: Run, undisturbed: Run, archive_url: str) -> None:
    """The crawl said so, or was done; the next one completes the rows."""
    if broken.code == 0:
        assert lasting(broken.policies) == lasting(undisturbed.policies), broken.log
    else:
        assert broken.code == 1, broken.log
        assert "could not be written" in broken.log or "can't be used" in broken.log, broken.log
        assert "everything planned is settled" not in broken.log
    last = crawl(broken.data_dir, archive_url)
    assert last.code == 0, last.log
    assert lasting(last.policies) == lasting(undisturbed.policies)
    assert lasting(last.captures) == lasting(undisturbed.captures)


SOME = [(0, 60), (1, 700), (0, 1900)]
MANY = [(1, 83), (1, 410), (0, 1230), (1, 2256)]


@pytest.mark.parametrize(
    ("fault", "write"), [*SOME, *(pytest.param(*each, marks=pytest.mark.long) for each in MANY)]
)  # fmt: skip
def test_whichever_write_fails_the_crawl_says_so_and_the_next_one_completes_the_rows(
    fault: int, write: int, archive_url: str, undisturbed: Run, tmp_path: Path
) -> None:
    line = command(tmp_path, archive_url, settings=SETTINGS)
    line[1:3] = ["-m", "tests.support.failing_scrapy", str(fault), str(write)]
    broken = run(line, tmp_path)
    print(f"{FAULTS[fault].name}, write {write}: {broken.log.rpartition('STRUCK: ')[2].strip()}, exit {broken.code}")
    assert "Traceback" not in broken.log, broken.log
    assert_told_and_completed(broken, undisturbed, archive_url)


def test_files_that_can_not_grow_end_the_crawl_and_the_next_one_completes_the_rows(
    archive_url: str, undisturbed: Run, tmp_path: Path
) -> None:
    """The system itself refuses what Python, Arrow and SQLite write beyond a size; workers do not start either."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    broken = run(command(tmp_path, archive_url, settings=SETTINGS), tmp_path, before=limit)
    assert broken.code == 1, broken.log
    assert_told_and_completed(broken, undisturbed, archive_url)
