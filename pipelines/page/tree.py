"""A page's tree, parsed within bounds."""

from __future__ import annotations

import re
from html import unescape
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")

#: Elements that never hold a policy's words.
_NO_TEXT = (
    "script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "embed", "applet", "audio",
    "video", "picture", "img", "map", "area", "select", "datalist", "option", "input", "progress", "meter", "head",
    "title", "meta", "link", "noframes",
)  # fmt: skip


def parse(text: str) -> tuple[Element | None, bool]:
    """The tree of a page, and whether it holds all of the page; no tree for a page without any element.

    libxml2 nests 2,048 elements deep and leaves out what is below. Of an element's attributes the first
    ``MOST_ATTRIBUTES`` are read, for each one more costs libxml2 a look at all others.
    """
    if any(_ATTRIBUTES.findall(text)):
        text = _ATTRIBUTES.sub(lambda tag: tag[0][: tag.start(1) - tag.start()], text)
    parser = etree.HTMLParser(
        remove_comments=True, remove_pis=True, encoding="utf-8", recover=True, huge_tree=True, collect_ids=False
    )
    data = _XML_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    try:
        tree = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        tree = None
    errors = parser.error_log
    return tree, not (len(errors) and errors[-1].type == etree.ErrorTypes.ERR_RESOURCE_LIMIT)


#: 14 seconds for 100,000 attributes, 20 ms for as many as these.
MOST_ATTRIBUTES = 2000
_ATTRIBUTE = r"""[\s/]*+[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+"""
#: A tag, and in its group the attributes that are too many. Each character is passed once.
_ATTRIBUTES = re.compile(rf"<[a-zA-Z][^\s/>]*+(?:{_ATTRIBUTE}){{0,{MOST_ATTRIBUTES}}}+((?:{_ATTRIBUTE})*+)")


def strip_tags(text: str) -> str:
    """The characters between a page's tags, for a page that has no tree."""
    return unescape(_TAG.sub("\n\n", without_scripts(text)))


def without_scripts(text: str) -> str:
    """A page without its scripts and style sheets, but for their end tags. One that has no end stays."""
    kept, at, opened = [], 0, None
    for tag in _SCRIPT_TAG.finditer(text):
        if opened is None and not tag["end"]:
            opened = tag
        elif opened and tag["end"] and tag["name"].lower() == opened["name"].lower():
            kept.append(text[at : opened.start()])
            at, opened = tag.start(), None
    return "".join(kept) + text[at:]


_SCRIPT_TAG = re.compile(r"<(?P<end>/?)(?P<name>script|style)\b", re.I)


_TAG = re.compile(r"<[^<>]*>")


def title_of(tree: Element) -> str | None:
    """The page's ``<title>``, white space collapsed."""
    title = tree.find("head/title")
    if title is None:
        title = tree.find(".//title")  # passes through the whole page
    return (title is not None and " ".join("".join(title.itertext()).split())) or None


def has_password_field(tree: Element) -> bool:
    """True if the page asks for a password."""
    return any(str(field.get("type")).lower() == "password" for field in tree.iter("input"))


def silence(tree: Element) -> None:
    """Take the elements that never hold a policy's words out of the tree, in place.

    A ``<template>`` holds what a script may show. One that is the shadow tree of its element is shown in any case.
    A ``<div role="row">`` is a row of a table to those who hear the page, and becomes one.
    """
    for template in tree.iter("template"):
        if "shadowrootmode" in template.attrib or "shadowroot" in template.attrib:  # the second: Chrome until 2023
            template.tag = "div"
    for element in _WITH_ROLE(tree):
        if element.tag in _OF_NO_TABLE and (tag := _TABLE_ROLES.get(element.get("role", ""))):
            element.tag = tag
    etree.strip_elements(tree, *_NO_TEXT, with_tail=False)


_WITH_ROLE = etree.XPath("//*[@role]")
_OF_NO_TABLE = frozenset(("div", "span", "section", "ul", "li"))
_TABLE_ROLES = {
    "table": "table", "grid": "table", "row": "tr", "cell": "td", "gridcell": "td", "columnheader": "th",
    "rowheader": "th",
}  # fmt: skip


def text_length(element: Element) -> int:
    """Characters of all text within an element."""
    return len(etree.tostring(element, method="text", encoding="unicode", with_tail=False))


def link_share(element: Element) -> float:
    """The share of an element's characters that lead to other pages."""
    linked = sum(text_length(a) for a in element.iter("a") if not (a.get("href") or "#").startswith("#"))
    return linked / max(1, text_length(element))


#: Text nodes this long are no entries of menus.
_LONG_TEXTS = etree.XPath(".//text()[string-length() > 60][not(ancestor::a)]", smart_strings=False)


def long_texts(element: Element) -> int:
    """Characters of an element's long pieces of text outside links: much of a text, little of a menu of any size."""
    return sum(map(len, _LONG_TEXTS(element)))
