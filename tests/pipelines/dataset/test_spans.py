"""Stretches of the alphabet of domains."""

from __future__ import annotations

import pytest

from pipelines.dataset.spans import Span


@pytest.mark.parametrize(
    ("smallest", "largest", "may"),
    [("a", "b", False), ("a", "c", True), ("c", "d", True), ("d", "z", True), ("e", "z", False), ("f", "z", False)],
)
def test_a_row_group_is_read_only_if_it_may_have_a_domain_of_the_span(smallest: str, largest: str, may: bool) -> None:
    assert Span("c", "e").may_have(smallest, largest) is may
