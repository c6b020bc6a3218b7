"""One file per dialect. A dialect builds requests to an archive and reads its answers; it does no I/O."""

from __future__ import annotations

from typing import Protocol

from crawler.archives.cdx import Page, Query
from crawler.archives.internet_archive import InternetArchive
from crawler.archives.playback import Answer, Headers
from crawler.archives.pywb import Pywb


class Archive(Protocol):
    """What the crawl needs of an archive: five functions that turn questions into URLs and answers into values."""

    name: str
    url: str
    playback_base: str
    offers_newest: bool
    """True if playback redirects to the nearest capture: asked for now, it names the newest one and sends no bytes. A
    server that serves the nearest capture at once would send its bytes with each visit: its index is asked instead."""

    def query_url(self, query: Query) -> str: ...
    def read_page(self, status: int, headers: Headers, body: bytes) -> Page: ...
    def playback_url(self, timestamp: str, url: str) -> str: ...
    def view_url(self, timestamp: str, url: str) -> str: ...
    def read_playback(self, asked: str, status: int, headers: Headers, body: bytes) -> Answer: ...


ARCHIVES: dict[str, type[InternetArchive] | type[Pywb]] = {archive.name: archive for archive in (InternetArchive, Pywb)}
