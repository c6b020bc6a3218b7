"""One WARC file of a re-extraction: records in, rows with new texts out. Nothing else is needed, and nothing shared.

So it makes no difference where a file is read: by the processes of this machine, or by a node of a Ray cluster, which
reaches the file by its URL and puts the rows at another.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.metadata import version
from itertools import chain, groupby
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.batched import batched
from pipelines.dataset.part_writer import PARTS, new_part
from pipelines.dataset.places import Place
from pipelines.dataset.rows import policy_table
from pipelines.dataset.warc_reading import Exchange, sound_exchange
from pipelines.document import Document
from pipelines.extraction import EXTRACTOR, extract
from pipelines.header_fields import header
from pipelines.outcomes import Kind
from pipelines.processes.isolated import isolated
from pipelines.processes.nodes import code_of_package
from pipelines.processes.worker_pool import WorkerFailed
from pipelines.schema import POLICIES
from pipelines.timestamps import digits

#: The columns that a document has a say in.
READ_AGAIN = (
    "title", "text", "markdown", "language", "language_score", "kind", "policy_score", "effective_date",
    "words", "text_sha256", "raw_sha256", "charset", "extractor", "reading",
)  # fmt: skip
#: What is known of a record: a row without its texts (of a capture without a row: what is known of it), and how many
#: bytes the record takes in the file, at most.
RECORDS = pa.schema(
    [column.with_nullable(True) for column in POLICIES if column.name not in ("text", "markdown")]
    + [pa.field("length", pa.int64())]
)
#: Small row groups, since a file of each WARC file is read at once when they are merged.
_ASIDE = replace(PARTS, group_rows=100, group_bytes=4 << 20)
_NOTE = "reextracted"
#: Records that are read from the file ahead of their extraction, and by how many threads: object storage answers
#: slowly, and many at once.
_AHEAD, _THREADS = 64, 16
_AHEAD_BYTES = 16 << 20
#: Rows that are taken and written at once.
_ROWS = 100

Row = dict[str, Any]


class Record(NamedTuple):
    """A record on its way to a worker."""

    row: Row
    """What is known of its row."""
    data: bytes
    """The record as it is in the file; more may follow."""


Read = Callable[[Record], Row | None]
"""Gives a record's row with its text, in a worker; ``None`` for a record that can't be read."""


@dataclass(frozen=True, slots=True)
class Task:
    """A WARC file and what to read of it."""

    warcs: str
    """URL of the folder with the file."""
    warc: str
    records: pa.Table
    """Rows of ``RECORDS``."""
    read: Read
    result: str
    """The name of the file with its rows."""

    def __str__(self) -> str:
        return self.warc


@dataclass(slots=True)
class Done:
    """What was done with one WARC file."""

    documents: int = 0
    changed: int = 0
    """Rows whose text has another hash than before."""
    lost: list[tuple[int, str]] = field(default_factory=list)
    """Documents that stay as they were: the offset of each one's record, and a sentence that names it."""


def read_again(record: Record) -> Row | None:
    """A row of ``policies`` with the text that today's extractor takes from its record."""
    exchange = sound_exchange(record.data)
    if exchange is None:
        return None
    document = document_of(exchange, record.row)
    about = {name: getattr(document, name) for name in READ_AGAIN}
    is_primary = record.row["primary"] and document.kind == Kind.PRIVACY_POLICY
    return {**record.row, **about, "primary": is_primary}


def document_of(exchange: Exchange, row: Row) -> Document:
    """The document of a capture, whose row has its URL and its time."""
    return extract(
        exchange.body,
        url=row["policy_url"],
        content_type=header(exchange.headers, "Content-Type"),
        content_encoding=header(exchange.headers, "Content-Encoding"),
        captured=row["captured_at"].date(),
    )


class Written(NamedTuple):
    """A task that is done: its WARC file, and the name of the file with its rows."""

    warc: str
    result: str


def read_files(tasks: Iterable[Task], processes: int | None, folder: Path) -> Iterator[Written]:
    """Writes the rows of each WARC file to a file in ``folder``, which appears whole or not at all.

    Some ``processes`` of this machine read one file after another. Raises ``OSError`` if a WARC file can't be read.
    """
    opened: dict[str, Task] = {}

    def records() -> Iterator[tuple[Read, Record]]:
        for task in tasks:
            opened[task.warc] = task
            for record in _records(task):
                yield task.read, record

    results = isolated(_apply, records(), processes, size=_size)
    for warc, found in groupby(results, key=lambda pair: pair[0][1].row["warc_file"]):
        task = opened.pop(warc)
        _write(folder / task.result, ((record, row) for (_, record), row in found))
        yield Written(warc, task.result)


def read_file(task: Task, folder: Path) -> Written:
    """As ``read_files`` for one file, on a node of a cluster."""
    (written,) = read_files([task], 1, folder)
    return written


def done_with(path: Path) -> Done:
    """What was done with the WARC file whose rows are there."""
    noted = json.loads(pq.read_metadata(path).metadata[_NOTE.encode()])
    return Done(noted["documents"], noted["changed"], [(offset, told) for offset, told in noted["lost"]])


def _records(task: Task) -> Iterator[Record]:
    """The records of a task, with their bytes."""
    with Place(task.warcs).open(task.warc) as file, ThreadPoolExecutor(_THREADS) as threads:
        coming: deque[tuple[Row, Future[bytes]]] = deque()
        ahead = 0
        for row in chain(_rows(task.records), [None]):
            if row is not None:
                coming.append((row, threads.submit(file.read_at, row["length"], row["warc_offset"])))
                ahead += row["length"]
            while coming and (row is None or len(coming) > _AHEAD or ahead > _AHEAD_BYTES):
                first, data = coming.popleft()
                ahead -= first.pop("length")
                yield Record(first, data.result())


def _rows(records: pa.Table) -> Iterator[Row]:
    for piece in records.to_batches(max_chunksize=_ROWS):
        yield from piece.to_pylist()


def _apply(work: tuple[Read, Record]) -> Row | None:
    read, record = work
    return read(record)


def _size(work: tuple[Read, Record]) -> int:
    return len(work[1].data)


def _write(path: Path, results: Iterable[tuple[Record, Row | WorkerFailed | None]]) -> None:
    done = Done()
    with new_part(path, POLICIES, _ASIDE) as part:
        for some in batched(results, _ROWS):
            rows = []
            for record, row in some:
                if isinstance(row, dict):
                    before = record.row["text_sha256"]
                    done.changed += before is not None and row["text_sha256"] != before
                    rows.append(row)
                else:
                    told = _told(record.row, row or "its record is damaged or missing")
                    done.lost.append((record.row["warc_offset"], told))
            done.documents += len(some)
            part.write(policy_table(rows))
        part.note({_NOTE: json.dumps(asdict(done))})


def _told(row: Row, why: object) -> str:
    """Names a document, and says why it was not read."""
    return f"{row['domain']} {row['policy_url']} of {digits(row['captured_at'])} ({row['warc_file']}): {why}"


@cache
def extractor_code() -> str:
    """Names the code that reads pages: another name when the extractor changes."""
    return f"{EXTRACTOR}, pyarrow {version('pyarrow')} {code_of_package()}"
