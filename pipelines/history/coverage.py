"""Coverage: what is known of a domain in each half-year and, where nothing is, why.

The half-years run from the domain's first known capture to its last, so an empty one is a gap and not the
time before the domain existed. A domain of which no capture is known has one row without a half-year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import pairwise

from pipelines.history.versions import Version
from pipelines.outcomes import DomainOutcome, Outcome

COVERED = "covered"
CARRIED = "carried"
NOT_A_POLICY = "not_a_policy"
NOT_ASKED = "not_asked"
FILLED = frozenset({COVERED, CARRIED})

#: Why a half-year with captures shows no text, the most telling first: what an outcome of the captures
#: means here. A capture that is stored, or unchanged from one, and still shows no primary policy, is
#: another document.
_REASONS = {
    Outcome.STORED: NOT_A_POLICY,
    Outcome.UNCHANGED: NOT_A_POLICY,
    Outcome.NOT_POLICY: NOT_A_POLICY,
    Outcome.SOFT_BLOCK: Outcome.SOFT_BLOCK,
    Outcome.EMPTY: Outcome.EMPTY,
    Outcome.UNPLAYABLE: Outcome.UNPLAYABLE,
    Outcome.FAILED: Outcome.FAILED,
    Outcome.PENDING: NOT_ASKED,
    Outcome.SKIPPED: NOT_ASKED,
    Outcome.REDIRECT: Outcome.REDIRECT,
}
#: Why there is nothing, the most telling first.
_DOMAIN_REASONS = (
    DomainOutcome.EXCLUDED,
    DomainOutcome.INCOMPLETE,
    DomainOutcome.NO_POLICY_FOUND,
    DomainOutcome.NOT_ARCHIVED,
)

STATUSES = (
    COVERED, CARRIED, *dict.fromkeys(_REASONS.values()), *_DOMAIN_REASONS,
)  # fmt: skip

# The first web archive began in 1996; a capture far outside is a bad timestamp and no reason for 16,000 rows.
_YEARS = range(1990, 2100)


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of a domain in a half-year."""

    half_year: int | None
    """Years since 0 times two, plus one for July to December; ``None`` for a domain without captures."""
    status: str
    """One of ``STATUSES``."""
    captures: int = 0
    """Captures known there, of any policy URL and outcome."""
    texts: int = 0
    """Captures that show the primary policy, fetched or known to be unchanged."""
    versions: tuple[int, ...] = ()
    """The numbers of the versions seen there."""
    within_version: int | None = None
    """Nothing was seen here, but this version both before and after: most likely it stood here too."""

    @property
    def label(self) -> str | None:
        """``2012-H1``."""
        return None if self.half_year is None else f"{self.half_year // 2}-H{self.half_year % 2 + 1}"

    @property
    def starts(self) -> date | None:
        """The first day of the half-year."""
        return None if self.half_year is None else date(self.half_year // 2, 7 if self.half_year % 2 else 1, 1)


def half_year(moment: date) -> int:
    """The half-year of a moment, as a number that grows by one a half-year."""
    return moment.year * 2 + (moment.month > 6)


def cover(
    captures: Iterable[tuple[datetime, str]], versions: Sequence[Version], domain_outcomes: Iterable[str]
) -> list[Cell]:
    """The cells of one domain, in order of time.

    ``captures``: time and outcome of each known capture. ``domain_outcomes``: what is known of the domain
    as a whole (``DomainOutcome``).
    """
    outcomes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for captured_at, outcome in captures:
        if captured_at.year in _YEARS:
            outcomes[half_year(captured_at)][outcome] += 1
    stored: Counter[int] = Counter()
    carried: Counter[int] = Counter()
    numbers: defaultdict[int, dict[int, None]] = defaultdict(dict)
    for version in versions:
        for seen in version.observations:
            if seen.captured_at.year in _YEARS:
                when = half_year(seen.captured_at)
                (stored if seen.stored else carried)[when] += 1
                numbers[when][version.number] = None
    told_of_domain = set(domain_outcomes)
    nothing = next((reason for reason in _DOMAIN_REASONS if reason in told_of_domain), None)
    known = outcomes.keys() | numbers.keys()
    if not known:
        return [Cell(None, nothing or DomainOutcome.NOT_ARCHIVED)]
    cells = []
    for when in range(min(known), max(known) + 1):
        texts = stored[when] + carried[when]
        status = (COVERED if stored[when] else CARRIED) if texts else _why_empty(outcomes[when], nothing)
        cells.append(Cell(when, status, max(outcomes[when].total(), texts), texts, tuple(numbers[when])))
    return _with_versions_around(cells)


def _why_empty(outcomes: Counter[str], nothing: str | None) -> str:
    """Why no text is known of a half-year in which the captures had these outcomes."""
    told = next((reason for outcome, reason in _REASONS.items() if outcomes[outcome]), None)
    if told:
        return told
    # The index was not read to its end, or the archive closed the site: what else there is, nobody knows.
    return nothing if nothing in (DomainOutcome.EXCLUDED, DomainOutcome.INCOMPLETE) else DomainOutcome.NOT_ARCHIVED


def _with_versions_around(cells: Sequence[Cell]) -> list[Cell]:
    """The cells, those without a text told which version stands before and after them."""
    filled = [index for index, cell in enumerate(cells) if cell.versions]
    told = list(cells)
    for start, end in pairwise(filled):
        if cells[start].versions[-1] == cells[end].versions[0]:
            for index in range(start + 1, end):
                told[index] = replace(cells[index], within_version=cells[end].versions[0])
    return told


@dataclass(slots=True)
class Summary:
    """Coverage of many domains in a few figures."""

    domains: int = 0
    domains_with_text: int = 0
    cells: int = 0
    """Half-years between the first and the last known capture of each domain."""
    filled: int = 0
    """Of these, with a text."""
    gaps: int = 0
    """Empty half-years between two filled ones of the same domain."""
    gaps_within_version: int = 0
    """Of these, with the same version on both sides."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Half-years by status, the filled ones too."""
    domains_without_captures: Counter[str] = field(default_factory=Counter)
    """Domains without any known capture, by reason."""

    @property
    def share_filled(self) -> float:
        return self.filled / self.cells if self.cells else 0.0

    def add(self, cells: Sequence[Cell]) -> None:
        """Counts the cells of one domain."""
        self.domains += 1
        timed = [cell for cell in cells if cell.half_year is not None]
        self.domains_without_captures.update(cell.status for cell in cells if cell.half_year is None)
        filled = [index for index, cell in enumerate(timed) if cell.status in FILLED]
        self.domains_with_text += bool(filled)
        self.cells += len(timed)
        self.filled += len(filled)
        self.reasons.update(cell.status for cell in timed)
        if filled:
            self.gaps += filled[-1] - filled[0] + 1 - len(filled)
        self.gaps_within_version += sum(cell.within_version is not None for cell in timed)

    def lines(self) -> list[str]:
        """The figures as sentences."""
        told = [
            f"{self.domains:,} domains, {self.domains_with_text:,} with a policy",
            f"{self.filled:,} of {self.cells:,} half-years filled ({self.share_filled:.1%})",
            f"{self.gaps:,} gaps between filled half-years, {self.gaps_within_version:,} of them within one version",
        ]
        empty = [(status, count) for status, count in self.reasons.most_common() if status not in FILLED]
        if empty:
            told.append("empty because: " + ", ".join(f"{status} {count:,}" for status, count in empty))
        if self.domains_without_captures:
            reasons = (f"{status} {count:,}" for status, count in self.domains_without_captures.most_common())
            told.append("domains without captures: " + ", ".join(reasons))
        return told
