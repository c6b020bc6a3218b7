"""A line a domain: what a dataset holds of it, and where it holds nothing, why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from pipelines.schema import CAPTURES, POLICIES


@dataclass(slots=True)
class Overview:
    """What is known of one domain."""

    domain: str
    versions: int = 0
    """Runs of the primary policy with the same text."""
    stored: int = 0
    """Rows of ``policies``."""
    first: datetime | None = None
    last: datetime | None = None
    """Of the captures that show a policy, stored or unchanged."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Outcomes of the known captures."""
    reason: str = ""
    """Why there is nothing."""


def overview(data_dir: Path) -> Iterator[Overview]:
    """The domains of a dataset, in their order. Reads no texts."""
    domains: dict[str, Overview] = defaultdict(lambda: Overview(""))
    for row in _rows(data_dir / "captures", CAPTURES, ["domain", "captured_at", "outcome"]):
        domain = domains[row["domain"]]
        if row["captured_at"] is None:
            domain.reason = row["outcome"]
            continue
        domain.outcomes[row["outcome"]] += 1
        if row["outcome"] in ("stored", "unchanged"):
            domain.first = min(filter(None, (domain.first, row["captured_at"])))
            domain.last = max(filter(None, (domain.last, row["captured_at"])))
    texts: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for row in _rows(data_dir / "policies", POLICIES, ["domain", "captured_at", "text_sha256", "primary"]):
        domains[row["domain"]].stored += 1
        if row["primary"]:
            texts[row["domain"]].append((row["captured_at"], row["text_sha256"]))
    for name in sorted(domains):
        domain = domains[name]
        domain.domain = name
        hashes = [text for _, text in sorted(texts[name])]
        domain.versions = sum(one != other for one, other in zip([None, *hashes], hashes, strict=False))
        yield domain


def _rows(folder: Path, schema: pa.Schema, columns: list[str]) -> Iterator[dict[str, Any]]:
    if folder.is_dir():
        table = ds.dataset(folder, schema=schema, format="parquet")
        for batch in table.to_batches(columns=columns):
            yield from batch.to_pylist()


def table(lines: Iterator[Overview]) -> str:
    """The overview as text with aligned columns."""
    rows: list[tuple[str, ...]] = [("domain", "versions", "stored", "captures", "first", "last", "why there is none")]
    for line in lines:
        dates = [f"{when:%Y-%m-%d}" if when else "" for when in (line.first, line.last)]
        reason = line.reason.replace("_", " ")
        if not reason and not line.stored:
            reason = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in line.outcomes.most_common())
        rows.append(
            (line.domain, str(line.versions), str(line.stored), str(sum(line.outcomes.values())), *dates, reason)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    numbers = {1, 2, 3}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
