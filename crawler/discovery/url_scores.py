"""Which addresses of a domain may hold its privacy policy, and which of them most looks like it.

``url_filter`` asks the archive's index for them in one query; ``url_score`` ranks what comes back. The filter
is wide (a missed policy is lost, a needless row costs nothing but its bytes), the score is narrow.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.archives.surt import urlkey
from crawler.discovery.ownership import registrable_domain
from crawler.discovery.phrases import Subject, is_for_some, read
from crawler.discovery.vocabulary import Kind, fold, listed, trie

MIMETYPE_FILTER: Final = "mimetype:(text/html|text/plain|application/xhtml|application/pdf|warc/revisit|unk).*"
"""The CDX filter for what can hold a policy; a revisit says that an earlier body came again, so it counts."""

# What stands in addresses, languages a line. Shorter than the words of a link, since the filter has to fit into a
# URL: a piece that stands in no other matter will do. Without a first letter that could be an escaped capital. A
# Latin word with accents counts with and without them. A space is any one separator or none; `[...]` and `.` are
# those of the expression, a whole letter of two bytes is `......`.
ADDRESS_WORDS: Final[dict[str, str]] = {
    "en": "privacy, privasy, privstmt, data use, personal info, personal data",
    "de, lb": "datensch, datesch, privatsph, impressum",
    "fr, es, pt, it": "vie priv, privacidad, riservatezza, informativa",
    "da, no, is": "privatliv, persondata, personop, databeskyt, personvern, nuvern, nskapsl, vafrak",
    "sv": "integritetspol, personuppg, dataskydd, sekretesspol",
    "fi": "tietosuoja, yksityisyy, rekisteriselo, eväste",
    "pl, cs, sk": "prywatno, kromi, kromí",
    "hu": "adatv, adatkez, sutik",
    "hr, sr, bs, mk": "privatnost, р......ватн",
    "sl": "zasebnost, piškotk",
    "sq": "privatësi",
    "el": "πορρ, πόρρ, οσωπ, aporrit, prosopik",
    "tr, az, uz": "gizlilik, xfili, xfiyl",
    "bg": "оверите, poveritelnost",
    "ru, uk, be": "ф......д......нц, сональн, konfiden, konfedin, persdan, pryvatn",
    "kk, mn": "иялыл, уцлал",
    "et, af": "privaatsus, privaathe, isikuandme, andmekaitse, psised, psiste",
    "lv, lt": "privātum, personas dat, sikdat, slapuk",
    "ca, eu": "privadesa, privacitat, pribatut",
    "ga, cy, mt": "obháid, preifatrw, privatezza",
    "id, sw": "privasi, faragha",
    "vi": "bao mat, rieng tu, c3.aang, bao ve du, phap ly",
    "ja": "人情報, イバシ, ーポリシ, kojinj, 免責",
    "zh": ".9a...私, 私隐, 私隱, 人信息, 人資料, 据保护, 律声, 律聲, yinsi",
    "ko": "인정보, 법적",
    "th": "นตัว, บุคค, ยคุก, งกฎห",
    "hi, bn": ".8b.e0.a..aa.e0.a..a8.e0.a..80",
    "ar, fa, ur": "خصوصي, حریم, کوکی, رتبا, ازدار",
    "he": "רטיו",
    "ka, hy": "ონფი, ղտնի",
}
# Names of several words, and words with more accents than one: the first piece, and the second at most 36
# characters further on in the same segment, which leaves room for `%20`, `-de-los-` and `%c3%a7%c3%a3o`.
ADDRESS_PAIRS: Final[tuple[tuple[str, str], ...]] = (
    (  # protection of, processing of: data
        "prote, bescherm, ochr[ao]n, pracov, przetwarz, tratam, trattam, traitem, preluc, tutela, perlind, varstv, "
        "tita, osobn, nih, mbrojt, rabotk, ботк, хист, штит, ичн, ماي, גנ, فاظ",
        "dat[aeio], dad[eo], donn, danych, podat, dann, daj, gegev, nave, анн, аних, одат, بيان, ידע, داد",
    ),
    (  # data: protection, policy, personal
        "dat[aeiou], dad[eo]s, donn, persoon, personaln, henkil, dane, szem, [sf]isel, asmens, duomen, gegev, "
        "confiden, nlatma, .a3o",
        "protec, polic, personal[ei], personn, pessoa, ial[if], gegev, bescherm, tieto, osob, adat, veril, duom, "
        "apsaug, aizs, babes, pribad, dann, metn, .adt, .bb.af",
    ),
    (  # cookies: policy. The names of biscuits need company
        "cookie, [c7]erez, kdat, suti, .bcti, 쿠키",
        "poli, noti, stat, decl, info, richt, hinw, verkl, erkl, bele, ayd, szab, 정책, %[c-f]",
    ),
    (  # policy: cookies
        "poli, tica, sady, info, uso, usage, /om, jakan, sach, a1ch, ניות, %[89a-f].",
        "cookie, kola, искв, куки, עוגי",
    ),
    (  # legal: notice
        "legal, juridis, oikeudelli, pravn, a1vn, jogi, yasal, teisin, iguslik, ritahuan, rechtlich, рав, ομικ, a1p, "
        "שפט, ודע, شعار, لاع",
        "noti, info, stat, disc, medd, huom, nyil, uyar, bild, nap, obv, upo, teav, hukum, hinw, нф, ημε, l.c3.bd, "
        "שפט, قان, حقوق",
    ),
    ("info, avis, not[ae], ment, menc", "legal, légal, prawn"),  # notice: legal
)
_LAWS = listed("gdpr ccpa lgpd kvkk pdpa rgpd dsgvo rodo")  # whole words: `rgpd` is also part of codes
# `cookie` alone is a recipe and `legal` a law firm's service: they need company, or to be the whole name.
_WHOLE = r"(cookies?|kakor|legal|juridisk|disclaimer|polic(y|ies))([.][a-z]+)?$"
_APART = "[^/]{0,36}"
_GROUP = 6  # characters that a group's two signs take in the query


def url_filter(domain: str) -> str:
    """The CDX filter for the rows of ``domain`` (``matchType=domain``) whose address may be a policy's.

    The words have to stand behind the domain's own part of the key (``.{N}`` skips it), so that
    ``myprivacy.com`` does not bring all its pages; subdomains, path and query all count. The expression
    begins at the start and ends with ``.*`` or ``$``, and uses nothing but what Java and Python read alike:
    it means the same whether the server asks for a full match (the CDX server's README) or for ``re.match``
    (pywb).
    """
    own = len(urlkey(domain).partition(")")[0])
    return f"urlkey:.{{{own}}}.*({_filter_words()})"


@cache
def _filter_words() -> str:
    free = [_any_of(", ".join(ADDRESS_WORDS.values()))]
    free += [f"{_any_of(first)}{_APART}{_any_of(second)}" for first, second in ADDRESS_PAIRS]
    return f"({'|'.join(free)}).*|/{_WHOLE}|[^a-z]{trie(sorted(_LAWS), group='(')}([^a-z].*)?$"


def _any_of(words: str) -> str:
    """An expression for a table's words, without those that another is part of."""
    forms = {form for word in words.split(",") for form in _in_urlkey(word.strip())}
    return trie(sorted(f for f in forms if not any(o in f for o in forms if o != f)), group="(", worth=_GROUP)


def _in_urlkey(word: str) -> set[str]:
    """The word as it may stand in a URL key: its UTF-8 bytes as ``.d0.bf``, of a Latin word also the plain letters.

    ``.`` stands for ``%``, which the query would need three characters for. The key is lower-cased as text,
    so an escaped capital stays one (``%d0%9f``): the words of scripts with capitals lack their first letter. Of the
    letter that then comes first the last byte is enough.
    """
    escaped = "".join(c if c.isascii() else "".join(f".{byte:02x}" for byte in c.encode()) for c in word)
    if word and not word[0].isascii():
        escaped = escaped[3 * (len(word[0].encode()) - 1) :]
    forms = {escaped, fold(word)} if not word.isascii() and fold(word).isascii() else {escaped}
    return {form.replace(" ", ".?") for form in forms}


# The ends of addresses that are never a document, whatever their name says.
_ASSET = re.compile(
    r"\.(?:js|css|png|jpe?g|gif|svg|ico|webp|bmp|tiff?|xml|rss|json|map|woff2?|ttf|eot|zip|gz|exe|dmg|mp[34]|avi|mov|swf|ics)$"
)
_DATED = re.compile(
    r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/|$)|/(?:19|20)\d{6}(?:/|$)|/(?:19|20)\d\d[-_](?:0[1-9]|1[0-2])[-_]\d\d"
)
# Lists of posts about a matter, and what else is no small print of the site, by the folder it stands in.
_LISTS = listed(
    "tag tags label labels tagi etiqueta topic topics category categories kategorie "
    "kategoria rubrik thema themen search suche author authors"
)
_ARTICLES = _LISTS | listed(
    "news blog blogs article articles artikel artikler post posts press presse pressreleases story "
    "stories archive archives forum forums thread threads viewtopic showthread question questions video "
    "videos product products produkt produkte produkty produit produits producto productos prodotti "
    "shop store catalog catalogue item items job jobs event events user users profile podcast podcasts "
    "research resources magazine actualites actualite noticias noticia notizie nyheter nyheder uutiset "
    "aktualnosci aktuality hirek novosti haberler haber media newsroom feed comments review reviews "
    "deals technology tech business politics politik world culture science lifestyle opinion columnists "
    "profil perfil sso account accounts konto login signin signup"
)
# Where a firm shows what it sells: "privacy" below is one of its subjects, unless it is plainly named as a document.
_BUSINESS = frozenset({"practice areas", "practice area", "door hardware"}) | listed(
    "practices practice expertise services solutions capabilities industries leistungen rechtsgebiete kompetenzen "
    "dienstleistungen beratung domains domain fences fencing glass books book movies movie films film guides ratgeber "
    "courses kurser kurse seminare training"
)
_HELP = listed("hc help support solutions kb faq knowledge knowledgebase customer service custserv hilfe aide ayuda")
_SEARCHES = listed("q s query search keyword keywords term terms k text searchterm suche qs find words wd kw")
_LANGUAGES = re.compile(r"[a-z]{2}(?:[ ][a-z]{2,4})?|intl|english|deutsch|francais|espanol")
_POLICIES = re.compile(r"(?:site |web ?site )?polic(?:y|ies)(?: [a-z]{3,5})?")  # of what, the page itself says
_KIND_SCORES: Final[dict[Kind, float]] = {
    "policy": 1.0,
    "matter": 0.9,
    "hint": 0.6,
    "cookie": 0.35,
    "legal": 0.25,
}
_NO_PAGE = re.compile(
    r"\b(?:(?:log|sign) ?(?:in|on|up)|sso|auth|register|errors?|[45]\d\d|(?:page ?)?not ?found|sorry|gone|captcha"
    r"|suspended|maintenance|unavailable|lander|parking|cgi sys)\b"
)
_INDEX = re.compile(
    r"(?:index|default|home|main|view|show|page|print|full)?(?: (?:s?html?|php\d?|aspx?|jsp|cfm))?|v?\d+"
)


