"""Coverage: what is known of a domain in each half-year and, where nothing is, why.

The half-years run from the domain's first known capture to its last, so an empty one is a gap and not the
time before the domain existed. A domain of which no capture is known has one entry without a half-year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import pairwise

from pipelines.history.versions import Version
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.timestamps import FIRST_YEAR, half_year, half_year_label, half_year_start

COVERED = "covered"
CARRIED = "carried"
NOT_A_POLICY = "not_a_policy"
NOT_ASKED = "not_asked"
FILLED = frozenset({COVERED, CARRIED})

#: Why a half-year with captures shows no text, by the outcomes of the captures; the most telling first.
#: A capture that is stored, or unchanged from a stored one, and shows no primary policy, is another document.
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

#: A capture far outside has a bad timestamp, which is no reason for 16,000 rows.
_YEARS = range(FIRST_YEAR, 2100)


@dataclass(frozen=True, slots=True)
class HalfYear:
    """What is known of a domain in one half-year."""

    number: int | None
    """As ``pipelines.timestamps.half_year`` counts; ``None`` for a domain without captures."""
    status: str
    """One of ``STATUSES``."""
    captures: int = 0
    """Known captures of any policy URL and outcome."""
    texts: int = 0
    """Captures that show the primary policy, fetched or known to be unchanged."""
    versions: tuple[int, ...] = ()
    """The numbers of the versions seen."""
    within_version: int | None = None
    """Nothing was seen, but this version was seen both before and after: most likely it stood here too."""

    @property
    def label(self) -> str | None:
        """``2012-H1``."""
        return None if self.number is None else half_year_label(self.number)

    @property
    def starts(self) -> date | None:
        """The first day of the half-year."""
        return None if self.number is None else half_year_start(self.number)


def cover(
    captures: Iterable[tuple[datetime, str]], versions: Sequence[Version], domain_outcomes: Iterable[str]
) -> list[HalfYear]:
    """The half-years of one domain, in order of time.

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
        return [HalfYear(None, nothing or DomainOutcome.NOT_ARCHIVED)]
    half_years = []
    for when in range(min(known), max(known) + 1):
        texts = stored[when] + carried[when]
        status = (COVERED if stored[when] else CARRIED) if texts else _why_empty(outcomes[when], nothing)
        half_years.append(HalfYear(when, status, max(outcomes[when].total(), texts), texts, tuple(numbers[when])))
    return _with_versions_around(half_years)


def _why_empty(outcomes: Counter[str], nothing: str | None) -> str:
    """Why no text is known of a half-year in which the captures had these outcomes."""
    told = next((reason for outcome, reason in _REASONS.items() if outcomes[outcome]), None)
    if told:
        return told
    # The index was not read to its end, or the archive closed the site: nobody knows what else there is.
    return nothing if nothing in (DomainOutcome.EXCLUDED, DomainOutcome.INCOMPLETE) else DomainOutcome.NOT_ARCHIVED


def _with_versions_around(half_years: Sequence[HalfYear]) -> list[HalfYear]:
    """The half-years; those without a text name the version that was seen both before and after them."""
    filled = [index for index, each in enumerate(half_years) if each.versions]
    told = list(half_years)
    for start, end in pairwise(filled):
        if half_years[start].versions[-1] == half_years[end].versions[0]:
            for index in range(start + 1, end):
                told[index] = replace(half_years[index], within_version=half_years[end].versions[0])
    return told


@dataclass(slots=True)
class CoverageTotals:
    """Coverage of many domains in a few figures."""

    domains: int = 0
    domains_with_text: int = 0
    half_years: int = 0
    """Half-years between the first and the last known capture of each domain."""
    filled: int = 0
    """How many of these have a text."""
    gaps: int = 0
    """Empty half-years between two filled ones of the same domain."""
    gaps_within_version: int = 0
    """How many of these have the same version on both sides."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Half-years by status, the filled ones too."""
    domains_without_captures: Counter[str] = field(default_factory=Counter)
    """Domains without any known capture, by reason."""

    @property
    def share_filled(self) -> float:
        return self.filled / self.half_years if self.half_years else 0.0

    def add(self, half_years: Sequence[HalfYear]) -> None:
        """Counts the half-years of one domain."""
        self.domains += 1
        timed = [each for each in half_years if each.number is not None]
        self.domains_without_captures.update(each.status for each in half_years if each.number is None)
        filled = [index for index, each in enumerate(timed) if each.status in FILLED]
        self.domains_with_text += bool(filled)
        self.half_years += len(timed)
        self.filled += len(filled)
        self.reasons.update(each.status for each in timed)
        if filled:
            self.gaps += filled[-1] - filled[0] + 1 - len(filled)
        self.gaps_within_version += sum(each.within_version is not None for each in timed)

    def lines(self) -> list[str]:
        """The figures as sentences."""
        told = [
            f"{self.domains:,} domains, {self.domains_with_text:,} with a policy",
            f"{self.filled:,} of {self.half_years:,} half-years filled ({self.share_filled:.1%})",
            f"{self.gaps:,} gaps between filled half-years, {self.gaps_within_version:,} of them within one version",
        ]
        empty = [(status, count) for status, count in self.reasons.most_common() if status not in FILLED]
        if empty:
            told.append("empty because: " + ", ".join(f"{status} {count:,}" for status, count in empty))
        if self.domains_without_captures:
            reasons = (f"{status} {count:,}" for status, count in self.domains_without_captures.most_common())
            told.append("domains without captures: " + ", ".join(reasons))
        return told
