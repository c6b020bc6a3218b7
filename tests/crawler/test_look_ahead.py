"""A look at a domain before it is crawled."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from scrapy.http import Response

from crawler.archives.cdx import Page, Query
from crawler.archives.internet_archive import InternetArchive
from crawler.local_archive import faults
from crawler.local_archive.server import LocalArchive, serving
from crawler.look_ahead import MOST_ROWS, IndexLook, LookAhead, look_ahead, report
from tests.crawler.planning.test_costs import COOKIES, PRIVACY, row, twice_a_year
from tests.support.commands import scrapy
from tests.support.forked import ForkedScrapy
from tests.support.processes import PATIENCE, ROOT

BUDGETS = (24.0, 480.0)
NOBODY = "http://127.0.0.1:9"  # "discard" (RFC 863): nothing listens there


def looked(page: Page) -> LookAhead:
    return look_ahead("a.test", "web.archive.org", page, BUDGETS, timedelta(days=730))


# --- the report


def test_the_report_tells_addresses_years_and_what_each_plan_takes() -> None:
    rows = [*twice_a_year(2001, 2003), row("2002", COOKIES), row("2002", "http://other.test/privacy")]
    lines = report(looked(Page(rows, None, 0)), BUDGETS).splitlines()
    assert lines[0] == "a.test in web.archive.org: 7 captures of 2 addresses that may hold its policy, by their words"
    assert lines[3].split() == ["[1]", "6", "6", "2001", "2003", "yes", PRIVACY]
    assert lines[4].split() == ["[2]", "1", "1", "2002", "2002", "yes", COOKIES]
    assert [line.split() for line in lines[6:10]] == [
        ["year", "[1]", "[2]"], ["2001", "2"], ["2002", "2", "1"], ["2003", "2"],
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[11:15]] == ["plan", "versions", "grid", "all"]
    assert lines[13].split() == ["grid", "7", "7", "under", "a", "minute"]


def test_the_time_is_that_of_the_budgets() -> None:
    found = looked(Page([row(f"20{year:02}{month:02}") for year in range(20) for month in range(1, 13)], None, 0))
    assert found.requests["all"].most == 240
    assert found.seconds["all"][1] == pytest.approx((60 / 24 + 240 * 60 / 480) / 0.98, abs=0.1)
    unlimited = look_ahead("a.test", "x", Page([row("2001")], None, 0), (0, 0), timedelta(days=730))
    assert unlimited.seconds["all"] == (0, 0) and "to playback, without a limit." in report(unlimited, (0, 0))


@pytest.mark.parametrize("page", [Page([row("2001")], "key", 0), Page([row("2001")], None, MOST_ROWS - 1)])
def test_an_index_with_more_than_one_answer_holds_is_told(page: Page) -> None:
    assert not looked(page).is_whole and "these are not all" in report(looked(page), BUDGETS)


def test_where_no_address_tells_the_report_says_what_a_crawl_does_then() -> None:
    found = report(looked(Page([], None, 0)), BUDGETS)
    assert "0 captures of 0 addresses" in found and "on up to 5 homepages" in found


def test_many_addresses_are_told_in_a_few_lines_and_harmless() -> None:
    rows = [row("2001", f"http://a.test/{number}/privacy\x1b[2J") for number in range(30)]
    found = report(looked(Page(rows, None, 0)), BUDGETS)
    assert "and 20 addresses more: --json tells all" in found and "\x1b" not in found


# --- what the index answers


def look() -> IndexLook:
    return IndexLook(InternetArchive(), Query("a.test"))


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (503, b"", "HTTP 503 from the CDX server"),
        (504, b"", "HTTP 504 from the CDX server"),
        (200, b"<html>sorry</html>", "an error page in place of CDX rows"),
    ],
)
def test_an_answer_without_captures_is_told_in_a_sentence(status: int, body: bytes, words: str) -> None:
    asked = look()
    asked.read(Response("http://archive.test/cdx", status, body=body))
    assert (asked.page, asked.exit_code) == (None, 3) and words in asked.problem


def test_a_body_that_was_cut_off_is_no_answer() -> None:
    asked = look()
    asked.read(Response("http://archive.test/cdx", 200, body=b"", flags=["dataloss"]))
    assert asked.page is None and "cut off" in asked.problem


def test_a_site_that_is_not_shown_is_told_apart() -> None:
    asked = look()
    asked.read(Response("http://archive.test/cdx", 403, body=b"AdministrativeAccessControlException"))
    assert asked.is_excluded and not asked.problem


# --- the command


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give one domain"),
        (("a.test", "b.test"), "give one domain"),
        (("a.test", "--fast"), "unknown option: --fast"),
        (("a.test", "-a", "plan=all"), "-a plan: allowed are since, until, archive, archive_url"),
    ],
)
def test_wrong_arguments_are_refused(
    arguments: tuple[str, ...], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(tmp_path, "plan", *arguments) == 2
    assert words in capsys.readouterr().err


def plan(url: str, domain: str, data_dir: Path) -> tuple[int | None, str]:
    """``scrapy plan``: its exit code, and what it says."""
    arguments = ["plan", domain, "--json", "-a", f"archive_url={url}", "-s", f"DATA_DIR={data_dir}"]
    process = ForkedScrapy(arguments, cwd=ROOT, env=os.environ)
    said, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, said


@pytest.mark.slow
def test_one_request_tells_and_nothing_is_written(archive: LocalArchive, tmp_path: Path) -> None:
    with serving(archive) as url:
        code, said = plan(url, "plumeria.example", tmp_path / "data")
        told = json.loads(said)
        assert code == 0 and told["is_whole"] and sum(one["captures"] for one in told["addresses"]) == 17
        assert told["requests"]["all"]["most"] == 8
        assert len(archive.log) == 1
        assert plan(url, "vault33.example", tmp_path / "data") == (2, f"{url[7:]} does not show vault33.example\n")
        assert len(archive.log) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_request_without_an_answer_is_not_sent_again(archive: LocalArchive, tmp_path: Path) -> None:
    archive.rules = faults.parse([{"action": "drop", "pool": "cdx"}])
    with serving(archive) as url:
        code, said = plan(url, "plumeria.example", tmp_path)
    assert code == 3 and said.startswith("the index did not answer: ") and len(said.splitlines()) == 1
    assert len(archive.log) == 1


@pytest.mark.slow
def test_an_archive_that_refuses_is_asked_once_and_then_left_alone(archive: LocalArchive, tmp_path: Path) -> None:
    archive.rules = faults.parse([{"action": "error", "pool": "cdx", "status": 429}])
    with serving(archive) as url:
        code, said = plan(url, "plumeria.example", tmp_path)
        assert code == 4 and said.startswith("the archive answered 429") and len(said.splitlines()) == 1
        code, said = plan(url, "plumeria.example", tmp_path)
        assert code == 4 and "has asked crawls of this machine to wait" in said
        assert len(archive.log) == 1
    code, said = plan(NOBODY, "plumeria.example", tmp_path)
    assert code == 4 and "connection refused" in said and len(said.splitlines()) == 1
