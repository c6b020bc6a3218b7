"""A page as a list of blocks: one walk over the tree gives each block's plain text and its Markdown.

Both renderings come from the same blocks, so they always hold the same document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from pipelines.page.tree import Element
from pipelines.urls import absolute

HEADING = "heading"
PARAGRAPH = "paragraph"
ITEM = "item"
ROW = "row"

_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "button",
))  # fmt: skip
_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*", "cite": "*", "dfn": "*", "var": "*"}
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
#: Stands for a line break until a block is done: white space like any other to ``str.split``.
_BREAK = "\x1e"
_SPECIAL = re.compile(r"([\\`*_\[\]<>]|&(?=#?\w+;))")
#: A link that says its own address is text: "write to privacy@acme.example".
_ADDRESS = re.compile(r"\s*(?:https?://|www\.|[\w.+-]+@)\S+\s*$", re.I)
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_MARKER = re.compile(
    r"^(?:[•·▪●○◦*–-]|\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxl]{1,5})[.)]|\d{1,3}(?:\.\d{1,3})+)$", re.I
)


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


@dataclass(slots=True)
class _List:
    ordered: bool
    style: str
    next: int
    step: int = 1


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
        self.plain = True  # nothing so far that Markdown writes otherwise
        self.lists: list[_List] = []
        self.marker = ""
        self.heading = 0
        self.links = 0
        self.linked = 0
        self.tables = 0
        self.data: Element | None = None
        self.cells: list[tuple[str, str]] | None = None
        self.place: list[Element] = []

    def add(self, piece: str | None) -> None:
        if not piece:
            return
        if piece.isspace():
            if self.text:
                self.text.append(" ")
                self.open[-1].pieces.append(" ")
            return
        self.text.append(piece)
        if _SPECIAL.search(piece):
            piece = _SPECIAL.sub(r"\\\1", piece)
            self.plain = False
        self.open[-1].pieces.append(piece)
        if self.links and not _ADDRESS.match(piece):
            self.linked += len(" ".join(piece.split()))

    def line_break(self) -> None:
        if self.cells is not None:
            self.add(" ")
        elif _ends_with_break(self.text):  # two line breaks part paragraphs
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
        """The text and the Markdown gathered since the last block; open inline elements stay open."""
        text = _lines("".join(self.text))
        if self.plain:
            markdown = text
            for inline in self.open:
                inline.pieces.clear()
        else:
            kept = [(o.before, o.after) for o in self.open[1:]]
            while len(self.open) > 1:
                self.close_inline()
            markdown = _lines("".join(self.open[0].pieces))
            self.open = [_Open("", ""), *(_Open(*k) for k in kept)]
            self.plain = not any(before for before, _ in kept)
        self.text = []
        return text, markdown

    def flush(self) -> None:
        if self.cells is not None:
            if self.text:
                self.add(" ")
            return
        if not self.text:
            return
        text, markdown = self.take()
        linked, self.linked = self.linked, 0
        if not text:
            return
        level = len(self.lists)
        if self.heading:
            number = ""
            if self.lists and self.marker not in ("", "•"):  # an item that begins with its heading
                number, self.marker = f"{self.marker} ", ""
            text, markdown = (number + form.replace("\n", " ") for form in (text, markdown))
            block = Block(HEADING, text, markdown, self.heading)
        elif self.lists:
            block = Block(ITEM, text, markdown, level, self.marker)
            self.marker = ""
        else:
            block = Block(PARAGRAPH, text, markdown)
        self.keep(block, linked)

    def keep(self, block: Block, linked: int) -> None:
        block.linked = linked
        block.place = self.place[-1]
        self.blocks.append(block)

    def end_row(self) -> None:
        cells, self.cells = self.cells or [], None
        linked, self.linked = self.linked, 0
        filled = [c for c in cells if c[0]]
        if not filled:
            return
        if len(filled) == 1 or (len(filled) == 2 and _MARKER.match(filled[0][0])):
            text, markdown = (" ".join(c[i] for c in filled) for i in (0, 1))
            self.keep(Block(PARAGRAPH, text, markdown), linked)
        else:
            text = " | ".join(c[0] for c in cells).rstrip()
            self.keep(Block(ROW, text, "", table=self.tables, cells=tuple(c[1] for c in cells)), linked)


def _lines(raw: str) -> str:
    """White space collapsed as a browser does, but for the line breaks that were marked."""
    if _BREAK not in raw:
        return " ".join(raw.split())
    return "\n".join(" ".join(line.split()) for line in raw.split(_BREAK)).strip()


def _ends_with_break(pieces: list[str]) -> bool:
    for piece in reversed(pieces):
        if piece == _BREAK:
            return True
        if not piece.isspace():
            return False
    return False


def _wrapped(done: _Open) -> str:
    """An inline element's Markdown, with white space moved out of its marks."""
    inner = "".join(done.pieces)
    core = inner.strip()
    if not core or not done.before:
        return inner
    if _BREAK in core:  # a link is one line; emphasis does not hold over a line break in every reader
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
        if event == "start":
            _start(walk, element)
        else:
            _end(walk, element)
            if element is not root:
                walk.add(element.tail)
    return walk.blocks


def blocks_of_plain_text(text: str) -> list[Block]:
    """The paragraphs of a text without markup."""
    paragraphs = (" ".join(p.split()) for p in _BLANK_LINE.split(text))
    return [Block(PARAGRAPH, p, _SPECIAL.sub(r"\\\1", p)) for p in paragraphs if p]


