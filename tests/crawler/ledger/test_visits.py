"""Visits of known domains, from the taking to the end, on a real ledger: what they ask, and what becomes of it."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from crawler.known import NOT_SHOWN
from crawler.ledger.tables import Stale
from crawler.planning import visits
from tests.support.played_crawl import Played, PlayedArchive, ago

POLICY = "http://a.com/privacy"
ONE = Counter(playback=1)


@pytest.fixture(autouse=True)
def _its_day_of_the_half_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """``a.com`` has the day on which it is searched again four months ago, whichever day it is today."""
    period = visits.Pace().rediscover.total_seconds()
    share = (time.time() - 120 * 86_400) % period / period
    digest = int(share * 2**64).to_bytes(8, "big")
    monkeypatch.setattr(visits, "hashlib", SimpleNamespace(sha256=lambda _: SimpleNamespace(digest=lambda: digest)))


@pytest.fixture
def site(tmp_path: Path) -> Played:
    """``a.com`` with a policy, crawled once, a week ago."""
    archive = PlayedArchive()
    for days in (700, 400, 100, 40):
        archive.add(POLICY, ago(days), "policy A")
    archive.add("http://a.com/", ago(300), "link http://a.com/privacy")
    return first(tmp_path, archive)


@pytest.fixture
def without_policy(tmp_path: Path) -> Played:
    """``a.com`` with a homepage alone, crawled once."""
    archive = PlayedArchive()
    archive.add("http://a.com/", ago(300), "a homepage")
    return first(tmp_path, archive)


def first(folder: Path, archive: PlayedArchive) -> Played:
    played = Played(folder, archive)
    played.crawl("a.com")
    played.later(100)
    return played


def test_where_nothing_is_newer_a_visit_costs_one_playback_request_and_no_query(site: Played) -> None:
    before = site.domain("a.com")
    assert not site.is_known_through_now("a.com")
    assert site.crawl("a.com") == ONE
    assert site.asked == [f"playback {POLICY}"]
    after = site.domain("a.com")
    assert (after["outcome"], after["detail"]) == (before["outcome"], before["detail"]) == ("found", None)
    assert site.is_known_through_now("a.com")


def test_a_visit_without_news_leaves_all_captures_and_the_history_as_they_are(site: Played) -> None:
    site.crawl("a.com", plan="grid")  # does not need all of them
    facts = "SELECT url, timestamp, state, outcome, detail FROM captures WHERE role = 'policy' ORDER BY id"
    before = site.ledger.db.execute(facts).fetchall()
    site.ledger.db.execute("DELETE FROM stale")
    site.ledger.db.commit()
    site.later(40)
    assert site.crawl("a.com", plan="grid", refresh="1d") == ONE
    assert site.ledger.db.execute(facts).fetchall() == before
    assert site.ledger.db.execute("SELECT degree FROM stale").fetchall() == [(Stale.DATES,)]


def test_a_newer_capture_with_the_same_text_is_a_sighting_more_for_two_requests(site: Played) -> None:
    site.played.add(POLICY, ago(3), "policy A")
    assert site.crawl("a.com") == Counter(playback=2)
    assert site.texts("a.com")[-1] == (ago(3)[:8], "policy A")
    site.later(100)
    assert site.crawl("a.com") == ONE


def test_of_another_text_the_index_is_asked_since_the_last_capture_and_the_change_is_dated(site: Played) -> None:
    for days in range(39, 0, -2):
        site.played.add(POLICY, ago(days), f"policy {'A' if days > 20 else 'B'}")
    site.played.add("http://a.com/privacy-policy", ago(2), "policy C")
    asked = site.crawl("a.com")
    assert asked["cdx"] == 1 and f"cdx exact {POLICY}" in site.asked
    assert asked["playback"] < 8
    old, new = site.texts("a.com")[-2:]
    assert (old[1], new[1]) == ("policy A", "policy B")
    assert int(new[0]) > int(old[0]) >= int(ago(39)[:8])


def test_with_the_plan_all_the_index_is_asked_for_all_that_is_newer(tmp_path: Path) -> None:
    archive = PlayedArchive([(POLICY, ago(400), "policy A"), (POLICY, ago(300), "policy B")])
    played = Played(tmp_path, archive)
    played.crawl("a.com", plan="all")
    played.later(100)
    for days in (30, 20, 10):
        archive.add(POLICY, ago(days), f"policy {days}")
    archive.add(POLICY, ago(5), "policy B")
    assert played.crawl("a.com", plan="all")["cdx"] == 1
    words = ["A", "B", "30", "20", "10", "B"]
    assert [text for _, text in played.texts("a.com")] == [f"policy {word}" for word in words]


@pytest.mark.parametrize("now", ["-> http://a.com/legal/privacy", "an error page", None])
def test_a_policy_that_is_gone_from_its_address_is_found_again(now: str | None, site: Played) -> None:
    site.played.add("http://a.com/legal/privacy", ago(3), "policy B")
    if now is None:
        site.played.captures = [one for one in site.played.captures if one[0] != POLICY]
    else:
        site.played.add(POLICY, ago(3), now)
    asked = site.crawl("a.com")
    assert "cdx domain a.com" in site.asked and asked["cdx"] <= 2
    assert site.texts("a.com")[-1] == (ago(3)[:8], "policy B")
    assert site.domain("a.com")["outcome"] == "found"
    site.later(100)
    assert site.crawl("a.com") == ONE
    assert site.asked == ["playback http://a.com/legal/privacy"]


def test_an_address_that_stays_gone_is_searched_for_once(site: Played) -> None:
    site.played.captures = [one for one in site.played.captures if one[0] != POLICY]
    assert site.crawl("a.com", refresh="1d")["cdx"] > 0
    for _ in range(3):
        site.later(2)
        assert site.crawl("a.com", refresh="1d") == ONE
        assert site.domain("a.com")["outcome"] == "found"


def test_an_address_that_still_shows_no_policy_is_not_searched_for_again(site: Played) -> None:
    site.played.add(POLICY, ago(30), "an error page")
    assert site.crawl("a.com")["cdx"] > 0
    site.later(100)
    site.played.add(POLICY, ago(3), "another error page")
    assert site.crawl("a.com") == Counter(playback=2)


def test_a_visit_that_playback_does_not_answer_leaves_until_when_all_is_known(site: Played) -> None:
    site.played.is_down = True
    site.crawl("a.com")
    row = site.domain("a.com")
    assert (row["outcome"], row["may_pass"]) == ("found", 1)
    assert not site.is_known_through_now("a.com")
    site.played.is_down = False
    assert site.crawl("a.com") == ONE
    assert (site.domain("a.com")["may_pass"], site.is_known_through_now("a.com")) == (0, True)


def test_an_archive_that_offers_no_newest_capture_is_asked_by_an_exact_query(site: Played) -> None:
    site.offers_newest = False
    assert site.crawl("a.com") == Counter(cdx=1)
    assert site.asked == [f"cdx exact {POLICY}"]
    site.later(100)
    site.played.add(POLICY, ago(3), "policy B")
    assert site.crawl("a.com") == Counter(cdx=1, playback=1)
    assert site.texts("a.com")[-1] == (ago(3)[:8], "policy B")


def test_the_whole_domain_is_asked_for_again_once_in_half_a_year_and_brings_what_the_index_gained(site: Played) -> None:
    site.played.add(POLICY, ago(900), "policy B")  # gained late
    site.later(200)
    site.crawl("a.com")
    assert "cdx domain a.com" in site.asked
    assert site.texts("a.com")[0] == (ago(900)[:8], "policy B")
    site.later(30)
    assert site.crawl("a.com", refresh="1d") == ONE


def test_what_a_visit_asked_the_index_about_is_no_query_more_of_a_later_search(site: Played) -> None:
    site.played.add(POLICY, ago(3), "policy B")
    assert site.crawl("a.com") == Counter(playback=2, cdx=1)
    site.later(200)
    assert site.crawl("a.com")["cdx"] == 1 and "cdx domain a.com" in site.asked


def test_a_domain_without_policy_is_asked_for_its_homepage(without_policy: Played) -> None:
    before = without_policy.domain("a.com")
    assert before["outcome"] == "no_policy_found"
    for is_captured in (False, True):
        if is_captured:
            without_policy.played.add("http://a.com/", ago(3), "another homepage")
        assert without_policy.crawl("a.com", refresh="1d") == Counter(playback=1 + is_captured)
        assert set(without_policy.asked) == {"playback http://a.com/"}
        after = without_policy.domain("a.com")
        assert (after["outcome"], after["detail"]) == (before["outcome"], before["detail"])
        assert without_policy.is_known_through_now("a.com")
        without_policy.later(2)


def test_a_homepage_that_a_visit_saw_is_known_to_the_next_search(without_policy: Played) -> None:
    without_policy.crawl("a.com")
    without_policy.later(200)
    without_policy.crawl("a.com")
    assert "cdx domain a.com" in without_policy.asked
    assert without_policy.domain("a.com")["outcome"] == "no_policy_found"


def test_a_new_homepage_that_links_to_a_policy_leads_to_it(without_policy: Played) -> None:
    without_policy.played.add("http://a.com/", ago(3), "link http://a.com/our-word")
    without_policy.played.add("http://a.com/our-word", ago(2), "policy A")
    without_policy.crawl("a.com")
    assert "cdx exact http://a.com/our-word" in without_policy.asked
    assert without_policy.domain("a.com")["outcome"] == "found"
    without_policy.later(100)
    assert without_policy.crawl("a.com") == ONE
    assert without_policy.asked == ["playback http://a.com/our-word"]


def test_a_domain_that_was_not_archived_is_searched_once_its_homepage_is(tmp_path: Path) -> None:
    played = first(tmp_path, PlayedArchive())
    assert played.domain("a.com")["outcome"] == "not_archived"
    assert played.crawl("a.com", refresh="1d") == ONE
    assert played.domain("a.com")["outcome"] == "not_archived"
    played.played.add("http://a.com/", ago(3), "a homepage")
    played.played.add(POLICY, ago(2), "policy A")
    played.later(40)
    played.crawl("a.com", refresh="1d")
    assert played.domain("a.com")["outcome"] == "found"


def test_an_excluded_domain_is_asked_for_its_homepage_and_searched_once_that_is_shown(site: Played) -> None:
    site.played.excluded = {"a.com"}
    assert site.crawl("a.com", refresh="1d") == Counter(playback=1, cdx=1)
    row = site.domain("a.com")
    assert (row["outcome"], row["detail"]) == ("found", NOT_SHOWN)
    since = row["excluded_since"]
    site.later(40)
    assert site.crawl("a.com", refresh="1d") == ONE
    assert site.asked == ["playback http://a.com/"]
    row = site.domain("a.com")
    assert (row["outcome"], row["detail"], row["excluded_since"]) == ("found", NOT_SHOWN, since)
    assert not site.is_known_through_now("a.com")
    site.played.excluded = set()
    site.later(40)
    site.crawl("a.com", refresh="1d")
    assert "cdx domain a.com" in site.asked
    assert (site.domain("a.com")["detail"], site.domain("a.com")["excluded_since"]) == (None, None)


def test_a_domain_that_was_never_shown_is_asked_for_its_homepage(tmp_path: Path) -> None:
    played = first(tmp_path, PlayedArchive(excluded={"a.com"}))
    assert played.crawl("a.com", refresh="1d") == ONE
    assert played.domain("a.com")["outcome"] == "excluded"


def test_an_incomplete_domain_without_an_address_is_searched_again(tmp_path: Path) -> None:
    played = Played(tmp_path, PlayedArchive(is_down=True))
    for _ in range(3):
        played.crawl("a.com")
    assert (played.domain("a.com")["outcome"], played.domain("a.com")["may_pass"]) == ("incomplete", 0)
    played.later(100)
    played.crawl("a.com", refresh="1d")
    assert "cdx domain a.com" in played.asked
