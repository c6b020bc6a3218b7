"""Whether a run went well, by rules that are settings: how much may go wrong, and how long no row may be written.

What is measured stands in Scrapy's stats (``wayback/health/...``), whether there is a rule for it or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.outcomes import DomainOutcome, Outcome

#: A share of fewer captures or domains tells nothing: a run may be healthy though one of its two captures failed.
FEWEST = 20

#: Outcomes of captures that were read.
_READ = (Outcome.STORED, Outcome.NOT_POLICY, Outcome.EMPTY, Outcome.SOFT_BLOCK)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some things went wrong."""

    wrong: int
    all: int

    @property
    def value(self) -> float:
        """0 to 1; 0 where there are fewer than ``FEWEST``."""
        return self.wrong / self.all if self.all >= FEWEST else 0.0


@dataclass(frozen=True, slots=True)
class Health:
    """What is measured of a run."""

    failed_captures: Share
    """Of the captures that the run asked for, those that it could not have or not read."""
    empty_texts: Share
    """Of the captures that the run read, those without any text."""
    incomplete_domains: Share
    """Of the domains that the crawl is done with, those of which not all could be had."""
    days_without_rows: float
    """Since a run last wrote a row of ``policies``."""

    @property
    def values(self) -> dict[str, float]:
        """The measures by name."""
        shares = {"failed_captures": self.failed_captures, "empty_texts": self.empty_texts,
                  "incomplete_domains": self.incomplete_domains}  # fmt: skip
        return {name: round(share.value, 4) for name, share in shares.items()} | {
            "days_without_rows": round(self.days_without_rows, 2)
        }

    def broken(self, settings: Mapping[str, Any]) -> list[str]:
        """A sentence for each rule among the settings that is broken; their values are numbers, or empty."""
        told = {
            "failed_captures": _told(self.failed_captures, "captures asked for could not be had or read"),
            "empty_texts": _told(self.empty_texts, "captures read have no text"),
            "incomplete_domains": _told(self.incomplete_domains, "domains are incomplete"),
            "days_without_rows": f"no row was written for {self.days_without_rows:.1f} days",
        }
        return [
            f"{told[name]}, against {setting}={settings[setting]}"
            for setting, name in RULES.items()
            if settings.get(setting) not in ("", None) and self.values[name] > float(settings[setting])
        ]


#: The settings that are rules, and what each is compared with.
RULES = {f"HEALTH_{name.upper()}": name for name in Health.__slots__}


def measure(captures: Mapping[str, int], domains: Mapping[str, int], days_without_rows: float) -> Health:
    """The health of a run.

    Args:
        captures: how many captures this run asked for, by their outcome.
        domains: how many domains the crawl has, by their outcome; other words (``open``) stand for domains not done.
        days_without_rows: days since a run last wrote a row.
    """
    read = sum(captures.get(outcome, 0) for outcome in _READ)
    failed = sum(captures.get(outcome, 0) for outcome in (Outcome.FAILED, Outcome.UNPLAYABLE))
    done = sum(domains.get(outcome, 0) for outcome in DomainOutcome)
    return Health(
        failed_captures=Share(failed, sum(captures.get(outcome, 0) for outcome in Outcome)),
        empty_texts=Share(captures.get(Outcome.EMPTY, 0), read),
        incomplete_domains=Share(domains.get(DomainOutcome.INCOMPLETE, 0), done),
        days_without_rows=days_without_rows,
    )


def _told(share: Share, what: str) -> str:
    return f"{share.wrong:,} of {share.all:,} {what} ({share.value:.1%})"
