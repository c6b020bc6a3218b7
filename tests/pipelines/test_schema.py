"""What each column means is told by the schema, and travels inside the files."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.dataset.part_writer import write_part
from pipelines.history.changes.classify import CHANGES as CLASSES
from pipelines.history.coverage import STATUSES
from pipelines.history.tables import CHANGES, COVERAGE
from pipelines.release.build import release
from pipelines.release.tables import TABLES, table_schema
from pipelines.schema import CAPTURES, POLICIES, meaning
from tests.support.data_dirs import data_dir
from tests.support.rows import capture, policy, row, table

READERS = {
    "duckdb": "duckdb.execute(f\"SELECT * FROM '{path}'\").fetchall()",
    "polars": "polars.read_parquet(path).rows()",
    "pandas": "pandas.read_parquet(path).values.tolist()",
}


@pytest.fixture
def released(tmp_path: Path) -> Path:
    policies = [policy("a.example", f"201{n}-02-01", f"We collect {n} names.") for n in range(3)]
    captures = [capture("a.example", f"201{n}-02-01") for n in range(3)]
    return release(data_dir(tmp_path / "data", policies, captures), tmp_path / "release").path


@pytest.mark.parametrize("with_text", [True, False])
def test_every_table_and_every_column_tells_its_meaning(with_text: bool) -> None:
    for name in TABLES:
        schema = table_schema(name, with_text=with_text)
        assert meaning(schema).endswith(".")
        assert [field.name for field in schema if not meaning(field).endswith(".")] == []
    paragraph = CHANGES.field("paragraphs").type.value_type
    assert all(meaning(field) for field in paragraph)


def test_a_part_file_tells_what_its_columns_mean(tmp_path: Path) -> None:
    write_part(tmp_path / "part.parquet", table([row("a.test", "2001")]))
    read = pq.read_schema(tmp_path / "part.parquet")
    assert meaning(read) == meaning(POLICIES)
    assert [meaning(field) for field in read] == [meaning(field) for field in POLICIES]


def test_a_release_tells_what_its_columns_mean_in_the_files_the_card_and_the_metadata(released: Path) -> None:
    card = (released / "README.md").read_text()
    croissant = json.loads((released / "croissant.json").read_text())
    described = {field["@id"]: field["description"] for records in croissant["recordSet"] for field in records["field"]}
    for name, schema in TABLES.items():
        for field in pq.read_schema(next((released / name).iterdir())):
            doc = meaning(schema.field(field.name))
            assert meaning(field) == doc == described[f"{name}/{field.name}"]
            assert f" | {doc} |\n" in card


def members(field: pa.Field) -> list[pa.Field]:
    """The members of the structures that a column lists; none of another column."""
    return (
        list(field.type.value_type)
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type)
        else []
    )


def test_the_members_of_a_list_too_tell_their_meaning_in_a_releases_files(released: Path) -> None:
    found = [
        (field.name, member.name, meaning(member))
        for name in TABLES
        for field in pq.read_schema(next((released / name).iterdir()))
        for member in members(field)
    ]
    assert len(found) >= 14
    assert [one for one in found if not one[2].endswith(".")] == []


@pytest.mark.parametrize("name", TABLES)
def test_no_member_of_a_list_has_a_name_that_another_column_has_so_that_lists_unfold_beside_the_columns(
    name: str,
) -> None:
    names = [*TABLES[name].names, *(member.name for field in TABLES[name] for member in members(field))]
    assert [one for one in names if names.count(one) > 1] == []


@pytest.mark.parametrize("reader", READERS)
def test_other_readers_read_files_that_tell_what_their_columns_mean(released: Path, reader: str) -> None:
    module = pytest.importorskip(reader)
    for name in TABLES:
        path = str(next((released / name).iterdir()))
        rows = eval(READERS[reader], {reader: module, "path": path})
        assert len(rows) == pq.read_metadata(path).num_rows


def test_the_meanings_name_every_value_that_occurs() -> None:
    for field, values in ((COVERAGE.field("status"), STATUSES), (CHANGES.field("change"), CLASSES)):
        assert [value for value in values if value not in meaning(field)] == []
    assert "soft_block" in meaning(CAPTURES.field("outcome"))
