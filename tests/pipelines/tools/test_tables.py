"""One table for people, programs and spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest

from pipelines.tools import tables
from pipelines.tools.tables import aligned, as_csv, as_json, csv_lines, json_lines

RECORD = {"at": datetime(2012, 6, 1, 10, tzinfo=UTC), "on": date(2012, 6, 1), "none": None, "list": [1], "n": 7}


def test_columns_are_aligned_and_numbers_on_the_right() -> None:
    assert aligned([("name", "n"), ("a", "10"), ("", "7")], numbers={1}) == "name   n\na     10\n       7"
    assert aligned([]) == ""


def test_columns_of_many_rows_are_aligned_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_IN_MEMORY", 10)
    rows = [("größe\n", "x"), ("", "\ud800"), ("a" * 20, "")] * 5
    assert aligned(rows).count("\n") == 19
    assert aligned(rows).endswith("a" * 20)


def test_json_and_csv_in_pieces_are_those_of_the_whole() -> None:
    for records in ([RECORD, {"text": "a\nb"}], [RECORD], []):
        assert json.loads("\n".join(json_lines(records))) == json.loads(as_json(records))
    assert "\n".join(json_lines([RECORD, RECORD])) == as_json([RECORD, RECORD])
    assert list(csv_lines(["n", "on"], [RECORD, RECORD])) == ["n,on", "7,2012-06-01", "7,2012-06-01"]


def test_times_and_days_are_written_alike_in_json_and_csv() -> None:
    assert json.loads(as_json([RECORD])) == [
        {"at": "2012-06-01T10:00:00Z", "on": "2012-06-01", "none": None, "list": [1], "n": 7}
    ]
    assert as_csv(list(RECORD), [RECORD]) == "at,on,none,list,n\n2012-06-01T10:00:00Z,2012-06-01,,[1],7"


def test_what_a_terminal_obeys_is_escaped_in_json_and_replaced_in_csv() -> None:
    evil = 'a\x1b[2J\x9b\u202e "b"\nc'
    assert not set(as_json(evil)) & set("\x1b\x9b\u202e") and json.loads(as_json(evil)) == evil
    (_, (cell,)) = csv.reader(io.StringIO(as_csv(["x"], [{"x": evil}])))
    assert cell == 'a\ufffd[2J\ufffd\ufffd "b"\nc'


def test_what_has_no_form_in_a_table_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError, match="set has no form"):
        as_json({1})
