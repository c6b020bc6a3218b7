"""The dataset's files as they are at one moment, for readers that open them later or in other processes.

A crawl that writes meanwhile takes names away, or puts other files in their place.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pipelines.dataset.overrides import FILE_NAME
from pipelines.dataset.reading import part_files, retrying


def snapshot(data_dir: Path, folder: Path, tables: Sequence[str]) -> None:
    """Makes a DATA_DIR in ``folder`` with the files that these tables have now, and with ``overrides.toml``.

    They are links; where the disk allows none, or is another one, they are copies. Unlike those of
    ``pipelines.dataset.linking`` they need not outlive a crash. Raises ``DatasetError`` where files are replaced faster
    than they can be linked.
    """
    folder.mkdir()
    with suppress(FileNotFoundError):
        shutil.copyfile(data_dir / FILE_NAME, folder / FILE_NAME)
    for table in tables:
        retrying(lambda table=table: _take(data_dir / table, folder / table))  # type: ignore[misc]


def _take(here: Path, there: Path) -> None:
    """Links the files of ``here`` into ``there``. ``FileNotFoundError`` where one has gone since they were listed."""
    shutil.rmtree(there, ignore_errors=True)
    for path in part_files(here):
        new = there / path.relative_to(here)
        new.parent.mkdir(parents=True, exist_ok=True)
        try:
            new.hardlink_to(path)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(path, new)
