"""The spider in scrapyd: deployed to a real one on loopback, scheduled and cancelled, as docs/operation.md shows."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.local_archive.server import LocalArchive, serving
from crawler.runs import read_runs
from data.make.egg import make_egg
from tests.support.ports import free_port
from tests.support.processes import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(importlib.util.find_spec("scrapyd") is None, reason="scrapyd is not installed"),
]


@pytest.fixture
def scrapyd(tmp_path: Path) -> Iterator[str]:
    """A scrapyd at work; its address."""
    port = free_port()
    (tmp_path / "scrapyd.conf").write_text(f"[scrapyd]\nhttp_port = {port}\npoll_interval = 0.2\n")
    command = [sys.executable, "-m", "scrapyd"]
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        url = f"http://127.0.0.1:{port}"
        until(lambda: call(f"{url}/daemonstatus.json"))
        yield url
        process.terminate()


def call(url: str, body: bytes | None = None, content_type: str = "application/x-www-form-urlencoded") -> Any:
    """scrapyd's answer; ``None`` while it does not listen yet."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": content_type})) as answer:
            return json.load(answer)
    except urllib.error.URLError:
        return None


def post(url: str, **fields: Any) -> Any:
    return call(url, urllib.parse.urlencode(fields, doseq=True).encode())


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def deploy(scrapyd: str, egg: Path) -> Any:
    make_egg(egg)
    head = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="egg"\r\n\r\n'
    fields = {b"project": b"wayback", b"version": b"1", b"egg": egg.read_bytes()}
    parts = [head % name + value + b"\r\n" for name, value in fields.items()]
    return call(f"{scrapyd}/addversion.json", b"".join(parts) + b"--x--\r\n", "multipart/form-data; boundary=x")


def test_a_deployed_spider_is_scheduled_cancelled_and_ends_with_its_work_flushed(
    scrapyd: str, archive: LocalArchive, tmp_path: Path
) -> None:
    assert deploy(scrapyd, tmp_path / "wayback.egg")["spiders"] == 1
    data_dir = tmp_path / "data"
    with serving(archive) as url:
        settings = [f"DATA_DIR={data_dir}", "CDX_PER_MINUTE=0", "PLAYBACK_PER_MINUTE=60", "EXTRACTION_PROCESSES=1"]
        job = post(
            f"{scrapyd}/schedule.json", project="wayback", spider="policies", domain="plumeria.example",
            archive_url=url, setting=settings,
        )["jobid"]  # fmt: skip
        until(lambda: sum(entry["pool"] == "playback" for entry in list(archive.log)) > 2)
        assert post(f"{scrapyd}/cancel.json", project="wayback", job=job)["prevstate"] == "running"
        until(lambda: call(f"{scrapyd}/listjobs.json?project=wayback")["finished"])
    (record,) = read_runs(data_dir)
    assert (record["exit_code"], record["reason"]) == (3, "shutdown")
    assert record["rows"] > 0
