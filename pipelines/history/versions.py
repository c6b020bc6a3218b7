"""The versions of a domain's primary policy: which text stood there, from when to when.

A version begins where the normalised words differ (``text_sha256``); how similar two texts are decides nothing.
It also begins where the same words move to another address for good (``change`` is then ``moved``). A reader who
counts texts leaves the moved ones out.

Hashes are compared within one extractor only, because another extractor gives the same page another text. Example, with
the extractors x and y and their hashes of each capture's text::

    2010  x: A                version 1 begins
    2011  x: A                version 1
    2012  y: K                version 1: K may be the same policy as A, read by y. Noted: in version 1, y shows K
    2013  y: K                version 1
    2014  y: L                version 2 begins: y shows that K gave way to L
    2015  x: B                version 2: nothing shows that B differs from L
    2016  x: A                version 3 begins, and returns to version 1: x shows that B gave way to A

If the policy changes at the very capture at which the extractor changes (2012), the change is not seen. Extracting
everything again with one extractor brings it to light.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.urls import place


@dataclass(frozen=True, slots=True)
class Observation:
    """One capture that is known to show the primary policy, with a certain text."""

    captured_at: datetime
    policy_url: str
    text_sha256: str
    extractor: str
    row: int
    """Index of the stored row with the text. An unchanged capture names the row with the same bytes."""
    stored: bool = True
    """True if the capture itself was fetched; ``False`` if it is known by its digest to be unchanged."""


@dataclass(slots=True)
class Version:
    """A maximal run of observations with the same text at the same address."""

    number: int
    """From 1, in order of time."""
    observations: list[Observation]
    change_after: datetime | None
    """The last capture that still shows the version before, by the same extractor; ``None`` for the first version."""
    compared: tuple[int, int] | None
    """Rows of the texts to compare, before and after, by one extractor; ``None`` for the first version."""
    moved: bool = False
    """The same words as in the version before, at another address."""
    returns_to: int | None = None
    """The latest earlier version with the same text, if it is not the version before."""
    hashes: dict[str, str] = field(default_factory=dict)
    """The ``text_sha256`` that each extractor showed last."""
    doubtful: set[str] = field(default_factory=set)
    """Extractors whose text is that of an earlier version, while no extractor shows that this version is another."""

    @property
    def certain(self) -> dict[str, str]:
        """``hashes`` without those of doubtful extractors."""
        return {extractor: text for extractor, text in self.hashes.items() if extractor not in self.doubtful}

    @property
    def first_seen(self) -> datetime:
        """The first capture that shows it; the change is not later."""
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
    """The version that begins with ``seen``; ``None`` if ``seen`` belongs to the last of ``texts``.

    If it belongs there for want of proof only, its extractor becomes one of the ``doubtful`` ones.
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
    """The version that begins with ``seen``, whose text was never seen before; ``None`` if nothing shows a change.

    The last of ``texts`` may be a return to an earlier version. If the extractor of ``seen`` showed that version with
    another text, the policy has changed since.
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

    If two addresses show the same text side by side, it has not moved: the old address must never come again.
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
