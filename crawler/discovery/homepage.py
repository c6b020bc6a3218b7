"""What a homepage shows of the way to its policy: links, and the pages inside it that may have the links instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.discovery.anchors import read_page
from crawler.discovery.data_links import anchors_in
from crawler.discovery.links import Link, inner_pages_of, links_of
from pipelines.urls import without_archive_prefix


@dataclass(frozen=True, slots=True)
class Homepage:
    """A homepage that was read."""

    links: Sequence[Link]
    """Links that lead to its privacy policy, best first."""
    inner: Sequence[str] = ()
    """URLs of its frames, or of the page that it refreshes to."""
    is_script: bool = False
    """True if it is scripts alone, so that what it shows does not tell whether it has a link."""


def read_homepage(
    body: bytes, *, url: str, content_type: str | None = None, content_encoding: str | None = None
) -> Homepage:
    """Reads a homepage's bytes as they were archived; never fails, whatever ``body`` holds.

    Where the page shows no link, one is looked for in its data.

    ``content_type`` and ``content_encoding`` are the archived headers, which may lie.
    """
    page, url = read_page(body, content_type, content_encoding), without_archive_prefix(url)
    links = links_of(page, url) or links_of(replace(page, anchors=anchors_in(page.scripts)), url)
    return Homepage(links, inner_pages_of(page, url), page.is_script)
