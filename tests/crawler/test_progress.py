"""The progress line fits the terminal."""

from __future__ import annotations

import pytest

from crawler.extensions.progress import fitted

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
