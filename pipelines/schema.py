"""The tables and what each column means.

The meanings are metadata of the Arrow schemas, so they travel inside the Parquet files::

    pyarrow.parquet.read_schema(file).field("text").metadata[b"doc"]

The dataset card and the Croissant metadata are made from them. ``POLICIES`` and ``CAPTURES`` are what a crawl writes;
``VERSIONS``, ``CHANGES`` and ``COVERAGE`` are worked out of these.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from pipelines.outcomes import STORED_KINDS, DomainOutcome, FoundBy, Origin, Outcome, Owner

#: The version of the tables' form, noted in the metadata of each file. Files of version 1 (wayback-policies 0.1.0) have
#: no such note. Who changes the form raises it, and says in ``pipelines.dataset.lifting`` how older rows are lifted.
SCHEMA_VERSION = 2

TIMESTAMP = pa.timestamp("s", tz="UTC")

_TEXT = pa.string()


def meaning(described: pa.Schema | pa.Field) -> str:
    """What a table or a column means, in a few sentences; empty where nothing says so."""
    metadata: dict[bytes, bytes] = described.metadata or {}
    return metadata.get(b"doc", b"").decode()


def _column(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    """A column that always has a value."""
    return pa.field(name, kind, nullable=False, metadata={"doc": doc})


def _maybe(name: str, kind: pa.DataType, doc: str) -> pa.Field:
    """A column that may be null."""
    return pa.field(name, kind, metadata={"doc": doc})


def _table(doc: str, columns: list[pa.Field], name: str) -> pa.Schema:
    return pa.schema(columns, metadata={"doc": doc, "table": name, "schema_version": str(SCHEMA_VERSION)})


def some_columns(schema: pa.Schema, names: Iterable[str]) -> pa.Schema:
    """The schema of these columns alone, with what the table's metadata says."""
    return pa.schema([schema.field(name) for name in names], metadata=schema.metadata)


def _one_of(values: Iterable[str]) -> str:
    *others, last = values
    return f"{', '.join(others)} or {last}"


_ARCHIVE = _column("archive", _TEXT, "The web archive, by host and collection: `web.archive.org`.")
_DOMAIN = _column("domain", _TEXT, "The domain asked for, lower case, punycode.")
_POLICY_URL = _column("policy_url", _TEXT, 'The URL that was really captured (`rel="original"`).')
_CAPTURED_AT = _column("captured_at", TIMESTAMP, "When the archive captured it, UTC (Memento-Datetime).")
_WAYBACK_URL = _column("wayback_url", _TEXT, "The capture's raw bytes in the archive: as they were captured.")
_VIEW_URL = _column("view_url", _TEXT, "The same capture as the archive shows it to people.")
_DIGEST = _maybe(
    "archive_digest", _TEXT, "The digest in the archive's index: base32 SHA-1 of the bytes as stored there."
)
_MIMETYPE = _maybe("mimetype", _TEXT, "Media type as archived.")
_STATUS = _maybe("http_status", pa.int16(), "HTTP status as archived; null on revisits.")
_LANGUAGE = _maybe("language", _TEXT, "ISO 639-1 code.")
_EFFECTIVE_DATE = _maybe("effective_date", pa.date32(), "The date that the text gives for itself.")
_WORDS = _column("words", pa.int32(), "Number of words in the text.")
_TEXT_SHA256 = _column(
    "text_sha256",
    _TEXT,
    "Hex SHA-256 of the text's words. The words are made so: NFKC, case folding, every character that is no letter, "
    "mark, digit, currency or percent sign becomes a space, each character of a script without spaces is a word of its "
    "own; joined by one space, in UTF-8. The dataset card has the recipe as code. Compare within one extractor only.",
)
_EXTRACTOR = _column("extractor", _TEXT, "The software that took the text from the page, with its version.")

