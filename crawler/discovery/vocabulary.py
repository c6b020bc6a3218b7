"""The words that name a privacy policy, a cookie policy or a legal notice (``vocabulary.toml``), and how to find them.

Links and addresses are folded first (``fold``), so ``Confidentialité``, ``confidentialite`` and
``confidentialit%C3%A9`` are the same word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final, Literal, get_args

from pipelines.word_tables import WordTable, read_word_table

Kind = Literal["policy", "matter", "hint", "cookie", "legal"]
"""What a word promises, the strongest first; ``vocabulary.toml`` explains them."""
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_LETTERS = str.maketrans(
    {"ı": "i", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th", "ə": "e", "æ": "ae", "œ": "oe", "ў": "у"}
)
_IGNORED = frozenset({"Mn", "Mc", "Me", "Cf"})  # accents, vowel signs, soft hyphens, zero-width joiners
_SEPARATORS = re.compile(r"[\W_]+")
_ATOMS = re.compile(r"(?:\\.|\[[^\]]*\]|.)(?:[?*]|\{[0-9,]*\})?")
_Tree = dict[str, "_Tree"]


def fold(text: str) -> str:
    """Lower case, without accents, words separated by single spaces: the form in which words are compared.

    >>> fold("Datenschutz­erklärung & Impressum")
    'datenschutzerklarung impressum'
    """
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = unicodedata.normalize("NFC", "".join(c for c in plain if unicodedata.category(c) not in _IGNORED))
    return _SEPARATORS.sub(" ", text.lower()).strip()


@cache
def _table() -> WordTable:
    return read_word_table("crawler.discovery", "vocabulary.toml")


def languages() -> WordTable:
    """Language (ISO 639-1) -> kind -> stems."""
    return {language: by_kind for language, by_kind in _table().items() if language != "whole_words"}


def whole_words() -> list[str]:
    """The stems that count only as a word of their own."""
    return _table()["whole_words"]["all"]


def stems(*kinds: Kind) -> list[str]:
    """The stems of the given kinds in all languages, as written in the table, each once."""
    return list(
        dict.fromkeys(stem for by_kind in languages().values() for kind in kinds for stem in by_kind.get(kind, ()))
    )


def trie(words: Iterable[str], *, group: str = "(?:", worth: int = 0) -> str:
    """A regular expression that matches exactly ``words``, with common beginnings written once.

    It is fast, because each position of the text is tested against one character class and not against every word.
    A word may hold atoms of expressions (``[ab]``, ``.?``, ``.{0,3}``). For an expression that has to be short, pass
    ``group="("``; then a beginning is shared only if that saves more than ``worth`` characters.

    >>> trie(["privacy", "privat", "priva"])
    'priva(?:cy|t)?'
    """
    tree: _Tree = {}
    for word in words:
        node = tree
        for atom in _ATOMS.findall(word):
            node = node.setdefault(atom, {})
        node[""] = {}  # a word ends here
    return _grouped(_branches(tree, group, worth), group, optional=False)


def _branches(node: _Tree, group: str, worth: int) -> list[str]:
    """The alternatives that lead on from a node."""
    found = []
    for start, rest in sorted(node.items()):
        while len(rest) == 1 and "" not in rest:
            ((atom, rest),) = rest.items()
            start += atom
        ends = _branches(rest, group, worth) if start else []
        if "" in rest or (len(ends) - 1) * len(start) > worth:
            found.append(start + _grouped(ends, group, optional="" in rest))
        elif start:
            found += [start + end for end in ends]
    return found


def _grouped(ends: list[str], group: str, *, optional: bool) -> str:
    body = ends[0] if len(ends) == 1 and not optional else f"{group}{'|'.join(ends)})" if ends else ""
    return f"{body}?" if optional and ends else body
