"""How much an address looks like a site's privacy policy, judged by its words alone.

``url_filter`` brings the addresses of a domain that may hold it; ``url_score`` ranks them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.discovery.phrases import Subject, is_for_some, read
from crawler.discovery.vocabulary import Kind, fold
from pipelines.domains import registrable_domain
from pipelines.word_tables import WordTable, all_words, read_word_table

_DATED = re.compile(
    r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/|$)|/(?:19|20)\d{6}(?:/|$)|/(?:19|20)\d\d[-_](?:0[1-9]|1[0-2])[-_]\d\d"
)
_LANGUAGES = re.compile(r"[a-z]{2}(?:[ ][a-z]{2,4})?|intl|english|deutsch|francais|espanol")
_POLICIES = re.compile(r"(?:site |web ?site )?polic(?:y|ies)(?: [a-z]{3,5})?")  # of what, the page itself says
_KIND_SCORES: Final[dict[Kind, float]] = {"policy": 1.0, "matter": 0.9, "hint": 0.6, "cookie": 0.35, "legal": 0.25}
_INDEX = re.compile(
    r"(?:index|default|home|main|view|show|page|print|full)?(?: (?:s?html?|php\d?|aspx?|jsp|cfm))?|v?\d+"
)


def url_score(url: str) -> float:
    """How much an address looks like the main privacy policy of its site, from 0 (not at all) to 1.

    Roughly: 0.8 and above for a policy's own page; 0.3 to 0.6 for a policy for some people or matters, or one in an
    odd place; up to 0.35 for a cookie policy; up to 0.25 for a legal notice or ``/policies``; below 0.2 for articles,
    products and searches.

    >>> url_score("http://a.com/privacy-policy") > url_score("http://a.com/privacy/children") > 0.3
    True
    >>> url_score("http://example.com/blog/2012/05/10-privacy-tips/") < 0.1
    True
    """
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host = parts.hostname or ""
    except ValueError:
        return 0.0
    path = unquote(parts.path)
    if _is_asset_path(path):
        return 0.0
    in_path = _path_score(host, path)
    in_query = _query_score(parts.query)
    in_host = _host_score(host, path)
    best = max(in_path - (0.03 if parts.query else 0.0), in_query * (0.2 if in_path else 1.0), in_host)
    return round(max(0.0, best), 3)


def is_asset(url: str) -> bool:
    """True if an address is an image, a script, a feed or the like, by its ending."""
    return _is_asset_path(urlsplit(url).path)


def is_homepage(url: str) -> bool:
    """True if an address is a site's homepage, of all its languages or of one: ``/en/index.html``."""
    parts = urlsplit(url)
    segments = _segments(unquote(parts.path))
    return not parts.query and all(_INDEX.fullmatch(segment) or _LANGUAGES.fullmatch(segment) for segment in segments)


def is_dead_end(url: str) -> bool:
    """True if an address says that nothing is to be read there: a login, an error page, a parking company's lander."""
    return is_asset(url) or any(_no_page().search(segment) for segment in _segments(unquote(urlsplit(url).path)))


def elsewhere(url: str) -> float:
    """How far an address is from where sites keep their small print, from 0 to 1, whatever its link says.

    1 for a list of posts (``/tag/privacy``) or a search, 0.5 for an article or product (below ``/news/``, or dated).
    """
    parts = urlsplit(url)
    path = unquote(parts.path)
    segments = _segments(path)
    if any(segment in _words("lists") for segment in segments[:-1]) or _is_search(segments, parts.query):
        return 1.0
    return 0.5 if _DATED.search(path) or _is_below_articles(parts.hostname or "", segments) else 0.0


def is_aside(url: str) -> bool:
    """True if an address names a policy for some people: ``/privacy/children``, ``/applicant-privacy-policy``.

    What stands above the policy's name is a section of the site, and may well be all of it (``/health/privacy``).
    """
    try:
        segments = _segments(unquote(urlsplit(url).path))
    except ValueError:
        return False
    subjects = [read(segment) for segment in segments]
    first = next((at for at, subject in enumerate(subjects) if subject.kind), len(segments))
    return any(s.aside for s in subjects) or any(is_for_some(s) for s in segments[first + 1 :] if not read(s).kind)


