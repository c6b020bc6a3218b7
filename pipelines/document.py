"""One capture on its way to the dataset: its bytes (``Snapshot``), its text (``Document``), both as one ``Item``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pipelines.header_fields import header
from pipelines.outcomes import Kind, Owner


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of one capture (a memento), as an archive played them back."""

    domain: str
    """The domain asked for, lower case, punycode."""
    policy_url: str
    """The URL really captured (``rel="original"``)."""
    captured_at: datetime
    """Memento-Datetime, UTC."""
    requested_at: datetime
    """Time of the capture asked for, UTC."""
    wayback_url: str
    """Address of these bytes in the archive."""
    view_url: str
    """Address of the same capture as the archive shows it to people."""
    found_by: str
    """How the URL was found, one of ``pipelines.outcomes.FoundBy``."""
    link_text: str | None
    """Text of the homepage's link that led to the URL."""
    redirects: tuple[str, ...]
    """Captured URLs that redirected to this one, in their order."""
    http_status: int
    """HTTP status as archived."""
    headers: tuple[tuple[str, str], ...]
    """Archived header fields, in their order."""
    body: bytes
    """The body as served. Its content codings, true or not, are still on."""
    archive: str
    """The archive, as ``pipelines.urls.archive_name`` has it: ``web.archive.org``."""
    archive_digest: str | None
    """Digest that the CDX index gives; ``None`` if the index was not asked."""
    fetched_at: datetime
    crawl_id: str

    def header(self, name: str) -> str | None:
        """The first archived field of that name, or ``None``."""
        return header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one capture, and what its bytes alone tell about it."""

    title: str | None
    """The page's title, white space collapsed."""
    text: str
    """Plain text, NFC: paragraphs parted by a blank line, a bullet before items, a ``|`` between cells."""
    markdown: str
    """The same document as CommonMark, with absolute links."""
    language: str | None
    """ISO 639-1; ``None`` if the language is uncertain."""
    language_score: float | None
    """Probability of the language, 0 to 1."""
    kind: Kind
    """What the page is."""
    policy_score: float
    """Probability that the text is a privacy policy, 0 to 1."""
    effective_date: date | None
    """The date that the text gives for itself."""
    charset: str | None
    """Character encoding that was decoded, by its WHATWG name in lower case; ``None`` for PDF and characters."""
    words: int
    """Number of words in ``text``."""
    text_sha256: str
    """``pipelines.page.normalization.sha256_of_text``: case, layout, ids and years of a copyright don't count."""
    sketch: bytes
    """``pipelines.page.sketch`` of ``text``, by which two texts are compared; empty if there is no text."""
    raw_sha256: str
    """Hex SHA-256 of the body without its content codings."""
    extractor: str
    """The software that took the text (``pipelines.extraction.EXTRACTOR``): one name for all texts of one build."""
    reading: str | None = None
    """Which path the bytes took to their text, as ``pipelines.outcomes.Reading`` joined by ``+``:
    ``dom+embedded``; ``None`` if nothing could be read."""
    detail: str | None = None
    """Why the text is empty, or what had to be repaired; ``None`` if there is nothing to say."""
    follow: tuple[str, ...] = ()
    """Absolute URLs that hold the text instead: the target of a meta refresh, frames, objects."""


@dataclass(slots=True)
class Item:
    """A fetched capture on its way through the item pipelines."""

    snapshot: Snapshot
    settles: tuple[int, ...]
    """Ids in the ledger of the captures that are settled as soon as all this is on disk."""
    document: Document | None
    """The snapshot's text, if it becomes a row of ``policies``; ``None`` if only bytes are kept."""
    passed: tuple[Snapshot, ...] = ()
    """What was served on the way to the snapshot: redirects, framesets, other frames."""
    primary: bool = False
    """True if it may be the main privacy policy; which rows are is decided when the domain is settled."""
    policy_owner: str = Owner.SAME_DOMAIN
    """Whose policy it is, one of ``pipelines.outcomes.Owner``."""
    digest_verified: bool | None = None
    """True if the body has the index's digest; ``None`` if there is none to compare."""
    warc_file: str | None = None
    warc_offset: int | None = None
