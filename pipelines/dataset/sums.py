"""SHA-256 sums of files, and ``SHA256SUMS``, which names a folder's in the form that ``sha256sum --check`` reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path

SUMS = "SHA256SUMS"
#: A line of a list: the sum, and a name that does not lead out of the folder.
_LINE = re.compile(r"([0-9a-f]{64})  ((?:(?!\.\.?(?:/|$))[^/]+/)*(?!\.\.?$)[^/]+)")


def sha256(path: Path) -> str:
    """The hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sums_of(folder: Path, without: Collection[str] = (SUMS,)) -> dict[str, str]:
    """The digest of each file in a folder and below it, by its name there, sorted."""
    files = (path for path in folder.rglob("*") if path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    return {name: sha256(folder / name) for name in names if name not in without}


def as_text(sums: Mapping[str, str]) -> str:
    """What ``SHA256SUMS`` says of them."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))


def read_sums(text: str) -> dict[str, str]:
    """The digests in a ``SHA256SUMS``, by name; other lines are passed over."""
    return {found[2]: found[1] for found in map(_LINE.fullmatch, text.split("\n")) if found}
