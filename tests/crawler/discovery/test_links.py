import gzip
import random
import time
import zlib
from collections.abc import Callable

import brotli
import pytest

from crawler.discovery.anchors import MAX_ANCHORS
from crawler.discovery.homepage import read_homepage
from crawler.discovery.links import Link, policy_links

HOME = "http://www.site.example/"


def urls(page: str | bytes, url: str = HOME) -> list[str]:
    body = page if isinstance(page, bytes) else page.encode()
    return [link.url for link in policy_links(body, url=url)]


def test_characters_that_somebody_else_decoded_are_read_as_they_are() -> None:
    page = '<meta charset="iso-8859-1"><a href="/datenschutz">Datenschutzerklärung</a>'
    assert policy_links(page, url=HOME) == [Link("http://www.site.example/datenschutz", "Datenschutzerklärung")]
    assert policy_links(page, url=HOME, content_encoding="gzip", content_type="text/html; charset=utf-16") != []


FOOTERS = {
    "en": ["Privacy", "Privacy Policy", "Your Privacy Rights", "Privacy & Cookies",
        "Privacy and Security Statement", "How we use your personal information",
        "Terms of Use & Privacy Policy", "Data Protection", "Notice of Privacy Practices"],
    "de": ["Datenschutz", "Datenschutzerklärung", "Datenschutzhinweise", "Impressum & Datenschutz",
        "AGB und Datenschutzbestimmungen", "DSGVO"],
    "fr": ["Politique de confidentialité", "Confidentialité", "Vie privée",
        "Protection des données personnelles", "Charte de confidentialité", "Données personnelles",
        "Mentions légales et politique de confidentialité", "Protection de la vie privée", "Protection de vos données"],
    "es": ["Política de privacidad", "Privacidad", "Protección de datos",
        "Aviso legal y política de privacidad", "Aviso de privacidad"],
    "pt": ["Política de Privacidade", "Privacidade", "Proteção de dados"],
    "it": ["Informativa sulla privacy", "Privacy", "Trattamento dei dati personali", "Informativa",
        "Tutela della privacy"],
    "nl": ["Privacyverklaring", "Privacybeleid", "Privacy statement", "Privacy en cookies", "Gegevensbescherming",
        "Bescherming persoonsgegevens", "Bescherming van persoonsgegevens", "Privacybescherming"],
    "af": ["Privaatheidsbeleid", "Beskerming van persoonlike inligting"],
    "da": ["Privatlivspolitik", "Persondatapolitik", "Cookie- og privatlivspolitik"],
    "no": ["Personvern", "Personvernerklæring", "Personvern og informasjonskapsler"],
    "sv": ["Integritetspolicy", "Personuppgiftspolicy", "Så behandlar vi personuppgifter", "Integritet & cookies"],
    "fi": ["Tietosuojaseloste", "Tietosuoja", "Rekisteriseloste", "Yksityisyydensuoja"],
    "is": ["Persónuverndarstefna"],
    "pl": ["Polityka prywatności", "Ochrona danych osobowych", "Prywatność", "RODO", "Polityka ochrony danych"],
    "cs": ["Ochrana osobních údajů", "Ochrana soukromí", "Zásady zpracování osobních údajů",
        "Informace o ochraně osobních údajů"],
    "sk": ["Ochrana osobných údajov", "Ochrana súkromia"],
    "hu": ["Adatvédelem", "Adatkezelési tájékoztató", "Adatvédelmi nyilatkozat"],
    "ro": ["Politica de confidențialitate", "Protecția datelor cu caracter personal", "Confidenţialitate",
        "Politica de prelucrare a datelor"],
    "sq": ["Politika e Privatësisë"],
    "bg": ["Политика за поверителност", "Защита на личните данни"],
    "hr": ["Politika privatnosti", "Zaštita osobnih podataka", "Pravila privatnosti"],
    "sr": ["Политика приватности", "Zaštita ličnih podataka"],
    "mk": ["Политика за приватност"],
    "sl": ["Politika zasebnosti", "Varstvo osebnih podatkov"],
    "el": ["Πολιτική Απορρήτου", "Προστασία Προσωπικών Δεδομένων", "ΠΟΛΙΤΙΚΗ ΑΠΟΡΡΗΤΟΥ"],
    "tr": ["Gizlilik Politikası", "Gizlilik", "KVKK", "Kişisel Verilerin Korunması",
        "KVKK Aydınlatma Metni", "GİZLİLİK POLİTİKASI", "Müşteri Aydınlatma Metni", "Veri Koruma Politikası"],
    "az": ["Məxfilik siyasəti", "Fərdi məlumatların qorunması"],
    "ru": ["Политика конфиденциальности", "Конфиденциальность", "Обработка персональных данных",
        "Политика обработки персональных данных", "Согласие на обработку персональных данных"],
    "uk": ["Політика конфіденційності", "Захист персональних даних"],
    "kk": ["Құпиялық саясаты", "Дербес деректерді өңдеу саясаты"],
    "et": ["Privaatsuspoliitika", "Isikuandmete töötlemine"],
    "lv": ["Privātuma politika", "Personas datu apstrāde"],
    "lt": ["Privatumo politika", "Asmens duomenų apsauga", "Duomenų tvarkymo politika"],
    "ca": ["Política de privadesa", "Política de privacitat", "Tractament de dades"],
    "eu": ["Pribatutasun politika"],
    "cy": ["Hysbysiad Preifatrwydd"],
    "ga": ["Polasaí Príobháideachais"],
    "mt": ["Politika tal-Privatezza", "Protezzjoni tad-Data"],
    "gl": ["Política de privacidade", "Protección de datos persoais"],
    "id": ["Kebijakan Privasi"],
    "ms": ["Dasar Privasi", "Notis Perlindungan Data Peribadi"],
    "tl": ["Patakaran sa Pagkapribado"],
    "sw": ["Sera ya Faragha", "Sera ya Ulinzi wa Data"],
    "vi": ["Chính sách bảo mật", "Quyền riêng tư", "Chính sách bảo mật thông tin"],
    "ja": ["プライバシーポリシー", "個人情報保護方針", "個人情報の取り扱いについて", "ﾌﾟﾗｲﾊﾞｼｰﾎﾟﾘｼｰ",
        "個人情報保護", "特定個人情報の取扱いについて", "プライバシーステートメント"],
    "zh": ["隐私政策", "隱私權政策", "隐私声明", "私隱政策聲明", "個人資料保護政策", "隱私權保護",
        "隐私条款"],
    "ko": ["개인정보처리방침", "개인정보취급방침", "개인정보 보호정책"],
    "th": ["นโยบายความเป็นส่วนตัว", "นโยบายคุ้มครองข้อมูลส่วนบุคคล"],
    "hi": ["गोपनीयता नीति"],
    "mr": ["गोपनीयता धोरण", "प्रायव्हसी पॉलिसी"],
    "bn": ["গোপনীয়তা নীতি", "প্রাইভেসি পলিসি"],
    "ta": ["தனியுரிமைக் கொள்கை", "பிரைவசி பாலிசி"],
    "te": ["గోప్యతా విధానం", "ప్రైవసీ పాలసీ"],
    "ar": ["سياسة الخصوصية", "الخصوصية"],
    "fa": ["حریم خصوصی", "سیاست حفظ حریم‌خصوصی"],
    "ur": ["رازداری کی پالیسی", "پرائیویسی پالیسی"],
    "he": ["מדיניות פרטיות", "מדיניות הפרטיות"],
    "ka": ["კონფიდენციალურობის პოლიტიკა"],
    "hy": ["Գաղտնիության քաղաքականություն"],
    "mn": ["Нууцлалын бодлого", "Хувийн мэдээлэл хамгаалах бодлого"],
}  # fmt: skip


