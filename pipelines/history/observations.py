"""The captures that show a domain's policy, by the lines of its history.

The main line is that of the primary policies, in whatever language they are: which these are is decided before, when
the domain is settled. Beside it, each language that is not the main one at the time has a line of its own, of all
policies in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from pipelines.history.domain_history import DomainRows
from pipelines.history.languages import languages_of
from pipelines.history.versions import Observation
from pipelines.outcomes import Kind, Outcome, Owner
from pipelines.urls import place

#: The columns of ``policies`` that say when which text stood where.
OBSERVED = (
    "captured_at", "requested_at", "policy_url", "text_sha256", "extractor", "archive", "archive_digest", "primary",
    "kind", "policy_owner", "language",
)  # fmt: skip

Columns = Mapping[str, Sequence[Any]]


def observations(domain: DomainRows) -> list[Observation]:
    """The captures that show the domain's policy: stored ones, and those known to have the same bytes.

    An unchanged capture counts only where its URL is the policy's at that time. Example: the policy moved from
    ``/privacy`` to ``/legal``, and ``/privacy`` still answers with the old text. That is no return to the old policy.
    """
    columns = domain.policies.select(OBSERVED).to_pydict()
    lines = _stored(columns)
    by_time: defaultdict[tuple[str, datetime], list[Observation]] = defaultdict(list)
    for seen in lines.stored:
        for moment in {seen.captured_at, columns["requested_at"][seen.row]}:
            by_time[columns["archive"][seen.row], moment].append(seen)
    known = {(columns["archive"][seen.row], seen.captured_at, place(seen.policy_url)) for seen in lines.stored}
    carried: list[Observation] = []
    names = ["archive", "captured_at", "policy_url", "archive_digest", "same_as"]
    unchanged = domain.captures.filter(pc.equal(domain.captures["outcome"], Outcome.UNCHANGED)).select(names)
    for archive, captured, url, digest, same_as in zip(*unchanged.to_pydict().values(), strict=True):
        of_digests = [(columns["archive_digest"][seen.row], seen) for seen in by_time[archive, same_as]]
        same_bytes = [seen for known_digest, seen in of_digests if digest == known_digest or not known_digest]
        here = place(url)
        source = min(same_bytes, key=lambda seen: place(seen.policy_url) != here, default=None)
        if source is not None and (archive, captured, here) not in known and lines.show(source, here, captured):
            carried.append(replace(source, captured_at=captured, policy_url=url, stored=False))
    return lines.stored + carried


@dataclass(slots=True)
class _Lines:
    """The stored captures of each line, in order of time."""

    main: list[Observation]
    others: dict[str, list[Observation]]
    """By language."""

    @property
    def stored(self) -> list[Observation]:
        return [*self.main, *(seen for line in self.others.values() for seen in line)]

    def main_language(self, moment: datetime) -> str | None:
        """The language of the main line at a moment; there is one."""
        return self.main[max(0, _number_until(moment, self.main) - 1)].language

    def show(self, source: Observation, here: str, moment: datetime) -> bool:
        """True if the line of ``source`` was at ``here`` when it was stored last before ``moment``, or first after."""
        line = self.main if source.is_main else self.others[str(source.language)]
        if not source.is_main and source.language == self.main_language(moment):
            return False
        after = _number_until(moment, line)
        return any(place(seen.policy_url) == here for seen in line[max(0, after - 1) : after + 1])


def _number_until(moment: datetime, line: Sequence[Observation]) -> int:
    return bisect_right(line, moment, key=lambda seen: seen.captured_at)


def _stored(columns: Columns) -> _Lines:
    """The lines of the rows of ``policies``, which are in order of time."""
    policies = [
        row
        for row, (is_primary, kind) in enumerate(zip(columns["primary"], columns["kind"], strict=True))
        if is_primary or kind == Kind.PRIVACY_POLICY
    ]
    languages = languages_of(
        [(columns["captured_at"][row], place(columns["policy_url"][row]), columns["language"][row]) for row in policies]
    )
    seen = [
        Observation(
            columns["captured_at"][row],
            columns["policy_url"][row],
            columns["text_sha256"][row],
            columns["extractor"][row],
            row,
            language=language,
            is_main=columns["primary"][row],
        )
        for row, language in zip(policies, languages, strict=True)
        if columns["primary"][row] or columns["policy_owner"][row] != Owner.OTHER
    ]
    lines = _Lines([one for one in seen if one.is_main], {})
    if not lines.main:
        return lines
    others: defaultdict[str, list[Observation]] = defaultdict(list)
    for one in seen:
        if not one.is_main and one.language not in (None, lines.main_language(one.captured_at)):
            others[str(one.language)].append(one)
    lines.others = {language: _one_at_a_time(line) for language, line in others.items()}
    return lines


def _one_at_a_time(line: Iterable[Observation]) -> list[Observation]:
    """Those of ``line`` that leave one address at any moment: each takes the time from its first to its last capture.

    The address with most captures goes first.
    """
    by_address: defaultdict[str, list[Observation]] = defaultdict(list)
    for seen in line:
        by_address[place(seen.policy_url)].append(seen)
    taken: list[tuple[datetime, datetime]] = []
    chosen: list[Observation] = []
    for found in sorted(by_address.values(), key=len, reverse=True):
        chosen += [seen for seen in found if not any(start <= seen.captured_at <= end for start, end in taken)]
        taken.append((found[0].captured_at, found[-1].captured_at))
    return sorted(chosen, key=lambda seen: seen.row)
