"""The dataset's files, read in today's form: rows of older versions are lifted, newer files are refused by name.

A file's metadata says which version of the schema it has (``pipelines.schema.SCHEMA_VERSION``); version 1, that of
wayback-policies 0.1.0, said nothing. All readers read through ``PartFile``, or through ``Form``, which it is made of.

A column that is new in version N + 1, or means something else there, stands in ``LIFTS`` at place N - 1 with the way
it is made from the columns of version N. All other columns are taken as they are, so a file without one of them is
damaged, and refused: null would be a statement that nobody made.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.columns import SCHEMA_VERSION, some_columns
from pipelines.dataset.errors import DamagedFileError, newer
from pipelines.dataset.spans import Span
from pipelines.outcomes import DomainOutcome, Origin, Reading
from pipelines.page.normalization import compared, sha256_of_text
from pipelines.schema import DOMAINS, POLICIES
from pipelines.urls import archive_name


@dataclass(frozen=True, slots=True)
class Made:
    """How the values of a column are made from those of the version before."""

    of: tuple[str, ...]
    """Columns of the version before. If there are none, a file has one value for all its rows, which its path tells."""
    make: Callable[..., Any]
    """Gets these columns and gives a column; where there are none, gets the file's path and gives the value."""


@dataclass(frozen=True, slots=True)
class Lift:
    """What changes in one table from one version to the next."""

    made: Mapping[str, Made]
    """The columns that are new, or mean something else. All others stay."""
    only: Made | None = None
    """Says which rows stay. ``None``: all."""


#: What pyarrow raises for a file that is damaged. An ``OSError`` of the system has a number, one of Arrow has none.
UNREADABLE = (OSError, ValueError, pa.ArrowException)
_MOST_OF_A_REASON = 200

#: An address in an archive: what stands before the modifier, and the captured URL.
_ADDRESS = re.compile(r"(?s)(.*?/\d{14})(?:[a-z]{2}_)?/(.*)")


