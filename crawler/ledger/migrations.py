"""The versions of the ledger's schema. ``PRAGMA user_version`` says which one a file has; older ones are lifted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from crawler.known import Role
from crawler.ledger.sql import transaction
from pipelines.dataset.errors import DatasetError
from pipelines.outcomes import Outcome

#: Version 1: ``text_sha256`` of ``captures`` held a text's hash, ``redirect:<url>``, an outcome, or the link of a
#: homepage; ``same_as`` also held the date at which a homepage was served. Now each column holds one kind of thing,
#: and the judgement of a text stands beside its hash.
_ONE_KIND_PER_COLUMN = (
    "ALTER TABLE captures ADD COLUMN content_key TEXT",
    "ALTER TABLE captures ADD COLUMN leads_to TEXT",
    "ALTER TABLE captures ADD COLUMN served TEXT",
    "ALTER TABLE captures ADD COLUMN policy_score REAL",
    "ALTER TABLE captures ADD COLUMN title TEXT",
    "ALTER TABLE captures ADD COLUMN words INTEGER",
    "ALTER TABLE captures ADD COLUMN sketch BLOB",
    f"UPDATE captures SET served = same_as, same_as = NULL WHERE role = '{Role.HOMEPAGE}'",
    f"UPDATE captures SET leads_to = text_sha256 WHERE role = '{Role.HOMEPAGE}' AND outcome != '{Outcome.REDIRECT}'",
    "UPDATE captures SET leads_to = nullif(substr(text_sha256, length('redirect:') + 1), '')"
    f" WHERE outcome = '{Outcome.REDIRECT}' AND text_sha256 LIKE 'redirect:%'",
    f"UPDATE captures SET content_key = text_sha256 WHERE role = '{Role.POLICY}'",
    f"UPDATE captures SET text_sha256 = NULL WHERE role != '{Role.POLICY}'"
    " OR text_sha256 LIKE 'redirect:%' OR length(text_sha256) != 64",
)

#: What lifts a ledger from version N to version N + 1 stands at place N.
MIGRATIONS: tuple[tuple[str, ...], ...] = (_ONE_KIND_PER_COLUMN,)
VERSION = len(MIGRATIONS)


def migrate(db: sqlite3.Connection) -> None:
    """Brings a ledger to the schema of this software: makes a new one, or lifts an older one in one transaction.

    Raises ``DatasetError`` for a ledger of a newer version.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise DatasetError(
            f"the ledger (crawl.sqlite) has schema version {version}, and this software knows versions up to {VERSION}:"
            " it was written by a newer wayback-policies, use that one"
        )
    schema = Path(__file__).with_name("schema.sql").read_text()
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'captures'").fetchone():
        with transaction(db):
            for statement in (statement for step in MIGRATIONS[version:] for statement in step):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
        db.executescript(schema)  # tables and indexes that an older version had not
    else:
        db.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {VERSION}; COMMIT;")
