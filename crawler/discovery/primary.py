"""Which of a domain's addresses holds its main privacy policy on a date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import log10

from crawler.discovery.ownership import is_own
from crawler.discovery.providers import may_be_customers
from crawler.discovery.url_scores import elsewhere, is_aside, is_dead_end, is_homepage, url_score
from crawler.known import JUDGED, Address, JudgedCapture, addresses_of
from pipelines.dataset.overrides import Correction
from pipelines.history.languages import languages_of, main_languages
from pipelines.outcomes import FoundBy
from pipelines.timestamps import half_year
from pipelines.urls import host_of

#: Added to the rank of an address that a homepage's link or a redirect led to.
LINKED = 0.6
#: Ways of finding an address that do not rest on its words alone.
LED_TO = frozenset({FoundBy.HOMEPAGE_LINK, FoundBy.REDIRECT, FoundBy.GIVEN})
#: Least ``url_score`` of an address that may be the main policy's by its words alone.
WORTHY = 0.2
#: Least ``url_score`` of an address whose words name a privacy policy; cookie policies and legal notices have less.
A_POLICYS = 0.4


def main_policies(captures: Sequence[JudgedCapture], corrections: Sequence[Correction] = ()) -> set[int]:
    """The ids of the captures that show a domain's main privacy policy: at no moment two addresses do.

    ``captures`` are all known captures of policy URLs of the domain, by time, their kinds as they are settled.

    The addresses take their turn, the highest-ranked first: each takes the time in which it is known to have stood, and
    a capture of a lower one counts only where no higher one stood. So a half-year in which any policy was captured has
    one. Example: ``/privacy`` was captured in 2010 and 2014, ``/legal/privacy`` from 2009 to 2013; the latter is the
    main policy from 2009 to 2013, but for the day in 2010.

    - A URL whose words alone make it an article or a product never is the main policy.
    - A policy for children, applicants or one state never is, where the domain has a policy for everybody.
    - The same page under another query (``/privacy?ref=footer``) counts only in half-years in which the page itself
      (``/privacy``) was not captured.
    - It is in the site's main language at that time (``pipelines.history.languages``), or in none that is known.
    - Where a correction says that the main policy stood at an address, it stood there.
    """
    by_address: defaultdict[str, list[JudgedCapture]] = defaultdict(list)
    for capture in captures:
        by_address[capture.urlkey].append(capture)
    addresses = addresses_of(captures)
    has_one_for_all = any(map(_is_for_all, addresses))
    candidates = [
        one for one in addresses
        if one.policies and may_be_main(one.url, one.found_by) and not (has_one_for_all and is_aside(one.url))
    ]  # fmt: skip
    is_in_main_language = _main_language([c for one in candidates for c in by_address[one.urlkey] if c.is_policy])
    of_main = [each for each in corrections if each.is_main]
    chosen = {
        c.id for each in of_main for c in by_address[each.urlkey or ""]
        if c.is_policy and each.covers(c.urlkey, c.timestamp)
    }  # fmt: skip
    corrected = [(each.since, each.until) for each in of_main]
    taken: list[tuple[str, str]] = []
    pages: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for address in sorted(candidates, key=rank, reverse=True):
        here = by_address[address.urlkey]
        page = page_of(address.urlkey)
        closed = [*corrected, *pages[page], *_for_those_beside(taken, here)]
        chosen |= {
            c.id for c in here
            if c.is_policy and is_in_main_language(c) and not _is_within(c.timestamp, closed)
        }  # fmt: skip
        spans = _spans(here)
        taken += _with_inner_half_years(spans)
        pages[page] += map(_whole, spans)
    return chosen


def _main_language(policies: Sequence[JudgedCapture]) -> Callable[[JudgedCapture], bool]:
    """A function that tells of each of these captures whether it is in the site's main language, or in none known."""
    known = languages_of([(capture.timestamp, capture.urlkey, capture.language) for capture in policies])
    languages = {capture.id: language for capture, language in zip(policies, known, strict=True)}
    main = main_languages((capture.timestamp, languages[capture.id]) for capture in policies)
    return lambda capture: languages[capture.id] in (None, main.at(capture.timestamp))


