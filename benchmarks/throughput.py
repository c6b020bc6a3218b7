"""Captures a second, end to end and with no limits, beside bare trafilatura on the same pages in the same run.

    python benchmarks/throughput.py [--captures 1200] [--rounds 3]

In turns: the real crawl (index, playback, WARC, texts in two processes, Parquet, ledger) of a local archive, which
runs on the same two cores; and ``trafilatura.extract(html, favor_recall=True)`` over the same pages, already in
memory, in two processes. Pages are of the sizes that real policies have (10 to 160 kB). Times of the crawl are from
its first request to its last answer plus the end of the run, without the start of the interpreter.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import stage
from synthetic import Site, captures, sites, write_archive

#: Sizes of pages, kB: most of 20 to 60, some large.
SIZES = (10, 20, 30, 40, 50, 60, 90, 160)
PROCESSES = 2


def bare(pages: list[str]) -> float:
    """Pages a second of bare trafilatura in two processes that have started already."""
    with multiprocessing.get_context("forkserver").Pool(PROCESSES) as pool:
        pool.map(_extract, pages[: PROCESSES * 4], chunksize=2)
        started = time.perf_counter()
        for _ in pool.imap_unordered(_extract, pages, chunksize=4):
            pass
        return len(pages) / (time.perf_counter() - started)


def _extract(html: str) -> int:
    import trafilatura

    return len(trafilatura.extract(html, favor_recall=True) or "")


def crawled(folder: Path, warc: Path, domains: Path, count: int) -> tuple[float, float]:
    """(captures a second of the real crawl, CPU seconds a capture of the crawler process, without its workers)."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    settings = {"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "EXTRACTION_PROCESSES": PROCESSES}
    with stage.archive(warc) as url:
        with stage.crawl(data, url, domains=domains, settings=settings) as process:
            code = process.wait()
            ended = time.monotonic()
        started = stage.requests(url)[0]["time"]
    if code != 0:
        raise SystemExit(f"the crawl failed ({code}), see {data}/log.txt")
    return count / (ended - started), stage.stalls(data)["process_cpu"] / count


def pages_of(work: list[Site]) -> list[str]:
    return [body.decode() for site in work for _, _, body in captures(site)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--captures", type=int, default=1200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    work = sites(given.captures // 25, 25, SIZES, versions=5)
    pages = pages_of(work)
    size = sum(map(len, pages)) / len(pages) / 1000
    print(f"{len(pages)} pages of {size:.0f} kB on average, {os.cpu_count()} cores")
    folder = Path(tempfile.mkdtemp(prefix="throughput-"))
    warc, domains = write_archive(folder, work)
    ratios = []
    for _ in range(given.rounds):
        alone = bare(pages)
        whole, cpu = crawled(folder, warc, domains, len(pages))
        ratios.append(whole / alone)
        print(
            f"crawl {whole:6.1f} a second ({cpu * 1000:.1f} ms CPU each outside the workers)   bare trafilatura"
            f" {alone:6.1f}   ratio {ratios[-1]:.2f}   {stage.stall_line(folder / 'data')}",
            flush=True,
        )
    print(f"median ratio {statistics.median(ratios):.2f}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
