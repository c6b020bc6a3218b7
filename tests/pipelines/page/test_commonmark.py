"""A parser of CommonMark reads back the blocks that we wrote, whatever characters they hold."""

from html import escape

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from pipelines.page.block_walk import blocks_of
from pipelines.page.blocks import HEADING, ITEM, ROW
from pipelines.page.render import to_markdown

URL = "http://acme.example/legal/privacy.html"

#: Words and signs, of which many mean something at one place or another of a Markdown text.
PIECES = [
    "a", "word", "We", "é", "我们", "収集", "ไทย", "e\u0301", "1.", "(a)", "i.", "*", "**", "***", "_", "__", "`",
    "23)", "```", "[", "]", "](", "![", "(", ")", "<", ">", "<b>", "</b>", "<!--", "&", "&amp;", "&#42;", "!", "#",
    "##", "-", "#hash", "--", "---", "+", "=", "===", "~~~", "|", "\\", "\\*", ":", ":--", "--", ".", ",", "“", "”",
    "’", "€", "$", "😀", "•", "·", "–", "http://x.example/?a=1&copy;=2", "me@x.example",
]  # fmt: skip
UNSEEN = ["\u200b", "\u00ad", "\u2060", "\u2066", "\ufeff", "\u2028", "\x1e", "\x85", "\xa0", "\t", "\n"]
words = st.lists(st.sampled_from([*PIECES, *UNSEEN, " ", " ", " ", " "]), min_size=1, max_size=8).map("".join)


TAGS = ["{}", " {} ", "<b>{}</b>", "<i>{}</i>", "<strong> {}</strong>", "<em>{}</em> ", "<b>{}<b>", "<b></b>{}",
        "<b><i>{}</i></b>", "<a href='/a?b=1&amp;copy;=_*[2]'>{}</a>", "{}<br>"]  # fmt: skip


def tagged(inner):
    """Pieces of a line, some of them in an element of their own."""
    pieces = st.lists(st.tuples(st.sampled_from(TAGS), inner), min_size=1, max_size=3)
    return pieces.map(lambda pieces: "".join(tag.format(html) for tag, html in pieces))


#: HTML within a line: words, emphasis and links, nested and side by side, with and without spaces.
line = tagged(st.one_of(words.map(escape), tagged(words.map(escape))))


def listed(inner):
    """A list whose items hold lines, further paragraphs, and ``inner``."""
    item = st.one_of(line, st.tuples(line, line.map("<p>{}".format)).map("".join), st.tuples(line, inner).map("".join))
    tags = ["ul", "ol", "ol start=0", "ol start=98", "ol reversed", "ol type=i"]
    return st.tuples(st.sampled_from(tags), st.lists(item, min_size=1, max_size=3)).map(
        lambda found: f"<{found[0]}><li>{'<li>'.join(found[1])}</{found[0].split()[0]}>"
    )


items = listed(listed(listed(line)))
cell = line.map("<td>{}</td>".format)
row = st.lists(cell, min_size=2, max_size=3).map(lambda cells: f"<tr>{''.join(cells)}</tr>")
table = st.lists(row, min_size=2, max_size=3).map(lambda rows: f"<table>{''.join(rows)}</table>")
heading = st.builds("<h{0}>{1}</h{0}>".format, st.integers(1, 6), line)
part = st.one_of(line.map("<p>{}</p>".format), heading, items, table, line.map("<li>{}".format))
page = st.lists(part, min_size=1, max_size=5).map("".join)


def written(blocks):
    """What a reader is to find: kind, depth or level, marker, words."""
    depth = 0
    for block in blocks:
        if block.kind != ITEM:
            depth = 0
        if block.kind == HEADING:
            yield "heading", block.level, "", block.text
        elif block.kind == ROW:
            yield "row", 0, "", block.text.rstrip(" |")
        elif block.kind == ITEM:
            depth = min(block.level, depth + bool(block.marker))
            marker, text = block.marker, block.text
            if marker and not marker[:-1].isdigit():
                marker, text = "•", text if marker == "•" else f"{marker} {text}"
            yield "item" if depth else "paragraph", depth, marker, text
        else:
            yield "paragraph", 0, "", block.text


def read(markdown):
    """The blocks of a Markdown text by a parser of CommonMark."""
    depth, marker, level, row = 0, "", 0, None
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type in ("bullet_list_open", "ordered_list_open", "bullet_list_close", "ordered_list_close"):
            depth += token.nesting
        elif token.type == "list_item_open":
            marker = f"{token.info}." if token.info else "•"
        elif token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1]) if token.nesting == 1 else 0
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            yield "row", 0, "", " | ".join(row).rstrip(" |")
            row = None
        elif token.type in ("fence", "code_block", "hr", "html_block", "blockquote_open"):
            yield token.type, 0, "", token.content
        elif token.type == "inline":
            text = "".join(map(shown, token.children))
            if row is not None:
                row.append(text)
            elif level:
                yield "heading", level, "", text
            else:
                yield "item" if depth else "paragraph", depth, marker, text
                marker = ""


def shown(token):
    """What a reader sees of an inline token."""
    if token.type in ("strong_open", "strong_close", "em_open", "em_close", "link_open", "link_close"):
        return ""
    return {"text": token.content, "hardbreak": "\n"}.get(token.type, f"<{token.type}>")


def blocks_from(html):
    return blocks_of(etree.fromstring(f"<html><body>{html}</body></html>", etree.HTMLParser()), URL)


@given(page)
@settings(max_examples=300)
def test_a_parser_of_commonmark_reads_back_what_was_written_block_by_block(html):
    blocks = blocks_from(html)
    assert list(read(to_markdown(blocks))) == list(written(blocks))


SET_OFF = {"{}": (), "<b>{}</b>": ("strong",), "<i>{}</i>": ("em",), "<a href='/x'>{}</a>": ("a",)}


@given(st.lists(st.tuples(st.sampled_from(list(SET_OFF)), st.sampled_from(["we", "é", "3"])), min_size=1, max_size=6))
@settings(max_examples=100)
def test_words_with_spaces_between_them_keep_their_emphasis_and_their_links(words):
    html = " ".join(tag.format(word) for tag, word in words)
    [block] = blocks_from(f"<p>{html}</p>")
    found, open_tags = [], []
    for token in MarkdownIt("commonmark").parseInline(to_markdown([block]))[0].children:
        if token.nesting == 1:
            open_tags.append(token.tag)
        elif token.nesting == -1:
            open_tags.remove(token.tag)
        else:
            found += [(tuple(open_tags), word) for word in token.content.split()]
    assert found == [(SET_OFF[tag], word) for tag, word in words]
