"""Merging part files: crawls leave many small ones, and a reader opens each of them.

While a crawl runs and when it ends, files of about the same number of rows are merged, sixteen or more at a time, so
that a row is written again once or twice a year, and a large file never for the sake of small ones (size-tiered, as in
log-structured stores). ``scrapy compact`` merges all of them.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.lifting import PartFile, is_older, number_of_rows
from pipelines.dataset.looked_at import not_so
from pipelines.dataset.merging import CAPTURE_KEY, SCRATCH, Keep, has_twins, merged, one_per_capture
from pipelines.dataset.part_writer import PARTS, TO_BE_MERGED, Layout, PartWriter, new_part
from pipelines.dataset.parts import FILE_NAME, new_names, next_folder, require_whole, settle, switch
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.verdicts import NO_VERDICTS, Verdicts
from pipelines.outcomes import STORED_KINDS
from pipelines.schema import POLICIES

logger = logging.getLogger(__name__)

#: Fewer files of a tier than this are left alone: opening one costs a reader about a millisecond. A file of a tier has
#: less than this many times the rows of any other.
FEW_FILES = 16
#: A merged file ends at this size, and another one begins: Spark and ``datasets`` share out work by file.
FILE_BYTES = 1 << 30
#: A file with fewer rows than this is small: merging it takes a second or two.
MANY_ROWS = 20_000
#: At the end of a crawl, a file of many rows is written again if more than this share of them say other than their
#: verdicts; a smaller file for a single one. With 0, one row that changes would write a large file again each week.
LAG = 0.01
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
    waiting: frozenset[str] = frozenset()
    """Domains with rows that still say other than their verdicts: too few of a file's to write it again."""


T = TypeVar("T")
#: Merges some part files into a folder, in a layout.
Merge = Callable[[Sequence[Path], Path, Layout], object]


def compact(
    data_dir: Path,
    *,
    verdicts: Verdicts = NO_VERDICTS,
    only_if_it_pays: bool = False,
    lag: float = 0.0,
    merge_by: Merge | None = None,
) -> Compacted | None:
    """Merges the part files under ``data_dir``; ``None`` where there was nothing to do. Needs the lock.

    The rows are written as ``verdicts`` say. With ``only_if_it_pays``, as at the end of a crawl, those files are
    merged that have a row which says other than its verdict, and those that are ``worth_merging``; and all files where
    a capture has two rows, or where one is of an older version: other readers want one form. A file of ``MANY_ROWS`` is
    left as it is while no more than the share ``lag`` of its rows are untrue, and none of a domain in
    ``verdicts.at_once``.

    ``merge_by`` does the work in place of ``merge_aside``. Takes disk space for another copy of what is merged, and
    some hundred megabytes of memory. Raises ``DatasetError`` where the dataset has files of unknown origin, or its file
    system cannot switch.
    """
    settle(data_dir)
    require_whole(data_dir)
    files = {path: number_of_rows(path) for path in part_files(policies_folder(data_dir))}
    is_mixed = any(is_older(path) for path in files)
    untrue = {path: verdicts.untrue(path) for path in files}
    merge = list(files)
    if only_if_it_pays and not is_mixed and not _has_superseded(data_dir, merge):
        stale = {path for path in files if _is_stale(untrue[path], verdicts, lag, files[path])}
        small = worth_merging(_not_full(files))
        merge = [path for path in files if path in stale or path in small]
    waiting = frozenset(domain for path in files.keys() - set(merge) for domain in untrue[path])
    if len(merge) < 2 and not (merge and (is_mixed or untrue[merge[0]])):
        return Compacted(len(files), len(files), 0, 0, waiting) if waiting else None
    logger.info("Merging %d part files", len(merge))
    layout = TO_BE_MERGED if only_if_it_pays else PARTS
    with scratch(data_dir) as folder:
        (merge_by or partial(merge_aside, read_verdicts=lambda: verdicts))(merge, folder, layout)
        written = [number_of_rows(path) for path in part_files(folder)]
        put_in_place(data_dir, files.keys() - set(merge), folder)
    before, after = sum(files[path] for path in merge), sum(written)
    return Compacted(len(files), len(files) - len(merge) + len(written), after, before - after, waiting)


def _is_stale(untrue: Counter[str], verdicts: Verdicts, lag: float, rows: int) -> bool:
    few = lag * rows if rows >= MANY_ROWS else 0
    return untrue.total() > few or not untrue.keys().isdisjoint(verdicts.at_once)


