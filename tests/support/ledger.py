"""A ledger played by hand: crawls of example.com whose queries and captures are answered by the test."""

import time
from typing import Any

from crawler.archives.cdx import Capture, Page
from crawler.known import WantedQuery
from crawler.ledger import Ledger, tables
from crawler.ledger.captures import CaptureWork, Judged
from crawler.ledger.counts import COUNTED
from crawler.ledger.queries import QueryWork
from pipelines.outcomes import DomainOutcome
from pipelines.schema import CAPTURES, DOMAINS
from pipelines.surt import urlkey

ARCHIVE = "web.archive.org"
REQUESTS = {"cdx": 1, "playback": 2}
ARGUMENTS = {"source": "domain", "value": "example.com"}
URL = "http://example.com/privacy"


def miscounted(ledger: Ledger) -> dict[str, set[tuple[Any, ...]]]:
    """Where the counts that are kept are others than those that are there: both."""
    found = {"kept": set(ledger.db.execute("SELECT * FROM counts WHERE count != 0"))}
    found["there"] = {row for row in ledger.db.execute(COUNTED) if row[-1]}
    for table in ("queries", "captures"):
        found["kept"] |= set(ledger.db.execute(f"SELECT id, '{table}', planned_{table} FROM domains"))
        found["there"] |= set(
            ledger.db.execute(
                f"SELECT id, '{table}', (SELECT count(*) FROM {table} WHERE domain_id = domains.id AND"
                " state = 'planned') FROM domains"
            )
        )
    return {} if found["kept"] == found["there"] else found


def reopened(ledger: Ledger) -> Ledger:
    """The ledger as the next process finds it after a SIGKILL of this one."""
    ledger.close()
    ledger.__init__(ledger.dataset.data_dir)  # type: ignore[misc]
    ledger.recover()
    return ledger


def capture(timestamp: str, digest: str = "A", url: str = URL, status: int | None = 200) -> Capture:
    return Capture(urlkey(url), timestamp.ljust(14, "0"), url, "text/html", status, digest, 1000)


def begin(
    ledger: Ledger, domain: str = "example.com", arguments: dict[str, str] = ARGUMENTS, archive: str = ARCHIVE
) -> tuple[str, int]:
    """A crawl and its domain, with the query that searches it."""
    crawl_id = ledger.begin_crawl(arguments, archive)
    domain_id, is_new = ledger.domains.open(crawl_id, domain)
    if is_new:
        ledger.queries.add(crawl_id, domain_id, WantedQuery(domain, "domain", "url_keyword"))
    return crawl_id, domain_id


def claim_query(ledger: Ledger, crawl_id: str) -> QueryWork:
    (work,) = ledger.queries.claim(crawl_id, 10, time.time())
    return work


def answer(ledger: Ledger, crawl_id: str, *captures: Capture, key: str | None = None) -> str:
    """The index answers the crawl's query."""
    page = Page(list(captures), key, 0)
    return ledger.queries.save_page(claim_query(ledger, crawl_id), page, keep=[True] * len(captures))


def claim(ledger: Ledger, crawl_id: str, count: int = 100) -> list[CaptureWork]:
    return ledger.captures.claim(crawl_id, count, time.time())


def plan_all(ledger: Ledger, domain_id: int) -> None:
    ledger.captures.plan(known.id for known in ledger.captures.of(domain_id))


def fetch(ledger: Ledger, work: CaptureWork, outcome: str = "stored", text: str = "text") -> bool:
    stored_url = work.url if outcome == "stored" else None
    judged = Judged(
        outcome, content_key=text, kind="privacy_policy", stored_url=stored_url, mimetype="text/html", status=200
    )
    return ledger.captures.fetched(work.id, judged)


def write_part(ledger: Ledger, crawl_id: str, ids: list[int], *, until: str = "done") -> str:
    """Writes a part as storage does; ``until`` is how far it came: begun, renamed or done."""
    name = ledger.dataset.next_part(crawl_id)
    ledger.dataset.begin_part(name, len(ids), ids, {})
    path = ledger.dataset.data_dir / "policies" / name
    path.parent.mkdir(exist_ok=True)
    if until == "begun":
        path.with_name(f"{name}.tmp-1").write_bytes(b"half")
        return name
    path.write_bytes(b"whole")
    if until == "done":
        ledger.dataset.finish_part(name)
    return name


def states(ledger: Ledger) -> list[tuple[str, str | None]]:
    return ledger.db.execute("SELECT state, outcome FROM captures ORDER BY id").fetchall()


def rows(ledger: Ledger, file: int = 0) -> list[dict[str, Any]]:
    """The rows of ``captures``."""
    return [
        dict(zip(CAPTURES.names, row, strict=True)) for rows in tables.captures_rows(ledger.db, file) for row in rows
    ]


def domain_row(ledger: Ledger, domain: str = "example.com") -> dict[str, Any]:
    """The domain's row of ``domains``."""
    found = [dict(zip(DOMAINS.names, row, strict=True)) for rows in tables.domains_rows(ledger.db, 0) for row in rows]
    (row,) = [row for row in found if row["domain"] == domain]
    return row


def closed(ledger: Ledger, first: str = "stored") -> int:
    """A domain of which one of three twins was fetched, and another capture was not wanted."""
    crawl_id, domain_id = begin(ledger)
    answer(
        ledger, crawl_id, capture("2004"), capture("2005"), capture("2006", "-"), capture("2007", "B"), capture("2008")
    )
    ledger.captures.plan([ledger.captures.of(domain_id)[1].id])
    (work,) = claim(ledger, crawl_id)
    fetch(ledger, work, first)
    write_part(ledger, crawl_id, [work.id])
    ledger.domains.close(domain_id, DomainOutcome.FOUND)
    return domain_id
