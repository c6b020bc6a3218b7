"""Takes what ``overrides.toml`` names out of the rows of ``policies`` and of the WARC files.

Killed at any moment, it can be run again and ends the same. At each moment every row refers to bytes that are there:

1. WARC files with something to be removed are written again, under new names.
2. The rows change in one step (``pipelines.dataset.parts``), and refer to the new files from then on.
3. The old files are deleted.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from pipelines.columns import some_columns
from pipelines.dataset.cdxj import write_missing
from pipelines.dataset.compaction import replace_parts
from pipelines.dataset.damage import FOLDER as DAMAGED
from pipelines.dataset.merging import CAPTURE_KEY, merged
from pipelines.dataset.overrides import Removals, captures_of
from pipelines.dataset.parts import require_whole, settle
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.rows import with_places
from pipelines.dataset.warc_reading import CaptureRecord, warc_folder
from pipelines.dataset.warc_removal import RecordPlace, delete, write_without
from pipelines.schema import POLICIES

#: Where a re-extraction that was interrupted keeps its rows.
REEXTRACTED = "reextract"

_COLUMNS = some_columns(POLICIES, (*CAPTURE_KEY, "warc_file", "warc_offset"))


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was taken out."""

    rows: int
    records: int


@dataclass(slots=True)
class _Rows:
    """What is to be done with the rows of ``policies``."""

    removed: int = 0
    removed_places: set[RecordPlace] = field(default_factory=set)
    """Where the bytes of removed rows are."""
    warc_files: dict[Path, set[str]] = field(default_factory=dict)
    """The WARC files that the rows of each part file refer to."""
    changed: set[Path] = field(default_factory=set)
    """Part files with rows to be removed."""


def take_out(data_dir: Path, removals: Removals, register: Callable[[Mapping[str, int]], None]) -> Withdrawn:
    """Removes rows and records, leaving nothing of them in files below ``data_dir``. Needs the lock.

    ``register`` is told of new WARC files and their sizes before a row refers to them. ``DatasetError`` where the
    dataset is not whole, or its file system cannot switch.
    """
    settle(data_dir)
    require_whole(data_dir)
    rows = _look_through(data_dir, removals)

    def is_removed(file: str, record: CaptureRecord) -> bool:
        # Records of version 0.1.0 do not say for which domain they were fetched.
        by_row = record.domain is None and (file, record.offset) in rows.removed_places
        return by_row or removals.name(record.domain or "", record.url, record.timestamp)

    warcs = warc_folder(data_dir)
    moved = write_without(warcs, is_removed, in_use=set().union(*rows.warc_files.values()))
    register({name: (warcs / name).stat().st_size for name in moved.files.values()})
    touched = [path for path, files in rows.warc_files.items() if path in rows.changed or files & moved.files.keys()]
    if touched:
        keep = [path for path in rows.warc_files if path not in touched]
        replace_parts(data_dir, keep, _rewritten(touched, removals, moved.places, data_dir))
    for name in moved.files:
        delete(warcs / name)
    write_missing(warcs)
    for folder in (REEXTRACTED, DAMAGED):
        shutil.rmtree(data_dir / folder, ignore_errors=True)
    return Withdrawn(rows.removed, moved.records)


def _look_through(data_dir: Path, removals: Removals) -> _Rows:
    rows = _Rows()
    for path in part_files(policies_folder(data_dir)):
        rows.warc_files[path] = set()
        for table in merged([path], _COLUMNS):
            files, offsets = table["warc_file"].to_pylist(), table["warc_offset"].to_pylist()
            rows.warc_files[path].update(name for name in files if name is not None)
            for about, file, offset in zip(captures_of(table), files, offsets, strict=True):
                if removals.name(*about):
                    rows.removed += 1
                    rows.changed.add(path)
                    rows.removed_places.add((file, offset))
    return rows


def _rewritten(
    paths: Sequence[Path], removals: Removals, places: Mapping[RecordPlace, RecordPlace], data_dir: Path
) -> Iterator[pa.Table]:
    """The rows of some part files that stay, each with the place where its bytes are now."""
    for table in merged(paths, scratch=data_dir):
        kept = removals.kept(table)
        if not len(kept):
            continue
        yield with_places(kept, lambda place: places.get(place, place))
