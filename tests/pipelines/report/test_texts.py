from __future__ import annotations

import pytest

from pipelines.history.changes.paragraphs import difference
from pipelines.report import texts
from pipelines.report.texts import Paragraphs, change_rows, pieces

BEFORE = "Privacy\n\nWe collect your name.\n\nWe keep it for a year.\n\nWe sell nothing.\n\nWrite to us."
AFTER = "Privacy\n\nWe collect your name.\n\nWe keep it for two years.\n\nWe use cookies.\n\nWrite to us."


def rows(before, after):
    """The rows of a change, with paragraphs in the place of their numbers."""
    numbers = Paragraphs()
    changed = [
        {name: getattr(each, name) for name in ("op", "before_at", "after_at", "before", "after")}
        for each in difference(before, after).paragraphs
    ]
    listed = change_rows({"paragraphs": changed}, before, after, numbers)
    said = numbers.listed
    return [
        ["=", [said[number] for number in row[1]], row[2]] if row[0] == "="
        else row if row[0] == "~" else [row[0], said[row[1]]]
        for row in listed
    ]  # fmt: skip


def test_a_change_is_shown_whole_with_what_stayed_around_it():
    assert rows(BEFORE, AFTER) == [
        ["=", ["Privacy", "We collect your name."], 5],
        ["~", ["We keep it for ", "a year.", "two years.", ""]],
        ["-", "We sell nothing."],
        ["+", "We use cookies."],
        ["=", ["Write to us."], 3],
    ]


def test_a_paragraph_that_moved_is_shown_where_it_stands_now():
    found = rows(
        "One two three.\n\nFour five six.\n\nSeven eight nine.", "Four five six.\n\nSeven eight nine.\n\nOne two three."
    )
    assert [row[0] for row in found] == ["=", ">"]
    assert found[1] == [">", "One two three."]


def test_the_rows_of_a_change_are_the_new_text_where_what_went_is_left_out():
    for before, after in ((BEFORE, AFTER), (AFTER, BEFORE), ("", AFTER), (BEFORE, "")):
        told = []
        for sign, what, *_ in rows(before, after):
            if sign == "=":
                told += what
            elif sign == "~":
                told += "".join(piece for index, piece in enumerate(what) if index % 3 != 1).split("\n")
            elif sign in "+>":
                told.append(what)
        assert told == [line for line in after.split("\n") if line]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("We keep it.", "We keep it.", ["We keep it."]),
        ("we keep it", "We keep it", ["We keep it"]),
        ("We may sell it.", "We never sell it.", ["We ", "may ", "never ", "sell it."]),
        ("個人情報を収集", "個人情報を販売", ["個人情報を", "収集", "販売", ""]),
    ],
)
def test_an_altered_paragraph_is_told_word_by_word(before, after, expected):
    assert pieces(before, after) == expected


def test_each_paragraph_is_listed_once_however_many_texts_have_it():
    numbers = Paragraphs()
    assert [numbers.numbers(BEFORE), numbers.numbers(AFTER)] == [[0, 1, 2, 3, 4], [0, 1, 5, 6, 4]]


def test_texts_beyond_the_bound_are_left_out(monkeypatch):
    monkeypatch.setattr(texts, "DOMAIN_CHARACTERS", 10)
    numbers = Paragraphs()
    numbers.numbers("a long paragraph")
    assert numbers.is_full
