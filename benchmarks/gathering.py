"""What it takes to gather shards: a first time, once more with nothing new, and after a week in which 1 % is new.

    python benchmarks/gathering.py [--shards 3] [--domains 5000] [--captures 20] [--stored 3]

The DATA_DIRs are made here, without a crawl: each domain has ``--captures`` known captures of its policy, of which
``--stored`` have a row with a text of 100 words. Their histories are worked out before the clock starts. Each gathering
is a process of its own, whose time and peak memory are told; so is a copy of all bytes, to compare with.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import stage

sys.path.insert(0, str(Path(__file__).parents[1]))

from crawler.gathering import gather
from crawler.known import DomainState, QueryState, State
from crawler.ledger import Ledger
from crawler.ledger.tables import outdate
from crawler.settling import apply_verdicts
from pipelines.dataset.parts import append
from pipelines.dataset.rows import policy_table
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.page.sketch import sketch
from pipelines.surt import key_of
from pipelines.timestamps import digits
from tests.support.rows import policy

START = datetime(2010, 1, 1, tzinfo=UTC)
#: Domains of a part file.
A_PART = 2_000
WORDS = [f"word{number}" for number in range(800)]


def text(domain: str, version: int) -> str:
    """Some words; two versions of a domain differ in a few of them."""
    words = random.Random(domain).choices(WORDS, k=100)
    words[version * 7 % 100] = f"version{version}"
    return " ".join(words)


def add_domains(data_dir: Path, names: list[str], options: argparse.Namespace) -> None:
    """Domains that are done, with their captures, queries, rows and histories."""
    with closing(Ledger(data_dir)) as ledger:
        arguments = {"source": "domains", "value": names[0]}
        crawl_id = ledger.begin_crawl(arguments, "web.archive.org", source=("list.txt", "0"))
        for first in range(0, len(names), A_PART):
            rows = []
            for name in names[first : first + A_PART]:
                with ledger.db:
                    rows += _add_domain(ledger, crawl_id, name, options)
            append(data_dir, f"{crawl_id}-{first:05d}.parquet", policy_table(rows))
        ledger.end_crawl(crawl_id, 0, {"cdx": len(names), "playback": len(names)})
        apply_verdicts(data_dir, ledger, only_if_it_pays=True)


def _add_domain(ledger: Ledger, crawl_id: str, name: str, options: argparse.Namespace) -> list[dict[str, object]]:
    domain_id, _ = ledger.domains.open(crawl_id, name)
    url = f"https://{name}/privacy"
    rows = []
    for number in range(options.captures):
        at = START + timedelta(days=200 * number)
        is_stored = number < options.stored
        words = text(name, number) if is_stored else ""
        sha256 = hashlib.sha256(words.encode()).hexdigest() if is_stored else None
        ledger.db.execute(
            "INSERT INTO captures (domain_id, urlkey, timestamp, digest, url, mimetype, status, length, found_by,"
            " state, outcome, kind, policy_score, title, words, language, text_sha256, sketch, verdict, is_primary,"
            " content_key, stored_url) VALUES (?, ?, ?, ?, ?, 'text/html', 200, 6000, 'url_keyword', ?, ?, ?, ?, ?, ?,"
            " ?, ?, ?, ?, ?, ?, ?)",
            (
                domain_id, key_of(url), digits(at), hashlib.sha1(f"{name} {number}".encode()).hexdigest(), url,
                State.SETTLED, *(
                    (Outcome.STORED, "privacy_policy", 0.97, "Privacy Policy", 850, "en", sha256,
                     sketch(tuple(words.split())), "privacy_policy", 1, sha256, url)
                    if is_stored else (Outcome.SKIPPED, *[None] * 11)
                ),
            ),
        )  # fmt: skip
        if is_stored:
            rows.append(policy(name, f"{at:%Y-%m-%d}", words, text_sha256=sha256, crawl_id=crawl_id))
    ledger.db.execute(
        f"INSERT INTO queries (domain_id, crawl_id, url, match_type, found_by, page_rows, state, pages, ended_at)"
        f" VALUES (?, ?, ?, 'domain', 'url_keyword', 10000, '{QueryState.DONE}', 1, ?)",
        (domain_id, crawl_id, name, time.time()),
    )
    ledger.db.execute(
        "UPDATE domains SET state = ?, outcome = ?, known_through = asked_last WHERE id = ?",
        (DomainState.DONE, DomainOutcome.FOUND, domain_id),
    )
    outdate(ledger.db, domain_id)
    return rows


def measured(data_dir: Path, sources: list[Path]) -> None:
    """Gathers, and prints what that took."""
    began = time.perf_counter()
    gather(data_dir, sources, lambda line: print(f"    {line}", flush=True))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"{time.perf_counter() - began:6.1f} s, {used.ru_utime + used.ru_stime:6.1f} s of CPU with all imports,"
        f" {used.ru_maxrss / 1024:5.0f} MB at most",
        flush=True,
    )


def apart(function: Callable[..., None], *arguments: object) -> None:
    """Runs a function in a process of its own, so that its memory is told from others'."""
    process = get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"it ended with {process.exitcode}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=3)
    parser.add_argument("--domains", type=int, default=5_000, help="of each shard")
    parser.add_argument("--captures", type=int, default=20, help="of each domain")
    parser.add_argument("--stored", type=int, default=3, help="of these, those with a row")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shards = [folder / f"shard{number}" for number in range(options.shards)]
        for number, shard in enumerate(shards):
            shard.mkdir()
            names = [f"site{number}-{each:06d}.example" for each in range(options.domains)]
            apart(add_domains, shard, names, options)
        size = sum(map(stage.size, shards))
        print(f"{options.shards} shards of {options.domains:,} domains, {size / 1e6:,.0f} MB", flush=True)
        for when in ("the first time", "once more", "with 1 % of news"):
            if "news" in when:
                for number, shard in enumerate(shards):
                    new = [f"new{number}-{each:06d}.example" for each in range(max(options.domains // 100, 1))]
                    apart(add_domains, shard, new, options)
            print(when, flush=True)
            apart(measured, folder / "all", shards)
        began = time.perf_counter()
        for number, shard in enumerate(shards):
            shutil.copytree(shard, folder / f"copy{number}")
        print(f"a copy of all bytes {time.perf_counter() - began:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
