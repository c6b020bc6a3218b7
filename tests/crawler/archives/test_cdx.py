import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.archives.cdx import FIELDS, read_row, read_rows, repair_timestamp
from pipelines.urls import is_web_address


def row(**changed: str) -> dict[str, str]:
    values = (
        "com,example)/privacy", "20040229120000", "http://example.com/privacy", "text/html", "200",
        "PGU2GKFDZYN5BTMVXQS2T5SLHKU3QZTA", "2317",
    )  # fmt: skip
    return dict(zip(FIELDS, values, strict=True)) | changed


def test_a_row_is_typed() -> None:
    capture = read_row(row())
    assert capture is not None
    assert (capture.urlkey, capture.timestamp, capture.original) == (
        "com,example)/privacy", "20040229120000", "http://example.com/privacy",
    )  # fmt: skip
    assert (capture.mimetype, capture.status, capture.length) == ("text/html", 200, 2317)


def test_a_revisit_has_no_status_and_keeps_its_digest() -> None:
    capture = read_row(row(mimetype="warc/revisit", statuscode="-"))
    assert capture is not None
    assert (capture.status, capture.digest) == (None, row()["digest"])


@pytest.mark.parametrize("timestamp", ["00010203000000", "0999", "19891231235959", "99991231235959"])
def test_a_row_of_a_year_without_a_web_is_a_bad_one(timestamp: str) -> None:
    assert read_row(row(timestamp=timestamp)) is None


@pytest.mark.parametrize("length", ["-", "", "12x", "-5"])
def test_a_length_that_is_no_number_is_none(length: str) -> None:
    capture = read_row(row(length=length))
    assert capture is not None
    assert capture.length is None


@pytest.mark.parametrize("field", ["statuscode", "length"])
@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "²", "٤٠٤"])
def test_a_number_no_column_could_hold_is_none(field: str, number: str) -> None:
    capture = read_row(row(**{field: number}))
    assert capture is not None
    assert {"statuscode": capture.status, "length": capture.length}[field] is None


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("2000", "20000101000000"),
        ("200008", "20000801000000"),
        ("200008241731", "20000824173100"),
        ("20000008241731", "20000824173100"),
        ("20000800241731", "20000824173100"),
        ("20040229120000", "20040229120000"),
    ],
)
def test_short_timestamps_are_padded_and_an_inserted_00_is_taken_out(bad: str, good: str) -> None:
    assert repair_timestamp(bad) == good
    capture = read_row(row(timestamp=bad))
    assert capture is not None
    assert capture.timestamp == good


@pytest.mark.parametrize(
    "timestamp",
    ["", "200", "-", "20041301000000", "20040230120000", "20040229250000", "20040229126100", "200402291200001",
     "2004022912000x", "²0040229120000", "00000000000000", "20000000000000"],
)  # fmt: skip
def test_an_impossible_timestamp_makes_a_bad_row(timestamp: str) -> None:
    assert read_row(row(timestamp=timestamp)) is None


@pytest.mark.parametrize(
    "url",
    [
        "mailto:privacy@example.com",
        "http://mailto:privacy@example.com/",
        "data:text/html,hello",
        "ftp://example.com/privacy.txt",
        "javascript:void(0)",
        "http://example.com/pri\x00vacy",
        "http://example.com/pri vacy",
        "http:///privacy",
        "http://[::1/privacy",
        "http://example.com/\ud800",
        "",
    ],
)
def test_what_is_no_web_address_makes_a_bad_row(url: str) -> None:
    assert not is_web_address(url)
    assert read_row(row(original=url)) is None


def test_port_80_in_a_url_is_no_harm() -> None:
    assert read_row(row(original="http://www.example.com:80/privacy")) is not None


def test_a_missing_field_or_key_makes_a_bad_row() -> None:
    short = row()
    del short["length"]
    assert read_row(short) is None
    assert read_row(row(urlkey="")) is None


def test_a_text_that_no_database_takes_makes_a_bad_row() -> None:
    assert read_row(row(mimetype="text/\udcff")) is None


def test_a_bad_row_is_counted_and_does_not_end_the_page() -> None:
    captures, bad = read_rows([row(), row(timestamp="x"), row(original="mailto:a@b.c"), row(timestamp="2005")])
    assert [capture.timestamp for capture in captures] == ["20040229120000", "20050101000000"]
    assert bad == 2


@given(st.fixed_dictionaries({field: st.text(max_size=20) for field in FIELDS}))
def test_no_row_raises(fields: dict[str, str]) -> None:
    read_row(fields)
    read_row(row() | {"timestamp": fields["timestamp"]})
    read_row(row() | {"original": fields["original"]})
    read_row(row() | {"statuscode": fields["statuscode"], "length": fields["length"]})
