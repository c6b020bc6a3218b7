"""Brings a dataset's rows after the verdicts on their captures (``crawler.verdicts``), which the ledger keeps."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from crawler.histories import keep_histories
from crawler.ledger import Ledger
from crawler.ledger.tables import publish
from crawler.ledger.verdicts import (
    applied,
    follow,
    has_row,
    judge_again,
    missing_rows,
    read_verdicts,
    settle_corrected,
    settle_verdicts,
    verdicts,
    without_row,
)
from crawler.rereading import read_again
from pipelines.dataset.compaction import MANY_ROWS, Compacted, Merge, compact, merge_aside
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lifting import number_of_rows
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.part_writer import Layout
from pipelines.dataset.parts import append
from pipelines.dataset.rows import policy_row, policy_table
from pipelines.dataset.verdicts import Verdicts
from pipelines.processes.batch import EngineError, run

logger = logging.getLogger(__name__)


def apply_verdicts(
    data_dir: Path, ledger: Ledger, *, only_if_it_pays: bool = False, lag: float = 0.0, merge_by: Merge | None = None
) -> Compacted | None:
    """Merges part files, their rows as the verdicts have them; ``pipelines.dataset.compaction.compact`` says which.

    A capture that turns out to be a policy gets its row, from its bytes in the WARC file. The histories follow, and the
    tables that are made from the ledger. Needs the lock. Killed at any moment, it is run again and ends the same.

    ``DatasetError`` for a mistake in ``overrides.toml``, or if the dataset is not whole; ``EngineError`` where a worker
    that reads pages died.
    """
    settle_corrected(ledger.db, read_overrides(data_dir))
    _add_missing(data_dir, ledger)
    decided = verdicts(ledger.db)
    done = compact(data_dir, verdicts=decided, only_if_it_pays=only_if_it_pays, lag=lag, merge_by=merge_by)
    applied(ledger.db, decided.domains - (done.waiting if done else frozenset()))
    keep_histories(data_dir, ledger)
    publish(ledger.db, data_dir)
    return done


def merge_apart(data_dir: Path, paths: Sequence[Path], folder: Path, layout: Layout) -> None:
    """``merge_aside`` with the ledger's verdicts; of ``MANY_ROWS``, in a process of its own, which takes a second.

    A process keeps much of the memory that a large merge takes. ``DatasetError`` also where that process died.
    """
    merge = partial(merge_aside, folder=folder, layout=layout, read_verdicts=partial(read_verdicts, data_dir))
    if sum(map(number_of_rows, paths)) < MANY_ROWS:
        merge(paths)
        return
    try:
        list(run("processes", merge, [paths], processes=1))
    except EngineError as problem:
        raise DatasetError(str(problem)) from problem


def decide_again(data_dir: Path, ledger: Ledger, rows: Iterable[Mapping[str, Any]]) -> Verdicts:
    """Texts were extracted again: decides anew wherever a judgement is another now; gives the verdicts for the rows.

    ``rows`` are the new ones of ``policies``. The captures that have no row are read again, too.
    """
    overrides = read_overrides(data_dir)
    domains = follow(ledger.db, rows)
    for items in read_again(data_dir, without_row(ledger.db)):
        domains |= judge_again(ledger.db, {key: item.document for key, item in items.items() if item.document})
    for domain in domains:
        settle_verdicts(ledger.db, domain, overrides)
    return verdicts(ledger.db)


def _add_missing(data_dir: Path, ledger: Ledger) -> None:
    """Writes the rows of captures that are policies after all."""
    missing = missing_rows(ledger.db)
    added = 0
    for items in read_again(data_dir, missing):
        if items:
            name = f"settled-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.parquet"
            append(data_dir, name, policy_table([policy_row(item) for item in items.values()]))
        for capture_id, item in items.items():
            assert item.document is not None
            has_row(ledger.db, capture_id, item.snapshot.policy_url, item.document.text_sha256)
        added += len(items)
    if added < len(missing):
        logger.warning("%d captures are policies after all, and no WARC file has their bytes", len(missing) - added)
