import random
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipelines.dataset import warc
from pipelines.dataset.cdxj import cdxj_path
from pipelines.dataset.warc import WarcFiles
from pipelines.dataset.warc_reading import captures_in, sound_captures, sound_exchange
from tests.support.snapshots import URL, snapshot
from tests.support.warc import cdxj_lines

SOFTWARE = "wayback-policies/0.1.0 (privacy@example.org)"


def files(folder: Path, **options: Any) -> WarcFiles:
    return WarcFiles(folder, "crawl", user_agent=SOFTWARE, operator="privacy@example.org", **options)


def written(folder: Path, **changed: Any):
    """One capture, written and read again: (WARC headers, HTTP headers, body)."""
    warcs = files(folder)
    place = warcs.write(snapshot(**changed))
    warcs.close()
    return record_at(folder / place.file, place.offset)


def record_at(path: Path, offset: int):
    with path.open("rb") as file:
        file.seek(offset)
        record = next(iter(ArchiveIterator(file)))
        return record.rec_headers, record.http_headers, record.raw_stream.read()


def records(path: Path) -> list[tuple[str, str | None]]:
    with path.open("rb") as file:
        return [(r.rec_type, r.rec_headers.get_header("WARC-Target-URI")) for r in ArchiveIterator(file)]


def test_a_record_stands_where_its_offset_says(tmp_path: Path) -> None:
    warcs = files(tmp_path)
    places = {warcs.write(snapshot(body=b"%d" % number)): number for number in range(20)}
    warcs.close()
    for place, number in places.items():
        assert record_at(tmp_path / place.file, place.offset)[2] == b"%d" % number


def test_a_record_has_the_captures_url_and_date(tmp_path: Path) -> None:
    warc, _, _ = written(tmp_path)
    assert warc.get_header("WARC-Type") == "response"
    assert warc.get_header("WARC-Target-URI") == URL
    assert warc.get_header("WARC-Date") == "2004-02-15T12:30:05Z"
    assert warc.get_header("WARC-Source-URI").endswith(f"/web/20040215123005id_/{URL}")


def test_the_bytes_are_as_served(tmp_path: Path) -> None:
    body = bytes(range(256)) * 300
    headers = (("Content-Encoding", "gzip"), ("Content-Type", "text/html"))
    _, http, stored = written(tmp_path, body=body, headers=headers)
    assert stored == body
    assert http.get_header("Content-Encoding") == "gzip"


def test_archived_headers_are_kept_but_those_of_the_transfer(tmp_path: Path) -> None:
    _, http, _ = written(
        tmp_path,
        http_status=403,
        body=b"12345",
        headers=(
            ("Server", "Apache"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Transfer-Encoding", "chunked"),
            ("Content-Length", "99"), ("Connection", "close"), ("X-Own", "kept"),
        ),
    )  # fmt: skip
    assert http.get_statuscode() == "403"
    assert http.headers == [
        ("Server", "Apache"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Own", "kept"), ("Content-Length", "5"),
    ]  # fmt: skip


@pytest.mark.parametrize("status", [200, 299, 599, 999])
def test_any_status_is_kept(status: int, tmp_path: Path) -> None:
    assert written(tmp_path, http_status=status)[1].get_statuscode() == str(status)


@pytest.mark.parametrize(
    "header",
    [
        ("X-Name", "Bücher"),
        ("X-Name", "\x85 \xff"),
        ("X-Name", "日本"),
        ("X-Näme", "x"),
        ("X-Name", ""),
        ("X-Name", "a\r\nWARC-Injected: x\r\n\r\nbody"),
        ("X-Name", "a\nInjected: x"),
        ("X-Na\r\nme", "x"),
        ("X-Name", "\x00\x0b\x0c\x1b[31m"),
        ("X-Name", "x" * 100_000),
        ("Content-Length", "7"),
        ("", "x"),
    ],
)
def test_a_hostile_header_damages_neither_its_record_nor_the_next(header: tuple[str, str], tmp_path: Path) -> None:
    warcs = files(tmp_path)
    places = [warcs.write(snapshot(headers=(header,), body=b"first")), warcs.write(snapshot(body=b"second"))]
    warcs.close()
    for place, body in zip(places, (b"first", b"second"), strict=True):
        warc, http, stored = record_at(tmp_path / place.file, place.offset)
        assert stored == body
        assert warc.get_header("WARC-Injected") is None
        assert http.get_header("Injected") is None


def test_a_capture_before_1970_or_with_an_empty_body_is_kept(tmp_path: Path) -> None:
    warc, _, body = written(tmp_path, body=b"", captured_at=datetime(1969, 12, 31, tzinfo=UTC))
    assert (warc.get_header("WARC-Date"), body) == ("1969-12-31T00:00:00Z", b"")


def test_a_file_begins_with_who_wrote_it_with_what_and_when(tmp_path: Path) -> None:
    written(tmp_path)
    (path,) = tmp_path.glob("*.warc.gz")
    with path.open("rb") as file:
        info = next(iter(ArchiveIterator(file)))
        lines = info.content_stream().read().decode().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if line)
    assert (info.rec_type, info.rec_headers["WARC-Filename"]) == ("warcinfo", path.name)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", info.rec_headers["WARC-Date"])
    assert fields["software"].split() == ["wayback-policies/0.1.0", f"warcio/{version('warcio')}"]
    assert fields["operator"] == "privacy@example.org"
    assert (fields["isPartOf"], fields["format"]) == ("crawl", "WARC File Format 1.1")
    assert fields["conformsTo"].endswith("/warc-1.1/")
    assert fields.keys() >= {"description", "robots", "http-header-user-agent"}


def test_an_operator_can_not_add_fields(tmp_path: Path) -> None:
    warcs = WarcFiles(tmp_path, "crawl", user_agent=SOFTWARE, operator="me\r\nsoftware: another")
    place = warcs.write(snapshot())
    warcs.close()
    _, _, info = record_at(tmp_path / place.file, 0)
    assert info.decode().count("\r\nsoftware:") == 0


@pytest.mark.slow
def test_all_records_are_of_warc_1_1_and_pass_warcios_check(tmp_path: Path) -> None:
    warcs = files(tmp_path)
    for number in range(3):
        warcs.write(snapshot(policy_url=f"{URL}/{number}", body=b"the same"))
    warcs.write(snapshot(http_status=301, body=b"", headers=(("Location", URL),)))
    warcs.close()
    (path,) = tmp_path.glob("*.warc.gz")
    with path.open("rb") as file:
        versions = [(record.rec_type, record.rec_headers.protocol) for record in ArchiveIterator(file)]
    assert versions == [(kind, "WARC/1.1") for kind in ("warcinfo", "response", "revisit", "revisit", "response")]
    check = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", path], check=False, capture_output=True, text=True
    )
    assert (check.returncode, check.stdout.count("digest pass")) == (0, 3), check.stdout


