"""The last word on a domain's captures: of which kind each is, and which are the main policy. Pure.

It is said once nothing of the domain is under way. The extractor judges each page by itself; here its neighbours in
time at the same address count, too::

    captured     title           text        score   by itself        verdict
    2012-01-10   Privacy Policy  A           .99     privacy_policy   privacy_policy
    2012-08-02   Privacy Policy  A, nearly   .41     cookie_policy    privacy_policy   nearly the same text
    2013-03-09   Privacy Policy  B           .30     other            privacy_policy   the same title before and after
    2014-02-20   Best Casinos    C           .02     other            other            nothing in common
    2014-11-12   Privacy Policy  D           .98     privacy_policy   privacy_policy

Corrections by people (``overrides.toml``) go before all of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter

from crawler.discovery.primary import A_POLICYS, main_policies
from crawler.discovery.url_scores import is_aside, url_score
from crawler.known import JudgedCapture
from pipelines.dataset.overrides import Correction
from pipelines.dataset.verdicts import Verdict
from pipelines.outcomes import STORED_KINDS, Kind, Outcome
from pipelines.page.classification import LEAST_WORDS, threshold
from pipelines.page.normalization import words
from pipelines.page.sketch import likeness

#: Two texts of one address are judged together if they have at least this share of runs of words in common.
_ALIKE = 0.5
#: What speaks for a policy, in log-odds: an address whose words name one, and the same title beside it in time,
#: before and after. One page that is surely something else (a score under .1) does not become a policy by all of these.
_BY_ADDRESS, _BY_TITLE = 0.5, 0.8
#: No score says more than this, in log-odds: .99.
_SUREST = 4.6


@dataclass(slots=True)
class _Group:
    """Captures of one address with nearly the same text."""

    captures: list[JudgedCapture]
    evidence: float
    """For a policy, in log-odds."""


def decide(captures: Sequence[JudgedCapture], corrections: Sequence[Correction] = ()) -> dict[int, Verdict]:
    """The verdict on each capture whose text was read, by its id.

    ``captures`` are all known captures of policy URLs of one domain, in all archives; ``corrections`` those that name
    the domain.
    """
    kinds = _kinds(captures)
    languages: dict[int, str] = {}
    for correction in corrections:
        for capture in captures:
            if capture.kind is not None and correction.covers(capture.urlkey, capture.timestamp):
                kinds[capture.id] = correction.kind or kinds[capture.id]
                if correction.language:
                    languages[capture.id] = correction.language
    settled = list(_with_twins(captures, kinds, languages))
    primary = main_policies(settled, corrections)
    return {key: Verdict(kind, key in primary, languages.get(key)) for key, kind in kinds.items()}


def _with_twins(
    captures: Sequence[JudgedCapture], kinds: dict[int, str], languages: dict[int, str]
) -> Iterator[JudgedCapture]:
    """The captures, by time, with the settled kinds and languages; unchanged ones have those of their twins."""
    settled = {
        c.id: replace(c, kind=kinds[c.id], language=languages.get(c.id, c.language)) for c in captures if c.id in kinds
    }
    by_time = {(c.urlkey, c.timestamp): c for c in settled.values()}
    for capture in sorted(captures, key=attrgetter("timestamp", "id")):
        is_unchanged = capture.outcome == Outcome.UNCHANGED
        twin = by_time.get((capture.urlkey, capture.same_as or "")) if is_unchanged else None
        yield settled.get(capture.id) or (
            replace(capture, kind=twin.kind, language=twin.language) if twin is not None else capture
        )


def _kinds(captures: Sequence[JudgedCapture]) -> dict[int, str]:
    """The kind of each capture whose text was read."""
    read = sorted((c for c in captures if c.kind is not None), key=attrgetter("urlkey", "timestamp", "id"))
    kinds: dict[int, str] = {}
    for _, found in groupby(read, key=attrgetter("urlkey")):
        here = list(found)
        kinds |= {capture.id: str(capture.kind) for capture in here}
        for group, is_policy in _decided(_groups(here)):
            instead = _instead(group)
            for one in group.captures:
                if is_policy:
                    kinds[one.id] = Kind.PRIVACY_POLICY
                elif one.is_policy:
                    kinds[one.id] = instead
    return kinds


def _groups(captures: Sequence[JudgedCapture]) -> list[_Group]:
    """The captures of one address that can be a policy, those with nearly the same text together."""
    groups: list[list[JudgedCapture]] = []
    for capture in captures:
        if (capture.words or 0) < LEAST_WORDS or not capture.sketch:
            continue
        like = (group for group in reversed(groups) if _are_alike(group[-1], capture))
        if (group := next(like, None)) is not None:
            group.append(capture)
        else:
            groups.append([capture])
    return [
        _Group(group, _of_texts(group) + _of_address(group[0].url))
        for group in groups
        if any(capture.kind in STORED_KINDS for capture in group)
    ]


def _are_alike(one: JudgedCapture, other: JudgedCapture) -> bool:
    return one.sketch == other.sketch or likeness(one.sketch or b"", other.sketch or b"") >= _ALIKE


def _of_texts(group: Sequence[JudgedCapture]) -> float:
    """The mean of what the texts say."""
    scores = [capture.policy_score if capture.policy_score is not None else 0.5 for capture in group]
    return sum(map(_log_odds, scores)) / len(scores)


def _of_address(url: str) -> float:
    return _BY_ADDRESS if url_score(url) >= A_POLICYS and not is_aside(url) else 0.0


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return min(max(math.log(chance / (1 - chance)), -_SUREST), _SUREST)


def _decided(groups: Sequence[_Group]) -> Iterator[tuple[_Group, bool]]:
    """Whether each group is a policy, with what stands beside it in time."""
    bar = _log_odds(threshold())
    in_time = sorted(
        ((capture, group) for group in groups for capture in group.captures), key=lambda pair: pair[0].timestamp
    )
    place = {capture.id: number for number, (capture, _) in enumerate(in_time)}
    for group in groups:
        first, last = group.captures[0], group.captures[-1]
        beside = [(first, pair) for pair in in_time[: place[first.id]][-1:]]
        beside += [(last, pair) for pair in in_time[place[last.id] + 1 :][:1]]
        evidence = group.evidence + sum(
            math.copysign(_BY_TITLE, neighbours.evidence - bar)
            for own, (capture, neighbours) in beside
            if _same_title(own, capture)
        )
        yield group, evidence >= bar


def _same_title(one: JudgedCapture, other: JudgedCapture) -> bool:
    title = words(one.title or "")
    return bool(title) and title == words(other.title or "")


def _instead(group: _Group) -> str:
    """What a text is that is no policy after all: what most of its kin were taken for."""
    kinds: Iterable[str | None] = (one.kind for one in group.captures if not one.is_policy)
    found = Counter(kind for kind in kinds if kind in STORED_KINDS)
    return found.most_common(1)[0][0] if found else Kind.OTHER
