"""The blocks of a document: its paragraphs, headings, list items and table rows.

Plain text and Markdown are both made of these, so they always hold the same document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.page.tree import Element

HEADING = "heading"
PARAGRAPH = "paragraph"
ITEM = "item"
ROW = "row"

#: An empty line, which parts the paragraphs of a text without markup.
BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
#: What CommonMark would take for markup. An expression that begins with a set of characters is searched for fast.
_SPECIAL = re.compile(r"[\\`*_\[\]<>&](?:(?<!&)|(?=#?\w+;))")


@dataclass(slots=True)
class Block:
    """One paragraph, heading, list item or table row."""

    kind: str
    text: str
    markdown: str
    level: int = 0
    """Heading: 1 to 6. Otherwise: how many lists it stands in."""
    marker: str = ""
    """Item: ``•`` or its number, ``3.``; empty for an item's further paragraphs."""
    linked: int = 0
    """Characters of the text that lead to other pages (not to places in this one)."""
    table: int = 0
    """Row: which of the page's data tables it belongs to."""
    cells: tuple[str, ...] = ()
    """Row: its cells in Markdown."""
    place: Element | None = field(default=None, repr=False, compare=False)
    """The element it stands in."""


def blocks_of_plain_text(text: str) -> list[Block]:
    """The paragraphs of a text without markup."""
    paragraphs = (" ".join(p.split()) for p in BLANK_LINE.split(text))
    return [Block(PARAGRAPH, p, escaped(p)) for p in paragraphs if p]


def escaped(text: str) -> str:
    """Plain text as CommonMark, with a backslash before what would be markup.

    >>> print(escaped("a*b &amp; c"))
    a\\*b \\&amp; c
    """
    return _SPECIAL.sub(r"\\\g<0>", text)
