"""Merging part files: scheduled crawls leave many small ones, and a reader opens each of them.

All files are merged, or only the smallest ones: then, in the long run, a row is written again a few times and
not at each crawl (as in log-structured stores).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.dataset.part_writer import PartWriter, new_part
from pipelines.dataset.parts import new_names, next_folder, require_whole, settle, switch
from pipelines.dataset.reading import ORDER, part_files, policies_folder, rows_in_order
from pipelines.schema import POLICIES

logger = logging.getLogger(__name__)

#: Fewer files than this are left alone at the end of a crawl: opening one costs a reader about a millisecond.
FEW_FILES = 8
#: A merged file ends at this size, and another goes on: Spark and ``datasets`` share out work by file.
FILE_BYTES = 1 << 30
#: A file is merged with the smaller ones if they are together at least this part of its size.
_GROWTH = 0.5
_KEYS = pa.schema([POLICIES.field(name) for name, _ in ORDER])


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did: files before and after, rows in the merged ones, rows superseded by another."""

    files_before: int
    files_after: int
    rows: int
    superseded: int


def compact(data_dir: Path, *, only_if_it_pays: bool = False) -> Compacted | None:
    """Merges the part files under ``data_dir``; ``None`` where there was nothing to do. Needs the lock.

    With ``only_if_it_pays``, as at the end of a crawl: the small files, if there are ``FEW_FILES`` of them; and all
    files where a capture is there twice.
    Takes disk space for another copy of what is merged, and some hundred megabytes of memory.
    ``DatasetError`` where the dataset has files of unknown origin, or its file system cannot switch.
    """
    settle(data_dir)
    require_whole(data_dir)
    files = part_files(policies_folder(data_dir))
    merge = worth_merging(files) if only_if_it_pays and not _has_superseded(files) else files
    if len(merge) < 2:
        return None
    logger.info("Merging %d part files", len(merge))
    rows = Rows()
    keep = [path for path in files if path not in merge]
    written = replace_parts(data_dir, keep, rows.latest(rows_in_order(merge, scratch=data_dir)))
    return Compacted(len(files), len(keep) + written, rows.kept, rows.superseded)


def worth_merging(files: Sequence[Path]) -> list[Path]:
    """The smallest files, each at most twice the size of those before; none if fewer than ``FEW_FILES``."""
    by_size = sorted((path.stat().st_size, path) for path in files)
    chosen: list[Path] = []
    total = 0
    for size, path in by_size:
        if len(chosen) >= FEW_FILES and total < _GROWTH * size:
            break
        chosen.append(path)
        total += size
    return chosen if len(chosen) >= FEW_FILES else []


def _has_superseded(files: Sequence[Path]) -> bool:
    """Whether a capture that was imported has been fetched since, and its two rows stand in two files."""
    return any(_has_imported(path) for path in files) and any(_has_twins(part) for part in rows_in_order(files, _KEYS))


def _has_imported(path: Path) -> bool:
    batches = pq.ParquetFile(path).iter_batches(65_536, columns=["warc_file"])
    return any(batch.column("warc_file").null_count for batch in batches)


def replace_parts(data_dir: Path, keep: Iterable[Path], tables: Iterable[pa.Table]) -> int:
    """Makes ``keep`` and the rows of ``tables`` (in order) all of ``policies``; returns the files written.

    Needs the lock, after ``settle``. Readers see the change in one step (``pipelines.dataset.parts``).
    """
    target = next_folder(data_dir)
    target.mkdir()
    names = new_names(data_dir)
    for path in keep:
        os.link(path, target / next(names))
    written = _write_files(target, names, tables)
    switch(data_dir)
    return written


@dataclass(slots=True)
class Rows:
    """Counts the rows that pass."""

    kept: int = 0
    superseded: int = 0

    def latest(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """One row a (domain, captured_at, policy_url) of ``tables`` from ``rows_in_order``.

        The same capture is there twice when it was imported from the older corpus and fetched later: the row
        with raw bytes wins, then the one fetched last.
        """
        for table in tables:
            chosen = _latest(table)
            self.kept += len(chosen)
            self.superseded += len(table) - len(chosen)
            yield chosen


def _latest(table: pa.Table) -> pa.Table:
    if not _has_twins(table):
        return table
    keys = table.select(_KEYS.names)
    ranked = keys.append_column("raw", pc.is_valid(table["warc_file"]).cast(pa.int8()))
    ranked = ranked.append_column("fetched_at", table["fetched_at"])
    order = pc.sort_indices(ranked, [*ORDER, ("raw", "descending"), ("fetched_at", "descending")]).to_pylist()
    rows = keys.to_pylist()
    first = [row for at, row in enumerate(order) if at == 0 or rows[row] != rows[order[at - 1]]]
    return table.take(first)


def _has_twins(table: pa.Table) -> bool:
    keys = table.select(_KEYS.names)
    return len(keys.group_by(keys.column_names).aggregate([])) < len(keys)


def _write_files(folder: Path, names: Iterator[str], tables: Iterable[pa.Table]) -> int:
    written = 0
    writer: PartWriter | None = None
    with ExitStack() as file:
        for table in tables:
            if writer is None or writer.bytes > FILE_BYTES:
                file.close()
                written += 1
                writer = file.enter_context(new_part(folder / next(names), POLICIES))
            writer.write(table)
    return written
