"""The versions of the ledger's schema. ``PRAGMA user_version`` says which one a file has; older ones are lifted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from crawler.known import DomainState, QueryState, Role, Words
from crawler.ledger.counts import FILL, TRIGGERS
from crawler.ledger.sql import transaction
from pipelines.dataset.errors import newer
from pipelines.dataset.parts import DOMAINS_PER_FILE
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.urls import archive_name, without_login

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

#: Version 2: which archive was not said of domains, so that two archives in one DATA_DIR were one; until when a domain
#: was asked, who named it and how a crawl ended were not kept; ``domains.outcome`` was null where a policy was found.
#: Verdicts were those of the extractor, each capture's by itself. Whether a domain's reason may pass was not told.
_ARCHIVES_AND_DATES = (
    "ALTER TABLE crawls RENAME TO old_crawls",
    """CREATE TABLE crawls (
        id TEXT PRIMARY KEY, archive TEXT NOT NULL, arguments TEXT NOT NULL, settings TEXT NOT NULL,
        software TEXT NOT NULL, source TEXT, source_sha256 TEXT, started_at REAL NOT NULL, ended_at REAL,
        exit_code INTEGER, requests_cdx INTEGER NOT NULL DEFAULT 0, requests_playback INTEGER NOT NULL DEFAULT 0,
        parts INTEGER NOT NULL DEFAULT 0, finished INTEGER NOT NULL DEFAULT 0)""",
    """INSERT INTO crawls (id, archive, arguments, settings, software, source, started_at, ended_at, exit_code, parts,
                           finished)
        SELECT id, archive_name(json_extract(arguments, '$.archive_url')),
               iif(json_extract(arguments, '$.archive_url') IS NULL, arguments, json_set(arguments, '$.archive_url',
                   without_login(json_extract(arguments, '$.archive_url')))),
               json_object('CDX_PER_MINUTE', json_extract(settings, '$.a_minute.cdx'),
                           'PLAYBACK_PER_MINUTE', json_extract(settings, '$.a_minute.playback')),
               coalesce(json_extract(settings, '$.versions'), '{}'),
               iif(json_extract(arguments, '$.source') = 'domain', 'argument',
                   file_name(json_extract(arguments, '$.value'))),
               started_at, ended_at, iif(finished, 0, NULL), parts, finished
        FROM old_crawls""",
    "ALTER TABLE domains RENAME TO old_domains",
    """CREATE TABLE domains (
        id INTEGER PRIMARY KEY, archive TEXT NOT NULL, domain TEXT NOT NULL, crawl_id TEXT NOT NULL,
        listed_by TEXT NOT NULL, rank INTEGER, state TEXT NOT NULL, outcome TEXT, detail TEXT,
        may_pass INTEGER NOT NULL DEFAULT 0, missed_runs INTEGER NOT NULL DEFAULT 0, refused_in TEXT,
        asked_first REAL NOT NULL, asked_last REAL NOT NULL, known_through REAL, excluded_since REAL,
        UNIQUE (domain, archive))""",
    f"""INSERT INTO domains (id, archive, domain, crawl_id, listed_by, state, outcome, detail, may_pass, refused_in,
                             asked_first, asked_last, known_through, excluded_since)
        SELECT d.id, c.archive, d.domain, d.crawl_id, d.crawl_id, d.state,
               coalesce(d.outcome, iif(d.state = '{DomainState.DONE}', '{DomainOutcome.FOUND}', NULL)), d.detail,
               coalesce(d.outcome = '{DomainOutcome.INCOMPLETE}', FALSE),
               iif(d.outcome = '{DomainOutcome.EXCLUDED}', d.crawl_id, NULL),
               coalesce((SELECT min(earlier.started_at) FROM queries q JOIN crawls earlier ON earlier.id = q.crawl_id
                         WHERE q.domain_id = d.id), c.started_at),
               c.started_at,
               iif(d.state = '{DomainState.DONE}' AND json_extract(c.arguments, '$.source') != 'captures'
                   AND coalesce(json_extract(c.arguments, '$.until'), '') = ''
                   AND coalesce(d.outcome, '') NOT IN ('{DomainOutcome.INCOMPLETE}', '{DomainOutcome.EXCLUDED}'),
                   c.started_at, NULL),
               iif(d.outcome = '{DomainOutcome.EXCLUDED}', c.started_at, NULL)
        FROM old_domains d JOIN crawls c ON c.id = d.crawl_id""",
    "DROP TABLE old_domains",
    "DROP TABLE old_crawls",
    "DROP TABLE IF EXISTS pools",  # an archive's pause stands in its slot file now (crawler.downloader.timetable)
    "ALTER TABLE captures ADD COLUMN imported INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE queries ADD COLUMN may_pass INTEGER NOT NULL DEFAULT 0",
    f"UPDATE queries SET may_pass = 1 WHERE state = '{QueryState.INCOMPLETE}'",
    *(
        f"ALTER TABLE captures ADD COLUMN {column}"
        for column in ("language TEXT", "verdict TEXT", "is_primary INTEGER", "corrected_language TEXT")
    ),
    # the tables of captures and domains have another form now: all their files are written again
    f"INSERT OR IGNORE INTO outdated SELECT DISTINCT id / {DOMAINS_PER_FILE}, 1 FROM domains",
)

#: Version 3: every query for a whole domain asked for the same words; each crawl asked for every domain of its list. No
#: history was kept: only releases had one.
_WORDS_DUES_AND_HISTORY = (
    f"ALTER TABLE queries ADD COLUMN words TEXT NOT NULL DEFAULT '{Words.OWN}'",
    "ALTER TABLE domains ADD COLUMN due REAL",
    *(
        f"ALTER TABLE domains ADD COLUMN {column}"
        for column in ("main_url TEXT", "main_language TEXT", "policy_owner TEXT", "versions INTEGER")
    ),
    "ALTER TABLE captures ADD COLUMN version_id TEXT",
    "ALTER TABLE outdated ADD COLUMN captures INTEGER NOT NULL DEFAULT 1",
)

#: Version 4: what there is was counted by whoever asked.
_COUNTS = (
    *(
        f"ALTER TABLE domains ADD COLUMN planned_{table} INTEGER NOT NULL DEFAULT 0"
        for table in ("queries", "captures")
    ),
    "CREATE TABLE counts (crawl_id TEXT NOT NULL, thing TEXT NOT NULL, word TEXT NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY (crawl_id, thing, word)) WITHOUT ROWID",
    *FILL,
)

#: What lifts a ledger from version N to version N + 1 stands at place N.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _ONE_KIND_PER_COLUMN, _ARCHIVES_AND_DATES, _WORDS_DUES_AND_HISTORY, _COUNTS,
)  # fmt: skip
VERSION = len(MIGRATIONS)


def migrate(db: sqlite3.Connection) -> None:
    """Brings a ledger to the schema of this software: makes a new one, or lifts an older one in one transaction.

    Raises ``DatasetError`` for a ledger of a newer version.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise newer("the ledger (crawl.sqlite)", version, VERSION)
    schema = "\n".join([Path(__file__).with_name("schema.sql").read_text(), *(f"{one};" for one in TRIGGERS)])
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'captures'").fetchone():
        for function in (archive_name, without_login, file_name):
            db.create_function(function.__name__, 1, function, deterministic=True)
        with transaction(db):
            for statement in (statement for step in MIGRATIONS[version:] for statement in step):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
        db.executescript(schema)  # what an older version had not
    else:
        db.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {VERSION}; COMMIT;")


def file_name(path: str) -> str:
    return Path(path).name
