"""Snapshots and documents as tests want them: only what matters is named."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from pipelines.document import Document, Item, Snapshot
from pipelines.outcomes import Kind

URL = "http://example.com/privacy"
CAPTURED_AT = datetime(2004, 2, 15, 12, 30, 5, tzinfo=UTC)


def snapshot(**changed: Any) -> Snapshot:
    given = {
        "domain": "example.com",
        "policy_url": URL,
        "captured_at": CAPTURED_AT,
        "requested_at": CAPTURED_AT,
        "wayback_url": f"https://web.archive.org/web/20040215123005id_/{URL}",
        "view_url": f"https://web.archive.org/web/20040215123005/{URL}",
        "found_by": "url_keyword",
        "link_text": None,
        "redirects": (),
        "http_status": 200,
        "headers": (("Content-Type", "text/html; charset=iso-8859-1"),),
        "body": b"<p>We sell no data.</p>",
        "archive": "internet-archive",
        "archive_digest": "PGU2GKFDZYN5BTMVXQS2T5SLHKU3QZTA",
        "fetched_at": datetime(2026, 1, 2, tzinfo=UTC),
        "crawl_id": "20260102T000000Z-abcdef",
    }
    assert given.keys() == {field.name for field in fields(Snapshot)}
    return Snapshot(**(given | changed))


def document(**changed: Any) -> Document:
    given = {
        "title": "Privacy",
        "text": "We sell no data.",
        "markdown": "We sell no data.",
        "language": "en",
        "language_score": 0.5,
        "kind": Kind.PRIVACY_POLICY,
        "policy_score": 0.75,
        "effective_date": None,
        "charset": "windows-1252",
        "words": 4,
        "text_sha256": "0" * 64,
        "sketch": bytes(64),
        "raw_sha256": "1" * 64,
        "extractor": "wayback-policies 2",
        "reading": "dom",
    }
    return Document(**(given | changed))


def item(capture_id: int = 1, *, text: str | None = "We sell no data.", **changed: Any) -> Item:
    """A fetched capture; without a text only its bytes are kept."""
    read = None if text is None else document(text=text, markdown=text)
    return Item(snapshot(**changed), (capture_id,), read, warc_file="a.warc.gz", warc_offset=0)
