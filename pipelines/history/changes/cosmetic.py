"""What may change in a policy without changing what it says: numbering, dates, addresses, the page's menus.

``content`` takes them out of a sentence, so that two sentences that differ in nothing else become equal. The words are
in ``cosmetic.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby

from pipelines.history.changes.concepts import concepts
from pipelines.history.changes.words import split_words
from pipelines.word_tables import all_words, any_of, read_word_table

_YEAR = r"(?:19|20)\d\d"
_OF = r"(?:\s*(?:of|de[l]?|,|\.)\s*|\s+)"
_DAY = r"(?:\d{1,2}(?:st|nd|rd|th|er|º|\.|ª)?|primo|1º)"
_COPYRIGHT = re.compile(
    rf"(?i)©|\(c\)\s*{_YEAR}|\bcopyright\W{{1,3}}(?:by\b|{_YEAR})|\ball rights reserved\b|alle rechte vorbehalten"
)
_COPYRIGHT_LENGTH = 160
# Links as Markdown has them, where a page shows its source: "[your rights][1]", "[1]: /rights".
_MARKDOWN_LINK = re.compile(r"^\s*\[[^\]]{1,80}\]:\s*\S+\s*$|\](?:\[[^\]]{0,80}\]|\([^\s()]{0,300}\))")
# Digits grouped as in telephone numbers, at least seven; dates are taken out before. (EU) 2016/679 is a law.
_PHONE = re.compile(r"(?<![\w.,])(?!(?:19|20)\d\d/\d)\+?\(?\d[\d\s()./–-]{5,22}\d(?!\w)")
_HAS_WEB = re.compile(r"[@＠]|\[at\]|\(at\)|\w\.\w|://")
_HAS_NUMBER = re.compile(r"\d|§|[一二三四五六七八九十]|年|version|版", re.IGNORECASE)
_POSTCODE = re.compile(
    r"(?x)\b[A-Z]{2}\.?\s+\d{5}(?:-\d{4})?\b"  # CA 94105
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b"  # SW1A 1AA
    r"|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b"  # M5V 2T6
    r"|\b[A-Z]\d[\dW]\s?(?=\d*[A-Z])[A-Z\d]{4}\b"  # D02 XY45
    # 10115 Berlin, 93200 Saint Denis
    r"|\b(?:[A-Z]{1,2}-)?\d{5}\s+[A-ZÀ-Þ][\w'’-]+(?:\s(?:am\s|an\sder\s|sur\s|de\s|[A-ZÀ-Þ])[\w'’-]*)?"
    r"|\b\d{4}\s?[A-Z]{2}\b(?:\s+[A-Z][\w-]+)?"  # 1012 AB Amsterdam
    r"|\b\d{2}-\d{3}\s+[A-ZÀ-Þ][\w-]+"  # 00-950 Warszawa
    r"|\b\d{4}-\d{3}\s+[A-ZÀ-Þ][\w-]+"  # 1250-096 Lisboa
)
_PROPER_PIECE = re.compile(r"(?:\s*(?:[A-ZÀ-ÞĀ-Ž][\w.'’-]*|\d[\w-]*|#\d+|of|de|la|del|d['’]|and|the)){1,5}\s*\.?\s*$")
_HOUSE = re.compile(r"\b\d{1,5}[a-z]?(?:\s+[A-ZÀ-Þ][\w.'’-]{0,30}){1,5}\s*$")
_ROMAN = r"(?=[ivxlc])(?:x{0,3})(?:ix|iv|v?i{0,3})"
_INLINE_NUMBERING = re.compile(rf"(?ix)(?<=[\s;:,])\(?(?:1?\d|[a-h]|{_ROMAN})\)(?=\s)")
_VERSION = re.compile(r"(?i)\bversion\W*v?\d|\bv\d+\.\d|第\s*\d+\s*版|版本")
#: Characters of the longest line that may be a label, words of the longest label, and labels of the smallest menu.
_LABEL_LENGTH, _LABEL_OF_A_MENU, _LEAST_LABELS = 40, 3, 4
#: What a line of prose has, and a label has not.
_PROSE = re.compile(r"[.!?:;。！？：；](?:\W*$|\s)|\d")
_CHOOSER_LENGTH = 200
_AROUND_A_LABEL = " •*·|-–—>▾▼"
_BETWEEN_LABELS = re.compile(r"[\s|/·•,-]+")
#: A number that is no time of the day, no year and no number of a heading: of a line of history ("Updated clause 4").
_SAYS_A_NUMBER = re.compile(r"(?<![\d:.])\d+(?![\d:])(?!\.?$)")
_LABEL_WORDS = 12
_LABEL_CJK_LETTERS = 24


def content(sentence: str) -> str:
    """``sentence`` without numbering, dates and addresses; empty if it held nothing else.

    A line that only dates or numbers the text ("Last updated: 3 March 2012", "© 2012 Example") holds nothing else.
    """
    if (_COPYRIGHT.search(sentence) and len(sentence) < _COPYRIGHT_LENGTH) or _is_chooser(sentence):
        return ""
    of = _expressions()
    sentence = sentence.replace("\0", " ")  # used below as the mark of what was taken out
    sentence = _MARKDOWN_LINK.sub(" ", sentence) if "]" in sentence else sentence
    rest = of["web"].sub(" ", sentence) if _HAS_WEB.search(sentence) else sentence
    if not _HAS_NUMBER.search(rest):  # the usual case: nothing below but numbering can match
        return _INLINE_NUMBERING.sub(" ", of["numbering"].sub("", rest, count=1))
    rest = of["numbering"].sub("", _without_postal_address(rest), count=1)
    undated = of["date"].sub(" ", rest)
    if _is_label(undated, dated=undated != rest):
        return ""
    unnumbered = of["reference"].sub(r"\1", _INLINE_NUMBERING.sub(" ", undated))
    return of["telephone"].sub(" ", _without_phones(unnumbered)).replace("\0", " ")


def is_copyright(line: str) -> bool:
    """True for a line that begins like one of copyright: what stands behind in it is the site's motto."""
    return len(line) < _COPYRIGHT_LENGTH and _COPYRIGHT.match(line) is not None


