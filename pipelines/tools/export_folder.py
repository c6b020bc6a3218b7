"""A folder of exported files with its index: which file holds which capture.

The index is what a later export goes by: it removes the files that the index names and that are not written any more,
and no others. A line stands in the index in the making before its file appears, so a run that was killed leaves no file
that the next one does not know.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from pipelines.dataset.errors import DatasetError
from pipelines.timestamps import iso

INDEX = "index.csv"
COLUMNS = ("path", "domain", "captured_at", "url", "kind", "sha256", "view_url")
"""Of the index: the file, relative to the folder; the capture in it; the file's hex SHA-256; where people see the
capture."""

_MAKING = f".{INDEX}.making"
_MAX_NAME = 200

Line = dict[str, str]


class ExportRefused(DatasetError):
    """The folder holds something that this export must not touch; the message says what."""


class ExportFolder:
    """Writes files into the folder ``out``, which is made where there is none; the index appears at the end.

    ``suffix`` is that of all files (``.md``). ``domains``: what an earlier export wrote of other domains stays as it
    is. Raises ``ExportRefused`` for a folder that holds an export in another format, or another ``index.csv``, and
    ``OSError`` where it can't be written.
    """

    def __init__(self, out: Path, suffix: str, domains: Collection[str] | None = None) -> None:
        self.out = out
        self._index = out / INDEX
        self._making = out / _MAKING
        self._written: set[str] = set()
        for line in self._lines():
            if not line["path"].endswith(suffix):
                raise ExportRefused(f"{out} holds an export in another format ({line['path']}): name another folder")
        out.mkdir(parents=True, exist_ok=True)
        self._take_over()
        self._mine = {line["path"] for line in self._lines() if domains is None or line["domain"] in domains}
        others = [line for line in self._lines() if line["path"] not in self._mine]
        self._file = self._making.open("w", encoding="utf-8", newline="")
        self._csv = csv.DictWriter(self._file, COLUMNS, lineterminator="\n")
        self._csv.writeheader()
        self._csv.writerows(others)

    def __enter__(self) -> ExportFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._file.close()
        if kind is None:
            for path in sorted(self._mine - self._written):
                self._remove(path)
            self._making.replace(self._index)

    def write(self, name: str, content: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes a file, which appears whole or not at all, into the folder of the domain of ``rows``: its captures."""
        rows = list(rows)
        path = domain_folder(rows[0]["domain"]) / name
        data = content.encode()
        digest = hashlib.sha256(data).hexdigest()
        for row in rows:
            when = iso(row["captured_at"])
            about = (str(path), row["domain"], when, row["policy_url"], row["kind"], digest, row["view_url"])
            self._csv.writerow(dict(zip(COLUMNS, about, strict=True)))
        self._file.flush()
        self._written.add(str(path))
        target = self.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{name}.tmp")
        aside.write_bytes(data)
        aside.replace(target)

    def _lines(self) -> Iterator[Line]:
        """The lines of the folder's index."""
        with suppress(FileNotFoundError, NotADirectoryError):
            yield from _read(self._index)

    def _take_over(self) -> None:
        """Puts what a killed run wrote into the index, so that it is known like everything else."""
        if not self._making.exists():
            return
        known = (*self._lines(), *_read(self._making))
        newest = {(line["path"], line["captured_at"], line["url"]): line for line in known}
        joined = self._making.with_suffix(".joined")
        with joined.open("w", encoding="utf-8", newline="") as file:
            lines = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            lines.writeheader()
            lines.writerows(newest.values())
        joined.replace(self._index)
        self._making.unlink()

    def _remove(self, path: str) -> None:
        """Removes a file of an earlier export, what a killed run left of it, and the folders that are empty then."""
        file = self.out / path
        if not file.parent.resolve().is_relative_to(self.out.resolve()):
            return  # by a link that somebody put there
        file.with_name(f".{file.name}.tmp").unlink(missing_ok=True)
        file.unlink(missing_ok=True)
        for folder in PurePosixPath(path).parents:
            if folder.name:
                with suppress(OSError):  # it holds more
                    (self.out / folder).rmdir()


def paths_in(out: Path) -> set[str]:
    """The files of an export, as its index names them."""
    return {line["path"] for line in _read(out / INDEX)}


def _read(index: Path) -> Iterator[Line]:
    """The lines of an index that name a file of an export. One that is cut short, or leads elsewhere, is none.

    Raises ``ExportRefused`` if the file is something else.
    """
    with index.open(encoding="utf-8", errors="replace", newline="") as file:
        lines = csv.DictReader(file, strict=False)
        try:
            if tuple(lines.fieldnames or COLUMNS) != COLUMNS:
                raise ExportRefused(f"{index} is not the index of an export: name another folder")
            for line in lines:
                path = PurePosixPath(line["path"])
                if None not in line.values() and path.parent == domain_folder(line["domain"]) and path.name != "..":
                    yield line
        except csv.Error as error:
            raise ExportRefused(f"{index} is not the index of an export ({error}): name another folder") from error


def domain_folder(domain: str) -> PurePosixPath:
    """``p/pl/pli/plimus.com`` for ``plimus.com``.

    Different domains have different folders, even where the file system ignores case.

    Everything but ``a-z 0-9 . _ -`` (a valid domain has nothing else), and a dot at either end, is percent-encoded in
    lower case. So no part of the path is ``..`` or empty, and the folder stays inside.
    """
    plain = re.compile(rb"[a-z0-9._-]")
    name = "".join(
        chr(byte) if plain.fullmatch(bytes([byte])) else f"%{byte:02x}" for byte in domain.encode("utf-8", "replace")
    )
    name = re.sub(r"^\.|\.$", "%2e", name) or "%"
    if len(name) > _MAX_NAME:
        name = f"{name[:_MAX_NAME]}%{hashlib.sha256(domain.encode('utf-8', 'replace')).hexdigest()[:32]}"
    return PurePosixPath(name[:1], name[:2], name[:3], name)
