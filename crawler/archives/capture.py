"""A capture: one archived exchange, a row of an archive's CDX index."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capture:
    """One CDX row, typed. Its key is (urlkey, timestamp, digest); the same row can come twice, also on two pages."""

    urlkey: str
    """SURT of the URL (``com,plimus)/jsp/privacy.htm``): scheme, ``www.``, case and default ports fall together."""
    timestamp: str
    """14 digits, UTC: YYYYMMDDhhmmss."""
    original: str
    """The URL as it was captured."""
    mimetype: str
    """As archived; ``warc/revisit`` where the bytes are those of an earlier capture with the same digest."""
    status: int | None
    """HTTP status as archived; ``None`` where the index has none (revisits)."""
    digest: str
    """Base32 SHA-1 of the body as the archive stores it. Equal digests mean equal bytes. It is no fixity check of what
    playback serves, which may be decoded."""
    length: int | None
    """Bytes of the compressed WARC record; ``None`` where the index has ``-``."""
