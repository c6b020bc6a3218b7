"""Values of a page's data, as JSON has them, as an HTML page: the long running texts in their order.

Content systems keep a text as HTML, as Markdown, as plain paragraphs, or as a tree of nodes. The trees of Contentful,
Sanity, Prismic, Strapi, Slate, ProseMirror, Lexical, Draft.js, Editor.js, unified and React differ in the names of
their nodes only. All else in the data (menus, settings, labels, addresses) is left out: it is not prose, and what
stands beside no prose is no part of a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from typing import Any, NamedTuple

from markdown_it import MarkdownIt

from pipelines.page.blocks import BLANK_LINE, PARAGRAPH, Block
from pipelines.page.boilerplate import prose
from pipelines.page.tree import strip_tags

#: Values that are looked at, levels that they are nested, and characters that are written.
_MOST_VALUES = 200_000
_DEEPEST = 200
_MOST_CHARACTERS = 2_000_000
#: A longer text is taken as plain paragraphs: a parser of Markdown is slow.
_LONGEST_MARKDOWN = 300_000
#: A longer string is a text, whatever its name is.
_LONGEST_TITLE = 200
#: Characters by which a paragraph is judged.
_JUDGED = 5000
#: One sign of code in fewer characters makes a string code.
_CODE_SHARE = 100
#: An object with an address and less prose than this is a link to another page.
_TEASER = 300
_ADDRESSES = ("href", "url", "link", "path", "slug", "permalink", "uri")
#: An object of more strings is a table of an interface's messages.
_MOST_STRINGS = 40
#: A paragraph of fewer characters is no prose; an ideograph is one for three.
_LEAST_PROSE = 40
#: A text this long stands twice in the data for another reason than that its author said it twice.
_LONG = 100

_ELEMENT = re.compile(r"<(?:p|div|h[1-6]|ul|ol|li|br|section|article|table|span|strong|b|em|a)\b[^<>]*>", re.I)
_ESCAPED_ELEMENT = re.compile(r"&lt;(?:p|div|h[1-6]|ul|ol|br|section|table)\b", re.I)
_MARKDOWN = re.compile(r"^ {0,3}(?:#{1,6} |[-*+] |\d{1,3}[.)] )|\*\*\S|\]\(", re.M)
_CODE = re.compile(r"[{}]")
#: A word, with the signs of a sentence. Class names and the paths of drawings have few.
_WORD = re.compile(r"(?<!\S)[\"'(\[]*[A-Za-z]+(?:['-][a-z]+)?[\"').,;:!?\]]*(?!\S)")
_NOT_WORD = re.compile(r"\W+")
_NOT_LETTER = re.compile(r"[^a-z0-9]")
_TAG = re.compile(r"<[^<>]*>")
#: Where a word begins in ``listItem`` and ``list_item``.
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s_]+")

#: The HTML element of a node, by the names that content systems give it.
_TAGS = {
    "paragraph": "p", "unstyled": "p", "block": "p", "preformatted": "pre", "quote": "blockquote", "doc": "div",
    "document": "div", "root": "div", "rich-text": "div", "heading": "h2", "header": "h2",
    **{f"{name}{n}": f"h{n}" for n in range(1, 7) for name in ("heading-", "heading")},
    **{f"header-{name}": f"h{n}" for n, name in enumerate(("one", "two", "three", "four", "five", "six"), 1)},
    **dict.fromkeys(("unordered-list", "bullet-list", "bulleted-list", "list", "group-list-item"), "ul"),
    **dict.fromkeys(("ordered-list", "numbered-list", "group-o-list-item"), "ol"),
    **dict.fromkeys(("list-item", "listitem", "o-list-item", "unordered-list-item", "ordered-list-item"), "li"),
    **dict.fromkeys(("hyperlink", "link", "entry-hyperlink", "asset-hyperlink"), "a"),
    **dict.fromkeys(("text", "leaf", "list-item-child", "list-item-text"), "span"),
    **dict.fromkeys(("hard-break", "linebreak", "line-break"), "br"),
    "table-row": "tr", "tablerow": "tr", "table-cell": "td", "tablecell": "td", "table-header-cell": "th",
    "table-header": "th", "emphasis": "em", "bold": "strong", "italic": "em",
}  # fmt: skip
_HTML = frozenset((
    "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "ul", "ol", "li", "dl", "dt", "dd",
    "h1", "h2", "h3", "h4", "h5", "h6", "a", "span", "b", "strong", "i", "em", "u", "small", "sup", "sub", "br",
    "table", "thead", "tbody", "tr", "td", "th", "blockquote", "pre", "details", "summary", "body", "html",
))  # fmt: skip
#: Where a node has what is inside it, and what kind it is.
_CHILDREN = ("children", "content", "nodes", "items")
_TYPES = ("nodeType", "_type", "type", "tagName", "tag", "object")
#: Names of strings that stand over a text.
_TITLES = frozenset(("title", "heading", "header", "headline", "subtitle", "subheading", "question", "name", "label"))
#: Names of what is about a page or for all pages, in letters alone.
_ABOUT = frozenset((
    "seo", "meta", "metadata", "metatags", "head", "opengraph", "twitter", "excerpt", "summary", "teaser", "i18n",
    "translations", "messages", "locales", "nexti18next", "dictionary", "styles", "css", "breadcrumb", "breadcrumbs",
    "review", "reviews", "comment", "comments", "notfound", "forbidden", "unauthorized", "classname", "class", "style",
    "viewbox", "path", "d",
))  # fmt: skip


class _Piece(NamedTuple):
    """A value as HTML."""

    html: str = ""
    prose: int = 0
    """Characters of running text in it."""
    is_node: bool = False
    """True for a node of a text's tree, which is kept beside prose whatever it holds."""


