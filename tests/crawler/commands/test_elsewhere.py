"""Commands that read and write in object storage. Fast ones take a folder for it; the last one talks to a server."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest

from pipelines.dataset import places, uploading
from pipelines.release import copies
from pipelines.release.build import release
from pipelines.report import site
from tests.pipelines.release.test_lineage import dataset, more
from tests.support.commands import scrapy

pytestmark = pytest.mark.slow  # releases and reports are made by the dozen


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a folder that the commands do not take for one of this machine."""
    for module in (uploading, copies):
        monkeypatch.setattr(module, "on_this_machine", lambda given: None if "://" in given else Path(given))
    (tmp_path / "there").mkdir()
    return (tmp_path / "there").as_uri()


def same(one: Path, other: Path) -> bool:
    """True if two folders hold the same files."""
    return contents(one) == contents(other)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_releases_elsewhere_are_a_line_with_the_same_bytes_as_here(
    elsewhere: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, here, there = dataset(tmp_path / "data", "2010:names"), tmp_path / "here", tmp_path / "there"
    made = ("release", "--processes", "1", "-o")
    for name in ("1", "2", "again"):
        assert scrapy(data, *made, f"{elsewhere}/{name}") == 0
        assert f"in {elsewhere}/{name}\n" in capsys.readouterr().out
        if name == "1":
            copytree(there / "1", here / "1")
            more(data)
    assert same(release(data, here / "2", processes=1).path, there / "2")
    assert same(there / "again", there / "2")
    assert json.loads((there / "again" / "release.json").read_text())["predecessor"]["release"] == 1
    assert scrapy(data, *made, f"{elsewhere}/2") == 2
    assert "a release is never changed" in capsys.readouterr().err
    assert scrapy(data, "release", "--compare", f"{elsewhere}/1", f"{elsewhere}/2") == 0
    assert f"in {elsewhere}/2" in capsys.readouterr().out


def test_a_release_after_one_elsewhere_reads_only_what_it_needs(elsewhere: str, tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "2010:names")
    first = release(data, tmp_path / "there" / "1", number=41, processes=1).path
    for path in (first / "policies").iterdir():
        path.unlink()
    more(data)
    assert scrapy(data, "release", "--processes", "1", "-o", f"{tmp_path}/x/2", "--after", f"{elsewhere}/1") == 0
    assert json.loads((tmp_path / "x" / "2" / "release.json").read_text())["release"] == 42
    assert scrapy(data, "release", "--processes", "1", "-o", f"{elsewhere}/2") == 0
    assert json.loads((tmp_path / "there" / "2" / "release.json").read_text())["release"] == 42


def test_a_release_whose_upload_was_interrupted_is_none_until_a_rerun_completes_it(
    elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, there = dataset(tmp_path / "data", "2010:names"), tmp_path / "there" / "1"
    put = places.Place.put

    def fails(self: places.Place, path: Path, name: str) -> None:
        if name == "release.json":
            raise OSError("the server is gone")
        put(self, path, name)

    with monkeypatch.context() as patch:
        patch.setattr(places.Place, "put", fails)
        assert scrapy(data, "release", "--processes", "1", "-o", f"{elsewhere}/1") == 1
    assert (there / "policies").is_dir()
    assert scrapy(data, "report", "-o", str(tmp_path / "report"), "--release", f"{elsewhere}/1") == 2
    assert f"{elsewhere}/1 is no release: it has no release.json" in capsys.readouterr().err
    assert scrapy(data, "release", "--processes", "1", "-o", f"{elsewhere}/1") == 0
    assert same(there, release(data, tmp_path / "here" / "1", processes=1).path)


def test_a_release_elsewhere_that_is_not_whole_is_told(
    elsewhere: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = dataset(tmp_path / "data", "2010:names")
    made = release(data, tmp_path / "there" / "1", processes=1).path
    table, manifest = made / "versions" / "00000.parquet", made / "release.json"
    asked_for = ("export", "--format", "csv", "-o", str(tmp_path / "out"), "--release", f"{elsewhere}/1")
    assert scrapy(data, *asked_for) == 0
    told = manifest.read_text()
    table.write_bytes(b"other")
    assert scrapy(data, *asked_for) == 1
    table.unlink()
    assert scrapy(data, *asked_for) == 1
    manifest.write_text(told.replace("versions/00000.parquet", "../../00000.parquet"))
    assert scrapy(data, *asked_for) == 1
    manifest.write_text("[]")
    assert scrapy(data, *asked_for) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"{elsewhere}/1/versions/00000.parquet has other bytes than release.json says"
    assert lines[1] == f"{elsewhere}/1/versions/00000.parquet is not there, but release.json names it"
    assert "names a file that is none of a table: '../../00000.parquet'" in lines[2]
    assert f"{elsewhere}/1/release.json can't be read" in lines[3]


def test_a_report_elsewhere_is_brought_up_to_date(
    elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site, "can_draw", lambda: False)  # it takes seconds
    data = dataset(tmp_path / "data", "2010:names")
    url = f"{elsewhere}/report"
    assert scrapy(data, "report", "-o", url) == 0
    assert scrapy(data, "report", "-o", url) == 0
    more(data)
    assert scrapy(data, "report", "-o", url) == 0
    first, again, later = capsys.readouterr().out.splitlines()
    assert f"1 domains in {url}/index.html" in first
    assert "0 files written, 0 removed" in again
    assert "2 domains in" in later
    page = contents(tmp_path / "there" / "report")["domain/a.example.html"]
    assert scrapy(data, "report", "-o", str(tmp_path / "here")) == 0
    assert contents(tmp_path / "here")["domain/a.example.html"] == page
    assert scrapy(data, "report", "-o", elsewhere) == 2
    assert "is not empty and has no index.html" in capsys.readouterr().err


def test_an_export_elsewhere_keeps_what_it_was_not_asked_for(
    elsewhere: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, url = dataset(tmp_path / "data", "2010:names", "2012:phones"), f"{elsewhere}/texts"
    more(data)
    assert scrapy(data, "export", "--format", "text", "-o", url) == 0
    first = contents(tmp_path / "there" / "texts")
    assert len([name for name in first if name.endswith(".txt")]) == 3
    assert scrapy(data, "export", "--format", "text", "-o", url, "-a", "domain=e.example") == 0
    assert contents(tmp_path / "there" / "texts") == first
    assert scrapy(data, "export", "--format", "jsonl", "-o", url) == 2
    assert f"{url} holds an export in another format" in capsys.readouterr().err
    for form, url in (("csv", f"{elsewhere}/csv"), ("xlsx", f"{elsewhere}/xlsx")):
        assert scrapy(data, "export", "--format", form, "-o", url) == 0
        assert f"written to {url}" in capsys.readouterr().out
    assert scrapy(data, "export", "--format", "xlsx", "-o", f"{elsewhere}/a.xlsx") == 2
    assert set(contents(tmp_path / "there" / "xlsx")) == {"history.xlsx", "SHA256SUMS"}
