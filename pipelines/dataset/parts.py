"""The part files of ``policies``: the register of them, and the switch from one set of files to another.

The register is a table in ``DATA_DIR/crawl.sqlite``, beside the crawl's own tables. Nothing else reads or writes it
but through this module.

Readers glob ``policies/**/*.parquet`` and take no lock. They rely on three things:

1. A name never stands for other bytes: a file appears by a rename and is not written again.
2. The set of names changes in one step. The next set is made in the folder ``policies.next``, then the kernel
   exchanges the two folders in one call: a listing shows the one set or the other.
3. Two sets have no name in common; files that stay get a new one (a hard link). So a reader who listed the one set
   and opens its files after the exchange finds none of them. A name in common would be worse: DuckDB and
   Arrow pass over a file that goes between their listing and their look at it, and would read the rest.

So a reader has the rows before or the rows after, or an error, and reads again.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from enum import Enum
from itertools import count
from pathlib import Path

import pyarrow as pa

from pipelines.columns import SCHEMA_VERSION
from pipelines.dataset import looked_at
from pipelines.dataset.errors import DamagedFileError, DatasetError
from pipelines.dataset.lifting import number_of_rows, version_of
from pipelines.dataset.merging import SCRATCH
from pipelines.dataset.part_writer import sync_folder, write_part
from pipelines.dataset.reading import FACTS, WORKED_OUT, part_files, policies_folder

#: The SQLite file in DATA_DIR that holds the register.
FILE_NAME = "crawl.sqlite"
#: Domains in each file of the tables that have numbered files: all but ``policies`` and ``crawls``.
DOMAINS_PER_FILE = 1000
#: A part's state: ``WRITING`` from before its file appears until after; then ``DONE``.
WRITING, DONE = "writing", "done"

_OURS = re.compile(r"(merged|import|gathered)-")  # and not a crawl's, whose ledger says more of a part than its name
_GONE = "a-newer-set-is-there-read-again.parquet"
_NUMBERED = re.compile(r"\d{5,}\.parquet")
_MERGED = re.compile(r"merged-(\d+)-\d+\.parquet")

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # Linux: renameat2(2)
_RENAME_SWAP = 2  # macOS: renamex_np(2)


def require_register(data_dir: Path) -> None:
    """``DamagedFileError`` where the register is missing, and files are there that were made from its ledger."""
    path = data_dir / FILE_NAME
    if not path.exists() and any(part_files(data_dir / table) for table in ("captures", "domains")):
        raise DamagedFileError(path, "it is missing")


def read_only(data_dir: Path) -> sqlite3.Connection:
    """A connection to the ledger of a DATA_DIR that never writes; ``sqlite3.OperationalError`` if there is none."""
    path = (data_dir / FILE_NAME).resolve()
    # SQLite makes a log beside a ledger that no process has open, even to read it. Where it may not (another user's
    # folder, a read-only disk) it is told that nobody writes. A crawl of its owner that begins meanwhile may spoil what
    # is read, so those who may not write hold no such connection for long.
    is_still = not path.with_name(f"{FILE_NAME}-wal").exists() and not os.access(path.parent, os.W_OK)
    address = path.as_uri()  # a folder's name may hold "?", "#" or "%41"
    return sqlite3.connect(f"{address}?mode=ro{'&immutable=1' * is_still}", uri=True)


def files_with(data_dir: Path, table: str, domain: str) -> list[Path]:
    """The files of a table that may have rows of a domain: by the ledger, which numbers domains and so their files.

    All where no ledger tells. A file with another name came from elsewhere, and may have any.
    """
    folder = data_dir / table
    numbers = numbers_of(data_dir, domain)
    return [
        path for path in part_files(folder)
        if numbers is None or path.parent != folder or not _NUMBERED.fullmatch(path.name) or int(path.stem) in numbers
    ]  # fmt: skip


def numbers_of(data_dir: Path, domain: str) -> set[int] | None:
    """The numbers of the files with a domain's rows, one for each archive; ``None`` where no ledger tells."""
    try:
        with closing(read_only(data_dir)) as ledger:
            ids = ledger.execute("SELECT id FROM domains WHERE domain = ?", (domain,)).fetchall()
    except sqlite3.Error:
        return None
    return {domain_id // DOMAINS_PER_FILE for (domain_id,) in ids}


# The register: short statements, in the caller's transaction


def create_register(db: sqlite3.Connection) -> None:
    """Makes the table, if it is not there."""
    db.execute("CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, state TEXT NOT NULL)")


def begin(db: sqlite3.Connection, name: str, rows: int) -> None:
    """Enters a part before its file appears."""
    db.execute("INSERT INTO parts (name, rows, state) VALUES (?, ?, ?)", (name, rows, WRITING))


def finish(db: sqlite3.Connection, name: str) -> None:
    """Notes that the part's file is in place."""
    db.execute("UPDATE parts SET state = ? WHERE name = ?", (DONE, name))


def forget(db: sqlite3.Connection, name: str) -> None:
    """Takes out a part whose file never appeared, or is gone on purpose."""
    db.execute("DELETE FROM parts WHERE name = ?", (name,))


def unfinished(db: sqlite3.Connection) -> list[str]:
    """The parts whose writer has not finished."""
    return [name for (name,) in db.execute("SELECT name FROM parts WHERE state = ? ORDER BY name", (WRITING,))]


# What changes the set of files: needs the lock


def adopt(data_dir: Path) -> None:
    """Makes a register with the files that are there, where there is none. Needs the lock."""
    _register(data_dir).close()


def staging_folder(data_dir: Path) -> Path:
    """Where part files of other DATA_DIRs wait, unseen by readers, until the ledger knows what is in them.

    The transaction that enters their captures enters the files, too (``begin``); then ``settle`` puts them in place.
    Files that it finds here and that were not entered are removed.
    """
    return policies_folder(data_dir).resolve().with_name("policies.gathered")


def append(data_dir: Path, name: str, table: pa.Table) -> Path:
    """Adds a part file of rows in the dataset's order. Needs the lock."""
    path = policies_folder(data_dir) / name
    with closing(_register(data_dir)) as register:
        with register:
            begin(register, name, len(table))
        write_part(path, table)
        with register:
            finish(register, name)
    return path


def settle(data_dir: Path) -> None:
    """Ends what a killed compaction, import, re-extraction or gathering left behind. Needs the lock.

    Afterwards the register lists the files of ``policies`` and no others, but for parts that a killed crawl
    left ``writing``: those the next crawl completes or drops.
    ``DatasetError`` names a file of a newer version, and one that the register does not know, or knows and does not
    find.
    """
    _refuse_newer(data_dir)
    _put_staged_in_place(data_dir)
    _reconcile(data_dir)
    for folder in (next_folder(data_dir), staging_folder(data_dir), *data_dir.glob(f"{SCRATCH}*")):
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_newer(data_dir: Path) -> None:
    """``DatasetError`` names a file of a newer version. What can't be read is left to the one who needs its rows."""
    paths = [path for table in (*FACTS, *WORKED_OUT) for path in part_files(data_dir / table)]
    looked_at.not_so(data_dir / FILE_NAME, f"schema version {SCHEMA_VERSION} at most", paths, _is_no_newer)
    looked_at.forget_others(data_dir / FILE_NAME, paths)


def _is_no_newer(path: Path) -> bool:
    with suppress(OSError, DamagedFileError):
        return version_of(path) <= SCHEMA_VERSION
    return False


class _Fate(Enum):
    """What becomes of a part when register and folder are brought together."""

    KEEP = "right as it is, or for the crawl to decide"
    FINISH = "the file is in place"
    FORGET = "the file is gone on purpose, or never came"
    STRANGER = "a file that nobody entered"
    LOST = "a file that somebody took away"


def _fate(state: str | None, *, ours: bool, present: bool, replaced: bool) -> _Fate:
    """One row of this table, in which ``-`` stands for either::

    in the register    in policies  in policies.next  fate
    no                 yes          -                 STRANGER
    done               yes          -                 KEEP
    done               no           yes               FORGET    the folders have been exchanged
    done               no           no                LOST
    writing, ours      yes          -                 FINISH    killed after the exchange
    writing, ours      no           -                 FORGET    killed before the exchange
    writing, a crawl's yes          -                 KEEP      the next crawl reads what it settles
    writing, a crawl's no           yes               FORGET
    writing, a crawl's no           no                KEEP      the next crawl drops it
    """
    half_ours = ours and state == WRITING
    if state is None:
        return _Fate.STRANGER
    if present:
        return _Fate.FINISH if half_ours else _Fate.KEEP
    if replaced or half_ours:
        return _Fate.FORGET
    return _Fate.LOST if state == DONE else _Fate.KEEP


def _put_staged_in_place(data_dir: Path) -> None:
    staged = {path.name: path for path in part_files(staging_folder(data_dir))}
    if not staged or not (data_dir / FILE_NAME).exists():
        return
    folder = policies_folder(data_dir)
    folder.mkdir(exist_ok=True)
    with closing(_register(data_dir)) as register:
        entered = [staged[name] for name in unfinished(register) if name in staged]
    for path in entered:
        path.replace(folder / path.name)
    sync_folder(folder)


def _reconcile(data_dir: Path) -> None:
    """Brings the register in line with the folder. Needs the replaced files, or it takes them for lost."""
    if not (data_dir / FILE_NAME).exists():
        return
    with closing(_register(data_dir)) as register, register:
        fates = require_known(data_dir, register)
        for name in fates[_Fate.FORGET]:
            forget(register, name)
        for name in fates[_Fate.FINISH]:
            finish(register, name)


def require_known(data_dir: Path, register: sqlite3.Connection) -> Mapping[_Fate, list[str]]:
    """``DatasetError`` names a file that the register does not know, or knows and does not find; else all fates."""
    folder = policies_folder(data_dir)
    fates = _fates(data_dir, register)
    if strangers := fates[_Fate.STRANGER]:
        raise DatasetError(f"not known to the ledger: {_few(folder, strangers)}: scrapy repair enters them")
    if lost := fates[_Fate.LOST]:
        raise DatasetError(
            f"known to the ledger and missing: {_few(folder, lost)}: put back, or let scrapy repair do without"
        )
    return fates


def _fates(data_dir: Path, register: sqlite3.Connection) -> Mapping[_Fate, list[str]]:
    """What is to become of the parts that are in the register or in the folder."""
    folder, other = policies_folder(data_dir), next_folder(data_dir)
    present = {_name(folder, path) for path in part_files(folder)}
    replaced = {_name(other, path) for path in part_files(other)}
    # A crawl's part without rows has no file.
    known: dict[str, str] = dict(register.execute("SELECT name, state FROM parts WHERE rows > 0"))
    fates: defaultdict[_Fate, list[str]] = defaultdict(list)
    for name in sorted(present | known.keys()):
        ours = bool(_OURS.match(name))
        fates[_fate(known.get(name), ours=ours, present=name in present, replaced=name in replaced)].append(name)
    return fates


def strangers_and_lost(data_dir: Path) -> tuple[list[Path], list[Path]]:
    """The part files that nobody entered into the register, and those that it has and somebody took away."""
    folder = policies_folder(data_dir)
    with closing(_register(data_dir)) as register:
        fates = _fates(data_dir, register)
    strangers, lost = ([folder / name for name in fates[fate]] for fate in (_Fate.STRANGER, _Fate.LOST))
    return strangers, lost


def enter_as_found(data_dir: Path) -> None:
    """Brings the register in line with the folder, whatever became of the files. Needs the lock."""
    folder = policies_folder(data_dir)
    strangers, lost = strangers_and_lost(data_dir)
    with closing(_register(data_dir)) as register, register:
        for path in strangers:
            begin(register, _name(folder, path), number_of_rows(path))
            finish(register, _name(folder, path))
        for path in lost:
            forget(register, _name(folder, path))


def require_whole(data_dir: Path) -> None:
    """``DatasetError`` if a killed crawl left a part of which its ledger has yet to learn what is in it."""
    if (data_dir / FILE_NAME).exists():
        with closing(_register(data_dir)) as register:
            half = unfinished(register)
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
    if (data_dir / FILE_NAME).exists():
        new = [(_name(other, path), number_of_rows(path), WRITING) for path in part_files(other)]
        with closing(_register(data_dir)) as register, register:
            register.executemany("INSERT OR IGNORE INTO parts VALUES (?, ?, ?)", new)
    try:
        exchange(other, folder)
    except OSError as error:
        settle(data_dir)
        raise DatasetError(
            f"the file system of {data_dir} cannot exchange two folders in one step ({error.strerror}): the "
            "dataset is as it was. Keep it on a local disk (ext4, XFS, Btrfs, APFS), or make a release"
        ) from error
    sync_folder(folder.parent)  # before the register says so, and before the old files go
    _reconcile(data_dir)
    # A reader who opened the folder before the exchange and lists it only now must find a name that leads nowhere.
    (other / _GONE).touch()
    for path in part_files(other):
        if path.name != _GONE:
            path.unlink()


def exchange(one: Path, other: Path) -> None:
    """Two folders of one file system trade names in one step, which POSIX's rename cannot do.

    At no moment is either missing. ``OSError`` where the file system cannot do it (ENOSYS, EINVAL, ENOTSUP: mostly
    network file systems).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux" and hasattr(libc, "renameat2"):
        failed = libc.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)
    elif sys.platform == "darwin":
        failed = libc.renamex_np(first, second, _RENAME_SWAP)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(one))
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one), None, str(other))


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _few(folder: Path, names: list[str]) -> str:
    return f"{folder / names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _register(data_dir: Path) -> sqlite3.Connection:
    """The register. Where there is none, one that knows the files which are there."""
    require_register(data_dir)
    new = not (data_dir / FILE_NAME).exists()
    register = sqlite3.connect(data_dir / FILE_NAME, timeout=60)
    create_register(register)
    if new:
        folder = policies_folder(data_dir)
        files = [(_name(folder, path), number_of_rows(path), DONE) for path in part_files(folder)]
        with register:
            register.executemany("INSERT INTO parts VALUES (?, ?, ?)", files)
    return register
