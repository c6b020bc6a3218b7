"""The ledger keeps the verdicts, and knows which rows are still to follow them."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from crawler.ledger import Ledger
from crawler.ledger.captures import Judged
from crawler.ledger.verdicts import (
    applied,
    follow,
    has_row,
    judge_again,
    missing_rows,
    settle_corrected,
    settle_verdicts,
    verdicts,
    without_row,
)
from pipelines.dataset.overrides import NO_OVERRIDES, Correction, Overrides
from pipelines.dataset.verdicts import Verdict
from pipelines.extraction import extract
from pipelines.outcomes import DomainOutcome
from pipelines.page.sketch import sketch
from tests.support.ledger import ARCHIVE, URL, answer, begin, capture, claim, domain_row, plan_all, rows, write_part

DOMAIN = "example.com"
POLICY = Judged(
    "stored", content_key="a", kind="privacy_policy", policy_score=0.9, title="Privacy Policy", words=100,
    language="en", text_sha256="a", sketch=sketch([f"w{number}" for number in range(100)]), stored_url=URL,
)  # fmt: skip
NO_POLICY = replace(POLICY, outcome="not_policy", content_key="not_policy", kind="login", policy_score=0.4,
                    stored_url=None)  # fmt: skip
TERMS = Overrides(correct=(Correction(DOMAIN, None, "", "2001~", kind="soft_404"),))


def settled(ledger: Ledger, *judged: Judged, decide: bool = True) -> int:
    """A domain with a capture per year from 2001 on, and in the first year one more with the bytes of the first."""
    crawl_id, domain_id = begin(ledger)
    captures = [capture(f"{2001 + year}0101", f"D{year}") for year in range(len(judged))]
    answer(ledger, crawl_id, *captures, capture("20010601", "D0"))
    ledger.captures.plan(
        known.id for known in ledger.captures.of(domain_id) if not known.timestamp.startswith("200106")
    )
    works = claim(ledger, crawl_id)
    for work, found in zip(works, judged, strict=True):
        ledger.captures.fetched(work.id, found)
    write_part(ledger, crawl_id, [work.id for work in works])
    ledger.domains.close(domain_id, DomainOutcome.FOUND)
    if decide:
        settle_verdicts(ledger.db, DOMAIN, NO_OVERRIDES)
    return domain_id


def said(ledger: Ledger) -> dict[str, Verdict]:
    """The verdicts on the domain's captures, by their times."""
    return {f"{key[1]:%Y%m}": verdict for key, verdict in verdicts(ledger.db).of(DOMAIN).items()}


def outcomes(ledger: Ledger) -> list[str]:
    return [row["outcome"] for row in rows(ledger)]


def test_verdicts_are_entered_once_and_the_rows_are_to_follow(ledger: Ledger) -> None:
    settled(ledger, POLICY, replace(POLICY, kind="other", policy_score=0.4), decide=False)
    assert settle_verdicts(ledger.db, DOMAIN, NO_OVERRIDES)
    both = {"200101": Verdict("privacy_policy", True, "en"), "200201": Verdict("privacy_policy", True, "en")}
    assert said(ledger) == both
    assert verdicts(ledger.db).domains == {DOMAIN}
    applied(ledger.db, {DOMAIN})
    assert not settle_verdicts(ledger.db, DOMAIN, NO_OVERRIDES)
    assert not verdicts(ledger.db) and said(ledger) == both


def test_where_not_all_may_be_known_a_domain_whose_last_policy_is_none_after_all_is_incomplete(ledger: Ledger) -> None:
    settled(ledger, POLICY)
    ledger.db.execute("UPDATE domains SET detail = 'the index stops early'")
    settle_corrected(ledger.db, TERMS)
    told = ledger.db.execute("SELECT outcome, detail FROM domains").fetchone()
    assert told == ("incomplete", "the index stops early")


def test_planning_goes_by_the_verdict(ledger: Ledger) -> None:
    domain_id = settled(ledger, POLICY, replace(POLICY, kind="other", policy_score=0.4))
    assert [known.kind for known in ledger.captures.of(domain_id)] == ["privacy_policy", None, "privacy_policy"]
    assert ledger.captures.holds_policy(domain_id, ledger.captures.of(domain_id)[0].urlkey)


def test_a_capture_of_no_kind_that_is_stored_loses_its_row_and_so_do_those_with_its_bytes(ledger: Ledger) -> None:
    settled(ledger, POLICY)
    assert outcomes(ledger) == ["stored", "unchanged"]
    settle_corrected(ledger.db, TERMS)
    assert outcomes(ledger) == ["not_policy", "not_policy"]
    assert [row["detail"] for row in rows(ledger)] == [
        "judged again: soft_404", "same bytes as the capture of 20010101000000",
    ]  # fmt: skip
    assert domain_row(ledger)["outcome"] == "no_policy_found"
    assert without_row(ledger.db) and not missing_rows(ledger.db)

    settle_corrected(ledger.db, NO_OVERRIDES)
    (missing,) = missing_rows(ledger.db)
    assert (missing.domain, missing.archive, missing.url, missing.timestamp) == (DOMAIN, ARCHIVE, URL, "20010101000000")
    has_row(ledger.db, missing.id, URL, "a")
    assert outcomes(ledger) == ["stored", "unchanged"]
    assert domain_row(ledger)["outcome"] == "found"


