"""Rows of older versions are read in today's form, and neither newer nor damaged files are read at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.columns import SCHEMA_VERSION, some_columns
from pipelines.dataset import lifting
from pipelines.dataset.compaction import compact
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lifting import LIFTS, Lift, Made, PartFile, is_older
from pipelines.dataset.merging import merged
from pipelines.dataset.part_writer import write_part
from pipelines.dataset.reading import part_files, rows_where
from pipelines.history.domain_history import read_domains
from pipelines.page.normalization import sha256_of_text
from pipelines.schema import CAPTURES, DOMAINS, POLICIES
from tests.support.data_dirs import add_part
from tests.support.older_versions import CAPTURES_1, POLICIES_1, make_newer, write_version_1
from tests.support.rows import Row, asked, capture, row, table

#: All ways to the rows of ``policies``.
READERS: dict[str, Callable[[Path], pa.Table]] = {
    "whole": lambda path: pa.concat_tables(PartFile(path, POLICIES).batches(2)),
    "merged": lambda path: pa.concat_tables(merged([path])),
    "filtered": lambda path: rows_where(pc.field("domain") == "a.test", [path], POLICIES),
}
#: An archive's address, its dialect, and the name that the dataset has for it.
ARCHIVES = [
    ("https://web.archive.org/web/", "internet-archive", "web.archive.org"),
    ("http://127.0.0.1:8090/web/", "internet-archive", "127.0.0.1:8090"),
    ("https://Me:secret@Archive.example/web/", "internet-archive", "archive.example"),
    ("https://arquivo.pt/wayback/", "pywb", "arquivo.pt/wayback"),
    ("http://127.0.0.1:8090/web/", "pywb", "127.0.0.1:8090/web"),
]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("address", "dialect", "name"), ARCHIVES)
def test_the_archive_is_named_by_host_and_collection(
    tmp_path: Path, reader: str, address: str, dialect: str, name: str
) -> None:
    url = "https://a.test/policy?see=http://b.test/20100101000000/http://c.test/"
    row_ = row("a.test", "2012", policy_url=url, wayback_url=f"{address}20120101000000id_/{url}", archive=dialect)
    read = READERS[reader](write_version_1(tmp_path / "old.parquet", [row_]))
    assert read["archive"].to_pylist() == [name]
    assert read["view_url"].to_pylist() == [f"{address}20120101000000/{url}"]
    assert read["wayback_url"].to_pylist() == [f"{address}20120101000000id_/{url}"]


def test_what_an_import_did_not_know_is_null(tmp_path: Path) -> None:
    rows = [row("a.test", "2012", crawl_id="import-20260101-000000-000001"), row("a.test", "2013")]
    read = READERS["whole"](write_version_1(tmp_path / "old.parquet", rows))
    assert read["raw_sha256"].is_null().to_pylist() == [True, False]
    assert read["fetched_at"].is_null().to_pylist() == [True, False]
    assert read["origin"].to_pylist() == ["import", "crawl"]


@pytest.mark.parametrize(
    ("extractor", "reading"),
    [
        ("dom 1", "dom"),
        ("dom 1, trafilatura 2.3.1", "dom+trafilatura"),
        ("dom 1 unpruned, trafilatura 2.3.1", "dom+trafilatura"),
        ("pypdfium2 5.15.2", "pdf"),
        ("tags stripped 1", "tags"),
        ("princeton-leuven", None),
    ],
)
def test_how_a_text_was_read_is_what_its_extractors_name_told(
    tmp_path: Path, extractor: str, reading: str | None
) -> None:
    rows = [row("a.test", "2012", extractor=extractor), row("a.test", "2013", extractor="dom 1")]
    read = READERS["whole"](write_version_1(tmp_path / "old.parquet", rows))
    assert read["reading"].to_pylist() == [reading, "dom"]
    assert read["extractor"].to_pylist() == [extractor, "dom 1"]


def test_a_text_of_version_1_is_hashed_anew_as_the_recipe_says(tmp_path: Path) -> None:
    rows = [row("a.test", "2012", "We collect your name. © 2012"), row("a.test", "2013", "We sell.", text_sha256="0")]
    read = READERS["whole"](write_version_1(tmp_path / "old.parquet", rows))
    assert read["text_sha256"].to_pylist() == [sha256_of_text("we collect your name © 2026"), "0"]


@pytest.mark.parametrize(
    ("written", "url", "address"),
    [
        ("id_/http%3A//a.test/p%3Fa%3D1", "http://a.test/p?a=1", "id_/http://a.test/p?a=1"),
        ("/http://a.test/p", "http://a.test/p", "id_/http://a.test/p"),
        ("id_/http%3A//a.test/%FF", "http://a.test/\ufffd", "id_/http%3A//a.test/%FF"),
    ],
)
def test_the_address_of_an_imported_capture_is_that_of_its_bytes_unless_its_url_is_no_unicode(
    tmp_path: Path, written: str, url: str, address: str
) -> None:
    archive = "https://web.archive.org/web/20120101000000"
    imported = row("a.test", "2012", crawl_id="import-1", wayback_url=archive + written, policy_url=url)
    read = READERS["whole"](write_version_1(tmp_path / "old.parquet", [imported, row("a.test", "2013")]))
    assert read["wayback_url"].to_pylist() == [archive + address, row("a.test", "2013")["wayback_url"]]
    assert read["view_url"].to_pylist()[0] == f"{archive}/{url}"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ROWS = st.lists(
    st.builds(
        lambda day, text, archive, others: row(
            "a.test", f"2012010{day}", text, wayback_url=f"{archive[0]}2012010{day}000000id_/{text}",
            archive=archive[1], **others,
        ),
        st.integers(1, 9),
        TEXTS,
        st.sampled_from(ARCHIVES),
        st.fixed_dictionaries({
            "title": st.none() | TEXTS,
            "redirects": st.lists(TEXTS, max_size=2),
            "crawl_id": st.sampled_from(["20260102T000000Z-abcdef", "import-20260102-000000-000000"]),
            "http_status": st.none() | st.integers(0, 999),
            "warc_offset": st.none() | st.integers(0, 1 << 62),
        }),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ROWS)
def test_all_other_values_survive(tmp_path: Path, rows: list[Row]) -> None:
    path = write_version_1(tmp_path / "old.parquet", rows)
    stay = [name for name in POLICIES_1.names if name not in LIFTS[0]["policies"].made]
    old = pq.read_table(path, columns=stay).to_pylist()
    for read in READERS.values():
        new = read(path)
        assert new.schema.equals(POLICIES, check_metadata=True)
        assert sorted(new.select(stay).to_pylist(), key=str) == sorted(old, key=str)


def test_a_file_of_today_is_read_as_it_is(tmp_path: Path) -> None:
    path = add_part(tmp_path, [row("a.test", "2012", archive="elsewhere.example")])
    assert not is_older(path)
    for read in READERS.values():
        assert read(path).equals(table([row("a.test", "2012", archive="elsewhere.example")]))


# Version 1's captures


def rows_of(folder: Path, schema: pa.Schema) -> list[Row]:
    return [
        row_ for path in part_files(folder) for read in PartFile(path, schema).batches(9) for row_ in read.to_pylist()
    ]


def captures_1(data_dir: Path, rows: list[Row]) -> None:
    write_version_1(data_dir / "captures" / "00000.parquet", rows, CAPTURES_1)


def test_captures_are_of_the_archive_of_the_policies_beside_them(tmp_path: Path) -> None:
    captures_1(tmp_path, [capture("a.test", "2012-01-01")])
    assert [row_["archive"] for row_ in rows_of(tmp_path / "captures", CAPTURES)] == ["web.archive.org"]
    write_version_1(tmp_path / "policies" / "0.parquet", [])
    address = "http://127.0.0.1:8090/web/20120101000000id_/http://a.test/"
    policy = row("a.test", "2012", wayback_url=address, archive="internet-archive")
    write_version_1(tmp_path / "policies" / "1.parquet", [policy])
    (found,) = rows_of(tmp_path / "captures", CAPTURES)
    assert found == capture("a.test", "2012-01-01") | {"archive": "127.0.0.1:8090"}


def test_a_row_without_a_capture_is_one_of_domains(tmp_path: Path) -> None:
    none = dict.fromkeys(CAPTURES_1.names) | {"domain": "b.test", "outcome": "incomplete", "detail": "504"}
    captures_1(tmp_path, [capture("a.test", "2012-01-01"), none, none | {"domain": "c.test", "outcome": "excluded"}])
    assert [row_["domain"] for row_ in rows_of(tmp_path / "captures", CAPTURES)] == ["a.test"]
    told = ("archive", "domain", "outcome", "reason", "may_pass", "asked_first", "homepages")
    assert [tuple(row_[name] for name in told) for row_ in rows_of(tmp_path / "captures", DOMAINS)] == [
        ("web.archive.org", "b.test", "incomplete", "504", True, None, []),
        ("web.archive.org", "c.test", "excluded", "504", False, None, []),
    ]
    read = {domain.domain: domain.domains["outcome"].to_pylist() for domain in read_domains(tmp_path)}
    assert read == {"a.test": [], "b.test": ["incomplete"], "c.test": ["excluded"]}
    write_part(tmp_path / "domains" / "0.parquet", pa.Table.from_pylist([asked("b.test")], DOMAINS))
    read = {domain.domain: domain.domains["outcome"].to_pylist() for domain in read_domains(tmp_path)}
    assert read == {"a.test": [], "b.test": ["found"]}


# What is refused


@pytest.mark.parametrize("column", POLICIES_1.names)
@pytest.mark.parametrize("reader", READERS)
def test_a_file_without_a_column_of_its_version_is_refused_by_name(tmp_path: Path, reader: str, column: str) -> None:
    old = write_version_1(tmp_path / "old.parquet", [row("a.test", "2012", archive="internet-archive")])
    new = add_part(tmp_path, [row("a.test", "2012")], "new")
    for path in (old, new):
        pq.write_table(pq.read_table(path).drop_columns([column]), path)
        with pytest.raises(DatasetError, match=rf"{path.name} is damaged .it has no column .*{column}"):
            READERS[reader](path)


@pytest.mark.parametrize("reader", READERS)
def test_a_file_of_a_newer_version_is_refused_by_name(tmp_path: Path, reader: str) -> None:
    path = add_part(tmp_path, [row("a.test", "2012")])
    make_newer(path)
    said = rf"{path.name} has schema version {SCHEMA_VERSION + 1}.* up to {SCHEMA_VERSION}.*newer wayback-policies"
    with pytest.raises(DatasetError, match=said):
        READERS[reader](path)


def test_a_version_that_is_no_number_and_an_address_that_is_none_are_damage(tmp_path: Path) -> None:
    path = add_part(tmp_path, [row("a.test", "2012")])
    pq.write_table(pq.read_table(path).replace_schema_metadata({"schema_version": "two"}), path)
    with pytest.raises(DatasetError, match="no number"):
        PartFile(path, POLICIES)
    write_version_1(path, [row("a.test", "2012", wayback_url="elsewhere")])
    with pytest.raises(DatasetError, match=r"is damaged .*scrapy repair"):
        list(PartFile(path, POLICIES).batches(10))


# The steps


def test_each_version_has_a_step_to_the_next_one() -> None:
    assert len(LIFTS) == SCHEMA_VERSION - 1


def test_steps_follow_each_other_and_read_only_what_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next version has ``title`` in capitals, made of two columns, and ``kind`` as the archive's name."""
    step = {
        "policies": Lift(
            {
                "title": Made(("title", "archive"), lambda *both: pc.binary_join_element_wise(*both, " ")),
                "kind": Made(("archive",), pc.utf8_upper),
            }
        )
    }
    monkeypatch.setattr(lifting, "LIFTS", (*LIFTS, step))
    monkeypatch.setattr(lifting, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    first = write_version_1(tmp_path / "1.parquet", [row("a.test", "2012", archive="internet-archive")])
    second = add_part(tmp_path, [row("a.test", "2012")], "2")
    wanted = some_columns(POLICIES, ["kind", "title"])
    for path in (first, second):
        (read,) = PartFile(path, wanted).batches(10)
        assert read.to_pylist() == [{"kind": "WEB.ARCHIVE.ORG", "title": "Privacy Policy web.archive.org"}]
    assert lifting.Form(first, pq.read_schema(first), wanted).columns == ["wayback_url", "archive", "title"]


# An old dataset becomes a new one


@pytest.mark.parametrize("only_if_it_pays", [True, False])
def test_a_compaction_writes_the_new_form_even_of_a_single_file(tmp_path: Path, only_if_it_pays: bool) -> None:
    path = add_part(tmp_path, [row("a.test", "2012")])
    write_version_1(path, [row("a.test", "2012", archive="internet-archive")])
    done = compact(tmp_path, only_if_it_pays=only_if_it_pays)
    assert done is not None and (done.files_before, done.files_after, done.rows) == (1, 1, 1)
    (new,) = part_files(tmp_path / "policies")
    assert not is_older(new) and pq.read_table(new)["archive"].to_pylist() == ["web.archive.org"]
    assert compact(tmp_path) is None


def test_a_file_tells_its_version(tmp_path: Path) -> None:
    metadata: dict[bytes, Any] = pq.read_schema(add_part(tmp_path, [row("a.test", "2012")])).metadata
    assert (metadata[b"schema_version"], metadata[b"table"]) == (str(SCHEMA_VERSION).encode(), b"policies")
