"""Whatever a homepage holds, it is read in a short time and without an error."""

import random
import time

import pytest

from crawler.discovery.anchors import MAX_ANCHORS
from crawler.discovery.homepage import read_homepage
from tests.support.homepages import HOME, urls

HOSTILE = {
    "deep": b"<div>" * 50_000 + b"<a href=/7>Privacy</a>" + b"</div>" * 50_000,
    "mismatched": b"<b>" * 100_000 + b"</i>" * 100_000 + b"<a href=/7>Privacy</a>",
    "open anchors": b"<a href=x>" * 50_000,
    "open tags": b"<a " * 200_000,
    "open quotes": b'<a href="' * 100_000,
    "many attributes": b"<a " + b"href=x " * 200_000 + b">",
    "one attribute": b"<a " + b"a" * 1_000_000 + b"=x>",
    "open comments": b"<!--" * 200_000,
    "open scripts": b"<script>" * 100_000,
    "scripts": b"<script>document.write('<script>')</script>" * 20_000,
    "document.write": b"document.write <script>" * 40_000 + b"document.write('<a href=x>')</script>",
    "footers": b"<div class=footer>" * 50_000,
    "classes": b"<div class='" * 80_000,
    "entities": b"<a href=/7>" + b"&amp;" * 200_000,
    "images": b"<a href=/7>" + b"<img alt='" * 100_000,
    "distinct links": b"".join(b"<a href=/privacy%d>Privacy policy %d</a>" % (n, n) for n in range(10_000)),
    "long words": b"<a href=/" + b"privacy" * 3000 + b">" + b"privacy" * 50_000 + b"</a>",
    "spaces": b"<a" + b" " * 1_000_000 + b">",
    "nul": b"\0" * 1_000_000,
    "noise": bytes(range(256)) * 4_000,
    "brackets": b"<" * 1_000_000,
    "archives": (b"<a href='" + b"/20" * 600 + b"'>Privacy</a>") * 500,
    "comments in links": (b"<a href=/x>" + b"<!--" * 490) * 500,
    "brackets in links": (b"<a href=/x>" + b"<b " * 660) * 500,
    "images in links": (b"<a href=/x>" + b"<img" * 490) * 500,
    "quotes in tags": (b"<a " + b'"' * 1999 + b">") * 500,
    "ends in tags": (b"<a " + b'"' + b">" * 1999) * 500,
    "equals in tags": (b"<a " + b"href='" * 500 + b">") * 500,
    "data": b'<a style="data:image/' * 40_000,
    "outlines": b"<path " * 150_000,
    "values": b" a='" * 250_000 + b' b="' * 250_000,
    "many parameters": b"<a href='/p?" + b"privacy=1&" * 300 + b"'>Privacy</a>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_costs_little_and_never_fails(name: str) -> None:
    """``policy_links`` does a part of the same."""
    started = time.process_time()
    read_homepage(HOSTILE[name], url=HOME)
    assert time.process_time() - started < 2


def test_no_noise_whatever_makes_it_fail() -> None:
    pieces = [
        b"\xff",
        b"\x00",
        b"\xed\xa0\x80",
        b"xn--\x80",
        *rb"""<a |href=|'|"|<!--|-->|>|<script>|document.write(|</|a>|privacy|javascript:x('|http://[|//|&#x110000;|&#0;"""
        rb"""|<base |<frame src=|/web/2012/http://|?q=%ff%|:99999999|@| |<area """.split(b"|"),
    ]
    noise = random.Random(1)
    for _ in range(2000):
        body = b"".join(noise.choices(pieces, k=40))
        read_homepage(body, url=noise.choice([HOME, "", "http://[", "x", "https://web.archive.org/web/2012/http://[/"]))


def test_links_behind_nesting_no_parser_survives_are_found() -> None:
    assert urls(HOSTILE["deep"]) == ["http://www.site.example/7"]
    assert urls(HOSTILE["mismatched"]) == ["http://www.site.example/7"]


def test_of_a_huge_page_the_beginning_and_the_end_are_read() -> None:
    page = b"<p>x" + b"lorem ipsum " * 600_000 + b"<footer><a href=/privacy>Privacy</a></footer>"
    assert urls(page) == ["http://www.site.example/privacy"]


def test_the_number_of_links_read_is_bounded() -> None:
    page = b"<a href=/x>x</a>" * (MAX_ANCHORS + 10) + b"<a href=/privacy>Privacy</a>"
    assert len(urls(page)) <= 1
