"""Which domains a crawl of a list takes, and in which order; how claims take turns among them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from crawler.arguments import Arguments, Target
from crawler.known import WantedQuery
from crawler.ledger import Ledger
from crawler.ledger.taking import Taking
from crawler.planning.visits import Pace
from tests.support.ledger import ARCHIVE, REQUESTS
from tests.support.played_crawl import Played, PlayedArchive, ago

DAY = 86_400.0


@pytest.fixture
def played(tmp_path: Path) -> Played:
    """Three domains with a policy, crawled once; nothing of them is due."""
    names = ("a.com", "b.com", "c.com")
    captures = [(f"http://{name}/privacy", ago(days), "policy A") for name in names for days in (400, 40)]
    played = Played(tmp_path, PlayedArchive(captures))
    played.crawl(*names)
    return played


def due_in(played: Played, name: str, days: float) -> None:
    played.ledger.db.execute("UPDATE domains SET due = ? WHERE domain = ?", (time.time() + days * DAY, name))
    played.ledger.db.commit()


def test_a_crawl_of_a_list_leaves_what_is_not_due_and_says_how_much(played: Played) -> None:
    assert not played.crawl("a.com", "b.com", "c.com")
    assert played.not_due == 3
    assert not played.ledger.has_work(played.id)


def test_the_longest_due_is_taken_first_and_new_domains_after_what_is_due(played: Played) -> None:
    for name, days in (("a.com", -1), ("b.com", 30), ("c.com", -5)):
        due_in(played, name, days)
    played.crawl("new.com", "a.com", "b.com", "c.com")
    order = [
        name
        for (name,) in played.ledger.db.execute(
            "SELECT domain FROM domains WHERE crawl_id = ? ORDER BY asked_last", (played.id,)
        )
    ]
    assert order == ["c.com", "a.com", "new.com"]
    assert played.not_due == 1


def test_a_domain_is_taken_a_little_before_it_is_due_so_that_no_timer_misses_it(played: Played) -> None:
    due_in(played, "a.com", 0.5)
    due_in(played, "b.com", 1)
    played.crawl("a.com", "b.com")
    assert (len(played.asked), played.not_due) == (1, 1)


def test_a_fixed_pace_counts_from_when_a_domain_was_asked_for_last(played: Played) -> None:
    played.later(6)
    assert not played.crawl("a.com", refresh="7d")
    played.later(0.5)
    assert played.crawl("a.com", refresh="7d")["playback"] == 1
    assert not played.crawl("a.com", refresh="7d")
    assert played.crawl("a.com", refresh="0d")["playback"] == 1


def test_a_domain_that_is_named_alone_is_always_visited(played: Played) -> None:
    for _ in range(2):
        assert played.crawl("a.com", source="domain", value="a.com")["playback"] == 1


def test_what_was_not_asked_for_before_is_due_at_once(played: Played) -> None:
    assert played.crawl("a.com", plan="all")["playback"] > 0
    assert not played.crawl("a.com", plan="all")
    assert played.crawl("a.com", until="2020")["cdx"] > 0


def test_what_may_pass_is_due_at_once(played: Played) -> None:
    played.ledger.db.execute("UPDATE domains SET may_pass = 1 WHERE domain = 'a.com'")
    played.ledger.db.commit()
    assert played.crawl("a.com", "b.com")["cdx"] > 0
    assert played.not_due == 1


def test_domains_that_a_ledger_was_made_again_of_are_due_at_once(played: Played) -> None:
    played.ledger.db.execute("UPDATE domains SET crawl_id = '', due = NULL")
    played.ledger.db.commit()
    assert played.crawl("a.com", "b.com")["playback"] == 2


def test_a_clock_that_is_put_back_makes_domains_due(played: Played) -> None:
    played.later(-1000)
    played.crawl("a.com", "b.com")
    assert played.not_due == 0


def queued(played: Played) -> Taking:
    """A crawl that has queued what is due of its list, and is killed then."""
    for name in ("a.com", "b.com"):
        due_in(played, name, -1)
    crawl_id = played.ledger.begin_crawl(played.arguments.as_dict(), ARCHIVE)
    taking = Taking(played.ledger, crawl_id, played.arguments, Pace(), offers_newest=True)
    assert taking.queue([Target("a.com"), Target("b.com"), Target("c.com")]) == 1
    return taking


def test_a_crawl_that_is_resumed_goes_on_with_what_it_took(played: Played) -> None:
    taking = queued(played)
    assert taking.take_queued(1)
    assert played.ledger.has_work(taking.crawl_id)
    assert played.crawl("a.com", "b.com", "c.com")["playback"] == 2
    assert played.id == taking.crawl_id and not played.ledger.has_work(played.id)


def test_what_another_crawl_has_queued_stays_known_and_due(played: Played) -> None:
    queued(played)
    assert played.crawl("a.com", "b.com", refresh="30d").total() == 0, "asked for today"
    assert played.crawl("a.com", source="domain", value="a.com") == {"playback": 1}


def test_a_crawl_that_waits_for_what_may_pass_ends_when_others_are_due_again(played: Played) -> None:
    played.crawl("a.com", "b.com", refresh="1d")
    played.later(1)
    played.played.is_down = True
    played.crawl("a.com", "b.com", refresh="1d")
    first = played.id
    played.played.is_down = False
    played.ledger.db.execute("UPDATE domains SET may_pass = 0 WHERE domain = 'b.com'")
    played.ledger.db.commit()
    played.crawl("a.com", refresh="1d")
    assert played.id == first, "nothing else is due"
    played.later(1)
    played.crawl("a.com", "b.com", refresh="1d")
    assert played.id != first and set(played.asked) == {f"playback http://{name}.com/privacy" for name in "ab"}


def test_claims_take_turns_among_domains(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    crawl_id = ledger.begin_crawl(Arguments("domains", "list").as_dict(), ARCHIVE)
    other = ledger.begin_crawl(Arguments("domains", "another list").as_dict(), ARCHIVE)
    for name, crawl, count in (
        ("large.com", crawl_id, 9),
        ("small.com", crawl_id, 1),
        ("other.com", other, 9),
        ("middle.com", crawl_id, 3),
    ):
        domain_id, _ = ledger.domains.open(crawl, name)
        for number in range(count):
            ledger.captures.plan_given(domain_id, f"http://{name}/{number}", "20200101000000")
            ledger.queries.add(crawl, domain_id, WantedQuery(f"http://{name}/{number}"))

    def domains(works: list) -> list[str]:  # type: ignore[type-arg]
        return [work.domain.removesuffix(".com") for work in works]

    for work in (ledger.captures, ledger.queries):
        taken = [domains(work.claim(crawl_id, 4, time.time())) for _ in range(5)]
        assert taken[0] == ["large", "small", "middle", "large"]
        assert taken[1] == ["middle", "large", "middle", "large"]
        assert taken[2:] == [["large"] * 4, ["large"], []]
    ledger.captures.retry(1, 60, "not now")
    assert ledger.captures.claim(crawl_id, 4, time.time()) == []
    assert [work.id for work in ledger.captures.claim(crawl_id, 4, time.time() + 61)] == [1]
    ledger.end_crawl(crawl_id, 0, REQUESTS)
    ledger.close()