POLICIES = _table(
    "One row per stored capture whose text may be a policy. Key: archive, domain, captured_at, policy_url.",
    [
        _DOMAIN,
        _column("capture_date", pa.date32(), "UTC day of the capture."),
        _CAPTURED_AT,
        _column("requested_at", TIMESTAMP, "The capture asked for; the archive may have served another one near it."),
        _POLICY_URL,
        _WAYBACK_URL,
        _VIEW_URL,
        _column(
            "found_by",
            _TEXT,
            f"How the URL was found: {_one_of(each for each in FoundBy if each != FoundBy.HOMEPAGE)}.",
        ),
        _maybe("link_text", _TEXT, "Text of the homepage's link to the policy."),
        _column("redirects", pa.list_(_TEXT), "Captured URLs that redirected here, in order."),
        _maybe("title", _TEXT, "The page's title."),
        _column(
            "text",
            pa.large_string(),
            "Plain text: paragraphs separated by a blank line, one line per list item and per table row.",
        ),
        _column("markdown", pa.large_string(), "The same document as CommonMark, with links."),
        _LANGUAGE,
        _maybe("language_score", pa.float32(), "The language's probability, 0 to 1."),
        _column("kind", _TEXT, f"What the text is: {_one_of(sorted(STORED_KINDS))}."),
        _column("policy_score", pa.float32(), "Probability that the text is a privacy policy, 0 to 1."),
        _column("primary", pa.bool_(), "Whether it is the main privacy policy of the domain on that date."),
        _column("policy_owner", _TEXT, f"Whose policy it is: {_one_of(Owner)}."),
        _EFFECTIVE_DATE,
        _WORDS,
        _TEXT_SHA256,
        _maybe("raw_sha256", _TEXT, "Hex SHA-256 of the page's bytes after content decoding; null if imported."),
        _DIGEST,
        _MIMETYPE,
        _STATUS,
        _maybe("charset", _TEXT, "Character encoding as decoded."),
        _ARCHIVE,
        _EXTRACTOR,
        _column("origin", _TEXT, f"Whether it was fetched or taken over from another corpus: {_one_of(Origin)}."),
        _maybe("fetched_at", TIMESTAMP, "When the capture was fetched from the archive; null if imported."),
        _maybe("crawl_id", _TEXT, "The crawl that fetched it, or the import."),
        _maybe(
            "warc_file", _TEXT, "The crawl's WARC file with the page's bytes (not part of a release); null if imported."
        ),
        _maybe("warc_offset", pa.int64(), "Where the record begins in that file, in bytes."),
    ],
    "policies",
)

CAPTURES = _table(
    "One row per known capture of a policy URL, whatever became of it. Key: archive, domain, captured_at, policy_url.",
    [
        _ARCHIVE,
        _DOMAIN,
        _POLICY_URL,
        _CAPTURED_AT,
        _DIGEST,
        _MIMETYPE,
        _STATUS,
        _maybe("length", pa.int64(), "Bytes of the compressed WARC record in the archive."),
        _column("outcome", _TEXT, f"What became of it: {_one_of(Outcome)}."),
        _maybe("same_as", TIMESTAMP, "Time of the stored capture with the same digest."),
        _maybe("text_sha256", _TEXT, "As in `policies`, of the text that was read, stored or not."),
        _maybe("version_id", _TEXT, "The version that it shows, as in `versions`. Worked out for releases."),
        _maybe("detail", _TEXT, "More about the outcome."),
    ],
    "captures",
)

