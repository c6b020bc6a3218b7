"""What a homepage shows of the way to its policy: links, and the pages inside it that may have the links instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.discovery.links import Link, frames, policy_links
from pipelines.page.decoding import unpack

#: Markup of a page whose links may be on other pages. Iframes alone seldom hold a menu.
_LEADS_INSIDE = re.compile(rb"<frame|http-equiv\s*=\s*[\"']?refresh", re.IGNORECASE)


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
    """Reads a homepage's bytes as they were archived; never fails, whatever ``body`` holds.

    ``content_type`` and ``content_encoding`` are the archived headers, which may lie.
    """
    body = unpack(body, content_encoding).body
    inner = frames(body, url=url) if _LEADS_INSIDE.search(body) else ()
    return Homepage(policy_links(body, url=url), inner)
