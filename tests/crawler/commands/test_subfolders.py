"""Commands work from any subfolder of the project, as Scrapy itself does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler.settings import beside_scrapy_cfg
from tests.support.processes import ROOT
from tests.support.scripts import scrapy


@pytest.mark.parametrize(("folder", "path"), [(".", "data"), ("tests", "../data"), ("tests/crawler", "../../data")])
def test_data_is_beside_scrapy_cfg(folder: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / folder)
    assert beside_scrapy_cfg("data") == Path(path)


def test_outside_of_any_project_it_is_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert beside_scrapy_cfg("data") == Path("data")


@pytest.mark.slow
def test_the_demo_works_from_a_subfolder_and_a_given_data_dir_is_in_that_folder(tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = crawler.settings\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sample").symlink_to(ROOT / "data" / "sample")
    (below := tmp_path / "notes" / "today").mkdir(parents=True)
    by_default = scrapy("demo", cwd=below)
    assert by_default.returncode == 0, by_default.stderr
    assert "tidelog.example              4" in by_default.stdout
    assert (tmp_path / "data" / "demo" / "crawl.sqlite").exists()
    shown = re.search(r"^Look at file://(\S+)#v10: ", by_default.stdout, re.M)
    assert shown is not None and 'id="v10-row"' in Path(shown[1]).read_text()
    status = scrapy("status", "--domains", "-s", "DATA_DIR=../../data/demo", cwd=below)
    assert "tidelog.example              4" in status.stdout, status.stderr
    assert list(below.iterdir()) == []
