"""Re-extraction: new texts of all captures whose bytes are in the stored WARC files, without asking the archive.

Each WARC file is one task (``pipelines.tools.warc_task``): its rows, with the texts that today's extractor reads from
the raw bytes, are written aside (``DATA_DIR/reextract``). When all files are done, the new rows replace the old ones in
one step, as in a compaction. A run that was interrupted goes on with the files that are left, as long as neither the
code nor the rows have changed.

Which captures without a row there are, and what is to become of all rows, a ``Judge`` knows.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, pairwise
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.cdxj import cdxj_path, records_in, write_missing
from pipelines.dataset.compaction import put_in_place, scratch
from pipelines.dataset.lifting import PartFile, is_older, number_of_rows
from pipelines.dataset.merging import CAPTURE_KEY, ORDER, Keep, by_value, merged
from pipelines.dataset.part_writer import PARTS
from pipelines.dataset.parts import require_whole, settle
from pipelines.dataset.places import Place
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.verdicts import Verdicts, no_verdicts
from pipelines.dataset.warc_reading import CaptureRecord
from pipelines.dataset.withdrawal import REEXTRACTED
from pipelines.processes.batch import ENGINES
from pipelines.processes.merging import merge_apart
from pipelines.processes.nodes import run_on_nodes
from pipelines.schema import POLICIES
from pipelines.tools.warc_task import (
    RECORDS,
    Done,
    Read,
    Row,
    Task,
    Written,
    done_with,
    extractor_code,
    read_again,
    read_file,
    read_files,
)

#: Rows whose new texts are held in memory at once.
_ROWS = 500
_WITHOUT_TEXTS = some_columns(POLICIES, [name for name in POLICIES.names if name in RECORDS.names])
_ABOUT_TEXTS = some_columns(
    POLICIES, [*CAPTURE_KEY, "kind", "policy_score", "title", "words", "language", "text_sha256", "text"]
)
_PLACE = ("warc_file", "warc_offset")


#: Bytes that are read of a record whose end is not known: a crawl takes no larger body.
_RECORD_BYTES = 65 << 20
#: Comes after the name of any file.
_LAST = "\U0010ffff"

_Reading = Callable[[Iterable[Task], int | None, Path], Iterator[Written]]


class Judge(Protocol):
    """Knows of more captures than those with rows, and has the last word on all of them."""

    @property
    def read(self) -> Read:
        """What a worker does with a record: ``read_again``, and the same for what ``without_row`` gives."""

    def without_row(self, warc: str, index: Sequence[CaptureRecord]) -> list[Row]:
        """The captures in a WARC file that have no row: what is known of the row that each might have."""

    def verdicts(self, rows: Iterator[Row]) -> Callable[[], Verdicts]:
        """Is told what the new texts were found to be; what it returns reads, in any process, what becomes of them."""

    def rows_are_there(self) -> int:
        """Is told that the new rows are in place. Returns how many captures have their first row now."""


class NoJudge:
    """Takes each text for what its own words say; no row becomes primary."""

    read = staticmethod(read_again)

    def without_row(self, warc: str, index: Sequence[CaptureRecord]) -> list[Row]:
        return []

    def verdicts(self, rows: Iterator[Row]) -> Callable[[], Verdicts]:
        return no_verdicts

    def rows_are_there(self) -> int:
        return 0


@dataclass(slots=True)
class Reextracted:
    """What was done."""

    documents: int = 0
    changed: int = 0
    """Rows whose text has another hash than before."""
    dropped: int = 0
    """Rows that are no policy any more (of a kind that ``policies`` does not hold)."""
    found: int = 0
    """Captures without a row that are policies after all, and have one now."""
    lost: list[str] = field(default_factory=list)
    """Documents that could not be read again (a damaged or missing record; too much time or memory; the death of a
    worker) and stay as they were: a sentence for each."""

    def add(self, done: Done) -> None:
        self.documents += done.documents
        self.changed += done.changed
        self.lost += [told for _, told in done.lost]


def reextract(
    data_dir: Path,
    *,
    engine: str = "processes",
    processes: int | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    judge: Judge | None = None,
    warcs: str | None = None,
    work: str | None = None,
) -> Reextracted:
    """Extracts the texts of all captures again that have a record in a WARC file. Needs the lock.

    ``progress`` is called with the number of files done and of all files. ``warcs`` is the URL of the folder with the
    WARC files and their indexes (by default ``DATA_DIR/warc``), ``work`` that of a folder where the nodes of a cluster
    put rows. Rows without a WARC file (imported ones) keep their texts.

    ``EngineError`` where the engine fails, ``OSError`` where a file can't be reached, ``DatasetError`` where the
    dataset is not whole; then no row has changed.
    """
    settle(data_dir)
    require_whole(data_dir)
    if warcs is None:
        write_missing(data_dir / "warc")
    judge, stored = judge or NoJudge(), Place(warcs or str(data_dir / "warc"))
    there = stored.names()
    names = [name for name in there if name.endswith(".warc.gz")]
    total, new, lost = Reextracted(), dict[str, Path](), list[str]()
    tasks = _tasks(data_dir, stored, there, judge)
    reading = read_files if engine == ENGINES[0] else partial(_on_nodes, work)
    for number, (warc, path) in enumerate(_read(tasks, reading, processes, data_dir / REEXTRACTED), 1):
        if path is not None:
            done, new[warc] = done_with(path), path
            total.add(done)
            lost += [f"{warc} {offset}" for offset, _ in done.lost]
        progress(number, len(names))
    old = part_files(policies_folder(data_dir))
    if new or any(is_older(path) for path in old):
        verdicts = judge.verdicts(_texts_of(new.values()))
        keep = dict.fromkeys(old, _other_than(list(new), lost))
        before = sum(map(number_of_rows, old))
        with scratch(data_dir) as folder:
            merge_apart([*old, *new.values()], folder, PARTS, read_verdicts=verdicts, keep=keep)
            after = sum(map(number_of_rows, part_files(folder)))
            put_in_place(data_dir, [], folder)
        total.found = judge.rows_are_there()
        total.dropped = before + total.found - after
    shutil.rmtree(data_dir / REEXTRACTED, ignore_errors=True)
    return total


def _tasks(data_dir: Path, stored: Place, there: Sequence[str], judge: Judge) -> Iterator[Task]:
    """A task for each WARC file of the folder with the files ``there``, sorted by name.

    The rows come sorted by WARC file and lie on disk meanwhile, so that none is looked for file by file.
    """
    old = part_files(policies_folder(data_dir))
    with_bytes = Keep(["warc_file"], pc.field("warc_file").is_valid())
    rows = merged(old, _WITHOUT_TEXTS, by=_PLACE, keep=dict.fromkeys(old, with_bytes), scratch=data_dir)
    of_files = by_value(rows, "warc_file")
    warc, found = next(of_files, ("", _WITHOUT_TEXTS.empty_table()))
    for name in there:
        if name.endswith(".warc.gz"):
            while warc < name:
                warc, found = next(of_files, (_LAST, found))
            yield _task(stored, name, _index(stored, name, there), found if warc == name else found[:0], judge)


def _task(stored: Place, name: str, index: Sequence[CaptureRecord], rows: pa.Table, judge: Judge) -> Task:
    places = rows["warc_offset"].to_pylist()
    lengths = _lengths(places, index)
    known = rows.append_column("length", pa.array([lengths[place] for place in places], pa.int64()))
    others = judge.without_row(name, index)
    records = pa.concat_tables([known.cast(RECORDS), pa.Table.from_pylist(others, RECORDS)]).sort_by(ORDER)
    code, offsets = extractor_code(), sorted(records["warc_offset"].to_pylist())
    digest = hashlib.sha256(f"{code} {name} {offsets}".encode()).hexdigest()
    return Task(stored.url, name, records, judge.read, f"{digest[:32]}.parquet")


def _lengths(places: Iterable[int], index: Iterable[CaptureRecord]) -> dict[int, int]:
    """How many bytes the record at each place takes; of a record that the index lacks, how many it takes at most."""
    lengths = {record.offset: record.length for record in index}
    begins = sorted({*lengths, *places})
    most = ((here, min(after - here, _RECORD_BYTES)) for here, after in pairwise([*begins, sys.maxsize]))
    return dict(most) | lengths


def _index(stored: Place, name: str, there: Sequence[str]) -> list[CaptureRecord]:
    """The captures in a WARC file by the index beside it; none where there is no index."""
    index = cdxj_path(Path(name)).name
    if index not in there:
        return []
    with stored.open(index) as file:
        return list(records_in(file.read().decode().splitlines(), Path(index)))


def _read(
    tasks: Iterable[Task], reading: _Reading, processes: int | None, aside: Path
) -> Iterator[tuple[str, Path | None]]:
    """Each WARC file, and where the rows of its records are; no path for one without a record to read.

    What was done before is not done again.
    """
    others: deque[tuple[str, Path | None]] = deque()

    def to_do() -> Iterator[Task]:
        for task in tasks:
            if len(task.records) and not (aside / task.result).exists():
                yield task
            else:
                others.append((task.warc, aside / task.result if len(task.records) else None))

    for done in chain(reading(to_do(), processes, aside), [None]):
        while others:
            yield others.popleft()
        if done is not None:
            yield done.warc, aside / done.result


def _on_nodes(work: str | None, tasks: Iterable[Task], processes: int | None, aside: Path) -> Iterator[Written]:
    """``read_files`` on the nodes of a cluster: the rows of each file are fetched from where a node has put them."""
    place = Place(work or str(aside))
    for written, name in run_on_nodes(read_file, tasks, place, processes, code=extractor_code):
        place.fetch(name, aside / written.result)
        place.delete(name)
        yield written


def _texts_of(paths: Iterable[Path]) -> Iterator[Row]:
    """The text of each row in these files, with its key and its judgement."""
    for path in paths:
        for batch in PartFile(path, _ABOUT_TEXTS).batches(_ROWS):
            yield from batch.to_pylist()


def _other_than(warcs: Sequence[str], lost: Sequence[str]) -> Keep:
    """The rows of other WARC files than these, and those whose documents are ``lost``: a file's name and an offset."""
    warc, offset = map(pc.field, _PLACE)
    at = pc.binary_join_element_wise(warc, offset.cast(pa.string()), " ")
    is_other = ~warc.isin(pa.array(warcs, pa.string())) | at.isin(pa.array(lost, pa.string()))
    return Keep(_PLACE, warc.is_null() | is_other)
