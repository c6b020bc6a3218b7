"""Links as absolute addresses of the captured web, without the archive's prefix."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote, urljoin

#: ``https://web.archive.org/web/20120401id_/`` and pywb's ``https://host/collection/20120401mp_/``.
_PREFIX = re.compile(
    r"^(?:https?:)?//[^/]+/(?:[\w.-]+/){0,3}?\d{4,14}(?:[a-z]{2}_)?/(?=(?:https?|ftp)://|mailto:)", re.I
)
#: The same where the archive wrote it relative to its own host.
_PREFIX_PATH = re.compile(r"^/(?:[\w-]+/){0,2}\d{8,14}(?:[a-z]{2}_)?/(?=(?:https?|ftp)://|mailto:)", re.I)
_SCHEMES = ("http://", "https://", "mailto:", "tel:", "ftp://")
_PLAIN = re.compile(r"[\w%/:=&?~#+!$,;'@*.-]+", re.A)
_BREAKS = re.compile(r"[\t\r\n]")


def without_archive_prefix(url: str) -> str:
    """The captured URL that an archive's replay URL stands for; other URLs unchanged."""
    return _PREFIX.sub("", _PREFIX_PATH.sub("", url))


def captured_on(url: str) -> date | None:
    """The day in an archive's replay URL; ``None`` in other URLs."""
    prefix = _PREFIX.match(url) or _PREFIX_PATH.match(url)
    digits = prefix and _DAY.search(prefix[0])
    try:
        return date(int(digits[1]), int(digits[2]), int(digits[3])) if digits else None
    except ValueError:
        return None


_DAY = re.compile(r"/(\d{4})(\d\d)(\d\d)(?:\d{6})?(?:[a-z]{2}_)?/$", re.I)


def absolute(href: str, base: str) -> str | None:
    """A link's absolute address with an archive's prefix taken off, as it may stand in Markdown.

    ``None`` for places in the page itself and for what is no address (``javascript:``, broken URLs).
    """
    href = _PREFIX_PATH.sub("", href.strip())
    if not href or href[0] == "#":
        return None
    try:
        target = href if href.startswith(("http://", "https://")) else urljoin(base, _BREAKS.sub("", href))
    except ValueError:  # a bracket that is no IPv6 host
        return None
    target = _PREFIX.sub("", target)
    if not target.lower().startswith(_SCHEMES):
        return None
    page, hash_sign, _ = target.partition("#")
    if hash_sign and page == base.partition("#")[0]:
        return None
    return target if _PLAIN.fullmatch(target) else quote(target, safe="%/:=&?~#+!$,;'@*[]|-._")
