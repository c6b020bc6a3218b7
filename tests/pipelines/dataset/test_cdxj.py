from pathlib import Path

import pytest

from pipelines.dataset.cdxj import cdxj_path, records_of, write_cdxj, write_missing
from pipelines.dataset.warc_reading import captures_in
from tests.support.warc import HTML, OLD, RECORDS, Record, cdxj_lines, write_warc


def test_an_index_stands_beside_its_file_sorted_by_key_and_time(tmp_path: Path) -> None:
    warc = write_warc(tmp_path / "shop.warc.gz", reversed(RECORDS))
    write_cdxj(warc)
    lines = cdxj_path(warc).read_bytes().splitlines()
    assert cdxj_path(warc) == tmp_path / "shop.cdxj"
    assert lines == sorted(lines)
    assert len(lines) == len(RECORDS)
    assert list(tmp_path.glob(".*")) == []


def test_a_line_has_what_the_record_says_and_where_it_is(tmp_path: Path) -> None:
    record = Record("20040615120000", "http://www.shop.example/Privacy", OLD)
    write_cdxj(write_warc(tmp_path / "a.warc.gz", [record]))
    ((key, timestamp, fields),) = cdxj_lines(tmp_path / "a.cdxj")
    (found,) = captures_in(tmp_path / "a.warc.gz")
    assert found is not None
    assert (key, timestamp) == ("example,shop)/privacy", "20040615120000")
    assert fields == {
        "url": record.url,
        "mime": "text/html",
        "status": "200",
        "digest": record.digest,
        "length": str(found.length),
        "offset": str(found.offset),
        "filename": "a.warc.gz",
    }


def test_the_records_read_from_an_index_are_those_of_its_file(tmp_path: Path) -> None:
    warc = write_warc(tmp_path / "shop.warc.gz", RECORDS)
    from_file = list(records_of(warc))
    write_cdxj(warc)
    assert sorted(records_of(warc), key=lambda record: record.offset) == from_file
    assert len(from_file) == len(RECORDS)


def test_a_revisit_is_named_so_and_has_the_digest_of_its_body(tmp_path: Path) -> None:
    write_cdxj(write_warc(tmp_path / "a.warc.gz", [RECORDS[3], RECORDS[4]]))
    first, again = (fields for _, _, fields in cdxj_lines(tmp_path / "a.cdxj"))
    assert again["mime"] == "warc/revisit"
    assert again["digest"] == first["digest"]


@pytest.mark.parametrize(
    "url", ["http://a.example/a b", 'http://a.example/"\n', "http://[", "http://münchen.example/ü"]
)
def test_no_url_damages_a_line(url: str, tmp_path: Path) -> None:
    record = Record("20040615120000", url.replace("\n", ""), OLD, headers=(*HTML, ("X-\x00", "\x00")))
    write_cdxj(write_warc(tmp_path / "a.warc.gz", [record]))
    ((_, timestamp, fields),) = cdxj_lines(tmp_path / "a.cdxj")
    assert (timestamp, fields["url"]) == ("20040615120000", record.url.replace(" ", "%20"))


def test_indexes_that_a_crash_left_unwritten_are_written_and_the_others_are_not_touched(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b"):
        write_warc(tmp_path / f"{name}.warc.gz", RECORDS)
    (tmp_path / "a.cdxj").write_text("as it was")
    (tmp_path / "c.warc.gz").write_bytes(b"no WARC")
    write_missing(tmp_path)
    assert (tmp_path / "a.cdxj").read_text() == "as it was"
    assert len(cdxj_lines(tmp_path / "b.cdxj")) == len(RECORDS)
    assert not (tmp_path / "c.cdxj").exists()
    assert "c.warc.gz" in caplog.text
