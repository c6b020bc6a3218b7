"""Tables of words kept as TOML beside the code that reads them: sections of lists of words.

    # a comment says what the section is for
    [names]
    en = ["policy", "notice"]
    fr = ["charte"]

Whoever mends a table need not read code; a mistake in it is an error that names the file, the section and the key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable
from importlib.resources import files

WordTable = dict[str, dict[str, list[str]]]
"""Section -> key (often a language) -> words, all in the order of the file."""


class BadWordTable(ValueError):
    """A table of words is not what its reader expects; the message names the file and the place in it."""


def read_word_table(package: str, name: str, *, sections: Collection[str] = ()) -> WordTable:
    """The table of the file ``name`` in ``package``. ``sections``: those it must have; empty allows any."""
    try:
        found = tomllib.loads((files(package) / name).read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadWordTable(f"{name}: {error}") from error
    if sections and found.keys() != set(sections):
        raise BadWordTable(f"{name}: has the sections {', '.join(found)}; needs {', '.join(sections)}")
    for section, lists in found.items():
        if not isinstance(lists, dict) or not lists:
            raise BadWordTable(f"{name}: [{section}] is no section of lists")
        for key, words in lists.items():
            if problem := _problem(words):
                raise BadWordTable(f"{name}: [{section}] {key}: {problem}")
    return found


def all_words(lists: dict[str, list[str]]) -> frozenset[str]:
    """The words of all lists of a section: for sections whose keys only tell readers which language a word is of."""
    return frozenset(word for words in lists.values() for word in words)


def any_of(words: Iterable[str], expression: Callable[[str], str] = re.escape) -> str:
    """A regular expression for any of ``words``, each as ``expression`` writes it.

    The longest comes first, because ``re`` takes the first that matches.
    """
    return "|".join(expression(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def _problem(words: object) -> str | None:
    """What is wrong with a list of words; ``None`` if nothing is."""
    if not isinstance(words, list) or not words:
        return "is not a list of words"
    seen: set[str] = set()
    for word in words:
        if not isinstance(word, str) or not word.strip() or word != word.lstrip():
            return f"{word!r} is not a word"
        if word in seen:
            return f"{word!r} is there twice"
        seen.add(word)
    return None
