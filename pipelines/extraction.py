"""From a capture's body to its document, a pure function of bytes.

The body goes one way, and each step hands its result to the next::

    unpack        content_coding      Unpacked: the bytes without gzip and the like, and their media type
    decode        character_encoding  Decoded: the characters
    parse         tree                the page's tree; redirections are read from it before it is changed
    main_text     boilerplate         the blocks of the document, without navigation and banners
    embedded_text embedded            the same by the page's data, if the page shows too little
    to_text, to_markdown  render      both renderings of the same blocks
    judge         classification      what the page is
    policy_part   legal_parts         the policy among other legal texts of one page

A PDF goes from its bytes to blocks directly (``pdf``), plain text from its characters.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version

from pipelines.document import Document
from pipelines.outcomes import STORED_KINDS, Kind, Reading
from pipelines.page.blocks import Block, blocks_of_plain_text
from pipelines.page.boilerplate import has_prose, main_text, running_text
from pipelines.page.character_encoding import Decoded, decode, decoded
from pipelines.page.classification import Judgement, judge
from pipelines.page.content_coding import Unpacked, unpack
from pipelines.page.effective_date import effective_date
from pipelines.page.embedded import LEAST_PROSE, embedded_text
from pipelines.page.language import language_of
from pipelines.page.legal_parts import policy_part
from pipelines.page.media_types import PDF
from pipelines.page.normalization import sha256_of_text, words
from pipelines.page.pdf import UnreadablePdfError, read_pdf
from pipelines.page.redirections import elsewhere, is_challenge, redirections_of, scripts_of
from pipelines.page.render import to_markdown, to_text
from pipelines.page.second_opinion import SecondOpinion
from pipelines.page.sketch import sketch
from pipelines.page.tree import has_password_field, parse, strip_tags, title_of
from pipelines.urls import absolute, captured_on, host_of, without_archive_prefix

#: The number of our own part in the texts. It rises once in a release in which they change.
_OWN = 2
_LIBRARIES = ("lxml", "trafilatura", "pypdfium2")
#: The software whose texts are comparable, whatever path they took: a policy that was PDF and is HTML now has changed
#: if its words have. The name changes whenever texts may.
EXTRACTOR = ", ".join([f"wayback-policies {_OWN}", *(f"{name} {version(name)}" for name in _LIBRARIES)])
#: A page of fewer words that points elsewhere holds no text of its own.
_FEW_WORDS = 40
#: A page with fewer characters of text may have its text elsewhere.
_LITTLE = 1000


@dataclass(slots=True)
class _Reading:
    """What a body holds, before it is judged."""

    title: str | None = None
    blocks: list[Block] = field(default_factory=list)
    charset: str | None = None
    steps: tuple[Reading, ...] = ()
    """The path that gave the blocks."""
    notes: list[str | None] = field(default_factory=list)
    no_text: str = "no text"
    """The reason to give if there is no text."""
    follow: tuple[str, ...] = ()
    has_password_field: bool = False
    challenged: bool = False


def extract(
    body: bytes | str,
    *,
    url: str,
    content_type: str | None = None,
    content_encoding: str | None = None,
    captured: date | None = None,
) -> Document:
    """Read a capture: its text in both forms, and what it is.

    ``body`` is what was served, or the characters of a page that somebody else decoded; these have no ``charset``, and
    ``raw_sha256`` is of their UTF-8.
    ``content_type`` and ``content_encoding`` are the archived headers, which may lie. ``captured`` is the day of the
    capture, and no text is from a later one; an archive's replay URL tells it, too. Raises nothing but ``MemoryError``,
    where memory is limited: what cannot be read is a document of kind ``empty`` whose ``detail`` says why.
    """
    original = without_archive_prefix(url)
    if isinstance(body, str):
        unpacked, page = Unpacked(body.encode("utf-8", "replace")), decoded(body)
    else:
        unpacked, page = unpack(body, content_encoding, content_type), None
    try:
        reading = _read(unpacked, page, original, content_type)
    except MemoryError:
        raise  # the worker pool tells of it
    except Exception as error:
        # A library that fails on hostile input must not cost the row, which says what happened instead.
        reading = _Reading(no_text=f"cannot be read: {type(error).__name__}: {error}"[:200])
    notes = [unpacked.note, *reading.notes]
    text, text_words, (language, language_score), judgement = _judged(reading, host_of(original))
    markdown = to_markdown(reading.blocks)
    if not text_words:
        text = markdown = ""
        notes.append(reading.no_text)
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
        text_sha256=sha256_of_text(text, text_words),
        sketch=sketch(text_words),
        raw_sha256=hashlib.sha256(unpacked.body).hexdigest(),
        extractor=EXTRACTOR,
        reading="+".join(reading.steps) or None,
        detail="; ".join(filter(None, notes)) or None,
        follow=reading.follow,
    )


def _judged(reading: _Reading, host: str) -> tuple[str, list[str], tuple[str | None, float | None], Judgement]:
    """The text, its words and language, and what it is. Of a page with other legal texts that of the policy alone, if
    it stands apart."""
    text = to_text(reading.blocks)
    text_words, language = words(text), language_of(text)
    judgement = judge(
        reading.title,
        text,
        text_words,
        language[0],
        host=host,
        linked=sum(block.linked for block in reading.blocks) / max(1, len(text)),
        has_password_field=reading.has_password_field,
        challenged=reading.challenged,
    )
    part = policy_part(reading.blocks, language[0]) if judgement.kind in STORED_KINDS else None
    if part is not None and part.is_cut:
        reading.blocks = part.blocks
        reading.steps += (Reading.PART,)
        text = to_text(part.blocks)
        return text, words(text), language_of(text), part.judgement
    if part is not None and judgement.kind != Kind.PRIVACY_POLICY:
        reading.steps += (Reading.MIXED,)
        judgement = part.judgement
    return text, text_words, language, judgement


def _read(unpacked: Unpacked, page: Decoded | None, url: str, content_type: str | None) -> _Reading:
    """Read a body by its media type; ``page`` are the characters of one that came decoded."""
    if unpacked.media == PDF:
        return _read_pdf(unpacked.body)
    if unpacked.media:
        return _Reading(no_text=f"{unpacked.media}, no text")
    if not unpacked.body.strip():
        return _Reading(no_text="empty body")
    page = page or decode(unpacked.body, content_type)
    if (content_type or "").strip().lower().startswith("text/plain") or "<" not in page.text:
        reading = _Reading(blocks=blocks_of_plain_text(page.text), steps=(Reading.PLAIN,))
    else:
        reading = _read_page(page.text, url)
    reading.charset = page.charset
    reading.notes.insert(0, page.note)
    return reading


def _read_pdf(body: bytes) -> _Reading:
    reading = _Reading(steps=(Reading.PDF,), no_text="PDF without text, scanned perhaps")
    try:
        reading.title, reading.blocks = read_pdf(body)
    except UnreadablePdfError as error:
        reading.no_text = str(error)
    return reading


def _read_page(html: str, url: str) -> _Reading:
    """Read a page by its tree, or by its tags if it is nested too deep for one."""
    tree, is_whole = parse(html)
    if tree is None or not is_whole:
        why = "no element" if tree is None else "nested too deep for a tree"
        return _Reading(blocks=blocks_of_plain_text(strip_tags(html)), steps=(Reading.TAGS,), notes=[why])
    reading = _Reading(title=title_of(tree), has_password_field=has_password_field(tree))
    said, scripts = redirections_of(tree), scripts_of(tree)
    base = absolute(said.base or "", url) or url
    opinion = SecondOpinion(html)
    reading.blocks = main_text(tree, base, opinion)
    reading.steps = (Reading.DOM, Reading.TRAFILATURA) if opinion.was_asked else (Reading.DOM,)
    if not has_prose(reading.blocks, LEAST_PROSE):
        embedded = embedded_text(html, base)
        if running_text(embedded) > 2 * running_text(reading.blocks):
            reading.blocks, reading.steps = embedded, (*reading.steps, Reading.EMBEDDED)
    if sum(len(block.text) for block in reading.blocks) < _LITTLE:
        reading.challenged = is_challenge(html)
        reading.no_text, targets = elsewhere(said, scripts, url, base)
        if targets and len(words(to_text(reading.blocks))) < _FEW_WORDS:
            reading.follow = targets
            reading.notes.append(reading.no_text)
            reading.no_text = ""
    return reading
