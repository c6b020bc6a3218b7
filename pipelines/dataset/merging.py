"""The one merge of sorted part files, in bounded memory, and the choice between two rows of one capture.

Part files are sorted, but their ranges overlap: each crawl adds files with later captures of the same domains. The
merge reads a piece of each file that it has come to, and gives out all rows that no row still on disk can precede.
"""

from __future__ import annotations

import resource
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate, chain, count, groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.dataset.lifting import PartFile
from pipelines.dataset.part_writer import PARTS, long_texts, new_part
from pipelines.dataset.spans import Span
from pipelines.schema import POLICIES

#: The columns that name a capture. Every part file of ``policies`` is sorted by them.
CAPTURE_KEY = ("domain", "captured_at", "policy_url", "archive")
ORDER = [(name, "ascending") for name in CAPTURE_KEY]
#: The key of a row that is a dictionary.
capture_of = itemgetter(*CAPTURE_KEY)

#: The columns by which ``one_per_capture`` chooses, besides the key.
DECIDING = ("warc_file", "fetched_at", "crawl_id", "text_sha256")

#: How the names of folders begin in which files are merged before the last merge.
SCRATCH = ".merging-"

_BATCH_BYTES = 64 << 20
#: Bytes that are read of a file at once, at least and at most: more takes memory and saves no time, since the rows are
#: copied on their way (benchmarks/README.md, "Release").
_OF_A_FILE = 1 << 20, 8 << 20
#: Bytes of a row with its texts, and of one without, more than most have.
_ROW_BYTES, _SHORT_ROW_BYTES = 64 << 10, 2 << 10
#: Bytes that the files of one merge may take while they are read: with more the process takes over 400 MB.
_MERGE_BYTES = 128 << 20
#: A file that is not sorted is sorted in pieces of this size.
_SORTED_BYTES = 32 << 20
#: Files that are only made to be merged again: small row groups, of which many files fit into memory.
_RUN = replace(PARTS, group_rows=200, group_bytes=16 << 20)

_Key = tuple[Any, ...]


class Keep(NamedTuple):
    """Which rows of a file take part in a merge."""

    columns: Sequence[str]
    """The columns that ``rows`` is about."""
    rows: pc.Expression


