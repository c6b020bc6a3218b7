"""Lists of domains, read as a stream: one domain per line, Tranco's ``rank,domain``, or a Parquet column.

A list is never held in memory. A bad line does not end it: it comes as a ``BadLine`` that says what is wrong.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from pipelines.domains import BadDomain, meant_domain

MAX_LINE: Final = 4096
"""Characters. The rest of a longer line is skipped, so that a file without line ends does no harm."""


class Listed(NamedTuple):
    """A domain in a list, with its rank where the list has ranks."""

    domain: str
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no domain: its number (from 1; in Parquet the row's), its text, and what is wrong with it."""

    number: int
    text: str
    reason: str


def read_domain_list(path: Path | str) -> Iterator[Listed | BadLine]:
    """The domains of a file in its order, duplicates included, and a ``BadLine`` for each line that holds none.

    A domain may be written as its ``www.`` host or an address (``https://www.plimus.com/privacy``).
    ``.txt`` has one domain per line; blank lines and ``#`` comments are skipped. ``.csv`` has columns named ``domain``
    and perhaps ``rank``, or else one column, or else the rank and then the domain (Tranco's ``rank,domain``). Both may
    be packed (``.gz``). ``.parquet`` has a column ``domain``, and perhaps ``rank``. A packed list that is cut off or
    damaged ends with a ``BadLine``.

    Raises ``ValueError`` for another kind of file or a Parquet file without that column, and ``OSError`` for a file
    that cannot be read.
    """
    try:
        for number, text, rank in _lines(Path(path)):
            try:
                yield Listed(meant_domain(text), _rank(rank))
            except BadDomain as error:
                reason = f"not UTF-8: {text[:80]!r}" if "\ufffd" in text else str(error)
                yield BadLine(number, text[:200], reason)
    except _CutOff as cut:
        number, reason = cut.args
        yield BadLine(number, Path(path).name, f"the file is cut off or damaged here, and the rest unread: {reason}")


class _CutOff(Exception):
    """A packed list cannot be read from a line on. Its arguments are the line's number and the reason."""


#: Names of the column with the rank, in lower case: Tranco's, Majestic's.
_RANKS: Final = ("rank", "globalrank")


def _rank(value: Any) -> int | None:
    """The rank in a list's cell; ``None`` where it is no whole number."""
    try:
        return int(value) if 0 <= int(value) < 1 << 63 else None
    except (TypeError, ValueError, OverflowError):
        return None


def _lines(path: Path) -> Iterator[tuple[int, str, Any]]:
    """The number, domain and rank of each line, as they stand there."""
    kind = path.name.lower().removesuffix(".gz")
    if kind.endswith(".parquet"):
        yield from _parquet_rows(path)
    elif kind.endswith(".csv"):
        with _opened(path) as file:
            yield from _csv_rows(file)
    elif kind.endswith(".txt"):
        with _opened(path) as file:
            for number, line in _bounded_lines(file):
                if text := line.partition("#")[0].strip():
                    yield number, text, None
    else:
        raise ValueError(f"a list of domains is a .txt, .csv, .txt.gz, .csv.gz or .parquet file, not {path.name}")


_UNREADABLE: Final = (EOFError, zlib.error, gzip.BadGzipFile)


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """The text of a file, whatever its encoding: a byte that is not UTF-8 spoils its own line only.

    A byte order mark is skipped, and tells UTF-16.
    """
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        data = gzip.GzipFile(fileobj=raw) if packed else raw
        try:
            is_utf16 = data.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        except _UNREADABLE as error:
            raise _CutOff(1, str(error)) from error
        with io.TextIOWrapper(data, encoding="utf-16" if is_utf16 else "utf-8-sig", errors="replace") as text:
            yield text


def _bounded_lines(file: IO[str]) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        while line := file.readline(MAX_LINE):
            number += 1
            yield number, line
            while line and not line.endswith("\n"):
                line = file.readline(MAX_LINE)
    except _UNREADABLE as error:
        raise _CutOff(number + 1, str(error)) from error


def _csv_rows(file: IO[str]) -> Iterator[tuple[int, str, Any]]:
    separator: str | None = None
    column: int | None = None
    rank: int | None = None
    for number, line in _bounded_lines(file):
        if line.startswith("#"):
            continue
        separator = separator or next(filter(",;\t".__contains__, re.sub('"[^"]*"', "", line)), None)
        # Each line is one row: no domain holds a line end, and a stray quote must not swallow the rest of the file.
        if '"' in line:
            row = next(csv.reader([line], delimiter=separator or ","), [])
        else:
            row = line.rstrip("\r\n").split(separator or ",")
        if not any(cell.strip() for cell in row):
            continue
        if column is None:
            names = [cell.strip().lower() for cell in row]
            if "domain" in names:
                column = names.index("domain")
                rank = next((number for number, name in enumerate(names) if name in _RANKS), None)
                continue
            column = min(1, len(row) - 1)
            rank = 0 if column == 1 else None
        cells = [cell.strip() for cell in row]
        yield number, "".join(cells[column : column + 1]), cells[rank] if rank is not None and rank < len(row) else None


def _parquet_rows(path: Path) -> Iterator[tuple[int, str, Any]]:
    import pyarrow.parquet as pq  # imported here because it takes 0.1 s, which text lists need not pay

    with pq.ParquetFile(path) as file:
        if "domain" not in file.schema_arrow.names:
            raise ValueError(f"{path.name} has no column named domain, but {', '.join(file.schema_arrow.names)}")
        columns = [name for name in ("domain", "rank") if name in file.schema_arrow.names]
        rows = (row for batch in file.iter_batches(10_000, columns=columns) for row in batch.to_pylist())
        for number, row in enumerate(rows, 1):
            yield number, "" if row["domain"] is None else str(row["domain"]), row.get("rank")


def parse_shard(text: str) -> tuple[int, int]:
    """(3, 16) for ``"3/16"``: this worker's share, and the number of workers.

    Workers may count from 0 or from 1: 16/16 is the same share as 0/16. Raises ``ValueError`` for ``17/16``, ``0/0``
    or ``three``.
    """
    match = re.fullmatch(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", text)
    if not match:
        raise ValueError(f"a shard is written index/count, such as 3/16, not {text!r}")
    index, count = int(match[1]), int(match[2])
    if count == 0 or index > count:
        raise ValueError(f"of {count} shards the index goes from 0 or 1 to {count}, not {index}")
    return index % count, count


def in_shard(domain: str, index: int, count: int) -> bool:
    """True if a domain belongs to shard ``index`` of ``count``. The answer is the same on every machine and version."""
    digest = hashlib.blake2b(domain.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % count == index
