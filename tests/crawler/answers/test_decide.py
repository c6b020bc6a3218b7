"""What is done with each answer of playback: one row per case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.answers import decide
from crawler.answers.decide import CUT_OFF, FOR_ITSELF, MAX_MOVES, Facts, Finding, GiveUp, Read, Retry, Settle
from crawler.answers.request_path import PlaybackRequest
from crawler.archives.playback import Excluded, Memento, NotArchived, Offer, Unavailable
from crawler.discovery.homepage import Homepage
from crawler.discovery.links import Link
from crawler.known import NOT_SHOWN, HomepageOutcome, Nearest, Role, WantedQuery
from crawler.ledger.captures import TRIES, CaptureWork
from pipelines.document import Document
from pipelines.extraction import extract
from pipelines.outcomes import FoundBy, Kind, Outcome
from pipelines.surt import key_of

URL = "http://example.com/privacy"
LEGAL = "http://example.com/legal"
HOME = "http://example.com/"
WHEN = "20040215120000"
FRAMES = ("http://example.com/top", "http://example.com/text")

POLICY = PlaybackRequest.begin(
    CaptureWork(
        id=1,
        domain_id=1,
        domain="example.com",
        role=Role.POLICY,
        urlkey=key_of(URL),
        timestamp=WHEN,
        digest="A",
        url=URL,
        found_by=FoundBy.URL_KEYWORD,
        link_text=None,
        window_days=None,
        tries=0,
    )
)
HOMEPAGE = PlaybackRequest.begin(
    replace(POLICY.work, role=Role.HOMEPAGE, url=HOME, urlkey=key_of(HOME), found_by=FoundBy.HOMEPAGE)
)


def of(asked: PlaybackRequest, **work: Any) -> PlaybackRequest:
    """The same request, for a capture that is planned otherwise."""
    return replace(asked, work=replace(asked.work, **work))


MOVED = replace(POLICY, url=LEGAL, redirects=(URL,))
"""After a redirect."""
MOVED_HOMEPAGE = replace(of(HOMEPAGE, window_days=30), url="http://example.com/en", redirects=(HOME,))
FRAME = replace(POLICY, url="http://example.com/menu", redirects=(URL,), inside=True, frames=FRAMES)
"""The first frame of a frameset, with two more to come."""


def memento(url: str = URL, when: str = WHEN, status: int = 200, to: str | None = None) -> Memento:
    captured_at = datetime.strptime(when, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return Memento(url, captured_at, status, (), to)


def redirect(to: str | None = LEGAL) -> Memento:
    return memento(status=301, to=to)


LAST_TRY = {"tries": TRIES - 1}
FAR = memento(when="20090215120000")
FAR_WHY = "the archive served 20090215120000 instead, 1827 days away"
NEAR_OFFER, FAR_OFFER = Offer(URL, "20040301000000"), Offer(LEGAL, "20051111000000")
FAR_OFFER_WHY = "the archive offers 20051111000000 instead, 634 days away"
CIRCLE = f"redirects in a circle, back to {URL}"


def next_of(asked: PlaybackRequest, **changed: Any) -> PlaybackRequest:
    return replace(asked, **changed)


NEXT_FRAME = next_of(FRAME, url=FRAMES[0], frames=FRAMES[1:])


def moved_on(asked: PlaybackRequest) -> Settle:
    """The redirect's target is there at another date only; the index is asked for it."""
    url = asked.url
    detail = f"to {url}: {FAR_OFFER_WHY}"
    return Settle(
        Outcome.REDIRECT, detail, f"redirect:{url}", leads_to=url, ask=WantedQuery(url, found_by=FoundBy.REDIRECT)
    )


def stays(asked: PlaybackRequest) -> Settle:
    """As ``moved_on``, but the index is not asked."""
    return Settle(Outcome.REDIRECT, f"to {asked.url}: {FAR_OFFER_WHY}")


