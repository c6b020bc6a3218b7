"""The links of an HTML page as one flat stream, with the words that describe each and the place it stands in.

This is a scanner, since links need no tree. An archive of 1996-2025 holds pages nested deeper than 2,048 levels, for
which libxml2 gives an empty tree, and pages of mismatched end tags, for which it takes minutes. Each step here is
linear in the page's size, and the size is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Final, Literal

from crawler.discovery.vocabulary import stems
from pipelines.page.character_encoding import decode
from pipelines.page.content_coding import unpack
from pipelines.page.encoding_detection import detect
from pipelines.page.encodings import codec_of
from pipelines.page.redirections import REDIRECTING_TAGS, Redirections

HEAD_BYTES: Final = 3_000_000
TAIL_BYTES: Final = 1_000_000
"""Of a longer page the beginning and the end are read, where its links to a policy stand."""
MAX_ANCHORS: Final = 20_000
MAX_TAGS: Final = 400_000
FEW_WORDS: Final = 10
"""A page that scripts write shows fewer words until then: "Loading, please wait"."""
_MAX_TAG = 4_000  # characters of one tag's attributes
_MAX_INNER = 2_000  # characters of markup between <a> and </a>
_MAX_TEXT = 300
_MAX_GAP = 2_000  # characters between two tags in which words are counted
_MAX_NAMES = 500  # characters of a tag's attributes in which a class or id is looked for

Place = Literal["footer", "body", "article"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link as the page shows it."""

    href: str
    """The address as written, entities decoded."""
    text: str
    """What a reader sees, with the alt texts of images."""
    label: str
    """What only some readers meet: title, aria-label, the file name of an image without alt."""
    onclick: str
    place: Place
    """Which part of the page the link stands in."""
    where: float
    """0 for the page's beginning, 1 for its end."""


@dataclass(slots=True)
class Page:
    """Where a page leads: its links, in page order, and its redirections."""

    anchors: list[Anchor] = field(default_factory=list)
    redirections: Redirections = field(default_factory=Redirections)
    scripts: list[str] = field(default_factory=list)
    """What stands in its scripts; empty strings for those that are loaded."""
    words: int = 0
    """Words that a reader sees, counted up to ``FEW_WORDS``; those for readers without scripts do not count."""
    shows_links: bool = False
    """True if a reader sees links."""

    @property
    def is_script(self) -> bool:
        """True if the page is scripts alone, which write what a reader sees."""
        return bool(self.scripts) and not self.shows_links and self.words < FEW_WORDS


_TAG: Final = re.compile(
    r"<(!(?=--)|(?:script|style|textarea|title|xmp)\b"
    r"|/?(?:a|area|link|option|i?frame|base|meta|footer|article|aside|noscript|div|section|table|tbody|tr|td|ul|ol|p|map)(?=[\s/>]))",
    re.I,
)
#: What has no tags inside, a comment (``!``) too, and the end of each.
_RAW_END: Final = {"!": re.compile("-->")} | {
    name: re.compile(f"</{name}", re.I) for name in ("script", "style", "textarea", "title", "xmp")
}
_ANCHOR_END: Final = re.compile(r"</a\s*>|<a\s|</?(?:option|select)\b|</(?:td|body|map)\b", re.I)
_VALUE: Final = r"""\s*+=\s*+(?:"([^"]*)"?|'([^']*)'?|([^\s>]+))"""
_ATTRIBUTE: Final = re.compile(
    rf"(?<![-\w:])(href|src|value|rel|title|alt|aria-label|onclick|http-equiv|content){_VALUE}", re.I
)
_NAMED: Final = re.compile(rf"(?<![-\w])(id|class|role){_VALUE}", re.I)
_IMAGE: Final = re.compile(r"<(?:img|input|image|object|svg|title)\b([^<>]*)>", re.I)
_MARKUP: Final = re.compile(r"<!--[^<]{0,200}?-->|<[^<>]*>")
_INLINE: Final = re.compile(r"</?(?:b|i|u|em|strong|font|span|small|big|tt|wbr|nobr|abbr|acronym)\b[^<>]*>", re.I)
_FOOTER: Final = re.compile(
    r"foot|bottom|copyright|colophon|fuss|pied|rodap|\bpie\b|subnav|bunn|legal|disclaim|sitelinks", re.I
)
_ARTICLE: Final = re.compile(
    r"\b(?:post|entry|article|story|news|comment|blog|teaser|product|artikel|nyhet|noticia)s?(?:[-_ ]|\b)", re.I
)
_DATA: Final = re.compile(r"""(?:(?<==")data:image/[^"]{200,200000}+(?=")|data:image/[^\s"'<>()]{200,}+)""", re.I)
_OUTLINE: Final = re.compile(
    r"</?(?:path|polygon|polyline|rect|circle|ellipse|line|g|use|stop|lineargradient)\b[^<>]*+>", re.I
)
#: An attribute this long is no address, no name and no text.
_LONG_VALUE: Final = re.compile(r"""(?<=\s)([a-z][-\w:]{0,40}+)=(?:(")[^"<>]{2000,}+"|(')[^'<>]{2000,}+')""", re.I)
_ESCAPED_SLASH: Final = str.maketrans({"\\": ""})


