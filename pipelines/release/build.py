"""Makes a release: tables, card, metadata, sums; written aside and renamed as a whole."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.audit.result import read_result
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.identity import dataset_id
from pipelines.dataset.lock import try_lock, waiting_for
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.part_writer import sync_folder
from pipelines.dataset.reading import FACTS, WORKED_OUT, part_files
from pipelines.dataset.snapshot import snapshot
from pipelines.dataset.sums import SUMS, as_text, sums_of
from pipelines.history.coverage import CoverageTotals
from pipelines.history.domain_history import read_crawls, rows_by_domain
from pipelines.history.row_buffer import RowBuffer
from pipelines.history.tables import RENAMED_VERSIONS
from pipelines.processes.batch import cores, run
from pipelines.release.card import card
from pipelines.release.citation import citation
from pipelines.release.croissant import croissant
from pipelines.release.lineage import RENAMED, Position, find_position, renamed_versions
from pipelines.release.manifest import MANIFEST, Manifest, Table, Totals
from pipelines.release.ranges import ranges, shares
from pipelines.release.tables import TableWriter, table_schema
from pipelines.release.writing import OF_DOMAINS, PENDING_ROWS, Share, Written, finished, joined, write_ranges

#: The folders in which the dataset's files are held as they are now, and in which ranges of domains are written.
_FACTS, _ASIDE = ".facts", ".ranges"
#: Shares of a release for each process, the largest first: the processes end at about the same time, and a share has
#: fewer files open at once than all domains have.
_SHARES = 6


class ReleaseError(DatasetError):
    """No release was made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release that was just made."""

    path: Path
    manifest: Manifest
    coverage: CoverageTotals


def release(
    data_dir: Path,
    out: Path,
    *,
    with_text: bool = True,
    after: Path | None = None,
    number: int | None = None,
    processes: int | None = None,
    read_before: Callable[[Path], None] = lambda before: None,
) -> Release:
    """Makes a release of ``data_dir`` in the new folder ``out``, which appears whole or not at all.

    ``with_text=False`` leaves out every text: what remains can be shared where texts can't, and names the
    captures from which anyone fetches the same texts again. ``after``: the release before; by default the last one of
    this dataset beside ``out``. ``number``: the release's number, if it is not to be the next one. ``processes``: how
    many share the work (default: one per core). ``read_before``: is called with the folder of the release before, or of
    the same one, before its tables are read.

    The same facts after the same release give the same bytes, whatever the number of processes. Raises
    ``ReleaseError`` where ``out`` is not free, ``after`` can't come before it or there is nothing to release,
    ``DatasetError`` where a part file is damaged, and ``EngineError`` where a process died.
    """
    out = out.absolute()
    check_free(out, data_dir)
    if not any(part_files(data_dir / table) for table in FACTS):
        raise ReleaseError(f"{data_dir} holds no table of a crawl: crawl first, or set DATA_DIR")
    dataset, overrides = dataset_id(data_dir), read_overrides(data_dir)
    out.parent.mkdir(parents=True, exist_ok=True)
    with _aside(out) as stage:
        tables, coverage = _write_tables(data_dir, stage, with_text=with_text, processes=processes)
        with waiting_for(out.parent):  # two releases at once take two numbers
            position = find_position(
                dataset, tables, with_text=with_text, folder=out.parent, after=after, number=number
            )
            if earlier := position.same or position.before:
                read_before(earlier.path)
            tables[RENAMED] = _write_renamed(position, stage)
            totals = Totals.of(stage, coverage.domains)
            totals.removed = overrides.remove.counts
            totals.corrections = [each.said for each in overrides.correct if not overrides.remove.name(each.domain)]
            totals.audit = read_result(data_dir)
            manifest = Manifest(position.lineage, with_text, tables, totals)
            (stage / MANIFEST).write_text(manifest.as_json(), encoding="utf-8")
            (stage / "README.md").write_text(card(manifest, coverage), encoding="utf-8")
            (stage / "CITATION.cff").write_text(citation(manifest.lineage, manifest.date), encoding="utf-8")
            (stage / "croissant.json").write_text(croissant(manifest), encoding="utf-8")
            (stage / SUMS).write_text(as_text(sums_of(stage)), encoding="utf-8")
            _sync(stage)
            try:
                stage.rename(out)  # also onto an empty folder; never onto one that someone filled meanwhile
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise  # the disk's fault, and not that of the name
                raise ReleaseError(f"{out} could not be put in place: {error.strerror}") from error
            sync_folder(out.parent)
    return Release(out, manifest, coverage)


def check_free(out: Path, data_dir: Path) -> None:
    """``ReleaseError`` if a release of ``data_dir`` cannot be put at ``out``."""
    if out.exists() and not out.is_dir():
        raise ReleaseError(f"{out} is a file; name a new folder")
    if out.is_dir() and any(out.iterdir()):
        raise ReleaseError(f"{out} is not empty: a release is never changed, name a new folder")
    for table in (*FACTS, *WORKED_OUT):
        if out.resolve().is_relative_to((data_dir / table).resolve()):
            raise ReleaseError(f"{out} lies among the tables in {data_dir / table}; name a folder elsewhere")


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """A locked folder beside ``out`` to work in; gone at the end unless renamed. Removes those of killed runs."""
    for left in out.parent.glob(f".{out.name}.*.partial"):
        with _locked(left) as free:
            if free:
                shutil.rmtree(left, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent))
    with _locked(stage):
        stage.chmod(0o777 & ~_umask())  # mkdtemp's folders are for their owner alone
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """True if ``folder`` could be locked; the system frees it when the process dies."""
    try:
        descriptor = try_lock(folder)
    except OSError:  # another run has just removed it
        descriptor = None
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_tables(
    data_dir: Path, stage: Path, *, with_text: bool, processes: int | None
) -> tuple[dict[str, Table], CoverageTotals]:
    """All tables but ``RENAMED``, and what they tell of coverage."""
    facts, aside = stage / _FACTS, stage / _ASIDE
    try:
        snapshot(data_dir, facts, (*FACTS, *WORKED_OUT))
        rows = rows_by_domain(facts)
        cut = ranges(rows)
        number = processes or cores()
        tasks = [
            Share(facts, aside, with_text, {at: cut[at] for at in numbers})
            for numbers in shares(cut, rows, _SHARES * number)
        ]
        aside.mkdir()
        written = _written(tasks, number)
        with TableWriter(stage, "crawls", table_schema("crawls", with_text=with_text)) as crawls:
            crawls.add(read_crawls(facts))
    except DatasetError as error:  # people know the files by the names that they have in DATA_DIR
        raise DatasetError(str(error).replace(str(facts), str(data_dir))) from error
    folders = [aside / f"{at:05}" for at in range(len(cut))]
    tables = {
        name: joined(stage, name, folders, [written.tables[at][name] for at in range(len(cut))]) for name in OF_DOMAINS
    }
    shutil.rmtree(facts)
    shutil.rmtree(aside)
    return {**tables, "crawls": finished(stage, crawls)}, written.coverage


def _written(tasks: Sequence[Share], processes: int) -> Written:
    """Writes all ranges in at most ``processes`` processes; in this one if one is enough."""
    all_of_them = Written()
    one = min(processes, len(tasks)) == 1
    for written in map(write_ranges, tasks) if one else run("processes", write_ranges, tasks, processes):
        all_of_them.tables |= written.tables
        all_of_them.coverage.add_all(written.coverage)
    return all_of_them


def _write_renamed(position: Position, stage: Path) -> Table:
    with TableWriter(stage, RENAMED, RENAMED_VERSIONS) as writer:
        rows = RowBuffer(RENAMED_VERSIONS, writer.add, PENDING_ROWS)
        for row in renamed_versions(position, stage):
            rows.add([row])
        rows.flush()
    return finished(stage, writer)


def _sync(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
