"""The faults. Each is a function of the request and its normal answer, and sends another answer, or none."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from crawler.archives.cdx import FIELDS
from crawler.local_archive import cdx
from pipelines.dataset.digests import EMPTY

#: The page from which a CDX answer was rendered, so that a fault can change it and render it again.
PAGE = web.ResponseKey("page", cdx.Page)

#: How many rows of the index the answer may look at, where a fault says so.
SCAN_LIMIT = web.RequestKey("scan_limit", int)

#: In the log only: the connection was closed without an answer (nginx logs the same number). No client sees it.
CLOSED = 444

Answer = Callable[[], Awaitable[web.StreamResponse]]

_BLOCK = b"\0" * (1 << 16)


# The connection -----------------------------------------------------------------------------------


async def latency(request: web.Request, answer: Answer, *, seconds: float) -> web.StreamResponse:
    """Waits before the answer."""
    await asyncio.sleep(seconds)
    return await answer()


async def hang(request: web.Request, answer: Answer, *, seconds: float = 3600) -> web.StreamResponse:
    """Sends nothing, and closes the connection after ``seconds``."""
    await asyncio.sleep(seconds)
    return await drop(request, answer)


async def drop(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Closes the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=CLOSED)


async def truncate(request: web.Request, answer: Answer, *, keep: int = 100) -> web.StreamResponse:
    """Sends only the first ``keep`` bytes of the body; ``Content-Length`` promises more."""
    whole = await _unsent(answer)
    body = whole.body if isinstance(whole.body, bytes) else b""
    part = web.StreamResponse(status=whole.status, headers=whole.headers)
    part.content_length = max(len(body), keep + 1)
    await part.prepare(request)
    await part.write(body[:keep])
    if request.transport is not None:
        request.transport.close()
    return part


# The archive's own errors -------------------------------------------------------------------------


async def error(
    request: web.Request, answer: Answer, *, status: int = 503, retry_after: str | int | None = None
) -> web.StreamResponse:
    """An error page of the archive itself: HTML without ``Memento-Datetime``."""
    response = web.Response(status=status, content_type="text/html")
    title = f"{status} {response.reason}"
    response.text = f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n</body>\n</html>\n"
    response.headers["x-ts"] = str(status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


async def html(request: web.Request, answer: Answer) -> web.StreamResponse:
    """A page of the archive itself with status 200, in place of a CDX page or a memento."""
    text = "<html>\n<head><title>Internet Archive</title></head>\n<body>Temporarily Offline</body>\n</html>\n"
    return web.Response(text=text, content_type="text/html")


async def backend_failure(request: web.Request, answer: Answer) -> web.StreamResponse:
    """A Java exception with status 200, in place of CDX rows."""
    error = "org.archive.util.io.RuntimeIOException: org.apache.commons.httpclient.ConnectTimeoutException"
    return web.Response(text=f"{error}: The host did not accept the connection within timeout of 2000 ms\n")


async def blank(request: web.Request, answer: Answer) -> web.StreamResponse:
    """The normal status and headers with an empty body."""
    response = await _unsent(answer)
    response.body = b""
    return response


# CDX pages ----------------------------------------------------------------------------------------


async def empty_page(request: web.Request, answer: Answer) -> web.StreamResponse:
    """A page without rows; its resume key leads to the rows."""
    return await _with_page(answer, lambda page: replace(page, rows=[], resume_key=_key_of_page(request, page)))


async def repeat_key(request: web.Request, answer: Answer) -> web.StreamResponse:
    """The normal rows; the resume key leads to the same rows again."""
    return await _with_page(answer, lambda page: replace(page, resume_key=_key_of_page(request, page)))


async def scan_limit(request: web.Request, answer: Answer, *, rows: int) -> web.StreamResponse:
    """The server gives up after it has looked at this many rows, matching or not, and does not say so."""
    request[SCAN_LIMIT] = rows
    return await answer()


async def duplicate_rows(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Each row twice."""
    return await _with_page(answer, lambda page: replace(page, rows=[row for row in page.rows for _ in range(2)]))


