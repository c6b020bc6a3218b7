"""A ledger made from the dataset's tables and WARC files, where it was lost.

The tables tell nearly all that the ledger knew. What they do not tell is found out again: queries (the next crawl
asks the index once per domain), a pause of the archive, and what was under way. Homepages' links, and the kinds of
pages without a row, are read again from the WARC files: ``crawler.repair``.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from crawler.discovery.links import Link
from crawler.discovery.url_scores import url_score
from crawler.known import (
    DONE,
    NO_SUCH_CAPTURE,
    NOT_SHOWN,
    SEEN,
    SERVED,
    DomainState,
    HomepageOutcome,
    MatchType,
    QueryState,
    Role,
    State,
    redirect_key,
)
from crawler.ledger.captures import TRIES, VISIT_AGAIN
from crawler.ledger.homepages import HOMEPAGE_DIGEST
from crawler.ledger.moves import move
from crawler.ledger.tables import outdate
from crawler.ledger.verdicts import TEXT_COLUMNS
from pipelines.dataset.parts import DOMAINS_PER_FILE
from pipelines.outcomes import DomainOutcome, FoundBy, Origin, Outcome
from pipelines.page.normalization import words
from pipelines.page.sketch import sketch
from pipelines.surt import key_of
from pipelines.timestamps import digits

Row = Mapping[str, Any]

#: The detail of a redirect that says where it leads.
_LEADS_TO = re.compile(r"to (\S+?)(?:, captured |: ).*", re.S)
#: Details of captures that the archive does not play back, and that no later crawl asks for again.
_FOR_GOOD = (NO_SUCH_CAPTURE, SERVED, NOT_SHOWN)
_ROWS_PER_PAGE = 10_000


def enter_crawl(db: sqlite3.Connection, row: Row) -> None:
    """Enters a row of ``crawls``."""
    db.execute(
        "INSERT OR IGNORE INTO crawls (id, archive, arguments, settings, software, source, started_at, ended_at,"
        " exit_code, requests_cdx, requests_playback, finished) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row["crawl_id"], row["archive"], row["arguments"], row["settings"], row["software"],
            _source(row["arguments"]), row["started"].timestamp(), _unix(row["ended"]), row["exit_code"],
            row["requests_cdx"] or 0, row["requests_playback"] or 0,
            row["exit_code"] in DONE or Origin.IMPORT in json.loads(row["arguments"]),
        ),
    )  # fmt: skip


def _source(arguments: str) -> str:
    """Who named a crawl's domains, as its arguments tell."""
    told = json.loads(arguments)
    if Origin.IMPORT in told:
        return Origin.IMPORT
    return "argument" if told.get("source") == "domain" else PurePath(str(told.get("value", ""))).name


def enter_domain(db: sqlite3.Connection, row: Row, file: int, place: int) -> None:
    """Enters a row of ``domains``, the ``place``-th of the table's file with this number; it stays in that file."""
    listed_by = _listed_by(db, row)
    last = _unix(row["asked_last"]) or 0.0
    db.execute(
        "INSERT OR IGNORE INTO domains (id, archive, domain, crawl_id, listed_by, rank, state, outcome, detail,"
        " may_pass, asked_first, asked_last, known_through, excluded_since)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            max(file * DOMAINS_PER_FILE, 1) + place, row["archive"], row["domain"], _asked_by(db, row), listed_by,
            row["rank"], DomainState.DONE, row["outcome"], row["reason"], row["may_pass"],
            _unix(row["asked_first"]) or last, last, _unix(row["known_through"]), _unix(row["excluded_since"]),
        ),
    )  # fmt: skip
    domain_id = _domain_id(db, row["archive"], row["domain"])
    home = f"http://{row['domain']}/"
    db.executemany(
        "INSERT OR IGNORE INTO captures (domain_id, role, urlkey, timestamp, digest, url, found_by, state, outcome,"
        f" served, not_before) VALUES (?, '{Role.HOMEPAGE}', ?, ?, '{HOMEPAGE_DIGEST}', ?, '{FoundBy.HOMEPAGE}',"
        f" '{State.SETTLED}', ?, ?, ?)",
        [
            (
                domain_id, key_of(home), digits(visit["asked"]), home,
                HomepageOutcome.LOOKED_AT if visit["nearest"] else HomepageOutcome.NOT_ARCHIVED,
                visit["nearest"] and digits(visit["nearest"]), last + VISIT_AGAIN.total_seconds(),
            )
            for visit in row["homepages"]
        ],
    )  # fmt: skip


