"""The pages of an audit: one for each of two people, who answer alone. They open from disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipelines.audit.questions import QUESTIONS
from pipelines.audit.sample import SAMPLE, AuditError, Sample, cases
from pipelines.dataset.part_writer import whole_file
from pipelines.report.pages import rendered

Row = dict[str, Any]

CODERS = ("a", "b")
#: Characters of a text that a page shows.
TEXT_CHARACTERS = 200_000
_ASSETS = ("report.css", "audit.css", "audit.js")


def write_audit(data_dir: Path, sample: Sample, out: Path) -> list[Path]:
    """Writes the pages for ``sample``, and the sample beside them, into the new folder ``out``. Returns the pages.

    The sample is written last: a folder without one can be written again. Raises ``AuditError`` where ``out`` is not
    free, ``DatasetError`` where a part file is damaged, ``OSError`` where ``out`` can't be written.
    """
    check_free(out)
    shown = cases(data_dir, sample)
    pages = {f"{coder}.html": coder_page(sample, shown, coder) for coder in CODERS}
    templates = files("pipelines.report") / "templates"
    for name, text in {**{name: (templates / name).read_text(encoding="utf-8") for name in _ASSETS}, **pages}.items():
        with whole_file(out / name) as file:
            file.write(text.encode(errors="replace"))
    sample.save(out)
    return [out / name for name in pages]


def check_free(out: Path) -> None:
    """``AuditError`` if ``out`` holds something else than what a killed run left."""
    if out.exists() and not out.is_dir():
        raise AuditError(f"{out} is a file; name a folder")
    if (out / SAMPLE).exists():
        raise AuditError(f"{out} holds a sample, which people may be at work with; name a new folder")
    if out.is_dir() and any(out.iterdir()) and not (out / _ASSETS[0]).exists():
        raise AuditError(f"{out} is not empty; name a new folder")


def coder_page(sample: Sample, shown: Sequence[Row], coder: str) -> str:
    """The page of one coder. It does not tell what the dataset says of kind, owner and main policy.

    All that archives hold is escaped, and its HTML is not there: a link leads to the page in the archive.
    """
    names = hashlib.sha256(" ".join(row["id"] for row in sample.rows).encode()).hexdigest()[:16]
    return rendered(
        "audit.html", root="", made_of="", sample=names, coder=coder, cases=shown, questions=QUESTIONS,
        most=TEXT_CHARACTERS,
    )  # fmt: skip
