"""What is wrong with a dataset, in words for the person who asked for something."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class DatasetError(Exception):
    """The dataset under DATA_DIR is not in a state for this; the message says what to do."""


class DamagedFileError(DatasetError):
    """A file of the dataset can't be read: its bytes are not those that were written."""

    def __init__(self, path: Path, why: object) -> None:
        super().__init__(f"{path} is damaged ({why}): scrapy repair puts it in order")
        self.path, self.why = path, str(why)

    def __reduce__(self) -> tuple[Any, ...]:
        """Lets it be pickled: it may come from another process."""
        return type(self), (self.path, self.why)


def newer(what: object, version: int, known: int) -> DatasetError:
    """What to raise for a file, a ledger or a release of a newer schema version than this software knows."""
    return DatasetError(
        f"{what} has schema version {version}, and this software knows versions up to {known}: it was written by a"
        " newer wayback-policies, use that one"
    )


class DatasetBusyError(DatasetError):
    """Another process (most likely a crawl) is writing to DATA_DIR."""


class NotOneDatasetError(DatasetError):
    """Several DATA_DIRs can't be read as one; the message says why, and what joins them."""
