"""Tables in Markdown: as benchmarks print them, and as README.md has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table_head(*names: str) -> str:
    """The names of the columns, and the line under them."""
    return f"{table_row(*names)}\n|{'---|' * len(names)}"


def table_row(*cells: str) -> str:
    """One line of cells, for tables of which each line is printed as soon as it is known."""
    return f"| {' | '.join(cells)} |"


def whole_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A whole table."""
    return "\n".join([table_head(*names), *(table_row(*cells) for cells in rows)])
