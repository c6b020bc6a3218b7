"""What ``overrides.toml`` names leaves rows and WARC files, and whatever stays can still be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipelines.dataset import parts
from pipelines.dataset.digests import sha1_base32
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.warc import WarcFiles
from pipelines.dataset.warc_reading import DOMAIN_FIELD, read_exchange, sound_captures
from pipelines.dataset.withdrawal import Withdrawn, take_out
from tests.support.data_dirs import add_part, remove
from tests.support.deaths import is_killed
from tests.support.processes import rows_of
from tests.support.rows import Row, row
from tests.support.snapshots import snapshot
from tests.support.warc import Record

A, B, C = "http://a.test/privacy", "http://b.test/privacy", "http://www.c.test/x"


class Kept(NamedTuple):
    """A record: of a response, or of a revisit that refers to another one's URL and timestamp."""

    domain: str | None
    url: str
    timestamp: str
    body: str
    refers_to: tuple[str, str] | None = None


def write_warc(data_dir: Path, name: str, records: list[Kept]) -> list[int]:
    """Writes a WARC file as a crawl does; returns the offsets of its records."""
    path = data_dir / "warc" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    offsets = []
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        writer.write_record(writer.create_warcinfo_record(name, {"software": "tests"}))
        for record in records:
            offsets.append(file.tell())
            http = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            fields = {"WARC-Date": Record(record.timestamp, "").date}
            if record.domain:
                fields[DOMAIN_FIELD] = record.domain
            if record.refers_to:
                url, timestamp = record.refers_to
                digest = f"sha1:{sha1_base32([record.body.encode()])}"
                made = writer.create_revisit_record(record.url, digest, url, Record(timestamp, "").date, http, fields)
            else:
                payload = BytesIO(record.body.encode())
                made = writer.create_warc_record(
                    record.url, "response", payload=payload, http_headers=http, warc_headers_dict=fields
                )
            writer.write_record(made)
    return offsets


def of_warc(domain: str, url: str, timestamp: str, text: str, file: str, offset: int) -> Row:
    return row(domain, timestamp, text, policy_url=url, warc_file=file, warc_offset=offset)


def carry_out(data_dir: Path) -> tuple[Withdrawn, Mapping[str, int]]:
    registered: dict[str, int] = {}
    with DataDirLock(data_dir):
        done = take_out(data_dir, read_overrides(data_dir).remove, registered.update)
    return done, registered


def bodies(data_dir: Path) -> dict[str, str]:
    """What each row's record says, by ``domain timestamp``."""
    found = {}
    for each in rows_of(data_dir / "policies"):
        exchange = read_exchange(data_dir / "warc" / each["warc_file"], each["warc_offset"], None)
        assert exchange is not None
        found[f"{each['domain']} {each['captured_at']:%Y}"] = exchange.body.decode()
    return found


def records(data_dir: Path) -> list[tuple[str, str]]:
    return [
        (record.url, record.timestamp[:4])
        for path in sorted((data_dir / "warc").glob("*.warc.gz"))
        for record in sound_captures(path)
    ]


