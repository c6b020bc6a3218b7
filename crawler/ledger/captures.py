"""Captures: known from the index, planned, claimed, fetched, settled."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.archives.capture import Capture
from crawler.archives.surt import urlkey
from crawler.ledger.parts import outdate
from crawler.ledger.transaction import transaction
from pipelines.outcomes import Kind

#: Outcomes that say what stands in the bytes.
JUDGED = frozenset({"stored", "not_policy", "empty", "redirect"})
#: How long a look at a homepage stands: a later crawl looks again where nothing was found, for new captures come.
LOOK_AGAIN = timedelta(days=30)
#: Tries for a capture that can't be loaded now; slow ones often load on a later pass.
TRIES = 3


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
class Known:
    """What the plan needs to know of a capture."""

    id: int
    urlkey: str
    timestamp: str
    digest: str
    url: str
    status: int | None
    found_by: str
    state: str
    outcome: str | None
    text_sha256: str | None
    kind: str | None = None
    """Of the document, where one was fetched."""

    @property
    def is_policy(self) -> bool:
        """Whether it was fetched and is a privacy policy."""
        return self.kind == Kind.PRIVACY_POLICY


@dataclass(frozen=True, slots=True)
class Address:
    """An address under which policies of a domain were captured, with when and how often."""

    urlkey: str
    url: str
    found_by: str
    captures: int
    half_years: frozenset[int]
    """Those with a capture that is a policy, or of which that is not known; see ``half_year_number``."""
    judged: int = 0
    """Captures that were fetched and judged."""
    policies: int = 0
    """Of these, privacy policies."""


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a domain's homepage."""

    asked: str
    """The date near which it was wanted, 14 digits."""
    served: str | None
    """The capture that was served."""
    is_absent: bool
    """The archive has nothing of this domain."""
    has_link: bool = False
    """It links to a policy."""
    is_redirect: bool = False
    """A redirect was served that led nowhere: there is a homepage, perhaps at another date."""
    is_missed: bool = False
    """It could not be loaded, which says nothing of what is there."""
    offered: str | None = None
    """The nearest capture, which was too far away to be taken."""


