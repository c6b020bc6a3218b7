"""Re-extraction: new texts for the rows of ``policies`` from the stored WARC files, without asking the archive.

Each WARC file is one task: its rows, with the texts that today's extractor reads from the raw bytes, are written
aside (``DATA_DIR/reextract``). When all files are done, the new rows replace the old ones in one step, as in a
compaction. A run that was interrupted goes on with the files that are left, as long as neither the code nor the rows
have changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from warcio.archiveiterator import ArchiveIterator

from pipelines.columns import some_columns
from pipelines.dataset.compaction import replace_parts
from pipelines.dataset.lifting import PartFile, is_older, rows_where
from pipelines.dataset.merging import CAPTURE_KEY, ORDER, merged
from pipelines.dataset.part_writer import new_part
from pipelines.dataset.parts import require_whole, settle
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.verdicts import NO_VERDICTS, Verdicts
from pipelines.dataset.withdrawal import REEXTRACTED
from pipelines.document import Document
from pipelines.extraction import EXTRACTOR, extract
from pipelines.outcomes import STORED_KINDS, Kind
from pipelines.processes.batch import run
from pipelines.processes.time_limits import CPU_LIMIT, WALL_LIMIT, TookTooLong, time_limits
from pipelines.schema import POLICIES

#: Bytes of a body that are read; the extractor takes no more.
BODY_LIMIT = 64 << 20
#: Rows whose new texts are held in memory at once.
BATCH_ROWS = 500

_READ_AGAIN = (
    "title", "text", "markdown", "language", "language_score", "kind", "policy_score", "effective_date",
    "words", "text_sha256", "raw_sha256", "charset", "extractor", "reading",
)  # fmt: skip
_ABOUT_TEXTS = [*CAPTURE_KEY, "kind", "policy_score", "title", "words", "language", "text_sha256", "text"]
_NOTE = "reextracted"
_OTHERS = [name for name in POLICIES.names if name not in ("text", "markdown")]

Row = dict[str, Any]
Judges = Callable[[Iterator[Row]], Verdicts]
"""Is told what the new texts were found to be, and gives the verdicts for the rows."""


@dataclass(frozen=True, slots=True)
class Task:
    """One WARC file, and where its rows are written aside."""

    data_dir: Path
    warc_file: str
    result: Path

    def __str__(self) -> str:
        return self.warc_file


@dataclass(slots=True)
class Reextracted:
    """What was done, with one file or with all."""

    documents: int = 0
    changed: int = 0
    """Rows whose text has another hash than before."""
    dropped: int = 0
    """Rows that are no policy any more (of a kind that ``policies`` does not hold)."""
    kept: int = 0
    """Rows that could not be read again (damaged or missing record, time limit) and stay as they were."""

    def add(self, other: Reextracted) -> None:
        self.documents += other.documents
        self.changed += other.changed
        self.kept += other.kept


def reextract(
    data_dir: Path,
    *,
    engine: str = "processes",
    processes: int | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    judges: Judges | None = None,
) -> Reextracted:
    """Extracts all rows of ``policies`` again whose WARC file is under ``DATA_DIR/warc``. Needs the lock.

    ``progress`` is called with the number of files done and of all files. ``judges`` has the last word on the rows;
    without it each text is of the kind that its own words say, and no row becomes primary. Rows without a WARC file
    (imported ones) keep their texts.

    ``EngineError`` where a worker died, ``DatasetError`` where the dataset is not whole; then no row has changed.
    """
    settle(data_dir)
    require_whole(data_dir)
    aside = data_dir / REEXTRACTED
    tasks = _tasks(data_dir, aside)
    total = Reextracted()
    for done, result in enumerate(run(engine, read_again, tasks, processes), 1):
        total.add(result)
        progress(done, len(tasks))
    old = part_files(policies_folder(data_dir))
    if tasks or any(is_older(path) for path in old):
        done_files = pa.array([task.warc_file for task in tasks], pa.string())
        others = pc.field("warc_file").is_null() | ~pc.field("warc_file").isin(done_files)
        new = [task.result for task in tasks]
        verdicts = judges(_texts_of(new)) if judges else NO_VERDICTS
        rows = merged([*old, *new], keep=dict.fromkeys(old, others), scratch=data_dir)
        before = sum(pq.read_metadata(path).num_rows for path in old)
        total.dropped = before - sum(replace_parts(data_dir, [], map(_stored, map(verdicts.applied, rows))))
    shutil.rmtree(aside, ignore_errors=True)
    return total


def read_again(task: Task) -> Reextracted:
    """Writes the rows of one WARC file aside, with new texts; does nothing if that was done before."""
    if task.result.exists():
        noted = json.loads(pq.read_metadata(task.result).metadata[_NOTE.encode()])
        return Reextracted(**noted)
    counts = Reextracted()
    rows = _rows_of(task.data_dir, _OTHERS, pc.field("warc_file") == task.warc_file).sort_by(ORDER)
    with (task.data_dir / "warc" / task.warc_file).open("rb") as file, new_part(task.result, POLICIES) as part:
        for batch in rows.to_batches(BATCH_ROWS):
            new = _new_rows(task, file, batch.to_pylist(), counts)
            part.write(pa.Table.from_pylist(new, schema=POLICIES).sort_by(ORDER))
        part.note({_NOTE: json.dumps(asdict(counts))})
    return counts


def _texts_of(paths: Iterable[Path]) -> Iterator[Row]:
    """The text of each row in these files, with its key and its judgement."""
    for path in paths:
        for batch in PartFile(path, some_columns(POLICIES, _ABOUT_TEXTS)).batches(BATCH_ROWS):
            yield from batch.to_pylist()


def _stored(rows: pa.Table) -> pa.Table:
    """The rows of the kinds that ``policies`` holds."""
    return rows.filter(pc.is_in(rows["kind"], pa.array(sorted(STORED_KINDS), pa.string())))


def _tasks(data_dir: Path, aside: Path) -> list[Task]:
    """One task per WARC file that is there. The result's name is a digest of the rows and of the code."""
    folder = (data_dir / "warc").resolve()
    rows = _rows_of(data_dir, ["warc_file", "warc_offset"], pc.field("warc_file").is_valid())
    offsets = rows.group_by("warc_file").aggregate([("warc_offset", "list")]).sort_by("warc_file")
    tasks = []
    for name, at in zip(offsets["warc_file"].to_pylist(), offsets["warc_offset_list"].to_pylist(), strict=True):
        path = (folder / name).resolve()
        if path.is_relative_to(folder) and path.is_file():
            digest = hashlib.sha256(f"{_code()} {name} {sorted(at)}".encode()).hexdigest()
            tasks.append(Task(data_dir, name, aside / f"{digest[:32]}.parquet"))
    return tasks


