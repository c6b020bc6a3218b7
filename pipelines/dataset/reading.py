"""Reading the dataset under DATA_DIR: its files, one domain's history, all rows in order.

Readers take no lock. Files never change once they have a name; the set of names changes in one step
(``pipelines.dataset.compaction``), so whoever listed the folder just before it finds a name gone and lists again.
"""

from __future__ import annotations

import os
import re
import resource
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.dataset.part_writer import new_part
from pipelines.schema import POLICIES

#: The order of every file; rows of equal keys follow by their URL.
ORDER = [("domain", "ascending"), ("captured_at", "ascending"), ("policy_url", "ascending")]

#: How the names of folders begin in which files are merged before the last merge.
SCRATCH = ".merging-"


_KEYS = ["domain", "captured_at"]
_BATCH_BYTES = 128 << 20
#: Bytes of a row with its texts, more than most have.
_ROW_BYTES = 64 << 10
#: Bytes that the files of one merge may take while they are read.
_MERGE_BYTES = 640 << 20
#: Rows of a row group in files that are only made to be merged again.
_RUN_ROWS = 256
_ATTEMPTS = 10
_T = TypeVar("_T")
_Key = tuple[str, int]


class DatasetError(Exception):
    """The dataset under DATA_DIR is not in a state for this; the message says what to do."""


def policies_folder(data_dir: Path) -> Path:
    """Where the part files of ``policies`` stand."""
    return data_dir / "policies"


def part_files(folder: Path) -> list[Path]:
    """The Parquet files under ``folder``, in order; none where there is no folder."""
    # Without a look at each file: one that goes meanwhile must be missed when it is opened, not passed over.
    found = os.walk(folder)
    return sorted(Path(parent, name) for parent, _, names in found for name in names if name.endswith(".parquet"))


def retrying(read: Callable[[], _T]) -> _T:
    """``read()``, which lists the folder itself; again where a file went between listing and opening."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return read()
        except FileNotFoundError:
            continue
    return read()


def history(data_dir: Path, domain: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of one domain, oldest first; an empty table where there are none."""

    def read() -> pa.Table:
        files = part_files(policies_folder(data_dir))
        import pyarrow.dataset as ds  # slow to import, and most commands do without

        rows = ds.dataset([str(path) for path in files], schema=POLICIES, format="parquet")
        return rows.to_table(columns=list(columns) if columns else None, filter=pc.field("domain") == domain)

    return retrying(read).sort_by(ORDER)


