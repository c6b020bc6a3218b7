import pytest

from crawler.discovery.url_scores import is_aside, url_score

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
def test_a_policy_s_address_scores_high_in_its_language(language: str) -> None:
    for path in POLICIES[language]:
        if "avis-legal" not in path:
            assert url_score(f"http://site.example{path}") >= 0.45, path


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
