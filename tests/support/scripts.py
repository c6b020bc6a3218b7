"""Runs Scrapy commands and scripts in processes of their own, and an archive that notes who asks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryFile

from tests.support.forked import ForkedScrapy
from tests.support.processes import PATIENCE, ROOT, UNLIMITED

#: Settings for the command line: no budgets, quick retries.
QUICK = [part for name, value in UNLIMITED.items() for part in ("-s", f"{name}={value}")]


def scrapy(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """``scrapy arguments...`` to its end."""
    line = [*map(str, arguments)]
    with TemporaryFile("w+", encoding="utf-8") as stderr:
        process = ForkedScrapy(line, cwd=cwd, env=_environment(), stderr=stderr)
        said, _ = process.communicate(timeout=PATIENCE)
        stderr.seek(0)
        return subprocess.CompletedProcess(line, process.returncode or 0, said, stderr.read())


def python(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """``python arguments...`` to its end."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def _environment() -> dict[str, str]:
    """In which our packages can be imported from any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def example(page: str, name: str) -> str:
    """The code block of a docs page that follows ``<!-- example: name -->``."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```python\n(.*?)^```$", text, re.M | re.S)
    assert found is not None, name
    return found[1]


@contextmanager
def archive_that_notes(header: str) -> Iterator[tuple[str, set[str]]]:
    """(URL, values of the header so far) of an archive that has nothing."""
    values: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            values.add(self.headers[header])
            self.send_response(200 if self.path.startswith("/cdx") else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", values
        server.shutdown()
