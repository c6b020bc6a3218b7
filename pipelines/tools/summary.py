"""What a dataset holds of each domain and, where it holds nothing or not all, why: one line per domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.merging import CAPTURE_KEY, DECIDING
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.reading import part_files, retrying, rows_where
from pipelines.history.domain_history import DomainRows, read_domain, read_domains
from pipelines.history.observations import OBSERVED, observations
from pipelines.history.versions import find_versions
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.schema import CAPTURES, DOMAINS, POLICIES, TIMESTAMP
from pipelines.tools.tables import aligned_lines

_COLUMNS = some_columns(POLICIES, dict.fromkeys((*CAPTURE_KEY, *DECIDING, *OBSERVED)))
#: What is counted of each table. Addresses only tell what is to be removed.
_COUNTED = {
    "domains": some_columns(DOMAINS, ("domain", "outcome", "excluded_since", "versions")),
    "captures": some_columns(CAPTURES, ("domain", "captured_at", "outcome", "policy_url")),
    "policies": some_columns(POLICIES, ("domain", "captured_at", "policy_url")),
}
#: How values of several rows of a domain become one.
_JOINED = {"first": "min", "last": "max", "outcome": "min", "excluded_since": "min", "versions": "max"}
#: The columns that count a domain's captures.
_OUTCOMES = [f"captures_{outcome}" for outcome in Outcome]
#: Of captures that were asked for and could not be had.
_NOT_HAD = (Outcome.UNPLAYABLE, Outcome.FAILED, Outcome.PENDING)
_SHOWN = pa.array([Outcome.STORED, Outcome.UNCHANGED])
#: With a larger share of odd domains (``_counted``) all are read row by row: each by itself takes some 100 ms.
_FEW_ODD = 0.001


@dataclass(slots=True)
class DomainSummary:
    """What is known of one domain."""

    domain: str
    versions: int = 0
    """Versions of the main line."""
    stored: int = 0
    """Rows of ``policies``."""
    first: datetime | None = None
    last: datetime | None = None
    """The first and the last capture that shows a policy, stored or unchanged."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Outcomes of the known captures."""
    reason: str = ""
    """Why there is nothing, or not all."""


def summaries(data_dir: Path) -> Iterator[DomainSummary]:
    """The domains of a dataset, sorted by name, with some 350 bytes of memory for each. Reads no texts.

    The versions are those of a release. Raises ``DatasetError`` where a part file is damaged.
    """
    lines = retrying(lambda: _counted(data_dir))
    odd = pc.sum(lines["is_odd"]).as_py() or 0
    if odd > len(lines) * _FEW_ODD:
        yield from map(_summary, read_domains(data_dir, policies_schema=_COLUMNS))
        return
    for batch in lines.to_batches(max_chunksize=10_000):
        rows = zip(
            batch.drop_columns(_OUTCOMES).to_pylist(), *(batch[name].to_pylist() for name in _OUTCOMES), strict=True
        )
        for line, *counts in rows:
            if line["is_odd"]:
                yield _summary(read_domain(data_dir, line["domain"]))
                continue
            found = DomainSummary(line["domain"], line["versions"] or 0, line["stored"], line["first"], line["last"])
            found.outcomes.update({outcome: count for outcome, count in zip(Outcome, counts, strict=True) if count})
            found.reason = _reason([line["outcome"]], [line["excluded_since"]])
            yield found


def _counted(data_dir: Path) -> pa.Table:
    """A line for each domain, worked out of whole columns. Sorted by domain.

    ``is_odd`` where that can't tell all, or counts something twice. Where all is as a crawl leaves it, a domain's
    captures are in one file, one row of ``domains`` says how many versions there are, and each stored capture has one
    row of ``policies``.
    """
    captures, domains = _by_file(data_dir, "captures"), _by_file(data_dir, "domains")
    policies = _joined(_by_file(data_dir, "policies"))
    named = [chunk for table in (captures, domains, policies) for chunk in table["domain"].chunks]
    names = pc.unique(pa.chunked_array(named, pa.string()))
    names = names.take(pc.sort_indices(names))
    is_odd = pc.is_in(names, pa.concat_arrays([_twice(captures["domain"]), _twice(domains["domain"])]))
    captures = _at(names, captures)  # one by one: a join of all would take several times their memory
    domains = _at(names, domains)
    policies = _at(names, policies)
    stored, with_row, asked = (
        pc.coalesce(column, 0) for column in (policies["rows"], captures[Outcome.STORED], domains["rows"])
    )
    versions = domains["versions"]
    is_odd = pc.or_(is_odd, pc.or_(pc.not_equal(asked, 1), pc.greater(stored, with_row)))
    return pa.table(
        {
            "domain": names, "versions": versions, "stored": stored,
            "first": pc.min_element_wise(captures["first"], policies["first"]).cast(TIMESTAMP),
            "last": pc.max_element_wise(captures["last"], policies["last"]).cast(TIMESTAMP),
            "outcome": domains["outcome"], "excluded_since": domains["excluded_since"],
            "is_odd": pc.or_(is_odd, pc.and_(pc.is_null(versions), pc.greater(stored, 0))),
            **{name: captures[outcome] for name, outcome in zip(_OUTCOMES, Outcome, strict=True)},
        }
    )  # fmt: skip


