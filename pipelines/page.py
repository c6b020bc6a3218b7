"""A page's tree: parsed within bounds, rid of what is not its text."""

from __future__ import annotations

import re

from lxml import etree

Element = etree._Element

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")

#: Elements that never hold a policy's words.
_NO_TEXT = (
    "script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "embed", "applet",
    "audio", "video", "picture", "img", "map", "area", "select", "datalist", "option", "input", "progress",
    "meter", "head", "title", "meta", "link", "noframes",
)  # fmt: skip


def parse(text: str) -> Element | None:
    """The tree of a page; ``None`` where there is no element at all."""
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8", recover=True)
    data = _XML_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:  # no element in it
        return None


def title_of(tree: Element) -> str | None:
    """The page's ``<title>``, white space collapsed."""
    title = tree.find(".//title")
    return (title is not None and " ".join("".join(title.itertext()).split())) or None


_ROLES = frozenset("navigation banner contentinfo search menu menubar alertdialog complementary toolbar".split())

#: Class names and ids of cookie banners: the words themselves, and the vendors' of consent managers.
_CONSENT = re.compile(
    r"cookie[-_]?(?:banner|bar|notice|consent|pop-?up|modal|law|alert|message|msg|overlay|dialog|layer|prompt"
    r"|info|widget|warning|settings|compliance|disclaimer|wall|hint)"
    r"|cookiebot|cookieconsent|onetrust|optanon|didomi|usercentrics|evidon|iubenda-cs|borlabs"
    r"|(?:^|[\s_-])(?:cc-window|cybot|truste|qc-cmp\w*|cmplz|gdpr|consent|osano|termly|klaro|eupopup|cli|moove)(?:$|[\s_-])",
    re.I,
)
#: Class names and ids of the frame around a page's text.
_FRAME = re.compile(
    r"(?:^|[\s_-])(?:(?:main|top|site|sub|side|left|right|global|primary|secondary|header|mobile|bottom|user)[_-]?)?"
    r"(?:nav|navbar|navi|navigation|menus?|breadcrumbs?|footer|foot|sidebar|pagination|pager|toolbar|topbar|masthead"
    r"|share|sharing|social|socials|languages?|lang|locale|skip|skiplink|newsletter|subscribe|search|searchbox"
    r"|login|signin|related|widget|ads?|advert|advertisement|promo|header|copyright|(?:back-?to-?|scroll-?to-?|to)top"
    r"|comments)(?:[\s_-]|$)",
    re.I,
)
_TEXT_ELEMENTS = frozenset("body html main article section li p h1 h2 h3 h4 h5 h6 a span b strong td tr tbody".split())

#: What is called a frame is one while it holds less than this share of the page's characters.
_FRAME_SHARE = 0.3


def prune(tree: Element) -> None:
    """Take navigation, banners, footers and elements without words out of the tree, in place.

    A part that holds a large share of the page's words is never one of those, whatever it is called.
    """
    etree.strip_elements(tree, *_NO_TEXT, with_tail=False)
    largest = _FRAME_SHARE * text_length(tree)
    known: dict[str, bool | None] = {}
    walk = etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        if _is_frame(element, known) and text_length(element) < largest:
            element.tag = _DOOMED
            walk.skip_subtree()
    etree.strip_elements(tree, _DOOMED, with_tail=False)


_DOOMED = "doomed"


def _is_frame(element: Element, known: dict[str, bool | None]) -> bool:
    tag = element.tag
    role = element.get("role")
    if tag == "nav" or role in _ROLES:
        return not _is_table_of_contents(element)
    if tag in ("footer", "aside"):
        return not _within_article(element) or link_share(element) > 0.5
    if tag == "header" and element.find(".//h1") is None:
        return not _within_article(element)
    name = f"{element.get('class', '')} {element.get('id', '')}"
    if len(name) == 1 or tag in _TEXT_ELEMENTS:
        return False
    if name not in known:
        known[name] = True if _CONSENT.search(name) else False if _FRAME.search(name) else None
    consent = known[name]
    if consent is None:
        return False
    return consent or text_length(element) < 200 or link_share(element) > 0.5


def _within_article(element: Element) -> bool:
    return any(a.tag in ("article", "main") for a in element.iterancestors())


def text_length(element: Element) -> int:
    """Characters of all text within an element."""
    return len(etree.tostring(element, method="text", encoding="unicode", with_tail=False))


def link_share(element: Element) -> float:
    """The share of an element's characters that lead to other pages."""
    linked = sum(text_length(a) for a in element.iter("a") if not (a.get("href") or "#").startswith("#"))
    return linked / max(1, text_length(element))


def _is_table_of_contents(element: Element) -> bool:
    """Whether an element lists places in the page itself."""
    links = [a.get("href") or "" for a in element.iter("a")]
    return len(links) >= 3 and sum(h.startswith("#") and len(h) > 1 for h in links) > 0.6 * len(links)
