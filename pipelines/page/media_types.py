"""What a body is, by its first bytes: servers call anything ``text/html``."""

from __future__ import annotations

import unicodedata

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


def media_of(body: bytes, utf16: str | None = None) -> str | None:
    """``PDF``, the name of another binary format, or ``None`` for what may be text.

    ``utf16`` is the form of UTF-16 that the body may be in: its bytes look like any, its characters do not.
    """
    head = body[:1024]
    if b"%PDF-" in head:
        return PDF
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if b"ftyp" in head[4:8]:
        return "MP4 media"
    if utf16 and _is_text(head.decode(codec_of(utf16), "replace")):
        return None
    controls = sum(head.count(c) for c in _CONTROLS)
    return BINARY if controls > 0.05 * len(head) else None


def _is_text(characters: str) -> bool:
    odd = sum(unicodedata.category(c) in _NO_LETTER and c not in "\0\t\n\f\r\x1b" for c in characters)
    return odd <= 0.05 * len(characters)


#: Control characters no text holds; NUL is not among them, for it stands in UTF-16 and in damaged pages.
_CONTROLS = tuple(c for c in range(1, 0x20) if c not in b"\t\n\f\r\x1b")
#: Unicode's categories of what no page holds: controls, and code points for nothing or for private use.
_NO_LETTER = frozenset(("Cc", "Cn", "Co", "Cs"))