@pytest.mark.parametrize("language", FOOTERS)
def test_a_policy_s_name_is_known_in_its_language(language: str) -> None:
    for text in FOOTERS[language]:
        page = f'<p><a href="/">Home</a> <a href="/agb">AGB</a> | <a href="/7">{text}</a> | <a href="/x">x</a>'
        assert urls(page) == ["http://www.site.example/7"], text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Политика конфиденциальности"),
        ("koi8-r", "Политика Конфиденциальности"),
        ("shift_jis", "個人情報保護方針"),
        ("euc-jp", "プライバシーポリシー"),
        ("iso-2022-jp", "プライバシーポリシー"),
        ("gb2312", "隐私声明"),
        ("big5", "隱私權政策"),
        ("euc-kr", "개인정보취급방침"),
        ("cp1253", "Πολιτική απορρήτου"),
        ("cp1255", "מדיניות פרטיות"),
        ("cp1256", "سياسة الخصوصية"),
        ("utf-16", "Datenschutzerklärung"),
        ("cp1252", "Politique de confidentialité"),
        ("iso-8859-2", "Ochrana osobních údajů"),
    ],
)
def test_old_encodings_are_read_declared_or_not(encoding: str, text: str) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">'
    page = f'<html><head>{meta}</head><body><a href="/7.htm">{text}</a></body></html>'
    assert policy_links(page.encode(encoding), url=HOME) == [Link("http://www.site.example/7.htm", text)]
    if encoding not in ("iso-2022-jp", "iso-8859-2"):  # nothing in their bytes tells what they are
        undeclared = page.replace(meta, "").encode(encoding)
        assert policy_links(undeclared, url=HOME) == [Link("http://www.site.example/7.htm", text)]


