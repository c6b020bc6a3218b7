"""Parts of a page that are boilerplate by their tag, role or name: navigation, banners, footers, consent dialogs."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain, islice
from typing import Literal

from lxml import etree

from pipelines.page.dialogs import Part, parts_of
from pipelines.page.tree import Element, link_share, long_texts, text_length

#: ARIA roles of boilerplate.
_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "menu", "menubar", "alertdialog", "toolbar"))

#: Words in class names and ids of boilerplate.
_BOILERPLATE_WORDS = frozenset((
    "nav", "navbar", "navi", "navigation", "menu", "menus", "breadcrumb", "breadcrumbs", "footer", "sidebar",
    "pagination", "pager", "toolbar", "topbar", "masthead", "skip", "skiplink", "searchbox", "backtop", "totop",
    "backtotop", "scrolltotop",
))  # fmt: skip
#: Words that parts of a text are called by, too (``accordion-header``): boilerplate if most of it is links.
_LINKING_WORDS = frozenset((
    "header", "foot", "top", "social", "socials", "language", "languages", "lang", "locale", "search", "login",
    "signin", "related", "widget", "ad", "ads", "advert", "advertisement", "promo", "copyright", "comments",
))  # fmt: skip
#: Words that sections of a policy are called by as often: boilerplate if it asks the reader for something.
_ASKING_WORDS = frozenset(("newsletter", "subscribe", "share", "sharing", "gdpr", "consent"))
#: ``no-sidebar`` and ``content-with-sidebar`` are not the sidebar.
_BESIDE = re.compile(r"(?<![a-z0-9])(?:no|with|without|has)[_-][a-z0-9]+")
#: The same with a place before it: ``mainnav``, ``sidemenu``.
_PLACED = re.compile(
    r"(?:main|top|site|sub|side|left|right|global|primary|secondary|header|footer|mobile|bottom|user)"
    r"(?:nav|navbar|navi|navigation|menus?)"
)
#: What consent banners are about, and the words that make it a banner's name (``cookie-bar``).
_BANNER_SUBJECTS = frozenset(("cookie", "cookies", "gdpr", "consent"))
_BANNER_WORDS = frozenset((
    "banner", "bar", "notice", "consent", "popup", "modal", "law", "alert", "message", "msg", "overlay", "dialog",
    "layer", "prompt", "widget", "warning", "compliance", "disclaimer", "wall", "hint",
))  # fmt: skip
#: A chooser of languages: a word of each.
_LANGUAGE_WORDS = frozenset(("language", "languages", "lang", "locale", "locales"))
_CHOOSER_WORDS = frozenset((
    "switcher", "switch", "selector", "select", "selection", "chooser", "picker", "dropdown", "toggle", "toggler",
))  # fmt: skip
#: Where a word ends before or after ``footer`` in ``siteFooter`` and ``FooterWP``.
_BESIDE_FOOTER = re.compile(r"(?<=[a-z])(?=Footer)|(?<=[fF]ooter)(?=[A-Z])")
_PARTING = str.maketrans("_-", "  ")
#: Elements of running text, whose class names speak of something else.
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TEXT_ELEMENTS = frozenset((
    "body", "html", "main", "article", "section", "li", "p", "a", "span", "b", "strong", "td", "tr", "tbody",
    *_HEADINGS,
))  # fmt: skip

#: The label of a control has fewer characters.
_LABEL = 60
#: A part that holds this share of the page's characters is no boilerplate.
_LARGE_SHARE = 0.3
#: Characters of running text, and their share, that a page must keep without its dialogs.
_LEAST_LEFT, _LEAST_SHARE_LEFT = 200, 0.05

_Called = Literal["consent", "boilerplate", "asking", "linking"]


def without_foreign_parts(tree: Element) -> dict[Element, Part]:
    """Take consent dialogs and readers' comments out of the tree, unless hardly anything would be left.

    Gives what the elements that are left are by their signs.
    """
    parts = parts_of(tree)
    foreign = [
        element
        for element, part in parts.items()
        if part is Part.FOREIGN and not any(parts.get(e) is Part.FOREIGN for e in element.iterancestors())
    ]
    if not foreign:
        return parts
    whole = long_texts(tree)
    left = whole - sum(map(long_texts, foreign))
    if left < _LEAST_LEFT or left < _LEAST_SHARE_LEFT * whole:
        return parts
    remove(foreign, tree)
    return parts_of(tree)


def boilerplate_parts(tree: Element, known: dict[Element, Part]) -> tuple[list[Element], int]:
    """The parts of the tree that are boilerplate, none inside another, and how many characters they hold.

    A part that holds a large share of the page's words is none, whatever it is called, unless it is a menu.
    ``known`` is what ``without_foreign_parts`` gives.
    """
    largest = _LARGE_SHARE * text_length(tree)
    parts: list[Element] = []
    characters = 0
    walk = etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        part = known.get(element)
        if part is Part.DOCUMENT:
            walk.skip_subtree()
            continue
        if part is not Part.BESIDE and not _is_boilerplate(element):
            continue
        size = text_length(element)
        if size < largest or long_texts(element) < _LARGE_SHARE * long_texts(tree):
            parts.append(element)
            characters += size
            walk.skip_subtree()
    return parts, characters


def remove(parts: list[Element], tree: Element) -> None:
    """Take parts out of the tree, in place; the text after each part stays."""
    for part in parts:
        part.tag = _DOOMED
    etree.strip_elements(tree, _DOOMED, with_tail=False)


_DOOMED = "doomed"


def _is_boilerplate(element: Element) -> bool:
    """Judge an element by its tag and role, or else by its name."""
    tag = element.tag
    if tag not in _TELLING_TAGS and not element.attrib:
        return False
    by_tag = _is_boilerplate_by_tag(element, tag)
    if by_tag is not None:
        return by_tag
    if tag in _TEXT_ELEMENTS:
        return False
    name = f"{element.get('class', '')} {element.get('id', '')}"
    return len(name) > 1 and _is_boilerplate_by_name(element, _called(name))


_TELLING_TAGS = frozenset(("nav", "button", "aside", "footer", "header"))


def _is_boilerplate_by_tag(element: Element, tag: str) -> bool | None:
    """Judge an element by its tag and role; ``None`` if they say nothing."""
    role = element.get("role")
    if tag == "nav" or role in _ROLES:
        return not is_table_of_contents(element)
    if tag == "button":
        return not _opens_a_panel(element)
    if element.get("aria-haspopup") in ("true", "menu", "listbox"):
        return text_length(element) < _LABEL
    if tag == "aside" or role == "complementary":
        is_note = _within_part(element) and long_texts(element) and not _asks(element)
        return (text_length(element) < 200 and not is_note) or link_share(element) > 0.3
    if tag == "footer":
        return not _within_part(element) or link_share(element) > 0.5
    if tag == "header" and all(element.find(f".//h{n}") is None for n in (1, 2, 3)):
        return not _within_part(element)
    return None


def _is_boilerplate_by_name(element: Element, called: _Called | None) -> bool:
    """Judge an element by what its class names and id call it."""
    if called is None:
        return False
    if link_share(element) > 0.5:
        return True
    if called == "asking":
        return _asks(element)
    if called == "linking" or (called == "boilerplate" and text_length(element) >= 200 and long_texts(element)):
        return False
    return not _is_section(element)


@lru_cache(4096)  # the pages of a site have the same names, and many sites
def _called(name: str) -> _Called | None:
    """What an element's class names and id call it; ``None`` if they call it nothing known.

    ``consent`` is a banner. ``boilerplate``, ``asking`` and ``linking`` are the three lists of words above.

    >>> _called("siteFooter"), _called("content-with-sidebar"), _called("cookie-banner")
    ('boilerplate', None, 'consent')
    """
    if "ooter" in name:
        name = _BESIDE_FOOTER.sub("-", name)
    parts = frozenset(_BESIDE.sub(" ", name.lower()).translate(_PARTING).split())
    if parts & _BANNER_SUBJECTS and parts & _BANNER_WORDS and len(parts & (_BANNER_SUBJECTS | _BANNER_WORDS)) > 1:
        return "consent"
    if parts & _LANGUAGE_WORDS and parts & _CHOOSER_WORDS:
        return "boilerplate"
    if parts & _BOILERPLATE_WORDS or any(map(_PLACED.fullmatch, parts)):
        return "boilerplate"
    if parts & _ASKING_WORDS:
        return "asking"
    return "linking" if parts & _LINKING_WORDS else None


def _is_section(element: Element) -> bool:
    """True for one of several parts of a text under headings of one level, if it asks the reader for nothing."""
    parent = element.getparent()
    tag = next((h for h in ("h2", "h3", "h4") if element.find(h) is not None), None)
    if tag is None or parent is None or _asks(element):
        return False
    return len([*islice(chain(parent.iterfind(tag), parent.iterfind(f"*/{tag}")), 4)]) == 4


def _asks(element: Element) -> bool:
    """True if it has a button, a form, or a link that serves as a button."""
    if element.find(".//button") is not None or element.find(".//form") is not None:
        return True
    return any((a.get("href") or "").startswith("javascript:") or a.get("href") == "#" for a in element.iter("a"))


#: Class names of buttons that open a panel.
_PANEL = re.compile(r"accord|collaps|toggle|expand|panel|question|faq|\btab(?!le)", re.I)


def _opens_a_panel(button: Element) -> bool:
    """True if a button is the heading of an accordion's panel, not an action."""
    if button.get("role") == "tab" or button.get("aria-expanded") or button.get("aria-controls"):
        return True
    parent = button.getparent()
    within = parent is not None and parent.tag in (*_HEADINGS, "dt", "summary", "li")
    return within or bool(_PANEL.search(button.get("class", "")))


def _within_part(element: Element) -> bool:
    """True for the header or footer of a part of the page; false for the page's own."""
    return any(a.tag in ("article", "main", "section") for a in element.iterancestors())


def is_table_of_contents(element: Element) -> bool:
    """True if most of an element's links lead to places in the page itself."""
    links = [a.get("href") or "" for a in element.iter("a")]
    return len(links) >= 3 and sum(h.startswith("#") and len(h) > 1 for h in links) > 0.6 * len(links)
