"""A release is numbered, never changed, and whole."""

from __future__ import annotations

import hashlib
import json
import random
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.dataset.errors import DatasetError
from pipelines.release.build import Release, ReleaseError, release
from pipelines.release.tables import TABLES
from tests.support.data_dirs import data_dir, remove
from tests.support.deaths import is_killed
from tests.support.releases import facts, files, rows
from tests.support.rows import asked, capture, policy


def test_what_people_corrected_stands_in_its_settings(tmp_path):
    root = data_dir(tmp_path / "data", [policy("a.example", "2010-01-01", "one")])
    said = '[[correct]]\ndomain = "{}"\naddress = "https://a.example/old"\nkind = "terms"\nuntil = 2012\n'
    (root / "overrides.toml").write_text(said.format("a.example") + said.format("gone.example"))
    remove(root, domain="gone.example")
    made = release(root, tmp_path / "out")
    settings = json.loads((made.path / "release.json").read_text())["settings"]
    assert settings["corrections"] == [
        {"domain": "a.example", "address": "example,a)/old", "until": "2012", "kind": "terms"}
    ]
    assert "People corrected verdicts in 1 places" in (made.path / "README.md").read_text()


def test_what_is_to_be_removed_is_counted_and_nowhere_named(tmp_path):
    root = data_dir(
        tmp_path / "data",
        [policy("a.example", "2010-01-01", "one"), policy("gone.example", "2011-01-01", "two")],
        [capture("a.example", "2010-01-01"), capture("gone.example", "2011-01-01")],
        [asked("gone.example", "incomplete")],
    )
    remove(root, domain="gone.example", reason="its owner asked")
    remove(root, url="https://a.example/old", captured_at="20100101000000")
    made = release(root, tmp_path / "out")
    assert made.manifest.tables["policies"].rows == made.manifest.tables["captures"].rows == 1
    for path in made.path.rglob("*.*"):
        assert b"gone.example" not in path.read_bytes() and b"a.example/old" not in path.read_bytes(), path
    facts = json.loads((made.path / "release.json").read_text())["facts"]
    assert facts["removed_on_request"] == {"domains": 1, "addresses": 0, "captures": 1}
    card = (made.path / "README.md").read_text()
    assert "removed that are not named here (domains: 1, addresses: 0, captures: 1)" in card


def test_a_release_is_never_changed(made: Release, tmp_path: Path) -> None:
    before = files(made.path)
    with pytest.raises(ReleaseError, match="not empty"):
        release(tmp_path / "data", made.path)
    assert files(made.path) == before


def test_a_release_may_fill_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert release(data_dir(tmp_path / "data", *facts()), tmp_path / "empty").path == tmp_path / "empty"


def test_a_release_cannot_lie_among_the_facts(tmp_path: Path) -> None:
    data = data_dir(tmp_path / "data", *facts())
    with pytest.raises(ReleaseError, match="among the tables"):
        release(data, data / "policies" / "release")


def test_a_damaged_part_file_is_named_and_nothing_appears(tmp_path: Path) -> None:
    data = data_dir(tmp_path / "data", *facts())
    (data / "policies" / "broken.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DatasetError, match=f"^{data}/policies/broken.parquet is damaged"):
        release(data, tmp_path / "out" / "release")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_without_facts_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="crawl first"):
        release(tmp_path / "nowhere", tmp_path / "release")


def test_domains_alone_make_a_release_with_empty_tables(tmp_path: Path) -> None:
    made = release(data_dir(tmp_path / "data", [], [], [asked("c.example", "excluded")]), tmp_path / "release")
    assert [rows(made, table) for table in ("policies", "versions", "changes", "coverage")] == [[]] * 4


def test_sha256sums_hold_every_file(made: Release) -> None:
    sums = dict(line.split("  ")[::-1] for line in (made.path / "SHA256SUMS").read_text().splitlines())
    found = files(made.path)
    found.pop("SHA256SUMS")
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}


def test_release_json_tells_what_it_holds_and_what_made_it(made: Release) -> None:
    told = json.loads((made.path / "release.json").read_text())
    assert told["release"] == 1
    assert told["date"] == "2026-11-01"
    assert {name: table["rows"] for name, table in told["tables"].items()} == {
        name: len(rows(made, name)) for name in TABLES
    }
    assert told["made_with"]["pyarrow"] == pa.__version__
    assert told["facts"]["policies_by_extractor"] == {"wayback-policies 2": 6}


#: Of so many calls that change something on disk, one is the last one.
EVERY = 9


@pytest.mark.slow
def test_killed_at_any_change_on_disk_a_release_is_not_there_or_whole_and_the_next_run_sweeps_up(
    tmp_path: Path, made: Release
) -> None:
    deaths = 0
    for death in count(random.randint(1, EVERY), EVERY):
        target = tmp_path / str(death) / "release"
        killed = is_killed(lambda target=target: release(tmp_path / "data", target), death)
        assert killed or target.exists()
        if not target.exists():
            release(tmp_path / "data", target)
        assert files(target) == files(made.path)
        assert list(target.parent.iterdir()) == [target]
        if not killed:
            break
        deaths += 1
    assert deaths, "it died at least once"
