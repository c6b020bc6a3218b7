"""Figures as people read them."""

from __future__ import annotations

import pytest

from crawler.figures import between, counted, number_of, size


def test_a_count_has_its_noun_in_the_right_number() -> None:
    assert number_of(1, "line") == "1 line" and number_of(2000, "line") == "2,000 lines"
    assert number_of(0, "address", "addresses") == "0 addresses"


def test_outcomes_are_told_in_words_the_most_frequent_first() -> None:
    assert counted({"not_archived": 2, "found": 1200}) == "1,202: 1,200 found, 2 not archived"
    assert counted({}) == "0"


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [
        (50.0, 50.2, "50 s"),
        (20.0, 45.0, "20 to 45 s"),
        (45.0, 600.0, "45 s to 10 min"),
        (720.0, 12_000.0, "12 min to 3 h 20 min"),
        (8_400.0, 12_000.0, "2 h 20 min to 3 h 20 min"),
        (7200.0, 12_000.0, "2 h 0 min to 3 h 20 min"),
    ],
)
def test_what_is_left_is_a_range(least: float, most: float, told: str) -> None:
    assert between(least, most) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (34_400, "34 kB"), (999_600, "1.0 MB"),
     (1_234_000_000, "1.2 GB"), (5 * 10**15, "5000 TB")],
)  # fmt: skip
def test_sizes_are_told_with_two_digits(count: int, told: str) -> None:
    assert size(count) == told
