"""The archive on loopback, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.local_archive.index import load
from crawler.local_archive.server import LocalArchive, serving
from tests.support.client import ask, cdx_path
from tests.support.warc import OLD, RECORDS, write_warc


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    index = load([write_warc(tmp_path_factory.mktemp("warc") / "shop.warc.gz", RECORDS)])
    with serving(LocalArchive(index, excluded=["shopping.example"])) as url:
        yield url


def test_both_dialects_are_served(base: str) -> None:
    listed = ask(base, cdx_path(url="shop.example/privacy"))
    assert (listed.status, listed.headers.get_content_type()) == (200, "text/plain")
    assert len(listed.body.splitlines()) == 4
    played = ask(base, "/web/20010101000000id_/http://shop.example/privacy")
    assert (played.status, played.body) == (200, OLD)
    offered = ask(base, "/web/2001id_/http://shop.example/privacy")
    assert offered.headers["Location"].startswith(f"{base}/web/20010101000000id_/")


def test_cdx_answers_are_compressed_unless_that_is_refused(base: str) -> None:
    def encoding(**more: str) -> str | None:
        path = cdx_path(url="shop.example", matchType="domain", **more)
        return ask(base, path, headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"]

    assert encoding() == "gzip"
    assert encoding(gzip="false") is None


def test_a_senseless_query_is_400(base: str) -> None:
    assert ask(base, cdx_path(url="shop.example", matchType="x")).status == 400


def test_a_url_is_found_with_collapsed_slashes_or_escapes(base: str) -> None:
    for url in ("http:/shop.example/privacy", "shop.example/%70rivacy"):
        assert ask(base, f"/web/20010101000000id_/{url}").body == OLD, url


def test_an_excluded_site_is_403_for_cdx_and_a_page_for_playback(base: str) -> None:
    for url in (
        "shopping.example",
        "www.shopping.example/privacy",
        "*.shopping.example",
        "sub.shopping.example/*",
    ):
        got = ask(base, cdx_path(url=url))
        assert got.status == 403, url
        assert b"AdministrativeAccessControlException" in got.body
        assert "Blocked Site Error" in got.headers["X-Archive-Wayback-Runtime-Error"]
    got = ask(base, "/web/20080101000000id_/http://shopping.example/privacy")
    assert got.status == 200
    assert b"has been excluded from the Wayback Machine" in got.body
    assert "memento-datetime" not in got.headers
    assert ask(base, cdx_path(url="shop.example")).status == 200
