"""Text as a terminal shows it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pipelines.tools.terminal import END, RED, wrapped


def test_lines_are_broken_between_words_and_keep_their_indent() -> None:
    assert wrapped("We collect your name\n  • and your address", 14).split("\n") == [
        "We collect",
        "your name",
        "  • and your",
        "  address",
    ]


def test_wide_letters_take_two_cells() -> None:
    assert wrapped("個人 情報 name", 9).split("\n") == ["個人 情報", "name"]
    assert wrapped("個人 情報 name", 8).split("\n") == ["個人", "情報", "name"]


def test_an_address_is_left_whole() -> None:
    assert wrapped("see http://a.test/privacy now", 9).split("\n") == ["see", "http://a.test/privacy", "now"]


def test_a_colour_ends_with_each_line_and_begins_again() -> None:
    assert wrapped(f"{RED}one two{END} three", 4).split("\n") == [f"{RED}one{END}", f"{RED}two{END}", "three"]


def test_a_line_that_fits_stays_as_it_is() -> None:
    assert wrapped("one  two \n\nthree", 9) == "one  two\n\nthree"


@given(st.text(st.sampled_from("ab \n個"), max_size=60), st.integers(2, 12))
def test_no_line_of_several_words_is_too_wide_and_no_letter_is_lost(text: str, width: int) -> None:
    broken = wrapped(text, width)
    assert re.sub(r"\s", "", broken) == re.sub(r"\s", "", text)
    for line in broken.split("\n"):
        cells = sum(2 if letter == "個" else 1 for letter in line)
        assert cells <= width or len(line.split()) == 1
