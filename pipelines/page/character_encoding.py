"""A page's character encoding: from bytes to characters.

What a page declares may be wrong, so each declaration is tried on the bytes, and the bytes themselves have the last
word.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pipelines.page.encoding_detection import detect
from pipelines.page.encodings import codec_of, encoding_of
from pipelines.page.mojibake import repair_mojibake
from pipelines.page.tree import without_scripts

#: Characters of a page that are read: no policy is longer, and time and memory stay bounded. The scripts of a longer
#: page are left out first.
MAX_CHARACTERS = 4_000_000
#: Bytes of a page by which its encoding is judged.
_JUDGED = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a page."""

    text: str
    charset: str | None
    """WHATWG name in lower case; ``None`` for characters that were not bytes."""
    note: str | None = None
    """What had to be repaired; ``None`` if the page was as it said."""


_META_CHARSET = re.compile(rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})""", re.I)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
#: HTML looks for a meta in the first 1,024 bytes. Old pages put scripts before it.
_META_WINDOW = 16 * 1024

_UTF16_BOMS = ((codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))


def decode(body: bytes, content_type: str | None = None, *, detect: Callable[[bytes], str] = detect) -> Decoded:
    """The characters of a page; never raises.

    A byte order mark goes first. Bytes that are valid UTF-8 beyond ASCII are UTF-8 whatever was declared: text in a
    legacy encoding is valid UTF-8 by accident only in a word or two. Then comes the charset of the HTTP header
    ``content_type``, then the page's meta or XML declaration; one that cannot read the page is passed over.
    ``detect`` gives the WHATWG name of the encoding of a page that declares none, or only wrong ones.
    """
    utf16 = utf16_of(body, content_type)
    if utf16 is not None:
        return _finish(body.decode(codec_of(utf16), "replace").removeprefix("\ufeff"), utf16)
    if body.startswith(codecs.BOM_UTF8):
        return _finish(body[len(codecs.BOM_UTF8) :].decode("utf-8", "replace"), "utf-8")
    declared = _declared(body, content_type)
    if body.isascii() and b"\x1b" not in body:
        return _finish(body.decode("ascii"), declared[0] if declared else "utf-8")
    if (text := _as_utf8(body, declared)) is not None:
        note = None if not declared or declared[0] == "utf-8" else f"declared {declared[0]}, is utf-8"
        return _finish(text, "utf-8", note)
    for name in declared:
        if name in _WESTERN and _high_bytes_come_in_runs(body):
            continue  # a server's or an editor's default, not this page's encoding
        text = _read(body, name)
        if text is not None:
            return _finish(text, name)
    name = detect(body)
    note = f"declared {declared[0]}, read as {name}" if declared else None
    return _finish(body.decode(codec_of(name), "replace"), name, note)


def decoded(text: str) -> Decoded:
    """The same for characters that others decoded. Halves of surrogate pairs, which are no characters, become ``?``."""
    return _finish(text.encode("utf-8", "replace").decode("utf-8").removeprefix("\ufeff"), None)


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """The encodings that the HTTP header and the page itself name, in the order in which they are tried."""
    header = _HEADER_CHARSET.search(content_type or "")
    head = body[:_META_WINDOW]
    meta = _META_CHARSET.search(head) or _XML_ENCODING.search(head)
    labels = (header and header[1], meta and meta[1].decode("ascii", "replace"))
    declared = dict.fromkeys(name for label in labels if (name := encoding_of(label)))
    # A meta that could be read byte by byte shows that the page is not UTF-16 (HTML 13.2.3.2).
    return ["utf-8" if meta and name.startswith("utf-16") else name for name in declared]


def utf16_of(body: bytes, content_type: str | None = None) -> str | None:
    """``utf-16le`` or ``utf-16be`` if a byte order mark, the bytes, or a header that they bear out say so.

    Markup in UTF-16 has a NUL in every other byte. Where letters of other scripts stand between the tags, there are
    fewer: that is enough if the header declares UTF-16.
    """
    for bom, marked in _UTF16_BOMS:
        if body.startswith(bom):
            return marked
    header = _HEADER_CHARSET.search(content_type or "")
    declared = (encoding_of(header and header[1]) or "").startswith("utf-16")
    head = body[:200]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if len(head) < 8 or min(even, odd) > 2 or max(even, odd) < (0.1 if declared else 0.4) * len(head) / 2:
        return None
    return "utf-16be" if even > odd else "utf-16le"


_MULTIBYTE = frozenset({"gbk", "gb18030", "big5", "euc-jp", "shift_jis", "euc-kr", "iso-2022-jp"})
_WESTERN = frozenset({"windows-1252", "iso-8859-15", "macintosh"})
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]+")


def _as_utf8(body: bytes, declared: list[str]) -> str | None:
    """The page if its bytes beyond ASCII are UTF-8, but for stray ones (a cut, or what was pasted from elsewhere).

    One in twenty may be stray, and as many as are not where UTF-8 alone is declared: in text of another encoding,
    UTF-8 is rarer than that.
    """
    sure_after = 8 if set(declared) & _MULTIBYTE else 1
    if sure_after == 1:
        with suppress(UnicodeDecodeError):
            return body.decode("utf-8")
    sequences = _UTF8_SEQUENCE.findall(body, 0, _JUDGED)
    stray = sum(map(len, _HIGH.findall(body, 0, _JUDGED))) - sum(map(len, sequences))
    is_utf8 = len(sequences) >= sure_after and stray * (1 if declared == ["utf-8"] else 20) <= len(sequences)
    return body.decode("utf-8", "replace") if is_utf8 else None


def _high_bytes_come_in_runs(body: bytes) -> bool:
    """True for text in Cyrillic or Greek, whose words are all high bytes; Western accents stand alone among ASCII."""
    runs = [len(r) for r in _HIGH.findall(body, 0, _JUDGED)]
    return sum(n for n in runs if n >= 4) > 0.6 * sum(runs)


def _read(body: bytes, name: str) -> str | None:
    """The page read in a declared encoding; ``None`` if over a fiftieth of its high bytes make no sense there."""
    text = body.decode(codec_of(name), "replace")
    if name == "windows-1252":
        return text
    judged = body[:_JUDGED]
    high = sum(map(len, _HIGH.findall(judged)))
    senseless = judged.decode(codec_of(name), "replace").count("\ufffd")
    return text if senseless * 50 <= max(high, 50) else None


def _finish(text: str, charset: str | None, note: str | None = None) -> Decoded:
    """The characters within bounds, without NULs, and with double-encoded ones repaired."""
    notes = [note]
    if len(text) > MAX_CHARACTERS:
        text = without_scripts(text)
    if len(text) > MAX_CHARACTERS:
        text = text[:MAX_CHARACTERS]
        notes.append(f"read to {MAX_CHARACTERS} characters")
    if charset == "windows-1252":
        text = text.replace("\ufffd", "")
    if (repaired := repair_mojibake(text)) is not None:
        text = repaired
        notes.append("double-encoded characters repaired")
    return Decoded(text.replace("\0", ""), charset, "; ".join(filter(None, notes)) or None)
