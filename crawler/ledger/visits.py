"""The ledger's visits: of which known address playback, or the index, is asked what is new."""

from __future__ import annotations

import sqlite3

from crawler.known import HomepageOutcome, MainAddress, Role, State, Visit
from crawler.ledger.captures import TRIES
from crawler.ledger.sql import exists, transaction
from pipelines.outcomes import Outcome
from pipelines.surt import key_of

#: The digests of a past visit that found nothing at its address, and of the next visit to that address. The digest of
#: any other visit is its role.
_PAST, _GONE_AGAIN = "past", "gone again"
#: Visits of addresses that are not archived any more, or not shown (SQL).
_IS_GONE = f"coalesce(outcome IN ('{HomepageOutcome.NOT_ARCHIVED}', '{Outcome.UNPLAYABLE}') AND tries < {TRIES}, FALSE)"


def forget_visit(db: sqlite3.Connection, domain_id: int) -> None:
    """Ends a domain's visit. One that found its address gone is kept as past: that it still is gone will be no news."""
    db.execute(f"DELETE FROM captures WHERE domain_id = ? AND role = '{Role.VISIT}' AND NOT {_IS_GONE}", (domain_id,))
    db.execute(f"UPDATE captures SET digest = '{_PAST}' WHERE domain_id = ? AND role = '{Role.VISIT}'", (domain_id,))


class Visits:
    """The visits of the crawl's domains, one of a domain at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def main_address(self, domain_id: int) -> MainAddress | None:
        """The address of a domain's last main policy, or of the last text that may be one; ``None`` without any."""
        found = self.db.execute(
            f"SELECT url, urlkey, found_by, link_text FROM captures WHERE domain_id = ? AND role = '{Role.POLICY}'"
            f" AND outcome = '{Outcome.STORED}' ORDER BY is_primary DESC, timestamp DESC, id DESC LIMIT 1",
            (domain_id,),
        ).fetchone()
        if found is None:
            return None
        url, urlkey, found_by, link_text = found
        (newest,) = self.db.execute(
            f"SELECT max(timestamp) FROM captures WHERE domain_id = ? AND urlkey = ? AND role = '{Role.POLICY}'",
            (domain_id, urlkey),
        ).fetchone()
        return MainAddress(url, found_by, link_text, newest)

    def plan(self, domain_id: int, address: MainAddress, *, by_index: bool) -> None:
        """Plans a visit of an address by playback; ``by_index``: the index is asked instead, by a query beside it."""
        urlkey = key_of(address.url)
        with transaction(self.db):
            was_gone = exists(
                self.db, f"captures WHERE domain_id = ? AND urlkey = ? AND role = '{Role.VISIT}'", (domain_id, urlkey)
            )
            self.db.execute(f"DELETE FROM captures WHERE domain_id = ? AND role = '{Role.VISIT}'", (domain_id,))
            self.db.execute(
                "INSERT INTO captures (domain_id, role, urlkey, timestamp, digest, url, found_by, link_text, state)"
                f" VALUES (?, '{Role.VISIT}', ?, ?, ?, ?, ?, ?, ?)",
                (
                    domain_id, urlkey, address.newest, _GONE_AGAIN if was_gone else Role.VISIT, address.url,
                    address.found_by, address.link_text, State.SETTLED if by_index else State.PLANNED,
                ),
            )  # fmt: skip

    def of(self, domain_id: int) -> Visit | None:
        """A domain's visit; ``None`` if its crawl does not visit an address of it."""
        found = self.db.execute(
            f"SELECT url, urlkey, timestamp, digest = '{Role.VISIT}' AND {_IS_GONE}, tries >= {TRIES}"
            f" FROM captures WHERE domain_id = ? AND role = '{Role.VISIT}' AND digest != '{_PAST}'",
            (domain_id,),
        ).fetchone()
        if found is None:
            return None
        url, urlkey, newest, is_gone, is_missed = found
        return Visit(url, urlkey, newest, bool(is_gone), bool(is_missed))
