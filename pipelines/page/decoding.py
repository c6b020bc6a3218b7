"""From stored bytes to characters: content coding first, then the character encoding.

Archived headers lie (a blank ``Content-Encoding`` over gzip bytes, ``gzip`` over plain ones, gzip twice,
bodies cut short), so each step tries what was declared, then what the bytes themselves say, and keeps
its input when both fail.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.page.encoding_detection import detect
from pipelines.page.encodings import codec_of, encoding_of

#: The most a body may unpack to. The longest real policy pages are some 5 MB; a bomb is cut here.
MAX_BYTES = 16 * 1024 * 1024
#: Characters of a page that are read: no policy is longer, and time and memory stay bounded.
MAX_CHARACTERS = 4_000_000
#: Bytes of a page by which its encoding is judged.
_JUDGED = 2 * 1024 * 1024
#: Codings laid over each other that are taken off; gzip in gzip in a declared gzip is the most seen.
MAX_LAYERS = 4

#: Small, since a damaged stream loses the chunk in which the damage shows.
_CHUNK = 512
_CUT = f"cut at {MAX_BYTES >> 20} MB"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A body without its content codings."""

    body: bytes
    note: str | None = None
    """What was wrong on the way: cut short, damaged, or cut at ``MAX_BYTES``."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body's characters."""

    text: str
    charset: str
    """WHATWG name in lower case."""
    note: str | None = None
    """What had to be repaired; ``None`` where the page was as it said."""


class _NotThisCodingError(Exception):
    """The bytes are not in the coding tried: nothing came out."""


def unpack(body: bytes, content_encoding: str | None = None) -> Unpacked:
    """Take off gzip, deflate, brotli and zstd, declared or not; never raises.

    A coding that was declared but is not there is passed over. What a damaged or truncated stream still
    holds is given, and the note says so.
    """
    declared = [c.strip().lower() for c in (content_encoding or "").split(",") if c.strip()]
    notes: list[str] = []
    for _ in range(MAX_LAYERS):
        coding = _coding_by_magic(body) or (declared.pop() if declared else None)
        if coding is None:
            break
        if declared and declared[-1] == coding:
            declared.pop()
        try:
            body, note = _decompress(body, coding)
        except _NotThisCodingError:
            if not declared:
                break
            continue
        if note:
            notes.append(note)
        if len(body) >= MAX_BYTES:
            break
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES]
        notes.append(_CUT)
    return Unpacked(body, "; ".join(dict.fromkeys(notes)) or None)


def guess_coding(body: bytes, is_text: Callable[[bytes], bool]) -> Unpacked | None:
    """A body of brotli or raw deflate, which no header declared and no first bytes tell, if it holds text."""
    for coding in ("br", "deflate"):
        try:
            tried, note = _decompress(body, coding)
        except _NotThisCodingError:
            continue
        inner = unpack(tried)
        if "damaged" not in (note or "") and len(inner.body) > len(body) and is_text(inner.body):
            return Unpacked(inner.body, "; ".join(filter(None, (f"undeclared {coding}", note, inner.note))))
    return None


def _coding_by_magic(body: bytes) -> str | None:
    if body.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if body.startswith(b"\x28\xb5\x2f\xfd"):
        return "zstd"
    # RFC 1950: deflate's method 8 with a 32 KB window, and a header that is a multiple of 31.
    if len(body) > 2 and body[0] == 0x78 and int.from_bytes(body[:2]) % 31 == 0:
        return "deflate"
    return None


def _decompress(body: bytes, coding: str) -> tuple[bytes, str | None]:
    if coding in ("gzip", "x-gzip"):
        return _run(lambda: zlib.decompressobj(wbits=31), body, "gzip")
    if coding == "deflate":
        try:
            return _run(lambda: zlib.decompressobj(), body, "deflate")
        except _NotThisCodingError:  # many servers sent RFC 1951 without RFC 1950's wrapper
            return _run(lambda: zlib.decompressobj(wbits=-15), body, "deflate")
    if coding == "br":
        return _brotli(body)
    if coding == "zstd":
        try:
            from backports import zstd
        except ImportError:  # Python 3.14 has it built in
            from compression import zstd  # type: ignore[import-not-found,no-redef]
        return _run(lambda: zstd.ZstdDecompressor(), body, "zstd")
    raise _NotThisCodingError(coding)  # identity, aws-chunked, and words that are no coding


