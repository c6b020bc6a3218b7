"""Captures a second, end to end and with no limits, beside bare trafilatura on the same pages in the same run.

    python benchmarks/throughput.py [--captures 1200] [--rounds 3]

In turns: the real crawl (index, playback, WARC, texts in two processes, Parquet, ledger) of a local archive, which
runs on the same two cores; and ``trafilatura.extract(html, favor_recall=True)`` over the same pages, already in
memory, in two processes. Pages are of the sizes that real policies have (10 to 160 kB). Time of the crawl runs from
its first request to the end of the process. The ratio is also given by CPU time, which other users of the machine
disturb less: what both would do with two cores of their own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
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


def bare(pages: list[str]) -> tuple[float, float]:
    """(pages a second, CPU seconds a page) of bare trafilatura in two processes that have started already."""
    with multiprocessing.get_context("forkserver").Pool(PROCESSES) as pool:
        pool.map(_extract, pages[: PROCESSES * 4], chunksize=2)
        started = time.perf_counter()
        cpu = sum(pool.imap_unordered(_extract, pages, chunksize=4))
        return len(pages) / (time.perf_counter() - started), cpu / len(pages)


def _extract(html: str) -> float:
    import trafilatura

    before = time.process_time()
    trafilatura.extract(html, favor_recall=True)
    return time.process_time() - before


def crawled(folder: Path, warc: Path, domains: Path, count: int) -> tuple[float, dict[str, float]]:
    """(captures a second of the real crawl, CPU seconds a capture of crawler, workers and archive)."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    settings = {"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "EXTRACTION_PROCESSES": PROCESSES}
    cpu: dict[int, float] = {}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with stage.archive(warc) as url:
        with stage.crawl(data, url, asked=domains, settings=settings) as process:
            while process.poll() is None:
                time.sleep(0.1)
                cpu |= stage.cpu_seconds_of(process.pid)
            ended = time.monotonic()
        started = stage.requests(url)[0]["time"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise SystemExit(f"the crawl failed ({process.returncode}), see {data}/log.txt")
    crawler = cpu.pop(process.pid)
    archive = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime - crawler
    spent = {"crawler": crawler, "workers": sum(cpu.values()), "archive": archive}
    return count / (ended - started), {name: seconds / count for name, seconds in spent.items()}


def pages_of(work: list[Site]) -> list[str]:
    return [body.decode() for site in work for _, _, body in captures(site)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--captures", type=int, default=1200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    work = sites(max(given.captures // 25, 1), 25, SIZES, versions=5)
    pages = pages_of(work)
    print(f"{len(pages)} pages of {sum(map(len, pages)) / len(pages) / 1000:.0f} kB on average")
    folder = Path(tempfile.mkdtemp(prefix="throughput-"))
    warc, domains = write_archive(folder, work)
    by_clock, by_cpu = [], []
    for _ in range(given.rounds):
        alone, alone_cpu = bare(pages)
        whole, cpu = crawled(folder, warc, domains, len(pages))
        by_clock.append(whole / alone)
        by_cpu.append(alone_cpu / sum(cpu.values()))
        parts = ", ".join(f"{name} {seconds * 1000:.1f}" for name, seconds in cpu.items())
        print(
            f"crawl {whole:5.1f} a second ({parts} ms of CPU each)  bare {alone:5.1f} ({alone_cpu * 1000:.1f}"
            f" ms)  ratio {by_clock[-1]:.2f}, by CPU {by_cpu[-1]:.2f}  {stage.stall_line(folder / 'data')}",
            flush=True,
        )
    print(f"median ratio {statistics.median(by_clock):.2f}, by CPU time {statistics.median(by_cpu):.2f}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