def test_utf8_under_a_wrong_declaration_is_still_utf8() -> None:
    page = '<meta charset="iso-8859-1"><a href=/7>Политика конфиденциальности</a>'
    assert urls(page) == ["http://www.site.example/7"]


@pytest.mark.parametrize(
    "page",
    [
        "<a href=/private>Private customers</a> <a href=/privatkunden>Privatkunden</a>",
        "<a href=/terms>Terms of use</a> <a href=/legal>Legal</a> <a href=/impressum>Impressum</a>",
        "<a href=/cookies>Cookie policy</a> <a href=/ml>Mentions légales</a>",
        "<a href=/2019/05/facebook-privacy-scandal>Facebook's privacy scandal: what we know so far</a>",
        "<a href=/news/4711>Senator calls for tougher online privacy law after breach</a>",
        "<a href=/blog/privacy>Read more</a>",
        "<a href=/shop/privacy-screen>Privacy screens</a> <a href=/shop/film>Privacy window film</a>",
        "<a href=/vpn/privacy-tool>Privacy Protector VPN - free download</a>",
        "<a href=/search?q=privacy>search</a> <a href='/?s=privacy+policy'>popular searches</a>",
        "<a href=/tag/privacy rel=tag>privacy</a>",
        "<a href=mailto:privacy@site.example>Privacy</a> <a href='javascript:void(0)'>Privacy</a>",
        "<a href='#'>Privacy</a> <a href=''>Privacy</a>",
        "<a href='#privacy'>Privacy</a> <a href='http://site.example/#privacy'>Privacy policy</a>",
        "<a href=http://www.google.com/policies/privacy/>Privacy Policy</a>"
        "<a href=https://policies.google.com/privacy>Privacy</a>",
        "<!-- <a href=/privacy>Privacy policy</a> -->",
        "<script>var a = '<a href=/privacy>Privacy policy</a>'</script>",
        "<a href=/gossip/12>La vie privée de la princesse : toutes les photos</a>",
        "<a href=/unternehmen/anwalt>Anwalt für Datenschutzrecht in Berlin gesucht</a>",
        "<a href=/n/1>個人情報流出で謝罪、大手通信会社の社長が会見し再発防止を誓う</a>",
        "<a href=/n/4>हमारे नियम: संसद ने डेटा संरक्षण विधेयक पारित किया</a>",
        "<a href=/n/5>Milli Məclis fərdi məlumatlar haqqında qanuna dəyişiklik etdi</a>",
        "<a href=/n/6>Úřad pro ochranu osobních údajů pokutoval krajskou nemocnici v Brně za únik</a>",
        "<a href=/n/3>Комисията за защита на личните данни глоби болница</a>",
        "<a href=/n/2>Роскомнадзор оштрафовал банк за утечку персональных данных клиентов</a>",
        "<a href=/privacy.png>Privacy policy</a>",
        "<a href=/opinion/7>The end of privacy?</a>",
        "<a href=/7>Datenschutzeinstellungen</a> <a href=/8>Datenschutzbeauftragter</a>",
        "<a href=/shop/7>Backup &amp; Data Protection Solutions</a>",
        "<a href=http://fines.example/technology/gdpr-guide>more</a>",
        "just words about privacy, no link",
        "",
    ],
)
def test_a_page_without_a_policy_link_gives_none(page: str) -> None:
    assert urls(page) == []


