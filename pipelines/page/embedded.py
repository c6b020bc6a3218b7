"""Texts that a page holds without showing them: in its data, for scripts that write the page, or for readers without.

Frameworks send a page as data: Next.js in ``__NEXT_DATA__`` or, in pieces, in ``self.__next_f``; Nuxt in ``__NUXT__``;
others in an assignment, in a script of JSON, or in an attribute of the page's only element. Search engines are sent
JSON-LD. Each is made a page of HTML of its own, which is then read like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from lxml import etree

from pipelines.page.blocks import PARAGRAPH, Block
from pipelines.page.boilerplate import main_text, prose, running_text
from pipelines.page.rich_text import json_value, page_of
from pipelines.page.second_opinion import SecondOpinion
from pipelines.page.tree import Element, parse

#: A script or an attribute of fewer characters holds no policy.
_LEAST = 300
_MARKUP = re.compile(r"<(?:p|div|h[1-6]|li|br)\b", re.I)
#: Where a script gives a value to a name, or reads JSON.
_VALUE = re.compile(r"""=\s*(?=[{\[])|JSON\.parse\(\s*(?=")""")
_MOST_VALUES = 10
_STREAMED = re.compile(r"__next_f\s*(?:=[^\n;]{0,80}?)?\.push\(\s*(?=\[)")
#: A row of the stream: ``1a:{"children": ...}``, or ``1a:T5c0,`` and 0x5c0 bytes of text.
_ROW = re.compile(rb"([0-9a-f]*):(?:T([0-9a-f]{1,7}),)?")
_NUXT_FUNCTION = re.compile(r"__NUXT__\s*=\s*\(?\s*(?:function|\()")
#: A string of JavaScript. One without an end is taken to the line's, so that each character is passed once.
_LITERAL = re.compile(r'"((?:[^"\\\n]++|\\.)*+)"?')
_SHORTEST_LITERAL = 20
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([\"\\/bfnrt]|u[0-9a-fA-F]{4})|(.))")
_DEEPEST = 100
#: What JSON-LD says of a page without being its text.
_OF_THE_PAGE = ("description", "abstract", "about", "publisher", "author", "itemlistelement", "offers")
#: A text with fewer characters of prose is no policy: the shortest of 700 has 79 words.
LEAST_PROSE = 500
#: Paragraphs of fewer characters of prose are the messages of an interface as often as a text's.
_PARAGRAPH = 120


def embedded_text(html: str, base: str) -> list[Block]:
    """The blocks of the text that a page holds without showing it; empty if nothing in it reads like a text.

    Links are resolved against ``base``.
    """
    tree, _ = parse(html)
    best: list[Block] = []
    for page in () if tree is None else _pages_within(tree):
        inner, _ = parse(page)
        blocks = [] if inner is None else main_text(inner, base, SecondOpinion(""))
        if _is_text(blocks) and running_text(blocks) > running_text(best):
            best = blocks
    return best


def data_of(scripts: list[str]) -> list[Any]:
    """The data that a page's scripts hold, as values of JSON: what they are, give to names, or are sent in pieces."""
    return [value for text in scripts for value in _values_in(text)] + list(_streamed_rows(scripts).values())


def _is_text(blocks: list[Block]) -> bool:
    """True if the blocks are long enough for a text, and not the many short messages of an interface.

    Of a text's lists, tables and headings messages have none.
    """
    long = sum(size for block in blocks if (size := prose(block)) >= _PARAGRAPH)
    whole = sum(len(block.text) for block in blocks if block.kind == PARAGRAPH)
    return running_text(blocks) >= LEAST_PROSE and long >= 0.5 * whole


def _pages_within(tree: Element) -> list[str]:
    """The pages of HTML that a page holds in itself, one for each way of doing so; changes the tree."""
    all_scripts = [((script.get("type") or "").lower(), script.text) for script in tree.iter("script") if script.text]
    scripts = [(kind, text) for kind, text in all_scripts if len(text) >= _LEAST]
    attributes = [value for element in tree.iter() for value in element.attrib.values() if len(value) >= _LEAST]
    pages = [
        "".join([*_unshown(tree), *(text for text in attributes if text[0] not in "{[" and _MARKUP.search(text))]),
        "".join(text for kind, text in scripts if "template" in kind or "html" in kind),
        page_of((json_value(text) for kind, text in scripts if "ld+json" in kind), without=_OF_THE_PAGE),
        page_of(value for kind, text in scripts if "ld+json" not in kind for value in _values_in(text)),
        page_of(map(json_value, attributes)),
        page_of((), rows=_streamed_rows([text for _, text in all_scripts])),  # a piece may be short
        page_of(literal for _, text in scripts if _NUXT_FUNCTION.search(text) for literal in _literals(text)),
    ]
    return [page for page in pages if page]


def _unshown(tree: Element) -> Iterator[str]:
    """What stands in ``<noscript>`` and ``<template>``, as HTML."""
    for element in tree.iter("noscript", "template"):
        element.tag = "div"
        yield etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def _values_in(script: str) -> Iterator[Any]:
    """The values that a script is, gives to names, or reads from strings of JSON."""
    if (whole := json_value(script)) is not None:
        yield _unflattened(whole) if _is_flat(whole) else whole
        return
    decoder = json.JSONDecoder()
    end = 0
    for found in islice(_VALUE.finditer(script), _MOST_VALUES):
        if found.end() < end:  # within the last value
            continue
        with suppress(ValueError, RecursionError):
            value, end = decoder.raw_decode(script, found.end())
            yield value


def _is_flat(value: Any) -> bool:
    """True for a list as devalue writes it, which names the parts of its values by their places in the list."""
    if not isinstance(value, list) or len(value) < 2 or not value[0]:
        return False
    first = value[0]
    if isinstance(first, dict):
        return all(type(place) is int for place in first.values())
    return isinstance(first, list) and isinstance(first[0], str) and all(type(place) is int for place in first[1:])


def _unflattened(flat: list[Any]) -> Any:
    """The value that a list of devalue's stands for. Each part is used once, so nothing grows or goes in circles."""
    used: set[int] = set()

    def at(place: Any, depth: int) -> Any:
        if type(place) is not int or not 0 <= place < len(flat) or place in used or depth > _DEEPEST:
            return None
        part = flat[place]
        if isinstance(part, dict):
            used.add(place)
            return {name: at(inner, depth + 1) for name, inner in part.items()}
        if isinstance(part, list):  # also ["Reactive", 1], where the kind is passed over as it is no place
            used.add(place)
            return [at(inner, depth + 1) for inner in part]
        return part

    return at(0, 0)


def _streamed_rows(scripts: list[str]) -> dict[str, Any]:
    """The rows of the stream that React's server sends in pieces, by name; the page's own first."""
    decoder = json.JSONDecoder()
    pieces = []
    for script in scripts:
        for found in _STREAMED.finditer(script):
            with suppress(ValueError, RecursionError):
                piece, _ = decoder.raw_decode(script, found.end())
                pieces += [part for part in piece[1:] if isinstance(part, str)]
    stream = "".join(pieces).encode("utf-8", "replace")
    rows: dict[str, Any] = {"0": None}
    at = 0
    while at < len(stream):
        row = _ROW.match(stream, at)
        if row and row[2]:
            end = row.end() + int(row[2], 16)
            rows[row[1].decode()] = stream[row.end() : end].decode("utf-8", "replace")
        else:
            end = stream.find(b"\n", at) + 1 or len(stream)
            if row:
                rows[row[1].decode()] = json_value(stream[row.end() : end].decode("utf-8", "replace"))
        at = end
    return rows


def _literals(script: str) -> Iterator[str]:
    """The strings of a script that may hold a text. The script itself is never run."""
    for found in _LITERAL.finditer(script):
        if len(found[1]) >= _SHORTEST_LITERAL:
            with suppress(ValueError):
                yield json.loads(f'"{_ESCAPE.sub(_as_json, found[1])}"', strict=False)


def _as_json(escape: re.Match[str]) -> str:
    """An escape of JavaScript as JSON has it."""
    code, common, other = escape.groups()
    return f"\\u00{code}" if code else f"\\{common}" if common else other
