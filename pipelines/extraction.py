"""From a capture's body to its document: decode, read, judge. A pure function of bytes."""

from __future__ import annotations

import hashlib

from pipelines.blocks import blocks_of
from pipelines.boilerplate import document_blocks
from pipelines.decode import decode, unpack
from pipelines.document import Document
from pipelines.judgement import judge
from pipelines.language import language_of
from pipelines.opinion import Opinion
from pipelines.page import parse, prune, title_of
from pipelines.render import to_markdown, to_text
from pipelines.text import normalise, sha256_of_words, words


def extract(
    body: bytes, *, url: str, content_type: str | None = None, content_encoding: str | None = None
) -> Document:
    """Read a capture: its text in both forms, and what it is.

    ``content_type`` and ``content_encoding`` are the archived headers, which may lie. Never raises for any
    input: what cannot be read is a document of kind ``empty`` whose ``detail`` says why.
    """
    unpacked = unpack(body, content_encoding)
    decoded = decode(unpacked.body, content_type)
    tree = parse(decoded.text)
    title, text, markdown = None, "", ""
    if tree is not None:
        title = title_of(tree)
        prune(tree)
        opinion = Opinion(decoded.text)
        blocks = document_blocks(blocks_of(tree, url), tree, opinion)
        text, markdown = normalise(to_text(blocks)), normalise(to_markdown(blocks))
    word_list = words(text)
    language, language_score = language_of(text)
    judgement = judge(title, text, word_list, language)
    return Document(
        title=title,
        text=text,
        markdown=markdown,
        language=language,
        language_score=language_score,
        kind=judgement.kind,
        policy_score=judgement.policy_score,
        effective_date=None,
        charset=decoded.charset,
        words=len(word_list),
        text_sha256=sha256_of_words(word_list),
        raw_sha256=hashlib.sha256(unpacked.body).hexdigest(),
        extractor=f"dom 1, {opinion.name}" if tree is not None and opinion.asked else "dom 1",
        detail="; ".join(filter(None, (unpacked.note, decoded.note))) or None,
    )
