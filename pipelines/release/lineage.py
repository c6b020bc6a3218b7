"""Which release comes after which: the line of one dataset's releases, and what became of their version_ids."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
from pipelines.release.manifest import MANIFEST, Lineage, Predecessor, Table
from pipelines.schema import CAPTURES

#: The table of what became of the version_ids of the release before. It follows from the line, and not from the facts.
RENAMED = "renamed_versions"
#: Which capture shows which version.
SHOWN = some_columns(CAPTURES, ("domain", "archive", "captured_at", "policy_url", "version_id"))


@dataclass(frozen=True, slots=True)
class EarlierRelease:
    """A finished release, as its ``release.json`` tells."""

    path: Path
    dataset: str | None
    number: int
    with_text: bool
    predecessor: Predecessor | None
    sums: Mapping[str, str]
    """The SHA-256 of each file of a table, by path; without those of ``RENAMED``."""
    sha256: str
    """Of ``release.json`` itself."""

    @classmethod
    def read(cls, path: Path) -> EarlierRelease:
        """The release in the folder ``path``. ``DatasetError`` where there is none."""
        try:
            content = (path / MANIFEST).read_bytes()
            told = json.loads(content)
            before = told["predecessor"]
            files = {
                name: file["sha256"]
                for table, entry in told["tables"].items()
                if table != RENAMED
                for name, file in entry["files"].items()
            }
            return cls(
                path,
                told["dataset"],
                int(told["release"]),
                bool(told["settings"]["with_text"]),
                Predecessor(int(before["release"]), str(before["sha256"])) if before else None,
                files,
                hashlib.sha256(content).hexdigest(),
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise DatasetError(f"{path} is no release that another one can follow") from error


@dataclass(frozen=True, slots=True)
class Position:
    """Where a new release stands in its line."""

    lineage: Lineage
    same: EarlierRelease | None
    """A release with the same tables, whose position this is."""
    before: EarlierRelease | None


def find_position(
    dataset: str | None,
    tables: Mapping[str, Table],
    *,
    with_text: bool,
    folder: Path,
    after: Path | None = None,
    number: int | None = None,
) -> Position:
    """The position of a new release with these tables among those in ``folder``.

    A line has the releases of one dataset, all with texts or all without. A release with the same tables as one there
    takes its position, so that the same facts give the same bytes; any other comes after the highest number.

    ``after``: the release before, wherever it is. ``number``: the new release's, whatever its position would give.
    ``DatasetError`` where ``after`` is no release of this dataset.
    """
    if after:
        line = [EarlierRelease.read(after)]
        if line[0].dataset != dataset:
            raise DatasetError(f"{after} is a release of another dataset ({line[0].dataset})")
        if line[0].with_text != with_text:
            raise DatasetError(f"{after} has texts and this release has none, or the other way round")
    else:
        line = [one for one in _beside(folder) if one.dataset and (one.dataset, one.with_text) == (dataset, with_text)]
    sums = {path: file.sha256 for table in tables.values() for path, file in table.files.items()}
    line.sort(key=lambda one: (one.number, one.sha256))
    same = next((one for one in line if one.sums == sums), None)
    if same:
        return Position(Lineage(dataset, number or same.number, same.predecessor), same, None)
    before = next((one for one in reversed(line) if number is None or one.number < number), None)
    lineage = Lineage(
        dataset,
        number or (before.number + 1 if before else 1),
        Predecessor(before.number, before.sha256) if before else None,
    )
    return Position(lineage, None, before)


def _beside(folder: Path) -> Iterator[EarlierRelease]:
    for manifest in folder.glob(f"*/{MANIFEST}"):
        try:
            yield EarlierRelease.read(manifest.parent)
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