def read_page(body: bytes | str, content_type: str | None = None, content_encoding: str | None = None) -> Page:
    """The links and frames of a page, or of characters that somebody else decoded; never fails, whatever they hold.

    ``content_type`` and ``content_encoding`` are the archived headers, which may lie.
    """
    if isinstance(body, str):
        body, content_type = body.encode("utf-8", "replace"), "text/html; charset=utf-8"
    else:
        body = unpack(body, content_encoding, content_type).body
    if len(body) > HEAD_BYTES + TAIL_BYTES:
        head, tail = body[:HEAD_BYTES], body[-TAIL_BYTES:]
        body = head[: head.rfind(b">") + 1] + tail[max(0, tail.find(b"<")) :]  # cut at tags, not inside characters
    page = Page()
    _Scan(_without_data(decode(body, content_type, detect=_detect).text), page, reads_scripts=True).run()
    return page


def _without_data(text: str) -> str:
    """The page without images and outlines that are written into its tags: they are long and hold no words."""
    text = _OUTLINE.sub("", _DATA.sub("data:", text))
    return _LONG_VALUE.sub(r"\1=\2\2", text)


class _Zone:
    """The place that the scan is in: inside the element that made it, or in the body."""

    def __init__(self) -> None:
        self.place: Place = "body"
        self._element = ""
        self._depth = 0  # how many elements of that name are open

    def see(self, name: str, *, closing: bool) -> None:
        """Takes note of a tag, which may end the place."""
        if name == self._element:
            self._depth += -1 if closing else 1
            if self._depth <= 0:
                self.place, self._element = "body", ""

    def enter(self, name: str, attributes: str) -> None:
        """Enters the place that an element makes, if it makes one. A footer counts inside an article, too."""
        if self.place == "footer":
            return
        place = _place(name, attributes)
        if place == "footer" or (place == "article" and self.place == "body"):
            self.place, self._element, self._depth = place, name, 1


class _Scan:
    """One pass over the tags of a text, which puts what it finds into ``page``."""

    def __init__(self, text: str, page: Page, *, reads_scripts: bool) -> None:
        self.text = text
        self.page = page
        self.reads_scripts = reads_scripts
        self.zone = _Zone()
        self.position = 0
        self.is_unseen = False  # inside <noscript>
        self.missing: set[str] = set()  # names whose end does not come any more, so that it is searched for only once

    def run(self) -> None:
        for _ in range(MAX_TAGS):
            tag = _TAG.search(self.text, self.position)
            self._count_words(tag.start() if tag else len(self.text))
            if tag is None or len(self.page.anchors) >= MAX_ANCHORS:
                return
            name = tag[1].lower()
            if name in _RAW_END:
                self._skip_raw(name, tag)
            elif name.startswith("/"):
                self.position = tag.end()
                self.zone.see(name[1:], closing=True)
                self.is_unseen = self.is_unseen and name != "/noscript"
            else:
                self.position = _tag_end(self.text, tag.end())
                self.zone.see(name, closing=False)
                self.is_unseen = self.is_unseen or name == "noscript"
                _HANDLERS.get(name, _Scan._enter)(self, name, tag.end())

    def _count_words(self, end: int) -> None:
        """Counts the words from here to ``end``, as long as there are few."""
        if self.page.words < FEW_WORDS and not self.is_unseen:
            text = self.text[self.position : min(end, self.position + _MAX_GAP)]
            self.page.words += len(unescape(_MARKUP.sub(" ", text)).split())

    def _skip_raw(self, name: str, tag: re.Match[str]) -> None:
        """Skips what has no tags inside; what a script writes into the page is read like the page."""
        end = None if name in self.missing else _RAW_END[name].search(self.text, tag.end())
        if end is None:
            self.missing.add(name)
            self.position = tag.end()
            return
        inside = ""
        if self.reads_scripts and name == "script":
            inside = self.text[_tag_end(self.text, tag.end()) : end.start()]
            self.page.scripts.append(inside)
        if "document.write" in inside:
            _Scan(inside.translate(_ESCAPED_SLASH), self.page, reads_scripts=False).run()
        self.position = end.end()

    def _link(self, name: str, start: int) -> None:
        attributes = _attributes(self.text, start, self.position)
        if _leads_somewhere(name, attributes):
            end = _inner_end(self.text, self.position) if name in ("a", "option") else self.position
            inner, where = self.text[self.position : end], self.position / len(self.text)
            self.page.shows_links |= name != "link" and not self.is_unseen
            self.page.anchors.append(_anchor(attributes, inner, self.zone.place, where))

    def _redirect(self, name: str, start: int) -> None:
        self.page.redirections.see(name, _attributes(self.text, start, self.position))

    def _enter(self, name: str, start: int) -> None:
        self.zone.enter(name, self.text[start : min(self.position, start + _MAX_NAMES)])


