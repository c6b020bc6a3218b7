"""Addresses: absolute, without an archive's prefix, and which of them are one place."""

from datetime import date

import pytest

from pipelines.urls import (
    Replay,
    absolute,
    archive_name,
    captured_on,
    is_web_address,
    place,
    split_replay,
    web_address,
    without_archive_prefix,
)

URL = "http://acme.example/legal/privacy.html"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://web.archive.org/web/20120102030405id_/http://a.example/", ("20120102030405", "id_")),
        ("http://web.archive.org/web/2012/http://a.example/", ("2012", "")),
        ("//archive.example/web/20120102*/http:/a.example/", ("20120102", "*")),
        ("http://127.0.0.1:8090/my-collection/20120102030405mp_/http://a.example/", ("20120102030405", "mp_")),
        ("/web/20120102030405if_/http://a.example/", ("20120102030405", "if_")),
        ("https://arquivo.pt/noFrame/replay/20120102030405/http://a.example/", ("20120102030405", "")),
    ],
)
def test_a_replay_url_names_its_capture(url: str, parts: tuple[str, str]) -> None:
    assert split_replay(url) == Replay(*parts, "http://a.example/")


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("https://web.archive.org", "web.archive.org"),
        ("http://me:secret@127.0.0.1:8090/", "127.0.0.1:8090"),
        ("https://Arquivo.pt/wayback/", "arquivo.pt/wayback"),
        ("http://[::1]:8090/my-collection", "[::1]:8090/my-collection"),
    ],
)
def test_an_archive_is_named_by_host_and_collection(base: str, name: str) -> None:
    assert archive_name(base) == name


@pytest.mark.parametrize(
    "url",
    ["http://a.example/web/x", "http://site.example/a/2012/b", "http://a.example/?u=/web/2012/http://b.example/", ""],
)
def test_other_urls_stay_as_they_are(url: str) -> None:
    assert split_replay(url) is None
    assert without_archive_prefix(url) == url


def test_a_replay_url_tells_the_day_where_it_names_one() -> None:
    assert captured_on("https://web.archive.org/web/20120102030405id_/http://a.example/") == date(2012, 1, 2)
    assert captured_on("https://web.archive.org/web/20120102/http://a.example/") == date(2012, 1, 2)
    assert captured_on("https://web.archive.org/web/20121302030405/http://a.example/") is None
    assert captured_on("https://web.archive.org/web/2012/http://a.example/") is None
    assert captured_on(URL) is None


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("privacy 2.html#top", "http://acme.example/legal/privacy%202.html"),
        ("/web/20120102030405/http://other.example/p", "http://other.example/p"),
        ("\n/priv\nacy", "http://acme.example/privacy"),
        ("mailto:me@acme.example", None),
        ("javascript:void(0)", None),
        ("http://[", None),
    ],
)
def test_a_link_leads_to_a_web_address_or_to_none(href: str, address: str | None) -> None:
    assert web_address(href, URL) == address


def test_a_mail_address_in_a_url_s_clothes_is_no_web_address() -> None:
    assert is_web_address("https://a.example:8443/")
    assert not any(map(is_web_address, ["http://mailto:me@a.example/", "ftp://a.example/", "http://", "http://a b/"]))


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://web.archive.org/web/20120401000000/http://a.example/b", "http://a.example/b"),
        ("https://web.archive.org/web/20120401id_/http://a.example/b", "http://a.example/b"),
        ("/web/20120401000000/http://a.example/b", "http://a.example/b"),
        ("//web.archive.org/web/20120401000000im_/https://a.example/b", "https://a.example/b"),
        ("http://localhost:8090/policies/20120401mp_/http://a.example/b", "http://a.example/b"),
        ("https://web.archive.org/web/2012/mailto:x@a.example", "mailto:x@a.example"),
        ("http://a.example/20120401/page", "http://a.example/20120401/page"),
        ("../x", "http://acme.example/x"),
        ("?q=1", "http://acme.example/legal/privacy.html?q=1"),
        ("privacy.html#part", None),
        ("data:text/html,x", None),
        ("http://[bad", "http://[bad"),
        ("//[bad", None),
        ("", None),
    ],
)
def test_links_are_absolute_and_of_the_captured_web(href, expected):
    assert absolute(href, URL) == expected


def test_scheme_www_case_port_and_a_last_slash_make_no_other_place() -> None:
    same = [
        "http://www.Example.com:80/Privacy/",
        "https://example.com/privacy",
        "HTTPS://EXAMPLE.COM/privacy/",
    ]
    assert len({place(url) for url in same}) == 1
    assert place("https://example.com/privacy?lang=de") != place("https://example.com/privacy")


def test_a_url_that_cannot_be_parsed_is_an_address_all_the_same() -> None:
    assert place("http://[::1/privacy") == "http://[::1/privacy"
