import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.known import PLANS, KnownCapture, is_asked_for
from crawler.planning.captures import DATED, HALF_A_YEAR, OUTLINE, TRIES_PER_HALF_YEAR, next_captures
from pipelines.timestamps import half_year, half_year_label


def timeline(table: str, urlkey: str = "com,example)/privacy", first_id: int = 1) -> list[KnownCapture]:
    """One line per capture: its date, digest and status (``-`` for a revisit), and the text found in it, if any."""
    captures = []
    for number, line in enumerate(table.split("\n")):
        if words := line.split():
            date, digest, status, *text = words
            captures.append(
                KnownCapture(
                    id=first_id + number,
                    urlkey=urlkey,
                    timestamp=date.replace("-", "").ljust(14, "0"),
                    digest=digest,
                    url="http://example.com/privacy",
                    status=None if status == "-" else int(status),
                    found_by="url_keyword",
                    state="settled" if text else "known",
                    outcome="stored" if text else None,
                    content_key=text[0] if text else None,
                )
            )
    return captures


def everywhere(plan: str, captures: Sequence[KnownCapture]) -> dict[str, str]:
    """One plan for all addresses."""
    return {capture.urlkey: plan for capture in captures}


def chosen(plan: str, captures: Sequence[KnownCapture], **dates: str) -> list[str]:
    """The dates of what a plan wants next."""
    ids = set(next_captures(everywhere(plan, captures), captures, **dates))
    return [f"{c.timestamp[:4]}-{c.timestamp[4:6]}-{c.timestamp[6:8]}" for c in captures if c.id in ids]


def crawl(
    plan: str, captures: Sequence[KnownCapture], text_of: Callable[[KnownCapture], str | None], **dates: str
) -> tuple[list[KnownCapture], list[list[KnownCapture]]]:
    """What the crawl does: fetches what the plan wants next until it wants nothing. ``None`` is a failure."""
    known = {capture.id: capture for capture in captures}
    rounds = []
    while ids := next_captures(everywhere(plan, captures), list(known.values()), **dates):
        assert len(set(ids)) == len(ids)
        assert all(known[i].state == "known" for i in ids), "asked for twice"
        rounds.append([known[i] for i in ids])
        for i in ids:
            text = text_of(known[i])
            known[i] = replace(known[i], state="settled", outcome="stored" if text else "unplayable", content_key=text)
        assert len(rounds) <= len(known)
    return list(known.values()), rounds


def requests(rounds: list[list[KnownCapture]]) -> list[KnownCapture]:
    return [capture for round_ in rounds for capture in round_]


# --- grid


def test_the_grid_takes_the_first_capture_of_each_half_year() -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-03-01  B  200
        2004-06-30  C  200
        2004-07-01  D  200
        2006-01-05  E  200
    """)
    assert chosen("grid", captures) == ["2004-02-01", "2004-07-01", "2006-01-05"]


@pytest.mark.parametrize(
    ("timestamp", "cell"), [("20040630235959", "2004-H1"), ("20040701000000", "2004-H2"), ("20041231235959", "2004-H2")]
)
def test_a_half_year_ends_with_june_and_december(timestamp: str, cell: str) -> None:
    assert half_year_label(half_year(timestamp)) == cell


def test_each_address_has_a_grid_of_its_own() -> None:
    captures = timeline("2004-02-01 A 200") + timeline("2004-03-01 A 200", "com,example)/legal", first_id=10)
    assert chosen("grid", captures) == ["2004-02-01", "2004-03-01"]


def test_each_address_has_a_plan_of_its_own_and_others_are_left_out() -> None:
    wanted, other, left_out = (
        timeline("2004-02-01 A 200\n2004-03-01 B 200\n2004-05-01 C 200", urlkey, first_id)
        for urlkey, first_id in (("com,a)/", 1), ("com,b)/", 11), ("com,c)/", 21))
    )
    ids = next_captures({"com,a)/": "all", "com,b)/": "grid"}, wanted + other + left_out)
    assert ids == [capture.id for capture in wanted] + [other[0].id]


def test_a_cell_with_a_text_wants_nothing_more() -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-03-01  B  200  text
        2004-04-01  C  200
    """)
    assert chosen("grid", captures) == []


@pytest.mark.parametrize("plan", PLANS)
def test_twins_and_revisits_of_known_bytes_are_never_chosen(plan: str) -> None:
    captures = timeline("""
        2004-02-01  A  200  text
        2004-09-01  A  200
        2005-02-01  A  -
        2005-09-01  A  200
        2006-02-01  A  -
    """)
    assert chosen(plan, captures) == []


