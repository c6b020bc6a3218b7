"""Pages whose text stands elsewhere: meta refresh, frames, ``<base>``, pages that only a script fills.

A page is read in two ways, as a tree for its text and as a stream of tags for its links. Both tell ``Redirections``
the tags that they pass, so that a meta refresh is one for both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.page.tree import Element
from pipelines.urls import absolute

#: Tags that ``Redirections.see`` wants to know of.
REDIRECTING_TAGS = ("base", "meta", "frame", "iframe", "object", "embed", "amp-iframe")
#: The attributes that name what a frame shows. With ``data-src`` a script loads it when the reader comes near.
_SOURCES = ("src", "data", "data-src")

_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*['\"]?\s*(?P<url>[^'\"\s].*?)\s*['\"]?\s*$", re.I | re.S)
#: A page that reloads itself gives the seconds alone.
_SECONDS = re.compile(r"[\d.\s;,]*")
_SCRIPTED = re.compile(
    r"""(?:window\.|document\.|self\.|top\.)?location(?:\.href)?\s*(?:=|\.replace\(|\.assign\()\s*["']([^"']{1,500})["']"""
)
#: A longer script that names another page does more than lead there.
_LONGEST_REDIRECT = 2000
_EMPTY_PAGES = ("about:", "data:", "javascript:")
#: Media types of objects in which nobody reads.
_NO_PAGES = ("image/", "video/", "audio/", "application/x-", "application/java")
#: Frames of others that no policy stands in.
_NO_POLICY = re.compile(
    r"doubleclick|googletagmanager|google-analytics|googlesyndication|facebook\.com/plugins|youtube\.com/embed"
    r"|recaptcha|player\.vimeo|about:blank|/ads?[/.?]|analytics|pixel"
    r"|\.(?:swf|flv|mp[34]|mov|avi|wmv|ogg|web[mp]|png|gif|jpe?g|svg|class|js)(?:[?#]|$)",
    re.I,
)
_MOST_FRAMES = 10

#: What the markup of bot challenges names: Incapsula, Cloudflare, DataDome, PerimeterX, AWS, Akamai, Kasada.
_CHALLENGE = re.compile(
    r"_Incapsula_Resource|cf-chl|/cdn-cgi/challenge-platform|captcha-delivery\.com|px-captcha|_pxAppId|awsWafCookie"
    r"|gokuProps|/_sec/cp_challenge|sec-if-cpt|ips\.js\?|distil_r_captcha|Sucuri WebSite Firewall"
)


@dataclass(slots=True)
class Redirections:
    """Where a page leads its reader, as its tags have it: addresses are as written, and each list in page order."""

    base: str | None = None
    """What the page's links are relative to: the first ``<base href>``."""
    refreshes: list[str] = field(default_factory=list)
    """Targets of ``<meta http-equiv="refresh" content="0; url=/home.html">``; empty for a page that reloads itself."""
    frames: list[str] = field(default_factory=list)
    iframes: list[str] = field(default_factory=list)
    """What is shown in a part of the page, also by ``<object>`` and ``<embed>``."""

    def see(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take note of a tag, one of ``REDIRECTING_TAGS``; names are in lower case."""
        if tag == "base":
            self.base = attributes.get("href") if self.base is None else self.base
        elif tag == "meta":
            if attributes.get("http-equiv", "").strip().lower() == "refresh":
                self.refreshes.append(_refresh_target(attributes.get("content", "")))
        elif attributes.get("type", "").lower().startswith(_NO_PAGES):
            return
        elif sources := [source for name in _SOURCES if (source := attributes.get(name))]:
            # A frame that waits for its script has an empty page meanwhile.
            source = next((source for source in sources if not source.startswith(_EMPTY_PAGES)), sources[0])
            (self.frames if tag == "frame" else self.iframes).append(source)


def _refresh_target(content: str) -> str:
    """The address in a meta refresh; empty if there is none.

    >>> _refresh_target("0; url='/home.html'"), _refresh_target("30")
    ('/home.html', '')
    """
    found = None if _SECONDS.fullmatch(content) else _REFRESH.match(content)
    return found["url"] if found else ""


def redirections_of(tree: Element) -> Redirections:
    """The redirections of a page by its tree, before anything is taken out of it."""
    said = Redirections()
    for element in tree.iter(*REDIRECTING_TAGS):
        said.see(str(element.tag), element.attrib)
    return said


def scripts_of(tree: Element) -> list[str]:
    """The scripts that stand in the page."""
    return [script.text or "" for script in tree.iter("script")]


def is_challenge(html: str) -> bool:
    """True if a short page is a bot challenge's. Longer pages carry such scripts beside their text."""
    return len(html) < 60_000 and bool(_CHALLENGE.search(html))


def elsewhere(said: Redirections, scripts: list[str], url: str, base: str) -> tuple[str, tuple[str, ...]]:
    """Why a page without text has none, and the absolute URLs that hold the text instead.

    The way with the surest target comes first: a refresh leaves the page at once, frames are its content, a script may
    do anything.
    """
    for refresh in said.refreshes:
        target = absolute(refresh, base)
        if target and target != url:
            return "meta refresh to another page", (target,)
    for sources, reason in (
        (said.frames, "a frameset: the text is in its frames"),
        (said.iframes, "the text is in a frame"),
    ):
        targets = (absolute(source, base) for source in sources if not _NO_POLICY.search(source))
        kept = tuple(dict.fromkeys(t for t in targets if t and t.startswith("http") and t != url))
        if kept:
            return reason, kept[:_MOST_FRAMES]
    for script in scripts:
        found = _SCRIPTED.search(script) if len(script) < _LONGEST_REDIRECT else None
        target = absolute(found[1], base) if found else None
        if target and target != url:
            return "a script leads to another page", (target,)
    if scripts:
        size = sum(map(len, scripts))
        return f"the page is a script that loads its text (scripts: {len(scripts)}, {size} characters)", ()
    return "no text", ()
