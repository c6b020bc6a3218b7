"""A domain as WACZ: its records and no others, each member with its digest."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipelines.dataset.cdxj import cdxj_path
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.warc import WarcFiles
from pipelines.document import Snapshot
from pipelines.tools import wacz
from pipelines.tools.wacz import Written, write_wacz
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part, remove
from tests.support.rows import Row, policy
from tests.support.snapshots import snapshot
from tests.support.warc import Record, write_warc

OURS, OTHER = "plimus.com", "example.com"
SOFTWARE = "wayback-policies 0.1.0"


def shot(year: int, path: str, body: bytes, **other: Any) -> Snapshot:
    given = {"domain": OURS, "policy_url": f"https://{OURS}/{path}", "body": body}
    return snapshot(captured_at=datetime(year, 1, 1, tzinfo=UTC), **given | other)


#: In two files: a homepage, a redirect to another host, two policies with the same bytes, and others' captures.
CRAWLS = {
    "a": [
        shot(2001, "", b"<a href=/privacy>Privacy</a>"),
        shot(2001, "privacy", b"the policy"),
        shot(2001, "privacy", b"another's", domain=OTHER, policy_url=f"https://{OTHER}/privacy"),
    ],
    "b": [
        shot(2002, "privacy", b"", http_status=301, headers=(("Location", "https://globex.example/legal"),)),
        shot(2002, "", b"the policy too", policy_url="https://globex.example/legal"),
        shot(2003, "", b"the policy too", policy_url="https://globex.example/legal"),
        shot(2003, "privacy", b"another's", domain=OTHER, policy_url=f"https://{OTHER}/privacy"),
    ],
}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A DATA_DIR of two crawls; the second one was killed before its file got an index."""
    rows: list[Row] = []
    for crawl, shots in CRAWLS.items():
        warcs = WarcFiles(tmp_path / "data" / "warc", crawl, user_agent=SOFTWARE)
        for one in shots:
            place = warcs.write(one)
            if b"policy" in one.body:
                about = {"warc_file": place.file, "warc_offset": place.offset, "policy_url": one.policy_url}
                rows.append(policy(one.domain, f"{one.captured_at:%Y-%m-%d}", "We collect.", **about))
        warcs.close()
    cdxj_path(tmp_path / "data" / "warc" / "b-00000.warc.gz").unlink()
    add_part(tmp_path / "data", rows)
    return tmp_path / "data"


@pytest.fixture
def written(data_dir: Path) -> Path:
    path = data_dir.parent / "out" / f"{OURS}.wacz"
    assert write_wacz(data_dir, OURS, path, software=SOFTWARE) == Written(records=5, pages=3)
    return path


def lines(data: bytes) -> list[list[Any]]:
    """Key, timestamp and fields of each line of an index."""
    split = (line.split(" ", 2) for line in data.decode().splitlines())
    return [[key, timestamp, json.loads(fields)] for key, timestamp, fields in split]


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_each_member_has_its_digest_and_the_list_has_its_own(written: Path) -> None:
    with ZipFile(written) as file:
        package = json.loads(file.read("datapackage.json"))
        assert (package["profile"], package["wacz_version"]) == ("data-package", "1.1.1")
        assert package["software"] == SOFTWARE
        for resource in package["resources"]:
            data = file.read(resource["path"])
            assert (resource["hash"], resource["bytes"]) == (sha256(data), len(data))
        listed = {resource["path"] for resource in package["resources"]}
        assert set(file.namelist()) - listed == {"datapackage.json", "datapackage-digest.json"}
        digest = json.loads(file.read("datapackage-digest.json"))
        assert digest == {"path": "datapackage.json", "hash": sha256(file.read("datapackage.json"))}
        stored = {info.filename for info in file.infolist() if info.compress_type == ZIP_STORED}
        assert stored == {f"archive/{OURS}.warc.gz", "indexes/index.cdx.gz"}, "players read parts of these"


def test_it_holds_the_domains_records_and_no_others(written: Path) -> None:
    with ZipFile(written) as file:
        data = file.read(f"archive/{OURS}.warc.gz")
    found = [
        (record.rec_type, record.rec_headers["WARC-Target-URI"])
        for record in ArchiveIterator(BytesIO(data), check_digests="raise")
    ]
    assert found == [
        ("warcinfo", None),
        ("response", f"https://{OURS}/"),
        ("response", f"https://{OURS}/privacy"),
        ("warcinfo", None),
        ("response", f"https://{OURS}/privacy"),
        ("response", "https://globex.example/legal"),
        ("revisit", "https://globex.example/legal"),
    ]


def test_it_holds_nothing_that_is_to_be_removed(data_dir: Path, tmp_path: Path) -> None:
    remove(data_dir, url=f"https://{OURS}/privacy")
    path = tmp_path / "one.wacz"
    assert write_wacz(data_dir, OURS, path, software=SOFTWARE) == Written(records=3, pages=2)
    remove(data_dir, domain=OURS)
    assert write_wacz(data_dir, OURS, path, software=SOFTWARE) == Written(records=0, pages=0)


