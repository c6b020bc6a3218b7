"""How much of its budget a crawl uses, and whether it ever goes over it (issue 2, benchmark a).

    python benchmarks/budgets.py [--seconds 70] [--latencies 0.02 0.1 2 3]

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
from pathlib import Path

import stage
from synthetic import Site, sites, write_archive

BUDGETS = {"cdx": 240, "playback": 4800}
#: Many domains with a capture or two: the index limits. Few domains with many: playback does.
WORK = {"cdx": ("all", sites(900, 2, [3])), "playback": ("all", sites(12, 1000, [3]))}
#: The usual case: the plan looks at a domain's captures in rounds, domain by domain as the index gives them.
WORK["rounds"] = ("versions", sites(400, 80, [3], versions=6))


def measure(folder: Path, plan: str, work: list[Site], latency: float, seconds: float) -> dict[str, list[float]]:
    """When requests of each pool came in (seconds) while the crawl ran and was not told to stop."""
    warc, domains = write_archive(folder, work)
    settings = {"CDX_PER_MINUTE": BUDGETS["cdx"], "PLAYBACK_PER_MINUTE": BUDGETS["playback"]}
    with stage.archive(warc, latency=latency) as url:
        with stage.crawl(folder / "data", url, domains=domains, plan=plan, settings=settings) as process:
            try:
                process.wait(seconds)
                sys.exit(f"the crawl ended by itself, see {folder}/data/log.txt")
            except subprocess.TimeoutExpired:
                stop = time.monotonic()
        log = stage.requests(url)
    return {pool: [r["time"] for r in log if r["pool"] == pool and r["time"] <= stop] + [stop] for pool in BUDGETS}


def use(times: list[float], per_minute: float) -> float:
    """Share of the budget used from the first request to the end (the last of ``times``)."""
    return (len(times) - 1) / ((times[-1] - times[0]) / 60 * per_minute)


def peak(times: list[float], per_minute: float, window: float) -> float:
    """The most requests in any ``window`` seconds, as a share of the budget for that time."""
    most, first = 0, 0
    for last, now in enumerate(times):
        while now - times[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most / (per_minute * window / 60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=70)
    parser.add_argument("--latencies", type=float, nargs="+", default=[0.02, 0.1, 2, 3])
    parser.add_argument("--work", nargs="+", default=list(WORK), choices=WORK)
    parser.add_argument("--keep", action="store_true", help="leave the data where they are")
    given = parser.parse_args()
    print(
        "work      latency  limits    use   peak 60 s: cdx playback   peak 6 s: cdx playback",
        flush=True,
    )
    for name in given.work:
        for latency in given.latencies:
            folder = Path(tempfile.mkdtemp(prefix="budgets-"))
            times = measure(folder, *WORK[name], latency, given.seconds)
            used = {pool: use(times[pool], BUDGETS[pool]) for pool in BUDGETS}
            limiting = max(used, key=lambda pool: used[pool])
            peaks = [f"{peak(times[p][:-1], BUDGETS[p], window):.1%}" for window in (60, 6) for p in BUDGETS]
            print(
                f"{name:9} {latency:5.2f} s  {limiting:8} {used[limiting]:6.1%}  {peaks[0]:>14} {peaks[1]:>8}"
                f"  {peaks[2]:>14} {peaks[3]:>8}   {stage.stall_line(folder / 'data')}",
                flush=True,
            )
            if not given.keep:
                shutil.rmtree(folder)


if __name__ == "__main__":
    main()
