"""What differs between two releases of one dataset."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.dataset.errors import DatasetError
from pipelines.release.build import Release, release
from pipelines.release.compare import compare
from pipelines.schema import CAPTURES, DOMAINS, POLICIES
from pipelines.tools.show_comparison import as_record, as_text
from pipelines.tools.tables import as_json
from tests.support.commands import scrapy
from tests.support.data_dirs import data_dir, write_part
from tests.support.rows import asked, capture, moment, policy, ran

A, B, C = "We collect your name.", "We collect your name and your location.", "We sell what we know of you."


def first(root: Path) -> Path:
    policies = [policy("a.example", "2010-02-01", A), policy("b.example", "2010-02-01", A)]
    policies += [policy("c.example", "2011-02-01", C), policy("d.example", "2011-02-01", C)]
    captures = [capture(row["domain"], f"{row['captured_at']:%Y-%m-%d}") for row in policies]
    domains = [asked(row["domain"], known_through=moment("2026-10-31")) for row in policies]
    return data_dir(root, policies, captures, domains, [ran("crawl-1")])


@pytest.fixture
def before(tmp_path: Path) -> Release:
    return release(first(tmp_path / "data"), tmp_path / "releases" / "1")


@pytest.fixture
def after(before: Release, tmp_path: Path) -> Release:
    """One domain has a new version, one is new, one was visited without news, one is gone."""
    data = tmp_path / "data"
    new = [policy("a.example", "2012-02-01", B), policy("e.example", "2012-02-01", A)]
    write_part(data / "policies" / "new.parquet", new, POLICIES)
    write_part(data / "captures" / "new.parquet", [capture(row["domain"], "2012-02-01") for row in new], CAPTURES)
    later = asked("b.example", known_through=moment("2026-11-30"), asked_last=moment("2026-11-30"))
    write_part(data / "domains" / "new.parquet", [later, asked("e.example")], DOMAINS)
    (data / "overrides.toml").write_text(
        '[[remove]]\ndomain = "d.example"\n\n[[correct]]\ndomain = "a.example"\naddress = "https://a.example/x"\n'
    )
    return release(data, tmp_path / "releases" / "2")


def test_rows_are_told_by_their_keys_and_which_columns_differ(before: Release, after: Release) -> None:
    found = compare(before.path, after.path)
    counts = {name: (table.rows, table.added, table.removed, table.changed) for name, table in found.tables.items()}
    assert counts["policies"] == ((4, 5), 2, 1, 0)
    assert counts["captures"] == ((4, 5), 2, 1, 0)
    assert counts["changes"] == ((0, 1), 1, 0, 0)
    assert counts["crawls"] == ((1, 1), 0, 0, 0)
    assert counts["domains"] == ((4, 4), 1, 1, 2)
    assert found.tables["domains"].changed_columns == {
        "asked_last": 1, "known_through": 1, "last_capture": 1, "versions": 1,
    }  # fmt: skip


def test_domains_and_versions_that_are_new_gone_and_changed_are_told(before: Release, after: Release) -> None:
    found = compare(before.path, after.path)
    assert (found.domains_new, found.domains_gone) == (["e.example"], ["d.example"])
    assert found.domains_changed == ["a.example", "b.example"]
    told = found.versions
    assert [told[name] for name in ("new", "gone", "renamed", "stayed", "changed")] == [2, 1, 0, 3, 2]
    assert told["changed_columns"] == {"known_through": 2}


def test_a_release_differs_in_nothing_from_itself(after: Release) -> None:
    found = compare(after.path, after.path)
    assert not (found.domains_new or found.domains_gone or found.domains_changed or found.made)
    assert all(table.added == table.removed == table.changed == 0 for table in found.tables.values())
    assert "0 new, 0 gone, 0 renamed, 5 stayed, 0 of these changed" in as_text(found)


def test_seen_from_the_other_side_what_was_new_is_gone(before: Release, after: Release) -> None:
    there, back = compare(before.path, after.path), compare(after.path, before.path)
    assert (there.domains_new, there.domains_changed) == (back.domains_gone, back.domains_changed)
    for name, table in there.tables.items():
        assert (table.added, table.removed, table.changed) == (
            back.tables[name].removed, back.tables[name].added, back.tables[name].changed,
        )  # fmt: skip


def test_a_version_that_has_another_id_is_renamed_and_neither_new_nor_gone(tmp_path: Path) -> None:
    data = data_dir(tmp_path / "data", [policy("a.example", "2012-02-01", A)], [capture("a.example", "2012-02-01")])
    one = release(data, tmp_path / "1")
    # The same text stood there before another one: the later one is no longer its first beginning.
    older = [policy("a.example", "2010-02-01", A), policy("a.example", "2011-02-01", B)]
    write_part(data / "policies" / "old.parquet", older, POLICIES)
    rows = [capture("a.example", "2010-02-01"), capture("a.example", "2011-02-01")]
    write_part(data / "captures" / "old.parquet", rows, CAPTURES)
    two = release(data, tmp_path / "2")
    in_table = pq.read_table(two.path / "renamed_versions").to_pylist()
    found = compare(one.path, two.path)
    assert found.renamed == in_table
    ids = [set(pq.read_table(made.path / "versions")["version_id"].to_pylist()) for made in (one, two)]
    assert found.versions["new"] + found.versions["renamed"] == len(ids[1] - ids[0])
    assert found.versions["gone"] + found.versions["renamed"] == len(ids[0] - ids[1])


def test_settings_software_corrections_and_removals_are_told(before: Release, after: Release) -> None:
    manifest = after.path / "release.json"
    told = json.loads(manifest.read_text())
    told["made_with"]["pyarrow"] = "99.0"
    manifest.write_text(json.dumps(told))
    found = compare(before.path, after.path)
    assert found.made["made with pyarrow"] == (pa.__version__, "99.0")
    assert found.made["removed on request: domains"] == (0, 1)
    assert found.corrections == {"new": told["settings"]["corrections"], "gone": []}
    assert f"made      made with pyarrow: {pa.__version__} before, 99.0 after" in as_text(found)
    assert "correction new: domain a.example, address example,a)/x" in as_text(found)


def test_a_release_without_texts_is_compared_by_the_columns_that_both_have(before: Release, tmp_path: Path) -> None:
    without = release(tmp_path / "data", tmp_path / "without", with_text=False)
    found = compare(before.path, without.path)
    assert found.tables["policies"].columns_removed == ["link_text", "title", "text", "markdown"]
    assert found.tables["changes"].columns_of_another_type == ["paragraphs"]
    assert all(table.added == table.removed == table.changed == 0 for table in found.tables.values())
    assert found.made["with_text"] == (True, False)
    assert "columns   changes: of another type: paragraphs" in as_text(found)
    assert compare(without.path, without.path).domains_changed == []


def test_what_can_not_be_compared_is_told(before: Release, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"data is no release: it has no release\.json"):
        compare(before.path, tmp_path / "data")
    other = first(tmp_path / "other")
    (other / "dataset.json").unlink()
    with pytest.raises(DatasetError, match="are releases of two datasets"):
        compare(before.path, release(other, tmp_path / "of another").path)
    told = json.loads((before.path / "release.json").read_text())
    for change, words in (
        ({"schema_version": 99}, "schema version 99.*newer"),
        ({"tables": {}}, "has no table policies"),
    ):
        (before.path / "release.json").write_text(json.dumps(told | change))
        with pytest.raises(DatasetError, match=words):
            compare(before.path, before.path)


def test_the_command_tells_it_as_a_table_and_as_json(
    before: Release, after: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked_for = ("release", "--compare", str(before.path), str(after.path))
    assert scrapy(tmp_path / "nowhere", *asked_for) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("release 1 of 2026-11-01, schema version")
    assert lines[4].split() == ["policies", "4", "5", "2", "1", "0"]
    assert "domains   1 new: e.example" in lines
    assert scrapy(tmp_path / "nowhere", *asked_for, "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(as_json(as_record(compare(before.path, after.path))))
    assert scrapy(tmp_path / "nowhere", "release", "--compare", str(before.path), str(tmp_path)) == 2
    assert "is no release" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--compare", "a", "b", "-o", "x"], "only --json"),
        (["--compare", "a", "b", "--processes", "2"], "only --json"),
        (["--json", "-o", "x"], "goes with --compare"),
    ],
)
def test_the_command_compares_or_makes_a_release(
    arguments: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(tmp_path, "release", *arguments) == 2
    assert why in capsys.readouterr().err
