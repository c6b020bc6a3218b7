"""Takes what was asked for into a crawl: which domains are due, and how each of them is begun."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.arguments import Arguments, Target
from crawler.known import Before, DomainState, MainAddress, MatchType, WantedQuery
from crawler.ledger import Ledger
from crawler.ledger.counts import counts
from crawler.ledger.sql import exists, transaction
from crawler.ledger.tables import Stale, outdate
from crawler.planning.visits import Pace, visited
from pipelines.outcomes import FoundBy
from pipelines.timestamps import digits

#: The domains with which the crawl that asked for them last was done (SQL); not those that it has left unfinished.
_SETTLED = f"state IN ('{DomainState.DONE}', '{DomainState.QUEUED}')"
#: The archive of a crawl (SQL).
_ARCHIVE = "(SELECT archive FROM crawls WHERE id = :crawl_id)"
#: When a domain is due (SQL): by its own history, or at a fixed pace. What may pass is due at once.
_DUE = "iif(may_pass OR due IS NULL, 0, iif(:fixed IS NULL, due, asked_last + :fixed))"


def end_old_crawl(ledger: Ledger, arguments: Arguments, archive: str, pace: Pace) -> None:
    """Ends a list's unfinished crawl that lacks only what may pass, once other domains are due again.

    The next crawl takes both: what is due, and the domains of which something is missing.
    """
    crawl_id = ledger.unfinished_crawl(arguments.as_dict(), archive)
    if crawl_id is None or arguments.source != "domains" or ledger.has_work(crawl_id):
        return
    fixed = None if pace.fixed is None else pace.fixed.total_seconds()
    values = {"crawl_id": crawl_id, "fixed": fixed, "by": time.time() + pace.early.total_seconds()}
    if exists(ledger.db, f"domains WHERE crawl_id = :crawl_id AND NOT may_pass AND {_DUE} <= :by", values):
        with transaction(ledger.db):
            ledger.db.execute("UPDATE crawls SET finished = 1 WHERE id = ?", (crawl_id,))


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes targets into a crawl."""

    ledger: Ledger
    crawl_id: str
    arguments: Arguments
    pace: Pace
    offers_newest: bool
    """True if the archive's playback offers the newest capture of an address."""

    def take(self, targets: Iterable[Target]) -> None:
        """Enters targets into the ledger, unless this crawl has them already.

        A domain of a list that is known is left out: it is not due, or ``queue`` has it.
        """
        for target in targets:
            with transaction(self.ledger.db):
                if not (self.is_scheduled and self._before(target.domain)):
                    self._take(target)

    def _take(self, target: Target) -> None:
        ledger, crawl_id = self.ledger, self.crawl_id
        if target.url is None:
            self._begin(target.domain, target.rank)
            return
        domain_id, _ = ledger.domains.open(crawl_id, target.domain, target.rank)
        if target.timestamp is not None:
            ledger.captures.plan_given(domain_id, target.url, target.timestamp)
        else:
            given = WantedQuery(target.url, MatchType.EXACT, FoundBy.GIVEN)
            ledger.queries.add(crawl_id, domain_id, self.arguments.dated(given))

    @property
    def is_scheduled(self) -> bool:
        """True if the crawl takes only those domains that are due: if a list names them."""
        return self.arguments.source == "domains"

    def knows_any(self) -> bool:
        """True if any domain of the archive may be known: by one of its crawls, or by none (a rebuilt ledger)."""
        settled = f"thing = 'domain' AND word != '{DomainState.OPEN}' AND count > 0"
        of_the_archive = f"crawl_id = '' OR crawl_id IN (SELECT id FROM crawls WHERE archive = {_ARCHIVE})"
        values = {"crawl_id": self.crawl_id}
        return exists(self.ledger.db, f"counts WHERE ({of_the_archive}) AND {settled}", values)

    def open_count(self) -> int:
        """How many domains of the crawl are open."""
        return counts(self.ledger.db, "domain", self.crawl_id)[DomainState.OPEN]

    def queue(self, targets: Iterable[Target]) -> int:
        """Queues those of the known domains among ``targets`` that are due; returns how many are not.

        Domains that were last asked for other dates or by another plan are due at once.
        """
        not_due = 0
        alike = self.ledger.crawls_like(self.crawl_id)
        with transaction(self.ledger.db):
            for target in targets:
                found = self.ledger.db.execute(
                    f"SELECT id, crawl_id, {_DUE}, asked_last FROM domains"
                    f" WHERE domain = :domain AND archive = {_ARCHIVE} AND {_SETTLED}",
                    {"domain": target.domain, "crawl_id": self.crawl_id, "fixed": self._fixed},
                ).fetchone()
                if found is None or found[1] == self.crawl_id:
                    continue
                domain_id, last_crawl, due, asked_last = found
                now = time.time()
                is_due = due <= now + self.pace.early.total_seconds() or asked_last > now  # the clock was put back
                if is_due or last_crawl not in alike:
                    self._queue(domain_id, target.rank, due, is_alike=last_crawl in alike)
                else:
                    not_due += 1
        return not_due

    @property
    def _fixed(self) -> float | None:
        return None if self.pace.fixed is None else self.pace.fixed.total_seconds()

    def _queue(self, domain_id: int, rank: int | None, due: float, *, is_alike: bool) -> None:
        self.ledger.db.execute(
            f"UPDATE domains SET crawl_id = ?1, state = '{DomainState.QUEUED}', listed_by = ?1, rank = ?2, due = ?3"
            " WHERE id = ?4",
            (self.crawl_id, rank, due, domain_id),
        )
        outdate(self.ledger.db, domain_id, Stale.DATES)
        if not is_alike:
            self.ledger.domains.reopen(domain_id)

    def take_queued(self, count: int) -> bool:
        """Takes queued domains, the longest due first, at most ``count``. False if there are none."""
        with transaction(self.ledger.db):
            queued = self.ledger.db.execute(
                f"SELECT domain, rank FROM domains WHERE crawl_id = ? AND state = '{DomainState.QUEUED}'"
                " ORDER BY due LIMIT ?",
                (self.crawl_id, count),
            ).fetchall()
            for domain, rank in queued:
                self._begin(domain, rank)
        return bool(queued)

    def _before(self, domain: str) -> Before | None:
        """What earlier crawls have left behind of a domain; ``None`` if none of them was done with it."""
        found = self.ledger.db.execute(
            "SELECT id, crawl_id, outcome, may_pass, excluded_since IS NOT NULL FROM domains"
            f" WHERE domain = :domain AND archive = {_ARCHIVE} AND {_SETTLED}",
            {"domain": domain, "crawl_id": self.crawl_id},
        ).fetchone()
        if found is None:
            return None
        domain_id, crawl_id, outcome, may_pass, is_excluded = found
        return Before(
            crawl_id=crawl_id,
            outcome=outcome,
            may_pass=bool(may_pass),
            is_excluded=bool(is_excluded),
            searched=self.ledger.queries.searched(domain_id, domain, self.arguments.since),
            address=self.ledger.visits.main_address(domain_id),
        )

    def _is_alike(self, before: Before) -> bool:
        """True if the last crawl asked a domain for the same as this one; of a queued domain, ``queue`` saw to that."""
        return before.crawl_id == self.crawl_id or before.crawl_id in self.ledger.crawls_like(self.crawl_id)

    def _begin(self, domain: str, rank: int | None) -> None:
        """Takes a domain and plans its visit, or the search of it; nothing if this crawl has taken it before."""
        ledger, crawl_id = self.ledger, self.crawl_id
        before = self._before(domain)
        where = visited(before, domain, self.arguments, self.pace, time.time()) if before is not None else None
        is_visit = before is not None and where is not None and self.offers_newest and self._is_alike(before)
        domain_id, is_new = ledger.domains.open(crawl_id, domain, rank, is_visit=is_visit)
        if not is_new:
            return
        if isinstance(where, MainAddress):
            ledger.visits.plan(domain_id, where, by_index=not self.offers_newest)
            if not self.offers_newest:
                since_then = WantedQuery(
                    where.url, MatchType.EXACT, where.found_by, where.link_text, since=where.newest
                )
                ledger.queries.add(crawl_id, domain_id, since_then)
        elif where is not None:
            ledger.homepages.plan(domain_id, where, [(digits(datetime.now(UTC)), None)])
        else:
            ledger.queries.search(crawl_id, domain_id, domain, self.arguments)
