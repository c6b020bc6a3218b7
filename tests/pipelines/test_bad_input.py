"""Hostile and broken input: a document with a kind and a reason, soon and never an exception."""

import gzip
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.extraction import extract
from pipelines.outcomes import Kind
from pipelines.page.tree import MOST_ATTRIBUTES, parse

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    + ']><html xmlns="http://www.w3.org/1999/xhtml"><body><p>&l9;</p><p>We collect nothing.</p></body></html>'
)
P = b"<p>We collect your personal information when you register on our site, and use it as told here.</p>"
SENTENCE = "We collect the name and the postal address that you give us with your order, and nothing else."
POLICY = "".join(f"<p>{i}. {SENTENCE}</p>" for i in range(1, 31))

BAD = {
    "an empty body": b"",
    "white space": b" \r\n\t ",
    "a 10 MB page": b"<html><body>" + P * 100_000,
    "100,000 nested tags": b"<div>" * 100_000 + b"hello",
    "100,000 nested formatting tags": b"<b>" * 100_000 + b"hello",
    "30,000 nested tables": b"<table><tr><td>" * 30_000 + b"hello",
    "100,000 line breaks": b"word<br>" * 100_000,
    "NULs in the text": b"\0".join(b"<p>%c" % c for c in b"hello there"),
    "invalid UTF-8": b"<meta charset=utf-8><p>Hello \xff\xfe\xc3( world</p>",
    "a billion laughs": LAUGHS.encode(),
    "a JPEG called HTML": b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(50_000),
    "random bytes": random.Random(2).randbytes(500_000),
    "one endless word": b"<p>" + b"a" * 3_000_000,
    "years without end": b"<p>" + b"2019-" * 400_000,
    "an id without end": b"<p>" + b"a-" * 400_000 + b"1",
    "one endless attribute": b'<a href="' + b"a" * 3_000_000,
    "one endless comment": b"<!--" + b"x" * 3_000_000,
    "a million brackets": b"<" * 1_000_000,
    "a wide table": b"<table>" + b"<tr><td>a</td><td>b</td></tr>" * 20_000,
    "many menus": b"".join(b'<div class="menu c%d">x</div>' % i for i in range(20_000)),
    "numbers that are no characters": b"<p>hi &#xD800; &#0; &#x110000; &#99999999999;</p>",
}
#: What a few kilobytes become: made by the test alone that unpacks it.
BOMBS = {
    "a bomb of 1000:1": lambda: (b"<p>" + b"aaaa bbbb. " * 6) * 400_000,
    "a bomb of accents": lambda: "é ".encode() * 11_000_000 + "Ã¤".encode(),
    "a bomb of accents and a stray byte": lambda: "é ".encode() * 11_000_000 + b"\xff",
    "a bomb of double-encoded characters": lambda: "é’ü “Ã¤” ".encode() * 2_000_000,
    "a bomb of NULs": lambda: b"\0" * 40_000_000,
}


@pytest.mark.parametrize("name", [*BAD, *BOMBS])
def test_bad_input_gives_a_document_with_a_kind_and_a_reason_in_time(name):
    page = BAD[name] if name in BAD else gzip.compress(BOMBS[name]())
    start = time.process_time()
    document = extract(page, url="http://acme.example/", content_type="text/html")
    assert time.process_time() - start < 10
    assert document.kind in Kind
    if not document.text:
        assert document.kind == Kind.EMPTY
        assert document.detail
    document.text.encode("utf-8")
    document.markdown.encode("utf-8")


def test_scripts_are_left_out_before_a_page_is_cut():
    script = "var x = 1;\n" * 3_000_000
    for html in (f"<script>{script}</script>{POLICY}", f"<p>{SENTENCE}</p><SCRIPT a>{script}</script >{POLICY}"):
        assert extract(html.encode(), url="http://acme.example/").text.count(SENTENCE) == html.count(SENTENCE)
        assert extract(html, url="http://acme.example/").text.count(SENTENCE) == html.count(SENTENCE)


def test_an_element_of_100_000_attributes_is_read_with_its_first_ones():
    attributes = " ".join(f'a{n}="<b> {n}>"' for n in range(100_000))
    tree, is_whole = parse(f"<body><div {attributes}>{POLICY}</div>")
    assert is_whole
    assert len(tree.find(".//div").attrib) == MOST_ATTRIBUTES
    assert extract(f"<body><div {attributes}>{POLICY}</div>", url="http://acme.example/").text.count(SENTENCE) == 30


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "blockquote", "span"])
def test_a_text_within_and_behind_10_000_levels_is_kept(tag):
    html = f"<body>{POLICY}{f'<{tag}>' * 10_000}{POLICY}{f'</{tag}>' * 10_000}{POLICY}</body>"
    assert extract(html, url="http://acme.example/").text.count(SENTENCE) == 90


def test_entities_of_a_document_type_are_not_expanded():
    assert extract(LAUGHS.encode(), url="http://acme.example/").text.count("lol") == 0


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<b>", "</b>", "<a href='x'>", "</a>", "<li>", "<ul>", "</ul>", "<table>",
             "<ol type=i>", "<tr>", "<td>", "</td>", "</table>", "<br>", "<dl>", "<dt>", "<h1>",
             "</h1>", "<pre>", "a  b\n",
             "1. ", "* x", "&amp;", "\u00e9", "<summary>", "<nav>", "<footer>", "|",
             "We collect data, and keep it."]
        ),
        max_size=40,
    ),
    st.sampled_from(["http://acme.example/", "", "not a url", "http://[bad/"]),
)  # fmt: skip
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_any_soup_of_tags_gives_tidy_text(soup, url):
    document = extract("".join(soup).encode(), url=url)
    assert document.text == document.text.strip("\n")
    assert "\n\n\n" not in document.text
    assert not any(line != line.rstrip() for line in document.text.split("\n"))
    assert "<" not in document.text
