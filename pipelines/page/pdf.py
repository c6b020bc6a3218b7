"""Policies in PDF, read by pdfium into the same blocks as pages."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing

from pipelines.page.blocks import HEADING, ITEM, PARAGRAPH, Block
from pipelines.page.normalization import normalise

#: No policy has more pages; a hostile file may claim millions.
_MOST_PAGES = 300
#: Lines at a page's top and bottom that may be a running head or foot.
_EDGE = 3
_PAGE_NUMBER = re.compile(
    r"^\W*(?:page|seite|página|pagina|strona|sida|side|sivu|str\.?|стр\.?)?\W*\d{1,4}(?:\s*(?:/|of|von|de|sur|di|av|z|из)\s*\d{1,4})?\W*$",
    re.I,
)
_BULLET = re.compile(r"^[•·▪●○◦‣∙■□➢❖✓*–—-]\s+")
_NUMBERED = re.compile(r"^(?:\(?[a-z]\)|\(?[ivx]{1,4}\)|\(?\d{1,2}(?:\.\d{1,2})*[.)])\s+\S", re.I)
_SENTENCE_END = re.compile(r"[.:;!?。！？：；]['\"”’)\]]*$")


class UnreadablePdfError(Exception):
    """A PDF that cannot be read: damaged, or locked with a password. The message says which."""


def read_pdf(body: bytes) -> tuple[str | None, list[Block]]:
    """Title and blocks of a PDF, with words cut at line ends joined, without page numbers and running heads.

    Raises:
        UnreadablePdfError: pdfium cannot open it.
    """
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise UnreadablePdfError(f"PDF that cannot be read: {error}") from None
    with closing(pdf):
        title = " ".join((pdf.get_metadata_dict().get("Title") or "").split()) or None
        pages = []
        for number in range(min(len(pdf), _MOST_PAGES)):
            try:
                page_text = pdf[number].get_textpage().get_text_range()
            except pypdfium2.PdfiumError:
                continue  # one damaged page does not cost the others
            pages.append([line.strip() for line in _readable(page_text).splitlines() if line.strip()])
    return title, _blocks([line for page in _without_edges(pages) for line in page])


def _readable(text: str) -> str:
    """The text without U+FFFE, which pdfium writes for a hyphen at a line's end, and without control codes."""
    return re.sub("\ufffe(?:\r\n)?|[\x00-\x08\x0b\x0e-\x1f]", "", text.replace("\x02", "-"))


def _without_edges(pages: list[list[str]]) -> list[list[str]]:
    """The pages without their numbers and without the lines that stand at the edge of most of them."""
    edges = Counter(key for page in pages for key in {_edge_key(x) for x in page[:_EDGE] + page[-_EDGE:]})
    often = {key for key, n in edges.items() if len(pages) >= 3 and n > 0.5 * len(pages)}

    def running(line: str) -> bool:
        return _edge_key(line) in often or bool(_PAGE_NUMBER.match(line))

    out = []
    for page in pages:
        start, end = 0, len(page)
        while start < min(_EDGE, end) and running(page[start]):
            start += 1
        while end > max(start, len(page) - _EDGE) and running(page[end - 1]):
            end -= 1
        out.append(page[start:end])
    return out


def _edge_key(line: str) -> str:
    return re.sub(r"\d+", "#", line.casefold())


def _blocks(lines: list[str]) -> list[Block]:
    """Join lines to paragraphs. A paragraph ends where a line is much shorter than the others, or an item starts."""
    if not lines:
        return []
    full = sorted(map(len, lines))[int(len(lines) * 0.8)]
    paragraphs: list[str] = []
    open_paragraph = False
    for line in lines:
        starts_item = bool(_BULLET.match(line) or _NUMBERED.match(line))
        if open_paragraph and not starts_item:
            paragraphs[-1] = _joined(paragraphs[-1], line)
        else:
            paragraphs.append(line)
        short = len(line) < 0.6 * full
        open_paragraph = not (short or (len(line) < 0.9 * full and _SENTENCE_END.search(line)))
    return [_block(" ".join(normalise(p).split())) for p in paragraphs]


def _joined(paragraph: str, line: str) -> str:
    if re.search(r"[^\W\d_]-$", paragraph) and line[:1].islower():
        return paragraph[:-1] + line
    return f"{paragraph} {line}"


def _block(text: str) -> Block:
    bullet = _BULLET.match(text)
    if bullet:
        body = text[bullet.end() :]
        return Block(ITEM, body, level=1, marker="•")
    if len(text) < 80 and text.isupper() and len(text) > 3:
        return Block(HEADING, text, level=2)
    return Block(PARAGRAPH, text)
