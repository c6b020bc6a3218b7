"""A plain HTTP client: it follows no redirect and decodes nothing."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Got:
    """An answer as it came, nothing followed, nothing decoded."""

    status: int
    headers: Message
    body: bytes


def ask(base: str, path: str, *, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None) -> Got:
    """One request to the archive at ``base``; ``body`` is sent as JSON."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, headers or {})
        response = connection.getresponse()
        return Got(response.status, response.headers, response.read())
    finally:
        connection.close()


def cdx_path(**query: Any) -> str:
    """The path of a CDX query."""
    return "/cdx/search/cdx?" + urlencode(query, doseq=True)
