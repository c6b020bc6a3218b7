"""A DATA_DIR with WARC files, whose texts are to be read again."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipelines.dataset.cdxj import write_missing
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.reading import part_files
from pipelines.tools.reextraction import NoJudge, Reextracted, reextract
from pipelines.tools.warc_task import Record
from tests.support.data_dirs import add_part
from tests.support.rows import Row, row

SENTENCES = " ".join(f"We collect your data for purpose {n}, for {n} days." for n in range(30))


def page(words: str) -> bytes:
    paragraphs = "".join(f"<p>{words} {n}. {SENTENCES}</p>" for n in range(3))
    head = "<head><title>Privacy Policy</title></head>"
    return f"<html>{head}<body><h1>Privacy</h1>{paragraphs}</body></html>".encode()


def warc_of(data_dir: Path, name: str, rows: list[Row], bodies: list[bytes]) -> list[Row]:
    """Writes the captures of ``rows`` into a WARC file; returns the rows with their places."""
    path = data_dir / "warc" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    placed = []
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for each, body in zip(rows, bodies, strict=True):
            placed.append({**each, "warc_file": name, "warc_offset": file.tell()})
            append(writer, each, body)
    return placed


def append(writer: WARCWriter, captured: Row, body: bytes) -> None:
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(
            captured["policy_url"],
            "response",
            payload=BytesIO(body),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": f"{captured['captured_at']:%Y-%m-%dT%H:%M:%SZ}"},
        )
    )


def read_rows(data_dir: Path) -> list[Row]:
    return [each for path in part_files(data_dir / "policies") for each in pq.read_table(path).to_pylist()]


def reextracted(data_dir: Path, **options: object) -> Reextracted:
    with DataDirLock(data_dir):
        return reextract(data_dir, **options)


def many_files(root: Path) -> Path:
    """Eight WARC files, whose captures are of the same few domains."""
    for number in range(8):
        rows = [row(f"d{number % 2}{n}.test", f"20{number:02}0101", "old", extractor="old 0") for n in range(3)]
        bodies = [page(f"Version {number} {n}") for n in range(3)]
        add_part(root, warc_of(root, f"{number}.warc.gz", rows, bodies), f"{number}")
    write_missing(root / "warc")
    return root


class NewTexts(NoJudge):
    """Reads no page."""

    @staticmethod
    def read(record: Record) -> Row:
        return {**record.row, "text": f"new {record.row['captured_at']}", "markdown": ""}
