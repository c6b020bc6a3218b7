"""The facts, domain by domain: the part files of a table merged in bounded memory.

Part files are sorted by domain, so a merge of their runs gives each domain's rows together, with one batch of each
file that has come to its turn in memory. A file that is not sorted is cut into sorted ones first; of very many files,
groups are merged first. All files are opened before the first is read: a compaction that replaces them meanwhile takes
their names away, but not what is in them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, pairwise
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.dataset.reading import allow_open_files, part_files
from pipelines.history.errors import ReleaseError
from pipelines.outcomes import Outcome
from pipelines.schema import CAPTURES, POLICIES

_FILES_AT_ONCE = 64
"""Part files merged at once: each holds a batch and some pages in memory, measured 15 MB."""
_BATCH_ROWS = 2048
"""Rows of all open files together that are decoded at a time."""
_LEAST_BATCH_ROWS = 16
_ATTEMPTS = 10
"""How often a folder is listed again whose files were replaced between listing and opening."""
_SORTED_RUN_BYTES = 128 * 2**20
"""Bytes of an unsorted file that are sorted at a time."""

#: An outcome that settles a capture stands above one that leaves it open.
_OPENNESS = {Outcome.PENDING: 3, "failed": 2, Outcome.SKIPPED: 1, Outcome.STORED: -2, Outcome.UNCHANGED: -1}


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one domain, each table by time, no row twice."""

    domain: str
    policies: pa.Table
    captures: pa.Table


