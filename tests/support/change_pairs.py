"""The pairs of texts in ``data/changes``, made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PAIRS_FILE = Path(__file__).parents[1] / "pipelines" / "history" / "data" / "changes" / "pairs.txt"


@dataclass(frozen=True)
class Pair:
    """Two texts, and the class that a careful reader gives the change."""

    change: str
    language: str
    before: str
    after: str


def read_pairs(path: Path = PAIRS_FILE) -> list[Pair]:
    """The pairs of a file: ``class language: before``, a line ``=> after``, an empty line."""
    pairs = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.strip().splitlines() if not line.startswith("#")]
        if lines:
            first, second = lines
            head, before = first.split(": ", 1)
            change, language = head.split()
            pairs.append(Pair(change, language, _text(before), _text(second.removeprefix("=> "))))
    return pairs


def _text(line: str) -> str:
    return line.replace(" ¶ ", "\n\n")