def url_score(url: str) -> float:
    """How much an address looks like the main privacy policy of its site, from 0 (not at all) to 1.

    Roughly: 0.8 and above a policy's own page; 0.3-0.6 a policy for some people or matters, or one in an odd
    place; up to 0.35 a cookie policy; up to 0.25 a legal notice or ``/policies``; below 0.2 articles,
    products, searches.

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
    if _ASSET.search(path.lower()):
        return 0.0
    in_path = _path_score(host, path)
    in_query = _query_score(parts.query)
    in_host = _host_score(host, path)
    best = max(in_path - (0.03 if parts.query else 0.0), in_query * (0.2 if in_path else 1.0), in_host)
    return round(max(0.0, best), 3)


def _host_score(host: str, path: str) -> float:
    """``privacy.example.com`` itself, and less so the pages on it."""
    labels = host.removesuffix(registrable_domain(host)).split(".")
    if not any(read(fold(label)).kind == "policy" for label in labels):
        return 0.0
    inner = path.strip("/")
    return 0.85 if not inner or _is_index(fold(inner)) else 0.6 - 0.1 * min(inner.count("/"), 5)


def _path_score(host: str, path: str) -> float:
    folded = _segments(path)
    best, named = 0.0, False
    for at, segment in enumerate(folded):
        subject = read(segment)
        if subject.kind is None:
            best = max(best, 0.2 if _POLICIES.fullmatch(segment) and segment == folded[-1] else 0.0)
            continue
        score = _subject_score(subject)
        behind = [s for s in folded[at + 1 :] if not _is_index(s) and not _LANGUAGES.fullmatch(s)]
        if behind:
            # /privacy/children: a page below the policy; one that is named as a policy is weighed by itself
            score *= 0.5 * 0.8 ** (len(behind) - 1)
        best = max(best, score - 0.02 * min(at, 5))
        named = named or (subject.named and subject.extra <= 1 and not behind)
    # A shop or blog may keep even its policy there, if it is plainly named as one
    if best and _is_below_articles(host, folded):
        best *= 0.7 if named else 0.3
    if best and _DATED.search(path):
        best *= 0.6 if named else 0.3
    return best


def _segments(path: str) -> list[str]:
    return [fold(segment[:200]) for segment in path.split("/") if segment][:20]


def _is_below_articles(host: str, folded: list[str]) -> bool:
    above = folded[:-1]
    articles = any(segment in _ARTICLES for segment in above)
    business = any(segment in _BUSINESS for segment in above) and not read(folded[-1]).named
    help_pages = {word for segment in [*above, *host.split(".")] for word in segment.split()} & _HELP
    if business:
        help_pages -= _BUSINESS
    return (articles or business) and not help_pages  # the small print of many sites is an "article" of their help desk


def is_asset(url: str) -> bool:
    """Whether an address is an image, a script, a feed or the like, by its ending."""
    return bool(_ASSET.search(urlsplit(url).path.lower()))


def is_homepage(url: str) -> bool:
    """Whether an address is a site's homepage, of all its languages or of one: ``/en/index.html``."""
    parts = urlsplit(url)
    segments = _segments(unquote(parts.path))
    return not parts.query and all(_is_index(segment) or _LANGUAGES.fullmatch(segment) for segment in segments)


