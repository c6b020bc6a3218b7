"""A release as other programs read it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.release.build import Release, release
from pipelines.release.tables import TABLES
from tests.support.data_dirs import data_dir
from tests.support.releases import facts, rows
from tests.support.rows import asked, policy


@pytest.mark.slow
@pytest.mark.parametrize("with_text", [True, False])
def test_hugging_face_datasets_loads_every_table(
    tmp_path: Path, with_text: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # reads the setting above, and takes seconds

    made = release(data_dir(tmp_path / "data", *facts()), tmp_path / "release", with_text=with_text)
    for name in made.manifest.tables:
        if not made.manifest.tables[name].rows:
            continue
        loaded = datasets.load_dataset(str(made.path), name, split="train", cache_dir=str(tmp_path / "cache"))
        assert loaded.num_rows == len(rows(made, name))
        assert loaded.column_names == pq.read_schema(made.path / name / "00000.parquet").names
    assert datasets.load_dataset(str(made.path), cache_dir=str(tmp_path / "cache"))["train"].num_rows == 6


@pytest.mark.slow
def test_hugging_face_datasets_loads_what_is_there_where_tables_are_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # reads the setting above, and takes seconds

    one = release(data_dir(tmp_path / "one", [policy("a.example", "2012-03-01", "We sell data.")]), tmp_path / "r/one")
    none = release(data_dir(tmp_path / "none", [], [], [asked("a.example", "excluded")]), tmp_path / "r/none")
    cache = str(tmp_path / "cache")
    for name in ("policies", "versions", "coverage"):
        assert datasets.load_dataset(str(one.path), name, split="train", cache_dir=cache).num_rows == 1
    assert datasets.load_dataset(str(none.path), split="train", cache_dir=cache)["outcome"][:] == ["excluded"]


@pytest.mark.slow
def test_croissant_metadata_is_valid_and_reads_every_table(made: Release) -> None:
    import mlcroissant  # takes seconds

    dataset = mlcroissant.Dataset(str(made.path / "croissant.json"))
    assert not dataset.metadata.issues.errors
    for name in TABLES:
        assert len(list(dataset.records(name))) == len(rows(made, name))


def test_the_card_names_every_table_and_column(made: Release) -> None:
    card = (made.path / "README.md").read_text()
    for name in TABLES:
        assert (f"- config_name: {name}\n" in card) == (made.manifest.tables[name].rows > 0)
        for column in pq.read_schema(made.path / name / "00000.parquet").names:
            assert f"| `{column}` |" in card
    assert "half-years with a capture filled" in card
    assert "Kinds: `privacy_policy` (5), `terms` (1)" in card
