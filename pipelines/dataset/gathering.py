"""Takes the part files and WARC files of another DATA_DIR into one. Nothing of the other one is changed.

A row is taken if its capture has no row here, or one without raw bytes where the new one has them. A part file of
which all rows are taken is linked (``pipelines.dataset.linking``), and one without any is left; of all others the rows
are written anew. So a DATA_DIR can be taken again and again, and nothing comes twice, whatever was merged on either
side.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pyarrow as pa

from pipelines.columns import some_columns
from pipelines.dataset.cdxj import cdxj_path, write_cdxj, write_missing
from pipelines.dataset.compaction import scratch, write_files
from pipelines.dataset.errors import DamagedFileError
from pipelines.dataset.lifting import PartFile, number_of_rows
from pipelines.dataset.linking import link_or_copy
from pipelines.dataset.merging import CAPTURE_KEY, merged
from pipelines.dataset.overrides import Removals, captures_of
from pipelines.dataset.part_writer import TO_BE_MERGED
from pipelines.dataset.parts import staging_folder
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.rows import with_places
from pipelines.dataset.spans import Span
from pipelines.dataset.warc_reading import NotWarcError, warc_files, warc_folder
from pipelines.dataset.warc_removal import generation
from pipelines.schema import POLICIES

_KEYS = some_columns(POLICIES, (*CAPTURE_KEY, "warc_file"))
#: Rows of which only the keys are decoded at once.
_ROWS = 65_536
#: Domains whose keys are in memory at once.
_DOMAINS_AT_ONCE = 2_000
#: A WARC file is told from another one by its first bytes: its first record has an id that no other one has.
_HEAD = 4096

_Key = tuple[object, ...]


@dataclass(slots=True)
class Taken:
    """What was taken."""

    rows: int = 0
    linked: int = 0
    """Files that take no space, as they are on the same disk."""
    copied: int = 0
    written: int = 0
    """Part files written here, with the new rows of files that have known ones, too."""


@dataclass(slots=True)
class _Look:
    """What a part file of the other DATA_DIR is found to hold."""

    rows: int
    wanted: int = 0
    warcs: set[str] = field(default_factory=set)
    """The WARC files that its wanted rows refer to."""


class TheirWarcFiles:
    """The WARC files of another DATA_DIR, and their names here.

    A crawl that was taken over goes on here; where it goes on there as well, both write files of one name. Such a file
    gets a name of its own here.
    """

    def __init__(self, data_dir: Path, source: Path, sizes: Mapping[str, int]) -> None:
        """``sizes``: how far each file reaches, as the ledger there has it; those without bytes do not count.

        ``DatasetError`` names a file that is shorter.
        """
        self._here, self._there, self._sizes = warc_folder(data_dir), warc_folder(source), {}
        stems = {generation(path)[0] for path in warc_files(self._here)}
        self.names: dict[str, str] = {}
        """By the name there."""
        self.withdrawn: dict[str, str] = {}
        """The same of files of which something was taken out here or there: they are taken only if rows need them."""
        for name, size in sorted(sizes.items()):
            path = self._there / name
            if not size or not path.exists():
                continue
            if path.stat().st_size < size:
                raise DamagedFileError(path, "its end is missing")
            self._sizes[name] = size
            if self._is_here(name, name):
                self.names[name] = name
            elif (self._here / name).exists():
                self.names[name] = self._name_of_its_own(name)
            elif generation(path)[0] in stems:
                self.withdrawn[name] = self._name_of_its_own(name)
            else:
                self.names[name] = name

    @property
    def renamed(self) -> frozenset[str]:
        """The files, by their names there, whose rows are written anew."""
        return frozenset(name for name, here in (self.names | self.withdrawn).items() if name != here)

    def missing(self, needed: Collection[str]) -> dict[str, int]:
        """The names here of the files that are to be taken, with their sizes. ``needed``: what rows refer to, there."""
        self.names |= {name: here for name, here in self.withdrawn.items() if name in needed}
        return {here: self._sizes[name] for name, here in self.names.items() if not self._is_here(name, here)}

    def take(self, taken: Taken) -> None:
        """Takes the files that are ``missing``, each with the index beside it; also where a killed run left one out."""
        for name, here in self.names.items():
            if self._is_here(name, here):
                continue
            old, new = self._there / name, self._here / here
            is_linked = link_or_copy(old, new, self._sizes[name])
            taken.linked += is_linked
            taken.copied += not is_linked
            is_whole = old.stat().st_size == self._sizes[name]
            if name == here and is_whole and cdxj_path(old).exists():
                link_or_copy(cdxj_path(old), cdxj_path(new))
            else:  # the index tells the file's name
                try:
                    write_cdxj(new)
                except NotWarcError as problem:
                    raise DamagedFileError(old, problem) from problem
        write_missing(self._here)

    def _is_here(self, name: str, here: str) -> bool:
        old, new = self._there / name, self._here / here
        if not new.exists():
            return False
        return new.stat().st_size == self._sizes[name] and (new.samefile(old) or _head(old) == _head(new))

    def _name_of_its_own(self, name: str) -> str:
        stem, number = generation(Path(name))
        own = f"{stem}g{hashlib.sha256(_head(self._there / name)).hexdigest()[:12]}"
        return f"{own}-r{number}.warc.gz" if number else f"{own}.warc.gz"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


class TheirPartFiles:
    """The part files of another DATA_DIR, and what of them is to be taken."""

    def __init__(
        self, data_dir: Path, source: Path, warcs: TheirWarcFiles, removals: Removals, domains: Iterable[str]
    ) -> None:
        """``domains``: those of the other DATA_DIR, sorted; what ``removals`` name is not taken."""
        self._data_dir, self._removals, self._names = data_dir, removals, warcs.renamed
        here = part_files(policies_folder(data_dir))
        known = {_identity(path) for path in here}
        there = [path for path in part_files(policies_folder(source)) if _identity(path) not in known]
        self._looks = {path: _Look(number_of_rows(path)) for path in there}
        self._ours = [PartFile(path, _KEYS) for path in here] if there else []
        if self._ours or removals or warcs.renamed:
            self._look_through(domains)
        else:
            for look in self._looks.values():
                look.wanted = look.rows

    @property
    def rows(self) -> int:
        """How many rows are to be taken."""
        return sum(look.wanted for look in self._looks.values())

    @property
    def warcs(self) -> set[str]:
        """The WARC files that these rows refer to, as far as the rows had to be looked at."""
        return set[str]().union(*(look.warcs for look in self._looks.values()))

    def stage(self, names: Mapping[str, str], taken: Taken) -> dict[str, int]:
        """Puts the files into ``staging_folder``; returns their names and numbers of rows.

        ``names`` are those of the WARC files here, by those there.
        """
        folder = staging_folder(self._data_dir)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        free = (f"gathered-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{number:04}.parquet" for number in count(1))
        staged: dict[str, int] = {}
        mixed = []
        for path, look in self._looks.items():
            if look.wanted == look.rows and not look.warcs & self._names:
                is_linked = link_or_copy(path, folder / (name := next(free)))
                taken.linked += is_linked
                taken.copied += not is_linked
                staged[name] = look.rows
            elif look.wanted:
                mixed.append(path)
        with scratch(self._data_dir) as aside:
            write_files(aside, self._wanted_rows(mixed, names), TO_BE_MERGED)
            for path in part_files(aside):
                path.rename(folder / (name := next(free)))
                staged[name] = number_of_rows(folder / name)
                taken.written += 1
        taken.rows += self.rows
        return staged

    def _wanted_rows(self, paths: Sequence[Path], names: Mapping[str, str]) -> Iterator[pa.Table]:
        for table in merged(paths, scratch=self._data_dir) if paths else ():
            domains = table["domain"]
            known = self._known(Span.through(domains[0].as_py(), domains[-1].as_py()))
            kept = table.filter(pa.array(self._are_wanted(table, known)))
            if self._names.isdisjoint(kept["warc_file"].unique().to_pylist()):
                yield kept
            else:
                yield with_places(kept, lambda place: (names.get(place[0], place[0]), place[1]))

    def _look_through(self, domains: Iterable[str]) -> None:
        files = {path: PartFile(path, _KEYS) for path in self._looks}
        for span in _spans(domains):
            known: set[_Key] | None = None
            for path, file in files.items():
                for table in file.batches(_ROWS, span=span):
                    known = self._known(span) if known is None else known
                    wanted = self._are_wanted(table, known)
                    self._looks[path].wanted += sum(wanted)
                    warcs = table["warc_file"].filter(pa.array(wanted, pa.bool_())).unique().to_pylist()
                    self._looks[path].warcs.update(name for name in warcs if name is not None)

    def _known(self, span: Span) -> set[_Key]:
        """The captures that have a row here, each with whether it has raw bytes."""
        return {key for file in self._ours for table in file.batches(_ROWS, span=span) for key in _keys(table)}

    def _are_wanted(self, table: pa.Table, known: Collection[_Key]) -> list[bool]:
        wanted = [
            (*key[:-1], True) not in known and (bool(key[-1]) or (*key[:-1], False) not in known)
            for key in _keys(table)
        ]
        if self._removals:
            about = zip(wanted, captures_of(table), strict=True)
            wanted = [is_wanted and not self._removals.name(*capture) for is_wanted, capture in about]
        return wanted


def _keys(table: pa.Table) -> Iterator[_Key]:
    """Each row's capture, and whether it has raw bytes."""
    captured_at = table["captured_at"].cast(pa.int64())  # quicker than times
    columns = [captured_at if name == "captured_at" else table[name] for name in CAPTURE_KEY]
    return zip(*(column.to_pylist() for column in columns), table["warc_file"].is_valid().to_pylist(), strict=True)


def _spans(domains: Iterable[str]) -> Iterator[Span]:
    """Spans with some of these sorted domains each, side by side.

    A row may be of a domain that nobody knows: every name that there can be is in one of them.
    """
    first = ""
    for number, name in enumerate(domains):
        if number and number % _DOMAINS_AT_ONCE == 0:
            yield Span(first, name)
            first = name
    yield Span(first)


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
