"""The archive as an HTTP server. It listens on loopback only."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from crawler.archives import CDX, PLAYBACK
from crawler.local_archive import actions, cdx, faults, playback
from crawler.local_archive.index import Index, load

HOST = "127.0.0.1"
CDX_PATH = "/cdx/search/cdx"
PLAYBACK_PATH = "/web/"
FAULTS_PATH = "/__faults__"
LOG_PATH = "/__log__"
#: The number of requests that the log keeps: enough for a long benchmark, at most 100 MB or so.
LOG_LENGTH = 300_000

_BLOCKED = (
    "org.archive.util.io.RuntimeIOException: "
    "org.archive.wayback.exception.AdministrativeAccessControlException: Blocked Site Error"
)


class LocalArchive:
    """One archive: its captures, its excluded domains, its faults, and the log of its requests."""

    def __init__(self, index: Index, *, excluded: Iterable[str] = (), rules: Iterable[faults.Rule] = ()) -> None:
        self.index = index
        self.excluded = tuple(excluded)
        """Domains that their owners had excluded, with their subdomains."""
        self.rules = list(rules)
        """The faults in force, outermost first."""
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
        """The requests in the order of their arrival: ``time`` (seconds of ``time.monotonic()``), ``pool``, ``path``
        and ``status`` (``None`` until the answer, 444 if the connection was closed without one)."""

    def application(self) -> web.Application:
        """An aiohttp application with the archive's routes."""
        app = web.Application(middlewares=[self._with_faults])
        app.router.add_get(CDX_PATH, self._cdx)
        app.router.add_get(PLAYBACK_PATH + "{capture:.*}", self._playback)
        app.router.add_route("*", FAULTS_PATH, self._faults)
        app.router.add_route("*", LOG_PATH, self._log)
        return app

    @web.middleware
    async def _with_faults(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        pool = _pool(request.path)
        if pool is None:
            return await handler(request)
        entry: dict[str, Any] = {"time": time.monotonic(), "pool": pool, "path": request.raw_path, "status": None}
        self.log.append(entry)
        response = await faults.apply(self.rules, request, lambda: handler(request), pool=pool)()
        entry["status"] = response.status
        return response

    async def _cdx(self, request: web.Request) -> web.Response:
        url = request.query.get("url", "")
        if url and self._excludes(url.removeprefix("*.").removesuffix("*")):
            headers = {"X-Archive-Wayback-Runtime-Error": _BLOCKED}
            return web.Response(status=403, text=_BLOCKED + "\n", headers=headers)
        try:
            page = cdx.answer(self.index, list(request.query.items()), scan_limit=request.get(actions.SCAN_LIMIT))
        except cdx.BadQueryError as problem:
            return web.Response(status=400, text=f"{problem}\n")
        response = web.Response(text=cdx.render(page))
        response[actions.PAGE] = page
        if request.query.get("gzip") != "false":
            response.enable_compression()
        return response

    async def _playback(self, request: web.Request) -> web.Response:
        asked = playback.parse(request.raw_path)
        base = f"http://{request.host}"
        if asked is None:
            answer = playback.page(404, playback.NOT_ARCHIVED, base=base, url=request.raw_path)
        elif self._excludes(asked.url):
            answer = playback.page(200, playback.EXCLUDED)
        else:
            answer = playback.replay(self.index, asked, base)
        return web.Response(status=answer.status, reason=answer.reason, headers=answer.headers, body=answer.body)

    async def _faults(self, request: web.Request) -> web.Response:
        """GET lists the rules, PUT replaces them, POST adds some, DELETE removes all."""
        if request.method in ("PUT", "POST"):
            try:
                rules = faults.parse(await request.json())
            except ValueError as problem:
                return web.Response(status=400, text=f"{problem}\n")
            self.rules = rules if request.method == "PUT" else [*self.rules, *rules]
        elif request.method == "DELETE":
            self.rules = []
        return web.json_response([faults.as_json(rule) for rule in self.rules])

    async def _log(self, request: web.Request) -> web.Response:
        """GET lists the requests so far, DELETE clears the list."""
        if request.method == "DELETE":
            self.log.clear()
        return web.json_response(list(self.log))

    def _excludes(self, url: str) -> bool:
        return any(cdx.covers(domain, url) for domain in self.excluded)


def open_archive(
    paths: Iterable[Path], *, excluded: Iterable[str] = (), faults_file: Path | None = None
) -> LocalArchive:
    """An archive of WARC files. Raises ``OSError`` or ``ValueError`` with a message that can be shown to users."""
    rules = []
    if faults_file:
        try:
            rules = faults.parse(json.loads(faults_file.read_text("utf-8")))
        except ValueError as problem:
            raise ValueError(f"{faults_file}: {problem}") from problem
    return LocalArchive(load(paths), excluded=excluded, rules=rules)


async def start(archive: LocalArchive, port: int = 0) -> tuple[web.AppRunner, str]:
    """Serves on ``port`` (0: any free one) in the running event loop. Returns the runner and the archive's URL.

    ``await runner.cleanup()`` ends it. Raises ``OSError`` if the port is taken.
    """
    runner = web.AppRunner(archive.application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, HOST, port)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, f"http://{HOST}:{runner.addresses[0][1]}"


def serve(archive: LocalArchive, port: int, ready: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM. Calls ``ready`` with the archive's URL when it accepts requests."""

    async def run() -> None:
        runner, url = await start(archive, port)
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        ready(url)
        await ended.wait()
        await runner.cleanup()

    asyncio.run(run())


@contextmanager
def serving(archive: LocalArchive, port: int = 0) -> Iterator[str]:
    """Serves from a thread during a ``with`` block, and yields the archive's URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def call(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    try:
        runner, url = call(start(archive, port))
        try:
            yield url
        finally:
            call(runner.cleanup())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _pool(path: str) -> str | None:
    if path == CDX_PATH:
        return CDX
    return PLAYBACK if path.startswith(PLAYBACK_PATH) else None
