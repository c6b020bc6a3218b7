"""The versions of a domain's privacy policy: which text stood there, from when to when.

The main policy is one line of versions, whatever its language (``pipelines.history.languages``); what was seen in
another language meanwhile is a line for each language. Within a line a version begins where the compared words differ
(``text_sha256``); how similar two texts are decides nothing, and neither does the address: the same words elsewhere, or
behind a redirect, are the same version.

A version's ``id`` is made of the domain, the version's first text and how often this text had begun before. So it stays
when captures are added before, within or after the version, also by a new extractor. It changes where

- an earlier stay of the same text comes to light (another text stood in between),
- another text turns up within the version: the later part is then a stay of its own,
- the version's first capture gets another text: it was extracted again, or an older one is by another extractor.

A release says which ids of the release before have become which (``pipelines.release.lineage``).

Hashes are compared within one release of the extractor only, because another one gives the same page another text. A
version begins where a release that has shown it shows another text. Example, with the releases x and y and their hashes
of each capture's text::

    2010  x: A                version 1 begins
    2011  x: A                version 1
    2012  y: K                version 1: K may be the same policy as A, read by y
    2013  y: L                version 2 begins: y shows that K gave way to L
    2014  x: B                version 2: x shows that A gave way to B, which version 2 explains
    2015  x: A                version 3 begins, and returns to version 1

If the policy changes at the very capture at which the release changes (2012), the change is not seen. Extracting
everything again brings it to light.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from pipelines.history.languages import languages_of


@dataclass(frozen=True, slots=True)
class Observation:
    """One capture that is known to show the policy, with a certain text."""

    captured_at: datetime
    policy_url: str
    text_sha256: str
    extractor: str
    row: int
    """Index of the stored row with the text. An unchanged capture names the row with the same bytes."""
    stored: bool = True
    """True if the capture itself was fetched; ``False`` if it is known by its digest to be unchanged."""
    language: str | None = None
    """The text's language; ``None`` if that is not known."""
    is_main: bool = True
    """True if it is of the main line; ``False`` if it shows the policy in another language than that."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a version was seen, from when to when."""

    url: str
    first: datetime
    last: datetime


@dataclass(slots=True, eq=False)
class Version:
    """A maximal run of observations with the same text."""

    language: str | None
    is_main: bool
    observations: list[Observation]
    before: Version | None = field(default=None, repr=False)
    """The version before it in its line; ``None`` for the first one."""
    change_after: datetime | None = None
    """The last capture that still shows the version before; ``None`` for the first version."""
    compared: tuple[int, int] | None = None
    """Rows of the texts to compare, before and after, by one release; ``None`` for the first version."""
    returns_to: Version | None = field(default=None, repr=False)
    """The latest earlier version of the line with the same text, if it is not the version before."""
    number: int = 0
    """From 1 in order of time, among the versions in its language."""
    id: str = ""
    """16 hex digits; the same in each release, with the exceptions named above."""
    texts: set[tuple[str, str]] = field(default_factory=set)
    """What it showed that was new: releases and their hashes."""

    @property
    def is_switch(self) -> bool:
        """True if the main language is another one than in the version before."""
        return self.before is not None and self.before.language != self.language

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
        """The stored row whose text stands for the version: that with which it began."""
        return self.observations[0].row


def find_versions(domain: str, observations: Iterable[Observation]) -> list[Version]:
    """The versions of one domain, of all its lines, in order of time.

    ``observations`` may come in any order; of several captures at one moment all count, in the order of
    their URLs.
    """
    lines: defaultdict[str | None, list[Observation]] = defaultdict(list)
    for seen in sorted(observations, key=attrgetter("captured_at", "policy_url", "row")):
        lines[None if seen.is_main else seen.language].append(seen)
    versions = [version for line in lines.values() for version in _line(line)]
    versions.sort(key=lambda version: (version.first_seen, not version.is_main, version.language or ""))
    numbers: Counter[str | None] = Counter()
    stays: Counter[str] = Counter()
    for version in versions:
        numbers[version.language] += 1
        version.number = numbers[version.language]
        text = version.observations[0].text_sha256
        version.id = hashlib.sha256(f"{domain} {text} {stays[text]}".encode()).hexdigest()[:16]
        stays[text] += 1
    return versions


def _line(observations: Sequence[Observation]) -> list[Version]:
    """The versions of one line, by its observations in order of time."""
    versions: list[Version] = []
    last: dict[str, tuple[Observation, Version]] = {}
    """What each release showed last, and in which version."""
    languages = languages_of([(seen.captured_at, "", seen.language) for seen in observations])
    for seen, language in zip(observations, languages, strict=True):
        known = last.get(seen.extractor)
        if not versions:
            versions.append(Version(language, seen.is_main, [seen]))
        elif over := _over(seen, language, versions[-1], known):
            versions.append(_begun(seen, language, versions, over))
        else:
            versions[-1].observations.append(seen)
        if known is None or known[0].text_sha256 != seen.text_sha256:
            versions[-1].texts.add((seen.extractor, seen.text_sha256))
        last[seen.extractor] = seen, versions[-1]
    return versions


def _over(
    seen: Observation, language: str | None, current: Version, known: tuple[Observation, Version] | None
) -> Observation | None:
    """The last observation of ``current`` if that is over with ``seen``; ``None`` if nothing shows that it is.

    ``known`` is what the release of ``seen`` showed last, and in which version.
    """
    if known is not None and known[1] is current:
        return known[0] if known[0].text_sha256 != seen.text_sha256 else None
    return current.observations[-1] if language != current.language else None


def _begun(seen: Observation, language: str | None, versions: Sequence[Version], over: Observation) -> Version:
    text = seen.extractor, seen.text_sha256
    return Version(
        language,
        seen.is_main,
        [seen],
        before=versions[-1],
        change_after=over.captured_at,
        compared=(over.row, seen.row),
        returns_to=next((earlier for earlier in reversed(versions[:-1]) if text in earlier.texts), None),
    )
