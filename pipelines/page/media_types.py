"""The media type of a body by its first bytes, since servers call anything ``text/html``."""

from __future__ import annotations

import unicodedata

from pipelines.page.character_encoding import utf16_of
from pipelines.page.encodings import codec_of

PDF = "PDF"
BINARY = "binary data"

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG image"),
    (b"\x89PNG\r\n", "PNG image"),
    (b"GIF8", "GIF image"),
    (b"RIFF", "RIFF media"),
    (b"PK\x03\x04", "ZIP archive or office document"),
    (b"\xd0\xcf\x11\xe0", "Microsoft Office document"),
    (b"{\\rtf", "RTF document"),
    (b"%!PS", "PostScript document"),
    (b"Rar!", "RAR archive"),
    (b"MZ\x90", "Windows program"),
    (b"\x7fELF", "program"),
    (b"CWS", "Flash film"),
    (b"FWS", "Flash film"),
    (b"ID3", "MP3 audio"),
    (b"OggS", "Ogg media"),
    (b"wOFF", "font"),
    (b"wOF2", "font"),
    (b"\x00\x00\x01\x00", "icon"),
)


def media_of(body: bytes, content_type: str | None = None) -> str | None:
    """``PDF``, the name of another binary format, or ``BINARY``; ``None`` for what may be text.

    ``content_type`` is the archived header. Of it only UTF-16 counts, whose bytes look like binary data.
    """
    head = body[:1024]
    if b"%PDF-" in head:
        return PDF
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if b"ftyp" in head[4:8]:
        return "MP4 media"
    if sum(head.count(c) for c in _CONTROLS) <= 0.05 * len(head):
        return None
    utf16 = utf16_of(body, content_type)
    return None if utf16 and _is_text(head.decode(codec_of(utf16), "replace")) else BINARY


def _is_text(characters: str) -> bool:
    odd = sum(unicodedata.category(c) in _NO_LETTER and c not in "\0\t\n\f\r\x1b" for c in characters)
    return odd <= 0.05 * len(characters)


#: Control characters that no text holds. NUL is none of them: it stands in UTF-16 and in damaged pages.
_CONTROLS = tuple(c for c in range(1, 0x20) if c not in b"\t\n\f\r\x1b")
#: Unicode's categories of characters that no page holds: controls, private use, code points for nothing.
_NO_LETTER = frozenset(("Cc", "Cn", "Co", "Cs"))
