"""How many bytes of a release are new, where the dataset has grown by one domain in a hundred since the one before.

    python benchmarks/growth.py 100000 DIR

Writes that many rows of ``release.py`` (20 captures a domain) into the new folder DIR, makes a release, adds the new
domains among the others, and makes the next release. New is what a store without doubles would have to take in: chunks
cut by content, as Hugging Face's Xet cuts them (64 KiB on average, 8 to 128). For comparison also by whole files.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from markdown_table import table_head, table_row
from release import CAPTURES_A_DOMAIN, RELEASE, sentences, timeline, write, write_parts

_GEAR = np.random.default_rng(1).integers(0, 2**64, 256, dtype=np.uint64)
_CUT = np.uint64(0xFFFF << 48)
_LEAST, _MOST = 8 << 10, 128 << 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("folder", type=Path, help="new folder for the data and the releases; delete it afterwards")
    options = parser.parse_args()
    data, releases = options.folder / "data", [options.folder / "releases" / name for name in ("1", "2")]
    write(data, options.rows)
    _release(data, releases[0])
    _grow(data, options.rows // CAPTURES_A_DOMAIN)
    _release(data, releases[1])
    print(table_head("table", "MB", "new, by chunks", "new, by files"))
    for name in (*sorted(path.name for path in releases[1].iterdir() if path.is_dir()), "*"):
        old, new = (sorted(folder.glob(f"{name}/*.parquet")) for folder in releases)
        size = sum(file.stat().st_size for file in new)
        shares = (_new_bytes(old, new, cut) / size for cut in (_chunks, _whole))
        print(table_row(name, f"{size / 1e6:.1f}", *(f"{share:.1%}" for share in shares)))


#: Cuts a file's content into pieces: the digest and the size of each.
Cut = Callable[[bytes], Iterator[tuple[bytes, int]]]


def _release(data: Path, out: Path) -> None:
    subprocess.run([sys.executable, "-c", RELEASE, data, out], check=True)


def _grow(data: Path, domains: int) -> None:
    """Adds new domains, whose names lie anywhere among the others."""
    pool = sentences()
    captures: list[dict[str, Any]] = []
    policies: list[dict[str, Any]] = []
    for number in sorted(random.Random(4).sample(range(domains), max(domains // 100, 1))):
        policies += timeline(f"site{number:07}-new.example", CAPTURES_A_DOMAIN, 0, pool, captures)
    write_parts(data, "new", policies, captures)


def _new_bytes(old: list[Path], new: list[Path], cut: Cut) -> int:
    known = {digest for file in old for digest, _ in cut(file.read_bytes())}
    return sum(size for file in new for digest, size in cut(file.read_bytes()) if digest not in known)


def _whole(content: bytes) -> Iterator[tuple[bytes, int]]:
    yield hashlib.sha256(content).digest(), len(content)


def _chunks(content: bytes) -> Iterator[tuple[bytes, int]]:
    """The digest and the size of each chunk; it ends where a rolling hash of the last 64 bytes (gear hash) says so."""
    rolling = _GEAR[np.frombuffer(content, np.uint8)]
    for reach in (1, 2, 4, 8, 16, 32):
        doubled = rolling.copy()
        doubled[reach:] += rolling[:-reach] << np.uint64(reach)
        rolling = doubled
    ends = np.flatnonzero((rolling & _CUT) == 0) + 1
    start = 0
    while start < len(content):
        at = np.searchsorted(ends, start + _LEAST)
        end = min(int(ends[at]) if at < len(ends) else len(content), start + _MOST, len(content))
        yield hashlib.sha256(content[start:end]).digest(), end - start
        start = end


if __name__ == "__main__":
    main()
