"""Files that two DATA_DIRs share: hard links where both are on one disk, copies elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.dataset.part_writer import aside_of, sync_folder, whole_file

_CHUNK = 1 << 20


def link_or_copy(source: Path, target: Path, size: int | None = None) -> bool:
    """Makes a file that stands at ``source`` stand at ``target``, too. True if it is linked: no byte was copied.

    It is copied where the file system can't link it, and where only its first ``size`` bytes are wanted. It appears
    whole or not at all, in place of one that is there.
    """
    if size is None or source.stat().st_size == size:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = aside_of(target)
        aside.unlink(missing_ok=True)
        try:
            os.link(source.resolve(), aside)
        except OSError:  # another disk, a file system without links, or a file of somebody else
            copy_start(source, target, source.stat().st_size)
            return False
        aside.replace(target)
        aside.unlink(missing_ok=True)  # rename(2) leaves it where both are one file already
        sync_folder(target.parent)
        return True
    copy_start(source, target, size)
    return False


def copy_start(source: Path, target: Path, size: int) -> None:
    """Copies the first ``size`` bytes of a file. The copy appears whole or not at all; it may be the same file."""
    with source.open("rb") as old, whole_file(target) as new:
        while size and (chunk := old.read(min(size, _CHUNK))):
            new.write(chunk)
            size -= len(chunk)
