"""A text in its normal form, its words, and the hash by which equal texts are found."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
_JOINED = "[\u0600-\u08ff\u0900-\u0dff]"
_INVISIBLE_BUT_JOINERS = re.compile(f"(?!(?<={_JOINED})[\u200c\u200d]{_JOINED}){_INVISIBLE.pattern}")
#: Scripts without spaces between words (Thai, Lao, Burmese, Khmer, Kana, Han): each character counts as a word.
_WITHOUT_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_UNSPACED = re.compile(f"[{_WITHOUT_SPACES}]")
_UNSPACED_WORDS = re.compile(f"[{_WITHOUT_SPACES}]|[^ {_WITHOUT_SPACES}]+")
#: Combining marks of scripts up to U+3100. ``\w`` of ``re`` does not match them and would cut Indic words.
_MARKS = "".join(chr(i) for i in range(0x300, 0x3100) if unicodedata.category(chr(i))[0] == "M")
#: Currency and percent signs count as words: a number says something else without them.
SIGNS = "$%¢£¥₤₩₪₫€₱₴₹₺₽"
_NOT_WORD = re.compile(rf"[^\w{SIGNS}{_MARKS}]|_")
_ASCII = bytes(range(0x80))
_FEW = 100
#: What each byte becomes: small letters, blanks for what is no part of a word; those beyond ASCII stay.
_ASCII_WORDS = _NOT_WORD.sub(" ", _ASCII.decode().lower()).encode() + bytes(range(0x80, 0x100))

#: One year or several: ``2019``, ``2001-2019``, ``1999, 2004-06``.
_YEARS = r"(?:19|20)\d\d(?!\d)(?: ?[-–—/] ?(?:19|20)?\d\d(?!\d)| ?, ?(?:19|20)\d\d(?!\d)){0,9}"
#: What stands in texts and is no word of a policy, because a server writes it anew for each request or each year, or
#: all sites change it at once. What the first group holds stays. Dates, amounts, telephone numbers and numbers of
#: versions are words: they say something.
NOT_COMPARED = (
    # Ids: GUIDs, and long hex numbers. One that has no letter after a digit may be a bank account's (IBAN).
    r"()\b(?:(?=[a-fA-F]*\d+[a-fA-F])[\da-fA-F]{16,}|"
    r"(?=[a-fA-F-]{0,35}\d)[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12})\b",
    r"\b((?:[Tt]race|[Rr]equest|[Ss]ession|[Cc]orrelation|[Ii]ncident|[Rr]ay)[ -]?(?:[Ii][Dd]|[Nn]o\.|[Nn]umber)"
    r"[ :#]{1,3})(?=[\w.-]*\d)[\w.-]{6,}",
    # Years of a copyright: "© 2019", "Copyright (c) 2001-2019", "2019 ©", "© Example Inc. 2019. All rights reserved."
    rf"((?:©|\([cC]\)|[Cc]opyright|COPYRIGHT)[ ,]?(?:©|\([cC]\))? ?){_YEARS}",
    rf"()\b{_YEARS}(?= ?©)",
    rf"(?m)(©[^\d\n:]{{0,60}})\b{_YEARS}(?=\W*(?:[Aa]ll [Rr]ights [Rr]eserved\W*)?$)",
    # The scheme of an address: a site that moves to https says nothing else.
    r"()\b[Hh][Tt][Tt][Pp][Ss]?(?=://)",
)
_IDS, _LABELLED, *_COPYRIGHTS, _SCHEME = map(re.compile, NOT_COMPARED)
#: All that the others find has a digit, and one of these marks. Most lines don't, so this is quicker.
_DIGIT = re.compile(r"\d")
_NO_DIGITS = bytes(set(range(0x100)) - set(b"0123456789\n"))
_PART_OF_AN_ID = re.compile(r"\d(?:[\da-fA-F]{5}|(?<=[\da-fA-F]{6})|[\da-fA-F]{0,7}-[\da-fA-F]{4})")
_LABELS = ("race", "equest", "ession", "orrelation", "ncident", "Ray", "ray")
_COPYRIGHT = ("©", "(c)", "(C)", "opyright", "OPYRIGHT")


def normalise(text: str) -> str:
    """The text in NFC, without soft hyphens, zero-width characters and direction marks, which no reader sees.

    Zero-width joiners and non-joiners between letters of Arabic and Indic scripts are spelling, and stay.
    """
    if text.isascii():
        return text
    unseen = _INVISIBLE_BUT_JOINERS if "\u200c" in text or "\u200d" in text else _INVISIBLE  # the first takes long
    return unicodedata.normalize("NFC", unseen.sub("", text))


def words(text: str) -> list[str]:
    """The text's words, with case and compatibility forms folded (NFKC), without punctuation and white space.

    A word is a run of letters, marks, digits, currency and percent signs. In scripts without spaces each character is
    a word.

    >>> words("We sell NO data, ever: 100%")
    ['we', 'sell', 'no', 'data', 'ever', '100%']
    """
    beyond = _beyond_ascii(text)
    if any(map(_composes, beyond)):
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
        beyond = _beyond_ascii(text)
    becomes = {character: _in_words(character) for character in beyond}
    changed = {character: folded for character, folded in becomes.items() if folded != character}
    if len(changed) <= _FEW:  # most texts: to replace each is faster than to look at each place of the text
        for character, folded in changed.items():
            text = text.replace(character, folded)
    else:
        text = text.translate({ord(character): folded for character, folded in changed.items()})
    text = _encoded(text).translate(_ASCII_WORDS).decode("utf-8", "surrogatepass")
    return _UNSPACED_WORDS.findall(text) if _UNSPACED.search("".join(becomes.values())) else text.split()


@lru_cache(20_000)  # characters: more than any language has
def _composes(character: str) -> bool:
    """True if a character may change with the ones beside it, so that it can't be folded alone."""
    folded = unicodedata.normalize("NFKC", character)
    return any(map(_is_joined, character + folded + folded.casefold()))


