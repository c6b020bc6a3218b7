"""A text in its normal form, its words, and the hash of these by which equal texts are found."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
_JOINED = "[\u0600-\u08ff\u0900-\u0dff]"
_INVISIBLE_BUT_JOINERS = re.compile(f"(?!(?<={_JOINED})[\u200c\u200d]{_JOINED}){_INVISIBLE.pattern}")
#: Scripts without spaces between words (Thai, Lao, Burmese, Khmer, Kana, Han): each character counts as a word.
_UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
#: Combining marks of scripts up to U+3100. ``\w`` of ``re`` does not match them and would cut Indic words.
_MARKS = "".join(chr(i) for i in range(0x300, 0x3100) if unicodedata.category(chr(i))[0] == "M")
#: Currency and percent signs count as words: a number says something else without them.
SIGNS = "$%¢£¥₤₩₪₫€₱₴₹₺₽"
_NOT_WORD = re.compile(rf"[^\w{SIGNS}{_MARKS}]|_")


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
    folded = text if text.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    folded = folded.casefold()
    for separator in _NOT_WORD.findall("".join(set(folded))):  # some thirty: faster than one pass of ``re``
        folded = folded.replace(separator, " ")
    return (folded if folded.isascii() else _UNSPACED.sub(r" \1 ", folded)).split()


def sha256_of_words(text_words: list[str]) -> str:
    """Hex SHA-256 of a text's words. Texts that differ in layout, capitals or punctuation alone have the same hash.

    A new template changes line breaks, bullets, capitals and the shape of quotes without touching the policy. Any
    other word, number or currency gives another hash.
    """
    return hashlib.sha256(" ".join(text_words).encode("utf-8", "replace")).hexdigest()
