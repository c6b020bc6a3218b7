"""The code of the docs does what its page says: all of it is run, page by page, with the sample as the archive."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.local_archive.server import open_archive, serving
from data.make import notebook
from pipelines.release.build import release
from tests.support.docs import ALL, Block, commands
from tests.support.forked import ForkedScrapy
from tests.support.ports import free_port
from tests.support.processes import EXCLUDED, PATIENCE, ROOT, UNLIMITED, WARCS, Run

pytestmark = pytest.mark.slow

#: What the pages name, and what stands for it here.
STANDS_FOR = {"plimus.com": "plumeria.example", "/var/lib/wayback-policies": "data", "/var/www/": ""}
SERVES = "scrapy archive "
"""A block that begins so goes on until Ctrl-C, in a terminal of its own."""
#: A block of nothing but Scrapy's commands, for which no shell is needed.
_PLAIN = re.compile(r"(?:scrapy [^\n|&;<>$*()`\"'#]*(?:#.*)?\n|#.*\n)+")
#: The pace of a real archive: three crawls would wait two minutes for it.
_PACE = re.compile(r"(?<=_PER_MINUTE=)\d+")
#: What differs from run to run: names of crawls, days on which something was asked, seconds.
_OF_THE_RUN = re.compile(r"\d{8}T\d{6}Z-\w+|since \d{4}-\d\d-\d\d|in \d+ s")


class Folder:
    """A reader's folder: the sample, a ``scrapy.cfg``, and what the pages have made so far."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self.url = url
        self.archive: subprocess.Popen[str] | None = None
        self.port = free_port()
        (path / "data").mkdir()
        for name in ("data/sample", "docs"):
            (path / name).symlink_to(ROOT / name)
        settings = {**UNLIMITED, "ARCHIVE_URL": url}
        lines = ["from crawler.settings import *", *(f"{name} = {value!r}" for name, value in settings.items())]
        (path / "readers_settings.py").write_text("\n".join(lines))
        (path / "scrapy.cfg").write_text("[settings]\ndefault = readers_settings\n")
        self.env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": f"{ROOT}:{path}",
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(path / "huggingface"),
        }

    def run(self, block: Block) -> str:
        """Runs a block to its end, and gives all that it says; ``AssertionError`` where it fails."""
        text = block.text.replace(":8090", f":{self.port}").replace("\\\n", " ")
        for name, ours in STANDS_FOR.items():
            text = text.replace(name, ours)
        text = _PACE.sub("0", text)
        if text.startswith(SERVES):
            return self.serve(text)
        if block.language == "sh" and _PLAIN.fullmatch(text):
            return "".join(self.scrapy(block, [name, *words]) for name, words in commands(text))
        line = ["bash", "-euo", "pipefail", "-c", text] if block.language == "sh" else [sys.executable, "-c", text]
        done = subprocess.run(line, cwd=self.path, env=self.env, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, f"{block}\n{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def scrapy(self, block: Block, words: list[str]) -> str:
        """Runs a command, and gives all that it says."""
        process = ForkedScrapy(words, cwd=self.path, env=self.env)
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, f"{block}\n{words}\n{said}"
        return said

    def serve(self, text: str) -> str:
        """Serves an archive in place of the one before; gives the line that says so."""
        self.end()
        line = ["bash", "-c", f"exec {text.strip()} --port {self.port}"]
        self.archive = subprocess.Popen(line, cwd=self.path, env=self.env, stdout=subprocess.PIPE, text=True)
        assert self.archive.stdout is not None
        return self.archive.stdout.readline()

    def end(self) -> None:
        if self.archive is not None:
            self.archive.terminate()
            self.archive.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with serving(open_archive(WARCS, excluded=EXCLUDED)) as url:
        made = Folder(tmp_path, url)
        yield made
        made.end()


@pytest.mark.long
def test_the_code_of_all_pages_runs_in_the_order_in_which_they_are_read_and_says_what_they_say(folder: Folder) -> None:
    said = ""
    for block in ALL:
        if block.own_test:
            (folder.path / block.own_test).write_text(block.text)
        elif block.is_run and block.language in ("sh", "python"):
            said = folder.run(block)
        elif block.language == "text" and block.page == "docs/tutorial.md":
            lines = {_OF_THE_RUN.sub("", line) for line in said.splitlines()}
            told = {_OF_THE_RUN.sub("", line) for line in block.text.splitlines()} - {"..."}
            assert told <= lines, f"{block}\n{said}"
    assert (folder.path / "words.svg").read_text().startswith("<svg")
    assert (folder.path / "report" / "index.html").exists()


def test_the_notebook_gives_its_outputs_of_the_samples_release(undisturbed: Run, tmp_path: Path) -> None:
    release(undisturbed.data_dir, tmp_path / "release")
    kept = json.loads(notebook.NOTEBOOK.read_text("utf-8"))
    run = copy.deepcopy(kept)
    notebook.run(run, tmp_path)
    assert [texts(cell) for cell in notebook.code_cells(run)] == [texts(cell) for cell in notebook.code_cells(kept)]


def texts(cell: dict[str, object]) -> list[object]:
    """A cell's outputs, but for how exactly a picture is drawn, which depends on a system's fonts."""
    outputs: list[dict[str, dict[str, object]]] = cell["outputs"]  # type: ignore[assignment]
    return [output["data"].get("text/plain", "a picture") for output in outputs]