def test_the_same_bytes_again_are_a_revisit_whose_place_is_that_of_the_bytes(tmp_path: Path) -> None:
    warcs = files(tmp_path)
    first = warcs.write(snapshot(body=b"the same", headers=(), captured_at=datetime(2004, 1, 1, tzinfo=UTC)))
    again = warcs.write(snapshot(body=b"the same", policy_url=f"{URL}/2", headers=(("X-Own", "kept"),)))
    different = warcs.write(snapshot(body=b"another"))
    warcs.close()
    assert (again.file, again.offset) == (first.file, first.offset)
    *_, (kind, _), (last, _) = records(tmp_path / first.file)
    assert (kind, last) == ("revisit", "response")
    ours = list(sound_captures(tmp_path / first.file))
    warc, http, body = record_at(tmp_path / first.file, ours[1].offset)
    assert warc.get_header("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert warc.get_header("WARC-Refers-To-Target-URI") == URL
    assert warc.get_header("WARC-Refers-To-Date") == "2004-01-01T00:00:00Z"
    assert warc.get_header("WARC-Payload-Digest") == f"sha1:{first.digest}"
    assert (http.get_header("X-Own"), body) == ("kept", b"")
    assert ours[2].offset == different.offset


@pytest.mark.parametrize(
    "other",
    [
        {"domain": "example.org"},
        {"http_status": 404},
        {"headers": (("Content-Type", "text/html; charset=koi8-r"),)},
        {"headers": (("Content-Encoding", "br"),)},
        {"body": b""},
    ],
)
def test_bytes_that_another_domain_has_or_that_mean_something_else_are_written_whole(
    other: dict[str, Any], tmp_path: Path
) -> None:
    warcs = files(tmp_path)
    given = {"body": other.get("body", b"the same")}
    warcs.write(snapshot(**given))
    place = warcs.write(snapshot(policy_url=f"{URL}/2", **given | other))
    warcs.close()
    assert [kind for kind, _ in records(tmp_path / place.file)] == ["warcinfo", "response", "response"]


def test_a_capture_that_comes_twice_is_written_once(tmp_path: Path) -> None:
    warcs = files(tmp_path)
    places = {warcs.write(snapshot(body=body)) for body in (b"", b"", b"x", b"x")}
    warcs.close()
    assert len(places) == 2
    assert [kind for kind, _ in records(tmp_path / "crawl-00000.warc.gz")] == ["warcinfo", "response", "response"]


def test_only_so_many_records_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "PLACES_KEPT", 4)
    warcs = files(tmp_path)
    for number in range(9):
        warcs.write(snapshot(body=b"%d" % number))
    assert len(warcs._places) == 4
    warcs.close()


def test_a_record_tells_for_which_domain_and_when_it_was_asked(tmp_path: Path) -> None:
    fields, _, _ = written(tmp_path, policy_url="http://elsewhere.example/legal")
    assert fields.get_header("Wayback-Policies-Domain") == "example.com"
    assert fields.get_header("WARC-Creation-Date") == "2026-01-02T00:00:00Z"
    (record,) = captures_in(tmp_path / "crawl-00000.warc.gz")
    assert record is not None and record.domain == "example.com"


