"""The ledger's captures: known, planned, claimed, fetched, settled (``crawler.known.State``)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from crawler.archives.cdx import Capture
from crawler.known import (
    LASTING,
    LISTED_TWICE,
    SEEN,
    WITHDRAWN,
    Address,
    HomepageOutcome,
    KnownCapture,
    Nearest,
    Role,
    State,
    addresses_of,
    with_links,
)
from crawler.ledger.moves import move, move_one, unless_lasting
from crawler.ledger.sql import LONGEST_RETRY, exists, one_of, records, transaction
from crawler.ledger.tables import Stale, outdate
from crawler.ledger.turns import Turns
from pipelines.outcomes import FoundBy, Kind, Outcome
from pipelines.surt import key_of
from pipelines.timestamps import digits, moment

#: A homepage visit stands for this long. A later crawl visits again where nothing was found: new captures come.
VISIT_AGAIN = timedelta(days=30)
#: Tries for a capture that can't be loaded now; slow ones often load on a later pass.
TRIES = 3
#: Captures that could not be loaded at any try, and of which nothing else is known (SQL).
NOT_LOADED = f"tries >= {TRIES} AND (outcome IS NULL OR outcome NOT IN {one_of(sorted(LASTING))})"
#: How near in time a capture of a redirect's target must be to the redirect: both belong to one visit of a crawler.
NEAR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class CaptureWork:
    """A capture to fetch; for a homepage the timestamp is a date near which one is wanted."""

    id: int
    domain_id: int
    domain: str
    role: str
    urlkey: str
    timestamp: str
    digest: str
    url: str
    found_by: str
    link_text: str | None
    window_days: int | None
    """Of a homepage: how far from its date a capture may be; ``None`` for any distance."""
    tries: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What a capture's bytes were found to be. Columns of the ledger, by their names."""

    outcome: str
    detail: str | None = None
    content_key: str | None = None
    kind: str | None = None
    policy_score: float | None = None
    title: str | None = None
    words: int | None = None
    language: str | None = None
    text_sha256: str | None = None
    sketch: bytes | None = None
    stored_url: str | None = None
    """policy_url of its row in the dataset, where it becomes one."""
    mimetype: str | None = None
    status: int | None = None


