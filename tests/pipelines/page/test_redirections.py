"""Pages whose text stands on another page."""
# ruff: noqa: E501 (a case is a line)

from pathlib import Path

import pytest

from pipelines.extraction import extract
from pipelines.outcomes import Kind

URL = "http://www.hazel.example/legal/privacy.html"
SENTENCE = "<p>We collect the name and the postal address that you give us with your order, and nothing else.</p>"
FRAMESET = Path(__file__).parents[1] / "pages" / "frameset.html"


@pytest.mark.parametrize(
    "frame",
    [
        "<iframe src='about:blank' data-src='text.html'></iframe>",
        "<amp-iframe src='text.html' width=1></amp-iframe>",
        "<object data='text.html' type='text/html'></object>",
        "<object data='text.html'><p>Your browser shows no objects.</p></object>",
        "<embed src='text.html'>",
        "<object data='film.swf'></object><embed src='a.png'><embed src='b' type='image/png'><iframe src='text.html'></iframe>",
    ],
)
def test_whatever_shows_another_page_within_this_one_is_to_be_followed(frame):
    document = extract(f"<html><body>{frame}</body></html>".encode(), url=URL)
    assert document.follow == ("http://www.hazel.example/legal/text.html",)


def test_a_frameset_says_where_its_text_is():
    document = extract(FRAMESET.read_bytes(), url="http://www.acme.example/legal/")
    assert (document.kind, document.text) == (Kind.EMPTY, "")
    assert document.follow == (
        "http://www.acme.example/legal/menu.html",
        "http://www.acme.example/legal/privacy_text.html",
    )
    assert "frameset" in document.detail


@pytest.mark.parametrize(
    "content",
    ["0;url=/new/privacy.html", "0; URL='http://www.hazel.example/new/privacy.html'", "5,/new/privacy.html"],
)
def test_a_meta_refresh_is_to_be_followed(content):
    html = f'<html><head><meta http-equiv="Refresh" content="{content}"></head><body></body></html>'
    document = extract(html.encode(), url=URL)
    assert document.follow == ("http://www.hazel.example/new/privacy.html",)
    assert document.kind == Kind.EMPTY
    assert "refresh" in document.detail


@pytest.mark.parametrize("content", ["300", "300;", " 30 "])
def test_a_page_that_reloads_itself_leads_nowhere(content):
    html = f'<meta http-equiv="refresh" content="{content}"><p>Please wait.</p>'
    assert extract(html.encode(), url=URL).follow == ()


def test_frames_and_refreshes_are_relative_to_the_pages_base():
    base = "<head><base href='http://www.hazel.example/old/'>"
    frames = f"{base}</head><frameset><frame src='main.html'></frameset>"
    assert extract(frames.encode(), url=URL).follow == ("http://www.hazel.example/old/main.html",)
    refresh = f"{base}<meta http-equiv='refresh' content='0;url=new.html'></head>"
    assert extract(refresh.encode(), url=URL).follow == ("http://www.hazel.example/old/new.html",)


def test_a_stub_with_a_link_and_a_refresh_says_why_it_is_so_short():
    html = '<meta http-equiv="refresh" content="0;url=/new.html"><p>We have moved to <a href="/new.html">here</a>.</p>'
    document = extract(html.encode(), url=URL)
    assert document.follow == ("http://www.hazel.example/new.html",)
    assert document.detail == "meta refresh to another page"


def test_a_page_with_text_that_refreshes_itself_is_not_to_be_followed():
    html = f'<meta http-equiv="refresh" content="600;url=/other.html">{SENTENCE * 20}'
    assert extract(html.encode(), url=URL).follow == ()
