"""Which release comes after which: the line of one dataset's releases, and what became of their version_ids."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.columns import some_columns
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lifting import PartFile
from pipelines.history.domain_history import by_domain
from pipelines.release.manifest import MANIFEST, File, FinishedRelease, Lineage, Predecessor, Table
from pipelines.schema import CAPTURES

#: The table of what became of the version_ids of the release before. It follows from the line, and not from the facts.
RENAMED = "renamed_versions"
#: Which capture shows which version.
SHOWN = some_columns(CAPTURES, ("domain", "archive", "captured_at", "policy_url", "version_id"))


@dataclass(frozen=True, slots=True)
class Position:
    """Where a new release stands in its line."""

    lineage: Lineage
    same: FinishedRelease | None
    """A release with the same tables, whose position this is."""
    before: FinishedRelease | None


def find_position(
    dataset: str | None,
    tables: Mapping[str, Table],
    *,
    with_text: bool,
    folder: Path,
    after: Path | None,
    number: int | None,
) -> Position:
    """The position of a new release with these tables among those in ``folder``.

    A line has the releases of one dataset, all with texts or all without. A release with the same tables as one there
    takes its position, so that the same facts give the same bytes; any other comes after the highest number.

    ``after``: the release before, wherever it is. ``number``: the new release's, whatever its position would give.
    ``DatasetError`` where ``after`` is no release of this dataset.
    """
    if after:
        line = [FinishedRelease.read(after)]
        if line[0].lineage.dataset != dataset:
            raise DatasetError(f"{after} is a release of another dataset ({line[0].lineage.dataset})")
        if line[0].with_text != with_text:
            raise DatasetError(f"{after} has texts and this release has none, or the other way round")
    else:
        beside = _beside(folder) if dataset else ()
        line = [one for one in beside if (one.lineage.dataset, one.with_text) == (dataset, with_text)]
    files = {name: table.files for name, table in tables.items()}
    line.sort(key=lambda one: (one.lineage.number, one.sha256))
    same = next((one for one in line if _but_for_renamed(one.tables) == files), None)
    if same:
        return Position(replace(same.lineage, number=number or same.lineage.number), same, None)
    before = next((one for one in reversed(line) if number is None or one.lineage.number < number), None)
    lineage = Lineage(
        dataset,
        number or (before.lineage.number + 1 if before else 1),
        Predecessor(before.lineage.number, before.sha256) if before else None,
    )
    return Position(lineage, None, before)


def _but_for_renamed(tables: Mapping[str, Mapping[str, File]]) -> dict[str, Mapping[str, File]]:
    return {name: files for name, files in tables.items() if name != RENAMED}


def _beside(folder: Path) -> Iterator[FinishedRelease]:
    for manifest in folder.glob(f"*/{MANIFEST}"):
        try:
            yield FinishedRelease.read(manifest.parent)
        except DatasetError:
            continue  # somebody else's release.json


def renamed_versions(position: Position, release: Path) -> Iterator[dict[str, Any]]:
    """The rows of the table ``RENAMED`` for the release at ``release``, whose other tables are written."""
    if position.same:
        yield from pq.read_table(position.same.path / RENAMED).to_pylist()
        return
    if position.before is None:
        return
    both = heapq.merge(by_domain(_shown(position.before.path)), by_domain(_shown(release)), key=itemgetter(0))
    for domain, found in groupby(both, key=itemgetter(0)):
        before, *after = (table for _, table in found)  # of equal keys, the merge gives the first iterator's first
        if after and not before.equals(after[0]):
            for old, new in sorted(renamed(before, after[0]).items()):
                yield {"domain": domain, "before": old, "version_id": new}


def _shown(release: Path) -> Iterator[pa.Table]:
    """Which capture shows which version."""
    for path in sorted((release / "captures").glob("*.parquet")):
        yield from PartFile(path, SHOWN).batches(65_536)


def renamed(before: pa.Table, after: pa.Table) -> dict[str, str]:
    """The version_ids that none of their captures shows any more, with the one that most of these show now.

    ``before`` and ``after``: the columns ``SHOWN`` of one domain.
    """
    now = dict(_by_capture(after))
    shown: dict[str, Counter[str]] = {}
    for capture, version_id in _by_capture(before):
        if capture in now:
            shown.setdefault(version_id, Counter())[now[capture]] += 1
    return {old: new.most_common(1)[0][0] for old, new in shown.items() if old not in new}


def _by_capture(rows: pa.Table) -> Iterable[tuple[tuple[Any, ...], str]]:
    *key, version_ids = rows.select(SHOWN.names[1:]).to_pydict().values()
    captures = zip(*key, strict=True)
    return ((capture, name) for capture, name in zip(captures, version_ids, strict=True) if name is not None)
