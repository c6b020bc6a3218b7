from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from pipelines.dataset.rows import ledger_table, policy_row, policy_table
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
    assert ledger_table([], CAPTURES).schema == CAPTURES


def captured(**other: Any) -> tuple[Any, ...]:
    """A row of ``captures`` as the ledger gives it."""
    known = {
        "archive": "web.archive.org", "domain": "example.com", "policy_url": URL, "captured_at": "20040215123005",
        "archive_digest": "A", "mimetype": "text/html", "http_status": 200, "length": 1000, "outcome": "unchanged",
        "same_as": "20040101000000",
    }  # fmt: skip
    return tuple((dict.fromkeys(CAPTURES.names) | known | other).values())


def test_a_row_of_the_ledger_has_its_times_in_utc() -> None:
    table = ledger_table([captured(), captured(same_as=None)], CAPTURES)
    assert table.schema == CAPTURES
    first, last = table.to_pylist()
    assert (first["captured_at"], first["same_as"]) == (CAPTURED_AT, datetime(2004, 1, 1, tzinfo=UTC))
    assert last["same_as"] is None


def test_the_largest_numbers_an_index_row_may_hold_fit() -> None:
    table = ledger_table([captured(http_status=999, length=10**18 - 1)], CAPTURES)
    assert table.column("length").type == pa.int64()
