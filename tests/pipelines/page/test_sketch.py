"""Sketches: equal texts are wholly alike, others about as much as they share."""

import random

from pipelines.page.sketch import likeness, sketch

WORDS = [f"word{random.Random(number).randrange(400)}" for number in range(3000)]


def test_a_sketch_has_64_bytes_whatever_the_text_and_none_for_no_words() -> None:
    assert {len(sketch(WORDS[:count])) for count in (1, 3, 4, 3000)} == {64}
    assert sketch([]) == b""


def test_equal_texts_are_wholly_alike_and_others_not_at_all() -> None:
    assert likeness(sketch(WORDS), sketch(WORDS)) == 1
    assert likeness(sketch(WORDS), sketch(WORDS[::-1])) < 0.1
    assert likeness(sketch([]), sketch(WORDS)) == likeness(sketch([]), sketch([])) == 0


def test_a_text_with_a_tenth_more_is_nearly_the_same() -> None:
    assert likeness(sketch(WORDS), sketch(WORDS + WORDS[:300][::-1])) > 0.75
