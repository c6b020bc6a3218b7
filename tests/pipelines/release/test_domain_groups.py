"""Row groups that end with a domain."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dataset.part_writer import Layout
from pipelines.release.domain_groups import DomainGroups

SCHEMA = pa.schema([("domain", pa.string()), ("text", pa.large_string())])
LAYOUT = Layout(group_rows=100, group_bytes=10_000)

Domains = Sequence[tuple[str, int]]


def table(domains: Domains, letters: int = 10) -> pa.Table:
    rows = [name for name, count in domains for _ in range(count)]
    return pa.table({"domain": rows, "text": ["x" * letters] * len(rows)}, SCHEMA)


def groups(domains: Domains, letters: int = 10) -> list[pa.Table]:
    writer = DomainGroups(SCHEMA, LAYOUT)
    return [*writer.add(table(domains, letters)), *writer.rest()]


def names(group: pa.Table) -> tuple[str, ...]:
    return tuple(group["domain"].to_pylist())


def many(count: int) -> list[tuple[str, int]]:
    return [(f"{number:05}.example", 1 + number % 13) for number in range(count)]


@given(st.lists(st.integers(1, 250), max_size=12), st.sampled_from([10, 700, 9_000]))
@settings(max_examples=50)
def test_all_rows_come_out_in_their_order_and_in_groups_of_bounded_size(counts: list[int], letters: int) -> None:
    domains = [(f"{number:05}.example", count) for number, count in enumerate(counts)]
    made = groups(domains, letters)
    assert [name for group in made for name in names(group)] == list(names(table(domains)))
    assert all(0 < len(group) <= 2 * LAYOUT.group_rows for group in made)
    assert all(len(group) * letters <= LAYOUT.group_bytes or len(group) == 1 for group in made)


def test_groups_have_about_the_rows_that_the_layout_names() -> None:
    made = groups(many(3_000))
    assert 0.75 < sum(map(len, made)) / len(made) / LAYOUT.group_rows < 1.25


def test_a_domain_is_in_one_group_unless_it_fills_more() -> None:
    made = groups([*many(50), ("big.example", 250), ("last.example", 1)])
    assert [len(group) for group in made if "big.example" in names(group)] == [100, 100, 50]
    told = [name for group in made for name in set(names(group))]
    assert {name for name in told if told.count(name) > 1} == {"big.example"}


def test_a_new_domain_changes_the_groups_about_it_and_no_others() -> None:
    before = {names(group) for group in groups(many(3_000))}
    after = {names(group) for group in groups(sorted([*many(3_000), ("01500-new.example", 30)]))}
    assert 1 <= len(after - before) <= 4
    assert len(before) > 150


def test_the_pieces_in_which_domains_come_make_no_difference() -> None:
    writer = DomainGroups(SCHEMA, LAYOUT)
    made = [group for domain in many(300) for group in writer.add(table([domain]))]
    assert [names(group) for group in (*made, *writer.rest())] == [names(group) for group in groups(many(300))]
