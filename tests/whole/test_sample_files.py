"""The files of a crawl of the sample archive: their schemas, their order, and the bytes that their rows lead to."""

from __future__ import annotations

import hashlib
import io
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

from pipelines import schema
from pipelines.page.content_coding import unpack
from tests.support.processes import WARCS, Run, digits, tables_of

pytestmark = pytest.mark.slow


def as_in_parquet(columns: pa.Schema) -> pa.Schema:
    """Parquet has no unit of a second: whole seconds are kept as milliseconds."""
    file = io.BytesIO()
    pq.write_table(columns.empty_table(), file)
    return pq.read_schema(file)


def test_the_files_have_the_schemas_of_the_contract(undisturbed: Run) -> None:
    for folder, columns in (
        ("policies", schema.POLICIES), ("captures", schema.CAPTURES), ("domains", schema.DOMAINS),
        ("crawls", schema.CRAWLS),
    ):  # fmt: skip
        files = list((undisturbed.data_dir / folder).rglob("*.parquet"))
        assert files
        for path in files:
            assert pq.read_schema(path).equals(as_in_parquet(columns), check_metadata=False)


def test_each_part_is_sorted_by_domain_and_time(undisturbed: Run) -> None:
    for folder in ("policies", "captures"):
        for table in tables_of(undisturbed.data_dir / folder).values():
            keys = [(row["domain"], digits(row["captured_at"])) for row in table.to_pylist()]
            assert keys == sorted(keys)


def test_no_row_stands_twice(undisturbed: Run) -> None:
    keys = Counter((row["domain"], row["captured_at"], row["policy_url"]) for row in undisturbed.policies)
    assert max(keys.values()) == 1
    keys = Counter((row["domain"], row["captured_at"], row["policy_url"]) for row in undisturbed.captures)
    assert max(keys.values()) == 1


def test_stored_captures_and_policies_are_the_same(undisturbed: Run) -> None:
    stored = {(row["domain"], row["captured_at"]) for row in undisturbed.captures if row["outcome"] == "stored"}
    assert stored == {(row["domain"], row["captured_at"]) for row in undisturbed.policies}


def test_nothing_is_left_beside_the_dataset(undisturbed: Run) -> None:
    for folder in ("policies", "captures"):
        assert {path.suffix for path in (undisturbed.data_dir / folder).rglob("*") if path.is_file()} == {".parquet"}


def test_a_row_leads_to_its_raw_bytes(undisturbed: Run) -> None:
    for row in undisturbed.policies:
        with (undisturbed.data_dir / "warc" / row["warc_file"]).open("rb") as file:
            file.seek(row["warc_offset"])
            record = next(iter(ArchiveIterator(file)))
            assert record.rec_type == "response"
            assert record.rec_headers["WARC-Target-URI"] == row["policy_url"]
            assert record.rec_headers["WARC-Date"] == f"{row['captured_at']:%Y-%m-%dT%H:%M:%SZ}"
            assert record.http_headers.get_statuscode() == "200"
            encoding = record.http_headers.get_header("Content-Encoding")
            body = record.raw_stream.read()
        assert hashlib.sha256(unpack(body, encoding).body).hexdigest() == row["raw_sha256"]


def test_the_raw_bytes_are_those_of_the_archive(undisturbed: Run) -> None:
    archived = {}
    for path in WARCS:
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                key = record.rec_headers["WARC-Target-URI"], record.rec_headers["WARC-Date"]
                archived[key] = record.raw_stream.read()
    kept = 0
    for path in (undisturbed.data_dir / "warc").glob("*.warc.gz"):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "response":
                    key = record.rec_headers["WARC-Target-URI"], record.rec_headers["WARC-Date"]
                    assert record.raw_stream.read() == archived[key]
                    kept += 1
    assert kept >= len(undisturbed.policies)
