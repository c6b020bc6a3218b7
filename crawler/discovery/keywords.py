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
from crawler.discovery.subject import Subject, read
from crawler.discovery.words import Kind, fold, listed, trie

MIMETYPE_FILTER: Final = "mimetype:(text/html|text/plain|application/xhtml|application/pdf|warc/revisit|unk).*"
"""The CDX filter for what can hold a policy; a revisit says that an earlier body came again, so it counts."""

# What stands in addresses, a language a line: shorter than the words of a link, since the filter has to fit
# into a URL, and without a first letter that could be an escaped capital. A space is any one separator or
# none.
ADDRESS_WORDS: Final[dict[str, str]] = {
    "en": "privacy, privasy, privstmt, data protect, data policy, data use, personal data, personal info",
    "de": "datensch, privatsph, dsgvo, impressum, rechtliche hinw",
    "fr": "confidentialit, vie priv, donnees perso, es personnelles, rgpd, mentions legal, mentions l.c3.a9g",
    "es": "privacidad, proteccion de datos, datos personales, aviso legal",
    "pt": "privacidade, protecao de dados, dados pessoais, informacoes legais",
    "it": "riservatezza, dati personali, informativa, note legal",
    "nl": "privacy, persoonsgegevens, persoonlijke gegevens",
    "da": "privatliv, persondata, personoplys, databeskyt",
    "no": "personvern, personopplys",
    "sv": "integritetspol, personuppg, dataskydd, sekretesspol",
    "fi": "tietosuoja, yksityisyy, rekisteriselo, henkilotie",
    "is": "personuvern",
    "pl": "prywatno, danych osobo, dane osobo, ochrona danych",
    "cs": "soukrom, osobnich udaj, osobni udaj",
    "sk": "sukrom, osobnych udaj",
    "hu": "adatved, adatv.c3.a9d, adatkezel, jogi nyilat",
    "ro": "confidentialitate, protectia datelor, date personale, caracter personal",
    "bg": "поверител, ични данн, poveritelnost, lichni danni",
    "hr, sr, bs": "privatnost, zastita podat, osobnih podat, licnih podat, приватн",
    "sl": "zasebnost, varstvo podat, osebnih podat",
    "sq": "privatesi",
    "el": "πορρ, πόρρ, ροσωπικ, aporrit, prosopik",
    "tr": "gizlilik, kisisel veri, ki.c5.9fisel, kvkk, aydinlatma metn",
    "az": "mexfili",
    "ru": "фиденц, ерсональн, приватн, konfiden, konfedin, personaln, obrabotk dan, obrabotki dan, persdan",
    "uk": "фіденц, pryvatn",
    "kk": "пиялылы",
    "et": "privaatsus, isikuandme, andmekaitse",
    "lv, lt": "privatum, konfiden, personas dat, asmens duom",
    "ca, eu": "privadesa, privacitat, pribatutas, avis legal",
    "ga, cy, mt": "priobhaid, preifatrw, privatezza",
    "id, ms": "privasi, data pribadi",
    "vi": "bao mat, rieng tu",
    "ja": "個人情報, プライバシ, kojinj",
    "zh": "隐私, 隱私, 私隐, 私隱, 个人信息, 個人資料, yinsi, 法律声明",
    "ko": "개인정보",
    "th": "ส่วนตัว, ส่วนบุคคล, pdpa",
    "hi": "गोपनीय",
    "ar": "خصوصي",
    "fa": "حریم",
    "he": "פרטיות",
    "ka": "კონფიდ",
    "hy": "աղտնի",
    "laws": "gdpr, ccpa, lgpd",
}
_LAWS = listed("gdpr ccpa lgpd kvkk pdpa rgpd dsgvo")  # whole words: `rgpd` is also part of codes
# `cookie` alone is a recipe and `legal` a law firm's service: they need company, or to be the whole name.
_COOKIE = "cookies?.?(polic|noti|stat|decl|info|richt|hinw|verkl|erkl)|(poli[a-z]*|info|uso|usage)[^/]{0,9}cookie"
_LEGAL = "legal.?(noti|info|stat|discl)"
_WHOLE = r"(cookies?|legal|disclaimer|polic(y|ies))([.][a-z]+)?$"


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
    words = {word.strip() for line in ADDRESS_WORDS.values() for word in line.split(",")}
    free = sorted(_in_urlkey(word) for word in words - _LAWS)
    free = [word for word in free if not any(other in word for other in free if other != word)]
    laws = trie(sorted(_LAWS), group="(")
    return f"({trie(free, group='(')}|{_COOKIE}|{_LEGAL}).*|/{_WHOLE}|[^a-z]{laws}([^a-z].*)?$"


def _in_urlkey(word: str) -> str:
    """The word as it stands in a URL key: UTF-8 bytes as ``.d0.bf``.

    ``.`` stands for ``%``, which the query would need three characters for. The key is lower-cased as text,
    so an escaped capital stays one (``%d0%9f``): the words of scripts with capitals lack their first letter.
    """
    escaped = (c if c.isascii() else "".join(f".{byte:02x}" for byte in c.encode()) for c in word)
    return "".join(escaped).replace(" ", ".?")


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
    if not any(segment in _ARTICLES for segment in above):
        return False
    help_pages = {word for segment in [*above, *host.split(".")] for word in segment.split()} & _HELP
    return not help_pages  # the small print of many sites is an "article" of their help desk


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

    1 for a list of posts (``/tag/privacy``), 0.5 for an article or product (below ``/news/``, or dated).
    """
    parts = urlsplit(url)
    path = unquote(parts.path)
    segments = _segments(path)
    if any(segment in _LISTS for segment in segments[:-1]):
        return 1.0
    return 0.5 if _DATED.search(path) or _is_below_articles(parts.hostname or "", segments) else 0.0


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


def _is_index(folded: str) -> bool:
    return bool(_INDEX.fullmatch(folded))
