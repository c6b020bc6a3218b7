"""A web archive of invented sites with invented privacy policies: as many domains and captures as asked for.

    python benchmarks/synthetic.py DIR --domains 100 --captures 50 --kilobytes 10 40 160

The same arguments give the same bytes each time. A page has what real ones have around the policy: a head with
styles and scripts, navigation, a footer with links; a policy of headings, paragraphs, lists and a table. Every
capture's bytes differ (a token in the head, as many sites have one), so that each has a digest of its own; the
policy's words change only ``versions - 1`` times over a domain's captures.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import random
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import starmap
from pathlib import Path

FIRST, LAST = datetime(2001, 1, 15, tzinfo=UTC), datetime(2025, 12, 15, tzinfo=UTC)
#: Policy addresses of a domain; captures are spread over the first ``addresses`` of them.
PATHS = ("privacy", "legal/privacy-policy", "about/privacy.html", "privacy-notice", "datenschutz")
TOKEN = b"0123456789abcdef0123456789abcdef"

SUBJECTS = [
    "We", "Our services", "Our partners", "The company", "Service providers", "You", "Account holders",
    "Our affiliates",
]  # fmt: skip
VERBS = [
    "may collect", "use", "store", "share", "process", "retain", "delete", "disclose", "review", "combine", "protect",
    "transfer",
]  # fmt: skip
OBJECTS = [
    "personal information", "contact details", "order history", "browser settings", "cookie identifiers",
    "payment records", "device data", "location data", "account preferences", "messages to support",
    "usage statistics", "newsletter choices",
]  # fmt: skip
PURPOSES = [
    "to provide the service", "to comply with the law", "to answer requests", "to prevent fraud",
    "to improve our pages", "with your consent", "for as long as needed", "when you place an order",
    "in order to send updates", "to keep data safe", "under this privacy policy",
    "on the basis of our legitimate interests",
]  # fmt: skip
HEADINGS = [
    "Information we collect", "How we use information", "Cookies", "Sharing with third parties", "Security",
    "Your choices", "Retention", "Children", "International transfers", "Changes to this policy", "How to contact us",
    "Your rights",
]  # fmt: skip
PLACES = [
    "Home", "Products", "Pricing", "Support", "Blog", "Careers", "Press", "Partners", "Developers", "Status",
    "Community", "Sign in",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """One domain's captures to be."""

    domain: str
    captures: int
    kilobytes: int
    """Size of a page, about."""
    versions: int = 1
    """Different texts over the captures."""
    addresses: int = 1
    """Policy addresses among which the captures are shared out."""


def sites(
    domains: int, captures: int, kilobytes: Sequence[int], *, versions: int = 1, addresses: int = 1
) -> list[Site]:
    """``domains`` sites whose pages' sizes are those of ``kilobytes``, in turn."""
    return [
        Site(f"site{number:05d}.example", captures, kilobytes[number % len(kilobytes)], versions, addresses)
        for number in range(domains)
    ]


def write_archive(folder: Path, sites: Sequence[Site]) -> tuple[Path, Path]:
    """Writes ``archive.warc.gz`` and ``domains.txt`` into ``folder``; returns both paths."""
    return write_records(folder, {site.domain: starmap(record, captures(site)) for site in sites})


def write_records(folder: Path, records: Mapping[str, Iterable[bytes]]) -> tuple[Path, Path]:
    """The same of the WARC records of each domain."""
    folder.mkdir(parents=True, exist_ok=True)
    warc, names = folder / "archive.warc.gz", folder / "domains.txt"
    with warc.open("wb") as file:
        for some in records.values():
            file.writelines(some)
    names.write_text("".join(f"{domain}\n" for domain in records))
    return warc, names


def captures(site: Site) -> Iterator[tuple[str, datetime, bytes]]:
    """(URL, time, body) of a site's captures, oldest first."""
    step = (LAST - FIRST) / max(site.captures, 1)
    last_version = -1
    for number in range(site.captures):
        version = number * site.versions // site.captures
        if version != last_version:
            before, after = page(site.domain, site.kilobytes * 1000, version).encode().split(TOKEN)
            last_version = version
        token = hashlib.md5(f"{site.domain} {number}".encode(), usedforsecurity=False).hexdigest().encode()
        captured_at = (FIRST + step * number).replace(microsecond=0)
        yield f"http://www.{site.domain}/{PATHS[number % site.addresses]}", captured_at, before + token + after