#: What a tag asks for, by its name; ``start`` is where its attributes begin. All others may make a place.
_HANDLERS: Final[dict[str, Callable[[_Scan, str, int], None]]] = {
    **dict.fromkeys(("a", "area", "link", "option"), _Scan._link),
    **dict.fromkeys(REDIRECTING_TAGS, _Scan._redirect),
}


def _tag_end(text: str, start: int) -> int:
    """The position after the tag whose attributes begin at ``start``; a ``>`` inside double quotes does not end it."""
    first = end = text.find(">", start, start + _MAX_TAG)
    for _ in range(8):
        if end < 0:
            break
        if text.count('"', start, end) % 2 == 0:
            return end + 1
        end = text.find(">", end + 1, start + _MAX_TAG)
    return first + 1 if first >= 0 else start


def _inner_end(text: str, start: int) -> int:
    end = _ANCHOR_END.search(text, start, start + _MAX_INNER)
    return end.start() if end else min(len(text), start + _MAX_INNER)


def _attributes(text: str, start: int, end: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text, start, end):
        found.setdefault(match[1].lower(), unescape(match[2] or match[3] or match[4] or "")[:_MAX_TAG])
    return found


def _leads_somewhere(name: str, attributes: dict[str, str]) -> bool:
    """True for links, for ``<link rel="privacy-policy">`` and for items of the drop-down menus of 1999.

    Such an item is ``<option value="/privacy.html">``; its address is put into ``attributes["href"]``.
    """
    if name == "option":
        attributes["href"] = attributes.get("value", "")
        return "/" in attributes["href"] or bool(re.search(r"\.(?:html?|php|aspx?|jsp|cfm)", attributes["href"]))
    if name == "link":
        return "privacy-policy" in attributes.get("rel", "").lower()
    return "href" in attributes or "onclick" in attributes


def _anchor(attributes: dict[str, str], inner: str, place: Place, where: float) -> Anchor:
    alts: list[str] = []
    labels = [attributes.get("title", ""), attributes.get("aria-label", "")]
    if "privacy-policy" in attributes.get("rel", "").lower():  # a relation registered at IANA (RFC 6903)
        labels.append("privacy policy")
    for image in _IMAGE.finditer(inner):
        of_image = _attributes(image[1], 0, len(image[1]))
        labels += [of_image.get("title", ""), of_image.get("aria-label", "")]
        if alt := of_image.get("alt", "").strip():
            alts.append(alt)
        else:
            labels.append(of_image.get("src", "").rpartition("/")[2].rpartition(".")[0])
    alts.append(attributes.get("alt", ""))
    shown = unescape(_MARKUP.sub(" ", _INLINE.sub("", inner)))
    text = " ".join(" ".join([shown, *alts]).split())
    label = " ".join(" ".join(labels).split())
    href, onclick = attributes.get("href", "").strip(), attributes.get("onclick", "")
    return Anchor(href, text[:_MAX_TEXT], label[:_MAX_TEXT], onclick, place, where)


def _place(name: str, attributes: str) -> Place:
    named = " ".join(match[2] or match[3] or match[4] or "" for match in _NAMED.finditer(attributes))
    if name == "footer" or (name != "article" and _FOOTER.search(named)):
        return "footer"
    return "article" if name == "article" or _ARTICLE.search(named) else "body"


def _detect(body: bytes) -> str:
    """The encoding of a page that declares none: the one in which it names a policy, for its links need no other.

    A homepage may have too few words to judge the encoding by its languages.
    """
    found = (encoding for encoding, words in _encoded_words() if any(word in body for word in words))
    return next(found, None) or detect(body)


#: Japanese stands before Chinese: both write kana with the same bytes, but only one writes words with them.
_UNDECLARED: Final = (
    "utf-8", "windows-1251", "koi8-r", "shift_jis", "euc-jp", "gbk", "big5", "euc-kr",
    "windows-1253", "windows-1255", "windows-1256", "windows-874",
)  # fmt: skip


@cache
def _encoded_words() -> list[tuple[str, tuple[bytes, ...]]]:
    found = []
    for encoding in _UNDECLARED:
        words = []
        for stem in stems("policy", "matter"):
            if not stem.isascii() and len(stem) > 1:
                for form in (stem, stem.capitalize(), stem.upper()):
                    try:
                        words.append(form.encode(codec_of(encoding)))
                    except UnicodeEncodeError:
                        break
        found.append((encoding, tuple(dict.fromkeys(words))))
    return found
