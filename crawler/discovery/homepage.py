"""What a homepage shows of the way to its policy: links, and the pages inside it that may have the links instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.discovery.anchors import read_page
from crawler.discovery.links import Link, inner_pages_of, links_of
from pipelines.urls import without_archive_prefix


@dataclass(frozen=True, slots=True)
class Homepage:
    """A homepage that was read."""

    links: Sequence[Link]
    """Links that lead to its privacy policy, best first."""
    inner: Sequence[str] = ()
    """URLs of its frames, or of the page that it refreshes to."""


def read_homepage(
    body: bytes, *, url: str, content_type: str | None = None, content_encoding: str | None = None
) -> Homepage:
    """Read a homepage's bytes as they were archived; never fails, whatever ``body`` holds.

    ``content_type`` and ``content_encoding`` are the archived headers, which may lie.
    """
    page, url = read_page(body, content_type, content_encoding), without_archive_prefix(url)
    return Homepage(links_of(page, url), inner_pages_of(page, url))
