"""A body's content coding: gzip, deflate, brotli and zstd are taken off, whether they were declared or not.

Archived headers lie: a blank ``Content-Encoding`` over gzip bytes, ``gzip`` over plain ones, gzip twice, bodies cut
short. So each step tries what was declared, then what the bytes themselves say, and keeps its input if both fail.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.page.media_types import BINARY, media_of

#: The most bytes that a body may unpack to. Some pages carry 30 MB of scripts around their text; a bomb is cut here.
MAX_BYTES = 48 * 1024 * 1024
#: The most codings, one over the other, that are taken off. Gzip in gzip in a declared gzip is the most seen.
MAX_LAYERS = 4

#: Small, since a damaged stream loses the chunk in which the damage shows.
_CHUNK = 512
_CUT = f"cut at {MAX_BYTES >> 20} MB"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A body without its content codings."""

    body: bytes
    media: str | None = None
    """What the bytes are, as ``media_of`` says; ``None`` for text."""
    note: str | None = None
    """What was wrong: cut short, damaged, cut at ``MAX_BYTES``, or a coding that nothing declared."""


class _NotThisCodingError(Exception):
    """The bytes are not in the coding tried: nothing came out."""


def unpack(body: bytes, content_encoding: str | None = None, content_type: str | None = None) -> Unpacked:
    """Take off all content codings; never raises.

    ``content_encoding`` and ``content_type`` are the archived headers. A coding that was declared but is not there is
    passed over. A damaged or truncated stream gives what it still holds, and the note says so. Bytes that are still
    no text are tried as the two codings without a signature, brotli and raw deflate.
    """
    inner, note = _unpacked(body, content_encoding)
    media = media_of(inner, content_type)
    if media == BINARY and (guessed := _guess(inner)):
        (inner, guess_note), media = guessed, None
        note = "; ".join(filter(None, (note, guess_note)))
    return Unpacked(inner, media, note)


def _unpacked(body: bytes, content_encoding: str | None) -> tuple[bytes, str | None]:
    """The body without codings that were declared or show by their signature, and what was wrong with them."""
    declared = [c.strip().lower() for c in (content_encoding or "").split(",") if c.strip()]
    notes: list[str] = []
    for _ in range(MAX_LAYERS):
        coding = _coding_by_signature(body) or (declared.pop() if declared else None)
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
    return body, "; ".join(dict.fromkeys(notes)) or None


def _guess(body: bytes) -> tuple[bytes, str] | None:
    """The text in a body of brotli or raw deflate that no header declared, and a note; ``None`` if it holds none."""
    for coding in ("br", "deflate"):
        try:
            tried, note = _decompress(body, coding)
        except _NotThisCodingError:
            continue
        inner, inner_note = _unpacked(tried, None)
        if "damaged" not in (note or "") and len(inner) > len(body) and media_of(inner) is None:
            return inner, "; ".join(filter(None, (f"undeclared {coding}", note, inner_note)))
    return None


def _coding_by_signature(body: bytes) -> str | None:
    """The coding that a body's first bytes tell; brotli and raw deflate have no signature."""
    if body.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if body.startswith(b"\x28\xb5\x2f\xfd"):
        return "zstd"
    # RFC 1950: deflate's method 8 with a 32 KB window, and a header that is a multiple of 31.
    if len(body) > 2 and body[0] == 0x78 and int.from_bytes(body[:2]) % 31 == 0:
        return "deflate"
    return None


def _decompress(body: bytes, coding: str) -> tuple[bytes, str | None]:
    """The body without one coding, and what was wrong with the stream. Raises ``_NotThisCodingError``."""
    if coding in ("gzip", "x-gzip"):
        return _members(lambda: zlib.decompressobj(wbits=31), body, "gzip")
    if coding == "deflate":
        try:
            return _members(zlib.decompressobj, body, "deflate")
        except _NotThisCodingError:  # many servers sent RFC 1951 without RFC 1950's wrapper
            return _members(lambda: zlib.decompressobj(wbits=-15), body, "deflate")
    if coding == "br":
        return _brotli(body)
    if coding == "zstd":
        try:
            from backports import zstd
        except ImportError:  # Python 3.14 has it built in
            from compression import zstd  # type: ignore[import-not-found,no-redef]
        return _members(zstd.ZstdDecompressor, body, "zstd")
    raise _NotThisCodingError(coding)  # identity, aws-chunked, and words that are no coding


def _members(new: Callable[[], Any], body: bytes, name: str) -> tuple[bytes, str | None]:
    """Decompress all members of a stream, up to ``MAX_BYTES``; ``new`` makes a decompressor of zlib's shape."""
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
            if _coding_by_signature(bytes(view[at : at + 4])) != name:  # what follows is padding, no member
                break
            stream = new()
    return _decompressed(out, name, note, is_whole=stream.eof)


def _brotli(body: bytes) -> tuple[bytes, str | None]:
    """The same for brotli, whose decompressor is of another shape."""
    import brotli

    out = bytearray()
    note, is_whole = None, False
    stream = brotli.Decompressor()
    try:
        while len(out) < MAX_BYTES:
            piece = stream.process(body, output_buffer_limit=1 << 20)
            out += piece
            body, is_whole = b"", stream.is_finished()
            if is_whole or not piece:
                break
    except brotli.error:
        note = "br stream damaged"
    return _decompressed(out, "br", note, is_whole=is_whole)


def _decompressed(out: bytearray, name: str, note: str | None, *, is_whole: bool) -> tuple[bytes, str | None]:
    """What came out of a stream, up to ``MAX_BYTES``, and what was wrong with it. Raises ``_NotThisCodingError``."""
    if not out:
        raise _NotThisCodingError(name)
    if len(out) >= MAX_BYTES:
        note = _CUT
    elif note is None and not is_whole:
        note = f"{name} stream cut short"
    return bytes(out[:MAX_BYTES]), note