def _is_joined(character: str) -> bool:
    """True for marks, and vowels and finals of Hangul: NFKC may join them with the character before.

    Not for the selectors of variants in the last planes, which join nothing.
    """
    is_hangul = "\u1100" <= character <= "\u11ff"
    return is_hangul or (character < "\U000e0000" and unicodedata.category(character)[0] == "M")


@lru_cache(20_000)  # characters: more than any language has
def _in_words(character: str) -> str:
    """What a character beyond ASCII becomes in words: folded, a blank if it is no part of a word, or nothing."""
    folded = "" if _INVISIBLE.match(character) else unicodedata.normalize("NFKC", character).casefold()
    return "".join(" " if not c.isascii() and _NOT_WORD.match(c) else c for c in folded)


def _encoded(text: str) -> bytes:
    """UTF-8, also of halves of surrogate pairs. ASCII is replaced, deleted and told apart faster in bytes."""
    return text.encode("utf-8", "surrogatepass")


@lru_cache(8)  # a document's text is asked for in turn for its words and for what is compared
def _beyond_ascii(text: str) -> str:
    """Each character beyond ASCII once."""
    return (
        "" if text.isascii() else "".join(set(_encoded(text).translate(None, _ASCII).decode("utf-8", "surrogatepass")))
    )


def compared(text: str) -> str:
    """The text without what ``NOT_COMPARED`` names.

    >>> compared("© 2019 Example")
    '©  Example'
    """
    lines = text.split("\n")
    for place in _with_digits(text, lines):
        lines[place] = _compared_line(lines[place])
    if "://" in text:
        lines = [_SCHEME.sub("", line) if "://" in line else line for line in lines]
    return "\n".join(lines)


def _with_digits(text: str, lines: list[str]) -> list[int]:
    """The places of the lines that have a digit; ``lines`` are the text's."""
    if _DIGIT.search(_beyond_ascii(text)):
        return [place for place, line in enumerate(lines) if _DIGIT.search(line)]
    digits = _encoded(text).translate(None, _NO_DIGITS).split(b"\n")  # faster than to look at each line
    return [place for place, found in enumerate(digits) if found]


def _compared_line(line: str) -> str:
    if _PART_OF_AN_ID.search(line):
        line = _IDS.sub("", line)
    if any(label in line for label in _LABELS):
        line = _LABELLED.sub(r"\1", line)
    if any(mark in line for mark in _COPYRIGHT):
        for pattern in _COPYRIGHTS:
            line = pattern.sub(r"\1", line)
    return line


def sha256_of_text(text: str, text_words: list[str] | None = None) -> str:
    """Hex SHA-256 of a text's words, less ``NOT_COMPARED``. ``text_words``: its ``words``, where they are known.

    A new template changes line breaks, bullets, capitals and the shape of quotes without touching the policy: these
    make no difference. Any other word, number or currency gives another hash.
    """
    kept = compared(text)
    kept_words = text_words if text_words is not None and kept == text else words(kept)
    return hashlib.sha256(" ".join(kept_words).encode("utf-8", "replace")).hexdigest()
