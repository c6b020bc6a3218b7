"""Words and sentences of a text."""

from __future__ import annotations

from pipelines.history.changes.words import sentence, split_sentences, split_words


def test_marks_of_indic_scripts_part_no_word() -> None:
    assert split_words("हम आपकी जानकारी") == ("हम", "आपकी", "जानकारी")


def test_abbreviations_and_numbers_end_no_sentence() -> None:
    text = "Acme Inc. keeps version 2.0 of it, e.g. in St. Louis. We agree. 日本語です。次です。"
    assert [len(part) > 3 for part in split_sentences(text)] == [True] * 4


def test_contractions_and_the_spelling_of_email_make_no_difference() -> None:
    assert sentence("We don’t read your e-mail").key == sentence("We do not read your email").key
