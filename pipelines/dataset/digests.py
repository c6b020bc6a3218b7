"""Digests of payloads as web archives write them: SHA-1 in base32."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from pipelines.page.content_coding import unpack

#: The digest of no bytes at all, as redirects have it.
EMPTY = "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
_DIGEST = re.compile(r"(?:sha1:)?([A-Z2-7]{32})", re.IGNORECASE)


def sha1_base32(blocks: Iterable[bytes]) -> str:
    """The digest of a payload that comes in pieces."""
    sha1 = hashlib.sha1(usedforsecurity=False)
    for block in blocks:
        sha1.update(block)
    return base64.b32encode(sha1.digest()).decode()


def is_verified(body_digest: str, body: bytes, content_encoding: str | None, archive_digest: str | None) -> bool | None:
    """True if a body has the digest of the archive's index; ``None`` where that gives none that can be compared.

    Archives take the digest of the payload as a crawler received it, with its content codings on. Some play back a
    body in another coding than they stored it in, so the digest may also be that of the body without its codings. The
    other way round nothing can be told: the same page has many compressed forms.
    """
    match = _DIGEST.fullmatch(archive_digest or "")
    if match is None:
        return None
    wanted = match[1].upper()
    if body_digest == wanted:
        return True
    decoded = unpack(body, content_encoding).body
    return decoded != body and sha1_base32([decoded]) == wanted
