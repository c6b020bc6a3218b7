"""What a dataset holds of each domain and, where it holds nothing or not all, why: one line per domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

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
from pipelines.schema import CAPTURES, DOMAINS, POLICIES
from pipelines.tools.tables import aligned_lines

_COLUMNS = some_columns(POLICIES, dict.fromkeys((*CAPTURE_KEY, *DECIDING, *OBSERVED)))
_OF_CAPTURES = some_columns(CAPTURES, ("domain", "policy_url", "captured_at", "outcome"))
_OF_POLICIES = some_columns(POLICIES, ("domain", "policy_url", "captured_at"))
_OF_DOMAINS = some_columns(DOMAINS, ("domain", "outcome", "excluded_since", "versions"))
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
    """The domains of a dataset, sorted by name, with some 200 bytes of memory for each. Reads no texts.

    The versions are those of a release. Raises ``DatasetError`` where a part file is damaged.
    """
    lines, outcomes = retrying(lambda: _counted(data_dir))
    odd = pc.sum(lines["is_odd"]).as_py() or 0
    if odd > len(lines) * _FEW_ODD:
        yield from map(_summary, read_domains(data_dir, policies_schema=_COLUMNS))
        return
    known = groupby(_rows(outcomes), key=itemgetter("domain"))
    following = next(known, None)
    for line in _rows(lines):
        found = DomainSummary(line["domain"], line["versions"] or 0, line["stored"] or 0, line["first"], line["last"])
        found.reason = _reason([line["outcome"]], [line["excluded_since"]])
        if following is not None and following[0] == found.domain:
            found.outcomes.update({each["outcome"]: each["count"] for each in following[1]})
            following = next(known, None)
        yield _summary(read_domain(data_dir, found.domain)) if line["is_odd"] else found


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _counted(data_dir: Path) -> tuple[pa.Table, pa.Table]:
    """A line for each domain, worked out of whole columns; and its captures by outcome. Both sorted by domain.

    ``is_odd`` where that can't tell all, or counts something twice. Where all is as a crawl leaves it, a domain's
    captures are in one file, one row of ``domains`` says how many versions there are, and each stored capture has one
    row of ``policies``.
    """
    by_file = list(_by_file(data_dir, "captures", _OF_CAPTURES, ["domain", "outcome"]))
    files = pa.concat_tables([each.group_by("domain").aggregate([]) for each in by_file])
    captures, policies = pa.concat_tables(by_file), pa.concat_tables(_by_file(data_dir, "policies", _OF_POLICIES))
    domains = pa.concat_tables(_by_file(data_dir, "domains", _OF_DOMAINS, ["domain", "outcome"]))
    is_shown = pc.field("outcome").isin([Outcome.STORED, Outcome.UNCHANGED])
    times = ["domain", "first", "last"]
    shown = pa.concat_tables([captures.filter(is_shown).select(times), policies.select(times)])
    outcomes = _summed(captures, ["domain", "outcome"], {"count": ("count", "sum")}).sort_by("domain")
    parts = (
        _summed(domains, ["domain"], {
            "asked": ("count", "sum"), "outcome": ("outcome", "min"), "excluded_since": ("excluded_since", "min"),
            "versions": ("versions", "max"),
        }),
        _summed(files, ["domain"], {"files": ("domain", "count")}),
        _summed(policies, ["domain"], {"stored": ("count", "sum")}),
        _summed(captures.filter(pc.field("outcome") == Outcome.STORED), ["domain"], {"with_row": ("count", "sum")}),
        _summed(shown, ["domain"], {"first": ("first", "min"), "last": ("last", "max")}),
    )  # fmt: skip
    lines = pa.concat_tables([part.select(["domain"]) for part in parts]).group_by("domain").aggregate([])
    for part in parts:
        lines = lines.join(part, "domain")
    stored, with_row = (pc.coalesce(lines[name], 0) for name in ("stored", "with_row"))
    is_odd = pc.or_(pc.not_equal(pc.coalesce(lines["asked"], 0), 1), pc.greater(pc.coalesce(lines["files"], 0), 1))
    is_odd = pc.or_(is_odd, pc.greater(stored, with_row))
    is_odd = pc.or_(is_odd, pc.and_(pc.is_null(lines["versions"]), pc.greater(stored, 0)))
    return lines.append_column("is_odd", is_odd).sort_by("domain"), outcomes


def _summed(rows: pa.Table, by: list[str], values: Mapping[str, tuple[str, str]]) -> pa.Table:
    """The rows that agree in ``by`` as one, with ``values``: what each is made of, and how."""
    found = rows.group_by(by).aggregate(list(values.values()))
    return pa.table(
        {name: found[name] for name in by}
        | {name: found[f"{column}_{function}"] for name, (column, function) in values.items()}
    )


def _by_file(data_dir: Path, table: str, schema: pa.Schema, by: Sequence[str] = ("domain",)) -> Iterator[pa.Table]:
    """How many rows each file of a table has of which domain, and other values of them; one file is in memory."""
    kept = read_overrides(data_dir).remove.kept
    values = {"count": ("domain", "count")}
    if "captured_at" in schema.names:
        values |= {"first": ("captured_at", "min"), "last": ("captured_at", "max")}
    else:
        values |= {"excluded_since": ("excluded_since", "min"), "versions": ("versions", "max")}
    for paths in ([], *([path] for path in part_files(data_dir / table))):
        yield _summed(kept(rows_where(None, paths, schema)), list(by), values)


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
    rows: list[tuple[str, ...]] = [head]
    one: dict[str, str] = {}  # most cells are alike: each word, number and day is in memory once
    for line in lines:
        dates = [f"{when:%Y-%m-%d}" if when else "" for when in (line.first, line.last)]
        reason = line.reason.replace("_", " ")
        if not reason and not line.stored:
            reason = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in line.outcomes.most_common())
        cells = (str(line.versions), str(line.stored), str(line.outcomes.total()), *dates, reason)
        rows.append((line.domain, *(one.setdefault(cell, cell) for cell in cells)))
    return aligned_lines(rows, numbers={1, 2, 3})