_NOTHING = _Piece()


def page_of(values: Iterable[Any], rows: Mapping[str, Any] | None = None, without: Iterable[str] = ()) -> str:
    """The running texts in ``values`` as an HTML page; empty if there are none.

    ``rows`` are the values that strings such as ``$1a`` stand for, each written where it is first named. What has one
    of the names ``without`` is left out.
    """
    writer = _Writer(rows or {}, _ABOUT.union(without))
    pieces = [writer.piece(value) for value in values]
    # Also rows that nothing names; but a text alone belongs where it is named, perhaps in what was left out.
    pieces += [writer.piece(f"${name}") for name, row in (rows or {}).items() if not isinstance(row, str)]
    return "".join(piece.html for piece in pieces if piece.prose)


class _Writer:
    """Writes values as HTML, each within the bounds that are left."""

    def __init__(self, rows: Mapping[str, Any], without: frozenset[str]) -> None:
        self._rows = dict(rows)
        self._without = without
        self._values = _MOST_VALUES
        self._characters = _MOST_CHARACTERS
        self._seen: set[str] = set()

    def piece(self, value: Any, depth: int = 0, *, in_text: bool = False) -> _Piece:
        """A value as HTML. ``in_text``: a string in it is a part of a text, however short."""
        self._values -= 1
        if self._values < 0 or self._characters < 0 or depth > _DEEPEST:
            return _NOTHING
        if isinstance(value, str):
            return self._string(value, depth, in_text=in_text)
        if isinstance(value, list):
            if len(value) == 4 and value[0] == "$" and isinstance(value[1], str) and isinstance(value[3], dict):
                return self._react(value[1], value[3], depth, in_text=in_text)
            return self._joined([self.piece(part, depth + 1, in_text=in_text) for part in value])
        if isinstance(value, dict):
            return self._node(value, depth, in_text=in_text) or self._object(value, depth)
        return _NOTHING

    def _joined(self, pieces: list[_Piece]) -> _Piece:
        """Pieces that stand side by side: prose, and nodes of texts, which may hold an item's two words."""
        kept = [piece for piece in pieces if piece.prose or piece.is_node]
        html = "".join(piece.html for piece in kept)
        return _Piece(html, sum(piece.prose for piece in kept), any(piece.is_node for piece in kept))

    def _object(self, value: dict[str, Any], depth: int) -> _Piece:
        """An object of no known kind: its texts in their order, what stands over them first."""
        if sum(isinstance(part, str) for part in value.values()) > _MOST_STRINGS:
            return _NOTHING
        titles, pieces = "", []
        for name, part in value.items():
            letters = _NOT_LETTER.sub("", str(name).lower())
            if letters in self._without:
                continue
            if isinstance(part, str) and letters in _TITLES and len(part) <= _LONGEST_TITLE:
                titles += f"<h3>{escape(_TAG.sub('', part))}</h3>" * (not part.startswith(("$", "/", "http")))
                continue
            piece = self.piece(part, depth + 1)
            if piece.prose or piece.is_node:
                called = escape(_WORD_STARTS.sub("-", str(name)))
                pieces.append(piece._replace(html=f'<div class="{called}">{piece.html}</div>'))
        joined = self._joined(pieces)
        if joined.prose < _TEASER and any(_leads_elsewhere(value.get(name)) for name in _ADDRESSES):
            return _NOTHING
        return joined._replace(html=titles + joined.html) if joined.prose else joined

    def _react(self, tag: str, props: dict[str, Any], depth: int, *, in_text: bool) -> _Piece:
        """An element of React's stream: ``["$", "p", key, props]``; a component's tag is the name of a row."""
        raw = props.get("dangerouslySetInnerHTML")
        inner = raw.get("__html") if isinstance(raw, dict) else props.get("children")
        attributes = {"class": props.get("className"), **{name: props.get(name) for name in ("id", "role", "href")}}
        if tag in _HTML:
            return self._element(tag, [inner], attributes, depth)
        if not tag.startswith("$"):
            return _NOTHING
        if in_text and inner is not None:
            return self._element("a" if "href" in props else "span", [inner], attributes, depth)
        return self._object(props, depth)

    def _node(self, node: dict[str, Any], depth: int, *, in_text: bool) -> _Piece | None:
        """A node of a text's tree; ``None`` for any other object."""
        settings = _settings_of(node)
        tag = _tag_of(node, settings)
        inner = _inner_of(node, settings)
        if tag is None and not (in_text and isinstance(inner, str)):  # the leaves of Slate have no type
            return None
        if inner is None:
            return _Piece("<br>", is_node=True) if tag == "br" else None
        if tag == "ul" and "ordered" in (settings.get("style"), node.get("format")):
            tag = "ol"
        if tag in ("ul", "ol") and isinstance(inner, list):
            inner = [{"type": "li", "text": part} if isinstance(part, str) else part for part in inner]
        if tag in ("span", None):
            tag, settings = _mark_of(node, settings)
        target = next((settings[name] for name in ("href", "url", "uri") if name in settings), None)
        return self._element(tag, [inner], {"href": target}, depth)

    def _element(self, tag: str, inner: list[Any], attributes: Mapping[str, Any], depth: int) -> _Piece:
        """An element of HTML around ``inner``."""
        if tag == "br":
            return _Piece("<br>", is_node=True)
        within = self._joined([self.piece(part, depth + 1, in_text=True) for part in inner])
        written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items() if isinstance(value, str))
        running = within.prose or _running(_TAG.sub("", within.html[:_JUDGED]))
        return _Piece(f"<{tag}{written}>{within.html}</{tag}>", running, is_node=True)

    def _string(self, text: str, depth: int, *, in_text: bool) -> _Piece:
        """A string, by what it holds: another value's name, JSON, HTML, Markdown, or plain paragraphs."""
        if self._rows and text.startswith("$"):
            name = text.lstrip("$L@")
            if name in self._rows:
                return self.piece(self._rows.pop(name), depth + 1, in_text=in_text)
            if not text.startswith("$$"):  # the name of something else, such as "$undefined"
                return _NOTHING
            text = text[1:]
        if len(text) >= _LONG:
            if (value := json_value(text)) is not None:
                return self.piece(value, depth + 1)
            if _ESCAPED_ELEMENT.search(text) and not _ELEMENT.search(text):
                text = unescape(text)
            if self._was_seen(text):
                return _NOTHING
        self._characters -= len(text)
        if not in_text and len(text) < (_LEAST_PROSE if text.isascii() else _LEAST_PROSE // 3):
            return _NOTHING
        if _ELEMENT.search(text):
            html = text
        elif in_text:
            return _Piece(escape(text), is_node=True)
        elif _MARKDOWN.search(text) and len(text) <= _LONGEST_MARKDOWN:
            html = str(MarkdownIt("commonmark").enable("table").render(text))
        else:
            paragraphs = (escape(part.strip()).replace("\n", "<br>") for part in BLANK_LINE.split(text))
            html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        shown = strip_tags(html)
        if _CODE_SHARE * len(_CODE.findall(shown)) > len(shown):
            return _NOTHING
        running = sum(map(_running, shown.split("\n\n")))
        return _Piece(f"<div>{html}</div>", running, is_node=in_text) if running or in_text else _NOTHING

    def _was_seen(self, text: str) -> bool:
        """True if the same words came before: systems keep a text as it was written and as it is shown."""
        words = _NOT_WORD.sub("", strip_tags(text))
        seen = words in self._seen
        self._seen.add(words)
        return seen


def json_value(text: str) -> Any:
    """The object or array that a text is as JSON; ``None`` for any other text, and for one nested too deep."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _running(text: str) -> int:
    """Characters of running text in a paragraph; 0 for labels, addresses, code."""
    text = " ".join(text.split())
    if len(_CODE.findall(text)) > 2 or (text.isascii() and 2 * len(_WORD.findall(text)) < text.count(" ") + 1):
        return 0
    return prose(Block(PARAGRAPH, text))


def _leads_elsewhere(value: Any) -> bool:
    """True for the address of a page."""
    return isinstance(value, str) and value.startswith(("/", "http:", "https:"))


def _settings_of(node: dict[str, Any]) -> dict[str, Any]:
    """What a node says of itself, in itself or in an object within."""
    further = [node[name] for name in ("data", "attrs", "attributes", "properties") if isinstance(node.get(name), dict)]
    return {name: value for part in (*further, node) for name, value in part.items()}


def _inner_of(node: dict[str, Any], settings: dict[str, Any]) -> list[Any] | str | None:
    """What is inside a node: its nodes, or its words."""
    lists = (value for name in _CHILDREN if isinstance(value := settings.get(name), list))
    words = (value for name in ("text", "value") if isinstance(value := settings.get(name), str))
    return next(lists, None) or next(words, None)


def _tag_of(node: dict[str, Any], settings: dict[str, Any]) -> str | None:
    """The HTML element that a node is; ``None`` if it is no node of a text."""
    names = (_WORD_STARTS.sub("-", value).lower() for key in _TYPES if isinstance(value := node.get(key), str))
    tag = next((tag for name in names if (tag := _TAGS.get(name) or (name if name in _HTML else None))), None)
    if tag == "h2":
        level = next((settings[name] for name in ("level", "depth", "tag") if name in settings), 2)
        level = str(level).removeprefix("h")
        return f"h{level}" if level in ("1", "2", "3", "4", "5", "6") else tag
    if tag == "p" and settings.get("listItem"):
        return "li"
    style = settings.get("style")
    return style if tag == "p" and isinstance(style, str) and style in _HTML else tag


def _mark_of(node: dict[str, Any], settings: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The HTML element of a leaf by its marks, and the settings of the mark, if it is a link, or else of the leaf."""
    marks = node.get("marks")
    found = {}
    for mark in marks if isinstance(marks, list) else ():
        if isinstance(mark, dict):
            found[str(mark.get("type"))] = _settings_of(mark)
        elif isinstance(mark, str):
            found[mark] = settings
    if "link" in found:
        return "a", found["link"]
    if node.get("bold") is True or not found.keys().isdisjoint(("bold", "strong")):
        return "strong", settings
    if node.get("italic") is True or not found.keys().isdisjoint(("italic", "em")):
        return "em", settings
    return "span", settings
