"""Memory of a long crawl.

    python benchmarks/memory.py [--captures 50000] [--domains 500]
    python benchmarks/memory.py --domains 1 --addresses 5        # one domain has them all
    python benchmarks/memory.py --captures 6000 --kilobytes 10 40 160

The real crawl takes every capture of an archive of invented pages, without limits. Resident memory is that of the
crawler process itself, whose size must not depend on what the ledger holds. The other figure is the sum over all
processes of the crawl (PSS): those that extract texts, what they are forked from, and the one that merges part files,
of which there are many here, since each few seconds make one.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import stage
from synthetic import sites, write_archive

from pipelines.dataset.reading import part_files

#: A line is printed for so many captures.
EVERY = 5000


def status(pid: int, field: str) -> float:
    """A field of /proc/PID/status in MB: ``VmRSS`` now, ``VmHWM`` at most so far. 0 after the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field)), 0.0)


def fetched(ledger: Path) -> int:
    """Captures that have an outcome by now."""
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as db:
            (count,) = db.execute("SELECT count(*) FROM captures WHERE outcome IS NOT NULL").fetchone()
            return int(count)
    except sqlite3.Error:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--captures", type=int, default=50_000)
    parser.add_argument("--domains", type=int, default=500)
    parser.add_argument("--addresses", type=int, default=1, help="policy addresses of a domain")
    parser.add_argument("--kilobytes", type=int, nargs="+", default=[2], help="sizes of pages, in turn by domain")
    parser.add_argument("--versions", type=int, default=1, help="different texts of a domain")
    parser.add_argument("--seconds", type=float, default=3600, help="tell the crawl to stop after this")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="memory-"))
    captures = given.captures // given.domains
    work = sites(given.domains, captures, given.kilobytes, versions=given.versions, addresses=given.addresses)
    warc, names = write_archive(folder, work)
    settings = {"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "FLUSH_SECONDS": 3}
    all_of_them: dict[int, float] = {}
    peak, next_line, end = 0.0, 0, time.monotonic() + given.seconds
    with (
        stage.archive(warc) as url,
        stage.crawl(folder / "data", url, asked=names, settings=settings) as process,
    ):
        while time.monotonic() < end:
            try:
                process.wait(1)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, status(process.pid, "VmHWM"))
                all_of_them = max(all_of_them, stage.memory(process.pid), key=lambda found: sum(found.values()))
            if (count := fetched(folder / "data" / "crawl.sqlite")) >= next_line:
                print(f"{count:7,} captures  {status(process.pid, 'VmRSS'):6.0f} MB", flush=True)
                next_line = count - count % EVERY + EVERY
    print("part files in the end:", *(path.name for path in part_files(folder / "data" / "policies")))
    count, found = fetched(folder / "data" / "crawl.sqlite"), stage.stalls(folder / "data")
    print(
        f"{count:7,} captures  peak {peak:.0f} MB  exit code {process.returncode};"
        f" {count / found['seconds']:.0f} captures a second; {stage.stall_line(folder / 'data')}"
    )
    crawler = all_of_them.pop(process.pid, 0.0)
    others = " + ".join(f"{size:.0f}" for size in sorted(all_of_them.values(), reverse=True))
    print(
        f"all processes: {crawler + sum(all_of_them.values()):.0f} MB (PSS): the crawler {crawler:.0f}, others {others}"
    )
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