def rows_in_order(
    paths: Sequence[Path],
    schema: pa.Schema = POLICIES,
    *,
    keep: Mapping[Path, pc.Expression] | None = None,
    scratch: Path | None = None,
) -> Iterator[pa.Table]:
    """All rows of ``paths`` as tables in ``ORDER``, in bounded memory.

    The files are opened before this returns, and stay readable when their names go. Of a path in ``keep``, only the
    rows that pass its filter. Rows of one (domain, captured_at) are always in one table. A file that is not in order
    itself (none of ours) is read and sorted whole. Where there are too many files for one merge, some are merged
    first into files under ``scratch`` (the system's folder for temporary files), removed with the last row.
    ``DatasetError`` names a file that is damaged or has not all columns.
    """
    allow_open_files(len(paths))
    batch_bytes = max(_BATCH_BYTES // max(len(paths), 1), 1 << 20)
    sources = [_Source(path, schema, batch_bytes, (keep or {}).get(path)) for path in paths]
    runs = TemporaryDirectory(prefix=SCRATCH, dir=scratch) if _memory(sources) > _MERGE_BYTES else None
    number = 0
    while runs and len(sources) > 1 and _memory(sources) > _MERGE_BYTES:
        count = 2
        while count < len(sources) and _memory(sources[: count + 1]) <= _MERGE_BYTES:
            count += 1
        number += 1
        run = Path(runs.name) / f"{number}.parquet"
        with new_part(run, schema, group_rows=_RUN_ROWS) as writer:
            for table in _merged(sources[:count]):
                writer.write(table)
        sources = [*sources[count:], _Source(run, schema, batch_bytes, None)]
    return _until_read(runs, sources)


def last_day(text: str) -> date:
    """The last day that ``2012``, ``2012-06`` or ``2012-06-01`` covers. ``ValueError`` for anything else."""
    parts = re.fullmatch(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?", text.strip())
    if not parts:
        raise ValueError(f"not a date: {text!r} (write 2012, 2012-06 or 2012-06-01)")
    year, month = int(parts[1]), int(parts[2] or 12)
    try:
        return date(year, month, int(parts[3]) if parts[3] else monthrange(year, month)[1])
    except ValueError:
        raise ValueError(f"there is no such day: {text!r}") from None


def _until_read(runs: TemporaryDirectory[str] | None, sources: list[_Source]) -> Iterator[pa.Table]:
    with runs or nullcontext():
        yield from _merged(sources)


def _memory(sources: Sequence[_Source]) -> int:
    return sum(source.memory for source in sources)


def _merged(sources: list[_Source]) -> Iterator[pa.Table]:
    several = len(sources) > 1
    sources = [source for source in sources if source.fill()]
    while sources:
        # What lies before the smallest "last row in memory" cannot be preceded by a row still on disk.
        unfinished = [source.last() for source in sources if not source.finished]
        bound = min(unfinished) if unfinished else None
        table = pa.concat_tables([source.take_before(bound) for source in sources])
        yield table.sort_by(ORDER) if several else table
        sources = [source for source in sources if source.fill()]


class _Source:
    """One file of a merge: the rows that are in memory and not yet taken."""

    def __init__(self, path: Path, schema: pa.Schema, batch_bytes: int, keep: pc.Expression | None) -> None:
        try:
            file = pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            raise DatasetError(f"{path} cannot be read: {error}") from error
        if missing := [name for name in schema.names if name not in file.schema_arrow.names]:
            raise DatasetError(f"{path} has no column {', '.join(missing)}")
        self._schema = schema
        self._keep = keep
        self.finished = False
        self.table = schema.empty_table()
        groups = [file.metadata.row_group(number).total_byte_size for number in range(file.metadata.num_row_groups)]
        #: Bytes that reading it takes, about: measured, three times its largest row group.
        self.memory = 3 * max(groups, default=0)
        if _in_order(file):
            rows = max(batch_bytes // _ROW_BYTES, 16)
            self._batches = file.iter_batches(batch_size=rows, columns=schema.names)
        else:
            self._batches = iter(file.read(columns=schema.names).sort_by(ORDER).to_batches(max_chunksize=1_000))

    def fill(self) -> bool:
        """Has rows of at least two keys in memory, or all that are left. False where nothing is left."""
        while not self.finished and (not len(self.table) or self._key(0) == self.last()):
            try:
                batch = next(self._batches)
            except StopIteration:
                self.finished = True
            else:
                more = pa.Table.from_batches([batch]).select(self._schema.names).cast(self._schema)
                kept = more if self._keep is None else more.filter(self._keep)
                self.table = pa.concat_tables([self.table, kept]).combine_chunks()
        return bool(len(self.table))

    def last(self) -> _Key:
        """The key of the last row in memory."""
        return self._key(len(self.table) - 1)

    def take_before(self, bound: _Key | None) -> pa.Table:
        """Takes out the rows whose key is less than ``bound``; all of them for ``None``."""
        end = len(self.table) if bound is None else bisect_left(range(len(self.table)), bound, key=self._key)
        taken, self.table = self.table.slice(0, end), self.table.slice(end)
        return taken

    def _key(self, row: int) -> _Key:
        return self.table["domain"][row].as_py(), self.table["captured_at"][row].value


def allow_open_files(number: int) -> None:
    """Lets this process open so many files more than its limit (often 1,024 or 256), as far as the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft not in (resource.RLIM_INFINITY, hard):
        most = soft + number if hard == resource.RLIM_INFINITY else min(soft + number, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _in_order(file: pq.ParquetFile) -> bool:
    last: _Key = ("", -(2**63))
    for batch in file.iter_batches(batch_size=65_536, columns=_KEYS):
        if not len(batch):
            continue
        domain, time = batch.column("domain"), batch.column("captured_at").cast(pa.int64())
        if (domain[0].as_py(), time[0].as_py()) < last:
            return False
        before, after = domain[:-1], domain[1:]
        same_domain = pc.and_(pc.equal(before, after), pc.less_equal(time[:-1], time[1:]))
        if not pc.all(pc.or_(pc.less(before, after), same_domain), min_count=0).as_py():
            return False
        last = (domain[-1].as_py(), time[-1].as_py())
    return True
