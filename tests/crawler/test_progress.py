"""The progress line fits the terminal."""

from __future__ import annotations

import pytest

from crawler.extensions.progress import between, fitted

PARTS = ["domains 1,234/5,000", "captures 98,765", "cdx 24/24 a minute", "playback 480/480 a minute", "left 3 h 20 min"]


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (120, "  ".join(PARTS)),
        (80, "domains 1,234/5,000  playback 480/480 a minute  left 3 h 20 min"),
        (40, "domains 1,234/5,000  left 3 h 20 min"),
        (21, "domains 1,234/5,000 "),
    ],
)
def test_a_line_has_as_much_as_there_is_room_for(columns: int, shown: str) -> None:
    assert fitted(PARTS, columns) == shown
    assert len(shown) < columns


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [
        (50.0, 50.2, "50 s"),
        (20.0, 45.0, "20 to 45 s"),
        (45.0, 600.0, "45 s to 10 min"),
        (7200.0, 12_000.0, "2 h 0 min to 3 h 20 min"),
    ],
)
def test_what_is_left_is_a_range(least: float, most: float, told: str) -> None:
    assert between(least, most) == told
