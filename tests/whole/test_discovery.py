"""How a policy is found where its address does not tell, and followed where it moves: one real crawl of small sites."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import brotli
import pytest

from crawler.local_archive import faults
from crawler.local_archive.server import LocalArchive, open_archive, serving
from tests.support.pages import policy_page
from tests.support.processes import Run, crawl, digits
from tests.support.warc import Record, moved, write_warc

pytestmark = pytest.mark.slow

REFRESH = '<html><head><meta http-equiv="refresh" content="0; url={}"></head><body></body></html>'
YEARS = range(2005, 2025)


def homepage(date: str, domain: str, href: str, words: str = "Privacy Policy") -> Record:
    return Record(date, f"http://{domain}/", f'<html><body><p>Welcome</p><a href="{href}">{words}</a></body></html>')


def policy(date: str, url: str, text: str = "") -> Record:
    return Record(date, url, policy_page(text or f"privacy@{date[:4]}.example", mark=date))


def yearly(url: str, first: int, last: int) -> list[Record]:
    return [policy(f"{year}0301120000", url, "privacy@shop.example") for year in range(first, last)]


def page(date: str, url: str, body: str) -> Record:
    return Record(date, url, f"<html><head><title>{url}</title></head><body>{body}</body></html>")


def packed(capture: Record, coding: str) -> Record:
    """The capture as a server sent it, compressed."""
    body = {"gzip": gzip.compress, "br": brotli.compress}[coding](str(capture.body).encode())
    return replace(capture, body=body, headers=(*capture.headers, ("Content-Encoding", coding)))


SITES: dict[str, list[Record]] = {
    # moves to another host: an archived redirect says so
    "newhost.example": [
        *yearly("http://newhost.example/privacy", 2005, 2015),
        moved("20150301120000", "http://newhost.example/privacy", "http://www.bigger.example/en/policy.html"),
        moved("20180301120000", "http://newhost.example/privacy", "http://www.bigger.example/en/policy.html"),
        *yearly("http://www.bigger.example/en/policy.html", 2015, 2025),
    ],
    # moves, and no redirect was captured: only the homepage knows
    "silent.example": [
        *yearly("http://silent.example/privacy.html", 2005, 2014),
        *(homepage(f"{year}0501000000", "silent.example", "/privacy.html") for year in range(2005, 2014)),
        *(homepage(f"{year}0501000000", "silent.example", "/page?id=7") for year in range(2014, 2025)),
        *yearly("http://silent.example/page?id=7", 2014, 2025),
    ],
    # both the homepage and the policy hide behind a page that only leads on
    "refresh.example": [
        Record("20070301000000", "http://refresh.example/privacy", REFRESH.format("/p/main")),
        policy("20070301000005", "http://refresh.example/p/main"),
    ],
    "frames.example": [
        page("20020301000000", "http://frames.example/", '<frameset><frame src="/menu.html"></frameset>'),
        page("20020301000003", "http://frames.example/menu.html", '<a href="/smallprint.htm">Privacy policy</a>'),
        policy("20020401000000", "http://frames.example/smallprint.htm"),
    ],
    # homepages that were stored compressed
    "zipped.example": [
        *(packed(homepage(f"{year}0501000000", "zipped.example", "/page?id=7"), "gzip") for year in YEARS),
        *yearly("http://zipped.example/page?id=7", 2005, 2025),
    ],
    "brotli.example": [
        *(packed(homepage(f"{year}0501000000", "brotli.example", "/page?id=7"), "br") for year in YEARS),
        *yearly("http://brotli.example/page?id=7", 2005, 2025),
    ],
    "zippedframes.example": [
        packed(
            page("20020301000000", "http://zippedframes.example/", '<frameset><frame src="/menu.html"></frameset>'),
            "gzip",
        ),
        page("20020301000003", "http://zippedframes.example/menu.html", '<a href="/smallprint.htm">Privacy policy</a>'),
        policy("20020401000000", "http://zippedframes.example/smallprint.htm"),
    ],
    # frames within frames and refreshes in a row are not followed on and on
    "endless.example": [
        Record("20070301000000", "http://endless.example/privacy", REFRESH.format("/p/1")),
        Record("20070301000002", "http://endless.example/p/1", REFRESH.format("/p/2")),
        policy("20070301000004", "http://endless.example/p/2"),
    ],
    # policies on other sites: a provider's, and the organisation's own
    "parked.example": [
        homepage("20100101000000", "parked.example", "http://parkingcompany.example/privacy"),
        policy("20100201000000", "http://parkingcompany.example/privacy", "privacy@parkingcompany.example"),
    ],
    "branch.example": [
        homepage("20100101000000", "branch.example", "http://headoffice.example/legal/privacy"),
        policy("20100201000000", "http://headoffice.example/legal/privacy", "privacy@branch.example"),
    ],
    # too large for a query over the whole domain
    "huge.example": [
        homepage("20110601000000", "huge.example", "/privacy"),
        *yearly("http://huge.example/privacy", 2008, 2016),
    ],
    "large.example": [*yearly("http://large.example/privacy-policy", 2008, 2016)],
    # so large that the index stops before it comes to the policy, and does not say so; no homepage links to it
    "stopping.example": [
        page("20110601000000", "http://stopping.example/", "<p>Welcome to our shop of desks and lamps.</p>" * 3),
        *(page(f"2011060{day}000000", "http://stopping.example/a", "<p>Desks</p>") for day in range(1, 9)),
        *yearly("http://stopping.example/privacy", 2008, 2016),
    ],
    # a homepage that redirects to itself under https
    "secure.example": [
        moved("20110601000000", "http://secure.example/", "https://www.secure.example/"),
        Record("20110601000002", "https://www.secure.example/", '<a href="/rules">Privacy Policy</a>'),
        *yearly("https://www.secure.example/rules", 2008, 2025),
    ],
    # a page about privacy stands where the policy is expected
    "hub.example": [
        *(page(f"{year}0201000000", "http://hub.example/privacy", "<p>We care. Read on.</p>" * 9) for year in YEARS),
        *yearly("http://hub.example/help/privacy-statement", 2005, 2025),
    ],
    "cookies.example": [
        page(
            "20150101000000", "http://cookies.example/cookie-policy", "<h1>Cookie Policy</h1>" + "<p>Cookies.</p>" * 40
        ),
        homepage("20150601000000", "cookies.example", "/node/27"),
        *yearly("http://cookies.example/node/27", 2010, 2020),
    ],
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> LocalArchive:
    warc = tmp_path_factory.mktemp("discovery") / "sites.warc.gz"
    captures = [capture for site in SITES.values() for capture in site]
    too_large = {
        "action": "error",
        "pool": "cdx",
        "match": r"(?=.*url=(huge|large)\.example(&|$)).*matchType=domain",
        "status": 504,
    }
    stops = {"action": "scan_limit", "pool": "cdx", "match": "(?=.*stopping).*matchType=domain", "rows": 9}
    return LocalArchive(open_archive([write_warc(warc, captures)]).index, rules=faults.parse([too_large, stops]))


@pytest.fixture(scope="module")
def run(archive: LocalArchive, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("crawl")
    names = folder / "domains.txt"
    names.write_text("\n".join(SITES))
    with serving(archive) as url:
        everything = {"CDX_PAGE_ROWS": 5000, "BELIEVED_DAYS": 0}  # so that each capture that was found is a row
        yield crawl(folder / "data", url, domains=names, settings=everything)


def rows(run: Run, domain: str) -> list[dict[str, Any]]:
    return sorted(run.of(domain), key=lambda row: row["captured_at"])


def asked(archive: LocalArchive, pool: str, words: str) -> list[str]:
    return [entry["path"] for entry in archive.log if entry["pool"] == pool and words in entry["path"]]


def test_the_crawl_ends_with_what_the_index_could_not_answer_left(run: Run) -> None:
    assert run.code == 3 and "of 2 domains not all could be had" in run.log, run.log


def test_a_policy_that_moves_to_a_new_host_by_redirect_goes_on_there(run: Run, archive: LocalArchive) -> None:
    found = rows(run, "newhost.example")
    assert {row["captured_at"].year for row in found} == set(range(2005, 2025))
    assert all(row["primary"] for row in found)
    later = [row for row in found if row["captured_at"].year >= 2015]
    assert {row["policy_url"] for row in later} == {"http://www.bigger.example/en/policy.html"}
    assert {row["found_by"] for row in later} == {"redirect"}
    assert len(asked(archive, "cdx", "newhost.example")) + len(asked(archive, "cdx", "bigger.example")) == 2


def test_a_hand_over_shows_in_the_captures(run: Run) -> None:
    redirect = run.capture("20150301120000", "newhost.example")
    assert redirect["outcome"] == "redirect" and "bigger.example/en/policy.html" in redirect["detail"]
    assert run.capture("20150301120000", "bigger.example")["outcome"] == "stored"


def test_a_policy_that_moves_without_a_redirect_is_found_by_the_homepages_link(run: Run) -> None:
    found = rows(run, "silent.example")
    assert {row["captured_at"].year for row in found if row["primary"]} == set(range(2005, 2025))
    after = [row for row in found if row["captured_at"].year >= 2014]
    assert {(row["policy_url"], row["found_by"], row["link_text"]) for row in after} == {
        ("http://silent.example/page?id=7", "homepage_link", "Privacy Policy")
    }


def test_a_meta_refresh_is_followed_once_inside_the_archive(run: Run) -> None:
    (row,) = rows(run, "refresh.example")
    assert row["policy_url"] == "http://refresh.example/p/main" and row["primary"]
    assert row["redirects"] == ["http://refresh.example/privacy"]


def test_a_second_refresh_is_not_followed(run: Run, archive: LocalArchive) -> None:
    assert rows(run, "endless.example") == []
    assert asked(archive, "playback", "endless.example/p/1") and not asked(archive, "playback", "endless.example/p/2")


def test_a_framesets_frames_are_searched_for_the_link(run: Run) -> None:
    (row,) = rows(run, "frames.example")
    assert (row["policy_url"], row["found_by"]) == ("http://frames.example/smallprint.htm", "homepage_link")
    assert row["primary"]


@pytest.mark.parametrize("domain", ["zipped.example", "brotli.example"])
def test_a_homepage_that_is_stored_compressed_gives_its_links(run: Run, domain: str) -> None:
    found = rows(run, domain)
    assert {row["captured_at"].year for row in found} == set(YEARS)
    assert {(row["policy_url"], row["found_by"]) for row in found} == {
        (f"http://{domain}/page?id=7", "homepage_link"),
    }


def test_a_frameset_that_is_stored_compressed_leads_to_its_frames(run: Run) -> None:
    (row,) = rows(run, "zippedframes.example")
    assert row["policy_url"] == "http://zippedframes.example/smallprint.htm"


def test_a_policy_on_another_site_is_kept_with_whose_it_is(run: Run) -> None:
    (parked,), (branch,) = rows(run, "parked.example"), rows(run, "branch.example")
    assert (parked["policy_url"], parked["policy_owner"]) == ("http://parkingcompany.example/privacy", "other")
    assert branch["policy_owner"] == "same_organisation"
    assert {row["policy_owner"] for row in rows(run, "silent.example")} == {"same_domain"}


def test_a_domain_the_index_cannot_answer_for_is_found_by_the_homepages_link_and_stays_incomplete(
    run: Run, archive: LocalArchive
) -> None:
    found = rows(run, "huge.example")
    assert {row["captured_at"].year for row in found} == set(range(2008, 2016))
    assert {row["found_by"] for row in found} == {"homepage_link"}
    absence = run.absence("huge.example")
    assert absence is not None and absence["outcome"] == "incomplete" and "504" in absence["reason"]
    assert not asked(archive, "cdx", "url=huge.example%2Fprivacy-policy")


def test_without_a_homepage_likely_addresses_are_asked_for_instead(run: Run, archive: LocalArchive) -> None:
    assert {row["captured_at"].year for row in rows(run, "large.example")} == set(range(2008, 2016))
    absence = run.absence("large.example")
    assert absence is not None and absence["outcome"] == "incomplete"


def test_a_policy_behind_the_place_where_the_index_stops_is_found_at_a_likely_address(run: Run) -> None:
    assert {row["captured_at"].year for row in rows(run, "stopping.example")} == set(range(2008, 2016))
    row = run.domains["stopping.example"]
    assert (row["outcome"], row["may_pass"]) == ("found", False) and "the index stops early" in row["reason"]


@pytest.mark.usefixtures("run")
def test_every_query_asks_for_as_many_rows_as_the_setting_says(archive: LocalArchive) -> None:
    narrower = asked(archive, "cdx", "large.example%2Fprivacy")
    assert narrower and all("limit=5000" in query for query in narrower)


def test_a_homepage_that_redirects_to_its_https_form_is_read_there(run: Run) -> None:
    assert {row["policy_url"] for row in rows(run, "secure.example")} == {"https://www.secure.example/rules"}


def test_a_page_about_privacy_does_not_take_the_policys_place(run: Run) -> None:
    primary = [row for row in rows(run, "hub.example") if row["primary"]]
    assert {row["captured_at"].year for row in primary} == set(YEARS)
    assert {row["policy_url"] for row in primary} == {"http://hub.example/help/privacy-statement"}


def test_a_cookie_policy_does_not_end_the_search_for_the_policy(run: Run) -> None:
    found = rows(run, "cookies.example")
    assert {row["policy_url"] for row in found if row["primary"]} == {"http://cookies.example/node/27"}
    assert {row["kind"] for row in found if not row["primary"]} <= {"cookie_policy", "other"}


def test_every_primary_is_a_privacy_policy_and_the_only_one_of_its_day(run: Run) -> None:
    primary = [row for row in run.policies if row["primary"]]
    assert {row["kind"] for row in primary} == {"privacy_policy"}
    days = [(row["domain"], digits(row["captured_at"])) for row in primary]
    assert len(days) == len(set(days))
