"""The verdicts on a domain's captures, as the ledger keeps them, and which rows of ``policies`` are still to follow.

A verdict is entered here first. The rows follow when part files are merged (``pipelines.dataset.verdicts``), at the
latest before a crawl ends with 0, but for a share of at most ``pipelines.dataset.compaction.LAG`` of a file's rows.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from crawler.known import SAME_BYTES, DomainState, JudgedCapture, Role, State, with_links
from crawler.ledger.captures import homepage_links
from crawler.ledger.sql import exists, one_of, records, transaction
from crawler.ledger.tables import outdate
from crawler.verdicts import decide
from pipelines.dataset.overrides import Correction, Overrides
from pipelines.dataset.parts import read_only
from pipelines.dataset.verdicts import CaptureKey, Verdict, Verdicts
from pipelines.outcomes import STORED_KINDS, DomainOutcome, Kind, Outcome
from pipelines.page.normalization import words
from pipelines.page.sketch import sketch
from pipelines.timestamps import digits, moment

#: What the ledger keeps of a text that was read, besides its sketch.
TEXT_COLUMNS = ("kind", "policy_score", "title", "words", "language", "text_sha256")
#: The columns of ``WithoutRow`` and where they come from.
OF_WITHOUT_ROW = (
    "c.id, domain, archive, coalesce(c.stored_url, c.url) AS url, c.timestamp, c.digest, c.found_by, c.link_text,"
    " via.url AS via_url, via.timestamp AS via_timestamp"
    " FROM captures c JOIN domains d ON d.id = c.domain_id LEFT JOIN captures via ON via.id = c.via"
)
_HAS_NO_ROW = (
    f"c.role = '{Role.POLICY}' AND c.state = '{State.SETTLED}'"
    f" AND c.outcome IN {one_of((Outcome.NOT_POLICY, Outcome.EMPTY))} AND c.same_as IS NULL"
)
_OF_DOMAIN = f"FROM captures c JOIN domains d ON d.id = domain_id WHERE domain = ? AND role = '{Role.POLICY}'"


@dataclass(frozen=True, slots=True)
class WithoutRow:
    """A capture that was read and has no row in ``policies``: its bytes are in a WARC file."""

    id: int
    domain: str
    archive: str
    url: str
    timestamp: str
    digest: str
    found_by: str
    link_text: str | None
    via_url: str | None = None
    """The capture whose redirect led here, where no plan had."""
    via_timestamp: str | None = None


def settle_verdicts(db: sqlite3.Connection, domain: str, overrides: Overrides) -> bool:
    """Decides on all captures of a domain, in all archives, and enters what is new. True if the kind of one is."""
    corrections = overrides.corrections_of(domain)
    with transaction(db):
        captures = records(
            JudgedCapture,
            db.execute(
                "SELECT c.id, urlkey, timestamp, digest, url, status, found_by, c.state, c.outcome, content_key, kind,"
                f" FALSE AS is_linked, same_as, policy_score, title, words, language, sketch {_OF_DOMAIN}",
                (domain,),
            ),
        )
        decided = decide(with_links(captures, homepage_links(db, domain)), corrections)
        before: dict[int, Verdict] = {}
        undecided = set()
        for key, kind, verdict, is_primary, language in db.execute(
            f"SELECT c.id, kind, verdict, is_primary, corrected_language {_OF_DOMAIN}", (domain,)
        ):
            before[key] = Verdict(verdict or kind, bool(is_primary), language)
            if verdict is None:
                undecided.add(key)
        new = {key: verdict for key, verdict in decided.items() if key in undecided or before[key] != verdict}
        db.executemany(
            "UPDATE captures SET verdict = ?, is_primary = ?, corrected_language = ? WHERE id = ?",
            [(str(verdict.kind), verdict.is_primary, verdict.language, key) for key, verdict in new.items()],
        )
        for key, verdict in new.items():
            if verdict.kind not in STORED_KINDS:
                _lose_row(db, key)
        if new:
            was_corrected = exists(db, "corrected WHERE domain = ?", (domain,))
            _await_rows(db, domain, at_once=bool(corrections) or was_corrected)
        _follow_outcome(db, domain)
        _note_corrections(db, domain, corrections)
    return any(before[key].kind != verdict.kind for key, verdict in new.items())


def _await_rows(db: sqlite3.Connection, domain: str, *, at_once: bool = False) -> None:
    """Notes that a domain's rows are still to follow its verdicts, and its history the rows."""
    db.execute(
        "INSERT INTO unapplied VALUES (?, ?)"
        " ON CONFLICT (domain) DO UPDATE SET at_once = max(at_once, excluded.at_once)",
        (domain, at_once),
    )
    for (domain_id,) in db.execute("SELECT id FROM domains WHERE domain = ?", (domain,)).fetchall():
        outdate(db, domain_id)