@pytest.mark.parametrize("plan", PLANS)
def test_of_twins_that_nobody_has_read_one_is_chosen(plan: str) -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-09-01  A  -
        2005-02-01  A  200
    """)
    assert chosen(plan, captures) == ["2004-02-01"]


@pytest.mark.parametrize("digest", ["-", ""])
def test_a_missing_digest_makes_no_twins(digest: str) -> None:
    captures = [replace(capture, digest=digest) for capture in timeline("2004-02-01 A 200\n2004-09-01 A 200")]
    assert chosen("grid", captures) == ["2004-02-01", "2004-09-01"]


@pytest.mark.parametrize("plan", PLANS)
def test_a_redirect_is_chosen_only_where_a_half_year_has_nothing_else(plan: str) -> None:
    captures = timeline("""
        2004-02-01  A  301
        2004-03-01  B  200
        2004-09-01  C  302
    """)
    first = chosen(plan, captures)
    assert "2004-02-01" not in first
    assert "2004-09-01" in first


def test_all_takes_a_redirect_where_an_address_held_nothing_else() -> None:
    assert chosen("all", timeline("2004-02-01 A 301\n2004-03-01 B 301")) == ["2004-02-01"]


@pytest.mark.parametrize("plan", ["grid", "versions"])
def test_a_failure_falls_back_to_the_next_capture_of_the_cell(plan: str) -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-03-01  B  200
        2004-04-01  C  200
        2004-05-01  D  200
        2004-06-01  E  200
    """)
    _, rounds = crawl(plan, captures, lambda capture: "text" if capture.digest == "C" else None)
    assert [capture.digest for capture in requests(rounds)][:1] == ["A"]
    assert "C" in [capture.digest for capture in requests(rounds)]


def test_a_cell_is_given_up_after_some_failures() -> None:
    captures = timeline("\n".join(f"2004-01-{day:02} {day} 200" for day in range(1, 29)))
    _, rounds = crawl("grid", captures, lambda capture: None)
    assert [len(round_) for round_ in rounds] == [1] * TRIES_PER_HALF_YEAR


# --- dates


@pytest.mark.parametrize(
    ("since", "until", "dates"),
    [
        ("2004", "2004", ["2004-02-01", "2004-09-01"]),
        ("200409", "", ["2004-09-01", "2005-02-01"]),
        ("", "20040201", ["2004-02-01"]),
        ("20040901", "200502", ["2004-09-01", "2005-02-01"]),
        ("2006", "", []),
    ],
)
@pytest.mark.parametrize("plan", PLANS)
def test_since_and_until_are_inclusive(plan: str, since: str, until: str, dates: list[str]) -> None:
    captures = timeline("2004-02-01 A 200\n2004-09-01 B 200\n2005-02-01 C 200")
    _, rounds = crawl(plan, captures, lambda capture: "text", since=since, until=until)
    assert sorted(capture.timestamp[:8] for capture in requests(rounds)) == [date.replace("-", "") for date in dates]


def test_the_last_second_of_until_is_inside() -> None:
    assert is_asked_for("20041231235959", "2004", "2004")
    assert not is_asked_for("20050101000000", "2004", "2004")


# --- all


def test_all_takes_every_distinct_digest_once() -> None:
    captures = timeline("""
        2004-02-01  A  200
        2004-02-02  B  200
        2004-02-03  A  200
        2004-02-04  C  -
        2004-02-05  B  200
    """)
    _, rounds = crawl("all", captures, lambda capture: capture.digest)
    assert sorted(capture.digest for capture in requests(rounds)) == ["A", "B", "C"]


def test_all_tries_a_twin_of_what_could_not_be_played() -> None:
    captures = timeline("2004-02-01 A 200\n2004-02-02 A 200\n2004-02-03 A 200")
    _, rounds = crawl("all", captures, lambda capture: None if capture.id == captures[0].id else "text")
    assert [capture.id for capture in requests(rounds)] == [capture.id for capture in captures[:2]]


# --- versions


def test_versions_looks_at_both_ends() -> None:
    captures = timeline("2004-02-01 A 200\n2004-03-01 B 200\n2004-05-01 C 200")
    assert chosen("versions", captures) == ["2004-02-01", "2004-05-01"]


def test_versions_halves_between_neighbours_that_differ() -> None:
    captures = timeline("""
        2004-01-01  A  200  old
        2004-02-01  B  200
        2004-03-20  C  200
        2004-04-10  D  200
        2004-06-01  E  200  new
    """)
    assert chosen("versions", captures) == ["2004-03-20"]


def test_versions_wants_nothing_between_equal_texts_nor_where_a_change_is_dated() -> None:
    captures = timeline("""
        2004-01-01  A  200  old
        2004-03-01  B  200
        2004-05-01  C  200  old
        2004-05-10  D  200
        2004-05-28  E  200  new
    """)
    assert chosen("versions", captures) == []


