"""How ``policies`` should lie on disk: the same rows in several layouts, and what readers ask of them.

    python benchmarks/layout.py 100000 DIR            # every variant
    python benchmarks/layout.py 1000000 DIR as-written rows-2000    # some

The rows are synthetic: a domain has fifty captures of a policy of some 10 KB, made of sentences that many
policies share; a version differs from the one before by a word or a paragraph, and three captures in four
show the same text as the one before. DIR is a folder to work in; each variant's file is removed once it was
measured. Times are the median of nine runs with a warm page cache, each on another domain or month. Needs
DuckDB and Polars.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from markdown_table import table_head, table_row

from pipelines.dataset.part_writer import PARTS, new_part
from pipelines.schema import POLICIES

CAPTURES = 50
FREE = ("text", "markdown")
REST = [name for name in POLICIES.names if name not in FREE]
KEY = ["domain", "captured_at", "policy_url"]
RUNS = 9


def policies(rows: int, seed: int = 1) -> Iterator[pa.Table]:
    """``rows`` rows in the dataset's order, a table for each hundred domains."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("etaoinshrdlucmfw", k=chance.randint(2, 11))) for _ in range(20_000)]
    weights = list(accumulate(1 / (rank + 5) for rank in range(len(words))))
    shared = [_sentence(chance, words, weights) for _ in range(20_000)]
    domains = rows // CAPTURES
    for start in range(0, domains, 100):
        batch: list[dict[str, Any]] = []
        for number in range(start, min(start + 100, domains)):
            batch += _history(chance, f"{number:07}.example", words, weights, shared)
        yield pa.Table.from_pylist(batch, schema=POLICIES)


def _sentence(chance: random.Random, words: list[str], weights: list[float]) -> str:
    return " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(8, 30))).capitalize() + "."


def _history(
    chance: random.Random, domain: str, words: list[str], weights: list[float], shared: list[str]
) -> list[dict[str, Any]]:
    paragraphs = [
        " ".join(
            chance.choice(shared) if chance.random() < 0.7 else _sentence(chance, words, weights)
            for _ in range(chance.randint(2, 6))
        )
        for _ in range(chance.randint(10, 36))
    ]
    when = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=chance.randint(0, 3000), seconds=chance.randint(0, 86399))
    url = f"http://www.{domain}/privacy.html"
    rows = []
    for _ in range(CAPTURES):
        if chance.random() < 0.25:
            at = chance.randrange(len(paragraphs))
            if chance.random() < 0.5:
                edited = paragraphs[at].split()
                edited[chance.randrange(len(edited))] = chance.choice(words)
                paragraphs[at] = " ".join(edited)
            else:
                paragraphs[at] = chance.choice(shared)
        text = "\n\n".join(paragraphs)
        digest = hashlib.sha256(text.encode()).hexdigest()
        raw = hashlib.sha256(f"{when}{digest}".encode()).hexdigest()
        row = {
            "domain": domain, "capture_date": when.date(), "captured_at": when, "requested_at": when,
            "policy_url": url, "wayback_url": f"https://web.archive.org/web/{when:%Y%m%d%H%M%S}id_/{url}",
            "view_url": f"https://web.archive.org/web/{when:%Y%m%d%H%M%S}/{url}", "origin": "crawl",
            "found_by": "url_keyword", "redirects": [], "title": f"Privacy policy of {domain}", "text": text,
            "markdown": f"# Privacy\n\n{text.replace('. ', f'. [more]({url}) ', 3)}", "language": "en",
            "language_score": 0.99, "kind": "privacy_policy", "policy_score": chance.random(),
            "primary": True, "policy_owner": "same_domain", "words": len(text) // 6, "text_sha256": digest,
            "raw_sha256": raw, "archive_digest": raw[:32].upper(), "mimetype": "text/html",
            "http_status": 200, "charset": "utf-8", "archive": "web.archive.org",
            "extractor": "trafilatura 2.3.1", "fetched_at": datetime(2026, 1, 1, tzinfo=UTC),
            "crawl_id": "20260101", "warc_file": f"{chance.randrange(999):05}.warc.gz",
            "warc_offset": chance.randrange(1 << 30),
        }  # fmt: skip
        rows.append(row)
        when += timedelta(chance.randint(20, 180), chance.randint(0, 86399))
    return rows


