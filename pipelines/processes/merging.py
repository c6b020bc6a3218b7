"""Merges part files in a process of its own: a process keeps much of the memory that a large merge takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from pipelines.dataset.compaction import merge_aside
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lifting import number_of_rows
from pipelines.dataset.merging import Keep
from pipelines.dataset.part_writer import Layout
from pipelines.dataset.verdicts import Verdicts
from pipelines.processes.batch import EngineError, run

#: Up to this many rows are merged in this process: that takes some 20 MB.
_FEW_ROWS = 500


def merge_apart(
    paths: Sequence[Path],
    folder: Path,
    layout: Layout,
    *,
    read_verdicts: Callable[[], Verdicts],
    keep: Mapping[Path, Keep] | None = None,
) -> None:
    """``merge_aside``; of more than ``_FEW_ROWS`` in a process of its own, which takes half a second to start.

    Raises ``DatasetError`` as that, and where the process died.
    """
    merge = partial(merge_aside, paths, layout=layout, read_verdicts=read_verdicts, keep=keep)
    if sum(map(number_of_rows, paths)) <= _FEW_ROWS:
        merge(folder)
        return
    try:
        list(run("processes", merge, [folder], processes=1))
    except EngineError as problem:
        raise DatasetError(str(problem)) from problem
