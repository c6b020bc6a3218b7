"""``release.json``: what a release holds, in figures, and what made it. It is written and read here alone."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.audit.result import Result
from pipelines.columns import SCHEMA_VERSION
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.part_writer import COMPRESSION, COMPRESSION_LEVEL
from pipelines.release.tables import GROUP_ROWS
from pipelines.timestamps import iso

MANIFEST = "release.json"
_MADE_WITH = ("wayback-policies", "pyarrow", "rapidfuzz")
_COLUMNS_COUNTED = ("extractor", "archive", "kind", "language", "crawl_id")


def is_release(folder: Path) -> bool:
    """True for the folder of a release."""
    return (folder / MANIFEST).is_file()


class NoReleaseError(DatasetError):
    """There is no release; the message says where."""


@dataclass(frozen=True, slots=True)
class File:
    """A Parquet file of a table."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Table:
    """A finished table."""

    schema: pa.Schema
    rows: int
    decoded_bytes: int
    files: Mapping[str, File]
    """By path relative to the release."""

    @property
    def bytes(self) -> int:
        """Size on disk."""
        return sum(file.bytes for file in self.files.values())


@dataclass(slots=True)
class Totals:
    """What a release's tables add up to."""

    domains: int = 0
    first_capture: datetime | None = None
    last_capture: datetime | None = None
    last_fetch: datetime | None = None
    """When the newest row was fetched: the release's date, because today's date would give other bytes every day."""
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in _COLUMNS_COUNTED})
    changes: Counter[str] = field(default_factory=Counter)
    """Versions by class of change."""
    removed: Mapping[str, int] = field(default_factory=dict)
    """How many domains, addresses and captures were removed at somebody's request (``overrides.toml``)."""
    corrections: Sequence[Mapping[str, str]] = ()
    """What people have corrected there."""
    audit: Result | None = None
    """What the last audit of the dataset found."""

    @classmethod
    def of(cls, release: Path, domains: int) -> Totals:
        """The totals of the tables in the folder ``release``."""
        totals = cls(domains)
        for rows in _columns(release / "policies", ["captured_at", "fetched_at", *_COLUMNS_COUNTED]):
            for name, counter in totals.counts.items():
                _count(rows[name], counter)
            totals._widen(rows["captured_at"])
            fetched = pc.max(rows["fetched_at"]).as_py()
            if fetched is not None:
                totals.last_fetch = max(totals.last_fetch or fetched, fetched)
        for rows in _columns(release / "captures", ["captured_at"]):
            totals._widen(rows["captured_at"])
        for rows in _columns(release / "versions", ["change"]):
            _count(rows["change"], totals.changes)
        return totals

    def _widen(self, captured_at: pa.ChunkedArray) -> None:
        span = pc.min_max(captured_at)
        first, last = span["min"].as_py(), span["max"].as_py()
        if first is not None:
            self.first_capture = min(self.first_capture or first, first)
            self.last_capture = max(self.last_capture or last, last)


def _columns(table: Path, names: list[str]) -> Iterator[pa.Table]:
    """Some columns of each file of a table."""
    return (pq.read_table(file, columns=names) for file in sorted(table.glob("*.parquet")))


def _count(column: pa.ChunkedArray, counter: Counter[str]) -> None:
    for entry in pc.value_counts(column).to_pylist():
        counter[entry["values"] or "unknown"] += entry["counts"]


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The release before, in the line of one dataset's releases."""

    number: int
    sha256: str
    """Of its ``release.json``, which has the sums of its tables."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a release comes from."""

    dataset: str | None
    """The id made with DATA_DIR; ``None`` where it has none and could not be given one."""
    number: int
    """In the line of this dataset's releases, from 1."""
    predecessor: Predecessor | None


