"""From the rows of one domain to its rows of ``versions``, ``changes`` and ``coverage``."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pipelines.history.changes.classify import FIRST, MOVED, change_class
from pipelines.history.changes.paragraphs import Difference, difference
from pipelines.history.coverage import FILLED, HalfYear, cover
from pipelines.history.domain_history import DomainRows
from pipelines.history.versions import Observation, Version, find_versions
from pipelines.outcomes import Outcome
from pipelines.urls import place

Row = dict[str, Any]

#: The columns of ``policies`` that say when which text stood where.
OBSERVED = ("captured_at", "requested_at", "policy_url", "text_sha256", "extractor", "archive_digest", "primary")


def observations(domain: DomainRows) -> list[Observation]:
    """The captures that show the domain's primary policy: stored ones, and those known to have the same bytes.

    An unchanged capture counts only where its URL is the primary policy's at that time. Example: the policy moved from
    ``/privacy`` to ``/legal``, and ``/privacy`` still answers with the old text. That is no return to the old policy.
    """
    columns = domain.policies.select(OBSERVED).to_pydict()
    stored: list[Observation] = []
    by_time: defaultdict[datetime, list[tuple[str | None, Observation]]] = defaultdict(list)
    for row, (captured, requested, url, text, extractor, digest, primary) in enumerate(
        zip(*columns.values(), strict=True)
    ):
        if primary:
            seen = Observation(captured, url, text, extractor, row)
            stored.append(seen)
            for moment in {captured, requested}:
                by_time[moment].append((digest, seen))
    known = {(seen.captured_at, place(seen.policy_url)) for seen in stored}
    carried: list[Observation] = []
    names = ["captured_at", "policy_url", "archive_digest", "outcome", "same_as"]
    for captured, url, digest, outcome, same_as in zip(
        *domain.captures.select(names).to_pydict().values(), strict=True
    ):
        if outcome != Outcome.UNCHANGED or captured is None or same_as is None or url is None:
            continue
        same_bytes = [seen for known_digest, seen in by_time[same_as] if digest == known_digest or not known_digest]
        here = place(url)
        source = min(same_bytes, key=lambda seen: place(seen.policy_url) != here, default=None)
        if source and (captured, here) not in known and _in_charge(here, captured, stored):
            carried.append(Observation(captured, url, source.text_sha256, source.extractor, source.row, stored=False))
    return stored + carried


def _in_charge(here: str, moment: datetime, stored: Sequence[Observation]) -> bool:
    """True if the primary policy was at ``here`` when it was stored last before ``moment``, or first after it.

    ``stored`` is sorted by time.
    """
    after = bisect_right(stored, moment, key=lambda seen: seen.captured_at)
    return any(place(seen.policy_url) == here for seen in stored[max(0, after - 1) : after + 1])


@dataclass(slots=True)
class Derived:
    """What one domain's rows give."""

    versions: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    half_years: list[HalfYear] = field(default_factory=list)


def derive(domain: DomainRows) -> Derived:
    """The versions, changes and coverage of one domain."""
    versions = find_versions(observations(domain))
    derived = Derived(half_years=_half_years(domain, versions))
    texts = domain.policies.column("text")
    for version in versions:
        change, found = FIRST, None
        if version.compared is not None:
            old, new = version.compared
            before, after = texts[old].as_py(), texts[new].as_py()
            same_address = _address(domain, old) == _address(domain, new)
            change = MOVED if version.moved else change_class(before, after, same_address=same_address)
            found = difference(before, after)
            derived.changes.append(_change_row(domain, version, change, found))
        derived.versions.append(_version_row(domain, version, change, found))
    return derived


def _version_row(domain: DomainRows, version: Version, change: str, found: Difference | None) -> Row:
    shown = _values(domain, version.row, _SHOWN)
    return {
        "domain": domain.domain,
        "version": version.number,
        "first_seen": version.first_seen,
        "last_seen": version.last_seen,
        "change_after": version.change_after,
        "change_before": version.first_seen,
        "change": change,
        "similarity": found and found.similarity,
        "words_added": found and found.words_added,
        "words_removed": found and found.words_removed,
        "returns_to": version.returns_to,
        "captures": len(version.observations),
        "captures_stored": sum(seen.stored for seen in version.observations),
        "shown_by": [seen.captured_at for seen in version.observations],
        "policy_urls": list(dict.fromkeys(seen.policy_url for seen in version.observations)),
        **shown,
    }


def _change_row(domain: DomainRows, version: Version, change: str, found: Difference) -> Row:
    assert version.compared is not None
    old, new = (_values(domain, row, ("captured_at", "policy_url")) for row in version.compared)
    return {
        "domain": domain.domain,
        "version": version.number,
        "change_after": version.change_after,
        "change_before": version.first_seen,
        "change": change,
        "similarity": found.similarity,
        "words_added": found.words_added,
        "words_removed": found.words_removed,
        **{f"before_{name}": value for name, value in old.items()},
        **{f"after_{name}": value for name, value in new.items()},
        "paragraphs": [asdict(paragraph) for paragraph in found.paragraphs],
    }


def coverage_rows(domain: str, half_years: Sequence[HalfYear]) -> list[Row]:
    """The rows of ``coverage`` for one domain."""
    return [
        {
            "domain": domain,
            "half_year": each.label,
            "starts": each.starts,
            "status": each.status,
            "filled": each.status in FILLED,
            "captures": each.captures,
            "texts": each.texts,
            "versions": list(each.versions),
            "within_version": each.within_version,
        }
        for each in half_years
    ]


_SHOWN = (
    "captured_at", "policy_url", "wayback_url", "words",
    "language", "effective_date", "text_sha256", "extractor",
)  # fmt: skip


def _values(domain: DomainRows, row: int, names: Sequence[str]) -> Row:
    return {name: domain.policies.column(name)[row].as_py() for name in names}


def _address(domain: DomainRows, row: int) -> str:
    return place(domain.policies.column("policy_url")[row].as_py())


def _half_years(domain: DomainRows, versions: Sequence[Version]) -> list[HalfYear]:
    columns = domain.captures.select(["captured_at", "outcome"]).to_pydict()
    rows = list(zip(columns["captured_at"], columns["outcome"], strict=True))
    known = {moment for moment, _ in rows}
    # A stored row without a row of captures (an imported one) is a capture all the same.
    stored = domain.policies.select(["captured_at", "requested_at"]).to_pydict()
    rows += [
        (moment, Outcome.STORED)
        for moment, asked in zip(*stored.values(), strict=True)
        if moment not in known and asked not in known
    ]
    timed = [(moment, outcome) for moment, outcome in rows if moment is not None]
    return cover(timed, versions, (outcome for moment, outcome in rows if moment is None))
