"""What a phrase is about: a link's text or a part of an address, read against the table of words.

``Privacy Policy`` is a document's name, ``Facebook's privacy scandal widens`` a headline, ``Privacy screens``
a product. What tells them apart is what stands beside the word: nothing but the words of such names
(*policy*, *your*, *cookies*, *terms*), or others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, get_args

from crawler.discovery.vocabulary import WHOLE_WORDS, Kind, fold, stems, trie

_NAMES: Final = (
    "polic, politic, politik, polityk, politiq, statement, notice, erklaerung, erklarung, hinweis, "
    "richtlinie, declara, declaration, charte, informativa, verklaring, beleid, reglement, seloste, "
    "periaat, kaytanto, szabalyzat, tajekoztato, nyilatkozat, iranyelv, zasady, prohlaseni, vyhlaseni, "
    "pravidla, pravila, izjava, ilkeler, bildirim, metni, poliitika, tingimus, principles, practices, "
    "promise, pledge, commitment, agreement, guideline, policies, bestimmung, merkblatt, policyn, "
    "personvernerklaring, erklaering, yfirlysing, stefna, kebijakan, dasar, chinh sach, patakaran, "
    "sera ya, политик, полiтик, політик, палітык, соглашени, положени, согласи, правила, декларац, "
    "заявлен, обработк, защит, захист, πολιτικη, δηλωση, προστασια, 方针, 方針, 政策, ポリシー, "
    "ポリシ, 声明, 聲明, 条款, 條款, 처리방침, 취급방침, 보호정책, 정책, 방침, سياسة, سیاست, מדיניות, "
    "นโยบาย, नीति, নীতি, கொள்கை, siyaset, პოლიტიკა, քաղաքական, бодлого, polisi, "
    "ประกาศ, הצהר, "
)
_COMPANY: Final = (
    "terms, term, conditions, condition, use, usage, service, services, legal, security, secure, "
    "safety, copyright, rights, right, disclaimer, accessibility, contact, imprint, impressum, cookie, "
    "cookies, agb, nutzungsbedingungen, cgu, cgv, condiciones, condizioni, condicoes, mentions, "
    "legales, legais, legali, note, aviso, voorwaarden, vilkar, villkor, ehdot, kayttoehdot, "
    "regulamin, warunki, termeni, conditii, kosullari, kullanim, kosullar, uyari, yasal, условия, "
    "использования, правовая, информация, хранение, права, 利用規約, 規約, 免責事項, 使用条款, "
    "이용약관, 약관, information, info, data, personal, protection, protect, center, centre, hub, "
    "overview, details, page, document, full, text, general, main, global, corporate, company, "
    "consumer, customer, customers, user, users, visitor, visitors, member, members, web, website, "
    "websites, site, sites, internet, online, portal, app, mobile, html, htm, php, asp, aspx, jsp, "
    "shtml, cfm, pdf, cgi, pl, index, default, version, print, popup, pop, window, link, view, show, "
    "read, see, click, here, learn, more, updated, new, update, effective, revised, current, safe, "
    "harbor, harbour, hipaa, gdpr, eu, uk, us, usa, ue, rgpd, notice, footer, faq, help, about, inc, "
    "ltd, llc, gmbh, com, net, org, home, hompage, homepage, static, content, pages, "
    # small words
    "how, wie, wir, comment, como, come, jak, hur, hvordan, miten, hoe, cum, sa, vi, behandlar, "
    "behandler, handle, collect, a, an, and, the, our, your, my, we, us, you, of, on, for, to, in, at, "
    "by, with, is, or, und, der, die, das, zum, zur, zu, des, dem, den, von, fur, fuer, im, am, mit, "
    "unser, unsere, unserer, ihre, ihr, allgemeine, et, la, le, les, l, d, de, du, nos, notre, votre, "
    "vos, vie, sur, aux, au, y, e, o, el, los, las, su, sus, nuestra, del, da, do, dos, della, dei, "
    "delle, degli, di, il, lo, i, gli, sulla, sul, per, nostra, ai, sensi, dell, art, en, het, een, "
    "van, voor, uw, onze, og, om, af, til, din, vores, var, vart, och, av, dina, ja, az, es, si, cu, "
    "z, w, na, dla, v, pro, ochrana, ochrony, zpracovani, spracuvanie, spracovanie, za, ve, ile, s, в, "
    "и, на, о, об, с, по, для, з, та, і, за, της, των, και, του, ו, و, dan, va, والاحكام, الشروط, "
    "תנאי, שימוש, privat, private, kisa, p, pp, id, "
    # what stands beside a data-protection word
    "protectia, protezione, protection, proteccion, protecao, traitement, tratamiento, tratamento, "
    "trattamento, bescherming, gestion, gestione, utilisation, uso, behandling, beskyttelse, "
    "kasittely, vedelem, przetwarzania, przetwarzanie, prelucrarea, korunmasi, islenmesi, politikasi, "
    "hakkinda, donnees, datos, dados, dati, datelor, gegevens, podataka, podatkov, udaju, udajov, "
    "данных, данные, данни, даних, duomenu, δεδομενων, datu, adatok, informacion, daten, respect, "
    "respecto, rights, ihrer, persoenliche, personlige, saugojimas, tvarkymas, apstrade, aizsardziba, "
    "ex, lgs, podminky, podmienky, bilgilendirme, aydinlatma, שמירה, על, תקנון, "
    "thong, tin, chinh, sach, quyen, ca, nhan, ve, cua, "
    "dieu, khoan, bao, hoan, truste, bbb, adchoices, "
)
_CJK_COMPANY: Final = (
    "保護, 保护, 取扱い, 取り扱い, 取扱, について, に関する, に対する, 基本, 当社, 弊社, 当サイト, "
    "サイト, の, と, 及び, および, に, つきまして, 権, 权, 權, 条例, 條例, 协议, 協議, 指引, 通知, "
    "告知, 说明, 說明, 我们的, 我們的, 用户, 使用, 网站, 網站, 与, 與, 和, 及, 安全, 法律, 服务, 服務, "
    "セキュリティ, 特定商取引法, 利用, 規約, 運用, 처리, 취급, 보호, 및, 관리, 이용, 수집, 안내, ข้อ, "
    "และ, การคุ้มครอง, เงื่อนไข, "
    "法に基づく, 表示, "
)
_ASIDE: Final = (
    "child, kids, minors, coppa, teen, student, parent, kinder, enfants, ninos, california, "
    "californie, ccpa, cpra, nevada, colorado, virginia, shield, setting, einstellung, preference, "
    "praferenz, parametres, configura, ajustes, impostazioni, instellingen, innstilling, indstilling, "
    "installning, asetukset, ustawieni, nastaveni, ayarlar, настройк, choice, opt out, optout, "
    "do not sell, dns, manage, consent, applicant, candidate, recruit, employee, staff, vendor, "
    "supplier, bewerber, candidat, job, karriere, archive, previous, history, old version, prior, "
    "superseded, summary, faq, question, request, complaint, form, anfrage, solicitud, dashboard, "
    "checkup, tool, tips, training, officer, beauftragt, delegat, team, us state, state privacy, "
    "biometric, health, medical, hipaa, newsletter, social media, facebook, fanpage, video, event, "
    "shareholder, investor, aktionar, whistle, scanner, app, api, developer, partner, act, law, week, "
    "day, alert, lawsuit, settlement, "
)
_ASIDE_IN_COMPOUNDS: Final = (
    "einstellung, beauftragt, instelling, innstilling, indstilling, installning, asetuks, vastaava, "
    "schulung, gesetz, verordnung, privacy center, privacy centre, privacy hub, "
)
_OTHER_IN_COMPOUNDS: Final = (
    "privacyscherm, privacybox, privacyfolie, privacydoek, privacyfilter, privacyglas, schutzrecht$, schutzrecht , "
    "schutzanwalt, schutzberat, schutzseminar, schutzkurs, "
)
_OTHER: Final = (
    "screen, filter, film, glass, fence, fencing, hedge, curtain, blind, window film, slat, protector, "
    "vpn, browser, torrent, proxy, guard, software, download, plugin, generator, template, sample, "
    "muster, vorlage, lawyer, attorney, anwalt, avocat, consult, beratung, schulung, seminar, webinar, "
    "conference, kongress, summit, certif, whois, news, forum, blog, book, magazine, journal, podcast, "
    "course, survey, study, research, report, breach, hack, leak, scandal, fine, commissioner, "
    "watchdog, invite, hotel, tent, partition, booth, pod, badge, seal, "
    "solution, backup, recovery, manager, compliance, celebrit, scherm, "
    "tree, lock, knob, wall, shade, louver, shrub, domain, kursus, kurser, tanacsadas, "
    "hardcover, paperback, ebook, invasion, movie, "
    # what headlines say
    "announc, under fire, criticis, criticiz, outrage, backlash, slams, slammed, probe, sued, sues, concerns, "
    "investigat, uproar, overhaul, "
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a phrase is about.

    ``kind``: of the strongest word found, None where there is none. ``named``: a word for a document stands
    beside it. ``extra``: how many words belong to no such name (a headline has many). ``aside``: a policy for
    children, for one state, for applicants, or settings rather than the policy. ``other``: a product, an
    article, a service.
    """

    kind: Kind | None
    named: bool = False
    extra: int = 0
    aside: bool = False
    other: bool = False


