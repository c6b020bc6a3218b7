"""The chain of playback requests for one planned capture: redirects, offered timestamps, frames. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.archives import Archive
from crawler.archives.playback import Memento, Offer
from crawler.known import NO_DIGEST, SERVED, Role
from crawler.ledger.captures import NEAR, TRIES, CaptureWork
from pipelines.document import Snapshot
from pipelines.header_fields import header
from pipelines.outcomes import FoundBy
from pipelines.surt import key_of
from pipelines.timestamps import digits, distance, parse
from pipelines.urls import archive_name

#: Archived redirects followed for one capture.
MAX_REDIRECTS = 5
#: A capture that can't be played may be replaced by one the archive offers within this.
OFFER_WINDOW = timedelta(days=30)
#: Offered timestamps taken one after another.
MAX_OFFERS = 3
#: Bytes of the pages on the way to one capture, which are in memory until it is settled.
MAX_KEPT = 16 * 1024 * 1024
#: To the archive ``http://a.com/`` and ``https://www.a.com/`` are one address. Asked for the target of a redirect from
#: one to the other at the same second, it gives the redirect again; so it is asked for a time a little later, to which
#: the page that was captured next is the nearest.
AFTERWARDS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PlaybackRequest:
    """A request for a capture, with the requests that led to it."""

    work: CaptureWork
    url: str
    timestamp: str
    """14 digits: what is asked for now."""
    near: str
    """14 digits: the capture that is served must be near this time, however many others are offered on the way."""
    redirects: tuple[str, ...] = ()
    """Captured URLs passed on the way."""
    offers: int = 0
    """How often the archive has offered another timestamp."""
    inside: bool = False
    """True if this asks for a frame or the target of a meta refresh: those are followed once."""
    frames: tuple[str, ...] = ()
    """The other frames of a frameset, which are requested one by one after this."""
    kept: tuple[Snapshot, ...] = ()
    """What was served so far. It is written once it is known what became of the capture."""

    @classmethod
    def begin(cls, work: CaptureWork) -> PlaybackRequest:
        """The first request for a planned capture."""
        return cls(work, work.url, work.timestamp, near=work.timestamp)

    @property
    def is_direct(self) -> bool:
        """True if this still asks for the capture that was planned."""
        return not self.redirects and not self.offers

    @property
    def found_by(self) -> str:
        """How what is served counts as found."""
        return FoundBy.REDIRECT if self.redirects else self.work.found_by

    @property
    def may_retry(self) -> bool:
        """True if the capture may be asked for again later."""
        return self.work.tries + 1 < TRIES

    @property
    def _window(self) -> timedelta:
        """How far from ``near`` a capture may be."""
        if self.work.role == Role.HOMEPAGE:
            days = self.work.window_days
            return timedelta.max if days is None else timedelta(days=days)
        return NEAR if self.redirects else OFFER_WINDOW

    def take_offer(self, offer: Offer) -> PlaybackRequest | str:
        """The next request, for an offered timestamp; or why the offer is not taken."""
        away = distance(offer.timestamp, self.near)
        if self.offers >= MAX_OFFERS:
            return "the archive offers one timestamp after another"
        if away > self._window:
            return f"the archive offers {offer.timestamp} instead, {away.days} days away"
        return replace(self, url=offer.url, timestamp=offer.timestamp, offers=self.offers + 1)

    def follow(
        self, memento: Memento, target: str, *, inside: bool = False, frames: tuple[str, ...] | None = None
    ) -> PlaybackRequest | str:
        """The next request, for where an archived page leads; or why it is not followed."""
        passed = (*self.redirects, memento.url)
        if len(passed) > MAX_REDIRECTS:
            return f"over {MAX_REDIRECTS} redirects"
        if sum(len(snapshot.body) for snapshot in self.kept) > MAX_KEPT:
            return f"the pages on the way are over {MAX_KEPT >> 20} MB"
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

    def snapshot(
        self, memento: Memento, body: bytes, archive: Archive, *, fetched_at: datetime, crawl_id: str
    ) -> Snapshot:
        """What was served for this request, as it is kept."""
        digest = self.work.digest if self.is_direct and self.work.digest not in NO_DIGEST else None
        headers, served = memento.headers, digits(memento.captured_at)
        if memento.redirect and header(headers, "Location") is None:  # it came as the archive's own address
            headers = (*headers, ("Location", memento.redirect))
        return Snapshot(
            domain=self.work.domain,
            policy_url=memento.url,
            captured_at=memento.captured_at,
            requested_at=parse(self.work.timestamp),
            wayback_url=archive.playback_url(served, memento.url),
            view_url=archive.view_url(served, memento.url),
            found_by=self.found_by,
            link_text=self.work.link_text,
            redirects=self.redirects,
            http_status=memento.status,
            headers=headers,
            body=body,
            archive=archive_name(archive.url),
            archive_digest=digest,
            fetched_at=fetched_at,
            crawl_id=crawl_id,
        )

    def keep(self, snapshot: Snapshot) -> PlaybackRequest:
        """The same request, after this was served."""
        return replace(self, kept=(*self.kept, snapshot))

    def next_frame(self) -> PlaybackRequest:
        """The request for the frameset's next frame; there must be one."""
        url, *others = self.frames
        return replace(self, url=url, timestamp=self.near, offers=0, frames=tuple(others))

    def served_too_far(self, memento: Memento) -> str | None:
        """Why the capture that was served can't stand for the one asked for; ``None`` where it can.

        pywb serves the nearest capture, however far away, without saying so.
        """
        served = digits(memento.captured_at)
        away = distance(served, self.near)
        return f"{SERVED} {served} instead, {away.days} days away" if away > self._window else None
