"""Words, their count, and the hash by which texts are compared."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.page.normalization import normalise, sha256_of_words, words


def sha(text):
    return sha256_of_words(words(text))


def test_layout_capitals_bullets_and_quotes_do_not_change_the_hash():
    assert sha("We “collect”\n\n  • Your NAME") == sha("we 'collect' your name.")


def test_every_other_change_changes_the_hash():
    text = "We keep your data for 30 days and pay 5 $."
    others = (
        "We keep your data for 31 days and pay 5 $.",
        "We keep your data for 30 days and pay 5 €.",
        "We keep your data for 30 days.",
        "We do keep your data for 30 days and pay 5 $.",
    )
    assert sha(text) not in {sha(other) for other in others}


def test_vowel_signs_of_indic_scripts_are_part_of_words():
    assert words("हम डेटा की") == ["हम", "डेटा", "की"]
    assert sha("की") != sha("का")


def test_scripts_without_spaces_count_each_character():
    assert words("隐私政策 2018") == ["隐", "私", "政", "策", "2018"]


def test_soft_hyphens_and_zero_width_characters_are_not_seen():
    assert normalise("Daten\u00adschutz\u200b") == "Datenschutz"
    assert sha("Daten\u00adschutz") == sha("Datenschutz")


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_normalising_twice_changes_nothing_and_gives_nfc(text):
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.lists(st.text(alphabet=st.characters(categories=["Ll"], max_codepoint=0x24F), min_size=1, max_size=8)))
@settings(max_examples=150, deadline=None)
def test_white_space_never_changes_the_words(parts):
    assert words(" ".join(parts)) == words("\n\n  \t".join(parts))


def test_a_joiner_that_is_spelling_stays_in_the_text_and_does_not_count_for_the_hash():
    assert normalise("جمع\u200cآوری") == "جمع\u200cآوری"
    assert normalise("क्\u200dष co\u200cde\u200b") == "क्\u200dष code"
    assert words("جمع\u200cآوری") == words("جمعآوری")
