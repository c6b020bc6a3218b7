"""A page's tree as a list of blocks: one walk over the tree gives the plain text and the Markdown of each block."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from pipelines.page.blocks import BLANK_LINE, HEADING, ITEM, PARAGRAPH, ROW, Block, escaped
from pipelines.page.data_tables import is_data_table
from pipelines.page.list_markers import OpenList, marker_of, open_list
from pipelines.page.tree import Element
from pipelines.urls import absolute

_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "button", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
))  # fmt: skip
_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*", "cite": "*", "dfn": "*", "var": "*"}
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
#: Stands for a line break until a block is done. To ``str.split`` it is white space like any other.
_BREAK = "\x1e"
#: A link whose text is its own address counts as text: "write to privacy@acme.example".
_ADDRESS = re.compile(r"\s*(?:https?://|www\.|[\w.+-]+@)\S+\s*$", re.I)
_MARKER = re.compile(
    r"^(?:[•·▪●○◦*–-]|\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxl]{1,5})[.)]|\d{1,3}(?:\.\d{1,3})+)$", re.I
)


@dataclass(slots=True)
class _Open:
    """An inline element that is open: what it adds around its Markdown, and the Markdown so far."""

    before: str
    after: str
    pieces: list[str] = field(default_factory=list)


class _Walk:
    """The state of one walk over a tree."""

    def __init__(self, url: str) -> None:
        self.base = url
        self.blocks: list[Block] = []
        self.text: list[str] = []
        self.open: list[_Open] = [_Open("", "")]
        self.plain = True  # text and Markdown are the same so far
        self.lists: list[OpenList] = []
        self.marker = ""  # of the item that begins
        self.heading = 0  # level of the open heading
        self.links = 0  # how many links are open
        self.linked = 0  # characters of the block within links
        self.tables = 0  # how many data tables there were
        self.data: Element | None = None  # the open data table
        self.cells: list[tuple[str, str]] | None = None  # of the open row of a data table
        self.place: list[Element] = []  # the open elements that are not inline

    def add(self, piece: str | None) -> None:
        """Add characters to the open block."""
        if not piece:
            return
        if piece.isspace():
            if self.text:
                self.text.append(" ")
                self.open[-1].pieces.append(" ")
            return
        self.text.append(piece)
        markdown = escaped(piece)
        self.plain = self.plain and markdown == piece
        self.open[-1].pieces.append(markdown)
        if self.links and not _ADDRESS.match(piece):
            self.linked += len(" ".join(piece.split()))

    def line_break(self) -> None:
        """Break the line; a second break in a row ends the paragraph."""
        if self.cells is not None:
            self.add(" ")
        elif next((piece for piece in reversed(self.text) if piece == _BREAK or not piece.isspace()), "") == _BREAK:
            self.flush()
        else:
            self.text.append(_BREAK)
            self.open[-1].pieces.append(_BREAK)

    def open_inline(self, before: str, after: str) -> None:
        self.plain = self.plain and not before
        self.open.append(_Open(before, after))

    def close_inline(self) -> None:
        if len(self.open) > 1:
            done = self.open.pop()
            self.open[-1].pieces.append(_wrapped(done))

    def take(self) -> tuple[str, str]:
        """Take the text and the Markdown gathered since the last block; open inline elements stay open."""
        text = markdown = _lines("".join(self.text))
        still_open = [_Open(inline.before, inline.after) for inline in self.open]
        if not self.plain:
            while len(self.open) > 1:
                self.close_inline()
            markdown = _lines("".join(self.open[0].pieces))
        self.text, self.open = [], still_open
        self.plain = not any(inline.before for inline in still_open)
        return text, markdown

    def flush(self) -> None:
        """End the open block, if there is one; in a data table, part words only."""
        if self.cells is not None:
            if self.text:
                self.add(" ")
            return
        if not self.text:
            return
        text, markdown = self.take()
        if not text:
            return
        if self.heading:
            number = ""
            if self.marker not in ("", "•"):  # an item that begins with its heading
                number, self.marker = f"{self.marker} ", ""
            text, markdown = (number + form.replace("\n", " ") for form in (text, markdown))
            self.keep(Block(HEADING, text, markdown, self.heading))
        elif self.lists:
            marker, self.marker = self.marker, ""
            self.keep(Block(ITEM, text, markdown, len(self.lists), marker))
        else:
            self.keep(Block(PARAGRAPH, text, markdown))

    def keep(self, block: Block) -> None:
        """Add a block to the result."""
        block.linked, self.linked = self.linked, 0
        block.place = self.place[-1]
        self.blocks.append(block)

    def end_row(self) -> None:
        """End a row of a data table; one with a single cell, or a marker and a cell, is a paragraph."""
        cells, self.cells = self.cells or [], None
        filled = [c for c in cells if c[0]]
        if not filled:
            self.linked = 0
        elif len(filled) == 1 or (len(filled) == 2 and _MARKER.match(filled[0][0])):
            text, markdown = (" ".join(c[i] for c in filled) for i in (0, 1))
            self.keep(Block(PARAGRAPH, text, markdown))
        else:
            text = " | ".join(c[0] for c in cells).rstrip()
            self.keep(Block(ROW, text, "", table=self.tables, cells=tuple(c[1] for c in cells)))


def _lines(raw: str) -> str:
    """Collapse white space as a browser does, but keep the line breaks that were marked."""
    if _BREAK not in raw:
        return " ".join(raw.split())
    return "\n".join(" ".join(line.split()) for line in raw.split(_BREAK)).strip()


def _wrapped(done: _Open) -> str:
    """An inline element's Markdown, with white space moved out of its marks."""
    inner = "".join(done.pieces)
    core = inner.strip()
    if not core or not done.before:
        return inner
    if _BREAK in core:  # a link must be one line, and not every reader carries emphasis over a line break
        lines = [line.strip() for line in core.split(_BREAK) if line.strip()]
        core = (" " if done.before == "[" else f"{done.after}{_BREAK}{done.before}").join(lines)
    lead = inner[: len(inner) - len(inner.lstrip())]
    tail = inner[len(inner.rstrip()) :]
    return f"{lead}{done.before}{core}{done.after}{tail}"


