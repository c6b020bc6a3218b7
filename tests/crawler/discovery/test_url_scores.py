import re
import time
from urllib.parse import quote

import pytest

from crawler.discovery.url_filter import MIMETYPE_FILTER, url_filter
from crawler.discovery.url_scores import is_aside, url_score
from pipelines.surt import urlkey
from pipelines.word_tables import read_word_table


def passes(url: str, domain: str = "site.example") -> bool:
    """True if the index would give this address; both readings of a filter have to agree."""
    field, _, pattern = url_filter(domain).partition(":")
    assert field == "urlkey"
    key = urlkey(url)
    full = re.fullmatch(pattern, key) is not None
    assert full == (re.match(pattern, key) is not None), key
    return full


POLICIES = {
    "en": [
        "/privacy",
        "/Privacy.html",
        "/privacypolicy.aspx",
        "/legal/privacy-statement",
        "/about/data-protection/",
        "/PrivacyPolicy.jtp",
        "/help/privstmt.htm",
        "/personal-information-policy",
        "/info/data_policy.php",
    ],
    "de": [
        "/datenschutz.html",
        "/Datenschutzerkl%C3%A4rung",
        "/datenschutzerklaerung/",
        "/privatsphaere",
        "/dsgvo",
    ],
    "fr": [
        "/politique-de-confidentialite",
        "/confidentialit%C3%A9.php",
        "/vie-privee",
        "/vieprivee.html",
        "/donnees-personnelles/",
        "/donn%C3%A9es-personnelles",
        "/charte-vie_priv%C3%A9e",
        "/rgpd/",
    ],
    "es": ["/politica-de-privacidad", "/privacidad.asp", "/proteccion-de-datos", "/datos_personales"],
    "pt": ["/politica-de-privacidade", "/pol%C3%ADtica-de-privacidade", "/protecao-de-dados"],
    "it": ["/informativa-privacy", "/riservatezza.html", "/trattamento-dati-personali", "/informativa.htm"],
    "nl": ["/privacyverklaring", "/privacybeleid", "/persoonsgegevens"],
    "da": ["/privatlivspolitik", "/persondatapolitik"],
    "no": ["/personvern", "/personvernerkl%C3%A6ring"],
    "sv": ["/integritetspolicy", "/personuppgiftspolicy", "/personuppgifter", "/dataskydd"],
    "fi": ["/tietosuojaseloste", "/tietosuoja", "/rekisteriseloste", "/yksityisyys"],
    "is": ["/personuverndarstefna"],
    "pl": ["/polityka-prywatnosci", "/polityka-prywatno%C5%9Bci", "/ochrona-danych-osobowych"],
    "cs": ["/ochrana-osobnich-udaju", "/ochrana-soukromi", "/zasady-ochrany-osobnich-udaju"],
    "sk": ["/ochrana-osobnych-udajov", "/ochrana-sukromia"],
    "hu": ["/adatvedelem", "/adatkezelesi-tajekoztato", "/adatv%C3%A9delmi-nyilatkozat"],
    "ro": ["/politica-de-confidentialitate", "/protectia-datelor"],
    "bg": ["/poveritelnost", "/политика-за-поверителност", "/защита-на-лични-данни"],
    "hr": ["/politika-privatnosti", "/zastita-osobnih-podataka"],
    "sr": ["/zastita-podataka-o-licnosti", "/политика-приватности"],
    "sl": ["/zasebnost", "/varstvo-osebnih-podatkov"],
    "sq": ["/politika-e-privatesise"],
    "el": ["/πολιτική-απορρήτου", "/Πολιτικη-Απορρητου", "/προσωπικά-δεδομένα", "/politiki-aporritou"],
    "tr": [
        "/gizlilik-politikasi",
        "/kisisel-verilerin-korunmasi",
        "/kvkk",
        "/ki%C5%9Fisel-verilerin-korunmasi",
    ],
    "ru": [
        "/политика-конфиденциальности",
        "/Политика-Конфиденциальности",
        "/персональные-данные",
        "/politika-konfidencialnosti",
        "/konfidentsialnost.html",
        "/obrabotka-personalnyh-dannyh",
        "/agreement/personaldata",
    ],
    "uk": ["/політика-конфіденційності", "/polityka-konfidentsiinosti", "/персональні-дані"],
    "et": ["/privaatsuspoliitika", "/isikuandmete-kaitse"],
    "lv": ["/privatuma-politika", "/konfidencialitate"],
    "lt": ["/privatumo-politika", "/asmens-duomenu-apsauga"],
    "ca": ["/politica-de-privadesa", "/avis-legal"],
    "eu": ["/pribatutasun-politika"],
    "id": ["/kebijakan-privasi"],
    "vi": ["/chinh-sach-bao-mat", "/quyen-rieng-tu"],
    "ja": ["/プライバシーポリシー", "/個人情報保護方針", "/privacypolicy/", "/kojinjoho.html"],
    "zh": ["/隐私政策", "/隱私權政策", "/私隱政策", "/yinsi", "/個人資料保護"],
    "ko": ["/개인정보처리방침", "/member/개인정보취급방침.html"],
    "th": ["/นโยบายความเป็นส่วนตัว", "/นโยบายคุ้มครองข้อมูลส่วนบุคคล"],
    "hi": ["/गोपनीयता-नीति"],
    "ar": ["/سياسة-الخصوصية"],
    "fa": ["/حریم-خصوصی"],
    "he": ["/מדיניות-פרטיות"],
}


@pytest.mark.parametrize("language", POLICIES)
def test_a_policy_s_address_passes_in_its_language_escaped_or_not(language: str) -> None:
    for path in POLICIES[language]:
        assert passes(f"http://www.site.example{path}"), path
        escaped = quote(path, safe="/%")
        assert passes(f"https://site.example{escaped}"), escaped
        assert passes(f"https://site.example{escaped.lower()}"), escaped


