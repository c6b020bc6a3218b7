"""SURT keys: the canonical form of URLs under which the Wayback Machine files captures.

Source: the ``IAURLCanonicalizer`` of the Internet Archive's wayback-core, as far as real CDX rows show its effect. The
``surt`` package has the same rules (1,335 of 1,336 URLs got the same key), and no release since 2016.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes, urlsplit

_WWW = re.compile(r"^www\d*\.")
_SESSION_PATH = re.compile(r"(?i);jsessionid=[0-9a-z]{32}(?=[?#]|$)|/\((?:[a-z]\([0-9a-z]{24}\))+\)(?=/[^?]+\.aspx)")
_SESSION_QUERY = re.compile(
    r"(?i)(?:^|(?<=&))(?:jsessionid=[0-9a-z]{32}|phpsessid=[0-9a-z]{32}|sid=[0-9a-z]{32}"
    r"|aspsessionid[a-z]{8}=[a-z]{24}|cfid=[^&]+&cftoken=[^&]+)(?:&|$)"
)
_UNESCAPED = frozenset(range(0x21, 0x7F)) - frozenset(b"#%")
#: What follows a domain in the keys of its own pages, of its subdomains, and of its other ports, in their order.
HOST_ENDS = "),:"


def urlkey(url: str) -> str:
    """The SURT key under which an archive files ``url``. Raises ``ValueError`` if it is no URL (``http://[``).

    >>> urlkey("https://www.Example.com:443/Privacy/?b=2&a=1#top")
    'com,example)/privacy?a=1&b=2'
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = _WWW.sub("", (parts.hostname or "").rstrip("."))
    try:
        port = parts.port
    except ValueError:
        port = None
    key = ",".join(reversed(host.split(".")))
    if port not in (None, 0, 80, 443):
        key += f":{port}"
    path = _normal_escapes(_SESSION_PATH.sub("", parts.path)).lower()
    path = re.sub("/{2,}", "/", path).rstrip("/") or "/"
    query = _SESSION_QUERY.sub("", parts.query).strip("&")
    if query:
        path += "?" + "&".join(sorted(_normal_escapes(query).lower().split("&")))
    return f"{key}){path}"


def key_of(url: str) -> str:
    """As ``urlkey``; gives the URL itself if it is none (``http://[``)."""
    try:
        return urlkey(url)
    except ValueError:
        return url


def domain_prefix(domain: str) -> str:
    """The SURT with which the keys of a domain and of all its subdomains begin: ``com,plimus`` for ``plimus.com``.

    ``www.plimus.com`` has the same one, because keys leave ``www`` out.
    """
    prefix = urlkey(domain).partition(")")[0]
    return prefix if "," in prefix else ",".join(reversed(domain.split(".")))  # "www.com" must not become all of .com


def is_below(key: str, domain: str) -> bool:
    """True if a key is of a page of the domain or of one of its subdomains (``help.example.com``), on any port."""
    return key.startswith(tuple(domain_prefix(domain) + end for end in HOST_ENDS))


def _normal_escapes(text: str) -> str:
    """Unescapes until nothing changes, then escapes what the index escapes."""
    raw = text.encode("utf-8", "surrogateescape")
    while (plain := unquote_to_bytes(raw)) != raw:
        raw = plain
    return "".join(chr(byte) if byte in _UNESCAPED else f"%{byte:02x}" for byte in raw)
