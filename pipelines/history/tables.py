"""The tables that are worked out of a crawl's, and what each column means."""

from __future__ import annotations

import pyarrow as pa

from pipelines.columns import column, maybe, table
from pipelines.schema import POLICIES, TIMESTAMP

_CHANGE_AFTER = column(
    "change_after", TIMESTAMP, "The change is later than this capture, the last one that shows the version before."
)
_CHANGE_BEFORE = column(
    "change_before", TIMESTAMP, "The change is not later than this capture, the first one that shows the version."
)
_CHANGE = column(
    "change",
    pa.string(),
    "Class of the change: first (in versions only), substantive (a sentence came or went, or says something else), "
    "wording (the same said otherwise), cosmetic (numbering, dates, addresses, layout), reordered (the same sentences "
    "in another order) or language (the site's main language is another one now).",
)
_SIMILARITY = column(
    "similarity",
    pa.float32(),
    "Words that stayed, as a share of all words of both versions: 0 to 1. A size, never the test for a change.",
)
_ADDED = column("words_added", pa.int32(), "Words that the version before did not have.")
_REMOVED = column("words_removed", pa.int32(), "Words that this version no longer has.")
_VERSION = column(
    "version",
    pa.int32(),
    "Number of the version among those of its domain and language, from 1 in order of time. It grows where an older "
    "version comes to light.",
)
_VERSION_ID = column(
    "version_id",
    pa.string(),
    "The version's name in each release: made of the domain, the text and how often this text had begun before. The "
    "few that had to change are in the table renamed_versions.",
)

_LANGUAGE = maybe("language", pa.string(), "ISO 639-1 code; null where no text around it tells the language.")
_IS_MAIN = column(
    "is_main",
    pa.bool_(),
    "Whether it is of the domain's main line: its main privacy policy, in the language that was the site's main one at "
    "the time. The others were seen meanwhile in another language, at this or another address. Filter by it to follow "
    "one policy over time.",
)

VERSIONS = table(
    "One row per version of a domain's privacy policy in one language: a text, and from when to when it stood there, "
    "at whatever address. The main line alone: is_main. The text itself: the row of policies with the same "
    "domain and wayback_url. Key: version_id, and also domain, language, version.",
    [
        POLICIES.field("domain"),
        _LANGUAGE,
        _IS_MAIN,
        _VERSION,
        _VERSION_ID,
        POLICIES.field("text_sha256"),
        column("first_seen", TIMESTAMP, "The first capture that shows the version."),
        column("last_seen", TIMESTAMP, "The last capture that shows the version."),
        column(
            "known_through",
            TIMESTAMP,
            "Until when no other text is known although the archive was asked: of the last version of the main line, "
            "when it was asked last for all captures (table domains), of the others last_seen. If it is last_seen for "
            "the last version, nobody has looked since. After last_seen it does not mean that the text stood: the site "
            "may have ended.",
        ),
        _CHANGE_AFTER.with_nullable(True),
        _CHANGE_BEFORE,
        _CHANGE,
        _SIMILARITY.with_nullable(True),
        POLICIES.field("words"),
        _ADDED.with_nullable(True),
        _REMOVED.with_nullable(True),
        maybe(
            "returns_to",
            pa.string(),
            "The version_id of the latest earlier version in its line whose text has come back.",
        ),
        column("captures", pa.int32(), "Number of captures that show the version: those with its version_id."),
        column("captures_stored", pa.int32(), "How many of these were fetched; the others have the same digest."),
        column(
            "addresses",
            pa.list_(
                pa.struct(
                    [
                        column("url", pa.string(), "The address, as in policies."),
                        column("first", TIMESTAMP, "The first capture of the version there."),
                        column("last", TIMESTAMP, "The last capture of the version there."),
                    ]
                )
            ),
            "Where the version was seen, from when to when, in order of time. Spans may overlap.",
        ),
        column(
            "concepts",
            pa.list_(
                pa.struct(
                    [
                        column("concept", pa.string(), "Name of the concept, such as location or third_party."),
                        column("count", pa.int32(), "How often the text names it."),
                    ]
                )
            ),
            "What the text names of data, recipients, purposes and rights, and how often, by a table of words in some "
            "ten languages: a map, as a list of pairs because not every reader of Parquet knows maps.",
        ),
        POLICIES.field("effective_date"),
        column("captured_at", TIMESTAMP, "The stored capture whose text stands for the version: its row in policies."),
        column("policy_url", pa.string(), "The URL of that capture, as in policies."),
        POLICIES.field("wayback_url"),
        POLICIES.field("view_url"),
        POLICIES.field("extractor"),
    ],
    "versions",
)