def is_dead_end(url: str) -> bool:
    """Whether an address says that nothing is to be read there: a login, an error page, a parking company's lander."""
    return is_asset(url) or any(_NO_PAGE.search(segment) for segment in _segments(unquote(urlsplit(url).path)))


def elsewhere(url: str) -> float:
    """How far an address is from where sites keep their small print, from 0 to 1: whatever its link says.

    1 for a list of posts (``/tag/privacy``) or a search, 0.5 for an article or product (below ``/news/``, or dated).
    """
    parts = urlsplit(url)
    path = unquote(parts.path)
    segments = _segments(path)
    if any(segment in _LISTS for segment in segments[:-1]) or _is_search(segments, parts.query):
        return 1.0
    return 0.5 if _DATED.search(path) or _is_below_articles(parts.hostname or "", segments) else 0.0


def is_aside(url: str) -> bool:
    """Whether an address is of a policy for some: ``/privacy/children``, ``/applicant-privacy-policy``.

    What stands above the policy's name is a section of the site, and may well be all of it (``/health/privacy``).
    """
    try:
        segments = _segments(unquote(urlsplit(url).path))
    except ValueError:
        return False
    subjects = [read(segment) for segment in segments]
    first = next((at for at, subject in enumerate(subjects) if subject.kind), len(segments))
    return any(s.aside for s in subjects) or any(is_for_some(s) for s in segments[first + 1 :] if not read(s).kind)


