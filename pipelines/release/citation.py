"""How to cite a release: BibTeX for its card, and ``CITATION.cff``.

Source: Citation File Format 1.2.0, https://github.com/citation-file-format/citation-file-format
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from pipelines.release.manifest import Lineage

#: Who made this, as an entity.
AUTHOR = "The wayback-policies contributors"


def title(lineage: Lineage) -> str:
    """What a release is called."""
    return f"Privacy policies from web archives, release {lineage.number}"


def bibtex(lineage: Lineage, date: str | None) -> str:
    """The entry for a release; ``date`` is the day of its newest fact."""
    fields = {"author": f"{{{AUTHOR}}}", "title": title(lineage)}  # in braces of its own: an entity, no first names
    if date:
        fields |= {"year": date[:4], "month": str(int(date[5:7]))}
    fields |= {"version": str(lineage.number), "note": f"Dataset {lineage.dataset or 'without an id'}"}
    lines = (f"  {name} = {{{value}}}," for name, value in fields.items())
    return "\n".join([f"@misc{{wayback-policies-{lineage.number},", *lines, "}"])


def citation(lineage: Lineage, date: str | None) -> str:
    """The content of a release's ``CITATION.cff``."""
    return "".join(f"{line}\n" for line in _lines(lineage, date))


def _lines(lineage: Lineage, date: str | None) -> Iterator[str]:
    yield "cff-version: 1.2.0"
    yield "message: If you use this dataset, please cite it as below."
    yield "type: dataset"
    yield f"title: {json.dumps(title(lineage))}"
    yield f"authors:\n- name: {json.dumps(AUTHOR)}"
    yield f"version: {json.dumps(str(lineage.number))}"
    if date:
        yield f"date-released: {date}"
    if lineage.dataset:
        yield f"identifiers:\n- type: other\n  value: {json.dumps(lineage.dataset)}"
        yield "  description: The dataset of which this is a release"
