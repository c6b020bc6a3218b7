"""How much of its budget a crawl uses, and whether it ever goes over it.

    python benchmarks/budgets.py [--seconds 70] [--latencies 0.02 0.1 2 3] [--scale 10]
    python benchmarks/budgets.py --scale 1 --crawls 4 --latencies 0.1 --work rounds     # four crawls of one machine

The real crawl runs against an archive that answers late, with ten times the usual budgets (240 CDX requests and
4,800 playback requests a minute) and more work than it can do. The archive's log says when requests came in.

use: requests of the pool that limits, by its budget, from its first request until the crawl is told to stop.
peak: the most requests of a pool in any 60 s, by its budget.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import stage
from synthetic import sites, write_archive

USUAL = {"cdx": 24, "playback": 480}
#: Plan and sites. Many domains with a capture or two: the index limits. Few domains with many: playback does.
#: ``rounds`` is the usual case: the plan looks at a domain's captures in rounds, domain by domain.
WORK = {
    "cdx": ("all", sites(900, 2, [3])),
    "playback": ("all", sites(12, 1000, [3])),
    "rounds": ("versions", sites(400, 80, [3], versions=6)),
}


def measure(
    folder: Path, work: str, budgets: dict[str, float], *, latency: float, seconds: float, crawls: int = 1
) -> dict[str, list[float]]:
    """When (monotonic) requests of each pool came in; the last entry is when the crawls were told to stop."""
    plan, domains = WORK[work]
    warc, names = write_archive(folder, domains)
    lines = names.read_text().splitlines(keepends=True)
    settings = {
        "CDX_PER_MINUTE": budgets["cdx"], "PLAYBACK_PER_MINUTE": budgets["playback"], "SLOTS_DIR": folder / "slots",
    }  # fmt: skip
    with stage.archive(warc, latency=latency) as url:
        with ExitStack() as running:
            for number in range(crawls):
                names = folder / f"domains{number}.txt"
                names.write_text("".join(lines[number::crawls]))
                crawl = stage.crawl(data_dir(folder, number), url, asked=names, plan=plan, settings=settings)
                process = running.enter_context(crawl)
            try:
                process.wait(seconds)
                sys.exit(f"the crawl ended by itself, see {folder}/data*/log.txt")
            except subprocess.TimeoutExpired:
                stop = time.monotonic()
        log = stage.requests(url)
    return {pool: [*(r["time"] for r in log if r["pool"] == pool and r["time"] <= stop), stop] for pool in budgets}


def data_dir(folder: Path, number: int) -> Path:
    return folder / f"data{number}"


def use(times: list[float], per_minute: float) -> float:
    """Share of the budget used after the first request, to the end (the last of ``times``)."""
    return (len(times) - 2) / ((times[-1] - times[0]) / 60 * per_minute) if len(times) > 1 else 0.0


def peak(times: list[float], per_minute: float) -> float:
    """The most requests in any 60 s, as a share of the budget."""
    most, first = 0, 0
    for last, now in enumerate(times[:-1]):
        while now - times[first] >= 60:
            first += 1
        most = max(most, last - first + 1)
    return most / per_minute


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=70)
    parser.add_argument("--latencies", type=float, nargs="+", default=[0.02, 0.1, 2, 3])
    parser.add_argument("--scale", type=float, default=10, help="times the usual budgets (default: %(default)s)")
    parser.add_argument("--work", nargs="+", default=list(WORK), choices=WORK)
    parser.add_argument("--crawls", type=int, default=1, help="at once, each with its share of the domains")
    given = parser.parse_args()
    budgets = {pool: usual * given.scale for pool, usual in USUAL.items()}
    print("work      latency  limits    use    peak in 60 s: cdx  playback", flush=True)
    for work in given.work:
        for latency in given.latencies:
            folder = Path(tempfile.mkdtemp(prefix="budgets-"))
            times = measure(folder, work, budgets, latency=latency, seconds=given.seconds, crawls=given.crawls)
            used = {pool: use(times[pool], budget) for pool, budget in budgets.items()}
            limiting = max(used, key=lambda pool: used[pool])
            peaks = [peak(times[pool], budget) for pool, budget in budgets.items()]
            print(
                f"{work:9} {latency:5.2f} s  {limiting:8} {used[limiting]:6.1%}  {peaks[0]:17.1%}  {peaks[1]:8.1%}"
                f"   {stage.stall_line(data_dir(folder, 0))}",
                flush=True,
            )
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
