"""The names of the months: what their script makes, and nothing that belongs to another language."""

import json
import runpy
import unicodedata
from importlib.resources import files
from pathlib import Path

import pytest

from pipelines.word_tables import read_word_table

SCRIPT = Path(__file__).parents[3] / "data" / "make" / "months.py"
TEXT = (files("pipelines.page") / "data" / "months.json").read_text("utf-8")
MONTHS = json.loads(TEXT)["months"]
SCRIPTS = {
    **dict.fromkeys(("ar", "fa", "ur"), ("ARABIC",)),
    **dict.fromkeys(("bg", "kk", "mk", "mn", "ru", "uk"), ("CYRILLIC",)),
    **dict.fromkeys(("hi", "mr"), ("DEVANAGARI",)),
    "bn": ("BENGALI",),
    "el": ("GREEK",),
    "he": ("HEBREW",),
    "hy": ("ARMENIAN",),
    "ka": ("GEORGIAN",),
    "sr": ("CYRILLIC", "LATIN"),
    "ta": ("TAMIL",),
    "te": ("TELUGU",),
    "th": ("THAI",),
}


def test_the_file_is_what_its_script_makes() -> None:
    assert runpy.run_path(str(SCRIPT))["made"]() == TEXT


def test_every_language_with_labels_has_months_unless_it_numbers_them() -> None:
    labels = read_word_table("pipelines.page", "effective_date.toml")
    assert labels["effective"].keys() == labels["updated"].keys() == MONTHS.keys() | {"ja", "zh", "ko"}


@pytest.mark.parametrize("language", MONTHS)
def test_each_language_has_twelve_months_in_its_own_script(language: str) -> None:
    assert len(MONTHS[language]) == 12
    scripts = SCRIPTS.get(language, ("LATIN",))
    for names in MONTHS[language]:
        assert names
        for name in names:
            assert {unicodedata.name(c).split()[0] for c in name if c.isalpha()} <= {*scripts}, name


@pytest.mark.parametrize("language", MONTHS)
def test_no_name_belongs_to_two_months(language: str) -> None:
    names = [name for of_month in MONTHS[language] for name in of_month]
    assert len(set(names)) == len(names)
    assert all(name == unicodedata.normalize("NFC", name.lower()) == name.strip(" .") for name in names)
