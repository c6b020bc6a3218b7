"""A page's tree: parsed within bounds, rid of what is not its text."""

from __future__ import annotations

import re
from html import unescape
from itertools import chain, islice
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")

#: Elements that never hold a policy's words.
_NO_TEXT = (
    "script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "embed", "applet",
    "audio", "video", "picture", "img", "map", "area", "select", "datalist", "option", "input", "progress",
    "meter", "head", "title", "meta", "link", "noframes",
)  # fmt: skip


def parse(text: str) -> tuple[Element | None, bool]:
    """The tree of a page, ``None`` where there is no element at all, and whether all of the page is in it.

    libxml2 nests 2,048 deep and leaves out what is below.
    """
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8", recover=True, huge_tree=True)
    data = _XML_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    try:
        tree = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:  # no element in it
        tree = None
    errors = parser.error_log
    return tree, not (len(errors) and errors[-1].type == etree.ErrorTypes.ERR_RESOURCE_LIMIT)


def strip_tags(text: str) -> str:
    """The characters between a page's tags, for pages that have no tree."""
    for silent in ("script", "style"):
        text = _without(text, f"<{silent}", f"</{silent}")
    return unescape(_TAG.sub("\n\n", text))


def _without(text: str, start: str, end: str) -> str:
    lower, kept, at = text.lower(), [], 0
    while (begin := lower.find(start, at)) >= 0 and (close := lower.find(end, begin)) >= 0:
        kept.append(text[at:begin])
        at = close
    return "".join(kept) + text[at:]


_TAG = re.compile(r"<[^<>]*>")


def title_of(tree: Element) -> str | None:
    """The page's ``<title>``, white space collapsed."""
    title = tree.find(".//title")
    return (title is not None and " ".join("".join(title.itertext()).split())) or None


def has_password_field(tree: Element) -> bool:
    """Whether the page asks for a password."""
    return any(str(field.get("type")).lower() == "password" for field in tree.iter("input"))


_ROLES = frozenset((
    "navigation", "banner", "contentinfo", "search", "menu", "menubar", "alertdialog", "toolbar",
))  # fmt: skip

#: Words in class names and ids of the frame around a page's text.
_FRAME_WORDS = frozenset((
    "nav", "navbar", "navi", "navigation", "menu", "menus", "breadcrumb", "breadcrumbs", "footer",
    "sidebar", "pagination", "pager", "toolbar", "topbar", "masthead", "skip", "skiplink", "searchbox",
    "backtop", "totop", "backtotop", "scrolltotop",
))  # fmt: skip
#: Words that parts of a text are called by, too (``accordion-header``): a frame if they are links.
_LINKING_WORDS = frozenset((
    "header", "foot", "top", "social", "socials", "language", "languages", "lang", "locale", "search",
    "login", "signin", "related", "widget", "ad", "ads", "advert", "advertisement", "promo",
    "copyright", "comments",
))  # fmt: skip
#: Words that sections of a policy are called by as often: a frame if they ask the reader for something.
_ASKING_WORDS = frozenset(("newsletter", "subscribe", "share", "sharing", "gdpr", "consent"))
#: ``no-sidebar`` and ``content-with-sidebar`` are not the sidebar.
_BESIDE = re.compile(r"(?<![a-z0-9])(?:no|with|without|has)[_-][a-z0-9]+")
#: The same with a place before it: ``mainnav``, ``sidemenu``.
_PLACED = re.compile(
    r"(?:main|top|site|sub|side|left|right|global|primary|secondary|header|footer|mobile|bottom|user)"
    r"(?:nav|navbar|navi|navigation|menus?)"
)
#: What banners are about, and the words that make these a banner's name.
_BANNER_SUBJECTS = frozenset(("cookie", "cookies", "gdpr", "consent"))
_BANNER_WORDS = frozenset((
    "banner", "bar", "notice", "consent", "popup", "modal", "law", "alert", "message", "msg", "overlay",
    "dialog", "layer", "prompt", "widget", "warning", "compliance", "disclaimer", "wall", "hint",
))  # fmt: skip
_CONSENT_WORDS = frozenset((
    "cmplz", "cli", "moove", "qc", "truste", "osano", "termly", "klaro", "eupopup",
))  # fmt: skip
#: Consent managers, which name their parts without hyphens (``CybotCookiebotDialogBodyContent``).
_CONSENT_MANAGERS = (
    "cookiebot", "cookieconsent", "cookiebanner", "cookiebar", "cookienotice", "cookielaw", "onetrust",
    "optanon", "didomi", "usercentrics", "evidon", "iubenda-cs", "borlabs",
)  # fmt: skip
_NAME_PARTS = re.compile(r"[\s_-]+")
#: Elements of running text, whose class names speak of something else.
_TEXT_ELEMENTS = frozenset((
    "body", "html", "main", "article", "section", "li", "p", "h1", "h2", "h3", "h4", "h5", "h6", "a",
    "span", "b", "strong", "td", "tr", "tbody",
))  # fmt: skip