def test_the_index_leads_to_each_record(written: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wacz, "BLOCK_LINES", 2)
    write_wacz(data_dir, OURS, written, software=SOFTWARE)
    with ZipFile(written) as file:
        packed, warc = file.read("indexes/index.cdx.gz"), file.read(f"archive/{OURS}.warc.gz")
        head, *blocks = lines(file.read("indexes/index.idx"))
    assert head == ["!meta", "0", {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}]
    index = gzip.decompress(packed)
    assert index.splitlines() == sorted(index.splitlines())
    read: list[list[Any]] = []
    for key, timestamp, place in blocks:
        block = packed[place["offset"] : place["offset"] + place["length"]]
        assert sha256(block) == place["digest"]
        read += (ours := lines(gzip.decompress(block)))
        assert ours[0][:2] == [key, timestamp]
    assert read == lines(index)
    assert len(read) == 5 and len(blocks) == 3
    for _, timestamp, fields in read:
        assert fields["filename"] == f"{OURS}.warc.gz"
        start = int(fields["offset"])
        record = next(ArchiveIterator(BytesIO(warc[start : start + int(fields["length"])])))
        assert record.rec_headers["WARC-Target-URI"] == fields["url"]
        assert record.rec_headers["WARC-Date"].startswith(timestamp[:4])


def test_its_pages_are_the_rows_of_policies(written: Path) -> None:
    with ZipFile(written) as file:
        head, *pages = map(json.loads, file.read("pages/pages.jsonl").splitlines())
    assert (head["format"], head["id"]) == ("json-pages-1.0", "pages")
    assert [(page["url"], page["ts"]) for page in pages] == [
        (f"https://{OURS}/privacy", "2001-01-01T00:00:00Z"),
        ("https://globex.example/legal", "2002-01-01T00:00:00Z"),
        ("https://globex.example/legal", "2003-01-01T00:00:00Z"),
    ]
    assert {page["title"] for page in pages} == {"Privacy Policy"}


def test_records_that_do_not_name_their_domain_are_found_by_their_rows(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    urls = (f"http://{OURS}/privacy", f"http://{OTHER}/privacy")
    write_warc(tmp_path / "warc" / "old.warc.gz", [Record("20010101000000", url, url) for url in urls])
    with (tmp_path / "warc" / "old.warc.gz").open("rb") as file:
        records = ArchiveIterator(file)
        offsets = [records.get_record_offset() for _ in records][1:]
    rows = [
        policy(domain, "2001-01-01", "We collect.", warc_file="old.warc.gz", warc_offset=offset)
        for domain, offset in zip((OURS, OTHER), offsets, strict=True)
    ]
    add_part(tmp_path, [*rows, policy(OURS, "2002-01-01", "Imported.", warc_file=None, warc_offset=None)])
    assert write_wacz(tmp_path, OURS, tmp_path / "one.wacz", software=SOFTWARE) == Written(records=1, pages=1)
    with ZipFile(tmp_path / "one.wacz") as file:
        assert [fields["url"] for _, _, fields in lines(gzip.decompress(file.read("indexes/index.cdx.gz")))] == [
            urls[0]
        ]


def test_a_domain_of_which_nothing_is_kept_makes_no_file(data_dir: Path, tmp_path: Path) -> None:
    assert write_wacz(data_dir, "nothing.example", tmp_path / "x.wacz", software=SOFTWARE) == Written(0, 0)
    assert not (tmp_path / "x.wacz").exists()


@pytest.mark.parametrize("damage", ["another file's index", "no index at all"])
def test_an_index_that_does_not_fit_is_named_and_leaves_no_file(damage: str, data_dir: Path) -> None:
    index = cdxj_path(data_dir / "warc" / "a-00000.warc.gz")
    if damage == "no index at all":
        index.write_text("what is this\n")
    else:
        index.write_text(index.read_text().replace('"offset": "', '"offset": "9'))
    with pytest.raises(DatasetError, match="a-00000"):
        write_wacz(data_dir, OURS, data_dir / "x.wacz", software=SOFTWARE)
    assert [path.name for path in data_dir.glob("*x.wacz*")] == []


def test_the_command_writes_a_file_for_each_domain_and_says_where_there_is_nothing(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = ["export", "--format", "wacz", "-o", str(tmp_path / "w")]
    assert scrapy(data_dir, *export, "-a", f"domain={OURS},{OTHER}") == 0
    assert {path.name for path in (tmp_path / "w").iterdir()} == {f"{OURS}.wacz", f"{OTHER}.wacz"}
    assert "5 records and 3 pages" in capsys.readouterr().out
    assert scrapy(data_dir, *export, "-a", "domain=nothing.example") == 2
    assert "nothing.example" in capsys.readouterr().err
    assert scrapy(data_dir, *export) == 2


@pytest.mark.slow
def test_the_validator_of_py_wacz_accepts_it(written: Path) -> None:
    """py-wacz is not among the tests' libraries: it brings 40 others. Where it is installed, it is asked."""
    validator = shutil.which("wacz", path=Path(sys.executable).parent) or shutil.which("wacz")
    if validator is None:
        pytest.skip("py-wacz (pip install wacz) is not installed")
    done = subprocess.run([validator, "validate", "-f", written], check=False, capture_output=True, text=True)
    assert done.returncode == 0 and "is valid" in done.stdout, done.stdout + done.stderr
