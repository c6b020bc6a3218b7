"""What a dataset holds of each domain and, where it holds nothing or not all, why: one line per domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pipelines.columns import some_columns
from pipelines.dataset.merging import CAPTURE_KEY, DECIDING
from pipelines.history.domain_history import DomainRows, read_domains
from pipelines.history.observations import OBSERVED, observations
from pipelines.history.versions import find_versions
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.schema import POLICIES
from pipelines.tools.tables import aligned

_COLUMNS = some_columns(POLICIES, dict.fromkeys((*CAPTURE_KEY, *DECIDING, *OBSERVED)))


@dataclass(slots=True)
class DomainSummary:
    """What is known of one domain."""

    domain: str
    versions: int = 0
    """Versions of the main line."""
    stored: int = 0
    """Rows of ``policies``."""
    first: datetime | None = None
    last: datetime | None = None
    """The first and the last capture that shows a policy, stored or unchanged."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Outcomes of the known captures."""
    reason: str = ""
    """Why there is nothing, or not all."""


def summaries(data_dir: Path) -> Iterator[DomainSummary]:
    """The domains of a dataset, sorted by name, one at a time in memory. Reads no texts.

    The versions are those of a release. Raises ``DatasetError`` where a part file is damaged.
    """
    return map(_summary, read_domains(data_dir, policies_schema=_COLUMNS))


def _summary(domain: DomainRows) -> DomainSummary:
    found = DomainSummary(domain.domain, _versions(domain), len(domain.policies))
    found.reason = next((outcome for outcome in domain.outcomes if outcome != DomainOutcome.FOUND), "")
    if excluded_since := [when for when in domain.domains["excluded_since"].to_pylist() if when is not None]:
        found.reason = f"{DomainOutcome.EXCLUDED} since {min(excluded_since):%Y-%m-%d}"
    shown = domain.policies.column("captured_at").to_pylist()  # an imported row may be no row of captures
    columns = domain.captures.select(["captured_at", "outcome"]).to_pydict()
    for captured_at, outcome in zip(*columns.values(), strict=True):
        found.outcomes[outcome] += 1
        if outcome in (Outcome.STORED, Outcome.UNCHANGED):
            shown.append(captured_at)
    found.first, found.last = min(shown, default=None), max(shown, default=None)
    return found


def _versions(domain: DomainRows) -> int:
    """How many versions the main line has: as ``domains`` says, or else as the rows do."""
    noted = [number for number in domain.domains["versions"].to_pylist() if number is not None]
    if noted:
        return int(max(noted))
    return sum(version.is_main for version in find_versions(domain.domain, observations(domain)))


def table(lines: Iterable[DomainSummary]) -> str:
    """The summaries as text with aligned columns."""
    head = ("domain", "versions", "stored", "captures", "first", "last", "why there is none, or not all")
    rows: list[tuple[str, ...]] = [head]
    for line in lines:
        dates = [f"{when:%Y-%m-%d}" if when else "" for when in (line.first, line.last)]
        reason = line.reason.replace("_", " ")
        if not reason and not line.stored:
            reason = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in line.outcomes.most_common())
        rows.append(
            (line.domain, str(line.versions), str(line.stored), str(sum(line.outcomes.values())), *dates, reason)
        )
    return aligned(rows, numbers={1, 2, 3})
