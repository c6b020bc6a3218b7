"""Ways through an archive of our own: redirects, offers and exclusions."""

from __future__ import annotations

import pytest

from crawler.local_archive import faults
from crawler.local_archive.server import open_archive, serving
from tests.support.pages import policy_page
from tests.support.processes import Run, crawl, digits
from tests.support.warc import Record, moved, write_warc

pytestmark = pytest.mark.slow


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
