"""Other clients of the Wayback Machine, each used as its documentation shows: see ``peers.py``.

python peer_clients.py NAME ARCHIVE_URL URLS.txt      # in an environment of its own, with that client

Fetches all captures of each URL. Prints JSON: for each URL what was got, as (timestamp, SHA-256 of the bytes), in order
and as often as the client gave it, and what the client said of problems. All of them know one archive only,
https://web.archive.org, so what ``requests`` sends there goes to the archive on loopback instead.
"""

import hashlib
import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

import requests

REAL = "https://web.archive.org"
#: What a client got of a URL, and what it said.
Got = tuple[list[tuple[str, str]], list[str]]


def send_to(archive: str) -> None:
    """Lets requests to the real archive go to another one; clients see the real one's addresses."""
    adapter = requests.adapters.HTTPAdapter
    send = adapter.send

    def send_elsewhere(self: Any, request: Any, **kwargs: Any) -> Any:
        asked = request.url
        request.url = asked.replace(REAL, archive)
        try:
            response = send(self, request, **kwargs)
        finally:
            request.url = asked
        response.url = asked
        for name in {"Location", "Link"} & set(response.headers):
            response.headers[name] = response.headers[name].replace(archive, REAL)
        return response

    adapter.send = send_elsewhere  # type: ignore[method-assign, assignment]


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def waybackpy(url: str) -> Got:
    """waybackpy lists captures and fetches none: ``requests`` fetches them at its ``archive_url``, as raw bytes."""
    from waybackpy import WaybackMachineCDXServerAPI

    got, said = [], []
    try:
        for snapshot in WaybackMachineCDXServerAPI(url, "peers benchmark").snapshots():
            raw = snapshot.archive_url.replace(snapshot.timestamp, f"{snapshot.timestamp}id_", 1)
            try:
                response = requests.get(raw, timeout=60)
                response.raise_for_status()
                got.append((snapshot.timestamp, sha256(response.content)))
            except Exception as error:
                said.append(repr(error))
    except Exception as error:
        said.append(repr(error))
    return got, said


def wayback(url: str) -> Got:
    """EDGI's client: ``search``, then ``get_memento`` of each record. It waits only a moment before it tries again."""
    from wayback import WaybackClient, WaybackSession

    got, said = [], []
    session = WaybackSession(backoff=0.1, search_calls_per_second=0, memento_calls_per_second=0)
    with WaybackClient(session) as client:
        try:
            for record in client.search(url):
                try:
                    memento = client.get_memento(record)
                    got.append((f"{memento.timestamp:%Y%m%d%H%M%S}", sha256(memento.content)))
                except Exception as error:
                    said.append(repr(error))
        except Exception as error:
            said.append(repr(error))
    return got, said


def waybackpack(url: str) -> Got:
    """waybackpack's command: raw bytes into a folder, a file a capture. What it logs counts as said."""
    from waybackpack import cli

    heard = _Heard()
    logging.getLogger("waybackpack").addHandler(heard)
    with tempfile.TemporaryDirectory() as name:
        sys.argv = ["waybackpack", url, "-d", name, "--raw", "--ignore-errors", "--delay-retry", "0"]
        try:
            cli.main()
        except Exception as error:
            heard.said.append(repr(error))
        files = {path.relative_to(name).parts[0]: path.read_bytes() for path in Path(name).rglob("*") if path.is_file()}
    logging.getLogger("waybackpack").removeHandler(heard)
    return [(timestamp, sha256(files[timestamp])) for timestamp in heard.fetched if timestamp in files], heard.said


class _Heard(logging.Handler):
    """What waybackpack logs: the captures that it fetches, and everything that is no plain progress."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith("Fetching "):
            self.fetched.append(message.rpartition(" @ ")[2])
        elif not message.startswith(("Writing to ", "Waiting ")):
            self.said.append(message)


CLIENTS = {client.__name__: client for client in (waybackpy, wayback, waybackpack)}

if __name__ == "__main__":
    name, archive, urls = sys.argv[1:]
    send_to(archive)
    answers = {url: CLIENTS[name](url) for url in Path(urls).read_text().split()}
    print(json.dumps(answers))
