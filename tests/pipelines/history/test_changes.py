"""What changed between two texts, and of what kind the change is."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.history.changes import concepts as concepts_module
from pipelines.history.changes.classify import CHANGES, COSMETIC, REORDERED, SUBSTANTIVE, WORDING, change_class
from pipelines.history.changes.concepts import concepts, concepts_of_text, numbers
from pipelines.history.changes.cosmetic import content
from pipelines.history.changes.paragraphs import difference
from pipelines.history.changes.words import sentence, split_sentences, split_words
from pipelines.page.normalization import SIGNS, compared, sha256_of_text, words
from pipelines.word_tables import BadWordTable, read_word_table
from tests.support.change_pairs import read_pairs

PAIRS = read_pairs()


def test_the_class_is_a_careful_readers_on_all_but_two_of_the_pairs_made_by_hand() -> None:
    wrong = [pair for pair in PAIRS if change_class(pair.before, pair.after) != pair.change]
    assert len(PAIRS) >= 200
    assert len({pair.language for pair in PAIRS}) >= 5
    assert {pair.change for pair in PAIRS} == set(CHANGES) - {"first", "language"}
    assert len(wrong) <= 2, wrong


def test_the_class_is_the_same_from_after_to_before() -> None:
    wrong = [pair for pair in PAIRS if change_class(pair.after, pair.before) != pair.change]
    assert len(wrong) <= 4, wrong


def test_a_small_edit_within_a_long_policy_decides() -> None:
    rest = "\n\n".join(f"This is paragraph {word} of the policy." for word in ("one", "two", "three", "four"))
    before = f"{rest}\n\nWe keep logs for 30 days.\n\n{rest}"
    assert change_class(before, before.replace("30", "60")) == SUBSTANTIVE
    assert change_class(before, before.replace("keep", "retain")) == WORDING


def test_the_same_sentences_in_another_order_are_reordered() -> None:
    assert change_class("We use cookies.\n\nWe sell data.", "We sell data.\n\nWe use cookies.") == REORDERED


def test_the_concepts_of_a_text_are_those_of_its_paragraphs() -> None:
    text = "We collect your e-mail.\n\nCookies, and more cookies. " + "We do not know. " * 1_000
    named = concepts_of_text(text)
    assert (named["cookie"], named["email"], named["not"]) == (2, 1, 1_000)
    assert named == concepts_of_text(text)


def test_the_search_for_concepts_goes_on_after_rare_characters() -> None:
    assert concepts_of_text("𠮷野家 ꙋ Ꞌa ꦲ email") == Counter({"email": 1})


def test_white_space_case_width_and_punctuation_are_cosmetic() -> None:
    assert change_class("We use   COOKIES", "we use cookies.") == COSMETIC
    assert change_class("ＡＢＣ株式会社", "ABC株式会社") == COSMETIC


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


def test_marks_of_indic_scripts_part_no_word() -> None:
    assert split_words("हम आपकी जानकारी") == ("हम", "आपकी", "जानकारी")


def test_abbreviations_and_numbers_end_no_sentence() -> None:
    text = "Acme Inc. keeps version 2.0 of it, e.g. in St. Louis. We agree. 日本語です。次です。"
    assert [len(part) > 3 for part in split_sentences(text)] == [True] * 4


def test_contractions_and_the_spelling_of_email_make_no_difference() -> None:
    assert sentence("We don’t read your e-mail").key == sentence("We do not read your email").key


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("We charge $25 for a copy.", "We charge €25 for a copy."),
        ("We charge $25 for a copy.", "We charge 25 for a copy."),
        ("We share 10% of the revenue.", "We share 10 of the revenue."),
        ("We use cookies.\n\nA fee of £ applies", "We use cookies.\n\nA fee of € applies"),
        ("手数料は5％です。", "手数料は5です。"),
    ],
)
def test_another_currency_or_percent_sign_is_substantive_and_listed(before: str, after: str) -> None:
    assert change_class(before, after) == SUBSTANTIVE
    assert [change.op for change in difference(before, after).paragraphs] == ["altered"]


def test_a_currency_or_rate_said_with_the_sign_or_the_word_for_it_is_wording_at_most() -> None:
    assert change_class("It costs $25.", "It costs 25 dollars.") == WORDING
    assert change_class("It costs 25$ more.", "It costs $25 more.") == WORDING
    assert change_class("We keep 10% of it.", "We keep 10 % of it.") == COSMETIC
    assert change_class("Wir behalten 10% davon.", "Wir behalten 10 Prozent davon.") == WORDING


def test_every_sign_that_counts_as_a_word_names_a_concept() -> None:
    assert not [sign for sign in SIGNS if not concepts(sentence(f"5{sign}").words)]


def test_what_is_not_compared_is_no_change_beside_others() -> None:
    before = "We keep your name.\n\nTrace Id: 4f3a0c22e1b94d7788aa01b2c3d4e5f6\n\n© 2019 Example and its friends"
    after = "We keep your names.\n\nTrace Id: 0b8e1407ffd4cc17f302992e8b785c89\n\n© 2020 Example and its friends"
    assert change_class(before, after) == "wording"
    assert [change.after for change in difference(before, after).paragraphs] == ["We keep your names."]


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


@pytest.mark.parametrize(
    "line",
    [
        "Last updated: March 3, 2012",
        "Stand: 1. Januar 2010",
        "Dernière mise à jour : 3 mars 2012",
        "Última actualización: 3 de marzo de 2012",
        "最終更新日：2012年3月3日",
        "© 2012 Example Inc. All rights reserved.",
        "privacy@example.com",
        "https://www.example.com/privacy?lang=en",
        "10115 Berlin",
        "Musterstraße 12",
        "12 rue de la Paix, 75002 Paris",
        "+49 (0)30 1234567",
        "•",
    ],
)
def test_a_line_of_nothing_but_dates_and_addresses_says_nothing(line: str) -> None:
    assert not sentence(content(line)).words


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
    ("before", "after"),
    [
        ("a\n" * 50_000, "a\n" * 40_000 + "b\n" * 10_000),
        ("x" * 100_000, "x" * 99_999 + "y"),
        ("中" * 33_000, "中文" * 16_500),
        ("a-" * 50_000, "b " * 40_000),
        ("a." * 25_000, "a@" * 50_000),
        ("1 " * 50_000, "2 " * 50_000),
        ("1 Main " * 15_000, "10115 Berlin, " * 7_000),
        ("(1) " * 25_000, "Ⅰ. " * 20_000),
        (" " * 50_000 + "x", "\t" * 50_000 + "y"),
    ],
    ids=["lines", "letters", "cjk", "hyphens", "dots", "numbers", "addresses", "numbering", "blanks"],
)
def test_hostile_texts_take_seconds_at_most(before: str, after: str) -> None:
    started = time.process_time()
    assert change_class(before, after) in CHANGES
    assert 0 <= difference(before, after).similarity <= 1
    assert time.process_time() - started < 5


def test_texts_of_100_kb_take_less_than_a_second() -> None:
    dice = random.Random(1)
    words = [f"word{n}" for n in range(3000)] + ["the", "of", "to", "and", "we", "you", "your", "data"] * 300
    lines = [" ".join(dice.choices(words, k=70)) + "." for _ in range(200)]
    other = [line.replace("data", "facts") if dice.random() < 0.3 else line for line in lines]
    before, after = "\n\n".join(lines), "\n\n".join(other)
    assert len(before) > 80_000
    started = time.process_time()
    change_class(before, after)
    difference(before, after)
    assert time.process_time() - started < 1


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
    for function in vars(concepts_module).values():
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


def test_spaces_that_came_or_went_are_layout() -> None:
    before = "Purpose Type of data\n\nStrictly necessary cookies. These cookies make our shop work.\n\nWho we are"
    after = "PurposeType of data\n\nStrictly necessary cookies.These cookies make our shop work.\n\nWho we are"
    assert change_class(before, after) == change_class(after, before) == "cosmetic"


def test_a_table_of_contents_says_nothing_new() -> None:
    sections = {
        "What do we collect?": "We collect your name.",
        "Who sees your data?": "Only we see it.",
        "How long do we keep it?": "We keep it for a year.",
    }
    text = "\n\n".join(line for section in sections.items() for line in section)
    contents = "\n".join(f"  • {heading}" for heading in sections)
    assert change_class(text, f"Contents\n\n{contents}\n\n{text}") == WORDING
    assert change_class(text, f"{text}\n\n  • Your address") == SUBSTANTIVE


def test_a_postal_address_over_several_lines_is_cosmetic() -> None:
    text = "Write to us at:\n\n{}\n\nWe answer within a week."
    before = text.format("Acme Exchange\n\n42 Harbour Street\n\nDublin 2, D02 XY45")
    after = text.format("1 Mill Street Upper\n\nDublin 2\n\nDublin\n\nD02 AB12")
    assert change_class(before, after) == COSMETIC
    assert change_class(before, after.replace("a week", "2 weeks")) == SUBSTANTIVE


def test_a_member_that_left_a_list_parted_by_ideographic_commas_is_substantive() -> None:
    before = "为了保障服务的安全运行，我们会收集你的硬件型号、IMSI、网络设备硬件地址。"
    assert change_class(before, before.replace("IMSI、", "")) == SUBSTANTIVE


POLICY = "We collect your name, and keep it for a year.\n\nWe share it with nobody.\n\nYou can ask us to delete it."


@pytest.mark.parametrize(
    "text",
    [
        f"  • Shop\n  • About us\n  • Help\n  • Privacy\n\n{POLICY}",
        f"Shop\n\nAbout us\n\nHelp\n\nPrivacy\n\n{POLICY}",
        f"{POLICY}\n\nShop\n\nAbout us\n\nHelp\n\nJobs",
        f"English\n\n{POLICY}",
        f"{POLICY}\n\nEnglish (US) | Deutsch | 日本語",
        f"Select your language\n\n{POLICY}",
        f"{POLICY}\n\n© Acme. The shop that keeps quiet.",
    ],
)
def test_menus_buttons_and_mottos_of_the_page_are_cosmetic(text: str) -> None:
    assert change_class(text, POLICY) == change_class(POLICY, text) == COSMETIC
    assert change_class(text, POLICY.replace("a year", "2 years")) == SUBSTANTIVE


@pytest.mark.parametrize(
    "text",
    [
        f"{POLICY}\n\nWe also collect:\n\n  • Shoes\n  • Hats\n  • Coats\n  • Gloves",
        f"{POLICY}\n\n  • Phone number\n  • E-mail address\n  • Credit card\n  • Location",
        f"{POLICY}\n\nWe respect the copyright of others.",
    ],
)
def test_a_list_at_the_end_is_no_menu_and_a_sentence_no_line_of_copyright(text: str) -> None:
    assert change_class(POLICY, text) == SUBSTANTIVE


def test_a_title_between_a_sentence_and_a_longer_one_is_wording_whatever_it_names() -> None:
    titled = POLICY.replace("We share", "Sharing data with partners\n\nWe share")
    titled = titled.replace("share it with nobody", "share it with nobody, whoever asks for it or wants it of us")
    bare = titled.replace("Sharing data with partners\n\n", "")
    assert change_class(bare, titled) == change_class(titled, bare) == WORDING
    assert change_class(POLICY, f"Privacy and cookies\n\n{POLICY}") == WORDING
    assert change_class(POLICY, f"{POLICY}\n\nSharing data with partners") == SUBSTANTIVE


def test_a_member_of_a_list_without_bullets_is_no_title() -> None:
    text = "We collect:\n\nName\n\n{}We do so because the law asks us to know who buys our garden seeds."
    assert change_class(text.format(""), text.format("Phone number\n\n")) == SUBSTANTIVE


def test_a_sentence_that_went_past_a_line_that_stayed_is_reordered_also_if_its_full_stop_came() -> None:
    before = "We sell nothing\n\nWe keep your name.\n\nWe share nothing."
    assert change_class(before, "We keep your name.\n\nWe sell nothing.\n\nWe share nothing.") == REORDERED


def test_a_line_of_the_documents_history_that_says_a_number_is_no_date() -> None:
    line = "3 March 2012: Updated the licence from 2.5 to 4.0"
    assert "4.0" in content(line)
    assert not content("Last updated: 3 March 2012, 10:15").strip()


def test_links_of_markdown_that_a_page_shows_are_cosmetic() -> None:
    before = "You may ask us to delete what we know of you."
    assert change_class(before, "You may [ask us to delete][1] what we know of you.\n\n[1]: /rights#ask") == COSMETIC
    assert change_class(before, "You may [ask us](/ask) to delete what we know of you.") == COSMETIC
