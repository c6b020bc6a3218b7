"""A dataset's id, by which releases of one dataset are told from those of another."""

from __future__ import annotations

import errno
import json
import os
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pipelines.dataset.errors import DamagedFileError
from pipelines.dataset.part_writer import aside_of, sync_folder

FILE_NAME = "dataset.json"


def dataset_id(data_dir: Path) -> str | None:
    """The id of the dataset in ``data_dir``; a new one where it has none.

    ``None`` where it has none and ``data_dir`` can't be written. ``DatasetError`` where the file of the id is damaged.
    """
    path = data_dir / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        return str(uuid.UUID(json.loads(path.read_text(encoding="utf-8"))["id"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFileError(path, f"it should hold the dataset's id, and does not: {error}") from error
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return None
        raise


def joint_id(data_dirs: Sequence[Path]) -> str | None:
    """The id of a dataset; of several, one made from theirs, whatever their order. Otherwise as ``dataset_id``."""
    first, *others = sorted(str(dataset_id(data_dir) or "") for data_dir in data_dirs)
    if not first:
        return None
    return str(uuid.uuid5(uuid.UUID(first), " ".join(others))) if others else first


def _make(path: Path) -> None:
    """Writes a new id, unless another process was faster."""
    aside = aside_of(path)
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"id": str(uuid.uuid4())}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)
