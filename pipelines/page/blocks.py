"""The blocks of a document: its paragraphs, headings, list items and table rows.

Plain text and Markdown are both made of these, so they always hold the same document. A block keeps the runs of its
lines, and Markdown is made of the blocks that are kept alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.page.inline import Run
from pipelines.page.normalization import normalise
from pipelines.page.tree import Element

HEADING = "heading"
PARAGRAPH = "paragraph"
ITEM = "item"
ROW = "row"

#: An empty line, which parts the paragraphs of a text without markup.
BLANK_LINE = re.compile(r"\n[ \t\r]*\n")

Lines = Sequence[Sequence[Run]]


@dataclass(slots=True)
class Block:
    """One paragraph, heading, list item or table row; its words are in the form that ``normalise`` gives."""

    kind: str
    text: str
    lines: Lines = ()
    """Its lines with their emphasis and links; empty where they are ``text`` alone. Row: its cells."""
    level: int = 0
    """Heading: 1 to 6. Otherwise: how many lists it stands in."""
    marker: str = ""
    """Item: ``•`` or its number, ``3.``; empty for an item's further paragraphs."""
    linked: int = 0
    """Characters of the text that lead to other pages (not to places in this one)."""
    table: int = 0
    """Row: which of the page's data tables it belongs to."""
    place: Element | None = field(default=None, repr=False, compare=False)
    """The element it stands in."""


def blocks_of_plain_text(text: str) -> list[Block]:
    """The paragraphs of a text without markup."""
    paragraphs = (" ".join(p.split()) for p in BLANK_LINE.split(normalise(text)))
    return [Block(PARAGRAPH, p) for p in paragraphs if p]
