"""The sample that people audit: which rows it draws, and what they stand for."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.audit.sample import AuditError, Sample, cases, draw, shares
from tests.support.data_dirs import data_dir, remove
from tests.support.rows import Row, row

LANGUAGES = ["en"] * 60 + ["de"] * 20 + ["fr"] * 10 + ["ja"] * 3 + [None] * 7


def rows_of(domains: int = 40) -> list[Row]:
    """Policies of many domains: most in English and found by a word, few in other languages or by a link."""
    drawn = random.Random(7)
    return [
        row(
            f"site{number}.test",
            f"{drawn.randint(2001, 2024)}0{drawn.randint(1, 9)}{day}",
            f"We know {number} things.",
            language=drawn.choice(LANGUAGES),
            found_by="homepage_link" if number % 10 == 0 else "url_keyword",
        )
        for number in range(domains)
        for day in range(10, 20)
    ]


def drawn_from(sample: Sample) -> Counter[str]:
    return Counter(one["stratum"] for one in sample.rows)


def test_the_same_seed_draws_the_same_rows_however_they_lie_in_files(tmp_path: Path) -> None:
    rows = rows_of()
    one = draw(data_dir(tmp_path / "one", rows), 60, 1)
    other = draw(data_dir(tmp_path / "other", rows[::-1], parts=7), 60, 1)
    assert one == other
    another_seed = {each["id"] for each in draw(tmp_path / "one", 60, 2).rows}
    assert len(another_seed & {each["id"] for each in one.rows}) == 0


def test_each_stratum_gives_two_rows_if_it_has_them_and_the_rest_goes_by_size(tmp_path: Path) -> None:
    sample = draw(data_dir(tmp_path, rows_of()), 60, 1)
    taken = drawn_from(sample)
    assert len(sample.rows) == sum(taken.values()) == 60
    assert [name for name, rows in sample.strata.items() if taken[name] < min(2, rows)] == []
    largest = max(sample.strata, key=lambda name: sample.strata[name])
    assert taken[largest] == max(taken.values()) > 2
    assert {name.split(", ")[2] for name in taken} == {"url_keyword", "homepage_link"}


@pytest.mark.parametrize(
    ("size", "stratum"),
    [
        (4_000, "2010, en, url_keyword"),
        (140, "2010-2014, en, url_keyword"),
        (30, "2010-2019, en, url_keyword"),
        (10, "all years, other languages, url_keyword"),
    ],
)
def test_strata_are_as_fine_as_a_sample_allows(tmp_path: Path, size: int, stratum: str) -> None:
    sample = draw(data_dir(tmp_path, rows_of()), size, 1)
    assert stratum in sample.strata
    assert len(sample.strata) * 2 <= size
    assert sample.size == sum(sample.strata.values())


def test_a_small_dataset_is_drawn_whole(tmp_path: Path) -> None:
    sample = draw(data_dir(tmp_path, rows_of(1)), 200, 1)
    assert len(sample.rows) == sample.size


def test_a_capture_that_has_two_rows_is_one_and_what_is_to_be_removed_is_none(tmp_path: Path) -> None:
    twins = [row("a.test", "2012", warc_file=name) for name in ("a.warc.gz", None)]
    data = data_dir(tmp_path, [*twins, row("b.test", "2012")])
    assert draw(data, 10, 1).size == 2
    remove(data, domain="b.test")
    assert [one["domain"] for one in draw(data, 10, 1).rows] == ["a.test"]


def test_without_policies_there_is_nothing_to_audit(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="holds no policies to audit"):
        draw(data_dir(tmp_path), 10, 1)


def test_the_cases_are_the_rows_drawn_with_their_texts_in_their_order(tmp_path: Path) -> None:
    data = data_dir(tmp_path, rows_of(), parts=3)
    sample = draw(data, 20, 1)
    shown = cases(data, sample)
    assert [one["id"] for one in shown] == [one["id"] for one in sample.rows]
    assert [one["domain"] for one in shown] == [one["domain"] for one in sample.rows]
    assert shown[0]["text"].startswith("We know ")
    remove(data, domain=sample.rows[0]["domain"])
    assert sample.rows[0]["domain"] not in {one["domain"] for one in cases(data, sample)}


def test_a_sample_is_read_as_it_was_saved_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    sample = draw(data_dir(tmp_path / "data", rows_of(3)), 10, 1)
    sample.save(tmp_path)
    assert Sample.read(tmp_path) == sample
    for damaged in ("", "[]", '{"seed": 1, "strata": {}, "rows": [{"id": "x"}]}'):
        (tmp_path / "sample.json").write_text(damaged)
        with pytest.raises(AuditError, match=r"sample\.json is damaged"):
            Sample.read(tmp_path)
    with pytest.raises(AuditError, match="there is no sample in"):
        Sample.read(tmp_path / "nowhere")


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=30), st.integers(60, 500))
def test_the_shares_of_the_strata_add_up_to_the_sample(sizes: list[int], size: int) -> None:
    taken = shares(sizes, size)
    assert sum(taken) == min(size, sum(sizes))
    assert all(min(2, rows) <= given <= rows for given, rows in zip(taken, sizes, strict=True))
