"""What playback does wrong, as the spider meets it. Each fault befalls a capture of its own.

So each test also says that the faults of the others did not matter to it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer
from typing import Any

import pytest

from crawler.local_archive import faults
from crawler.local_archive.server import LocalArchive, open_archive, serving
from tests.support.processes import EXCLUDED, WARCS, Run, crawl, digits, lasting

pytestmark = pytest.mark.slow


@contextmanager
def canary() -> Iterator[tuple[int, list[Any]]]:
    """A server that no crawl may ever speak to: its port, and who did."""
    visitors: list[Any] = []

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            visitors.append(self.client_address)

    with TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1], visitors
        server.shutdown()
        thread.join()


def playback(timestamp: str, action: str, /, **more: Any) -> dict[str, Any]:
    return {"action": action, "pool": "playback", "match": f"/{timestamp}id_/https?://[a-z]", **more}


@pytest.fixture(scope="module")
def bad_playback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, LocalArchive, list[Any]]]:
    archive = open_archive(WARCS, excluded=EXCLUDED)
    with canary() as (port, visitors), serving(archive) as url:
        outside = f"http://127.0.0.1:{port}/privacy"
        archive.rules = faults.parse(
            [
                playback("19990421053047", "error", status=503, count=1),
                playback("20060611173000", "error", status=503),
                playback("20150720061500", "error", status=504),
                playback("20190222222222", "drop"),
                playback("20191130130000", "truncate", keep=1500),
                playback("20200115090909", "content_encoding", value="gzip"),
                playback("20200820202020", "content_encoding", value="br"),
                playback("20210510101500", "redirect", location=outside),
                playback("20220301120000", "redirect", location=outside.removeprefix("http:"), status=307),
                playback("20230101010101", "redirect", location=f"/web/20230101010101id_/{outside}", status=301),
                playback("20231002183000", "redirect", location="javascript:alert(1)", status=301),
                playback("20240422000000", "loop"),
                playback("20250310070000", "oversized", size=3_000_000),
                playback("20250901120000", "gzip_bomb", size=200_000_000),
                playback("20180525060110", "offer", timestamp="20180525060109", count=1),
                playback("20230301100020", "offer", timestamp="20231224180000"),
                playback("20020604093017", "offer", timestamp="20020604093018"),
                playback("20090218190140", "html"),
                playback("20140309150915", "blank"),
            ]
        )
        settings = {"DOWNLOAD_MAXSIZE": 2_000_000}
        run = crawl(tmp_path_factory.mktemp("bad-playback"), url, plan="all", settings=settings)
        yield run, archive, visitors


@pytest.fixture(scope="module")
def played(bad_playback: tuple[Run, LocalArchive, list[Any]]) -> Run:
    return bad_playback[0]


def same_row(run: Run, other: Run, timestamp: str) -> bool:
    """True if both runs stored the same text of a capture."""
    rows = [next(r for r in lasting(one.policies) if digits(r["captured_at"]) == timestamp) for one in (run, other)]
    return rows[0]["text_sha256"] == rows[1]["text_sha256"]


def test_no_fault_of_playback_ends_a_crawl(played: Run) -> None:
    assert played.code == 3, played.log  # captures failed for reasons that may pass
    assert "Traceback" not in played.log


def test_a_capture_that_fails_once_is_fetched_again(played: Run, undisturbed_all: Run) -> None:
    assert played.capture("19990421053047")["outcome"] == "stored"
    assert same_row(played, undisturbed_all, "19990421053047")


def test_a_capture_that_always_fails_is_unplayable_with_the_status(played: Run) -> None:
    row = played.capture("20060611173000")
    assert (row["outcome"], "503" in row["detail"]) == ("unplayable", True)


def test_a_twin_with_the_same_bytes_stands_in_for_what_can_not_be_played(played: Run) -> None:
    assert played.capture("20150720061500")["outcome"] == "unplayable"
    assert "504" in played.capture("20150720061500")["detail"]
    assert played.capture("20170829013000")["outcome"] == "stored"


def test_a_capture_whose_connection_is_always_dropped_has_failed_and_says_how(played: Run) -> None:
    row = played.capture("20190222222222")
    assert row["outcome"] == "failed"
    assert "ResponseFailed" in row["detail"] or "Connection" in row["detail"], row


def test_a_capture_that_never_answers_has_failed_and_says_how(archive: LocalArchive, tmp_path: Path) -> None:
    archive.rules = faults.parse([playback("20180901000001", "hang")])
    of_the_month = {"domain": "mapleloop.example", "since": "2018-09", "until": "2018-09", "plan": "all"}
    with serving(archive) as url:
        run = crawl(tmp_path, url, settings={"DOWNLOAD_TIMEOUT": 1}, **of_the_month)
    row = run.capture("20180901000001")
    assert row["outcome"] == "failed"
    assert "Timeout" in row["detail"], row


def test_a_truncated_body_is_kept_and_says_so(played: Run) -> None:
    row = played.capture("20191130130000")
    assert row["outcome"] == "stored"
    assert "cut off" in row["detail"]
    (stored,) = (row for row in played.policies if digits(row["captured_at"]) == "20191130130000")
    assert "Mapleloop" in stored["text"]


@pytest.mark.parametrize("timestamp", ["20200115090909", "20200820202020"])
def test_an_encoding_that_lies_costs_nothing(timestamp: str, played: Run, undisturbed_all: Run) -> None:
    assert played.capture(timestamp)["outcome"] == "stored"
    assert same_row(played, undisturbed_all, timestamp)


def test_an_archived_redirect_out_of_the_archive_is_followed_inside_it_alone(
    bad_playback: tuple[Run, LocalArchive, list[Any]],
) -> None:
    run, archive, visitors = bad_playback
    for timestamp in ("20210510101500", "20220301120000", "20230101010101"):
        row = run.capture(timestamp)
        assert row["outcome"] == "redirect"
        assert "127.0.0.1" in row["detail"] and "not archived" in row["detail"]
        assert any(f"/web/{timestamp}id_/http" in entry["path"] and "privacy" in entry["path"] for entry in archive.log)
    assert visitors == [], "nothing outside of the archive is ever asked"


def test_a_redirect_to_no_address_leads_nowhere(played: Run) -> None:
    row = played.capture("20231002183000")
    assert (row["outcome"], row["detail"]) == ("redirect", "leads to no web address")


def test_a_redirect_to_itself_is_a_circle(played: Run) -> None:
    row = played.capture("20240422000000")
    assert row["outcome"] == "redirect"
    assert "circle" in row["detail"] or "captured 20240422000000" in row["detail"], row


def test_an_oversized_body_is_given_up_with_its_size(played: Run) -> None:
    row = played.capture("20250310070000")
    assert row["outcome"] == "failed"
    assert "3000000" in row["detail"], row


def test_a_gzip_bomb_costs_its_capture_alone(played: Run) -> None:
    row = played.capture("20250901120000")
    assert row["outcome"] in ("failed", "empty", "not_policy"), row
    assert row["detail"]


def test_what_is_offered_once_loads_on_a_later_pass(played: Run) -> None:
    row = played.capture("20180525060110")
    assert row["outcome"] == "stored"
    (stored,) = (row for row in played.policies if digits(row["captured_at"]) == "20180525060110")
    assert stored["requested_at"] == stored["captured_at"]


def test_an_offer_far_away_is_not_taken(played: Run) -> None:
    row = played.capture("20230301100020")
    assert row["outcome"] == "unplayable"
    assert "20231224180000" in row["detail"] and "298 days" in row["detail"], row
    assert played.capture("20231224180000")["outcome"] == "stored", "its twin stands in"


def test_offers_without_end_are_given_up(played: Run) -> None:
    row = played.capture("20020604093017")
    assert (row["outcome"], row["detail"]) == ("unplayable", "the archive offers one timestamp after another")


def test_a_page_of_the_archive_is_no_capture(played: Run) -> None:
    row = played.capture("20090218190140")
    assert row["outcome"] == "unplayable"
    assert "without Memento-Datetime" in row["detail"]


def test_an_empty_body_is_a_soft_block(played: Run) -> None:
    row = played.capture("20140309150915")
    assert (row["outcome"], row["detail"]) == ("soft_block", "archived with an empty body")


def test_what_no_fault_befell_is_as_in_an_undisturbed_run(played: Run, undisturbed_all: Run) -> None:
    hit = {"hanabido.example", "mapleloop.example", "nordwind.example", "ledgerline.example"}
    assert [row for row in lasting(played.captures) if row["domain"] not in hit] == [
        row for row in lasting(undisturbed_all.captures) if row["domain"] not in hit
    ]
    assert [row for row in lasting(played.policies) if row["domain"] not in hit] == [
        row for row in lasting(undisturbed_all.policies) if row["domain"] not in hit
    ]