def _lose_row(db: sqlite3.Connection, capture_id: int) -> None:
    """Notes that a stored capture is no policy after all, nor are those with its bytes, which stay in the WARC file."""
    lost = db.execute(
        f"UPDATE captures SET outcome = '{Outcome.NOT_POLICY}', content_key = '{Outcome.NOT_POLICY}',"
        " detail = 'judged again: ' || verdict, stored_url = NULL"
        f" WHERE id = ? AND outcome = '{Outcome.STORED}' RETURNING domain_id, urlkey, digest, timestamp",
        (capture_id,),
    ).fetchall()
    db.executemany(
        f"UPDATE captures SET outcome = '{Outcome.NOT_POLICY}', detail = '{SAME_BYTES}' || ?4"
        " WHERE domain_id = ?1 AND urlkey = ?2 AND digest = ?3 AND same_as = ?4"
        f" AND outcome = '{Outcome.UNCHANGED}'",
        lost,
    )
    for domain_id, *_ in lost:
        outdate(db, domain_id)


def _follow_outcome(db: sqlite3.Connection, domain: str) -> None:
    """Brings the outcome of a settled domain in line with its texts, as they are judged now.

    A domain of which not all may be known (its ``detail`` says why) is incomplete, and never one without a policy.
    """
    stored = f"FROM captures WHERE domain_id = domains.id AND outcome = '{Outcome.STORED}'"
    none_left = f"NOT EXISTS (SELECT 1 {stored})"
    for outcome, instead, detail, holds in (
        (DomainOutcome.FOUND, DomainOutcome.INCOMPLETE, "detail", f"detail IS NOT NULL AND {none_left}"),
        (DomainOutcome.FOUND, DomainOutcome.NO_POLICY_FOUND, "'judged again, none of its texts is a policy'",
         none_left),
        (DomainOutcome.NO_POLICY_FOUND, DomainOutcome.FOUND, "NULL",
         f"EXISTS (SELECT 1 {stored} AND verdict = '{Kind.PRIVACY_POLICY}')"),
    ):  # fmt: skip
        for (domain_id,) in db.execute(
            f"UPDATE domains SET outcome = ?, detail = {detail}"
            f" WHERE domain = ? AND state = '{DomainState.DONE}' AND outcome = ? AND {holds} RETURNING id",
            (instead, domain, outcome),
        ).fetchall():
            outdate(db, domain_id)


def without_row(db: sqlite3.Connection) -> list[WithoutRow]:
    """All captures that were read and have no row."""
    return _without_row(db, "TRUE")


def missing_rows(db: sqlite3.Connection) -> list[WithoutRow]:
    """The captures without a row to which their verdict gives one, of the domains in ``unapplied``."""
    return _without_row(db, f"c.verdict IN {one_of(STORED_KINDS)} AND domain IN (SELECT domain FROM unapplied)")


def without_row_of(db: sqlite3.Connection, domain: str) -> list[WithoutRow]:
    """The captures of a domain that were read and have no row."""
    return _without_row(db, "domain = ?", domain)


def _without_row(db: sqlite3.Connection, where: str, *values: str) -> list[WithoutRow]:
    return records(
        WithoutRow,
        db.execute(
            f"SELECT {OF_WITHOUT_ROW} WHERE {_HAS_NO_ROW} AND {where} ORDER BY domain, c.timestamp, c.id", values
        ),
    )


def has_row(db: sqlite3.Connection, capture_id: int, url: str, text_sha256: str) -> None:
    """Notes that a capture that had no row has one now; those with its bytes are unchanged."""
    with transaction(db):
        (found,) = db.execute(
            f"UPDATE captures SET outcome = '{Outcome.STORED}', detail = NULL, stored_url = ?, content_key = ?"
            " WHERE id = ? RETURNING domain_id, urlkey, digest, timestamp",
            (url, text_sha256, capture_id),
        ).fetchall()
        db.execute(
            f"UPDATE captures SET outcome = '{Outcome.UNCHANGED}', detail = NULL"
            " WHERE domain_id = ? AND urlkey = ? AND digest = ? AND same_as = ?"
            f" AND outcome = '{Outcome.NOT_POLICY}'",
            found,
        )
        outdate(db, found[0])
        _follow_outcome(db, *db.execute("SELECT domain FROM domains WHERE id = ?", found[:1]).fetchone())


