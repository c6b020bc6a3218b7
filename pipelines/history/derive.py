"""From the facts of one domain to its rows of ``versions``, ``changes`` and ``coverage``."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pipelines.history.changes import FIRST, MOVED, Difference, change_class, difference
from pipelines.history.coverage import FILLED, Cell, cover
from pipelines.history.domain_history import Facts
from pipelines.history.versions import Observation, Version, find_versions
from pipelines.outcomes import Outcome
from pipelines.urls import place

Row = dict[str, Any]

#: The columns of ``policies`` that say when which text stood where.
OBSERVED = ("captured_at", "requested_at", "policy_url", "text_sha256", "extractor", "archive_digest", "primary")


def observations(facts: Facts) -> list[Observation]:
    """The captures that show the domain's primary policy: those stored, and those known to have the same
    bytes.

    An unchanged capture counts where its address is the primary policy's at that time: an old page that
    goes on standing beside the new one with its old text is no return of the old policy.
    """
    columns = facts.policies.select(OBSERVED).to_pydict()
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
    for captured, url, digest, outcome, same_as in zip(*facts.captures.select(names).to_pydict().values(), strict=True):
        if outcome != Outcome.UNCHANGED or captured is None or same_as is None or url is None:
            continue
        same_bytes = [seen for known_digest, seen in by_time[same_as] if digest == known_digest or not known_digest]
        here = place(url)
        source = min(same_bytes, key=lambda seen: place(seen.policy_url) != here, default=None)
        if source and (captured, here) not in known and _in_charge(here, captured, stored):
            carried.append(Observation(captured, url, source.text_sha256, source.extractor, source.row, stored=False))
    return stored + carried


def _in_charge(here: str, moment: datetime, stored: Sequence[Observation]) -> bool:
    """Whether the primary policy stored last before ``moment``, or first after it, stood at ``here``.

    ``stored`` is sorted by time.
    """
    after = bisect_right(stored, moment, key=lambda seen: seen.captured_at)
    return any(place(seen.policy_url) == here for seen in stored[max(0, after - 1) : after + 1])


@dataclass(slots=True)
class Derived:
    """The rows that one domain's facts give."""

    versions: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)


def derive(facts: Facts) -> Derived:
    """The versions, changes and coverage of one domain."""
    versions = find_versions(observations(facts))
    derived = Derived(cells=_cells(facts, versions))
    texts = facts.policies.column("text")
    for version in versions:
        change, found = FIRST, None
        if version.compared is not None:
            old, new = version.compared
            before, after = texts[old].as_py(), texts[new].as_py()
            same_address = _address(facts, old) == _address(facts, new)
            change = MOVED if version.moved else change_class(before, after, same_address=same_address)
            found = difference(before, after)
            derived.changes.append(_change_row(facts, version, change, found))
        derived.versions.append(_version_row(facts, version, change, found))
    return derived


def _version_row(facts: Facts, version: Version, change: str, found: Difference | None) -> Row:
    shown = _values(facts, version.row, _SHOWN)
    return {
        "domain": facts.domain,
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


def _change_row(facts: Facts, version: Version, change: str, found: Difference) -> Row:
    assert version.compared is not None
    old, new = (_values(facts, row, ("captured_at", "policy_url")) for row in version.compared)
    return {
        "domain": facts.domain,
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


def coverage_rows(domain: str, cells: Sequence[Cell]) -> list[Row]:
    """The rows of ``coverage`` for one domain."""
    return [
        {
            "domain": domain,
            "half_year": cell.label,
            "starts": cell.starts,
            "status": cell.status,
            "filled": cell.status in FILLED,
            "captures": cell.captures,
            "texts": cell.texts,
            "versions": list(cell.versions),
            "within_version": cell.within_version,
        }
        for cell in cells
    ]


_SHOWN = (
    "captured_at", "policy_url", "wayback_url", "words",
    "language", "effective_date", "text_sha256", "extractor",
)  # fmt: skip


def _values(facts: Facts, row: int, names: Sequence[str]) -> Row:
    return {name: facts.policies.column(name)[row].as_py() for name in names}


def _address(facts: Facts, row: int) -> str:
    return place(facts.policies.column("policy_url")[row].as_py())


def _cells(facts: Facts, versions: Sequence[Version]) -> list[Cell]:
    columns = facts.captures.select(["captured_at", "outcome"]).to_pydict()
    rows = list(zip(columns["captured_at"], columns["outcome"], strict=True))
    known = {moment for moment, _ in rows}
    # A stored row without a row of captures (an imported one) is a capture all the same.
    rows += [
        (moment, Outcome.STORED)
        for moment, asked in zip(
            *facts.policies.select(["captured_at", "requested_at"]).to_pydict().values(), strict=True
        )
        if moment not in known and asked not in known
    ]
    timed = [(moment, outcome) for moment, outcome in rows if moment is not None]
    return cover(timed, versions, (outcome for moment, outcome in rows if moment is None))
