"""Brings the history that DATA_DIR keeps up to date: its tables ``versions``, ``changes`` and ``coverage``.

Each table has a file per 1,000 domains, numbered as those of ``captures`` and ``domains``. A file is written again as a
whole, and only if its rows are others than before: those of the domains that changed are worked out, the others are
copied. Texts are read only where a version is new.

Domains have their numbers in the order in which they came, and their rows of ``policies`` in the order of their names.
So the histories of many files are worked out together, by name, and each piece of ``policies`` is read once for all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.batched import batched
from pipelines.columns import some_columns
from pipelines.dataset.compaction import scratch
from pipelines.dataset.lifting import PartFile, names_in
from pipelines.dataset.looked_at import not_so
from pipelines.dataset.merging import CAPTURE_KEY, DECIDING, ORDER, one_per_capture
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.part_writer import Layout, new_part
from pipelines.dataset.parts import FILE_NAME
from pipelines.dataset.reading import part_files, rows_of
from pipelines.dataset.verdicts import NO_VERDICTS, Verdicts
from pipelines.history.derive import WITHOUT_TEXTS, Derived, Outline
from pipelines.history.domain_history import DomainRows, by_domain
from pipelines.history.kept import KeptTold
from pipelines.history.numbered_rows import NumberedRows
from pipelines.history.tables import KEPT
from pipelines.history.telling import LOCAL, Comparers, Domain, work_out
from pipelines.history.told import Texts, Told
from pipelines.schema import POLICIES

#: Domains whose kept rows are in memory at once, some 5 KB each; and rows of a file that are looked through at once.
_KEPT_AT_ONCE, _KEPT_ROWS = 5_000, 4_000
#: Domains whose rows are in memory at once.
_AT_ONCE = 200
#: Words of texts in memory at once, some 7 to 13 MB; those of one domain may be more.
_WORDS = 1_000_000
#: Rows of part files that are decoded at once, with their texts.
_ROWS_WITH_TEXT = 100
#: The columns that tell a row from all others, also from others of its capture.
_OF_A_ROW = tuple(dict.fromkeys((*CAPTURE_KEY, *DECIDING)))
_WITH_TEXT = some_columns(POLICIES, (*_OF_A_ROW, "text"))
#: A reader looks for a domain, or for changes since a day.
LAYOUT = Layout(
    group_rows=1_000,
    group_bytes=32 << 20,
    statistics=frozenset({"domain", "first_seen", "last_seen", "change_before", "change"}),
    sorted_by=("domain",),
)

_Key = tuple[Any, ...]
"""The values of ``_OF_A_ROW``."""
Facts = Callable[[str], tuple[pa.Table, pa.Table]]
"""Gives a domain's rows of ``captures`` and of ``domains``."""


@dataclass(frozen=True, slots=True)
class DomainFile:
    """What is to be done with the files of one number."""

    number: int
    changed: frozenset[str]
    """The domains whose history is to be worked out."""
    others: Mapping[str, Sequence[datetime]]
    """The other domains of the files, each with the times until when the archives were asked for all of it."""


@dataclass(slots=True)
class WorkedOut:
    """What was done."""

    domains: int = 0
    """Domains whose history was worked out."""
    versions: int = 0
    """The versions that these have."""
    changes: int = 0
    """The changes that they have."""
    texts: int = 0
    """Texts that were read, because nothing was kept of what they tell."""
    files: int = 0
    """Files that were written."""
    seconds: float = 0.0
    """How long it took in all."""


@dataclass(frozen=True, slots=True)
class _Outlined:
    """A domain whose texts are not read yet."""

    outline: Outline
    told: Mapping[str, Told]
    wanted: Sequence[_Key]
    """The rows whose texts are to be read."""
    words: int
    """How many these have."""


def bring_up_to_date(
    data_dir: Path,
    files: Sequence[DomainFile],
    facts: Facts,
    note: Callable[[Derived], None],
    done: WorkedOut,
    verdicts: Verdicts = NO_VERDICTS,
    comparers: Comparers = LOCAL,
) -> None:
    """Brings some files up to date; ``note`` is told of each history that was worked out. Needs the lock.

    ``verdicts`` are those that rows of ``policies`` may still have to follow: they are read as if they did.
    ``comparers`` are put to work where many texts are new. New rows that memory does not hold wait on disk, some 30 KB
    per domain that changed. Killed at any moment, it can be run again and ends the same.

    Raises ``DatasetError``, which names a damaged file, or says that a process died or what is wrong with the cluster.
    """
    numbers = {domain: file.number for file in files for domain in file.changed}
    names = sorted(numbers)

    def domains() -> Iterator[Domain]:
        for many in batched(names, _KEPT_AT_ONCE):
            kept = KeptTold(*(_kept(data_dir, table, files, many) for table in ("versions", "changes")))
            for some in batched(many, _AT_ONCE):
                yield from _read(data_dir, some, facts, kept, done, verdicts)

    with ExitStack() as ending:
        new = {table: NumberedRows(schema, ending.enter_context(scratch(data_dir))) for table, schema in KEPT.items()}

        def take(derived: Derived) -> None:
            note(derived)
            done.domains += 1
            done.versions += len(derived.versions)
            done.changes += len(derived.changes)
            for table, rows in derived.tables.items():
                new[table].add(numbers[derived.domain], rows)

        work_out(domains(), take, comparers)
        for file in files:
            for table in KEPT:
                done.files += _write(data_dir, table, file, new[table].of(file.number))


def file_of(data_dir: Path, table: str, number: int) -> Path:
    """Where the file of a table is."""
    return data_dir / table / f"{number:05d}.parquet"


