"""The links of an HTML page as one flat stream, with the words that describe each and the place it stands in.

A scanner, not a tree: libxml2 gives an empty document for pages nested deeper than 2,048 levels and takes
minutes for one of mismatched end tags, and an archive of 1996-2025 holds both. Links need no tree. Each step
here is linear in the page's size, and the size is bounded.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Final, Literal

from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

from crawler.discovery.vocabulary import stems

HEAD_BYTES: Final = 3_000_000
TAIL_BYTES: Final = 1_000_000
"""Of a longer page the beginning and the end are read: that is where its links to a policy stand."""
MAX_ANCHORS: Final = 20_000
MAX_TAGS: Final = 400_000
_MAX_TAG = 4_000  # characters of one tag's attributes
_MAX_INNER = 2_000  # characters of markup between <a> and </a>
_MAX_TEXT = 300

Place = Literal["footer", "body", "article"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link as the page shows it.

    ``href`` is as written, entities decoded; ``text`` what a reader sees, the alt texts of images among it;
    ``label`` what only some meet: title, aria-label, the file name of an image without alt. ``where``: 0 for
    the page's beginning, 1 for its end.
    """

    href: str
    text: str
    label: str
    onclick: str
    place: Place
    where: float


@dataclass(slots=True)
class Page:
    """Where a page leads: its links and frames in their order, the base its addresses start from, and the page that
    takes its place after some seconds."""

    anchors: list[Anchor] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    base: str | None = None
    refresh: str | None = None


