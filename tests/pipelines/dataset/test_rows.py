from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from pipelines.dataset.rows import capture_table, policy_row, policy_table
from pipelines.schema import CAPTURES, POLICIES
from tests.support.snapshots import CAPTURED_AT, URL, item


def test_a_row_has_every_column_of_the_contract_in_its_order() -> None:
    assert list(policy_row(item())) == POLICIES.names
    assert policy_table([policy_row(item())]).schema == POLICIES


def test_a_row_says_what_was_asked_and_what_was_served() -> None:
    row = policy_row(item(requested_at=CAPTURED_AT - timedelta(days=1), redirects=("http://example.com/old",)))
    assert (row["capture_date"], row["captured_at"]) == (date(2004, 2, 15), CAPTURED_AT)
    assert row["requested_at"] == CAPTURED_AT - timedelta(days=1)
    assert (row["policy_url"], row["redirects"]) == (URL, ["http://example.com/old"])
    assert row["wayback_url"] == f"https://web.archive.org/web/20040215123005id_/{URL}"
    assert row["view_url"] == f"https://web.archive.org/web/20040215123005/{URL}"
    assert row["origin"] == "crawl"


@pytest.mark.parametrize(
    ("content_type", "mimetype"),
    [("Text/HTML; charset=utf-8", "text/html"), ("application/pdf", "application/pdf"), (" ", None), (None, None)],
)
def test_the_mimetype_is_as_archived_without_its_parameters(content_type: str | None, mimetype: str | None) -> None:
    headers = () if content_type is None else (("content-type", content_type),)
    assert policy_row(item(headers=headers))["mimetype"] == mimetype


def test_a_part_is_sorted_by_domain_time_and_address() -> None:
    keys = [
        (domain, CAPTURED_AT + timedelta(days=day), url)
        for domain in ("b.example", "a.example")
        for day in (2, 1)
        for url in ("http://x/2", "http://x/1")
    ]
    rows = [policy_row(item(domain=domain, captured_at=when, policy_url=url)) for domain, when, url in keys]
    table = policy_table(rows).select(["domain", "captured_at", "policy_url"]).to_pylist()
    assert [tuple(row.values()) for row in table] == sorted(keys)


@pytest.mark.parametrize("column", ["link_text", "title", "text", "policy_url"])
def test_a_text_that_is_no_unicode_does_not_cost_the_part(column: str) -> None:
    row = policy_row(item()) | {column: "lone \ud800 surrogate"}
    (read,) = policy_table([row]).to_pylist()
    assert read[column].startswith("lone ")


def test_no_rows_make_an_empty_table() -> None:
    assert policy_table([]).schema == POLICIES
    assert capture_table([]).schema == CAPTURES


def test_a_captures_row_has_its_times_in_utc() -> None:
    table = capture_table(
        [
            ("example.com", URL, "20040215123005", "A", "text/html", 200, 1000, "unchanged", "20040101000000", None),
            ("nothing.example", None, None, None, None, None, None, "not_archived", None, "no capture"),
        ]
    )
    assert table.schema == CAPTURES
    first, last = table.to_pylist()
    assert (first["captured_at"], first["same_as"]) == (CAPTURED_AT, datetime(2004, 1, 1, tzinfo=UTC))
    assert {name for name, value in last.items() if value is not None} == {"domain", "outcome", "detail"}


def test_the_largest_numbers_an_index_row_may_hold_fit() -> None:
    row = ("example.com", URL, "20040215123005", "A", "text/html", 999, 10**18 - 1, "stored", None, None)
    assert capture_table([row]).column("length").type == pa.int64()
