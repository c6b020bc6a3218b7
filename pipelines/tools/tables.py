"""A table for people (columns of text, aligned), for programs (JSON) and for spreadsheets (CSV)."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice, zip_longest
from tempfile import SpooledTemporaryFile
from typing import Any

from pipelines.printable import escaped, printable
from pipelines.timestamps import iso

Record = Mapping[str, Any]

#: Rows that wait together, and bytes of rows that wait in memory.
_AT_ONCE, _IN_MEMORY = 1_000, 1 << 20


def aligned(rows: Iterable[Sequence[str]], numbers: Collection[int] = ()) -> str:
    """The rows as lines, their cells in columns; those of the columns ``numbers`` are aligned on the right."""
    return "\n".join(aligned_lines(rows, numbers))


def aligned_lines(rows: Iterable[Sequence[str]], numbers: Collection[int] = ()) -> Iterator[str]:
    """The same, line by line. While the rows come, of which the longest cells are to be found, they wait in a file."""
    widths: list[int] = []
    with SpooledTemporaryFile(_IN_MEMORY, "w+") as waiting:
        coming = iter(rows)
        while some := list(islice(coming, _AT_ONCE)):
            longest = (max(map(len, cells)) for cells in zip(*some, strict=True))
            widths = [max(pair) for pair in zip_longest(widths, longest, fillvalue=0)]
            waiting.write(json.dumps(some) + "\n")
        waiting.seek(0)
        for row in chain.from_iterable(map(json.loads, waiting)):
            yield "  ".join(
                cell.rjust(width) if column in numbers else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()


def as_json(value: Any, indent: int | None = 1) -> str:
    """``value`` as JSON; times in UTC (ISO 8601). What a terminal obeys is escaped, so that nothing is lost."""
    return escaped(json.dumps(value, indent=indent, ensure_ascii=False, default=_plain))


def json_lines(values: Iterable[Any]) -> Iterator[str]:
    """The values as a JSON list, as ``as_json`` has them, in lines; each value is in memory by itself."""
    before = "["
    for value in values:
        yield before
        before = f"{textwrap.indent(as_json(value), ' ')},"
    yield before.removesuffix(",")
    yield "]"


def as_csv(columns: Sequence[str], records: Iterable[Record]) -> str:
    """The ``columns`` of the records as CSV with a header line; a list or a map is written as JSON."""
    return "\n".join(csv_lines(columns, records))


def csv_lines(columns: Sequence[str], records: Iterable[Record]) -> Iterator[str]:
    """The same, line by line. A cell may have several lines."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="")
    for row in chain([columns], ([_cell(record[name]) for name in columns] for record in records)):
        writer.writerow(row)
        yield out.getvalue()
        out.seek(0)
        out.truncate()


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
