"""What the ledger costs once it is large: each start, each end, each claim, and a one-off crawl beside the big one.

    python benchmarks/ledger.py DIR --domains 10000 100000 500000

Fills a ledger for each number of domains (DIR/10000 and so on; one that is there is taken as it is): 20 to 40 captures
a domain, 72 % of the domains done, the others open with 14 planned captures each. 500,000 domains take 6.5 GB and some
ten minutes. Then it measures each operation with the files in the page cache, and prints a row of the table for each.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from markdown_table import whole_table

from crawler.arguments import Arguments
from crawler.ledger import Ledger
from crawler.ledger.counts import FILL
from crawler.ledger.standing import standing
from crawler.ledger.taking import Taking
from crawler.planning.visits import Pace
from pipelines.surt import key_of

ARCHIVE = "web.archive.org"
BIG = {"source": "domains", "value": "big.csv"}
OTHER = {"source": "domain", "value": "one-off.example"}
DONE_SHARE = 0.72
PLANNED = 14
_AT_ONCE = 2_000

_DOMAIN = (
    "INSERT INTO domains (id, archive, domain, crawl_id, listed_by, rank, state, outcome, asked_first, asked_last, due)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_QUERY = (
    "INSERT INTO queries (domain_id, crawl_id, url, match_type, found_by, page_rows, state, pages, captures, ended_at)"
    " VALUES (?, ?, ?, ?, 'url_keyword', 10000, 'done', 1, 30, ?)"
)
_CAPTURE = (
    "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, mimetype, status, length, found_by, state,"
    " outcome, same_as, kind, policy_score, words, language, text_sha256, sketch, verdict, is_primary, content_key,"
    " stored_url) VALUES (?, ?, ?, ?, ?, 'text/html', 200, 20000, 'url_keyword', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_NOTHING = (None,) * 11

Row = tuple[Any, ...]


def name(number: int) -> str:
    """The name of the domain with this number. As in a list by rank, names and numbers have another order."""
    return f"site{number * 7_919 % 1_000_003:07d}.example"


def fill(folder: Path, domains: int) -> None:
    """A ledger with a crawl that has come 72 % of its way."""
    folder.mkdir(parents=True)
    with closing(Ledger(folder)) as ledger:
        db = ledger.db
        crawl_id = ledger.begin_crawl(BIG, ARCHIVE, source=("big.csv", "0" * 64))
        db.execute("PRAGMA synchronous = OFF")
        for (trigger,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")  # all is counted at the end; they are there again once it is opened
        for first in range(1, domains + 1, _AT_ONCE):
            numbers = range(first, min(first + _AT_ONCE, domains + 1))
            with db:
                db.executemany(_DOMAIN, (_domain(number, crawl_id, domains) for number in numbers))
                db.executemany(_QUERY, (query for number in numbers for query in _queries(number, crawl_id)))
                db.executemany(_CAPTURE, (row for number in numbers for row in _captures(number, domains)))
        with db:
            for statement in FILL:
                db.execute(statement)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _is_done(number: int, domains: int) -> bool:
    return number <= domains * DONE_SHARE


def _domain(number: int, crawl_id: str, domains: int) -> Row:
    is_done, now = _is_done(number, domains), time.time()
    outcome = ("found", "found", "found", "no_policy_found", "incomplete")[number % 5] if is_done else None
    state = "done" if is_done else "open"
    return (number, ARCHIVE, name(number), crawl_id, crawl_id, number, state, outcome, now, now, now + 30 * 86_400)


def _queries(number: int, crawl_id: str) -> Iterator[Row]:
    yield number, crawl_id, name(number), "domain", time.time()
    if number % 6 == 0:
        yield number, crawl_id, f"http://{name(number)}/privacy", "exact", time.time()


def _captures(number: int, domains: int) -> Iterator[Row]:
    dice = random.Random(number)
    url = f"http://www.{name(number)}/about/privacy-policy"
    key, count, is_done = key_of(url), dice.randint(20, 40), _is_done(number, domains)
    stored = None
    for place in range(count):
        day = f"{2001 + place * 24 // count}{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
        timestamp = f"{day}{dice.randint(10, 23)}{dice.randint(10, 59)}{dice.randint(10, 59)}"
        digest = f"{dice.getrandbits(160):032X}"
        known = (number, key, timestamp, digest, url)
        if not is_done:
            yield *known, "planned" if place < PLANNED else "known", None, *_NOTHING
        elif place % 5 < 2:
            text = hashlib.sha256(f"{number} {place // 6}".encode()).hexdigest()
            stored = timestamp
            yield (
                *known, "settled", "stored", None, "privacy_policy", 0.99, 2400, "en", text, digest.encode() * 2,
                "privacy_policy", 1, text, url,
            )  # fmt: skip
        elif place % 5 < 4 and stored:
            yield *known, "settled", "unchanged", stored, *_NOTHING[1:]
        else:
            yield *known, "settled", "skipped", None, *_NOTHING[1:]


def milliseconds(work: Callable[[], object], times: int = 1) -> float:
    """The median time of a function."""
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        work()
        taken.append((time.perf_counter() - before) * 1000)
    return statistics.median(taken)


def measure(folder: Path) -> Iterator[tuple[str, float]]:
    """What each operation takes, in milliseconds."""
    ledger: Ledger

    def start(arguments: dict[str, str]) -> str:
        nonlocal ledger
        ledger = Ledger(folder)
        ledger.recover()
        return ledger.begin_crawl(arguments, ARCHIVE)

    def end(crawl_id: str) -> None:
        ledger.domains.end_run(crawl_id)
        ledger.unwritten(crawl_id)
        ledger.has_work(crawl_id)
        list(ledger.outcomes(crawl_id))
        ledger.end_crawl(crawl_id, 3, {"cdx": 0, "playback": 0})
        ledger.close()

    with closing(Ledger(folder)) as opened:  # the file gets into the page cache
        crawl_id = opened.unfinished_crawl(BIG, ARCHIVE)
        assert crawl_id is not None
        list(opened.db.execute("SELECT sum(length) FROM captures"))
    yield "start", milliseconds(lambda: start(BIG))
    yield "unfinished", milliseconds(lambda: ledger.domains.unfinished(crawl_id))
    yield "claim(48)", milliseconds(lambda: ledger.captures.claim(crawl_id, 48, time.time()), 3)
    yield "claim(4)", milliseconds(lambda: ledger.captures.claim(crawl_id, 4, time.time()), 5)
    yield "claim of queries", milliseconds(lambda: ledger.queries.claim(crawl_id, 4, time.time()), 20)
    yield "next_due", milliseconds(lambda: ledger.next_due(crawl_id, "playback"), 5)
    yield "progress", milliseconds(lambda: ledger.progress(crawl_id), 5)
    yield "open_count", milliseconds(lambda: _open_count(ledger, crawl_id), 5)
    yield "end", milliseconds(lambda: end(crawl_id))
    other = ""

    def start_other() -> None:
        nonlocal other
        other = start(OTHER)

    yield "other: start", milliseconds(start_other)
    domain_id, _ = ledger.domains.open(other, "one-off.example")
    given = [f"20{year:02}0101000000" for year in range(10, 26)]
    for timestamp in given:
        ledger.captures.plan_given(domain_id, "http://one-off.example/privacy", timestamp)
    yield "other: claim(4)", milliseconds(lambda: ledger.captures.claim(other, 4, time.time()))
    yield "other: next_due", milliseconds(lambda: ledger.next_due(other, "playback"))
    yield "other: progress", milliseconds(lambda: ledger.progress(other))
    ledger.captures.claim(other, 48, time.time())
    yield "other: claim, none left", milliseconds(lambda: ledger.captures.claim(other, 4, time.time()), 5)
    yield "other: end", milliseconds(lambda: end(other))
    yield "standing", milliseconds(lambda: standing(folder, time.time()), 3)


def _open_count(ledger: Ledger, crawl_id: str) -> int:
    return Taking(ledger, crawl_id, Arguments("domains", "big.csv"), Pace(), True).open_count()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--domains", type=int, nargs="+", default=[10_000, 100_000, 500_000])
    options = parser.parse_args()
    found: dict[str, list[str]] = {}
    for domains in options.domains:
        folder = options.folder / str(domains)
        if not folder.exists():
            fill(folder, domains)
        for operation, taken in measure(folder):
            found.setdefault(operation, []).append(f"{taken:,.2f}")
    names = ["ms", *(f"{domains:,} domains" for domains in options.domains)]
    print(whole_table(names, ([operation, *cells] for operation, cells in found.items())))


if __name__ == "__main__":
    main()
