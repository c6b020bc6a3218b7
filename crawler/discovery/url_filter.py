"""The one query that asks an archive's index for the addresses of a domain that may hold its privacy policy.

The filter is wide, because a missed policy is lost while a needless row costs nothing but its bytes;
``url_scores`` ranks what comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from crawler.discovery.vocabulary import fold, trie
from pipelines.surt import urlkey
from pipelines.word_tables import all_words, read_word_table

MIMETYPE_FILTER: Final = "mimetype:(text/html|text/plain|application/xhtml|application/pdf|warc/revisit|unk).*"
"""The CDX filter for what can hold a policy. A revisit says that an earlier body came again, so it counts."""

# `cookie` alone is a recipe and `legal` a law firm's service: they need company, or to be the whole name.
_WHOLE = r"(cookies?|kakor|legal|juridisk|disclaimer|polic(y|ies))([.][a-z]+)?$"
_APART = "[^/]{0,36}"  # between the pieces of a pair
_GROUP = 6  # characters that a group's two signs take in the query


def url_filter(domain: str) -> str:
    """The CDX filter for the rows of ``domain`` (``matchType=domain``) whose address may be a policy's.

    The words have to stand behind the domain's own part of the key (``.{N}`` skips it), so that
    ``myprivacy.com`` does not bring all its pages. Subdomains, path and query all count. The expression
    begins at the start, ends with ``.*`` or ``$``, and uses only what Java and Python read alike: it means
    the same whether the server asks for a full match (the CDX server's README) or for ``re.match`` (pywb).
    """
    own = len(urlkey(domain).partition(")")[0])
    return f"urlkey:.{{{own}}}.*({_filter_words()})"


@cache
def _filter_words() -> str:
    table = read_word_table("crawler.discovery", "url_words.toml", sections=("words", "laws"))
    pairs = read_word_table("crawler.discovery", "url_pairs.toml")
    free = [_any_of(all_words(table["words"]))]
    free += [f"{_any_of(pair['first'])}{_APART}{_any_of(pair['second'])}" for pair in pairs.values()]
    laws = trie(sorted(all_words(table["laws"])), group="(")
    return f"({'|'.join(free)}).*|/{_WHOLE}|[^a-z]{laws}([^a-z].*)?$"


def _any_of(words: Iterable[str]) -> str:
    """An expression for any of the words, without those that contain another one."""
    forms = {form for word in words for form in _in_urlkey(word)}
    return trie(sorted(f for f in forms if not any(o in f for o in forms if o != f)), group="(", worth=_GROUP)


def _in_urlkey(word: str) -> set[str]:
    """The word as it may stand in a URL key: its UTF-8 bytes (``.d0.bf``), and for a Latin word the plain letters.

    ``.`` stands for ``%``, which would take three characters in the query. The key is lower-cased as text, so an
    escaped capital stays one (``%d0%9f``): that is why words of scripts with capitals lack their first letter in
    ``url_words.toml``. Of the letter that then comes first, the last byte is enough.
    """
    escaped = "".join(c if c.isascii() else "".join(f".{byte:02x}" for byte in c.encode()) for c in word)
    if not word[0].isascii():
        escaped = escaped[3 * (len(word[0].encode()) - 1) :]
    forms = {escaped, fold(word)} if not word.isascii() and fold(word).isascii() else {escaped}
    return {form.replace(" ", ".?") for form in forms}
