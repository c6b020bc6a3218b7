"""A page's tree as a list of blocks: one walk over the tree gives the plain text and the Markdown of each block."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from pipelines.page.blocks import BLANK_LINE, HEADING, ITEM, PARAGRAPH, ROW, Block
from pipelines.page.data_tables import is_data_table
from pipelines.page.inline import PLAIN, Run, Style, plain, tidied
from pipelines.page.list_markers import OpenList, is_item_without_list, marker_of, open_list, without_bullet
from pipelines.page.tree import Element
from pipelines.urls import absolute

_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "button", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
))  # fmt: skip
_STRONG = ("b", "strong", "dt", "summary")
_EMPHASIS = ("i", "em", "cite", "dfn", "var")
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_SPACE = Run(" ", PLAIN)
#: A link whose text is its own address counts as text: "write to privacy@acme.example".
_ADDRESS = re.compile(r"\s*(?:https?://|www\.|[\w.+-]+@)\S+\s*$", re.I)
_MARKER = re.compile(
    r"^(?:[•·▪●○◦*–-]|\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxl]{1,5})[.)]|\d{1,3}(?:\.\d{1,3})+)$", re.I
)


class _Walk:
    """The state of one walk over a tree."""

    def __init__(self, url: str) -> None:
        self.base = url
        self.blocks: list[Block] = []
        self.lines: list[list[Run]] = [[]]  # of the open block
        self.styles: list[Style] = [PLAIN]  # of the open inline elements
        self.lists: list[OpenList] = []
        self.lone_item: Element | None = None  # the open item that is in no list
        self.marker = ""  # of the item that begins
        self.heading = 0  # level of the open heading
        self.linked = 0  # characters of the block within links
        self.tables = 0  # how many data tables there were
        self.data: Element | None = None  # the open data table
        self.cells: list[list[Run]] | None = None  # of the open row of a data table
        self.place: list[Element] = []  # the open elements that are not inline

    def add(self, piece: str | None) -> None:
        """Add characters to the open block."""
        if not piece:
            return
        line = self.lines[-1]
        if piece.isspace():
            if line:  # white space at the beginning of a line shows nothing
                line.append(_SPACE)
            return
        style = self.styles[-1]
        line.append(Run(piece, style))
        if style.target and not _ADDRESS.match(piece):
            self.linked += len(" ".join(piece.split()))

    def line_break(self) -> None:
        """Break the line; a second break in a row ends the paragraph."""
        if self.cells is not None:
            self.add(" ")
        elif len(self.lines) > 1 and all(run.text.isspace() for run in self.lines[-1]):
            self.flush()
        else:
            self.lines.append([])

    def open_inline(self, *, target: str | None = None, strong: bool = False, emphasis: bool = False) -> None:
        """Open an inline element that adds to the style around it."""
        around = self.styles[-1]
        self.styles.append(Style(target or around.target, strong or around.strong, emphasis or around.emphasis))

    def close_inline(self) -> None:
        if len(self.styles) > 1:
            self.styles.pop()

    def take(self) -> list[list[Run]]:
        """Take the lines gathered since the last block, without empty ones; open inline elements stay open."""
        lines, self.lines = self.lines, [[]]
        return [tidy for line in lines if (tidy := tidied(line))]

    def take_cell(self) -> list[Run]:
        """Take a data table's cell, which is one line."""
        return [run for line in self.take() for run in line]

    def flush(self) -> None:
        """End the open block, if there is one; in a data table, part words only."""
        if self.cells is not None:
            self.add(" ")
            return
        if not self.lines[0] and len(self.lines) == 1:
            return
        lines = self.take()
        if not lines:
            return
        if self.heading:
            runs = [Run(run.text, Style(run.style.target)) for line in lines for run in [*line, _SPACE]]
            if self.marker not in ("", "•"):  # an item that begins with its heading
                runs.insert(0, Run(f"{self.marker} ", PLAIN))
                self.marker = ""
            line = tidied(runs)
            if all(run.style.target in (None, self.base) for run in line):  # a title leads to its own page
                self.linked = 0
            self.keep(Block(HEADING, plain(line), [line], self.heading))
            return
        marker = ""
        if self.lists:
            marker, self.marker = self.marker, ""
        elif is_item_without_list(lines):
            marker = "•"
        if marker:
            lines[0] = without_bullet(lines[0])
        text = "\n".join(map(plain, lines))
        if self.lists or marker:
            self.keep(Block(ITEM, text, lines, max(1, len(self.lists)), marker))
        else:
            self.keep(Block(PARAGRAPH, text, lines))

    def keep(self, block: Block) -> None:
        """Add a block to the result."""
        block.linked, self.linked = self.linked, 0
        block.place = self.place[-1]
        self.blocks.append(block)

    def end_row(self) -> None:
        """End a row of a data table; one with a single cell, or a marker and a cell, is a paragraph."""
        cells, self.cells = self.cells or [], None
        filled = [cell for cell in cells if cell]
        if not filled:
            self.linked = 0
        elif len(filled) == 1 or (len(filled) == 2 and _MARKER.match(plain(filled[0]))):
            line = tidied(run for cell in filled for run in [*cell, _SPACE])
            self.keep(Block(PARAGRAPH, plain(line), [line]))
        else:
            text = " | ".join(map(plain, cells)).rstrip()
            self.keep(Block(ROW, text, cells, table=self.tables))