def read_facts(data_dir: Path, scratch: Path, policies_schema: pa.Schema = POLICIES) -> Iterator[Facts]:
    """The facts of ``data_dir``, domain by domain in the order of their names.

    ``scratch`` is an existing folder for intermediate files; ``policies_schema`` the columns of ``policies``
    to read, its keys and ``fetched_at`` among them. Raises ``ReleaseError`` where there is nothing
    to read or a part file is damaged.
    """
    policies = _open_parts(data_dir / "policies")
    captures = _open_parts(data_dir / "captures")
    if not policies and not captures:
        raise ReleaseError(f"{data_dir} holds no policies and no captures: crawl first, or set DATA_DIR")
    tables = (_by_domain(policies, policies_schema, scratch, 0), _by_domain(captures, CAPTURES, scratch, 1))
    for domain, found in groupby(heapq.merge(*tables, key=itemgetter(0)), key=itemgetter(0)):
        rows = {number: table for _, number, table in found}
        yield Facts(
            domain,
            _latest_policies(rows.get(0, policies_schema.empty_table())),
            _settled_captures(rows.get(1, CAPTURES.empty_table())),
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """An open part file."""

    path: Path
    file: pa.NativeFile
    first: str = ""
    """Its first domain, if known: only when the others have come to it, its rows are read."""


def _open_parts(folder: Path) -> list[_Part]:
    """All part files under ``folder``, opened; none where there is no folder."""
    for _ in range(_ATTEMPTS):
        paths = part_files(folder)
        allow_open_files(len(paths))
        try:
            return [_Part(path, pa.OSFile(str(path))) for path in paths]
        except FileNotFoundError:
            continue  # replaced by a compaction: the next list has the files in their place
        except OSError as error:
            raise ReleaseError(f"{folder} cannot be read: {error}") from error
    raise ReleaseError(f"the files of {folder} are replaced faster than they can be opened; try again later")


def _by_domain(
    files: Sequence[_Part], schema: pa.Schema, scratch: Path, number: int
) -> Iterator[tuple[str, int, pa.Table]]:
    """Each domain of a table's part files with all its rows."""
    parts: list[_Part] = []
    for file in files:
        first = _first_if_sorted(file)
        parts += _sorted_runs(file, schema, scratch) if first is None else [replace(file, first=first)]
    while len(parts) > _FILES_AT_ONCE:
        groups = [parts[start : start + _FILES_AT_ONCE] for start in range(0, len(parts), _FILES_AT_ONCE)]
        parts = [
            _write(scratch, schema, chain.from_iterable(table.to_batches() for _, table in _merge(group, schema)))
            for group in groups
        ]
    for domain, table in _merge(parts, schema):
        yield domain, number, table


def _merge(parts: Sequence[_Part], schema: pa.Schema) -> Iterator[tuple[str, pa.Table]]:
    rows = max(_LEAST_BATCH_ROWS, _BATCH_ROWS // max(1, len(parts)))
    runs = heapq.merge(*(_runs(part, schema, rows) for part in parts), key=itemgetter(0))
    for domain, found in groupby(runs, key=itemgetter(0)):
        yield domain, pa.Table.from_batches([batch for _, batch in found], schema)


def _runs(part: _Part, schema: pa.Schema, rows: int) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of one part file, in stretches of one domain."""
    if part.first:
        yield part.first, pa.RecordBatch.from_pylist([], schema)
    for batch in _batches(part, schema, rows):
        start = 0
        for domain, end in _stretches(batch.column("domain")):
            yield domain, batch.slice(start, end - start)
            start = end


def _stretches(domains: pa.Array) -> list[tuple[str, int]]:
    """Each stretch of one domain and where it ends."""
    if not len(domains):
        return []
    encoded = pc.run_end_encode(domains)
    return list(zip(encoded.values.to_pylist(), encoded.run_ends.to_pylist(), strict=True))


def _batches(part: _Part, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of a part file in the form of ``schema``, whichever optional columns or string widths it has."""
    try:
        with pq.ParquetFile(part.file, pre_buffer=False, buffer_size=2**16) as file:
            columns = [name for name in schema.names if name in file.schema_arrow.names]
            for batch in file.iter_batches(batch_size=rows, columns=columns):
                yield _conform(batch, schema)
    except (OSError, pa.ArrowException) as error:
        raise ReleaseError(f"{part.path} cannot be read: {error}") from error


def _conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    if batch.schema.equals(schema):
        return batch
    columns = []
    for field in schema:
        if field.name in batch.schema.names:
            columns.append(batch.column(field.name).cast(field.type))
        elif field.nullable:
            columns.append(pa.nulls(batch.num_rows, field.type))
        else:
            raise pa.ArrowInvalid(f"the column {field.name} is missing")
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _first_if_sorted(part: _Part) -> str | None:
    """The first domain of a part file (``""`` where it has no rows); ``None`` where its domains go back somewhere."""
    first = last = ""
    for batch in _batches(part, pa.schema([("domain", pa.string())]), 2**16):
        for domain, _ in _stretches(batch.column("domain")):
            if domain < last:
                return None
            first, last = first or domain, domain
    return first


def _sorted_runs(part: _Part, schema: pa.Schema, scratch: Path) -> list[_Part]:
    """The rows of an unsorted part file as several sorted files."""
    runs: list[_Part] = []
    pending: list[pa.RecordBatch] = []
    for batch in chain(_batches(part, schema, 256), (None,)):
        if batch is not None:
            pending.append(batch)
        if pending and (batch is None or sum(one.nbytes for one in pending) > _SORTED_RUN_BYTES):
            table = pa.Table.from_batches(pending, schema).sort_by("domain")
            runs.append(_write(scratch, schema, table.to_batches()))
            pending.clear()
    return runs


def _write(scratch: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> _Part:
    """An intermediate file of sorted rows, in row groups of some 10 MB."""
    path = scratch / f"{len(list(scratch.iterdir()))}.parquet"
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        pending: list[pa.RecordBatch] = []
        for batch in chain(batches, (None,)):
            if batch is not None:
                pending.append(batch)
            if pending and (batch is None or sum(one.num_rows for one in pending) >= 512):
                writer.write_table(pa.Table.from_batches(pending, schema), row_group_size=512)
                pending.clear()
    return _Part(path, pa.OSFile(str(path)))


def _latest_policies(table: pa.Table) -> pa.Table:
    """The rows by time, of those with the same key the one fetched last."""
    keys = table.select(["captured_at", "policy_url"]).to_pydict()
    moments = list(zip(keys["captured_at"], keys["policy_url"], strict=True))
    if all(a < b for a, b in pairwise(moments)):
        return table.combine_chunks()
    fetched = table.column("fetched_at").to_pylist()
    latest: dict[tuple, int] = {}
    for row in sorted(range(table.num_rows), key=lambda row: fetched[row]):
        latest[moments[row]] = row
    return table.take([latest[moment] for moment in sorted(latest)]).combine_chunks()


def _settled_captures(table: pa.Table) -> pa.Table:
    """The rows by time, of those of the same capture the one that settles it; the domain's own rows come first."""
    columns = table.select(["captured_at", "policy_url", "archive_digest", "outcome"]).to_pydict()
    best: dict[tuple, tuple[int, int]] = {}
    for row, (moment, url, digest, outcome) in enumerate(zip(*columns.values(), strict=True)):
        own = outcome if moment is None else ""
        key = (moment is not None, moment, url or "", digest or "", own)
        rank = (_OPENNESS.get(outcome, 0), row)
        if key not in best or rank < best[key]:
            best[key] = rank
    rows = [best[key][1] for key in sorted(best, key=lambda key: (key[0], key[1] or 0, *key[2:]))]
    if rows == list(range(table.num_rows)):
        return table.combine_chunks()
    return table.take(rows).combine_chunks()
