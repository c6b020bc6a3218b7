"""What was decided about captures after their rows were written, and how the rows follow: whenever files are merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
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
    """What a capture's row is to say. A row of a kind that ``policies`` does not hold is dropped."""

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
    at_once: frozenset[str] = frozenset()
    """Those of ``domains`` that people corrected: their rows follow at the end of a crawl, however few they are."""

    def __bool__(self) -> bool:
        return bool(self.domains)

    def applied(self, rows: pa.Table) -> pa.Table:
        """``rows`` as the verdicts say; the same table if its rows say so already."""
        verdicts = self._on(rows)
        if not verdicts:
            return rows
        about = rows.select(_NEEDED).to_pylist()
        decided = [_decided(row, verdicts.get(capture_of(row))) for row in about]
        for name, now in zip(_DECIDED, zip(*decided, strict=True), strict=True):
            if any(value != row[name] for value, row in zip(now, about, strict=True)):
                field = POLICIES.field(name)
                rows = rows.set_column(rows.schema.get_field_index(name), field, pa.array(now, field.type))
        stays = [kind in STORED_KINDS for kind, *_ in decided]
        return rows if all(stays) else rows.filter(pa.array(stays))

    def untrue(self, path: Path) -> Counter[str]:
        """How many rows of a part file say otherwise, by domain."""
        found: Counter[str] = Counter()
        wanted = sorted(self.domains)
        for rows in PartFile(path, some_columns(POLICIES, _NEEDED)).rows_of(wanted, 65_536) if wanted else ():
            verdicts = self._on(rows)
            for row in _of_domains(rows, {domain for domain, *_ in verdicts}).to_pylist():
                now = _decided(row, verdicts.get(capture_of(row)))
                if now != tuple(row[name] for name in _DECIDED) or now[0] not in STORED_KINDS:
                    found[row["domain"]] += 1
        return found

    def _on(self, rows: pa.Table) -> dict[CaptureKey, Verdict]:
        """The verdicts on captures of the domains that ``rows`` are of."""
        verdicts: dict[CaptureKey, Verdict] = {}
        for domain in pc.unique(rows["domain"]).to_pylist():
            if domain in self.domains:
                verdicts.update(self.of(domain))
        return verdicts


def _of_domains(rows: pa.Table, domains: Collection[str]) -> pa.Table:
    return rows.filter(pc.is_in(rows["domain"], pa.array(domains, pa.string())))


NO_VERDICTS = Verdicts(frozenset(), lambda domain: {})


def no_verdicts() -> Verdicts:
    """No verdicts, from a function that can be sent to another process."""
    return NO_VERDICTS


def _decided(row: Mapping[str, Any], verdict: Verdict | None) -> tuple[str, bool, str | None]:
    """What the columns ``_DECIDED`` of a row are to say."""
    if verdict is None:
        return row["kind"], row["primary"], row["language"]
    return str(verdict.kind), verdict.is_primary, verdict.language or row["language"]
