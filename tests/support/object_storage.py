"""A server that speaks S3 on loopback (moto's), and fails or stops when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

BUCKET = "bucket"
#: For pyarrow, and all else that knows the AWS variables. The server takes any key.
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


class Storage:
    """The server, as the test sees it: what it has, and how many changes it still takes."""

    def __init__(self) -> None:
        from moto.server import DomainDispatcherApplication, create_backend_app

        self.left = 1_000_000
        self.stops = False
        """When no change is left, it does not answer, instead of refusing."""
        self.has_stopped, self.goes_on = Event(), Event()
        self._app = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            self.left -= 1
            if self.left < 0:
                if self.stops:
                    self.has_stopped.set()
                    self.goes_on.wait()
                start("403 Forbidden", [("Content-Length", "0")])
                return [b""]
        found: Iterable[bytes] = self._app(environ, start)
        return found


@contextmanager
def serving() -> Iterator[tuple[str, Storage]]:
    """A server with an empty bucket, and its address."""
    from werkzeug.serving import make_server

    storage = Storage()
    server = make_server("127.0.0.1", 0, storage, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", storage
    finally:
        storage.goes_on.set()
        server.shutdown()
        thread.join()
