"""``scrapy archive``, as it is called."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from local_warc import Record, ask, cdx_path, write_warc

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
RECORDS = [
    Record("20010101000000", "http://shop.example/privacy"),
    Record("20020101000000", "http://shop.example/privacy", b"changed"),
    Record("20020101000000", "http://kept.example/privacy"),
]


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "scrapy", "archive", *map(str, args)]


def failing(*args: object) -> str:
    done = subprocess.run(command(*args), cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_it_says_what_it_serves_serves_it_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "shop.warc.gz", RECORDS)
    rules = tmp_path / "faults.json"
    rules.write_text(json.dumps([{"action": "error", "pool": "playback", "status": 504}]))
    args = command(path, "--port", 0, "--exclude", "kept.example", "--faults", rules)
    with subprocess.Popen(args, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            told = re.fullmatch(
                r"Serving 3 captures of 2 URLs at (http://127\.0\.0\.1:\d+)/ \(Ctrl-C ends\)\n", line
            )
            assert told is not None, line
            assert len(ask(told[1], cdx_path(url="shop.example/privacy")).body.splitlines()) == 2
            assert ask(told[1], cdx_path(url="kept.example")).status == 403
            assert ask(told[1], "/web/2001id_/http://shop.example/privacy").status == 504
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "nothing.warc.gz: No such file or directory" in failing(tmp_path / "nothing.warc.gz")


def test_a_file_that_is_no_warc_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>")
    assert "page.html is not a WARC file" in failing(tmp_path / "page.html")


def test_no_file_at_all_is_said_to_be_missing() -> None:
    assert "name at least one WARC file" in failing()


def test_faults_that_make_no_sense_are_named(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "shop.warc.gz", RECORDS)
    rules = tmp_path / "faults.json"
    rules.write_text('[{"action": "explode"}]')
    assert "explode: no such action" in failing(path, "--faults", rules)


def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "shop.warc.gz", RECORDS)
    with subprocess.Popen(command(path, "--port", 0), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0]
            assert "address already in use" in failing(path, "--port", port).lower()
        finally:
            process.kill()
