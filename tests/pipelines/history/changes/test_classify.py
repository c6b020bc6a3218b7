"""Of what kind the change between two texts is."""

from __future__ import annotations

import random
import time

import pytest

from pipelines.history.changes.classify import CHANGES, COSMETIC, REORDERED, SUBSTANTIVE, WORDING, change_class
from pipelines.history.changes.paragraphs import difference
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


def test_white_space_case_width_and_punctuation_are_cosmetic() -> None:
    assert change_class("We use   COOKIES", "we use cookies.") == COSMETIC
    assert change_class("ＡＢＣ株式会社", "ABC株式会社") == COSMETIC


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


def test_what_is_not_compared_is_no_change_beside_others() -> None:
    before = "We keep your name.\n\nTrace Id: 4f3a0c22e1b94d7788aa01b2c3d4e5f6\n\n© 2019 Example and its friends"
    after = "We keep your names.\n\nTrace Id: 0b8e1407ffd4cc17f302992e8b785c89\n\n© 2020 Example and its friends"
    assert change_class(before, after) == "wording"
    assert [change.after for change in difference(before, after).paragraphs] == ["We keep your names."]


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


def test_links_of_markdown_that_a_page_shows_are_cosmetic() -> None:
    before = "You may ask us to delete what we know of you."
    assert change_class(before, "You may [ask us to delete][1] what we know of you.\n\n[1]: /rights#ask") == COSMETIC
    assert change_class(before, "You may [ask us](/ask) to delete what we know of you.") == COSMETIC
