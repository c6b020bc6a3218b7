"""The package's command, and ``scrapy`` where it is the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler import console
from crawler.sample import sample_folder
from tests.support.processes import ROOT


def test_scrapy_is_named_where_it_finds_our_commands_and_our_own_program_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert console.program() == "wayback-policies"
    (tmp_path / "scrapy.cfg").touch()
    assert console.program() == "scrapy"


def test_in_a_project_of_other_spiders_it_is_said_how_our_commands_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scrapy.cfg").touch()
    monkeypatch.setattr(console, "get_project_settings", lambda: Settings({"BOT_NAME": "hers"}))
    monkeypatch.setattr("sys.argv", ["wayback-policies", "status"])
    with pytest.raises(SystemExit) as ended:
        console.main()
    assert ended.value.code == 2
    assert f"{tmp_path}/scrapy.cfg names settings without ours" in capsys.readouterr().err


def test_the_sample_of_a_checkout_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert sample_folder().samefile(ROOT / "data" / "sample")


def test_the_sample_of_the_wheel_is_found_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "share" / "wayback-policies" / "sample"
    installed.mkdir(parents=True)
    (installed / "shop.warc.gz").touch()
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setattr("crawler.sample._CODE", tmp_path / "site-packages")
    assert sample_folder() == installed
