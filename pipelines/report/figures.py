"""The corpus in figures: what stood in each half-year, added up domain by domain."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from pipelines.history.changes.classify import FIRST, SUBSTANTIVE
from pipelines.history.coverage import CoverageTotals, HalfYear
from pipelines.history.site import half_year_of
from pipelines.report.facts import Facts
from pipelines.timestamps import half_year, half_year_label

Row = dict[str, Any]

#: What policies are asked about in the picture of what they speak of: concepts of the table ``versions``.
TOPICS = {"cookie": "cookies", "child": "children", "sell": "selling", "law_gdpr": "GDPR", "law_ccpa": "CCPA"}
#: The newest changes that the start page shows.
NEWEST = 25
#: What it shows of them: columns of ``changes``, and the version's name on its domain's page.
_SHOWN = ("change_before", "domain", "name", "change", "words_added", "words_removed")


@dataclass(slots=True)
class Period:
    """The policies that stood in one half-year: one per domain, the last that was seen there."""

    words: array[int] = field(default_factory=lambda: array("l"))
    languages: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    versions: int = 0
    """Versions first seen in it."""
    changed: int = 0
    """Domains of which at least one change was first seen in it."""
    changed_in_substance: int = 0

    @property
    def domains(self) -> int:
        """Domains whose policy is known."""
        return len(self.words)


@dataclass(slots=True)
class Figures:
    """What all domains add up to."""

    domains: int = 0
    versions: int = 0
    """Of the main lines."""
    first_seen: str = ""
    last_seen: str = ""
    """Days of the first and last capture that shows a policy."""
    periods: defaultdict[int, Period] = field(default_factory=lambda: defaultdict(Period))
    """By number of the half-year (``pipelines.timestamps.half_year``)."""
    coverage: CoverageTotals = field(default_factory=CoverageTotals)
    newest: list[Row] = field(default_factory=list)
    """The newest changes of the main lines, the newest first."""

    def add(self, facts: Facts) -> None:
        """Counts one domain."""
        main = facts.main
        self.domains += 1
        self.versions += len(main)
        if main:
            first, last = (f"{when:%Y-%m-%d}" for when in (main[0]["first_seen"], main[-1]["last_seen"]))
            self.first_seen = min(self.first_seen or first, first)
            self.last_seen = max(self.last_seen, last)
        self.coverage.add([_half_year(row) for row in facts.coverage], [row["outcome"] for row in facts.domains])
        self._add_standing(facts, {row["version_id"]: row for row in main})
        self._add_changes(main)
        changes = ({**row, "name": facts.names[row["version_id"]]} for row in facts.changes if row["is_main"])
        newest = heapq.nlargest(NEWEST, (*self.newest, *changes), key=lambda row: row["change_before"])
        self.newest = [{name: row[name] for name in _SHOWN} for row in newest]

    def _add_standing(self, facts: Facts, versions: Mapping[str, Row]) -> None:
        for row in facts.coverage:
            standing = versions.get(row["within_version"] or (row["version_ids"] or [""])[-1])
            if standing is None:
                continue
            period = self.periods[half_year(row["starts"])]
            period.words.append(standing["words"])
            period.languages[standing["language"] or "?"] += 1
            named = {each["concept"] for each in standing["concepts"] if each["count"]}
            period.topics.update(topic for topic in TOPICS if topic in named)

    def _add_changes(self, main: list[Row]) -> None:
        changes: defaultdict[int, set[str]] = defaultdict(set)
        for row in main:
            when = half_year_of(row["first_seen"])
            if when is None:
                continue
            self.periods[when].versions += 1
            if row["change"] != FIRST:
                changes[when].add(row["change"])
        for when, classes in changes.items():
            self.periods[when].changed += 1
            self.periods[when].changed_in_substance += SUBSTANTIVE in classes

    def by_half_year(self) -> list[Row]:
        """The figures of each half-year in which a policy is known, in order of time: the rows of the pictures."""
        return [_row(number, period) for number, period in sorted(self.periods.items()) if period.domains]

    def languages(self) -> list[Row]:
        """How many policies stood in each half-year in each of the most frequent languages, and in others."""
        total: Counter[str] = Counter()
        for period in self.periods.values():
            total.update(period.languages)
        frequent = [language for language, _ in total.most_common(6)]
        found = []
        for number, period in sorted(self.periods.items()):
            counted: Counter[str] = Counter()
            for language, policies in period.languages.items():
                counted[language if language in frequent else "others"] += policies
            found += [
                {"half_year": half_year_label(number), "language": language, "policies": policies}
                for language, policies in sorted(counted.items())
            ]
        return found


def _half_year(row: Row) -> HalfYear:
    return HalfYear(
        half_year(row["starts"]), row["site"], row["status"], row["captures"], row["texts"],
        tuple(row["version_ids"]), row["within_version"],
    )  # fmt: skip


def _row(number: int, period: Period) -> Row:
    lower, median, upper = quantiles(period.words, n=4, method="inclusive") if period.domains > 1 else period.words * 3
    return {
        "half_year": half_year_label(number),
        "domains": period.domains,
        "versions_begun": period.versions,
        "words_lower_quartile": round(lower),
        "words_median": round(median),
        "words_upper_quartile": round(upper),
        "changed": period.changed,
        "changed_in_substance": period.changed_in_substance,
        **{f"speak_of_{TOPICS[topic].lower()}": period.topics[topic] for topic in TOPICS},
    }