def merged(
    paths: Sequence[Path],
    schema: pa.Schema = POLICIES,
    *,
    by: Sequence[str] = CAPTURE_KEY,
    keep: Mapping[Path, Keep] | None = None,
    scratch: Path | None = None,
    span: Span | None = None,
) -> Iterator[pa.Table]:
    """All rows of ``paths`` as tables of ``schema``, sorted by the columns ``by``, in bounded memory.

    Rows with the same key are always in one table. ``keep`` says of a path which of its rows take part, ``span`` of
    which domains rows are wanted; by default all are.

    All files are opened before this returns, and stay readable when their names go. A file that is not sorted is cut
    into sorted ones first; where the files need too much memory, some are merged first. Both are written to a folder
    under ``scratch`` (by default the system's folder for temporary files), which goes with the last row.

    Files of older versions are lifted. ``DatasetError`` names a file that is damaged or newer than this software.
    """
    _allow_open_files(len(paths))
    files = [file for path in paths if (file := PartFile(path, schema, span)).largest_group]
    least, most = _OF_A_FILE
    of_a_file = min(max(_BATCH_BYTES // max(len(files), 1), least), most)
    rows = of_a_file // (_ROW_BYTES if long_texts(schema) else _SHORT_ROW_BYTES)
    runs = _Runs(schema, by, rows, scratch)
    sources: list[_Source] = []
    for file in files:
        source = _Source(file, by, rows, (keep or {}).get(file.path))
        sources += [source] if source.is_sorted() else runs.sort(source)
    sources.sort(key=lambda source: source.memory)
    while len(sources) > 2 and _memory(sources) > _MERGE_BYTES:
        few = next((n for n in range(3, len(sources)) if _memory(sources[:n]) > _MERGE_BYTES), len(sources)) - 1
        sources = [*sources[few:], runs.write(_merge(sources[:few], by))]
    return runs.with_last_row(_merge(sources, by))


def one_per_capture(table: pa.Table) -> pa.Table:
    """The rows of ``table``, which is sorted by ``CAPTURE_KEY``, with one row for each capture.

    A row with raw bytes (``warc_file``) wins over one without, which was imported; then the row fetched last wins.
    The two columns after these decide only so that the same rows always give the same choice. Example, three rows
    of one capture::

        warc_file   fetched_at
        a.warc.gz   2026-01-01
        a.warc.gz   2026-03-01    <- stays
        null        2026-06-01    (imported later, but nobody can extract its text again)
    """
    if not has_twins(table):
        return table
    ranked = table.select([*CAPTURE_KEY, *DECIDING])
    ranked = ranked.append_column("raw", pc.is_valid(table["warc_file"]).cast(pa.int8()))
    best_first = [("raw", "descending"), *((name, "descending") for name in DECIDING[1:]), ("warc_file", "descending")]
    order = pc.sort_indices(ranked, [*ORDER, *best_first])
    is_first = pa.concat_arrays([pa.array([True]), pc.invert(_equals_last(table.select(CAPTURE_KEY).take(order)))])
    return table.take(order.filter(is_first))


def by_value(tables: Iterable[pa.Table], column: str) -> Iterator[tuple[Any, pa.Table]]:
    """Each value of a column with its rows; ``tables`` are sorted by it, and a value may go on in the next table."""
    pieces = (piece for table in tables for piece in _pieces(table, column))
    for value, found in groupby(pieces, key=itemgetter(0)):
        yield value, pa.concat_tables([piece for _, piece in found]).combine_chunks()


def _pieces(table: pa.Table, column: str) -> Iterator[tuple[Any, pa.Table]]:
    """Each stretch of one value in ``table``."""
    runs = pc.run_end_encode(table[column].combine_chunks())
    start = 0
    for value, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield value, table.slice(start, end - start)
        start = end


def has_twins(table: pa.Table) -> bool:
    """True if a table that is sorted by ``CAPTURE_KEY`` has two rows of one capture."""
    return bool(pc.any(_equals_last(table), min_count=0).as_py())


def _equals_last(table: pa.Table) -> pa.Array:
    """For each row but the first: whether it is of the same capture as the row before."""
    keys = [table[name].combine_chunks() for name in CAPTURE_KEY]
    equal = pc.equal(keys[0][1:], keys[0][:-1])
    for key in keys[1:]:
        equal = pc.and_(equal, pc.equal(key[1:], key[:-1]))
    return equal


def _merge(sources: Sequence[_Source], by: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of sorted files in order. A file is read only from the moment that the others have come to it."""
    waiting = sorted(
        (source for source in sources if source.first is not None), key=lambda each: each.start, reverse=True
    )
    reading: list[_Source] = []
    while waiting or reading:
        ends = [source.last() for source in reading if not source.finished]
        if waiting and (not ends or waiting[-1].start <= min(ends)):
            reading += [source for source in (waiting.pop(),) if source.fill()]
            continue
        # What is less than the smallest "last row in memory" cannot be preceded by a row still on disk.
        table = pa.concat_tables(source.take_before(min(ends, default=None)) for source in reading)
        yield table.sort_by([(name, "ascending") for name in by]) if len(reading) > 1 else table
        del table  # or it stays in memory while the next one is read
        reading = [source for source in reading if source.fill()]


def _memory(sources: Sequence[_Source]) -> int:
    """Bytes that ``_merge`` takes where most files have to be read at the same time."""
    ranges = [source for source in sources if source.first is not None]
    starts = [(source.start, 0, source.memory) for source in ranges]
    ends = [(source.end, 1, -source.memory) for source in ranges]
    return max(accumulate(size for _, _, size in sorted([*starts, *ends])), default=0)


class _Source:
    """One sorted file of a merge: the rows that are in memory and not yet taken."""

    def __init__(self, file: PartFile, by: Sequence[str], batch_rows: int, keep: Keep | None = None) -> None:
        self.finished = False
        self.first: _Key | None = None
        """The key of the first row; ``None`` where there are no rows. ``is_sorted`` finds it and ``end``."""
        self.end: _Key = ()
        self.table = file.schema.empty_table()
        self._by = list(by)
        self._keep = keep
        self._file = file
        self.memory = 3 * self._file.largest_group
        """Bytes that reading it takes, about: measured, three times its largest row group."""
        self._batches = self.batches(batch_rows)

    @property
    def start(self) -> _Key:
        return self.first or ()

    def batches(self, rows: int) -> Iterator[pa.Table]:
        """All rows of the file, ``rows`` at a time."""
        for table in self._file.batches(rows):
            yield self._kept(table)

    def _kept(self, table: pa.Table) -> pa.Table:
        return table if self._keep is None else table.filter(self._keep.rows)

    def is_sorted(self) -> bool:
        """True if the file is sorted; reads the key columns of all its rows."""
        columns = dict.fromkeys([*self._by, *(self._keep.columns if self._keep else ())])
        for table in map(self._kept, self._file.batches(65_536, list(columns))):
            if not len(table):
                continue
            keys = [table[name].combine_chunks() for name in self._by]
            first, last = (tuple(_value(key[at]) for key in keys) for at in (0, len(table) - 1))
            if (self.first is not None and first < self.end) or not _is_rising(keys):
                return False
            self.first, self.end = self.first or first, last
        return True

    def fill(self) -> bool:
        """Has rows of at least two keys in memory, or all that are left. False where nothing is left."""
        while not self.finished and (not len(self.table) or self._key(0) == self.last()):
            more = next(self._batches, None)
            if more is None:
                self.finished = True
            else:
                self.table = pa.concat_tables([self.table, more]).combine_chunks()
        return bool(len(self.table))

    def last(self) -> _Key:
        """The key of the last row in memory."""
        return self._key(len(self.table) - 1)

    def take_before(self, bound: _Key | None) -> pa.Table:
        """Takes out the rows whose key is less than ``bound``; all rows for ``None``."""
        end = len(self.table) if bound is None else bisect_left(range(len(self.table)), bound, key=self._key)
        taken, self.table = self.table.slice(0, end), self.table.slice(end)
        return taken

    def _key(self, row: int) -> _Key:
        return tuple(_value(self.table[name][row]) for name in self._by)


class _Runs:
    """Sorted files in a scratch folder, which is made for the first of them."""

    def __init__(self, schema: pa.Schema, by: Sequence[str], batch_rows: int, scratch: Path | None) -> None:
        self._schema = schema
        self._by = by
        self._batch_rows = batch_rows
        self._scratch = scratch
        self._folder: TemporaryDirectory[str] | None = None
        self._numbers = count()

    def write(self, tables: Iterable[pa.Table]) -> _Source:
        """A file of rows that come sorted."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix=SCRATCH, dir=self._scratch)
        path = Path(self._folder.name) / f"{next(self._numbers)}.parquet"
        with new_part(path, self._schema, _RUN) as writer:
            for table in tables:
                writer.write(table)
        run = _Source(PartFile(path, self._schema), self._by, self._batch_rows)
        run.is_sorted()  # it is; this reads its first and its last key
        return run

    def sort(self, source: _Source) -> list[_Source]:
        """The rows of a file that is not sorted, in several files that are."""
        runs: list[_Source] = []
        pending: list[pa.Table] = []
        for table in chain(source.batches(256), [None]):
            if table is not None:
                pending.append(table)
            if pending and (table is None or sum(one.nbytes for one in pending) > _SORTED_BYTES):
                rows = pa.concat_tables(pending).sort_by([(name, "ascending") for name in self._by])
                runs.append(self.write([rows]))
                pending.clear()
        return runs

    def with_last_row(self, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """``tables``; the folder goes after the last one."""
        yield from tables
        if self._folder is not None:
            self._folder.cleanup()


def _is_rising(keys: Sequence[pa.Array]) -> bool:
    """True if no row is less than the row before it."""
    rising: pa.Array | None = None
    for key in reversed(keys):
        before, after = key[:-1], key[1:]
        if rising is None:
            rising = pc.less_equal(before, after)
        else:
            rising = pc.or_(pc.less(before, after), pc.and_(pc.equal(before, after), rising))
    return bool(pc.all(rising, min_count=0).as_py())


def _value(scalar: pa.Scalar) -> Any:
    """A key's value in a form that compares fast: a time as seconds."""
    return scalar.value if pa.types.is_timestamp(scalar.type) else scalar.as_py()


def _allow_open_files(number: int) -> None:
    """Lets this process open this many more files than its limit (often 1,024 or 256), as far as the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft not in (resource.RLIM_INFINITY, hard):
        most = soft + number if hard == resource.RLIM_INFINITY else min(soft + number, hard)
        with suppress(ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
