"""A page's tree: parsed within bounds, rid of what is not its text."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")

#: Elements that never hold a policy's words.
_NO_TEXT = (
    "script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "embed", "applet",
    "audio", "video", "picture", "img", "map", "area", "select", "datalist", "option", "input", "progress",
    "meter", "head", "title", "meta", "link", "noframes",
)  # fmt: skip


def parse(text: str) -> HtmlElement | None:
    """The tree of a page; ``None`` where there is no element at all."""
    text = _XML_DECLARATION.sub("", text, count=1)
    parser = HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8", recover=True)
    try:
        return document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def title_of(tree: HtmlElement) -> str | None:
    """The page's ``<title>``, white space collapsed."""
    title = tree.find(".//title")
    return (title is not None and " ".join("".join(title.itertext()).split())) or None


_ROLES = frozenset("navigation banner contentinfo search menu menubar alertdialog complementary toolbar".split())
_ALWAYS = frozenset(("nav",))
_CONSENT = re.compile(
    r"cookie-?_?(?:banner|bar|notice|consent|popup|pop-up|modal|law|alert|message|overlay|dialog|layer|prompt|info|widget|warning|settings|compliance|disclaimer)"
    r"|(?:^|[\s_-])(?:cc-window|cookiebot|cookieconsent|onetrust|optanon|didomi|usercentrics|truste|evidon|qc-cmp|cmplz|"
    r"gdpr|consent|iubenda-cs|osano|termly|klaro|eupopup|cli-bar|cky|moove)", re.I
)
_NAVIGATION = re.compile(
    r"(?:^|[\s_-])(?:(?:main|top|site|sub|side|left|right|global|primary|secondary|footer?|header|mobile|bottom|user)[_-]?)?"
    r"(?:nav|navbar|navi|navigation|menu|menus|breadcrumbs?|footer|foot|sidebar|pagination|pager|toolbar|topbar|masthead|"
    r"share|sharing|social|socials|languages?|lang|locale|skip|skiplink|newsletter|subscribe|search|searchbox|login|signin|related|widget|ads?|advert|advertisement|promo|header|copyright|back-?to-?top|scroll-?to-?top|totop|comments)(?:[\s_-]|$)",
    re.I,
)


def prune(tree: HtmlElement) -> None:
    """Take navigation, banners, footers and elements without words out of the tree, in place.

    A part that holds a large share of the page's words is never one of those, whatever it is called.
    """
    etree.strip_elements(tree, *_NO_TEXT, with_tail=False)
    body = tree.find("body")
    root = body if body is not None else tree
    total = _length(root)
    doomed: list[HtmlElement] = []
    inside: HtmlElement | None = None
    for element in root.iterdescendants():
        limit = _limit(element)
        if not limit:
            continue
        if limit * total > _length(element):
            doomed.append(element)
    for element in doomed:
        if element.getparent() is not None:
            element.drop_tree()


def _limit(element: HtmlElement) -> float:
    """The share of the page's characters below which this element is taken for boilerplate; 0: keep."""
    tag = element.tag
    role = element.get("role")
    if tag == "nav" or role in _ROLES:
        return 0.3
    if tag in ("footer", "aside"):
        return 0.3
    if tag == "header" and not any(a.tag in ("article", "main") for a in element.iterancestors()):
        return 0.2 if element.find(".//h1") is None else 0
    name = f"{element.get('class', '')} {element.get('id', '')}"
    if len(name) > 1:
        if _CONSENT.search(name):
            return 0.3
        if _NAVIGATION.search(name) and tag not in ("body", "html", "main", "article", "li", "p", "h1", "h2", "h3", "a", "span"):
            short = _length(element) < 200
            return 0.3 if short or link_share(element) > 0.5 else 0
    return 0


def _length(element: HtmlElement) -> int:
    return sum(len(t.strip()) for t in element.itertext())


def link_share(element: HtmlElement) -> float:
    """The share of an element's characters that lead to other pages."""
    linked = sum(_length(a) for a in element.iter("a") if not (a.get("href") or "#").startswith("#"))
    return linked / max(1, _length(element))
