"""What archives do wrong, as the spider meets it. Many faults befall one crawl, each another capture or domain: so each
test also says that the faults of the others did not matter to it."""

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
from tests.support.pages import policy_page
from tests.support.processes import EXCLUDED, WARCS, Run, crawl, digits, lasting
from tests.support.warc import Record, moved, write_warc

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


def index(domain: str, action: str, /, **more: Any) -> dict[str, Any]:
    return {"action": action, "pool": "cdx", "match": f"url={domain}&", **more}


# --- playback: plan=all over the whole sample, each fault on a capture of its own


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


# --- the index: each fault on a domain of its own


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, LocalArchive]:
    archive = open_archive(WARCS, excluded=EXCLUDED)
    archive.rules = faults.parse(
        [
            index("plumeria.example", "error", status=503),
            index("framewright.example", "error", status=504, count=1),
            index("nordwind.example", "html"),
            index("hanabido.example", "backend_failure"),
            index("ledgerline.example", "truncate", keep=100),
            index("copperkettle.example", "empty_page", count=1),
            index("tidelog.example", "bad_rows"),
            index("mapleloop.example", "duplicate_rows"),
            index("brinehouse.example", "drop"),
            index("http%3A%2F%2Fquietgarden.example%2Fabout%2Fyourinfo.html", "repeat_key"),
        ]
    )
    with serving(archive) as url:
        run = crawl(tmp_path_factory.mktemp("searched"), url)
    return run, archive


def test_no_fault_of_the_index_ends_a_crawl(searched: tuple[Run, LocalArchive]) -> None:
    assert searched[0].code == 3, searched[0].log  # domains are incomplete for reasons that may pass
    assert "Traceback" not in searched[0].log


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("plumeria.example", "HTTP 503 from the CDX server"),
        ("nordwind.example", "an error page in place of CDX rows"),
        ("hanabido.example", "ConnectTimeoutException"),
        ("ledgerline.example", "cut off"),
        ("brinehouse.example", ""),
    ],
)
def test_an_index_that_can_not_answer_leaves_its_domain_incomplete_and_never_absent(
    domain: str, words: str, searched: tuple[Run, LocalArchive]
) -> None:
    run, archive = searched
    assert_incomplete(run, archive, domain, words)


def test_an_index_that_never_answers_leaves_its_domain_incomplete_and_never_absent(
    archive: LocalArchive, tmp_path: Path
) -> None:
    archive.rules = faults.parse([index("nowhere.example", "hang")])
    with serving(archive) as url:
        run = crawl(tmp_path, url, domain="nowhere.example", settings={"DOWNLOAD_TIMEOUT": 1})
    assert_incomplete(run, archive, "nowhere.example", "imeout")


def assert_incomplete(run: Run, archive: LocalArchive, domain: str, words: str) -> None:
    """The domain has a row that says why, and the index was asked for fewer rows each time."""
    row = run.absence(domain)
    assert row is not None and row["outcome"] == "incomplete", row
    assert words in row["reason"]
    asked = [entry["path"] for entry in archive.log if f"url={domain}&" in entry["path"]]
    # Later it is asked for single years, and whether it has anything of the host.
    asked = [path for path in asked if "from=" not in path and "matchType=host" not in path]
    limits = [int(path.partition("limit=")[2].partition("&")[0]) for path in asked]
    if domain == "brinehouse.example":  # Twisted itself sends a request again whose connection was dropped
        limits = sorted(set(limits), reverse=True)
    assert limits == [10_000, 5_000, 2_500], "asked again for fewer rows, and in the end given up"


def test_an_index_that_fails_once_is_asked_again(searched: tuple[Run, LocalArchive], undisturbed: Run) -> None:
    assert lasting(searched[0].of("framewright.example")) == lasting(undisturbed.of("framewright.example"))
    assert searched[0].absence("framewright.example") is None


def test_an_empty_page_with_a_key_is_not_the_end(searched: tuple[Run, LocalArchive], undisturbed: Run) -> None:
    run, archive = searched
    assert lasting(run.of("copperkettle.example")) == lasting(undisturbed.of("copperkettle.example"))
    asked = [e["path"] for e in archive.log if e["pool"] == "cdx" and "copperkettle" in e["path"]]
    assert ["resumeKey=" in path for path in asked] == [False, True]


@pytest.mark.parametrize("domain", ["tidelog.example", "mapleloop.example"])
def test_bad_rows_and_repeated_rows_change_nothing(
    domain: str, searched: tuple[Run, LocalArchive], undisturbed: Run
) -> None:
    assert lasting(searched[0].of(domain)) == lasting(undisturbed.of(domain))
    captures = [[row for row in lasting(run.captures) if row["domain"] == domain] for run in (searched[0], undisturbed)]
    assert captures[0] == captures[1]


def test_bad_rows_are_counted(searched: tuple[Run, LocalArchive]) -> None:
    assert "tidelog.example: 9 rows of the index could not be read" in searched[0].log


