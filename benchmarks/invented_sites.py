"""Invented sites whose policy addresses, moves and captures follow the mix of real ones, with the truth about each.

The same seed gives the same bytes. Nine policy addresses in ten have a telling word, three in ten begin with
``/privacy``; one in ten is found by a homepage's link alone. One site in ten moves its policy once: by an archived
redirect or without one, to a new path or to another site. Captures are irregular, as in a real archive: some years
many, some none, bursts of a few days. Most sites' bytes differ at each capture, their words change 2 to 6 times.

Around the policies stands what misleads: policies for children or California, a page about privacy at ``/privacy``,
cookie policies, articles, products, searches; the policy under other queries; homepages of frames or of scripts
alone; pages that say "not found" with status 200.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import policy_texts as texts
from synthetic import record, write_records

LAST = datetime(2025, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)

AT_PRIVACY = (
    "privacy", "privacy.html", "privacy-policy", "privacy/", "privacy.php", "privacypolicy.htm", "privacy_policy.asp",
)  # fmt: skip
#: Telling words elsewhere than at ``/privacy``, by language. ``//`` begins a subdomain of the site.
PATHS = {
    "en": """
        legal/privacy about/privacy.html index.php?page=privacy //privacy. company/privacy_statement.asp
        help/privacypolicy.htm legal/privacy-notice customer-service/privacy-and-security.jsp en/legal/privacy-policy
        policies/privacy info.asp?id=privacy_policy //legal./privacy about-us/your-privacy site/PrivacyPolicy.aspx
        terms/personal-data corporate/data-protection""",
    "de": """
        datenschutz datenschutz.html datenschutzerklaerung service/datenschutz.php datenschutzerklärung
        info/datenschutzhinweise.htm""",
    "fr": """
        confidentialite politique-de-confidentialite politique-de-confidentialité vie-privee.html
        donnees-personnelles""",
    "es": "politica-de-privacidad privacidad.html aviso-de-privacidad es/proteccion-de-datos",
    "ja": "privacypolicy/ company/kojinjoho.html 個人情報保護 info/privacy.html",
    "ru": "politika-konfidentsialnosti политика-конфиденциальности info/personalnye-dannye.html",
}
TELLING = [(language, quote(path, safe="/?=")) for language, paths in PATHS.items() for path in paths.split()]
#: Addresses that only a link tells.
SILENT = (
    "page.php?id=14", "about/smallprint.htm", "node/27", "info/p3.html", "terms.html", "company/rules.asp",
    "policies.html", "service/hinweise.html", "static/12.html", "cms/view.jsp?doc=771",
)  # fmt: skip
DECOYS = (
    ("news/2013/05/12/shops-asked-about-privacy.html", "Shops asked about privacy", texts.ARTICLE),
    ("blog/privacy-in-the-autumn-session", "Privacy in the autumn session", texts.ARTICLE),
    ("products/privacy-screen", "Privacy screen, oak", texts.PRODUCT),
    ("search?q=privacy", "Search results", texts.SEARCH),
    ("tag/privacy", "Posts about privacy", texts.ARTICLE),
)
SYLLABLES = ("al", "ber", "cor", "den", "el", "far", "gil", "hol", "in", "jor", "kel", "lan", "mer", "nor", "ol", "per")

#: How a move shows: to a new path or another site, with an archived redirect or without.
MOVES = ("redirect to a path", "redirect to a site", "link to a path", "link to a site")


@dataclass(frozen=True, slots=True)
class Shown:
    """A capture of a site's main policy with its text."""

    url: str
    when: datetime
    version: int

    @property
    def timestamp(self) -> str:
        return f"{self.when:%Y%m%d%H%M%S}"