_COMMON: dict[str, Any] = {"compression": "zstd", "compression_level": 3}
_KEYS = ["domain", "capture_date", "captured_at"]
_REPEATED = [name for name in POLICIES.names if name not in PARTS.unique]
_PLAIN_TEXT = [name for name in POLICIES.names if name not in FREE]


def _written(rows: int = 1_000, order: str | None = None, **options: Any) -> Callable[[Path, Path], None]:
    def write(source: Path, target: Path) -> None:
        with pq.ParquetWriter(target, POLICIES, **{**_COMMON, **options}) as writer:
            if order:
                table = pq.read_table(source).cast(POLICIES)
                if order == "crawl":
                    shuffled = random.Random(2).sample(range(0, len(table), CAPTURES), len(table) // CAPTURES)
                    table = pa.concat_tables([table.slice(start, CAPTURES) for start in shuffled])
                else:
                    table = table.sort_by(order)
                writer.write_table(table, row_group_size=rows)
            else:
                for batch in pq.ParquetFile(source).iter_batches(rows):
                    writer.write_table(pa.Table.from_batches([batch]).cast(POLICIES), row_group_size=rows)

    return write


def _as_written(source: Path, target: Path) -> None:
    with new_part(target, POLICIES) as writer:
        for batch in pq.ParquetFile(source).iter_batches(1_000):
            writer.write(pa.Table.from_batches([batch]).cast(POLICIES))


def _texts_apart(source: Path, target: Path) -> None:
    """The texts in a file of their own, found again by the row's key."""
    texts = pa.schema([POLICIES.field(name) for name in (*KEY, *FREE)])
    rest = pa.schema([POLICIES.field(name) for name in REST])
    with new_part(target, rest) as rest_part, new_part(_texts_of(target), texts) as texts_part:
        for batch in pq.ParquetFile(source).iter_batches(1_000):
            table = pa.Table.from_batches([batch])
            rest_part.write(table.select(rest.names))
            texts_part.write(table.select(texts.names))


def _texts_of(path: Path) -> Path:
    return path.with_name("texts.parquet")


LAYOUTS: dict[str, Callable[[Path, Path], None]] = {
    "as-written": _as_written,
    **{f"rows-{n}": _written(n, use_dictionary=_PLAIN_TEXT) for n in (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)},
    "texts-apart": _texts_apart,
    "by-time": _written(order="captured_at", use_dictionary=_PLAIN_TEXT),
    "domains-shuffled": _written(order="crawl", use_dictionary=_PLAIN_TEXT),
    "dictionary-everywhere": _written(),
    "no-dictionary": _written(use_dictionary=False),
    "keys-1000": _written(write_statistics=_KEYS),
    "keys-2000": _written(2_000, write_statistics=_KEYS),
    "keys-4000": _written(4_000, write_statistics=_KEYS),
    "keys-2000-unique-plain": _written(2_000, write_statistics=_KEYS, use_dictionary=_REPEATED),
    "page-index": _written(use_dictionary=_PLAIN_TEXT, write_page_index=True, data_page_size=64 << 10),
    "page-index-4000": _written(4_000, use_dictionary=_PLAIN_TEXT, write_page_index=True, data_page_size=64 << 10),
    "zstd-1": _written(use_dictionary=_PLAIN_TEXT, compression_level=1),
    "zstd-9": _written(use_dictionary=_PLAIN_TEXT, compression_level=9),
}


def _month(number: int) -> tuple[date, date]:
    year, month = 2002 + number, 1 + number
    return date(year, month, 1), date(year, month + 1, 1)


def questions(path: Path, domains: int) -> dict[str, Callable[[int], Any]]:
    """What is asked, each a function of the run's number."""
    names = [f"{n:07}.example" for n in random.Random(3).sample(range(domains), RUNS + 1)]
    texts = _texts_of(path)
    files = [path, texts] if texts.exists() else [path]
    join = f"JOIN '{texts}' USING ({', '.join(KEY)})" if texts.exists() else ""
    columns = ", ".join(f'"{name}"' for name in REST)
    largest = ", ".join(f'max("{name}")' for name in REST)

    def sql(query: str, values: Any = ()) -> Any:
        found = duckdb.sql(query.replace("policies", f"'{path}'", 1), params=list(values))
        assert found is not None
        return found.to_arrow_table()

    def polars_history(name: str) -> Any:
        found = [pl.scan_parquet(each).filter(pl.col("domain") == name) for each in files]
        return (found[0].join(found[1], on=KEY) if len(found) > 1 else found[0]).collect()

    def polars_month(n: int) -> Any:
        first, end = _month(n)
        wanted = (pl.col("capture_date") >= first) & (pl.col("capture_date") < end)
        return pl.scan_parquet(path).filter(wanted).select(REST).collect()

    return {
        "history, DuckDB": lambda n: sql(f"FROM policies {join} WHERE domain = ? ORDER BY captured_at", [names[n]]),
        "history, Polars": lambda n: polars_history(names[n]),
        "history, pyarrow": lambda n: [
            ds.dataset(each).to_table(filter=ds.field("domain") == names[n]) for each in files
        ],
        "month, DuckDB": lambda n: sql(
            f"SELECT {columns} FROM policies WHERE capture_date >= ? AND capture_date < ?", _month(n)
        ),
        "month, Polars": polars_month,
        "scan, DuckDB": lambda n: sql(f"SELECT {largest} FROM policies"),
        "scan, Polars": lambda n: (
            pl.scan_parquet(path)
            .select(pl.col(REST).exclude("redirects").max(), pl.col("redirects").list.len().max())
            .collect()
        ),
    }


def _median_ms(ask: Callable[[int], Any]) -> tuple[float, float]:
    """Milliseconds by the clock and of the processor (all threads), each the median of ``RUNS``."""
    ask(RUNS)
    clock, processor = [], []
    for run in range(RUNS):
        started = time.perf_counter(), time.process_time()
        ask(run)
        clock.append(time.perf_counter() - started[0])
        processor.append(time.process_time() - started[1])
    return median(clock) * 1_000, median(processor) * 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("layouts", nargs="*", help=f"default: all of {', '.join(LAYOUTS)}")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    source = options.folder / f"source-{options.rows}.parquet"
    if not source.exists():
        started = time.perf_counter()
        with new_part(source, POLICIES) as writer:
            for table in policies(options.rows):
                writer.write(table)
        print(f"made {writer.rows} rows in {time.perf_counter() - started:.0f} s", flush=True)
    titles: list[str] = []
    for name in options.layouts or LAYOUTS:
        target = options.folder / "layout.parquet"
        started = time.perf_counter()
        LAYOUTS[name](source, target)
        seconds = time.perf_counter() - started
        metadata = pq.read_metadata(target)
        files = [each for each in (target, _texts_of(target)) if each.exists()]
        size = sum(each.stat().st_size for each in files)
        asked = {title: _median_ms(ask) for title, ask in questions(target, options.rows // CAPTURES).items()}
        if not titles:
            titles = list(asked)
            print(table_head("layout", "MB", "footer MB", "groups", "written, s", *titles))
        sizes = (f"{size / 1e6:.0f}", f"{metadata.serialized_size / 1e6:.1f}", f"{metadata.num_row_groups}")
        figures = ("{:.0f} / {:.0f}".format(*asked[title]) for title in titles)
        print(table_row(name, *sizes, f"{seconds:.0f}", *figures), flush=True)
        for each in files:
            each.unlink()


if __name__ == "__main__":
    main()
