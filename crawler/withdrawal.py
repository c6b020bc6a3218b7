"""Carries out the ``[[remove]]`` tables of ``overrides.toml``: in rows, WARC files, ledger, tables, records of runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from crawler.histories import forget_withdrawn
from crawler.ledger import Ledger
from crawler.ledger.tables import publish
from crawler.ledger.withdrawal import forget, is_done, note_done, register
from crawler.runs import withdraw_from_runs
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.withdrawal import Withdrawn, take_out


def withdraw(data_dir: Path, ledger: Ledger) -> Withdrawn | None:
    """Leaves nothing on disk of what is to be removed; ``None`` where that was done before. Needs the lock.

    Killed at any moment, it can be run again and ends the same: the ledger forgets once the rows are gone, and notes
    that all is done at the very end. Raises ``DatasetError`` for a mistake in ``overrides.toml``, or if the dataset is
    not whole.
    """
    removals = read_overrides(data_dir).remove
    if is_done(ledger.db, removals):
        return None
    done = take_out(data_dir, removals, partial(register, ledger.db))
    forget(ledger.db, removals)
    withdraw_from_runs(data_dir, removals)
    forget_withdrawn(data_dir, ledger)
    publish(ledger.db, data_dir)
    note_done(ledger.db, removals)
    return done
