"""From a capture's body to its document: unpack, decode, read, judge. A pure function of bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date

from pipelines.document import Document
from pipelines.page.blocks import Block, blocks_of, blocks_of_plain_text
from pipelines.page.boilerplate import document_blocks, prose
from pipelines.page.classification import judge
from pipelines.page.decoding import Unpacked, decode, guess_coding, unpack, utf16_of
from pipelines.page.effective_date import effective_date
from pipelines.page.language import language_of
from pipelines.page.media_types import BINARY, PDF, media_of
from pipelines.page.normalization import normalise, sha256_of_words, words
from pipelines.page.opinion import Opinion
from pipelines.page.pdf import UnreadablePdfError, read_pdf
from pipelines.page.redirections import base_of, elsewhere, is_challenge
from pipelines.page.render import to_markdown, to_text
from pipelines.page.sketch import sketch
from pipelines.page.tree import has_password_field, parse, prune, silence, strip_tags, text_length, title_of
from pipelines.urls import captured_on, without_archive_prefix

#: The reading of a page by its own tree; a number more whenever its texts change.
_DOM = "dom 1"
#: A page of fewer words that points elsewhere holds no text of its own.
_FEW_WORDS = 40
#: A page with fewer characters of text is looked at for where its text may be instead.
_LITTLE = 1000
#: Where pruning left less than this share of the visible text, the result is compared with the whole page's.
_SUSPICIOUS = 0.5
#: It has lost most of the page's prose if it holds less than this share. A consent manager's own texts may
#: be longer than the policy they cover, so half would be too much to ask.
_LOST_MOST = 0.3


@dataclass(slots=True)
class _Reading:
    """What was read from a body, before it is judged."""

    title: str | None = None
    blocks: list[Block] = field(default_factory=list)
    charset: str | None = None
    extractor: str = _DOM
    notes: list[str] = field(default_factory=list)
    no_text: str | None = None
    """Why there is no text, should there be none."""
    follow: tuple[str, ...] = ()
    has_password_field: bool = False
    challenged: bool = False


def extract(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    content_encoding: str | None = None,
    captured: date | None = None,
) -> Document:
    """Read a capture: its text in both forms, and what it is.

    ``content_type`` and ``content_encoding`` are the archived headers, which may lie. ``captured`` is the
    day of the capture, and no text is from a later one; an archive's replay URL tells it, too. Never raises
    for any input: what cannot be read is a document of kind ``empty`` whose ``detail`` says why.
    """
    original = without_archive_prefix(url)
    unpacked = _unpacked(body, content_encoding, content_type)
    try:
        reading = _read(unpacked.body, original, content_type)
    except Exception as error:
        # A library that fails on hostile input must not cost the row: it says what happened instead.
        reading = _Reading(no_text=f"cannot be read: {type(error).__name__}: {error}"[:200])
    if unpacked.note:
        reading.notes.insert(0, unpacked.note)
    text, markdown = normalise(to_text(reading.blocks)), normalise(to_markdown(reading.blocks))
    text_words = words(text)
    if not text_words:
        text = markdown = ""
        reading.notes.append("no text" if reading.no_text is None else reading.no_text)
    language, language_score = language_of(text)
    judgement = judge(
        reading.title,
        text,
        text_words,
        language,
        has_password_field=reading.has_password_field,
        challenged=reading.challenged,
    )
    return Document(
        title=reading.title,
        text=text,
        markdown=markdown,
        language=language,
        language_score=language_score,
        kind=judgement.kind,
        policy_score=judgement.policy_score,
        effective_date=effective_date(text, language, url=original, not_after=captured or captured_on(url)),
        charset=reading.charset,
        words=len(text_words),
        text_sha256=sha256_of_words(text_words),
        sketch=sketch(text_words),
        raw_sha256=hashlib.sha256(unpacked.body).hexdigest(),
        extractor=reading.extractor,
        detail="; ".join(filter(None, reading.notes)) or None,
        follow=reading.follow,
    )


def _unpacked(body: bytes, content_encoding: str | None, content_type: str | None) -> Unpacked:
    unpacked = unpack(body, content_encoding)
    if media_of(unpacked.body, utf16_of(unpacked.body, content_type)) != BINARY:
        return unpacked
    return guess_coding(unpacked.body, lambda inner: media_of(inner) is None) or unpacked


def _read(body: bytes, url: str, content_type: str | None) -> _Reading:
    media = media_of(body, utf16_of(body, content_type))
    if media == PDF:
        return _read_pdf(body)
    if media:
        return _Reading(no_text=f"{media}, no text")
    if not body.strip():
        return _Reading(no_text="empty body")
    decoded = decode(body, content_type)
    text = decoded.text
    reading = _Reading(charset=decoded.charset, notes=[decoded.note] if decoded.note else [])
    if (content_type or "").strip().lower().startswith("text/plain") or "<" not in text:
        reading.blocks = blocks_of_plain_text(text)
    else:
        _read_page(reading, text, url)
    return reading


def _read_pdf(body: bytes) -> _Reading:
    from importlib.metadata import version

    reading = _Reading(extractor=f"pypdfium2 {version('pypdfium2')}", no_text="PDF without text, scanned perhaps")
    try:
        reading.title, reading.blocks = read_pdf(body)
    except UnreadablePdfError as error:
        reading.no_text = str(error)
    return reading


def _read_page(reading: _Reading, html: str, url: str) -> None:
    """Read a page by its own tree; where that leaves a doubt, trafilatura or the unpruned tree is asked."""
    tree, whole = parse(html)
    if tree is None or not whole:
        reading.blocks = blocks_of_plain_text(strip_tags(html))
        reading.extractor = "tags stripped 1"
        reading.notes.append("nested too deep for a tree" if tree is not None else "no element")
        return
    reading.title = title_of(tree)
    reading.has_password_field = has_password_field(tree)
    base = base_of(tree, url)
    opinion = Opinion(html)
    silence(tree)
    visible = text_length(tree)
    prune(tree)
    reading.blocks = document_blocks(blocks_of(tree, base), tree, opinion)
    if text_length(tree) < _SUSPICIOUS * visible:
        unpruned = _unpruned(html, base, opinion)
        if _prose_in(reading.blocks) < _LOST_MOST * _prose_in(unpruned):
            reading.blocks = unpruned
            reading.extractor = f"{_DOM} unpruned"
    if opinion.asked:
        reading.extractor += f", {opinion.name}"
    if sum(len(b.text) for b in reading.blocks) < _LITTLE:
        _look_elsewhere(reading, html, url)


def _look_elsewhere(reading: _Reading, html: str, url: str) -> None:
    """Why a page has so little text, and where it is; asked of a fresh tree, with its scripts and frames."""
    tree, _ = parse(html)
    if tree is None:
        return
    reading.challenged = is_challenge(html)
    reading.no_text, targets = elsewhere(tree, url)
    if targets and len(words(to_text(reading.blocks))) < _FEW_WORDS:
        reading.follow = targets
        reading.notes.append(reading.no_text or "")
        reading.no_text = ""


def _unpruned(html: str, base: str, opinion: Opinion) -> list[Block]:
    """The document in the page's tree with all its frames and banners in it."""
    tree, _ = parse(html)
    if tree is None:
        return []
    silence(tree)
    return document_blocks(blocks_of(tree, base), tree, opinion)


def _prose_in(blocks: list[Block]) -> int:
    return sum(map(prose, blocks))
