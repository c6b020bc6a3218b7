"""Row groups that end where a domain's own name says so: most of them are the same in the next release.

If groups had a fixed number of rows, one more row would shift the ends of all groups after it, and each of their bytes
would be new (benchmarks/README.md, "Growth").
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import pyarrow as pa

from pipelines.dataset.part_writer import Layout, RowGroups, long_texts, value_bytes
from pipelines.history.domain_history import by_domain


class DomainGroups:
    """Cuts rows that are sorted by domain into row groups of ``group_rows`` on average.

    From half as many rows on, a group ends with any domain whose name and number of rows say so, so that the ends do
    not depend on what comes before. It has at most twice as many rows. A domain with more is cut as ``RowGroups`` does.
    """

    def __init__(self, schema: pa.Schema, layout: Layout) -> None:
        self.rows = 0
        self._schema = schema
        self._layout = layout
        self._texts = long_texts(schema)
        self._group: list[pa.Table] = []
        self._group_rows = 0
        self._group_bytes = 0

    def add(self, table: pa.Table) -> Iterator[pa.Table]:
        """Takes all rows of some domains; yields the row groups that are full."""
        table = table.select(self._schema.names).cast(self._schema)
        self.rows += len(table)
        for domain, rows in by_domain([table]):
            size = sum(value_bytes(rows.column(name)) for name in self._texts)
            if not self._fits(self._group_rows + len(rows), self._group_bytes + size):
                yield from self.rest()
            if not self._fits(len(rows), size):
                cut = RowGroups(self._schema, self._layout)
                yield from cut.add(rows)
                yield from cut.rest()
                continue
            self._group.append(rows)
            self._group_rows += len(rows)
            self._group_bytes += size
            if self._ends_with(domain, len(rows)):
                yield from self.rest()

    def rest(self) -> Iterator[pa.Table]:
        """The rows that are left, after the last ``add``."""
        if self._group:
            # Copied here, so that what the rows came in is not in memory while they are written.
            group, self._group = pa.concat_tables(self._group).combine_chunks(), []
            self._group_rows = self._group_bytes = 0
            yield group

    def _fits(self, rows: int, size: int) -> bool:
        return rows <= 2 * self._layout.group_rows and size <= self._layout.group_bytes

    def _ends_with(self, domain: str, rows: int) -> bool:
        """With a probability that makes half a group's rows the mean of what is added to the first half."""
        half = self._layout.group_rows // 2
        return self._group_rows >= half and zlib.crc32(domain.encode()) % half < rows
