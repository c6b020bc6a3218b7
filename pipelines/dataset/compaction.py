"""Merging part files: scheduled crawls leave many small ones, and a reader opens each of them.

Either all files are merged, or only the smallest ones. The latter means that in the long run a row is written again a
few times, and not at each crawl (as in log-structured stores).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.columns import some_columns
from pipelines.dataset.lifting import PartFile, is_older, number_of_rows
from pipelines.dataset.merging import CAPTURE_KEY, has_twins, merged, one_per_capture
from pipelines.dataset.part_writer import PartWriter, new_part
from pipelines.dataset.parts import new_names, next_folder, require_whole, settle, switch
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.verdicts import NO_VERDICTS, Verdicts
from pipelines.schema import POLICIES

logger = logging.getLogger(__name__)

#: Fewer files than this are left alone at the end of a crawl: opening one costs a reader about a millisecond.
FEW_FILES = 8
#: A merged file ends at this size, and another one begins: Spark and ``datasets`` share out work by file.
FILE_BYTES = 1 << 30
#: A file is merged with the smaller ones if they are together at least this part of its size.
_GROWTH = 0.5
_KEYS = some_columns(POLICIES, CAPTURE_KEY)


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did."""

    files_before: int
    files_after: int
    rows: int
    """Rows in the merged files."""
    superseded: int
    """Rows left out: another row of the same capture was chosen (``one_per_capture``), or it is no policy after all."""


def compact(data_dir: Path, *, verdicts: Verdicts = NO_VERDICTS, only_if_it_pays: bool = False) -> Compacted | None:
    """Merges the part files under ``data_dir``; ``None`` where there was nothing to do. Needs the lock.

    The rows are written as ``verdicts`` have them. With ``only_if_it_pays``, as at the end of a crawl, those files are
    merged that have a row which says other than its verdict, and the small ones, if there are ``FEW_FILES`` of them;
    and all files where a capture has two rows, or where one is of an older version: other readers want one form.
    Takes disk space for another copy of what is merged, and some hundred megabytes of memory.
    ``DatasetError`` where the dataset has files of unknown origin, or its file system cannot switch.
    """
    settle(data_dir)
    require_whole(data_dir)
    files = part_files(policies_folder(data_dir))
    is_mixed = any(is_older(path) for path in files)
    stale = {path for path in files if verdicts and verdicts.concern(path)}
    merge = files
    if only_if_it_pays and not is_mixed and not _has_superseded(files):
        small = worth_merging(files)
        merge = [path for path in files if path in stale or path in small]
    if len(merge) < 2 and not (is_mixed or stale):
        return None
    logger.info("Merging %d part files", len(merge))
    rows = sum(number_of_rows(path) for path in merge)
    keep = [path for path in files if path not in merge]
    written = replace_parts(
        data_dir, keep, map(verdicts.applied, map(one_per_capture, merged(merge, scratch=data_dir)))
    )
    return Compacted(len(files), len(keep) + len(written), sum(written), rows - sum(written))


def worth_merging(files: Sequence[Path]) -> list[Path]:
    """The smallest files, each at most twice the size of all smaller ones; none if fewer than ``FEW_FILES``."""
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
    """True if a capture that was imported has been fetched since, so that it has two rows in two files."""
    return any(_has_imported(path) for path in files) and any(has_twins(part) for part in merged(files, _KEYS))


def _has_imported(path: Path) -> bool:
    batches = PartFile(path, some_columns(POLICIES, ["warc_file"])).batches(65_536)
    return any(batch["warc_file"].null_count for batch in batches)


def replace_parts(data_dir: Path, keep: Iterable[Path], tables: Iterable[pa.Table]) -> list[int]:
    """Makes ``keep`` and the rows of ``tables``, which come sorted, the whole of ``policies``.

    Returns the number of rows of each file that was written. Needs the lock, after ``settle``. Readers see the change
    in one step (``pipelines.dataset.parts``).
    """
    target = next_folder(data_dir)
    target.mkdir()
    names = new_names(data_dir)
    for path in keep:
        os.link(path, target / next(names))
    written = _write_files(target, names, tables)
    switch(data_dir)
    return written


def _write_files(folder: Path, names: Iterator[str], tables: Iterable[pa.Table]) -> list[int]:
    writers: list[PartWriter] = []
    with ExitStack() as file:
        for table in tables:
            if not writers or writers[-1].bytes > FILE_BYTES:
                file.close()
                writers.append(file.enter_context(new_part(folder / next(names), POLICIES)))
            writers[-1].write(table)
            del table  # or it stays in memory while the next one is read
    return [writer.rows for writer in writers]