def _twice(names: pa.ChunkedArray) -> pa.Array:
    """The names that are there more than once."""
    counted = names.value_counts()
    return counted.filter(pc.greater(counted.field("counts"), 1)).field("values")


def _at(names: pa.Array, table: pa.Table) -> pa.Table:
    """The rows of ``table`` in the order of the domains' ``names``, of each the first; nulls where there is none."""
    return table.take(pc.index_in(names, table["domain"].combine_chunks()))


def _by_file(data_dir: Path, table: str) -> pa.Table:
    """How many rows each file of a table has of which domain, and more of them; one file is in memory."""
    removals, schema = read_overrides(data_dir).remove, _COUNTED[table]
    wanted = schema if removals else some_columns(schema, [name for name in schema.names if name != "policy_url"])
    files = ([], *([path] for path in part_files(data_dir / table)))
    return pa.concat_tables([_joined(_values(removals.kept(rows_where(None, paths, wanted)))) for paths in files])


def _values(rows: pa.Table) -> pa.Table:
    """What is to be joined of each row, and what is to be counted: the row, and a capture's outcome."""
    if "captured_at" not in rows.column_names:
        return rows.append_column("rows", _ones(rows))
    when, counts = rows["captured_at"].cast(pa.int64()), {"rows": _ones(rows)}  # Arrow compares no columns of times
    if "outcome" in rows.column_names:
        when = pc.if_else(pc.is_in(rows["outcome"], _SHOWN), when, None)
        counts |= {outcome: pc.equal(rows["outcome"], outcome).cast(pa.int32()) for outcome in Outcome}
    return pa.table({"domain": rows["domain"], "first": when, "last": when, **counts})


def _ones(rows: pa.Table) -> pa.Array:
    return pa.repeat(pa.scalar(1, pa.int32()), len(rows))


def _joined(rows: pa.Table) -> pa.Table:
    """The rows of each domain as one; what ``_JOINED`` does not name is a number, and is added up."""
    how = {name: _JOINED.get(name, "sum") for name in rows.column_names if name != "domain"}
    found = rows.group_by("domain").aggregate(list(how.items()))
    columns = {name: found[f"{name}_{function}"].cast(rows[name].type) for name, function in how.items()}
    return pa.table({"domain": found["domain"], **columns})


def _summary(domain: DomainRows) -> DomainSummary:
    found = DomainSummary(domain.domain, _versions(domain), len(domain.policies))
    found.reason = _reason(domain.outcomes, domain.domains["excluded_since"].to_pylist())
    shown = domain.policies.column("captured_at").to_pylist()  # an imported row may be no row of captures
    columns = domain.captures.select(["captured_at", "outcome"]).to_pydict()
    for captured_at, outcome in zip(*columns.values(), strict=True):
        found.outcomes[outcome] += 1
        if outcome in (Outcome.STORED, Outcome.UNCHANGED):
            shown.append(captured_at)
    found.first, found.last = min(shown, default=None), max(shown, default=None)
    return found


def _reason(outcomes: Iterable[str], excluded_since: Iterable[datetime | None]) -> str:
    if since := min(filter(None, excluded_since), default=None):
        return f"{DomainOutcome.EXCLUDED} since {since:%Y-%m-%d}"
    return next((outcome for outcome in outcomes if outcome != DomainOutcome.FOUND), "")


def _versions(domain: DomainRows) -> int:
    """How many versions the main line has: as ``domains`` says, or else as the rows do."""
    noted = [number for number in domain.domains["versions"].to_pylist() if number is not None]
    if noted:
        return int(max(noted))
    return sum(version.is_main for version in find_versions(domain.domain, observations(domain)))


def table(lines: Iterable[DomainSummary]) -> Iterator[str]:
    """The summaries as lines of text with aligned columns."""
    head = ("domain", "versions", "stored", "captures", "first", "last", "why there is none, or not all")
    return aligned_lines(chain([head], map(_cells, lines)), numbers={1, 2, 3})


def _cells(line: DomainSummary) -> tuple[str, ...]:
    dates = [f"{when:%Y-%m-%d}" if when else "" for when in (line.first, line.last)]
    reason = line.reason.replace("_", " ")
    if not reason:
        reason = ", ".join(
            f"{count} {outcome.replace('_', ' ')}"
            for outcome, count in line.outcomes.most_common()
            if outcome in _NOT_HAD or not line.stored
        )
    return (line.domain, str(line.versions), str(line.stored), str(line.outcomes.total()), *dates, reason)
