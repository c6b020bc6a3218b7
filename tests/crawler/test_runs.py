"""The records of runs: written whole, read in order, and without what is to be removed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import BaseSettings, Settings

from crawler.arguments import parse_arguments
from crawler.runs import FOLDER, Run, days_without_rows, read_runs, withdraw_from_runs
from pipelines.dataset.overrides import read_overrides

STATS = {
    "wayback/requests/cdx": 3, "wayback/answers/cdx/200": 2, "wayback/answers/cdx/503": 1, "wayback/bytes/cdx": 900,
    "wayback/waited/cdx": 5.1, "wayback/captures/stored": 4, "wayback/domains/found": 1, "wayback/rows": 4,
    "wayback/crawl/domains/found": 7, "wayback/crawl/id": "x", "downloader/request_count": 3,
}  # fmt: skip


@pytest.fixture
def settings() -> BaseSettings:
    settings = Settings()
    settings.setmodule("crawler.settings")
    return settings


def a_run(data_dir: Path, settings: BaseSettings, why: str = "", **arguments: str) -> Run:
    run = Run(data_dir, settings, parse_arguments(arguments or {"domain": "shop.test"}), "20260101T000000Z-abcdef")
    run.begin()
    run.end(exit_code=3, reason="shutdown", why=why, stats=STATS, unhealthy=[])
    return run


def test_a_run_under_way_or_killed_has_a_record_without_an_end(tmp_path: Path, settings: BaseSettings) -> None:
    run = Run(tmp_path, settings)
    assert not (tmp_path / FOLDER).exists()
    run.begin()
    (record,) = read_runs(tmp_path)
    assert record["ended"] is None and "exit_code" not in record


def test_the_record_tells_how_the_run_ended_and_what_it_did(tmp_path: Path, settings: BaseSettings) -> None:
    a_run(tmp_path, settings, "it was told to stop")
    (record,) = read_runs(tmp_path)
    assert (record["exit_code"], record["reason"], record["why"]) == (3, "shutdown", "it was told to stop")
    assert record["ended"] >= record["began"]
    assert record["pools"]["cdx"] == {
        "requests": 3, "answers": {"200": 2, "503": 1}, "bytes": 900, "refused": 0, "pauses": 0, "paused_seconds": 0,
        "waited_seconds": 5.1,
    }  # fmt: skip
    assert (record["rows"], record["captures"], record["domains"]) == (4, {"stored": 4}, {"found": 1})
    assert record["crawl"]["domains"] == {"found": 7}
    assert record["arguments"]["value"] == "shop.test" and record["settings"]["CDX_PER_MINUTE"] == 24
    assert {"python", "scrapy", "pyarrow", "platform", "wayback-policies"} <= record["software"].keys()


def test_a_login_is_in_no_record(tmp_path: Path, settings: BaseSettings) -> None:
    settings.set("ARCHIVE_URL", "http://me:secret@archive.test")
    a_run(tmp_path, settings, "http://me:secret@archive.test: no", domain="shop.test",
          archive_url="http://me:secret@archive.test")  # fmt: skip
    (path,) = (tmp_path / FOLDER).iterdir()
    assert "secret" not in path.read_text() and "http://archive.test: no" in path.read_text()


def test_records_come_newest_first_and_a_damaged_one_is_left_out(
    tmp_path: Path, settings: BaseSettings, caplog: pytest.LogCaptureFixture
) -> None:
    for why in ("first", "second"):
        a_run(tmp_path, settings, why)
    (tmp_path / FOLDER / "20990101.json").write_text("[]")
    (tmp_path / FOLDER / "20990102.json").write_text("{")
    assert [record["why"] for record in read_runs(tmp_path)] == ["second", "first"]
    assert "20990101.json left out" in caplog.text and "20990102.json left out" in caplog.text


NOW = datetime(2026, 3, 11, tzinfo=UTC)


def records(*rows: int | None) -> list[dict[str, Any]]:
    """Runs of the last days, the newest first; ``None`` for one that was killed."""
    days = [NOW - timedelta(days=number) for number in range(1, len(rows) + 1)]
    return [
        {"began": day.isoformat(), "ended": None}
        if count is None
        else {"began": day.isoformat(), "ended": day.isoformat(), "rows": count}
        for day, count in zip(days, rows, strict=True)
    ]


@pytest.mark.parametrize(("rows", "days"), [((), 0), ((5, 0), 1), ((0, None, 5, 7), 3), ((0, 0), 2), ((None,), 1)])
def test_days_in_vain_are_counted_from_the_last_run_with_rows_or_from_the_first_run(
    rows: tuple[int | None, ...], days: float
) -> None:
    assert days_without_rows(records(*rows), NOW) == days


def test_what_is_to_be_removed_is_in_no_record(tmp_path: Path, settings: BaseSettings) -> None:
    (tmp_path / "overrides.toml").write_text(
        '[[remove]]\ndomain = "gone.test"\n\n[[remove]]\nurl = "http://shop.test/old"\n'
    )
    a_run(tmp_path, settings, domain="gone.test")
    a_run(tmp_path, settings, "10 errors in a row, the last one for www.gone.test: HTTP 503")
    a_run(tmp_path, settings, "the last one: http://shop.test/old, which failed")
    a_run(tmp_path, settings, "the last one for shop.test: HTTP 503")
    (tmp_path / FOLDER / "20990101.json").write_text("{gone.test")
    withdraw_from_runs(tmp_path, read_overrides(tmp_path).remove)
    left = "".join(path.read_text() for path in (tmp_path / FOLDER).iterdir())
    assert "gone.test" not in left and "shop.test/old" not in left
    assert [record["why"] for record in read_runs(tmp_path)] == ["the last one for shop.test: HTTP 503", "", "", ""]
    assert [json.loads(path.read_text())["exit_code"] for path in (tmp_path / FOLDER).iterdir()] == [3] * 4