def _host_score(host: str, path: str) -> float:
    """The score of ``privacy.example.com`` itself; the pages on it score less."""
    labels = host.removesuffix(registrable_domain(host)).split(".")
    if not any(read(fold(label)).kind == "policy" for label in labels):
        return 0.0
    inner = path.strip("/")
    return 0.85 if not inner or _INDEX.fullmatch(fold(inner)) else 0.6 - 0.1 * min(inner.count("/"), 5)


def _path_score(host: str, path: str) -> float:
    folded = _segments(path)
    best, named = 0.0, False
    for at, segment in enumerate(folded):
        subject = read(segment)
        if subject.kind is None:
            if _POLICIES.fullmatch(segment):
                best = max(best, 0.2 if segment == folded[-1] else 0.1)
            continue
        score = _subject_score(subject)
        below = [s for s in folded[at + 1 :] if not _is_same_page(segment, s)]
        if below:
            # /privacy/children: a page below the policy; one that is named as a policy is weighed by itself
            score *= 0.5 * 0.8 ** (len(below) - 1)
        best = max(best, score - 0.02 * min(at, 5))
        named = named or (subject.named and subject.extra <= 1 and not below)
    # a shop or blog may keep even its policy there, if it is plainly named as one
    if best and _is_below_articles(host, folded):
        best *= 0.7 if named else 0.3
    if best and _DATED.search(path):
        best *= 0.6 if named else 0.3
    return best


def _is_same_page(segment: str, below: str) -> bool:
    """True if what stands below a policy's segment is the policy itself: ``/privacy/en``, ``/privacy/policy``."""
    if _INDEX.fullmatch(below) or _LANGUAGES.fullmatch(below):
        return True
    both = read(f"{segment} {below}")
    return both.named and both.extra == read(segment).extra and not (both.aside or both.other or read(below).kind)


def _subject_score(subject: Subject) -> float:
    score = _KIND_SCORES[subject.kind] if subject.kind else 0.0
    if subject.named:
        score *= max(0.4, 1 - 0.08 * subject.extra)
    else:
        score *= (1.0, 0.85, 0.65, 0.45, 0.3)[min(subject.extra, 4)]
    if subject.aside:
        score *= 0.5
    elif subject.hub:
        score *= 0.8
    if subject.other:
        score *= 0.3
    return score


def _query_score(query: str) -> float:
    """``?page=privacy`` is how many sites of 2000-2010 addressed their pages; ``?q=privacy`` is a search."""
    best = 0.0
    for name, value in parse_qsl("&".join(query[:2000].split("&")[:50])):
        subject = read(fold(value[:200]))
        if subject.kind is None or name.lower() in _words("searches") or "://" in value:
            continue
        best = max(best, 0.65 * _subject_score(subject))
    return best


def _segments(path: str) -> list[str]:
    return [fold(segment[:200]) for segment in path.split("/") if segment][:20]


def _is_asset_path(path: str) -> bool:
    _, dot, ending = path.lower().rpartition(".")
    return bool(dot) and ending in _words("assets")


def _is_below_articles(host: str, folded: list[str]) -> bool:
    above = folded[:-1]
    articles = any(segment in _words("articles") or segment in _words("lists") for segment in above)
    business = any(segment in _words("business") for segment in above) and not read(folded[-1]).named
    help_pages = {word for segment in [*above, *host.split(".")] for word in segment.split()} & _words("help")
    if business:
        help_pages -= _words("business")
    return (articles or business) and not help_pages  # the small print of many sites is an "article" of their help desk


def _is_search(segments: list[str], query: str) -> bool:
    """``/search?q=privacy``; without the folder ``?s=privacy`` may as well be a section of the site."""
    names = {pair.partition("=")[0].lower() for pair in query[:2000].split("&")[:50]}
    searching = bool(segments) and segments[-1].removesuffix(" php").removesuffix(" html") in _words("lists")
    return bool(names & _words("searches")) and (searching or bool(names & _words("only_searches")))


@cache
def _words(section: str) -> frozenset[str]:
    return all_words(_table()[section])


@cache
def _no_page() -> re.Pattern[str]:
    words = "|".join(word.replace(" ", " ?") for word in sorted(_words("no_page")))
    return re.compile(rf"\b(?:[45]\d\d|{words})\b")


@cache
def _table() -> WordTable:
    sections = ("lists", "articles", "business", "help", "searches", "only_searches", "no_page", "assets")
    return read_word_table("crawler.discovery", "url_scores.toml", sections=sections)
