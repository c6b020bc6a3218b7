"""What a domain wants next, on a real ledger: queries and captures are answered by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.archives.cdx import Capture, Page
from crawler.arguments import Arguments
from crawler.known import WantedQuery, Words
from crawler.ledger import Ledger
from crawler.ledger.advance import Advanced, advance
from crawler.ledger.captures import VISIT_AGAIN, CaptureWork, Judged
from crawler.ledger.queries import QueryWork
from crawler.planning.likely import LIKELY_ADDRESSES
from crawler.planning.next_step import FEW_WORDS, NO_HOMEPAGE, ONLY_SCRIPTS, STOPS_EARLY, UNREAD
from pipelines.surt import key_of

TIMEOUT = "the archive answered 504"


class Domain:
    """``a.com`` in a crawl of its own; everything but the planning is played by the test."""

    def __init__(self, folder: Path, **arguments: str) -> None:
        self.ledger = Ledger(folder, page_rows=50)
        self.arguments = Arguments("domain", "a.com", **arguments)
        self.crawl_id = self.ledger.begin_crawl(self.arguments.as_dict(), "web.archive.org")
        self.id, _ = self.ledger.domains.open(self.crawl_id, "a.com")
        dates = {"since": self.arguments.since or None, "until": self.arguments.until or None}
        self.ledger.queries.add(self.crawl_id, self.id, WantedQuery("a.com", "domain", **dates))

    def next_queries(self) -> list[QueryWork]:
        advance(self.ledger, self.crawl_id, self.id, self.arguments)
        return self.ledger.queries.claim(self.crawl_id, 100, time.time())

    def next_captures(self) -> list[CaptureWork]:
        advance(self.ledger, self.crawl_id, self.id, self.arguments)
        return self.ledger.captures.claim(self.crawl_id, 100, time.time())

    def answer(self, query: QueryWork, *captures: str, key: str | None = None) -> None:
        """``20100101 http://a.com/privacy``: a capture's date and URL."""
        found = []
        for capture in captures:
            date, url = capture.split()
            found.append(Capture(key_of(url), date.ljust(14, "0"), url, "text/html", 200, date, 1000))
        self.ledger.queries.save_page(query, Page(found, key, 0), keep=[True] * len(found))

    def fail(self, queries: Sequence[QueryWork]) -> None:
        for query in queries:
            self.ledger.queries.end(query.id, "incomplete", TIMEOUT)

    def read(self, captures: Sequence[CaptureWork], kind: str) -> None:
        """Every capture is fetched, and is of this kind."""
        for capture in captures:
            judged = Judged("stored", content_key=kind, kind=kind, stored_url=capture.url, status=200)
            self.ledger.captures.fetched(capture.id, judged)

    def find_no_other_language(self) -> None:
        """The search for what other languages call a policy finds nothing."""
        (query,) = self.next_queries()
        assert (query.match_type, query.words) == ("domain", Words.OTHER)
        self.answer(query)

    def visit_in_vain(self, outcome: str = "looked_at") -> list[str]:
        """Takes the visits that are wanted, none of which shows a link; gives their years.

        No likely address is archived.
        """
        years: list[str] = []
        while captures := self.next_captures():
            assert {capture.role for capture in captures} <= {"homepage", "likely"}
            for capture in captures:
                if capture.role == "likely":
                    self.ledger.captures.settle(capture, "not_archived")
                else:
                    years.append(capture.timestamp[:4])
                    self.ledger.captures.settle(capture, outcome)
        return years

    def likely(self) -> list[CaptureWork]:
        """Takes visits that show no link, until playback is asked for likely addresses."""
        while captures := self.next_captures():
            if captures[0].role == "likely":
                return captures
            for capture in captures:
                self.ledger.captures.settle(capture, "looked_at", served=capture.timestamp)
        return []

    def offer(self, works: Sequence[CaptureWork], *paths: str) -> None:
        """Playback names captures of these addresses, and has none of the others."""
        for work in works:
            is_there = work.url in {f"http://a.com/{path}" for path in paths}
            self.ledger.captures.settle(work, "offered" if is_there else "not_archived", served="20150301120000")
            if is_there:
                self.ledger.likely.enter(work, work.url, "20150301120000")

    def led_to(self, url: str, kind: str) -> None:
        """The search brings nothing, a homepage links to this address, and the index has two captures of it."""
        self.answer(*self.next_queries())
        self.ledger.queries.add_address(self.crawl_id, self.id, WantedQuery(url, found_by="homepage_link"))
        self.answer(*self.next_queries(), f"20100101 {url}", f"20160101 {url}")
        self.read_all(kind)

    def read_all(self, kind: str) -> None:
        """Every capture is of this kind; homepages show no link, and no likely address is archived."""
        while captures := self.next_captures():
            for capture in captures:
                if capture.role == "policy":
                    self.read([capture], kind)
                elif capture.role == "likely":
                    self.ledger.captures.settle(capture, "not_archived")
                else:
                    self.ledger.captures.settle(capture, "looked_at", served=capture.timestamp)

    def miss(self, captures: Sequence[CaptureWork]) -> None:
        """None of the captures can be loaded, however often they are asked for."""
        for capture in captures:
            self.ledger.captures.give_up(capture, "unplayable", TIMEOUT)

    def crawl_again(self, *, after: timedelta = timedelta(0)) -> None:
        """The crawl is finished, and another one takes the domain, some time afterwards.

        Where nothing is archived, the index has nothing of the host either.
        """
        for query in self.next_queries():
            assert query.match_type == "host"
            self.answer(query)
        assert self.ending[0] == "done"
        self.ledger.db.execute("UPDATE captures SET not_before = not_before - ?", (after.total_seconds(),))
        self.ledger.db.commit()
        self.ledger.end_crawl(self.crawl_id, 0, {"cdx": 1, "playback": 1})
        self.crawl_id = self.ledger.begin_crawl(self.arguments.as_dict(), "web.archive.org")
        self.ledger.domains.open(self.crawl_id, "a.com")
        self.ledger.queries.add(self.crawl_id, self.id, WantedQuery("a.com", "domain"))

    @property
    def ending(self) -> tuple[str, str | None, str | None]:
        advance(self.ledger, self.crawl_id, self.id, self.arguments)
        return self.ledger.db.execute("SELECT state, outcome, detail FROM domains").fetchone()


