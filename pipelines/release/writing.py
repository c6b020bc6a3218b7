"""Writes the tables of some ranges of domains: the work that the processes of a release share out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.dataset.spans import Span
from pipelines.dataset.sums import sha256
from pipelines.history.coverage import CoverageTotals
from pipelines.history.derive import derive
from pipelines.history.domain_history import DomainRows, read_domains
from pipelines.history.kept import KeptTold
from pipelines.history.row_buffer import RowBuffer
from pipelines.history.tables import CHANGES, COVERAGE, VERSIONS
from pipelines.history.told import Told
from pipelines.release.manifest import File, Table
from pipelines.release.tables import TableWriter, table_schema
from pipelines.schema import DOMAINS

#: The tables that have a domain in each row, but for what follows from the release before.
OF_DOMAINS = ("policies", "versions", "changes", "coverage", "captures", "domains")
_DERIVED = {"versions": VERSIONS, "changes": CHANGES, "coverage": COVERAGE, "domains": DOMAINS}
#: Derived rows that are kept as Python objects before they become Arrow.
PENDING_ROWS = 500


@dataclass(frozen=True, slots=True)
class Share:
    """Ranges of domains side by side, for one process."""

    facts: Path
    """A DATA_DIR whose files stay as they are."""
    aside: Path
    """Where the range with the number 7 gets its folder ``00007``, with a folder for each table."""
    with_text: bool
    ranges: Mapping[int, Span]

    def __str__(self) -> str:
        numbers = list(self.ranges)
        return f"ranges {numbers[0]} to {numbers[-1]} of the domains"


@dataclass(slots=True)
class Written:
    """What was written of some ranges."""

    tables: dict[int, Mapping[str, Table]] = field(default_factory=dict)
    """The tables of each range, by its number; the files' paths are relative to its folder."""
    coverage: CoverageTotals = field(default_factory=CoverageTotals)


def write_ranges(share: Share) -> Written:
    """Writes all tables of these ranges."""
    spans = list(share.ranges.values())
    span = Span(spans[0].first, spans[-1].end)
    domains = read_domains(share.facts, scratch=share.aside, span=span)
    told = KeptTold.in_data_dir(share.facts, share.aside, span)
    written = Written()
    domain = next(domains, None)
    for number, each in share.ranges.items():
        folder = share.aside / f"{number:05}"
        folder.mkdir()
        with ExitStack() as stack:
            tables = _Tables(folder, stack, with_text=share.with_text)
            while domain is not None and each.has(domain.domain):
                tables.add(domain, told.of(domain.domain), written.coverage)
                domain = next(domains, None)
            tables.flush()
        written.tables[number] = {name: finished(folder, writer) for name, writer in tables.writers.items()}
    return written


class _Tables:
    """The tables of one range in the making."""

    def __init__(self, folder: Path, stack: ExitStack, *, with_text: bool) -> None:
        self.writers = {
            name: stack.enter_context(TableWriter(folder, name, table_schema(name, with_text=with_text)))
            for name in OF_DOMAINS
        }
        self._derived = {
            name: RowBuffer(schema, self.writers[name].add, PENDING_ROWS) for name, schema in _DERIVED.items()
        }

    def add(self, domain: DomainRows, told: Mapping[str, Told], totals: CoverageTotals) -> None:
        """Adds a domain's rows, and counts its coverage."""
        derived = derive(domain, told)
        self.writers["policies"].add(domain.policies)
        self.writers["captures"].add(derived.captures)
        for name, rows in {**derived.tables, "domains": derived.domains}.items():
            self._derived[name].add(rows)
        totals.add(derived.half_years, domain.outcomes)

    def flush(self) -> None:
        """Writes the rows that are left."""
        for pending in self._derived.values():
            pending.flush()


def finished(folder: Path, writer: TableWriter) -> Table:
    """The table that was written in ``folder``."""
    files = {
        file.name: File(file.rows, (folder / file.name).stat().st_size, sha256(folder / file.name))
        for file in writer.files
    }
    return Table(writer.schema, writer.rows, writer.decoded_bytes, files)


def joined(stage: Path, name: str, folders: Sequence[Path], tables: Sequence[Table]) -> Table:
    """Puts the files of one table, of which each of ``folders`` has some, side by side in ``stage``.

    Those without rows are left out, but for the first one where none has any.
    """
    found = [
        (folder / path, file)
        for folder, table in zip(folders, tables, strict=True)
        for path, file in table.files.items()
    ]
    files: dict[str, File] = {}
    (stage / name).mkdir()
    for path, file in [one for one in found if one[1].rows] or found[:1]:
        here = f"{name}/{len(files):05}.parquet"
        path.rename(stage / here)
        files[here] = file
    rows, decoded = sum(table.rows for table in tables), sum(table.decoded_bytes for table in tables)
    return Table(tables[0].schema, rows, decoded, files)
