"""What the search of a domain finds in the languages of its country: policies, data protection, cookies, notices."""

import re
import unicodedata
from urllib.parse import quote

import pytest

from crawler.discovery.url_filter import url_filter
from crawler.discovery.url_scores import url_score
from crawler.known import Words
from pipelines.surt import urlkey
from pipelines.word_tables import read_word_table

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
SEPARATORS = ["-", "_", "+", "%20", ""]
TABLE = read_word_table("crawler.discovery", "url_words.toml")
LANGUAGES = [section for section in TABLE if "domains" in TABLE[section]]
#: How sites of each language write the address of their policy: in its own letters, in Latin ones, in English.
ADDRESSES = {
    "de": "datenschutzerklärung datenschutz/index.html de/datenschutz-bestimmungen info/privatsphaere.htm privacy.html",
    "fr": "politique-de-confidentialité vie-privee.php fr/protection-des-donnees-personnelles/ rgpd donnees_perso.html",
    "es": "política-de-privacidad aviso-de-privacidad proteccion-datos.php es/datos-personales legal/confidencialidad",
    "pt": "política-de-privacidade privacidade.aspx aviso-de-privacidade lgpd protecao-de-dados",
    "it": "informativa-sulla-privacy privacy.asp trattamento-dei-dati-personali it/riservatezza.html tutela-dati",
    "nl": "privacyverklaring privacybeleid.html privacy-statement persoonsgegevens avg/gegevensbescherming",
    "da": "privatlivspolitik persondatapolitik.aspx om/behandling-af-personoplysninger databeskyttelse privacy",
    "no": "personvern personvernerklæring no/personvernerklaering.html behandling-av-personopplysninger privacy-policy",
    "sv": "integritetspolicy personuppgiftspolicy om/behandling-av-personuppgifter dataskydd sekretesspolicy.html",
    "fi": "tietosuojaseloste tietosuoja.html rekisteriseloste yritys/yksityisyydensuoja fi/henkilotietojen-kasittely",
    "is": "persónuverndarstefna personuverndarstefna um/medferd-personuupplysinga privacy-policy",
    "pl": "polityka-prywatności polityka-prywatnosci.html ochrona-danych-osobowych rodo pl/przetwarzanie-danych",
    "cs": "ochrana-soukromí ochrana-osobnich-udaju zasady-zpracovani-osobnich-udaju.html soukromi gdpr",
    "sk": "ochrana-súkromia ochrana-osobnych-udajov zasady-ochrany-osobných-údajov gdpr.html sukromie",
    "hu": "adatvédelmi-nyilatkozat adatvedelem.html adatkezelesi-tajekoztato adatkezelés hu/adatvedelmi_szabalyzat",
    "ro": "politica-de-confidentialitate confidențialitate.html prelucrarea-datelor-personale protectia-datelor gdpr",
    "bg": "политика-за-поверителност Поверителност zashtita-na-lichnite-danni politika-za-poveritelnost лични-данни",
    "hr": "politika-privatnosti privatnost.html zastita-osobnih-podataka pravila-o-privatnosti zaštita-podataka",
    "sr": "политика-приватности politika-privatnosti zastita-podataka-o-licnosti Приватност zastita-licnih-podataka",
    "sl": "politika-zasebnosti zasebnost.html varstvo-osebnih-podatkov varovanje-podatkov si/pravno-obvestilo",
    "mk": "политика-за-приватност politika-za-privatnost заштита-на-личните-податоци privacy",
    "sq": "politika-e-privatësisë politika-e-privatesise mbrojtja-e-te-dhenave-personale privatesia.html",
    "el": "πολιτική-απορρήτου προσωπικά-δεδομένα politiki-aporritou prostasia-prosopikon-dedomenon όροι/απόρρητο",
    "tr": "gizlilik-politikası gizlilik.html kvkk kisisel-verilerin-korunmasi aydınlatma-metni",
    "az": "məxfilik-siyasəti mexfilik-siyaseti az/mexfilik privacy-policy",
    "ru": "политика-конфиденциальности politika-konfidencialnosti Персональные-данные personalnye-dannye.html"
    " soglasie-na-obrabotku-personalnyh-dannyh",
    "uk": "політика-конфіденційності polityka-konfidentsiinosti приватність zahyst-personalnyh-danyh Персональні-дані",
    "be": "палітыка-прыватнасці палітыка-канфідэнцыйнасці персанальныя-дадзеныя privacy",
    "kk": "құпиялылық-саясаты kz/дербес-деректер политика-конфиденциальности privacy-policy",
    "mn": "нууцлалын-бодлого Нууцлал privacy-policy",
    "et": "privaatsuspoliitika privaatsus.html isikuandmete-kaitse andmekaitsetingimused isikuandmete-töötlemine",
    "lv": "privātuma-politika privatuma-politika personas-datu-aizsardziba personas-datu-apstrāde sīkdatnes",
    "lt": "privatumo-politika privatumas.html asmens-duomenu-apsauga asmens-duomenų-tvarkymas slapukai",
    "ca": "política-de-privadesa privacitat.html proteccio-de-dades dades-personals avis-legal",
    "eu": "pribatutasun-politika datuen-babesa lege-oharra privacidad",
    "ga": "polasaí-príobháideachais polasai-priobhaideachais cosaint-sonrai privacy",
    "id": "kebijakan-privasi privasi.html perlindungan-data-pribadi id/privacy-policy",
    "vi": "chính-sách-bảo-mật chinh-sach-bao-mat.html quyền-riêng-tư bao-mat-thong-tin bao-ve-du-lieu-ca-nhan",
    "ja": "プライバシーポリシー 個人情報保護方針 kojinjoho.html privacypolicy/ company/個人情報の取り扱い",
    "zh": "隐私政策 隱私權政策 私隱政策 yinsi.html about/个人信息保护 個人資料保護 privacy",
    "ko": "개인정보처리방침 개인정보취급방침.html 프라이버시 member/privacy.php",
    "th": "นโยบายความเป็นส่วนตัว นโยบายคุ้มครองข้อมูลส่วนบุคคล pdpa privacy-policy",
    "hi": "गोपनीयता-नीति निजता-नीति privacy-policy",
    "bn": "গোপনীয়তা-নীতি privacy-policy",
    "ar": "سياسة-الخصوصية الخصوصية.html حماية-البيانات-الشخصية ar/privacy-policy",
    "fa": "حریم-خصوصی سیاست-حریم-خصوصی privacy fa/حفظ-حریم-شخصی",
    "ur": "رازداری-کی-پالیسی privacy-policy",
    "he": "מדיניות-פרטיות פרטיות.html privacy-policy",
    "ka": "კონფიდენციალურობის-პოლიტიკა პერსონალური-მონაცემები privacy",
    "hy": "գաղտնիության-քաղաքականություն privacy",
    "gl": "política-de-privacidade proteccion-de-datos aviso-legal",
    "ta": "தனியுரிமைக்-கொள்கை privacy-policy",
    "cy": "polisi-preifatrwydd diogelu-data privacy-notice",
    "af": "privaatheidsbeleid privaatheid.html popia/privacy-policy",
    "tl": "patakaran-sa-pagkapribado privacy-policy",
    "mt": "politika-tal-privatezza privacy-policy",
    "uz": "maxfiylik-siyosati uz/maxfiylik.html privacy",
    "sw": "sera-ya-faragha privacy",
}


