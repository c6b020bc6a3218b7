"""``scrapy release`` as people call it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import scrapy
from tests.support.data_dirs import data_dir
from tests.support.releases import facts


def test_the_command_makes_a_release_and_reports_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_dir(tmp_path / "data", *facts())
    assert scrapy(data, "release", "-o", str(tmp_path / "release"), "--number", "3") == 0
    told = capsys.readouterr().out
    assert told.startswith("Release 3 in ")
    assert "half-years with a capture filled" in told


def test_the_command_ends_with_2_and_a_reason_where_it_cannot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(tmp_path / "nowhere", "release", "-o", str(tmp_path / "release")) == 2
    assert "crawl first" in capsys.readouterr().err


def test_a_mistake_in_the_overrides_is_told_by_the_name_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = data_dir(tmp_path / "data", *facts())
    (data / "overrides.toml").write_text("[[remove]]\ndomian = 'a.example'\n")
    assert scrapy(data, "release", "-o", str(tmp_path / "release")) == 2
    assert str(data / "overrides.toml") in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["-o", "x", "--number", "0"], ["-o", "x", "--processes", "0"], ["-o", "x", "more"]]
)
def test_the_command_refuses_arguments_it_does_not_know(tmp_path: Path, arguments: list[str]) -> None:
    assert scrapy(tmp_path, "release", *arguments) == 2
