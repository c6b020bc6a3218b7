"""The character encoding of a page that declares none, or a wrong one.

Each encoding was made for some languages. The likeliest encoding is the one in which the page's bytes beyond ASCII are
letters where letters belong, and the text is in one of the encoding's own languages.
"""

from __future__ import annotations

import re
import unicodedata

from pipelines.page.encodings import codec_of
from pipelines.page.language import chances

_CYRILLIC = ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn")
_CENTRAL = ("pl", "cs", "sk", "hu", "ro", "sl", "hr", "bs", "sq")
_WESTERN = ("fr", "de", "es", "it", "pt", "nl", "sv", "da", "no", "nb", "nn", "fi", "is", "ca", "gl", "eu", "en")
_MADE_FOR: dict[str, tuple[str, ...]] = {
    "windows-1252": _WESTERN,
    "windows-1251": _CYRILLIC,
    "koi8-r": ("ru",),
    "koi8-u": ("uk",),
    "ibm866": _CYRILLIC,
    "windows-1250": _CENTRAL,
    "iso-8859-2": _CENTRAL,
    "windows-1253": ("el",),
    "iso-8859-7": ("el",),
    "windows-1254": ("tr", "az"),
    "windows-1255": ("he", "yi"),
    "windows-1256": ("ar", "fa", "ur"),
    "windows-1257": ("lt", "lv", "et"),
    "windows-874": ("th",),
    "windows-1258": ("vi",),
    "shift_jis": ("ja",),
    "euc-jp": ("ja",),
    "gbk": ("zh",),
    "big5": ("zh",),
    "euc-kr": ("ko",),
}
#: Bytes that are judged, of words with high bytes in them.
_SAMPLE = 1500
_TAGS = re.compile(rb"<(?:script|style)\b.{0,20000}?</|<[^<>]{0,2000}>", re.I | re.S)
_WORDS_BEYOND_ASCII = re.compile(rb"(?:[A-Za-z]*[\x80-\xff][\x21-\x7e\x80-\xff]*[ \r\n]*)+(?:[a-z]{2,12}\s+){0,3}")
_COMMON_CJK = re.compile("[\u3040-\u30ff\u3001-\u3011\uff01-\uff5e\u4e00-\u9fa5\uac00-\ud7a3]")


def detect(body: bytes) -> str:
    """WHATWG name of the likeliest encoding; ``windows-1252``, as in browsers, if nothing tells."""
    sample = b" ".join(_WORDS_BEYOND_ASCII.findall(_TAGS.sub(b" ", body[: 256 * 1024])))[:_SAMPLE]
    if not sample:
        return "windows-1252"
    scores = {name: _score(sample, name, languages) for name, languages in _MADE_FOR.items()}
    best = max(scores, key=scores.__getitem__)  # the first of equals: the commoner encoding
    return best if scores[best] > 0 else "windows-1252"


def _score(sample: bytes, name: str, languages: tuple[str, ...]) -> float:
    """How likely the sample is text of these languages in this encoding; 0 for no text at all."""
    text = sample.decode(codec_of(name), "replace")
    plausible = _plausible(text)
    if plausible < 0.5:
        return 0.0
    by_language = chances(text)
    return plausible**2 * (0.05 + sum(by_language.get(language, 0.0) for language in languages))


def _plausible(text: str) -> float:
    """The share of the characters beyond ASCII that stand where a writer would put them."""
    beyond = good = 0
    previous = " "
    for character in text:
        if character > "\x7f":
            beyond += 1
            if _COMMON_CJK.match(character):
                good += 1
            elif character.isalpha():
                # Capitals within words are what small letters become in another Cyrillic encoding.
                good += not (character.isupper() and previous.islower())
            elif unicodedata.category(character)[0] == "M":  # a vowel sign or tone needs a letter to sit on
                good += 1 if previous.isalpha() else -1
            elif character in "”’“‘»«…–—":
                good += 1
        elif character.isalpha() and "\u0370" <= previous < "\u0f00":
            good -= 1  # a Latin letter amid a Greek, Cyrillic, Hebrew, Arabic or Thai word
        previous = character
    return min(1.0, good / beyond) if beyond else 0.0