def _is_chooser(line: str) -> bool:
    """True for a line of nothing but languages' names, or that asks to choose one: the page's button or menu."""
    if len(line) > _CHOOSER_LENGTH:
        return False
    bare = line.strip(_AROUND_A_LABEL).casefold()
    languages, choosers = _labels()
    return bare in choosers or (bare != "" and languages.issuperset(_BETWEEN_LABELS.split(bare)))


def menus(lines: Sequence[str]) -> frozenset[int]:
    """The numbers of the lines that are the page's menus: runs of labels before its first or behind its last prose.

    Behind the prose, what a sentence announces with a colon is no menu, nor is a list of what a policy names.
    """
    first = next((i for i, line in enumerate(lines) if _is_prose(line)), None)
    if first is None:
        return frozenset()
    last = next(i for i in reversed(range(len(lines))) if _is_prose(lines[i]))
    found = set(_runs_of_labels(lines, range(first)))
    if not lines[last].endswith((":", "：")):
        labels = list(_runs_of_labels(lines, range(last + 1, len(lines))))
        if not any(concepts(split_words(lines[i])) for i in labels):
            found.update(labels)
    return frozenset(found)


def _is_prose(line: str) -> bool:
    return len(line) > _LABEL_LENGTH or _PROSE.search(line) is not None


def _runs_of_labels(lines: Sequence[str], at: range) -> Iterator[int]:
    """The numbers of the lines ``at`` that are one of several labels in a row: one to three words."""
    for is_label, run in groupby(at, lambda i: len(lines[i].strip(_AROUND_A_LABEL).split()) <= _LABEL_OF_A_MENU):
        together = list(run)
        if is_label and len(together) >= _LEAST_LABELS:
            yield from together


def without_addresses(lines: Iterable[str]) -> list[str]:
    """The lines without postal addresses that are written over several: names and numbers, a street or postcode among
    them."""
    kept: list[str] = []
    for is_proper, run in groupby(lines, lambda line: all(map(_is_proper, line.split(",")))):
        together = list(run)
        if len(together) == 1 or not is_proper or not any(map(_has_place, together)):
            kept += together
    return kept


def _has_place(line: str) -> bool:
    """True if a line has a street or a postcode."""
    return bool(_POSTCODE.search(line) or _expressions()["street"].search(line))


def _is_label(text: str, *, dated: bool) -> bool:
    """True if ``text`` only says of which date or version the policy is."""
    is_version = _VERSION.search(text)
    if not (dated or is_version) or not _expressions()["label"].search(text):
        return False
    if not is_version and _SAYS_A_NUMBER.search(text):
        return False
    wide = sum(letter >= "\u2e80" for letter in text)
    return wide <= _LABEL_CJK_LETTERS and len(text.split()) <= _LABEL_WORDS


def _without_phones(text: str) -> str:
    return _PHONE.sub(lambda match: "\0" if sum(c.isdigit() for c in match[0]) >= 7 else match[0], text)


