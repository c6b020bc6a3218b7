"""Time and peak memory of a release: ``python benchmarks/release.py 100000 FOLDER --processes 1 2``.

Writes that many made-up rows of some 10 KB of text (20 captures a domain, three in ten with a new text, five
times as many rows of captures), in part files of 10,000 rows, then makes a release by each number of processes, in
turns, and compares the bytes. Time is that of the first number's ratio; memory that of all processes of a release
together, where what they share counts once (PSS, Linux).
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import stage

from pipelines.schema import CAPTURES, POLICIES

CAPTURES_A_DOMAIN = 20
_PART_ROWS = 10_000
_KNOWN_A_STORED = 5
_START = datetime(2005, 1, 1, tzinfo=UTC)
_VOCABULARY = """
    we you your our the of to and data information may not share collect use third party partners cookies
    browser website service account email address name location consent policy privacy personal
    provide request delete
    law security retain days months advertising analytics payment contact change update rights access devices
"""
_WORDS = _VOCABULARY.split()
RELEASE = """
import sys
from pathlib import Path
from pipelines.release.build import release
from stage import cpu_seconds
data, out, processes = sys.argv[1:]
release(Path(data), Path(out), number=1, processes=int(processes))
print(cpu_seconds())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int)
    parser.add_argument("folder", type=Path, help="new folder for the data and the releases; delete it afterwards")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="how many, in turns")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    data, script = options.folder / "data", options.folder / "release.py"
    if not data.exists():
        started = time.perf_counter()
        write(data, options.rows)
        seconds = time.perf_counter() - started
        print(f"{options.rows:,} rows written in {seconds:.0f} s, {stage.size(data) / 1e6:,.0f} MB")
    script.write_text(RELEASE)
    measured: dict[int, list[tuple[float, float, float]]] = {number: [] for number in options.processes}
    sums = set()
    for turn in range(options.rounds):
        for number in options.processes:
            out = options.folder / f"release {turn} by {number}"
            measured[number].append(_release(script, data, out, number))
            sums.add((out / "SHA256SUMS").read_text())
    base = [statistics.median(column) for column in zip(*measured[options.processes[0]], strict=True)]
    for number, times in measured.items():
        seconds, cpu, peak = (statistics.median(column) for column in zip(*times, strict=True))
        print(
            f"{number} processes: {seconds:.0f} s ({seconds / base[0]:.2f}), {cpu:.0f} s of CPU ({cpu / base[1]:.2f}),"
            f" peak memory of all {peak:,.0f} MB"
        )
    print("the same bytes" if len(sums) == 1 else "OTHER BYTES")
    for table in sorted(path for path in out.iterdir() if path.is_dir()):
        rows = sum(pq.ParquetFile(file).metadata.num_rows for file in table.glob("*.parquet"))
        print(f"  {table.name:<16} {rows:>11,} rows {stage.size(table) / 1e6:>9,.1f} MB")


def _release(script: Path, data: Path, out: Path, processes: int) -> tuple[float, float, float]:
    """Seconds by the clock and of CPU, and the most memory in MB, of one release."""
    started = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, script, data, out, str(processes)],
        stdout=subprocess.PIPE,
        text=True,
        env=stage.ENVIRONMENT | {"PYTHONPATH": f"{stage.ROOT}:{Path(__file__).parent}"},
    )
    peak = 0.0
    while running.poll() is None:
        peak = max(peak, sum(stage.memory(running.pid).values()))
        time.sleep(0.2)
    seconds = time.perf_counter() - started
    assert running.returncode == 0
    assert running.stdout is not None
    return seconds, float(running.stdout.read()), peak


def write(data: Path, rows: int) -> None:
    """Part files of made-up rows, each sorted by domain and time, each domain's rows in two of them."""
    pool = sentences()
    for part in range(0, rows, _PART_ROWS):
        policies: list[dict[str, Any]] = []
        captures: list[dict[str, Any]] = []
        # Two runs of the crawl see the same domains: each part holds half of their captures.
        first = part // (2 * _PART_ROWS) * (2 * _PART_ROWS // CAPTURES_A_DOMAIN)
        half = CAPTURES_A_DOMAIN // 2
        later = part // _PART_ROWS % 2
        for number in range(min(_PART_ROWS, rows - part) // half):
            domain = f"site{first + number:07}.example"
            policies += timeline(domain, half, half * later, pool, captures)
        write_parts(data, f"{part:09}", policies, captures)


def write_parts(data: Path, name: str, policies: list[dict[str, Any]], captures: list[dict[str, Any]]) -> None:
    """A part file of each table."""
    for table, rows, schema in (("policies", policies, POLICIES), ("captures", captures, CAPTURES)):
        path = data / table / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema), path, compression="zstd", row_group_size=1000)


def sentences() -> list[str]:
    """What the policies are made of."""
    dice = random.Random(5)
    return [" ".join(dice.choices(_WORDS, k=18)).capitalize() + "." for _ in range(20_000)]


def timeline(
    domain: str, count: int, begin: int, pool: list[str], captures: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The stored captures of one domain; all known ones are added to ``captures``."""
    dice = random.Random(domain)
    paragraphs = [" ".join(dice.sample(pool, 4)) for _ in range(22)]
    dice = random.Random(f"{domain} {begin}")
    url = f"https://{domain}/privacy"
    for number in range(begin, begin + count):
        if dice.random() < 0.3:
            place = dice.randrange(len(paragraphs))
            paragraphs[place : place + dice.randrange(2)] = [" ".join(dice.sample(pool, 3))]
        text = "\n\n".join(paragraphs)
        moment = _START + timedelta(days=200 * number)
        sha = hashlib.sha256(text.encode()).hexdigest()
        captures += [
            {
                "archive": "web.archive.org",
                "domain": domain,
                "policy_url": url,
                "captured_at": moment + timedelta(days=20 * step),
                "archive_digest": sha[:32],
                "mimetype": "text/html",
                "http_status": 200,
                "length": 4000,
                "outcome": "unchanged" if step else "stored",
                "same_as": moment if step else None,
                "detail": None,
            }
            for step in range(_KNOWN_A_STORED)
        ]
        yield {
            "domain": domain,
            "capture_date": moment.date(),
            "captured_at": moment,
            "requested_at": moment,
            "policy_url": url,
            "wayback_url": f"https://web.archive.org/web/{moment:%Y%m%d%H%M%S}id_/{url}",
            "view_url": f"https://web.archive.org/web/{moment:%Y%m%d%H%M%S}/{url}",
            "origin": "crawl",
            "found_by": "url_keyword",
            "redirects": [],
            "title": "Privacy policy",
            "text": text,
            "markdown": text,
            "language": "en",
            "language_score": 0.99,
            "kind": "privacy_policy",
            "policy_score": 0.98,
            "primary": True,
            "policy_owner": "same_domain",
            "words": text.count(" "),
            "text_sha256": sha,
            "raw_sha256": sha,
            "archive_digest": sha[:32],
            "mimetype": "text/html",
            "http_status": 200,
            "charset": "utf-8",
            "archive": "web.archive.org",
            "extractor": "trafilatura 2.3.1",
            "fetched_at": datetime(2026, 11, 1, tzinfo=UTC),
            "crawl_id": "bench",
            "warc_file": "bench.warc.gz",
            "warc_offset": number,
        }


if __name__ == "__main__":
    main()
