"""Several DATA_DIRs that are read as one: a folder of links to their tables, which readers take for a DATA_DIR::

    policies/data-dir-0 -> first/policies       domains/data-dir-0 -> first/domains     ...
    policies/data-dir-1 -> second/policies      domains/data-dir-1 -> second/domains    ...
    overrides.toml                              with the entries of all

The links lead to folders and not to files: what a crawl puts there meanwhile is found as in the DATA_DIR itself, they
may be on other disks, and nothing is written in them. For one domain the links lead to all that the DATA_DIR with that
domain has: its ledger tells in which files to look, and its rows name its WARC files.

This is right where no domain is in two of them. Where one is, only ``scrapy gather`` tells which rows count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.errors import NotOneDatasetError
from pipelines.dataset.lifting import is_older
from pipelines.dataset.overrides import join_overrides
from pipelines.dataset.parts import FILE_NAME as LEDGER
from pipelines.dataset.parts import files_with, numbers_of
from pipelines.dataset.reading import FACTS, LINK, WORKED_OUT, part_files, retrying, rows_where
from pipelines.history.kept import is_kept
from pipelines.schema import DOMAINS, POLICIES

_NAMES = {name: some_columns(schema, ["domain"]) for name, schema in (("domains", DOMAINS), ("policies", POLICIES))}


@dataclass(frozen=True, slots=True)
class Several:
    """DATA_DIRs that are read as one."""

    folder: Path
    """What readers take for a DATA_DIR."""
    data_dirs: Sequence[Path]
    """The DATA_DIRs behind it."""

    def named(self, text: str) -> str:
        """``text`` with the names that files have in their DATA_DIRs, in place of those in ``folder``."""
        here = re.escape(str(self.folder))
        text = re.sub(rf"{here}(/\w+)/{LINK}(\d+)", lambda link: f"{self.data_dirs[int(link[2])]}{link[1]}", text)
        return text.replace(str(self.folder), ", ".join(map(str, self.data_dirs)))


@contextmanager
def read_as_one(data_dirs: Sequence[Path], domain: str | None = None) -> Iterator[Several]:
    """Several DATA_DIRs as one, until the end of the block; with ``domain`` only what they have of it.

    Where one of them keeps no history, that of all is worked out of their rows. Raises ``NotOneDatasetError`` if a
    domain is in two of them or one is of an older version, and ``DatasetError`` for a file that is damaged.
    """
    for data_dir in data_dirs:
        _refuse_older(data_dir, data_dirs)
    with TemporaryDirectory(prefix="wayback-policies-") as name:
        folder = Path(name)
        for data_dir in data_dirs:
            join_overrides(folder, data_dir)
        if domain is None:
            require_apart(data_dirs)
            _link_tables(folder, data_dirs)
            yield Several(folder, data_dirs)
        else:
            holders = [data_dir for data_dir in data_dirs if _has(data_dir, domain)]
            if len(holders) > 1:
                raise _not_apart(domain, holders, data_dirs)
            for entry in (*FACTS, *WORKED_OUT, "warc", LEDGER) if holders else ():
                (folder / entry).symlink_to((holders[0] / entry).absolute())
            yield Several(folder, holders or data_dirs)


def require_apart(data_dirs: Sequence[Path]) -> None:
    """``NotOneDatasetError`` names a domain that two of these DATA_DIRs know."""
    if len(data_dirs) < 2:
        return
    known = [_domains(data_dir) for data_dir in data_dirs]
    counted = pa.chunked_array(known, pa.string()).value_counts()
    shared = counted.filter(pc.greater(counted.field("counts"), 1)).field("values")
    if len(shared):
        first = min(shared.to_pylist())
        holders = [
            data_dir
            for data_dir, names in zip(data_dirs, known, strict=True)
            if pc.index(names, pa.scalar(first)).as_py() >= 0
        ]
        raise _not_apart(first, holders, data_dirs, len(shared) - 1)


def _domains(data_dir: Path) -> pa.Array:
    """The names of the domains that a DATA_DIR knows, each once."""
    rows = retrying(lambda: rows_where(None, part_files(data_dir / "domains"), _NAMES["domains"]))
    return rows["domain"].unique()


def _has(data_dir: Path, domain: str) -> bool:
    """True if a DATA_DIR has rows of a domain. One that is being crawled for the first time may only have policies."""
    if numbers_of(data_dir, domain) == set():
        return False
    return _has_rows(data_dir, "domains", domain) or _has_rows(data_dir, "policies", domain)


def _has_rows(data_dir: Path, table: str, domain: str) -> bool:
    is_it = pc.field("domain") == domain
    return len(retrying(lambda: rows_where(is_it, files_with(data_dir, table, domain), _NAMES[table]))) > 0


def _link_tables(folder: Path, data_dirs: Sequence[Path]) -> None:
    has_history = all(is_kept(data_dir) or not _has_facts(data_dir) for data_dir in data_dirs)
    for table in (*FACTS, *(WORKED_OUT if has_history else ())):
        (folder / table).mkdir()
        for number, data_dir in enumerate(data_dirs):
            (folder / table / f"{LINK}{number}").symlink_to((data_dir / table).absolute())


def _has_facts(data_dir: Path) -> bool:
    return any(part_files(data_dir / table) for table in FACTS)


def _refuse_older(data_dir: Path, data_dirs: Sequence[Path]) -> None:
    """Version 1 had no table ``domains``; what it has of domains is read by where it lies."""
    if not part_files(data_dir / "domains") and any(map(is_older, part_files(data_dir / "captures"))):
        raise NotOneDatasetError(f"{data_dir} is of an older version: {_gather(data_dirs)} joins them, and lifts it")


def _not_apart(domain: str, holders: Sequence[Path], data_dirs: Sequence[Path], more: int = 0) -> NotOneDatasetError:
    and_more = f", and {more:,} more domains are in several" if more else ""
    return NotOneDatasetError(
        f"{domain} is in {' and in '.join(map(str, holders))}{and_more}: {_gather(data_dirs)} joins them"
    )


def _gather(data_dirs: Sequence[Path]) -> str:
    return f"scrapy gather {' '.join(map(str, data_dirs))} -s DATA_DIR=ALL"