def _run(new: Callable[[], Any], body: bytes, name: str) -> tuple[bytes, str | None]:
    """Drive a decompressor of zlib's shape over all members of a stream, up to MAX_BYTES."""
    view, at = memoryview(body), 0
    out = bytearray()
    note = None
    stream = new()
    while at < len(view) and len(out) < MAX_BYTES:
        chunk = view[at : at + _CHUNK]
        at += len(chunk)
        try:
            out += stream.decompress(chunk, MAX_BYTES - len(out))
        except Exception:  # zlib.error, ZstdError, EOFError: what came before the damage is kept
            note = f"{name} stream damaged"
            break
        if stream.eof:
            at -= len(stream.unused_data)
            if _coding_by_magic(bytes(view[at : at + 4])) != name:  # what follows is padding, no member
                break
            stream = new()
    if not out:
        raise _NotThisCodingError(name)
    if len(out) >= MAX_BYTES:
        note = _CUT
    elif note is None and not stream.eof:
        note = f"{name} stream cut short"
    return bytes(out), note


def _brotli(body: bytes) -> tuple[bytes, str | None]:
    import brotli

    out = bytearray()
    stream = brotli.Decompressor()
    data = body
    try:
        while len(out) < MAX_BYTES:
            piece = stream.process(data, output_buffer_limit=1 << 20)
            out += piece
            data = b""
            if not piece or stream.is_finished():
                break
    except brotli.error:
        if not out:
            raise _NotThisCodingError("br") from None
        return bytes(out), "br stream damaged"
    if not out:
        raise _NotThisCodingError("br")
    if len(out) >= MAX_BYTES:
        return bytes(out[:MAX_BYTES]), _CUT
    return bytes(out), None if stream.is_finished() else "br stream cut short"


_META_CHARSET = re.compile(rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})""", re.I)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
#: HTML's own limit for a meta is the first 1,024 bytes; old pages put scripts before it.
_META_WINDOW = 16 * 1024

_UTF16_BOMS = ((codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """The characters of a page: by BOM, HTTP charset, meta, then detection; never raises.

    Bytes that are valid UTF-8 beyond ASCII are UTF-8 whatever was declared: text of the legacy encodings
    is valid UTF-8 by accident only in a word or two. A declared encoding that cannot read the page is
    passed over for the next.
    """
    utf16 = utf16_of(body, content_type)
    if utf16 is not None:
        return _finish(body.decode(codec_of(utf16), "replace").removeprefix("\ufeff"), utf16)
    if body.startswith(codecs.BOM_UTF8):
        return _finish(body[len(codecs.BOM_UTF8) :].decode("utf-8", "replace"), "utf-8")
    header = _HEADER_CHARSET.search(content_type or "")
    head = body[:_META_WINDOW]
    meta = _META_CHARSET.search(head) or _XML_ENCODING.search(head)
    labels = (header and header[1], meta and meta[1].decode("ascii", "replace"))
    declared = list(dict.fromkeys(name for label in labels if (name := encoding_of(label))))
    # A meta that could be read byte by byte shows that the page is not UTF-16 (HTML 13.2.3.2).
    declared = ["utf-8" if meta and n.startswith("utf-16") else n for n in declared]
    return _by_declaration_or_bytes(body, declared)


def utf16_of(body: bytes, content_type: str | None = None) -> str | None:
    """``utf-16le`` or ``utf-16be`` by a mark, by the bytes, or by a header that they bear out.

    Markup in UTF-16 has a NUL in every other byte; other scripts between the tags have fewer.
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


def _by_declaration_or_bytes(body: bytes, declared: list[str]) -> Decoded:
    if body.isascii() and b"\x1b" not in body:
        return _finish(body.decode("ascii"), declared[0] if declared else "utf-8")
    if _reads_as_utf8(body, sure_after=8 if set(declared) & _MULTIBYTE else 1):
        note = None if not declared or declared[0] == "utf-8" else f"declared {declared[0]}, is utf-8"
        return _finish(body.decode("utf-8", "replace"), "utf-8", note)
    for name in declared:
        if name in _WESTERN and _high_bytes_come_in_runs(body):
            continue  # a server's or an editor's default, not this page's encoding
        text = _read(body, name)
        if text is not None:
            return _finish(text, name)
    name = detect(body)
    note = f"declared {declared[0]}, read as {name}" if declared else None
    return _finish(body.decode(codec_of(name), "replace"), name, note)


