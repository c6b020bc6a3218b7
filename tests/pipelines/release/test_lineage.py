"""Which release comes after which, and what became of the version_ids."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lock import waiting_for
from pipelines.release.build import Release, release
from pipelines.schema import POLICIES
from tests.support.data_dirs import DATASET, data_dir, write_part
from tests.support.rows import capture, policy

Row = dict[str, Any]


def dataset(root: Path, *shown: str, domain: str = "a.example") -> Path:
    """A DATA_DIR with stored captures of ``year:text``."""
    parts = [one.split(":") for one in shown]
    policies = [policy(domain, f"{year}-02-01", f"We collect {text}.") for year, text in parts]
    return data_dir(root, policies, [capture(domain, f"{year}-02-01") for year, _ in parts])


def more(data: Path) -> None:
    """Adds another domain."""
    write_part(data / "policies" / "new.parquet", [policy("e.example", "2020-01-01", "We sell data.")], POLICIES)


def manifest(made: Release) -> Row:
    return json.loads((made.path / "release.json").read_text())


def renamed(made: Release) -> list[tuple[str, str]]:
    return [(row["before"], row["version_id"]) for row in pq.read_table(made.path / "renamed_versions").to_pylist()]


def ids(made: Release) -> list[str]:
    return pq.read_table(made.path / "versions")["version_id"].to_pylist()


def numbered(made: Release) -> int:
    return made.manifest.lineage.number


def test_a_datasets_releases_side_by_side_are_a_line_and_the_same_facts_keep_their_place(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "2010:names")
    first, again = (release(data, tmp_path / "r" / name) for name in ("x", "y"))
    more(data)
    second, again_second = (release(data, tmp_path / "r" / name) for name in ("z", "again"))
    assert [numbered(made) for made in (first, again, second, again_second)] == [1, 1, 2, 2]
    assert (first.path / "release.json").read_bytes() == (again.path / "release.json").read_bytes()
    assert (second.path / "release.json").read_bytes() == (again_second.path / "release.json").read_bytes()
    assert manifest(first)["predecessor"] is None
    assert manifest(second)["predecessor"]["release"] == 1
    assert {manifest(made)["dataset"] for made in (first, second)} == {DATASET}


def test_a_release_of_another_dataset_beside_it_does_not_count(tmp_path: Path) -> None:
    other = dataset(tmp_path / "other", "2010:phones")
    (other / "dataset.json").unlink()
    release(other, tmp_path / "r" / "other")
    assert numbered(release(dataset(tmp_path / "data", "2010:names"), tmp_path / "r" / "mine")) == 1


def test_releases_with_and_without_texts_are_two_lines(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "2010:names")
    release(data, tmp_path / "r" / "with")
    assert numbered(release(data, tmp_path / "r" / "without", with_text=False)) == 1


def test_the_release_before_can_be_named_wherever_it_is(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "2010:names")
    first = release(data, tmp_path / "old" / "1", number=41)
    more(data)
    assert numbered(release(data, tmp_path / "new" / "2", after=first.path)) == 42


def test_a_release_of_another_dataset_or_something_else_cannot_come_before(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "2010:names")
    other = dataset(tmp_path / "other", "2010:phones")
    (other / "dataset.json").unlink()
    with pytest.raises(DatasetError, match="another dataset"):
        release(data, tmp_path / "r", after=release(other, tmp_path / "o").path)
    with pytest.raises(DatasetError, match="no release"):
        release(data, tmp_path / "r", after=tmp_path)
    without = release(data, tmp_path / "without", with_text=False)
    with pytest.raises(DatasetError, match="has texts"):
        release(data, tmp_path / "r", after=without.path)
    assert not (tmp_path / "r").exists()


def test_somebody_elses_release_json_beside_it_is_passed_over(tmp_path: Path) -> None:
    for name, content in (("a", "{}"), ("b", "no JSON"), ("c", "[]")):
        (tmp_path / "r" / name).mkdir(parents=True)
        (tmp_path / "r" / name / "release.json").write_text(content)
    assert numbered(release(dataset(tmp_path / "data", "2010:names"), tmp_path / "r" / "mine")) == 1


def test_a_number_that_is_given_comes_after_the_lower_ones(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "2010:names")
    release(data, tmp_path / "r" / "3", number=3)
    more(data)
    made = release(data, tmp_path / "r" / "9", number=9)
    assert (numbered(made), manifest(made)["predecessor"]["release"]) == (9, 3)


def test_version_ids_that_stay_are_not_in_the_table_of_those_that_changed(tmp_path: Path) -> None:
    first = release(dataset(tmp_path / "1", "2010:names", "2012:phones"), tmp_path / "r" / "1")
    second = release(dataset(tmp_path / "2", "2005:dates", "2010:names", "2012:phones"), tmp_path / "r" / "2")
    assert ids(second)[1:] == ids(first)
    assert renamed(second) == []


def test_version_ids_that_changed_are_followed_by_the_captures_that_show_them(tmp_path: Path) -> None:
    first = release(dataset(tmp_path / "1", "2010:names", "2012:phones"), tmp_path / "r" / "1")
    # An earlier stay of the same text has come to light.
    data = dataset(tmp_path / "2", "2005:names", "2007:dates", "2010:names", "2012:phones")
    second, again = (release(data, tmp_path / "r" / name) for name in ("2", "again"))
    assert renamed(second) == [(ids(first)[0], ids(second)[2])]
    assert renamed(again) == renamed(second)


def test_a_version_of_which_a_part_became_another_keeps_its_id(tmp_path: Path) -> None:
    release(dataset(tmp_path / "1", "2010:names", "2014:names", "2015:names"), tmp_path / "r" / "1")
    second = release(
        dataset(tmp_path / "2", "2010:names", "2012:phones", "2014:names", "2015:names"), tmp_path / "r" / "2"
    )
    assert renamed(second) == []


def test_a_version_that_no_capture_shows_any_more_is_not_named(tmp_path: Path) -> None:
    release(dataset(tmp_path / "1", "2010:names", "2012:phones"), tmp_path / "r" / "1")
    second = release(dataset(tmp_path / "2", "2010:names"), tmp_path / "r" / "2")
    assert renamed(second) == []


@pytest.mark.slow
def test_two_releases_at_once_take_two_numbers(tmp_path: Path) -> None:
    """The second begins before the first is in place, and waits for that before it takes its number."""
    first = release(dataset(tmp_path / "before", "2001:names"), tmp_path / "elsewhere" / "one")
    script = "import sys; from pathlib import Path; from pipelines.release.build import release;"
    script += "release(*map(Path, sys.argv[1:]))"
    data = dataset(tmp_path / "now", "2001:names", "2002:more")
    argv = [sys.executable, "-c", script, str(data), str(tmp_path / "two")]
    with waiting_for(tmp_path):
        second = subprocess.Popen(argv)
        while not list(tmp_path.glob(".two.*.partial/crawls")):
            assert second.poll() is None
            time.sleep(0.05)
        first.path.rename(tmp_path / "one")
    assert second.wait() == 0
    assert json.loads((tmp_path / "two" / "release.json").read_text())["release"] == 2
