"""Lists of domains, read as a stream: a line a domain, Tranco's ``rank,domain``, or a Parquet column.

A list of 500,000 domains is never held in memory, and a bad line never ends it: it comes as a ``BadLine``
that names its number and what is wrong with it.
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
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Final

import idna

MAX_LINE: Final = 4096
"""Characters. A longer line is no domain; its rest is skipped, so that a file without line ends stays
harmless."""


class BadDomain(ValueError):
    """A text that is no public domain; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no domain: its number (from 1; in Parquet the row's), its text, and what is wrong."""

    number: int
    text: str
    reason: str


_ASCII_DOMAIN: Final = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_INTERNAL: Final = frozenset(
    {"localhost", "local", "internal", "onion", "arpa", "alt"}  # RFC 6761, 6762, 7686, 8375 and 9476
    | {"intranet", "lan", "home", "corp", "private", "localdomain"}  # what routers and offices use
)


def normalize_domain(text: str) -> str:
    """A domain as the dataset keys it: lower case, IDN as punycode (IDNA 2008 with UTS 46), no trailing dot.

    Raises ``BadDomain`` for what is none, or not a public one. The names reserved for tests and documents
    (RFC 2606: ``.example``, ``.test``) are accepted: a sample archive is made of them.

    >>> normalize_domain("Bücher.DE.")
    'xn--bcher-kva.de'
    """
    domain = text.strip().removesuffix(".")
    if not domain.isascii() or not _ASCII_DOMAIN.fullmatch(domain := domain.lower()) or "xn--" in domain:
        domain = _checked(domain)
    last = domain.rpartition(".")[2]
    if last in _INTERNAL:
        raise BadDomain(f"an internal name (.{last}), no public domain: {domain!r}")
    return domain


def _checked(text: str) -> str:
    """The slow way, for what is not plainly a domain: says what is wrong, or gives the punycode form."""
    shown = repr(text[:80])
    if not text:
        raise BadDomain("empty")
    if "://" in text:
        raise BadDomain(f"an address with a scheme, not a domain: {shown}")
    if _is_ip(text):
        raise BadDomain(f"an IP address, not a domain: {shown}")
    if "@" in text:
        raise BadDomain(f"a mail address or user name, not a domain: {shown}")
    if re.search(r"[/?#\\]", text):
        raise BadDomain(f"a path or query behind the domain: {shown}")
    if ":" in text:
        raise BadDomain(f"a port behind the domain: {shown}")
    if any(c.isspace() for c in text):
        raise BadDomain(f"white space inside: {shown}")
    if len(text) > 253:
        raise BadDomain(f"too long, {len(text)} characters of at most 253: {shown}")
    try:
        domain = _to_ascii(text).lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise BadDomain(f"not allowed in a domain: {shown} ({error})") from None
    labels = domain.split(".")
    if not all(labels):
        raise BadDomain(f"an empty label (two dots, or one at the beginning): {shown}")
    if _is_ip(domain):
        raise BadDomain(f"an IP address, not a domain: {shown}")
    if len(labels) == 1:
        raise BadDomain(f"an internal name, without a dot: {shown}")
    if any(len(label) > 63 for label in labels):
        raise BadDomain(f"a label of more than 63 characters: {shown}")
    if len(domain) > 253:
        raise BadDomain(f"too long, {len(domain)} characters of at most 253 as punycode: {shown}")
    if not _ASCII_DOMAIN.fullmatch(domain):
        raise BadDomain(f"characters that no domain has: {shown}")
    return domain


def _to_ascii(text: str) -> str:
    """IDNA label by label: plain ASCII labels pass as they are, since hosts with an underscore were archived too."""
    mapped = idna.uts46_remap(text, std3_rules=False)
    return ".".join(
        idna.encode(label).decode("ascii") if label.startswith("xn--") or not label.isascii() else label
        for label in mapped.removesuffix(".").split(".")
    )


def _is_ip(text: str) -> bool:
    candidate = text.strip("[]")
    if re.fullmatch(r"[\d.]+(?::\d+)?", candidate) and re.search(r"\d", candidate):
        return True  # also 127.1 and 2130706433, which browsers read as addresses
    try:
        ip_address(candidate)
    except ValueError:
        return False
    return True


def read_domains(path: Path | str) -> Iterator[str | BadLine]:
    """The domains of a file, in its order, duplicates too; a ``BadLine`` for each line that holds none.

    ``.txt``: a line a domain, blank lines and ``#`` comments skipped. ``.csv``: a column named ``domain``, or
    else the only column, or else the second (Tranco's ``rank,domain``). ``.txt.gz`` and ``.csv.gz`` likewise.
    ``.parquet``: the column ``domain``. Memory stays flat. Raises ``ValueError`` for another kind of file or
    a Parquet file without that column, ``OSError`` for one that cannot be read. A packed list that is cut off
    or damaged ends with a ``BadLine`` for the place.
    """
    try:
        for number, text in _lines(Path(path)):
            try:
                yield normalize_domain(text)
            except BadDomain as error:
                yield BadLine(number, text[:200], str(error))
    except _CutOff as cut:
        yield BadLine(
            cut.number, Path(path).name, f"the file is cut off or damaged here, and the rest unread: {cut.reason}"
        )


class _CutOff(Exception):
    """A packed list that cannot be read any further, from line ``number`` on."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(number, reason)
        self.number, self.reason = number, reason


def _lines(path: Path) -> Iterator[tuple[int, str]]:
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
                    yield number, text
    else:
        raise ValueError(f"a list of domains is a .txt, .csv, .txt.gz, .csv.gz or .parquet file, not {path.name}")


_UNREADABLE: Final = (EOFError, zlib.error, gzip.BadGzipFile)


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """Text, whatever its encoding: a byte that is not UTF-8 spoils its own line only. A byte order mark is skipped, and
    tells UTF-16."""
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


def _csv_rows(file: IO[str]) -> Iterator[tuple[int, str]]:
    column: int | None = None
    for number, line in _bounded_lines(file):
        # One line a row: no domain holds a line end, and a stray quote must not swallow the rest of the file
        if '"' in line:
            row = next(csv.reader([line]), [])
        else:
            row = line.rstrip("\r\n").split("," if "," in line else ";" if ";" in line else "\t")
        if line.startswith("#") or not any(cell.strip() for cell in row):
            continue
        if column is None:
            names = [cell.strip().lower() for cell in row]
            if "domain" in names:
                column = names.index("domain")
                continue
            column = min(1, len(row) - 1)
        yield number, row[column].strip() if column < len(row) else ""


def _parquet_rows(path: Path) -> Iterator[tuple[int, str]]:
    import pyarrow.parquet as pq  # here, since a list of text needs none of it and its import takes 0.1 s

    with pq.ParquetFile(path) as file:
        if "domain" not in file.schema_arrow.names:
            raise ValueError(f"{path.name} has no column named domain, but {', '.join(file.schema_arrow.names)}")
        number = 0
        for batch in file.iter_batches(batch_size=10_000, columns=["domain"]):
            for value in batch.column(0).to_pylist():
                number += 1
                yield number, value if isinstance(value, str) else "" if value is None else str(value)


def parse_shard(text: str) -> tuple[int, int]:
    """``"3/16"`` as (3, 16): this worker's share and the number of workers.

    Workers may count from 0 to 15 or from 1 to 16: 16/16 is the same share as 0/16. Raises ``ValueError`` for what
    is no share: ``17/16``, ``0/0``, ``three``.
    """
    match = re.fullmatch(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", text)
    if not match:
        raise ValueError(f"a shard is written index/count, such as 3/16, not {text!r}")
    index, count = int(match[1]), int(match[2])
    if count == 0 or index > count:
        raise ValueError(f"of {count} shards the index goes from 0 or 1 to {count}, not {index}")
    return index % count, count


def in_shard(domain: str, index: int, count: int) -> bool:
    """Whether a domain falls to shard ``index`` of ``count``: the same on every machine, in every version."""
    digest = hashlib.blake2b(domain.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % count == index
