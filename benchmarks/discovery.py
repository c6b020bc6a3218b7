"""What the crawl finds of 200 invented sites, and what that costs.

    python benchmarks/discovery.py [--sites 200] [--seed 7] [--keep DIR]

A real crawl (``plan=versions``, no budgets) of the sites of ``invented_sites.py`` in a process of its own; then one
with ``plan=all`` of those with a capture a week. Recall comes from the dataset, costs from the archive's log. Beside
it stands the older method (``older_method.py``), whose requests are counted on the same archive's index.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import invented_sites
import older_method
import stage
from invented_sites import Shown, Site
from markdown_table import whole_table

from pipelines.surt import urlkey
from pipelines.timestamps import half_year, half_year_label

#: A change counts as dated within this, or between neighbouring captures where those are further apart.
DATED = timedelta(days=30)
NO_BUDGETS = {"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "RETRY_SECONDS": 0.2}
#: (urlkey, timestamp) of captures that are shown as the main policy's, each with its text's hash.
Seen = dict[tuple[str, str], str]


@dataclass
class Score:
    """Figures over some sites; counts of what was found, and of what could be."""

    sites: int = 0
    domains: list[str] = field(default_factory=list)
    """Domains of which nothing was found."""
    cells: int = 0
    cells_missed: list[str] = field(default_factory=list)
    changes: int = 0
    changes_missed: list[str] = field(default_factory=list)
    cdx: int = 0
    playback: int = 0
    rows: int = 0

    @property
    def domain_recall(self) -> float:
        return 1 - len(self.domains) / self.sites

    @property
    def cell_recall(self) -> float:
        return 1 - len(self.cells_missed) / self.cells

    @property
    def change_recall(self) -> float:
        return 1 - len(self.changes_missed) / max(self.changes, 1)


def score(sites: Iterable[Site], seen: Seen) -> Score:
    """How much of what the archive holds of the sites' main policies was seen."""
    result = Score()
    for site in sites:
        result.sites += 1
        found = [shown for shown in site.policy if (urlkey(shown.url), shown.timestamp) in seen]
        if not found:
            result.domains.append(site.domain)
        cells = {half_year(shown.timestamp) for shown in site.policy}
        result.cells += len(cells)
        told = _cells([(half_year(shown.timestamp), seen[urlkey(shown.url), shown.timestamp]) for shown in found])
        result.cells_missed += [f"{site.domain} {half_year_label(cell)}" for cell in sorted(cells - told)]
        changes, missed = _changes(site.policy, found)
        result.changes += changes
        result.changes_missed += [f"{site.domain} {when:%Y-%m-%d}" for when in missed]
    return result


def _cells(found: Sequence[tuple[int, str]]) -> set[int]:
    """The half-years of which a text is known: seen there, or the same before and after."""
    told = {cell for cell, _ in found}
    for (before, old), (after, new) in pairwise(found):
        if old == new:
            told |= set(range(before, after))
    return told


def _changes(shown: Sequence[Shown], found: Sequence[Shown]) -> tuple[int, list[datetime]]:
    """(changes that the captures can show, those of them that were not found or not dated)."""
    there = {(capture.url, capture.when) for capture in found}
    count, missed = 0, []
    for at, (before, after) in enumerate(pairwise(shown)):
        if before.version == after.version:
            continue
        count += 1
        old = [c.when for c in shown[: at + 1] if c.version == before.version and (c.url, c.when) in there]
        new = [c.when for c in shown[at + 1 :] if c.version == after.version and (c.url, c.when) in there]
        is_dated = bool(old and new) and (
            min(new) - max(old) <= DATED or (max(old), min(new)) == (before.when, after.when)
        )
        if not is_dated:
            missed.append(after.when)
    return count, missed


