BEGIN TRANSACTION;
CREATE TABLE captures (
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
INSERT INTO "captures" VALUES(1,1,'policy','example,a)/privacy','20240515000000','52e76b53a497573b1cc17f3d469bb2b78c2db89e','http://a.example/privacy','text/html',200,1000,'url_keyword',NULL,'settled','stored',NULL,NULL,'privacy_policy',0.99,NULL,200,'en','2339d51284525508f4b518d102a721bec3fca66bfc303632e18df860d980c2ba',X'','privacy_policy',1,NULL,NULL,'2339d51284525508f4b518d102a721bec3fca66bfc303632e18df860d980c2ba',NULL,NULL,'http://a.example/privacy',NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(2,1,'policy','example,a)/privacy','20250311000000','dde2bdc2b37d9f04338db565d923b5bc21aa6d42','http://a.example/privacy','text/html',200,1000,'url_keyword',NULL,'settled','stored',NULL,NULL,'privacy_policy',0.99,NULL,200,'en','19d1bcbd5d6cf2c71447d14ec3f3ea17be38ef0dd02acbaaa6c5454a391d14e2',X'','privacy_policy',1,NULL,NULL,'19d1bcbd5d6cf2c71447d14ec3f3ea17be38ef0dd02acbaaa6c5454a391d14e2',NULL,NULL,'http://a.example/privacy',NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(3,1,'policy','example,a)/privacy','20260105000000','8088b58a5f14843a40c95fe2a9ed4bd60f321747','http://a.example/privacy','text/html',200,1000,'url_keyword',NULL,'settled','stored',NULL,NULL,'privacy_policy',0.99,NULL,200,'en','9c9294a5d4b5a5fb0f72c1c80083707547f16ddca0a317cde0f96260462a73cd',X'','privacy_policy',1,NULL,NULL,'9c9294a5d4b5a5fb0f72c1c80083707547f16ddca0a317cde0f96260462a73cd',NULL,NULL,'http://a.example/privacy',NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(4,1,'policy','example,a)/privacy','20261002000000','146a87470b64f04a60e9bfbedfc0dfb226b12b87','http://a.example/privacy','text/html',200,1000,'url_keyword',NULL,'settled','stored',NULL,NULL,'privacy_policy',0.99,NULL,200,'en','b0a47a765aa379a0ba0978aba3cc0746e20b7a23be56bcbb6217357d57bf973e',X'','privacy_policy',1,NULL,NULL,'b0a47a765aa379a0ba0978aba3cc0746e20b7a23be56bcbb6217357d57bf973e',NULL,NULL,'http://a.example/privacy',NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(5,2,'policy','example,b)/privacy','20240515000000','451ef11a84c36680e0931d294308e36e75949909','http://b.example/privacy','text/html',200,1000,'url_keyword',NULL,'settled','stored',NULL,NULL,'privacy_policy',0.99,NULL,200,'en','2339d51284525508f4b518d102a721bec3fca66bfc303632e18df860d980c2ba',X'','privacy_policy',1,NULL,NULL,'2339d51284525508f4b518d102a721bec3fca66bfc303632e18df860d980c2ba',NULL,NULL,'http://b.example/privacy',NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(6,2,'policy','example,b)/privacy','20250311000000','c3c85b28a5d66ea5259d7d0e2016daa6474846f1','http://b.example/privacy','text/html',200,1000,'url_keyword',NULL,'settled','stored',NULL,NULL,'privacy_policy',0.99,NULL,200,'en','19d1bcbd5d6cf2c71447d14ec3f3ea17be38ef0dd02acbaaa6c5454a391d14e2',X'','privacy_policy',1,NULL,NULL,'19d1bcbd5d6cf2c71447d14ec3f3ea17be38ef0dd02acbaaa6c5454a391d14e2',NULL,NULL,'http://b.example/privacy',NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(7,2,'policy','example,b)/privacy','20260105000000','866bbe4df166ab6e8641b54275e4b02408b104da','http://b.example/privacy','text/html',200,1000,'url_keyword',NULL,'settled','stored',NULL,NULL,'privacy_policy',0.99,NULL,200,'en','9c9294a5d4b5a5fb0f72c1c80083707547f16ddca0a317cde0f96260462a73cd',X'','privacy_policy',1,NULL,NULL,'9c9294a5d4b5a5fb0f72c1c80083707547f16ddca0a317cde0f96260462a73cd',NULL,NULL,'http://b.example/privacy',NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(8,2,'policy','example,b)/privacy','20261002000000','30d46facdc6d1af95cc099826ef30b6520811afc','http://b.example/privacy','text/html',200,1000,'url_keyword',NULL,'settled','stored',NULL,NULL,'privacy_policy',0.99,NULL,200,'en','b0a47a765aa379a0ba0978aba3cc0746e20b7a23be56bcbb6217357d57bf973e',X'','privacy_policy',1,NULL,NULL,'b0a47a765aa379a0ba0978aba3cc0746e20b7a23be56bcbb6217357d57bf973e',NULL,NULL,'http://b.example/privacy',NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(9,4,'homepage','example,nothing)/','20111202000000','homepage','http://nothing.example/',NULL,NULL,NULL,'homepage',NULL,'settled','not_archived','the archive has no such capture',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1796083200.0);
INSERT INTO "captures" VALUES(10,4,'likely','example,nothing)/privacy','20111202000000','likely','http://nothing.example/privacy',NULL,NULL,NULL,'url_keyword',NULL,'settled','not_archived','the archive has no such capture',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1796083200.0);
INSERT INTO "captures" VALUES(11,4,'likely','example,nothing)/privacy-policy','20111202000000','likely','http://nothing.example/privacy-policy',NULL,NULL,NULL,'url_keyword',NULL,'settled','not_archived','the archive has no such capture',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1796083200.0);
INSERT INTO "captures" VALUES(12,4,'likely','example,nothing)/privacy.html','20111202000000','likely','http://nothing.example/privacy.html',NULL,NULL,NULL,'url_keyword',NULL,'settled','not_archived','the archive has no such capture',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1796083200.0);
INSERT INTO "captures" VALUES(13,4,'likely','example,nothing)/legal/privacy','20111202000000','likely','http://nothing.example/legal/privacy',NULL,NULL,NULL,'url_keyword',NULL,'settled','not_archived','the archive has no such capture',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1796083200.0);
INSERT INTO "captures" VALUES(14,4,'likely','example,nothing)/privacypolicy','20111202000000','likely','http://nothing.example/privacypolicy',NULL,NULL,NULL,'url_keyword',NULL,'settled','not_archived','the archive has no such capture',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1796083200.0);
INSERT INTO "captures" VALUES(15,4,'likely','example,nothing)/datenschutz','20111202000000','likely','http://nothing.example/datenschutz',NULL,NULL,NULL,'url_keyword',NULL,'settled','not_archived','the archive has no such capture',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1796083200.0);
INSERT INTO "captures" VALUES(16,1,'homepage','example,a)/','20230516000000','homepage','http://a.example/',NULL,NULL,NULL,'homepage',NULL,'settled','not_archived','the archive has no such capture',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,335,0,0,1796083200.0);
INSERT INTO "captures" VALUES(17,2,'homepage','example,b)/','20230516000000','homepage','http://b.example/',NULL,NULL,NULL,'homepage',NULL,'settled','not_archived','the archive has no such capture',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,335,0,0,1796083200.0);
INSERT INTO "captures" VALUES(18,5,'policy','example,c)/privacy','20100101000000','D10','http://c.example/privacy','text/html',200,900,'url_keyword',NULL,'claimed',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(19,5,'policy','example,c)/privacy','20120101000000','D12','http://c.example/privacy','text/html',200,900,'url_keyword',NULL,'planned',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0.0);
INSERT INTO "captures" VALUES(20,5,'policy','example,c)/privacy','20140101000000','D14','http://c.example/privacy','text/html',200,900,'url_keyword',NULL,'known',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0.0);
CREATE TABLE corrected (
    domain      TEXT PRIMARY KEY,
    digest      TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE crawls (
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
INSERT INTO "crawls" VALUES('20261101T000000Z-43270b','web.archive.org','{"archive": "internet-archive", "archive_url": "", "plan": "versions", "shard": [0, 1], "since": "", "source": "domains", "until": "", "value": "list.txt"}','{}','{}','list.txt','0',1793491200.0,1793491200.0,0,0,0,0,1);
INSERT INTO "crawls" VALUES('20261101T000000Z-be18ee','web.archive.org','{"source": "domains", "value": "more.txt"}','{}','{}','more.txt','1',1793491200.0,NULL,NULL,0,0,0,0);
CREATE TABLE domains (
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
    UNIQUE (domain, archive)
);
INSERT INTO "domains" VALUES(1,'web.archive.org','a.example','20261101T000000Z-43270b','20261101T000000Z-43270b',NULL,'done','found',NULL,0,0,NULL,1793491200.0,1793491200.0,1793491200.0,NULL,1801267200.0,NULL,NULL,NULL,NULL);
INSERT INTO "domains" VALUES(2,'web.archive.org','b.example','20261101T000000Z-be18ee','20261101T000000Z-be18ee',NULL,'open','found',NULL,0,0,NULL,1793491200.0,1793491200.0,1793491200.0,NULL,1801267200.0,NULL,NULL,NULL,NULL);
INSERT INTO "domains" VALUES(3,'web.archive.org','hidden.example','20261101T000000Z-43270b','20261101T000000Z-43270b',NULL,'done','excluded','the archive does not show this site',0,0,'20261101T000000Z-43270b',1793491200.0,1793491200.0,NULL,1793491200.0,1825027200.0,NULL,NULL,NULL,NULL);
INSERT INTO "domains" VALUES(4,'web.archive.org','nothing.example','20261101T000000Z-43270b','20261101T000000Z-43270b',NULL,'done','not_archived','no capture of a policy''s address nor of the homepage',0,0,NULL,1793491200.0,1793491200.0,1793491200.0,NULL,1825027200.0,NULL,NULL,NULL,NULL);
INSERT INTO "domains" VALUES(5,'web.archive.org','c.example','20261101T000000Z-be18ee','20261101T000000Z-be18ee',NULL,'open',NULL,NULL,0,0,NULL,1793491200.0,1793491200.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "domains" VALUES(6,'web.archive.org','d.example','20261101T000000Z-be18ee','20261101T000000Z-be18ee',NULL,'open',NULL,NULL,0,0,NULL,1793491200.0,1793491200.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE outdated (
    file        INTEGER PRIMARY KEY,
    changes     INTEGER NOT NULL,
    captures    INTEGER NOT NULL DEFAULT 1   -- 0: that of `captures` is not
);
INSERT INTO "outdated" VALUES(0,28,1);
CREATE TABLE part_captures (
    part        TEXT NOT NULL,
    capture_id  INTEGER NOT NULL
);
CREATE TABLE part_warcs (
    part        TEXT NOT NULL,
    warc        TEXT NOT NULL,
    size        INTEGER NOT NULL
);
CREATE TABLE parts (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE queries (
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
INSERT INTO "queries" VALUES(1,1,'20261101T000000Z-43270b','a.example','domain','url_keyword',NULL,NULL,NULL,'own',1000,NULL,'done',NULL,0,1,4,0,0,0.0,1793491200.0);
INSERT INTO "queries" VALUES(2,2,'20261101T000000Z-43270b','b.example','domain','url_keyword',NULL,NULL,NULL,'own',1000,NULL,'done',NULL,0,1,4,0,0,0.0,1793491200.0);
INSERT INTO "queries" VALUES(3,3,'20261101T000000Z-43270b','hidden.example','domain','url_keyword',NULL,NULL,NULL,'own',1000,NULL,'excluded','org.archive.wayback.exception.AdministrativeAccessControlException: Blocked Site Error',0,0,0,0,0,0.0,1793491200.0);
INSERT INTO "queries" VALUES(4,4,'20261101T000000Z-43270b','nothing.example','domain','url_keyword',NULL,NULL,NULL,'own',1000,NULL,'done',NULL,0,1,0,0,0,0.0,1793491200.0);
INSERT INTO "queries" VALUES(5,4,'20261101T000000Z-43270b','nothing.example','host','url_keyword',NULL,NULL,NULL,'own',1000,NULL,'done',NULL,0,1,0,0,0,0.0,1793491200.0);
INSERT INTO "queries" VALUES(6,2,'20261101T000000Z-be18ee','b.example','domain','url_keyword',NULL,NULL,NULL,'own',1000,NULL,'claimed',NULL,0,0,0,0,0,0.0,NULL);
INSERT INTO "queries" VALUES(7,5,'20261101T000000Z-be18ee','c.example','domain','url_keyword',NULL,NULL,NULL,'own',1000,NULL,'done',NULL,0,1,3,0,0,0.0,1793491200.0);
INSERT INTO "queries" VALUES(8,6,'20261101T000000Z-be18ee','d.example','domain','url_keyword',NULL,NULL,NULL,'own',1000,NULL,'planned',NULL,0,0,0,0,0,0.0,NULL);
CREATE TABLE resume_keys (
    query_id    INTEGER NOT NULL,
    resume_key  TEXT NOT NULL,
    PRIMARY KEY (query_id, resume_key)
) WITHOUT ROWID;
CREATE TABLE stale (
    domain_id   INTEGER PRIMARY KEY,
    degree      INTEGER NOT NULL    -- crawler.ledger.tables.Stale
);
INSERT INTO "stale" VALUES(1,1);
INSERT INTO "stale" VALUES(2,1);
INSERT INTO "stale" VALUES(3,1);
INSERT INTO "stale" VALUES(4,1);
INSERT INTO "stale" VALUES(5,1);
INSERT INTO "stale" VALUES(6,1);
CREATE TABLE unapplied (
    domain      TEXT PRIMARY KEY,
    at_once     INTEGER NOT NULL DEFAULT 0  -- 1: people corrected it, so the rows follow before a crawl ends
) WITHOUT ROWID;
INSERT INTO "unapplied" VALUES('a.example',0);
INSERT INTO "unapplied" VALUES('b.example',0);
CREATE TABLE warcs (
    name        TEXT PRIMARY KEY,
    size        INTEGER NOT NULL
);
CREATE TABLE withdrawn (
    digest      TEXT NOT NULL
);
CREATE TABLE worked_out (
    code        TEXT NOT NULL
);
CREATE INDEX domains_open ON domains (crawl_id) WHERE state = 'open';
CREATE INDEX domains_queued ON domains (crawl_id, due) WHERE state = 'queued';
CREATE INDEX queries_of_domain ON queries (domain_id, crawl_id);
CREATE INDEX queries_planned ON queries (domain_id) WHERE state = 'planned';
CREATE INDEX queries_claimed ON queries (domain_id) WHERE state = 'claimed';
CREATE INDEX captures_planned ON captures (domain_id, id) WHERE state = 'planned';
CREATE INDEX captures_claimed ON captures (domain_id) WHERE state = 'claimed';
CREATE INDEX captures_fetched ON captures (domain_id) WHERE state = 'fetched';
CREATE UNIQUE INDEX captures_stored ON captures (domain_id, timestamp, stored_url)
    WHERE outcome = 'stored';
COMMIT;
PRAGMA user_version = 3;
