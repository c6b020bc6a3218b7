"""The words of a line with their emphasis and links, and the CommonMark that reads back as just these words.

A line is a list of runs, words of one style each. Flat runs have no nested or empty marks, which CommonMark would read
as asterisks: ``<b><b>x</b></b>`` is one run, and so is ``<b>x</b><b>y</b>``.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from pipelines.page.normalization import normalise


class Style(NamedTuple):
    """How words are set off."""

    target: str | None = None
    """The absolute address that they link to."""
    strong: bool = False
    emphasis: bool = False


class Run(NamedTuple):
    """Words of one style."""

    text: str
    style: Style


PLAIN = Style()
_STYLE, _TARGET = attrgetter("style"), attrgetter("style.target")
#: Characters that are letters or symbols to Unicode and empty to readers.
_BLANK = frozenset("\u2800\u115f\u1160\u3164\uffa0")


def tidied(runs: Iterable[Run]) -> list[Run]:
    """The runs in normal form, white space collapsed as a browser does; empty if there is nothing to see in them.

    A space between two runs stands at the beginning of the second. The line as a whole is in normal form, too: what a
    mark changes in the run before it makes both one.
    """
    runs = list(runs)
    while len(runs) > 1 and runs[-1].text == " ":  # most lines are one run without it
        runs.pop()
    if len(runs) == 1:
        text, style = runs[0]
        words = " ".join(normalise(text).split())
        return [Run(words, style)] if any(map(_is_seen, words)) else []
    tidy: list[Run] = []
    space = False
    for style, same in groupby(runs, key=_STYLE):
        text = normalise(plain(same))
        words = " ".join(text.split())
        space = space or text[:1].isspace()
        if words:
            tidy.append(Run(f" {words}" if space and tidy else words, style))
            space = text[-1].isspace()
    line = plain(tidy)
    if not line.isascii() and not unicodedata.is_normalized("NFC", line):
        tidy = [Run(normalise(line), tidy[0].style)]
    return tidy if any(map(_is_seen, line)) else []


def plain(runs: Iterable[Run]) -> str:
    """The words of a line alone."""
    return "".join([run.text for run in runs])


def escaped(text: str) -> str:
    """Plain text as CommonMark, with a backslash before what would be markup.

    >>> print(escaped("a*b &amp; c"))
    a\\*b \\&amp; c
    """
    return _SPECIAL.sub(after_backslash, text)


def after_backslash(found: re.Match[str]) -> str:
    """What was found as CommonMark reads it for itself. A function costs nothing where nothing is found: ``re`` reads
    a template anew for each text."""
    return f"\\{found[0]}"


#: What CommonMark would take for markup. An expression that begins with a set of characters is searched for fast.
_SPECIAL = re.compile(r"[\\`*_\[\]<>&](?:(?<!&)|(?=#?\w+;))")


def markdown(runs: Sequence[Run]) -> str:
    """A line of tidied runs as CommonMark."""
    if not runs or (len(runs) == 1 and runs[0].style == PLAIN):  # most lines
        return escaped(plain(runs))
    groups = [(target, list(group)) for target, group in groupby(runs, key=_TARGET)]
    out = ""
    starts = [" " if group[0].text[0] == " " else "[" for _, group in groups]
    for (target, group), right in zip(groups, [*starts[1:], ""], strict=True):
        if target is None:
            out += _set_off(group, out[-1:], right)
            continue
        lead, words = _without_lead(group)
        if out.endswith("!") and not lead:  # with the bracket it would be an image
            out = f"{out[:-1]}\\!"
        destination = _ENTITY.sub(after_backslash, target)
        out += f"{lead}[{_set_off(words, '[', ']')}]({destination})"
    return out


#: What CommonMark reads as one character, also within an address.
_ENTITY = re.compile(r"&(?=#?\w+;)")
_MARKS = ((attrgetter("style.strong"), "**"), (attrgetter("style.emphasis"), "*"))


def _set_off(
    runs: list[Run], before: str, after: str, marks: Sequence[tuple[Callable[[Run], bool], str]] = _MARKS
) -> str:
    """The runs with marks around the words that are set off, where CommonMark would read them as marks.

    ``before`` and ``after`` are the characters around the runs, empty at the ends of the line.
    """
    if not marks or not any(run.style.strong or run.style.emphasis for run in runs):
        return escaped(plain(runs))
    (is_marked, mark), *further = marks
    groups = [list(group) for _, group in groupby(runs, key=is_marked)]
    firsts = [group[0].text[0] for group in groups]
    out = ""
    for group, right in zip(groups, [*firsts[1:], after], strict=True):
        lead, words = _without_lead(group)
        left, first, last = lead or before, words[0].text[0], words[-1].text[-1]
        is_set = is_marked(words[0]) and _parts(left, first, mark) and _parts(right, last, mark)
        here = mark if is_set else ""
        out += f"{lead}{here}{_set_off(words, left, right, further)}{here}"
        before = last
    return out


def _without_lead(runs: list[Run]) -> tuple[str, list[Run]]:
    """The space before the runs, if there is one, and the runs without it."""
    first = runs[0]
    return (" ", [first._replace(text=first.text[1:]), *runs[1:]]) if first.text[0] == " " else ("", runs)


def _parts(outside: str, inside: str, mark: str) -> bool:
    """True if a mark between the two characters can only open, or close, what stands inside.

    This is CommonMark's rule of flanking runs, less the cases in which marks might do both. Marks within a word are
    left out, too: people who read the Markdown would take them for a part of it. Where words are written without
    spaces, one of the two marks may stand between them, since it cannot be taken for a part of the other.
    """
    if outside in ("", " "):
        return True
    return inside.isalnum() and (_is_punctuation(outside) or (mark == "**" and bool(_UNSPACED.match(outside))))


#: Scripts that write word upon word, and Hangul, which writes particles upon words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character)[0] == "P"


def _is_seen(character: str) -> bool:
    return character.isprintable() and not character.isspace() and character not in _BLANK
