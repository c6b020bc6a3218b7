"""Pages that hold no text of their own: frames, meta refresh, pages that only a script fills."""

from __future__ import annotations

import re

from pipelines.page.tree import Element, text_length
from pipelines.urls import absolute

_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*['\"]?\s*(?P<url>[^'\"\s].*?)\s*['\"]?\s*$", re.I | re.S)
#: A page that reloads itself gives the time alone.
_SECONDS = re.compile(r"[\d.\s;,]*")
_SCRIPTED = re.compile(
    r"""(?:window\.|document\.|self\.|top\.)?location(?:\.href)?\s*(?:=|\.replace\(|\.assign\()\s*["']([^"']{1,500})["']"""
)
#: Frames of others that no policy stands in.
_NO_POLICY = re.compile(
    r"doubleclick|googletagmanager|google-analytics|googlesyndication|facebook\.com/plugins|youtube\.com/embed"
    r"|recaptcha|player\.vimeo|about:blank|/ads?[/.?]|analytics|pixel",
    re.I,
)

#: What the markup of bot challenges names: Incapsula, Cloudflare, DataDome, PerimeterX, AWS, Akamai, Kasada.
_CHALLENGE = re.compile(
    r"_Incapsula_Resource|cf-chl|/cdn-cgi/challenge-platform|captcha-delivery\.com|px-captcha|_pxAppId|awsWafCookie"
    r"|gokuProps|/_sec/cp_challenge|sec-if-cpt|ips\.js\?|distil_r_captcha|Sucuri WebSite Firewall",
)


def is_challenge(html: str) -> bool:
    """Whether a short page is a bot challenge's. Longer ones carry such scripts beside their text."""
    return len(html) < 60_000 and bool(_CHALLENGE.search(html))


def base_of(tree: Element, url: str) -> str:
    """What the page's links are relative to: its ``<base href>``, or its own URL."""
    base = tree.find(".//base[@href]")
    return (absolute(base.get("href"), url) if base is not None else None) or url


def elsewhere(tree: Element, url: str) -> tuple[str | None, tuple[str, ...]]:
    """Why a page without text has none, and the absolute URLs that hold the text instead.

    Asked before the page is pruned. The way with the surest target comes first: a refresh leaves the page
    at once, frames are its content, a script may do anything.
    """
    base = base_of(tree, url)
    for meta in tree.iter("meta"):
        if (meta.get("http-equiv") or "").strip().lower() == "refresh":
            content = meta.get("content") or ""
            found = None if _SECONDS.fullmatch(content) else _REFRESH.match(content)
            target = absolute(found["url"], base) if found else None
            if target and target != url:
                return "meta refresh to another page", (target,)
    for tag, reason in (
        ("frame", "a frameset: the text is in its frames"),
        ("iframe", "the text is in a frame"),
    ):
        sources = (frame.get("src") or "" for frame in tree.iter(tag))
        targets = (absolute(src, base) for src in sources if src and not _NO_POLICY.search(src))
        kept = tuple(dict.fromkeys(t for t in targets if t and t.startswith("http") and t != url))
        if kept:
            return reason, kept[:10]
    for script in tree.iter("script"):
        found = _SCRIPTED.search((script.text or "")[:20_000])
        target = absolute(found[1], base) if found else None
        if target and target != url and len(script.text) < 2000:
            return "a script leads to another page", (target,)
    scripts = [*tree.iter("script")]
    if scripts:
        size = sum(text_length(s) for s in scripts)
        return f"a page that its scripts fill: {len(scripts)} of them ({size} characters), no text", ()
    return None, ()