def expression(domain: str, words: Words) -> re.Pattern[str]:
    return re.compile(url_filter(domain, words).partition(":")[2])


def is_found(path: str, language: str, words: Words = Words.OWN) -> bool:
    """True if the index would give an address, whatever kind of match it makes, and the crawl would keep it."""
    domain = f"site.{TABLE[language]['domains'][0] if language in TABLE else 'example'}"
    key, pattern = urlkey(f"http://www.{domain}/{path}"), expression(domain, words)
    assert bool(pattern.match(key)) == bool(pattern.fullmatch(key)), key
    return pattern.match(key) is not None and url_score(f"http://www.{domain}/{path}") > 0


def without_accents(phrase: str) -> str:
    phrase = phrase.translate(str.maketrans("ıłøđə", "ilode")).replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", phrase) if not unicodedata.combining(c))


@pytest.mark.parametrize("language", NOTIONS)
def test_each_notion_is_found_as_utf8_with_any_separator(language: str) -> None:
    assert len(NOTIONS[language]) == 4
    for phrase in NOTIONS[language]:
        for separator in SEPARATORS:
            assert is_found(quote(phrase).replace("%20", separator) + ".html", language), (phrase, separator)


@pytest.mark.parametrize("language", NOTIONS)
def test_each_notion_is_found_in_ascii_letters(language: str) -> None:
    plain = [text for phrase in NOTIONS[language] if (text := without_accents(phrase)).isascii()]
    for phrase in plain:
        for separator in ("-", "_", ""):
            assert is_found(phrase.replace(" ", separator), language), (phrase, separator)


@pytest.mark.parametrize("language", ADDRESSES)
def test_the_addresses_that_sites_of_a_language_use_are_found_at_a_domain_of_its_country(language: str) -> None:
    assert len(ADDRESSES[language].split()) >= 2
    for path in ADDRESSES[language].split():
        for form in {path, quote(path), quote(path).lower()}:
            assert is_found(form, language), form


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_language_calls_the_policy_is_found_anywhere_by_the_search_for_other_languages(language: str) -> None:
    found = [word for word in TABLE[language]["names"] if _is_searched_anywhere(word)]
    assert found == TABLE[language]["names"]


def _is_searched_anywhere(word: str) -> bool:
    key = urlkey(f"http://site.example/x{quote(word.replace('*', ' '))}y")
    return any(expression("site.example", words).match(key) for words in (Words.OWN, Words.OTHER))


@pytest.mark.parametrize(
    "path",
    [
        "recipes/cookies/chocolate-chip", "cookie-dough-ice-cream", "perez-hilton", "update/2019/proteins",
        "dating/personals", "database/update", "protest-in-paris", "prodej/osobni-auta",
        "streets-of-london", "chrome-plating", "constitution", "sport/politik", "news/politics", "%d0%bd%d0%be%d0%b2",
    ],
)  # fmt: skip
def test_pages_of_other_matters_do_not_pass(path: str) -> None:
    assert not expression("site.example", Words.OWN).match(urlkey(f"http://site.example/{path}")), path