def test_a_key_that_repeats_ends_the_query_and_its_domain_is_incomplete(
    searched: tuple[Run, LocalArchive], undisturbed: Run
) -> None:
    run, archive = searched
    asked = [e for e in archive.log if e["pool"] == "cdx" and "yourinfo.html" in e["path"]]
    assert len(asked) == 2
    assert lasting(run.of("quietgarden.example")) == lasting(undisturbed.of("quietgarden.example"))
    row = run.absence("quietgarden.example")
    assert row is not None and row["outcome"] == "incomplete"
    assert "repeats its resume key" in row["reason"]


# --- ways through an archive of our own


@pytest.fixture(scope="module")
def wandered(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("wandered")
    far = "http://far.example"
    captures = [
        # ten days apart: one may stand for the other
        Record("20150101000000", "http://near.example/privacy", policy_page("a@near.example")),
        Record("20150111000000", "http://near.example/privacy", policy_page("b@near.example")),
        # a circle of two
        moved("20150101000000", "http://circle.example/privacy", "http://circle.example/a"),
        moved("20150101000001", "http://circle.example/a", "http://circle.example/privacy"),
        # six redirects: one too many
        moved("20150101000000", f"{far}/privacy", f"{far}/1"),
        *(moved(f"2015010100000{n}", f"{far}/{n}", f"{far}/{n + 1}") for n in range(1, 6)),
        Record("20150101000006", f"{far}/6", policy_page()),
        # five: just enough; the last one leads to another site
        moved("20150101000000", "http://five.example/privacy", "/1"),
        *(moved(f"2015010100000{n}", f"http://five.example/{n}", f"/{n + 1}") for n in range(1, 4)),
        moved("20150101000004", "http://five.example/4", "//elsewhere.example/legal"),
        Record("20150101000005", "http://elsewhere.example/legal", policy_page()),
        # the target was captured a month later: another visit
        moved("20150101000000", "http://late.example/privacy", "http://late.example/about"),
        Record("20150201000000", "http://late.example/about", policy_page()),
        # one part of a site is excluded
        Record("20150101000000", "http://part.example/privacy", policy_page()),
        Record("20150101000000", "http://secret.part.example/privacy", policy_page()),
    ]
    archive = open_archive([write_warc(folder / "ways.warc.gz", captures)], excluded=["secret.part.example"])
    near = {"action": "offer", "match": "/20150101000000id_/http://near", "timestamp": "20150111000000"}
    archive.rules = faults.parse([near])
    (folder / "domains.txt").write_text(
        "".join(f"{name}.example\n" for name in ("near", "circle", "far", "five", "late", "part"))
    )
    with serving(archive) as url:
        return crawl(folder / "data", url, domains=folder / "domains.txt")


def test_all_ways_come_to_an_end(wandered: Run) -> None:
    assert wandered.code == 0, wandered.log


def test_a_near_capture_that_is_offered_stands_in(wandered: Run) -> None:
    row = wandered.capture("20150101000000", "near.example")
    assert row["outcome"] == "unplayable"
    assert "captured 20150111000000" in row["detail"]
    (stored,) = wandered.of("near.example")
    assert digits(stored["captured_at"]) == "20150111000000"


def test_redirects_in_a_circle_are_left(wandered: Run) -> None:
    row = wandered.capture("20150101000000", "circle.example/privacy")
    assert row["outcome"] == "redirect"
    assert "circle" in row["detail"]


def test_five_redirects_are_followed_and_a_sixth_is_not(wandered: Run) -> None:
    row = wandered.capture("20150101000000", "far.example/privacy")
    assert (row["outcome"], row["detail"]) == ("redirect", "over 5 redirects")
    (stored,) = wandered.of("five.example")
    assert stored["policy_url"] == "http://elsewhere.example/legal"
    assert stored["redirects"] == [
        "http://five.example/privacy", *(f"http://five.example/{n}" for n in range(1, 5)),
    ]  # fmt: skip
    assert digits(stored["requested_at"]) == "20150101000000"
    assert wandered.capture("20150101000000", "five.example/privacy")["outcome"] == "redirect"


def test_a_redirect_is_not_followed_into_another_time(wandered: Run) -> None:
    row = wandered.capture("20150101000000", "late.example/privacy")
    assert row["outcome"] == "redirect"
    assert "20150201000000" in row["detail"] and "31 days" in row["detail"], row


def test_an_exclusion_page_with_status_200_is_no_policy_and_excludes_nothing_else(wandered: Run) -> None:
    row = wandered.capture("20150101000000", "http://secret.part.example/privacy")
    assert (row["outcome"], row["detail"]) == ("unplayable", "the archive does not show this site")
    (stored,) = wandered.of("part.example")
    assert stored["policy_url"] == "http://part.example/privacy"
    assert wandered.absence("part.example") is None
