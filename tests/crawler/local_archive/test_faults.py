"""Each fault of the archive on loopback, as a client sees it."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.local_archive import actions, cdx
from crawler.local_archive.index import load
from crawler.local_archive.server import LocalArchive, serving
from tests.support.client import Got, ask, cdx_path
from tests.support.warc import Record, write_warc

BODY = b"<h1>Privacy</h1>" + b"<p>We collect your name.</p>" * 20
ROWS = cdx_path(url="shop.example/privacy", gzip="false")
PAGE = "/web/20010101000000id_/http://shop.example/privacy"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    records = [Record(f"200{year}0101000000", "http://shop.example/privacy", BODY) for year in (1, 2, 3)]
    path = write_warc(tmp_path_factory.mktemp("warc") / "shop.warc.gz", records)
    with serving(LocalArchive(load([path]))) as url:
        yield url


@pytest.fixture
def base(server: str) -> str:
    ask(server, "/__faults__", method="DELETE")
    ask(server, "/__log__", method="DELETE")
    return server


def inject(base: str, *rules: dict[str, Any]) -> None:
    assert ask(base, "/__faults__", method="PUT", body=list(rules)).status == 200


def log(base: str) -> list[dict[str, Any]]:
    return json.loads(ask(base, "/__log__").body)


def words(got: Got) -> list[list[str]]:
    return [line.split(" ") for line in got.body.decode().splitlines()]


def test_a_rule_hits_its_pool_its_pattern_and_so_many_requests(base: str) -> None:
    inject(base, {"action": "error", "pool": "cdx", "match": "url=shop", "skip": 1, "count": 2})
    assert [ask(base, ROWS).status for _ in range(4)] == [200, 503, 503, 200]
    assert ask(base, PAGE).status == 200
    assert ask(base, cdx_path(url="other.example")).status == 200
    (rule,) = json.loads(ask(base, "/__faults__").body)
    assert rule["seen"] == 4


def test_rules_can_be_added_and_removed(base: str) -> None:
    inject(base, {"action": "error", "pool": "cdx"})
    ask(base, "/__faults__", method="POST", body=[{"action": "error", "pool": "playback", "status": 504}])
    assert (ask(base, ROWS).status, ask(base, PAGE).status) == (503, 504)
    ask(base, "/__faults__", method="DELETE")
    assert (ask(base, ROWS).status, ask(base, PAGE).status) == (200, 200)


@pytest.mark.parametrize(
    "rules",
    [
        {"action": "drop"},
        ["drop"],
        [{"action": "explode"}],
        [{"action": "drop", "pool": "timemap"}],
        [{"action": "drop", "match": "("}],
        [{"action": "latency"}],
        [{"action": "latency", "second": 1}],
        [{"action": "drop", "count": "2"}],
        [{"pool": "cdx"}],
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_and_changes_nothing(base: str, rules: Any) -> None:
    inject(base, {"action": "error", "status": 504})
    assert ask(base, "/__faults__", method="PUT", body=rules).status == 400
    assert ask(base, ROWS).status == 504


def test_the_log_has_each_request_with_its_time_pool_and_status(base: str) -> None:
    before = time.monotonic()
    inject(base, {"action": "drop", "count": 1})
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        ask(base, ROWS)
    ask(base, PAGE)
    entries = log(base)
    assert [(entry["pool"], entry["path"], entry["status"]) for entry in entries] == [
        ("cdx", ROWS, actions.CLOSED),
        ("playback", PAGE, 200),
    ]
    assert before <= entries[0]["time"] <= entries[1]["time"] <= time.monotonic()


def test_latency_comes_before_every_answer(base: str) -> None:
    inject(base, {"action": "latency", "seconds": 0.05})
    began = time.monotonic()
    assert (ask(base, ROWS).status, ask(base, PAGE).status) == (200, 200)
    assert time.monotonic() - began >= 0.1


def test_hang_closes_the_connection_in_the_end(base: str) -> None:
    inject(base, {"action": "hang", "seconds": 0.05})
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        ask(base, ROWS)


def test_truncate_sends_less_than_it_promised(base: str) -> None:
    inject(base, {"action": "truncate", "keep": 50})
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(base, PAGE)
    assert (caught.value.partial, caught.value.expected) == (BODY[:50], len(BODY) - 50)


@pytest.mark.parametrize("retry_after", [None, "7"])
def test_error_is_the_archives_own(base: str, retry_after: str | None) -> None:
    inject(base, {"action": "error", "status": 429} | ({"retry_after": retry_after} if retry_after else {}))
    got = ask(base, PAGE)
    assert (got.status, got.headers["Retry-After"]) == (429, retry_after)
    assert "memento-datetime" not in got.headers
    assert b"429 Too Many Requests" in got.body


def test_html_is_a_page_of_the_archive_with_status_200(base: str) -> None:
    inject(base, {"action": "html"})
    for path in (ROWS, PAGE):
        got = ask(base, path)
        assert (got.status, got.headers.get_content_type()) == (200, "text/html")
        assert "memento-datetime" not in got.headers


def test_backend_failure_is_text_that_is_no_cdx(base: str) -> None:
    inject(base, {"action": "backend_failure"})
    got = ask(base, ROWS)
    assert (got.status, got.headers.get_content_type()) == (200, "text/plain")
    assert got.body.startswith(b"org.archive.util.io.RuntimeIOException")


def test_blank_is_a_memento_without_a_body(base: str) -> None:
    inject(base, {"action": "blank"})
    got = ask(base, PAGE)
    assert (got.status, got.body) == (200, b"")
    assert "memento-datetime" in got.headers
    assert ask(base, ROWS).body == b""


def test_empty_page_has_a_key_that_leads_on(base: str) -> None:
    inject(base, {"action": "empty_page", "count": 1})
    blank, (key,) = words(ask(base, ROWS))
    assert blank == [""]
    assert len(words(ask(base, ROWS + "&" + f"resumeKey={key.replace('%', '%25').replace('+', '%2B')}"))) == 3


def test_repeat_key_leads_to_the_same_page_for_ever(base: str) -> None:
    inject(base, {"action": "repeat_key"})
    path = cdx_path(url="shop.example/privacy", limit=1, showResumeKey="true", output="json", gzip="false")
    first = json.loads(ask(base, path).body)
    again = json.loads(ask(base, path + "&" + cdx_path(resumeKey=first[-1][0]).partition("?")[2]).body)
    assert first == again


def test_duplicate_rows_stand_twice(base: str) -> None:
    inject(base, {"action": "duplicate_rows"})
    rows = words(ask(base, ROWS))
    assert len(rows) == 6
    assert rows[0] == rows[1]


@pytest.mark.parametrize("output", ["text", "json"])
def test_bad_rows_come_before_the_good_ones(base: str, output: str) -> None:
    inject(base, {"action": "bad_rows"})
    got = ask(base, cdx_path(url="shop.example/privacy", gzip="false", output=output))
    rows = words(got) if output == "text" else json.loads(got.body)[1:]
    bad, good = rows[:-3], rows[-3:]
    assert [row[1] for row in good] == ["20010101000000", "20020101000000", "20030101000000"]
    assert {len(row) for row in bad} == {3, 7, 8}
    assert any("\0" in word for row in bad for word in row)
    assert {"200013082417", "20000008321731", "20010230000000", "now"} < {row[1] for row in bad}
    assert any(row[2].startswith("mailto:") for row in bad)


def test_content_encoding_lies(base: str) -> None:
    inject(base, {"action": "content_encoding", "value": "br"})
    got = ask(base, PAGE)
    assert (got.headers["Content-Encoding"], got.body) == ("br", BODY)


def test_offer_is_a_302_without_memento_headers(base: str) -> None:
    inject(base, {"action": "offer", "timestamp": "20200101000000"})
    got = ask(base, PAGE)
    assert (got.status, got.headers["Location"]) == (
        302,
        f"{base}/web/20200101000000id_/http://shop.example/privacy",
    )
    assert got.headers["x-archive-redirect-reason"] == "found capture at 20200101000000"
    assert "memento-datetime" not in got.headers


def test_redirect_can_point_out_of_the_archive(base: str) -> None:
    inject(base, {"action": "redirect", "location": "http://example.org/live"})
    got = ask(base, PAGE)
    assert (got.status, got.headers["Location"]) == (302, "http://example.org/live")
    assert "memento-datetime" in got.headers


def test_loop_points_at_itself(base: str) -> None:
    inject(base, {"action": "loop"})
    got = ask(base, PAGE)
    assert (got.status, got.headers["Location"]) == (301, base + PAGE)


def test_oversized_is_as_long_as_asked(base: str) -> None:
    inject(base, {"action": "oversized", "size": 1_000_000})
    got = ask(base, PAGE)
    assert len(got.body) == 1_000_000
    assert "memento-datetime" in got.headers


def test_gzip_bomb_is_small_until_it_is_opened(base: str) -> None:
    inject(base, {"action": "gzip_bomb", "size": 5_000_000})
    got = ask(base, PAGE)
    assert got.headers["Content-Encoding"] == "gzip"
    assert len(got.body) < 10_000
    assert len(gzip.decompress(got.body)) == 5_000_000


def test_two_rules_work_together_the_first_outermost(base: str) -> None:
    inject(base, {"action": "latency", "seconds": 0.05}, {"action": "truncate", "keep": 10})
    began = time.monotonic()
    with pytest.raises(http.client.IncompleteRead):
        ask(base, PAGE)
    assert time.monotonic() - began >= 0.05


def test_scan_limit_counts_rows_that_do_not_fit_and_gives_no_key(base: str) -> None:
    later = cdx_path(url="shop.example/privacy", gzip="false", filter="timestamp:2003.*", limit=1, showResumeKey="true")
    assert len(ask(base, later).body.splitlines()) == 3
    inject(base, {"action": "scan_limit", "rows": 2})
    assert ask(base, later).body == b""
    assert len(ask(base, ROWS).body.splitlines()) == 2


def test_every_action_has_a_test() -> None:
    tested = Path(__file__).read_text("utf-8")
    assert [name for name in actions.ACTIONS if f'"action": "{name}"' not in tested] == []


def test_the_resume_key_of_a_row_brings_that_row(tmp_path: Path) -> None:
    index = load([write_warc(tmp_path / "one.warc.gz", [Record("20100101000000", "http://a.example/")])])
    (row,) = cdx.answer(index, [("url", "a.example")]).rows
    assert cdx.answer(index, [("url", "a.example"), ("resumeKey", cdx.key_of(row))]).rows == [row]
    assert cdx.answer(index, [("url", "a.example"), ("resumeKey", cdx.key_after(row))]).rows == []
