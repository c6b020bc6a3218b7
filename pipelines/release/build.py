"""Makes a release: tables, card, metadata, sums; written aside and renamed as a whole."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from pipelines.dataset.part_writer import sync_folder
from pipelines.history.coverage import Summary
from pipelines.history.derive import coverage_rows, derive
from pipelines.history.domain_history import Facts, read_facts
from pipelines.history.errors import ReleaseError
from pipelines.release.card import card
from pipelines.release.croissant import croissant
from pipelines.release.manifest import MANIFEST, File, Manifest, Table, Totals, number_for
from pipelines.release.tables import CHANGES, COVERAGE, TABLES, VERSIONS, TableWriter, table_schema

_PENDING_ROWS = 2_000
"""Derived rows kept as Python objects before they become Arrow."""


@dataclass(frozen=True, slots=True)
class Release:
    """A finished release."""

    path: Path
    manifest: Manifest
    coverage: Summary


def release(data_dir: Path, out: Path, *, with_text: bool = True, number: int | None = None) -> Release:
    """Makes a release of ``data_dir`` in the new folder ``out``, which appears whole or not at all.

    ``with_text=False`` leaves out every text: what remains can be shared where texts can't, and names the
    captures from which anyone fetches the same texts again. ``number``: the release's number; by default
    that of a release beside ``out`` with the same tables, else one more than the highest there.

    The same facts give the same bytes. Raises ``ReleaseError`` where ``out`` is not free, or the data can't
    be read.
    """
    out = out.absolute()
    check_free(out, data_dir)
    out.parent.mkdir(parents=True, exist_ok=True)
    with _aside(out) as stage:
        scratch = stage / ".scratch"
        scratch.mkdir()
        tables, totals, coverage = _write_tables(read_facts(data_dir, scratch), stage, with_text=with_text)
        shutil.rmtree(scratch)
        manifest = Manifest(number or number_for(tables, out.parent), with_text, tables, totals)
        (stage / MANIFEST).write_text(manifest.as_json(), encoding="utf-8")
        (stage / "README.md").write_text(card(manifest, coverage), encoding="utf-8")
        (stage / "croissant.json").write_text(croissant(manifest), encoding="utf-8")
        (stage / "SHA256SUMS").write_text(_sums(stage), encoding="utf-8")
        _sync(stage)
        try:
            stage.rename(out)  # also onto an empty folder; never onto one that someone filled meanwhile
        except OSError as error:
            raise ReleaseError(f"{out} could not be put in place: {error.strerror}") from error
        sync_folder(out.parent)
    return Release(out, manifest, coverage)


def check_free(out: Path, data_dir: Path) -> None:
    if out.exists() and not out.is_dir():
        raise ReleaseError(f"{out} is a file; name a new folder")
    if out.is_dir() and any(out.iterdir()):
        raise ReleaseError(f"{out} is not empty: a release is never changed, name a new folder")
    for table in ("policies", "captures"):
        if out.resolve().is_relative_to((data_dir / table).resolve()):
            raise ReleaseError(f"{out} lies among the facts in {data_dir / table}; name a folder elsewhere")


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` to work in; gone at the end unless renamed. Those of killed runs are swept up."""
    for left in out.parent.glob(f".{out.name}.*.partial"):
        with ExitStack() as stack:
            if _locked(left, stack):
                shutil.rmtree(left, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent))
    with ExitStack() as stack:
        _locked(stage, stack)
        stage.chmod(0o777 & ~_umask())  # mkdtemp's folders are for their owner alone
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _locked(folder: Path, stack: ExitStack) -> bool:
    """Takes the lock that a running release has on its folder; the system frees it when the process dies."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    stack.callback(os.close, handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_tables(
    domains: Iterator[Facts], stage: Path, *, with_text: bool
) -> tuple[dict[str, Table], Totals, Summary]:
    totals, coverage = Totals(), Summary()
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(TableWriter(stage, name, table_schema(name, with_text=with_text)))
            for name in TABLES
        }
        versions = _Rows(writers["versions"], VERSIONS)
        changes = _Rows(writers["changes"], CHANGES)
        cells = _Rows(writers["coverage"], COVERAGE)
        for facts in domains:
            derived = derive(facts)
            writers["policies"].add(facts.policies)
            writers["captures"].add(facts.captures)
            versions.add(derived.versions)
            changes.add(derived.changes)
            cells.add(coverage_rows(facts.domain, derived.cells))
            totals.add(facts, derived.versions)
            coverage.add(derived.cells)
        for rows in (versions, changes, cells):
            rows.flush()
    return {name: _table(stage, writer) for name, writer in writers.items()}, totals, coverage


@dataclass(slots=True)
class _Rows:
    """Rows on their way from Python to Arrow, some thousands at a time."""

    writer: TableWriter
    schema: pa.Schema
    pending: list[dict] = field(default_factory=list)

    def add(self, rows: list[dict]) -> None:
        self.pending += rows
        if len(self.pending) >= _PENDING_ROWS:
            self.flush()

    def flush(self) -> None:
        self.writer.add(pa.Table.from_pylist(self.pending, self.schema))
        self.pending.clear()


def _table(stage: Path, writer: TableWriter) -> Table:
    files = {
        file.name: File(file.rows, (stage / file.name).stat().st_size, _sha256(stage / file.name))
        for file in writer.files
    }
    return Table(writer.schema, writer.rows, writer.decoded_bytes, files)


def _sums(stage: Path) -> str:
    """The SHA-256 of every file, in the form that ``sha256sum --check`` reads."""
    files = sorted(path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
    return "".join(f"{_sha256(stage / name)}  {name}\n" for name in files)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
