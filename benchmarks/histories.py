"""Time and memory of keeping histories: ``python benchmarks/histories.py FOLDER --domains 5000``.

Makes up that many domains of a few captures, some with a new text, as an import brings them; then, each in a process of
its own: works all histories out, brings 1 % of them up to date (one more capture each), and moves ``known_through`` on
for all, as a week without news does.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
from release import sentences, timeline
from stage import processor_seconds

from crawler.histories import keep_histories
from crawler.ledger import Ledger
from crawler.ledger.imported import enter_rows
from crawler.ledger.tables import publish
from pipelines.dataset import parts
from pipelines.dataset.merging import CAPTURE_KEY
from pipelines.dataset.places import Place
from pipelines.dataset.reading import WORKED_OUT
from pipelines.history.telling import Comparers
from pipelines.outcomes import DomainOutcome
from pipelines.schema import POLICIES

CAPTURES = 8
STEPS = ("add all", "keep", "add some", "keep", "visit all", "keep")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="new folder; delete it afterwards")
    parser.add_argument("--domains", type=int, default=5_000)
    parser.add_argument("--processes", type=int, help="that compare texts (default: one per core)")
    parser.add_argument("--work", type=Place, help="URL of a folder: the nodes of Ray at RAY_ADDRESS compare texts")
    parser.add_argument("--step", choices=STEPS, help="only this one, in this process")
    options = parser.parse_args()
    if options.step:
        with closing(Ledger(options.folder)) as ledger:
            if options.step == "keep":
                keep(ledger, Comparers(options.processes, options.work))
            else:
                (visit_all if options.step == "visit all" else add)(ledger, options.domains, options.step)
        return
    options.folder.mkdir(parents=True)
    for step in STEPS:
        arguments = [options.folder, "--domains", str(options.domains), "--step", step]
        arguments += ["--processes", str(options.processes)] if options.processes else []
        arguments += ["--work", options.work.url] if options.work else []
        subprocess.run([sys.executable, __file__, *arguments], check=True)


def add(ledger: Ledger, domains: int, step: str) -> None:
    pool = sentences()
    every = 1 if step == "add all" else 100
    for first in range(0, domains, 500 * every):
        names = [f"site{number:07}.example" for number in range(first, min(first + 500 * every, domains), every)]
        rows = sorted(_rows(names, step, pool), key=lambda row: [row[name] for name in CAPTURE_KEY])
        parts.append(ledger.dataset.data_dir, f"import-{every}-{first}.parquet", pa.Table.from_pylist(rows, POLICIES))
        enter_rows(ledger.db, rows)


def _rows(names: list[str], step: str, pool: list[str]) -> Iterator[dict[str, Any]]:
    count, begin = (CAPTURES, 0) if step == "add all" else (1, CAPTURES)
    for name in names:
        for row in timeline(name, count, begin, pool, []):
            yield {**row, "link_text": None, "crawl_id": "import-20260102-030405-123456"}


def visit_all(ledger: Ledger, domains: int, step: str) -> None:
    crawl_id = ledger.begin_crawl({"value": step}, "web.archive.org")
    for number in range(domains):
        domain_id, _ = ledger.domains.open(crawl_id, f"site{number:07}.example")
        ledger.domains.close(domain_id, DomainOutcome.FOUND, asked_until=time.time())


def keep(ledger: Ledger, comparers: Comparers) -> None:
    data = ledger.dataset.data_dir
    before = _files(data)
    started, used = time.perf_counter(), processor_seconds()
    done = keep_histories(data, ledger, comparers)
    seconds, cpu = time.perf_counter() - started, processor_seconds() - used
    publish(ledger.db, data)
    written = {path: size for path, (inode, size) in _files(data).items() if before.get(path, (0, 0))[0] != inode}
    sizes = {table: sum(size for path, size in written.items() if path.parent.name == table) for table in
             (*WORKED_OUT, "captures", "domains")}  # fmt: skip
    print(
        f"{done.domains:,} domains worked out, {done.texts:,} texts read: {seconds:.1f} s ({cpu:.1f} s of CPU),"
        f" peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB; written: "
        + ", ".join(f"{table} {size / 1e6:.2f} MB" for table, size in sizes.items())
    )


def _files(data: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_ino, path.stat().st_size) for path in data.glob("*/*.parquet")}


if __name__ == "__main__":
    main()