def _start(walk: _Walk, element: Element) -> None:
    tag = element.tag
    if tag == "br":
        walk.line_break()
        return
    if _is_inline(element):
        if tag == "a":
            href = element.get("href")
            target = absolute(href, walk.base) if href else None
            walk.open_inline(*(("[", f"]({target})") if target else ("", "")))
            walk.links += bool(target)
        elif tag == "button":  # a label beside other labels
            walk.add(" ")
        elif tag in _EMPHASIS and not walk.heading:
            walk.open_inline(_EMPHASIS[tag], _EMPHASIS[tag])
        walk.add(element.text)
        return
    if tag not in ("td", "th") or walk.data is None:
        walk.flush()
    walk.place.append(element)
    if tag in ("pre", "textarea"):
        _add_preformatted(walk, element.text)
        return
    if tag in _HEADINGS:
        walk.heading = _HEADINGS[tag]
    elif tag in ("ul", "ol", "menu", "dir"):
        walk.lists.append(_list_of(element))
    elif tag == "li":
        walk.marker = _marker(walk, element) if walk.lists else ""
    elif tag == "table" and walk.data is None and _is_data_table(element):
        walk.data = element
        walk.tables += 1
    elif tag == "tr" and walk.data is not None:
        walk.cells = []
    elif tag in ("td", "th") and walk.cells is not None:
        walk.take()
    elif tag in ("dt", "summary"):
        walk.open_inline("**", "**")
    walk.add(element.text)


def _end(walk: _Walk, element: Element) -> None:
    tag = element.tag
    if _is_inline(element):
        if tag == "a":
            if walk.links and len(walk.open) > 1 and walk.open[-1].before == "[":
                walk.links -= 1
            walk.close_inline()
        elif tag in _EMPHASIS and not walk.heading:
            walk.close_inline()
        return
    if tag == "br":
        return
    if tag in ("td", "th") and walk.cells is not None:
        walk.cells.append(walk.take())
    elif tag == "tr" and walk.cells is not None:
        walk.end_row()
    else:
        walk.flush()
    walk.place.pop()
    if tag in _HEADINGS:
        walk.heading = 0
    elif tag in ("ul", "ol", "menu", "dir"):
        if walk.lists:
            walk.lists.pop()
        walk.marker = ""
    elif tag == "table" and element is walk.data:
        walk.data = None
    elif tag in ("dt", "summary"):
        walk.close_inline()


def _is_inline(element: Element) -> bool:
    """Whether it stands within a line, as Word's ``st1:place`` does, and a word in an element of a site's own."""
    tag = element.tag
    if tag in _INLINE or ":" in tag:
        return True
    return "-" in tag and not len(element) and bool(element.tail and not element.tail.isspace())


def _add_preformatted(walk: _Walk, text: str | None) -> None:
    """Text set in lines by hand (RFC style): a blank line parts paragraphs, other line ends are wrapping."""
    paragraphs = _BLANK_LINE.split(text or "")
    for paragraph in paragraphs[:-1]:
        walk.add(paragraph)
        walk.flush()
    walk.add(paragraphs[-1])


def _marker(walk: _Walk, element: Element) -> str:
    if not walk.lists or not walk.lists[-1].ordered:
        return "•"
    here = walk.lists[-1]
    number = _int(element.get("value"), here.next)
    here.next = number + here.step
    return f"{_numeral(number, element.get('type') or here.style)}."


def _list_of(element: Element) -> _List:
    ordered = element.tag == "ol"
    back = ordered and element.get("reversed") is not None
    first = sum(1 for _ in element.iterchildren("li")) if back else 1
    return _List(ordered, element.get("type", "1"), _int(element.get("start"), first), -1 if back else 1)


def _numeral(number: int, style: str) -> str:
    if style in ("a", "A") and 1 <= number <= 26 * 27:  # after "z" comes "aa"
        first, last = divmod(number - 1, 26)
        letter = (chr(ord("a") + first - 1) if first else "") + chr(ord("a") + last)
    elif style in ("i", "I") and 1 <= number < 90:
        tens, ones = divmod(number, 10)
        letter = ("", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx")[tens] + (
            "", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[ones]  # fmt: skip
    else:
        return str(number)
    return letter.upper() if style.isupper() else letter


def _int(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"\s*-?\d{1,6}\s*", value) else default


def _is_data_table(table: Element) -> bool:
    """Whether a table holds data, not the page's layout.

    Data tables have two or more rows of two or more filled cells, no table inside, no headings in their
    cells, and no cell as long as a page's column, or that holds most of the table's text.
    """
    if table.get("role") in ("presentation", "none") or table.find(".//table") is not None:
        return False
    rows = longest = total = 0
    for row in islice(table.iter("tr"), _ROWS_SEEN):
        filled = 0
        for cell in row.iterchildren("td", "th"):
            length = len(" ".join("".join(cell.itertext()).split()))
            if length > _LONGEST_CELL or (cell.find(".//h2") is not None or cell.find(".//h1") is not None):
                return False
            filled += length > 0
            longest = max(longest, length)
            total += length
        rows += filled >= 2
    return rows >= 2 and (longest <= _LONG_CELL or longest <= _MOST * total)


_LONGEST_CELL = 3000
#: A longer cell that holds more than this share of the table's text is a page's column.
_LONG_CELL, _MOST = 300, 0.6
_ROWS_SEEN = 100