def daily(first: str, days: int, *, every: int = 1) -> list[KnownCapture]:
    """Captures whose bytes all differ, as those of real pages do."""
    start = datetime.fromisoformat(first)
    dates = [start + timedelta(days=day) for day in range(0, days, every)]
    return timeline("\n".join(f"{date:%Y-%m-%d} digest{number} 200" for number, date in enumerate(dates)))


def when(capture: KnownCapture) -> datetime:
    return datetime.strptime(capture.timestamp, "%Y%m%d%H%M%S")


def read(capture: KnownCapture, text: str) -> KnownCapture:
    """The same capture once it was fetched."""
    return replace(capture, state="settled", outcome="stored", content_key=text)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("every", [1, 3, 9])
def test_versions_finds_and_dates_every_change_of_words_within_30_days_at_a_quarter_of_the_requests(
    seed: int, every: int
) -> None:
    rng = random.Random(seed)
    captures = daily("2012-01-01", 365 * 8, every=every)
    start = when(captures[0])
    changes = sorted(
        start + timedelta(days=90 * slot + rng.randrange(30)) for slot in rng.sample(range(1, 31), rng.randrange(9))
    )

    def text_of(capture: KnownCapture) -> str:
        return f"version {sum(change <= when(capture) for change in changes)}"

    known, rounds = crawl("versions", captures, text_of)
    read = sorted((capture for capture in known if capture.content_key), key=when)
    dated = [(before, after) for before, after in pairwise(read) if before.content_key != after.content_key]
    assert len(dated) == len(changes)
    for change, (before, after) in zip(changes, dated, strict=True):
        assert when(before) < change <= when(after)
        assert when(after) - when(before) <= DATED
    if every == 1:
        assert len(requests(rounds)) <= len(requests(crawl("all", captures, text_of)[1])) / 4


def test_a_change_costs_a_logarithm_of_requests() -> None:
    captures = daily("2012-01-01", 181)

    def text_of(capture: KnownCapture) -> str:
        return "old" if capture.timestamp < "20120315" else "new"

    _, rounds = crawl("versions", captures, text_of)
    assert len(requests(rounds)) <= 2 + 3  # both ends; 180 days halved to under 30


def test_versions_passes_by_what_cannot_be_played() -> None:
    captures = daily("2012-01-01", 365)
    broken = {capture.id for capture in captures[1::2]}

    def text_of(capture: KnownCapture) -> str | None:
        if capture.id in broken:
            return None
        return "old" if capture.timestamp < "20120801" else "new"

    known, _ = crawl("versions", captures, text_of)
    old = max(when(capture) for capture in known if capture.content_key == "old")
    new = min(when(capture) for capture in known if capture.content_key == "new")
    assert new - old <= DATED


# --- what is believed


def test_between_equal_texts_nothing_is_fetched_up_to_two_years_and_further_apart_even_parts_at_once() -> None:
    monthly = daily("2010-01-01", 365 * 9, every=30)

    def ends(years: int) -> list[KnownCapture]:
        captures = [capture for capture in monthly if when(capture) < datetime(2010 + years, 1, 1)]
        first, *between, last = captures
        return [read(first, "same"), *between, read(last, "same")]

    assert chosen("versions", ends(2)) == []
    assert [date[:4] for date in chosen("versions", ends(3))] == ["2011"]
    assert [date[:4] for date in chosen("versions", ends(8))] == ["2011", "2013", "2015"]


def test_of_captures_with_the_same_bytes_the_first_is_fetched_and_the_next_where_that_cannot_be_played() -> None:
    captures = timeline("""
        2004-01-01  A  200
        2005-01-01  B  200
        2006-01-01  C  200
        2006-02-01  B  -
        2006-03-01  B  -
    """)
    assert chosen("versions", captures) == ["2004-01-01", "2005-01-01"]
    captures[1] = replace(captures[1], state="settled", outcome="unplayable")
    assert chosen("versions", captures) == ["2004-01-01", "2006-02-01"]


def test_how_long_equal_texts_are_believed_can_be_set() -> None:
    captures = timeline("2010-01-01 A 200 same\n2010-06-01 B 200\n2010-09-01 C 200\n2011-01-01 D 200 same")
    plans = everywhere("versions", captures)
    assert next_captures(plans, captures, believed=timedelta(days=365)) == []
    assert next_captures(plans, captures, believed=timedelta(days=364)) == [captures[1].id]
    assert next_captures(plans, captures, believed=timedelta(0)) == [captures[1].id, captures[2].id]