def _listed_by(db: sqlite3.Connection, row: Row) -> str:
    """The crawl whose list named a domain; one without arguments is entered where no row of ``crawls`` tells of it."""
    found = db.execute(
        "SELECT id FROM crawls WHERE archive = ?1 AND source IS ?2 AND coalesce(source_sha256, ?3) IS ?3"
        " AND started_at < ?4 + 1 ORDER BY started_at DESC LIMIT 1",
        (row["archive"], row["source"], row["source_sha256"], _unix(row["asked_last"]) or 0.0),
    ).fetchone()
    if found:
        db.execute("UPDATE crawls SET source_sha256 = ? WHERE id = ?", (row["source_sha256"], found[0]))
        return str(found[0])
    about = repr((row["archive"], row["source"], row["source_sha256"]))
    crawl_id = f"lost-{hashlib.sha256(about.encode()).hexdigest()[:12]}"
    _enter_unknown_crawl(db, crawl_id, row["archive"], _unix(row["asked_first"]) or 0.0)
    named = (row["source"], row["source_sha256"], crawl_id)
    db.execute("UPDATE crawls SET source = ?, source_sha256 = ? WHERE id = ?", named)
    return crawl_id


def _asked_by(db: sqlite3.Connection, row: Row) -> str:
    """The crawl that was done with a domain; ``""`` if that is not certain, so that any crawl takes the domain anew."""
    if row["known_through"] is None or row["known_through"] != row["asked_last"]:
        return ""
    found = db.execute(
        "SELECT id FROM crawls WHERE archive = ? AND started_at < ? + 1 ORDER BY started_at DESC LIMIT 1",
        (row["archive"], row["asked_last"].timestamp()),
    ).fetchone()
    return str(found[0]) if found else ""


def _enter_unknown_crawl(db: sqlite3.Connection, crawl_id: str, archive: str, started: float) -> None:
    """Enters a crawl or an import of which no row of ``crawls`` tells."""
    db.execute(
        "INSERT OR IGNORE INTO crawls (id, archive, arguments, settings, software, started_at, finished)"
        " VALUES (?, ?, '{}', '{}', '{}', ?, 1)",
        (crawl_id, archive, started),
    )


def enter_capture(db: sqlite3.Connection, row: Row) -> None:
    """Enters a row of ``captures``."""
    domain_id = _domain_id(db, row["archive"], row["domain"])
    if not domain_id:
        domain_id = _enter_domain(db, row["archive"], row["domain"], "", 0.0)
    outcome = None if row["outcome"] == Outcome.PENDING else row["outcome"]
    leads_to = _LEADS_TO.fullmatch(row["detail"] or "") if outcome == Outcome.REDIRECT else None
    content = (row["text_sha256"] or outcome) if outcome in SEEN else None
    if outcome == Outcome.REDIRECT:
        content = redirect_key(leads_to[1]) if leads_to else None
    is_lost_for_now = outcome in (Outcome.UNPLAYABLE, Outcome.FAILED) and not (row["detail"] or "").startswith(
        _FOR_GOOD
    )
    db.execute(
        "INSERT OR IGNORE INTO captures (domain_id, urlkey, timestamp, digest, url, mimetype, status, length, found_by,"
        " state, outcome, detail, same_as, text_sha256, content_key, leads_to, stored_url, tries)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            domain_id, key_of(row["policy_url"]), digits(row["captured_at"]), row["archive_digest"] or "",
            row["policy_url"], row["mimetype"], row["http_status"], row["length"], FoundBy.URL_KEYWORD,
            State.KNOWN if outcome is None else State.SETTLED, outcome, row["detail"],
            row["same_as"] and digits(row["same_as"]), row["text_sha256"], content, leads_to and leads_to[1],
            row["policy_url"] if outcome == Outcome.STORED else None, TRIES if is_lost_for_now else 0,
        ),
    )  # fmt: skip


