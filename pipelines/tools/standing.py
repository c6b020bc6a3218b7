"""What a dataset holds in all: outcomes of domains and of captures, why domains are incomplete, use of the disk."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.reading import part_files, retrying, rows_where
from pipelines.schema import CAPTURES, DOMAINS

_DOMAINS = some_columns(DOMAINS, ("domain", "outcome", "reason", "may_pass"))
_CAPTURES = some_columns(CAPTURES, ("domain", "policy_url", "captured_at", "outcome"))


@dataclass(frozen=True, slots=True)
class Use:
    """What a part of DATA_DIR takes of the disk."""

    files: int = 0
    bytes: int = 0

    def __add__(self, other: Use) -> Use:
        return Use(self.files + other.files, self.bytes + other.bytes)


def domain_counts(data_dir: Path) -> Counter[tuple[str, str | None, bool]]:
    """How many domains have which outcome, for which reason, and whether that may pass.

    What ``overrides.toml`` removes is not counted. Raises ``DatasetError`` for a file that is damaged.
    """
    told = ["outcome", "reason", "may_pass"]
    rows = _rows(data_dir, "domains", _DOMAINS).group_by(told).aggregate([("domain", "count")]).to_pydict()
    found = zip(*(rows[name] for name in (*told, "domain_count")), strict=True)
    return Counter({(outcome, reason, bool(may_pass)): count for outcome, reason, may_pass, count in found})


def capture_counts(data_dir: Path) -> Counter[str]:
    """How many known captures have which outcome. As above; one file is in memory at a time."""
    outcomes: Counter[str] = Counter()
    for path in part_files(data_dir / "captures"):
        found = _rows(data_dir, "captures", _CAPTURES, [path])["outcome"].value_counts().to_pylist()
        outcomes.update({one["values"]: one["counts"] for one in found})
    return outcomes


def _rows(data_dir: Path, table: str, columns: pa.Schema, paths: list[Path] | None = None) -> pa.Table:
    rows = retrying(lambda: rows_where(pc.scalar(True), paths or part_files(data_dir / table), columns))
    return read_overrides(data_dir).remove.kept(rows)


def disk_use(data_dir: Path) -> dict[str, Use]:
    """What each file and folder of DATA_DIR takes, by name; the ledger's files together, by its name."""
    use: dict[str, Use] = {}
    for folder, _, names in os.walk(data_dir):
        for name in names:
            path = Path(folder, name)
            first = path.relative_to(data_dir).parts[0]
            part = first.removesuffix("-wal").removesuffix("-shm")
            try:
                size = path.stat().st_size
            except FileNotFoundError:  # it went meanwhile
                continue
            use[part] = use.get(part, Use()) + Use(1, size)
    return dict(sorted(use.items(), key=lambda item: -item[1].bytes))
