"""What is known only grows: whatever an archive answers to later crawls, no sighting and no outcome is taken back."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.archives.cdx import Capture, Page
from crawler.arguments import parse_arguments
from crawler.known import LASTING, Role, WantedQuery
from crawler.ledger import Ledger, tables
from crawler.ledger.advance import advance
from crawler.ledger.captures import CaptureWork, Judged
from crawler.ledger.queries import QueryWork
from pipelines.outcomes import Kind, Outcome
from pipelines.schema import CAPTURES, DOMAINS
from pipelines.surt import urlkey
from tests.support.ledger import miscounted

URL = "http://example.com/privacy"
#: What the index may list: captures over some years, some of them with the same bytes.
LISTED = [Capture(urlkey(URL), f"{2004 + n}0301000000", URL, "text/html", 200, "ABC"[n % 3], 900) for n in range(8)]

indexes = st.one_of(st.sets(st.integers(0, 7)).map(sorted), st.sampled_from(["excluded", "incomplete"]))
playbacks = st.sampled_from(["policy", "other text", "error page", "redirect", "timeout", "refused", "gone"])
crawls = st.tuples(
    st.sampled_from(["versions", "grid", "all"]), indexes, st.lists(playbacks, min_size=1, max_size=6), st.booleans()
)


def answer_query(ledger: Ledger, work: QueryWork, index: list[int] | str) -> None:
    if index == "excluded":
        ledger.queries.end(work.id, "excluded", "403")
        ledger.domains.exclude(work.domain_id)
    elif index == "incomplete":
        ledger.queries.end(work.id, "incomplete", "504")
    else:
        found = [LISTED[number] for number in index] if work.match_type == "domain" else []
        ledger.queries.save_page(work, Page(found, None, 0), keep=[True] * len(found))


def answer_capture(ledger: Ledger, work: CaptureWork, playback: str) -> bool:
    """Files an answer of playback; true if the capture's bytes have to be written."""
    if work.role == Role.HOMEPAGE:
        ledger.captures.settle(work, "looked_at", served=work.timestamp, has_bytes=True)
        return True
    if playback in ("policy", "other text", "error page"):
        outcome = Outcome.NOT_POLICY if playback == "error page" else Outcome.STORED
        kind = Kind.SOFT_404 if playback == "error page" else Kind.PRIVACY_POLICY
        stored_url = URL if outcome == Outcome.STORED else None
        return ledger.captures.fetched(work.id, Judged(outcome, content_key=playback, kind=kind, stored_url=stored_url))
    if playback == "redirect":
        leads_to = "http://example.com/x"
        ledger.captures.settle(work, Outcome.REDIRECT, content_key="redirect:x", leads_to=leads_to, has_bytes=True)
        return True
    if playback == "timeout":
        ledger.captures.give_up(work, Outcome.UNPLAYABLE, "503")
    else:
        ledger.captures.settle(work, Outcome.UNPLAYABLE, playback)
        if playback == "refused":
            ledger.domains.hide(work.domain_id, work.urlkey.partition(")")[0] + ")")
    return False


def crawl(ledger: Ledger, number: int, plan: str, index: list[int] | str, playback: list[str], killed: bool) -> None:
    """One crawl of example.com, which the archive answers so; if it is killed, nothing it fetched was written."""
    arguments = parse_arguments({"domain": "example.com", "plan": plan})
    crawl_id = ledger.begin_crawl(arguments.as_dict() | {"number": number}, "an.archive")
    domain_id, _ = ledger.domains.open(crawl_id, "example.com")
    ledger.queries.add(crawl_id, domain_id, WantedQuery("example.com", "domain"))
    ledger.db.execute(  # as an import leaves it: its row is there, its raw bytes may be fetched
        "INSERT OR IGNORE INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, outcome, imported)"
        " VALUES (?, ?, '20030301000000', '', ?, 'homepage_link', 'stored', 1)",
        (domain_id, urlkey(URL), URL),
    )
    ledger.db.commit()
    for step in range(60):
        queries = ledger.queries.claim(crawl_id, 10, 1e12)
        for query in queries:
            answer_query(ledger, query, index)
        captures = ledger.captures.claim(crawl_id, 10, 1e12)
        fetched = [work.id for work in captures if answer_capture(ledger, work, playback[step % len(playback)])]
        if fetched and not killed:
            name = ledger.dataset.next_part(crawl_id)
            ledger.dataset.begin_part(name, 0, fetched, {})
            ledger.dataset.finish_part(name)
        advance(ledger, crawl_id, domain_id, arguments)
        if not queries and not captures:
            break
    ledger.recover()


def known(ledger: Ledger) -> tuple[set[tuple[str, str, str]], set[str], str | None]:
    """What the published tables say: sightings with their outcomes, looks at the homepage, known_through."""
    rows = [dict(zip(CAPTURES.names, row, strict=True)) for rows in tables.captures_rows(ledger.db, 0) for row in rows]
    (((*row,),),) = tables.domains_rows(ledger.db, 0)
    domain = dict(zip(DOMAINS.names, row, strict=True))
    facts = {(row["policy_url"], row["captured_at"], row["outcome"]) for row in rows if row["outcome"] in LASTING}
    return facts, {str(look) for look in domain["homepages"]}, domain["known_through"]


@settings(max_examples=60)
@given(st.lists(crawls, min_size=1, max_size=5))
def test_whatever_later_crawls_are_answered_what_was_known_stays(
    made: list[tuple[str, list[int] | str, list[str], bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(Ledger(Path(folder))) as ledger:
        before: tuple[set[tuple[str, str, str]], set[str], str | None] = (set(), set(), None)
        for number, one in enumerate(made):
            crawl(ledger, number, *one)
            after = known(ledger)
            assert before[0] <= after[0] and before[1] <= after[1]
            assert (before[2] or "") <= (after[2] or "")
            assert miscounted(ledger) == {}
            before = after


def test_a_site_that_is_excluded_later_keeps_its_sightings_and_says_since_when(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path)) as ledger:
        crawl(ledger, 1, "versions", list(range(8)), ["policy"], False)
        before = known(ledger)[0]
        assert {outcome for _, _, outcome in before} == {"stored", "unchanged"} and len(before) == 9
        for number, index, playback in ((2, "excluded", "refused"), (3, list(range(8)), "refused")):
            crawl(ledger, number, "all", index, [playback], False)
            assert known(ledger)[0] == before
            (((*row,),),) = tables.domains_rows(ledger.db, 0)
            domain = dict(zip(DOMAINS.names, row, strict=True))
            assert (domain["outcome"], domain["reason"] is None) == ("found", number == 3)
            assert (domain["excluded_since"] is None) == (number == 3), "the index shows it again"
