"""What a crawl learns of the others that ask the same archive."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from scrapy.utils.test import get_crawler

from crawler.downloader.budgets import BudgetMiddleware
from crawler.downloader.presence import Presence


def test_a_crawl_learns_of_those_at_work_and_not_of_those_that_left_or_were_killed(tmp_path: Path) -> None:
    slots = tmp_path / "slots" / "archive.test_443.json"
    first = Presence(slots, "the first")
    (slots.with_suffix(".crawls") / "killed").write_text("a dead one")
    second = Presence(slots, "the second\n")
    assert (first.others, second.others) == ([], ["the first"])
    first.leave()
    third = Presence(slots, "the third")
    assert third.others == ["the second"]
    assert Presence(slots.with_stem("other.test_443"), "elsewhere").others == []
    second.leave()
    third.leave()
    third.leave()
    assert list(slots.with_suffix(".crawls").iterdir()) == []


def test_without_a_folder_there_are_no_others(tmp_path: Path) -> None:
    (tmp_path / "slots").write_text("no folder")
    assert Presence(None, "alone").others == []
    assert Presence(tmp_path / "slots" / "archive.test_443.json", "alone").others == []


def test_the_start_of_a_run_says_which_other_crawls_ask_the_archive_and_how_fast(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def said() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "crawler.downloader.budgets"]

    def begun(name: str, cdx: int) -> BudgetMiddleware:
        settings = {"SLOTS_DIR": str(tmp_path), "DATA_DIR": f"/{name}", "CDX_PER_MINUTE": cdx, "PLAYBACK_PER_MINUTE": 0}
        budgets = BudgetMiddleware(get_crawler(settings_dict=settings))
        budgets.announce()
        return budgets

    first = begun("first", 24)
    assert not said()
    second = begun("second", 6)
    (line,) = said()
    assert line.startswith("web.archive.org is asked by 1 other crawl of this machine, too")
    assert "DATA_DIR /first" in line and "24 CDX and 0 playback requests a minute" in line
    first.retire()
    second.retire()