DOMAINS = _table(
    "One row per domain asked for: since when and until when the archive was asked, what there is, and why there is "
    "nothing. Key: archive, domain.",
    [
        _ARCHIVE,
        _DOMAIN,
        _maybe(
            "source", _TEXT, "Who named the domain: the file name of the list, `argument` (`-a domain=`) or `import`."
        ),
        _maybe("source_sha256", _TEXT, "Hex SHA-256 of that list; null where there was none."),
        _maybe("rank", pa.int64(), "The domain's rank in that list (Tranco's first column)."),
        _maybe(
            "asked_first",
            TIMESTAMP,
            "When a crawl asked the archive for the domain first; null where that was not noted (version 0.1.0).",
        ),
        _maybe("asked_last", TIMESTAMP, "When a crawl asked for it last; null likewise."),
        _maybe(
            "known_through",
            TIMESTAMP,
            "Until when everything is known that the archive has and the plan wants: the start of the last crawl that "
            "came to an end for the domain. Later captures were not asked for. Null where no crawl came so far.",
        ),
        _column(
            "outcome",
            _TEXT,
            f"What came of it: {_one_of(DomainOutcome)}. A domain that was found and is asked again is still found.",
        ),
        _maybe("reason", _TEXT, "Why there is nothing, or not all."),
        _column("may_pass", pa.bool_(), "Whether the reason may pass, so that a later crawl can find more."),
        _maybe(
            "excluded_since",
            TIMESTAMP,
            "When a crawl first saw that the archive does not show the domain any more. What was known before stays.",
        ),
        _maybe("main_url", _TEXT, "The URL of the newest primary policy. Worked out for releases."),
        _maybe("main_language", _TEXT, "The language of most primary policies. Worked out for releases."),
        _maybe("policy_owner", _TEXT, f"Whose policy that is: {_one_of(Owner)}. Worked out for releases."),
        _maybe("first_capture", TIMESTAMP, "The first known capture of a policy URL."),
        _maybe("last_capture", TIMESTAMP, "The last known capture of a policy URL."),
        _maybe("versions", pa.int32(), "How many versions the primary policy had. Worked out for releases."),
        _column(
            "homepages",
            pa.list_(
                pa.struct(
                    [
                        _column("asked", TIMESTAMP, "Near which time the homepage was asked for."),
                        _maybe("nearest", TIMESTAMP, "The nearest capture; null where the archive has none at all."),
                    ]
                )
            ),
            "The looks at the domain's homepage. They show when the site is archived, whether it had a policy or not.",
        ),
    ],
    "domains",
)

CRAWLS = _table(
    "One row per crawl or import: where the rows with its `crawl_id` come from.",
    [
        _column("crawl_id", _TEXT, "As in `policies`. A crawl that was resumed keeps its id."),
        _column("started", TIMESTAMP, "When it began."),
        _maybe("ended", TIMESTAMP, "When it ended last; null while it has not."),
        _ARCHIVE,
        _column("arguments", _TEXT, "Its arguments, as JSON."),
        _column("settings", _TEXT, "The settings that decide what it asks for, as JSON."),
        _column("software", _TEXT, "The versions of this software and its libraries, as JSON."),
        _maybe("exit_code", pa.int32(), "How it ended last."),
        _maybe("requests_cdx", pa.int64(), "Requests to the archive's index, all its runs together."),
        _maybe("requests_playback", pa.int64(), "Requests to the archive's playback, all its runs together."),
    ],
    "crawls",
)

_CHANGE_AFTER = _column(
    "change_after", TIMESTAMP, "The change is later than this capture, the last one that shows the version before."
)
_CHANGE_BEFORE = _column(
    "change_before", TIMESTAMP, "The change is not later than this capture, the first one that shows the version."
)
_CHANGE = _column(
    "change",
    _TEXT,
    "Class of the change: first, substantive, wording, cosmetic (numbering, dates, addresses, layout) or moved (the "
    "same words in another order or at another address).",
)
_SIMILARITY = _column(
    "similarity",
    pa.float32(),
    "Words that stayed, as a share of all words of both versions: 0 to 1. A size, never the test for a change.",
)
_ADDED = _column("words_added", pa.int32(), "Words that the version before did not have.")
_REMOVED = _column("words_removed", pa.int32(), "Words that this version no longer has.")

VERSIONS = _table(
    "One row per version of a domain's primary privacy policy: a text, and from when to when it stood there. The text "
    "itself: the row of policies with the same domain, captured_at and policy_url.",
    [
        _DOMAIN,
        _column("version", pa.int32(), "Number of the version within its domain, from 1 in order of time."),
        _column("first_seen", TIMESTAMP, "The first capture that shows the version."),
        _column("last_seen", TIMESTAMP, "The last capture that shows the version."),
        _CHANGE_AFTER.with_nullable(True),
        _CHANGE_BEFORE,
        _CHANGE,
        _SIMILARITY.with_nullable(True),
        _WORDS,
        _ADDED.with_nullable(True),
        _REMOVED.with_nullable(True),
        _maybe("returns_to", pa.int32(), "The latest earlier version with the same text, which has come back."),
        _column("captures", pa.int32(), "Number of captures that show the version."),
        _column("captures_stored", pa.int32(), "How many of these were fetched; the others have the same digest."),
        _column("shown_by", pa.list_(TIMESTAMP), "The time of each capture that shows the version."),
        _column("captured_at", TIMESTAMP, "The stored capture whose text stands for the version: its row in policies."),
        _column("policy_url", _TEXT, "The URL of that capture, as in policies."),
        _WAYBACK_URL,
        _column("policy_urls", pa.list_(_TEXT), "All URLs that showed the version, in order of time."),
        _LANGUAGE,
        _EFFECTIVE_DATE,
        _TEXT_SHA256,
        _EXTRACTOR,
    ],
    "versions",
)

