"""What an archive answers when asked for a capture's bytes (``/web/<timestamp>id_/<url>``).

An answer with ``Memento-Datetime`` (RFC 7089) is archived content, whatever its status: an archived 503 is content.
An answer without it comes from the archive itself: a 503 then means "not now".
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pipelines.header_fields import header
from pipelines.timestamps import read_http_date
from pipelines.urls import is_web_address, web_address, with_two_slashes

Headers = tuple[tuple[str, str], ...]
"""Header fields (name, value) in their order, names as sent."""


@dataclass(frozen=True, slots=True)
class Memento:
    """Archived content."""

    url: str
    """The URL really captured (``rel="original"``); it can differ from the one asked for."""
    captured_at: datetime
    """Memento-Datetime, UTC."""
    status: int
    """HTTP status as archived."""
    headers: Headers
    """The archived header fields, without those that the archive added."""
    redirect: str | None
    """Where an archived 3xx leads: a URL of the archived web, never one of the archive. ``None`` if it is no redirect,
    or leads to no web address."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The archive offers another capture in place of the one asked for."""

    url: str
    timestamp: str
    """14 digits."""


@dataclass(frozen=True, slots=True)
class NotArchived:
    """The archive has no capture of this URL."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """The archive does not show this site."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The archive cannot answer now; a later request may succeed."""

    reason: str


Answer = Memento | Offer | NotArchived | Excluded | Unavailable

EXCLUSION = re.compile(
    rb"AdministrativeAccessControlException|Blocked Site Error|RobotAccessControlException"
    rb"|has been excluded from the Wayback Machine"
)


def is_exclusion(headers: Headers, body: bytes) -> bool:
    """True if an answer of the archive itself says that the site is excluded."""
    error = header(headers, "X-Archive-Wayback-Runtime-Error") or ""
    return bool(EXCLUSION.search(body) or EXCLUSION.search(error.encode("utf-8", "replace")))


def memento_datetime(headers: Iterable[tuple[str, str]]) -> datetime | None:
    """When the content was captured, UTC; ``None`` if the answer comes from the archive itself."""
    return read_http_date(header(headers, "Memento-Datetime") or "")


_ORIGINAL = re.compile(r'<([^>]*)>\s*;[^<]*?\brel="?(?:[^"<]* )?original[ "]')
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|#39|#x27);)")


def original_url(headers: Iterable[tuple[str, str]], asked: str) -> str:
    """The captured URL: ``rel="original"`` of the Link field, or ``asked`` if that names no web address.

    web.archive.org escapes it as HTML (``&amp;``), pywb does not.
    """
    match = _ORIGINAL.search((header(headers, "Link") or "") + '"')
    if match is None or asked in (match[1], html.unescape(match[1])):
        return asked
    url = match[1] if _BARE_AMPERSAND.search(match[1]) else html.unescape(match[1])
    return url if is_web_address(url) else asked


_PLAYBACK_PATH = re.compile(r"(?:.*?/)??([0-9]{1,14})(?:[a-z]{2}_)?/(?=[a-z][a-z0-9+.-]*:|[^/]*\.)(.+)", re.IGNORECASE)


def split_playback(location: str, *, base: str) -> tuple[str, str] | None:
    """(timestamp, captured URL) of a replay URL of one archive; ``None`` for any other URL.

    ``base`` is the archive's playback prefix, such as ``https://web.archive.org/web/``. ``location`` may be absolute,
    without scheme, or relative to the host. A relative one must name the captured URL's scheme:
    ``/web/2004/http://a.example/`` is a replay URL, ``/2004/privacy.html`` is a path of the archived site.
    """
    try:
        wanted, got = urlsplit(base), urlsplit(location)
    except ValueError:
        return None
    if got.netloc and (got.netloc != wanted.netloc or got.scheme not in ("", "http", "https")):
        return None
    path = location.partition(got.netloc)[2] if got.netloc else location
    if not path.startswith(wanted.path):
        return None
    match = _PLAYBACK_PATH.fullmatch(path[len(wanted.path) :])
    if match is None or not (got.netloc or match[2][:5].lower() in ("http:", "https")):
        return None
    url = match[2]
    if "://" not in url[:12]:
        url = with_two_slashes(url) if url[:5] in ("http:", "https") else f"http://{url}"
    return match[1], url


def redirect_target(location: str | None, *, captured: str, base: str) -> str | None:
    """The URL of the archived web to which an archived ``Location`` leads, whatever form the archive gave it.

    ``captured`` is the redirecting capture's URL, ``base`` the archive's playback prefix. ``None`` if the field is
    missing or leads to no web address.
    """
    if not location:
        return None
    inside = split_playback(location.strip(), base=base)
    return web_address(inside[1] if inside else location, captured)


def read_memento(
    asked: str, status: int, headers: Headers, archived: Iterable[tuple[str, str]], *, base: str
) -> Memento | None:
    """The memento in an answer to a request for ``asked``; ``None`` if the answer comes from the archive itself.

    ``archived`` are the fields that were archived, ``base`` is the archive's playback prefix.
    """
    captured_at = memento_datetime(headers)
    if captured_at is None:
        return None
    url = original_url(headers, asked)
    location = header(headers, "Location") if 300 <= status < 400 else None
    redirect = redirect_target(location, captured=url, base=base)
    return Memento(url, captured_at, status, tuple(archived), redirect)


def soft_block(memento: Memento, body_length: int) -> str | None:
    """Why a capture is a bot wall's answer instead of the site's, judged by its headers; ``None`` if it is not."""
    for name, wall in (("cf-mitigated", "Cloudflare"), ("x-amzn-waf-action", "AWS WAF")):
        if (said := header(memento.headers, name)) is not None:
            return f"{wall}: {said}"
    if memento.status in (401, 403, 407, 429, 503):
        return f"archived HTTP {memento.status}"
    if body_length == 0 and memento.status == 200:
        return "archived with an empty body"
    return None