def test_of_two_equal_links_the_footer_s_comes_first() -> None:
    page = "<a href=/a>Privacy</a><p>text</p>" * 3 + "<footer><a href=/b>Privacy</a></footer><a href=/c>Privacy</a>"
    assert urls(page)[0] == "http://www.site.example/b"


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/7"><img src="b.gif" alt="Privacy Policy"></a>',
        '<a href="/7"><img src="images/btn_privacy.gif"></a>',
        '<a href="/7" title="Privacy policy">PP</a>',
        '<a href="/7" aria-label="Datenschutzerklärung"><svg></svg></a>',
        '<a href="/7"><svg><title>Privacy policy</title></svg></a>',
        '<a href="/7"><font size=1>Pri<b>vacy</b>&nbsp;Policy</font></a>',
        '<a href="/7">Daten&shy;schutz&shy;erkl&auml;rung</a>',
        "<A HREF=/7>PRIVACY POLICY</A>",
        "<a\nclass='x'\nhref = '/7'\n>\n  Privacy\n  Policy\n</a>",
        '<a data-x="a > b" href="/7">Privacy Policy</a>',
        '<a onclick="if (a > 1) go()" href="/7">Privacy Policy</a>',
        '<a href="/7">Privacy Policy',
        '<a href="/x">Home<a href="/7">Privacy Policy<a href="/y">Contact',
        '<map name="m"><area shape="rect" coords="1,2,3,4" href="/7" alt="Privacy Policy"></map>',
        '<map name="m"><area coords="1,2,3,4" href="/7" title="Privacy"/><area href="/x" alt="Home"/></map>',
        '<script type="text/javascript">document.write("<a href=\\"/7\\">Privacy Policy<\\/a>");</script>',
        "<noscript><a href=/7>Privacy Policy</a></noscript>",
        "<select><option value='/'>Home<option value='/7'>Privacy<option value='/x'>Contact</select>",
        '<link rel="stylesheet" href="/x.css"><link rel="Privacy-Policy" href="/7">',
        '<a rel="nofollow privacy-policy" href="/7">Legal</a>',
        "<a href=/7>Privacy Policy / Your California Privacy Rights</a>",
        "<a href=\"javascript:openWin('/7')\">Privacy Policy</a>",
        "<a href=\"javascript:popup('/7','pp','800;600')\">Datenschutz</a>",
        "<a href=\"#\" onclick=\"window.open('/7','pop','width=400'); return false;\">Privacy</a>",
        "<a href=\"javascript:void(0)\" onclick=\"MM_openBrWindow('/7','p','scrollbars=yes')\">Privacy</a>",
        "<!-- unclosed <p> <a href=/7>Privacy Policy</a>",
        "<style>a { } </style><textarea></textarea><a href=/7>Privacy Policy</a>",
        '<a href="/7" title="Read about the way we work">Privacy Policy</a>',
    ],
)
def test_a_link_is_read_whatever_way_it_is_written(link: str) -> None:
    assert urls(f"<html><body><p>Welcome</p>{link}") == ["http://www.site.example/7"]


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ('<a href="/privacy.html"><img src="x.gif"></a>', "http://www.site.example/privacy.html"),
        ('<area href="datenschutz.htm">', "http://www.site.example/datenschutz.htm"),
        (
            '<div id=footer><a href="/other/privacypolicy/">Information</a></div>',
            "http://www.site.example/other/privacypolicy/",
        ),
        (
            "<a href=\"javascript:openWin('/privacy.html')\">small print</a>",
            "http://www.site.example/privacy.html",
        ),
    ],
)
def test_the_address_alone_is_enough_where_it_is_plain(link: str, address: str) -> None:
    assert urls(link) == [address]


