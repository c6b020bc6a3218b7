"""What the header fields of an archived HTTP response say, as others read them too."""

from __future__ import annotations

from collections.abc import Iterable


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The value of the first field of that name, in any case, or ``None``."""
    name = name.lower()
    return next((value for key, value in headers if key.lower() == name), None)


def media_type(content_type: str | None) -> str | None:
    """``text/html`` for ``Text/HTML; charset=x``; ``None`` where the field names none.

    The white space is left out, as in the archive's index.
    """
    return "".join((content_type or "").partition(";")[0].split()).lower() or None
