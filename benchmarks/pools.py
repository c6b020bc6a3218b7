"""Are both budgets used at once? While one domain waits for the index, others should fetch.

    python benchmarks/pools.py [--domains 1000] [--captures 20] [--times 10]

The real crawl (``plan=all``) of 1,000 domains with 20 captures each, at ``times`` the usual budgets: ten times
is 240 CDX requests and 4,800 playback requests a minute. use: requests of a pool by its budget, from the first request
until one of the pools has made its last one.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import stage
from markdown_table import table_head, table_row
from synthetic import sites, write_archive

USUAL = {"cdx": 24, "playback": 480}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--captures", type=int, default=20)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--times", type=float, default=10, help="the usual budgets: fewer on a machine that is busy")
    given = parser.parse_args()
    budgets = {pool: a_minute * given.times for pool, a_minute in USUAL.items()}
    folder = Path(tempfile.mkdtemp(prefix="pools-"))
    warc, domains = write_archive(folder, sites(given.domains, given.captures, [2]))
    settings = {"CDX_PER_MINUTE": budgets["cdx"], "PLAYBACK_PER_MINUTE": budgets["playback"]}
    with stage.archive(warc, latency=given.latency) as url:
        with stage.crawl(folder / "data", url, asked=domains, plan="all", settings=settings) as process:
            if code := process.wait(3600):
                raise SystemExit(f"the crawl ended with {code}, see {folder}/data/log.txt")
        log = stage.requests(url)
    times = {pool: [request["time"] for request in log if request["pool"] == pool] for pool in budgets}
    start, end = min(min(t) for t in times.values()), min(max(t) for t in times.values())
    print(f"both pools have work for {end - start:.0f} s")
    print(table_head("pool", "requests", "until one runs out", "use"))
    for pool, budget in budgets.items():
        until = sum(time <= end for time in times[pool])
        use = until / ((end - start) / 60 * budget)
        print(table_row(pool, f"{len(times[pool]):,}", f"{until:,}", f"{use:.1%}"))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
