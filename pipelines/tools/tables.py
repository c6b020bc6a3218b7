"""A table for people (columns of text, aligned), for programs (JSON) and for spreadsheets (CSV)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pipelines.printable import escaped, printable
from pipelines.timestamps import iso

Record = Mapping[str, Any]


def aligned(rows: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> str:
    """The rows as lines, their cells in columns; those of the columns ``numbers`` are aligned on the right."""
    return "\n".join(aligned_lines(rows, numbers))


def aligned_lines(rows: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> Iterator[str]:
    """The same, line by line."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        yield "  ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()


def as_json(value: Any, indent: int | None = 1) -> str:
    """``value`` as JSON; times in UTC (ISO 8601). What a terminal obeys is escaped, so that nothing is lost."""
    return escaped(json.dumps(value, indent=indent, ensure_ascii=False, default=_plain))


def as_csv(columns: Sequence[str], records: Iterable[Record]) -> str:
    """The ``columns`` of the records as CSV with a head line; a list or a map is written as JSON."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(record[name]) for name in columns] for record in records)
    return out.getvalue().rstrip("\n")


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return as_json(value, indent=None)
    if isinstance(value, date):
        return _plain(value)
    return printable(value) if isinstance(value, str) else value


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in a table")
