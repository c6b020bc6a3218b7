"""The pages of the docs, their blocks of code, and the commands in these."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import ROOT

DOCS = ROOT / "docs"
#: The pages that people write, in the order in which their code is run: what a later one reads, an earlier one made.
PAGES = [
    DOCS / "tutorial.md",
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    DOCS / "release.md",
    *sorted(
        path
        for path in (*DOCS.glob("*.md"), *(DOCS / "decisions").glob("*.md"))
        if path.stem not in ("tutorial", "release", "removals")
    ),
    DOCS / "removals.md",
]
#: The first line of a block that no test can run.
NOT_RUN = "# Not run by the tests: "
#: Before a block that a test of its own reads by this name (``tests.support.scripts.example``).
_OWN_TEST = re.compile(r"<!-- example: (\S+) -->\n$")
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>[^\n]*)\n(?P<text>.*?)^ *```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    page: str
    line: int
    language: str
    text: str
    own_test: str = ""
    """The file's name by which other blocks and a test of its own run it."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_run(self) -> bool:
        """False for what no test can run, and for ``make``: it builds environments, and is what runs the tests."""
        return not self.text.startswith((NOT_RUN, "make "))


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, but for those of the docs' own markup (``{toctree}``)."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        if found["language"].startswith("{"):
            continue
        own = _OWN_TEST.search(text, 0, found.start())
        line = text.count("\n", 0, found.start()) + 1
        code = re.sub(rf"^{found['indent']}", "", found["text"], flags=re.M)
        yield Block(str(page.relative_to(ROOT)), line, found["language"], code, own[1] if own else "")


ALL = [block for page in PAGES for block in blocks(page)]


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """(name, arguments) of each ``scrapy`` command of a shell's text."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"\|\|?|&&|;|\$\(", line):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:  # half of a quotation that the split has cut
                words = part.split()
            names = [place for place, word in enumerate(words) if re.search(r"(^|/)(scrapy|wayback-policies)$", word)]
            if names and len(words) > names[0] + 1:
                yield words[names[0] + 1], words[names[0] + 2 :]


def named(page: Path) -> Iterator[str]:
    """The commands that stand within the sentences of a page."""
    prose = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    for span in re.findall(r"`((?:scrapy|wayback-policies)\s[^`]+)`", prose):
        yield " ".join(span.split())