def test_each_file_gets_its_index_when_it_is_closed(tmp_path: Path) -> None:
    warcs = files(tmp_path, roll_size=2000)
    for number in range(12):
        warcs.write(snapshot(body=random.randbytes(100), policy_url=f"{URL}/{number}"))
    *closed, last = sorted(tmp_path.glob("*.warc.gz"))
    assert [cdxj_path(path).exists() for path in closed] == [True] * len(closed)
    assert not cdxj_path(last).exists()
    warcs.close()
    lines = [line for path in (*closed, last) for line in cdxj_lines(cdxj_path(path))]
    assert sorted(fields["url"] for _, _, fields in lines) == sorted(f"{URL}/{number}" for number in range(12))
    assert {fields["domain"] for _, _, fields in lines} == {"example.com"}


def test_a_file_is_rolled_when_it_has_grown(tmp_path: Path) -> None:
    warcs = files(tmp_path, roll_size=2000)
    names = [
        warcs.write(snapshot(body=random.randbytes(100), policy_url=f"{URL}/{number}")).file for number in range(12)
    ]
    warcs.close()
    assert sorted(set(names)) == sorted(path.name for path in tmp_path.glob("*.warc.gz"))
    assert len(set(names)) > 2
    read = [url for path in sorted(tmp_path.glob("*.warc.gz")) for kind, url in records(path) if kind == "response"]
    assert read == [f"{URL}/{number}" for number in range(12)]


def test_a_resumed_crawl_begins_a_new_file(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        warcs = files(tmp_path)
        names.append(warcs.write(snapshot()).file)
        warcs.close()
    assert names == ["crawl-00000.warc.gz", "crawl-00001.warc.gz", "crawl-00002.warc.gz"]
    (tmp_path / names[0]).unlink()
    assert files(tmp_path).write(snapshot()).file == "crawl-00003.warc.gz"


def test_sync_tells_how_far_the_files_reach_on_disk(tmp_path: Path) -> None:
    warcs = files(tmp_path, roll_size=2000)
    for number in range(6):
        warcs.write(snapshot(body=random.randbytes(100), policy_url=f"{URL}/{number}"))
    sizes = warcs.sync()
    assert sizes == {path.name: path.stat().st_size for path in tmp_path.glob("*.warc.gz")}
    assert warcs.sync() == {}
    place = warcs.write(snapshot())
    assert place.offset in (sizes.get(place.file), *range(1200))
    assert list(warcs.sync()) == [place.file]
    warcs.close()


def test_a_file_cut_at_a_synced_size_is_whole(tmp_path: Path) -> None:
    warcs = files(tmp_path)
    for number in range(3):
        warcs.write(snapshot(policy_url=f"{URL}/{number}"))
    ((name, size),) = warcs.sync().items()
    warcs.write(snapshot(policy_url="http://example.com/lost"))
    warcs.close()
    with (tmp_path / name).open("r+b") as file:
        file.truncate(size)
    assert [url for kind, url in records(tmp_path / name) if kind in ("response", "revisit")] == [
        f"{URL}/{number}" for number in range(3)
    ]


def test_a_record_that_is_cut_off_anywhere_is_not_sound(tmp_path: Path) -> None:
    warcs = files(tmp_path)
    place = warcs.write(snapshot(body=b"<p>We collect your name.</p>" * 9))
    warcs.close()
    whole = (tmp_path / place.file).read_bytes()[place.offset :]
    found = sound_exchange(whole)
    assert found is not None and found.body == b"<p>We collect your name.</p>" * 9
    for end in range(len(whole) - 40):  # what is missing of the last bytes is gzip's own sum, and two line ends
        assert sound_exchange(whole[:end]) is None


def test_a_record_with_a_flipped_bit_is_as_it_was_or_not_sound(tmp_path: Path) -> None:
    warcs = files(tmp_path)
    place = warcs.write(snapshot(body=b"<p>We collect your name.</p>"))
    warcs.close()
    whole = (tmp_path / place.file).read_bytes()[place.offset :]
    read = set()
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        found = sound_exchange(bytes(damaged))
        read.add(found and found.body)
    assert read == {None, b"<p>We collect your name.</p>"}  # gzip's own header has bytes without a meaning


def test_a_revisit_is_no_sound_exchange(tmp_path: Path) -> None:
    warcs = files(tmp_path)
    first = warcs.write(snapshot())
    warcs.write(snapshot(captured_at=datetime(2013, 1, 1, tzinfo=UTC)))
    warcs.close()
    *_, revisit = sound_captures(tmp_path / first.file)
    assert revisit.mimetype == "warc/revisit"
    assert sound_exchange((tmp_path / first.file).read_bytes()[revisit.offset :]) is None