HELD = Facts(held_policy=True)
LOGIN, DOCS = (replace(MOVED, url=f"http://example.com/{path}") for path in ("login", "docs/9"))
DATED = Facts(is_asked_for=False)
OTHER_DAY = memento(when="20040214120000")
NOT_OF_THE_DATES = "which is not of the dates asked for"

ANSWERS = [
    ("a page of the capture asked for is read", POLICY, memento(), Facts(), Read(memento())),
    ("a page served for another second nearby is read too", POLICY, OTHER_DAY, Facts(), Read(OTHER_DAY)),
    ("a page served of a date not asked for is not taken", POLICY, OTHER_DAY, DATED,
     Settle(Outcome.UNPLAYABLE, f"the archive served 20040214120000, {NOT_OF_THE_DATES}")),
    ("a redirect's target of a date not asked for is no more than that", MOVED, replace(OTHER_DAY, url=LEGAL), DATED,
     Settle(Outcome.REDIRECT, f"to {LEGAL}, captured 20040214120000, {NOT_OF_THE_DATES}")),
    ("the capture that was planned is read whatever the dates", POLICY, memento(), DATED, Read(memento())),
    ("a homepage is read whatever the dates", HOMEPAGE, OTHER_DAY, DATED, Read(OTHER_DAY)),
    ("an archived error is read like a page", POLICY, memento(status=404), Facts(), Read(memento(status=404))),

    ("what cannot be loaded is asked for again", POLICY, Unavailable("HTTP 503"), Facts(), Retry("HTTP 503")),
    ("what cannot be loaded at the last try is given up", of(POLICY, **LAST_TRY), Unavailable("HTTP 503"), Facts(),
     GiveUp(Outcome.UNPLAYABLE, "HTTP 503")),
    ("what cannot be loaded behind a redirect says so", MOVED, Unavailable("HTTP 503"), Facts(),
     Retry(f"redirected to {LEGAL}: HTTP 503")),

    ("a capture the archive has not is unplayable", POLICY, NotArchived(), Facts(),
     Settle(Outcome.UNPLAYABLE, "the archive has no such capture")),
    ("a homepage the archive has not is not archived", HOMEPAGE, NotArchived(), Facts(),
     Settle(HomepageOutcome.NOT_ARCHIVED, "the archive has no such capture")),
    ("a redirect to what is not archived is a redirect", MOVED, NotArchived(), Facts(),
     Settle(Outcome.REDIRECT, f"to {LEGAL}, which is not archived")),
    ("a frame that is not archived leaves the others", FRAME, NotArchived(), Facts(), NEXT_FRAME),
    ("a frame that is not shown leaves the others", FRAME, Excluded(), Facts(), NEXT_FRAME),
    ("a site that is not shown hides its host", POLICY, Excluded(), Facts(),
     Settle(Outcome.UNPLAYABLE, NOT_SHOWN, hides_host=True)),
    ("a redirect to a site that is not shown hides no host", MOVED, Excluded(), Facts(),
     Settle(Outcome.REDIRECT, f"to {LEGAL}, which the archive does not show")),

    ("another timestamp offered waits for the second pass", POLICY, NEAR_OFFER, Facts(),
     Retry("the archive offers 20040301000000")),
    ("another timestamp offered is taken on the second pass", of(POLICY, tries=1), NEAR_OFFER, Facts(),
     next_of(of(POLICY, tries=1), timestamp="20040301000000", offers=1)),
    ("another timestamp offered for a given capture is taken at once", of(POLICY, found_by=FoundBy.GIVEN), NEAR_OFFER,
     Facts(), next_of(of(POLICY, found_by=FoundBy.GIVEN), timestamp="20040301000000", offers=1)),
    ("the same timestamp offered under another URL is taken at once", POLICY, Offer(LEGAL, WHEN), Facts(),
     next_of(POLICY, url=LEGAL, offers=1)),
    ("a timestamp too far away is not taken", of(POLICY, tries=1), FAR_OFFER, Facts(),
     Settle(Outcome.UNPLAYABLE, FAR_OFFER_WHY)),
    ("a fourth offer is not taken", replace(POLICY, offers=3), NEAR_OFFER, Facts(),
     Settle(Outcome.UNPLAYABLE, "the archive offers one timestamp after another")),
    ("a homepage offered is taken at once", HOMEPAGE, Offer(HOME, "20010101000000"), Facts(),
     next_of(HOMEPAGE, timestamp="20010101000000", offers=1)),
    ("a homepage offered that was seen before is not loaded again", HOMEPAGE, Offer(HOME, "20010101000000"),
     Facts(seen_homepages={"20010101000000"}),
     Settle(HomepageOutcome.AGAIN, "the homepage of 20010101000000 again", served="20010101000000")),
    ("a homepage offered too far away is noted with its date", of(HOMEPAGE, window_days=30), FAR_OFFER, Facts(),
     Settle(HomepageOutcome.OFFERED, FAR_OFFER_WHY, served="20051111000000")),

    ("a capture served from another year is not taken", POLICY, FAR, Facts(), Settle(Outcome.UNPLAYABLE, FAR_WHY)),
    ("a redirect served from another year is not followed", POLICY, replace(FAR, status=301, redirect=LEGAL), Facts(),
     Settle(Outcome.UNPLAYABLE, FAR_WHY)),
    ("a frame served from another year leaves the others", FRAME, FAR, Facts(), NEXT_FRAME),
    ("a homepage served too far away is noted with its date", of(HOMEPAGE, window_days=30), FAR, Facts(),
     Settle(HomepageOutcome.OFFERED, FAR_WHY, served="20090215120000")),

    ("the index is asked where a policy's words name the target", MOVED, FAR_OFFER, Facts(), moved_on(MOVED)),
    ("the index is asked for a target that took the place of a policy", DOCS, FAR_OFFER, HELD,
     moved_on(DOCS)),
    ("the index is not asked where no policy was seen before", DOCS, FAR_OFFER, Facts(), stays(DOCS)),
    ("the index is not asked for a login", LOGIN, FAR_OFFER, HELD, stays(LOGIN)),
    ("the index is not asked for what a frame only refers to", replace(DOCS, inside=True), FAR_OFFER, HELD,
     stays(DOCS)),
    ("the index is not asked for a target per visitor", DOCS, FAR_OFFER, replace(HELD, moves=MAX_MOVES),
     stays(DOCS)),
    ("the index is asked where a homepage's link called the page a policy", of(DOCS, found_by=FoundBy.HOMEPAGE_LINK),
     FAR_OFFER, Facts(), moved_on(DOCS)),
    ("the index is not asked where a homepage moved", MOVED_HOMEPAGE, FAR_OFFER, HELD,
     stays(MOVED_HOMEPAGE)),

    ("a redirect is followed at its time", POLICY, redirect(), Facts(), next_of(POLICY, url=LEGAL, redirects=(URL,))),
    ("a redirect to a capture known nearby is not followed", POLICY, redirect(),
     Facts(target=Nearest("20040215130000")),
     Settle(Outcome.REDIRECT, f"to {LEGAL}, captured 20040215130000", f"redirect:{LEGAL}", leads_to=LEGAL)),
    ("a redirect to an address known at other times is not followed", POLICY, redirect(), Facts(target=Nearest(None)),
     Settle(Outcome.REDIRECT, f"to {LEGAL}, captured at other times", f"redirect:{LEGAL}", leads_to=LEGAL)),
    ("a homepage's redirect is followed also to a known address", HOMEPAGE, replace(redirect(), url=HOME),
     Facts(target=Nearest(None)), next_of(HOMEPAGE, url=LEGAL, redirects=(HOME,))),
    ("a redirect to itself is a circle whatever is known", POLICY, redirect(URL), Facts(target=Nearest(None)),
     Settle(Outcome.REDIRECT, CIRCLE, f"redirect:{URL}", leads_to=URL)),
    ("a redirect to no web address leads nowhere", POLICY, redirect(None), Facts(),
     Settle(Outcome.REDIRECT, "leads to no web address", "redirect:")),
    ("a frame's redirect keeps the other frames", FRAME, memento(FRAME.url, status=302, to=LEGAL), Facts(),
     next_of(FRAME, url=LEGAL, redirects=(URL, FRAME.url))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "answer", "facts", "action"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
def test_an_answer(asked: PlaybackRequest, answer: Any, facts: Facts, action: Any) -> None:
    assert decide.decide(asked, answer, facts) == action


CUT = [
    ("a body cut off is asked for again", POLICY, memento(), Retry(CUT_OFF)),
    ("a body cut off at the last try is read", of(POLICY, **LAST_TRY), memento(), Read(memento())),
    ("a homepage cut off is asked for again", HOMEPAGE, memento(), Retry(CUT_OFF)),
    ("a redirect needs no whole body", POLICY, redirect(), next_of(POLICY, url=LEGAL, redirects=(URL,))),
    (
        "what the archive itself says needs no whole body",
        POLICY,
        NotArchived(),
        decide.decide(POLICY, NotArchived(), Facts()),
    ),
]


@pytest.mark.parametrize(("asked", "answer", "action"), [row[1:] for row in CUT], ids=[row[0] for row in CUT])
def test_a_truncated_answer(asked: PlaybackRequest, answer: Any, action: Any) -> None:
    assert decide.decide(asked, answer, Facts(), truncated=True) == action


def test_what_is_too_large_now_is_too_large_later() -> None:
    assert decide.no_answer(POLICY, "1 GB", outcome=Outcome.FAILED, is_final=True) == Settle(Outcome.FAILED, "1 GB")


def test_another_capture_served_is_a_redirect_only_after_one() -> None:
    where = f"{LEGAL}, captured {WHEN}"
    assert decide.served_another(POLICY, memento(LEGAL)) == Settle(Outcome.UNPLAYABLE, f"the archive served {where}")
    expected = Settle(Outcome.REDIRECT, f"to {where}", f"redirect:{LEGAL}", leads_to=LEGAL)
    assert decide.served_another(MOVED, memento(LEGAL)) == expected


# --- pages that were read

TEXT = extract(b"<h1>Privacy Policy</h1><p>" + b"We collect personal information, and we use cookies. " * 20, url=URL)


def document(kind: Kind = Kind.PRIVACY_POLICY, words: int = 100, **changed: Any) -> Document:
    return replace(TEXT, kind=kind, text="word " * words, **changed)


STORED = Finding(document(), Outcome.STORED)
FRAMESET = document(Kind.EMPTY, 0, follow=("http://example.com/menu", LEGAL, *FRAMES))
SHORT_TERMS, LONG_TERMS = document(Kind.TERMS), document(Kind.TERMS, FOR_ITSELF)

KINDS = [
    ("a policy is stored", document(), Outcome.STORED, None),
    ("a text without a kind of its own is stored", document(Kind.OTHER, detail="cut"), Outcome.STORED, "cut"),
    ("a page without text is empty", document(Kind.EMPTY, 0, detail="scripts"), Outcome.EMPTY, "scripts"),
    ("a bot wall is a soft block", document(Kind.BLOCKED), Outcome.SOFT_BLOCK, "a bot wall's page"),
    ("a parked page is no policy", document(Kind.PARKED, detail="for sale"), Outcome.NOT_POLICY, "parked; for sale"),
]


@pytest.mark.parametrize(("read", "outcome", "detail"), [row[1:] for row in KINDS], ids=[row[0] for row in KINDS])
def test_what_a_page_is_found_to_be(read: Document, outcome: Outcome, detail: str | None) -> None:
    assert decide.finding_of(read) == Finding(read, outcome, detail)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, None),
        (401, Outcome.SOFT_BLOCK),
        (429, Outcome.SOFT_BLOCK),
        (404, Outcome.NOT_POLICY),
        (500, Outcome.NOT_POLICY),
    ],
)
def test_archived_refusals_and_errors_are_not_read(status: int, outcome: Outcome | None) -> None:
    finding = decide.unread(memento(status=status), 1000)
    assert (finding and finding.outcome) == outcome


