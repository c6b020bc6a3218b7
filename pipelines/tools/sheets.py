"""The history for spreadsheets: ``versions``, ``changes`` and ``coverage`` without texts, as CSV files or a workbook.

A spreadsheet takes no time with a zone, no cell over 32,767 characters, and runs what begins like a formula. So times
are UTC and do not say so, long cells are cut, and no text can be taken for a formula. A list is one cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.dataset.part_writer import whole_file
from pipelines.dataset.reading import WORKED_OUT
from pipelines.history.kept import read_columns
from pipelines.history.tables import CHANGES, COVERAGE, VERSIONS
from pipelines.printable import printable
from pipelines.schema import meaning

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

FORMS = ("csv", "xlsx")
#: What the workbook is called where only a folder is named.
WORKBOOK = "history.xlsx"
#: By which file an output of each form is known.
MARKS = {"csv": "versions.csv", "xlsx": WORKBOOK}
#: Characters of a cell, as Excel counts them: UTF-16 code units.
MOST_OF_A_CELL = 32_767
#: Rows of a sheet, its head among them.
SHEET_ROWS = 1_048_576

#: Excel's calendar begins here; older days are text.
_FIRST_YEAR = 1900
#: What begins a formula, in any of the programs that read CSV; a Japanese one takes the wide forms, too.
_FORMULA = tuple("=+-@＝＋－＠")
_MEANINGS = ("table", "column", "meaning")
_COLUMNS = {
    name: [each for each in schema.names if each != "paragraphs"]
    for name, schema in zip(WORKED_OUT, (VERSIONS, CHANGES, COVERAGE), strict=True)
}

Cell = str | int | float | date | None
Row = Sequence[Cell]
Add = Callable[[str, Sequence[str], Iterable[Row]], None]
"""Writes a table: its name, its columns, its rows."""


@dataclass(slots=True)
class Sheets:
    """What was written."""

    path: Path
    """The folder of the CSV files, or the workbook."""
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WORKED_OUT, 0))
    """Rows by table."""
    missing: set[str] = field(default_factory=set)
    """The domains asked for of which no table has a row."""


def write_sheets(source: Path, out: Path, form: str, domains: Collection[str] | None = None) -> Sheets:
    """Writes the history that ``source`` has, a DATA_DIR or a release, as ``form`` (``FORMS``).

    CSV: the files ``versions.csv``, ``changes.csv``, ``coverage.csv`` and ``columns.csv`` (what each column means) in
    the folder ``out``. XLSX: a workbook with these as sheets, ``out`` itself if its name ends in ``.xlsx``, or else
    ``WORKBOOK`` in that folder. Each file appears whole, and replaces one of its name. ``domains``: only these.

    Raises ``DatasetError`` where a part file is damaged, ``OSError`` where ``out`` cannot be written.
    """
    if form == "xlsx" and out.suffix.lower() != ".xlsx":
        out /= WORKBOOK
    done = Sheets(out, missing=set(domains or ()))
    with _workbook(out) if form == "xlsx" else _csv_files(out) as add:
        for table, columns in _COLUMNS.items():
            add(table, columns, _rows(source, table, domains, done))
        add("columns", _MEANINGS, _meanings())
    return done


def _rows(source: Path, table: str, domains: Collection[str] | None, done: Sheets) -> Iterator[Row]:
    for rows in read_columns(source, table, _COLUMNS[table]):
        for row in rows.to_pylist():
            if domains is None or row["domain"] in domains:
                done.rows[table] += 1
                done.missing.discard(row["domain"])
                yield [cell(value) for value in row.values()]


def _meanings() -> Iterator[Row]:
    for schema, (table, columns) in zip((VERSIONS, CHANGES, COVERAGE), _COLUMNS.items(), strict=True):
        for column in columns:
            yield table, column, meaning(schema.field(column))


def cell(value: Any) -> Cell:
    """A value as a cell takes it.

    >>> cell([{"concept": "location", "count": 3}, {"concept": "consent", "count": 1}])
    'location 3; consent 1'
    """
    if isinstance(value, list):
        return _fitting("; ".join(map(_said, value)))
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, date):
        return value if value.year >= _FIRST_YEAR else str(value)
    if isinstance(value, float):
        return round(value, 6)  # a column of single precision
    return _fitting(value) if isinstance(value, str) else value


def _said(value: Any) -> str:
    """An entry of a list; the members of a structure one after the other."""
    if isinstance(value, dict):
        return " ".join(map(_said, value.values()))
    return str(cell(value))


def _fitting(text: str) -> str:
    """A text without control characters, cut where it is longer than a cell may be."""
    text = printable(text)
    if len(text) * 2 <= MOST_OF_A_CELL:
        return text
    units = text.encode("utf-16-le", "replace")
    if len(units) <= 2 * MOST_OF_A_CELL:
        return text
    return units[: 2 * (MOST_OF_A_CELL - 2)].decode("utf-16-le", "ignore") + "…"  # a guard may come before it


def guarded(value: Cell) -> Cell:
    """A cell of a CSV file, with an apostrophe before a text that a spreadsheet would take for a formula."""
    if isinstance(value, bool):
        return str(value).lower()  # some readers know no other form
    return f"'{value}" if isinstance(value, str) and value.lstrip().startswith(_FORMULA) else value


@contextmanager
def _csv_files(folder: Path) -> Iterator[Add]:
    def add(name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        # The mark at the start (utf-8-sig) tells Excel the encoding.
        with whole_file(folder / f"{name}.csv") as file:
            text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="")
            lines = csv.writer(text, lineterminator="\n")
            lines.writerow(columns)
            lines.writerows(map(guarded, row) for row in rows)
            text.detach()  # flushes; the file stays open

    yield add


@contextmanager
def _workbook(path: Path) -> Iterator[Add]:
    from xlsxwriter import Workbook  # only this form needs it
    from xlsxwriter.exceptions import FileCreateError

    try:
        # A row at a time is in memory. Texts are written as texts, and nothing is taken for a formula or a link.
        with whole_file(path) as file, Workbook(file, {"constant_memory": True, "use_zip64": True}) as book:
            yield partial(_add_sheets, book)
    except FileCreateError as error:
        raise error.args[0] from None  # the system's error, which it stands for


def _add_sheets(book: Workbook, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Writes a table as a sheet, or as several where its rows do not fit one."""
    day, moment = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
    sheet = _new_sheet(book, name, columns)
    for number, row in enumerate(rows):
        of_sheet, line = divmod(number, SHEET_ROWS - 1)
        if of_sheet and not line:
            sheet = _new_sheet(book, f"{name} {of_sheet + 1}", columns)
        for place, value in enumerate(row):
            at = line + 1, place
            if isinstance(value, datetime):
                sheet.write_datetime(*at, value, moment)
            elif isinstance(value, date):
                sheet.write_datetime(*at, datetime.combine(value, time()), day)
            elif isinstance(value, str):
                sheet.write_string(*at, value)
            elif isinstance(value, bool):
                sheet.write_boolean(*at, value)
            elif value is not None:
                sheet.write_number(*at, value)


def _new_sheet(book: Workbook, name: str, columns: Sequence[str]) -> Worksheet:
    """A sheet with its head."""
    sheet: Worksheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(columns) - 1, 20)
    sheet.autofilter(0, 0, SHEET_ROWS - 1, len(columns) - 1)
    bold = book.add_format({"bold": True})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, bold)
    return sheet
