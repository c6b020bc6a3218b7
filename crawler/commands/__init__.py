"""Scrapy subcommands: thin doors to the dataset's functions. What they share stands here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scrapy.commands import ScrapyCommand

from pipelines.dataset.errors import DatasetBusyError, DatasetError
from pipelines.dataset.lock import DataDirLock

EXIT_ERROR = 1
EXIT_BUSY = 5


def change_dataset(command: ScrapyCommand, change: Callable[[Path], str]) -> None:
    """Prints what ``change(DATA_DIR)`` returns, the dataset locked against other writers meanwhile.

    What the dataset or the disk is to blame for becomes a message and an exit code, as in ``told``.
    """
    assert command.settings is not None
    data_dir = Path(command.settings["DATA_DIR"])
    with told(command), DataDirLock(data_dir):
        print(change(data_dir))


@contextmanager
def told(command: ScrapyCommand) -> Iterator[None]:
    """Turns what a dataset or a disk is to blame for (a damaged or foreign file, a folder that can't be written) into
    a message and an exit code: 5 where another process holds the dataset, else 1."""
    from pyarrow import ArrowException

    try:
        yield
    except (DatasetError, ArrowException, OSError) as error:
        print(error, file=sys.stderr)
        command.exitcode = EXIT_BUSY if isinstance(error, DatasetBusyError) else EXIT_ERROR