def kept(finding: Finding, key: str | None) -> tuple[Finding, str | None]:
    return finding, key


CONTENT = [
    ("a policy is kept, and its words are its key", POLICY, STORED, None, False, kept(STORED, TEXT.text_sha256)),
    ("a page without text has its outcome for a key", POLICY, Finding(document(Kind.EMPTY, 0), Outcome.EMPTY), None,
     False, kept(Finding(document(Kind.EMPTY, 0), Outcome.EMPTY), Outcome.EMPTY)),
    ("an unread page has its outcome for a key", POLICY, Finding(None, Outcome.SOFT_BLOCK, "HTTP 429"), None, False,
     kept(Finding(None, Outcome.SOFT_BLOCK, "HTTP 429"), Outcome.SOFT_BLOCK)),
    ("an error of ours tells the plan nothing", POLICY, Finding(None, Outcome.FAILED, "died"), None, False,
     kept(Finding(None, Outcome.FAILED, "died"), None)),
    ("a policy cut off is stored, and says so", POLICY, STORED, None, True,
     kept(Finding(STORED.document, Outcome.STORED, CUT_OFF), TEXT.text_sha256)),
    ("a page cut off before any policy has failed", POLICY, Finding(document(Kind.EMPTY, 0), Outcome.EMPTY), None, True,
     kept(Finding(None, Outcome.FAILED, CUT_OFF), None)),
    ("a frameset's likeliest frame is looked into first", POLICY, Finding(FRAMESET, Outcome.EMPTY), None, False,
     next_of(POLICY, url=LEGAL, redirects=(URL,), inside=True, frames=("http://example.com/menu", FRAMES[0]))),
    ("a frame that is known from the index is not looked into", POLICY, Finding(FRAMESET, Outcome.EMPTY, "frames"),
     Nearest(None), False,
     kept(Finding(None, Outcome.EMPTY, f"frames; its text is at {LEGAL}"), Outcome.EMPTY)),
    ("a frameset in a frame is not looked into", replace(FRAME, frames=()), Finding(FRAMESET, Outcome.EMPTY), None,
     False, kept(Finding(FRAMESET, Outcome.EMPTY), Outcome.EMPTY)),
    ("a frame that is a policy ends the search", FRAME, STORED, None, False, kept(STORED, TEXT.text_sha256)),
    ("a frame with few words leaves the others", FRAME, Finding(SHORT_TERMS, Outcome.STORED), None, False, NEXT_FRAME),
    ("a frame with many words ends the search", FRAME, Finding(LONG_TERMS, Outcome.STORED), None, False,
     kept(Finding(LONG_TERMS, Outcome.STORED), TEXT.text_sha256)),
    ("a frame that could not be read leaves the others", FRAME, Finding(None, Outcome.FAILED), None, False, NEXT_FRAME),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "finding", "target", "truncated", "action"),
    [row[1:] for row in CONTENT],
    ids=[row[0] for row in CONTENT],
)
def test_content(
    asked: PlaybackRequest, finding: Finding, target: Nearest | None, truncated: bool, action: Any
) -> None:
    found = decide.decide_content(asked, memento(asked.url), finding, target, truncated=truncated)
    assert (found if isinstance(found, PlaybackRequest) else (found, found.content_key)) == action


