"""The searches that ask an archive's index for the addresses of a domain that may hold its privacy policy.

The words are in ``url_words.toml``. They are few, because an index tests each of a domain's rows against all of them,
and because a request line has to stay short. ``url_score`` ranks what comes back; homepages tell what has no such word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from crawler.discovery.ownership import is_own
from crawler.discovery.url_scores import url_score
from crawler.discovery.vocabulary import fold, trie
from crawler.known import Words
from pipelines.surt import is_below, key_of, urlkey
from pipelines.word_tables import BadWordTable, WordTable, read_word_table

MIMETYPE_FILTER: Final = "mimetype:(text/(html|plain)|application/(xhtml|pdf)|warc/revisit|unk).*"
"""The CDX filter for what can hold a policy. A revisit says that an earlier body came again, so it counts."""

_SEPARATOR = ".{0,3}"  # "-", "%20", or nothing
_ANYTHING = ".*"
_BEGINS = "[/,=]"  # a part of the path, of the host, of the query
_ENDS = "([.?].*)?$"  # but for ".html" or a query
_GROUP = 6  # characters that a group's two parentheses take in a request line
#: The sections that are no languages, and the lines that they need.
_NOT_LANGUAGES = {"every": {"names", "also", "other"}, "few": {"names"}, "generic": {"languages"}}


def search_filters(domain: str, words: Words = Words.OWN) -> tuple[str, str]:
    """The CDX filters of a search for a domain's policies; the cheap one stands first, because servers stop there."""
    return MIMETYPE_FILTER, url_filter(domain, words)


def url_filter(domain: str, words: Words = Words.OWN) -> str:
    """The CDX filter for the rows of ``domain`` (``matchType=domain``) whose address may be a policy's.

    The words have to stand after the domain's own part of the key (``.{N}`` skips it), so that ``myprivacy.com`` does
    not bring all its pages. Subdomains, path and query all count. The expression begins at the start, ends with
    ``.*``, and uses only what Java and Python read alike: it means the same whether the server asks for a full match
    (the CDX server's README) or for ``re.match`` (pywb).
    """
    own = len(urlkey(domain).partition(")")[0])
    return f"urlkey:.{{{own}}}.*{_expression(words, languages_of(domain))}"


def keeps(domain: str, key: str, url: str) -> bool:
    """True if an address that a search for ``domain`` brings may hold its policy: it is the domain's own, and no decoy.

    ``key`` is the address's SURT. Below a domain that gives its customers hosts (``github.io``), those are domains of
    their own.
    """
    return is_below(key, domain) and is_own(domain, url) and url_score(url) > 0


def brings(domain: str, words: Words, url: str) -> bool:
    """True if a search for ``domain`` has to bring the captures of an address, and they are kept."""
    key = key_of(url)
    return keeps(domain, key, url) and re.match(url_filter(domain, words).partition(":")[2], key) is not None


def languages_of(domain: str) -> tuple[str, ...]:
    """The languages at home in a domain's top-level domain; none where that is anybody's."""
    ending = domain.rpartition(".")[2]
    return tuple(code for code in _languages() if ending in _table()[code]["domains"])


@cache
def _expression(words: Words, languages: tuple[str, ...]) -> str:
    wanted = list(_wanted(words, languages))
    inside = _forms(word for word in wanted if not word.endswith("/"))
    at_end = _forms(word for word in wanted if word.endswith("/"))
    found = _any_of(form for form in inside if not any(other in form for other in inside - {form}))
    ends = _any_of(form for form in at_end if not any(form.endswith(other) for other in at_end - {form}))
    return f"({found}.*|{ends}{_ENDS})" if at_end else f"{found}.*"


def _forms(words: Iterable[str]) -> set[str]:
    return {form for word in words for form in _in_urlkey(word)}


def _any_of(forms: Iterable[str]) -> str:
    return trie(sorted(forms), group="(", worth=_GROUP)


def _wanted(words: Words, languages: tuple[str, ...]) -> Iterator[str]:
    """The words to search for, as ``url_words.toml`` writes them."""
    table = _table()
    if words == Words.FEW:
        yield from table["few"]["names"]
    elif words == Words.OTHER:
        asked = set(_wanted(Words.OWN, languages))
        yield from table["every"]["other"]
        for code in _languages():
            yield from (word for word in table[code]["names"] if word not in asked)
    else:
        for section in ("every", *languages):
            yield from (*table[section]["names"], *table[section].get("also", ()))
        for code in () if languages else table["generic"]["languages"]:
            yield from table[code]["names"]


def _in_urlkey(word: str) -> set[str]:
    """The word as it may stand in URL keys: its UTF-8 bytes (``.d0.bf``), and for a Latin word the plain letters.

    ``.`` stands for ``%``, which would take three characters in the request. The key is lower-cased as text, so an
    escaped capital stays one (``%d0%9f``): that is why a word in a script with capitals goes without its first letter.
    """
    begins, text = _BEGINS * word.startswith("/"), word.strip("/")
    plain = "".join(letter if letter in " *" else fold(letter) for letter in text)
    if not plain.isascii() and text[0].lower() != text[0].upper():
        text = text[1:]
    forms = {text, plain} if plain.isascii() else {text}
    return {begins + "".join(map(_letter, form)) for form in forms}


def _letter(letter: str) -> str:
    if letter in " *":
        return _SEPARATOR if letter == " " else _ANYTHING
    return letter if letter.isascii() else "".join(f".{byte:02x}" for byte in letter.encode())


def _languages() -> list[str]:
    return [section for section in _table() if section not in _NOT_LANGUAGES]


@cache
def _table() -> WordTable:
    table = read_word_table("crawler.discovery", "url_words.toml")
    for section, lines in table.items():
        needed = _NOT_LANGUAGES.get(section, {"domains", "names"})
        if not needed <= lines.keys() <= needed | {"also"}:
            raise BadWordTable(f"url_words.toml: [{section}] needs the lines {', '.join(sorted(needed))}")
    return table