def _archives(wayback_url: pa.ChunkedArray, dialect: pa.ChunkedArray) -> pa.Array:
    """The archives' names. Version 1 had their dialects, one of which puts ``/web`` before the time."""
    base = pc.struct_field(pc.extract_regex(wayback_url, r"(?s)^(?P<base>.*?)/\d{14}(?:[a-z]{2}_)?/"), "base")
    without_web = pc.replace_substring_regex(base, "/web$", "")
    base = pc.if_else(pc.equal(dialect, "internet-archive"), without_web, base).combine_chunks().dictionary_encode()
    names = [archive_name(address) for address in base.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(base.indices)


def _raw_addresses(wayback_url: pa.ChunkedArray, policy_url: pa.ChunkedArray, crawl_id: pa.ChunkedArray) -> Any:
    """Version 1 left the URL in an import's address escaped. It stays so where ``policy_url`` doesn't say as much."""
    if not pc.any(_is_imported(crawl_id)).as_py():
        return wayback_url
    plain = [_plain(*both) for both in zip(wayback_url.to_pylist(), policy_url.to_pylist(), strict=True)]
    return pc.if_else(_is_imported(crawl_id), pa.array(plain, pa.string()), wayback_url)


def _plain(address: str, url: str) -> str:
    parts = _ADDRESS.fullmatch(address)
    return f"{parts[1]}id_/{url}" if parts and parts[2] in (url, quote(url)) else address


def _views(wayback_url: pa.ChunkedArray, policy_url: pa.ChunkedArray) -> pa.ChunkedArray:
    before = pc.struct_field(pc.extract_regex(wayback_url, r"(?s)^(?P<before>.*?/\d{14})"), "before")
    return pc.binary_join_element_wise(before, policy_url, "/")


def _origins(crawl_id: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(_is_imported(crawl_id), Origin.IMPORT, Origin.CRAWL)


def _unless_imported(values: pa.ChunkedArray, crawl_id: pa.ChunkedArray) -> pa.ChunkedArray:
    """Of an import version 1 noted its own time, and a hash of its Markdown, where nothing is known."""
    return pc.if_else(_is_imported(crawl_id), None, values)


def _is_imported(crawl_id: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.starts_with(crawl_id, "import-")


def _archive_beside(captures: Path) -> str:
    """The archive of the first policy in the same DATA_DIR: version 1 did not say whose its captures are."""
    folder = next((above for above in captures.parents if above.name == "captures"), captures.parent)
    for path in sorted((folder.parent / "policies").rglob("*.parquet")):
        for rows in PartFile(path, some_columns(POLICIES, ["archive"])).batches(1):
            return str(rows["archive"][0])
    return "web.archive.org"


#: How the names of version 1's extractors begin, with what they read. It called a plain text the page's own tree, too.
_READ_1 = {"dom 1": Reading.DOM, "pypdfium2 ": Reading.PDF, "tags stripped 1": Reading.TAGS}


def _readings(extractor: pa.ChunkedArray) -> pa.Array:
    """How the texts were read: in version 1 the extractor's name told it."""
    names = extractor.combine_chunks().dictionary_encode()
    return pa.array(map(_reading, names.dictionary.to_pylist()), pa.string()).take(names.indices)


def _reading(extractor: str) -> str | None:
    steps = [step for name, step in _READ_1.items() if extractor.startswith(name)]
    steps += [Reading.TRAFILATURA] * (", trafilatura " in extractor)
    return "+".join(steps) or None


def _hashes(text_sha256: pa.ChunkedArray, text: pa.ChunkedArray) -> pa.Array:
    """Version 1 hashed all words, those too that ``pipelines.page.normalization.NOT_COMPARED`` names."""
    both = zip(text_sha256.to_pylist(), text.to_pylist(), strict=True)
    return pa.array((known if compared(one) == one else sha256_of_text(one) for known, one in both), pa.string())


_NULL = Made((), lambda path: None)
_ARCHIVE_BESIDE = Made((), _archive_beside)

#: What lifts rows from version N to version N + 1 stands at place N - 1.
LIFTS: tuple[Mapping[str, Lift], ...] = (
    {
        "policies": Lift(
            {
                "archive": Made(("wayback_url", "archive"), _archives),
                "wayback_url": Made(("wayback_url", "policy_url", "crawl_id"), _raw_addresses),
                "view_url": Made(("wayback_url", "policy_url"), _views),
                "origin": Made(("crawl_id",), _origins),
                "raw_sha256": Made(("raw_sha256", "crawl_id"), _unless_imported),
                "fetched_at": Made(("fetched_at", "crawl_id"), _unless_imported),
                "digest_verified": _NULL,
                "reading": Made(("extractor",), _readings),
                "text_sha256": Made(("text_sha256", "text"), _hashes),
            }
        ),
        "captures": Lift(
            {"archive": _ARCHIVE_BESIDE, "text_sha256": _NULL, "version_id": _NULL},
            only=Made(("captured_at",), pc.is_valid),
        ),
        # Version 1 had a row among the captures for a domain of which there was nothing: one without a capture.
        "domains": Lift(
            {
                **{field.name: _NULL for field in DOMAINS if field.nullable},
                "archive": _ARCHIVE_BESIDE,
                "reason": Made(("detail",), lambda detail: detail),
                "may_pass": Made(("outcome",), lambda outcome: pc.equal(outcome, DomainOutcome.INCOMPLETE)),
                "homepages": Made((), lambda path: pa.scalar([], DOMAINS.field("homepages").type)),
            },
            only=Made(("captured_at",), pc.is_null),
        ),
    },
)


_AS_IT_IS = Lift({})


def version_of(path: Path, found: pa.Schema | None = None) -> int:
    """The schema version of a file. ``DatasetError`` where it is newer than this software.

    ``found``: the file's schema; by default it is read.
    """
    try:
        noted = ((found or pq.read_schema(path)).metadata or {}).get(b"schema_version", b"1")
    except UNREADABLE as error:
        raise damaged(path, error) from error
    if not noted.isdigit():
        raise DamagedFileError(path, "its schema version is no number")
    if int(noted) > SCHEMA_VERSION:
        raise newer(path, int(noted), SCHEMA_VERSION)
    return int(noted)


def is_older(path: Path) -> bool:
    """True for a file of an older version."""
    return version_of(path) < SCHEMA_VERSION


class Form:
    """The form of one file: which of its columns to read, and how its rows become rows of today."""

    def __init__(self, path: Path, found: pa.Schema, wanted: pa.Schema) -> None:
        """``found``: the file's schema. ``wanted``: that of a table, or of some of its columns (``some_columns``).

        ``DatasetError`` names a file that is newer than this software, or lacks a column of its own version.
        """
        self._wanted = wanted
        table = wanted.metadata[b"table"].decode()
        names = wanted.names
        self._steps: list[tuple[list[str], Mapping[str, Callable[[pa.Table], Any]], Made | None]] = []
        """The lifts, the last one first: the columns that each gives, how those are made that do not stay, and which
        rows do."""
        for lifts in reversed(LIFTS[version_of(path, found) - 1 :]):
            lift = lifts.get(table, _AS_IT_IS)
            makers = {name: _maker(lift.made[name], path) for name in names if name in lift.made}
            self._steps.append((names, makers, lift.only))
            parts = [lift.made[name].of if name in lift.made else (name,) for name in names]
            names = list(dict.fromkeys(chain(*parts, lift.only.of if lift.only else ())))
        self.columns = names
        """The columns to read."""
        there = set(found.names)
        if missing := [name for name in names if name not in there]:
            raise DamagedFileError(path, f"it has no column {', '.join(missing)}")

    def lifted(self, table: pa.Table) -> pa.Table:
        """The rows of ``table``, which has at least ``columns``, in the form that was wanted.

        ``ValueError`` where a value is missing that must be there.
        """
        for names, makers, only in reversed(self._steps):
            if only:
                table = table.filter(only.make(*(table[name] for name in only.of)))
            columns = {name: makers[name](table) if name in makers else table[name] for name in names}
            table = pa.table(columns)
        # Files may have other widths of strings and units of time, too.
        return table.select(self._wanted.names).cast(self._wanted)


def _maker(made: Made, path: Path) -> Callable[[pa.Table], Any]:
    if made.of:
        return lambda table: made.make(*(table[name] for name in made.of))
    value = pa.scalar(made.make(path))
    # Arrow can't repeat a list zero times.
    return lambda table: pa.repeat(value, len(table)) if len(table) else pa.array([], value.type)


class PartFile:
    """An open Parquet file of the dataset; it stays readable when its name goes."""

    def __init__(self, path: Path, schema: pa.Schema, span: Span | None = None) -> None:
        """``schema``: that of a table, or of some of its columns (``some_columns``). ``span``: the domains whose rows
        ``batches`` is to give; of a table that has such a column.

        ``DatasetError`` names a file that is damaged or newer than this software; ``FileNotFoundError`` where there is
        none.
        """
        self.path = path
        self.schema = schema
        self._span = span
        try:
            self._file = pq.ParquetFile(path, buffer_size=1 << 16, page_checksum_verification=True)
        except UNREADABLE as error:
            raise damaged(path, error) from error
        self._form = Form(path, self._file.schema_arrow, schema)

    @property
    def largest_group(self) -> int:
        """Bytes of its largest row group, decoded; of those that may have a domain of the span."""
        groups = (self._file.metadata.row_group(number) for number in self._groups(self._span))
        return max((group.total_byte_size for group in groups), default=0)

    def batches(self, rows: int, columns: Sequence[str] | None = None, span: Span | None = None) -> Iterator[pa.Table]:
        """All rows of the file or of a span (by default its own), or ``columns`` of them, at most ``rows`` at a time.

        ``DatasetError`` where the file turns out to be damaged.
        """
        form = self._form
        if columns is not None:
            form = Form(self.path, self._file.schema_arrow, some_columns(self.schema, columns))
        span = span or self._span
        for table in self._batches(form, rows, self._groups(span)):
            if len(found := table if span is None else span.rows(table)):
                yield found

    def _groups(self, span: Span | None) -> list[int]:
        """The row groups that may have a domain of the span."""
        groups = list(range(self._file.metadata.num_row_groups))
        if span is None:
            return groups
        return [group for group in groups if (ends := self._ends(group)) is None or span.may_have(*ends)]

    def rows_of(self, domains: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """The rows of some domains, in today's form; at most ``rows`` of the file are looked at for one table.

        ``domains`` are sorted. Row groups that hold none of them are passed over, as their statistics tell.
        """
        groups = [group for group in range(self._file.metadata.num_row_groups) if self._may_have(group, domains)]
        wanted = pa.array(domains, pa.string())
        for table in self._batches(self._form, rows, groups):
            found = table.filter(pc.is_in(table["domain"], wanted))
            if len(found):
                yield found

    def _may_have(self, group: int, domains: Sequence[str]) -> bool:
        if (ends := self._ends(group)) is None:
            return True
        first = bisect_left(domains, ends[0])
        return first < len(domains) and domains[first] <= ends[1]

    def _ends(self, group: int) -> tuple[str, str] | None:
        """The smallest and the largest domain of a row group; ``None`` where its statistics do not tell."""
        about = self._file.metadata.row_group(group).column(self._file.schema_arrow.names.index("domain")).statistics
        return (about.min, about.max) if about is not None and about.has_min_max else None

    def readable_groups(self) -> Iterator[pa.Table]:
        """The rows of each row group that can be read, in today's form; a damaged one is passed over."""
        for group in range(self._file.metadata.num_row_groups):
            with suppress(DamagedFileError):
                yield pa.concat_tables([self.schema.empty_table(), *self._batches(self._form, 65_536, [group])])

    def _batches(self, form: Form, rows: int, groups: list[int]) -> Iterator[pa.Table]:
        try:
            # Threads would have buffers of their own, and take a quarter more CPU for a merge of sixteen files.
            for batch in self._file.iter_batches(
                batch_size=rows, row_groups=groups, columns=form.columns, use_threads=False
            ):
                yield form.lifted(pa.Table.from_batches([batch]))
        except UNREADABLE as error:
            raise damaged(self.path, error) from error


def number_of_rows(path: Path) -> int:
    """How many rows a Parquet file has. ``DatasetError`` names one that is damaged."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except UNREADABLE as error:
        raise damaged(path, error) from error


def names_in(path: Path) -> list[str]:
    """The columns of a Parquet file as it is. ``DatasetError`` names one that is damaged."""
    try:
        return list(pq.read_schema(path).names)
    except UNREADABLE as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> Exception:
    """What to raise where reading a file failed: ``error`` itself where the file is gone, or may not be read."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    return DamagedFileError(path, " ".join(str(error).split())[:_MOST_OF_A_REASON])
