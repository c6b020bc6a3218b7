"""What the one query of a domain finds, by language: privacy policy, data protection, cookies, legal notice."""

import re
import unicodedata
from urllib.parse import quote

import pytest

from crawler.discovery.url_filter import url_filter
from crawler.discovery.url_scores import url_score
from pipelines.surt import urlkey

NOTIONS = {
    "en": ["privacy policy", "data protection", "cookie notice", "legal notice"],
    "de": ["datenschutzerklärung", "datenschutz", "cookie hinweis", "impressum"],
    "fr": ["politique de confidentialité", "protection des données", "politique de cookies", "mentions légales"],
    "es": ["política de privacidad", "protección de datos", "política de cookies", "aviso legal"],
    "pt": ["política de privacidade", "proteção de dados", "política de cookies", "aviso legal"],
    "it": ["informativa privacy", "protezione dei dati", "informativa cookie", "note legali"],
    "nl": ["privacyverklaring", "gegevensbescherming", "cookieverklaring", "juridische informatie"],
    "da": ["privatlivspolitik", "databeskyttelse", "cookiepolitik", "juridisk meddelelse"],
    "no": ["personvernerklæring", "personvern", "informasjonskapsler", "juridisk"],
    "sv": ["integritetspolicy", "dataskydd", "om cookies", "juridisk information"],
    "fi": ["tietosuojaseloste", "tietosuoja", "evästeet", "oikeudellinen huomautus"],
    "pl": ["polityka prywatności", "ochrona danych osobowych", "polityka cookies", "nota prawna"],
    "cs": ["zásady ochrany soukromí", "ochrana osobních údajů", "zásady cookies", "právní informace"],
    "sk": ["ochrana súkromia", "ochrana osobných údajov", "zásady cookies", "právne informácie"],
    "hu": ["adatvédelmi nyilatkozat", "adatkezelés", "süti szabályzat", "jogi nyilatkozat"],
    "ro": ["politica de confidențialitate", "protecția datelor", "politica de cookies", "informații legale"],
    "bg": ["политика за поверителност", "защита на личните данни", "политика за бисквитки", "правна информация"],
    "hr": ["politika privatnosti", "zaštita podataka", "politika kolačića", "pravne napomene"],
    "sl": ["politika zasebnosti", "varstvo podatkov", "piškotki", "pravno obvestilo"],
    "el": ["πολιτική απορρήτου", "προστασία προσωπικών δεδομένων", "πολιτική cookies", "νομική σημείωση"],
    "tr": ["gizlilik politikası", "kişisel verilerin korunması", "çerez politikası", "yasal uyarı"],
    "ru": ["политика конфиденциальности", "защита персональных данных", "политика cookie", "правовая информация"],
    "uk": ["політика конфіденційності", "захист персональних даних", "політика cookie", "правова інформація"],
    "et": ["privaatsuspoliitika", "andmekaitse", "küpsised", "õiguslik teave"],
    "lv": ["privātuma politika", "datu aizsardzība", "sīkdatņu politika", "juridiskā informācija"],
    "lt": ["privatumo politika", "duomenų apsauga", "slapukų politika", "teisinė informacija"],
    "vi": ["chính sách bảo mật", "bảo vệ dữ liệu", "chính sách cookie", "thông báo pháp lý"],
    "id": ["kebijakan privasi", "perlindungan data", "kebijakan cookie", "pemberitahuan hukum"],
    "ja": ["プライバシーポリシー", "個人情報保護", "クッキーポリシー", "免責事項"],
    "zh": ["隐私政策", "个人信息保护", "cookie政策", "法律声明"],
    "ko": ["개인정보처리방침", "개인정보보호", "쿠키 정책", "법적고지"],
    "th": ["นโยบายความเป็นส่วนตัว", "คุ้มครองข้อมูลส่วนบุคคล", "นโยบายคุกกี้", "ข้อกำหนดทางกฎหมาย"],
    "ar": ["سياسة الخصوصية", "حماية البيانات", "سياسة ملفات تعريف الارتباط", "إشعار قانوني"],
    "he": ["מדיניות פרטיות", "הגנת מידע", "מדיניות עוגיות", "הודעה משפטית"],
    "fa": ["سیاست حریم خصوصی", "حفاظت از داده", "سیاست کوکی", "اطلاعیه حقوقی"],
}
FILTER = re.compile(url_filter("site.example").partition(":")[2])
SEPARATORS = ["-", "_", "+", "%20", ""]


def found(path: str) -> bool:
    """True if the index would give an address, whatever kind of match it makes, and the crawl would keep it."""
    url = f"http://www.site.example/{path}.html"
    key = urlkey(url)
    assert bool(FILTER.match(key)) == bool(FILTER.fullmatch(key)), key
    return FILTER.match(key) is not None and url_score(url) > 0


def without_accents(phrase: str) -> str:
    phrase = phrase.translate(str.maketrans("ıłøđə", "ilode")).replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", phrase) if not unicodedata.combining(c))


@pytest.mark.parametrize("language", NOTIONS)
def test_each_notion_is_found_as_utf8_with_any_separator(language: str) -> None:
    assert len(NOTIONS[language]) == 4
    for phrase in NOTIONS[language]:
        for separator in SEPARATORS:
            assert found(quote(phrase).replace("%20", separator)), (phrase, separator)


@pytest.mark.parametrize("language", NOTIONS)
def test_each_notion_is_found_in_ascii_letters(language: str) -> None:
    plain = [text for phrase in NOTIONS[language] if (text := without_accents(phrase)).isascii()]
    for phrase in plain:
        for separator in ("-", "_", ""):
            assert found(phrase.replace(" ", separator)), (phrase, separator)


@pytest.mark.parametrize(
    "phrase",
    [
        "vie privée", "données personnelles", "tutela dei dati personali", "trattamento dati",
        "bescherming van persoonsgegevens", "beskyttelse af persondata", "persónuvernd", "rodo",
        "przetwarzanie danych", "zpracování osobních údajů", "zásady ochrany súkromia", "prelucrarea datelor",
        "política de protección de datos personales", "zaštita osobnih podataka", "заштита података",
        "politika e privatësisë", "aydınlatma metni", "məxfilik siyasəti", "политика обработки данных",
        "палітыка прыватнасці", "құпиялылық саясаты", "personas datu apstrāde", "polasaí príobháideachais",
        "quyền riêng tư", "sera ya faragha", "нууцлалын бодлого", "گوپنیی رازداری", "গোপনীয়তা নীতি",
    ],
)  # fmt: skip
def test_other_names_of_policies_are_found_too(phrase: str) -> None:
    assert found(quote(phrase.replace(" ", "-"))), phrase


@pytest.mark.parametrize(
    "path",
    [
        "recipes/cookies/chocolate-chip", "cookie-dough-ice-cream", "perez-hilton", "update/2019/proteins",
        "dating/personals", "database/update", "legal/services/divorce", "protest-in-paris", "prodej/osobni-auta",
        "streets-of-london", "chrome-plating", "constitution", "sport/politik", "news/politics", "%d0%bd%d0%be%d0%b2",
    ],
)  # fmt: skip
def test_pages_of_other_matters_do_not_pass(path: str) -> None:
    assert not FILTER.match(urlkey(f"http://site.example/{path}")), path