class Captures:
    """The captures of the crawl's domains."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def plan_given(self, domain_id: int, url: str, timestamp: str) -> None:
        """Plans one capture that was asked for by name."""
        with transaction(self.db):
            self.db.execute(
                "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, state)"
                " SELECT ?1, ?2, ?3, '', ?4, 'given', 'planned' WHERE NOT EXISTS"
                " (SELECT 1 FROM captures WHERE domain_id = ?1 AND urlkey = ?2 AND timestamp = ?3)",
                (domain_id, key_of(url), timestamp, url),
            )
            self.db.execute(
                "UPDATE captures SET state = 'planned' WHERE domain_id = ? AND urlkey = ? AND timestamp = ?"
                " AND state IN ('known') ",
                (domain_id, key_of(url), timestamp),
            )
            outdate(self.db, domain_id)

    def plan(self, ids: Iterable[int]) -> None:
        with transaction(self.db):
            self.db.executemany(
                "UPDATE captures SET state = 'planned' WHERE id = ? AND state = 'known'", [(i,) for i in ids]
            )

    def of(self, domain_id: int) -> list[Known]:
        """A domain's known captures of policy URLs, by address and time."""
        return [
            Known(*row)
            for row in self.db.execute(
                "SELECT id, urlkey, timestamp, digest, url, status, found_by, state, outcome, text_sha256,"
                " kind"
                " FROM captures WHERE domain_id = ? AND role = 'policy' ORDER BY urlkey, timestamp, id",
                (domain_id,),
            )
        ]

    def of_domain(self, domain: str) -> list[Known]:
        """As ``of``, by the domain's name; none where it is not known."""
        row = self.db.execute("SELECT id FROM domains WHERE domain = ?", (domain,)).fetchone()
        return self.of(row[0]) if row else []

    def addresses(self, domain_id: int) -> list[Address]:
        """The addresses under which a domain's policies were captured."""
        return addresses_of(self.of(domain_id))

    def looks(self, domain_id: int) -> list[Look]:
        """The looks taken at a domain's homepage."""
        return [
            Look(*row)
            for row in self.db.execute(
                "SELECT timestamp, iif(outcome = 'offered', NULL, same_as), coalesce(outcome = 'not_archived', FALSE),"
                " text_sha256 IS NOT NULL, coalesce(outcome = 'redirect', FALSE), tries >= ?,"
                " iif(outcome = 'offered', same_as, NULL)"
                " FROM captures WHERE domain_id = ? AND role = 'homepage' ORDER BY id",
                (TRIES, domain_id),
            )
        ]

    def plan_looks(self, domain_id: int, url: str, looks: Iterable[tuple[str, int | None]]) -> int:
        """Plans looks at the homepage (near which date, how many days away at most); returns how many are new."""
        with transaction(self.db):
            return self.db.executemany(
                "INSERT OR IGNORE INTO captures (domain_id, role, urlkey, timestamp, digest, url, found_by, state,"
                " window_days) VALUES (?, 'homepage', ?, ?, 'homepage', ?, 'homepage', 'planned', ?)",
                [(domain_id, key_of(url), timestamp, url, days) for timestamp, days in looks],
            ).rowcount

    def claim(self, crawl_id: str, count: int, now: float) -> list[CaptureWork]:
        with transaction(self.db):
            rows = self.db.execute(
                "SELECT c.id, c.domain_id, d.domain, c.role, c.urlkey, c.timestamp, c.digest, c.url, c.found_by,"
                " c.link_text, c.window_days, c.tries FROM captures c JOIN domains d ON d.id = c.domain_id"
                " WHERE c.state = 'planned' AND d.crawl_id = ? AND c.not_before <= ?"
                " ORDER BY c.domain_id, c.id LIMIT ?",
                (crawl_id, now, count),
            ).fetchall()
            self.db.executemany("UPDATE captures SET state = 'claimed' WHERE id = ?", [row[:1] for row in rows])
        return [CaptureWork(*row) for row in rows]

    def retry(self, capture_id: int, delay: float, detail: str) -> None:
        with transaction(self.db):
            self.db.execute(
                "UPDATE captures SET state = 'planned', tries = tries + 1, not_before = ?, detail = ? WHERE id = ?",
                (time.time() + delay, detail, capture_id),
            )

    def settle(self, work: CaptureWork, outcome: str, detail: str | None = None, *, text: str | None = None,
               same_as: str | None = None) -> None:  # fmt: skip
        """A capture's outcome, where nothing has to be written for it. ``text`` is what the plan compares."""
        with transaction(self.db):
            self.db.execute(
                "UPDATE captures SET state = 'settled', outcome = ?, detail = ?, text_sha256 = ?, same_as = ?,"
                " not_before = iif(role = 'homepage', ?, not_before) WHERE id = ?",
                (outcome, detail, text, same_as, time.time() + LOOK_AGAIN.total_seconds(), work.id),
            )
            outdate(self.db, work.domain_id)

    def give_up(self, work: CaptureWork, outcome: str, detail: str) -> None:
        """Settles a capture that could not be loaded at any try, which says nothing of it: a later crawl tries again.

        What has ended for a reason that lasts never has as many tries.
        """
        with transaction(self.db):
            self.settle(work, outcome, detail)
            self.db.execute("UPDATE captures SET tries = ? WHERE id = ?", (TRIES, work.id))

    def missed(self, domain_id: int) -> str | None:
        """Why a homepage, or all captures of an address that were tried, could not be loaded; ``None`` where none was
        missed."""
        row = self.db.execute(
            "SELECT detail FROM captures AS missed WHERE domain_id = ?1 AND tries >= ?2 AND (role = 'homepage'"
            " OR NOT EXISTS (SELECT 1 FROM captures WHERE domain_id = ?1 AND role = 'policy'"
            " AND urlkey = missed.urlkey AND outcome IN ('stored', 'not_policy', 'empty', 'redirect', 'soft_block')))"
            " LIMIT 1",
            (domain_id, TRIES),
        ).fetchone()
        return row[0] if row else None

    def serve(self, work: CaptureWork, url: str, timestamp: str, found_by: str) -> tuple[int, bool]:
        """The capture that was really served for ``work``: (its id, whether it is still wanted).

        It is entered where the index had not named it. Not wanted: stored, settled or under way already.
        """
        key = key_of(url)
        if timestamp == work.timestamp and (key == work.urlkey or url == work.url):  # an index may have keys of its own
            return work.id, True
        with transaction(self.db):
            row = self.db.execute(
                "SELECT id, state FROM captures WHERE domain_id = ? AND urlkey = ? AND timestamp = ? AND id != ?"
                " ORDER BY state = 'known' DESC LIMIT 1",
                (work.domain_id, key, timestamp, work.id),
            ).fetchone()
            if row is None:
                cursor = self.db.execute(
                    "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, link_text, state, via)"
                    " VALUES (?, ?, ?, '', ?, ?, ?, 'claimed', ?)",
                    (work.domain_id, key, timestamp, url, found_by, work.link_text, work.id),
                )
                return cursor.lastrowid or 0, True
            if row[1] in ("known", "planned"):
                via = work.id if row[1] == "known" else None
                self.db.execute("UPDATE captures SET state = 'claimed', via = ? WHERE id = ?", (via, row[0]))
                return row[0], True
        return row[0], False

    def release(self, capture_id: int) -> None:
        """Gives back a capture taken by ``serve`` whose text stands elsewhere; one that ``serve`` entered is gone."""
        with transaction(self.db):
            self.db.execute("DELETE FROM captures WHERE id = ? AND digest = '' AND via IS NOT NULL", (capture_id,))
            self.db.execute("UPDATE captures SET state = 'known', via = NULL WHERE id = ?", (capture_id,))

    def near(self, domain_id: int, url: str, timestamp: str, *, but: int, hours: int = 24) -> str | None:
        """The timestamp of a known capture of ``url`` within some hours of another; ``''`` where the address is
        known, but not that near; ``None`` where it is not known. ``but`` is the id of the capture that leads there: to
        the index, ``http`` and ``https`` are one address."""
        when = datetime.strptime(timestamp, "%Y%m%d%H%M%S")
        first, last = (f"{when + timedelta(hours=sign * hours):%Y%m%d%H%M%S}" for sign in (-1, 1))
        key = key_of(url)
        row = self.db.execute(
            "SELECT timestamp FROM captures WHERE domain_id = ? AND urlkey = ? AND timestamp BETWEEN ? AND ?"
            " AND id != ? AND role = 'policy' AND (status IS NULL OR status < 300) ORDER BY abs(timestamp - ?) LIMIT 1",
            (domain_id, key, first, last, but, timestamp),
        ).fetchone()
        if row:
            return row[0]
        known = self.db.execute(
            "SELECT 1 FROM captures WHERE domain_id = ? AND urlkey = ? AND id != ? AND role = 'policy'"
            " AND (status IS NULL OR status < 300) LIMIT 1",
            (domain_id, key, but),
        ).fetchone()
        return "" if known else None

    def redirecting_to(self, domain_id: int, url: str) -> list[str]:
        """The captured URLs whose redirects led to ``url``, at whatever date."""
        key = key_of(url)
        return [
            source
            for source, text in self.db.execute(
                "SELECT DISTINCT url, text_sha256 FROM captures WHERE domain_id = ? AND role = 'policy'"
                " AND outcome = 'redirect' AND text_sha256 LIKE 'redirect:_%'",
                (domain_id,),
            )
            if key_of(text.partition(":")[2]) == key
        ]

    def fetched(self, capture_id: int, outcome: str, detail: str | None, *, kind: str | None, text: str | None,
                stored_url: str | None, mimetype: str | None, status: int) -> bool:  # fmt: skip
        """A capture's bytes are here and judged, though not yet on disk. False: its row is there already."""
        try:
            with transaction(self.db):
                self.db.execute(
                    "UPDATE captures SET state = 'fetched', outcome = ?, detail = ?, kind = ?,"
                    " text_sha256 = ?, stored_url = ?,"
                    " mimetype = coalesce(mimetype, ?), status = coalesce(status, ?) WHERE id = ?",
                    (outcome, detail, kind, text, stored_url, mimetype, status, capture_id),
                )
        except sqlite3.IntegrityError:
            with transaction(self.db):
                self.db.execute(
                    "UPDATE captures SET state = 'settled', outcome = 'unchanged', same_as = timestamp,"
                    " detail = 'the index lists it twice', text_sha256 = ? WHERE id = ?",
                    (text, capture_id),
                )
            return False
        return True