def on_disk(data_dir: Path) -> bytes:
    """All bytes of a DATA_DIR but of ``overrides.toml``, unpacked where they are of WARC files."""
    found = []
    for path in data_dir.rglob("*"):
        if path.suffix == ".gz":
            with path.open("rb") as file:
                found += [record.content_stream().read() for record in ArchiveIterator(file)]
        elif path.is_file() and path.name != "overrides.toml":
            found.append(path.read_bytes())
    return b"\n".join(found)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Two WARC files of a crawl and one of version 0.1.0, and the rows of most records."""
    first = write_warc(
        tmp_path,
        "x-00000.warc.gz",
        [
            Kept("a.test", A, "20010101000000", "text of a"),
            Kept("b.test", B, "20010101000000", "text of b"),
            Kept("b.test", C, "20020101000000", "text of c"),
            Kept("a.test", "http://other.test/a", "20030101000000", "a page of a elsewhere, of which there is no row"),
        ],
    )
    second = write_warc(
        tmp_path,
        "x-00001.warc.gz",
        [
            Kept("b.test", B, "20030101000000", "text of b", (B, "20010101000000")),
            Kept("b.test", B, "20040101000000", "text of b", (B, "20010101000000")),
            Kept("c.test", C, "20050101000000", "newer text of c"),
        ],
    )
    old = write_warc(
        tmp_path, "old-00000.warc.gz", [Kept(None, "http://host.test/1", "20060101000000", "old text of a")]
    )
    x, y, z = "x-00000.warc.gz", "x-00001.warc.gz", "old-00000.warc.gz"
    add_part(
        tmp_path,
        [
            of_warc("a.test", A, "20010101000000", "text of a", x, first[0]),
            of_warc("b.test", B, "20010101000000", "text of b", x, first[1]),
            of_warc("b.test", C, "20020101000000", "text of c", x, first[2]),
            of_warc("b.test", B, "20030101000000", "text of b", x, first[1]),
            of_warc("b.test", B, "20040101000000", "text of b", x, first[1]),
        ],
    )
    add_part(tmp_path, [of_warc("c.test", C, "20050101000000", "newer text of c", y, second[2])], "second")
    add_part(tmp_path, [of_warc("a.test", "http://host.test/1", "20060101000000", "old text of a", z, old[0])], "third")
    return tmp_path


def test_a_domain_leaves_rows_and_warc_files(data_dir: Path) -> None:
    (data_dir / "reextract").mkdir()
    (data_dir / "reextract" / "half.parquet").write_text("text of a")
    remove(data_dir, domain="a.test")
    done, registered = carry_out(data_dir)
    assert (done.rows, done.records) == (2, 3)
    texts = {"b.test 2001": "text of b", "b.test 2002": "text of c", "c.test 2005": "newer text of c"}
    assert bodies(data_dir) == texts | {"b.test 2003": "text of b", "b.test 2004": "text of b"}
    assert b"text of a" not in on_disk(data_dir) and b"page of a" not in on_disk(data_dir)
    names = {path.name: path.stat().st_size for path in (data_dir / "warc").glob("*.gz")}
    assert names.keys() == {"x-00000-r1.warc.gz", "x-00001.warc.gz", "old-00000-r1.warc.gz"}
    assert registered == {name: size for name, size in names.items() if "-r" in name}
    index = (data_dir / "warc" / "x-00000-r1.cdxj").read_text()
    assert '"filename": "x-00000-r1.warc.gz"' in index and "text of a" not in index and "test,a)" not in index


def test_what_a_killed_run_left_goes_too(data_dir: Path) -> None:
    remove(data_dir, domain="a.test")
    for name in (".x-00000-r1.warc.gz.tmp-77", ".x-00000.cdxj.tmp-77"):
        (data_dir / "warc" / name).write_text("http://a.test/privacy")
    carry_out(data_dir)
    assert list((data_dir / "warc").glob(".*")) == []


def test_a_part_file_without_anything_to_change_stays_the_same_file(data_dir: Path) -> None:
    second = (policies_folder(data_dir) / "second.parquet").stat().st_ino
    remove(data_dir, domain="a.test")
    carry_out(data_dir)
    assert second in {path.stat().st_ino for path in part_files(policies_folder(data_dir))}


def test_a_removed_host_takes_its_captures_from_other_domains_too(data_dir: Path) -> None:
    remove(data_dir, domain="c.test")
    carry_out(data_dir)
    assert sorted(bodies(data_dir)) == ["a.test 2001", "a.test 2006", "b.test 2001", "b.test 2003", "b.test 2004"]
    assert b"text of c" not in on_disk(data_dir)


def test_bytes_that_another_capture_has_too_go_to_that_one(data_dir: Path) -> None:
    remove(data_dir, url=B, captured_at="20010101000000")
    carry_out(data_dir)
    assert bodies(data_dir)["b.test 2003"] == bodies(data_dir)["b.test 2004"] == "text of b"
    assert (B, "2001") not in records(data_dir) and "b.test 2001" not in bodies(data_dir)
    second = data_dir / "warc" / "x-00001-r1.warc.gz"
    with second.open("rb") as file:
        made = [record for record in ArchiveIterator(file, check_digests="raise") if record.rec_type != "warcinfo"]
        assert [record.rec_type for record in made] == ["response", "revisit", "response"]
        assert made[1].rec_headers.get_header("WARC-Refers-To-Date") == "2003-01-01T00:00:00Z"
        assert made[0].rec_headers.get_header(DOMAIN_FIELD) == "b.test"
    remove(data_dir, url=B, captured_at="20030101000000")
    carry_out(data_dir)
    assert bodies(data_dir)["b.test 2004"] == "text of b"
    remove(data_dir, url=B)
    carry_out(data_dir)
    assert b"text of b" not in on_disk(data_dir)
    assert {"a.test 2001", "b.test 2002", "c.test 2005"} < bodies(data_dir).keys()


def test_bytes_that_came_again_in_a_crawl_outlive_their_first_record(tmp_path: Path) -> None:
    warcs = WarcFiles(tmp_path / "warc", "x", user_agent="tests")
    shots = [snapshot(captured_at=datetime(year, 1, 1, tzinfo=UTC), body=b"the same") for year in (2001, 2002, 2003)]
    places = [warcs.write(shot) for shot in shots]
    warcs.close()
    url = shots[0].policy_url
    rows = [
        of_warc("example.com", url, f"{shot.captured_at:%Y%m%d}000000", "", place.file, place.offset)
        for shot, place in zip(shots, places, strict=True)
    ]
    add_part(tmp_path, rows)
    remove(tmp_path, url=url, captured_at="20010101000000")
    carry_out(tmp_path)
    assert bodies(tmp_path) == {"example.com 2002": "the same", "example.com 2003": "the same"}
    assert records(tmp_path) == [(url, "2002"), (url, "2003")]


def test_nothing_may_be_left(data_dir: Path) -> None:
    for domain in ("a.test", "b.test", "c.test"):
        remove(data_dir, domain=domain)
    carry_out(data_dir)
    assert rows_of(data_dir / "policies") == [] and records(data_dir) == []
    assert carry_out(data_dir) == (Withdrawn(0, 0), {})
    parts.settle(data_dir)


def test_what_is_not_named_is_not_touched(data_dir: Path) -> None:
    before = {path: path.stat().st_ino for path in data_dir.rglob("*.*") if path.suffix in (".gz", ".parquet")}
    remove(data_dir, domain="nosuch.test")
    assert carry_out(data_dir) == (Withdrawn(0, 0), {})
    assert {path: path.stat().st_ino for path in data_dir.rglob("*.*") if path.suffix in (".gz", ".parquet")} == before


def test_a_dataset_without_a_ledger_is_taken_care_of_too(data_dir: Path) -> None:
    (data_dir / "crawl.sqlite").unlink()
    remove(data_dir, domain="a.test")
    carry_out(data_dir)
    assert len(rows_of(data_dir / "policies")) == 5 and b"text of a" not in on_disk(data_dir)


#: The last one comes after the last change.
DEATHS = range(1, 36)


@pytest.mark.parametrize("death", DEATHS)
def test_killed_at_any_change_on_disk_it_ends_the_same_when_it_is_run_again(data_dir: Path, death: int) -> None:
    remove(data_dir, url=B, captured_at="20010101000000")
    remove(data_dir, domain="a.test")
    killed = is_killed(lambda: carry_out(data_dir), death)
    assert not killed or death != DEATHS[-1], "each change was tried"
    for each in rows_of(data_dir / "policies"):
        assert (data_dir / "warc" / each["warc_file"]).exists(), "every row's bytes are there"
    assert len(bodies(data_dir)) in (4, 7)
    carry_out(data_dir)
    texts = {"b.test 2002": "text of c", "b.test 2003": "text of b", "b.test 2004": "text of b"}
    assert bodies(data_dir) == texts | {"c.test 2005": "newer text of c"}
    assert b"text of a" not in on_disk(data_dir)
    assert sorted(records(data_dir)) == [(B, "2003"), (B, "2004"), (C, "2002"), (C, "2005")]
