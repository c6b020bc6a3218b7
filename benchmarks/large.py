"""What a large DATA_DIR costs whoever starts there or looks at it: `scrapy status`, `scrapy show`, a start, an end.

    python benchmarks/large.py DIR --domains 100000 500000

Goes on with the ledgers of `ledger.py DIR`, or makes them, and writes the tables beside them: `captures` and `domains`
as a crawl's end does, `policies` in files of some 100,000 rows sorted by domain, as merges leave them, with sixteen
small ones; histories of a thousand domains a file, each domain's the same. 500,000 domains take half an hour and 12 GB.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from ledger import fill, milliseconds, name

from crawler.histories import keep_histories
from crawler.ledger import Ledger
from crawler.ledger.tables import facts_of, file_numbers, publish, write_files
from pipelines.dataset.compaction import compact
from pipelines.dataset.identity import dataset_id
from pipelines.dataset.part_writer import PARTS, Layout, new_part
from pipelines.dataset.parts import DOMAINS_PER_FILE, settle
from pipelines.history.derive import derive
from pipelines.history.domain_history import DomainRows
from pipelines.history.keeping import file_of
from pipelines.history.tables import KEPT
from pipelines.history.told import digest_of_code
from pipelines.schema import POLICIES, TIMESTAMP
from tests.support.rows import policy

_KEPT = Layout(1_000, 32 << 20, statistics=frozenset({"domain", "change_before"}), sorted_by=("domain",))
#: Of rows in one part file.
_ROWS = 100_000
_STORED = (
    "SELECT domain, c.timestamp, c.url, c.digest, c.text_sha256 FROM domains d JOIN captures c ON c.domain_id = d.id"
    " WHERE c.outcome = 'stored' ORDER BY domain, c.timestamp"
)


def write_tables(folder: Path) -> None:
    """All tables of a DATA_DIR that has a ledger."""
    with closing(Ledger(folder)) as ledger:
        dataset_id(folder)
        with ledger.db:
            ledger.db.execute("UPDATE domains SET versions = 3 WHERE state = 'done'")
        numbers = file_numbers(ledger.db)
        for number in numbers:
            write_files(ledger.db, folder, number)
        publish(ledger.db, folder)
        names = _write_policies(ledger, folder)
        with ledger.db:
            ledger.db.executemany("INSERT INTO parts VALUES (?, ?, 'done')", names)
            ledger.db.execute("INSERT INTO worked_out VALUES (?)", (digest_of_code(),))
        _write_histories(ledger, folder, numbers)


def _write_policies(ledger: Ledger, folder: Path) -> list[tuple[str, int]]:
    dice = random.Random(1)
    words = [f"word{number}" for number in range(3_000)]
    texts = pa.array([" ".join(dice.choices(words, k=150)) for _ in range(2_000)])
    cursor = ledger.db.execute(_STORED)
    names = []
    batch, small = cursor.fetchmany(_ROWS), 16
    while batch:
        parts = [batch]
        if small:  # what a crawl has written since
            parts, small = [batch[200:], batch[:200]], small - 1
        for rows in parts:
            names.append((f"merged-000001-{len(names) + 1:04}.parquet", len(rows)))
            with new_part(folder / "policies" / names[-1][0], POLICIES, PARTS) as part:
                part.write(_policies(rows, texts))
        batch = cursor.fetchmany(_ROWS)
    return names


def _policies(rows: list[tuple[Any, ...]], texts: pa.Array) -> pa.Table:
    domain, timestamp, url, digest, sha256 = (pa.array(column) for column in zip(*rows, strict=True))
    when = pc.strptime(timestamp, "%Y%m%d%H%M%S", "s").cast(TIMESTAMP)
    text = texts.take(pa.array([hash(one) % len(texts) for one in sha256.to_pylist()]))
    raw = pc.binary_join_element_wise("https://web.archive.org/web/", timestamp, "id_/", url, "")
    given = {
        "domain": domain, "captured_at": when, "requested_at": when, "capture_date": when.cast(pa.date32()),
        "policy_url": url, "wayback_url": raw, "view_url": raw, "archive_digest": digest, "text_sha256": sha256,
        "text": text, "markdown": text,
    }  # fmt: skip
    template = policy("a.example", "2010-01-01", "")
    fixed = {field.name: pa.repeat(pa.scalar(template.get(field.name), field.type), len(rows)) for field in POLICIES}
    return pa.table({name: given.get(name, fixed[name]) for name in POLICIES.names}, POLICIES)


def _write_histories(ledger: Ledger, folder: Path, numbers: list[int]) -> None:
    """Each domain's history is that of the first one, under its own name."""
    captures, domains = facts_of(ledger.db, name(1))
    found = ledger.db.execute(_STORED.replace("ORDER", "AND domain = ? ORDER"), (name(1),)).fetchall()
    policies = _policies(found, pa.array(["We collect your name and your address."]))
    derived = derive(DomainRows.of(name(1), policies, captures, domains))
    for table, rows in derived.tables.items():
        one = pa.Table.from_pylist(rows, KEPT[table])
        at = KEPT[table].get_field_index("domain")
        for number in numbers:
            names = sorted(name(each) for each in range(number * DOMAINS_PER_FILE, (number + 1) * DOMAINS_PER_FILE))
            all_of_it = one.take(pa.array([place for _ in names for place in range(len(one))]))
            named = pa.array([each for each in names for _ in range(len(one))])
            with new_part(file_of(folder, table, number), KEPT[table], _KEPT) as part:
                part.write(all_of_it.set_column(at, KEPT[table].field(at), named))


