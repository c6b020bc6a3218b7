"""How many requests a running crawl still takes, as far as that can be told."""

from __future__ import annotations

from crawler.planning.expected import Expected

#: So many captures have to be fetched before what they took says more than that each takes one request.
_FEW = 20


class Forecast:
    """What the begun domains of a run are expected to take; the others are expected to take as much on the average."""

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
        a_capture = (sent + _FEW) / (fetched + _FEW)  # redirects and homepages take requests, too
        begun = self._finished + len(self._later)
        new = max(0, open_domains - len(self._later))
        found = []
        for later in map(sum, zip(*self._later.values(), strict=True)) if self._later else (0.0, 0.0):
            rest = (planned + later) * a_capture
            found.append(rest + (new * (sent + rest) / begun if begun else 0.0))
        return Expected(*found)