def test_no_more_than_three_frames_are_looked_into() -> None:
    assert decide.text_is_at(POLICY, Finding(FRAMESET, Outcome.EMPTY)) == [LEGAL, "http://example.com/menu", FRAMES[0]]


# --- homepages that were read

LINK, OTHER_LINK = Link(LEGAL, "Privacy"), Link("http://example.com/info?id=12", "")
INNER = ("http://example.com/menu", *FRAMES, "http://example.com/fourth")


def links_to(link: Link) -> Settle:
    ask = WantedQuery(link.url, found_by=FoundBy.HOMEPAGE_LINK, link_text=link.text or None)
    detail = f"links to {link.url}"
    return Settle(HomepageOutcome.LOOKED_AT, detail, leads_to=link.url, served=WHEN, ask=ask)


NO_LINK = Settle(HomepageOutcome.LOOKED_AT, "no link to a policy", served=WHEN)
HOME_FRAME = replace(HOMEPAGE, url=INNER[0], redirects=(HOME,), inside=True, frames=FRAMES)

HOMEPAGES = [
    ("the index is asked for a homepage's best link", HOMEPAGE, Homepage([LINK, OTHER_LINK]), set(), links_to(LINK)),
    ("a link known to lead to no policy is left out", HOMEPAGE, Homepage([LINK, OTHER_LINK]), {key_of(LEGAL)},
     links_to(OTHER_LINK)),
    ("the only link is taken all the same", HOMEPAGE, Homepage([LINK]), {key_of(LEGAL)}, links_to(LINK)),
    ("a homepage without links ends its visit", HOMEPAGE, Homepage([]), set(), NO_LINK),
    ("a homepage's frames are looked into, three of them", HOMEPAGE, Homepage([], INNER), set(),
     next_of(HOMEPAGE, url=INNER[0], redirects=(HOME,), inside=True, frames=FRAMES)),
    ("a homepage with links is not looked into", HOMEPAGE, Homepage([LINK], INNER), set(), links_to(LINK)),
    ("a frame without links leaves the others", HOME_FRAME, Homepage([], INNER), set(),
     next_of(HOME_FRAME, url=FRAMES[0], frames=FRAMES[1:])),
    ("a frame inside a frame is not looked into", replace(HOME_FRAME, frames=()), Homepage([], INNER), set(), NO_LINK),
    ("a page that refreshes to itself is a circle", HOMEPAGE, Homepage([], (HOME,)), set(), NO_LINK),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "page", "non_policies", "action"), [row[1:] for row in HOMEPAGES], ids=[row[0] for row in HOMEPAGES]
)
def test_a_homepage(asked: PlaybackRequest, page: Homepage, non_policies: set[str], action: Any) -> None:
    assert decide.decide_homepage(asked, memento(asked.url), page, non_policies) == action