def _subject_score(subject: Subject) -> float:
    score = _KIND_SCORES[subject.kind] if subject.kind else 0.0
    if subject.named:
        score *= max(0.4, 1 - 0.08 * subject.extra)
    else:
        score *= (1.0, 0.85, 0.65, 0.45, 0.3)[min(subject.extra, 4)]
    if subject.aside:
        score *= 0.5
    if subject.other:
        score *= 0.3
    return score


def _query_score(query: str) -> float:
    """``?page=privacy`` is how many sites of 2000-2010 addressed their pages; ``?q=privacy`` is a search."""
    best = 0.0
    for name, value in parse_qsl("&".join(query[:2000].split("&")[:50])):
        subject = read(fold(value[:200]))
        if subject.kind is None or name.lower() in _SEARCHES or "://" in value:
            continue
        best = max(best, 0.65 * _subject_score(subject))
    return best


def _is_search(segments: list[str], query: str) -> bool:
    """``/search?q=privacy``; without the folder ``?s=privacy`` may as well be a section of the site."""
    names = {pair.partition("=")[0].lower() for pair in query[:2000].split("&")[:50]}
    searching = bool(segments) and segments[-1].removesuffix(" php").removesuffix(" html") in _LISTS
    return bool(names & _SEARCHES) and (searching or bool(names & {"q", "query", "suche", "searchterm"}))


def _is_index(folded: str) -> bool:
    return bool(_INDEX.fullmatch(folded))