def missing(data_dir: Path, numbers: Sequence[int]) -> list[int]:
    """The numbers of which a table has no file. One with other columns is of no use: it is removed, and counts so."""
    for table, schema in KEPT.items():
        paths = (file_of(data_dir, table, number) for number in numbers)
        form = hashlib.sha256(" ".join(schema.names).encode()).hexdigest()[:16]
        for path in not_so(data_dir / FILE_NAME, f"{table} {form}", paths, partial(_has_columns, schema.names)):
            path.unlink()
    return [number for number in numbers if not all(file_of(data_dir, table, number).exists() for table in KEPT)]


def _has_columns(names: list[str], path: Path) -> bool:
    return names_in(path) == names


def remove_unknown(data_dir: Path, numbers: Iterable[int]) -> None:
    """Removes the files with other numbers than these: their domains are in other files, or gone."""
    known = {file_of(data_dir, table, number) for table in KEPT for number in numbers}
    for table in KEPT:
        for path in part_files(data_dir / table):
            if path not in known:
                path.unlink()


def _kept(
    data_dir: Path, table: str, files: Sequence[DomainFile], names: Sequence[str]
) -> Iterator[tuple[str, pa.Table]]:
    """The rows of some domains that changed, as they are now, by domain. ``names`` are sorted."""
    found = [KEPT[table].empty_table()]
    for file in files:
        if file.changed and (path := file_of(data_dir, table, file.number)).exists():
            found += PartFile(path, KEPT[table]).rows_of(names, _KEPT_ROWS)
    # One table, and not one for each domain, which would take more than the rows do.
    return by_domain([pa.concat_tables(found).sort_by("domain")])


def _read(
    data_dir: Path,
    names: Sequence[str],
    facts: Facts,
    kept: KeptTold,
    done: WorkedOut,
    verdicts: Verdicts,
) -> Iterator[Domain]:
    """What the histories of these domains follow from."""
    removed = read_overrides(data_dir).remove
    found = pa.concat_tables([WITHOUT_TEXTS.empty_table(), *rows_of(data_dir, names, WITHOUT_TEXTS)]).sort_by(ORDER)
    policies = dict(by_domain([verdicts.applied(one_per_capture(found))]))
    outlines: list[_Outlined] = []
    for name in names:
        captures, domains = map(removed.kept, facts(name))
        rows = policies.get(name, WITHOUT_TEXTS.empty_table())
        outline = Outline.of(DomainRows.of(name, rows, captures, domains))
        told = kept.of(name)
        wanted = rows.take(pa.array(sorted(outline.wanted(told)), pa.int64()))
        done.texts += len(wanted)
        outlines.append(_Outlined(outline, told, _keys(wanted), pc.sum(wanted["words"]).as_py() or 0))
    for some in batched(outlines, _AT_ONCE, attrgetter("words"), _WORDS):
        yield from _with_texts(data_dir, some)


def _with_texts(data_dir: Path, outlines: Sequence[_Outlined]) -> Iterator[Domain]:
    texts = _texts(data_dir, {key for each in outlines for key in each.wanted})
    for each in outlines:
        yield Domain(each.outline, each.told, _untold(each.outline, each.told, texts))


def _untold(
    outline: Outline, told: Mapping[str, Told], texts: Mapping[tuple[Any, ...], str]
) -> Sequence[tuple[str, Texts]]:
    keys = _keys(outline.domain.policies)
    return list(outline.untold(told, lambda row: texts[keys[row]]))


def _texts(data_dir: Path, wanted: Collection[_Key]) -> Mapping[_Key, str]:
    """The texts of some rows. No table of them all is made, which would take as much again, and longer to be freed."""
    domains = sorted({key[0] for key in wanted})
    texts: dict[_Key, str] = {}
    for rows in rows_of(data_dir, domains, _WITH_TEXT, _ROWS_WITH_TEXT):
        for key, text in zip(_keys(rows), rows["text"], strict=True):
            if key in wanted:
                texts[key] = text.as_py()
    return texts


def _keys(rows: pa.Table) -> list[_Key]:
    return list(zip(*(rows[name].to_pylist() for name in _OF_A_ROW), strict=True))


def _write(data_dir: Path, table: str, file: DomainFile, new: pa.Table) -> bool:
    """Writes a file of a table, if its rows are others than before. True if it was written."""
    schema, path = KEPT[table], file_of(data_dir, table, file.number)
    before = schema.empty_table()
    if path.exists():
        before = pa.concat_tables([before, *PartFile(path, schema).batches(65_536)])
    stay = before.filter(pc.is_in(before["domain"], pa.array(list(file.others), pa.string())))
    if table == "versions":
        stay = _moved_on(stay, file.others)
    rows = pa.concat_tables([stay, new]).sort_by("domain")  # stable: a domain's rows stay in their order
    if path.exists() and rows.equals(before):
        return False
    with new_part(path, schema, LAYOUT) as part:
        part.write(rows)
    return True


def _moved_on(versions: pa.Table, asked: Mapping[str, Sequence[datetime]]) -> pa.Table:
    """``versions`` with ``known_through`` as it is now: of the last version of each domain's main line."""
    last = {
        domain: row
        for row, (domain, is_main) in enumerate(
            zip(versions["domain"].to_pylist(), versions["is_main"].to_pylist(), strict=True)
        )
        if is_main
    }
    known = versions["known_through"].to_pylist()
    for domain, row in last.items():
        known[row] = max([versions["last_seen"][row].as_py(), *asked[domain]])
    at = versions.schema.get_field_index("known_through")
    return versions.set_column(at, versions.schema.field(at), pa.array(known, versions.schema.field(at).type))
