"""The older way to a policy's history, counted on an archive's index: homepage by homepage.

One CDX request a domain says in which half-years its homepage was captured; one more for each of those half-years
finds the capture. The homepage is played back, its first link that speaks of "privacy" followed, to the nearest
capture in that half-year. No request is made here: bodies and captures come from the WARC file, requests are counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from invented_sites import Site

from crawler.local_archive.index import Entry, Index, load
from pipelines.surt import urlkey
from pipelines.timestamps import half_year

LINK = re.compile(rb'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
PRIVACY = re.compile(rb"privacy", re.IGNORECASE)


@dataclass
class Older:
    """What the older method finds and asks."""

    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    """(urlkey, timestamp) of the policies found, each with its digest."""
    cdx: int = 0
    playback: int = 0
    rows: int = 0


def run(warc: Path, sites: Sequence[Site]) -> Older:
    """The method's finds and requests over some sites."""
    index, result = load([warc]), Older()
    for site in sites:
        result.cdx += 1
        homepages: dict[int, Entry] = {}
        for entry in index.of_url(urlkey(site.domain)):
            if entry.capture.status == 200:
                homepages.setdefault(half_year(entry.capture.timestamp), entry)
        for cell, homepage in homepages.items():
            result.cdx += 1
            result.playback += 1
            link = _link(index, homepage)
            if link is None:
                continue
            result.playback += 1
            if (policy := _policy(index, link, cell, homepage)) is not None:
                result.rows += 1
                result.seen[policy.capture.urlkey, policy.capture.timestamp] = policy.capture.digest
    return result


def _link(index: Index, homepage: Entry) -> str | None:
    """The last link whose text or address speaks of privacy: a footer's."""
    exchange = index.exchange(homepage)
    body = exchange.body if exchange else b""
    links = [m for m in LINK.finditer(body) if PRIVACY.search(m[1]) or PRIVACY.search(m[2])]
    return urljoin(homepage.capture.original, links[-1][1].decode()) if links else None


def _policy(index: Index, link: str, cell: int, homepage: Entry) -> Entry | None:
    """The capture of the link's page nearest to the homepage's, in its half-year."""
    there = [
        entry
        for entry in index.of_url(urlkey(link))
        if half_year(entry.capture.timestamp) == cell and entry.capture.status in (200, None)
    ]
    return min(there, key=lambda e: abs(int(e.capture.timestamp) - int(homepage.capture.timestamp)), default=None)