@pytest.mark.parametrize(("text", "parts"), [("same", 0), ("soft_block", 3)])
def test_pages_without_a_text_do_not_tell_what_stood_between_them(text: str, parts: int) -> None:
    captures = daily("2010-01-01", 700, every=20)
    captures = [read(captures[0], text), *captures[1:-1], read(captures[-1], text)]
    assert len(chosen("versions", captures)) == parts


def test_a_history_without_changes_costs_few_requests_and_rounds() -> None:
    _, rounds = crawl("versions", daily("2005-01-01", 365 * 15, every=10), lambda capture: "same")
    assert [len(round_) for round_ in rounds] == [2, 7]


def test_what_lies_between_equal_texts_and_cannot_be_played_is_given_up_at_some_time() -> None:
    captures = daily("2010-01-01", 365 * 3, every=3)
    captures = [read(captures[0], "same"), *captures[1:-1], read(captures[-1], "same")]
    _, rounds = crawl("versions", captures, lambda capture: None)
    assert len(requests(rounds)) == 6 * TRIES_PER_HALF_YEAR


def test_where_both_ends_cannot_be_played_the_middle_is_tried() -> None:
    captures = daily("2010-01-01", 365 * 3, every=30)
    playable = {capture.id for capture in captures[5:-5]}
    known, _ = crawl("versions", captures, lambda capture: "text" if capture.id in playable else None)
    assert any(capture.content_key for capture in known)


def test_redirects_where_there_is_no_page_are_looked_at_by_their_ends() -> None:
    pages = daily("2004-01-01", 365, every=90)
    redirects = timeline("\n".join(f"2010-01-{day:02} R{day} 301" for day in range(1, 29)), first_id=100)
    assert chosen("versions", [*pages, *redirects])[-2:] == ["2010-01-01", "2010-01-28"]


def test_an_outline_dates_changes_to_half_a_year() -> None:
    def text_of(capture: KnownCapture) -> str:
        return "old" if capture.timestamp < "20130301" else "new"

    captures = daily("2012-01-01", 800)
    known, rounds = crawl(OUTLINE, captures, text_of)
    read = sorted((capture for capture in known if capture.content_key), key=when)
    ((before, after),) = [pair for pair in pairwise(read) if pair[0].content_key != pair[1].content_key]
    assert DATED < when(after) - when(before) <= HALF_A_YEAR
    assert len(requests(rounds)) < len(requests(crawl("versions", captures, text_of)[1]))


def test_where_a_policy_moves_to_an_address_that_had_captures_all_along_both_sides_of_the_move_are_fetched() -> None:
    left = timeline("2010-01-01 A 200 text\n2010-03-01 B 200 text", "com,a)/old")
    other = timeline(
        "2009-01-01 C 200 same\n2009-12-20 D 200\n2010-02-01 E 200\n2010-03-05 F 200\n2010-06-01 G 200 same",
        "com,a)/new", first_id=11,
    )  # fmt: skip
    assert chosen("versions", left + other) == []
    policies = [replace(c, kind="privacy_policy" if c.content_key else None) for c in left + other]
    assert chosen("versions", policies) == ["2009-12-20", "2010-03-05"]


# --- whatever comes


@settings(max_examples=150)
@given(
    plan=st.sampled_from([*PLANS, OUTLINE]),
    rows=st.lists(
        st.tuples(
            st.integers(0, 4000),
            st.sampled_from("ABCDEFGH-"),
            st.sampled_from([200, 200, 200, 301, 404, None]),
            st.sampled_from(["com,a)/", "com,b)/"]),
        ),
        max_size=60,
    ),
    seed=st.integers(),
    failures=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_a_plan_always_ends_and_asks_for_no_capture_twice(
    plan: str, rows: list[tuple[int, str, int | None, str]], seed: int, failures: float
) -> None:
    rng = random.Random(seed)
    captures = []
    for number, (day, digest, status, urlkey) in enumerate(sorted(rows, key=lambda row: (row[3], row[0]))):
        date = datetime(2000, 1, 1) + timedelta(days=day)
        table = f"{date:%Y-%m-%d} {digest} {'-' if status is None else status}"
        captures += timeline(table, urlkey, first_id=number + 1)

    def text_of(capture: KnownCapture) -> str | None:
        if rng.random() < failures:
            return None
        return hashlib.sha256(capture.digest.encode()).hexdigest() if rng.random() < 0.8 else "soft_block"

    _, rounds = crawl(plan, captures, text_of)
    ids = [capture.id for capture in requests(rounds)]
    assert len(ids) == len(set(ids))
    bytes_read = [
        (capture.urlkey, capture.digest)
        for capture in requests(rounds)
        if failures == 0 and capture.digest != "-" and not capture.is_redirect
    ]
    assert len(bytes_read) == len(set(bytes_read))
