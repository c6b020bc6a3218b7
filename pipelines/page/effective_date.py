"""The date a text gives for itself: "Last updated: April 10, 2012", "Stand: 25.05.2018".

The words that tell are in ``effective_date.toml``, the names of the months in ``data/months.json``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files

from pipelines.page.calendars import as_ours
from pipelines.urls import host_of
from pipelines.word_tables import WordTable, all_words, any_of, read_word_table

#: A document dates itself in its first lines or its last; dates between are those of laws and events.
_HEAD, _TAIL = 2500, 1500
#: Between a label and its date stand a colon, a weekday, "on" and the like, not more than this.
_GAP = 32
#: The World Wide Web had no privacy policies before.
_FIRST_YEAR = 1994
#: In 04/10/2012 English puts the month first; all other languages, and English on hosts of these countries (acme.co.uk,
#: uk.acme.com), the day.
_MONTH_FIRST = frozenset(("en",))
_DAY_FIRST_HOSTS = re.compile(r"\.(?:uk|ie|au|nz|in|za|eu|sg|hk|my|ke|ng|pk)$|^(?:uk|ie|au|nz|za|eu)\.")
#: In these languages the date may stand before its label: "2018年5月25日生效".
_DATE_BEFORE_LABEL = frozenset(
    ("az", "bn", "eu", "fa", "fi", "hi", "hu", "ja", "ka", "kk", "ko", "mn", "mr", "ta", "te", "tr", "ur", "zh")
)
#: In these languages a month takes endings: "1. aprillist 2021".
_INFLECTED = frozenset(("az", "bs", "et", "eu", "hy", "ka", "kk", "lv", "sl", "sr", "tr"))
_NUMBER = r"(?<![\d.,/-])"
_NUMERIC = re.compile(
    rf"{_NUMBER}(?:(?P<y1>(?:19|20)\d\d)\s?[-./]\s?(?P<m1>\d\d?)\s?[-./]\s?(?P<d1>\d\d?)"
    r"|(?P<y2>(?:19|20)\d\d)\s?(?:[年년]|оны)\s?(?P<m2>\d\d?)(?:-?р|\s(?:дугаар|дүгээр))?\s?(?:[月월]|сарын)\s?"
    r"(?:(?P<d2>\d\d?)\s?[日일號号]?)?"
    r"|(?P<a>\d\d?)\s?(?P<s>[-./])\s?(?P<b>\d\d?)\s?(?P=s)\s?(?P<y3>(?:19|20)\d\d|\d\d))(?!\d|[/-]\d)"
)
#: ``(?:19|20)\d\d|\d[-./]\d\d?[-./]\d\d\b``, which is searched for fast as it begins with a set of characters.
_YEAR = re.compile(r"\d(?:(?<=1)9\d\d|(?<=2)0\d\d|[-./]\d\d?[-./]\d\d\b)")
#: The ends of sentences; the point of a number or an abbreviation is followed by no capital.
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[^\W\d_a-z])")
#: "Effective January 1, 2020, residents may ask": a sentence goes on after the date.
_AFTER_DATE = re.compile(r"\d{4},\s+[^\W\d_].*", re.S)


def effective_date(text: str, language: str | None, *, url: str = "", not_after: date | None = None) -> date | None:
    """The date a document says it is from; ``None`` if it says none, or several that cannot be told apart.

    Only dates beside a label count ("effective", "last updated"), so a copyright year never does, and only if the
    sentence speaks of the document: not of a law, another version, a section, a list of cookies. The day from which
    a text holds goes before the day it was edited; of several versions listed, the newest counts. A month
    without a day is its first. ``not_after`` is the day of the capture: a text cannot be younger. ``url``'s country
    decides how English numbers are read.
    """
    head, tail = text[:_HEAD], text[_HEAD:][-_TAIL:]
    for part in (as_ours(head, language), as_ours(tail, language)):
        dated = [found for near in _near_years(part) for found in _labelled(near, language, url)]
        dated = [(takes_effect, day) for takes_effect, day in dated if not_after is None or day <= not_after]
        if dated:
            return max(dated)[1]  # a day of taking effect, if there is one; of these the newest
    return None


def _near_years(part: str) -> Iterator[str]:
    """The pieces around what may be a year: labels are looked for nowhere else."""
    near: list[tuple[int, int]] = []
    for year in _YEAR.finditer(part):
        start, end = max(0, year.start() - 110), year.end() + 40
        if near and start < near[-1][1]:
            start, _ = near.pop()
        near.append((start, end))
    for start, end in near:
        yield part[start:end]


def _labelled(part: str, language: str | None, url: str) -> Iterator[tuple[bool, date]]:
    """The dates beside labels: whether the text takes effect that day (else it was edited then), and the day."""
    code = language if language is not None and language in _words()["updated"] else "en"
    for found in _label_pattern(code).finditer(part):
        takes_effect = found.lastgroup == "effective"
        before = part[max(0, found.start() - 80) : found.start()].rpartition("\n")[2]
        sentence = _SENTENCE_END.split(before)[-1]
        after = part[found.end() : found.end() + _GAP + 40]
        if _context("another").search(sentence) or _context("parts").search(sentence):
            continue
        if takes_effect and _is_of_a_law(sentence, found[0], after):
            continue
        day = _first_date(after, code, url)
        if day is None and code in _DATE_BEFORE_LABEL:
            day = _last_date(before[-40:], code, url)
        if day is not None:
            yield takes_effect, day


def _is_of_a_law(before: str, label: str, after: str) -> bool:
    """True if what takes effect is a law, an offer, whatever the sentence speaks of, and not this document.

    English "effective" and "applies" stand in any sentence: there the subject must be the document or nothing at all.
    """
    itself = _context("itself")
    if itself.search(before):
        return False
    if _context("laws").search(before):
        return True
    if not label.lower().startswith(("effective", "applies", "apply", "applicable from", "applicable as")):
        return False
    rest = _AFTER_DATE.search(after) if label.lower() == "effective" else None
    return len(before.split()) > 2 or (rest is not None and not itself.search(rest[0]))


def _first_date(after: str, code: str, url: str) -> date | None:
    start, _, day = min(_dates(after, code, url), key=lambda c: (c[0], -c[1]), default=_NO_DATE)
    between = after[:start]
    if _context("until").search(between):
        return None
    if start > _GAP or "\n\n" in between.rstrip("\n").lstrip(": \n") or re.search(r"[.!?。]\s+\S", between):
        return None
    return day


def _last_date(before: str, code: str, url: str) -> date | None:
    candidates = (c for c in _dates(before, code, url) if len(before) - c[1] <= 12)
    return max(candidates, key=lambda c: c[1], default=_NO_DATE)[2]


_Placed = tuple[int, int, date | None]
_NO_DATE: _Placed = (0, 0, None)


def _dates(part: str, code: str, url: str) -> Iterator[_Placed]:
    """Every date in a piece of text: where it starts and ends, and the day, ``None`` if it cannot be told."""
    for found in _NUMERIC.finditer(part):
        yield found.start(), found.end(), _numeric_day(found, code, url)
    for found in _month_pattern(code).finditer(part):
        said = _said(found)
        month = _months(code)[_month_key(said["m"])]
        yield found.start(), found.end(), _valid(int(said["y"]), month, int(said.get("d", 1)))


def _said(found: re.Match[str]) -> dict[str, str]:
    """What a date says, by the first letter of the groups that matched: ``y`` for ``y1``, ``y2`` or ``y3``."""
    return {name[0]: value for name, value in found.groupdict().items() if value is not None}


def _numeric_day(found: re.Match[str], code: str, url: str) -> date | None:
    said = _said(found)
    if "a" not in said:
        return _valid(int(said["y"]), int(said["m"]), int(said.get("d", 1)))
    a, b, year = int(said["a"]), int(said["b"]), said["y"]
    full = int(year) if len(year) == 4 else 2000 + int(year) if int(year) < 70 else 1900 + int(year)
    month_first = code in _MONTH_FIRST and said["s"] != "." and not _DAY_FIRST_HOSTS.search(host_of(url))
    day, month = (b, a) if month_first else (a, b)
    if month > 12 >= day:
        day, month = month, day
    return _valid(full, month, day)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year >= _FIRST_YEAR else None
    except ValueError:
        return None


#: Section -> what stands before and after one of its words.
_EDGES = {
    "another": ("", r"\W*(?:\w+\W+){0,3}$"),
    "itself": ("", ""),
    "laws": (r"\b", r"\b"),
    "parts": (r"\b", r"\b"),
    "until": (r"\b", r"\b"),
}


@cache
def _words() -> WordTable:
    return read_word_table(
        "pipelines.page", "effective_date.toml", sections=("effective", "updated", "inside", *_EDGES)
    )


@cache  # one entry per section
def _context(section: str) -> re.Pattern[str]:
    """The expression for the words of a section that say of what a date is."""
    before, after = _EDGES[section]
    word = any_of(all_words(_words()[section]), lambda word: re.escape(word).replace(r"\*", r"\w*"))
    return re.compile(f"{before}(?:{word}){after}", re.I)


@cache  # one entry per language
def _label_pattern(code: str) -> re.Pattern[str]:
    groups = (
        f"(?P<{kind}>{any_of({*_words()[kind][code], *_words()[kind]['en']}, _phrase)})"
        for kind in ("effective", "updated")
    )
    # Within a word of ASCII letters no phrase begins: told once for all of them, this spares most of the time.
    return re.compile(rf"(?:(?<![a-z])|(?![a-z]))(?:{'|'.join(groups)})", re.I)


def _phrase(phrase: str) -> str:
    pattern = r"\s+".join(re.escape(word).replace("'", "['’]") for word in phrase.split())
    edge = r"\b" if phrase[-1].isalpha() and not "\u0e00" <= phrase[-1] <= "\u0eff" and phrase[-1] < "\u3000" else ""
    return (r"(?<![a-z])" if phrase[0].isascii() else "") + pattern + edge


@cache  # one entry per language
def _months(code: str) -> dict[str, int]:
    """Folded name -> number of the month, in English and in a language, whose names go before."""
    names = json.loads((files("pipelines.page") / "data" / "months.json").read_text("utf-8"))["months"]
    return {
        _month_key(name): number
        for language in ("en", code)
        for number, of_month in enumerate(names.get(language, ()), 1)
        for name in of_month
    }


def _month_key(name: str) -> str:
    """A name as the expressions compare it: case, the final sigma and the dots of i make no difference."""
    folded = unicodedata.normalize("NFC", name.replace("İ", "i").casefold())
    return folded.replace("ı", "i")


@cache  # one entry per language
def _month_pattern(code: str) -> re.Pattern[str]:
    names = any_of(_months(code))  # folded, which is what ignoring case does to the text
    ending = r"\w{0,6}" if code in _INFLECTED else ""
    month = {number: rf"(?P<m{number}>{names}){ending}(?!\w)\.?" for number in (1, 2, 3, 4)}
    year = r"(?:19|20)\d\d"
    number = r"\d{1,2}"
    small = any_of(all_words(_words()["inside"]), _phrase)
    between = rf"[\s,،./-]*(?:(?:{small})[\s,،./-]*)?"
    return re.compile(
        rf"(?:{_NUMBER}|(?<=[^\W\d_]-))(?P<d1>{number})(?:st|nd|rd|th|er|ère|[ºª°η]|\.|-?го)?{between}"
        rf"{month[1]}{between}(?P<y1>{year})"
        rf"|(?<!\w){month[2]}\s*(?:(?P<d2>{number})(?:st|nd|rd|th)?(?!\d))?{between}(?P<y2>{year})"
        rf"|(?P<y3>{year}){between}{month[3]}\s*(?P<d3>{number})(?!\d)"
        rf"|(?P<y4>{year})[\s.]*(?:{small})\s(?P<d4>{number})\.?\s{month[4]}",
        re.I,
    )
