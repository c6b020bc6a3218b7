from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.middlewares.budgets import is_inside, retry_after


@pytest.mark.parametrize(("value", "seconds"), [(b"0", 0.0), (b"7", 7.0), (b" 120 ", 120.0), (b"86400", 86400.0)])
def test_retry_after_may_be_seconds(value: bytes, seconds: float) -> None:
    assert retry_after(value) == seconds


def test_retry_after_may_be_a_date() -> None:
    then = datetime.now(UTC) + timedelta(seconds=100)
    assert retry_after(format_datetime(then, usegmt=True).encode()) == pytest.approx(100, abs=2)


def test_a_date_that_has_passed_is_no_wait() -> None:
    assert retry_after(b"Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


@pytest.mark.parametrize(
    "value", [None, b"", b"soon", b"-5", b"1.5", b"\xb2", b"\xff\xfe", b"Wed, 99 Oct 2015", b"\x00"]
)
def test_an_unreadable_retry_after_is_none(value: bytes | None) -> None:
    assert retry_after(value) is None


@given(st.binary(max_size=40))
def test_no_retry_after_raises_or_is_negative(value: bytes) -> None:
    seconds = retry_after(value)
    assert seconds is None or seconds >= 0


ARCHIVE = "https://web.archive.org"


@pytest.mark.parametrize(
    "url",
    [
        "https://web.archive.org/web/2004id_/http://evil.example/",
        "https://web.archive.org/cdx/search/cdx?url=evil.example",
        "https://web.archive.org",
        "https://web.archive.org/web/2004id_/http://user@evil.example/",
    ],
)
def test_what_goes_to_the_archive_is_inside(url: str) -> None:
    assert is_inside(url, ARCHIVE)


@pytest.mark.parametrize(
    "url",
    [
        "http://web.archive.org/",
        "ftp://web.archive.org/",
        "//web.archive.org/",
        "https://web.archive.org:8443/",
        "https://archive.org/",
        "https://evil.example/web.archive.org/",
        "https://web.archive.org.evil.example/",
        "https://web.archive.org@evil.example/",
        "https://web.archive.org:443@evil.example/",
        "https://user:word@web.archive.org/",
        "https://evil.example\\@web.archive.org/",
        "https://web.archive.org\\@evil.example/",
        "https://web.archive.org\\.evil.example/",
        "https://web.archive.org\t.evil.example/",
        "https://evil.example#@web.archive.org/",
        "https://evil.example?@web.archive.org/",
        "https:/web.archive.org/",
        "file:///etc/passwd",
        "data:,",
        "",
        "https://[web.archive.org/",
    ],
)
def test_what_goes_anywhere_else_is_not(url: str) -> None:
    assert not is_inside(url, ARCHIVE)


def test_a_loopback_archives_port_counts() -> None:
    assert is_inside("http://127.0.0.1:8090/cdx", "http://127.0.0.1:8090")
    assert not is_inside("http://127.0.0.1:8091/cdx", "http://127.0.0.1:8090")
    assert not is_inside("http://127.0.0.1/cdx", "http://127.0.0.1:8090")
