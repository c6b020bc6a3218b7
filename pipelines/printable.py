"""Other people's text, made harmless for terminals and logs."""

from __future__ import annotations

import logging
import re

#: Characters that must never reach a terminal from a page: control characters (they move the cursor, set titles, make
#: the terminal answer) and the marks that reverse the direction of the text after them, so that it reads differently.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """``text`` without the characters that a terminal obeys: a tab becomes a space, all others U+FFFD."""
    return _CONTROLS.sub(lambda match: " " if match[0] == "\t" else "\ufffd", text.replace("\r\n", "\n"))


def in_one_line(text: str) -> str:
    """``printable`` text with all white space as single spaces."""
    return " ".join(printable(text).split())


def escaped(text: str) -> str:
    """JSON without the characters that a terminal obeys: they stand in it as escapes, and mean the same."""
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class PrintableRecord(logging.LogRecord):
    """A line of the log, in which archives, pages and files are quoted."""

    def getMessage(self) -> str:  # noqa: N802 (the name is that of logging)
        return printable(super().getMessage())