def _without_postal_address(text: str) -> str:
    """``text`` without postal addresses: without the street or the postcode, and the names that follow after commas.

    "Write to Example Inc., 1 Main Street, Springfield, IL 62701." becomes "Write to Example Inc.,".
    """
    if not any(letter.isdigit() for letter in text):
        return text
    streetless = _expressions()["street"].sub("\0", text)
    bare = _POSTCODE.sub("\0", streetless)
    if "\0" not in bare:
        return text
    pieces = bare.split(",")
    marked = [number for number, piece in enumerate(pieces) if "\0" in piece]
    if bare != streetless:  # "1 World Trade Center, 85th Floor, New York, NY 10007"
        marked.insert(0, _street_before(pieces, marked[0]))
    kept = [
        piece.replace("\0", " ")
        for number, piece in enumerate(pieces)
        if not (marked[0] < number <= marked[-1] + 2 and _is_proper(piece))
    ]
    return ",".join(kept)


def _street_before(pieces: list[str], postcode: int) -> int:
    """The number of the piece with which the address that ends with a postcode begins.

    It takes the house out of ``pieces``, even if it stands at the end of a sentence.
    """
    begins = postcode
    for number in range(postcode - 1, max(postcode - 5, -1), -1):
        piece = pieces[number]
        if _is_proper(piece):
            if any(letter.isdigit() for letter in piece):
                begins = number
                pieces[number] = "\0"
        elif house := _HOUSE.search(piece):
            pieces[number] = piece[: house.start()] + "\0"
            return number
        else:
            break
    return begins


def _is_proper(piece: str) -> bool:
    """True if a piece between two commas consists of names and numbers only: a suite, a town, a country."""
    return len(piece) < 60 and _PROPER_PIECE.match(piece.replace("\0", " 0 ").strip() or "0") is not None


@cache
def _labels() -> tuple[frozenset[str], frozenset[str]]:
    """The names of languages, and the lines that ask to choose one."""
    table = read_word_table("pipelines.history.changes", "cosmetic.toml")
    return all_words(table["languages"]), all_words(table["choosers"])


@cache
def _expressions() -> dict[str, re.Pattern[str]]:
    """The expressions that are made of the tables of words, by what they find."""
    table = read_word_table("pipelines.history.changes", "cosmetic.toml")
    words = {section: any_of(all_words(lists)) for section, lists in table.items()}
    return {
        "date": _date(words["months"]),
        "label": re.compile(rf"(?i){words['labels']}|(?:{words['label_endings']})\b"),
        "numbering": _numbering(words["headings"]),
        "reference": re.compile(
            rf"(?ix)\b({words['references']})\s+\(?(?:\d+(?:\.\d+)*|[a-z]|{_ROMAN})\)?(?![\w])"
            rf"|第\s*[\d一二三四五六七八九十]+\s*[条章節项項](?:第\s*\d+\s*[项項])?"
        ),
        "street": _street(words),
        # "Fax:" and the like, where the number is to follow or was taken out
        "telephone": re.compile(rf"(?i)(?<!\w)(?:{words['telephones']})(?:\s*[.:：]\s*(?=\W|$)|\s*\0)"),
        "web": _web(words["top_level_domains"]),
    }


def _date(month: str) -> re.Pattern[str]:
    month = f"(?:{month}|(?-i:May|MAY))"
    return re.compile(
        rf"(?ix)"
        rf"(?<!\w){_DAY}{_OF}{month}\.?(?:{_OF}{_YEAR})?(?!\w)(?:\s*(?:г\.|r\.|года))?"  # 3 March 2012
        rf"|(?<!\w){month}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?(?!\w)"  # March 3rd, 2012
        rf"|(?<!\w){month}\.?{_OF}{_YEAR}(?!\w)"  # March 2012
        rf"|(?<!\d){_YEAR}[-./]\d{{1,2}}[-./]\d{{1,2}}(?!\d)"  # 2012-03-03
        rf"|(?<!\d)\d{{1,2}}[-./]\s?\d{{1,2}}[-./]\s?(?:{_YEAR}|\d\d)(?!\d)"  # 3.3.2012
        rf"|(?<!\d)\d{{1,2}}[-/]{_YEAR}(?!\d)"  # 03/2012
        rf"|(?:(?:{_YEAR}|(?:平成|令和|昭和)\s*(?:\d{{1,2}}|元))\s*[年년]\s*(?:\d{{1,2}}\s*[月월]\s*(?:\d{{1,2}}\s*[日일])?)?)"
        rf"|(?<!\d)\d{{1,2}}月\d{{1,2}}日"
    )


