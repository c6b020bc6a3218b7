"""Brings a dataset's rows in line with the verdicts on their captures (``crawler.verdicts``) that the ledger keeps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from crawler.histories import keep_histories
from crawler.ledger import Ledger
from crawler.ledger.sql import transaction
from crawler.ledger.tables import publish
from crawler.ledger.verdicts import (
    applied,
    follow,
    has_row,
    missing_rows,
    read_verdicts,
    settle_corrected,
    settle_verdicts,
    verdicts,
)
from crawler.rereading import read_again, read_row, rows_of_others
from pipelines.columns import some_columns
from pipelines.dataset.compaction import Compacted, Merge, compact
from pipelines.dataset.merging import CAPTURE_KEY, capture_of
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.parts import append
from pipelines.dataset.reading import rows_of
from pipelines.dataset.rows import policy_table
from pipelines.dataset.verdicts import Verdicts
from pipelines.dataset.warc_reading import CaptureRecord
from pipelines.history.telling import LOCAL, Comparers
from pipelines.schema import POLICIES
from pipelines.timestamps import parse

logger = logging.getLogger(__name__)

#: How much is entered in the ledger at once.
_ROWS_AT_ONCE, _DOMAINS_AT_ONCE = 500, 500
_KEYS = some_columns(POLICIES, (*CAPTURE_KEY, "text_sha256"))


def apply_verdicts(
    data_dir: Path,
    ledger: Ledger,
    *,
    only_if_it_pays: bool = False,
    lag: float = 0.0,
    merge_by: Merge | None = None,
    comparers: Comparers = LOCAL,
) -> Compacted | None:
    """Merges part files, their rows as the verdicts have them; ``pipelines.dataset.compaction.compact`` says which.

    A capture that turns out to be a policy gets its row, from its bytes in the WARC file. The histories follow, whose
    new texts ``comparers`` compare, and the tables that are made from the ledger. Needs the lock. Killed at any moment,
    it is run again and ends the same.

    Raises ``DatasetError`` for a mistake in ``overrides.toml``, or if the dataset is not whole.
    """
    settle_corrected(ledger.db, read_overrides(data_dir))
    _add_missing(data_dir, ledger)
    decided = verdicts(ledger.db)
    done = compact(data_dir, verdicts=decided, only_if_it_pays=only_if_it_pays, lag=lag, merge_by=merge_by)
    applied(ledger.db, decided.domains - (done.waiting if done else frozenset()))
    keep_histories(data_dir, ledger, comparers)
    publish(ledger.db, data_dir)
    return done


class LedgersJudge:
    """Has texts that were extracted again judged as the ledger knows their captures.

    The ``Judge`` of ``pipelines.tools.reextraction``.
    """

    read = staticmethod(read_row)

    def __init__(self, data_dir: Path, ledger: Ledger) -> None:
        self._data_dir, self._ledger = data_dir, ledger

    def without_row(self, warc: str, index: Sequence[CaptureRecord]) -> list[dict[str, Any]]:
        """Of the captures in a WARC file that have no row: what is known of the row that each would have."""
        return rows_of_others(self._ledger.db, warc, index)

    def verdicts(self, rows: Iterator[Mapping[str, Any]]) -> Callable[[], Verdicts]:
        """Enters the judgements on the texts, and decides anew on the domains that have one."""
        db, overrides = self._ledger.db, read_overrides(self._data_dir)
        domains: set[str] = set()
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            follow(db, some)
            domains |= {row["domain"] for row in some}
        # On all of them: had the last run been killed by now, its judgements would be no news.
        names = iter(sorted(domains))
        while few := list(islice(names, _DOMAINS_AT_ONCE)):
            with transaction(db):
                for domain in few:
                    settle_verdicts(db, domain, overrides)
        return partial(read_verdicts, self._data_dir)

    def rows_are_there(self) -> int:
        """Notes which captures have their first row now; returns how many."""
        return _note_rows(self._data_dir, self._ledger)


def _add_missing(data_dir: Path, ledger: Ledger) -> None:
    """Writes the rows of captures that are policies after all."""
    _note_rows(data_dir, ledger)
    missing = missing_rows(ledger.db)
    added = 0
    for rows in read_again(data_dir, missing):
        name = f"settled-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.parquet"
        append(data_dir, name, policy_table([*rows.values()]))
        for capture_id, row in rows.items():
            has_row(ledger.db, capture_id, row["policy_url"], row["text_sha256"])
        added += len(rows)
    if added < len(missing):
        logger.warning("%d captures are policies after all, and no WARC file has their bytes", len(missing) - added)


def _note_rows(data_dir: Path, ledger: Ledger) -> int:
    """Enters that captures have a row, which whoever wrote it had no time to enter, or leaves to be entered here."""
    missing = iter(missing_rows(ledger.db))
    noted = 0
    while some := list(islice(missing, _ROWS_AT_ONCE)):
        by_key = {(one.domain, parse(one.timestamp), one.url, one.archive): one.id for one in some}
        with transaction(ledger.db):
            for table in rows_of(data_dir, sorted({one.domain for one in some}), _KEYS):
                for row in table.to_pylist():
                    if (capture_id := by_key.pop(capture_of(row), None)) is not None:
                        has_row(ledger.db, capture_id, row["policy_url"], row["text_sha256"])
                        noted += 1
    return noted
