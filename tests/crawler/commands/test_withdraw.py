"""``scrapy withdraw``, and what a mistake in ``overrides.toml`` does to the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.tools.export import export
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part, remove
from tests.support.processes import rows_of
from tests.support.rows import row


def test_it_says_what_it_removed_and_that_there_is_nothing_left_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_part(tmp_path, [row("a.test", "2001"), row("b.test", "2001")])
    assert scrapy(tmp_path, "withdraw") == 0
    assert "nothing to remove" in capsys.readouterr().out
    remove(tmp_path, domain="a.test")
    assert scrapy(tmp_path, "withdraw") == 0
    assert "removed: 1 rows of policies, 0 WARC records" in capsys.readouterr().out
    assert [each["domain"] for each in rows_of(tmp_path / "policies")] == ["b.test"]
    assert scrapy(tmp_path, "withdraw") == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_rows_that_came_without_a_ledger_are_taken_out_too(tmp_path: Path) -> None:
    add_part(tmp_path, [row("a.test", "2001"), row("b.test", "2001")])
    (tmp_path / "crawl.sqlite").unlink()
    remove(tmp_path, domain="a.test")
    assert scrapy(tmp_path, "withdraw") == 0
    assert [each["domain"] for each in rows_of(tmp_path / "policies")] == ["b.test"]


def test_what_was_exported_before_goes_with_the_next_export(tmp_path: Path) -> None:
    add_part(tmp_path, [row("a.test", "2001"), row("b.test", "2001")])
    export(tmp_path, tmp_path / "out", "text")
    remove(tmp_path, domain="a.test")
    export(tmp_path, tmp_path / "out", "text")
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["b"]


@pytest.mark.parametrize(
    "command",
    [("withdraw",), ("export", "-o", "{}/out"), ("release", "-o", "{}/out"), ("show", "a.test"), ("reextract",)],
)
def test_a_mistake_in_overrides_is_a_wrong_argument(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_part(tmp_path, [row("a.test", "2001")])
    remove(tmp_path, host="a.test")
    assert scrapy(tmp_path, *(part.format(tmp_path) for part in command)) == 2
    assert "number 1: there is no key host; allowed are domain, url" in capsys.readouterr().err
