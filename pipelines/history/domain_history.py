"""A dataset's rows of ``policies``, ``captures`` and ``domains``, domain by domain, in bounded memory.

All files are opened before the first row is read: a compaction that replaces them meanwhile takes their names away, but
not what is in them.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.lifting import PartFile, version_of
from pipelines.dataset.merging import CAPTURE_KEY, by_value, merged, one_per_capture
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.parts import files_with
from pipelines.dataset.reading import history, part_files, policies_folder, retrying, rows_where
from pipelines.dataset.spans import Span
from pipelines.outcomes import Outcome
from pipelines.schema import CAPTURES, CRAWLS, DOMAINS, POLICIES

K = TypeVar("K", bound=Hashable)

#: Of two rows of one capture, the one with the lower number counts: an outcome that settles the capture goes before
#: one that leaves it open.
_OPENNESS: dict[str, int] = {
    Outcome.STORED: -2,
    Outcome.UNCHANGED: -1,
    Outcome.SKIPPED: 1,
    Outcome.FAILED: 2,
    Outcome.PENDING: 3,
}

#: Rows of which the names of domains are read at once.
_KEYS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class DomainRows:
    """The rows of one domain, each table by time, with one row per capture, and one of ``domains`` per archive."""

    domain: str
    policies: pa.Table
    captures: pa.Table
    domains: pa.Table

    @classmethod
    def of(cls, domain: str, policies: pa.Table, captures: pa.Table, domains: pa.Table) -> DomainRows:
        """``policies`` have one row per capture, in order of time; rows of the others may be there twice."""
        return cls(domain, policies, _settled(captures), _newest(domains, "archive", "asked_last"))

    @property
    def outcomes(self) -> list[str]:
        """What came of the domain in each archive (``DomainOutcome``)."""
        return list(self.domains["outcome"].to_pylist())


def read_domains(
    data_dir: Path,
    *,
    policies_schema: pa.Schema = POLICIES,
    scratch: Path | None = None,
    span: Span | None = None,
) -> Iterator[DomainRows]:
    """The rows of every domain, or of those of ``span``, in the order of the domains' names.

    ``policies_schema``: the columns of ``policies`` to read, those of ``merging.CAPTURE_KEY`` and ``merging.DECIDING``
    among them. ``scratch``: where intermediate files may be written. What ``overrides.toml`` removes is left out.
    ``DatasetError`` where a part file is damaged.
    """
    kept = read_overrides(data_dir).remove.kept
    policies = _merged(lambda: part_files(policies_folder(data_dir)), policies_schema, CAPTURE_KEY, scratch, span)
    captures = _merged(lambda: part_files(data_dir / "captures"), CAPTURES, ["domain"], scratch, span)
    domains = _merged(lambda: _domain_files(data_dir), DOMAINS, ["domain"], scratch, span)
    tables = {
        "policies": (policies_schema, map(one_per_capture, map(kept, policies))),
        "captures": (CAPTURES, map(kept, captures)),
        "domains": (DOMAINS, map(kept, domains)),
    }
    for domain, rows in side_by_side(tables):
        yield DomainRows.of(domain, **rows)


def rows_by_domain(data_dir: Path) -> Counter[str]:
    """Each domain of which ``read_domains`` gives something, with how many rows the files have of it.

    A capture may have several. Only columns of the key are read.
    """
    removals = read_overrides(data_dir).remove
    named = CAPTURE_KEY[:3] if removals else CAPTURE_KEY[:1]  # what says whether a row is to be removed
    files = [(path, some_columns(POLICIES, named)) for path in part_files(policies_folder(data_dir))]
    files += [(path, some_columns(CAPTURES, named)) for path in part_files(data_dir / "captures")]
    files += [(path, some_columns(DOMAINS, ["domain"])) for path in _domain_files(data_dir)]
    found: Counter[str] = Counter()
    for path, schema in files:
        for rows in map(removals.kept, PartFile(path, schema).batches(_KEYS_AT_ONCE)):
            for entry in pc.value_counts(rows["domain"]).to_pylist():
                found[entry["values"]] += entry["counts"]
    return found


def read_domain(data_dir: Path, domain: str) -> DomainRows:
    """The rows of one domain, as ``read_domains`` gives them; tables without rows where nothing is known of it."""
    is_domain = pc.field("domain") == domain
    captures = retrying(lambda: rows_where(is_domain, files_with(data_dir, "captures", domain), CAPTURES))
    kept = read_overrides(data_dir).remove.kept
    policies = one_per_capture(history(data_dir, domain))
    return DomainRows.of(domain, policies, kept(captures), domain_rows(data_dir, domain))


def domain_rows(data_dir: Path, domain: str) -> pa.Table:
    """The rows of ``domains`` of one domain, one per archive; none where nobody asked for it."""
    is_domain = pc.field("domain") == domain
    rows = retrying(lambda: rows_where(is_domain, _domain_files(data_dir, domain), DOMAINS))
    return _newest(read_overrides(data_dir).remove.kept(rows), "archive", "asked_last")


def read_crawls(data_dir: Path) -> pa.Table:
    """The rows of ``crawls``, one per crawl, by ``crawl_id``."""
    tables = _merged(lambda: part_files(data_dir / "crawls"), CRAWLS, ["crawl_id"])
    return _newest(pa.concat_tables([CRAWLS.empty_table(), *tables]), "crawl_id", "ended")


def _domain_files(data_dir: Path, domain: str | None = None) -> list[Path]:
    """The files with the rows of ``domains``, of all or of one. Version 1 had these rows among its captures."""
    if any(part_files(data_dir / "domains")):
        return part_files(data_dir / "domains") if domain is None else files_with(data_dir, "domains", domain)
    return [path for path in part_files(data_dir / "captures") if version_of(path) == 1]


def _merged(
    files: Callable[[], list[Path]],
    schema: pa.Schema,
    by: Sequence[str],
    scratch: Path | None = None,
    span: Span | None = None,
) -> Iterator[pa.Table]:
    return retrying(lambda: merged(files(), schema, by=by, scratch=scratch, span=span))


def _newest(rows: pa.Table, key: str, time: str) -> pa.Table:
    """One row for each ``key``: where there are several, the one with the latest ``time``."""
    chosen: dict[str, dict[str, Any]] = {}
    for row in rows.to_pylist():
        one = chosen.setdefault(row[key], row)
        # All values decide between equals only so that the same rows always give the same choice.
        chosen[row[key]] = max(one, row, key=lambda each: (str(each[time] or ""), *map(str, each.values())))
    return pa.Table.from_pylist([chosen[name] for name in sorted(chosen)], rows.schema)


def side_by_side(
    tables: Mapping[K, tuple[pa.Schema, Iterable[pa.Table]]],
) -> Iterator[tuple[str, dict[K, pa.Table]]]:
    """Each domain with its rows of every table, by what the table is called; none where a table has none of it.

    ``tables`` has the schema of each and its rows, which are sorted by domain.
    """

    def named(name: K, rows: Iterable[pa.Table]) -> Iterator[tuple[str, K, pa.Table]]:
        return ((domain, name, found) for domain, found in by_domain(rows))

    streams = (named(name, rows) for name, (_, rows) in tables.items())
    for domain, found in groupby(heapq.merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        yield (
            domain,
            {name: schema.empty_table() for name, (schema, _) in tables.items()}
            | {name: rows for _, name, rows in found},
        )


def by_domain(tables: Iterable[pa.Table]) -> Iterator[tuple[str, pa.Table]]:
    """Each domain with all its rows; ``tables`` are sorted by domain, and a domain may go on in the next table."""
    return by_value(tables, "domain")


def _settled(captures: pa.Table) -> pa.Table:
    """One row per capture, by time.

    The same capture has two rows where folders of several crawls were put together: the row that settles it counts.
    """
    columns = captures.select(["captured_at", "policy_url", "archive"]).to_pydict()
    rows: dict[tuple[Any, ...], list[int]] = {}
    for row, key in enumerate(zip(*columns.values(), strict=True)):
        rows.setdefault(key, []).append(row)
    chosen = [_most_settled(captures, rows[key]) for key in sorted(rows)]
    return captures if chosen == list(range(len(captures))) else captures.take(chosen).combine_chunks()


def _most_settled(captures: pa.Table, rows: Sequence[int]) -> int:
    if len(rows) == 1:
        return rows[0]
    values = captures.take(rows).to_pylist()
    # All other values decide between equals only so that the same rows always give the same choice.
    ranks = [(_OPENNESS.get(row["outcome"], 0), *map(str, row.values())) for row in values]
    return rows[ranks.index(min(ranks))]
