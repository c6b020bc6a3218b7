"""The history that DATA_DIR keeps, as its readers get it."""

from __future__ import annotations

import pyarrow as pa

from pipelines.history.kept import is_kept, read_changes, read_coverage, read_versions
from pipelines.history.tables import CHANGES
from tests.support.data_dirs import data_dir
from tests.support.rows import asked, capture, moment, policy

A, B = "We collect your name.", "We collect your name and your address."


def facts(root):
    policies = [policy("a.test", "2010-02-01", A), policy("a.test", "2012-02-01", B), policy("b.test", "2011-02-01", A)]
    captures = [capture(row["domain"], f"{row['captured_at']:%Y-%m-%d}") for row in policies]
    return data_dir(root, policies, captures, [asked("a.test"), asked("b.test")])


def test_a_history_that_is_not_kept_is_worked_out_when_it_is_read(tmp_path):
    data = facts(tmp_path)
    assert not is_kept(data)
    versions = pa.concat_tables(read_versions(data))
    assert versions.select(["domain", "version"]).to_pylist() == [
        {"domain": "a.test", "version": 1}, {"domain": "a.test", "version": 2}, {"domain": "b.test", "version": 1},
    ]  # fmt: skip
    (change,) = pa.concat_tables(read_changes(data)).to_pylist()
    assert (change["domain"], change["change_before"]) == ("a.test", moment("2012-02-01"))
    assert pa.concat_tables(read_coverage(data, domain="b.test"))["half_year"].to_pylist() == ["2011-H1"]


def test_changes_since_a_day_are_those_first_seen_from_then_on(tmp_path):
    data = facts(tmp_path)
    for day, count in (("2012-02-01", 1), ("2012-02-02", 0)):
        assert len(pa.concat_tables([CHANGES.empty_table(), *read_changes(data, since=moment(day))])) == count
