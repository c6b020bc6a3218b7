"""Which language is a site's main one, over time.

Archives' crawlers are served other languages than people are, at the same address or at one beside it. That is neither
a change of the policy nor a version of its main line. A site that goes over to another language for good is another
matter. Example, with the language of each capture's policy::

    2004 de   2005 de   2006 de   2007 en   2008 en de   2009 de   2010 en   2011 en   2012 en   2013 fr

English was seen in more half-years than any other language, so it is the main one from 2007 to 2012, also in 2009.
Before, German stood for three half-years: it is the main one until then, and 2007 brings a switch. One capture in
French is no switch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from pipelines.timestamps import half_year

#: A time, or a timestamp of 14 digits.
Moment = TypeVar("Moment", datetime, str)

#: A language stands, and is not only served now and then, if it was seen in this many half-years, or on this many days.
_HALF_YEARS = 2
_DAYS = 3


@dataclass(frozen=True, slots=True)
class Claim(Generic[Moment]):
    """A time in which one language is the main one."""

    language: str
    first: Moment
    last: Moment


@dataclass(frozen=True, slots=True)
class MainLanguages(Generic[Moment]):
    """The main language over time."""

    claims: Sequence[Claim[Moment]]
    """In order of time; none where no language is known."""

    def at(self, moment: Moment) -> str | None:
        """The main language at a moment. Between two claims it is that of the earlier one."""
        begun = [claim for claim in self.claims if claim.first <= moment] or self.claims[:1]
        return begun[-1].language if begun else None


def main_languages(seen: Iterable[tuple[Moment, str | None]]) -> MainLanguages[Moment]:
    """The main language of a site over time, by the time and language of each capture of a policy, in any order.

    The language with the most half-years has the time from its first to its last capture. Of the time before and after,
    the same holds for the other languages, where one stands.
    """
    captures = sorted((moment, language) for moment, language in seen if language)
    claims = _claims(captures)
    if not claims and captures:  # none stands: that with most captures, nevertheless
        most, moments = _heaviest(_by_language(captures))
        claims = [Claim(most, moments[0], moments[-1])]
    return MainLanguages(tuple(claims))


def languages_of(seen: Sequence[tuple[Moment, str, str | None]]) -> list[str | None]:
    """The language of each capture (its time, its address, the language of its text).

    Where that of the text is not known, it is the language of the capture before it at the same address, or else of
    the one after it.
    """
    languages = [language for _, _, language in seen]
    order = sorted(range(len(seen)), key=lambda place: seen[place][0])
    for places in (order, order[::-1]):
        known: dict[str, str] = {}
        for place in places:
            address = seen[place][1]
            if language := languages[place] or known.get(address):
                languages[place] = known[address] = language
    return languages


def _claims(captures: Sequence[tuple[Moment, str]]) -> list[Claim[Moment]]:
    """The claims of all languages that stand among ``captures``, which are in order of time."""
    by_language = {language: moments for language, moments in _by_language(captures).items() if _stands(moments)}
    if not by_language:
        return []
    main, moments = _heaviest(by_language)
    # A stray capture of the main language, and another one that stood between it and the rest: that was not its time.
    runs = _runs(main, captures)
    standing = [run for run in runs if _stands(run)] or [moments]
    claim: Claim[Moment] = Claim(main, standing[0][0], standing[-1][-1])
    before: list[Claim[Moment]] = _claims([capture for capture in captures if capture[0] < claim.first])
    after: list[Claim[Moment]] = _claims([capture for capture in captures if capture[0] > claim.last])
    before.append(claim)
    return before + after


def _runs(language: str, captures: Sequence[tuple[Moment, str]]) -> list[list[Moment]]:
    """The captures of a language, parted where another language stood meanwhile."""
    runs: list[list[Moment]] = [[]]
    between: defaultdict[str, list[Moment]] = defaultdict(list)
    for moment, spoken in captures:
        if spoken != language:
            between[spoken].append(moment)
            continue
        if runs[-1] and any(map(_stands, between.values())):
            runs.append([])
        runs[-1].append(moment)
        between.clear()
    return runs


def _by_language(captures: Iterable[tuple[Moment, str]]) -> dict[str, list[Moment]]:
    found: defaultdict[str, list[Moment]] = defaultdict(list)
    for moment, language in captures:
        found[language].append(moment)
    return found


def _stands(moments: Sequence[Moment]) -> bool:
    days = {moment[:8] if isinstance(moment, str) else moment.date() for moment in moments}
    return len(days) >= _DAYS or len(set(map(half_year, moments))) >= _HALF_YEARS


def _heaviest(by_language: Mapping[str, list[Moment]]) -> tuple[str, list[Moment]]:
    """The language with the most half-years, or else the most captures; all values decide between equals."""

    def weight(entry: tuple[str, list[Moment]]) -> tuple[int, int, str]:
        return len(set(map(half_year, entry[1]))), len(entry[1]), entry[0]

    return max(by_language.items(), key=weight)
