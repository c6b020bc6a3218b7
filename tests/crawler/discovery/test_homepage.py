"""What a homepage shows: its links, those in its data, and whether it shows anything by itself."""

from __future__ import annotations

import gzip
import json

import pytest

from crawler.discovery.homepage import Homepage, read_homepage
from crawler.discovery.links import Link

HOME = "http://shop.example/"
POLICY = Link("http://shop.example/p/7", "Privacy Policy")
SHELL = '<html><head><title>Shop</title></head><body><div id="app">{}</div>{}</body></html>'


def read(shown: str, scripts: str = '<script src="/app.js"></script>') -> Homepage:
    return read_homepage(SHELL.format(shown, scripts).encode(), url=HOME)


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "&nbsp;",
        "Loading, please wait...",
        "<noscript>This shop needs scripts: please turn them on in your browser, and then load this page again."
        ' <a href="http://help.example/">How</a></noscript>',
        "<style>body { color: red }</style><!-- a page of our shop, which is written by the script below, and more -->",
    ],
)
def test_a_page_that_shows_next_to_nothing_and_has_a_script_is_scripts_alone(shown: str) -> None:
    assert read(shown).is_script


@pytest.mark.parametrize(
    ("shown", "scripts"),
    [
        ("", ""),
        ('<a href="/desks">Desks</a>', "<script></script>"),
        ("Our shop opens in spring; until then write to us at our old address.", "<script></script>"),
        ('<map><area href="/desks" alt="Desks"></map>', "<script></script>"),
    ],
)
def test_a_page_that_shows_words_or_links_or_has_no_script_is_not(shown: str, scripts: str) -> None:
    assert not read(shown, scripts).is_script


ENTRY = {"label": "Privacy Policy", "url": "/p/7"}


@pytest.mark.parametrize(
    "script",
    [
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"footer": [ENTRY]}})}</script>',
        f"<script>window.__STATE__ = {json.dumps({'menu': {'items': [{'title': 'Desks', 'href': '/d'}, ENTRY]}})};"
        "</script>",
        "<script>self.__next_f.push("
        + json.dumps([1, f"1a:{json.dumps(['$', 'a', None, {'href': '/p/7', 'children': 'Privacy Policy'}])}\n"])
        + ")</script>",
        f"<script>var data = {json.dumps({'title': 'Privacy Policy', 'link': {'url': '/p/7'}})}</script>",
        f"<script>var data = {json.dumps({'html': '<p><a href=/p/7>Privacy Policy</a></p>'})}</script>",
    ],
)
def test_a_link_in_a_pages_data_is_found(script: str) -> None:
    assert read("", script).links == [POLICY]


def test_a_link_that_is_shown_goes_before_those_in_the_data() -> None:
    script = f"<script>var data = {json.dumps({'label': 'Privacy notice', 'url': '/other'})}</script>"
    assert read('<a href="/p/7">Privacy Policy</a>', script).links == [POLICY]


@pytest.mark.parametrize(
    "data",
    [
        {"title": "Desks", "url": "/desks"},
        {"label": "Privacy Policy"},
        {"title": "Privacy Policy", "items": [{"url": "/desks"}]},
        {"label": ["Privacy Policy"], "url": {"no": "text"}},
    ],
)
def test_data_without_an_address_named_as_a_policys_has_no_link(data: object) -> None:
    assert read("", f"<script>var data = {json.dumps(data)}</script>").links == []


def test_data_nested_without_end_does_no_harm() -> None:
    assert read("", f"<script>var data = {'[' * 100_000}</script>").links == []


@pytest.mark.parametrize("declared", ["gzip", None])
def test_a_homepage_that_was_stored_compressed_has_its_links(declared: str | None) -> None:
    body = gzip.compress(SHELL.format('<a href="/p/7">Privacy Policy</a>', "").encode())
    assert read_homepage(body, url=HOME, content_type="text/html", content_encoding=declared).links == [POLICY]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0; url=/home/main.html", ["http://shop.example/home/main.html"]),
        ("5;URL='main.html'", ["http://shop.example/main.html"]),
        ("0;main.html", ["http://shop.example/main.html"]),
        ("300", []),
        ("300; url=http://shop.example/", []),
    ],
)
def test_a_splash_page_leads_to_the_next_one_and_a_page_that_only_loads_anew_nowhere(
    content: str, expected: list[str]
) -> None:
    page = f'<html><head><meta http-equiv="Refresh" content="{content}"></head><body></body></html>'
    assert read_homepage(page.encode(), url=HOME).inner == expected


def test_frames_are_listed_absolute_and_once() -> None:
    page = b"""<base href="/b/"><frameset cols="20%,*"><frame src="menu.htm"><frame name=main src='main.htm'>
        <frame src="menu.htm"><frame src="javascript:''"><frame></frameset>
        <noframes><a href=/privacy>Privacy</a><iframe src="//ads.example/x"></iframe></noframes>"""
    base = "http://shop.example/b/"
    assert read_homepage(page, url=HOME).inner == [base + "menu.htm", base + "main.htm", "http://ads.example/x"]
    assert [link.url for link in read_homepage(page, url=HOME).links] == ["http://shop.example/privacy"]


def test_frames_inside_a_page_are_no_inner_pages() -> None:
    assert read_homepage(b"<p>Welcome</p><iframe src=/ad.htm></iframe>", url=HOME).inner == []


def test_frames_of_a_page_that_is_stored_compressed_are_found() -> None:
    page = b"<html><frameset cols='20%,*'><frame src=menu.htm></frameset></html>"
    assert read_homepage(gzip.compress(page), url=HOME).inner == ["http://shop.example/menu.htm"]
