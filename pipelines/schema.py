"""The tables and what each column means.

The meanings are metadata of the Arrow schemas, so they travel inside the Parquet files::

    pyarrow.parquet.read_schema(file).field("text").metadata[b"doc"]

The dataset card and the Croissant metadata are made from them. These tables are what a crawl or an import writes;
``pipelines.history.tables`` has those that are worked out of them.
"""

from __future__ import annotations

import pyarrow as pa

from pipelines.columns import column as _column
from pipelines.columns import maybe as _maybe
from pipelines.columns import one_of as _one_of
from pipelines.columns import table as _table
from pipelines.outcomes import STORED_KINDS, DomainOutcome, FoundBy, Origin, Outcome, Owner, Reading

TIMESTAMP = pa.timestamp("s", tz="UTC")

_TEXT = pa.string()


def meaning(described: pa.Schema | pa.Field) -> str:
    """What a table or a column means, in a few sentences; empty where nothing says so."""
    metadata: dict[bytes, bytes] = described.metadata or {}
    return metadata.get(b"doc", b"").decode()


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
_WORDS = _column(
    "words",
    pa.int32(),
    "Number of words in the text, as `text_sha256` parts them: in a script without spaces each character is a word.",
)
_TEXT_SHA256 = _column(
    "text_sha256",
    _TEXT,
    "Hex SHA-256 of the text's words, by which texts are compared. Taken out first: hex ids, request numbers, years "
    "of a copyright, http and https before ://. Then NFKC, case folding, every character that is no letter, mark, "
    "digit, currency or percent sign becomes a space, each character of a script without spaces is a word of its own; "
    "joined by one space, in UTF-8. "
    "The dataset card has the recipe as code. Compare within one extractor only.",
)
_EXTRACTOR = _column(
    "extractor",
    _TEXT,
    "The software that took the text from the page, with the versions of all that has a part in it: one name for all "
    "texts that one build makes, of pages, PDF and plain text. Texts with one name are comparable.",
)

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
        _column(
            "policy_score",
            pa.float32(),
            "Calibrated probability that it is a privacy policy, 0 to 1. Too few words, a list of links or spam: 0.",
        ),
        _column("primary", pa.bool_(), "Whether it is the main privacy policy of the domain on that date."),
        _column("policy_owner", _TEXT, f"Whose policy it is: {_one_of(Owner)}."),
        _EFFECTIVE_DATE,
        _WORDS,
        _TEXT_SHA256,
        _maybe("raw_sha256", _TEXT, "Hex SHA-256 of the page's bytes after content decoding; null if imported."),
        _DIGEST,
        _maybe(
            "digest_verified",
            pa.bool_(),
            "Whether the bytes that the archive played back have that digest, as they came or without their content "
            "coding; null where the index gave none. False does not mean damage: an archive may play back a page in "
            "another coding than it stored it in.",
        ),
        _MIMETYPE,
        _STATUS,
        _maybe("charset", _TEXT, "Character encoding as decoded."),
        _ARCHIVE,
        _EXTRACTOR,
        _maybe(
            "reading",
            _TEXT,
            f"How the text was read, its steps joined by `+`: {_one_of(Reading)}; null if imported.",
        ),
        _column("origin", _TEXT, f"Whether it was fetched or taken over from another corpus: {_one_of(Origin)}."),
        _maybe("fetched_at", TIMESTAMP, "When the capture was fetched from the archive; null if imported."),
        _maybe("crawl_id", _TEXT, "The crawl that fetched it, or the import."),
        _maybe(
            "warc_file",
            _TEXT,
            "The WARC file with the page's bytes (not part of a release); null if imported. Bytes that came again are "
            "kept once: the record may then be of another capture of the domain.",
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
        _maybe(
            "same_as",
            TIMESTAMP,
            "Time of the domain's capture with the same digest that stands for this one; it was not asked for itself.",
        ),
        _maybe(
            "text_sha256",
            _TEXT,
            "As in `policies`, of the text that a crawl read here, stored or not; null where it read none, so of "
            "unchanged captures, too.",
        ),
        _maybe(
            "version_id",
            _TEXT,
            "The version that it shows, as in `versions`; null where it shows none, or that was not worked out yet.",
        ),
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
        _maybe(
            "source_sha256",
            _TEXT,
            "Hex SHA-256 of that list (of a folder: of what `sha256sum` says of its files); null where there was none.",
        ),
        _maybe("rank", pa.int64(), "The domain's rank in that list (Tranco's first column)."),
        _maybe(
            "asked_first",
            TIMESTAMP,
            "When a crawl asked the archive for the domain first, or an import brought it; null where that was not "
            "noted (schema version 1).",
        ),
        _maybe("asked_last", TIMESTAMP, "When a crawl asked for it last, or an import brought it; null likewise."),
        _maybe(
            "known_through",
            TIMESTAMP,
            "Until when everything is known that the archive has and the plan wants: the start of the last crawl that "
            "came to an end for the domain, be it by a visit of its main policy's address. Later captures were not "
            "asked for. Null where no crawl came so far.",
        ),
        _column(
            "outcome",
            _TEXT,
            f"What came of it: {_one_of(DomainOutcome)}. A domain that was found and is asked again is still found.",
        ),
        _maybe("reason", _TEXT, "Why there is nothing, or not all; of a domain that was found, why there may be more."),
        _column(
            "may_pass",
            pa.bool_(),
            "Whether something could not be had for a reason that may pass: the crawl, run again, asks for it again.",
        ),
        _maybe(
            "excluded_since",
            TIMESTAMP,
            "When a crawl first saw that the archive does not show the domain any more. What was known before stays.",
        ),
        _maybe(
            "main_url",
            _TEXT,
            "The URL of the newest primary policy; null where there is none, or that was not worked out yet.",
        ),
        _maybe("main_language", _TEXT, "The language of that policy; null likewise."),
        _maybe("policy_owner", _TEXT, f"Whose policy that is: {_one_of(Owner)}; null likewise."),
        _maybe("first_capture", TIMESTAMP, "The first known capture of a policy URL."),
        _maybe("last_capture", TIMESTAMP, "The last known capture of a policy URL."),
        _maybe("versions", pa.int32(), "How many versions the main line has; null where that was not worked out yet."),
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
