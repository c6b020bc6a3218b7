"""The versions of a domain's primary policy: which text stood there, from when to when.

A version begins where the normalised words differ (``text_sha256``); how similar two texts are decides nothing, and
neither does the address: the same words elsewhere, or behind a redirect, are the same version.

A version's ``id`` is made of the domain, the version's first text and how often this text had begun before. So it stays
when captures are added before, within or after the version, also by a new extractor. It changes where

- an earlier stay of the same text comes to light (another text stood in between),
- another text turns up within the version: the later part is then a stay of its own,
- the version's first capture gets another text: it was extracted again, or an older one is by another extractor.

A release says which ids of the release before have become which (``pipelines.release.lineage``).

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

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime


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


@dataclass(frozen=True, slots=True)
class Address:
    """Where a version was seen, from when to when."""

    url: str
    first: datetime
    last: datetime


@dataclass(slots=True)
class Version:
    """A maximal run of observations with the same text."""

    number: int
    """From 1, in order of time."""
    observations: list[Observation]
    change_after: datetime | None
    """The last capture that still shows the version before, by the same extractor; ``None`` for the first version."""
    compared: tuple[int, int] | None
    """Rows of the texts to compare, before and after, by one extractor; ``None`` for the first version."""
    returns_to: int | None = None
    """The number of the latest earlier version with the same text, if it is not the version before."""
    id: str = ""
    """16 hex digits; the same in each release, with the exceptions named above."""
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
    def addresses(self) -> list[Address]:
        """Each address that showed it, in order of time. Spans may overlap: a text can stand at two addresses."""
        spans: dict[str, Address] = {}
        for seen in self.observations:
            first = spans[seen.policy_url].first if seen.policy_url in spans else seen.captured_at
            spans[seen.policy_url] = Address(seen.policy_url, first, seen.captured_at)
        return list(spans.values())

    @property
    def row(self) -> int:
        """The stored row whose text stands for the version: the first by the extractor last used, of those
        that show no other version's text.
        """
        certain = [seen for seen in self.observations if seen.extractor not in self.doubtful] or self.observations
        return next(seen.row for seen in certain if seen.extractor == certain[-1].extractor)


def find_versions(domain: str, observations: Iterable[Observation]) -> list[Version]:
    """The versions of one domain, numbered from 1.

    ``observations`` may come in any order; of several captures at one moment all count, in the order of
    their URLs.
    """
    versions: list[Version] = []
    stays: Counter[str] = Counter()
    for seen in sorted(observations, key=lambda seen: (seen.captured_at, seen.policy_url, seen.row)):
        begun = _begun_by(seen, versions)
        if begun:
            begun.id = _version_id(domain, seen.text_sha256, stays[seen.text_sha256])
            stays[seen.text_sha256] += 1
            versions.append(begun)
        else:
            versions[-1].observations.append(seen)
        versions[-1].hashes[seen.extractor] = seen.text_sha256
    return versions


def _version_id(domain: str, first_text: str, stays_before: int) -> str:
    """The id of the version that begins with the text of that hash."""
    return hashlib.sha256(f"{domain} {first_text} {stays_before}".encode()).hexdigest()[:16]


def _begun_by(seen: Observation, versions: Sequence[Version]) -> Version | None:
    """The version that begins with ``seen``; ``None`` if ``seen`` belongs to the last of ``versions``.

    If it belongs there for want of proof only, its extractor becomes one of the ``doubtful`` ones.
    """
    if not versions:
        return Version(1, [seen], None, None)
    current, extractor = versions[-1], seen.extractor
    earlier = (one for one in reversed(versions[:-1]) if one.certain.get(extractor) == seen.text_sha256)
    same = next(earlier, None)
    number, returns_to = len(versions) + 1, same.number if same else None
    if extractor in current.hashes:
        if current.hashes[extractor] == seen.text_sha256:
            return None
        last = _last_by(extractor, current)
        return Version(number, [seen], last.captured_at, (last.row, seen.row), returns_to=returns_to)
    if same is None:
        return _after_return(seen, versions)
    if current.certain.items() & same.certain.items():
        return None
    proof = next((other for other in current.certain if other in same.certain), None)
    if proof is None:
        current.doubtful.add(extractor)
        return None
    last = _last_by(proof, current)
    return Version(number, [seen], last.captured_at, (last.row, _last_by(proof, same).row), returns_to=returns_to)


def _after_return(seen: Observation, versions: Sequence[Version]) -> Version | None:
    """The version that begins with ``seen``, whose text was never seen before; ``None`` if nothing shows a change.

    The last of ``versions`` may be a return to an earlier version. If the extractor of ``seen`` showed that version
    with another text, the policy has changed since.
    """
    current = original = versions[-1]
    while original.returns_to is not None and seen.extractor not in original.certain:
        original = versions[original.returns_to - 1]
    if seen.extractor not in original.certain:
        return None
    before = _last_by(seen.extractor, original)
    return Version(len(versions) + 1, [seen], current.last_seen, (before.row, seen.row))


def _last_by(extractor: str, version: Version) -> Observation:
    return next(seen for seen in reversed(version.observations) if seen.extractor == extractor)