def enter_policies(db: sqlite3.Connection, rows: Iterable[Row]) -> int:
    """Enters rows of ``policies`` that the ledger does not know of, with their domains and crawls; returns how many."""
    return sum(_enter_policy(db, row) for row in rows)


def _enter_policy(db: sqlite3.Connection, row: Row) -> bool:
    when = _unix(row["fetched_at"]) or 0.0
    if row["crawl_id"] is not None:
        _enter_unknown_crawl(db, row["crawl_id"], row["archive"], when)
    domain_id = _domain_id(db, row["archive"], row["domain"])
    if not domain_id:
        domain_id = _enter_domain(db, row["archive"], row["domain"], row["crawl_id"] or "", when)
    capture_id, is_judged = _capture_of(db, domain_id, row)
    if is_judged:
        return False
    has_bytes = row["warc_file"] is not None
    for before in (State.KNOWN, State.PLANNED):
        move(db, before, State.SETTLED, "id = :id", id=capture_id)
    if not has_bytes:  # a crawl may fetch them
        move(db, State.SETTLED, State.KNOWN, "id = :id", id=capture_id)
    judged = {name: row[name] for name in TEXT_COLUMNS}
    sets = {
        **judged, "sketch": sketch(words(row["text"])), "outcome": Outcome.STORED, "detail": None, "same_as": None,
        "stored_url": row["policy_url"], "found_by": row["found_by"], "link_text": row["link_text"],
        "verdict": row["kind"], "is_primary": row["primary"], "imported": not has_bytes,
        "content_key": row["text_sha256"] if has_bytes else None,
    }  # fmt: skip
    db.execute(
        f"UPDATE captures SET {', '.join(f'{name} = :{name}' for name in sets)} WHERE id = :id",
        {**sets, "id": capture_id},
    )
    outdate(db, domain_id)
    return True


def _capture_of(db: sqlite3.Connection, domain_id: int, row: Row) -> tuple[int, bool]:
    """The id of the capture of a row of ``policies``, which is entered if it is not there; and whether it is judged."""
    one = {
        "domain_id": domain_id, "urlkey": key_of(row["policy_url"]), "timestamp": digits(row["captured_at"]),
        "url": row["policy_url"], "digest": row["archive_digest"] or "",
        "mimetype": row["mimetype"], "http_status": row["http_status"], "found_by": row["found_by"],
    }  # fmt: skip
    known = db.execute(
        "SELECT id, text_sha256 IS NOT NULL AND policy_score IS NOT NULL AND"
        f" outcome = '{Outcome.STORED}' FROM captures"
        f" WHERE domain_id = :domain_id AND urlkey = :urlkey AND timestamp = :timestamp AND role = '{Role.POLICY}'"
        f" ORDER BY outcome IS '{Outcome.STORED}' DESC, coalesce(stored_url, url) = :url DESC, id LIMIT 1",
        one,
    ).fetchone()
    if known is not None:
        return known[0], bool(known[1])
    entered = db.execute(
        "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, mimetype, status)"
        " VALUES (:domain_id, :urlkey, :timestamp, :digest, :url, :found_by, :mimetype, :http_status)",
        one,
    )
    return entered.lastrowid or 0, False


def note_led_to(db: sqlite3.Connection) -> None:
    """Enters the addresses that links and redirects led to as asked for, so that later crawls ask for what is new."""
    db.execute(
        "INSERT INTO queries (domain_id, crawl_id, url, match_type, found_by, link_text, page_rows, state, captures,"
        f" ended_at) SELECT domain_id, d.crawl_id, min(url), '{MatchType.EXACT}', found_by, min(link_text),"
        f" {_ROWS_PER_PAGE}, '{QueryState.DONE}', count(*), d.asked_first"
        f" FROM captures c JOIN domains d ON d.id = domain_id WHERE role = '{Role.POLICY}' AND digest != ''"
        f" AND found_by IN ('{FoundBy.HOMEPAGE_LINK}', '{FoundBy.REDIRECT}') GROUP BY domain_id, urlkey"
    )


