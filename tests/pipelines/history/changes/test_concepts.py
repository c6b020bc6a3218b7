"""Counting concepts: what is remembered of words gives the same as looking at the text place by place."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.history.changes import concepts as module
from pipelines.history.changes.concepts import concepts, concepts_of_text

ENTRIES = sorted({entry for kind in module._stems().values() for entry in kind})
PARTS = sorted({word for entry in ENTRIES for word in entry.split(" ") if word})
LATIN = st.one_of(
    st.sampled_from(PARTS).filter(lambda word: not module._ANY_FROM_CJK.search(word)),
    st.text("abcdenrstü", min_size=1, max_size=12),
    st.builds(str.__add__, st.sampled_from(PARTS), st.text("abcdenrst", max_size=3)),
    st.text("x", min_size=37, max_size=42),
)
ANY = st.one_of(LATIN, st.sampled_from(PARTS), st.sampled_from(["中", "文", "𠮷", "の", "가", "น", "€", "7"]))


def place_by_place(words: tuple[str, ...]) -> Counter[str]:
    """The definition: at each place the longest entry, and on behind it."""
    named = Counter(module._of_text(module._NO_BLANK.sub("", " ".join(words))))
    del named[module.SILENT]
    return named


@given(words=st.lists(st.one_of(LATIN, ANY), max_size=14).map(tuple) | st.lists(LATIN, max_size=14).map(tuple))
def test_what_words_name_is_the_same_remembered_or_looked_at_place_by_place(words: tuple[str, ...]) -> None:
    assert concepts(words) == place_by_place(words)


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if " " in entry.strip()])
def test_an_entry_of_several_words_counts_before_those_of_its_first_word(entry: str) -> None:
    for words in (entry.split(), [*entry.split(), "and"], ["and", *entry.split(), "and"], entry.split()[:1]):
        assert concepts(tuple(words)) == place_by_place(tuple(words))


def test_a_compound_of_nine_letters_counts_wherever_it_stands() -> None:
    for line in ("testgerat", "testgerat und", "und testgerat", "testgerat 中"):
        assert concepts(tuple(line.split()))["device"] == 1, line
    assert not concepts(("tesgerat",))
    assert concepts_of_text("Testgerät\n\nEin Testgerät, und noch ein Testgerät")["device"] == 3