def _new_rows(task: Task, file: BinaryIO, rows: list[Row], counts: Reextracted) -> list[Row]:
    """The rows that replace ``rows``; ``file`` is the task's WARC file."""
    new: list[Row] = []
    unread: list[int] = []
    for row in rows:
        document = _document(file, row)
        if document is None:
            unread.append(row["warc_offset"])
        else:
            counts.changed += document.text_sha256 != row["text_sha256"]
            about = {name: getattr(document, name) for name in _READ_AGAIN}
            new.append({**row, **about, "primary": row["primary"] and document.kind == Kind.PRIVACY_POLICY})
    counts.documents += len(rows)
    counts.kept += len(unread)
    if unread:
        there = pc.field("warc_offset").isin(pa.array(unread, pa.int64()))
        new += _rows_of(task.data_dir, POLICIES.names, (pc.field("warc_file") == task.warc_file) & there).to_pylist()
    return new


def _rows_of(data_dir: Path, columns: list[str], which: pc.Expression) -> pa.Table:
    return rows_where(which, part_files(policies_folder(data_dir)), some_columns(POLICIES, columns))


def _document(file: BinaryIO, row: Row) -> Document | None:
    """The document in the record of ``row``; ``None`` where the record or the extractor fails."""
    try:
        file.seek(row["warc_offset"])
        record = next(iter(ArchiveIterator(file, check_digests=True)))
        if record.format != "warc" or record.rec_type not in ("response", "resource"):
            return None  # warcio reads damaged gzip as an empty record of an ARC file
        body = record.raw_stream.read(BODY_LIMIT)
        is_cut_off = len(body) < BODY_LIMIT and getattr(record.raw_stream, "limit", 1) > 0
        if is_cut_off or record.digest_checker.passed is False:
            return None
        headers = record.http_headers
        with time_limits(CPU_LIMIT, WALL_LIMIT):
            return extract(
                body,
                url=row["policy_url"],
                content_type=headers and headers.get_header("Content-Type"),
                content_encoding=headers and headers.get_header("Content-Encoding"),
                captured=row["captured_at"].date(),
            )
    except (Exception, TookTooLong):  # a damaged record makes warcio raise nearly anything
        return None


@cache
def _code() -> str:
    """Changes when the extractor changes."""
    return f"{EXTRACTOR}, pyarrow {version('pyarrow')} {digest_of_files(Path(str(package_files('pipelines'))))}"


def digest_of_files(package: Path) -> str:
    """A digest of the names and contents of all files of a package, its data files included.

    Of the whole package, and not only of the modules that read a page: one that is forgotten in a list of modules would
    let an interrupted run mix the texts of two extractors.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(package).as_posix()} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
