"""Reading the dataset under DATA_DIR: its files, the rows that pass a filter, one domain's rows.

Readers take no lock. Files never change once they have a name; the set of names changes in one step
(``pipelines.dataset.parts``). A reader who listed the folder just before that finds a name gone, and lists again.
"""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.fs import LocalFileSystem

from pipelines.columns import some_columns
from pipelines.dataset.errors import DamagedFileError, DatasetError
from pipelines.dataset.lifting import UNREADABLE, Form, PartFile, damaged, version_of
from pipelines.dataset.merging import ORDER
from pipelines.dataset.overrides import read_overrides
from pipelines.schema import POLICIES

#: The tables that a crawl or an import writes: folders below DATA_DIR.
FACTS = ("policies", "captures", "domains", "crawls")
#: The tables that are worked out of those.
WORKED_OUT = ("versions", "changes", "coverage")

#: How links to the tables of other DATA_DIRs begin, where several are read as one (``pipelines.tools.several``).
LINK = "data-dir-"

_ATTEMPTS = 10
_T = TypeVar("_T")


def policies_folder(data_dir: Path) -> Path:
    """Where the part files of ``policies`` are."""
    return data_dir / "policies"


def part_files(folder: Path) -> list[Path]:
    """The Parquet files under ``folder``, sorted by name; none where there is no folder.

    Folders that are links are passed over, but for those whose name begins with ``LINK``.
    """
    # Without a look at each file: a file that goes meanwhile must be missed when it is opened, not passed over.
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        found += (Path(parent, name) for name in names if name.endswith(".parquet"))
        links = (Path(parent, name) for name in folders if name.startswith(LINK))
        found += (path for link in links if link.is_symlink() for path in part_files(link))
    return sorted(found)


def retrying(read: Callable[[], _T]) -> _T:
    """``read()``, which lists the folder itself; called again where a file went between listing and opening.

    ``DatasetError`` where that happens again and again.
    """
    for _ in range(_ATTEMPTS):
        try:
            return read()
        except FileNotFoundError as error:
            gone = error
    raise DatasetError(f"files are replaced faster than they can be opened ({gone}); try again later") from gone


def rows_where(which: pc.Expression | None, paths: Iterable[Path], schema: pa.Schema) -> pa.Table:
    """The rows in these files that pass the filter ``which``, if there is one, in any order, as a table of ``schema``.

    The filter may use only columns that no lift makes, because the files are searched as they are: row groups that do
    not have the domain looked for are passed over.

    ``DatasetError`` names a file that is damaged or newer than this software; ``FileNotFoundError`` where there is
    none.
    """
    import pyarrow.dataset as ds  # slow to import, and most commands do without

    checked = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    parquet, disk = ds.ParquetFileFormat(default_fragment_scan_options=checked), LocalFileSystem()
    alike: defaultdict[int, list[tuple[ds.Fragment, Form]]] = defaultdict(list)
    for path in paths:
        fragment = parquet.make_fragment(str(path), disk)
        try:
            found = fragment.physical_schema
        except UNREADABLE as error:
            raise damaged(path, error) from error
        alike[version_of(path, found)].append((fragment, Form(path, found, schema)))
    tables = [schema.empty_table()]
    for files in alike.values():
        first, form = files[0]
        dataset = ds.FileSystemDataset([each for each, _ in files], first.physical_schema, parquet, disk)
        try:
            tables.append(form.lifted(dataset.to_table(columns=form.columns, filter=which)))
        except UNREADABLE as error:
            raise _first_damaged([fragment.path for fragment, _ in files], schema, error) from error
    return pa.concat_tables(tables)


def _first_damaged(paths: Iterable[str], schema: pa.Schema, error: Exception) -> Exception:
    """Names the damaged file among several that were read as one."""
    for path in paths:
        try:
            deque(PartFile(Path(path), schema).batches(65_536), maxlen=0)
        except (DamagedFileError, FileNotFoundError) as found:
            return found
    return error  # it was read well now


def history(data_dir: Path, domain: str, columns: Sequence[str] = POLICIES.names) -> pa.Table:
    """The rows of one domain, oldest first; an empty table where there are none. What is withdrawn is left out.

    ``columns``: those to read, the key (``merging.CAPTURE_KEY``) among them. ``DatasetError`` names a file that is
    damaged or newer than this software.
    """
    wanted = some_columns(POLICIES, columns)
    is_domain = pc.field("domain") == domain
    rows = retrying(lambda: rows_where(is_domain, part_files(policies_folder(data_dir)), wanted))
    return read_overrides(data_dir).remove.kept(rows.sort_by(ORDER))


def rows_of(data_dir: Path, domains: Sequence[str], wanted: pa.Schema, rows: int = 65_536) -> Iterator[pa.Table]:
    """The rows of ``policies`` of some domains, in any order; at most ``rows`` of a file are looked at for one table.

    ``wanted``: the columns, ``domain`` among them. What is withdrawn is left out. Needs the lock, or files may go.
    """
    kept = read_overrides(data_dir).remove.kept
    for path in part_files(policies_folder(data_dir)):
        yield from map(kept, PartFile(path, wanted).rows_of(sorted(domains), rows))
