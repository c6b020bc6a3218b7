"""A text as the units of a comparison: paragraphs, sentences and words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pipelines.page.normalization import SIGNS, compared
from pipelines.page.normalization import words as all_words

#: Scripts without spaces (Thai, Lao, Burmese, Khmer, CJK): every character is a word of its own.
SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
# Marks of the Indic scripts and combining accents belong to their word, though Python's \w leaves them out.
_MARKS = "\u0300-\u036f\u0900-\u0963\u0966-\u0dff"
# A currency or percent sign is a word too, wherever it is: "$25", "25$" and "25 $" say the same.
_WORD = re.compile(
    rf"[{SPACELESS}{SIGNS}]|[^\W_{SPACELESS}][^\W_{SPACELESS}{_MARKS}]*(?:[{_MARKS}][^\W_{SPACELESS}]*)*"
)
_ACCENTS = re.compile("[\u0300-\u036f]+")
_SEPARATOR = re.compile(r"[,;/|、，；・]")
_TOKEN = re.compile(f"{_SEPARATOR.pattern}|{_WORD.pattern}")

_ABBREVIATION = re.compile(
    r"(?i)(?:\b(?:inc|ltd|llc|co|corp|no|nos|nr|st|ave|blvd|rd|dr|mr|mrs|ms|prof|\w*str|abs|art|bzw|ca|vs|etc|tel|sec"
    r"|av|avda|sr|sra|núm|num|p|al|ul|e\.g|i\.e|u\.s|z\.b|d\.h|u\.a|p\.ej|p\.ex|s\.a|s\.l|s\.p\.a|s\.r\.l)"
    r"|\b\w|\d)\.$"
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])[\"'”’»)\]]*\s+(?=[^\sa-zà-öø-ÿ\d]|\d+(?:\.\d+)*[.)]\s)|(?<=[。！？])(?![」』）)])"
)

#: Letters. What was found in a longer paragraph is not remembered: hostile texts must not fill the memory.
LONG_LINE = 8_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, heading or list item, of which only the words count."""

    tokens: tuple[str, ...]
    """Its folded words, and ``,`` for whatever separates the members of a list."""
    words: tuple[str, ...]
    """The words alone."""
    key: str
    """The words without anything between them: ``third-party`` and ``third party`` are one."""
    heading: bool = False
    """True if it has neither a full stop nor the mark of a list item."""
    title: bool = False
    """True if it is a heading for certain, by what stands around it."""

    @classmethod
    def of(cls, tokens: Iterable[str], *, heading: bool = False, title: bool = False) -> Sentence:
        tokens = tuple(tokens)
        words = tuple(one for one in tokens if one != ",")
        return cls(tokens, words, "".join(words), heading, title)


def paragraphs(text: str) -> list[str]:
    """The paragraphs, list items, headings and table rows of ``text``: its lines that are not blank."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def split_words(line: str) -> tuple[str, ...]:
    """The words of a paragraph as ``pipelines.page.normalization`` compares them.

    Most paragraphs stay from version to version, so the words of those of usual length are remembered.
    """
    return _remembered_words(line) if len(line) < LONG_LINE else _words(line)


@lru_cache(maxsize=4096)
def _remembered_words(line: str) -> tuple[str, ...]:
    return _words(line)


def _words(line: str) -> tuple[str, ...]:
    return tuple(all_words(compared(line)))


def split_sentences(line: str) -> list[str]:
    """The sentences of one paragraph; the full stop of an abbreviation or of a number ends none."""
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(line):
        if not _ABBREVIATION.search(line, max(0, match.start() - 12), match.start()):
            sentences.append(line[start : match.start()])
            start = match.end()
    return [sentence for sentence in (*sentences, line[start:]) if sentence]


def _without_accents(text: str) -> str:
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", folded))


def sentence(text: str, *, heading: bool = False, title: bool = False) -> Sentence:
    """``text`` folded: case, width, accents, contractions and the spelling of "e-mail" make no difference."""
    folded = _without_accents(text)
    folded = folded.replace("’", "'").replace("can't", "can not").replace("cannot", "can not")
    folded = folded.replace("won't", "will not").replace("n't", " not").replace("e-mail", "email")
    tokens = ("," if _SEPARATOR.match(token) else token for token in _TOKEN.findall(folded))
    return Sentence.of(tokens, heading=heading, title=title)