_MULTIBYTE = frozenset({"gbk", "gb18030", "big5", "euc-jp", "shift_jis", "euc-kr", "iso-2022-jp"})
_WESTERN = frozenset({"windows-1252", "iso-8859-15", "macintosh"})
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]+")


def _reads_as_utf8(body: bytes, sure_after: int) -> bool:
    """Whether the bytes beyond ASCII are UTF-8, but for a stray one among many (a cut or a pasted byte)."""
    if sure_after == 1:
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return True
    sequences = _UTF8_SEQUENCE.findall(body, 0, _JUDGED)
    stray = sum(map(len, _HIGH.findall(body, 0, _JUDGED))) - sum(map(len, sequences))
    return len(sequences) >= sure_after and stray * 20 <= len(sequences)


def _high_bytes_come_in_runs(body: bytes) -> bool:
    """In Western text accented letters stand alone among ASCII; in Cyrillic or Greek they make the words."""
    runs = [len(r) for r in _HIGH.findall(body, 0, _JUDGED)]
    return sum(n for n in runs if n >= 4) > 0.6 * sum(runs)


def _read(body: bytes, name: str) -> str | None:
    """The page read in a declared encoding, unless a fiftieth of it or more makes no sense there."""
    text = body.decode(codec_of(name), "replace")
    if name == "windows-1252":
        return text
    judged = body[:_JUDGED]
    high = sum(map(len, _HIGH.findall(judged)))
    senseless = judged.decode(codec_of(name), "replace").count("\ufffd")
    return text if senseless * 50 <= max(high, 50) else None


def _finish(text: str, charset: str, note: str | None = None) -> Decoded:
    if len(text) > MAX_CHARACTERS:
        text = text[:MAX_CHARACTERS]
        note = "; ".join(filter(None, (note, f"read to {MAX_CHARACTERS} characters")))
    if charset == "windows-1252" and "\ufffd" in text:
        text = text.replace("\ufffd", "")
    repaired = repair_mojibake(text)
    if repaired is not None:
        text = repaired
        note = "; ".join(filter(None, (note, "double-encoded characters repaired")))
    return Decoded(text.replace("\0", ""), charset, note)


_CP1252 = {bytes([i]).decode("cp1252", "ignore") or chr(i): i for i in range(0x80, 0x100)}
_CP1252 |= {chr(i): i for i in range(0x80, 0xA0)}  # PHP's utf8_encode() took them for ISO-8859-1's controls
_TRAIL = re.escape("".join(c for c, i in _CP1252.items() if i < 0xC0))
_CONTROL = re.compile("[\x80-\x9f]")
#: What may be a sure run: the leads of Western text with a trail byte, a lead and a control, or a lead and
#: five more characters.
_MOJIBAKE = re.compile(
    f"[ÂÃâ][{_TRAIL}]|[\xc2-\xf4][\x80-\x9f]|[\xc2-\xf4][{_TRAIL}][{re.escape(''.join(_CP1252))}]{{4}}"
)
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")


def repair_mojibake(text: str) -> str | None:
    """UTF-8 that was once read as windows-1252 and encoded again, read rightly; ``None`` if there is none.

    The page is surely such where the windows-1252 bytes of some run of characters are UTF-8 and no one would
    have written it: it starts with a lead of Western text (``Â``, ``Ã``, ``â``), it holds a control character,
    or it is long. Then every run that can be read so is, as often as it was encoded.
    """
    if text.isascii() or not _MOJIBAKE.search(" ".join(_BEYOND_ASCII.findall(text))):  # all of it is beyond ASCII
        return None
    sure = False

    def repair(found: re.Match[str]) -> str:
        nonlocal sure
        run = found[0]
        try:
            right = bytes(_CP1252[c] for c in run).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            return run
        sure = sure or run[0] in "ÂÃâ" or len(run) >= 6 or bool(_CONTROL.search(run))
        return right

    repaired = _BEYOND_ASCII.sub(repair, text)
    return (repair_mojibake(repaired) or repaired) if sure else None
