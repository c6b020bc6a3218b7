"""The ledger's homepage visits: near which dates a domain's homepage is wanted, and what was seen there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from crawler.known import NOT_SHOWN, HomepageOutcome, HomepageVisit, MatchType, Role, State, redirect_key
from crawler.ledger.captures import TRIES
from crawler.ledger.sql import exists, records, transaction
from pipelines.outcomes import FoundBy, Outcome
from pipelines.surt import key_of

#: The digest of homepage visits, which keeps one visit per date.
HOMEPAGE_DIGEST = "homepage"
#: How the digest of one begins that is past: its id follows.
PAST_DIGEST = "past "


class Homepages:
    """The homepage visits of the crawl's domains."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def visits(self, domain_id: int) -> list[HomepageVisit]:
        """The visits of a domain's homepage that count for this crawl."""
        return records(
            HomepageVisit,
            self.db.execute(
                f"""
                SELECT timestamp AS asked,
                       iif(outcome = '{HomepageOutcome.OFFERED}', NULL, served) AS served,
                       coalesce(outcome = '{HomepageOutcome.NOT_ARCHIVED}', FALSE) AS is_absent,
                       coalesce(outcome = '{HomepageOutcome.LOOKED_AT}' AND leads_to IS NOT NULL, FALSE) AS has_link,
                       coalesce(outcome = '{Outcome.REDIRECT}', FALSE) AS is_redirect,
                       tries >= ? AS is_missed,
                       {_shown(HomepageOutcome.LOOKED_AT)} AS is_read,
                       {_shown(HomepageOutcome.SCRIPTS)} AS is_script,
                       iif(outcome = '{HomepageOutcome.OFFERED}', served, NULL) AS offered,
                       coalesce(detail = ?, FALSE) AS is_hidden
                FROM captures AS visit WHERE domain_id = ? AND role = '{Role.HOMEPAGE}'
                AND digest = '{HOMEPAGE_DIGEST}'
                ORDER BY id
                """,
                (TRIES, NOT_SHOWN, domain_id),
            ),
        )

    def seen(self, domain_id: int, crawl_id: str) -> set[str]:
        """The timestamps of the homepages that a crawl need not read again.

        They are those that visits were served; of earlier ones only where the crawl does not search the domain anew.
        """
        search = f"queries WHERE domain_id = ? AND crawl_id = ? AND match_type = '{MatchType.DOMAIN}'"
        digest = HOMEPAGE_DIGEST if exists(self.db, search, (domain_id, crawl_id)) else None
        return {
            served
            for (served,) in self.db.execute(
                f"SELECT served FROM captures WHERE domain_id = ? AND role = '{Role.HOMEPAGE}'"
                f" AND outcome != '{HomepageOutcome.OFFERED}' AND served IS NOT NULL AND digest = coalesce(?, digest)",
                (domain_id, digest),
            )
        }

    def plan(self, domain_id: int, url: str, visits: Iterable[tuple[str, int | None]]) -> int:
        """Plans homepage visits (near which date, how many days away at most); returns how many are new."""
        with transaction(self.db):
            return self.db.executemany(
                "INSERT OR IGNORE INTO captures (domain_id, role, urlkey, timestamp, digest, url, found_by, state,"
                f" window_days) VALUES (?, '{Role.HOMEPAGE}', ?, ?, '{HOMEPAGE_DIGEST}', ?, '{FoundBy.HOMEPAGE}',"
                f" '{State.PLANNED}', ?)",
                [(domain_id, key_of(url), timestamp, url, days) for timestamp, days in visits],
            ).rowcount

    def targets(self, domain_id: int) -> list[str]:
        """The URLs that a domain's homepages redirected to, at whatever date."""
        prefix = redirect_key(None)
        found = self.db.execute(
            "SELECT DISTINCT substr(content_key, length(?1) + 1) FROM captures WHERE domain_id = ?2"
            f" AND role = '{Role.HOMEPAGE}' AND substr(content_key, 1, length(?1)) = ?1",
            (prefix, domain_id),
        )
        return [url for (url,) in found]


def _shown(outcome: HomepageOutcome) -> str:
    """A condition on a row of ``visit``: the homepage was found so then, or at an earlier visit of the same capture."""
    return (
        f"coalesce(outcome = '{outcome}' OR (outcome = '{HomepageOutcome.AGAIN}' AND EXISTS (SELECT 1 FROM captures"
        f" WHERE domain_id = visit.domain_id AND role = '{Role.HOMEPAGE}' AND served = visit.served"
        f" AND outcome = '{outcome}')), FALSE)"
    )