def test_a_form_s_line_of_consent_is_no_policy_link() -> None:
    page = (
        "<body>I accept the processing of my data <a href=personaldata.html>read here</a> <input><p>more</p>"
        + "<p>text" * 50
    )
    assert urls(page) == []


@pytest.mark.parametrize(
    ("base", "href", "address"),
    [
        ("", "privacy.html", "http://www.site.example/de/privacy.html"),
        ("", "&quot;".join(["\\", "\\/privacy\\", ""]), "http://www.site.example/privacy"),
        ("", "//legal.site.example/privacy", "http://legal.site.example/privacy"),
        ("", "../privacy", "http://www.site.example/privacy"),
        ("", "?page=privacy", "http://www.site.example/de/index.htm?page=privacy"),
        ("", "/privacy#top", "http://www.site.example/privacy"),
        ("", "/privacy policy.html", "http://www.site.example/privacy%20policy.html"),
        ("", " /priv\nacy ", "http://www.site.example/privacy"),
        ("", "/p?a=1&amp;b=2", "http://www.site.example/p?a=1&b=2"),
        ("", "HTTP://WWW.site.example/privacy", "http://WWW.site.example/privacy"),
        ("http://cdn.site.example/x/", "privacy.html", "http://cdn.site.example/x/privacy.html"),
        ("/y/", "privacy.html", "http://www.site.example/y/privacy.html"),
        ("http://[broken", "privacy.html", "http://www.site.example/de/privacy.html"),
        ("", "/web/20120101id_/http://www.site.example/privacy", "http://www.site.example/privacy"),
        (
            "",
            "https://web.archive.org/web/20120102030405/http://www.site.example/privacy",
            "http://www.site.example/privacy",
        ),
        (
            "",
            "//web.archive.org/web/20120102030405/https://site.example/privacy",
            "https://site.example/privacy",
        ),
        ("", "/coll/20120102030405mp_/http:/www.site.example/privacy", "http://www.site.example/privacy"),
        (
            "https://web.archive.org/web/2012im_/http://www.site.example/z/",
            "privacy",
            "http://www.site.example/z/privacy",
        ),
    ],
)
def test_addresses_come_absolute_at_the_original_site(base: str, href: str, address: str) -> None:
    head = f'<base href="{base}">' if base else ""
    assert urls(f'{head}<a href="{href}">Privacy</a>', "http://www.site.example/de/index.htm") == [address]


def test_the_page_s_own_address_may_be_the_archive_s() -> None:
    page = "<a href=privacy.html>Privacy</a>"
    assert urls(page, "https://web.archive.org/web/2012id_/http://site.example/") == [
        "http://site.example/privacy.html"
    ]


def test_a_policy_on_another_site_counts_and_a_service_s_only_on_its_own() -> None:
    assert urls("<a href=http://parent.example/privacy>Privacy policy</a>") == ["http://parent.example/privacy"]
    assert urls("<a href=https://www.iubenda.com/privacy-policy/123>Privacy</a>") == [
        "https://www.iubenda.com/privacy-policy/123"
    ]
    google = "<a href=https://policies.google.com/privacy>Privacy</a>"
    assert urls(google, "https://www.google.com/") == ["https://policies.google.com/privacy"]
    assert urls(google, "https://www.youtube.com/") == ["https://policies.google.com/privacy"]
    assert urls(google) == []


def test_the_page_s_own_policy_comes_before_one_on_another_site() -> None:
    page = b"""<p>Checkout by Shopkeeper. <a href="https://www.shopkeeper.example/legal/privacy">Privacy Policy</a></p>
        <div id="footer"><a href="/pages/info-7">Privacy</a></div>"""
    own = "http://www.site.example/pages/info-7"
    assert urls(page) == [own, "https://www.shopkeeper.example/legal/privacy"]


