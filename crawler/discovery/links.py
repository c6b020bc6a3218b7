"""From a homepage to its privacy policy: which of its links leads there?

A link is weighed by what a reader sees (text, alt text of an image), by what only some readers meet (title,
aria-label), by its address, and by where it stands. The words or the address have to say plainly that it is a policy;
a page without such a link has no policy link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from crawler.discovery.anchors import Anchor, Page, read_page
from crawler.discovery.ownership import is_own
from crawler.discovery.phrases import Subject, mentions, read
from crawler.discovery.providers import is_providers
from crawler.discovery.url_scores import elsewhere, is_asset, url_score
from crawler.discovery.vocabulary import Kind, fold
from pipelines.domains import registrable_domain
from pipelines.urls import host_of, place, web_address, without_archive_prefix


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may lead to the policy."""

    url: str
    """Absolute address at the original site."""
    text: str
    """The words that the link was shown with."""


#: A link with a longer address is no policy's.
_LONGEST: Final = 2000
_SCRIPTED: Final = re.compile(r"""['"]([^'"\s]*(?:/|\.[a-z]{2,5}(?=[?#'"]))[^'"\s]*)['"]""", re.IGNORECASE)
_ENOUGH: Final = 0.6
_BESIDE_OWN: Final = 0.3  # what a good link to another site loses against good links to the page's own site
_MOST_FRAMES: Final = 100
_WEIGHTS: Final[dict[Kind | None, float]] = {"policy": 1.0, "matter": 0.9, "hint": 0.7}


def policy_links(
    body: bytes | str, *, url: str, content_type: str | None = None, content_encoding: str | None = None
) -> list[Link]:
    """The links of a homepage that lead to its privacy policy, best first; empty if it has none.

    ``body`` is what was served, or the characters of a page that somebody else decoded.
    ``url`` is the page's own address at the original site; ``content_type`` and ``content_encoding`` are the archived
    headers, which may lie. Addresses come absolute, without fragments and without an archive's prefix; each is given
    once. Policies on other sites count, unless they belong to a service that the page merely embeds. Cookie policies
    and legal notices alone are no answer. Never fails, whatever ``body`` holds.
    """
    return links_of(read_page(body, content_type, content_encoding), without_archive_prefix(url))


def links_of(page: Page, url: str) -> list[Link]:
    """The same for a page that was read already."""
    base = _base(page, url)
    own = place(url)
    best: dict[str, tuple[float, int, Link]] = {}
    for order, anchor in enumerate(page.anchors):
        if not mentions(fold(f"{anchor.text} {anchor.label} {unquote(anchor.href)} {anchor.onclick}")):
            continue
        address = _address(anchor, base)
        if address is None or is_asset(address) or place(address) == own:
            continue
        score = _score(anchor, address, url)
        if score >= _ENOUGH and score > best.get(address, (0.0,))[0]:
            best[address] = (score, order, Link(address, anchor.text or anchor.label))
    for address, (score, order, link) in best.items():
        if not is_own(host_of(url), address):
            best[address] = (score - _BESIDE_OWN, order, link)
    ranked = sorted(best.values(), key=lambda found: (-found[0], found[1]))
    return [link for _, _, link in ranked]


def inner_pages_of(page: Page, url: str) -> list[str]:
    """The pages that hold a homepage's links instead of itself: a frameset's frames, a meta refresh's target.

    Absolute addresses, each once, the refresh's target first. Empty for any other page, even one with iframes.
    """
    said = page.redirections
    if not said.refreshes and not said.frames:
        return []  # a page with content of its own: its iframes are seldom its menu
    base = _base(page, url)
    sources = (*said.refreshes[:1], *said.frames, *said.iframes)
    found = (_absolute(source, base) for source in sources[:_MOST_FRAMES] if source)
    return list(dict.fromkeys(address for address in found if address and address != url))


def _base(page: Page, url: str) -> str:
    return _absolute(page.redirections.base or "", url) or url


def _absolute(href: str, base: str) -> str | None:
    address = web_address(href.replace("\\/", "/").replace('\\"', ""), base)  # as JSON escapes it
    return address if address and len(address) <= _LONGEST else None


def _address(anchor: Anchor, base: str) -> str | None:
    """The address that a link leads to; a popup's stands in its script: ``javascript:openWin('/privacy.html')``."""
    href = anchor.href
    if not href or href.startswith("#") or href.lower().startswith("javascript:"):
        match = _SCRIPTED.search(unquote(href)) or _SCRIPTED.search(anchor.onclick)
        if not match:
            return None
        href = match[1]
    return _absolute(href, base)


def _score(anchor: Anchor, address: str, page_url: str) -> float:
    shown = read(fold(anchor.text))
    label = read(fold(anchor.label)) if anchor.label else Subject(None)
    by_address = url_score(address)
    by_text = max(_text_score(shown), 0.9 * _text_score(label))
    if anchor.text.rstrip().endswith(("?", "？")):
        by_text *= 0.5  # a headline asks, the name of a document does not
    if by_text < 0.5 and by_address < 0.6:
        return 0.0
    foreign = _foreign(address, page_url, named=by_text > 0)
    score = by_text + (0.3 if foreign else 0.5) * by_address  # a plain address elsewhere may be anybody's policy
    if by_text == 0:
        score = by_address * _silent_weight(anchor, address)
    score += {"footer": 0.15, "body": 0.0, "article": -0.2}[anchor.place] + 0.1 * (anchor.where > 0.75)
    odd = elsewhere(address) * (1.5 if shown.extra else 1.0)  # in such a place, a link of more words is a headline
    return score - odd - foreign


def _silent_weight(anchor: Anchor, address: str) -> float:
    """The weight of an address whose link does not name the policy.

    An icon or the word "more" may lead to the policy, a long title leads elsewhere, and "read here" to
    ``/personal-data`` in the middle of a page is a form's line of consent.
    """
    if not anchor.text:
        return 1.0
    if len(anchor.text.split()) > 5:
        return 0.6
    last = read(fold(unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2])))
    vague = last.kind != "policy" and not last.named and anchor.place != "footer"
    return 0.5 if vague else 0.9


def _text_score(subject: Subject) -> float:
    if subject.kind not in _WEIGHTS:
        return 0.0
    if subject.named:
        score = (1.0, 0.95, 0.85, 0.75, 0.65, 0.55, 0.45)[min(subject.extra, 6)]
    else:
        score = (0.9, 0.75, 0.55, 0.35, 0.2)[min(subject.extra, 4)]
    score *= _WEIGHTS[subject.kind]
    if subject.kind == "matter" and not subject.named:
        score *= 0.9
    if subject.aside or subject.hub:
        score *= 0.6
    if subject.other:
        score *= 0.4
    return score


def _foreign(address: str, page_url: str, *, named: bool) -> float:
    """What a link to another site loses; less if its words name the policy."""
    host = host_of(address)
    ours = registrable_domain(host_of(page_url))
    if registrable_domain(host) == ours:
        return 0.0
    if is_providers(host, ours):
        return 1.5
    return 0.2 if named else 0.5
