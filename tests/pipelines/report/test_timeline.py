from __future__ import annotations

import pytest

from pipelines.report.facts import read_facts
from pipelines.report.timeline import WIDTH, timeline
from tests.support.data_dirs import data_dir
from tests.support.rows import asked, capture, moment, policy


def drawn(root, rows, captures=(), most=100, domain="found"):
    (facts,) = read_facts(data_dir(root, rows, list(captures), [asked("a.test", domain)]))
    return timeline(facts, most)


def test_places_are_shares_of_whole_years(tmp_path):
    found = drawn(tmp_path, [policy("a.test", "2010-07-02", "one text"), policy("a.test", "2011-07-02", "another")])
    assert [mark["x"] for mark in found.years] == [0, WIDTH / 2]
    assert [mark["x"] for mark in found.bars] == [pytest.approx(250, abs=1), pytest.approx(750, abs=1)]


def test_a_version_that_was_seen_once_can_still_be_seen(tmp_path):
    found = drawn(tmp_path, [policy("a.test", "2010-07-02", "one text")])
    assert found.bars[0]["w"] > 0
    assert found.between == []


def test_between_two_versions_the_time_of_the_change_is_marked(tmp_path):
    found = drawn(tmp_path, [policy("a.test", "2010-07-02", "one text"), policy("a.test", "2011-07-02", "another")])
    (between,) = found.between
    assert between["x"] == found.bars[0]["x"]
    assert between["x"] + between["w"] == pytest.approx(found.bars[1]["x"], abs=0.2)


def test_captures_stand_by_what_became_of_them(tmp_path):
    outcomes = ("stored", "unchanged", "soft_block", "redirect", "skipped")
    captures = [capture("a.test", f"2010-0{month}-01", outcome) for month, outcome in enumerate(outcomes, 1)]
    found = drawn(tmp_path, [policy("a.test", "2010-01-01", "one text")], captures)
    assert [mark["role"] for mark in found.dots] == ["text", "same", "blocked", "other", "unasked"]


def test_of_many_captures_every_so_many_is_drawn(tmp_path):
    captures = [capture("a.test", f"20{year:02}-01-01", "skipped") for year in range(30)]
    found = drawn(tmp_path, [policy("a.test", "2010-01-01", "one text")], captures, most=10)
    assert len(found.dots) <= 10
    assert found.dots[0]["title"] == "2000-01-01: skipped"


def test_a_capture_whose_time_cannot_be_right_stretches_no_timeline(tmp_path):
    captures = [capture("a.test", "1970-01-01", "skipped", captured_at=moment("1901-01-01"))]
    found = drawn(tmp_path, [policy("a.test", "2010-01-01", "one text")], captures)
    assert [mark["label"] for mark in found.years] == [2010]


def test_where_nothing_is_known_there_is_no_timeline(tmp_path):
    assert drawn(tmp_path, [], domain="excluded") is None