def measure(folder: Path, domains: int) -> Iterator[tuple[str, str]]:
    """What is asked of DATA_DIR, and what it takes."""
    domain = name(domains // 3)
    for asked in (["show", domain], ["show", domain, "--text"], ["status"], ["status", "--domains"]):
        yield f"scrapy {' '.join(asked).replace(domain, 'DOMAIN')}", _command(folder, *asked)
    yield from _within(folder)


def _within(folder: Path) -> Iterator[tuple[str, str]]:
    with closing(Ledger(folder)) as ledger:
        looks: dict[str, Callable[[], object]] = {
            "a start's look at the files": lambda: (settle(folder), ledger.recover()),
            "an end's look at the histories, none of them behind": lambda: keep_histories(folder, ledger),
            "an end's look at the part files, none to merge": lambda: compact(folder, only_if_it_pays=True),
        }
        for what, look in looks.items():
            look()
            yield what, f"{milliseconds(look, 3):,.0f} ms"


def _command(folder: Path, *asked: str) -> str:
    command = [sys.executable, "-m", "scrapy", *asked, "-s", f"DATA_DIR={folder}"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    if status:
        raise SystemExit(f"{command} failed")
    cpu = used.ru_utime + used.ru_stime
    return f"{took:,.1f} s ({cpu:,.1f} s of CPU, {used.ru_maxrss / 1024:,.0f} MB)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--domains", type=int, nargs="+", default=[100_000, 500_000])
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        folder = options.folder / str(options.write)
        if not folder.exists():
            fill(folder, options.write)
        write_tables(folder)
        return
    table: dict[str, list[str]] = {}
    for domains in options.domains:
        folder = options.folder / str(domains)
        if not (folder / "versions").exists():  # a process that has written them would pass on its peak memory
            subprocess.run([sys.executable, __file__, options.folder, "--write", str(domains)], check=True)
        for what, took in measure(folder, domains):
            table.setdefault(what, []).append(took)
    print(f"| | {' | '.join(f'{domains:,} domains' for domains in options.domains)} |")
    print(f"|---|{'---|' * len(options.domains)}")
    for what, row_of_it in table.items():
        print(f"| {what} | {' | '.join(row_of_it)} |")


if __name__ == "__main__":
    main()
