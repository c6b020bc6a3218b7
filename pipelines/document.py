"""What a capture's bytes say, once read: the ``Document`` that extraction gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipelines.outcomes import Kind


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one capture, and what is known of it from its bytes alone."""

    title: str | None
    """The page's title, white space collapsed."""
    text: str
    """Plain text, NFC: paragraphs parted by a blank line, ``  • `` before items, cells parted by `` | ``."""
    markdown: str
    """The same document as CommonMark, with absolute links."""
    language: str | None
    """ISO 639-1, ``None`` rather than a guess."""
    language_score: float | None
    """The language's probability, 0 to 1."""
    kind: Kind
    """What the page is."""
    policy_score: float
    """Probability that the text is a privacy policy, 0 to 1."""
    effective_date: date | None
    """The date the text gives for itself."""
    charset: str | None
    """The character encoding that was decoded, by its WHATWG name in lower case; ``None`` for PDF."""
    words: int
    """Words of ``text``."""
    text_sha256: str
    """Hex SHA-256 of the text's words: case, layout and punctuation do not count."""
    sketch: bytes
    """``pipelines.page.sketch`` of the text: how alike two texts are; empty where there is no text."""
    raw_sha256: str
    """Hex SHA-256 of the body after content decoding."""
    extractor: str
    """Which way the text was taken, with its version: ``trafilatura 2.3.1``."""
    detail: str | None = None
    """Why the text is empty, or what had to be repaired; ``None`` where there is nothing to say."""
    follow: tuple[str, ...] = ()
    """Absolute URLs that hold the text instead: a meta refresh's target or a frameset's frames."""
