"""Addresses: absolute ones, an archive's name, the captured URL in a replay URL, and which URLs are one place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from pipelines.timestamps import parse

#: ``https://web.archive.org/web/20120401id_/http://...``, pywb's ``https://host/collection/20120401mp_/http://...``,
#: and both without a host, as an archive writes links into the pages it plays back.
_REPLAY = re.compile(
    r"(?:(?:https?:)?//[^/?#]+)?/(?:[\w.-]+/){0,3}?(?P<timestamp>\d{4,14})(?P<modifier>[a-z]{2}_|\*)?/"
    r"(?P<url>(?:https?:/|ftp://|mailto:).*)",
    re.IGNORECASE | re.DOTALL,
)
#: A server that normalizes paths turns ``http://`` into ``http:/``.
_ONE_SLASH = re.compile(r"^(https?:)/+", re.IGNORECASE)
#: What stands before the host, even where a ``/`` in a password was not escaped.
_LOGIN = re.compile(r"(?<=://)(?:[^/@]*@|[^/@]*:.*@)")
_BREAKS = re.compile(r"[\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")
_PLAIN = re.compile(r"[\w%/:=&?~#+!$,;'@*.-]+", re.ASCII)
_MARKDOWN_SCHEMES = ("http://", "https://", "mailto:", "tel:", "ftp://")


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay URL, taken apart."""

    timestamp: str
    """4 to 14 digits."""
    modifier: str
    """``id_`` and the like; empty where there is none."""
    url: str
    """The captured URL."""


def split_replay(url: str) -> Replay | None:
    """The parts of an archive's replay URL; ``None`` for any other URL.

    >>> split_replay("https://web.archive.org/web/20120102id_/http:/example.com/privacy").url
    'http://example.com/privacy'
    """
    match = _REPLAY.fullmatch(url)
    if match is None:
        return None
    return Replay(match["timestamp"], match["modifier"] or "", with_two_slashes(match["url"]))


def archive_name(base: str) -> str:
    """How the dataset names the archive at the address ``base``: by host and collection, without scheme or login.

    >>> archive_name("https://me:secret@Arquivo.pt/wayback/"), archive_name("https://web.archive.org")
    ('arquivo.pt/wayback', 'web.archive.org')
    """
    parts = urlsplit(without_login(base))
    return parts.netloc.lower() + parts.path.rstrip("/")


def without_login(url: str) -> str:
    """The URL without the user name and password that may stand before its host."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def without_secrets(given: str) -> str:
    """A URL of storage without login and options, as it may be shown; a path as it is.

    >>> without_secrets("s3://key:secret/with+slash@bucket/releases?endpoint_override=..."), without_secrets("a?b@c")
    ('s3://bucket/releases', 'a?b@c')
    """
    return _LOGIN.sub("", given).partition("?")[0] if "://" in given else given


def with_two_slashes(url: str) -> str:
    """``http://example.com`` for ``http:/example.com``."""
    return _ONE_SLASH.sub(r"\1//", url)


def without_archive_prefix(url: str) -> str:
    """The captured URL that a replay URL stands for; other URLs as they are."""
    replay = split_replay(url)
    return replay.url if replay else url


def captured_on(url: str) -> date | None:
    """The day in a replay URL; ``None`` where the URL names none, as ``/web/2012/http://...`` does not."""
    replay = split_replay(url)
    if replay is None or len(replay.timestamp) not in (8, 14):
        return None
    try:
        return parse(replay.timestamp.ljust(14, "0")).date()
    except ValueError:
        return None


def resolve(href: str, base: str) -> str | None:
    """The absolute address of a link on the captured page ``base``; an archive's prefix is taken off.

    ``None`` where it is no URL, such as ``http://[``.
    """
    href = without_archive_prefix(_BREAKS.sub("", href.strip()))
    if href.startswith(("http://", "https://")) and "/." not in href:
        return href
    try:
        return without_archive_prefix(urljoin(base, href))
    except ValueError:
        return None


def web_address(href: str, base: str) -> str | None:
    """The absolute http(s) address that a link on the captured page ``base`` leads to, without its fragment.

    ``None`` where it leads to no web address: ``mailto:``, ``javascript:``, broken URLs.
    """
    target = resolve(href, base)
    if target is None:
        return None
    target = urldefrag(target)[0].replace(" ", "%20")
    return target if is_web_address(target) else None


@lru_cache(maxsize=4096)  # menus have the same links in each capture of a site
def absolute(href: str, base: str) -> str | None:
    """A link's absolute address, escaped so that it may stand in Markdown.

    ``None`` for places within the page itself, and for what is no address (``javascript:``, broken URLs).
    """
    if not href.strip() or href.strip()[0] == "#":
        return None
    target = resolve(href, base)
    if target is None or not target.lower().startswith(_MARKDOWN_SCHEMES):
        return None
    page, hash_sign, _ = target.partition("#")
    if hash_sign and page == base.partition("#")[0]:
        return None
    return target if _PLAIN.fullmatch(target) else quote(target, safe="%/:=&?~#+!$,;'@*[]|-._")


def is_web_address(url: str) -> bool:
    """True for http(s) URLs with a host. ``http://mailto:me@example.com``, which indexes hold, is none."""
    if _CONTROL.search(url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and "mailto:" not in parts.netloc.lower()


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """The host of an address, with or without a scheme, in lower case; empty if it has none (``http://[nonsense``).

    >>> host_of("http://WWW.acme.example:80/privacy")
    'www.acme.example'
    """
    try:
        return urlsplit(url if "://" in url else f"http://{url}").hostname or ""
    except ValueError:
        return ""


def place(url: str) -> str:
    """What makes two URLs the same place for a reader: not the scheme, ``www.``, case, port, or a last slash.

    >>> place("http://www.Example.com:80/Privacy/?lang=en") == place("https://example.com/privacy?lang=en")
    True

    Archives file captures under another key, the SURT.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:  # such as an unclosed [ in the host
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}".lower()
