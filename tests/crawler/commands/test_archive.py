"""``scrapy archive``, as it is called."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scrapy.cmdline import execute

from tests.support.client import ask, cdx_path
from tests.support.warc import Record, write_warc

ROOT = Path(__file__).parents[3]
RECORDS = [
    Record("20010101000000", "http://shop.example/privacy"),
    Record("20020101000000", "http://shop.example/privacy", b"changed"),
    Record("20020101000000", "http://kept.example/privacy"),
]


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "scrapy", "archive", *map(str, args)]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Calls the command without a process of its own, where it must end at once: gives what it complains."""
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "crawler.settings")

    def call(*args: object) -> str:
        with pytest.raises(SystemExit) as ended:
            execute(["scrapy", "archive", *map(str, args)])
        out, err = capsys.readouterr()
        assert (ended.value.code, out) == (2, "")
        return err

    return call


@pytest.mark.slow
def test_it_says_what_it_serves_serves_it_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "shop.warc.gz", RECORDS)
    path.write_bytes(path.read_bytes() + b"torn")
    rules = tmp_path / "faults.json"
    rules.write_text(json.dumps([{"action": "error", "pool": "playback", "status": 504}]))
    args = command(path, "--port", 0, "--exclude", "kept.example", "--faults", rules)
    with subprocess.Popen(args, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            told = re.fullmatch(r"Serving 3 captures of 2 URLs at (http://127\.0\.0\.1:\d+)/ \(Ctrl-C ends\)\n", line)
            assert told is not None, line
            assert len(ask(told[1], cdx_path(url="shop.example/privacy")).body.splitlines()) == 2
            assert ask(told[1], cdx_path(url="kept.example")).status == 403
            assert ask(told[1], "/web/2001id_/http://shop.example/privacy").status == 504
            process.send_signal(signal.SIGINT)
            _, complaints = process.communicate(timeout=60)
            assert process.returncode == 0
            assert "damaged records skipped: 1" in complaints
        finally:
            process.kill()


def test_a_missing_file_is_named(tmp_path: Path, failing: Callable[..., str]) -> None:
    assert "nothing.warc.gz: No such file or directory" in failing(tmp_path / "nothing.warc.gz")


def test_a_file_that_is_no_warc_is_named(tmp_path: Path, failing: Callable[..., str]) -> None:
    (tmp_path / "page.html").write_text("<html>")
    assert "page.html is not a WARC file" in failing(tmp_path / "page.html")


def test_no_file_at_all_is_said_to_be_missing(failing: Callable[..., str]) -> None:
    assert "name at least one WARC file, or --sample" in failing()


def test_where_there_is_no_sample_the_places_to_look_for_it_are_named(
    tmp_path: Path, failing: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setattr("crawler.sample._CODE", tmp_path)
    complaint = failing("--sample")
    assert f"there is no sample in {tmp_path}/data/sample nor in {tmp_path}/share/wayback-policies/sample" in complaint


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [('[{"action": "explode"}]', "faults.json: explode: no such action"), ("{", "faults.json: Expecting")],
)
def test_faults_that_make_no_sense_are_named(
    tmp_path: Path, failing: Callable[..., str], rules: str, complaint: str
) -> None:
    path = write_warc(tmp_path / "shop.warc.gz", RECORDS)
    (tmp_path / "faults.json").write_text(rules)
    assert complaint in failing(path, "--faults", tmp_path / "faults.json")


def test_a_port_that_is_none_or_taken_is_said_to_be(tmp_path: Path, failing: Callable[..., str]) -> None:
    path = write_warc(tmp_path / "shop.warc.gz", RECORDS)
    assert "--port is 0 to 65535" in failing(path, "--port", 65536)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "address already in use" in failing(path, "--port", port).lower()
