"""Playback, as the archive on loopback answers it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.local_archive import playback
from crawler.local_archive.index import Index, load
from pipelines.timestamps import http_date, moment
from tests.support.warc import NEW, PACKED, RECORDS, Record, write_warc

BASE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return load([write_warc(tmp_path_factory.mktemp("warc") / "shop.warc.gz", RECORDS)])


def play(index: Index, path: str) -> tuple[int, dict[str, str], bytes]:
    asked = playback.parse(path)
    assert asked is not None
    answer = playback.replay(index, asked, BASE)
    return answer.status, dict(answer.headers), answer.body


def test_a_capture_comes_with_its_bytes_and_memento_headers(index: Index) -> None:
    status, headers, body = play(index, "/web/20041231235959id_/http://shop.example/privacy")
    assert (status, body) == (200, NEW)
    assert headers["memento-datetime"] == "Fri, 31 Dec 2004 23:59:59 GMT"
    assert '<https://shop.example/privacy>; rel="original"' in headers["link"]
    assert 'rel="prev memento"; datetime="Tue, 15 Jun 2004 12:00:00 GMT"' in headers["link"]
    assert headers["x-archive-src"] == "local/shop.warc.gz"
    assert headers["Content-Type"] == headers["x-archive-orig-content-type"] == "text/html; charset=utf-8"


def test_the_archived_encoding_is_kept(index: Index) -> None:
    _, headers, body = play(index, "/web/20070101000000id_/http://shop.example/privacy.gz")
    assert (headers["Content-Encoding"], body) == ("gzip", PACKED)


def test_a_revisit_plays_the_body_it_repeats(index: Index) -> None:
    status, headers, body = play(index, "/web/20060101000000id_/https://shop.example/privacy")
    assert (status, body) == (200, NEW)
    assert headers["memento-datetime"] == "Sun, 01 Jan 2006 00:00:00 GMT"


def test_a_revisit_of_a_body_that_is_not_here_cannot_be_played(tmp_path: Path) -> None:
    index = load([write_warc(tmp_path / "lone.warc.gz", [RECORDS[4]])])
    status, headers, _ = play(index, "/web/20060101000000id_/https://shop.example/privacy")
    assert status == 503
    assert "memento-datetime" not in headers


def test_an_archived_redirect_points_into_the_archive(index: Index) -> None:
    status, headers, _ = play(index, "/web/20050101000000id_/http://shop.example/privacy/old")
    assert status == 301
    assert headers["Location"] == f"{BASE}/web/20050101000000id_/http://shop.example/privacy?a=1"
    assert headers["x-archive-orig-location"] == "../privacy?a=1"
    assert "memento-datetime" in headers


def test_an_archived_error_is_a_memento(index: Index) -> None:
    status, headers, body = play(index, "/web/20100101000000id_/http://shop.example/gone")
    assert (status, body) == (429, b"slow down")
    assert "memento-datetime" in headers
    assert headers["x-archive-orig-retry-after"] == "9"
    assert "Retry-After" not in headers


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("20041231235958", "20041231235959id_/https://shop.example/privacy"),
        ("2001", "20010101000000id_/http://www.shop.example:80/privacy"),
        ("2", "20060101000000id_/https://shop.example/privacy"),
        ("20000008241731", "20010101000000id_/http://www.shop.example:80/privacy"),
    ],
)
def test_another_timestamp_is_offered_without_memento_headers(index: Index, asked: str, offered: str) -> None:
    status, headers, _ = play(index, f"/web/{asked}id_/http://shop.example/privacy")
    assert (status, headers["Location"]) == (302, f"{BASE}/web/{offered}")
    assert headers["x-archive-redirect-reason"] == f"found capture at {offered[:14]}"
    assert "memento-datetime" not in headers


def test_hostile_urls_and_headers_do_no_harm(tmp_path: Path) -> None:
    hostile = [
        Record("20100101000000", "http://a.example/\x00\xe4", headers=(("X-A B", "1"), ("X-C", "a\x01b"))),
        Record("20100101000000", "http://a.example/r", b"", "302 Found", (("Location", "http://[nonsense"),)),
        Record("20100101000000", "http://a.example/s", status="099 What"),
    ]
    index = load([write_warc(tmp_path / "hostile.warc.gz", hostile)])
    status, headers, _ = play(index, "/web/2009id_/http://a.example/%00%C3%A4")
    assert (status, headers["Location"]) == (302, f"{BASE}/web/20100101000000id_/http://a.example/%00%C3%A4")
    _, headers, _ = play(index, "/web/20100101000000id_/http://a.example/%00%C3%A4")
    assert headers["x-archive-orig-x-c"] == "ab"
    assert all(" " not in name for name in headers)
    _, headers, _ = play(index, "/web/20100101000000id_/http://a.example/r")
    assert headers["Location"] == f"{BASE}/web/20100101000000id_/http://[nonsense"
    assert play(index, "/web/20100101000000id_/http://a.example/s")[0] == 200
    assert play(index, "/web/20100101000000id_/http://[nonsense")[0] == 404


def test_what_is_not_archived_is_404_without_memento_headers(index: Index) -> None:
    status, headers, body = play(index, "/web/2005id_/http://shop.example/<nothing>")
    assert status == 404
    assert b"has not archived that URL" in body
    assert b"<nothing>" not in body
    assert "memento-datetime" not in headers


def test_of_two_captures_in_a_second_the_one_asked_for_is_played(tmp_path: Path) -> None:
    pair = [Record("20100101000000", url, url.encode()) for url in ("http://a.example/", "https://a.example/")]
    index = load([write_warc(tmp_path / "pair.warc.gz", pair)])
    for record in pair:
        assert play(index, f"/web/20100101000000id_/{record.url}")[2] == record.body


def test_addresses_in_the_link_header_are_html_escaped(tmp_path: Path) -> None:
    url = "http://a.example/?a=1&b=2"
    index = load([write_warc(tmp_path / "query.warc.gz", [Record("20100101000000", url)])])
    links = play(index, f"/web/20100101000000id_/{url}")[1]["link"]
    assert '<http://a.example/?a=1&amp;b=2>; rel="original"' in links
    assert "&b=2" not in links


def test_a_file_that_was_removed_makes_503_not_a_crash(tmp_path: Path) -> None:
    index = load([write_warc(tmp_path / "gone.warc.gz", RECORDS[:1])])
    (tmp_path / "gone.warc.gz").unlink()
    assert play(index, "/web/20000101000000id_/http://shop.example/")[0] == 503


@pytest.mark.parametrize("path", ["/web/", "/web/x/http://a.example/", "/web/123456789012345id_/http://a.example/"])
def test_a_path_that_is_no_playback_is_none(path: str) -> None:
    assert playback.parse(path) is None


def test_timestamps_that_are_no_dates_still_have_a_time() -> None:
    assert http_date(moment("20000000000000")) == "Sat, 01 Jan 2000 00:00:00 GMT"
    assert moment("20010230000000") == moment("20010228000000")
    assert moment("", latest=True) > moment("2998", latest=True)