async def bad_rows(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Rows that name no capture, such as the real index holds, before the normal ones."""
    return await _with_page(answer, lambda page: replace(page, rows=[*_bad_rows(page.rows), *page.rows]))


def _bad_rows(rows: list[cdx.Row]) -> list[cdx.Row]:
    """Bad rows for the URL of the first good row, so that a client can tell them only by what is wrong with them."""
    key, _, url, *_ = rows[0] if rows else ("com,bad)/privacy", "", "http://bad.com/privacy")
    html, data = ("text/html", "200", EMPTY, "324"), "data:image/jpeg;base64,/9j/"
    return [
        (key, "200013082417", url, *html),  # 12 digits, and a month 13
        (key, "20000008321731", url, *html),  # one 0 too many, hence a day 32
        (key, "20010230000000", url, *html),  # no such day
        (key, "200", url, *html),
        (key, "now", url, *html),
        (key, "20010203000000", url),
        (*rows[0], "8th") if rows else (key, "now", url, *html, "8th"),  # a later server's field: a good row
        (f"{key}\0", "20010203000000", f"{url}\0", *html),
        ("mailto:privacy@bad.com", "20010203000000", "mailto:privacy@bad.com", "unk", "301", EMPTY, "-"),
        (f"{key}{data}", "20010203000000", data, "unk", "200", EMPTY, "-"),
    ]


# Playback -----------------------------------------------------------------------------------------


async def content_encoding(request: web.Request, answer: Answer, *, value: str = "gzip") -> web.StreamResponse:
    """The normal body with another ``Content-Encoding``, which lies."""
    response = await _unsent(answer)
    response.headers["Content-Encoding"] = value
    return response


async def offer(request: web.Request, answer: Answer, *, timestamp: str) -> web.StreamResponse:
    """Redirects to another timestamp, whether or not there is a capture."""
    _, _, url = request.raw_path.removeprefix("/web/").partition("/")
    location, why = f"http://{request.host}/web/{timestamp}id_/{url}", f"found capture at {timestamp}"
    return web.Response(status=302, headers={"Location": location, "x-archive-redirect-reason": why})


async def redirect(request: web.Request, answer: Answer, *, location: str, status: int = 302) -> web.StreamResponse:
    """An archived redirect with this ``Location``, which may lie outside the archive."""
    response = await _unsent(answer)
    response.set_status(status)
    response.headers["Location"] = location
    response.body = b""
    return response


async def loop(request: web.Request, answer: Answer) -> web.StreamResponse:
    """An archived redirect to itself."""
    return await redirect(request, answer, location=f"http://{request.host}{request.raw_path}", status=301)


async def oversized(request: web.Request, answer: Answer, *, size: int) -> web.StreamResponse:
    """A memento of ``size`` bytes."""
    whole = await _unsent(answer)
    big = web.StreamResponse(status=whole.status, headers=whole.headers)
    big.headers.popall("Content-Encoding", None)
    big.content_length = size
    await big.prepare(request)
    for start in range(0, size, len(_BLOCK)):
        await big.write(_BLOCK[: size - start])
    return big


async def gzip_bomb(request: web.Request, answer: Answer, *, size: int) -> web.StreamResponse:
    """A small gzip body that unpacks to ``size`` bytes."""
    response = await _unsent(answer)
    response.headers["Content-Encoding"] = "gzip"
    response.body = gzip.compress(bytes(size), mtime=0)
    return response


ACTIONS: dict[str, Callable[..., Awaitable[web.StreamResponse]]] = {
    action.__name__: action
    for action in (
        latency, hang, drop, truncate,
        error, html, backend_failure, blank,
        empty_page, repeat_key, scan_limit, duplicate_rows, bad_rows,
        content_encoding, offer, redirect, loop, oversized, gzip_bomb,
    )
}  # fmt: skip


async def _unsent(answer: Answer) -> web.Response:
    """The normal answer, which must not have been sent yet. Raises ``TypeError`` if it was."""
    response = await answer()
    if not isinstance(response, web.Response):
        raise TypeError("an action that changes the answer cannot stand outside one that has sent it")
    return response


async def _with_page(answer: Answer, change: Callable[[cdx.Page], cdx.Page]) -> web.StreamResponse:
    """The CDX answer with its page changed. Other answers, and pages with only some fields, stay as they are."""
    response = await _unsent(answer)
    if PAGE in response and response[PAGE].fields == FIELDS:
        response[PAGE] = change(response[PAGE])
        response.text = cdx.render(response[PAGE])
    return response


def _key_of_page(request: web.Request, page: cdx.Page) -> str:
    """The resume key that leads to this same page."""
    return request.query.get("resumeKey") or (cdx.key_of(page.rows[0]) if page.rows else "again")
