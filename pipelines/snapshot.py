"""What the crawl hands to the pipelines: a capture's bytes as played back, and where they came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipelines.document import Document


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of one capture (a memento)."""

    domain: str
    """The domain asked for, lower case, punycode."""
    policy_url: str
    """The URL really captured (``rel="original"``)."""
    captured_at: datetime
    """Memento-Datetime, UTC."""
    requested_at: datetime
    """The capture asked for, UTC."""
    wayback_url: str
    """Where anyone can look it up."""
    found_by: str
    """url_keyword, homepage_link, redirect or given."""
    link_text: str | None
    """The text of the homepage's link that led there."""
    redirects: tuple[str, ...]
    """Captured URLs passed on the way."""
    http_status: int
    """As archived."""
    headers: tuple[tuple[str, str], ...]
    """The archived header fields, in their order."""
    body: bytes
    """As served: content encodings (true or not) still on."""
    archive: str
    """The archive's name: ``internet-archive``."""
    archive_digest: str | None
    """The CDX digest, where the index was asked."""
    fetched_at: datetime
    crawl_id: str

    def header(self, name: str) -> str | None:
        """The first archived field of that name, or ``None``."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(slots=True)
class Item:
    """A fetched capture on its way through the item pipelines."""

    snapshot: Snapshot
    capture_id: int
    """The capture's id in the ledger."""
    document: Document | None
    """Its text where it becomes a row of ``policies``; ``None`` where only the bytes are kept."""
    primary: bool = False
    """Whether it is the main privacy policy of that domain on that date."""
    policy_owner: str = "same_domain"
    """same_domain, same_organisation or other."""
    warc_file: str | None = None
    warc_offset: int | None = None