def looks_at_homepages(db: sqlite3.Connection) -> dict[tuple[str, str], list[int]]:
    """The homepage visits that were served a page: their ids by domain and timestamp served."""
    visits: dict[tuple[str, str], list[int]] = {}
    for capture_id, domain, served in db.execute(
        "SELECT c.id, domain, served FROM captures c JOIN domains d ON d.id = domain_id"
        f" WHERE role = '{Role.HOMEPAGE}' AND served IS NOT NULL"
    ):
        visits.setdefault((domain, served), []).append(capture_id)
    return visits


def note_look(
    db: sqlite3.Connection, visits: Iterable[int], outcome: HomepageOutcome, url: str, links: Sequence[Link] = ()
) -> None:
    """Enters what homepages show: ``url`` is where they were served, ``links`` are theirs to a policy, best first."""
    for capture_id in visits:
        domain_id, urlkey = db.execute("SELECT domain_id, urlkey FROM captures WHERE id = ?", (capture_id,)).fetchone()
        moved = redirect_key(url) if key_of(url) != urlkey else None
        link = _likeliest(db, domain_id, links)
        db.execute(
            "UPDATE captures SET outcome = ?, leads_to = ?, content_key = ? WHERE id = ?",
            (outcome, link and link.url, moved, capture_id),
        )
        if link is not None and not url_score(link.url):  # no row tells it, and no word in its address found it
            db.execute(
                f"UPDATE captures SET found_by = '{FoundBy.HOMEPAGE_LINK}', link_text = ?"
                f" WHERE domain_id = ? AND urlkey = ? AND role = '{Role.POLICY}' AND kind IS NULL",
                (link.text or None, domain_id, key_of(link.url)),
            )


def _likeliest(db: sqlite3.Connection, domain_id: int, links: Sequence[Link]) -> Link | None:
    """The first link whose address held a policy; else the first one."""
    held = {
        key
        for (key,) in db.execute(
            f"SELECT DISTINCT urlkey FROM captures WHERE domain_id = ? AND outcome = '{Outcome.STORED}'", (domain_id,)
        )
    }
    return next((link for link in links if key_of(link.url) in held), links[0] if links else None)


def note_offered(db: sqlite3.Connection, is_there: Callable[[str, str], bool]) -> None:
    """Enters visits whose page no WARC file has as only offered a homepage: it was too far from the date asked for."""
    for (domain, served), visits in looks_at_homepages(db).items():
        if not is_there(domain, served):
            db.executemany(
                f"UPDATE captures SET outcome = '{HomepageOutcome.OFFERED}' WHERE id = ?", [(each,) for each in visits]
            )


def _domain_id(db: sqlite3.Connection, archive: str, domain: str) -> int:
    """A domain's id; 0 if it is not known."""
    found = db.execute("SELECT id FROM domains WHERE domain = ? AND archive = ?", (domain, archive)).fetchone()
    return int(found[0]) if found else 0


def _enter_domain(db: sqlite3.Connection, archive: str, domain: str, crawl_id: str, asked: float) -> int:
    """Enters a domain of which no row of ``domains`` tells; its id. The next crawl that names it finds out the rest."""
    if not crawl_id:
        crawl_id = f"lost-{hashlib.sha256(archive.encode()).hexdigest()[:12]}"
        _enter_unknown_crawl(db, crawl_id, archive, asked)
    entered = db.execute(
        "INSERT INTO domains (archive, domain, crawl_id, listed_by, state, outcome, detail, asked_first, asked_last)"
        " VALUES (?, ?, '', ?, ?, ?, ?, ?, ?)",
        (
            archive, domain, crawl_id, DomainState.DONE, DomainOutcome.INCOMPLETE, "what was known of it was lost",
            asked, asked,
        ),
    )  # fmt: skip
    return entered.lastrowid or 0


def _unix(when: Any) -> float | None:
    return None if when is None else float(when.timestamp())
