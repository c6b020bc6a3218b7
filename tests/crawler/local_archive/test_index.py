"""Reading WARC files into an index, and back to their bytes."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.archives.cdx import Capture
from crawler.local_archive.index import Entry, Index, load
from pipelines.dataset.warc_reading import NotWarcError
from tests.support.warc import OLD, RECORDS, Record, write_warc


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return load([write_warc(tmp_path_factory.mktemp("warc") / "shop.warc.gz", RECORDS)])


def body(index: Index, entry: Entry) -> bytes:
    exchange = index.exchange(entry)
    assert exchange is not None
    return exchange.body


def test_a_capture_says_what_the_record_says(index: Index) -> None:
    entry = index.of_url("example,shop)/privacy")[0]
    assert entry.capture == Capture(
        urlkey="example,shop)/privacy",
        timestamp="20010101000000",
        original="http://www.shop.example:80/privacy",
        mimetype="text/html",
        status=200,
        digest=RECORDS[1].digest,
        length=entry.capture.length,
    )
    assert body(index, entry) == OLD


def test_a_revisit_has_no_status_and_the_digest_of_its_body(index: Index) -> None:
    capture = index.of_url("example,shop)/privacy")[-1].capture
    assert (capture.mimetype, capture.status, capture.digest) == ("warc/revisit", None, RECORDS[3].digest)


def test_a_missing_content_type_is_unk(index: Index) -> None:
    assert index.of_url("example,shop,help)/")[0].capture.mimetype == "unk"


def test_plain_and_gzipped_files_give_the_same_captures(tmp_path: Path, index: Index) -> None:
    plain = load([write_warc(tmp_path / "shop.warc", RECORDS, zipped=False)])
    assert [replace(entry.capture, length=None) for entry in plain.entries] == [
        replace(entry.capture, length=None) for entry in index.entries
    ]
    entry = plain.of_url("example,shop)/privacy")[0]
    assert body(plain, entry) == OLD


def test_a_digest_that_the_record_does_not_state_is_computed(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "bare.warc", RECORDS[1:2], zipped=False)
    stated = b"WARC-Payload-Digest: sha1:" + RECORDS[1].digest.encode() + b"\r\n"
    data = path.read_bytes()
    assert stated in data
    path.write_bytes(data.replace(stated, b""))
    assert load([path]).entries[0].capture.digest == RECORDS[1].digest


def test_a_chunked_body_is_put_together(tmp_path: Path) -> None:
    chunked = Record(
        "20100101000000", "http://a.example/", b"4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n",
        headers=(("Transfer-Encoding", "chunked"),),
    )  # fmt: skip
    index = load([write_warc(tmp_path / "chunked.warc.gz", [chunked])])
    assert body(index, index.entries[0]) == b"Wikipedia"


@pytest.mark.parametrize("zipped", [True, False], ids=["gzip", "plain"])
def test_a_damaged_record_is_counted_and_the_ones_after_it_are_read(tmp_path: Path, zipped: bool) -> None:
    path = write_warc(tmp_path / "torn.warc", RECORDS, zipped=zipped)
    whole = load([path])
    entry = whole.of_url("example,shop)/privacy")[1]
    data = bytearray(path.read_bytes())
    # In gzip any byte breaks the member; in a plain file a record is broken by what it says of itself.
    at = entry.offset + 40 if zipped else data.index(b"WARC/1.0", entry.offset)
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    torn = load([path])
    assert torn.damaged >= 1
    kept = {entry.capture for entry in torn.entries}
    lost = {entry.capture for entry in whole.entries} - kept
    assert {capture.timestamp for capture in lost} == {entry.capture.timestamp}


@pytest.mark.parametrize("left", [5, 20, 60, 250])
def test_a_file_cut_off_keeps_what_stands_before_the_cut(tmp_path: Path, left: int) -> None:
    path = write_warc(tmp_path / "cut.warc.gz", RECORDS)
    last = load([path])
    end = max(entry.offset for entry in last.entries)
    path.write_bytes(path.read_bytes()[: end + left])
    cut = load([path])
    assert (len(cut.entries), cut.damaged) == (len(RECORDS) - 1, 1)


@pytest.mark.parametrize("data", [b"hello, world", b"\x1f\x8b\x08 not gzip at all", gzip.compress(b"hello")])
def test_a_file_that_is_no_warc_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "not.warc.gz"
    path.write_bytes(data)
    with pytest.raises(NotWarcError, match=r"not\.warc\.gz is not a WARC file"):
        load([path])


def test_rubbish_between_two_records_is_skipped(tmp_path: Path) -> None:
    first, second = (write_warc(tmp_path / name, RECORDS).read_bytes() for name in ("1.warc.gz", "2.warc.gz"))
    path = tmp_path / "both.warc.gz"
    path.write_bytes(first + b"rubbish" * 9 + second)
    both = load([path])
    assert (len(both.entries), both.damaged) == (2 * len(RECORDS), 1)


def test_a_record_without_a_date_is_damaged(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "undated.warc", RECORDS[:2], zipped=False)
    path.write_bytes(path.read_bytes().replace(b"2000-01-01T00:00:00Z", b"the year of the cat!"))
    undated = load([path])
    assert (len(undated.entries), undated.damaged) == (1, 1)


def test_an_empty_file_is_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "empty.warc.gz").touch()
    assert load([tmp_path / "empty.warc.gz"]).entries == []


def test_a_folder_stands_for_the_warc_files_in_it(tmp_path: Path) -> None:
    write_warc(tmp_path / "a.warc.gz", RECORDS[:2])
    write_warc(tmp_path / "b.warc", RECORDS[2:], zipped=False)
    (tmp_path / "a.cdxj").touch()
    assert len(load([tmp_path]).entries) == len(RECORDS)


def test_a_folder_without_warc_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotWarcError, match="has no WARC files"):
        load([tmp_path])


def test_a_revisit_has_its_own_headers_and_the_body_it_repeats(tmp_path: Path) -> None:
    first = Record("20100101000000", "http://a.example/", OLD)
    again = Record("20110101000000", "http://a.example/", OLD, headers=(("X-Seen", "again"),), revisit=True)
    index = load([write_warc(tmp_path / "revisit.warc.gz", [first, again])])
    exchange = index.exchange(index.entries[1])
    assert exchange is not None
    assert (exchange.headers, exchange.body) == ([("X-Seen", "again")], OLD)


def test_a_revisit_without_what_it_repeats_has_no_response(tmp_path: Path) -> None:
    index = load([write_warc(tmp_path / "alone.warc.gz", [RECORDS[4]])])
    assert index.exchange(index.entries[0]) is None
