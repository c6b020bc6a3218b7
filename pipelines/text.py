"""Words and the hash by which equal texts are known to be equal."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
#: Scripts that part no words (Thai, Lao, Burmese, Khmer, Kana, Han): each character counts as one.
_UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
_NOT_ASCII_WORD = re.compile(r"[^a-z0-9$%]+")


def normalise(text: str) -> str:
    """NFC, without soft hyphens, zero-width characters and direction marks, which no reader sees."""
    return text if text.isascii() else unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def words(text: str) -> list[str]:
    """The text's words: case and compatibility forms folded (NFKC), punctuation and white space left out.

    A word is a run of letters, marks, digits, currency and percent signs. (``\w`` of ``re`` would cut
    Indic words at their vowel signs.) In scripts without spaces each character is a word.
    """
    if text.isascii():
        return _NOT_ASCII_WORD.sub(" ", text.lower()).split()
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    other = {c: " " for c in set(folded) if not _belongs_to_a_word(c)}
    return _UNSPACED.sub(r" \1 ", folded.translate(str.maketrans(other))).split()


def _belongs_to_a_word(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LMN" or category == "Sc" or character == "%"


def text_sha256(text: str) -> str:
    """Hex SHA-256 of the text's words: equal for texts that differ in layout, capitals or signs alone.

    A template changes line breaks, bullets, capitals and the shape of quotes without touching the policy;
    any other word, number or currency gives another hash.
    """
    return hashlib.sha256(" ".join(words(text)).encode("utf-8", "replace")).hexdigest()