class Captures:
    """The captures of the crawl's domains."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._turns = Turns(db, "captures")

    def plan_given(self, domain_id: int, url: str, timestamp: str) -> None:
        """Plans one capture that was asked for by name."""
        one: dict[str, Any] = {"domain_id": domain_id, "urlkey": key_of(url), "timestamp": timestamp}
        same = "domain_id = :domain_id AND urlkey = :urlkey AND timestamp = :timestamp"
        with transaction(self.db):
            if not exists(self.db, f"captures WHERE {same}", one):
                self.db.execute(
                    "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, state)"
                    f" VALUES (:domain_id, :urlkey, :timestamp, '', :url, '{FoundBy.GIVEN}', '{State.PLANNED}')",
                    {**one, "url": url},
                )
            move(self.db, State.KNOWN, State.PLANNED, same, **one)
            outdate(self.db, domain_id)

    def plan(self, ids: Iterable[int]) -> None:
        """Plans captures, as far as they are not planned or fetched already."""
        with transaction(self.db):
            for capture_id in ids:
                move(self.db, State.KNOWN, State.PLANNED, "id = :id", id=capture_id)

    def of(self, domain_id: int) -> list[KnownCapture]:
        """A domain's known captures of policy URLs, by address and time."""
        captures = records(
            KnownCapture,
            self.db.execute(
                "SELECT id, urlkey, timestamp, digest, url, status, found_by, state, outcome, content_key,"
                " coalesce(verdict, kind) AS kind, FALSE AS is_linked"
                f" FROM captures WHERE domain_id = ? AND role = '{Role.POLICY}' ORDER BY urlkey, timestamp, id",
                (domain_id,),
            ),
        )
        (domain,) = self.db.execute("SELECT domain FROM domains WHERE id = ?", (domain_id,)).fetchone()
        return with_links(captures, homepage_links(self.db, domain))

    def of_domain(self, domain: str) -> list[KnownCapture]:
        """As ``of``, by the domain's name, over all archives; none if the domain is not known."""
        ids = self.db.execute("SELECT id FROM domains WHERE domain = ? ORDER BY id", (domain,)).fetchall()
        return [capture for (domain_id,) in ids for capture in self.of(domain_id)]

    def addresses(self, domain_id: int) -> list[Address]:
        """The addresses under which a domain's policies were captured."""
        return addresses_of(self.of(domain_id))

    def holds_policy(self, domain_id: int, urlkey: str) -> bool:
        """True if a capture of an address was read and is a privacy policy."""
        policies = (
            f"captures WHERE domain_id = ? AND urlkey = ? AND role = '{Role.POLICY}'"
            f" AND coalesce(verdict, kind) = '{Kind.PRIVACY_POLICY}'"
        )
        return exists(self.db, policies, (domain_id, urlkey))

    def claim(self, crawl_id: str, count: int, now: float) -> list[CaptureWork]:
        """Takes planned captures of a crawl, up to ``count``: requests for them go out now."""
        works: list[CaptureWork] = []
        with transaction(self.db):
            for capture_id in self._turns.take(crawl_id, count, now, self._claim):
                works += records(
                    CaptureWork,
                    self.db.execute(
                        "SELECT c.id, c.domain_id, d.domain, c.role, c.urlkey, c.timestamp, c.digest, c.url,"
                        " c.found_by, c.link_text, c.window_days, c.tries"
                        " FROM captures c JOIN domains d ON d.id = c.domain_id WHERE c.id = ?",
                        (capture_id,),
                    ),
                )
        return works

    def _claim(self, capture_id: int) -> None:
        move_one(self.db, State.PLANNED, State.CLAIMED, capture_id)

    def retry(self, capture_id: int, delay: float, detail: str) -> None:
        """Plans a claimed capture again, for some seconds later."""
        with transaction(self.db):
            move_one(
                self.db, State.CLAIMED, State.PLANNED, capture_id,
                sets="tries = tries + 1, not_before = :not_before, detail = :detail",
                not_before=time.time() + min(delay, LONGEST_RETRY), detail=detail,
            )  # fmt: skip

    def settle(self, work: CaptureWork, outcome: str, detail: str | None = None, *, content_key: str | None = None,
               leads_to: str | None = None, served: str | None = None, has_bytes: bool = False) -> None:  # fmt: skip
        """Says what became of a claimed capture that makes no row.

        A lasting outcome stays, unless the new one is lasting, too. ``has_bytes``: what the archive served has to be
        written first, so that the capture is ``FETCHED`` until then, unless its outcome was lasting before.
        """
        is_known = exists(self.db, f"captures WHERE id = ? AND outcome IN {one_of(LASTING)}", (work.id,))
        learned = {name: f":{name}" for name in ("outcome", "detail", "content_key", "leads_to")}
        sets = ", ".join(f"{name} = {value}" for name, value in learned.items())
        with transaction(self.db):
            move_one(
                self.db, State.CLAIMED, State.FETCHED if has_bytes and not is_known else State.SETTLED, work.id,
                sets=f"{sets if outcome in LASTING else unless_lasting(**learned)},"
                f" served = :served, not_before = iif(role = '{Role.POLICY}', not_before, :again)",
                outcome=outcome, detail=detail, content_key=content_key, leads_to=leads_to, served=served,
                again=time.time() + VISIT_AGAIN.total_seconds(),
            )  # fmt: skip
            outdate(self.db, work.domain_id, Stale.DATES if work.role == Role.VISIT else Stale.FACTS)

    def give_up(self, work: CaptureWork, outcome: str, detail: str, *, has_bytes: bool = False) -> None:
        """Settles a capture that could not be loaded at any try, which says nothing of it: a later crawl tries again.

        Only such captures have all their tries used up.
        """
        with transaction(self.db):
            self.settle(work, outcome, detail, has_bytes=has_bytes)
            self.db.execute("UPDATE captures SET tries = ? WHERE id = ?", (TRIES, work.id))

    def plan_again(self, domain_id: int) -> None:
        """Plans again those captures and homepage visits of a domain that could not be loaded at any try."""
        with transaction(self.db):
            move(
                self.db, State.SETTLED, State.PLANNED, f"domain_id = :domain_id AND {NOT_LOADED}",
                sets="outcome = NULL, detail = NULL, tries = 0, not_before = 0", domain_id=domain_id,
            )  # fmt: skip

    def missed(self, domain_id: int) -> str | None:
        """Why a homepage, or all tried captures of an address, could not be loaded; ``None`` if none was missed."""
        row = self.db.execute(
            f"SELECT detail FROM captures AS missed WHERE domain_id = ?1 AND tries >= ?2"
            f" AND (role = '{Role.HOMEPAGE}' OR NOT EXISTS (SELECT 1 FROM captures WHERE domain_id = ?1"
            f" AND role = '{Role.POLICY}' AND urlkey = missed.urlkey AND outcome IN {one_of(SEEN)}))"
            " LIMIT 1",
            (domain_id, TRIES),
        ).fetchone()
        return row[0] if row else None

    def unread(self, domain_id: int) -> str | None:
        """Why no capture of an address could be read, though the archive answered; ``None`` if that is so of none."""
        row = self.db.execute(
            f"SELECT detail FROM captures AS unread WHERE domain_id = ?1 AND role = '{Role.POLICY}'"
            f" AND outcome IN {one_of((Outcome.FAILED, Outcome.UNPLAYABLE))} AND coalesce(detail, '') != ?2"
            f" AND NOT EXISTS (SELECT 1 FROM captures WHERE domain_id = ?1 AND role = '{Role.POLICY}'"
            f" AND urlkey = unread.urlkey AND outcome IN {one_of(LASTING)}) ORDER BY id LIMIT 1",
            (domain_id, WITHDRAWN),
        ).fetchone()
        return row[0] if row else None

    def serve(self, work: CaptureWork, url: str, timestamp: str, found_by: str) -> tuple[int, bool]:
        """Claims the capture that was really served for ``work``: returns its id, and whether it is still wanted.

        It is entered where the index had not named it. It is not wanted where it is stored, settled or under way.
        """
        key = key_of(url)
        if timestamp == work.timestamp and (key == work.urlkey or url == work.url):  # an index may have keys of its own
            return work.id, True
        with transaction(self.db):
            row = self.db.execute(
                "SELECT id, state FROM captures WHERE domain_id = ? AND urlkey = ? AND timestamp = ? AND id != ?"
                f" ORDER BY state = '{State.KNOWN}' DESC LIMIT 1",
                (work.domain_id, key, timestamp, work.id),
            ).fetchone()
            if row is None:
                cursor = self.db.execute(
                    "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, link_text, state, via)"
                    f" VALUES (?, ?, ?, '', ?, ?, ?, '{State.CLAIMED}', ?)",
                    (work.domain_id, key, timestamp, url, found_by, work.link_text, work.id),
                )
                return cursor.lastrowid or 0, True
            capture_id, state = row
            if state not in (State.KNOWN, State.PLANNED):
                return capture_id, False
            via = work.id if state == State.KNOWN else None
            move_one(self.db, State(state), State.CLAIMED, capture_id, sets="via = :via", via=via)
        return capture_id, True

    def release(self, capture_id: int) -> None:
        """Gives back a capture claimed by ``serve`` whose text stands elsewhere; deletes one that ``serve`` entered."""
        with transaction(self.db):
            entered = self.db.execute(
                "DELETE FROM captures WHERE id = ? AND digest = '' AND via IS NOT NULL AND NOT imported", (capture_id,)
            ).rowcount
            if not entered:
                move_one(self.db, State.CLAIMED, State.KNOWN, capture_id, sets="via = NULL")

    def nearest(self, domain_id: int, url: str, timestamp: str, *, but: int) -> Nearest | None:
        """The known capture of ``url`` nearest to a timestamp; ``None`` where the address is not known.

        ``but`` is the id of the capture that leads there. It does not count: to the index, a redirect from ``http`` to
        ``https`` has the same address as its target.
        """
        when = moment(timestamp)
        readable = (
            "domain_id = :domain_id AND urlkey = :urlkey AND id != :but"
            f" AND role = '{Role.POLICY}' AND (status IS NULL OR status < 300)"
        )
        values = {
            "domain_id": domain_id, "urlkey": key_of(url), "but": but, "timestamp": timestamp,
            "first": digits(when - NEAR), "last": digits(when + NEAR),
        }  # fmt: skip
        row = self.db.execute(
            f"SELECT timestamp FROM captures WHERE {readable} AND timestamp BETWEEN :first AND :last"
            " ORDER BY abs(timestamp - :timestamp) LIMIT 1",
            values,
        ).fetchone()
        if row:
            return Nearest(row[0])
        return Nearest(None) if exists(self.db, f"captures WHERE {readable}", values) else None

    def redirecting_to(self, domain_id: int, url: str) -> list[str]:
        """The captured URLs whose redirects led to ``url``, at whatever date."""
        key = key_of(url)
        return [
            source
            for source, target in self.db.execute(
                f"SELECT DISTINCT url, leads_to FROM captures WHERE domain_id = ? AND role = '{Role.POLICY}'"
                f" AND outcome = '{Outcome.REDIRECT}' AND leads_to IS NOT NULL",
                (domain_id,),
            )
            if key_of(target) == key
        ]

    def fetched(self, capture_id: int, judged: Judged) -> bool:
        """Notes that a claimed capture's bytes are judged, though not yet on disk. False: it has its row already."""
        try:
            with transaction(self.db):
                move_one(
                    self.db, State.CLAIMED, State.FETCHED, capture_id,
                    sets="outcome = :outcome, detail = :detail, content_key = :content_key, kind = :kind,"
                    " policy_score = :policy_score, title = :title, words = :words, language = :language,"
                    " text_sha256 = :text_sha256, sketch = :sketch, stored_url = :stored_url, verdict = NULL,"
                    " is_primary = NULL, corrected_language = NULL,"
                    " mimetype = coalesce(mimetype, :mimetype), status = coalesce(status, :status)",
                    **asdict(judged),
                )  # fmt: skip
        except sqlite3.IntegrityError:
            with transaction(self.db):
                move_one(
                    self.db, State.CLAIMED, State.SETTLED, capture_id,
                    sets=f"outcome = '{Outcome.UNCHANGED}', same_as = timestamp, content_key = :content_key,"
                    f" detail = '{LISTED_TWICE}'",
                    content_key=judged.content_key,
                )  # fmt: skip
            return False
        return True


