"""What a large DATA_DIR costs whoever starts there or looks at it: `scrapy status`, `scrapy show`, a start, an end.

    python benchmarks/large.py DIR --domains 100000 500000

Goes on with the ledgers of `ledger.py DIR`, or makes them, and writes the tables beside them: files of a thousand
domains, and `policies` in files of some 100,000 rows sorted by domain, as merges leave them, with sixteen small ones;
each domain has thirty captures, and all files of a history are one. 500,000 domains take some ten minutes and 12 GB.
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
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ledger import DONE_SHARE, fill, milliseconds, name
from markdown_table import whole_table

from crawler.commands.demo import SETTINGS
from crawler.histories import keep_histories
from crawler.ledger import Ledger
from crawler.ledger.tables import domains_rows, file_numbers
from crawler.local_archive.process import archive_process
from pipelines.batched import batched
from pipelines.dataset.compaction import compact
from pipelines.dataset.identity import dataset_id
from pipelines.dataset.lifting import number_of_rows
from pipelines.dataset.part_writer import PARTS, Layout, new_part
from pipelines.dataset.parts import DOMAINS_PER_FILE, settle
from pipelines.dataset.rows import write_rows
from pipelines.history.derive import derive
from pipelines.history.domain_history import read_domain
from pipelines.history.keeping import file_of
from pipelines.history.tables import KEPT
from pipelines.history.told import digest_of_code
from pipelines.schema import CAPTURES, DOMAINS, POLICIES, TIMESTAMP
from tests.support.rows import policy

_KEPT = Layout(1_000, 32 << 20, statistics=frozenset({"domain", "change_before"}), sorted_by=("domain",))
#: Domains in one part file, most of them; and how many small ones there are.
_DOMAINS, _SMALL_FILES = 8_000, 16
#: Captures of a domain, all at one address.
_CAPTURES = 30
_FIRST, _APART = 978_307_200, 300 * 86_400  # Unix time of the first one, seconds between two


def write_tables(folder: Path, domains: int) -> None:
    """All tables of a DATA_DIR that has a ledger. Its captures are others than the ledger's, and as many."""
    with closing(Ledger(folder)) as ledger, ledger.db:
        dataset_id(folder)
        ledger.db.execute("UPDATE domains SET versions = 3 WHERE state = 'done'")
        ledger.db.execute("INSERT INTO worked_out VALUES (?)", (digest_of_code(),))
        numbers = file_numbers(ledger.db)
        for number in numbers:
            first = number * DOMAINS_PER_FILE
            named = sorted((name(one), one) for one in range(max(first, 1), min(first + DOMAINS_PER_FILE, domains + 1)))
            with new_part(folder / "captures" / f"{number:05}.parquet", CAPTURES) as part:
                part.write(_captures(named, domains))
            write_rows(folder / "domains" / f"{number:05}.parquet", DOMAINS, domains_rows(ledger.db, number))
        names = [(path.name, number_of_rows(path)) for path in _write_policies(folder, domains)]
        ledger.db.executemany("INSERT INTO parts VALUES (?, ?, 'done')", names)
    _write_histories(folder, numbers, shown(domains))


def shown(domains: int) -> int:
    """The number of the domain that `scrapy show` is asked for."""
    return domains // 3


def _captures(named: list[tuple[str, int]], domains: int) -> pa.Table:
    """The rows of ``captures`` of some domains, sorted by domain."""
    count = len(named) * _CAPTURES
    place = np.tile(np.arange(_CAPTURES), len(named))
    when = pa.array(_FIRST + _APART * place + np.repeat([one for _, one in named], _CAPTURES)).cast(TIMESTAMP)
    domain = pa.array([one for one, _ in named]).take(pa.array(np.repeat(np.arange(len(named)), _CAPTURES)))
    is_done = np.repeat([one <= domains * DONE_SHARE for _, one in named], _CAPTURES)
    outcome = np.select([~is_done, place % 5 < 2, place % 5 < 4], ["pending", "stored", "unchanged"], "skipped")
    digests = pa.array([f"{one:032X}" for one in np.random.default_rng(1).integers(0, 2**63, count)])
    given = {
        "archive": pa.repeat("web.archive.org", count), "domain": domain, "captured_at": when,
        "policy_url": pc.binary_join_element_wise("http://www.", domain, "/about/privacy-policy", ""),
        "archive_digest": digests, "mimetype": pa.repeat("text/html", count), "outcome": pa.array(outcome.tolist()),
        "http_status": pa.repeat(pa.scalar(200, pa.int16()), count),
    }  # fmt: skip
    return pa.table({field.name: given.get(field.name, pa.nulls(count, field.type)) for field in CAPTURES}, CAPTURES)


