"""Releases, reports, exports and WARC files at a server that speaks S3."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from pipelines.dataset.places import Place
from pipelines.dataset.uploading import UPLOADING
from pipelines.release.build import release
from tests.pipelines.release.test_lineage import dataset, more
from tests.support.commands import scrapy
from tests.support.object_storage import BUCKET, ENVIRONMENT, Storage, serving
from tests.support.processes import PATIENCE, ROOT
from tests.support.reextraction import many_files, read_rows, reextracted

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    pytest.importorskip("moto.server")
    with serving() as (address, storage):
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": address}.items():
            monkeypatch.setenv(name, value)
        fs.FileSystem.from_uri(f"s3://{BUCKET}?allow_bucket_creation=true")[0].create_dir(BUCKET)
        yield storage


def here(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def there(name: str) -> dict[str, bytes]:
    """The files in a folder of the bucket."""
    files, folder = fs.FileSystem.from_uri(f"s3://{BUCKET}/{name}")
    found = files.get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
    names = [info.path.removeprefix(f"{folder}/") for info in found if info.is_file]
    return {one: files.open_input_stream(f"{folder}/{one}").read() for one in names}


def test_a_release_that_the_server_breaks_off_is_none_until_a_rerun_completes_it(
    storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = dataset(tmp_path / "data", "2010:names")
    command = ("release", "--processes", "1", "-o", f"s3://{BUCKET}/releases/1")
    for left in (0, 10, 30):
        storage.left = left
        assert scrapy(data, *command) == 1
        assert "release.json" not in there("releases/1")
        assert scrapy(data, "report", "-o", str(tmp_path / "report"), "--release", f"s3://{BUCKET}/releases/1") == 2
    storage.left = 1_000_000
    assert scrapy(data, *command) == 0
    assert there("releases/1") == here(release(data, tmp_path / "releases" / "1", processes=1).path)
    more(data)
    command = ("release", "--processes", "1", "-o", f"s3://{BUCKET}/releases/2")
    assert scrapy(data, *command) == 0
    assert there("releases/2") == here(release(data, tmp_path / "releases" / "2", processes=1).path)
    compared = ("release", "--compare", f"s3://{BUCKET}/releases/1", f"s3://{BUCKET}/releases/2")
    assert scrapy(data, *compared) == 0
    assert "domains   1 new: e.example" in capsys.readouterr().out
    assert scrapy(data, "release", "--processes", "1", "-o", str(tmp_path / "3"), "--after", compared[3]) == 0


def test_a_report_whose_upload_is_killed_has_no_start_page_until_a_rerun_completes_it(
    storage: Storage, tmp_path: Path
) -> None:
    data, url = dataset(tmp_path / "data", "2010:names", "2012:phones"), f"s3://{BUCKET}/report"
    more(data)
    storage.left, storage.stops = 12, True
    command = [sys.executable, "-m", "scrapy", "report", "-o", url, "-s", f"DATA_DIR={data}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert storage.has_stopped.wait(PATIENCE)
    process.kill()
    process.wait()
    storage.left = 1_000_000
    assert UPLOADING in there("report") and "index.html" not in there("report")
    assert scrapy(data, "report", "-o", url) == scrapy(data, "report", "-o", str(tmp_path / "here")) == 0
    found = there("report")
    assert UPLOADING not in found and found.pop("SHA256SUMS").count(b"\n") == len(found)
    assert found == here(tmp_path / "here")


def test_a_large_file_goes_in_parts_and_one_that_is_broken_off_is_not_there(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(os.urandom(50 << 20))
    place = Place(f"s3://{BUCKET}/large")
    storage.left = 4
    with pytest.raises(OSError, match="ACCESS_DENIED"):
        place.put(tmp_path / "large", "a")
    assert place.names() == []
    storage.left = 1_000
    place.put(tmp_path / "large", "a")
    assert storage.left <= 1_000 - 5
    place.fetch("a", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "large").read_bytes()
    place.delete("a")
    assert place.names() == []


def test_reextraction_reads_warc_files_from_there(storage: Storage, tmp_path: Path) -> None:
    data = many_files(tmp_path / "here")
    local = shutil.copytree(data, tmp_path / "local")
    place = Place(f"s3://{BUCKET}/warc")
    for path in (data / "warc").iterdir():
        place.put(path, path.name)
    shutil.rmtree(data / "warc")
    assert reextracted(data, processes=2, warcs=place.url) == reextracted(local, processes=2)
    assert read_rows(data) == read_rows(local) and len(read_rows(data)) == 24
