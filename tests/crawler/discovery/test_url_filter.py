import re
import time

import pytest

from crawler.archives.cdx import Query
from crawler.archives.internet_archive import InternetArchive
from crawler.discovery.url_filter import MIMETYPE_FILTER, languages_of, search_filters, url_filter
from crawler.known import Words
from pipelines.surt import urlkey
from pipelines.word_tables import read_word_table

TABLE = read_word_table("crawler.discovery", "url_words.toml")
ENDINGS = ["example", *sorted({ending for section in TABLE.values() for ending in section.get("domains", ())})]


def passes(url: str, domain: str = "site.example", words: Words = Words.OWN) -> bool:
    """True if the index would give this address; both readings of a filter have to agree."""
    field, _, pattern = url_filter(domain, words).partition(":")
    assert field == "urlkey"
    key = urlkey(url)
    full = re.fullmatch(pattern, key) is not None
    assert full == (re.match(pattern, key) is not None), key
    return full


@pytest.mark.parametrize(
    "url",
    [
        "http://privacy.site.example/",
        "http://site.example/index.php?page=privacy",
        "http://help.site.example/hc/en-us/articles/115014892108-Privacy-policy",
        "http://site.example:8080/privacy.htm",
        "http://site.example/cookies",
        "http://site.example/cookie-policy",
        "http://site.example/politica-de-cookies/",
        "http://site.example/impressum.html",
        "http://site.example/mentions-legales",
        "http://site.example/aviso-legal",
        "http://site.example/legal",
        "http://site.example/legal.html",
        "http://site.example/legal-notice",
        "http://site.example/legal?eea=0",
        "http://site.example/legal/confidential/",
        "http://site.example/about/legal/page-7",
        "http://legal.site.example/7",
        "http://site.example/service/policy_and_legal.html",
        "http://site.example/website-policy",
        "http://site.example/policy",
        "http://site.example/about/policies.html",
        "http://site.example/gdpr",
    ],
)
def test_cookie_policies_legal_notices_subdomains_and_pages_by_parameter_pass_too(url: str) -> None:
    assert passes(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://site.example/",
        "http://site.example/private/photos",
        "http://site.example/privatkunden",
        "http://site.example/privatization/2004",
        "http://site.example/recipes/cookies/chocolate-chip",
        "http://site.example/terms",
        "http://site.example/policy/return",
        "http://site.example/insurance-policy",
        "http://site.example/illegal-immigration",
        "http://site.example/confidence",
        "http://site.example/%D0%BA%D0%BE%D0%BD%D1%84%D0%B5%D1%80%D0%B5%D0%BD%D1%86%D0%B8%D1%8F",
    ],
)
def test_other_pages_do_not_pass(url: str) -> None:
    assert not passes(url)


@pytest.mark.parametrize("domain", ["myprivacy.com", "datenschutz.de", "privacy.org", "www.privacy.co.uk", "gdpr.eu"])
def test_a_domain_whose_own_name_is_a_keyword_does_not_bring_all_its_pages(domain: str) -> None:
    assert not passes(f"http://{domain}/", domain)
    assert not passes(f"http://www.{domain.removeprefix('www.')}/products/7", domain)
    assert not passes(f"http://shop.{domain.removeprefix('www.')}/products/7", domain)
    assert passes(f"http://{domain}/privacy-policy", domain)
    assert passes(f"http://privacy.{domain.removeprefix('www.')}/", domain)


@pytest.mark.parametrize("words", Words)
def test_the_filter_uses_no_syntax_of_one_engine_only(words: Words) -> None:
    for ending in ENDINGS:
        pattern = url_filter(f"example.{ending}", words)
        assert "(?" not in pattern
        assert re.fullmatch(r"urlkey:[\w.,*?+|()\[\]{}^$/%=-]+", pattern), pattern


@pytest.mark.parametrize(("words", "most"), [(Words.OWN, 1_500), (Words.FEW, 700), (Words.OTHER, 3_000)])
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_request_line_of_a_search_is_short_whatever_the_domain_and_the_dates(
    ending: str, words: Words, most: int
) -> None:
    label = "a-label-of-thirty-one-characters"
    domain = f"{'.'.join([label] * 8)[: 252 - len(ending)]}.{ending}"
    query = Query(domain, "domain", search_filters(domain, words), "20100101000000", "20251231235959", 10_000)
    url = InternetArchive().query_url(query)
    assert len(f"GET {url.removeprefix('https://web.archive.org')} HTTP/1.1\r\n") < most


def test_the_cheap_filter_stands_first() -> None:
    mimetype, words = search_filters("site.example")
    assert (mimetype, words) == (MIMETYPE_FILTER, url_filter("site.example"))


@pytest.mark.parametrize(
    ("domain", "languages"),
    [
        ("site.at", {"de"}),
        ("site.com.br", {"pt"}),
        ("site.ch", {"de", "fr", "it"}),
        ("site.by", {"be", "ru"}),
        ("site.xn--p1ai", {"ru"}),
        ("site.com", set()),
        ("site.co.uk", set()),
    ],
)
def test_a_domain_s_languages_are_those_of_its_country(domain: str, languages: set[str]) -> None:
    assert set(languages_of(domain)) == languages


def test_the_words_of_other_languages_are_searched_for_apart_and_a_handful_where_the_index_takes_no_more() -> None:
    assert not passes("http://site.example/gizlilik")
    assert passes("http://site.example/gizlilik", words=Words.OTHER)
    assert not passes("http://site.example/privacy", words=Words.OTHER)
    assert passes("http://site.example/privacy", words=Words.FEW)
    sizes = [len(url_filter("site.example", words)) for words in (Words.FEW, Words.OWN, Words.OTHER)]
    assert sizes == sorted(sizes) and sizes[0] < 150


@pytest.mark.parametrize("words", Words)
def test_the_filter_is_quick_on_the_worst_keys(words: Words) -> None:
    pattern = re.compile(url_filter("site.example", words).partition(":")[2])
    started = time.process_time()
    for word in ("cookies", "legal", "politicookie", "%d0", "privac", "prote", "donn", "infonotelegal", "%b0."):
        pattern.fullmatch(f"example,site)/{word * (2000 // len(word))}x/")
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "mimetype",
    [
        "text/html",
        "text/html; charset=utf-8",
        "application/xhtml+xml",
        "application/pdf",
        "text/plain",
        "warc/revisit",
        "unk",
    ],
)
def test_the_mimetype_filter_lets_through_what_can_hold_a_policy(mimetype: str) -> None:
    pattern = MIMETYPE_FILTER.partition(":")[2]
    assert re.fullmatch(pattern, mimetype)
    assert re.match(pattern, mimetype)


@pytest.mark.parametrize(
    "mimetype", ["image/png", "text/css", "application/javascript", "application/json", "text/xml"]
)
def test_the_mimetype_filter_keeps_out_the_rest(mimetype: str) -> None:
    assert not re.match(MIMETYPE_FILTER.partition(":")[2], mimetype)