def _web(top_level_domain: str) -> re.Pattern[str]:
    return re.compile(
        r"(?i)[\w.+-]{1,64}\s{0,3}(?:@|\[at\]|\(at\)|＠)\s{0,3}[\w-]{1,63}(?:\.[\w-]{1,63})+"  # e-mail
        r"|(?:https?|ftp)://[^\s<>()「」、。]+|mailto:\S+"
        r"|(?<![\w@.])(?:www\.[\w-]{1,63}|[a-z0-9-]{1,63})(?:\.[a-z0-9-]{1,63}){0,6}"
        rf"\.(?:{top_level_domain})(?:/[^\s<>()、。]*)?(?![\w])"
    )


def _numbering(heading: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?ix)^\s*(?:"
        rf"[•·・※▪◦‣■●○*–—―-]+\s*"
        rf"|(?:{heading}|§+)\s*(?:\d+(?:\.\d+)*|{_ROMAN})\s*[.:)–—-]?(?:\s+|$)"
        rf"|\d{{1,2}}(?:\.\d{{1,2}})+\.?\s+"
        rf"|\d{{1,2}}\s+(?-i:(?=[A-ZÀ-Þ][^.!?:]{{2,60}}$))"
        rf"|\(?\d{{1,2}}(?:\.\d{{1,2}})*(?:[.)\]]+|\s*[-–—:]\s)\s*"
        rf"|\(?(?:[a-z]|{_ROMAN})(?:[.)\]]+(?:\d{{1,2}}\.?)*(?=\s|$)|\s*[-–—:]\s)\s*"
        rf"|第\s*[\d一二三四五六七八九十]+\s*[条章節项項]\s*[、:：.]?"
        rf"|[(（]?[\d一二三四五六七八九十]{{1,3}}[)）、．.]\s*"
        rf"|[①-⑳㈠-㈩]\s*"
        rf")+"
    )


def _street(words: dict[str, str]) -> re.Pattern[str]:
    return re.compile(
        r"(?ix)"
        # 123 Main Street, Suite 4
        r"\b\d{1,5}[a-z]?\s+(?-i:(?:[A-ZÀ-Þ\d][\w.'-]{0,30}\s+){1,4}?"
        rf"(?:{words['streets_after_names']})\b\.?)"
        # Musterstraße 12 · Am Markt 3 · Keizersgracht 5
        rf"|(?-i:\b(?:[A-ZÀ-Þ][\w-]{{0,30}}\s)?[A-ZÀ-Þ][\w-]{{0,30}}?(?:{words['streets_in_names']})"
        r"|\bMarkt|-Straße|\bStraße|-Str\.)\s*\d{1,5}\s?[a-z]?\b"
        # 12 bis, rue de la Paix
        rf"|\b\d{{1,4}}\s*(?:bis|ter)?,?\s*(?:{words['streets_after_numbers']})\s+"
        r"(?:(?:du|des?|la|le)\s+|[ld]['’])*"
        r"(?-i:[A-ZÀ-Þ][\w-]{0,30}(?:\s(?:(?:du|des?|la|le)\s+|[ld]['’]){0,2}[A-ZÀ-Þ][\w-]{0,30}){0,3})"
        # Calle Mayor 5 · Via Roma, 3 · Rua Augusta 10 · ul. Prosta 5
        rf"|\b(?:{words['streets_before_names']})\s*"
        r"(?:[\w'’.-]{1,30}\s+){0,4}?[\w'’.-]{1,30},?\s*(?:n[ºo°.]\s*|д\.\s*|№\s*)?\d{1,5}\s?[a-z]?\b"
        r"|\b(?:p\.?\s?o\.?\s?box|postfach|boîte\s+postale|b\.?p\.?|apartado(?:\s+de\s+correos)?|caixa\s+postal)\s*\d[\d\s]*"
        # 〒106-6108 東京都港区六本木6-10-1 · 北京市朝阳区建国路1号 · 서울특별시 강남구 테헤란로 1
        r"|〒\s*\d{3}-?\d{4}[^。、\n]*"
        r"|(?:東京都|北海道|大阪府|京都府|[\u4e00-\u9fff]{2,3}県)[^。、\s]{1,20}?[\d一二三四五六七八九十]+[^。、はがをに\s]{0,25}"
        r"|[\u4e00-\u9fff]{2,4}[省市][\u4e00-\u9fff]{1,12}[区县路街道][^。，\s]{0,16}\d+号?[^。，\s]{0,12}"
        r"|[가-힣]+(?:특별시|광역시|도)\s[^.,\n]*?(?:로|길|동)\s?\d+[-\d]*"
    )
