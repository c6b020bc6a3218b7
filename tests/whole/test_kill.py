"""SIGKILL at any moment loses nothing that was written, and no row stands twice afterwards."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crawler.local_archive import faults
from crawler.local_archive.server import LocalArchive, serving
from pipelines.dataset.reading import retrying
from tests.support.processes import DOMAINS, Run, crawl, digits, lasting, records_of, start

#: What keeps the crawl slow enough to be killed so often, and lets it write early.
SLOW = {"CDX_PER_MINUTE": 120, "PLAYBACK_PER_MINUTE": 360, "FLUSH_SECONDS": 0.2, "FLUSH_ROWS": 3}
#: The moments of the twenty deaths.
YOUNG, ASKING, WRITING, WRITTEN = "while it starts or recovers", "after a request", "while it writes", "after it wrote"
DEATHS = [YOUNG] * 3 + [ASKING] * 4 + [WRITING] * 2 + [WRITTEN] * 11
#: A death comes at a random moment within so many seconds after the moment's sign.
GRACE = {YOUNG: 2.5, ASKING: 1.0, WRITING: 0.0, WRITTEN: 0.4}
#: A life whose sign does not come, because there is little left to do, ends so many seconds after its first request.
LONGEST_WORK = 3
#: The same while nothing is written yet: long, because a busy machine takes long to begin.
FIRST_WORK = 60
LONGEST_LIFE = 90


#: Sites whose homepages are looked at come last: those looks take the longest to come to something.
LAST = ("quietgarden.example", "brinehouse.example", "nowhere.example")


def domain_list(folder: Path) -> Path:
    """The sample's domains in that order."""
    lines = DOMAINS.read_text().splitlines()
    path = folder / "domains.txt"
    path.write_text("\n".join([*(line for line in lines if line not in LAST), *LAST]))
    return path


def part_files(data_dir: Path) -> list[Path]:
    """The dataset's files as a reader's glob takes them."""
    return [path for folder in ("policies", "captures") for path in (data_dir / folder).rglob("*.parquet")]


def read_whole(data_dir: Path) -> int:
    """Reads each part file; returns the rows of ``policies``. Raises where one is not whole.

    A crawl that is done merges its part files: where a name went between listing and opening, it lists again.
    """

    def read() -> int:
        tables = [(path, pq.read_table(path)) for path in part_files(data_dir)]
        return sum(len(table) for path, table in tables if "policies" in path.parts)

    return retrying(read)


def live_and_die(
    death: str, data_dir: Path, domains: Path, archive: LocalArchive, url: str, chance: random.Random
) -> int:
    """One life of the crawl: killed at a random moment; the requests it made. Meanwhile its files are read."""
    before = len(archive.log)
    files = set(part_files(data_dir))
    signs: dict[str, Callable[[], object]] = {
        YOUNG: lambda: True,
        ASKING: lambda: len(archive.log) > before,
        WRITING: lambda: any((data_dir / "policies").glob("*.tmp-*")),
        WRITTEN: lambda: set(part_files(data_dir)) - files,
    }
    process = start(data_dir, url, domains=domains, settings=SLOW)
    assert process.stdout is not None
    end = time.monotonic() + LONGEST_LIFE
    is_at_work = is_doomed = False
    while time.monotonic() < end:
        if not is_at_work and len(archive.log) > before:
            is_at_work = True
            end = min(end, time.monotonic() + (LONGEST_WORK if files else FIRST_WORK))
        if not is_doomed and signs[death]():
            is_doomed = True
            end = min(end, time.monotonic() + chance.uniform(0, GRACE[death]))
        if process.poll() is not None:  # it has done all there is to do: the next life looks for new captures
            assert process.returncode == 0, process.stdout.read()
            break
        read_whole(data_dir)
        time.sleep(0.02)
    process.kill()
    process.stdout.close()
    process.wait()
    return len(archive.log) - before


@pytest.mark.slow
@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in (1, 2, 3))])
def test_a_crawl_killed_again_and_again_ends_in_the_rows_of_an_undisturbed_one(
    part: int, archive: LocalArchive, tmp_path: Path, undisturbed: Run
) -> None:
    """A quarter of ``DEATHS``, five of them, in a random order."""
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"KILL_SEED={seed}")
    chance = random.Random(seed)
    deaths = DEATHS[part::4]
    chance.shuffle(deaths)
    domains = domain_list(tmp_path)
    archive.rules = faults.parse([{"action": "latency", "seconds": 0.15}])
    with serving(archive) as url:
        lives = []
        written = 0
        for death in deaths:
            lives.append(live_and_die(death, tmp_path, domains, archive, url, chance))
            rows = read_whole(tmp_path)
            assert rows >= written, "what was written stays"
            print(f"{death}: {lives[-1]} requests, {rows} rows")
            written = rows
        assert sum(requests > 0 for requests in lives) >= 2, "enough of them died at work"
        assert written > 0, "and something was written before"
        archive.rules = []
        last = crawl(tmp_path, url, domains=domains, settings={"SLOTS_DIR": ""})  # the dead one's budget holds a while
    assert last.code == 0, last.log

    assert lasting(last.policies) == lasting(undisturbed.policies)
    assert lasting(last.captures) == lasting(undisturbed.captures)
    keys = Counter((row["domain"], row["captured_at"], row["policy_url"]) for row in last.policies)
    assert set(keys.values()) == {1}

    kept = records_of(tmp_path)
    places = {(record.file, record.offset, record.digest) for record in kept}
    for row in last.policies:
        # The sample's index gives the digest of each row's bytes, which may stand in the record of a twin.
        assert (row["warc_file"], row["warc_offset"], row["archive_digest"]) in places, digits(row["captured_at"])
    assert {(record.url, record.timestamp) for record in kept} >= {
        (record.url, record.timestamp) for record in records_of(undisturbed.data_dir)
    }, "what was served on the way, too"
