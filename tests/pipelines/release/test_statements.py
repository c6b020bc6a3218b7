"""The card says what the dataset is for, what it is not for, and what people measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.audit.result import Agreement, Rate, Result, keep_result
from pipelines.dataset.errors import DamagedFileError
from pipelines.release.build import release
from pipelines.release.statements import BIASES, PERSONAL_DATA, as_code
from tests.support.data_dirs import data_dir
from tests.support.rows import policy

RESULT = Result(
    "2026-11-29", 7, 200, 12_345, 40, ["wayback-policies `2`"],
    {"policy": Agreement(190, 0.95, 0.81), "main": Agreement(190, 1.0, None)},
    {"not_a_policy": Rate(150, 0.031, 0.012, 0.074), "not_main": Rate(0, None, None, None)},
)  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_dir(tmp_path / "data", [policy("a.test", "2012-03-01", "We sell data.")])


def test_the_card_has_uses_persons_biases_rights_and_the_way_to_removal(data: Path, tmp_path: Path) -> None:
    made = release(data, tmp_path / "release").path
    card = (made / "README.md").read_text()
    for section in (
        "Intended uses", "Uses that it is not for", "Personal data", "Biases of what is archived and found", "Licence",
        "Removal", "Citation",
    ):  # fmt: skip
        assert card.count(f"\n## {section}\n") == 1
    assert "Princeton-Leuven" not in card
    told = json.loads((made / "croissant.json").read_text())
    assert (told["dataBiases"], told["personalSensitiveInformation"]) == ([*BIASES], [*PERSONAL_DATA])


def test_imported_texts_are_cited_too(tmp_path: Path) -> None:
    rows = [policy("a.test", "2012-03-01", "We sell data.", crawl_id="import-1", origin="import")]
    made = release(data_dir(tmp_path / "data", rows), tmp_path / "release")
    assert "Princeton-Leuven" in (made.path / "README.md").read_text()


def test_before_anybody_has_audited_the_card_says_so_in_a_line(data: Path, tmp_path: Path) -> None:
    made = release(data, tmp_path / "release").path
    assert "\nNobody has audited this dataset yet (`scrapy audit`)" in (made / "README.md").read_text()
    assert json.loads((made / "release.json").read_text())["audit"] is None


def test_the_next_releases_card_has_what_an_audit_found(data: Path, tmp_path: Path) -> None:
    keep_result(data, RESULT)
    made = release(data, tmp_path / "release").path
    card = (made / "README.md").read_text()
    assert "200 of 12,345 rows" in card and "`wayback-policies 2`" in card
    assert "| `kind` = privacy_policy, and it is none | 3.1% | 1.2% to 7.4% | 150 |\n" in card
    assert "| `primary`, and not the main policy |  |  | 0 |\n" in card
    assert "| Is it a privacy policy? | 95% | 0.81 | 190 |\n" in card
    assert "| 100% | no meaning: one answer alone | 190 |\n" in card
    assert json.loads((made / "release.json").read_text())["audit"] == RESULT.as_dict()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"agreement": {"policy": {"x": 1}}, "rates": {}}'])
def test_a_damaged_result_is_named_with_what_to_do(data: Path, tmp_path: Path, text: str) -> None:
    (data / "audit.json").write_text(text)
    with pytest.raises(DamagedFileError, match=r"audit\.json is damaged .*: scrapy repair"):
        release(data, tmp_path / "release")


def test_a_name_from_the_data_is_code_of_which_markdown_takes_nothing_for_its_own() -> None:
    assert as_code("a`b`\n\n# c\u202e | d") == "`ab# c | d`"