_PARAGRAPH = [
    _column("op", _TEXT, "added, removed, altered or moved."),
    _maybe("before_at", pa.int32(), "Place among the paragraphs of the text before, from 0; null where added."),
    _maybe("after_at", pa.int32(), "Place among the paragraphs of the text after, from 0; null where removed."),
    _ADDED,
    _REMOVED,
]
_PARAGRAPH_TEXTS = [
    _maybe("before", _TEXT, "The paragraph before; null where added."),
    _maybe("after", _TEXT, "The paragraph after; null where removed."),
]


def _changes(paragraph: list[pa.Field]) -> pa.Schema:
    return _table(
        "One row per version but the first: the paragraphs in which it differs from the version before.",
        [
            _DOMAIN,
            _column("version", pa.int32(), "Number of the version that the change began."),
            _CHANGE_AFTER,
            _CHANGE_BEFORE,
            _CHANGE,
            _SIMILARITY,
            _ADDED,
            _REMOVED,
            _column("before_captured_at", TIMESTAMP, "The stored capture that was compared for the version before."),
            _column("before_policy_url", _TEXT, "The URL of the capture before the change."),
            _column(
                "after_captured_at",
                TIMESTAMP,
                "The stored capture that was compared for this version. Where the text is an earlier version's that "
                "came back, it may be one of that version: the last with this text by the same extractor.",
            ),
            _column("after_policy_url", _TEXT, "The URL of the capture after the change."),
            _column(
                "paragraphs",
                pa.list_(pa.struct(paragraph)),
                "The paragraphs that changed, in order: op (added, removed, altered, moved), their places in both "
                "texts from 0, words added and removed, and their texts before and after where texts are part of the "
                "release. Where a paragraph was altered and also split or joined, its parts are lines of one entry.",
            ),
        ],
        "changes",
    )


CHANGES = _changes(_PARAGRAPH + _PARAGRAPH_TEXTS)

COVERAGE = _table(
    "One row per domain and half-year: what is known there and, where nothing is, why.",
    [
        _DOMAIN,
        _maybe("half_year", _TEXT, "2012-H1 for January to June 2012; null where no capture of the domain is known."),
        _maybe("starts", pa.date32(), "First day of the half-year."),
        _column(
            "status",
            _TEXT,
            "covered (a text of the primary policy was fetched), carried (known by its digest to be unchanged), or why "
            "there is no text: not_a_policy, soft_block, empty, unplayable, failed, not_asked, redirect, excluded, "
            "incomplete, no_policy_found, not_archived.",
        ),
        _column("filled", pa.bool_(), "Whether the policy's text is known: covered or carried."),
        _column("captures", pa.int32(), "Number of known captures of any policy URL of the domain in the half-year."),
        _column("texts", pa.int32(), "How many of these show the primary policy."),
        _column("versions", pa.list_(pa.int32()), "Numbers of the versions seen in the half-year."),
        _maybe("within_version", pa.int32(), "Nothing was seen, but this version was seen both before and after."),
    ],
    "coverage",
)

TABLES = {
    "policies": POLICIES,
    "versions": VERSIONS,
    "changes": CHANGES,
    "coverage": COVERAGE,
    "captures": CAPTURES,
}

_TEXTS = {"policies": {"link_text", "title", "text", "markdown"}, "captures": {"detail"}}


def table_schema(name: str, *, with_text: bool) -> pa.Schema:
    """The columns of a table; without text only URLs, timestamps, digests, hashes, numbers and spans."""
    if with_text:
        return TABLES[name]
    if name == "changes":
        return _changes(_PARAGRAPH)
    return some_columns(TABLES[name], [column for column in TABLES[name].names if column not in _TEXTS.get(name, ())])
