"""Damaged files of a dataset: found by reading them whole, and put aside by name. Nothing is deleted."""

from __future__ import annotations

import sqlite3
from collections import deque
from pathlib import Path

import pyarrow as pa

from pipelines.dataset.cdxj import cdxj_lines, cdxj_path
from pipelines.dataset.errors import DamagedFileError
from pipelines.dataset.lifting import PartFile
from pipelines.dataset.part_writer import sync_folder
from pipelines.dataset.warc_reading import NotWarcError, captures_in, sound_captures

#: Where damaged files are put, below DATA_DIR, each under the path that it had there.
FOLDER = "damaged"


def put_aside(data_dir: Path, path: Path) -> Path:
    """Moves a file below ``data_dir`` to ``FOLDER``; returns where it is now. An earlier one of its name stays."""
    first = place = data_dir / FOLDER / path.relative_to(data_dir)
    number = 1
    while place.exists():
        number += 1
        place = first.with_name(f"{first.name}.{number}")
    place.parent.mkdir(parents=True, exist_ok=True)
    path.replace(place)
    for folder in (place.parent, path.parent):
        sync_folder(folder)
    return place


def damage_of_table(path: Path, schema: pa.Schema) -> str | None:
    """What is wrong with a Parquet file of the table ``schema``; ``None`` for a whole one.

    Raises ``DatasetError`` for a file that is newer than this software.
    """
    try:
        deque(PartFile(path, schema).batches(65_536), maxlen=0)
    except DamagedFileError as error:
        return error.why
    return None


def damage_of_database(db: sqlite3.Connection, *, with_indexes: bool = True) -> str | None:
    """What is wrong with an SQLite file that is open; ``None`` for a whole one.

    ``with_indexes``: whether they, too, are compared with their tables, which takes far longer. Raises
    ``sqlite3.DatabaseError`` where SQLite can't go on, which is an ``OperationalError`` if that is no damage.

    Source: https://www.sqlite.org/pragma.html#pragma_integrity_check
    """
    (said,) = db.execute(f"PRAGMA {'integrity_check' if with_indexes else 'quick_check'}(1)").fetchone()
    return None if said == "ok" else " ".join(said.split())[:200]


def damage_of_warc(path: Path) -> str | None:
    """What is wrong with a WARC file; ``None`` for a whole one. Each record's checksum is looked at."""
    try:
        records = list(captures_in(path))
    except NotWarcError:
        return "it is no WARC file"
    places = records.count(None)
    return f"{places} places in it can't be read" if places else None


def damage_of_index(warc: Path) -> str | None:
    """What is wrong with the index beside a whole WARC file; ``None`` for a right one, or where there is none yet."""
    path = cdxj_path(warc)
    if not path.exists():
        return None
    lines = cdxj_lines(sound_captures(warc), warc.name)
    return None if path.read_bytes() == "".join(lines).encode() else "it is not that of the file beside it"
