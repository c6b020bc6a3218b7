"""Wayback timestamps: short, impossible and real ones, and their half-years."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines.timestamps import (
    date_digits,
    digits,
    distance,
    half_year,
    half_year_label,
    half_year_start,
    http_date,
    moment,
    parse,
    read_http_date,
)


def test_fourteen_digits_and_times_stand_for_each_other() -> None:
    assert parse("20120401123005") == datetime(2012, 4, 1, 12, 30, 5, tzinfo=UTC)
    assert digits(parse("20120401123005")) == "20120401123005"
    assert digits(datetime(1, 2, 3, tzinfo=UTC)) == "00010203000000"


@pytest.mark.parametrize("timestamp", ["", "2012", "20121301000000", "2012040112300x", "201204011230051"])
def test_only_fourteen_digits_of_a_real_time_are_parsed(timestamp: str) -> None:
    with pytest.raises(ValueError):
        parse(timestamp)


@pytest.mark.parametrize(
    ("timestamp", "earliest", "latest"),
    [
        ("", "00010101000000", "29991231235959"),
        ("2", "20010101000000", "29991231235959"),
        ("2004", "20040101000000", "20041231235959"),
        ("200402", "20040201000000", "20040229235959"),
        ("20040000000000", "20040101000000", "20040101000000"),
        ("20010230999999", "20010228235959", "20010228235959"),
    ],
)
def test_missing_digits_are_filled_and_impossible_dates_are_their_nearest(
    timestamp: str, earliest: str, latest: str
) -> None:
    assert (digits(moment(timestamp)), digits(moment(timestamp, latest=True))) == (earliest, latest)


def test_the_distance_of_two_timestamps_has_no_sign() -> None:
    assert distance("20040301", "20040229") == distance("20040229", "20040301") == timedelta(days=1)


def test_memento_datetime_is_written_as_http_does() -> None:
    assert http_date(parse("20200201023757")) == "Sat, 01 Feb 2020 02:37:57 GMT"


@pytest.mark.parametrize(
    "text", ["Sat, 01 Feb 2020 02:37:57 GMT", "Sat, 01 Feb 2020 02:37:57 -0000", " 1 Feb 2020 03:37:57 +0100"]
)
def test_a_date_of_http_is_read_in_utc_in_whatever_zone_it_is(text: str) -> None:
    assert read_http_date(text) == parse("20200201023757")


@pytest.mark.parametrize("text", ["", "soon", "Sat, 31 Feb 2020 02:37:57 GMT"])
def test_what_is_no_date_of_http_is_none(text: str) -> None:
    assert read_http_date(text) is None


@pytest.mark.parametrize(
    ("timestamp", "label", "start"),
    [
        ("20120630235959", "2012-H1", date(2012, 1, 1)),
        ("20120701000000", "2012-H2", date(2012, 7, 1)),
        ("2012", "2012-H1", date(2012, 1, 1)),
    ],
)
def test_a_half_year_ends_with_june_and_december(timestamp: str, label: str, start: date) -> None:
    number = half_year(timestamp)
    assert (half_year_label(number), half_year_start(number)) == (label, start)
    assert half_year(moment(timestamp)) == half_year(moment(timestamp).date()) == number
    assert half_year(start) == number == half_year(date(start.year, start.month + 5, 28))


@pytest.mark.parametrize(
    ("text", "given", "last"),
    [
        ("2012", "2012", date(2012, 12, 31)),
        ("2012-02", "201202", date(2012, 2, 29)),
        ("2012-2", "201202", date(2012, 2, 29)),
        ("201202", "201202", date(2012, 2, 29)),
        ("2012-06-01", "20120601", date(2012, 6, 1)),
        ("2012-6-1", "20120601", date(2012, 6, 1)),
        (" 20120601\n", "20120601", date(2012, 6, 1)),
    ],
)
def test_a_date_is_a_year_a_month_or_a_day_with_hyphens_or_without(text: str, given: str, last: date) -> None:
    assert (date_digits(text), moment(given, latest=True).date()) == (given, last)


@pytest.mark.parametrize("text", ["", "12", "0000", "20126", "2012-13", "2012-111", "2011-02-29", "２０１２"])
def test_what_is_no_date_is_told_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="2015-06-30"):
        date_digits(text)
