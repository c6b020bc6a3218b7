"""Draws the sample that people audit: rows of ``policies``, stratified by time, language and way of finding.

Each stratum gives at least two rows, if it has them, so that rare languages and ways are seen; the rest is shared out
by size. Which rows of a stratum are drawn is decided by a hash of the seed and the capture: the same seed and the same
rows give the same sample, however they lie in files.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.merging import CAPTURE_KEY, DECIDING, ORDER, merged, one_per_capture
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.part_writer import whole_file
from pipelines.dataset.reading import part_files, policies_folder, retrying, rows_of
from pipelines.schema import POLICIES

SAMPLE = "sample.json"
#: The fewest rows that can be asked for: two for each way of finding.
LEAST_ROWS = 10
MOST_ROWS = 5_000

_LEAST_OF_A_STRATUM = 2
#: How strata are made, the finest way first: years of a span, and how many languages have strata of their own.
_GROUPINGS = ((1, 99), (1, 5), (5, 99), (5, 5), (5, 2), (10, 2), (10, 1), (1_000, 0))
_DRAWN_BY = ("capture_date", "language", "found_by")
_KEPT = (*CAPTURE_KEY, "kind", "policy_owner", "primary", "extractor")
_FACTS = some_columns(POLICIES, dict.fromkeys((*CAPTURE_KEY, *_DRAWN_BY, *DECIDING)))
_SHOWN = (*CAPTURE_KEY, "view_url", "title", "text", "language", "effective_date", "words")
#: Rows of part files that are decoded at once, with their texts.
_ROWS_WITH_TEXT = 500

Row = dict[str, Any]
_Cell = tuple[int, str, str]
"""The year of a capture, its language, and how it was found."""
_Key = tuple[str, str, str, str]
"""A capture: domain, time, address, archive."""


class AuditError(DatasetError):
    """No audit was made; the message says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows of ``policies``, and what they stand for."""

    seed: int
    strata: Mapping[str, int]
    """Rows of the dataset in each stratum."""
    rows: Sequence[Row]
    """The rows that were drawn: ``id``, ``stratum``, the capture, and the verdicts that may be wrong."""

    @property
    def size(self) -> int:
        """Rows of the dataset."""
        return sum(self.strata.values())

    def save(self, folder: Path) -> None:
        """Writes the sample into a folder, which appears whole."""
        with whole_file(folder / SAMPLE) as file:
            file.write(json.dumps(asdict(self), indent=1, ensure_ascii=False).encode())

    @classmethod
    def read(cls, folder: Path) -> Sample:
        """The sample in a folder. Raises ``AuditError`` where there is none, or a damaged one."""
        path = folder / SAMPLE
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            sample = cls(int(told["seed"]), dict(told["strata"]), list(told["rows"]))
            if any(row["stratum"] not in sample.strata or {"id", *_KEPT} - row.keys() for row in sample.rows):
                raise ValueError("a row lacks something")
        except FileNotFoundError:
            raise AuditError(f"there is no sample in {folder}: draw one by scrapy audit -o {folder}") from None
        except (ValueError, KeyError, TypeError) as error:
            raise AuditError(f"{path} is damaged: {error!r}") from error
        return sample


def draw(data_dir: Path, size: int, seed: int) -> Sample:
    """A sample of at most ``size`` rows of ``policies`` (``LEAST_ROWS`` to ``MOST_ROWS``).

    Raises ``AuditError`` where there are no rows, ``DatasetError`` where a part file is damaged.
    """
    counts = Counter(cell for rows in _facts(data_dir) for cell in _cells(rows))
    if not counts:
        raise AuditError(f"{data_dir} holds no policies to audit")
    name_of = _stratum_names(counts, size)
    strata: Counter[str] = Counter()
    for cell, rows in counts.items():
        strata[name_of(cell)] += rows
    names = sorted(strata)
    wanted = dict(zip(names, shares([strata[name] for name in names], size), strict=True))
    first: defaultdict[str, list[tuple[int, _Key]]] = defaultdict(list)  # heaps, the largest hash on top
    for table in _facts(data_dir):
        for cell, key in zip(_cells(table), _keys(table), strict=True):
            name, one = name_of(cell), (-_rank(key, seed), key)
            if name not in wanted:  # a crawl wrote it meanwhile
                continue
            if len(first[name]) < wanted[name]:
                heapq.heappush(first[name], one)
            elif one > first[name][0]:
                heapq.heapreplace(first[name], one)
    drawn = sorted((-rank, name, key) for name, heap in first.items() for rank, key in heap)
    found = _rows(data_dir, {key for _, _, key in drawn}, _KEPT)
    kept = [
        {"id": f"{rank:064x}"[:16], "stratum": name, **found[key], "captured_at": key[1]}
        for rank, name, key in drawn
        if key in found
    ]
    return Sample(seed, {name: strata[name] for name in names}, kept)


def _facts(data_dir: Path) -> Iterator[pa.Table]:
    """The columns by which rows of ``policies`` are drawn; one row per capture, and none that is to be removed."""
    kept = read_overrides(data_dir).remove.kept
    for rows in retrying(lambda: merged(part_files(policies_folder(data_dir)), _FACTS)):
        yield kept(one_per_capture(rows))


def _cells(table: pa.Table) -> Iterator[_Cell]:
    years = pc.year(table["capture_date"]).to_pylist()
    languages = pc.fill_null(table["language"], "unknown").to_pylist()
    yield from zip(years, languages, table["found_by"].to_pylist(), strict=True)


def _keys(table: pa.Table) -> Iterator[_Key]:
    """The captures, with their times as 14 digits."""
    # Without the zone, for which Arrow would look in the system's tables.
    times = pc.strftime(table["captured_at"].cast(pa.timestamp("s")), "%Y%m%d%H%M%S")
    others = (table[name].to_pylist() for name in ("policy_url", "archive"))
    yield from zip(table["domain"].to_pylist(), times.to_pylist(), *others, strict=True)


def _rank(key: _Key, seed: int) -> int:
    return int.from_bytes(hashlib.sha256("\n".join((str(seed), *key)).encode()).digest())


def _stratum_names(counts: Mapping[_Cell, int], size: int) -> Callable[[_Cell], str]:
    """The finest way to make strata of which each can give as many rows as it has to."""
    languages: Counter[str] = Counter()
    for (_, language, _), rows in counts.items():
        languages[language] += rows
    ranked = [name for name, _ in sorted(languages.items(), key=lambda each: (-each[1], each[0]))]
    for years, most in _GROUPINGS:
        name_of = partial(_name, years, frozenset(ranked[:most]))
        if len({name_of(cell) for cell in counts}) * _LEAST_OF_A_STRATUM <= size:
            break
    return name_of


def _name(years: int, languages: frozenset[str], cell: _Cell) -> str:
    """``2010-2014, en, url_keyword``."""
    year, language, found_by = cell
    start = year - year % years
    span = str(year) if years == 1 else f"{start}-{start + years - 1}" if years < 1_000 else "all years"
    return f"{span}, {language if language in languages else 'other languages'}, {found_by}"


def shares(sizes: Sequence[int], size: int) -> list[int]:
    """How many rows each stratum gives: two at least, if it has them; the rest by size.

    >>> shares([900, 90, 9, 1], 50)
    [44, 3, 2, 1]
    """
    size = min(size, sum(sizes))
    taken = [min(_LEAST_OF_A_STRATUM, rows) for rows in sizes]
    due = [rows * size / sum(sizes) for rows in sizes]
    while sum(taken) < size:
        free = (place for place, rows in enumerate(sizes) if taken[place] < rows)
        taken[max(free, key=lambda place: due[place] - taken[place])] += 1
    return taken


def cases(data_dir: Path, sample: Sample) -> list[Row]:
    """What people are shown of each row of the sample, in its order: the capture, our text, language and date.

    A row that has gone meanwhile is left out.
    """
    keys = {(row["domain"], row["captured_at"], row["policy_url"], row["archive"]): row["id"] for row in sample.rows}
    found = _rows(data_dir, keys.keys(), _SHOWN)
    return [{**found[key], "id": name} for key, name in keys.items() if key in found]


def _rows(data_dir: Path, keys: Collection[_Key], columns: Sequence[str]) -> dict[_Key, Row]:
    """Some columns of the rows of some captures."""
    schema = some_columns(POLICIES, dict.fromkeys((*CAPTURE_KEY, *DECIDING, *columns)))
    domains = sorted({domain for domain, *_ in keys})

    def found() -> list[pa.Table]:
        tables = rows_of(data_dir, domains, schema, _ROWS_WITH_TEXT)
        return [table.filter(pa.array([key in keys for key in _keys(table)], pa.bool_())) for table in tables]

    rows = one_per_capture(pa.concat_tables([schema.empty_table(), *retrying(found)]).sort_by(ORDER))
    return dict(zip(_keys(rows), rows.select(columns).to_pylist(), strict=True))
