from datetime import UTC, datetime, timedelta

import pytest

from crawler.answers.request_path import MAX_REDIRECTS, PlaybackRequest
from crawler.archives.playback import Memento, Offer
from crawler.ledger.captures import CaptureWork
from pipelines.timestamps import digits, distance

URL = "http://example.com/privacy"


def work(role: str = "policy", timestamp: str = "20040215120000", window_days: int | None = None) -> CaptureWork:
    return CaptureWork(
        id=1, domain_id=1, domain="example.com", role=role, urlkey="com,example)/privacy", timestamp=timestamp,
        digest="A", url=URL, found_by="url_keyword", link_text=None, window_days=window_days, tries=0,
    )  # fmt: skip


def memento(url: str = URL, when: str = "2004-02-15T12:00:00", status: int = 302) -> Memento:
    return Memento(url, datetime.fromisoformat(when).replace(tzinfo=UTC), status, (), None)


def taken(step: PlaybackRequest | str) -> PlaybackRequest:
    assert isinstance(step, PlaybackRequest), step
    return step


def refused(step: PlaybackRequest | str) -> str:
    assert isinstance(step, str)
    return step


def test_a_visit_begins_with_the_capture_that_was_planned() -> None:
    visit = PlaybackRequest.begin(work())
    assert (visit.url, visit.timestamp, visit.is_direct) == (URL, "20040215120000", True)


def test_a_redirect_is_followed_at_the_time_of_its_capture() -> None:
    visit = taken(PlaybackRequest.begin(work()).follow(memento(when="2004-02-16T01:00:00"), "http://example.com/legal"))
    assert (visit.url, visit.timestamp) == ("http://example.com/legal", "20040216010000")
    assert visit.redirects == (URL,)
    assert not visit.is_direct


def test_five_redirects_are_followed_and_not_a_sixth() -> None:
    visit = PlaybackRequest.begin(work())
    for hop in range(MAX_REDIRECTS):
        visit = taken(visit.follow(memento(visit.url), f"http://example.com/{hop}"))
    assert len(visit.redirects) == MAX_REDIRECTS == 5
    assert "redirects" in refused(visit.follow(memento(visit.url), "http://example.com/last"))


@pytest.mark.parametrize("target", [URL, "http://example.com/b"])
def test_a_circle_of_redirects_is_seen(target: str) -> None:
    visit = taken(PlaybackRequest.begin(work()).follow(memento(), "http://example.com/b"))
    assert target in refused(visit.follow(memento("http://example.com/b"), target))


def test_an_offer_near_in_time_is_taken() -> None:
    visit = taken(PlaybackRequest.begin(work()).take_offer(Offer(URL, "20040301000000")))
    assert (visit.timestamp, visit.offers, visit.is_direct) == ("20040301000000", 1, False)


def test_an_offer_too_far_away_is_refused_with_its_distance() -> None:
    assert "38 days" in refused(PlaybackRequest.begin(work()).take_offer(Offer(URL, "20040325000000")))


def test_after_a_redirect_an_offer_must_be_within_a_day() -> None:
    visit = taken(PlaybackRequest.begin(work()).follow(memento(), "http://example.com/legal"))
    taken(visit.take_offer(Offer(visit.url, "20040216110000")))
    refused(visit.take_offer(Offer(visit.url, "20040216130000")))


@pytest.mark.parametrize("redirected", [False, True])
def test_offer_after_offer_leads_no_further_than_one_may(redirected: bool) -> None:
    visit = PlaybackRequest.begin(work())
    step = timedelta(days=25)
    if redirected:
        visit = taken(visit.follow(memento(), "http://example.com/legal"))
        step = timedelta(hours=20)
    offered = datetime(2004, 2, 15, 12) + step
    visit = taken(visit.take_offer(Offer(visit.url, digits(offered))))
    refused(visit.take_offer(Offer(visit.url, digits(offered + step))))


def test_one_offer_after_another_ends() -> None:
    visit = PlaybackRequest.begin(work())
    for _ in range(3):
        visit = taken(visit.take_offer(Offer(URL, visit.timestamp)))
    assert "one timestamp after another" in refused(visit.take_offer(Offer(URL, visit.timestamp)))


def test_a_homepage_that_is_to_explain_a_gap_must_lie_in_it() -> None:
    visit = PlaybackRequest.begin(work("homepage", window_days=100))
    assert "days away" in refused(visit.take_offer(Offer("http://example.com/", "20040801000000")))
    assert taken(visit.take_offer(Offer("http://example.com/", "20040401000000")))


def test_where_nothing_is_known_a_homepage_of_any_date_is_wanted() -> None:
    visit = PlaybackRequest.begin(work("homepage"))
    visit = taken(visit.take_offer(Offer("http://example.com/", "20190101000000")))
    assert visit.served_too_far(memento(when="2021-01-01T00:00:00", status=200)) is None


def test_a_homepage_wanted_near_its_date_only_is_not_taken_from_elsewhere() -> None:
    visit = PlaybackRequest.begin(work("homepage", window_days=90))
    taken(visit.take_offer(Offer("http://example.com/", "20040501000000")))
    refused(visit.take_offer(Offer("http://example.com/", "20040601000000")))


def test_a_frame_keeps_that_it_is_one_through_its_redirects() -> None:
    visit = taken(PlaybackRequest.begin(work()).follow(memento(status=200), "http://example.com/frame", inside=True))
    assert visit.inside
    assert taken(visit.follow(memento("http://example.com/frame"), "http://example.com/moved")).inside


def test_a_capture_served_from_too_far_away_does_not_stand_for_the_one_asked_for() -> None:
    visit = PlaybackRequest.begin(work())
    assert visit.served_too_far(memento(when="2004-03-10T00:00:00")) is None
    assert "20050101000000" in str(visit.served_too_far(memento(when="2005-01-01T00:00:00")))


def test_what_a_redirect_leads_to_must_be_served_from_the_same_day() -> None:
    visit = taken(PlaybackRequest.begin(work()).follow(memento(), "http://example.com/legal"))
    assert visit.served_too_far(memento(when="2004-02-16T11:00:00")) is None
    assert visit.served_too_far(memento(when="2004-02-17T11:00:00")) is not None


def test_after_an_offer_the_capture_served_is_measured_against_the_one_planned() -> None:
    visit = taken(PlaybackRequest.begin(work()).take_offer(Offer(URL, "20040310120000")))
    assert visit.served_too_far(memento(when="2004-03-10T12:00:00")) is None
    assert visit.served_too_far(memento(when="2004-04-01T12:00:00")) is not None


@pytest.mark.parametrize(
    ("one", "other", "days"),
    [
        ("20040215120000", "20040216120000", 1),
        ("20040216120000", "20040215120000", 1),
        ("20040230000000", "20040229000000", 0),
        ("20040000000000", "20040101000000", 0),
        ("20041399000000", "20041231000000", 0),
    ],
)
def test_the_distance_of_impossible_dates_is_that_of_their_nearest_real_ones(one: str, other: str, days: int) -> None:
    assert distance(one, other).days == days


def test_a_redirect_to_the_same_address_is_followed_a_minute_later_and_not_in_a_circle() -> None:
    secure = "https://www.example.com/privacy"
    visit = taken(PlaybackRequest.begin(work()).follow(memento(), secure))
    assert (visit.url, visit.timestamp) == (secure, "20040215120100")
    visit = taken(visit.take_offer(Offer(URL, "20040215120000")))
    assert "circle" in str(visit.follow(memento(), secure))