@pytest.mark.parametrize("language", POLICIES)
def test_a_policy_s_address_scores_high_in_its_language(language: str) -> None:
    for path in POLICIES[language]:
        if "avis-legal" not in path:
            assert url_score(f"http://site.example{path}") >= 0.45, path


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
        "http://site.example/note_legali.htm",
        "http://site.example/legal",
        "http://site.example/legal.html",
        "http://site.example/legal-notice",
        "http://site.example/policy",
        "http://site.example/about/policies.html",
        "http://site.example/gdpr",
        "http://site.example/lgpd/index.html",
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
        "http://site.example/legal/services/divorce",
        "http://site.example/legally-blonde",
        "http://site.example/terms",
        "http://site.example/policy/return",
        "http://site.example/insurance-policy",
        "http://site.example/ddgdprx",
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


def test_the_filter_fits_into_a_url_and_uses_no_syntax_of_one_engine_only() -> None:
    pattern = url_filter("a-rather-long-domain-name.example.co.uk")
    assert len(quote(pattern, safe="")) < 4_000
    assert "(?" not in pattern
    assert re.fullmatch(r"urlkey:[\w.,*?+|()\[\]{}^$/%-]+", pattern)


def test_the_filter_is_quick_on_the_worst_keys() -> None:
    pattern = re.compile(url_filter("site.example").partition(":")[2])
    started = time.process_time()
    for word in (
        "cookies",
        "legal",
        "politicookie",
        "%d0",
        "privac",
        "prote",
        "datdadpersoon",
        "infonotelegal",
        "%b0.",
    ):
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


@pytest.mark.parametrize(
    "urls",
    [
        [
            "http://a.com/privacy-policy",
            "http://a.com/privacy/children",
            "http://a.com/cookie-policy",
            "http://a.com/legal",
        ],
        [
            "http://a.com/datenschutz",
            "http://a.com/datenschutz/kinder",
            "http://a.com/cookies",
            "http://a.com/impressum",
        ],
        [
            "http://a.com/privacy",
            "http://a.com/blog/privacy-policy",
            "http://a.com/blog/2012/05/privacy-matters",
        ],
        [
            "http://a.com/en/privacy",
            "http://a.com/california-privacy-notice",
            "http://a.com/news/privacy-scandal",
        ],
        ["http://a.com/privacy.html", "http://a.com/index.php?page=privacy", "http://a.com/?q=privacy"],
        [
            "http://a.com/hc/en-us/articles/1234-Privacy-Policy",
            "http://a.com/articles/privacy-in-the-digital-age",
        ],
        [
            "http://privacy.a.com/",
            "http://privacy.a.com/settings/ads",
            "http://a.com/products/privacy-screen",
        ],
        ["http://a.com/privacy", "http://a.com/privacy/archive/2011", "http://a.com/privacy.js"],
        [
            "http://a.com/legal/privacy-policy",
            "http://a.com/applicant-privacy-policy",
            "http://a.com/tag/privacy",
        ],
        [
            "http://a.com/privacy/index.html",
            "http://a.com/privacy/your-choices",
            "http://a.com/forum/privacy",
        ],
        [
            "http://a.com/politica-de-privacidad",
            "http://a.com/politica-de-cookies",
            "http://a.com/aviso-legal",
        ],
    ],
)
def test_the_main_policy_scores_above_those_for_some_and_decoys_below_all(urls: list[str]) -> None:
    scores = [url_score(url) for url in urls]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert scores[0] >= 0.8


@pytest.mark.parametrize(
    "url",
    [
        "http://a.com/privacy.js",
        "http://a.com/images/privacy.PNG",
        "http://a.com/?q=privacy",
        "http://a.com/search?query=datenschutz&page=2",
        "http://a.com/login?return=http://a.com/privacy",
        "http://a.com/",
        "http://a.com/private",
        "http://[broken/privacy",
        "",
    ],
)
def test_assets_searches_and_other_pages_score_nothing(url: str) -> None:
    assert url_score(url) == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://a.com/2012/05/14/facebook-privacy",
        "http://a.com/blog/10-privacy-tips",
        "http://a.com/news/2018/gdpr-fines",
        "http://a.com/products/privacy-screen-protector-for-iphone",
        "http://a.com/store/p/window-privacy-film",
    ],
)
def test_articles_and_products_score_low(url: str) -> None:
    assert url_score(url) < 0.2


def test_the_words_of_addresses_cover_at_least_25_languages() -> None:
    assert len(read_word_table("crawler.discovery", "url_words.toml")["words"]) >= 25


@pytest.mark.parametrize("path", ["privacy/policy", "privacy/en/notice.html", "datenschutz/hinweise"])
def test_a_document_s_name_below_the_policy_s_is_the_policy_itself(path: str) -> None:
    assert url_score(f"http://a.com/{path}") == url_score(f"http://a.com/{path.partition('/')[0]}")


@pytest.mark.parametrize("path", ["privacy/policy", "privacy-center", "privacy-hub/policy", "privacycentre.html"])
def test_the_policy_or_a_page_around_it_is_no_aside(path: str) -> None:
    assert not is_aside(f"http://a.com/{path}")
    assert url_score(f"http://a.com/{path}") >= 0.8


@pytest.mark.parametrize("path", ["privacy/children", "privacy/policy/california", "privacy-center/applicants/notice"])
def test_a_policy_for_some_is_an_aside_wherever_it_stands(path: str) -> None:
    assert is_aside(f"http://a.com/{path}")
    assert url_score(f"http://a.com/{path}") <= 0.5
