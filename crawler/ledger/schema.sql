-- What was planned, fetched, given up, and why. One writer: the crawl that holds DATA_DIR.
-- A change here needs a migration: crawler.ledger.migrations.

CREATE TABLE IF NOT EXISTS crawls (
    id          TEXT PRIMARY KEY,
    archive     TEXT NOT NULL,      -- pipelines.urls.archive_name
    arguments   TEXT NOT NULL,      -- JSON: the same arguments resume an unfinished crawl
    settings    TEXT NOT NULL,      -- JSON: those that decide what is asked for, and how fast
    software    TEXT NOT NULL,      -- JSON: versions
    source      TEXT,               -- who names its domains: a list's file name, 'argument', 'import'
    source_sha256 TEXT,             -- of that list
    started_at  REAL NOT NULL,
    ended_at    REAL,
    exit_code   INTEGER,
    requests_cdx      INTEGER NOT NULL DEFAULT 0,
    requests_playback INTEGER NOT NULL DEFAULT 0,
    parts       INTEGER NOT NULL DEFAULT 0,  -- part files begun
    finished    INTEGER NOT NULL DEFAULT 0   -- 1: everything planned is settled
);

CREATE TABLE IF NOT EXISTS domains (
    id          INTEGER PRIMARY KEY,
    archive     TEXT NOT NULL,
    domain      TEXT NOT NULL,
    crawl_id    TEXT NOT NULL,      -- the last crawl that asked for it
    listed_by   TEXT NOT NULL,      -- the crawl whose list named it last; else the first crawl that asked for it
    rank        INTEGER,            -- in that list
    state       TEXT NOT NULL,      -- crawler.known.DomainState
    outcome     TEXT,               -- of the last crawl that was done with it: pipelines.outcomes.DomainOutcome
    detail      TEXT,
    may_pass    INTEGER NOT NULL DEFAULT 0,  -- 1: not all could be had, and the next run of the crawl tries again
    missed_runs INTEGER NOT NULL DEFAULT 0,  -- runs in a row that ended with that; after some it is lasting
    refused_in  TEXT,               -- the last crawl that found it excluded
    asked_first REAL NOT NULL,      -- Unix times
    asked_last  REAL NOT NULL,
    known_through REAL,
    excluded_since REAL,
    due         REAL,               -- when to visit it again, by planning.visits; NULL: at once
    main_url    TEXT,               -- of its history (crawler.histories), as are the next ones and captures.version_id
    main_language TEXT,
    policy_owner TEXT,
    versions    INTEGER,
    planned_queries  INTEGER NOT NULL DEFAULT 0,  -- how many there are; kept by triggers (crawler.ledger.counts)
    planned_captures INTEGER NOT NULL DEFAULT 0,
    UNIQUE (domain, archive)
);
CREATE INDEX IF NOT EXISTS domains_open ON domains (crawl_id) WHERE state = 'open';
CREATE INDEX IF NOT EXISTS domains_queued ON domains (crawl_id, due) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS domains_due ON domains (due);
CREATE INDEX IF NOT EXISTS domains_missing ON domains (crawl_id) WHERE may_pass;
CREATE INDEX IF NOT EXISTS domains_with_queries ON domains (crawl_id) WHERE planned_queries > 0;
CREATE INDEX IF NOT EXISTS domains_with_captures ON domains (crawl_id) WHERE planned_captures > 0;

