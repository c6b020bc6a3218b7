"""What was decided about captures after their rows were written, and how the rows follow: whenever files are merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.lifting import PartFile
from pipelines.dataset.merging import CAPTURE_KEY, capture_of
from pipelines.outcomes import STORED_KINDS
from pipelines.schema import POLICIES

_DECIDED = ("kind", "primary", "language")
_NEEDED = [*CAPTURE_KEY, *_DECIDED]

CaptureKey = tuple[str, datetime, str, str]
"""As ``pipelines.dataset.merging.CAPTURE_KEY``."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a capture's row is to say. A row of a kind that ``policies`` does not hold goes."""

    kind: str
    is_primary: bool
    language: str | None = None
    """Of the text, unless a person says otherwise; ``None``: as the row has it."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts on the captures of some domains."""

    domains: frozenset[str]
    """The domains whose rows may say otherwise."""
    of: Callable[[str], Mapping[CaptureKey, Verdict]]
    """The verdicts on a domain's captures. A row without one stays as it is."""

    def __bool__(self) -> bool:
        return bool(self.domains)

    def applied(self, rows: pa.Table) -> pa.Table:
        """``rows`` as the verdicts have them: these very rows where they say so already."""
        if not self.domains:
            return rows
        named = rows.filter(pc.is_in(rows["domain"], pa.array(sorted(self.domains), pa.string())))["domain"]
        if len(named) == 0:
            return rows
        verdicts: dict[CaptureKey, Verdict] = {}
        for domain in pc.unique(named).to_pylist():
            verdicts.update(self.of(domain))
        about = rows.select(_NEEDED).to_pylist()
        decided = [_decided(row, verdicts.get(capture_of(row))) for row in about]
        for name, now in zip(_DECIDED, zip(*decided, strict=True), strict=True):
            if any(value != row[name] for value, row in zip(now, about, strict=True)):
                field = POLICIES.field(name)
                rows = rows.set_column(rows.schema.get_field_index(name), field, pa.array(now, field.type))
        stays = [kind in STORED_KINDS for kind, *_ in decided]
        return rows if all(stays) else rows.filter(pa.array(stays))

    def concern(self, path: Path) -> bool:
        """True if a part file has a row that says otherwise."""
        batches = PartFile(path, some_columns(POLICIES, _NEEDED)).batches(65_536)
        return any(self.applied(rows) is not rows for rows in batches)


NO_VERDICTS = Verdicts(frozenset(), lambda domain: {})


def _decided(row: Mapping[str, Any], verdict: Verdict | None) -> tuple[str, bool, str | None]:
    """What ``_DECIDED`` of a row are to be."""
    if verdict is None:
        return row["kind"], row["primary"], row["language"]
    return str(verdict.kind), verdict.is_primary, verdict.language or row["language"]
