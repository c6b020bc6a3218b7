"""The archive on loopback: what it reads out of WARC files, and the two dialects it speaks."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from local_warc import Record, ask, cdx_path, write_warc

from crawler.local_archive import cdx, playback
from crawler.local_archive.index import Index, NotWarcError, load, read
from crawler.local_archive.server import LocalArchive, serving
from crawler.local_archive.timestamps import http_date, seconds

OLD, NEW = b"<h1>Privacy</h1><p>We sell nothing.</p>", b"<h1>Privacy</h1><p>We sell everything.</p>"
PACKED = gzip.compress(NEW, mtime=0)
LATER = (("Retry-After", "9"),)
MOVED = (("Location", "../privacy?a=1"),)
ZIPPED = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
RECORDS = [
    Record("20000101000000", "http://www.shop.example:80/"),
    Record("20010101000000", "http://www.shop.example:80/privacy", OLD),
    Record("20040615120000", "http://shop.example/privacy", OLD),
    Record("20041231235959", "https://shop.example/privacy", NEW),
    Record("20060101000000", "https://shop.example/privacy", NEW, revisit=True),
    Record("20050101000000", "http://shop.example/privacy/old", b"", "301 Moved", MOVED),
    Record("20070101000000", "http://shop.example/privacy.gz", PACKED, headers=ZIPPED),
    Record("20080101000000", "http://help.shop.example/", b"help", headers=()),
    Record("20080101000000", "http://shop.example:8080/", b"other port"),
    Record("20080101000000", "http://shop-two.example/privacy"),
    Record("20080101000000", "http://shopping.example/privacy"),
    Record("20100101000000", "http://shop.example/gone", b"slow down", "429 Too Many", LATER),
]  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return load([write_warc(tmp_path_factory.mktemp("warc") / "shop.warc.gz", RECORDS)])


def rows(index: Index, **query: str | list[str]) -> list[cdx.Row]:
    return page(index, **query).rows


def page(index: Index, **query: str | list[str]) -> cdx.Page:
    pairs = [
        (name.rstrip("_"), value)
        for name, values in query.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return cdx.answer(index, pairs)


def stamps(found: list[cdx.Row]) -> list[str]:
    return [row[1][:4] for row in found]


# Reading --------------------------------------------------------------------------------------------


def test_a_row_says_what_the_record_says(index: Index) -> None:
    first = rows(index, url="shop.example/privacy")[0]
    assert first[:3] == ("example,shop)/privacy", "20010101000000", "http://www.shop.example:80/privacy")
    assert first[3:6] == ("text/html", "200", RECORDS[1].digest)
    assert int(first[6]) > 0


def test_a_revisit_has_no_status_and_the_digest_of_its_body(index: Index) -> None:
    row = rows(index, url="shop.example/privacy")[-1]
    assert row[3:6] == ("warc/revisit", "-", RECORDS[3].digest)


def test_a_missing_content_type_is_unk(index: Index) -> None:
    assert rows(index, url="help.shop.example")[0][3] == "unk"


def test_plain_and_gzipped_files_give_the_same_captures(tmp_path: Path, index: Index) -> None:
    plain = load([write_warc(tmp_path / "shop.warc", RECORDS, gzip=False)])
    assert [row[:6] for row in rows(plain, url="example", matchType="domain")] == [
        row[:6] for row in rows(index, url="example", matchType="domain")
    ]
    entry = plain.of_url("example,shop)/privacy")[0]
    assert read(entry).body == OLD


def test_a_digest_that_the_record_does_not_state_is_computed(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "bare.warc", RECORDS[1:2], gzip=False)
    stated = b"WARC-Payload-Digest: sha1:" + RECORDS[1].digest.encode() + b"\r\n"
    data = path.read_bytes()
    assert stated in data
    path.write_bytes(data.replace(stated, b""))
    assert load([path]).entries[0].capture.digest == RECORDS[1].digest


def test_a_chunked_body_is_put_together(tmp_path: Path) -> None:
    chunked = Record(
        "20100101000000", "http://a.example/", b"4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n",
        headers=(("Transfer-Encoding", "chunked"),),
    )  # fmt: skip
    index = load([write_warc(tmp_path / "chunked.warc.gz", [chunked])])
    assert read(index.entries[0]).body == b"Wikipedia"


@pytest.mark.parametrize("zipped", [True, False], ids=["gzip", "plain"])
def test_a_damaged_record_is_counted_and_the_ones_after_it_are_read(tmp_path: Path, zipped: bool) -> None:
    path = write_warc(tmp_path / "torn.warc", RECORDS, gzip=zipped)
    whole = load([path])
    entry = whole.of_url("example,shop)/privacy")[1]
    data = bytearray(path.read_bytes())
    # In gzip any byte breaks the member; in a plain file a record is broken by what it says of itself.
    at = entry.offset + 40 if zipped else data.index(b"WARC/1.0", entry.offset)
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    torn = load([path])
    assert torn.damaged >= 1
    kept = {entry.capture for entry in torn.entries}
    lost = {entry.capture for entry in whole.entries} - kept
    assert {capture.timestamp for capture in lost} == {entry.capture.timestamp}


def test_a_file_cut_off_keeps_what_stands_before_the_cut(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "cut.warc.gz", RECORDS)
    last = load([path])
    end = max(entry.offset for entry in last.entries)
    path.write_bytes(path.read_bytes()[: end + 60])
    cut = load([path])
    assert (len(cut.entries), cut.damaged) == (len(RECORDS) - 1, 1)


@pytest.mark.parametrize("data", [b"hello, world", b"\x1f\x8b\x08 not gzip at all", gzip.compress(b"hello")])
def test_a_file_that_is_no_warc_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "not.warc.gz"
    path.write_bytes(data)
    with pytest.raises(NotWarcError, match=r"not\.warc\.gz is not a WARC file"):
        load([path])


def test_an_empty_file_is_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "empty.warc.gz").touch()
    assert load([tmp_path / "empty.warc.gz"]).entries == []


ON_HOST = {"/", "/privacy", "/privacy/old", "/privacy.gz", "/gone"}


# The CDX language -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "match_type", "urls"),
    [
        ("https://WWW.Shop.example/privacy", "exact", {"/privacy"}),
        ("shop.example/privacy", "prefix", {"/privacy", "/privacy/old", "/privacy.gz"}),
        ("shop.example/privacy*", "", {"/privacy", "/privacy/old", "/privacy.gz"}),
        ("shop.example", "host", ON_HOST),
        ("shop.example", "domain", ON_HOST | {"help/", ":8080/"}),
        ("*.shop.example", "", ON_HOST | {"help/", ":8080/"}),
        ("nothing.example", "domain", set()),
    ],
)  # fmt: skip
def test_the_match_type_says_how_much_is_found(
    index: Index, url: str, match_type: str, urls: set[str]
) -> None:
    query = {"matchType": match_type} if match_type else {}
    found = {
        row[0].removeprefix("example,shop").replace(",", "").replace(")", "")
        for row in rows(index, url=url, **query)
    }
    assert found == urls


def test_from_and_to_are_inclusive_prefixes(index: Index) -> None:
    assert stamps(rows(index, url="shop.example/privacy", from_="2004", to="2004")) == ["2004", "2004"]
    assert stamps(rows(index, url="shop.example/privacy", from_="20040616")) == ["2004", "2006"]
    assert stamps(rows(index, url="shop.example/privacy", to="20041231235958")) == ["2001", "2004"]


def test_a_filter_matches_the_whole_field(index: Index) -> None:
    assert rows(index, url="shop.example", matchType="host", filter="mimetype:text") == []
    assert len(rows(index, url="shop.example/privacy", filter="mimetype:text/.*")) == 3
    assert len(rows(index, url="shop.example/privacy", filter="!mimetype:text/.*")) == 1
    assert len(rows(index, url="shop.example", matchType="domain", filter="~original:help")) == 1


def test_all_filters_have_to_hold(index: Index) -> None:
    found = rows(
        index, url="shop.example", matchType="domain", filter=["urlkey:.*privacy.*", "!statuscode:200"]
    )
    assert [row[4] for row in found] == ["-", "301"]


def test_collapse_drops_rows_like_the_one_before(index: Index) -> None:
    assert stamps(rows(index, url="shop.example/privacy", collapse="digest")) == ["2001", "2004"]
    assert stamps(rows(index, url="shop.example/privacy", collapse="timestamp:4")) == ["2001", "2004", "2006"]


def test_a_negative_limit_gives_the_last_rows(index: Index) -> None:
    assert stamps(rows(index, url="shop.example/privacy", limit="-1")) == ["2006"]


def test_sort_closest_puts_the_nearest_first(index: Index) -> None:
    found = rows(index, url="shop.example/privacy", sort="closest", closest="20051201000000", limit="2")
    assert stamps(found) == ["2006", "2004"]


def test_pages_follow_each_other_by_the_resume_key(index: Index) -> None:
    whole = rows(index, url="shop.example", matchType="domain")
    found: list[cdx.Row] = []
    key = ""
    while True:
        part = page(
            index, url="shop.example", matchType="domain", limit="2", showResumeKey="true", resumeKey=key
        )
        found += part.rows
        if part.resume_key is None:
            break
        assert part.resume_key != key
        key = part.resume_key
    assert found == whole


def test_the_resume_key_has_the_form_of_the_real_one(index: Index) -> None:
    part = page(index, url="shop.example/privacy", limit="3", showResumeKey="true")
    assert part.resume_key == "example%2Cshop%29%2Fprivacy+2004123123595%3A"


def test_a_page_in_text_ends_with_a_blank_line_and_the_key(index: Index) -> None:
    text = cdx.render(page(index, url="shop.example", limit="1", showResumeKey="true"))
    row, blank, key, end = text.split("\n")
    assert len(row.split(" ")) == 7
    assert (blank, key, end) == ("", "example%2Cshop%29%2F+20000101000001", "")


def test_a_page_in_json_ends_with_an_empty_list_and_the_key(index: Index) -> None:
    text = cdx.render(page(index, url="shop.example", limit="1", showResumeKey="true", output="json"))
    names, row, blank, key = json.loads(text)
    assert tuple(names) == cdx.FIELDS
    assert (len(row), blank, key) == (7, [], ["example%2Cshop%29%2F+20000101000001"])


def test_no_rows_are_an_empty_answer(index: Index) -> None:
    assert cdx.render(page(index, url="nothing.example")) == ""
    assert cdx.render(page(index, url="nothing.example", output="json")) == "[]\n"


def test_fl_chooses_the_fields(index: Index) -> None:
    part = page(index, url="shop.example/privacy", fl="timestamp,statuscode", limit="1")
    assert cdx.render(part) == "20010101000000 200\n"


@pytest.mark.parametrize(
    "query",
    [{}, {"matchType": "all"}, {"filter": "mime:x"}, {"filter": "mimetype:("}, {"limit": "x"}, {"fl": "x"}],
)
def test_a_query_that_makes_no_sense_is_said_to(index: Index, query: dict[str, str]) -> None:
    url = {"url": "shop.example"} if query else {}
    with pytest.raises(cdx.BadQueryError):
        page(index, **url, **query)


# Playback -------------------------------------------------------------------------------------------

BASE = "http://127.0.0.1:1"


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


def test_what_is_not_archived_is_404_without_memento_headers(index: Index) -> None:
    status, headers, body = play(index, "/web/2005id_/http://shop.example/<nothing>")
    assert status == 404
    assert b"has not archived that URL" in body
    assert b"<nothing>" not in body
    assert "memento-datetime" not in headers


def test_of_two_captures_in_a_second_the_one_asked_for_is_played(tmp_path: Path) -> None:
    pair = [
        Record("20100101000000", url, url.encode()) for url in ("http://a.example/", "https://a.example/")
    ]
    index = load([write_warc(tmp_path / "pair.warc.gz", pair)])
    for record in pair:
        assert play(index, f"/web/20100101000000id_/{record.url}")[2] == record.body


def test_a_file_that_was_removed_makes_503_not_a_crash(tmp_path: Path) -> None:
    index = load([write_warc(tmp_path / "gone.warc.gz", RECORDS[:1])])
    (tmp_path / "gone.warc.gz").unlink()
    assert play(index, "/web/20000101000000id_/http://shop.example/")[0] == 503


@pytest.mark.parametrize(
    "path", ["/web/", "/web/x/http://a.example/", "/web/123456789012345id_/http://a.example/"]
)
def test_a_path_that_is_no_playback_is_none(path: str) -> None:
    assert playback.parse(path) is None


def test_timestamps_that_are_no_dates_still_have_a_time() -> None:
    assert http_date("20000000000000") == "Sat, 01 Jan 2000 00:00:00 GMT"
    assert seconds("20010230000000") == seconds("20010228000000")
    assert seconds("") > seconds("2998")


# Over HTTP ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def base(index: Index) -> object:
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
