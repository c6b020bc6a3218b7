"""The versions of a domain's primary policy: which text stood there, from when to when.

A version begins where the normalised words differ (``text_sha256``); how alike two texts are decides nothing.
It also begins where the same words move to another address for good (``change`` is then ``moved``), so a
reader who counts texts leaves the moved ones out.

Hashes are compared within one extractor only. Where a capture was extracted otherwise than all before it in
the version, the difference may be the extractor's: the capture belongs to the running version, and a change
is counted only where one and the same extractor shows it. A change of the policy at the very capture where
the extractor changed is therefore not seen; extracting everything again with one extractor brings it to
light. Except where the text is one seen before: once another extractor showed that it had given way, it is
back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.urls import place


@dataclass(frozen=True, slots=True)
class Observation:
    """One capture of which it is known that it shows the primary policy with a certain text."""

    captured_at: datetime
    policy_url: str
    text_sha256: str
    extractor: str
    row: int
    """Where the text is: the index of the stored row. An unchanged capture names the row with the same bytes."""
    stored: bool = True
    """Whether the capture itself was fetched; ``False``: known by its digest to be unchanged."""


@dataclass(slots=True)
class Version:
    """A maximal run of observations with the same text at the same address."""

    number: int
    """From 1, in order of time."""
    observations: list[Observation]
    change_after: datetime | None
    """The last capture that still shows the version before (seen through the same extractor); ``None`` for
    the first."""
    compared: tuple[int, int] | None
    """Rows of the texts to compare, before and after, by one extractor; ``None`` for the first."""
    moved: bool = False
    """Same words as the version before, at another address."""
    returns_to: int | None = None
    """The latest earlier version with the same text, where it is not the one before."""
    hashes: dict[str, str] = field(default_factory=dict)
    """``text_sha256`` by extractor."""
    doubtful: set[str] = field(default_factory=set)
    """Extractors of which the text is an earlier version's, though none shows that this one is another."""

    @property
    def certain(self) -> dict[str, str]:
        """``hashes`` without those of doubtful extractors."""
        return {extractor: text for extractor, text in self.hashes.items() if extractor not in self.doubtful}

    @property
    def first_seen(self) -> datetime:
        """The first capture that shows it; the change lies before or at this time."""
        return self.observations[0].captured_at

    @property
    def last_seen(self) -> datetime:
        return self.observations[-1].captured_at

    @property
    def row(self) -> int:
        """The stored row whose text stands for the version: the first by the extractor last used, of those
        that show no other version's text.
        """
        certain = [seen for seen in self.observations if seen.extractor not in self.doubtful] or self.observations
        return next(seen.row for seen in certain if seen.extractor == certain[-1].extractor)


def find_versions(observations: Iterable[Observation]) -> list[Version]:
    """The versions of one domain, numbered from 1.

    ``observations`` may come in any order; of several captures at one moment all count, in the order of
    their URLs.
    """
    texts: list[Version] = []
    for seen in sorted(observations, key=lambda seen: (seen.captured_at, seen.policy_url, seen.row)):
        begun = _begun_by(seen, texts)
        if begun:
            texts.append(begun)
        else:
            texts[-1].observations.append(seen)
        texts[-1].hashes[seen.extractor] = seen.text_sha256
    versions: list[Version] = []
    numbers: dict[int, int] = {}
    for text in texts:
        runs = _runs_by_address(text.observations)
        text_number = text.number
        if text.returns_to is not None:
            text.returns_to = numbers[text.returns_to]
        for position, run in enumerate(runs):
            number = len(versions) + 1
            if position == 0:
                text.number, text.observations = number, run
                versions.append(text)
            else:
                last = versions[-1].observations[-1]
                compared = (last.row, run[0].row)
                versions.append(
                    Version(number, run, last.captured_at, compared, True, None, text.hashes, text.doubtful)
                )
        numbers[text_number] = len(versions)
    return versions


def _begun_by(seen: Observation, texts: Sequence[Version]) -> Version | None:
    """The version that begins with ``seen``; ``None`` where it belongs to the last of ``texts``, and is noted there
    if that is in doubt.
    """
    if not texts:
        return Version(1, [seen], None, None)
    current, extractor = texts[-1], seen.extractor
    earlier = (text for text in reversed(texts[:-1]) if text.certain.get(extractor) == seen.text_sha256)
    same = next(earlier, None)
    number, returns_to = len(texts) + 1, same.number if same else None
    if extractor in current.hashes:
        if current.hashes[extractor] == seen.text_sha256:
            return None
        last = _last_by(extractor, current)
        return Version(number, [seen], last.captured_at, (last.row, seen.row), returns_to=returns_to)
    if same is None:
        return _after_return(seen, texts)
    if current.certain.items() & same.certain.items():
        return None
    proof = next((other for other in current.certain if other in same.certain), None)
    if proof is None:
        current.doubtful.add(extractor)
        return None
    last = _last_by(proof, current)
    return Version(number, [seen], last.captured_at, (last.row, _last_by(proof, same).row), returns_to=returns_to)


def _after_return(seen: Observation, texts: Sequence[Version]) -> Version | None:
    """The version that begins with ``seen``, a text never seen before, if the last of ``texts`` is a return to one
    that its extractor showed otherwise.
    """
    current = original = texts[-1]
    while original.returns_to is not None and seen.extractor not in original.certain:
        original = texts[original.returns_to - 1]
    if seen.extractor not in original.certain:
        return None
    before = _last_by(seen.extractor, original)
    return Version(len(texts) + 1, [seen], current.last_seen, (before.row, seen.row))


def _last_by(extractor: str, text: Version) -> Observation:
    return next(seen for seen in reversed(text.observations) if seen.extractor == extractor)


def _runs_by_address(observations: list[Observation]) -> list[list[Observation]]:
    """Cuts a run of equal texts where the text left its address for good.

    Two addresses that show the same text side by side are no move: the old one must never come again.
    """
    last_at = {place(seen.policy_url): index for index, seen in enumerate(observations)}
    runs: list[list[Observation]] = [[]]
    open_until = -1
    for index, seen in enumerate(observations):
        if index > open_until and runs[-1]:
            runs.append([])
        open_until = max(open_until, last_at[place(seen.policy_url)])
        runs[-1].append(seen)
    return runs