def blocks_of(root: Element, url: str) -> list[Block]:
    """The tree's blocks in reading order; links are resolved against ``url``, archive prefixes taken off.

    The walk keeps its own stack, so a page nested ten thousand deep is read like any other.
    """
    walk = _Walk(url)
    for event, element in etree.iterwalk(root, events=("start", "end")):
        (_start if event == "start" else _end)(walk, element)
        if event == "end" and element is not root:
            walk.add(element.tail)
    return walk.blocks


def _is_inline(element: Element) -> bool:
    """True if an element stands within a line.

    That holds for Word's ``<st1:place>``, too, and for a site's own ``<x-name>`` if it has no elements inside and text
    right behind it.
    """
    tag = element.tag
    if tag in _INLINE or ":" in tag:
        return True
    return "-" in tag and not len(element) and bool(element.tail and not element.tail.isspace())


def _start(walk: _Walk, element: Element) -> None:
    tag = element.tag
    if not _is_inline(element):
        if tag not in _CELLS or walk.data is None:
            walk.flush()
        walk.place.append(element)
    _STARTS.get(tag, _pass)(walk, element)
    # In text set in lines by hand, as in an RFC, a blank line parts paragraphs; other line ends do not.
    *paragraphs, last = BLANK_LINE.split(element.text or "") if tag in _PREFORMATTED else [element.text]
    for paragraph in paragraphs:
        walk.add(paragraph)
        walk.flush()
    walk.add(last)


def _end(walk: _Walk, element: Element) -> None:
    tag = element.tag
    if not _is_inline(element):
        if tag in _CELLS and walk.cells is not None:
            walk.cells.append(walk.take())
        elif tag == "tr" and walk.cells is not None:
            walk.end_row()
        else:
            walk.flush()
        walk.place.pop()
    _ENDS.get(tag, _pass)(walk, element)


_Handler = Callable[[_Walk, Element], None]


def _pass(walk: _Walk, element: Element) -> None:
    """For tags that ask for nothing of their own."""


def _open_link(walk: _Walk, element: Element) -> None:
    href = element.get("href")
    target = absolute(href, walk.base) if href else None
    walk.open_inline(*(("[", f"]({target})") if target else ("", "")))
    walk.links += bool(target)


def _close_link(walk: _Walk, _: Element) -> None:
    if walk.links and len(walk.open) > 1 and walk.open[-1].before == "[":
        walk.links -= 1
    walk.close_inline()


def _open_emphasis(walk: _Walk, element: Element) -> None:
    mark = "" if walk.heading else _EMPHASIS[element.tag]  # headings are set off already
    walk.open_inline(mark, mark)


def _close_emphasis(walk: _Walk, _: Element) -> None:
    walk.close_inline()


def _open_heading(walk: _Walk, element: Element) -> None:
    walk.heading = _HEADINGS[element.tag]


def _close_heading(walk: _Walk, _: Element) -> None:
    walk.heading = 0


def _open_list(walk: _Walk, element: Element) -> None:
    walk.lists.append(open_list(element))


def _close_list(walk: _Walk, _: Element) -> None:
    walk.lists.pop()
    walk.marker = ""


def _open_item(walk: _Walk, element: Element) -> None:
    walk.marker = marker_of(walk.lists[-1], element) if walk.lists else ""


def _open_table(walk: _Walk, element: Element) -> None:
    if walk.data is None and is_data_table(element):
        walk.data = element
        walk.tables += 1


def _close_table(walk: _Walk, element: Element) -> None:
    if element is walk.data:
        walk.data = None


def _open_row(walk: _Walk, _: Element) -> None:
    if walk.data is not None:
        walk.cells = []


def _open_cell(walk: _Walk, _: Element) -> None:
    if walk.cells is not None:
        walk.take()


_CELLS = ("td", "th")
_LISTS = ("ul", "ol", "menu", "dir")
_TERMS = ("dt", "summary")
_PREFORMATTED = ("pre", "textarea")

#: What a tag does when it opens, and when it closes.
_STARTS: dict[str, _Handler] = {
    "br": lambda walk, _: walk.line_break(),
    "a": _open_link,
    "button": lambda walk, _: walk.add(" "),  # its label stands beside other labels
    **dict.fromkeys(_EMPHASIS, _open_emphasis),
    **dict.fromkeys(_HEADINGS, _open_heading),
    **dict.fromkeys(_LISTS, _open_list),
    "li": _open_item,
    "table": _open_table,
    "tr": _open_row,
    **dict.fromkeys(_CELLS, _open_cell),
    **dict.fromkeys(_TERMS, lambda walk, _: walk.open_inline("**", "**")),
}
_ENDS: dict[str, _Handler] = {
    "a": _close_link,
    **dict.fromkeys(_EMPHASIS, _close_emphasis),
    **dict.fromkeys(_HEADINGS, _close_heading),
    **dict.fromkeys(_LISTS, _close_list),
    "table": _close_table,
    **dict.fromkeys(_TERMS, lambda walk, _: walk.close_inline()),
}