def homepage_links(db: sqlite3.Connection, domain: str) -> list[str]:
    """The URLs that a domain's homepages call its policy, as far as crawls looked at these."""
    found = db.execute(
        "SELECT DISTINCT leads_to FROM captures c JOIN domains d ON d.id = domain_id WHERE domain = ?"
        f" AND role = '{Role.HOMEPAGE}' AND c.outcome = '{HomepageOutcome.LOOKED_AT}' AND leads_to IS NOT NULL",
        (domain,),
    )
    return [url for (url,) in found]


def insert_capture(
    db: sqlite3.Connection, domain_id: int, capture: Capture, found_by: str, link_text: str | None
) -> None:
    """Enters a capture that the index names; one that a redirect had led to gets its digest."""
    unasked = db.execute(
        "UPDATE captures SET digest = ?, mimetype = coalesce(mimetype, ?), status = coalesce(status, ?), length = ?"
        " WHERE domain_id = ? AND urlkey = ? AND timestamp = ? AND digest = ''",
        (
            capture.digest, capture.mimetype, capture.status, capture.length,
            domain_id, capture.urlkey, capture.timestamp,
        ),
    ).rowcount  # fmt: skip
    if not unasked:
        db.execute(
            "INSERT OR IGNORE INTO captures (domain_id, urlkey, timestamp, digest, url, mimetype, status, length,"
            " found_by, link_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                domain_id, capture.urlkey, capture.timestamp, capture.digest, capture.original,
                capture.mimetype, capture.status, capture.length, found_by, link_text,
            ),
        )  # fmt: skip
