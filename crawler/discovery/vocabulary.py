"""The words that name a privacy policy, a cookie policy or a legal notice, in 50 languages.

One table serves links and addresses: both are folded first (``fold``), so ``Confidentialité``,
``confidentialite`` and ``confidentialit%C3%A9`` are the same word. A stem is written in its folded form; a
space in it stands for any separator or none (``data protection`` is also ``data-protection`` and
``dataprotection``). Stems are as short as they can be without bringing in other matters: ``privat`` alone
would be every private customer's page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal

Kind = Literal["policy", "matter", "hint", "cookie", "legal"]
"""What a word promises, most first. ``policy``: it names the document (``privacy``). ``matter``: it names
what the document is about (``personal data``). ``hint``: often the policy, often something else (``gdpr``: or
news about the law)."""

WORDS: Final[dict[str, dict[Kind, str]]] = {
    "en": {
        "policy": "privacy, privasy, privicy, privstmt, data policy, data use",
        "matter": "data protection, dataprotection, personal data, personal information, "
        "information practices, fair processing",
        "hint": "gdpr, ccpa",
        "cookie": "cookie",
        "legal": "legal notice, legal info, legal statement, legal, legals, disclaimer",
    },
    "de": {
        "policy": "datenschutz, daten schutz, dateschutz, datenschuetz, privatsphare, privatsphaere",
        "matter": "datenverarbeitung, personenbezogene",
        "hint": "dsgvo",
        "legal": "impressum, rechtliche hinweis, rechtlicher hinweis, rechtshinweis",
    },
    "fr": {
        "policy": "confidentialit, vie privee, viepriv",
        "matter": "protection des donnees, donnees perso, caractere personnel, "
        "informations personnelles, renseignements personnels",
        "hint": "rgpd",
        "cookie": "temoins de connexion",
        "legal": "mentions legal, mention legal, informations legal, infos legal, avis legal",
    },
    "es": {
        "policy": "privacidad, confidencialidad",
        "matter": "proteccion de datos, datos personales, tratamiento de datos",
        "hint": "lopd",
        "legal": "aviso legal, avisos legal, informacion legal, nota legal",
    },
    "pt": {
        "policy": "privacidade, confidencialidade",
        "matter": "protecao de dados, dados pessoais, tratamento de dados",
        "hint": "lgpd",
        "legal": "informacoes legais, informacao legal, avisos legais, notas legais",
    },
    "it": {
        "policy": "riservatezza, informativa priv",
        "matter": "dati personali, protezione dei dati, trattamento dati, trattamento dei dati, tutela dei dati",
        "hint": "informativa",
        "legal": "note legali, avviso legale, informazioni legali, avvertenze legali",
    },
    "nl": {
        "policy": "privacy, privaatheid",
        "matter": "persoonsgegevens, persoonlijke gegevens, gegevensbescherming",
        "hint": "avg verklaring",
        "legal": "juridische, wettelijke vermelding",
    },
    "da": {
        "policy": "privatliv, persondata, datapolitik",
        "matter": "personoplysning, databeskyttelse, personlige oplysninger",
        "legal": "juridisk",
    },
    "no": {
        "policy": "personvern",
        "matter": "personopplysning, databeskyttelse",
        "cookie": "informasjonskaps",
        "legal": "juridisk",
    },
    "sv": {
        "policy": "integritetspol, integritetsskydd, integritetsmedd, integritet och, om integritet, sekretess",
        "matter": "personuppgift, dataskydd",
        "cookie": "kakor",
        "legal": "juridisk information, rattsligt meddelande",
    },
    "fi": {
        "policy": "tietosuoja, yksityisyy, rekisteriselost",
        "matter": "henkilotieto",
        "cookie": "evasteet, evastekaytan",
        "legal": "oikeudelliset, oikeudellinen",
    },
    "is": {"policy": "personuvernd, fridhelgi", "matter": "personuupplys", "cookie": "vafrakok, vafrakök"},
    "pl": {
        "policy": "prywatnos, ochrona prywat",
        "matter": "danych osobowych, ochrona danych, przetwarzanie danych, dane osobowe",
        "hint": "rodo, klauzula informac",
        "cookie": "ciasteczk",
        "legal": "nota prawna, informacje prawne, zastrzezenia prawne",
    },
    "cs": {
        "policy": "soukromi",
        "matter": "osobnich udaju, osobni udaje, osobnimi udaji",
        "legal": "pravni upozorneni, pravni informace",
    },
    "sk": {
        "policy": "sukromi",
        "matter": "osobnych udajov, osobne udaje, osobnymi udajmi",
        "legal": "pravne informacie",
    },
    "hu": {
        "policy": "adatvedel, adatkezel, titoktartas",
        "matter": "szemelyes adat",
        "cookie": "sutikezel, suti szabalyzat, sutik kezel, sutik",
        "legal": "jogi nyilatkozat, jogi kozlemeny, jogi informac",
    },
    "ro": {
        "policy": "confidentialitate",
        "matter": "protectia datelor, prelucrarea datelor, date personale, datelor personale, caracter personal",
        "legal": "notificare legala, informatii legale",
    },
    "bg": {
        "policy": "поверителност, личната неприкосновеност, poveritelnost",
        "matter": "лични данни, личните данни, lichni danni, lichnite danni",
        "cookie": "бисквитк, biskvitk",
        "legal": "правна информация",
    },
    "hr": {
        "policy": "privatnost",
        "matter": "zastita podataka, zastita osobnih, osobnih podataka, osobni podaci, zastita licnih, "
        "licnih podataka, podataka o licnosti",
        "cookie": "kolacic",
        "legal": "pravne napomene, pravna napomena",
    },
    "sr": {
        "policy": "приватност",
        "matter": "заштита података, личних података, податак о личности",
        "cookie": "колачић",
    },
    "sl": {
        "policy": "zasebnost",
        "matter": "varstvo podatkov, varovanje podatkov, osebnih podatkov, osebni podatki",
        "cookie": "piskotk",
        "legal": "pravno obvestilo, pravne informacije",
    },
    "mk": {"policy": "приватност", "matter": "заштита на личн, личните податоци", "cookie": "колачиња"},
    "sq": {"policy": "privatesi", "matter": "te dhenave personale, mbrojtja e te dhenave"},
    "el": {
        "policy": "απορρητ, απορρήτ, ιδιωτικοτητ, εμπιστευτικοτητ, aporrito, prosopik, politiki aporr",
        "matter": "προσωπικων δεδομεν, προσωπικα δεδομεν, προσωπικου χαρακτηρ",
        "legal": "νομικη σημειωση, νομικες πληροφοριες",
    },
    "tr": {
        "policy": "gizlilik, aydinlatma metni, veri politikasi",
        "matter": "kisisel veri, kisisel bilgi",
        "hint": "kvkk",
        "cookie": "cerez politika, cerez aydinlatma, cerezler",
        "legal": "yasal uyari, yasal bildirim, yasal bilgi",
    },
    "az": {"policy": "mexfilik, mexfiliy, maxfiylik", "matter": "sexsi melumat"},
    "ru": {
        "policy": "конфиденциальн, приватност, konfidencial, konfidentsial, konfidenzial, konfedencial, "
        "konfidecial, persdann, privatnost",
        "matter": "персональных данн, персональные данн, персональными данн, личных данных, "
        "защита данных, обработка данных, обработки данных, personalnyh dann, personalnykh dann, personalnyx dann, "
        "personalnie dann, personalnye dann, personalnih dann, obrabotki dann, obrabotka dann, "
        "personal dann",
        "hint": "152 фз, 152 fz, пдн",
        "cookie": "куки файл, файлы куки, файлов куки",
        "legal": "правовая информация, юридическая информация, правовые вопросы",
    },
    "uk": {
        "policy": "конфіденційн, приватніст, приватност, konfidentsiin, konfidenciin, konfidenciyn, pryvatnist",
        "matter": "персональних даних, персональні дані, захист даних, personalnykh danykh, personalnyh danyh",
        "legal": "правова інформац",
    },
    "be": {"policy": "канфідэнцыйн, прыватнасц", "matter": "персанальных дан"},
    "kk": {"policy": "құпиялылы, купиялылы", "matter": "дербес дерект"},
    "et": {
        "policy": "privaatsus, konfidentsiaals, konfidentsiaals",
        "matter": "isikuandme, andmekaitse",
        "cookie": "kupsis",
        "legal": "oiguslik",
    },
    "lv": {
        "policy": "privatum, konfidencialit",
        "matter": "personas dat, datu aizsardz",
        "cookie": "sikdat",
        "legal": "juridiska",
    },
    "lt": {
        "policy": "privatum, konfidencialum",
        "matter": "asmens duomen, duomenu apsaug",
        "cookie": "slapuk",
        "legal": "teisine informacij",
    },
    "ca": {
        "policy": "privadesa, privacitat",
        "matter": "proteccio de dades, dades personals",
        "legal": "avis legal",
    },
    "eu": {"policy": "pribatutasun", "matter": "datuen babes", "legal": "lege oharra"},
    "gl": {"policy": "privacidade", "matter": "proteccion de datos"},
    "ga": {"policy": "priobhaid", "matter": "cosaint sonrai"},
    "cy": {"policy": "preifatrwydd", "matter": "diogelu data"},
    "mt": {"policy": "privatezza"},
    "eo": {"policy": "privateco"},
    "id": {
        "policy": "privasi",
        "matter": "data pribadi, perlindungan data",
        "legal": "pemberitahuan hukum",
    },
    "ms": {"policy": "privasi, dasar privasi", "matter": "data peribadi"},
    "vi": {
        "policy": "chinh sach bao mat, rieng tu, chinhsachbaomat, bao mat",
        "matter": "thong tin ca nhan, du lieu ca nhan, bao ve du lieu",
        "legal": "phap ly",
    },
    "tl": {"policy": "patakaran sa priv, pagkapribado"},
    "sw": {"policy": "sera ya faragha, faragha"},
    "ja": {
        "policy": "個人情報, プライバシ, kojinj",
        "matter": "個人データ",
        "cookie": "クッキー",
        "legal": "法的事項, 法的情報, 免責事項",
    },
    "zh": {
        "policy": "隐私, 隱私, 私隐, 私隱, 个人信息保护, 個人資料保護, 個人資料收集, 个人资料保护, 個資, yinsi",
        "legal": "法律声明, 法律聲明, 法律信息, falvshengming, 免责声明",
    },
    "ko": {"policy": "개인정보, 개인 정보, 프라이버시", "cookie": "쿠키", "legal": "법적 고지, 법적고지"},
    "th": {
        "policy": "ความเป็นส่วนตัว, ส่วนบุคคล, นโยบายส่วนตัว",
        "hint": "pdpa",
        "cookie": "คุกกี้",
        "legal": "ข้อกำหนดทางกฎหมาย",
    },
    "hi": {"policy": "गोपनीय, निजता", "cookie": "कुकी"},
    "bn": {"policy": "গোপনীয়তা"},
    "ta": {"policy": "தனியுரிமை"},
    "ar": {
        "policy": "الخصوصي, خصوصي",
        "matter": "سرية المعلومات, حماية البيانات, البيانات الشخصية",
        "cookie": "تعريف الارتباط",
        "legal": "إشعار قانوني",
    },
    "fa": {
        "policy": "حریم خصوصی, حریم شخصی, حفظ حریم",
        "matter": "حفاظت از داده",
        "cookie": "کوکی",
        "legal": "اطلاعیه حقوقی",
    },
    "ur": {"policy": "رازداری, پرائیویسی"},
    "he": {"policy": "פרטיות, הגנת מידע", "cookie": "עוגיות", "legal": "הודעה משפטית"},
    "ka": {"policy": "კონფიდენციალ", "matter": "პერსონალური მონაცემ"},
    "hy": {"policy": "գաղտնիութ", "matter": "անձնական տվյալ"},
    "mn": {"policy": "нууцлал"},
}


def listed(words: str) -> frozenset[str]:
    """The words of a text as a set: how long tables of words stay readable."""
    return frozenset(words.split())


WHOLE_WORDS: Final = listed("legal legals gdpr ccpa lopd lgpd rodo kvkk pdpa faragha kakor")
"""Stems that count only as a word of their own: inside longer words they are something else."""

_LETTERS = str.maketrans(
    {"ı": "i", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th", "ə": "e", "æ": "ae", "œ": "oe", "ў": "у"}
)
_IGNORED = frozenset({"Mn", "Mc", "Me", "Cf"})  # accents, vowel signs, soft hyphens, zero-width joiners
_SEPARATORS = re.compile(r"[\W_]+")
_ATOMS = re.compile(r"(?:\\.|\[[^\]]*\]|.)[?*]?")


def fold(text: str) -> str:
    """Lower case, without accents, words parted by single spaces: the form in which words are compared.

    >>> fold("Datenschutz­erklärung & Impressum")
    'datenschutzerklarung impressum'
    """
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = unicodedata.normalize("NFC", "".join(c for c in plain if unicodedata.category(c) not in _IGNORED))
    return _SEPARATORS.sub(" ", text.lower()).strip()


def stems(*kinds: Kind) -> list[str]:
    """The stems of the given kinds in all languages, as written in the table, each once."""
    return list(
        dict.fromkeys(
            stem.strip()
            for table in WORDS.values()
            for kind in kinds
            for stem in table.get(kind, "").split(",")
            if stem
        )
    )


def trie(words: Iterable[str], *, group: str = "(?:", worth: int = 0) -> str:
    """A regular expression that matches exactly ``words`` (regex atoms allowed), common beginnings written
    once.

    It is fast: each position of the text is tested against one character class, not against every word. Where it
    has to be short (``group="("`` helps), a beginning is shared only if that saves more than ``worth`` characters.

    >>> trie(["privacy", "privat", "priva"])
    'priva(?:cy|t)?'
    """
    tree: dict[str, dict] = {}
    for word in words:
        node = tree
        for atom in _ATOMS.findall(word):
            node = node.setdefault(atom, {})
        node[""] = {}

    def branches(node: dict[str, dict]) -> list[str]:
        found = []
        for start, rest in sorted(node.items()):
            while len(rest) == 1 and "" not in rest:
                ((atom, rest),) = rest.items()
                start += atom
            ends = branches(rest) if start else []
            if "" in rest or (len(ends) - 1) * len(start) > worth:
                found.append(start + grouped(ends, optional="" in rest))
            elif start:
                found += [start + end for end in ends]
        return found

    def grouped(ends: list[str], *, optional: bool) -> str:
        body = ends[0] if len(ends) == 1 and not optional else f"{group}{'|'.join(ends)})" if ends else ""
        return f"{body}?" if optional and ends else body

    return grouped(branches(tree), optional=False)
