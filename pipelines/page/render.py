"""The two renderings of a document's blocks: plain text and Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from pipelines.page.blocks import HEADING, ITEM, ROW, Block
from pipelines.page.inline import after_backslash, escaped, markdown

#: What at a line's start would make a paragraph something else in CommonMark, or a table in GitHub's form of it.
_LINE_START = re.compile(
    r"(~{3}|=+[ \t]*$|(?:#{1,6}|[+-])(?=[ \t]|$)|(?=[|:-])(?=.*-)[ \t|:-]+$)|(\d{1,9})([.)])(?=[ \t]|$)"
)
#: CommonMark numbers items with digits alone.
_NUMBER = re.compile(r"(\d{1,9})\.", re.ASCII)
#: Number signs at a heading's end, which would close it.
_CLOSING = re.compile(r"(?<![\\#])#+$")


def to_text(blocks: list[Block]) -> str:
    """The blocks as plain text: a blank line between paragraphs, one line for each item, table row and heading."""
    return _together(blocks, [_text_of(block) for block in blocks])


def to_markdown(blocks: list[Block]) -> str:
    """The blocks as CommonMark, with tables in GitHub's form."""
    out: list[str] = []
    widths: dict[int, int] = {}  # of tables: a reader does not show the cells that a table's first row does not have
    for block in blocks:
        widths[block.table] = max(widths.get(block.table, 0), len(block.lines))
    lists = _Lists()
    for previous, block in zip([None, *blocks], blocks, strict=False):
        if block.kind == ITEM:
            out.append(lists.item(block))
            continue
        lists.close()
        if block.kind == ROW and (previous is None or previous.table != block.table):
            missing = widths[block.table] - len(block.lines)
            out.append(f"{_markdown_row(block)}{'  |' * missing}\n|{' --- |' * widths[block.table]}")
        elif block.kind == ROW:
            out.append(_markdown_row(block))
        elif block.kind == HEADING:
            out.append(f"{'#' * block.level} {_CLOSING.sub(after_backslash, _markdown_of(block))}")
        else:
            out.append(_lines(_markdown_of(block), 0))
    return _together(blocks, out)


def _together(blocks: list[Block], forms: list[str]) -> str:
    """The blocks' forms as one text, with blank lines between those that need them.

    A form that begins with a line end needs one in any case.
    """
    out = forms[:1]
    for (previous, block), form in zip(pairwise(blocks), forms[1:], strict=True):
        out += ["\n" if _same_run(previous, block) and form[0] != "\n" else "\n\n", form.lstrip("\n")]
    return "".join(out).lstrip("\n")


def _same_run(a: Block, b: Block) -> bool:
    """True if no blank line parts the blocks: items of a list, rows of one table."""
    if a.kind == b.kind == ITEM:
        return bool(b.marker)
    return a.kind == b.kind == ROW and a.table == b.table


def _text_of(block: Block) -> str:
    return f"{'  ' * block.level}{block.marker} {block.text}" if block.marker else block.text


def _markdown_of(block: Block) -> str:
    return "\n".join(map(markdown, block.lines)) if block.lines else escaped(block.text)


@dataclass(frozen=True, slots=True)
class _OpenItem:
    """An item that further paragraphs and lists may belong to."""

    column: int
    """Where its words begin: what belongs to it is indented as deep."""
    number: int | None
    delimiter: str


class _Lists:
    """The lists that are open in a Markdown text, each within the last item of the one before."""

    def __init__(self) -> None:
        self._items: list[_OpenItem] = []

    def close(self) -> None:
        """Close all lists."""
        self._items = []

    def item(self, block: Block) -> str:
        """An item, or a further paragraph of one, as Markdown.

        One that skips a level is written a level deeper than the item before, for a line indented deeper is code.
        """
        depth = min(block.level, len(self._items) + bool(block.marker))
        before = self._items[depth - 1] if 0 < depth <= len(self._items) else None
        if not block.marker:
            del self._items[depth:]
            column = before.column if before else 0
            return " " * column + _lines(_markdown_of(block), column)
        del self._items[depth - 1 :]
        indent = self._items[-1].column if self._items else 0
        marker, typed, number, delimiter = "-", "", None, "."
        if found := _NUMBER.fullmatch(block.marker):
            number = int(found[1])
            delimiter = _delimiter(number, before)
            marker = f"{found[1]}{delimiter}"
        elif block.marker != "•":
            typed = f"{block.marker} "
        lead = f"{' ' * indent}{marker:<3} "
        self._items.append(_OpenItem(len(lead), number, delimiter))
        # A list that begins with a number other than 1 needs an empty line before it.
        parted = "\n" if before is None and number not in (None, 1) else ""
        return f"{parted}{lead}{typed}{_lines(_markdown_of(block), len(lead))}"


def _delimiter(number: int, before: _OpenItem | None) -> str:
    """The sign after an item's number. Readers count on from a list's first number; another sign begins another list.

    ``before`` is the item that stands before it in its list.
    """
    if before is None or before.number is None:
        return "."
    if number == before.number + 1:
        return before.delimiter
    return ")" if before.delimiter == "." else "."


def _lines(written: str, column: int) -> str:
    """A block's lines as lines of one paragraph, indented but for the first."""
    return f"  \n{' ' * column}".join(map(_with_start_escaped, written.split("\n")))


def _markdown_row(block: Block) -> str:
    return f"| {' | '.join(markdown(cell).replace('|', chr(92) + '|') for cell in block.lines)} |"


def _with_start_escaped(line: str) -> str:
    found = _LINE_START.match(line)
    if found is None:
        return line
    start = f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"
    return start + line[found.end() :]
