"""One capture's way through playback: what to do with each answer. Pure decisions, no I/O."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.archives.playback import Memento, Offer
from crawler.ledger.captures import CaptureWork, key_of

#: Archived redirects followed for one capture.
MAX_REDIRECTS = 5
#: A redirect's target must have been captured within this of the redirect: both belong to one visit of a crawler.
REDIRECT_WINDOW = timedelta(hours=24)
#: A capture that can't be played may be replaced by one the archive offers within this.
OFFER_WINDOW = timedelta(days=30)
#: To the archive ``http://a.com/`` and ``https://www.a.com/`` are one address: asked for the target of such a redirect
#: at the same second, it gives the redirect again. What a crawler fetched next is nearest to a little later.
AFTERWARDS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a capture, with the way that led to it."""

    work: CaptureWork
    url: str
    timestamp: str
    """14 digits: what is asked for now."""
    near: str
    """14 digits: what is served must be of about this time, however many others are offered on the way."""
    redirects: tuple[str, ...] = ()
    """Captured URLs passed on the way."""
    offers: int = 0
    """How often the archive has offered another timestamp."""
    inside: bool = False
    """Whether this asks for a frame or a meta refresh's target: those are followed once."""
    frames: tuple[str, ...] = ()
    """The other frames of a frameset, still to be looked into."""

    @classmethod
    def begin(cls, work: CaptureWork) -> Visit:
        return cls(work, work.url, work.timestamp, near=work.timestamp)

    @property
    def is_direct(self) -> bool:
        """Whether this still asks for the capture that was planned."""
        return not self.redirects and not self.offers

    @property
    def _window(self) -> timedelta | None:
        """How far in time from what is asked for a capture may be; ``None`` is any distance."""
        if self.work.role == "homepage":
            days = self.work.window_days
            return None if days is None else timedelta(days=days)
        return REDIRECT_WINDOW if self.redirects else OFFER_WINDOW

    def take_offer(self, offer: Offer) -> Visit | str:
        """The next request for an offered timestamp, or why it is not taken."""
        away = distance(offer.timestamp, self.near)
        if self.offers >= 3:
            return "the archive offers one timestamp after another"
        if (window := self._window) is not None and away > window:
            return f"the archive offers {offer.timestamp} instead, {away.days} days away"
        return replace(self, url=offer.url, timestamp=offer.timestamp, offers=self.offers + 1)

    def follow(
        self, memento: Memento, target: str, *, inside: bool = False, frames: tuple[str, ...] | None = None
    ) -> Visit | str:
        """The next request for where an archived page leads, or why it is not followed."""
        passed = (*self.redirects, memento.url)
        if len(passed) > MAX_REDIRECTS:
            return f"over {MAX_REDIRECTS} redirects"
        if target in passed or memento.url in self.redirects:
            return f"redirects in a circle, back to {target}"
        when = digits(memento.captured_at)
        to_itself = key_of(target) == key_of(memento.url)
        return replace(
            self,
            url=target,
            timestamp=digits(memento.captured_at + AFTERWARDS) if to_itself else when,
            near=when,
            redirects=passed,
            offers=0,
            inside=self.inside or inside,
            frames=self.frames if frames is None else frames,
        )

    def next_frame(self) -> Visit:
        """The request for the frameset's next frame; there must be one."""
        url, *others = self.frames
        return replace(self, url=url, timestamp=self.near, offers=0, frames=tuple(others))

    def served_too_far(self, memento: Memento) -> str | None:
        """Why the capture served can't stand for the one asked for; ``None`` where it can.

        pywb answers with the nearest capture without saying so.
        """
        away = distance(digits(memento.captured_at), self.near)
        if (window := self._window) is not None and away > window:
            return f"the archive served {digits(memento.captured_at)} instead, {away.days} days away"
        return None


def digits(when: datetime) -> str:
    """The archive's 14 digits of a UTC time."""
    return f"{when:%Y%m%d%H%M%S}"


def distance(one: str, other: str) -> timedelta:
    """The time between two timestamps of 14 digits; impossible dates count as their nearest real ones."""
    return abs(_time(one) - _time(other))


def _time(timestamp: str) -> datetime:
    try:
        return datetime.strptime(timestamp, "%Y%m%d%H%M%S")
    except ValueError:
        year, month = max(int(timestamp[:4]), 1), min(max(int(timestamp[4:6]), 1), 12)
        return datetime(year, month, min(max(int(timestamp[6:8]), 1), monthrange(year, month)[1]))