def test_each_address_comes_once_with_the_text_of_its_best_link() -> None:
    page = "<a href=/privacy><img src=i.gif></a><a href=/privacy#b>more</a><a href=/privacy>Privacy Policy</a>"
    assert policy_links(page.encode(), url=HOME) == [Link("http://www.site.example/privacy", "Privacy Policy")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0; url=/home/main.html", ["http://www.site.example/home/main.html"]),
        ("5;URL='main.html'", ["http://www.site.example/main.html"]),
        ("0;main.html", ["http://www.site.example/main.html"]),
        ("300", []),
        ("300; url=http://www.site.example/", []),
    ],
)
def test_a_splash_page_leads_to_the_next_one_and_a_page_that_only_loads_anew_nowhere(
    content: str, expected: list[str]
) -> None:
    page = f'<html><head><meta http-equiv="Refresh" content="{content}"></head><body></body></html>'
    assert read_homepage(page.encode(), url=HOME).inner == expected


def test_frames_are_listed_absolute_and_once() -> None:
    page = b"""<base href="/b/"><frameset cols="20%,*"><frame src="menu.htm"><frame name=main src='main.htm'>
        <frame src="menu.htm"><frame src="javascript:''"><frame></frameset>
        <noframes><a href=/privacy>Privacy</a><iframe src="//ads.example/x"></iframe></noframes>"""
    base = "http://www.site.example/b/"
    assert read_homepage(page, url=HOME).inner == [base + "menu.htm", base + "main.htm", "http://ads.example/x"]
    assert urls(page) == ["http://www.site.example/privacy"]


def test_frames_inside_a_page_are_no_inner_pages() -> None:
    assert read_homepage(b"<p>Welcome</p><iframe src=/ad.htm></iframe>", url=HOME).inner == []


SMALL_PRINT = b"<html><body><p>Welcome to our shop</p><a href=/page?id=7>Privacy policy</a></body></html>"


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body)[2:-4]


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflate, brotli.compress])
@pytest.mark.parametrize("is_declared", [True, False])
def test_a_page_that_is_stored_compressed_gives_its_links(pack: Callable[[bytes], bytes], is_declared: bool) -> None:
    declared = {gzip.compress: "gzip", brotli.compress: "br"}.get(pack, "deflate") if is_declared else None
    links = policy_links(pack(SMALL_PRINT * 20), url=HOME, content_encoding=declared)
    assert [link.url for link in links] == ["http://www.site.example/page?id=7"]


def test_frames_of_a_page_that_is_stored_compressed_are_found() -> None:
    page = b"<html><frameset cols='20%,*'><frame src=menu.htm></frameset></html>"
    assert read_homepage(gzip.compress(page), url=HOME).inner == ["http://www.site.example/menu.htm"]


def test_a_page_is_read_in_the_encoding_that_its_header_declares() -> None:
    page = "<a href=/7>Polityka prywatności</a>".encode("iso-8859-2")
    (link,) = policy_links(page, url=HOME, content_type="text/html; charset=iso-8859-2")
    assert link.text == "Polityka prywatności"