def due_for_merging(data_dir: Path) -> list[Path]:
    """The part files that are ``worth_merging``."""
    return worth_merging(_not_full({path: number_of_rows(path) for path in part_files(policies_folder(data_dir))}))


def _not_full(rows: Mapping[Path, int]) -> dict[Path, int]:
    return {path: number for path, number in rows.items() if path.stat().st_size < FILE_BYTES}


def worth_merging(rows: Mapping[T, int]) -> list[T]:
    """The files of the highest tier that has ``FEW_FILES``, and of all tiers below it; none if no tier has as many.

    ``rows``: how many each file has. Its tier is the number of their hexadecimal digits, so that no file has more than
    twice the rows of all others together.
    """
    tiers = {file: len(f"{number:x}") for file, number in rows.items()}
    sizes = Counter(tiers.values())
    highest = max((tier for tier, files in sizes.items() if files >= FEW_FILES), default=0)
    return [file for file, tier in tiers.items() if tier <= highest]


def _has_superseded(data_dir: Path, files: Sequence[Path]) -> bool:
    """True if a capture that was imported has been fetched since, so that it has two rows in two files."""
    imported = not_so(data_dir / FILE_NAME, "nothing imported", files, _is_all_fetched)
    return bool(imported) and any(has_twins(part) for part in merged(files, _KEYS))


def _is_all_fetched(path: Path) -> bool:
    batches = PartFile(path, some_columns(POLICIES, ["warc_file"])).batches(65_536)
    return not any(batch["warc_file"].null_count for batch in batches)


def merge_aside(
    paths: Sequence[Path],
    folder: Path,
    layout: Layout = TO_BE_MERGED,
    *,
    read_verdicts: Callable[[], Verdicts] = lambda: NO_VERDICTS,
    keep: Mapping[Path, Keep] | None = None,
) -> None:
    """Merges some part files into ``folder``; ``put_in_place`` does the rest.

    ``keep`` says of a path which of its rows are merged; by default all are. Changes nothing else, so a crawl can let
    it run in another process while it writes more files. Raises ``DatasetError``, which names a damaged file.
    """
    verdicts = read_verdicts()
    rows = map(verdicts.applied, map(one_per_capture, merged(paths, keep=keep, scratch=folder)))
    write_files(folder, map(_stored, rows), layout)


def _stored(rows: pa.Table) -> pa.Table:
    """The rows of the kinds that ``policies`` holds: new texts may be of others."""
    return rows.filter(pc.is_in(rows["kind"], pa.array(sorted(STORED_KINDS), pa.string())))


def put_in_place(data_dir: Path, keep: Iterable[Path], folder: Path) -> None:
    """Makes ``keep`` and the files of ``folder``, which are moved, the whole of ``policies``. Needs the lock.

    Readers see the change in one step (``pipelines.dataset.parts``). Raises ``DatasetError`` where the file system
    cannot do that; then nothing has changed.
    """
    target = next_folder(data_dir)
    shutil.rmtree(target, ignore_errors=True)  # left by the switch before
    target.mkdir()
    names = new_names(data_dir)
    for path in keep:
        os.link(path, target / next(names))
    for path in part_files(folder):
        path.rename(target / next(names))
    switch(data_dir)


def replace_parts(data_dir: Path, keep: Iterable[Path], tables: Iterable[pa.Table]) -> list[int]:
    """Makes ``keep`` and the rows of ``tables``, which come sorted, the whole of ``policies``.

    Returns the number of rows of each file that was written. Needs the lock, after ``settle``.
    """
    with scratch(data_dir) as folder:
        written = write_files(folder, tables, PARTS)
        put_in_place(data_dir, keep, folder)
    return written


@contextmanager
def scratch(data_dir: Path) -> Iterator[Path]:
    """A folder to merge in; ``pipelines.dataset.parts.settle`` removes what a killed process leaves of it."""
    with TemporaryDirectory(prefix=SCRATCH, dir=data_dir) as folder:
        yield Path(folder)


def write_files(folder: Path, tables: Iterable[pa.Table], layout: Layout) -> list[int]:
    """Writes rows that come sorted into files of at most about ``FILE_BYTES``; returns the number of rows of each."""
    writers: list[PartWriter] = []
    with ExitStack() as file:
        for table in tables:
            if not writers or writers[-1].bytes > FILE_BYTES:
                file.close()
                writers.append(file.enter_context(new_part(folder / f"{len(writers):04}.parquet", POLICIES, layout)))
            writers[-1].write(table)
            del table  # or it stays in memory while the next one is read
    return [writer.rows for writer in writers]