-- What there is of each crawl's domains, kept by triggers (crawler.ledger.counts).
CREATE TABLE IF NOT EXISTS counts (
    crawl_id    TEXT NOT NULL,      -- as in domains
    thing       TEXT NOT NULL,      -- domain, capture; queries, captures: those that are planned
    word        TEXT NOT NULL,      -- its outcome or state
    count       INTEGER NOT NULL,
    PRIMARY KEY (crawl_id, thing, word)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS queries (
    id          INTEGER PRIMARY KEY,
    domain_id   INTEGER NOT NULL,
    crawl_id    TEXT NOT NULL,
    url         TEXT NOT NULL,
    match_type  TEXT NOT NULL,      -- crawler.known.MatchType
    found_by    TEXT NOT NULL,      -- how the URL was found: url_keyword, homepage_link, redirect, given
    link_text   TEXT,
    since       TEXT,
    until       TEXT,
    words       TEXT NOT NULL DEFAULT 'own',      -- of a query for a whole domain: crawler.known.Words
    page_rows   INTEGER NOT NULL,   -- rows per page; fewer where the archive cannot answer
    resume_key  TEXT,
    state       TEXT NOT NULL DEFAULT 'planned',  -- crawler.known.QueryState
    detail      TEXT,
    may_pass    INTEGER NOT NULL DEFAULT 0,  -- of an incomplete one: the index may answer it another time
    pages       INTEGER NOT NULL DEFAULT 0,
    captures    INTEGER NOT NULL DEFAULT 0,
    bad_rows    INTEGER NOT NULL DEFAULT 0,
    tries       INTEGER NOT NULL DEFAULT 0,
    not_before  REAL NOT NULL DEFAULT 0,
    ended_at    REAL
);
CREATE INDEX IF NOT EXISTS queries_of_domain ON queries (domain_id, crawl_id);
CREATE INDEX IF NOT EXISTS queries_planned ON queries (domain_id) WHERE state = 'planned';
CREATE INDEX IF NOT EXISTS queries_claimed ON queries (domain_id) WHERE state = 'claimed';
CREATE INDEX IF NOT EXISTS queries_again ON queries (crawl_id) WHERE may_pass;

-- Resume keys already used, so that an index that answers in a circle is noticed.
CREATE TABLE IF NOT EXISTS resume_keys (
    query_id    INTEGER NOT NULL,
    resume_key  TEXT NOT NULL,
    PRIMARY KEY (query_id, resume_key)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS captures (
    id          INTEGER PRIMARY KEY,
    domain_id   INTEGER NOT NULL,
    role        TEXT NOT NULL DEFAULT 'policy',   -- crawler.known.Role
    urlkey      TEXT NOT NULL,
    timestamp   TEXT NOT NULL,      -- 14 digits; of a visit: of the newest capture that was known before
    digest      TEXT NOT NULL,      -- '' where the index was not asked (a redirect's target); of a homepage visit
                                    -- 'homepage', or 'past <id>' if a later crawl may visit again;
                                    -- of a likely address that playback was asked for 'likely';
                                    -- of a visit 'visit', or as ledger.visits says
    url         TEXT NOT NULL,
    mimetype    TEXT,
    status      INTEGER,
    length      INTEGER,
    found_by    TEXT NOT NULL,
    link_text   TEXT,
    state       TEXT NOT NULL DEFAULT 'known',    -- crawler.known.State
    outcome     TEXT,               -- pipelines.outcomes.Outcome; crawler.known.LASTING ones stay
    detail      TEXT,
    same_as     TEXT,               -- timestamp of the judged capture with the same bytes
    kind        TEXT,               -- of the document that was read: pipelines.outcomes.Kind
    policy_score REAL,              -- of that document, as are title, words, language, text_sha256 and sketch
    title       TEXT,
    words       INTEGER,
    language    TEXT,
    text_sha256 TEXT,
    sketch      BLOB,               -- pipelines.page.sketch: how alike two texts are
    verdict     TEXT,               -- the kind that crawler.verdicts gives it, with its neighbours in time
    is_primary  INTEGER,            -- by crawler.verdicts, as is the language that a correction gives it:
    corrected_language TEXT,        -- pipelines.dataset.overrides
    version_id  TEXT,               -- the version of the policy that it shows
    content_key TEXT,               -- what the plan compares: text_sha256, 'redirect:<url>', or the outcome
    leads_to    TEXT,               -- URL that a redirect leads to, or a homepage's link to the policy
    served      TEXT,               -- of a homepage: timestamp of the capture that was served or offered
    stored_url  TEXT,               -- policy_url of its row in the dataset
    via         INTEGER,            -- the capture whose redirect led here, where no plan had
    window_days INTEGER,            -- of a homepage: how far from its date a capture may be
    imported    INTEGER NOT NULL DEFAULT 0,  -- 1: an import brought a row for it; a crawl may fetch its raw bytes too
    tries       INTEGER NOT NULL DEFAULT 0,
    not_before  REAL NOT NULL DEFAULT 0,  -- of a homepage that was visited: when to visit it again
    UNIQUE (domain_id, urlkey, timestamp, digest)
);
-- Partial indexes: SQLite takes them only where a statement names the state literally.
CREATE INDEX IF NOT EXISTS captures_planned ON captures (domain_id, id) WHERE state = 'planned';
CREATE INDEX IF NOT EXISTS captures_claimed ON captures (domain_id) WHERE state = 'claimed';
CREATE INDEX IF NOT EXISTS captures_fetched ON captures (domain_id) WHERE state = 'fetched';
CREATE INDEX IF NOT EXISTS captures_given_up ON captures (domain_id) WHERE tries >= 3;
CREATE UNIQUE INDEX IF NOT EXISTS captures_stored ON captures (domain_id, timestamp, stored_url)
    WHERE outcome = 'stored';

-- The register of part files, `parts`, is a table of pipelines.dataset.parts.
-- What a part being written will settle, stored or not.
CREATE TABLE IF NOT EXISTS part_captures (
    part        TEXT NOT NULL,
    capture_id  INTEGER NOT NULL
);
-- How far the WARC files reach that its rows refer to.
CREATE TABLE IF NOT EXISTS part_warcs (
    part        TEXT NOT NULL,
    warc        TEXT NOT NULL,
    size        INTEGER NOT NULL
);

-- How far each WARC file is referred to by settled captures; what stands behind is cut off after a crash.
CREATE TABLE IF NOT EXISTS warcs (
    name        TEXT PRIMARY KEY,
    size        INTEGER NOT NULL
);

-- Files of `captures` and `domains`, each with 1,000 domains, that are behind the ledger.
CREATE TABLE IF NOT EXISTS outdated (
    file        INTEGER PRIMARY KEY,
    changes     INTEGER NOT NULL,
    captures    INTEGER NOT NULL DEFAULT 1   -- 0: that of `captures` is not
);

-- Domains whose history, as DATA_DIR keeps it, may be behind, also such as are gone from `domains`.
CREATE TABLE IF NOT EXISTS stale (
    domain_id   INTEGER PRIMARY KEY,
    degree      INTEGER NOT NULL    -- crawler.ledger.tables.Stale
);

-- By which code the history was worked out (pipelines.history.told.digest_of_code). One row, or none.
CREATE TABLE IF NOT EXISTS worked_out (
    code        TEXT NOT NULL
);

-- Domains whose rows of `policies` may say other than the verdicts; merging part files brings them together.
CREATE TABLE IF NOT EXISTS unapplied (
    domain      TEXT PRIMARY KEY,
    at_once     INTEGER NOT NULL DEFAULT 0  -- 1: people corrected it, so the rows follow before a crawl ends
) WITHOUT ROWID;

-- Domains whose verdicts were reached with corrections (pipelines.dataset.overrides), and with which ones.
CREATE TABLE IF NOT EXISTS corrected (
    domain      TEXT PRIMARY KEY,
    digest      TEXT NOT NULL
) WITHOUT ROWID;

-- Of which removals (pipelines.dataset.overrides) nothing is left: their digest. One row, or none.
CREATE TABLE IF NOT EXISTS withdrawn (
    digest      TEXT NOT NULL
);
