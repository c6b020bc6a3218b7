"""Spans of domains, in the order of their names: what one process reads, where several share a dataset."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True)
class Span:
    """The domains from ``first`` on and before ``end``, in the order of their names."""

    first: str = ""
    end: str | None = None
    """``None``: to the last one."""

    @classmethod
    def through(cls, first: str, last: str) -> Span:
        """The domains from ``first`` to ``last``, both inclusive."""
        return cls(first, f"{last}\0")  # no name lies between

    def has(self, domain: str) -> bool:
        """True if the domain is one of them."""
        return self.first <= domain and (self.end is None or domain < self.end)

    def may_have(self, smallest: str, largest: str) -> bool:
        """True if there may be one of them among names from ``smallest`` to ``largest``."""
        return self.first <= largest and (self.end is None or smallest < self.end)

    def rows(self, table: pa.Table) -> pa.Table:
        """The rows of these domains."""
        which = pc.greater_equal(table["domain"], self.first)
        return table.filter(which if self.end is None else pc.and_(which, pc.less(table["domain"], self.end)))