def _split(words: str) -> list[str]:
    return [folded for word in words.split(",") if (folded := fold(word))]


def _is_unspaced(word: str) -> bool:
    """Scripts written without spaces: Han, kana and Thai (Hangul joins its words too)."""
    return bool(re.search("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", word))


def _key(*kinds: Kind) -> re.Pattern[str]:
    """Spaced scripts take the rest of the word with them (``datenschutzerklarung``), unspaced ones don't."""
    folded = {fold(stem) for stem in stems(*kinds)}
    whole = {stem for stem in folded if stem in WHOLE_WORDS}
    unspaced = {stem for stem in folded if _is_unspaced(stem)}
    begun = folded - whole - unspaced
    parts = []
    if begun:
        parts.append(f"{trie(w.replace(' ', ' ?') for w in sorted(begun))}[^\\W\\u3040-\\u9fff\\uac00-\\ud7af]*")
    if whole:
        parts.append(rf"\b{trie(sorted(whole))}\b")
    if unspaced:
        parts.append(trie(w.replace(" ", " ?") for w in sorted(unspaced)))
    return re.compile("|".join(parts))


def _begun(words: str) -> re.Pattern[str]:
    """Words that begin with one of ``words``; up to four letters have to be the whole word (``act``, not
    ``active``)."""
    parts = [rf"{w}s?\b" if len(w) <= 4 and w.isascii() else w for w in sorted(_split(words))]
    return re.compile(rf"\b(?:{'|'.join(part.replace(' ', ' ?') for part in parts)})")


