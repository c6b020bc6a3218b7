"""What ``constraints.txt`` locks of the packages that the project and some of its extras need, for pip to install.

    python data/make/locked.py report test > locked.txt
    pip install --require-hashes --no-deps --requirement locked.txt

Prints their versions and hashes, and those of all that they need in turn, so that nothing else can be installed.
``constraints.txt`` itself is made of ``pyproject.toml`` (see CONTRIBUTING.md). Needs nothing but Python.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_PROJECT = "wayback-policies"


def canonical(name: str) -> str:
    """A package's name as packages are compared (PEP 503): ``backports-zstd`` for ``backports.zstd``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(extras: Iterable[str]) -> str:
    """The lines of ``constraints.txt`` for the project with these extras. Raises ``KeyError`` for one that is not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [*project["dependencies"]]
    for extra in extras:
        needed += project["optional-dependencies"][extra]
    text = (ROOT / "constraints.txt").read_text()
    blocks: dict[str, str] = {}
    for block in re.findall(r"^\w.*\n(?: .*\n)*", text, re.MULTILINE):  # several of one package, for several Pythons
        name = canonical(_name(block))
        blocks[name] = blocks.get(name, "") + block
    wanted = {canonical(_name(line)) for line in needed}
    while more := {name for name, block in blocks.items() if name not in wanted and wanted & _parents(block)}:
        wanted |= more
    return "".join(blocks[name] for name in sorted(wanted))


def _name(line: str) -> str:
    found = re.match(r"[\w.-]+", line)
    assert found is not None
    return found[0]


def _parents(block: str) -> set[str]:
    """The packages that need a locked one, as the comments below it name them."""
    return {canonical(name) for name in re.findall(r"^ +#(?: +via)? +([\w.-]+)", block, re.MULTILINE)} - {_PROJECT}


if __name__ == "__main__":
    print(locked(sys.argv[1:]), end="")
