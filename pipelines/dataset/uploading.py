"""Uploads a command's output to object storage (``s3://bucket/report``): only what changed, and in an order by which
nobody takes half of it for the whole.

The command writes a folder of this machine. ``SHA256SUMS`` at the place tells which files are there, with which bytes,
so that the folder need not be kept. While an upload is under way, ``SHA256SUMS.uploading`` is there as well: it names
all files that may be there, with zeros for the sum of one whose upload may or may not have come to its end. It is
written before anything else, and goes at the end: whatever a killed upload left, the next one knows. The mark, the file
by which readers know the whole (``release.json``, ``index.html``, ``index.csv``), comes after all others.

Two uploads to one place at the same time do not notice each other.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pipelines.dataset.errors import DatasetError
from pipelines.dataset.places import Place, on_this_machine, standing_for
from pipelines.dataset.sums import SUMS, as_text, read_sums, sums_of

UPLOADING = f"{SUMS}.uploading"

_NOT_KNOWN = "0" * 64
#: Files from this size on go one by one, each in parts at the same time; of smaller ones many go at the same time.
_LARGE = 8 << 20
_AT_ONCE = 16
_BATCH = 512
#: How often an upload notes what has come.
_NOTE_SECONDS = 120


class UploadRefused(DatasetError):
    """Something else is at the place; the message says what to do."""


@dataclass(slots=True)
class Uploaded:
    """What an upload did."""

    written: int = 0
    """Files that are new, or have changed."""
    removed: int = 0


class Upload:
    """An upload to a place, which is looked at and written to at once, before the work for it begins.

    ``mark``: the file by which readers know the whole, or a pattern for files of which each is whole (``*.wacz``).
    Raises ``UploadRefused`` where something without that mark is there, and ``OSError`` where nothing can be written.
    """

    def __init__(self, place: Place, mark: str) -> None:
        self.place = place
        self._mark = mark
        self._was_under_way = place.has(UPLOADING)
        self._known = self._there()
        is_ours = any(map(self._is_mark, self._known)) if self._known else self._was_under_way or place.is_empty()
        if not is_ours:
            raise UploadRefused(f"{place} is not empty and has no {mark}: name a new folder")
        self._note()

    @property
    def names(self) -> Collection[str]:
        """The files that are there, or may be."""
        return self._known.keys()

    def bring(self, folder: Path, keep: Collection[str] = ()) -> Uploaded:
        """Brings the place to what ``folder`` holds. ``keep``: files that stay, though they are not in the folder.

        Raises ``OSError`` where it fails on the way; done again, it completes.
        """
        sums = sums_of(folder, without=(SUMS, UPLOADING))
        new = [name for name, digest in sums.items() if self._known.get(name) != digest]
        gone = [name for name in self._known if name not in sums and name not in keep]
        if new or gone or self._was_under_way:
            self._known |= dict.fromkeys((*new, *gone), _NOT_KNOWN)
            self._note()
            self._put(folder, [name for name in new if not self._is_mark(name)], sums)
            for name in gone:
                with suppress(FileNotFoundError):
                    self.place.delete(name)
                del self._known[name]
            whole = {**self._known, **sums}
            self.place.write(as_text({name: one for name, one in whole.items() if one != _NOT_KNOWN}).encode(), SUMS)
            self._put(folder, [name for name in new if self._is_mark(name)], sums)
        if _NOT_KNOWN in self._known.values():  # a file to keep that an earlier run did not finish
            self._note()
        else:
            self.place.delete(UPLOADING)
        return Uploaded(len(new), len(gone))

    def _put(self, folder: Path, names: Collection[str], sums: Mapping[str, str]) -> None:
        noted = time.monotonic()
        for batch in _batches(folder, names):
            # A thread that uploads is never interrupted, so Ctrl-C leaves no file cut short.
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                try:
                    come = threads.map(lambda name: self.place.put(folder / name, name), batch)
                    for name, _ in zip(batch, come, strict=True):
                        self._known[name] = sums[name]
                except BaseException:
                    threads.shutdown(cancel_futures=True)
                    with suppress(OSError):
                        self._note()
                    raise
            if time.monotonic() - noted > _NOTE_SECONDS:
                self._note()
                noted = time.monotonic()

    def _there(self) -> dict[str, str]:
        """The files that are or may be there, with their sums."""
        try:
            text = self.place.read(UPLOADING if self._was_under_way else SUMS)
        except FileNotFoundError:
            return {}
        return read_sums(text.decode("utf-8", "replace"))

    def _is_mark(self, name: str) -> bool:
        return fnmatchcase(name, self._mark)

    def _note(self) -> None:
        self.place.write(as_text(self._known).encode(), UPLOADING)


class Output:
    """Where a command writes its files: a folder of this machine, or a place to which they are uploaded."""

    def __init__(self, folder: Path, upload: Upload | None = None) -> None:
        self.folder = folder
        """The folder to write."""
        self.upload = upload

    def shown(self, path: Path) -> str:
        """How people find the folder, or a file in it."""
        if self.upload is None:
            return str(path)
        name = path.relative_to(self.folder).as_posix()
        return f"{self.upload.place}".rstrip("/") + (f"/{name}" if name != "." else "")

    @property
    def names(self) -> Collection[str]:
        """The files that are at the place."""
        return self.upload.names if self.upload else ()

    def fetch(self, name: str) -> None:
        """Copies a file from the place into the folder, if it is there."""
        if self.upload:
            with suppress(FileNotFoundError):
                self.upload.place.fetch(name, self.folder / name)

    def bring(self, keep: Collection[str] = ()) -> Uploaded | None:
        """Uploads the files, once they are written, if they are to be uploaded (``Upload.bring``)."""
        return self.upload.bring(self.folder, keep) if self.upload else None


@contextmanager
def output(given: str, mark: str) -> Iterator[Output]:
    """The output that a path or URL names (``Upload``). A folder of this machine is left as it is."""
    if here := on_this_machine(given):
        yield Output(here)
        return
    upload = Upload(Place(given), mark)
    with standing_for(upload.place) as folder:
        yield Output(folder, upload)


def _batches(folder: Path, names: Collection[str]) -> Iterator[list[str]]:
    """Names of files that go at once."""
    batch: list[str] = []
    for name in names:
        if (folder / name).stat().st_size >= _LARGE:
            yield [name]
            continue
        batch.append(name)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
