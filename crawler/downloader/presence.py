"""Who asks an archive at present: the crawls of this machine that share its budgets (``SLOTS_DIR``).

Each has a file with one line in the folder beside the host's slot file (``web.archive.org_443.crawls``), and keeps it
locked, so that a crawl that was killed is not taken for one at work.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from pipelines.dataset.lock import try_lock

#: How many characters are read of a line that another process wrote.
_LONGEST_LINE = 300


class Presence:
    """Keeps a crawl known to the others of this machine until ``leave``, or the end of the process."""

    def __init__(self, slot_file: Path | None, line: str) -> None:
        """``line`` says which crawl it is. Without a slot file, or with an unusable folder, no others are known."""
        self.others: list[str] = []
        """The lines of the crawls that were there before."""
        self._descriptor: int | None = None
        if slot_file is not None:
            with suppress(OSError):  # the slot file lies in the same folder, and its problem is reported
                self._enter(slot_file.with_suffix(".crawls"), line)

    def _enter(self, folder: Path, line: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.iterdir()):
            if (descriptor := try_lock(path)) is None:
                self.others.append(path.read_text("utf-8", "replace")[:_LONGEST_LINE].strip())
                continue
            path.unlink()  # of a crawl that was killed
            os.close(descriptor)
        self._path = folder / uuid4().hex
        self._descriptor = try_lock(self._path)
        if self._descriptor is not None:
            os.write(self._descriptor, line.encode())

    def leave(self) -> None:
        """The crawl asks no more."""
        if self._descriptor is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None
