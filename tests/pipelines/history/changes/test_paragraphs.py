"""Which paragraphs of two texts differ, and how much of the words stayed."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.history.changes.classify import COSMETIC, change_class
from pipelines.history.changes.paragraphs import difference
from pipelines.page.normalization import compared, sha256_of_text, words


def test_two_empty_texts_do_not_differ() -> None:
    assert change_class("", "") == COSMETIC
    assert difference("", "").similarity == 1


def test_added_removed_altered_and_moved_paragraphs_are_told_apart() -> None:
    before = "Intro.\n\nWe collect your name.\n\nWe never sell data.\n\nWrite to our office.\n\nThe end of it."
    after = "Write to our office.\n\nIntro.\n\nWe collect your full name.\n\nThe end of it.\n\nNew rules apply."
    found = difference(before, after)
    ops = [(change.op, change.before_at, change.after_at) for change in found.paragraphs]
    assert ops == [("moved", 3, 0), ("altered", 1, 2), ("removed", 2, None), ("added", None, 4)]
    assert found.paragraphs[1].before == "We collect your name."
    assert found.paragraphs[1].after == "We collect your full name."
    assert (found.words_added, found.words_removed) == (4, 4)


def test_similarity_is_the_share_of_words_that_stayed() -> None:
    assert difference("a b c d", "a b c e").similarity == 0.75
    assert difference("a b", "a b").similarity == 1
    assert difference("a b", "c d").similarity == 0


_SENTENCES = [
    f"Sentence number {word} tells that we collect {word} data for the purpose of {word} and nothing else."
    for word in ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett")
]


def test_joined_and_split_paragraphs_leave_the_words_as_they_are() -> None:
    before = "Last updated: 1 May 2010\n\n" + "\n\n".join(_SENTENCES)
    after = "Last updated: 2 June 2012\n\n" + " ".join(_SENTENCES)
    for found in (difference(before, after), difference(after, before)):
        assert (found.words_added, found.words_removed) == (3, 3)
        assert found.similarity > 0.98
        assert [(change.op, change.before_at, change.after_at) for change in found.paragraphs] == [("altered", 0, 0)]


def test_paragraphs_joined_and_altered_are_listed_as_one() -> None:
    joined = _SENTENCES[0].replace("alpha data", "phone data") + " " + _SENTENCES[1]
    found = difference("\n\n".join(_SENTENCES), "\n\n".join([joined, *_SENTENCES[2:]]))
    (change,) = found.paragraphs
    assert (change.op, change.before_at, change.after_at) == ("altered", 0, 0)
    assert (change.added, change.removed) == (found.words_added, found.words_removed) == (1, 1)
    assert change.before == "\n".join(_SENTENCES[:2])
    assert change.after == joined


def test_texts_that_differ_in_their_line_breaks_alone_have_no_paragraphs_that_differ() -> None:
    found = difference("a b\n\na\n\nb", "a\n\nb\n\na b")
    assert (found.paragraphs, found.similarity) == ((), 1)


def test_a_short_line_that_finds_its_like_does_not_part_what_was_joined() -> None:
    before = f"{_SENTENCES[0]}\n\nTop\n\n***\n\n{_SENTENCES[1]}\n\nTop\n\n***"
    after = f"***\n\n***\n\n{_SENTENCES[0]} {_SENTENCES[1]}\n\nTop\n\nTop"
    (change,) = difference(before, after).paragraphs
    assert (change.op, change.before, change.after_at) == ("moved", "Top", 3)


def test_a_word_that_two_different_sentences_share_did_not_stay() -> None:
    before = "We keep the name and the address of every customer here."
    after = "Our site shows advertisements that the visitor can switch off."
    assert difference(before, after).similarity == 0


def test_the_similarity_does_not_depend_on_where_the_lines_are_cut() -> None:
    dice = random.Random(3)
    words = [f"word{dice.randrange(300)}" for _ in range(2000)]
    other = ["new" if dice.random() < 0.02 else word for word in words]
    similar = {difference(_cut(words, dice, longest), _cut(other, dice, 40)).similarity for longest in (5, 20, 100)}
    assert similar == {difference(" ".join(words), " ".join(other)).similarity}


def _cut(words: list[str], dice: random.Random, longest: int) -> str:
    return " ".join(word + "\n" * (dice.randrange(longest) == 0) for word in words)


def test_the_words_of_japanese_are_its_characters() -> None:
    found = difference("個人情報を収集します", "個人情報を収集しません")
    assert found.words_added + found.words_removed == 3
    assert [change.op for change in found.paragraphs] == ["altered"]


_TEXTS = st.lists(
    st.text("ab$€% \t-_.,\u0301\u200b\u00ad中한กÉ９５\u20a9'’", max_size=12) | st.text(max_size=6), max_size=6
).map("\n".join)


@given(_TEXTS, _TEXTS)
@settings(max_examples=400)
def test_texts_with_other_words_have_paragraphs_that_differ(before: str, after: str) -> None:
    found = difference(before, after)
    old, new = words(compared(before)), words(compared(after))
    if sha256_of_text(before) != sha256_of_text(after):
        assert any(change.op == "moved" or change.added + change.removed for change in found.paragraphs)
    if sorted(old) != sorted(new):
        assert found.similarity < 1
        assert found.words_added + found.words_removed > 0
    assert found.words_added - found.words_removed == len(new) - len(old)