def test_corrections_are_decided_on_only_where_they_are_new(ledger: Ledger) -> None:
    settled(ledger, POLICY)
    settle_corrected(ledger.db, TERMS)
    applied(ledger.db, {DOMAIN})
    settle_corrected(ledger.db, TERMS)
    assert not verdicts(ledger.db)


def test_a_page_like_its_neighbours_that_had_no_row_is_missing_one(ledger: Ledger) -> None:
    settled(ledger, POLICY, NO_POLICY)
    (missing,) = missing_rows(ledger.db)
    assert missing.timestamp.startswith("2002")


def of_row(year: int, **other: Any) -> dict[str, Any]:
    """What a row of ``policies`` says of a text."""
    return {
        "archive": ARCHIVE, "domain": DOMAIN, "captured_at": datetime(year, 1, 1, tzinfo=UTC), "policy_url": URL,
        "kind": "cookie_policy", "policy_score": 0.05, "title": "Cookies", "words": 3, "language": "en",
        "text": "we use cookies", "text_sha256": "new",
    } | other  # fmt: skip


def test_the_ledger_follows_texts_that_were_extracted_again(ledger: Ledger) -> None:
    domain_id = settled(ledger, POLICY, POLICY)
    applied(ledger.db, {DOMAIN})
    others = [of_row(2001, domain="else.example"), of_row(2001, archive="arquivo.pt")]
    assert follow(ledger.db, [of_row(2001), *others]) == {DOMAIN}
    assert verdicts(ledger.db).domains == {DOMAIN, "else.example"}, "their rows are new"
    settle_verdicts(ledger.db, DOMAIN, NO_OVERRIDES)
    first, _, second = ledger.captures.of(domain_id)
    assert (first.kind, first.content_key, second.kind) == ("cookie_policy", "new", "privacy_policy")
    judged = "SELECT text_sha256, policy_score, title, words, language, sketch FROM captures ORDER BY timestamp LIMIT 1"
    expected = ("new", 0.05, "Cookies", 3, "en", sketch(["we", "use", "cookies"]))
    assert ledger.db.execute(judged).fetchone() == expected
    assert follow(ledger.db, [of_row(2001)]) == set(), "nothing is new"


def test_a_page_that_is_read_again_is_judged_anew(ledger: Ledger) -> None:
    settled(ledger, replace(NO_POLICY, sketch=b"", words=0))
    (known,) = without_row(ledger.db)
    document = extract(b"<h1>Privacy Policy</h1>" + b"<p>We keep your personal data safe.</p>" * 40, url=URL)
    judge_again(ledger.db, {known.id: asdict(document)})
    settle_verdicts(ledger.db, DOMAIN, NO_OVERRIDES)
    assert [missing.id for missing in missing_rows(ledger.db)] == [known.id]


def test_a_text_that_was_taken_for_no_policy_is_judged_by_its_new_row_which_it_may_get(ledger: Ledger) -> None:
    settled(ledger, replace(NO_POLICY, sketch=b"", words=0))
    (known,) = without_row(ledger.db)
    document = extract(b"<h1>Privacy Policy</h1>" + b"<p>We keep your personal data safe.</p>" * 40, url=URL)
    about = {"domain": DOMAIN, "archive": ARCHIVE, "captured_at": datetime(2001, 1, 1, tzinfo=UTC), "policy_url": URL}
    assert follow(ledger.db, [about | asdict(document)]) == {DOMAIN}
    assert follow(ledger.db, [about | asdict(document)]) == set(), "nothing is new"
    settle_verdicts(ledger.db, DOMAIN, NO_OVERRIDES)
    assert [missing.id for missing in missing_rows(ledger.db)] == [known.id]


def test_a_capture_that_is_fetched_again_has_no_verdict_until_its_domain_is_settled(ledger: Ledger) -> None:
    domain_id = settled(ledger, POLICY)
    ledger.db.execute("UPDATE captures SET state = 'known', outcome = NULL WHERE timestamp LIKE '200101%'")
    ledger.db.commit()
    plan_all(ledger, domain_id)
    (work,) = claim(ledger, ledger.db.execute("SELECT id FROM crawls").fetchone()[0])
    ledger.captures.fetched(work.id, replace(POLICY, kind="terms"))
    assert next(iter(ledger.captures.of(domain_id))).kind == "terms"
