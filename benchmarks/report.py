"""Time, memory and size of a report: ``python benchmarks/report.py 1000 FOLDER``.

Writes that many made-up domains of 30 versions each, makes a release, which works their histories out, and its report
three times: from nothing, again with nothing new, and of a release with one version more of one domain in a hundred.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipelines.schema import CAPTURES, DOMAINS, POLICIES
from tests.support.rows import asked, capture, policy

VERSIONS = 30
_PARAGRAPHS = 30
_WORDS = [f"w{number}" for number in range(3000)]
_FIRST = datetime(2001, 1, 1, tzinfo=UTC)
_AT_ONCE = 250


def rows(number: int, versions: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The rows of ``policies`` and ``captures`` of a domain, of which each capture has another text."""
    dice = random.Random(number)
    name = f"d{number:06}.test"
    paragraphs = [_paragraph(dice) for _ in range(_PARAGRAPHS)]
    for version in range(versions):
        for _ in range(2):
            paragraphs[dice.randrange(_PARAGRAPHS)] = _paragraph(dice)
        day = f"{_FIRST + timedelta(days=280 * version + dice.randrange(100)):%Y-%m-%d}"
        yield policy(name, day, "\n\n".join(paragraphs)), capture(name, day)


def _paragraph(dice: random.Random) -> str:
    return f"{' '.join(dice.choices(_WORDS, k=60))}."


def write(data_dir: Path, name: str, domains: range, versions: int) -> None:
    """Writes part files of these domains."""
    for first in range(domains.start, domains.stop, _AT_ONCE):
        some = range(first, min(first + _AT_ONCE, domains.stop))
        pairs = [pair for number in some for pair in rows(number, versions)]
        found = {
            "policies": ([row for row, _ in pairs], POLICIES),
            "captures": ([row for _, row in pairs], CAPTURES),
            "domains": ([asked(f"d{number:06}.test") for number in some], DOMAINS),
        }
        for table, (content, schema) in found.items():
            (data_dir / table).mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(content, schema), data_dir / table / f"{name}-{first:06}.parquet")


def timed(data_dir: Path, *arguments: str) -> str:
    """What a command takes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "scrapy", *arguments, "-s", f"DATA_DIR={data_dir}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    last = (done.stdout.strip().splitlines() or [""])[-1]
    return f"{seconds:.0f} s, {cpu:.0f} s of CPU, {after.ru_maxrss / 1024:,.0f} MB at the most so far; {last}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("domains", type=int)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    data, out = given.folder / "data", given.folder / "report"
    first, later = (str(given.folder / name) for name in ("first", "later"))
    write(data, "first", range(given.domains), VERSIONS)
    print(f"release     {timed(data, 'release', '-o', first)}", flush=True)
    print(f"report      {timed(data, 'report', '-o', str(out), '--release', first)}", flush=True)
    print(f"again       {timed(data, 'report', '-o', str(out), '--release', first)}", flush=True)
    write(data, "later", range(max(1, given.domains // 100)), VERSIONS + 1)
    timed(data, "release", "-o", later)
    print(f"1 % changed {timed(data, 'report', '-o', str(out), '--release', later)}", flush=True)
    largest = max(path.stat().st_size for path in out.rglob("*.html"))
    print(f"the largest page has {largest / 1000:.0f} KB")


if __name__ == "__main__":
    main()
