"""Reading the history that DATA_DIR keeps: its tables ``versions``, ``changes`` and ``coverage``.

They are brought up to date when a crawl ends, for the domains that changed (``pipelines.history.keeping``). What is
read of one domain alone is never behind: it is worked out of its rows here, but for what its texts are known to tell.
So is what is read of all where DATA_DIR keeps no history, because its files come from elsewhere or from an older
version.

What ``overrides.toml`` removes is left out: a row that names a capture of it, or an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.merging import merged
from pipelines.dataset.overrides import Removals, read_overrides
from pipelines.dataset.parts import files_with
from pipelines.dataset.reading import WORKED_OUT, part_files, retrying, rows_where
from pipelines.dataset.spans import Span
from pipelines.history.derive import derive
from pipelines.history.domain_history import by_domain, read_domain, read_domains
from pipelines.history.tables import CHANGES, COVERAGE, KEPT, VERSIONS
from pipelines.history.told import Told, told_by
from pipelines.schema import TIMESTAMP
from pipelines.timestamps import digits

Row = dict[str, Any]

_NOTHING: Mapping[str, Told] = {}
_RELEASED = {"versions": VERSIONS, "changes": CHANGES, "coverage": COVERAGE}


def is_kept(data_dir: Path) -> bool:
    """True if DATA_DIR has a history: its readers need not work it out."""
    return all(part_files(data_dir / table) for table in WORKED_OUT)


def read_versions(data_dir: Path, *, domain: str | None = None) -> Iterator[pa.Table]:
    """The rows of ``versions``, of one domain or of all, some domains at a time; a domain's rows by time.

    The columns are those of ``pipelines.history.tables``. ``DatasetError`` names a file that is damaged.
    """
    return _read(data_dir, "versions", domain)


def read_changes(data_dir: Path, *, domain: str | None = None, since: datetime | None = None) -> Iterator[pa.Table]:
    """The rows of ``changes``, as ``read_versions``; with ``since`` those first seen then or later."""
    which = None if since is None else pc.field("change_before") >= pa.scalar(since, TIMESTAMP)
    return _read(data_dir, "changes", domain, which)


def read_coverage(data_dir: Path, *, domain: str | None = None) -> Iterator[pa.Table]:
    """The rows of ``coverage``, as ``read_versions``."""
    return _read(data_dir, "coverage", domain)


def read_columns(folder: Path, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Some columns of ``versions``, ``changes`` or ``coverage`` in a DATA_DIR or a release, in pieces, by domain.

    ``columns``: the addresses and times of captures are among them. ``DatasetError`` names a file that is damaged.
    """
    if not is_kept(folder):
        for rows in read_domains(folder):
            yield pa.Table.from_pylist(derive(rows).tables[table], _RELEASED[table]).select(columns)
        return
    removals = read_overrides(folder).remove
    schema = some_columns(_RELEASED[table], columns)
    for rows in retrying(lambda: merged(part_files(folder / table), schema, by=["domain"])):
        yield shown(removals, rows)


def _read(data_dir: Path, table: str, domain: str | None, which: pc.Expression | None = None) -> Iterator[pa.Table]:
    schema = _RELEASED[table]
    if domain is None and is_kept(data_dir):
        removals = read_overrides(data_dir).remove
        for path in part_files(data_dir / table):
            yield shown(removals, rows_where(which, [path], schema))
        return
    told = {} if domain is None else _told_of(data_dir, domain)
    for rows in read_domains(data_dir) if domain is None else [read_domain(data_dir, domain)]:
        found = pa.Table.from_pylist(derive(rows, told).tables[table], schema)
        yield found if which is None else found.filter(which)


def _told_of(data_dir: Path, domain: str) -> Mapping[str, Told]:
    versions, changes = (
        rows_where(pc.field("domain") == domain, files_with(data_dir, table, domain), KEPT[table])
        for table in ("versions", "changes")
    )
    return told_by(versions, changes)


def shown(removals: Removals, rows: pa.Table) -> pa.Table:
    """``rows`` of a kept table without those that name what is to be removed."""
    if not removals:
        return rows
    return rows.filter(pa.array([not _names(removals, row) for row in rows.to_pylist()], pa.bool_()))


def _names(removals: Removals, row: Row) -> bool:
    captures = [
        (row[f"{side}policy_url"], digits(row[f"{side}captured_at"]))
        for side in ("", "before_", "after_")
        if f"{side}policy_url" in row
    ]
    addresses = [(address["url"], None) for address in row.get("addresses", ())]
    return any(removals.name(row["domain"], *about) for about in captures + addresses or [(None, None)])


class KeptTold:
    """What is kept of what texts tell, for domains that are asked for in the order of their names."""

    def __init__(self, versions: Iterator[tuple[str, pa.Table]], changes: Iterator[tuple[str, pa.Table]]) -> None:
        """The rows of both tables by domain, in that order."""
        self._versions, self._changes = _InOrder(versions), _InOrder(changes)

    @classmethod
    def in_data_dir(cls, data_dir: Path, scratch: Path, span: Span) -> KeptTold:
        """What DATA_DIR keeps. ``scratch``: where intermediate files may be written. ``span``: the domains."""
        return cls(
            *(
                by_domain(merged(part_files(data_dir / table), KEPT[table], by=["domain"], scratch=scratch, span=span))
                for table in ("versions", "changes")
            )
        )

    def of(self, domain: str) -> Mapping[str, Told]:
        """What is kept of a domain, as ``pipelines.history.derive.derive`` takes it."""
        versions, changes = self._versions.of(domain), self._changes.of(domain)
        if versions is None:
            return _NOTHING
        return told_by(versions, KEPT["changes"].empty_table() if changes is None else changes)


class _InOrder:
    """A table's rows by domain, for domains that are asked for in the order of their names."""

    def __init__(self, rows: Iterator[tuple[str, pa.Table]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, domain: str) -> pa.Table | None:
        while self._next is not None and self._next[0] < domain:
            self._next = next(self._rows, None)
        return self._next[1] if self._next is not None and self._next[0] == domain else None
