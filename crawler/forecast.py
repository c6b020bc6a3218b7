"""How many requests a running crawl still takes, as far as that can be told."""

from __future__ import annotations

from crawler.planning.expected import Expected

#: That a capture takes one request weighs as much as this many captures whose requests were counted.
_FEW = 20


class Forecast:
    """What the domains that a run has begun are expected to take; the others should take as much on average."""

    def __init__(self) -> None:
        self._later: dict[int, Expected] = {}
        """By domain (id): captures that are not planned yet."""
        self._finished = 0

    def advanced(self, domain_id: int, later: Expected) -> None:
        """Notes that a domain took a step, after which so many captures may come."""
        self._later[domain_id] = later

    def finished(self, domain_id: int) -> None:
        """Notes that a domain is done."""
        self._later.pop(domain_id, None)
        self._finished += 1

    def left(self, *, open_domains: int, planned: int, sent: int, fetched: int) -> Expected:
        """How many playback requests are left.

        ``open_domains`` are those in the ledger that are not done; ``planned`` their captures that are not fetched yet;
        ``sent`` and ``fetched`` the requests and the captures of this run so far.
        """
        per_capture = (sent + _FEW) / (fetched + _FEW)  # redirects and homepages take requests, too
        begun = self._finished + len(self._later)
        new = max(0, open_domains - len(self._later))
        found = []
        for later in map(sum, zip(*self._later.values(), strict=True)) if self._later else (0.0, 0.0):
            rest = (planned + later) * per_capture
            found.append(rest + (new * (sent + rest) / begun if begun else 0.0))
        return Expected(*found)