LIKELY = of(POLICY, role=Role.LIKELY, digest=Role.LIKELY)


def captured(when: str) -> Settle:
    return Settle(HomepageOutcome.OFFERED, f"captured {when}", leads_to=URL, served=when)


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        (NEAR_OFFER, captured("20040301000000")),
        (FAR_OFFER, captured("20051111000000")),
        (FAR, captured("20090215120000")),
        (redirect(), captured(WHEN)),
        (NotArchived(), Settle(HomepageOutcome.NOT_ARCHIVED, "the archive has no such capture")),
        (Excluded(), Settle(Outcome.UNPLAYABLE, NOT_SHOWN, hides_host=True)),
        (Unavailable("HTTP 503"), Retry("HTTP 503")),
    ],
)
def test_an_answer_to_whether_a_likely_address_is_archived(answer: Any, action: Any) -> None:
    assert decide.decide_named(LIKELY, answer) == action


@pytest.mark.parametrize(
    ("page", "unreadable", "outcome"),
    [
        (Homepage([]), None, HomepageOutcome.LOOKED_AT),
        (Homepage([], is_script=True), None, HomepageOutcome.SCRIPTS),
        (Homepage([]), CUT_OFF, HomepageOutcome.UNREADABLE),
        (Homepage([], is_script=True), "archived HTTP 403", HomepageOutcome.UNREADABLE),
        (Homepage([LINK]), "archived HTTP 404", HomepageOutcome.LOOKED_AT),
    ],
)
def test_a_homepage_without_a_link_tells_whether_it_was_read(
    page: Homepage, unreadable: str | None, outcome: HomepageOutcome
) -> None:
    action = decide.decide_homepage(HOMEPAGE, memento(HOME), page, set(), unreadable=unreadable)
    assert isinstance(action, Settle) and action.outcome == outcome
