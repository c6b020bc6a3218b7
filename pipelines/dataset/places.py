"""Folders by URL: on this machine (``file:///``), or where several machines reach them (``s3://``, ``gs://``)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from pipelines.dataset.errors import DatasetError
from pipelines.dataset.part_writer import whole_file

_BLOCK = 8 << 20


class Place:
    """A folder, and its files by their names. All methods raise ``OSError`` where it can't be reached."""

    def __init__(self, url: str) -> None:
        """``DatasetError`` for a URL of a kind that pyarrow does not know; a path is a folder on this machine.

        Source: https://arrow.apache.org/docs/python/filesystems.html
        """
        self.url = url
        try:
            local = fs.LocalFileSystem(), Path(url).resolve()
            self._files, path = fs.FileSystem.from_uri(url) if "://" in url else local
        except pa.ArrowInvalid as problem:
            raise DatasetError(f"{self} is no place for files: {problem}") from problem
        self._folder = str(path).rstrip("/")

    def __str__(self) -> str:
        """The URL without what may be secret in it."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()

    def names(self) -> list[str]:
        """The names of the files there, sorted; none where there is no such folder."""
        found = self._files.get_file_info(fs.FileSelector(self._folder, allow_not_found=True))
        return sorted(info.base_name for info in found if info.is_file)

    def open(self, name: str) -> pa.NativeFile:
        """A file to read from at any place, also from several threads at once."""
        return self._files.open_input_file(self._path(name))

    def put(self, path: Path, name: str) -> None:
        """Copies a file of this machine there. A name that others may have seen must not be used again."""
        self._files.create_dir(self._folder)
        with path.open("rb") as here, self._files.open_output_stream(self._path(name)) as there:
            while block := here.read(_BLOCK):
                there.write(block)

    def fetch(self, name: str, path: Path) -> None:
        """Copies a file from there; it stands at ``path`` whole or not at all."""
        with self._files.open_input_stream(self._path(name)) as there, whole_file(path) as here:
            while block := there.read(_BLOCK):
                here.write(block)

    def delete(self, name: str) -> None:
        """Deletes a file."""
        self._files.delete_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"
