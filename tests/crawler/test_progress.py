"""The progress line fits the terminal, and the report says no more than is known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from crawler.extensions.progress import fitted, report

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


def ended(**facts: Any) -> Any:
    """What the report asks of a crawl."""
    nothing = {"id": "c1", "exit_code": 0, "why": "", "unhealthy": [], "left_out": 0, "not_due": 0, "outcomes": []}
    stats = SimpleNamespace(get_stats=dict)
    return SimpleNamespace(**{**nothing, "pools": {}, "stats": stats, "data_dir": "data", **facts})


def test_the_report_of_a_list_of_which_nothing_is_due_does_not_say_that_nothing_is_known() -> None:
    text = report(ended(not_due=14), 1.0)
    assert "14 domains are not due" in text
    assert "in all" not in text


def test_the_report_tells_what_is_known_of_the_domains_that_an_earlier_run_was_done_with() -> None:
    text = report(ended(outcomes=[("domain", "found", 2), ("capture", "stored", 5)]), 1.0)
    assert text.splitlines()[-4:-1] == ["in all", "  domains   2: 2 found", "  captures  5: 5 stored"]
