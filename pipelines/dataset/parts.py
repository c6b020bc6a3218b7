"""The part files of ``policies``: the lock on DATA_DIR, the ledger's list of them, the switch to another set.

Readers glob ``policies/**/*.parquet`` and take no lock. What they rely on:

1. A name never stands for other bytes: a file appears by a rename and is not written again.
2. The set of names changes in one step. The next set is made in the folder ``policies.next``, then the kernel
   exchanges the two folders in one call: a listing shows the one set or the other.
3. Two sets have no name in common; files that stay get a new one (a hard link). So who listed the one set
   and opens its files after the exchange finds none of them. A name in common would be worse: DuckDB and
   Arrow pass over a file that goes between their listing and their look at it, and would read the rest.

So a reader has the rows before or the rows after, or an error, and reads again.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.dataset.exchange import exchange
from pipelines.dataset.lock import DataDirHeld, DataDirLock
from pipelines.dataset.part_writer import sync_folder, write_part
from pipelines.dataset.reading import SCRATCH, DatasetError, part_files, policies_folder

#: A part is ``writing`` in the ledger from before its file appears until after; then it is ``done``.
WRITING, DONE = "writing", "done"

_OURS = re.compile(r"(merged|import)-")  # and not a crawl's, whose ledger says more of a part than its name
_GONE = "a-newer-set-is-there-read-again.parquet"
_MERGED = re.compile(r"merged-(\d+)-\d+\.parquet")


class DatasetBusyError(DatasetError):
    """Another process (a crawl, most likely) is writing to DATA_DIR."""


@contextmanager
def exclusive(data_dir: Path) -> Iterator[None]:
    """Holds ``crawl.lock``, as a crawl does. ``DatasetBusyError`` at once where another process holds it.

    The kernel lets go of it when the process ends, however it ends.
    """
    try:
        lock = DataDirLock(data_dir)
    except DataDirHeld as held:
        raise DatasetBusyError(str(held)) from None
    try:
        yield
    finally:
        lock.release()


def append(data_dir: Path, name: str, table: pa.Table) -> Path:
    """Adds a part file of rows in the dataset's order, known to the ledger. Needs the lock."""
    path = policies_folder(data_dir) / name
    with closing(_ledger(data_dir)) as ledger:
        with ledger:
            ledger.execute("INSERT INTO parts VALUES (?, ?, ?)", (name, len(table), WRITING))
        write_part(path, table)
        with ledger:
            ledger.execute("UPDATE parts SET state = ? WHERE name = ?", (DONE, name))
    return path


def settle(data_dir: Path) -> None:
    """Ends what a killed compaction, import or reextract left: files made ready, and exchanged or not.

    Afterwards the ledger lists the files of ``policies`` and no others, but for parts that a killed crawl
    left ``writing``: those the next crawl completes or drops. Needs the lock.
    ``DatasetError`` names a file that the ledger does not know, or knows and does not find.
    """
    _reconcile(data_dir)
    for folder in (next_folder(data_dir), *data_dir.glob(f"{SCRATCH}*")):
        shutil.rmtree(folder, ignore_errors=True)


def _reconcile(data_dir: Path) -> None:
    """Brings the ledger after the folder. Needs the other set's files, or it takes theirs for lost."""
    if not (data_dir / "crawl.sqlite").exists():
        return
    folder, other = policies_folder(data_dir), next_folder(data_dir)
    present = {_name(folder, path) for path in part_files(folder)}
    left = {_name(other, path) for path in part_files(other)}
    with closing(_ledger(data_dir)) as ledger, ledger:
        # A crawl's part without rows has no file.
        known = dict(ledger.execute("SELECT name, state FROM parts WHERE rows > 0"))
        ours = {name for name in known if _OURS.match(name) and known[name] == WRITING}
        if strangers := sorted(present - known.keys()):
            raise DatasetError(f"not known to the ledger, move out of the folder: {_few(folder, strangers)}")
        gone = {name for name in known.keys() - present if name in left or name in ours}
        if lost := sorted(name for name in known.keys() - present - gone if known[name] == DONE):
            raise DatasetError(f"known to the ledger and missing, put back: {_few(folder, lost)}")
        ledger.executemany("DELETE FROM parts WHERE name = ?", [(name,) for name in gone])
        ledger.executemany("UPDATE parts SET state = ? WHERE name = ?", [(DONE, name) for name in ours - gone])


def require_whole(data_dir: Path) -> None:
    """``DatasetError`` if a killed crawl left a part of which its ledger has yet to learn what is in it."""
    if (data_dir / "crawl.sqlite").exists():
        with closing(_ledger(data_dir)) as ledger:
            half = [name for (name,) in ledger.execute("SELECT name FROM parts WHERE state = ?", (WRITING,))]
        if half:
            raise DatasetError(
                f"a crawl was killed while it wrote {_few(policies_folder(data_dir), half)}: "
                "run the crawl again, it puts that in order when it starts"
            )


def next_folder(data_dir: Path) -> Path:
    """Where the next set of part files is made, beside the present one and unseen by its readers."""
    return policies_folder(data_dir).resolve().with_name("policies.next")


def new_names(data_dir: Path) -> Iterator[str]:
    """Names for the files of the next set; their number is one that no file had before."""
    matches = (_MERGED.match(path.name) for path in part_files(policies_folder(data_dir)))
    used = [int(match[1]) for match in matches if match]
    return (f"merged-{max(used, default=0) + 1:06}-{file:04}.parquet" for file in count(1))


def switch(data_dir: Path) -> None:
    """Puts the files of ``next_folder`` in the place of those of ``policies``, in one step. Needs the lock.

    Killed at any point, it has happened or it has not, and ``settle`` puts the rest in order.
    ``DatasetError`` where the file system cannot exchange two folders; then nothing has changed.
    """
    folder, other = policies_folder(data_dir).resolve(), next_folder(data_dir)
    sync_folder(other)
    if (data_dir / "crawl.sqlite").exists():
        new = [(_name(other, path), pq.read_metadata(path).num_rows, WRITING) for path in part_files(other)]
        with closing(_ledger(data_dir)) as ledger, ledger:
            ledger.executemany("INSERT OR IGNORE INTO parts VALUES (?, ?, ?)", new)
    try:
        exchange(other, folder)
    except OSError as error:
        settle(data_dir)
        raise DatasetError(
            f"the file system of {data_dir} cannot exchange two folders in one step ({error.strerror}): the "
            "dataset is as it was. Keep it on a local disk (ext4, XFS, Btrfs, APFS), or make a release"
        ) from error
    sync_folder(folder.parent)  # before the ledger says so, and before the old files go
    _reconcile(data_dir)
    # Who opened the folder before the exchange and lists it only now must find a name that leads nowhere.
    (other / _GONE).touch()
    for path in part_files(other):
        if path.name != _GONE:
            path.unlink()


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _few(folder: Path, names: list[str]) -> str:
    return f"{folder / names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _ledger(data_dir: Path) -> sqlite3.Connection:
    """The ledger's list of parts. Where there is no ledger, one that knows the files which are there."""
    new = not (data_dir / "crawl.sqlite").exists()
    ledger = sqlite3.connect(data_dir / "crawl.sqlite", timeout=60)
    ledger.execute(
        "CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, state TEXT NOT NULL)"
    )
    if new:
        folder = policies_folder(data_dir)
        files = [(_name(folder, path), pq.read_metadata(path).num_rows, DONE) for path in part_files(folder)]
        with ledger:
            ledger.executemany("INSERT INTO parts VALUES (?, ?, ?)", files)
    return ledger
