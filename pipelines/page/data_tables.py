"""Tables that hold data, among the many that were a page's layout."""

from __future__ import annotations

from itertools import islice

from pipelines.page.tree import Element

_LONGEST_CELL = 3000
#: A cell longer than this that holds more than this share of the table's text is a page's column.
_LONG_CELL, _MOST = 300, 0.6
_ROWS_SEEN = 100


def is_data_table(table: Element) -> bool:
    """True if a table holds data, false if it is the page's layout.

    A data table has at least two rows of two or more filled cells. It has no table inside, no headings in its cells,
    no cell as long as a page's column, and no long cell that holds most of its text.
    """
    if table.find(".//table") is not None:
        return False
    rows = longest = total = 0
    for row in islice(table.iter("tr"), _ROWS_SEEN):
        filled = 0
        for cell in row.iterchildren("td", "th"):
            length = len(" ".join("".join(cell.itertext()).split()))
            if length > _LONGEST_CELL or cell.find(".//h2") is not None or cell.find(".//h1") is not None:
                return False
            filled += length > 0
            longest = max(longest, length)
            total += length
        rows += filled >= 2
    return rows >= 2 and (longest <= _LONG_CELL or longest <= _MOST * total)
