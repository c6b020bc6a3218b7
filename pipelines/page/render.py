"""The two renderings of a document's blocks: plain text and Markdown."""

from __future__ import annotations

import re
from itertools import pairwise

from pipelines.page.blocks import HEADING, ITEM, ROW, Block

#: What at a line's start would make a paragraph something else in CommonMark.
_LINE_START = re.compile(
    r"^(?:(~{3}|-{2,}[ \t]*$|=+[ \t]*$|(?:#{1,6}|[+-])(?=[ \t]|$))|(\d{1,9})([.)])(?=[ \t]|$))", re.M
)


def to_text(blocks: list[Block]) -> str:
    """The blocks as plain text: a blank line between paragraphs, one line for each item, table row and heading."""
    return _together(blocks, [_text_of(block) for block in blocks])


def to_markdown(blocks: list[Block]) -> str:
    """The blocks as CommonMark, with tables in GitHub's form."""
    out: list[str] = []
    widths: dict[int, int] = {}  # of tables: a reader does not show the cells that a table's first row does not have
    for block in blocks:
        widths[block.table] = max(widths.get(block.table, 0), len(block.cells))
    depth = 0  # of open lists: a line that is indented deeper would be code
    for previous, block in zip([None, *blocks], blocks, strict=False):
        depth = min(block.level, depth + bool(block.marker)) if block.kind == ITEM else 0
        if block.kind == ROW and (previous is None or previous.table != block.table):
            missing = widths[block.table] - len(block.cells)
            out.append(f"{_markdown_row(block)}{'  |' * missing}\n|{' --- |' * widths[block.table]}")
        else:
            out.append(_markdown_of(block, depth))
    return _together(blocks, out)


def _together(blocks: list[Block], forms: list[str]) -> str:
    """The blocks' forms as one text, with blank lines between those that need them."""
    out = forms[:1]
    for (previous, block), form in zip(pairwise(blocks), forms[1:], strict=True):
        out += ["\n" if _same_run(previous, block) else "\n\n", form]
    return "".join(out)


def _same_run(a: Block, b: Block) -> bool:
    """True if no blank line parts the blocks: items of a list, rows of one table."""
    if a.kind == b.kind == ITEM:
        return bool(b.marker)
    return a.kind == b.kind == ROW and a.table == b.table


def _text_of(block: Block) -> str:
    return f"{'  ' * block.level}{block.marker} {block.text}" if block.marker else block.text


def _markdown_of(block: Block, depth: int) -> str:
    if block.kind == HEADING:
        return f"{'#' * block.level} {block.markdown}"
    if block.kind == ROW:
        return _markdown_row(block)
    body = _LINE_START.sub(_escape_start, block.markdown)
    if depth:
        indent = "    " * (depth - 1)
        marker = block.marker.replace("•", "-")
        if marker and not re.fullmatch(r"-|\d{1,9}\.", marker):  # CommonMark numbers with digits only
            body, marker = f"{marker} {body}", "-"
        lead = f"{indent}{marker:<3} " if marker else f"{indent}    "
        return lead + body.replace("\n", f"  \n{indent}    ")
    return body.replace("\n", "  \n")


def _markdown_row(block: Block) -> str:
    return f"| {' | '.join(c.replace('|', chr(92) + '|') for c in block.cells)} |"


def _escape_start(found: re.Match[str]) -> str:
    return f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"
