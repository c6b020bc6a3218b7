"""Parts of a page that lie over it or follow it: consent dialogs, other dialogs, comments, further reading.

The widely used ones are known by the names in ``frame_names.toml``, others by their shape. A policy may stand in such
markup itself, so a part is only called one of these if it does what they do: a dialog asks, comments have writers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from pipelines.page.tree import Element, long_texts
from pipelines.word_tables import WordTable, all_words, any_of, read_word_table

#: The text of a dialog that asks for nothing but its closing. What is longer may be a part of the policy.
_SHORT = 400
_WHOLE = frozenset(("html", "body", "main"))
#: Elements of running text and of the page as a whole: a name of theirs tells of something else.
_NO_PART = _WHOLE.union(("a", "span", "p", "li", "td", "tr", "h1", "h2", "h3", "h4", "b", "strong"))
_LAYER = re.compile(r"(?<![a-z])(?:modal|popup|pop-up|lightbox|overlay|dialog|offcanvas|off-canvas|toast)(?![a-z])")
_FIXED = re.compile(r"position\s*:\s*fixed")


def _sections() -> WordTable:
    names = ("dialogs", "documents", "controls", "comments", "comment", "further_reading", "accept", "consent_subjects")
    return read_word_table("pipelines.page", "frame_names.toml", sections=names)


_TABLE = _sections()


def _named(section: str) -> re.Pattern[str]:
    """Finds one of a section's names among class names and ids, which white space parts."""
    names = any_of(all_words(_TABLE[section]), lambda name: re.escape(name).replace(r"\*", r"\S*"))
    return re.compile(rf"(?<!\S)(?:{names})(?!\S)")


_DIALOG, _DOCUMENT, _CONTROL = _named("dialogs"), _named("documents"), _named("controls")
_COMMENTS, _COMMENT, _FURTHER = _named("comments"), _named("comment"), _named("further_reading")
_ACCEPT = all_words(_TABLE["accept"])
_SUBJECT = re.compile(any_of(all_words(_TABLE["consent_subjects"])))


@lru_cache(4096)
def _says(classes: str | None, id_: str | None, tag: str) -> str:
    """What an element's names call it, the surest first; empty for names that tell nothing.

    A ``tag`` is a name if a site made it up: these have a hyphen.
    """
    name = f"{classes or ''} {id_ or ''} {tag if '-' in tag else ''}".lower()
    kinds = (
        ("document", _DOCUMENT),
        ("dialog", _DIALOG),
        ("control", _CONTROL),
        ("comments", _COMMENTS),
        ("further", _FURTHER),
        ("layer", _LAYER),
        ("consent", _SUBJECT),
    )
    return next((kind for kind, pattern in kinds if pattern.search(name)), "")


class Part(Enum):
    """What an element is to its page."""

    FOREIGN = 1
    """No part of the document, however much of the page it is."""
    BESIDE = 2
    """No part of the document, unless it is much of the page."""
    DOCUMENT = 3
    """A part of the document, whatever is within."""


def parts_of(tree: Element) -> dict[Element, Part]:
    """What the elements of a tree are by these signs, in page order, without those that they tell nothing of.

    What is within a part of the document is passed over.
    """
    parts = {element: part for element in tree.iter("*") if (part := _part_of(element)) is not None}
    documents = {element for element, part in parts.items() if part is Part.DOCUMENT}
    if documents:  # seldom: a walk that can leave them out costs more
        parts = {e: part for e, part in parts.items() if documents.isdisjoint(e.iterancestors())}
    return parts


def _part_of(element: Element) -> Part | None:
    """What an element is by these signs; ``None`` if they tell nothing."""
    tag = element.tag
    if not (element.attrib or "-" in tag or tag == "dialog"):
        return None
    says = _says(element.get("class"), element.get("id"), tag)
    if says == "control" and tag not in _WHOLE:
        return Part.BESIDE
    if tag in _NO_PART:
        return None
    if says == "document":
        return Part.DOCUMENT
    if says == "dialog" or (says == "comments" and _has_writers(element)):
        return Part.FOREIGN
    if says == "further" and sum(1 for _ in zip(element.iter("a"), range(2), strict=False)) == 2:
        return Part.BESIDE
    is_layer = says == "layer" or _is_layer(element)
    if (is_layer or says == "consent") and _asks_for_consent(element):
        return Part.BESIDE
    if is_layer and _asks(element) and (element.find(".//form") is not None or long_texts(element) < _SHORT):
        return Part.BESIDE
    return None


def _is_layer(element: Element) -> bool:
    """True if an element lies over the page by its tag, role or style."""
    if element.tag == "dialog" or element.get("role") in ("dialog", "alertdialog"):
        return True
    style = element.get("style")
    return (style is not None and _FIXED.search(style) is not None) or element.get("aria-modal") == "true"


def _has_writers(element: Element) -> bool:
    """True if comments have a form to write one, or stand there."""
    if element.find(".//form") is not None:
        return True
    names = (f"{e.get('class')} {e.get('id')}".lower() for e in element.iterdescendants("div", "li", "article", "p"))
    written = filter(_COMMENT.search, names)
    return sum(1 for _ in zip(written, range(2), strict=False)) == 2


def _controls(element: Element) -> Iterator[Element]:
    """What a reader can press: buttons, and links that lead nowhere."""
    for control in element.iter("button", "a", "div", "span"):
        href = control.get("href") or ""
        if control.tag == "button" or control.get("role") == "button" or href == "#" or href.startswith("javascript:"):
            yield control


def _asks(element: Element) -> bool:
    return next(_controls(element), None) is not None


def _asks_for_consent(element: Element) -> bool:
    """True if an element has a button to accept what it speaks of: cookies, consent."""
    labels = (" ".join("".join(control.itertext()).split()).strip(" .!✓×").lower() for control in _controls(element))
    return any(label in _ACCEPT for label in labels) and bool(_SUBJECT.search("".join(element.itertext()).lower()))
