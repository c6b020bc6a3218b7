"""The same spider against a real pywb: its rows are those that the Internet Archive's dialect gives."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from pipelines.urls import archive_name
from tests.support.client import ask
from tests.support.ports import free_port
from tests.support.processes import ROOT, WARCS, Run, crawl, digits, lasting, of_any_archive, records_of

pytestmark = pytest.mark.slow

COLLECTION = "sample"
#: Seconds in which pywb has to answer; it takes 2.
PATIENCE = 60


@pytest.fixture(scope="module")
def pywb() -> Path:
    """The folder with pywb's commands. It is GPL and large, so it has an environment of its own."""
    folder = Path(os.environ.get("PYWB") or ROOT / ".venv-pywb" / "bin")
    if not (folder / "wayback").exists():
        pytest.skip(f"pywb is not in {folder}: make test installs it, or PYWB names the folder of its commands")
    return folder.absolute()


@pytest.fixture(scope="module")
def collection_url(pywb: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A pywb with the sample archive."""
    home = tmp_path_factory.mktemp("pywb")
    for arguments in (["init", COLLECTION], ["add", COLLECTION, *map(str, WARCS)]):
        subprocess.run([pywb / "wb-manager", *arguments], cwd=home, check=True, capture_output=True)
    with serving(pywb, home) as url:
        yield url


@contextmanager
def serving(pywb: Path, home: Path) -> Iterator[str]:
    """A pywb of the collections in a folder, on a free port of the loopback; the URL of ``COLLECTION``."""
    port = free_port()
    with (home / "pywb.log").open("wb") as log:
        server = subprocess.Popen(
            [pywb / "wayback", "-b", "127.0.0.1", "-p", str(port)], cwd=home, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}/{COLLECTION}"
            wait_for(f"{url}/cdx?url=plumeria.example", server, home / "pywb.log")
            yield url
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        assert server.poll() is None and time.monotonic() < until, log.read_text()
        try:
            with urlopen(url, timeout=PATIENCE) as answer:
                assert answer.status == 200
                return
        except URLError:
            time.sleep(0.05)


@pytest.fixture(scope="module")
def from_pywb(collection_url: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return crawl(tmp_path_factory.mktemp("from-pywb"), collection_url, archive="pywb")


def test_pywb_gives_the_rows_that_the_internet_archive_gives(from_pywb: Run, undisturbed: Run) -> None:
    assert from_pywb.code == 0, from_pywb.log
    assert of_any_archive(from_pywb) == of_any_archive(undisturbed)


def test_rows_from_pywb_say_where_to_look_them_up(from_pywb: Run, collection_url: str) -> None:
    for row in from_pywb.policies:
        assert row["archive"] == archive_name(collection_url)
        assert row["wayback_url"] == f"{collection_url}/{digits(row['captured_at'])}id_/{row['policy_url']}"
        assert row["view_url"] == f"{collection_url}/{digits(row['captured_at'])}/{row['policy_url']}"


def test_pywb_gives_each_capture_its_outcome(from_pywb: Run, undisturbed: Run) -> None:
    def but_for_the_excluded(run: Run) -> list[dict]:
        # pywb excludes nothing unless it is told to: it has simply never heard of this site.
        kept = [row for row in lasting(run.captures) if row["domain"] != "vault33.example"]
        return [{name: value for name, value in row.items() if name != "archive"} for row in kept]

    assert but_for_the_excluded(from_pywb) == but_for_the_excluded(undisturbed)
    absence = from_pywb.absence("vault33.example")
    assert absence is not None and absence["outcome"] == "not_archived"


def test_pywb_serves_a_data_dirs_warc_files_by_the_indexes_beside_them(
    pywb: Path, undisturbed: Run, tmp_path: Path
) -> None:
    warc = undisturbed.data_dir / "warc"
    config = {"collections": {COLLECTION: {"index_paths": str(warc), "archive_paths": f"{warc}/"}}}
    (tmp_path / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
    with serving(pywb, tmp_path) as url:
        again = crawl(tmp_path / "data", url, archive="pywb")
        for record in records_of(undisturbed.data_dir):
            path = f"/{COLLECTION}/{record.timestamp}id_/{record.url}"
            served = ask(url, path, headers={"Accept-Encoding": "gzip, br"})
            assert base64.b32encode(hashlib.sha1(served.body).digest()).decode() == record.digest
    assert again.code == 0, again.log
    assert of_any_archive(again) == of_any_archive(undisturbed)
