"""Items, some at a time."""

from __future__ import annotations

from pipelines.batched import batched


def test_the_last_list_is_shorter_and_no_items_make_no_list() -> None:
    assert list(batched(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batched([], 2)) == []


def test_fewer_items_come_at_once_where_they_are_large() -> None:
    assert list(batched([1, 1, 1, 9, 1, 3, 1], 3, lambda size: size, 4)) == [[1, 1, 1], [9], [1, 3], [1]]
