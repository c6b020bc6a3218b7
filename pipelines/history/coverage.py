"""Coverage: what is known of a domain in each half-year and, where nothing is, why.

The half-years run from the first sign of the site in the archive to the last, whether of a policy or of the homepage:
so "no policy yet" can be told from "not archived". A domain without any sign has none; ``domains`` says why.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from itertools import pairwise

from pipelines.history.site import ARCHIVED, NOT_ASKED, Site, half_year_of
from pipelines.history.versions import Version
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.timestamps import half_year_label, half_year_start

COVERED = "covered"
CARRIED = "carried"
OTHER_LANGUAGE = "other_language"
NOT_A_POLICY = "not_a_policy"
NO_POLICY = "no_policy"
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
    *(COVERED, CARRIED, OTHER_LANGUAGE, *dict.fromkeys(_REASONS.values())),
    *(DomainOutcome.EXCLUDED, DomainOutcome.INCOMPLETE, NO_POLICY, DomainOutcome.NOT_ARCHIVED),
)


@dataclass(frozen=True, slots=True)
class HalfYear:
    """What is known of a domain in one half-year."""

    number: int
    """As ``pipelines.timestamps.half_year`` counts."""
    site: str
    """Whether the archive has anything of the site: one of ``pipelines.history.site``."""
    status: str
    """One of ``STATUSES``."""
    captures: int = 0
    """Known captures of any policy URL and outcome."""
    texts: int = 0
    """Captures that show the main line, fetched or known to be unchanged."""
    version_ids: tuple[str, ...] = ()
    """The versions of the main line that were seen, in order of time."""
    within_version: str | None = None
    """Nothing of it was seen, but this version was seen both before and after: most likely it stood here too."""

    @property
    def label(self) -> str:
        """``2012-H1``."""
        return half_year_label(self.number)

    @property
    def starts(self) -> date:
        """The first day of the half-year."""
        return half_year_start(self.number)


def cover(
    captures: Iterable[tuple[datetime, str]], versions: Sequence[Version], domain_outcomes: Iterable[str], site: Site
) -> list[HalfYear]:
    """The half-years of one domain, in order of time; none where there is no sign of the site.

    ``captures``: time and outcome of each known capture of a policy URL. ``domain_outcomes``: what is known of the
    domain as a whole (``DomainOutcome``). ``versions``: those of all lines. ``site``: what is known of any capture,
    those of the policy among them.
    """
    outcomes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for captured_at, outcome in captures:
        if (when := half_year_of(captured_at)) is not None:
            outcomes[when][outcome] += 1
    stored: Counter[int] = Counter()
    carried: Counter[int] = Counter()
    others: set[int] = set()
    seen_in: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for version, seen in ((each, seen) for each in versions for seen in each.observations):
        when = half_year_of(seen.captured_at)
        if when is not None and version.is_main:
            (stored if seen.stored else carried)[when] += 1
            seen_in[when][version.id] = None
        elif when is not None:
            others.add(when)
    if not site.half_years:
        return []
    nothing = _why_nothing(domain_outcomes)
    half_years = []
    last = max(site.half_years)
    first_of_policy = min(outcomes, default=last + 1)
    for when in range(min(site.half_years), last + 1):
        texts, state = stored[when] + carried[when], site.state(when)
        if texts:
            status = COVERED if stored[when] else CARRIED
        elif when in others:
            status = OTHER_LANGUAGE
        else:
            yet = state == ARCHIVED and when < first_of_policy
            status = _why_empty(outcomes[when], nothing, NO_POLICY if yet else DomainOutcome.NOT_ARCHIVED)
        captured = max(outcomes[when].total(), texts)
        half_years.append(HalfYear(when, state, status, captured, texts, tuple(seen_in[when])))
    return _with_versions_around(half_years)


def _why_nothing(domain_outcomes: Iterable[str]) -> str | None:
    """Why there is nothing of a domain, or not all; ``None`` where no archive says so."""
    told = set(domain_outcomes)
    return next((reason for reason in _DOMAIN_REASONS if reason in told), None)


def _why_empty(outcomes: Counter[str], nothing: str | None, without_captures: str) -> str:
    """Why no text is known of a half-year in which the captures had these outcomes."""
    told = next((reason for outcome, reason in _REASONS.items() if outcomes[outcome]), None)
    if told:
        return told
    # The index was not read to its end, or the archive closed the site: nobody knows what else there is.
    return nothing if nothing in (DomainOutcome.EXCLUDED, DomainOutcome.INCOMPLETE) else without_captures


def _with_versions_around(half_years: Sequence[HalfYear]) -> list[HalfYear]:
    """The half-years; those without a text name the version that was seen both before and after them."""
    filled = [index for index, each in enumerate(half_years) if each.version_ids]
    told = list(half_years)
    for start, end in pairwise(filled):
        if half_years[start].version_ids[-1] == half_years[end].version_ids[0]:
            for index in range(start + 1, end):
                told[index] = replace(half_years[index], within_version=half_years[end].version_ids[0])
    return told


@dataclass(slots=True)
class CoverageTotals:
    """Coverage of many domains in a few figures."""

    domains: int = 0
    domains_with_text: int = 0
    half_years: int = 0
    """Half-years between the first and the last sign of each site."""
    archived: int = 0
    """How many of these have a capture of the site, of whatever page."""
    filled: int = 0
    """How many half-years have a text."""
    archived_within_version: int = 0
    """How many half-years with a capture of the site have none, but the same version on both sides."""
    gaps: int = 0
    """Empty half-years between two filled ones of the same domain."""
    gaps_within_version: int = 0
    """How many of these have the same version on both sides."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Half-years by status, the filled ones too."""
    domains_without_sign: Counter[str] = field(default_factory=Counter)
    """Domains without any sign, by reason."""

    @property
    def share_filled(self) -> float:
        """Of the half-years in which the site is known to be archived, the share that has a text."""
        return self.filled / self.archived if self.archived else 0.0

    def add(self, half_years: Sequence[HalfYear], domain_outcomes: Iterable[str]) -> None:
        """Counts the half-years of one domain; where it has none, why."""
        self.domains += 1
        if not half_years:
            self.domains_without_sign[_why_nothing(domain_outcomes) or DomainOutcome.INCOMPLETE] += 1
        filled = [index for index, each in enumerate(half_years) if each.status in FILLED]
        self.domains_with_text += bool(filled)
        self.half_years += len(half_years)
        self.archived += sum(each.site == ARCHIVED for each in half_years)
        self.filled += len(filled)
        self.archived_within_version += sum(each.site == ARCHIVED and bool(each.within_version) for each in half_years)
        self.reasons.update(each.status for each in half_years)
        if filled:
            self.gaps += filled[-1] - filled[0] + 1 - len(filled)
        self.gaps_within_version += sum(each.within_version is not None for each in half_years)

    def add_all(self, others: CoverageTotals) -> None:
        """Counts the domains of ``others`` as well."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(others, each.name))

    def lines(self) -> list[str]:
        """The figures as sentences."""
        told = [
            f"{self.domains:,} domains, {self.domains_with_text:,} with a policy",
            f"{self.half_years:,} half-years from first to last sign of a site, {self.archived:,} with a capture of it",
            f"{self.filled:,} of {self.archived:,} half-years with a capture filled ({self.share_filled:.1%}), "
            f"{self.archived_within_version:,} more within one version",
            f"{self.gaps:,} gaps between filled half-years, {self.gaps_within_version:,} of them within one version",
        ]
        empty = [(status, count) for status, count in self.reasons.most_common() if status not in FILLED]
        if empty:
            told.append("empty because: " + ", ".join(f"{status} {count:,}" for status, count in empty))
        if self.domains_without_sign:
            reasons = (f"{status} {count:,}" for status, count in self.domains_without_sign.most_common())
            told.append("domains without any sign: " + ", ".join(reasons))
        return told