#: What is called a frame is one while it holds less than this share of the page's characters.
_FRAME_SHARE = 0.3


def silence(tree: Element) -> None:
    """Take elements that never hold a policy's words out of the tree, in place."""
    etree.strip_elements(tree, *_NO_TEXT, with_tail=False)


def prune(tree: Element) -> None:
    """Take navigation, banners and footers out of the tree, in place.

    A part that holds a large share of the page's words is never one of those, whatever it is called.
    """
    largest = _FRAME_SHARE * text_length(tree)
    known: dict[str, str | None] = {}
    walk = etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        if _is_frame(element, known) and text_length(element) < largest:
            element.tag = _DOOMED
            walk.skip_subtree()
    etree.strip_elements(tree, _DOOMED, with_tail=False)


_DOOMED = "doomed"


def _is_frame(element: Element, known: dict[str, str | None]) -> bool:
    tag = element.tag
    role = element.get("role")
    if tag == "nav" or role in _ROLES:
        return not _is_table_of_contents(element)
    if tag == "button":
        return not _opens_a_panel(element)
    if tag == "aside" or role == "complementary":
        return text_length(element) < 200 or link_share(element) > 0.3
    if tag == "footer":
        return not _within_part(element) or link_share(element) > 0.5
    if tag == "header" and all(element.find(f".//h{n}") is None for n in (1, 2, 3)):
        return not _within_part(element)
    name = f"{element.get('class', '')} {element.get('id', '')}"
    if len(name) == 1 or tag in _TEXT_ELEMENTS:
        return False
    if name not in known:
        known[name] = _called(name)
    called = known[name]
    if called is None or called == "manager":
        return called is not None
    if link_share(element) > 0.5:
        return True
    if called == "asking":
        return _asks(element)
    by_name = called == "consent" or (called == "frame" and text_length(element) < 200)
    return by_name and not _is_section(element)


def _called(name: str) -> str | None:
    """What an element's class names and id call it.

    A consent ``manager``, a ``consent`` banner, a ``frame``, ``asking``, ``linking``, or none of these.
    """
    name = name.lower()
    parts = frozenset(_NAME_PARTS.split(_BESIDE.sub(" ", name)))
    if parts & _CONSENT_WORDS or any(manager in name for manager in _CONSENT_MANAGERS):
        return "manager"
    if parts & _BANNER_SUBJECTS and parts & _BANNER_WORDS and len(parts & (_BANNER_SUBJECTS | _BANNER_WORDS)) > 1:
        return "consent"
    if parts & _FRAME_WORDS or any(_PLACED.fullmatch(part) for part in parts):
        return "frame"
    if parts & _ASKING_WORDS:
        return "asking"
    return "linking" if parts & _LINKING_WORDS else None


def _is_section(element: Element) -> bool:
    """Whether it is one of several parts of a text under headings of one level, and asks for nothing."""
    parent = element.getparent()
    tag = next((h for h in ("h2", "h3", "h4") if element.find(h) is not None), None)
    if tag is None or parent is None or _asks(element):
        return False
    return len([*islice(chain(parent.iterfind(tag), parent.iterfind(f"*/{tag}")), 4)]) == 4


def _asks(element: Element) -> bool:
    """Whether it has a button, a form, or a link that serves as a button."""
    if element.find(".//button") is not None or element.find(".//form") is not None:
        return True
    return any((a.get("href") or "").startswith("javascript:") or a.get("href") == "#" for a in element.iter("a"))


def _opens_a_panel(button: Element) -> bool:
    """Whether a button is the heading of an accordion's panel, not an action."""
    if (
        button.get("role") == "tab"
        or button.get("aria-expanded")
        or button.get("aria-controls")
        or _PANEL.search(button.get("class", ""))
    ):
        return True
    parent = button.getparent()
    return parent is not None and parent.tag in ("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary", "li")


_PANEL = re.compile(r"accord|collaps|toggle|expand|panel|question|faq|\btab(?!le)", re.I)


def _within_part(element: Element) -> bool:
    """Whether it is the header or footer of a part of the page, not the page's own."""
    return any(a.tag in ("article", "main", "section") for a in element.iterancestors())


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