def _spans(captures: Sequence[JudgedCapture]) -> list[tuple[str, str]]:
    """The times, from capture to capture, in which an address is known to have held a policy.

    It stood there between two captures with it if another page was not read in between, and if each half-year has some
    capture: one that the plan did not need shows that the address stood.
    """
    spans: list[tuple[str, str]] = []
    last_seen: int | None = None
    for capture in captures:
        if not capture.is_page:
            continue
        is_other = capture.outcome in JUDGED and not capture.is_policy
        goes_on = last_seen is not None and half_year(capture.timestamp) - last_seen <= 1
        if capture.is_policy:
            spans.append((spans.pop()[0] if goes_on else capture.timestamp, capture.timestamp))
        if capture.is_policy or goes_on:
            last_seen = None if is_other else half_year(capture.timestamp)
    return spans


def _with_inner_half_years(spans: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Spans that take the rest of a half-year between one span and the next: no other address has its turn there.

    Where the first one begins and the last one ends, the policy may have moved, which is dated to the day.
    """
    last = len(spans) - 1
    return [
        (start if place == 0 else _begin(start), end if place == last else _end(end))
        for place, (start, end) in enumerate(spans)
    ]


def _for_those_beside(taken: Sequence[tuple[str, str]], captures: Sequence[JudgedCapture]) -> list[tuple[str, str]]:
    """The taken spans, as they are closed to another address with these captures.

    If that address held a policy meanwhile, the policy moved neither to it nor away: whole half-years are closed then.
    """
    stood = [capture.timestamp for capture in captures if capture.is_policy]
    return [_whole(span) if any(_is_within(moment, [span]) for moment in stood) else span for span in taken]


def _whole(span: tuple[str, str]) -> tuple[str, str]:
    """A span with all of its first and its last half-year."""
    return _begin(span[0]), _end(span[1])


def _begin(timestamp: str) -> str:
    """Before all timestamps of the half-year of ``timestamp``."""
    return timestamp[:4] + ("07" if half_year(timestamp) % 2 else "01")


def _end(timestamp: str) -> str:
    """After all timestamps of the half-year of ``timestamp``."""
    return timestamp[:4] + ("12~" if half_year(timestamp) % 2 else "06~")


def _is_within(timestamp: str, spans: Iterable[tuple[str, str]]) -> bool:
    return any(start <= timestamp <= end for start, end in spans)


def may_be_main(url: str, found_by: str) -> bool:
    """True if the main policy may stand at an address: a link or redirect led there, or its words say so.

    An article (``/news/our-privacy``) or a product named for privacy never is the main policy, whatever its text.
    """
    return found_by in LED_TO or (url_score(url) >= WORTHY and not elsewhere(url))


def may_have_moved_to(url: str, domain: str, *, held_policy: bool) -> bool:
    """True if the index should be asked for a redirect's target.

    True if the target's words name a policy. Also true if the redirecting page held the policy (or a homepage's link
    called it so) and the target is another page of the same site.
    """
    if is_dead_end(url) or elsewhere(url):
        return False
    return url_score(url) >= WORTHY or (held_policy and is_own(domain, url) and not is_homepage(url))


def _is_for_all(address: Address) -> bool:
    """True if an address seems to hold the policy for everybody."""
    if has_only_non_policies(address) or is_aside(address.url) or not may_be_main(address.url, address.found_by):
        return False
    return address.policies > 0 or address.found_by in LED_TO or url_score(address.url) >= A_POLICYS


def has_only_non_policies(address: Address) -> bool:
    """True if captures of the address were read, and none of them was a privacy policy."""
    return address.judged > 0 and address.policies == 0


def page_of(urlkey: str) -> str:
    """An address without its query, where the path alone names a policy.

    ``com,a)/privacy?ref=footer`` gives ``com,a)/privacy``; ``com,a)/index?page=privacy`` stays as it is.
    """
    path, _, query = urlkey.partition("?")
    return path if query and url_score("http://a.com/" + path.partition(")/")[2]) >= WORTHY else urlkey


@lru_cache(4096)
def rank(address: Address) -> tuple[bool, bool, float, int, str]:
    """How much an address that holds a policy looks like that of the main one, as a sort key.

    A homepage's link goes before everything else, then the site's own host before a subdomain's that may be somebody
    else's (``acme.example.com``), then what ``likelihood`` says.
    """
    return (address.is_linked, not may_be_customers(host_of(address.url)), *likelihood(address))


@lru_cache(4096)
def likelihood(address: Address) -> tuple[float, int, str]:
    """How much an address looks like the main policy's, as a sort key; of equals, the shorter address is higher."""
    linked = LINKED if address.is_linked or address.found_by in LED_TO else 0.0
    often = 0.1 * min(log10(address.captures), 2.0)
    return url_score(address.url) + linked + often, -len(address.urlkey), address.urlkey