def page(domain: str, size: int, version: int) -> str:
    """A page of about ``size`` characters; three fifths are the policy, of which ``version`` changes two sentences."""
    chance = random.Random(domain)
    menu = "".join(
        f'<li class="menu-item"><div><a href="/{name.lower().replace(" ", "-")}?ref={n}"><span>{name}</span></a></div>'
        "</li>\n"
        for n in range(1 + size // 20_000)
        for name in PLACES
    )
    head = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Privacy Policy - {domain}</title>\n'
        f'<meta name="csrf-token" content="{TOKEN.decode()}">\n'
    )
    top = f'</head><body>\n<header id="top"><nav class="main-nav"><ul>\n{menu}</ul></nav></header>\n'
    foot = (
        f'<footer class="site-footer"><div><ul>\n{menu}</ul></div><p>Copyright {domain}. All rights reserved.</p>\n'
        "</footer></body></html>\n"
    )
    policy = "".join(_policy(chance, domain, max(size * 3 // 5, 400), version))
    styles = _styles(chance, max(size - len(head) - len(top) - len(policy) - len(foot), 0))
    return f"{head}{styles}{top}{policy}{foot}"


def _policy(chance: random.Random, domain: str, size: int, version: int) -> Iterator[str]:
    yield f'<main><div class="content"><h1>Privacy Policy</h1>\n<p>Version {version} of the policy of {domain}.</p>\n'
    written, number = 0, 0
    while written < size:
        heading = HEADINGS[number % len(HEADINGS)]
        part = [f'<h2 id="section-{number}">{number + 1}. {heading}</h2>\n']
        part += [f"<div><p>{_sentences(chance, chance.randint(1, 4))}</p></div>\n" for _ in range(chance.randint(1, 3))]
        if number % 3 == 1:
            items = "".join(f"<li>{_sentences(chance, 1)}</li>\n" for _ in range(chance.randint(3, 6)))
            part.append(f"<ul>\n{items}</ul>\n")
        if number % 5 == 4:
            rows = "".join(
                f"<tr><td>{chance.choice(OBJECTS)}</td><td>{chance.choice(PURPOSES)}</td></tr>\n" for _ in range(4)
            )
            part.append(f"<table><tr><th>What</th><th>Why</th></tr>\n{rows}</table>\n")
        if number == version % 7:
            part.append(f"<p>{_sentences(random.Random(f'{domain} {version}'), 2)}</p>\n")
        text = "".join(part)
        written += len(text)
        number += 1
        yield text
    yield "</div></main>\n"


def _sentences(chance: random.Random, count: int) -> str:
    return " ".join(
        f"{chance.choice(SUBJECTS)} {chance.choice(VERBS)} <b>{chance.choice(OBJECTS)}</b> and"
        f' {chance.choice(OBJECTS)} {chance.choice(PURPOSES)} (see <a href="#section-{chance.randint(0, 9)}">'
        f"{chance.choice(HEADINGS).lower()}</a>)."
        if chance.random() < 0.4
        else f"{chance.choice(SUBJECTS)} {chance.choice(VERBS)} {chance.choice(OBJECTS)}, {chance.choice(OBJECTS)} and"
        f" {chance.choice(OBJECTS)} {chance.choice(PURPOSES)}."
        for _ in range(count)
    )


def _styles(chance: random.Random, size: int) -> str:
    """Styles and scripts: bytes that a page carries and no reader sees."""
    css = "".join(
        f".c{chance.randint(100, 999)}-{place.lower()} {{ margin: {chance.randint(0, 40)}px; color: #{number:06x} }}\n"
        for number, place in enumerate(PLACES * (size // 1200 + 1))
    )
    js = "".join(
        f"window.q=window.q||[];q.push(['track','{place}',{number}]);\n" for number, place in enumerate(PLACES)
    )
    return f"<style>\n{css[: size // 2]}</style>\n<script>\n{(js * (size // len(js) + 1))[: size // 2]}</script>\n"


def record(
    url: str, when: datetime, body: bytes, status: int = 200, *, location: str | None = None, revisit: bool = False
) -> bytes:
    """A WARC response record, or a revisit of the same body, a gzip member of its own."""
    digest = base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    where = f"Location: {location}\r\n" if location else ""
    http = b"" if revisit else (
        f"HTTP/1.1 {status} Archived\r\nContent-Type: text/html; charset=utf-8\r\n{where}"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body  # fmt: skip
    head = (
        f"WARC/1.0\r\nWARC-Type: {'revisit' if revisit else 'response'}\r\nWARC-Target-URI: {url}\r\n"
        f"WARC-Date: {when:%Y-%m-%dT%H:%M:%SZ}\r\nWARC-Payload-Digest: sha1:{digest}\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        f"WARC-Record-ID: <urn:sha1:{digest}>\r\nContent-Length: {len(http)}\r\n\r\n"
    ).encode()
    return zlib.compress(head + http + b"\r\n\r\n", level=1, wbits=31)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a synthetic archive.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--domains", type=int, default=10)
    parser.add_argument("--captures", type=int, default=100, help="of each domain")
    parser.add_argument("--kilobytes", type=int, nargs="+", default=[20], help="sizes of pages, in turn by domain")
    parser.add_argument("--versions", type=int, default=3, help="different texts of a domain")
    parser.add_argument("--addresses", type=int, default=1, choices=range(1, len(PATHS) + 1))
    given = parser.parse_args()
    made = sites(given.domains, given.captures, given.kilobytes, versions=given.versions, addresses=given.addresses)
    for path in write_archive(given.folder, made):
        print(f"{path}  {path.stat().st_size:,} bytes")
