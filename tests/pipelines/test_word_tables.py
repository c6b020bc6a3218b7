"""Tables of words: a mistake in a file is an error that names its place."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from pipelines.word_tables import BadWordTable, all_words, any_of, read_word_table

ROOT = Path(__file__).parents[2]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def read(text: str, **options):
        (tmp_path / "colours.toml").write_text(text, "utf-8")
        monkeypatch.setattr("pipelines.word_tables.files", lambda package: tmp_path)
        return read_word_table("some.package", "colours.toml", **options)

    return read


def test_a_table_is_read_in_the_order_of_its_file(table) -> None:
    found = table('# of paint\n[warm]\nen = ["red", "pink"]\nde = ["rot"]\n[cold]\nen = ["blue"]\n')
    assert found == {"warm": {"en": ["red", "pink"], "de": ["rot"]}, "cold": {"en": ["blue"]}}
    assert list(found["warm"]) == ["en", "de"]
    assert all_words(found["warm"]) == {"red", "pink", "rot"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[warm]\nen = ["red", "red"]', r"colours.toml: \[warm\] en: 'red' is there twice"),
        ('[warm]\nen = ["red", ""]', r"colours.toml: \[warm\] en: '' is not a word"),
        ('[warm]\nen = ["red", " pink"]', r"colours.toml: \[warm\] en: ' pink' is not a word"),
        ('[warm]\nen = ["red", 3]', r"colours.toml: \[warm\] en: 3 is not a word"),
        ('[warm]\nen = "red"', r"colours.toml: \[warm\] en: is not a list of words"),
        ("[warm]\nen = []", r"colours.toml: \[warm\] en: is not a list of words"),
        ('warm = ["red"]', r"colours.toml: \[warm\] is no section of lists"),
        ('[warm]\nen = ["red"', r"colours.toml: .*(line 2|end of document)"),
    ],
)
def test_a_mistake_is_named_with_its_place(table, text: str, message: str) -> None:
    with pytest.raises(BadWordTable, match=message):
        table(text)


def test_a_table_has_the_sections_its_reader_needs_and_no_others(table) -> None:
    with pytest.raises(BadWordTable, match=r"colours.toml: has the sections wram; needs warm"):
        table('[wram]\nen = ["red"]', sections=("warm",))


def test_of_two_words_that_begin_alike_the_longer_is_found() -> None:
    assert re.search(any_of(["red", "red-brown", "rot"]), "a red-brown fox")[0] == "red-brown"
    assert re.search(any_of(["re*"], lambda word: word.replace("*", r"\w*")), "a reddish fox")[0] == "reddish"


@pytest.mark.parametrize("package", ["crawler.discovery", "pipelines.page", "pipelines.history.changes"])
def test_every_table_of_the_project_can_be_read(package: str) -> None:
    names = [item.name for item in files(package).iterdir() if item.name.endswith(".toml")]
    assert names
    for name in names:
        assert read_word_table(package, name)


def test_the_wheel_holds_every_file_that_is_no_code() -> None:
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    for package, patterns in setup["package-data"].items():
        folder = ROOT / package
        shipped = {path for pattern in patterns for path in folder.glob(pattern)}
        there = {p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")}
        assert shipped == there
