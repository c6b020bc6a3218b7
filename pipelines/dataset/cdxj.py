"""An index beside each WARC file (``x.cdxj`` beside ``x.warc.gz``), as pywb and other tools of web archives read it.

Each line is a capture: its SURT key, its timestamp, and a JSON object. Lines are sorted by their bytes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipelines.dataset.errors import DamagedFileError
from pipelines.dataset.part_writer import whole_file
from pipelines.dataset.warc_reading import UNREADABLE, CaptureRecord, sound_captures, warc_files
from pipelines.surt import key_of

logger = logging.getLogger(__name__)


def cdxj_path(warc: Path) -> Path:
    """Where the index of a WARC file stands."""
    return warc.with_name(warc.name.removesuffix(".gz").removesuffix(".warc") + ".cdxj")


def write_cdxj(warc: Path) -> None:
    """Writes the index of a WARC file, which appears whole or not at all. Damaged records are left out.

    Raises ``OSError``, and ``NotWarcError`` for a file that is no WARC.
    """
    lines = cdxj_lines(sound_captures(warc), warc.name)
    with whole_file(cdxj_path(warc)) as file:
        file.writelines(line.encode() for line in lines)


def write_missing(folder: Path) -> None:
    """Writes the indexes that a crash left unwritten. What can't be read is logged."""
    for warc in warc_files(folder):
        if not cdxj_path(warc).exists():
            try:
                write_cdxj(warc)
            except UNREADABLE as problem:
                logger.warning("%s has no index beside it: %s", warc, problem)


def records_of(warc: Path) -> Iterator[CaptureRecord]:
    """The captures in a WARC file, from the index beside it, or where there is none yet from the file itself.

    Raises ``DatasetError`` for an index with a line that tells of no capture.
    """
    path = cdxj_path(warc)
    if not path.exists():
        yield from sound_captures(warc)
        return
    with path.open(encoding="utf-8") as lines:
        yield from records_in(lines, path)


def records_in(lines: Iterable[str], path: Path) -> Iterator[CaptureRecord]:
    """The captures that the lines of the index ``path`` tell of. Raises ``DatasetError`` for a line that is none."""
    for line in lines:
        try:
            yield _record(line)
        except (ValueError, KeyError, TypeError) as problem:
            raise DamagedFileError(path, "a line of it is no capture") from problem


def cdxj_lines(records: Iterable[CaptureRecord], file_name: str) -> list[str]:
    """The lines of an index, sorted."""
    return sorted(_line(record, file_name) for record in records)


def _record(line: str) -> CaptureRecord:
    _, timestamp, text = line.split(" ", 2)
    fields = json.loads(text)
    return CaptureRecord(
        url=fields["url"],
        timestamp=timestamp,
        mimetype=fields["mime"],
        status=int(fields["status"]) if "status" in fields else None,
        digest=fields["digest"],
        offset=int(fields["offset"]),
        length=int(fields["length"]),
        domain=fields.get("domain"),
    )


def _line(record: CaptureRecord, file_name: str) -> str:
    status = {} if record.status is None else {"status": str(record.status)}
    fields = {
        "url": record.url,
        "mime": record.mimetype,
        **status,
        "digest": record.digest,
        "length": str(record.length),
        "offset": str(record.offset),
        "filename": file_name,
    }
    if record.domain is not None:
        fields["domain"] = record.domain
    key = key_of(record.url).replace(" ", "%20")
    return f"{key} {record.timestamp} {json.dumps(fields)}\n"