def _write_policies(folder: Path, domains: int) -> list[Path]:
    """The stored captures in files of some 100,000 rows, and in small ones, which crawls have written since."""
    dice = random.Random(1)
    texts = pa.array([" ".join(dice.choices(("we", "collect", "your", "data", "name"), k=40)) for _ in range(2_000)])
    named = sorted((name(one), one) for one in range(1, domains + 1))
    written: list[Path] = []
    for some in batched(named, _DOMAINS):
        pieces = (some[16:], some[:16]) if len(written) < 2 * _SMALL_FILES else (some,)
        for piece in pieces:
            captures = _captures(piece, domains)
            written.append(folder / "policies" / f"merged-000001-{len(written) + 1:04}.parquet")
            with new_part(written[-1], POLICIES, PARTS) as part:
                part.write(_policies(captures.filter(pc.field("outcome") == "stored"), texts))
    return written


def _policies(captures: pa.Table, texts: pa.Array) -> pa.Table:
    text = texts.take(pa.array(np.random.default_rng(2).integers(0, len(texts), len(captures))))
    when = captures["captured_at"]
    day = pc.strftime(when, "%Y%m%d%H%M%S")
    address = pc.binary_join_element_wise("https://web.archive.org/web/", day, "id_/", captures["policy_url"], "")
    given = {name: captures[name] for name in ("domain", "captured_at", "policy_url", "archive_digest", "archive")} | {
        "requested_at": when, "capture_date": when.cast(pa.date32()), "wayback_url": address, "view_url": address,
        "text_sha256": captures["archive_digest"], "text": text, "markdown": text,
    }  # fmt: skip
    one = policy("a.example", "2010-01-01", "")
    fixed = {field.name: pa.repeat(pa.scalar(one.get(field.name), field.type), len(text)) for field in POLICIES}
    return pa.table({name: given.get(name, fixed[name]) for name in POLICIES.names}).cast(POLICIES)


def _write_histories(folder: Path, numbers: list[int], domain: int) -> None:
    """One file of each table, in which each domain has the history of the first one. All others are this one, too."""
    file = domain // DOMAINS_PER_FILE
    names = sorted(name(each) for each in range(file * DOMAINS_PER_FILE, (file + 1) * DOMAINS_PER_FILE))
    for table, rows in derive(read_domain(folder, name(1))).tables.items():
        one = pa.Table.from_pylist(rows, KEPT[table])
        at = KEPT[table].get_field_index("domain")
        places = pa.array(np.tile(np.arange(len(one)), len(names)))
        named = pa.array(names).take(pa.array(np.repeat(np.arange(len(names)), len(one))))
        with new_part(file_of(folder, table, file), KEPT[table], _KEPT) as part:
            part.write(one.take(places).set_column(at, KEPT[table].field(at), named))
        for number in numbers:
            if number != file:
                os.link(file_of(folder, table, file), file_of(folder, table, number))


def measure(folder: Path, domains: int) -> Iterator[tuple[str, str]]:
    """What is asked of DATA_DIR, and what it takes."""
    domain = name(shown(domains))
    for asked in (["show", domain], ["show", domain, "--text"], ["status"], ["status", "--domains"]):
        yield f"scrapy {' '.join(asked).replace(domain, 'DOMAIN')}", _command(folder, *asked)
    yield from _within(folder)
    with TemporaryDirectory() as empty, archive_process("--sample") as url:
        for where, data in (("in an empty DATA_DIR", Path(empty)), ("beside all that", folder)):
            given = ["-a", "domain=plumeria.example", "-a", f"archive_url={url}", "--nolog"]
            given += [part for setting in SETTINGS for part in ("-s", setting)]
            yield f"a crawl of one domain, {where}", _command(data, "crawl", "policies", *given)


def _within(folder: Path) -> Iterator[tuple[str, str]]:
    with closing(Ledger(folder)) as ledger:

        def start() -> None:
            settle(folder)
            ledger.recover()

        looks: dict[str, Callable[[], object]] = {
            "a start's look at the files": start,
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
        write_tables(folder, options.write)
        return
    found: dict[str, list[str]] = {}
    for domains in options.domains:
        folder = options.folder / str(domains)
        if not (folder / "versions").exists():  # a process that has written them would pass on its peak memory
            subprocess.run([sys.executable, __file__, options.folder, "--write", str(domains)], check=True)
        for what, took in measure(folder, domains):
            found.setdefault(what, []).append(took)
    names = ["", *(f"{domains:,} domains" for domains in options.domains)]
    print(whole_table(names, ([what, *cells] for what, cells in found.items())))


if __name__ == "__main__":
    main()
