"""Names of character encodings, as browsers read them (https://encoding.spec.whatwg.org)."""

from __future__ import annotations

import webencodings

#: Browsers know these two words, but decode no page by them.
_NO_ENCODINGS = frozenset(("replacement", "x-user-defined"))
#: ISO-8859-8-I differs from ISO-8859-8 in the direction of its text alone: the characters are the same.
_SAME_CHARACTERS = {"iso-8859-8-i": "iso-8859-8"}
#: Codecs that read more than Python's codec of that name: pages go beyond the encoding that they declare.
_SUPERSETS = {"gbk": "gb18030", "iso-2022-jp": "iso2022-jp-ext"}


def encoding_of(label: str | None) -> str | None:
    """The WHATWG name of an encoding, in lower case; ``None`` for a label that no browser knows.

    >>> encoding_of("ISO-8859-1"), encoding_of("gb2312"), encoding_of("x-klingon")
    ('windows-1252', 'gbk', None)
    """
    label = (label or "").strip(" \t\r\n\f'\"")
    found = webencodings.lookup(label) if label.isascii() else None
    name = None if found is None else str(found.name)
    return None if name is None or name in _NO_ENCODINGS else _SAME_CHARACTERS.get(name, name)


def codec_of(name: str) -> str:
    """The Python codec that reads the encoding of this WHATWG name."""
    return _SUPERSETS.get(name) or str(webencodings.lookup(name).codec_info.name)
