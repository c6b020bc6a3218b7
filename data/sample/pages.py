"""What the sites are made of: captures, and plain text turned into the HTML of its year."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from html import escape
from itertools import groupby


@dataclass(frozen=True)
class Sampled:
    """One archived exchange of the sample."""

    timestamp: str
    """14 digits, UTC."""
    url: str
    body: bytes = b""
    status: str = "200 OK"
    content_type: str | None = "text/html"
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers, after Date, Server, Content-Type and Content-Length."""
    server: str = "Apache"
    revisit: bool = False
    """Written as a revisit record: the body is that of an earlier capture of the same URL."""


def moved(timestamp: str, url: str, location: str, server: str = "Apache") -> Sampled:
    """A 301, with the page that Apache sends along."""
    body = (
        '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>301 Moved Permanently</title>\n'
        f'</head><body>\n<h1>Moved Permanently</h1>\n<p>The document has moved <a href="{location}">here</a>.</p>\n'
        "</body></html>\n"
    )
    return Sampled(
        timestamp, url, body.encode(), "301 Moved Permanently", "text/html; charset=iso-8859-1",
        (("Location", location),), server,
    )  # fmt: skip


def gzipped(body: bytes) -> bytes:
    """The body as gzip: the same bytes with each version of Python, whose ``gzip.compress`` names the system or not."""
    return zlib.compress(body, 9, wbits=31)


def edited(text: str, *changes: tuple[str, str]) -> str:
    """``text`` with each (old, new) carried out; every old must be there, once."""
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f"found {text.count(old)} times: {old}")
        text = text.replace(old, new)
    return text


def html_of(text: str, *, heading: str = "<h2>{}</h2>", paragraph: str = "<p>{}</p>") -> str:
    """HTML of a text in blocks parted by blank lines: ``# `` begins a heading, ``- `` each item of a list (its
    further lines are indented)."""
    blocks = []
    for block in text.strip().split("\n\n"):
        for is_item, lines in groupby(block.replace("\n ", " ").splitlines(), lambda line: line.startswith("- ")):
            if is_item:
                items = "\n".join(f"<li>{escape(line[2:], False)}</li>" for line in lines)
                blocks.append(f"<ul>\n{items}\n</ul>")
                continue
            words = escape(" ".join(lines), quote=False)
            if words.startswith("# "):
                blocks.append(heading.format(words[2:]))
            else:
                blocks.append(paragraph.format(words))
    return "\n".join(blocks)