_TAG: Final = re.compile(
    r"<(!--|(?:script|style|textarea|title|xmp)\b"
    r"|/?(?:a|area|link|option|i?frame|base|meta|footer|article|aside|div|section|table|tbody|tr|td|ul|ol|p|map)(?=[\s/>]))",
    re.IGNORECASE,
)
_RAW_END: Final = {
    name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "textarea", "title", "xmp")
}
_ANCHOR_END: Final = re.compile(r"</a\s*>|<a\s|</?(?:option|select)\b|</(?:td|body|map)\b", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""(?<![-\w:])(href|src|value|rel|title|alt|aria-label|onclick|http-equiv|content)\s*+=\s*+(?:"([^"]*)"?|'([^']*)'?|([^\s>]+))""",
    re.IGNORECASE,
)
_REFRESH: Final = re.compile(r"""[;,]\s*(?:url\s*=)?\s*['"]?\s*([^'"\s][^'"]*)""", re.IGNORECASE)
_IMAGE: Final = re.compile(r"<(?:img|input|image|object|svg|title)\b([^<>]*)>", re.IGNORECASE)
_MARKUP: Final = re.compile(r"<!--[^<]{0,200}?-->|<[^<>]*>")
_INLINE: Final = re.compile(
    r"</?(?:b|i|u|em|strong|font|span|small|big|tt|wbr|nobr|abbr|acronym)\b[^<>]*>", re.IGNORECASE
)
_FOOTER: Final = re.compile(
    r"foot|bottom|copyright|colophon|fuss|pied|rodape|rodap|\bpie\b|subnav|bunn|legal|disclaim|sitelinks",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(
    r"\b(?:post|entry|article|story|news|comment|blog|teaser|product|artikel|nyhet|noticia)s?(?:[-_ ]|\b)",
    re.IGNORECASE,
)
_DATA: Final = re.compile(
    r"""(?:(?<==")data:image/[^"]{200,200000}+(?=")|data:image/[^\s"'<>()]{200,}+)""", re.IGNORECASE
)
_OUTLINE: Final = re.compile(
    r"</?(?:path|polygon|polyline|rect|circle|ellipse|line|g|use|stop|lineargradient)\b[^<>]*+>", re.IGNORECASE
)
# No address, no name and no text has so many characters
_LONG_VALUE: Final = re.compile(r"""(?<=\s)([a-z][-\w:]{0,40}+)=(?:(")[^"<>]{2000,}+"|(')[^'<>]{2000,}+')""", re.I)
_ESCAPED_SLASH: Final = str.maketrans({"\\": ""})


def read_page(body: bytes) -> Page:
    """The links and frames of a page; never fails, whatever ``body`` holds."""
    if len(body) > HEAD_BYTES + TAIL_BYTES:
        head, tail = body[:HEAD_BYTES], body[-TAIL_BYTES:]
        body = head[: head.rfind(b">") + 1] + tail[max(0, tail.find(b"<")) :]  # cut at tags, not inside characters
    page = Page()
    _scan(_without_data(_decode(body).replace("\0", "")), page, scripts=True)
    return page


def _without_data(text: str) -> str:
    """The page without what fills tags and links and has no words: images written into it, outlines drawn in it."""
    text = _OUTLINE.sub("", _DATA.sub("data:", text))
    return _LONG_VALUE.sub(r"\1=\2\2", text)


def _scan(text: str, page: Page, *, scripts: bool) -> None:
    zone: tuple[str, Place] | None = None  # the element that makes a place
    depth = 0  # how many of its namesakes are open
    position = 0
    missing: set[str] = set()  # ends that do not come any more, so that they are searched for once
    for _ in range(MAX_TAGS):
        tag = _TAG.search(text, position)
        if tag is None:
            return
        name = tag[1].lower()
        if name == "!--":
            position = _after(text, "-->", tag.start() + 2, missing) or tag.end()
            continue
        if name in _RAW_END:
            raw = None if name in missing else _RAW_END[name].search(text, tag.end())
            if raw is None:
                missing.add(name)
                position = tag.end()
                continue
            if scripts and name == "script" and "document.write" in text[tag.end() : raw.start()]:
                _scan(text[tag.end() : raw.start()].translate(_ESCAPED_SLASH), page, scripts=False)
            position = raw.end()
            continue
        closing = name.startswith("/")
        name = name.lstrip("/")
        position = tag.end() if closing else _tag_end(text, tag.end())
        if zone and name == zone[0]:
            depth += -1 if closing else 1
            if depth <= 0:
                zone = None
        if closing:
            continue
        if name in ("a", "area", "link", "option"):
            if len(page.anchors) >= MAX_ANCHORS:
                return
            attributes = _attributes(text, tag.end(), position)
            if _leads_somewhere(name, attributes):
                end = _inner_end(text, position) if name in ("a", "option") else position
                place = zone[1] if zone else "body"
                page.anchors.append(_anchor(attributes, text[position:end], place, position / len(text)))
        elif name in ("frame", "iframe"):
            if (src := _attributes(text, tag.end(), position).get("src")) and len(page.frames) < 100:
                page.frames.append(src)
        elif name == "base":
            page.base = page.base or _attributes(text, tag.end(), position).get("href")
        elif name == "meta":
            page.refresh = page.refresh or _refresh(_attributes(text, tag.end(), position))
        elif zone is None or zone[1] == "article":
            place = _place(name, text[tag.end() : min(position, tag.end() + 500)])
            if place != "body" and (zone is None or place == "footer"):
                zone, depth = (name, place), 1


def _refresh(attributes: dict[str, str]) -> str | None:
    """Where ``<meta http-equiv="refresh" content="0; url=/home.html">`` leads."""
    if attributes.get("http-equiv", "").strip().lower() != "refresh":
        return None
    found = _REFRESH.search(attributes.get("content", ""))
    return found[1].strip() if found else None


def _after(text: str, mark: str, start: int, missing: set[str]) -> int | None:
    if mark in missing:
        return None
    at = text.find(mark, start)
    if at < 0:
        missing.add(mark)
        return None
    return at + len(mark)


def _tag_end(text: str, start: int) -> int:
    """Behind the ``>`` of the tag whose attributes begin at ``start``; a ``>`` inside double quotes is none."""
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
    """Links, the drop-down menus of 1999 (``<option value="/privacy.html">``), and ``<link
    rel="privacy-policy">``."""
    if name == "option":
        attributes["href"] = attributes.get("value", "")
        return "/" in attributes["href"] or bool(re.search(r"\.(?:html?|php|aspx?|jsp|cfm)", attributes["href"]))
    if name == "link":
        return "privacy-policy" in attributes.get("rel", "")
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
    return Anchor(
        attributes.get("href", "").strip(),
        text[:_MAX_TEXT],
        label[:_MAX_TEXT],
        attributes.get("onclick", ""),
        place,
        where,
    )


def _place(name: str, attributes: str) -> Place:
    if name == "footer":
        return "footer"
    if name == "article":
        return "article"
    if "=" not in attributes:
        return "body"
    named = " ".join(match[2] or match[3] or match[4] or "" for match in _NAMED.finditer(attributes))
    if not named:
        return "body"
    if _FOOTER.search(named):
        return "footer"
    return "article" if _ARTICLE.search(named) else "body"


_NAMED: Final = re.compile(r"""(?<![-\w])(id|class|role)\s*+=\s*+(?:"([^"]*)"?|'([^']*)'?|([^\s>]+))""", re.IGNORECASE)


def _decode(body: bytes) -> str:
    """The page as text. What it declares is believed only where its bytes are not UTF-8, for they seldom are
    by chance."""
    bom, _ = read_bom(body[:4])
    if bom:
        return body.decode(bom, "replace")
    declared = html_body_declared_encoding(body[:4096])
    if declared and "2022" in declared:  # seven-bit, so always valid as UTF-8
        return body.decode(declared, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        pass
    encoding = (declared and resolve_encoding(declared)) or _guess(body)
    try:
        return body.decode(encoding, "replace")
    except (LookupError, UnicodeError):
        return body.decode("cp1252", "replace")


def _guess(body: bytes) -> str:
    """The encoding in which an undeclared page holds a policy's name: for its links no other matters."""
    return next((encoding for encoding, words in _encoded_words() if any(word in body for word in words)), "cp1252")


# Japanese stands before Chinese: both write kana with the same bytes, but only one writes words with them.
_UNDECLARED: Final = (
    "utf-8", "cp1251", "koi8-r", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr",
    "cp1253", "cp1255", "cp1256", "cp874"
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
                        words.append(form.encode(encoding))
                    except UnicodeEncodeError:
                        break
        found.append((encoding, tuple(dict.fromkeys(words))))
    return found
