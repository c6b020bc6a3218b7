"""Which concepts words name, in all languages; numbers; and the table of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipelines.history.changes import concepts as module
from pipelines.history.changes.concepts import concepts, concepts_of_text, numbers
from pipelines.history.changes.cosmetic import content
from pipelines.history.changes.words import sentence
from pipelines.page.normalization import SIGNS
from pipelines.word_tables import BadWordTable, read_word_table


def test_the_concepts_of_a_text_are_those_of_its_paragraphs() -> None:
    text = "We collect your e-mail.\n\nCookies, and more cookies. " + "We do not know. " * 1_000
    named = concepts_of_text(text)
    assert (named["cookie"], named["email"], named["not"]) == (2, 1, 1_000)
    assert named == concepts_of_text(text)


def test_the_search_for_concepts_goes_on_after_rare_characters() -> None:
    assert concepts_of_text("𠮷野家 ꙋ Ꞌa ꦲ email") == Counter({"email": 1})


def test_every_sign_that_counts_as_a_word_names_a_concept() -> None:
    assert not [sign for sign in SIGNS if not concepts(sentence(f"5{sign}").words)]


@pytest.mark.parametrize(
    "line",
    [
        "We keep logs for 30 days by way of backup.",
        "Children under 13 may not use it.",
        "During 30 days you can object.",
        "We store 2 copies and share 1 of them.",
    ],
)
def test_a_number_that_says_something_stays(line: str) -> None:
    assert numbers(sentence(content(line)).words)


def test_number_words_are_numbers() -> None:
    assert numbers(sentence("thirty (30) days").words) == numbers(sentence("30 days").words) == {"30"}


def test_a_concept_is_found_in_every_language_by_the_longest_stem() -> None:
    for line in ("your IP address", "Ihre IP-Adresse", "votre adresse IP", "su dirección IP", "IPアドレス"):
        assert concepts(sentence(line).words) == Counter({"ip": 1}), line


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('[sell]\nwords = ["sold"]\n[share]\nwords = ["sold"]', r"\[share\] words: 'sold' is also of \[sell\]"),
        ('[sell]\nwrods = ["sold"]', r"\[sell\] wrods: is not words, beginnings or inside"),
    ],
)
def test_a_mistake_in_the_table_of_concepts_is_named(
    table: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "concepts.toml").write_text(table, "utf-8")
    monkeypatch.setattr("pipelines.word_tables.files", lambda package: tmp_path)
    forget_concepts()
    with pytest.raises(BadWordTable, match=message):
        concepts(("sold",))
    forget_concepts()


def forget_concepts() -> None:
    """The table of concepts is read anew, and what words name is looked up anew."""
    for function in vars(module).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


def test_every_word_of_the_table_of_concepts_is_found_where_it_stands_alone() -> None:
    table = read_word_table("pipelines.history.changes", "concepts.toml")
    never = [
        (concept, word)
        for concept, lists in table.items()
        for kind, words_of_kind in lists.items()
        for word in words_of_kind
        if kind != "inside" and concept != "nothing_said"
        if concept not in concepts(sentence(f"{word}something" if word.endswith(" ") else word).words)
    ]
    assert not never