_PARAGRAPH = [
    column("op", pa.string(), "added, removed, altered or moved."),
    maybe("before_at", pa.int32(), "Place among the paragraphs of the text before, from 0; null where added."),
    maybe("after_at", pa.int32(), "Place among the paragraphs of the text after, from 0; null where removed."),
    column("added", pa.int32(), "Words that the paragraph got."),
    column("removed", pa.int32(), "Words that the paragraph lost."),
]
_PARAGRAPH_TEXTS = [
    maybe("before", pa.string(), "The paragraph before; null where added."),
    maybe("after", pa.string(), "The paragraph after; null where removed."),
]


def _change_columns(paragraph: list[pa.Field]) -> pa.Schema:
    return table(
        "One row per version but the first of the main line and of each other language: the paragraphs in which it "
        "differs from the version before. The main line alone: is_main. Key: version_id.",
        [
            POLICIES.field("domain"),
            _LANGUAGE,
            _IS_MAIN,
            _VERSION,
            column("before_version_id", pa.string(), "The version_id of the version before the change."),
            column("version_id", pa.string(), "The version_id of the version that the change began."),
            _CHANGE_AFTER,
            _CHANGE_BEFORE,
            _CHANGE,
            _SIMILARITY,
            _ADDED,
            _REMOVED,
            column("before_captured_at", TIMESTAMP, "The stored capture that was compared for the version before."),
            column("before_policy_url", pa.string(), "The URL of the capture before the change."),
            column("after_captured_at", TIMESTAMP, "The stored capture that was compared for this version."),
            column("after_policy_url", pa.string(), "The URL of the capture after the change."),
            column(
                "paragraphs",
                pa.list_(pa.struct(paragraph)),
                "The paragraphs that changed, in order: op (added, removed, altered, moved), their places in both "
                "texts from 0, words added and removed there, and their texts before and after where texts are part of "
                "the release. Where a paragraph was altered and also split or joined, its parts are lines of one "
                "entry.",
            ),
        ],
        "changes",
    )


CHANGES = _change_columns(_PARAGRAPH + _PARAGRAPH_TEXTS)

#: ``CHANGES`` without texts.
CHANGES_WITHOUT_TEXT = _change_columns(_PARAGRAPH)

COVERAGE = table(
    "One row per domain and half-year, from the first sign of the site in the archive to the last: what is known there "
    "and, where nothing is, why. A domain of whose site there is no sign has none: domains says why. Key: domain, "
    "half_year.",
    [
        POLICIES.field("domain"),
        column("half_year", pa.string(), "2012-H1 for January to June 2012."),
        column("starts", pa.date32(), "First day of the half-year."),
        column(
            "site",
            pa.string(),
            "Whether the archive has anything of the site in the half-year: archived (a capture of the homepage or of "
            "a policy URL is known), not_archived (the homepage was asked for, and its nearest capture is further "
            "away) or not_asked (the homepage was not looked for near it).",
        ),
        column(
            "status",
            pa.string(),
            "covered (a text of the main line was fetched), carried (known by its digest to be unchanged), or why "
            "there is none: other_language (a policy was seen, but not in the main language). With captures of policy "
            "URLs: not_a_policy, soft_block, empty, unplayable, failed, not_asked or redirect. Without: excluded, "
            "incomplete, no_policy (the site is archived, and up to then no policy of it), not_archived (no capture of "
            "a policy URL).",
        ),
        column("filled", pa.bool_(), "Whether the policy's text is known: covered or carried."),
        column("captures", pa.int32(), "Number of known captures of any policy URL of the domain in the half-year."),
        column("texts", pa.int32(), "How many of these show the main line."),
        column(
            "version_ids",
            pa.list_(pa.string()),
            "The versions of the main line that were seen in the half-year, in order of time.",
        ),
        maybe(
            "within_version",
            pa.string(),
            "Nothing of the main line was seen, but the version with this version_id before and after.",
        ),
    ],
    "coverage",
)

_MADE_OF = column(
    "made_of",
    pa.string(),
    "Digest of the texts that were compared, as their rows name them, and of the code that compared them: where it "
    "stays, what they tell is not worked out again.",
)

#: The tables as they are kept in DATA_DIR.
KEPT = {"versions": VERSIONS.append(_MADE_OF), "changes": CHANGES.append(_MADE_OF), "coverage": COVERAGE}

RENAMED_VERSIONS = table(
    "One row per version_id of the release before that is now another one, by the captures that show both. A "
    "version_id of the release before that is neither here nor in versions is gone: no capture shows it any more.",
    [
        POLICIES.field("domain"),
        column("before", pa.string(), "The version_id in the release before."),
        column("version_id", pa.string(), "The version_id in this release of most captures that showed that version."),
    ],
    "renamed_versions",
)
