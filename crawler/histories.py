"""Brings the histories that DATA_DIR keeps up to date with the ledger and the rows of ``policies``."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from crawler.ledger import Ledger
from crawler.ledger.stale import (
    caught_up,
    domain_file,
    note_history,
    outdate_histories,
    require_code,
    stale_files,
    withdrawn,
    without_withdrawn,
)
from crawler.ledger.tables import Stale, facts_of, file_numbers
from crawler.ledger.verdicts import verdicts
from pipelines.dataset.parts import DOMAINS_PER_FILE
from pipelines.history.keeping import DomainFile, WorkedOut, bring_up_to_date, file_of, missing, remove_unknown
from pipelines.history.tables import KEPT
from pipelines.history.telling import LOCAL, Comparers
from pipelines.history.told import digest_of_code

logger = logging.getLogger(__name__)

#: How many domains are worked out together: all of ``policies`` is read once for them.
_AT_ONCE = 100_000


def keep_histories(data_dir: Path, ledger: Ledger, comparers: Comparers = LOCAL) -> WorkedOut:
    """Works out the histories that are behind, and enters in the ledger what they add to its tables. Needs the lock.

    ``comparers`` are put to work where many texts are new. Rows of ``policies`` that wait for a merge are read as their
    verdicts say. Killed at any moment, it can be run again and ends the same: a history counts as up to date once its
    files are in place.

    Raises ``DatasetError``, which names a damaged file, or says that a process died or what is wrong with the cluster.
    """
    db = ledger.db
    require_code(db, digest_of_code())
    numbers = file_numbers(db)
    remove_unknown(data_dir, numbers)
    outdate_histories(db, missing(data_dir, numbers))
    done = WorkedOut()
    for files in _some_at_once(domain_file(db, number) for number in stale_files(db)):
        note = partial(note_history, db)
        bring_up_to_date(data_dir, files, partial(facts_of, db), note, done, verdicts(db), comparers)
        caught_up(db, [file.number for file in files])
    if done.domains:
        logger.info("Histories worked out: %d domains, %d texts read", done.domains, done.texts)
    return done


def forget_withdrawn(data_dir: Path, ledger: Ledger) -> None:
    """Takes the histories that hold what has to be removed out of the files. Needs the lock."""
    db = ledger.db
    for number in stale_files(db, Stale.WITHDRAWN):
        if missing(data_dir, [number]):  # the others of this number are made again together with the missing file
            for table in KEPT:
                file_of(data_dir, table, number).unlink(missing_ok=True)
        else:
            file = without_withdrawn(db, number)
            bring_up_to_date(data_dir, [file], partial(facts_of, db), partial(note_history, db), WorkedOut())
        withdrawn(db, [number])


def _some_at_once(files: Iterable[DomainFile]) -> Iterator[list[DomainFile]]:
    """The files, as many at once as hold ``_AT_ONCE`` domains."""
    rest = iter(files)
    while some := list(islice(rest, _AT_ONCE // DOMAINS_PER_FILE)):
        yield some
