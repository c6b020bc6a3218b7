"""The dataset's two tables, as their readers see them (Arrow schemas)."""

from __future__ import annotations

import pyarrow as pa

TIMESTAMP = pa.timestamp("s", tz="UTC")

#: One row a stored capture whose text may be a policy. Key: domain, capture_date, captured_at, policy_url.
POLICIES = pa.schema(
    [
        pa.field("domain", pa.string(), nullable=False),  # the domain asked for, lower case, punycode
        pa.field("capture_date", pa.date32(), nullable=False),  # UTC day of the capture served
        pa.field("captured_at", TIMESTAMP, nullable=False),  # its full time (Memento-Datetime)
        pa.field("requested_at", TIMESTAMP, nullable=False),  # the capture asked for
        pa.field("policy_url", pa.string(), nullable=False),  # the URL really captured (rel="original")
        pa.field("wayback_url", pa.string(), nullable=False),  # where anyone can look it up
        pa.field("found_by", pa.string(), nullable=False),  # url_keyword, homepage_link, redirect, given
        pa.field("link_text", pa.string()),  # the text of the homepage's link
        pa.field("redirects", pa.list_(pa.string()), nullable=False),  # captured URLs passed on the way
        pa.field("title", pa.string()),
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("markdown", pa.large_string(), nullable=False),
        pa.field("language", pa.string()),  # ISO 639-1
        pa.field("language_score", pa.float32()),
        pa.field("kind", pa.string(), nullable=False),  # pipelines.outcomes.STORED_KINDS
        pa.field("policy_score", pa.float32(), nullable=False),
        pa.field("primary", pa.bool_(), nullable=False),  # the main policy of that domain on that date
        pa.field("policy_owner", pa.string(), nullable=False),  # same_domain, same_organisation, other
        pa.field("effective_date", pa.date32()),  # the date the text gives for itself
        pa.field("words", pa.int32(), nullable=False),
        pa.field("text_sha256", pa.string(), nullable=False),
        pa.field("raw_sha256", pa.string(), nullable=False),  # of the decoded bytes
        pa.field("archive_digest", pa.string()),  # the CDX digest, of the bytes as the archive stores them
        pa.field("mimetype", pa.string()),  # as archived
        pa.field("http_status", pa.int16()),  # as archived
        pa.field("charset", pa.string()),  # as decoded
        pa.field("archive", pa.string(), nullable=False),  # internet-archive
        pa.field("extractor", pa.string(), nullable=False),  # trafilatura 2.3.1
        pa.field("fetched_at", TIMESTAMP, nullable=False),
        pa.field("crawl_id", pa.string(), nullable=False),
        pa.field("warc_file", pa.string()),  # under DATA_DIR/warc
        pa.field("warc_offset", pa.int64()),
    ]
)

#: One row a known capture of a policy URL, whatever became of it, and one a domain where there is nothing, or where
#: the index could not say all there is (then only domain, outcome and detail are set).
CAPTURES = pa.schema(
    [
        pa.field("domain", pa.string(), nullable=False),
        pa.field("policy_url", pa.string()),
        pa.field("captured_at", TIMESTAMP),
        pa.field("archive_digest", pa.string()),
        pa.field("mimetype", pa.string()),
        pa.field("http_status", pa.int16()),  # null on revisits
        pa.field("length", pa.int64()),  # bytes of the compressed WARC record
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("same_as", TIMESTAMP),  # the stored capture with the same digest
        pa.field("detail", pa.string()),
    ]
)
