"""Words and the hash by which equal texts are known to be equal."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
_JOINED = "[\u0600-\u08ff\u0900-\u0dff]"
_INVISIBLE_BUT_JOINERS = re.compile(f"(?!(?<={_JOINED})[\u200c\u200d]{_JOINED}){_INVISIBLE.pattern}")
#: Scripts that part no words (Thai, Lao, Burmese, Khmer, Kana, Han): each character counts as one.
_UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
#: Combining marks of scripts up to U+3100. ``\w`` of ``re`` leaves them out and would cut Indic words.
_MARKS = "".join(chr(i) for i in range(0x300, 0x3100) if unicodedata.category(chr(i))[0] == "M")
#: Currency and percent signs: what a number with one says, it does not say with another, or without.
SIGNS = "$%¢£¥₤₩₪₫€₱₴₹₺₽"
_NOT_WORD = re.compile(rf"[^\w{SIGNS}{_MARKS}]|_")


def normalise(text: str) -> str:
    """NFC, without soft hyphens, zero-width characters and direction marks, which no reader sees.

    Between letters of Arabic and Indic scripts the zero-width (non-)joiners are spelling, and stay.
    """
    if text.isascii():
        return text
    unseen = _INVISIBLE_BUT_JOINERS if "\u200c" in text or "\u200d" in text else _INVISIBLE  # the one takes long
    return unicodedata.normalize("NFC", unseen.sub("", text))


def words(text: str) -> list[str]:
    """The text's words: case and compatibility forms folded (NFKC), punctuation and white space left out.

    A word is a run of letters, marks, digits, currency and percent signs; in scripts without spaces each
    character is one.
    """
    folded = text if text.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    folded = folded.casefold()
    for separator in _NOT_WORD.findall("".join(set(folded))):  # some thirty: faster than one pass of ``re``
        folded = folded.replace(separator, " ")
    return (folded if folded.isascii() else _UNSPACED.sub(r" \1 ", folded)).split()


def sha256_of_words(text_words: list[str]) -> str:
    """Hex SHA-256 of a text's words: equal for texts that differ in layout, capitals or signs alone.

    A template changes line breaks, bullets, capitals and the shape of quotes without touching the policy;
    any other word, number or currency gives another hash.
    """
    return hashlib.sha256(" ".join(text_words).encode("utf-8", "replace")).hexdigest()