HOSTILE = {
    "deep": b"<div>" * 50_000 + b"<a href=/7>Privacy</a>" + b"</div>" * 50_000,
    "mismatched": b"<b>" * 100_000 + b"</i>" * 100_000 + b"<a href=/7>Privacy</a>",
    "open anchors": b"<a href=x>" * 50_000,
    "open tags": b"<a " * 200_000,
    "open quotes": b'<a href="' * 100_000,
    "many attributes": b"<a " + b"href=x " * 200_000 + b">",
    "one attribute": b"<a " + b"a" * 1_000_000 + b"=x>",
    "open comments": b"<!--" * 200_000,
    "open scripts": b"<script>" * 100_000,
    "scripts": b"<script>document.write('<script>')</script>" * 20_000,
    "document.write": b"document.write <script>" * 40_000 + b"document.write('<a href=x>')</script>",
    "footers": b"<div class=footer>" * 50_000,
    "classes": b"<div class='" * 80_000,
    "entities": b"<a href=/7>" + b"&amp;" * 200_000,
    "images": b"<a href=/7>" + b"<img alt='" * 100_000,
    "distinct links": b"".join(b"<a href=/privacy%d>Privacy policy %d</a>" % (n, n) for n in range(10_000)),
    "long words": b"<a href=/" + b"privacy" * 3000 + b">" + b"privacy" * 50_000 + b"</a>",
    "spaces": b"<a" + b" " * 1_000_000 + b">",
    "nul": b"\0" * 1_000_000,
    "noise": bytes(range(256)) * 4_000,
    "brackets": b"<" * 1_000_000,
    "archives": (b"<a href='" + b"/20" * 600 + b"'>Privacy</a>") * 500,
    "comments in links": (b"<a href=/x>" + b"<!--" * 490) * 500,
    "brackets in links": (b"<a href=/x>" + b"<b " * 660) * 500,
    "images in links": (b"<a href=/x>" + b"<img" * 490) * 500,
    "quotes in tags": (b"<a " + b'"' * 1999 + b">") * 500,
    "ends in tags": (b"<a " + b'"' + b">" * 1999) * 500,
    "equals in tags": (b"<a " + b"href='" * 500 + b">") * 500,
    "data": b'<a style="data:image/' * 40_000,
    "outlines": b"<path " * 150_000,
    "values": b" a='" * 250_000 + b' b="' * 250_000,
    "many parameters": b"<a href='/p?" + b"privacy=1&" * 300 + b"'>Privacy</a>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_costs_little_and_never_fails(name: str) -> None:
    """``policy_links`` does a part of the same."""
    started = time.process_time()
    read_homepage(HOSTILE[name], url=HOME)
    assert time.process_time() - started < 2


def test_no_noise_whatever_makes_it_fail() -> None:
    pieces = [
        b"\xff",
        b"\x00",
        b"\xed\xa0\x80",
        b"xn--\x80",
        *rb"""<a |href=|'|"|<!--|-->|>|<script>|document.write(|</|a>|privacy|javascript:x('|http://[|//|&#x110000;|&#0;"""
        rb"""|<base |<frame src=|/web/2012/http://|?q=%ff%|:99999999|@| |<area """.split(b"|"),
    ]
    noise = random.Random(1)
    for _ in range(2000):
        body = b"".join(noise.choices(pieces, k=40))
        read_homepage(body, url=noise.choice([HOME, "", "http://[", "x", "https://web.archive.org/web/2012/http://[/"]))


DRAWN = "data:image/png;base64," + "iVBOR" * 20_000


@pytest.mark.parametrize(
    "link",
    [
        f'<a style="background:url({DRAWN})" href="/7">Privacy Policy</a>',
        f'<a href="/7" style="background:url({DRAWN})">Privacy Policy</a>',
        f'<a href="/7"><img src="{DRAWN}" alt="Privacy Policy"></a>',
        f"<a href='/7'><img alt='Privacy Policy' src='{DRAWN}'></a>",
        f'<a href="/7"><img src={DRAWN}> Privacy Policy</a>',
        '<a href="/7"><svg><path d="' + "M0 " * 20_000 + '"/></svg><span>Privacy Policy</span></a>',
        '<a href="/7"><svg>' + "<path d='M0 0'></path>" * 2_000 + "</svg>Privacy Policy</a>",
        f'<a data-x="{"x" * 50_000}" href="/7">Privacy Policy</a>',
    ],
)
def test_a_link_full_of_drawings_is_read_like_any_other(link: str) -> None:
    assert urls(f"<body><p>text</p>{link}") == ["http://www.site.example/7"]


def test_links_behind_nesting_no_parser_survives_are_found() -> None:
    assert urls(HOSTILE["deep"]) == ["http://www.site.example/7"]
    assert urls(HOSTILE["mismatched"]) == ["http://www.site.example/7"]


def test_of_a_huge_page_the_beginning_and_the_end_are_read() -> None:
    page = b"<p>x" + b"lorem ipsum " * 600_000 + b"<footer><a href=/privacy>Privacy</a></footer>"
    assert urls(page) == ["http://www.site.example/privacy"]


def test_the_number_of_links_read_is_bounded() -> None:
    page = b"<a href=/x>x</a>" * (MAX_ANCHORS + 10) + b"<a href=/privacy>Privacy</a>"
    assert len(urls(page)) <= 1
