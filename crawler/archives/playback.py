"""What an archive answers when asked for a capture's bytes (``/web/<timestamp>id_/<url>``).

Memento (RFC 7089) is the test of everything: an answer with ``Memento-Datetime`` is archived content, whatever
its status; without it, the archive itself speaks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from pipelines.urls import is_web_address, web_address, with_two_slashes

Headers = tuple[tuple[str, str], ...]
"""Header fields in their order, names as sent."""


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
    """The archived header fields, the archive's own taken out."""
    redirect: str | None
    """Where an archived 3xx leads: an absolute URL of the archived web, never of the archive."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The archive cannot play the capture asked for, and offers another one."""

    url: str
    timestamp: str
    """14 digits."""


@dataclass(frozen=True, slots=True)
class NotArchived:
    """The archive has no such capture, or nothing of this address."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """The archive does not show this site."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Not now: an error of the archive that a later pass may not meet."""

    reason: str


Answer = Memento | Offer | NotArchived | Excluded | Unavailable

EXCLUSION = re.compile(
    rb"AdministrativeAccessControlException|Blocked Site Error|RobotAccessControlException"
    rb"|has been excluded from the Wayback Machine",
)


def is_exclusion(headers: Headers, body: bytes) -> bool:
    """Whether an answer of the archive itself says that it does not show the site."""
    error = header(headers, "X-Archive-Wayback-Runtime-Error") or ""
    return bool(EXCLUSION.search(body) or EXCLUSION.search(error.encode("utf-8", "replace")))


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The first field of that name, or ``None``."""
    name = name.lower()
    return next((value for key, value in headers if key.lower() == name), None)


def memento_datetime(headers: Iterable[tuple[str, str]]) -> datetime | None:
    """When the content was captured, UTC; ``None`` where the archive itself speaks."""
    value = header(headers, "Memento-Datetime")
    if value is None:
        return None
    try:
        when = parsedate_to_datetime(value)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)  # "-0000" is UTC too
    except (ValueError, OverflowError):
        return None


_ORIGINAL = re.compile(r'<([^>]*)>\s*;[^<]*?\brel="?(?:[^"<]* )?original[ "]')


_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|#39|#x27);)")


def original_url(headers: Iterable[tuple[str, str]], asked: str) -> str:
    """The ``rel="original"`` of the Link field, or ``asked`` where it names no web address or is the same.

    web.archive.org writes it HTML-escaped (``&amp;``), pywb as it is.
    """
    match = _ORIGINAL.search((header(headers, "Link") or "") + '"')
    if match is None or asked in (match[1], html.unescape(match[1])):
        return asked
    url = match[1] if _BARE_AMPERSAND.search(match[1]) else html.unescape(match[1])
    return url if is_web_address(url) else asked


_PLAYBACK_PATH = re.compile(r"(?:.*?/)??([0-9]{1,14})(?:[a-z]{2}_)?/(?=[a-z][a-z0-9+.-]*:|[^/]*\.)(.+)", re.IGNORECASE)


def split_playback(location: str, *, base: str) -> tuple[str, str] | None:
    """(timestamp, URL) of an address below the archive's playback prefix ``base``; ``None`` for any other.

    ``base`` is like ``https://web.archive.org/web/``; ``location`` may be absolute, scheme-less or host-relative.
    A host-relative one must name the archived URL's scheme: ``/2004/privacy.html`` is a path of the archived site.
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
    """The archived address that an archived ``Location`` means, whatever form the archive gave it.

    ``None`` where it is missing or leads to no web address.
    """
    if not location:
        return None
    inside = split_playback(location.strip(), base=base)
    return web_address(inside[1] if inside else location, captured)


def soft_block(memento: Memento, body_length: int) -> str | None:
    """Why a capture is a bot wall's answer and not the site's, by what its headers say; else ``None``."""
    if (mitigated := header(memento.headers, "cf-mitigated")) is not None:
        return f"Cloudflare: {mitigated}"
    if (action := header(memento.headers, "x-amzn-waf-action")) is not None:
        return f"AWS WAF: {action}"
    if memento.status in (401, 403, 407, 429, 503):
        return f"archived HTTP {memento.status}"
    if body_length == 0 and memento.status == 200:
        return "archived with an empty body"
    return None