@dataclass(frozen=True, slots=True)
class FinishedRelease:
    """A release in a folder, as its ``release.json`` tells."""

    path: Path
    lineage: Lineage
    with_text: bool
    tables: Mapping[str, Mapping[str, File]]
    """The files of each table, by path relative to the release."""
    told: Mapping[str, Any]
    """All that ``release.json`` says."""
    sha256: str
    """Of ``release.json`` itself."""

    @classmethod
    def read(cls, path: Path) -> FinishedRelease:
        """The release in the folder ``path``.

        ``NoReleaseError`` where there is none, ``DatasetError`` where its ``release.json`` can't be read. One of newer
        software is read as well; its tables are not (``PartFile``).
        """
        try:
            content = (path / MANIFEST).read_bytes()
            told = json.loads(content)
            before = told.get("predecessor")
            predecessor = Predecessor(int(before["release"]), str(before["sha256"])) if before else None
            return cls(
                path,
                Lineage(told.get("dataset"), int(told["release"]), predecessor),
                bool(told["settings"]["with_text"]),
                {
                    table: {
                        name: File(int(file["rows"]), int(file["bytes"]), str(file["sha256"]))
                        for name, file in entry["files"].items()
                    }
                    for table, entry in told["tables"].items()
                },
                told,
                hashlib.sha256(content).hexdigest(),
            )
        except (FileNotFoundError, NotADirectoryError):
            raise NoReleaseError(f"{path} is no release: it has no {MANIFEST}") from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise DatasetError(f"{path / MANIFEST} can't be read, or is not that of a release: {error!r}") from error

    def files(self, table: str) -> list[Path]:
        """The files of a table, in the order of their rows."""
        return [self.path / name for name in sorted(self.tables[table])]

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        return sum(file.rows for file in self.tables[table].values())


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is to be said of a release besides its rows."""

    lineage: Lineage
    with_text: bool
    tables: Mapping[str, Table]
    totals: Totals

    @property
    def date(self) -> str | None:
        """The day of the newest fact, ``2026-11-22``."""
        moment = self.totals.last_fetch or self.totals.last_capture
        return moment.astimezone(UTC).date().isoformat() if moment else None

    def as_json(self) -> str:
        """The content of ``release.json``."""
        facts = {
            "domains": self.totals.domains,
            "first_capture": _iso(self.totals.first_capture),
            "last_capture": _iso(self.totals.last_capture),
            "last_fetch": _iso(self.totals.last_fetch),
            "removed_on_request": dict(self.totals.removed),
            "versions_by_change": dict(sorted(self.totals.changes.items())),
            **{f"policies_by_{name}": dict(sorted(counts.items())) for name, counts in self.totals.counts.items()},
        }
        tables = {
            name: {
                "rows": table.rows,
                "bytes": table.bytes,
                "decoded_bytes": table.decoded_bytes,
                "columns": table.schema.names,
                "files": {
                    path: {"rows": file.rows, "bytes": file.bytes, "sha256": file.sha256}
                    for path, file in table.files.items()
                },
            }
            for name, table in self.tables.items()
        }
        settings = {
            "with_text": self.with_text,
            "compression": f"{COMPRESSION} {COMPRESSION_LEVEL}",
            "row_group_rows": GROUP_ROWS,
            "corrections": list(self.totals.corrections),
        }
        before = self.lineage.predecessor
        document = {
            "dataset": self.lineage.dataset,
            "release": self.lineage.number,
            "schema_version": SCHEMA_VERSION,
            "predecessor": before and {"release": before.number, "sha256": before.sha256},
            "date": self.date,
            "facts": facts,
            "tables": tables,
            "settings": settings,
            "audit": self.totals.audit and self.totals.audit.as_dict(),
            "made_with": made_with(),
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def made_with() -> dict[str, str]:
    """The versions of what decides a release's bytes."""
    found = {"python": platform.python_version()}
    for package in _MADE_WITH:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # run from the sources, without having been installed
            found[package] = "not installed"
    return found


def _iso(moment: datetime | None) -> str | None:
    return iso(moment.astimezone(UTC)) if moment else None
