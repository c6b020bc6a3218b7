"""A release says how it is cited, and so does the software."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from pipelines.release.build import release
from pipelines.release.citation import AUTHOR
from tests.support.data_dirs import DATASET, data_dir
from tests.support.processes import ROOT
from tests.support.rows import policy


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cited")
    data = data_dir(folder / "data", [policy("a.test", "2012-03-01", "We sell data.")])
    return release(data, folder / "release", number=3).path


def test_a_releases_citation_file_names_its_number_its_date_and_its_dataset(released: Path) -> None:
    cited = yaml.safe_load((released / "CITATION.cff").read_text())
    assert (cited["cff-version"], cited["type"], cited["version"]) == ("1.2.0", "dataset", "3")
    assert str(cited["date-released"]) == json.loads((released / "release.json").read_text())["date"] == "2026-11-01"
    assert cited["authors"] == [{"name": AUTHOR}]
    assert cited["identifiers"][0]["value"] == DATASET
    assert " CITATION.cff\n" in (released / "SHA256SUMS").read_text()


def test_the_card_and_the_croissant_metadata_have_the_same_bibtex(released: Path) -> None:
    (entry,) = re.findall(r"```bibtex\n(.*?)\n```", (released / "README.md").read_text(), re.S)
    assert json.loads((released / "croissant.json").read_text())["citeAs"] == entry
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, re.M))
    assert fields["author"] == f"{{{AUTHOR}}}"
    assert (fields["year"], fields["month"], fields["version"]) == ("2026", "11", "3")
    assert entry.count("{") == entry.count("}")


def test_the_repository_is_cited_by_the_same_entity() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (cited["type"], cited["license"], cited["authors"]) == ("software", "MIT", [{"name": AUTHOR}])