_KEYS: Final[dict[Kind, re.Pattern[str]]] = {kind: _key(kind) for kind in get_args(Kind)}
_NAME_ANYWHERE = re.compile(trie(sorted(_split(_NAMES))))
_NAME_WORD = _begun(_NAMES)
_COMPANY_WORDS = frozenset(_split(_COMPANY))
_CJK_COMPANY_WORD = re.compile("|".join(sorted(map(re.escape, _split(_CJK_COMPANY)), key=len, reverse=True)))
_ASIDE_WORD = _begun(_ASIDE)
_OTHER_WORD = _begun(_OTHER)
_OTHER_ANYWHERE = re.compile("|".join(_OTHER_IN_COMPOUNDS.split(", ")[:-1]))
_ASIDE_ANYWHERE = re.compile(trie(sorted(_split(_ASIDE_IN_COMPOUNDS))))
_ANY_KEY = _key(*get_args(Kind))


def _is_aside(folded: str, rest: str) -> bool:
    return bool(_ASIDE_WORD.search(rest) or _ASIDE_ANYWHERE.search(folded))


def is_for_some(folded: str) -> bool:
    """Whether a phrase, with or without a policy's name, is of children, applicants, one state or the like."""
    return _is_aside(folded, folded)


def mentions(folded: str) -> bool:
    """Whether any word of the table stands in a folded text: the quick test before the thorough ``read``."""
    return _ANY_KEY.search(folded) is not None


@lru_cache(maxsize=16_384)
def read(folded: str) -> Subject:
    """What a folded phrase is about; one without any of the words is ``Subject(None)``.

    >>> read(fold("Our Privacy Policy"))
    Subject(kind='policy', named=True, extra=0, aside=False, other=False)
    >>> read(fold("Privacy screens for every window")).other
    True
    """
    if not mentions(folded):
        return Subject(None)
    kind = next(kind for kind, key in _KEYS.items() if key.search(folded))
    rest = folded
    for key in _KEYS.values():
        rest = key.sub(" ", rest)
    extra = 0
    for word in rest.split():
        if len(word) == 1 or word in _COMPANY_WORDS or word.isdecimal() or _NAME_WORD.match(word):
            continue
        if _is_unspaced(word):
            unknown = _CJK_COMPANY_WORD.sub("", _NAME_ANYWHERE.sub("", word))
            extra += -(-len(unknown) // 3)
        else:
            extra += 1
    return Subject(
        kind,
        named=bool(_NAME_ANYWHERE.search(folded)),
        extra=extra,
        # "Privacy Policy / Your California Privacy Rights" is the main policy with one more name
        aside=_is_aside(folded, rest) and len(_KEYS["policy"].findall(folded)) < 2,
        other=bool(_OTHER_WORD.search(rest) or _OTHER_ANYWHERE.search(folded)),
    )
