"""What differs between two releases of one dataset.

That is rows, by their keys, domains, versions, columns, and how they were made. Both are read side by side, domain by
domain, in memory that does not grow with them. The long texts are not read: two rows have the same text if they agree
in ``text_sha256``, ``raw_sha256`` and ``extractor``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.columns import SCHEMA_VERSION, some_columns
from pipelines.dataset.errors import DatasetError, newer
from pipelines.dataset.lifting import PartFile
from pipelines.dataset.merging import CAPTURE_KEY
from pipelines.history.domain_history import side_by_side
from pipelines.release.lineage import SHOWN, renamed
from pipelines.release.manifest import FinishedRelease
from pipelines.release.tables import TABLES, table_schema

#: The columns that name a row of a table.
KEYS: Mapping[str, Sequence[str]] = {
    "policies": CAPTURE_KEY,
    "versions": ("version_id",),
    "changes": ("version_id",),
    "coverage": ("domain", "half_year"),
    "captures": CAPTURE_KEY,
    "domains": ("domain", "archive"),
    "crawls": ("crawl_id",),
}
#: Columns that are not read.
_TEXTS = frozenset({"text", "markdown"})
_ROWS_AT_ONCE = 4_096

Row = dict[str, Any]
Pair = tuple[Any, Any]
"""What the release before has, and the one after."""


@dataclass(slots=True)
class TableDifference:
    """What differs in one table."""

    rows: tuple[int, int]
    added: int = 0
    removed: int = 0
    changed: int = 0
    """Rows that both have, with another value in a column that both have."""
    changed_columns: Counter[str] = field(default_factory=Counter)
    """In how many of these each column differs."""
    columns_added: Sequence[str] = ()
    columns_removed: Sequence[str] = ()
    columns_of_another_type: Sequence[str] = ()
    """These are not compared."""


@dataclass(slots=True)
class Comparison:
    """What differs between two releases."""

    before: FinishedRelease
    after: FinishedRelease
    tables: dict[str, TableDifference]
    domains_new: list[str] = field(default_factory=list)
    domains_gone: list[str] = field(default_factory=list)
    domains_changed: list[str] = field(default_factory=list)
    """Domains of both, with a row that was added, removed or changed in any table."""
    renamed: list[Row] = field(default_factory=list)
    """The version_ids that have another name: domain, before, version_id."""

    @property
    def versions(self) -> Row:
        """How many version_ids are new, gone, renamed and the same, and what of the same ones is another."""
        found = self.tables["versions"]
        names = {row["version_id"] for row in self.renamed}
        return {
            "new": found.added - len(names),
            "gone": found.removed - len(self.renamed),
            "renamed": len(self.renamed),
            "stayed": found.rows[1] - found.added,
            "changed": found.changed,
            "changed_columns": dict(found.changed_columns.most_common()),
        }

    @property
    def made(self) -> Mapping[str, Pair]:
        """The settings, counts and versions of software in which they differ, with the values of both."""
        both = [_flat(side.told) for side in (self.before, self.after)]
        names = dict.fromkeys([*both[0], *both[1]])
        values = {name: (both[0].get(name), both[1].get(name)) for name in names}
        return {name: pair for name, pair in values.items() if pair[0] != pair[1]}

    @property
    def corrections(self) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """The corrections of people that only one of the two has."""
        old, new = (side.told["settings"].get("corrections", []) for side in (self.before, self.after))
        return {"new": [one for one in new if one not in old], "gone": [one for one in old if one not in new]}


def compare(before: Path, after: Path) -> Comparison:
    """What differs between the releases in two folders.

    Raises ``DatasetError`` where one is no release or was made by newer software, where they are of different datasets,
    or where a file is damaged.
    """
    old, new = _comparable(before), _comparable(after)
    datasets = [side.lineage.dataset for side in (old, new)]
    if datasets[0] != datasets[1]:
        raise DatasetError(f"{before} and {after} are releases of two datasets ({datasets[0]} and {datasets[1]})")
    shared = {name: _shared(name, old, new) for name in KEYS}
    found = Comparison(old, new, {name: _table(name, old, new) for name in KEYS})
    for domain, tables in _side_by_side(old, new, shared):
        _count(found, domain, tables)
    crawls = [
        pa.concat_tables([shared["crawls"].empty_table(), *_read(side, "crawls", shared["crawls"])])
        for side in (old, new)
    ]
    _count_rows(found.tables["crawls"], "crawls", *crawls)
    return found


def _comparable(path: Path) -> FinishedRelease:
    found = FinishedRelease.read(path)
    version = found.told.get("schema_version", 1)
    if version > SCHEMA_VERSION:
        raise newer(path, version, SCHEMA_VERSION)
    if missing := [name for name in KEYS if not found.tables.get(name)]:
        raise DatasetError(f"{path} has no table {', '.join(missing)}: it was made by another wayback-policies")
    return found


def _schema(side: FinishedRelease, table: str) -> pa.Schema:
    """The columns of a table as they are in its files."""
    return pq.read_schema(side.files(table)[0])


def _table(name: str, old: FinishedRelease, new: FinishedRelease) -> TableDifference:
    was, now = _schema(old, name), _schema(new, name)
    return TableDifference(
        (old.rows(name), new.rows(name)),
        columns_added=[column for column in now.names if column not in was.names],
        columns_removed=[column for column in was.names if column not in now.names],
        columns_of_another_type=_other_types(was, now),
    )


def _other_types(was: pa.Schema, now: pa.Schema) -> list[str]:
    return [each.name for each in was if each.name in now.names and now.field(each.name).type != each.type]


def _shared(name: str, old: FinishedRelease, new: FinishedRelease) -> pa.Schema:
    """The columns of a table by which its rows are compared: those that both releases have in the same form."""
    was, now = _schema(old, name), _schema(new, name)
    left_out = {*_other_types(was, now), *_TEXTS}
    wanted = table_schema(name, with_text=old.with_text)
    return some_columns(
        wanted,
        [column for column in wanted.names if column in was.names and column in now.names and column not in left_out],
    )


def _count(found: Comparison, domain: str, tables: Mapping[str, Sequence[pa.Table]]) -> None:
    """Counts what differs in one domain, whose rows ``tables`` has, before and after."""
    there = [any(len(pair[at]) for pair in tables.values()) for at in (0, 1)]
    differ = [name for name, pair in tables.items() if not pair[0].equals(pair[1])]
    for name in differ:
        _count_rows(found.tables[name], name, *tables[name])
    if not there[0]:
        found.domains_new.append(domain)
    elif not there[1]:
        found.domains_gone.append(domain)
    elif differ:
        found.domains_changed.append(domain)
        if "captures" in differ:
            names = renamed(*(rows.select(SHOWN.names) for rows in tables["captures"]))
            found.renamed += [
                {"domain": domain, "before": old, "version_id": new} for old, new in sorted(names.items())
            ]


def _count_rows(found: TableDifference, name: str, was: pa.Table, now: pa.Table) -> None:
    old, new = ({tuple(row[key] for key in KEYS[name]): row for row in rows.to_pylist()} for rows in (was, now))
    found.added += len(new.keys() - old.keys())
    found.removed += len(old.keys() - new.keys())
    for key in old:
        columns = [column for column, value in old[key].items() if new.get(key, old[key])[column] != value]
        found.changed += bool(columns)
        found.changed_columns.update(columns)


def _side_by_side(
    old: FinishedRelease, new: FinishedRelease, shared: Mapping[str, pa.Schema]
) -> Iterator[tuple[str, Mapping[str, Sequence[pa.Table]]]]:
    """Each domain with its rows in every table, before and after."""
    names = [name for name in shared if "domain" in TABLES[name].names]
    tables = {
        (name, at): (shared[name], _read(side, name, shared[name]))
        for name in names
        for at, side in enumerate((old, new))
    }
    for domain, rows in side_by_side(tables):
        yield domain, {name: (rows[name, 0], rows[name, 1]) for name in names}


def _read(side: FinishedRelease, name: str, schema: pa.Schema) -> Iterator[pa.Table]:
    for path in side.files(name):
        yield from PartFile(path, schema).batches(_ROWS_AT_ONCE)


def _flat(told: Mapping[str, Any]) -> Row:
    """What ``Comparison.made`` compares."""
    return {
        "schema_version": told.get("schema_version"),
        **{name: value for name, value in told["settings"].items() if name != "corrections"},
        **{f"made with {name}": version for name, version in told["made_with"].items()},
        **{f"removed on request: {name}": count for name, count in told["facts"]["removed_on_request"].items()},
    }
