"""When an archive may be asked next. It stands in one file per host, which this machine's crawls share.

A file (``SLOTS_DIR/web.archive.org_443.json``) is JSON of a fixed size, read and written in place under a lock. Its
times are those of ``time.monotonic``, which no change of the clock moves, and which is the same for all processes until
the machine starts again. After that they are worked out from the clock's time of the last change.
"""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pipelines.dataset.lock import try_lock

logger = logging.getLogger(__name__)

#: Nobody is kept waiting for longer than this (seconds), whatever an archive asks for and whatever a file says.
LONGEST_WAIT = 86_400.0
#: Bytes of a slot file, filled up with spaces: one write replaces all of it.
SIZE = 2048
#: Seconds to wait for another process that holds the file; it takes some microseconds, unless it was stopped meanwhile.
PATIENCE = 1.0
#: Names the time since the machine was started (Linux); elsewhere each reading counts as that of another start.
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class Slot:
    """What is known of a pool (``cdx``, ``playback``). Times are those of ``time.monotonic``."""

    next_at: float = 0.0
    """When the next request may be sent, by the pace."""
    paused_at: float = 0.0
    paused_until: float = 0.0
    """The last pause; the next request has to wait for its end, too."""
    pauses: int = 0
    """Pauses in a row that did not help."""
    refused_at: float = 0.0
    """When the archive shut a crawl out."""
    per_minute: float = 0.0
    """The lowest budget of the crawls that ask at present; 0 is no limit."""
    asked_at: float = 0.0
    """When a crawl with this budget asked last."""

    def at(self, now: float, shift: float) -> Slot:
        """The same with its times moved by ``shift``, and none of them too far from ``now``.

        Raises ``ValueError`` for what is no time, ``TypeError`` for what is no number.
        """
        if not all(math.isfinite(value) for value in asdict(self).values()) or self.pauses < 0 or self.per_minute < 0:
            raise ValueError("not a time")
        ahead = now + LONGEST_WAIT
        return replace(
            self,
            next_at=min(self.next_at + shift, ahead),
            paused_at=min(self.paused_at + shift, now),
            paused_until=min(self.paused_until + shift, ahead),
            refused_at=min(self.refused_at + shift, now),
            asked_at=min(self.asked_at + shift, now),
        )


class Timetable:
    """The slots of an archive's pools, in a file or, without one, in memory.

    A damaged file is replaced, with a warning. Where a file can't be used, a warning says so once, and the slots are
    kept in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._slots: dict[str, Slot] = {}

    @contextmanager
    def slot(self, pool: str) -> Iterator[Slot]:
        """A pool's slot, to be read and changed. No other process changes it meanwhile, so be quick."""
        descriptor = self._opened()
        try:
            must_write = descriptor is not None and not self._read(descriptor)
            slot = self._slots.setdefault(pool, Slot())
            before = replace(slot)
            try:
                yield slot
            finally:
                if descriptor is not None and (must_write or slot != before):
                    self._write(descriptor)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _opened(self) -> int | None:
        """The file, locked; ``None`` where there is none to use."""
        if self._path is None:
            return None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            until = time.monotonic() + PATIENCE
            while (descriptor := try_lock(self._path)) is None:
                if time.monotonic() > until:
                    raise TimeoutError("another process does not let go of it")
                time.sleep(0.001)
        except OSError as problem:
            self._do_without(problem)
            return None
        return descriptor

    def _read(self, descriptor: int) -> bool:
        """Reads the slots. False if the file is damaged, or holds something else."""
        try:
            text = os.pread(descriptor, SIZE, 0)
            self._slots = slots_of(text) if text else {}
        except OSError as problem:
            self._do_without(problem)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            logger.warning("%s is damaged, or no slot file: it is replaced", self._path)
            return False
        return True

    def _write(self, descriptor: int) -> None:
        assert self._path is not None
        told = {
            "archive": self._path.stem,
            "boot": boot_id(),
            "time": time.time(),
            "monotonic": time.monotonic(),
            "pools": {name: asdict(slot) for name, slot in self._slots.items()},
        }
        try:
            os.pwrite(descriptor, json.dumps(told).encode().ljust(SIZE), 0)
            os.ftruncate(descriptor, SIZE)
        except OSError as problem:
            self._do_without(problem)

    def _do_without(self, problem: OSError) -> None:
        logger.warning(
            "%s can't be used, so other crawls of this machine, and later ones, do not learn of pauses (SLOTS_DIR): %s",
            self._path, problem,
        )  # fmt: skip
        self._path = None


def slots_of(text: bytes) -> dict[str, Slot]:
    """The slots in a slot file, their times as the clocks are now.

    Raises ``ValueError``, ``TypeError``, ``KeyError`` or ``AttributeError`` if it holds something else.
    """
    told: dict[str, Any] = json.loads(text)
    now, shift = time.monotonic(), 0.0
    if told["boot"] != boot_id() or not boot_id():  # the machine was started since: the clock tells how long ago
        shift = now - told["monotonic"] - max(0.0, time.time() - told["time"])
    return {name: Slot(**values).at(now, shift) for name, values in told["pools"].items()}


@cache
def boot_id() -> str:
    """Names the time since the machine was started; empty where the system has no such name."""
    with suppress(OSError):
        return _BOOT_ID.read_text("ascii").strip()
    return ""


def slot_file(folder: str, archive_url: str) -> Path | None:
    """The slot file of the host and port at an address; ``None`` if ``folder`` is empty."""
    parts = urlsplit(archive_url)
    name = f"{parts.hostname}_{parts.port or _PORTS.get(parts.scheme, 0)}"
    return Path(folder) / f"{quote(name)}.json" if folder else None
