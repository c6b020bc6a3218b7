import gzip

import pytest

from pipelines.dataset.digests import EMPTY, is_verified, sha1_base32

BODY = b"<p>We sell no data.</p>"
PACKED = gzip.compress(BODY, mtime=0)
OF_BODY, OF_PACKED = sha1_base32([BODY]), sha1_base32([PACKED])


def test_a_digest_is_the_sha1_in_base32_of_all_pieces() -> None:
    assert sha1_base32([]) == EMPTY
    assert sha1_base32([BODY[:5], BODY[5:]]) == OF_BODY


@pytest.mark.parametrize(
    ("body", "encoding", "digest", "verified"),
    [
        (BODY, None, OF_BODY, True),
        (BODY, None, f"sha1:{OF_BODY.lower()}", True),
        (BODY, None, OF_PACKED, False),
        (BODY[:9], None, OF_BODY, False),
        (PACKED, "gzip", OF_PACKED, True),
        (PACKED, "gzip", OF_BODY, True),
        (PACKED, None, OF_BODY, True),
        (BODY, "gzip", OF_PACKED, False),
        (b"", None, EMPTY, True),
        (BODY, None, None, None),
        (BODY, None, "-", None),
        (BODY, None, "sha256:" + "0" * 64, None),
        (BODY, None, "homepage", None),
    ],
)
def test_a_body_is_compared_as_it_came_and_without_its_codings(
    body: bytes, encoding: str | None, digest: str | None, verified: bool | None
) -> None:
    assert is_verified(sha1_base32([body]), body, encoding, digest) is verified