def insert_capture(
    db: sqlite3.Connection, domain_id: int, capture: Capture, found_by: str, link_text: str | None
) -> None:
    unasked = db.execute(  # a redirect led there before the index was asked
        "UPDATE captures SET digest = ?, mimetype = coalesce(mimetype, ?), length = ? WHERE domain_id = ?"
        " AND urlkey = ? AND timestamp = ? AND digest = ''",
        (capture.digest, capture.mimetype, capture.length, domain_id, capture.urlkey, capture.timestamp),
    ).rowcount
    if not unasked:
        db.execute(
            "INSERT OR IGNORE INTO captures (domain_id, urlkey, timestamp, digest, url, mimetype, status, length,"
            " found_by, link_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                domain_id, capture.urlkey, capture.timestamp, capture.digest, capture.original,
                capture.mimetype, capture.status, capture.length, found_by, link_text,
            ),
        )  # fmt: skip


def key_of(url: str) -> str:
    """The SURT key of a URL; the URL itself where it has none."""
    try:
        return urlkey(url)
    except ValueError:
        return url


def _half_years(captures: Iterable[Known]) -> frozenset[int]:
    """The half-years in which an address may have held a policy: some capture did, or none was read."""
    captures = list(captures)
    read = {capture.digest: capture.is_policy for capture in captures if capture.outcome in JUDGED}
    verdicts: dict[int, set[bool | None]] = defaultdict(set)
    for capture in captures:
        verdict = capture.is_policy if capture.outcome in JUDGED else read.get(capture.digest)
        verdicts[half_year_number(capture.timestamp)].add(verdict)
    return frozenset(half for half, found in verdicts.items() if True in found or False not in found)


def half_year_number(timestamp: str) -> int:
    """Half-years counted on from the year 0: those of neighbouring captures differ by one or by nothing."""
    return int(timestamp[:4]) * 2 + (timestamp[4:6] > "06")


def addresses_of(captures: Iterable[Known]) -> list[Address]:
    """The addresses of known captures, archived redirects and errors left aside."""
    found: dict[str, list[Known]] = defaultdict(list)
    for capture in captures:
        if capture.status is None or capture.status < 300:
            found[capture.urlkey].append(capture)
    return [
        Address(
            urlkey=key,
            url=min(capture.url for capture in group),
            found_by=min(capture.found_by for capture in group),
            captures=len(group),
            half_years=_half_years(group),
            judged=sum(capture.outcome in JUDGED for capture in group),
            policies=sum(capture.is_policy for capture in group),
        )
        for key, group in found.items()
    ]