def follow(db: sqlite3.Connection, rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Enters the judgements that rows make: those of ``policies``, and those of captures that were read and have none.

    Returns the domains with another judgement than before. A row that neither a crawl nor an import brought has no
    capture here. All these rows are still to follow their verdicts.
    """
    domains = set()
    with transaction(db):
        for domain, of_domain in groupby(rows, key=itemgetter("domain")):
            _await_rows(db, domain)
            others = {(one.archive, one.timestamp, one.url): one.id for one in without_row_of(db, domain)}
            changed = [_follow(db, row, others) for row in of_domain]
            domains |= {domain} if any(changed) else set()
    return domains


def _follow(db: sqlite3.Connection, row: Mapping[str, Any], others: Mapping[tuple[str, str, str], int]) -> bool:
    """Enters a row's judgement. ``others`` are the captures of its domain that have no row. True if it is another."""
    capture = (row["archive"], digits(row["captured_at"]), row["policy_url"])
    stored = db.execute(
        "SELECT c.id FROM captures c JOIN domains d ON d.id = domain_id WHERE domain = ? AND archive = ?"
        " AND timestamp = ? AND coalesce(stored_url, url) = ?"
        f" AND c.outcome = '{Outcome.STORED}' AND role = '{Role.POLICY}'",
        (row["domain"], *capture),
    ).fetchone()
    if stored is not None:
        return _judge(db, stored[0], row, content_key=row["text_sha256"])
    return capture in others and _judge(db, others[capture], row)


def judge_again(db: sqlite3.Connection, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Enters the judgements of captures that have no row: those that the row of each would have."""
    with transaction(db):
        for key, row in rows.items():
            _judge(db, key, row)


def _judge(db: sqlite3.Connection, capture_id: int, read: Mapping[str, Any], content_key: str | None = None) -> bool:
    """Enters what a text was found to be. True if that, or the text, is another than before."""
    text = read["text"]
    new = (*(read[name] for name in TEXT_COLUMNS[:-1]), read["text_sha256"] if text else None)
    *known, known_sketch = db.execute(
        f"SELECT {', '.join(TEXT_COLUMNS)}, sketch FROM captures WHERE id = ?", (capture_id,)
    ).fetchone()
    if (tuple(known), known_sketch is None) == (new, False):
        return False
    db.execute(
        f"UPDATE captures SET {', '.join(f'{name} = ?' for name in TEXT_COLUMNS)}, sketch = ?,"
        " content_key = coalesce(?, content_key) WHERE id = ?",
        (*new, sketch(words(text)), content_key, capture_id),
    )
    return True


def verdicts(db: sqlite3.Connection) -> Verdicts:
    """What the rows of ``policies`` are to say, for the domains whose rows may say otherwise."""

    def of(domain: str) -> Mapping[CaptureKey, Verdict]:
        rows = db.execute(
            "SELECT timestamp, coalesce(stored_url, url), archive, verdict, is_primary,"
            " coalesce(corrected_language, language)"
            f" {_OF_DOMAIN} AND verdict IS NOT NULL",
            (domain,),
        )
        return {
            (domain, moment(timestamp), url, archive): Verdict(kind, bool(is_primary), language)
            for timestamp, url, archive, kind, is_primary, language in rows
        }

    found = db.execute("SELECT domain, at_once FROM unapplied").fetchall()
    return Verdicts(frozenset(domain for domain, _ in found), of, frozenset(domain for domain, once in found if once))


def read_verdicts(data_dir: Path) -> Verdicts:
    """``verdicts`` of a ledger that another process writes to."""
    return verdicts(read_only(data_dir))


def is_behind(data_dir: Path) -> bool:
    """True if rows may say other than their verdicts. A ledger of an older version does not know of such."""
    with closing(read_only(data_dir)) as db, suppress(sqlite3.OperationalError):
        return exists(db, "unapplied")
    return False


def applied(db: sqlite3.Connection, domains: Iterable[str]) -> None:
    """Notes that the rows of these domains say what the verdicts say."""
    with transaction(db):
        db.executemany("DELETE FROM unapplied WHERE domain = ?", [(domain,) for domain in domains])


def settle_corrected(db: sqlite3.Connection, overrides: Overrides) -> None:
    """Decides again on the domains of which ``overrides.toml`` says something else than when they were settled."""
    known = dict(db.execute("SELECT domain, digest FROM corrected"))
    for domain in {correction.domain for correction in overrides.correct} | known.keys():
        if known.get(domain) != _digest(overrides.corrections_of(domain)):
            settle_verdicts(db, domain, overrides)


def _note_corrections(db: sqlite3.Connection, domain: str, corrections: tuple[Correction, ...]) -> None:
    db.execute("DELETE FROM corrected WHERE domain = ?", (domain,))
    if corrections:
        db.execute("INSERT INTO corrected VALUES (?, ?)", (domain, _digest(corrections)))


def _digest(corrections: tuple[Correction, ...]) -> str | None:
    return hashlib.sha256(repr(corrections).encode()).hexdigest() if corrections else None
