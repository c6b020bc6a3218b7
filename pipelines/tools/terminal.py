"""Text as a terminal shows it: in colours, and broken between words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

FAINT, RED, GREEN, END = "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[0m"

#: A colour, white space, or what stands between them.
_PIECE = re.compile("\x1b\\[[0-9]+m|[^\\S\x1b]+|[^\\s\x1b]+")


def faint(text: str, colour: bool) -> str:
    """``text`` in a colour that stands back, if there are colours."""
    return f"{FAINT}{text}{END}" if colour else text


def wrapped(text: str, width: int) -> str:
    """``text`` with its lines broken between words, so that none takes more than ``width`` cells.

    A word that is longer (an address, or a sentence in a script without spaces) stays whole, on a line of its own: the
    terminal breaks it. The spaces at the beginning of a line stand before each of its parts. A colour ends with its
    line and begins again on the next one, because ``less`` forgets it there.
    """
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> Iterator[str]:
    indent = " " * min(len(line) - len(line.lstrip(" ")), width // 2)
    part, used, space, colour = indent, len(indent), "", ""
    for piece in _PIECE.findall(line.lstrip(" ")):
        if piece.startswith("\x1b"):
            part, space = part + space + piece, ""
            colour = "" if piece == END else piece
        elif piece.isspace():
            space = piece
            used += len(piece)
        else:
            if used + _cells(piece) > width and used > len(indent):
                yield part + (END if colour else "")
                part, used, space = indent + colour, len(indent), ""
            part, space = part + space + piece, ""
            used += _cells(piece)
    yield part


def _cells(text: str) -> int:
    """How many cells a terminal takes for a text: two for a wide letter, none for a mark on the letter before."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else not unicodedata.combining(letter) for letter in text
    )
