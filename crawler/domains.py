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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Final

import idna

MAX_LINE: Final = 4096
"""Characters. The rest of a longer line is skipped, so that a file without line ends does no harm."""


class BadDomain(ValueError):
    """The text is no public domain; the message says why."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no domain: its number (from 1; in Parquet the row's), its text, and what is wrong with it."""

    number: int
    text: str
    reason: str


_ASCII_DOMAIN: Final = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
#: Internal names: RFC 6761, 6762, 7686, 8375, 9476, and what routers and offices use.
_INTERNAL: Final = frozenset(
    {"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "localdomain", "onion", "arpa",
     "alt"}
)  # fmt: skip


def normalize_domain(text: str) -> str:
    """A domain as the dataset keys it: lower case, IDN as punycode (IDNA 2008 with UTS 46), no trailing dot.

    Raises ``BadDomain`` if it is no domain, or no public one. Names reserved for tests and documents (RFC 2606:
    ``.example``, ``.test``) are accepted, because the sample archive uses them.

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
    """The punycode form of what does not look like a domain at first sight. Raises ``BadDomain``."""
    shown = repr(text[:80])
    if not text:
        raise BadDomain("empty")
    for is_wrong, problem in _WRONG_AS_WRITTEN:
        if is_wrong(text):
            raise BadDomain(f"{problem}: {shown}")
    try:
        domain = _to_ascii(text).lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise BadDomain(f"not allowed in a domain: {shown} ({error})") from None
    for is_wrong, problem in _WRONG_AS_PUNYCODE:
        if is_wrong(domain):
            raise BadDomain(f"{problem}: {shown}")
    return domain


def _to_ascii(text: str) -> str:
    """Punycode, label by label. ASCII labels stay as they are: archives also hold hosts with an underscore."""
    mapped = idna.uts46_remap(text, std3_rules=False)
    return ".".join(
        idna.encode(label).decode("ascii") if label.startswith("xn--") or not label.isascii() else label
        for label in mapped.removesuffix(".").split(".")
    )


def _is_ip(text: str) -> bool:
    candidate = text.strip("[]")
    if re.fullmatch(r"[\d.]+(?::\d+)?", candidate) and re.search(r"\d", candidate):
        return True  # browsers read 127.1 and 2130706433 as addresses, too
    try:
        ip_address(candidate)
    except ValueError:
        return False
    return True


#: What can be wrong with a domain: a test, and what to say. The first that holds is told.
_WRONG_AS_WRITTEN: Final[tuple[tuple[Callable[[str], object], str], ...]] = (
    (lambda text: "://" in text, "an address with a scheme, not a domain"),
    (_is_ip, "an IP address, not a domain"),
    (lambda text: "@" in text, "a mail address or user name, not a domain"),
    (re.compile(r"[/?#\\]").search, "a path or query behind the domain"),
    (lambda text: ":" in text, "a port behind the domain"),
    (re.compile(r"\s").search, "white space inside"),
    (lambda text: len(text) > 253, "too long, more than 253 characters"),
)
_WRONG_AS_PUNYCODE: Final[tuple[tuple[Callable[[str], object], str], ...]] = (
    (lambda domain: "" in domain.split("."), "an empty label (two dots, or one at the beginning)"),
    (_is_ip, "an IP address, not a domain"),
    (lambda domain: "." not in domain, "an internal name, without a dot"),
    (lambda domain: any(len(label) > 63 for label in domain.split(".")), "a label of more than 63 characters"),
    (lambda domain: len(domain) > 253, "too long, more than 253 characters as punycode"),
    (lambda domain: not _ASCII_DOMAIN.fullmatch(domain), "characters that no domain has"),
)


def read_domains(path: Path | str) -> Iterator[str | BadLine]:
    """The domains of a file in its order, duplicates included, and a ``BadLine`` for each line that holds none.

    ``.txt`` has one domain per line; blank lines and ``#`` comments are skipped. ``.csv`` has a column named
    ``domain``, or else one column, or else the domain in the second (Tranco's ``rank,domain``). Both may be packed
    (``.gz``). ``.parquet`` has a column ``domain``. A packed list that is cut off or damaged ends with a ``BadLine``.

    Raises ``ValueError`` for another kind of file or a Parquet file without that column, and ``OSError`` for a file
    that cannot be read.
    """
    try:
        for number, text in _lines(Path(path)):
            try:
                yield normalize_domain(text)
            except BadDomain as error:
                yield BadLine(number, text[:200], str(error))
    except _CutOff as cut:
        number, reason = cut.args
        yield BadLine(number, Path(path).name, f"the file is cut off or damaged here, and the rest unread: {reason}")


class _CutOff(Exception):
    """A packed list cannot be read from a line on. Its arguments are the line's number and the reason."""


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
        # Each line is one row: no domain holds a line end, and a stray quote must not swallow the rest of the file.
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
    import pyarrow.parquet as pq  # imported here because it takes 0.1 s, which text lists need not pay

    with pq.ParquetFile(path) as file:
        if "domain" not in file.schema_arrow.names:
            raise ValueError(f"{path.name} has no column named domain, but {', '.join(file.schema_arrow.names)}")
        batches = file.iter_batches(batch_size=10_000, columns=["domain"])
        values = (value for batch in batches for value in batch.column(0).to_pylist())
        for number, value in enumerate(values, 1):
            yield number, "" if value is None else str(value)


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