def crawled(folder: Path) -> tuple[Seen, int]:
    """What a dataset shows as the main policy's, and the number of its rows."""
    import pyarrow.dataset as ds

    policies = ds.dataset(folder / "policies").to_table(
        ["domain", "policy_url", "captured_at", "primary", "text_sha256"]
    ).to_pylist()  # fmt: skip
    captures = ds.dataset(folder / "captures").to_table(
        ["domain", "policy_url", "captured_at", "outcome", "same_as"], filter=ds.field("policy_url").is_valid()
    ).to_pylist()  # fmt: skip
    primary = {
        (r["domain"], urlkey(r["policy_url"]), r["captured_at"]): r["text_sha256"] for r in policies if r["primary"]
    }
    seen: Seen = {}
    for row in captures:
        key = urlkey(row["policy_url"])
        stored_at = {"stored": row["captured_at"], "unchanged": row["same_as"]}.get(row["outcome"])
        if text := primary.get((row["domain"], key, stored_at)):
            seen[key, f"{row['captured_at']:%Y%m%d%H%M%S}"] = text
    return seen, len(policies)


def run(folder: Path, url: str, sites: Sequence[Site], plan: str) -> Score:
    """A real crawl's figures."""
    folder.mkdir(parents=True, exist_ok=True)
    domains = folder / "domains.txt"
    domains.write_text("".join(f"{site.domain}\n" for site in sites))
    stage.forget_requests(url)
    with stage.crawl(folder, url, asked=domains, plan=plan, settings=NO_BUDGETS) as process:
        if code := process.wait(3600):
            raise SystemExit(f"the crawl ended with {code}, see {folder}/log.txt")
    log = stage.requests(url)
    seen, rows = crawled(folder)
    result = score(sites, seen)
    result.rows = rows
    result.cdx = sum(request["pool"] == "cdx" for request in log)
    result.playback = sum(request["pool"] == "playback" for request in log)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="a folder to leave archive and datasets in")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="discovery-"))
    sites = invented_sites.invent(given.sites, given.seed)
    warc, _ = invented_sites.write(folder, sites)
    dense = [site for site in sites if site.is_dense]
    with stage.archive(warc) as url:
        ours = run(folder / "versions", url, sites, "versions")
        versions = run(folder / "dense-versions", url, dense, "versions")
        everything = run(folder / "dense-all", url, dense, "all")
    tokens = [site for site in sites if site.has_tokens]
    changing = score(tokens, crawled(folder / "versions")[0])
    older = older_method.run(warc, sites)
    older_score = score(sites, older.seen)
    older_score.cdx, older_score.playback, older_score.rows = older.cdx, older.playback, older.rows
    print(compared(ours, older_score))
    print(
        f"\nSites whose bytes differ at every capture ({changing.sites}): {changing.change_recall:.1%} of"
        f" {changing.changes} changes found and dated."
    )
    print(f"Sites with a capture a week ({len(dense)}): {versions.playback} playback requests, plan=all"
          f" {everything.playback}: {versions.playback / everything.playback:.1%};"
          f" changes {versions.change_recall:.1%} of {versions.changes}.")  # fmt: skip
    if given.keep:
        report = "\n".join(["", "domains", *ours.domains, "cells", *ours.cells_missed, "changes", *ours.changes_missed])
        (folder / "missed.txt").write_text(report)
    else:
        shutil.rmtree(folder)


def compared(ours: Score, older: Score) -> str:
    """The figures as a Markdown table."""
    lines: list[tuple[str, str, Callable[[Score], str]]] = [
        ("domains found", "98 %", lambda s: f"{s.domain_recall:.1%}"),
        ("(domain, half-year) cells found", "97 %", lambda s: f"{s.cell_recall:.1%} of {s.cells:,}"),
        ("changes found and dated", "95 %", lambda s: f"{s.change_recall:.1%} of {s.changes:,}"),
        ("CDX requests a domain", "1.3", lambda s: f"{s.cdx / s.sites:.2f}"),
        ("playback requests a domain", "", lambda s: f"{s.playback / s.sites:.1f}"),
        ("playback requests a stored row", "1.2", lambda s: f"{s.playback / s.rows:.2f}"),
        ("domains a day at 24 CDX and 480 playback requests a minute", "", lambda s: f"{domains_a_day(s):,.0f}"),
    ]
    rows = [(name, aim, tell(ours), tell(older)) for name, aim, tell in lines]
    return whole_table(("", "aim", "this crawl", "older method"), rows)


def domains_a_day(figures: Score, cdx: float = 24, playback: float = 480) -> float:
    """What the scarcer budget allows."""
    return min(cdx * 1440 / (figures.cdx / figures.sites), playback * 1440 / (figures.playback / figures.sites))


if __name__ == "__main__":
    main()
