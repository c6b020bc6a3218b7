"""The ledger's likely addresses: which ones playback was asked for, since the index had not named them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from crawler.known import HomepageOutcome, LikelyAddress, Role, State
from crawler.ledger.captures import CaptureWork
from crawler.ledger.sql import exists, records, transaction
from crawler.ledger.tables import outdate
from pipelines.outcomes import FoundBy
from pipelines.surt import key_of


class LikelyAddresses:
    """The likely addresses of the crawl's domains. Each is asked for once: playback names the nearest capture."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def plan(self, domain_id: int, urls: Iterable[str], timestamp: str) -> int:
        """Plans a request for each address near a date; returns how many are new."""
        with transaction(self.db):
            return self.db.executemany(
                "INSERT OR IGNORE INTO captures (domain_id, role, urlkey, timestamp, digest, url, found_by, state)"
                f" VALUES (?, '{Role.LIKELY}', ?, ?, '{Role.LIKELY}', ?, '{FoundBy.URL_KEYWORD}', '{State.PLANNED}')",
                [(domain_id, key_of(url), timestamp, url) for url in urls],
            ).rowcount

    def of(self, domain_id: int) -> list[LikelyAddress]:
        """The addresses of a domain that playback was asked for, in the order of asking."""
        return records(
            LikelyAddress,
            self.db.execute(
                f"SELECT url, iif(outcome = '{HomepageOutcome.OFFERED}', served, NULL) AS offered FROM captures"
                f" WHERE domain_id = ? AND role = '{Role.LIKELY}' ORDER BY id",
                (domain_id,),
            ),
        )

    def enter(self, work: CaptureWork, url: str, timestamp: str) -> bool:
        """Enters the capture that playback named; an index that names it later gives its digest. False: it is known."""
        same = "captures WHERE domain_id = ? AND urlkey = ? AND timestamp = ? AND role = ?"
        with transaction(self.db):
            if exists(self.db, same, (work.domain_id, key_of(url), timestamp, Role.POLICY)):
                return False
            self.db.execute(
                "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, found_by) VALUES (?, ?, ?, '', ?, ?)",
                (work.domain_id, key_of(url), timestamp, url, work.found_by),
            )
            outdate(self.db, work.domain_id)
        return True
