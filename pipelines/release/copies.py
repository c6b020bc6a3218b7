"""Releases in object storage: made here and uploaded; copied here to be read, each file checked by its sum."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from pipelines.dataset.errors import DatasetError
from pipelines.dataset.places import Place, on_this_machine, standing_for
from pipelines.dataset.sums import sha256
from pipelines.dataset.uploading import Upload
from pipelines.release.build import Release, ReleaseError, release
from pipelines.release.lineage import RENAMED
from pipelines.release.manifest import MANIFEST, FinishedRelease
from pipelines.release.tables import TABLES

#: What a release needs of the one before.
_OF_THE_ONE_BEFORE = ("captures", RENAMED)
_FILE = re.compile(r"\w+/[\w-]+\.parquet")


@contextmanager
def at_hand(given: str, tables: Collection[str] = tuple(TABLES)) -> Iterator[Path]:
    """The folder of the release that a path or URL names; of one elsewhere a copy, with these tables.

    The copy is gone at the end. ``NoReleaseError`` where there is no release, ``DatasetError`` where its
    ``release.json`` can't be read, or one elsewhere is not whole.
    """
    if here := on_this_machine(given):
        FinishedRelease.read(here)
        yield here
        return
    place = Place(given)
    with standing_for(place) as folder:
        with suppress(FileNotFoundError):
            place.fetch(MANIFEST, folder / MANIFEST)
        _copy_tables(place, folder, tables)
        yield folder


def release_to(data_dir: Path, out: str, *, after: str | None = None, **how: Any) -> tuple[Release, str]:
    """``release`` with ``out`` and ``after`` as paths or URLs; the releases beside ``out`` are found there, too.

    Returns what was made, and where people find it. At a URL ``release.json`` comes last, so that nobody takes what an
    interrupted upload left for a release; the next one completes it.
    """
    with ExitStack() as ending:
        before = ending.enter_context(at_hand(after, _OF_THE_ONE_BEFORE)) if after else None
        if here := on_this_machine(out):
            return release(data_dir, here, after=before, **how), str(here.absolute())
        place = Place(out)
        beside = place.parent
        if place.has(MANIFEST):
            raise ReleaseError(f"{place} is not empty: a release is never changed, name a new folder")
        upload = Upload(place, MANIFEST)
        folder = ending.enter_context(standing_for(beside))
        if before is None:
            _copy_manifests(beside, folder)
            how["read_before"] = lambda one: _copy_tables(beside, one, _OF_THE_ONE_BEFORE, f"{one.name}/")
        made = release(data_dir, folder / place.name, after=before, **how)
        upload.bring(made.path)
        return made, str(place)


def _copy_manifests(beside: Place, folder: Path) -> None:
    """Copies what names the releases in the folder ``beside``."""
    for name in beside.folders():
        with suppress(FileNotFoundError):
            beside.fetch(f"{name}/{MANIFEST}", folder / name / MANIFEST)


def _copy_tables(place: Place, folder: Path, tables: Collection[str], under: str = "") -> None:
    """Copies tables into ``folder``, as ``release.json`` there names their files; ``under``: where they are."""
    told = FinishedRelease.read(folder).tables
    files = {name: file for table in tables for name, file in told.get(table, {}).items()}
    for name, file in files.items():
        if not _FILE.fullmatch(name):
            raise DatasetError(f"{folder / MANIFEST} names a file that is none of a table: {name!r}")
        try:
            place.fetch(under + name, folder / name)
        except FileNotFoundError:
            raise DatasetError(f"{folder / name} is not there, but {MANIFEST} names it") from None
        if sha256(folder / name) != file.sha256:
            raise DatasetError(f"{folder / name} has other bytes than {MANIFEST} says")
