"""What each table and column means, in the words of the dataset card and the Croissant metadata."""

TABLE_MEANINGS = {
    "policies": "One row a stored capture whose text may be a policy. Key: domain, captured_at, policy_url.",
    "versions": "One row a version of a domain's primary privacy policy: from when to when a text stood there.",
    "changes": "One row a version but the first: the paragraphs in which it differs from the version before.",
    "coverage": "One row a domain and half-year: what is known there and, where nothing is, why.",
    "captures": "One row a known capture of a policy URL, whatever became of it, and one a domain without any.",
}

_COMMON = {
    "domain": "The domain asked for, lower case, punycode.",
    "captured_at": "When the archive captured it, UTC.",
    "policy_url": "The URL that was captured.",
    "archive_digest": "The digest in the archive's index (base32 SHA-1 of the stored bytes).",
    "mimetype": "Media type as archived.",
    "http_status": "HTTP status as archived; null on revisits.",
    "change_after": "The change lies after this capture, the last that shows the version before.",
    "change_before": "The change lies before or at this capture, the first that shows the version.",
    "change": "Class of the change: first, substantive, wording, cosmetic (numbering, dates, "
    "addresses, layout) or "
    "moved (the same words in another order or at another address).",
    "similarity": "Words that stayed, of all words of both versions: 0 to 1. A size, never the test for a change.",
    "words_added": "Words that the version before did not have.",
    "words_removed": "Words that this version no longer has.",
    "version": "Number of the version within its domain, from 1 in order of time.",
}

_OWN = {
    "policies": {
        "capture_date": "UTC day of the capture.",
        "requested_at": "The capture asked for; the archive may have served another one near it.",
        "wayback_url": "Where anyone can look the capture up.",
        "found_by": "How the URL was found: url_keyword, homepage_link, redirect or given.",
        "link_text": "Text of the homepage's link.",
        "redirects": "Captured URLs passed on the way.",
        "title": "The page's title.",
        "text": "Plain text: paragraphs parted by a blank line, list items and table rows a line each.",
        "markdown": "The same document as CommonMark, with links.",
        "language": "ISO 639-1 code.",
        "language_score": "The language's probability, 0 to 1.",
        "kind": "privacy_policy, cookie_policy, terms or other.",
        "policy_score": "Probability that the text is a privacy policy, 0 to 1.",
        "primary": "Whether it is the main privacy policy of the domain on that date.",
        "policy_owner": "Whose policy it is: same_domain, same_organisation or other.",
        "effective_date": "The date the text gives for itself.",
        "words": "Words of the text.",
        "text_sha256": "SHA-256 of the text with white space and case folded. Compare within one extractor only.",
        "raw_sha256": "SHA-256 of the page's decoded bytes.",
        "charset": "Character encoding as decoded.",
        "archive": "The web archive.",
        "extractor": "What took the text from the page, with its version.",
        "fetched_at": "When the capture was fetched from the archive.",
        "crawl_id": "The crawl that fetched it.",
        "warc_file": "The crawl's WARC file with the page's bytes (not part of the release).",
        "warc_offset": "Where in that file, in bytes.",
    },
    "versions": {
        "first_seen": "The first capture that shows the version.",
        "last_seen": "The last capture that shows the version.",
        "words": "Words of the text.",
        "returns_to": "The latest earlier version with the same text, which came back.",
        "captures": "Captures that show the version.",
        "captures_stored": "Of these, fetched; the others have the same bytes by their digest.",
        "shown_by": "The time of each capture that shows the version.",
        "captured_at": "The stored capture whose text stands for the version: its row in policies.",
        "policy_url": "Its URL, also as in policies.",
        "wayback_url": "Where anyone can look it up.",
        "policy_urls": "All URLs that showed the version, in order of time.",
        "language": "ISO 639-1 code.",
        "effective_date": "The date the text gives for itself.",
        "text_sha256": "SHA-256 of the text with white space and case folded.",
        "extractor": "What took the text from the page, with its version.",
    },
    "changes": {
        "version": "The version that the change began.",
        "before_captured_at": "The stored capture compared, with the text of the version before.",
        "before_policy_url": "Its URL.",
        "after_captured_at": "The stored capture compared, with the text of this version: one of an earlier version "
        "that it returns to, where only that has it by the same extractor.",
        "after_policy_url": "Its URL.",
        "paragraphs": "The paragraphs that changed, in order: op (added, removed, altered, moved), "
        "their places in both "
        "texts from 0, words added and removed, and their texts before and after where texts are "
        "part of the release. Where one was split or joined and altered, its parts are lines of one entry.",
    },
    "coverage": {
        "half_year": "2012-H1; null where no capture of the domain is known.",
        "starts": "First day of the half-year.",
        "status": "covered (a text of the primary policy was fetched), carried (known unchanged by "
        "its bytes), or why "
        "there is none: not_a_policy, soft_block, empty, unplayable, failed, not_asked, redirect, "
        "excluded, incomplete, "
        "no_policy_found, not_archived.",
        "filled": "Whether the policy's text is known: covered or carried.",
        "captures": "Known captures of any policy URL of the domain in the half-year.",
        "texts": "Of these, that show the primary policy.",
        "versions": "Numbers of the versions seen in the half-year.",
        "within_version": "Nothing was seen, but this version stands both before and after.",
    },
    "captures": {
        "length": "Bytes of the compressed WARC record in the archive.",
        "outcome": "stored, unchanged, redirect, not_policy, empty, soft_block, unplayable, skipped, "
        "pending or failed; "
        "of a domain as a whole: not_archived, excluded, no_policy_found or incomplete.",
        "same_as": "The stored capture with the same digest, by its time.",
        "detail": "More on the outcome.",
    },
}


def meaning(table: str, column: str) -> str:
    """What ``column`` of ``table`` holds, in a sentence."""
    return _OWN[table].get(column) or _COMMON[column]