@dataclass
class Site:
    """A site, and what a perfect crawl of it would show."""

    domain: str
    name: str
    language: str
    is_dense: bool
    """About a capture a week."""
    has_tokens: bool
    """Its pages' bytes differ at every capture."""
    by_link: bool
    """No word in the policy's address tells what it is."""
    moved: str | None
    changes: list[datetime]
    eras: list[tuple[datetime, str]]
    """From when on the policy stands at which address (its host with its path)."""
    first: datetime
    last: datetime
    secure_from: datetime
    www: str
    policy: list[Shown] = field(default_factory=list)
    """Every capture with the text of the main policy, oldest first."""
    records: list[bytes] = field(default_factory=list)

    def version(self, when: datetime) -> int:
        return sum(change <= when for change in self.changes)

    def address(self, when: datetime) -> str:
        """The main policy's address at a time, without the scheme."""
        return [address for start, address in self.eras if start <= when][-1]

    def scheme(self, when: datetime) -> str:
        return "https" if when >= self.secure_from else "http"


def invent(count: int, seed: int) -> list[Site]:
    """``count`` sites with their records and the truth about them."""
    chance = random.Random(seed)
    numbers = list(range(count))
    by_link = set(chance.sample(numbers, count // 10))
    moving = chance.sample(numbers, count // 10)
    moves = {number: MOVES[place % len(MOVES)] for place, number in enumerate(moving)}
    at_privacy = set(chance.sample([n for n in numbers if n not in by_link], count * 3 // 10))
    sites = []
    for number in numbers:
        kind = "silent" if number in by_link else "privacy" if number in at_privacy else "telling"
        site = _site(random.Random(f"{seed} {number}"), number, kind, moves.get(number))
        _archive(random.Random(f"{seed} {number} archive"), site)
        sites.append(site)
    return sites


def write(folder: Path, sites: list[Site]) -> tuple[Path, Path]:
    """Writes ``archive.warc.gz`` and ``domains.txt`` into ``folder``; returns both paths."""
    return write_records(folder, {site.domain: site.records for site in sites})


def _site(chance: random.Random, number: int, kind: str, moved: str | None) -> Site:
    name = "".join(chance.choice(SYLLABLES) for _ in range(3)) + f"{number}"
    domain = f"{name}.example"
    www = "www." if chance.random() < 0.7 else ""
    language, path = _path(chance, kind)
    is_dense = number % 7 == 0 and moved is None
    first = datetime(chance.randint(1998, 2016), 1, 1, tzinfo=UTC) + chance.randrange(360) * DAY
    last = LAST if chance.random() < 0.8 else first + (LAST - first) * chance.uniform(0.4, 0.9)
    last = last.replace(microsecond=0)
    if is_dense:
        first = max(first, last - chance.randint(3, 7) * 365 * DAY)
    eras = [(first, _address(path, www, domain))]
    if moved:
        when = (first + (last - first) * chance.uniform(0.3, 0.7)).replace(microsecond=0)
        new = eras[0][1]
        while new == eras[0][1]:
            kind = "silent" if chance.random() < (0.4 if moved == "link to a path" else 0.1) else "telling"
            new = _address(_path(chance, kind, language)[1], www, domain)
        if moved.endswith("site"):
            new = f"www.{name[:6]}group{number}.example/{chance.choice(AT_PRIVACY)}"
        eras.append((when, new))
    return Site(
        domain, name, language, is_dense,
        has_tokens=is_dense or chance.random() < 0.7,
        by_link=kind == "silent" if not moved else path in SILENT,
        moved=moved,
        changes=_apart(chance, first, last, chance.randint(2, 6)),
        eras=eras, first=first, last=last,
        secure_from=datetime(chance.randint(2012, 2020), chance.randint(1, 12), 1, tzinfo=UTC),
        www=www,
    )  # fmt: skip


def _path(chance: random.Random, kind: str, language: str | None = None) -> tuple[str, str]:
    if kind == "privacy":
        return language or "en", chance.choice(AT_PRIVACY)
    if kind == "silent":
        return language or chance.choice(["en", "de", "es"]), chance.choice(SILENT)
    choices = [choice for choice in TELLING if language in (None, choice[0])]
    english = [choice for choice in choices if choice[0] == "en"]
    return chance.choice(english if english and chance.random() < 0.5 else choices)


def _address(path: str, www: str, domain: str) -> str:
    if path.startswith("//"):
        label, _, rest = path[2:].partition("/")
        return f"{label}{domain}/{rest}"
    return f"{www}{domain}/{path}"


def _apart(chance: random.Random, first: datetime, last: datetime, count: int) -> list[datetime]:
    """Times between two, at least 60 days apart."""
    while True:
        times = sorted(first + (last - first) * chance.random() for _ in range(count))
        if all(b - a > 60 * DAY for a, b in zip([first, *times], [*times, last], strict=True)):
            return times
        count = max(count - chance.randrange(2), 2)


def _times(chance: random.Random, first: datetime, last: datetime, a_year: float) -> list[datetime]:
    """When a page was captured: so many times in a usual year, in some many more, in some not at all."""
    times: list[datetime] = []
    start = first
    while start < last:
        days = min(365, (last - start).days + 1)
        if chance.random() > 0.1:
            often = max(1, round(chance.lognormvariate(0, 0.6) * a_year * days / 365))
            times += [start + days * DAY * chance.random() for _ in range(often)]
        if chance.random() < 0.12:
            burst = start + days * DAY * chance.random()
            times += [burst + 5 * DAY * chance.random() for _ in range(chance.randint(3, 9))]
        start += 365 * DAY
    return _seconds(times or [first + (last - first) * chance.random()], first, last)


def _weekly(chance: random.Random, first: datetime, last: datetime) -> list[datetime]:
    gap = first + (last - first) * chance.uniform(0.1, 0.7)
    times, when = [], first
    while when < last:
        if not gap < when < gap + 120 * DAY:
            times.append(when)
        when += 7 * DAY + DAY * chance.uniform(-3, 3)
    return _seconds(times, first, last)


def _seconds(times: list[datetime], first: datetime, last: datetime) -> list[datetime]:
    return sorted({when.replace(microsecond=0) for when in times if first <= when < last})


def _archive(chance: random.Random, site: Site) -> None:
    """Fills a site's records: its policy, where that stood before, its homepage, and pages that are not the policy."""
    a_year = chance.choice([1.5, 3, 4, 6, 10])
    ends = [start for start, _ in site.eras[1:]] + [site.last]
    for (start, address), end in zip(site.eras, ends, strict=True):
        times = _weekly(chance, start, end) if site.is_dense else _times(chance, start, end, a_year)
        _policy_captures(chance, site, address, times)
    if site.moved:
        _after_the_move(chance, site)
    for when in _times(chance, site.first, site.last, a_year * chance.choice([0.3, 0.7, 1.5, 3])):
        body = _homepage(site, when)
        _capture(chance, site, f"{site.www}{site.domain}/", when, body)
        if b"menu.html" in body:
            menu = texts.page("Menu", "", token=_token(site, when), footer=_footer(site, when))
            _capture(chance, site, f"{site.www}{site.domain}/menu.html", when + timedelta(seconds=5), menu)
    _beside(chance, site)
    for path, title, content in chance.sample(DECOYS, chance.randint(0, 3)):
        for when in _times(chance, site.first, site.last, 0.5):
            body = texts.page(title, content, token=_token(site, when))
            _capture(chance, site, f"{site.www}{site.domain}/{path}", when, body)
    if _has_cookies(site):
        for when in _times(chance, max(site.first, site.last - 3000 * DAY), site.last, 2):
            body = texts.page("Cookie Policy", texts.COOKIES, token=_token(site, when))
            _capture(chance, site, f"{site.www}{site.domain}/cookie-policy", when, body)


def _beside(chance: random.Random, site: Site) -> None:
    """Pages that are easily taken for the policy: one for some people only, one about privacy in general."""
    if chance.random() < 0.15:
        path = chance.choice(["privacy/children", "privacy/california", "legal/privacy-for-applicants"])
        title, content = texts.policy("en", f"{site.name}kids", 0)
        for when in _times(chance, site.first, site.last, 1):
            body = texts.page(f"{title} for some", content, token=_token(site, when))
            _capture(chance, site, f"{site.www}{site.domain}/{path}", when, body)
    if chance.random() < 0.15 and not any("/privacy" in address for _, address in site.eras):
        for when in _times(chance, site.first + (site.last - site.first) / 2, site.last, 2):
            body = texts.page("We care", texts.HUB, token=_token(site, when), footer=_footer(site, when))
            _capture(chance, site, f"{site.www}{site.domain}/privacy", when, body)


def _policy_captures(chance: random.Random, site: Site, own_address: str, times: list[datetime]) -> None:
    seen: set[int] = set()
    for when in times:
        address = own_address
        version = site.version(when)
        if chance.random() < 0.02:
            site.records.append(record(f"{site.scheme(when)}://{address}", when, b"busy", 503))
            continue
        title, content = texts.policy(site.language, site.name, version)
        body = texts.page(title, content, token=_token(site, when), footer=_footer(site, when), language=site.language)
        if "?" not in address and number_of(site) % 10 == 3 and chance.random() < 0.15:
            address = f"{address}?ref={chance.choice(['footer', 'menu', 'signup'])}"
        revisit = not site.has_tokens and version in seen and chance.random() < 0.5
        if shown := _capture(chance, site, address, when, body, revisit=revisit):
            site.policy.append(Shown(*shown, version))
            seen.add(version)


def _capture(
    chance: random.Random, site: Site, address: str, when: datetime, body: bytes, *, revisit: bool = False
) -> tuple[str, datetime] | None:
    """Adds a capture; in the years of https often with the redirect from http before it, now and then only that."""
    url = f"{site.scheme(when)}://{address}"
    if site.scheme(when) == "https" and (by := chance.random()) < 0.3:
        site.records.append(record(f"http://{address}", when, b"", 301, location=url))
        if by < 0.05:
            return None
        when += timedelta(seconds=2)
    site.records.append(record(url, when, body, revisit=revisit))
    return url, when


def _after_the_move(chance: random.Random, site: Site) -> None:
    """What the old address shows afterwards: redirects to the new one, errors, or nothing."""
    moved_at, new = site.eras[1]
    old = site.eras[0][1]
    times = _times(chance, moved_at, site.last, 2)
    if site.moved and site.moved.startswith("redirect"):
        for when in times:
            scheme = site.scheme(when)
            site.records.append(record(f"{scheme}://{old}", when, b"Moved", 301, location=f"{scheme}://{new}"))
            if chance.random() < 0.5:  # the archive's crawler followed it
                _policy_captures(chance, site, new, [when + timedelta(seconds=3)])
    elif (by := chance.random()) < 0.3:
        site.records += [record(f"{site.scheme(when)}://{old}", when, b"Not found", 404) for when in times[:3]]
    elif by < 0.6:
        for when in times[: len(times) // 2]:
            body = texts.page("Page not found", texts.NOT_FOUND, token=_token(site, when))
            site.records.append(record(f"{site.scheme(when)}://{old}", when, body))
    site.policy.sort(key=lambda shown: shown.when)


def _homepage(site: Site, when: datetime) -> bytes:
    news = '<p><a href="/news/2013/05/12/shops-asked-about-privacy.html">Shops asked about privacy</a></p>'
    content = f"<p>Welcome to {site.name}: desks, lamps and baskets.</p>{news if len(site.name) % 2 else ''}"
    if number_of(site) % 25 == 4 and when.year > 2018:
        return b'<html><head><title>App</title></head><body><script src="/app.js"></script></body></html>'
    if number_of(site) % 25 == 9 and when.year < 2012:
        return b'<html><frameset cols="20%,80%"><frame src="/menu.html"><frame src="/main.html"></frameset></html>'
    return texts.page(site.name.title(), content, token=_token(site, when), footer=_footer(site, when))


def number_of(site: Site) -> int:
    """A site's place in the list."""
    return int("".join(filter(str.isdigit, site.name)))


def _footer(site: Site, when: datetime) -> str:
    address = site.address(when)
    host, _, path = address.partition("/")
    here = host == f"{site.www}{site.domain}"
    href = f"/{path}" if here else f"{site.scheme(when)}://{address}"
    cookies = '<a href="/cookie-policy">Cookie Policy</a>' if _has_cookies(site) else ""
    return f'<a href="/contact">Contact</a> {cookies} <a href="{href}">{texts.LANGUAGES[site.language].link}</a>'


def _has_cookies(site: Site) -> bool:
    return len(site.domain) % 3 == 0


def _token(site: Site, when: datetime) -> str:
    return f"{when:%Y%m%d%H%M%S}" if site.has_tokens else ""
