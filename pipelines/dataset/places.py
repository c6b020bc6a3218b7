"""Folders by URL: on this machine (``file:///``), or where several machines reach them (``s3://``, ``gs://``).

The server and the keys to it are given in the way of pyarrow and AWS: ``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` and
the like.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

import pyarrow as pa
from pyarrow import fs

from pipelines.dataset.errors import DatasetError
from pipelines.dataset.part_writer import whole_file
from pipelines.urls import without_secrets

_BLOCK = 8 << 20
#: Blocks that may be on their way at once: pyarrow takes them faster than a slow server does, and keeps them in memory.
_ON_THE_WAY = 8
#: Kinds of storage that have no folders, only names with slashes.
_WITHOUT_FOLDERS = ("s3", "gcs", "abfs")


class Place:
    """A folder, and its files by their names, which may have slashes.

    All methods raise ``OSError`` where it can't be reached, ``FileNotFoundError`` where a file is not there.
    """

    def __init__(self, url: str) -> None:
        """``DatasetError`` for a URL of a kind that pyarrow does not know; a path is a folder on this machine.

        Source: https://arrow.apache.org/docs/python/filesystems.html
        """
        self.url = url
        try:
            local = fs.LocalFileSystem(), Path(url).resolve()
            self._files, path = fs.FileSystem.from_uri(url) if "://" in url else local
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
            why = str(problem).replace(url, str(self))
            raise DatasetError(f"{self} is no place for files: {why}") from None  # pyarrow's words have the password
        self._folder = str(path).rstrip("/")

    def __str__(self) -> str:
        return without_secrets(self.url)

    @property
    def parent(self) -> Place:
        """The folder around it. ``DatasetError`` for a whole bucket."""
        parts = urlsplit(self.url)
        above, _, name = parts.path.rstrip("/").rpartition("/")
        if not name:
            raise DatasetError(f"{self} is a whole bucket: name a folder in it")
        return Place(parts._replace(path=above).geturl())

    @property
    def name(self) -> str:
        """The folder's own name; empty for a whole bucket."""
        return unquote(urlsplit(self.url).path).rstrip("/").rpartition("/")[2]

    def names(self) -> list[str]:
        """The names of the files there, sorted; none where there is no such folder."""
        return sorted(info.base_name for info in self._entries() if info.is_file)

    def folders(self) -> list[str]:
        """The names of the folders in it, sorted."""
        found = (info.base_name for info in self._entries() if info.type == fs.FileType.Directory)
        return sorted(name for name in found if not name.startswith("."))

    def is_empty(self) -> bool:
        """True where nothing is there."""
        return not self._entries()

    def has(self, name: str) -> bool:
        """True if there is such a file."""
        return bool(self._files.get_file_info(self._path(name)).is_file)

    def open(self, name: str) -> pa.NativeFile:
        """A file to read from at any place, also from several threads at once."""
        return self._files.open_input_file(self._path(name))

    def read(self, name: str) -> bytes:
        """The content of a file."""
        with self._files.open_input_stream(self._path(name), compression=None) as file:
            return bytes(file.read())

    def put(self, path: Path, name: str) -> None:
        """Copies a file of this machine there. A name that others may have seen must not be used again.

        In object storage it appears whole, unless reading ``path`` fails on the way: then it may be cut short.
        """
        with path.open("rb") as here, self._writing(name) as there:
            number = 0
            while block := here.read(_BLOCK):
                there.write(block)
                number += 1
                if number % _ON_THE_WAY == 0:
                    there.flush()

    def write(self, content: bytes, name: str) -> None:
        """Writes a file there, as ``put`` does."""
        with self._writing(name) as there:
            there.write(content)

    def fetch(self, name: str, path: Path) -> None:
        """Copies a file from there; it stands at ``path`` whole or not at all."""
        with self._files.open_input_stream(self._path(name), compression=None) as there, whole_file(path) as here:
            while block := there.read(_BLOCK):
                here.write(block)

    def delete(self, name: str) -> None:
        """Deletes a file."""
        self._files.delete_file(self._path(name))

    def _entries(self) -> list[fs.FileInfo]:
        found: list[fs.FileInfo] = self._files.get_file_info(fs.FileSelector(self._folder, allow_not_found=True))
        return found

    def _writing(self, name: str) -> pa.NativeFile:
        path = self._path(name)
        if self._files.type_name not in _WITHOUT_FOLDERS:
            self._files.create_dir(path.rpartition("/")[0])
        return self._files.open_output_stream(path, compression=None)  # or a name in .gz is packed once more

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"


def on_this_machine(given: str) -> Path | None:
    """The folder that a path or a ``file:///`` URL names; ``None`` for any other URL."""
    if "://" not in given:
        return Path(given)
    parts = urlsplit(given)
    return Path(unquote(parts.path)) if parts.scheme == "file" and not parts.netloc else None


@contextmanager
def standing_for(place: Place) -> Iterator[Path]:
    """A folder of this machine that stands for a place, and is gone at the end; errors name the place.

    It is made where temporary files are (``TMPDIR``).
    """
    with TemporaryDirectory(prefix="wayback-policies-") as folder:
        try:
            yield Path(folder)
        except DatasetError as error:
            error.args = (str(error).replace(folder, str(place)),)
            raise
