"""Links are told by what they are called, in all languages and encodings."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest

from crawler.discovery.links import Link, policy_links
from tests.support.homepages import HOME, urls


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


SMALL_PRINT = b"<html><body><p>Welcome to our shop</p><a href=/page?id=7>Privacy policy</a></body></html>"


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body)[2:-4]


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflate, brotli.compress])
@pytest.mark.parametrize("is_declared", [True, False])
def test_a_page_that_is_stored_compressed_gives_its_links(pack: Callable[[bytes], bytes], is_declared: bool) -> None:
    declared = {gzip.compress: "gzip", brotli.compress: "br"}.get(pack, "deflate") if is_declared else None
    links = policy_links(pack(SMALL_PRINT * 20), url=HOME, content_encoding=declared)
    assert [link.url for link in links] == ["http://www.site.example/page?id=7"]


def test_a_page_is_read_in_the_encoding_that_its_header_declares() -> None:
    page = "<a href=/7>Polityka prywatności</a>".encode("iso-8859-2")
    (link,) = policy_links(page, url=HOME, content_type="text/html; charset=iso-8859-2")
    assert link.text == "Polityka prywatności"
