"""Ranges of domains: cut by the domains' own names, and dealt out by their rows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dataset.spans import Span
from pipelines.release import ranges as module
from pipelines.release.ranges import ranges, shares

NAMES = [f"site{n}.example" for n in range(3000)]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEAST", 16)


def test_every_name_that_there_can_be_is_in_one_range() -> None:
    cut = ranges(NAMES)
    assert (cut[0].first, cut[-1].end) == ("", None)
    assert all(one.end == other.first for one, other in pairwise(cut))
    for name in (*NAMES, "", "a", "zz.example", "é"):
        assert sum(span.has(name) for span in cut) == 1


def test_ranges_have_about_as_many_domains_each_and_there_are_some_dozens() -> None:
    sizes = [sum(span.has(name) for name in NAMES) for span in ranges(NAMES)]
    assert 48 <= len(sizes) <= 200 and sum(sizes) == len(NAMES)
    assert all(16 <= size <= 48 for size in sizes[:-1])


def test_another_domain_leaves_nearly_all_ranges_as_they_are() -> None:
    before = set(ranges(NAMES))
    new = [len(set(ranges([*NAMES, f"site{n}x.example"])) - before) for n in range(0, 3000, 150)]
    assert max(new) <= 6 and sum(new) <= len(new)


def test_no_domain_or_one_is_one_range() -> None:
    assert ranges([]) == ranges(["a.example"]) == [Span()]
    assert shares([Span()], {}, 6) == [[0]]


@given(sizes=st.lists(st.integers(0, 50), min_size=1, max_size=40), number=st.integers(1, 9))
def test_shares_are_neighbours_and_about_as_large_the_largest_first(sizes: list[int], number: int) -> None:
    names = [f"{n:02}" for n in range(len(sizes))]
    cut = [Span(first, end) for first, end in pairwise(["", *names[1:], None])]
    rows = {name: size for name, size in zip(names, sizes, strict=True) if size}
    dealt = shares(cut, rows, number)
    assert [at for share in sorted(dealt) for at in share] == list(range(len(sizes)))
    assert len(dealt) <= number
    of_shares = [sum(sizes[at] for at in share) for share in dealt]
    assert of_shares == sorted(of_shares, reverse=True)
    assert of_shares[0] <= sum(sizes) / number + 2 * max(sizes)
