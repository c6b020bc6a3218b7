"""The privacy policy of a page that holds several legal texts: "Legal", "Terms and Privacy", "Impressum".

Whether there is one is told by titles on the page that name documents, and by the text below the one that names
a privacy policy. Where that ends is told by the titles alone, never by a chance that may be a little higher in the next
capture: consecutive captures of a page have to be cut alike, or the dataset shows changes that were none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipelines.outcomes import Kind
from pipelines.page.blocks import HEADING, PARAGRAPH, Block
from pipelines.page.classification import Judgement, judge, named_in, speaks_of_privacy
from pipelines.page.normalization import words
from pipelines.page.render import to_text

#: The most characters of a title: of a heading, and of a line that names a document and says nothing else.
_HEADING, _LINE = 100, 40
#: The level of titles that are no headings, below all headings.
_NO_HEADING = 7
#: Terms have a section about privacy too: a text beside them with fewer words than the first is no policy, nor is one
#: with fewer than the second before the next heading of its rank ("Privacy. See our privacy policy. Trademarks. ...").
_LEAST, _INTRODUCTION = 150, 60
#: This many lines that name documents, and are no headings, are the titles of a collection.
_COLLECTION = 4
#: How many titles of policies are looked at: the time for a page stays bounded.
_TRIED = 10
#: "5. Privacy", "Section 8: Data", "§ 4", "II. Privacy", "C. Data": a section of a document, and no document.
_NUMBERED = re.compile(
    r"\W*(?:(?:section|article|artikel|abschnitt|kapitel|clause)\b|\d|(?:[ivxlc]+|[a-z])[.)]\s)", re.I
)
#: What stands in addresses and sentences, and in no line that is a title.
_NO_TITLE = re.compile(r"[@/:;,*]|\.(?:\S|\s*$)")


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """The privacy policy of a page that holds other legal texts too."""

    blocks: list[Block]
    """Its blocks, or all of the page's where its end can't be told."""
    judgement: Judgement
    is_cut: bool
    """True if ``blocks`` are the policy's alone."""


@dataclass(frozen=True, slots=True)
class _Title:
    place: int
    """Its place among the page's blocks."""
    level: int
    names: frozenset[str]
    """The topics of the documents it names; empty for a heading that names none."""

    @property
    def is_policys(self) -> bool:
        return self.names == {"privacy"}

    @property
    def is_anothers(self) -> bool:
        return "terms" in self.names


def policy_part(blocks: list[Block], language: str | None) -> PolicyPart | None:
    """The privacy policy among a page's legal texts; ``None`` if there is none, or nothing else.

    It begins with a title that names it, and another title of the same or a higher rank names another document.
    """
    titles = list(_titles(blocks, language))
    for title in [title for title in titles if title.is_policys][:_TRIED]:
        end = _end(title, titles, len(blocks))
        part = blocks[title.place : end or len(blocks)]
        judgement = _judged(part, language) if end else None
        if judgement is not None:
            is_cut = _is_apart(title, titles)
            return PolicyPart(part if is_cut else blocks, judgement, is_cut)
    return None


def _titles(blocks: list[Block], language: str | None) -> Iterator[_Title]:
    """The headings of a page, and the lines that name a document as a heading would."""
    for place, block in enumerate(blocks):
        names = documents_named(block, language)
        if block.kind == HEADING or names:
            yield _Title(place, block.level if block.kind == HEADING else _NO_HEADING, names)


def documents_named(block: Block, language: str | None) -> frozenset[str]:
    """The topics of the documents whose title a block is: a heading, or a line that says nothing else.

    Numbered ones are no titles.
    """
    is_line = block.kind == PARAGRAPH and len(block.text) <= _LINE and not _NO_TITLE.search(block.text)
    is_title = is_line or (block.kind == HEADING and len(block.text) <= _HEADING)
    return named_in(block.text, language) if is_title and not _NUMBERED.match(block.text) else frozenset()


def _end(policys: _Title, titles: list[_Title], last: int) -> int | None:
    """The block at which a policy ends; ``None`` if no title of its rank or a higher one names another document.

    Beside documents of its rank, the policy goes on to the next of them: its own sections may be headings of that rank,
    too. Below a document of a higher rank (an imprint with a section about privacy) it is that section.
    """
    others = [title for title in titles if title.is_anothers and title.level <= policys.level]
    beside = any(title.level == policys.level for title in others)
    if not others or (not beside and policys.level == _NO_HEADING):
        return None
    for title in titles:
        if title.place > policys.place and title.level <= policys.level and (title.is_anothers or not beside):
            return title.place
        if title.place > policys.place and title.level < policys.level < _NO_HEADING:
            return title.place
    return last


def _judged(part: list[Block], language: str | None) -> Judgement | None:
    """The judgement of a part that is a privacy policy, and not a section about privacy in another document."""
    text = to_text(part)
    text_words = words(text)
    if len(text_words) < _LEAST or len(words(to_text(_introduction(part)))) < _INTRODUCTION:
        return None
    judgement = judge(part[0].text, text, text_words, language)
    if judgement.kind != Kind.PRIVACY_POLICY or not speaks_of_privacy(_after_the_beginning(part), language):
        return None
    return judgement


def _introduction(part: list[Block]) -> list[Block]:
    """A part's blocks before the first heading of its title's rank or a higher one."""
    title = part[0]
    if title.kind != HEADING:
        return part
    headings = (n for n, block in enumerate(part) if n and block.kind == HEADING and block.level <= title.level)
    return part[: next(headings, len(part))]


def _after_the_beginning(part: list[Block]) -> str:
    """The text after as many words as a section about privacy may have in terms."""
    passed = 0
    for number, block in enumerate(part):
        passed += len(words(block.text))
        if passed >= _LEAST:
            return to_text(part[number + 1 :]) or block.text
    return ""


def _is_apart(policys: _Title, titles: list[_Title]) -> bool:
    """True if the titles of the policy's level are those of the page's documents, and none is above them.

    Lines that are no headings are the titles of documents where the page begins with one, and there are many.
    """
    ranks = [title for title in titles if title.level <= policys.level]
    if policys.level == _NO_HEADING:
        documents = [title for title in ranks if title.level == _NO_HEADING]
        if titles[0].place > 0 or not titles[0].names or len(documents) < _COLLECTION:
            return False
    else:
        first = next(number for number, title in enumerate(ranks) if title.level == policys.level)
        documents = ranks[first:]
        if any(title.level < policys.level or not title.names for title in documents):
            return False
    if not any(title.is_anothers for title in documents):
        return False
    # One policy, also under two titles in a row: not two, and other documents between them.
    begins = (b.is_policys and not a.is_policys for a, b in pairwise(documents))
    return documents[0].is_policys + sum(begins) == 1
