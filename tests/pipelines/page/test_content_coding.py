"""Content codings that are declared, not declared, or declared wrongly."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.page.content_coding import MAX_BYTES, Unpacked, unpack

try:
    from backports import zstd
except ImportError:
    from compression import zstd

PAGE = b"<html><p>We collect your name and your address when you order.</p></html>" * 40


@pytest.mark.parametrize(
    ("packed", "declared"),
    [
        (PAGE, None),
        (PAGE, "gzip"),
        (PAGE, "br"),
        (PAGE, "none of your business"),
        (gzip.compress(PAGE), "gzip"),
        (gzip.compress(PAGE), None),
        (gzip.compress(PAGE), ""),
        (gzip.compress(PAGE), "br"),
        (gzip.compress(gzip.compress(PAGE)), "gzip"),
        (gzip.compress(gzip.compress(PAGE)), None),
        (gzip.compress(PAGE[:100]) + gzip.compress(PAGE[100:]), "gzip"),
        (gzip.compress(PAGE) + b"\0\0\0\0", "x-gzip"),
        (zlib.compress(PAGE), "deflate"),
        (zlib.compress(PAGE), None),
        (zlib.compress(PAGE)[2:-4], "deflate"),
        (brotli.compress(PAGE), "br"),
        (gzip.compress(brotli.compress(PAGE)), "br, gzip"),
        (zstd.compress(PAGE), "zstd"),
        (zstd.compress(PAGE), None),
    ],
)
def test_a_body_is_unpacked_by_declaration_and_by_what_its_bytes_say(packed, declared):
    unpacked = unpack(packed, declared)
    assert unpacked.body == PAGE
    assert unpacked.note is None


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, zstd.compress])
def test_a_truncated_stream_gives_what_it_holds_and_says_so(pack):
    varied = b"".join(b"<p>%d times %d</p>" % (i, i * i) for i in range(20_000))
    packed = pack(varied)
    unpacked = unpack(packed[: len(packed) // 2], None)
    assert varied.startswith(unpacked.body)
    assert len(unpacked.body) > len(varied) // 4
    assert "cut short" in unpacked.note


def test_a_damaged_stream_gives_what_came_before_the_damage():
    varied = b"".join(b"<p>%d times %d</p>" % (i, i * i) for i in range(20_000))
    packed = bytearray(gzip.compress(varied))
    packed[len(packed) // 2 : len(packed) // 2 + 50] = b"\xff" * 50
    unpacked = unpack(bytes(packed), "gzip")
    assert len(unpacked.body) > len(varied) // 4
    assert unpacked.note


def test_a_bomb_is_cut_and_the_row_says_so():
    unpacked = unpack(gzip.compress(b"\0" * (MAX_BYTES + 5_000_000)), "gzip")
    assert len(unpacked.body) == MAX_BYTES
    assert "cut at 48 MB" in unpacked.note


@given(st.binary(max_size=300), st.sampled_from([None, "", "gzip", "deflate", "br", "zstd", "gzip, br"]))
@settings(max_examples=150)
def test_whatever_the_bytes_unpacking_gives_bytes(body, declared):
    assert isinstance(unpack(body, declared).body, bytes)


@pytest.mark.parametrize(
    ("packed", "note"),
    [(brotli.compress(PAGE), "undeclared br"), (zlib.compress(PAGE)[2:-4], "undeclared deflate")],
)
def test_a_coding_without_a_signature_is_guessed_and_the_note_says_so(packed, note):
    assert unpack(packed) == Unpacked(PAGE, None, note)


@pytest.mark.parametrize(
    ("body", "media"),
    [(PAGE, None), (b"%PDF-1.4 and more", "PDF"), (gzip.compress(b"GIF89a" + bytes(40)), "GIF image")],
)
def test_what_is_inside_is_named(body, media):
    assert unpack(body).media == media
