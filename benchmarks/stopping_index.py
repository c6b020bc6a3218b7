"""What the crawl says of sites whose index stops early and does not say so.

    python benchmarks/stopping_index.py [--sites 30] [--seed 7] [--rows 2000]

The sites of ``invented_sites.py``, each with more captures before its policy than the index looks at: the archive stops
after ``--rows`` rows and gives no resume key. One site in three has no homepage, another one's homepages are scripts
alone. All have a policy, so each one that is called absent is called so falsely.
"""

from __future__ import annotations

import argparse
import tempfile
import zlib
from collections import Counter
from datetime import timedelta
from pathlib import Path

import discovery
import invented_sites
import stage
from invented_sites import Site, number_of
from synthetic import record

from crawler.archives import CDX

SCRIPTS = (
    b'<html><head><title>App</title></head><body><div id="app"></div><script src="/app.js"></script></body></html>'
)


def grow(site: Site, rows: int) -> None:
    """Adds captures that an index lists before the policy's, and takes away homepages or what they show."""
    kind = number_of(site) % 3
    home = f"{site.scheme(site.first)}://{site.www}{site.domain}/"
    if kind:
        site.records = [record for record in site.records if not _is_homepage(record)]
    if kind == 2:
        site.records.append(record(home, site.first, SCRIPTS))
    for number in range(rows):
        when = site.first + timedelta(minutes=number)
        site.records.append(record(f"{home}a/{number}.html", when, b"<p>Page</p>"))


def _is_homepage(record: bytes) -> bool:
    address = zlib.decompress(record, wbits=31).partition(b"WARC-Target-URI: ")[2].partition(b"\r")[0]
    return address.count(b"/") == 3 and address.endswith(b"/")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rows", type=int, default=2000)
    given = parser.parse_args()
    sites = invented_sites.invent(given.sites, given.seed)
    for site in sites:
        grow(site, given.rows + 100)
    with tempfile.TemporaryDirectory(prefix="stopping-index-") as name:
        folder = Path(name)
        warc, _ = invented_sites.write(folder, sites)
        with stage.archive(warc) as url:
            stage.set_faults(url, [{"action": "scan_limit", "pool": CDX, "rows": given.rows}])
            score = discovery.run(folder / "data", url, sites, "versions")
        print(report(folder / "data", sites, score))


def report(data: Path, sites: list[Site], score: discovery.Score) -> str:
    """Outcomes by kind of site, and requests a domain."""
    import pyarrow.dataset as ds

    told = {row["domain"]: row for row in ds.dataset(data / "domains").to_table().to_pylist()}
    lines = []
    for kind, name in enumerate(("homepages with links", "no homepage", "homepages of scripts alone")):
        outcomes = Counter(told[site.domain]["outcome"] for site in sites if number_of(site) % 3 == kind)
        lines.append(f"{name}: {dict(outcomes)}")
    absent = [row["domain"] for row in told.values() if row["outcome"] in ("no_policy_found", "not_archived")]
    lines.append(f"falsely absent: {len(absent)} of {len(sites)} {absent}")
    lines.append(
        f"a domain: {score.cdx / score.sites:.2f} CDX and {score.playback / score.sites:.1f} playback requests"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