def blocks_of(root: Element, url: str) -> list[Block]:
    """The tree's blocks in reading order; links are resolved against ``url``, archive prefixes taken off.

    The walk keeps its own stack, so a page nested ten thousand deep is read like any other.
    """
    walk = _Walk(url)
    opened: list[tuple[str, bool]] = []  # the open elements' tags, and whether they are inline
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            tag = element.tag
            is_inline = tag in _INLINE or (not tag.isalnum() and _is_inline(element, tag))
            opened.append((tag, is_inline))
            _start(walk, element, tag, is_inline=is_inline)
        else:
            tag, is_inline = opened.pop()
            _end(walk, element, tag, is_inline=is_inline)
            if element is not root:
                walk.add(element.tail)
    return walk.blocks


def _is_inline(element: Element, tag: str) -> bool:
    """True if an element that HTML does not know stands within a line.

    That holds for Word's ``<st1:place>``, and for a site's own ``<x-name>`` if it has no elements inside and text right
    after it.
    """
    if ":" in tag:
        return True
    return "-" in tag and not len(element) and bool(element.tail and not element.tail.isspace())


def _start(walk: _Walk, element: Element, tag: str, *, is_inline: bool) -> None:
    if not is_inline:
        if tag not in _CELLS or walk.data is None:
            walk.flush()
        walk.place.append(element)
    if handler := _STARTS.get(tag):
        handler(walk, element)
    text = element.text
    if text and tag in _PREFORMATTED:
        # In text set in lines by hand, as in an RFC, a blank line parts paragraphs; other line ends do not.
        *paragraphs, text = BLANK_LINE.split(text)
        for paragraph in paragraphs:
            walk.add(paragraph)
            walk.flush()
    walk.add(text)


def _end(walk: _Walk, element: Element, tag: str, *, is_inline: bool) -> None:
    if not is_inline:
        if tag in _CELLS and walk.cells is not None:
            walk.cells.append(walk.take_cell())
        elif tag == "tr" and walk.cells is not None:
            walk.end_row()
        else:
            walk.flush()
        walk.place.pop()
    if handler := _ENDS.get(tag):
        handler(walk, element)


_Handler = Callable[[_Walk, Element], None]


def _open_link(walk: _Walk, element: Element) -> None:
    href = element.get("href")
    walk.open_inline(target=absolute(href, walk.base) if href else None)


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
    if not walk.lists:  # browsers show a bullet
        walk.lists.append(open_list(element))
        walk.lone_item = element
    walk.marker = marker_of(walk.lists[-1], element)


def _close_item(walk: _Walk, element: Element) -> None:
    if element is walk.lone_item:
        _close_list(walk, element)


def _open_table(walk: _Walk, element: Element) -> None:
    if walk.data is None and is_data_table(element):
        walk.data = element
        walk.tables += 1


def _close_table(walk: _Walk, element: Element) -> None:
    if element is walk.data:
        walk.data = None


def _open_row(walk: _Walk, _: Element) -> None:
    if walk.data is not None and walk.cells is None:  # by their roles, rows may stand within rows
        walk.cells = []


def _open_cell(walk: _Walk, _: Element) -> None:
    if walk.cells is not None and (before := walk.take_cell()):  # in the row, or in a cell around this one
        walk.cells.append(before)


_CELLS = ("td", "th")
_LISTS = ("ul", "ol", "menu", "dir")
_PREFORMATTED = ("pre", "textarea")

#: What a tag does when it opens, and when it closes.
_STARTS: dict[str, _Handler] = {
    "br": lambda walk, _: walk.line_break(),
    "a": _open_link,
    "button": lambda walk, _: walk.add(" "),  # its label stands beside other labels
    **dict.fromkeys(_STRONG, lambda walk, _: walk.open_inline(strong=True)),
    **dict.fromkeys(_EMPHASIS, lambda walk, _: walk.open_inline(emphasis=True)),
    **dict.fromkeys(_HEADINGS, _open_heading),
    **dict.fromkeys(_LISTS, _open_list),
    "li": _open_item,
    "table": _open_table,
    "tr": _open_row,
    **dict.fromkeys(_CELLS, _open_cell),
}
_ENDS: dict[str, _Handler] = {
    **dict.fromkeys(("a", *_STRONG, *_EMPHASIS), lambda walk, _: walk.close_inline()),
    **dict.fromkeys(_HEADINGS, _close_heading),
    **dict.fromkeys(_LISTS, _close_list),
    "li": _close_item,
    "table": _close_table,
}
