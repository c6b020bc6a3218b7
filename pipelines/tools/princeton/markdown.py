"""Markdown as html2text wrote it, converted to plain text by the dataset's own rules."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from pipelines.page.block_walk import blocks_of
from pipelines.page.normalization import normalise
from pipelines.page.render import to_text
from pipelines.page.tree import parse

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

#: html2text writes emphasis as the page had it, with spaces inside (``**Introduction  **``) or a letter right
#: after (``**"Data"**means``). CommonMark reads both as plain asterisks. Plain text has no emphasis anyway.
_STRONG = re.compile(r"(?<!\\)\*\*(?!\*)(.{0,2000}?\S.{0,2000}?)(?<!\\)\*\*")
_EMPTY = re.compile(r"(?<!\\)\*\*[ \t]*\*\*")
_EMPHASIS = re.compile(r"(?<![\w\\])_(?!_)([^_\n]{1,2000}?)_(?!\w)")
#: It leaves spaces in a link's address, so that CommonMark does not see a link.
_SPACED_LINK = re.compile(r"\]\(((?:[a-z]+:|/)[^)\"<>\n]{0,2000})\)", re.I)


def plain_text(markdown: str) -> str:
    """The text of ``markdown``, in the form that ``pipelines.extraction`` gives."""
    source = _SPACED_LINK.sub(lambda link: f"]({'%20'.join(link[1].split())})", markdown)
    source = _EMPHASIS.sub(r"\1", _EMPTY.sub("", _STRONG.sub(r"\1", source)))
    tree, _ = parse(_markdown.render(source))
    return "" if tree is None else normalise(to_text(blocks_of(tree, "http://localhost/")))