@pytest.fixture
def domain(tmp_path: Path) -> Domain:
    return Domain(tmp_path)


def test_nothing_is_planned_while_something_is_under_way(domain: Domain) -> None:
    (query,) = domain.next_queries()
    assert domain.next_queries() == [] and domain.next_captures() == []
    domain.answer(query, "20100101 http://a.com/privacy")
    assert len(domain.next_captures()) == 1


def test_a_step_tells_what_may_come_later_and_a_domain_that_is_done_nothing(domain: Domain) -> None:
    def step() -> Advanced | None:
        return advance(domain.ledger, domain.crawl_id, domain.id, domain.arguments)

    (query,) = domain.next_queries()
    domain.answer(query, *(f"20{year:02}0101 http://a.com/privacy" for year in range(5, 15)))
    first = step()
    assert first is not None and first.later is not None and first.later.most > 0
    domain.read(domain.next_captures(), "privacy_policy")
    while captures := domain.next_captures():
        domain.read(captures, "privacy_policy")
    done = [step(), step()]
    assert [told and told.later for told in done] == [None, None]


def test_a_domain_without_captures_of_policy_or_homepage_is_not_archived(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    assert len(domain.visit_in_vain("not_archived")) == 1
    (query,) = domain.next_queries()
    assert (query.url, query.match_type) == ("a.com", "host")
    domain.answer(query)
    assert domain.ending[:2] == ("done", "not_archived")


def test_a_domain_without_a_homepage_of_which_the_index_lists_other_pages_is_incomplete(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.visit_in_vain("not_archived")
    (query,) = domain.next_queries()
    page = Page([Capture("com,a)/cats", "20100101000000", "http://a.com/cats", "text/html", 200, "A", 1)], "more", 0)
    domain.ledger.queries.save_page(query, page, keep=[False])
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", NO_HOMEPAGE)


def test_a_domain_whose_homepages_show_no_link_has_no_policy_to_find(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    assert len(domain.visit_in_vain()) == 5
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_domain_whose_homepage_could_not_be_loaded_is_incomplete_and_looked_at_again_by_a_later_crawl(
    domain: Domain,
) -> None:
    domain.answer(*domain.next_queries())
    first = domain.next_captures()
    domain.miss(first)
    assert len(domain.visit_in_vain()) == 4
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", TIMEOUT)
    domain.crawl_again()
    domain.answer(*domain.next_queries())
    assert [visit.timestamp[:4] for visit in domain.next_captures()] == [visit.timestamp[:4] for visit in first]


@pytest.mark.parametrize("outcome", ["not_archived", "looked_at"])
def test_a_domain_without_a_policy_is_looked_at_again_by_a_later_crawl_though_not_by_the_next(
    outcome: str, domain: Domain
) -> None:
    def look() -> list[str]:
        domain.answer(*domain.next_queries())
        years = domain.visit_in_vain(outcome)
        if outcome == "looked_at":
            domain.find_no_other_language()
        return years

    first = look()
    domain.crawl_again()
    assert look() == []
    domain.crawl_again(after=VISIT_AGAIN)
    assert look() == first


def test_the_years_behind_the_last_policy_are_looked_at_again_by_a_later_crawl(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20000101 http://a.com/privacy", "20200101 http://a.com/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.read(domain.next_captures(), "privacy_policy")
    assert sorted(domain.visit_in_vain()) == ["1999", "2009", "2020"]
    domain.crawl_again(after=VISIT_AGAIN)
    domain.answer(*domain.next_queries())
    assert domain.visit_in_vain() == ["2020"]


def test_a_domain_whose_captures_could_not_be_loaded_is_incomplete_and_its_captures_are_tried_again_by_a_later_crawl(
    domain: Domain,
) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    domain.miss(domain.next_captures())
    domain.visit_in_vain("not_archived")
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", TIMEOUT)
    domain.crawl_again()
    domain.answer(*domain.next_queries())
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    assert domain.ending == ("done", "found", None)


def test_a_capture_that_could_not_be_loaded_beside_others_that_are_no_policy_leaves_nothing_open(
    domain: Domain,
) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy", "20150101 http://a.com/privacy")
    read, *missed = domain.next_captures()
    domain.ledger.captures.settle(read, "not_policy")
    domain.miss(missed or domain.next_captures())
    domain.visit_in_vain()
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_domain_with_nothing_but_a_cookie_policy_is_searched_and_has_no_policy(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/cookie-policy")
    domain.read(domain.next_captures(), "cookie_policy")
    assert len(domain.visit_in_vain()) == 5
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_domain_with_a_policy_ends_as_found(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    assert domain.ending == ("done", "found", None)


def test_the_best_address_is_tried_with_one_capture_before_anything_else_is_fetched(domain: Domain) -> None:
    years = [f"{year}0101" for year in range(1998, 2025)]
    domain.answer(
        *domain.next_queries(),
        *(f"{date} http://a.com/privacy" for date in years),
        *(f"{date} http://a.com/cookies" for date in years),
    )
    (probe,) = domain.next_captures()
    assert probe.url == "http://a.com/privacy"
    domain.read([probe], "privacy_policy")
    assert {capture.url for capture in domain.next_captures()} == {"http://a.com/privacy", "http://a.com/cookies"}


def test_what_other_languages_call_a_policy_is_searched_for_once_where_nothing_else_told_it(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.visit_in_vain()
    (query,) = domain.next_queries()
    assert (query.url, query.match_type, query.words) == ("a.com", "domain", Words.OTHER)
    domain.answer(query, "20100101 http://a.com/gizlilik")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    assert domain.next_queries() == []
    assert domain.ending == ("done", "found", None)


def test_a_search_for_other_languages_without_an_answer_leaves_the_domain_incomplete_and_asks_for_nothing_more(
    domain: Domain,
) -> None:
    domain.answer(*domain.next_queries())
    domain.visit_in_vain()
    domain.fail(domain.next_queries())
    assert domain.next_queries() == []
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_a_domain_that_could_be_searched_by_a_few_words_only_is_incomplete_unless_they_find_the_policy(
    domain: Domain,
) -> None:
    (query,) = domain.next_queries()
    domain.ledger.queries.retry(replace(query, words=Words.FEW), 0, "HTTP 414")
    domain.answer(*domain.next_queries())
    domain.visit_in_vain()
    assert domain.next_queries() == []
    assert domain.ending == ("done", "incomplete", FEW_WORDS)


def test_an_excluded_domain_is_left_alone(domain: Domain) -> None:
    (query,) = domain.next_queries()
    domain.ledger.queries.end(query.id, "excluded", "Blocked Site Error")
    domain.ledger.domains.exclude(domain.id)
    assert domain.next_captures() == [] and domain.next_queries() == []
    assert domain.ending == ("done", "excluded", "the archive does not show this site")


def narrow(domain: Domain) -> Iterator[list[QueryWork]]:
    """The steps of narrower queries of a domain whose homepages show nothing; each has to be answered by the test."""
    domain.fail(domain.next_queries())
    domain.visit_in_vain()
    while queries := domain.next_queries():
        yield queries


def test_a_domain_too_large_for_the_index_is_searched_by_homepages_then_addresses_then_prefixes_then_years(
    domain: Domain,
) -> None:
    asked = []
    for queries in narrow(domain):
        asked += [query.match_type for query in queries]
        domain.answer(queries[0])
        domain.fail(queries[1:])
    assert [kind for at, kind in enumerate(asked) if kind not in asked[:at]] == ["exact", "prefix", "domain"]
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_where_the_index_answers_nothing_of_a_domain_it_is_asked_only_once_more(domain: Domain) -> None:
    asked = 0
    for queries in narrow(domain):
        asked += len(queries)
        domain.fail(queries)
    assert asked == 1
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_a_narrower_query_that_finds_the_policy_is_the_last_one_and_the_domain_stays_incomplete(
    domain: Domain,
) -> None:
    (query,) = next(narrow(domain))
    domain.answer(query, "20100101 http://a.com/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    assert domain.next_queries() == []
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_narrower_queries_ask_for_as_many_rows_as_the_crawl_does(domain: Domain) -> None:
    asked = []
    for queries in narrow(domain):
        asked += [query.page_rows for query in queries]
        domain.answer(queries[0])
        domain.fail(queries[1:])
    assert len(asked) > 20 and set(asked) == {50}


def cut_off(domain: Domain, query: QueryWork, *captures: str) -> None:
    """The index gives a page of an answer, and then nothing more."""
    domain.answer(query, *captures, key="more")
    (query,) = domain.ledger.queries.claim(domain.crawl_id, 10, time.time())
    domain.fail([query])


def test_a_search_that_was_cut_off_goes_on_year_by_year_though_it_found_a_policy(domain: Domain) -> None:
    cut_off(domain, *domain.next_queries(), "20100101 http://a.com/aa/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    asked = []
    while queries := domain.next_queries():
        asked.append({query.match_type for query in queries})
        for query in queries:
            domain.answer(query, *["20100601 http://a.com/zz/privacy"] * (query.until == "2010"))
        domain.read(domain.next_captures(), "privacy_policy")
    assert asked == [{"domain"}, {"domain"}]
    assert {capture.url for capture in domain.ledger.captures.of(domain.id)} == {
        "http://a.com/aa/privacy",
        "http://a.com/zz/privacy",
    }
    assert domain.ending == ("done", "found", None)


def test_a_search_that_was_cut_off_and_cannot_be_read_by_year_either_is_incomplete(domain: Domain) -> None:
    cut_off(domain, *domain.next_queries(), "20100101 http://a.com/aa/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    (query,) = domain.next_queries()
    domain.fail([query])
    assert domain.next_queries() == []
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_a_domain_read_year_by_year_is_complete(domain: Domain) -> None:
    for queries in narrow(domain):
        for query in queries:
            domain.answer(query)
    assert domain.ending[:2] == ("done", "no_policy_found")


@pytest.mark.parametrize(
    ("dates", "asked"),
    [
        ({"since": "2010", "until": "2012"}, [("2010", "2010"), ("2011", "2011"), ("2012", "2012")]),
        ({"since": "201006", "until": "201203"}, [("201006", "2010"), ("2011", "2011"), ("2012", "201203")]),
        ({"since": "2011", "until": "2012"}, [("2011", "2011"), ("2012", "2012")]),
        ({"since": "20100615", "until": "2010"}, []),
    ],
)
def test_the_years_asked_for_one_by_one_are_those_of_the_crawl(
    tmp_path: Path, dates: dict[str, str], asked: list[tuple[str | None, str | None]]
) -> None:
    domain = Domain(tmp_path, **dates)
    years = []
    for queries in narrow(domain):
        years += [(query.since, query.until) for query in queries if query.match_type == "domain"]
        for query in queries:
            domain.answer(query)
    assert sorted(years) == asked


def test_where_a_list_names_the_policies_no_homepage_is_asked(tmp_path: Path) -> None:
    domain = Domain(tmp_path)
    domain.arguments = Arguments("urls", "urls.txt")
    domain.answer(*domain.next_queries())
    assert domain.next_captures() == [] and domain.next_queries() == []
    assert domain.ending == ("done", "not_archived", "no capture of the addresses asked for")


def test_captures_none_of_which_could_be_read_are_not_called_no_policy(tmp_path: Path) -> None:
    domain = Domain(tmp_path)
    domain.arguments = Arguments("captures", "captures.parquet")
    domain.answer(*domain.next_queries())
    domain.ledger.captures.plan_given(domain.id, "http://a.com/privacy", "20100101000000")
    (capture,) = domain.next_captures()
    domain.ledger.captures.settle(capture, "unplayable", "the archive has no such capture")
    assert domain.ending == ("done", "incomplete", f"{UNREAD}: the archive has no such capture")


def test_captures_of_other_dates_than_those_asked_for_are_not_called_no_policy(tmp_path: Path) -> None:
    domain = Domain(tmp_path, since="2012")
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    domain.visit_in_vain()
    domain.find_no_other_language()
    _, outcome, detail = domain.ending
    assert outcome == "no_policy_found"
    assert detail is not None and "dates" in detail


def test_before_absence_is_said_playback_is_asked_for_the_likely_addresses(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    asked = domain.likely()
    assert [work.url for work in asked] == [f"http://a.com/{path}" for path in LIKELY_ADDRESSES]
    domain.offer(asked)
    domain.find_no_other_language()
    assert domain.ending == ("done", "no_policy_found", "neither by address nor by a homepage's link")


def test_where_a_policy_is_found_playback_is_not_asked_for_likely_addresses(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    assert domain.likely() == []


def test_an_address_that_the_index_has_named_is_not_asked_of_playback(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy/")
    for capture in domain.next_captures():
        domain.ledger.captures.settle(capture, "not_policy")
    assert [work.url for work in domain.likely()] == [f"http://a.com/{path}" for path in LIKELY_ADDRESSES[1:]]


def test_a_capture_that_playback_names_is_read_and_its_address_asked_of_the_index(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.offer(domain.likely(), "privacy-policy", "legal/privacy")
    (capture,) = domain.next_captures()
    assert (capture.url, capture.timestamp) == ("http://a.com/privacy-policy", "20150301120000")
    domain.read([capture], "privacy_policy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    asked = []
    while queries := domain.next_queries():
        asked += [(query.url, query.match_type) for query in queries]
        domain.answer(queries[0], "20150301120000 " + queries[0].url, "20160101 " + queries[0].url)
        domain.read(domain.next_captures(), "privacy_policy")
    assert asked == [("http://a.com/privacy-policy", "exact"), ("http://a.com/legal/privacy", "exact")]
    assert domain.ending == ("done", "found", STOPS_EARLY.format("http://a.com/privacy-policy"))
    may_pass, known_through = domain.ledger.db.execute("SELECT may_pass, known_through FROM domains").fetchone()
    assert not may_pass and known_through is not None, "it is no less than found"


def test_an_address_that_the_search_had_to_bring_and_did_not_shows_that_the_index_stops_early(domain: Domain) -> None:
    domain.led_to("http://a.com/help/privacy", "privacy_policy")
    reason = STOPS_EARLY.format("http://a.com/help/privacy")
    assert domain.ending == ("done", "found", reason)
    domain.crawl_again()
    domain.ledger.queries.add(domain.crawl_id, domain.id, WantedQuery("http://a.com/help/privacy"))
    for query in domain.next_queries():
        domain.answer(query, "20100101 http://a.com/help/privacy")
    domain.read_all("privacy_policy")
    assert domain.ending == ("done", "found", reason), "what is known only grows"


def test_where_the_index_stops_early_and_no_policy_is_found_the_domain_is_incomplete(domain: Domain) -> None:
    domain.led_to("http://a.com/help/privacy", "cookie_policy")
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", STOPS_EARLY.format("http://a.com/help/privacy"))


@pytest.mark.parametrize("url", ["http://a.com/node/27", "http://b.com/privacy", "http://a.com/search?q=privacy"])
def test_an_address_that_no_search_would_have_brought_shows_nothing_of_the_index(url: str, domain: Domain) -> None:
    domain.led_to(url, "privacy_policy")
    assert domain.ending == ("done", "found", None)


def test_an_address_that_a_later_crawl_is_led_to_first_shows_nothing_of_the_index(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/help/privacy")
    domain.read_all("privacy_policy")
    domain.crawl_again()
    domain.ledger.queries.add(domain.crawl_id, domain.id, WantedQuery("http://a.com/help/privacy"))
    for query in domain.next_queries():
        domain.answer(query)
    domain.read_all("privacy_policy")
    assert domain.ending == ("done", "found", None)


def test_a_likely_address_that_holds_no_policy_leaves_the_domain_without_one(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.offer(domain.likely(), "privacy")
    for capture in domain.next_captures():
        domain.ledger.captures.settle(capture, "not_policy")
    domain.answer(*domain.next_queries())
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_likely_address_that_could_not_be_loaded_leaves_the_domain_incomplete(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.miss(domain.likely())
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_a_later_crawl_asks_for_likely_addresses_again_though_not_the_next(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.offer(domain.likely())
    domain.find_no_other_language()
    for after, asked in ((timedelta(0), 0), (VISIT_AGAIN, len(LIKELY_ADDRESSES))):
        domain.crawl_again(after=after)
        domain.answer(*domain.next_queries())
        works = domain.likely()
        assert len(works) == asked
        domain.offer(works)
        domain.find_no_other_language()


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [("scripts", ONLY_SCRIPTS), ("unreadable", NO_HOMEPAGE), ("redirect", NO_HOMEPAGE), ("failed", NO_HOMEPAGE)],
)
def test_where_no_homepage_could_be_read_the_domain_is_incomplete(outcome: str, reason: str, domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.visit_in_vain(outcome)
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", reason)


def test_one_homepage_that_was_read_is_enough(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    (first,) = domain.next_captures()
    domain.ledger.captures.settle(first, "looked_at", served=first.timestamp)
    domain.visit_in_vain("scripts")
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_homepage_that_answers_rules_out_not_archived(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    (first,) = domain.next_captures()
    domain.ledger.captures.settle(first, "unreadable", served=first.timestamp)
    domain.visit_in_vain("not_archived")
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", NO_HOMEPAGE)


@pytest.mark.parametrize("outcome", ["failed", "unplayable"])
def test_captures_that_could_not_be_read_are_no_absence(outcome: str, domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    for capture in domain.next_captures():
        domain.ledger.captures.settle(capture, outcome, "extraction: over 30 s")
    domain.visit_in_vain()
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", f"{UNREAD}: extraction: over 30 s")


def test_a_page_as_full_as_asked_for_and_without_a_key_is_read_on_year_by_year(domain: Domain) -> None:
    (query,) = domain.next_queries()
    domain.answer(
        query, *(f"2010{month:02d}{day:02d} http://a.com/privacy" for month in (1, 2) for day in range(1, 26))
    )
    domain.read(domain.next_captures(), "privacy_policy")
    while captures := domain.next_captures():
        domain.read([capture for capture in captures if capture.role == "policy"], "privacy_policy")
        for capture in captures:
            if capture.role == "homepage":
                domain.ledger.captures.settle(capture, "looked_at", served=capture.timestamp)
    (middle,) = domain.next_queries()
    assert (middle.match_type, middle.since) == ("domain", "2012")
    domain.answer(middle)
    years = domain.next_queries()
    for year in years:
        domain.answer(year)
    assert len(years) > 20 and domain.ending == ("done", "found", None)
