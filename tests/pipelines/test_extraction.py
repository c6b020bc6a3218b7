"""Whole pages: golden files of our own, and what must never be lost or let in."""
# ruff: noqa: E501 (a case is a line)

import gzip
import re
import zlib
from datetime import date
from importlib.metadata import version
from pathlib import Path

import brotli
import pytest

from pipelines.extraction import EXTRACTOR, extract
from pipelines.outcomes import Kind

PAGES = Path(__file__).parent / "pages"
URL = "http://www.hazel.example/legal/privacy.html"
SENTENCE = "We collect the name and the postal address that you give us with your order, and nothing else."
POLICY = "".join(f"<p>{i}. {SENTENCE}</p>" for i in range(1, 31))


def page(name):
    return (PAGES / f"{name}.html").read_bytes()


def text_of(html, **more):
    return extract(html.encode(), url=URL, **more).text


@pytest.mark.parametrize("name", ["accordion", "layout_table", "tabs_and_hidden", "plain_lists"])
def test_our_pages_give_the_text_and_the_markdown_that_a_person_would_copy(name):
    document = extract(page(name), url=URL)
    assert document.text + "\n" == (PAGES / f"{name}.txt").read_text("utf-8")
    assert document.markdown + "\n" == (PAGES / f"{name}.md").read_text("utf-8")
    assert document.kind == Kind.PRIVACY_POLICY


def test_a_document_knows_its_title_language_date_and_charset():
    document = extract(page("layout_table"), url=URL, content_type="text/html")
    assert document.title == "Datenschutz - Müller & Söhne"
    assert document.language == "de"
    assert document.effective_date == date(2004, 5, 25)
    assert document.charset == "windows-1252"
    assert document.words == len(re.findall(r"\w+", document.text))


def test_a_replay_url_tells_the_sites_country_and_the_day_of_the_capture():
    html = f"<p>Last updated: 04/05/2012</p><p>{SENTENCE}</p>".encode()
    replayed = "http://web.archive.org/web/20{}0101000000id_/http://www.hazel.co.uk/privacy"
    assert extract(html, url=replayed.format(15)).effective_date == date(2012, 5, 4)
    assert extract(html, url=replayed.format(11)).effective_date is None


def test_both_renderings_hold_the_same_words():
    for name in ("accordion", "layout_table", "tabs_and_hidden", "plain_lists"):
        document = extract(page(name), url=URL)
        markdown = re.sub(r"\]\([^)]*\)|---", " ", document.markdown).replace("\\", "")
        assert re.findall(r"\w+", document.text.replace("cookies_at_all", "")) == re.findall(
            r"\w+", markdown.replace("cookies_at_all", "")
        )


@pytest.mark.parametrize(
    "frame",
    [
        "<nav><a href='/a'>Shop</a> now open</nav>",
        "<div role='navigation'>now open</div>",
        "<div class='main-menu'><a href='/a'>now</a> <a href='/b'>open</a></div>",
        "<div id='mainnav'><a href='/a'>now</a> <a href='/b'>open</a></div>",
        "<div id='cookie-banner'><p>We use cookies and are now open for your choice of them.</p></div>",
        "<div id='CybotCookiebotDialog'><p>Cookies: now open for your choice.</p></div>",
        "<footer><p>now open</p></footer>",
        "<div class='footer'>now open</div>",
        "<div class='breadcrumb'><a href='/'>now open</a></div>",
        "<aside><p>now open</p></aside>",
        "<header><p>now open</p></header>",
        "<select><option>now open</option></select>",
        "<script>now open</script><style>now open</style><noscript>now open</noscript>",
        "<ul><li><a href='/a'>now</a></li><li><a href='/b'>open</a></li></ul>",
        "<!-- now open -->",
        "<p><a href='#top'>Back to top</a></p>",
    ],
)
@pytest.mark.parametrize("where", ["before", "after"])
def test_the_frame_around_a_text_is_gone(frame, where):
    body = frame + POLICY if where == "before" else POLICY + frame
    text = text_of(f"<html><body>{body}</body></html>")
    assert "open" not in text
    assert "top" not in text
    assert text.count(SENTENCE) == 30


@pytest.mark.parametrize(
    "start",
    ["<nav>", "<footer>", "<aside>", "<div class='sidebar menu'>", "<div id='cookie-policy-banner'>", "<header>",
     "<div class='modal' style='display:none'>", "<form>", "<div hidden>", "<details>", "<font>"],
)  # fmt: skip
def test_a_text_is_kept_whatever_its_element_is_called(start):
    text = text_of(f"<html><body><div><a href='/'>Home</a></div>{start}{POLICY}</body></html>")
    assert text.count(SENTENCE) == 30


def test_the_headers_of_sections_and_the_prose_of_asides_are_text():
    parts = "".join(
        f"<section><header><h2>Part {n}</h2></header>{POLICY.replace('order', f'order of {n} seeds')}"
        f"<aside>In short: {SENTENCE} Of {n} seeds we tell no one. {SENTENCE}</aside></section>"
        for n in (1, 2, 3)
    )
    text = text_of(f"<html><body><header><a href='/'>Acme</a></header><div>{parts}</div></body></html>")
    assert text.count("In short:") == 3
    assert "Part 1" in text
    assert "Part 3" in text


SECTIONS = (
    "<div><div class='sec'>{policy}</div><div class='sec'>{last}</div></div>",
    "<section class='sec'>{last}</section><section class='sec'>{policy}</section>",
    "<div class='item'><h3>A</h3><div>{policy}</div></div><div class='item'><h3>B</h3><div>{last}</div></div>",
    "<div>{policy}</div><details><summary>More</summary>{last}</details>",
    "<blockquote>{policy}</blockquote>{last}",
    "<font face='Arial'>{policy}</font>{last}",
    "<ol><li>{policy}</li></ol>{last}",
)


@pytest.mark.parametrize("page_of", SECTIONS)
@pytest.mark.parametrize(
    "last",
    [
        "<address>Hazel Seeds<br>1 Marrow Lane</address>",
        "<h2>Ask us for</h2><ul><li>a copy</li><li>Marrow Lane</li></ul>",
        "<table><tr><th>Cookie</th><th>Use</th></tr><tr><td>sid</td><td>Marrow Lane</td></tr></table>",
        "<p>Children of Marrow Lane are welcome.</p>",
    ],
)
def test_a_section_in_a_container_of_its_own_is_kept_however_short(page_of, last):
    menu = "<div class='top-nav'><a href='/'>Home</a> <a href='/shop'>Shop</a></div>"
    text = text_of(f"<body>{menu}<main>{page_of.format(policy=POLICY, last=last)}</main></body>")
    assert "Marrow Lane" in text
    assert "Shop" not in text


def test_a_clause_that_a_policy_says_again_is_kept():
    again = "".join(f"<p>{word}: {SENTENCE} {SENTENCE}</p>" for word in ("Access", "Erasure", "Appeal", "Export"))
    html = f"<body><h2>Europe</h2>{again}{POLICY}<h2>California</h2>{again}</body>"
    assert text_of(html).count("Erasure:") == 2


def test_a_policy_torn_into_small_parts_that_are_called_frames_is_not_lost():
    parts = "".join(f"<div class='widget footer'>{SENTENCE} {i}.</div>" for i in range(20))
    assert text_of(f"<html><body>{parts}</body></html>").count(SENTENCE) == 20


def test_a_text_that_stands_twice_for_two_screens_is_read_once():
    html = f"<body><div class='desktop'>{POLICY}</div><div class='mobile'>{POLICY}</div></body>"
    assert text_of(html).count(SENTENCE) == 30


@pytest.mark.parametrize(
    "change",
    [
        ("href='/cookies?sid=4711'", "href='/cookies?sid=0815'"),
        ("Buy one, get one", "Free shipping today"),
        ("© 2009", "© 2010"),
        ('<p class="x" id="y">', '<p id="y" class="x">'),
        ("<p>", "<p >\n  "),
        ("<b>never</b>", "<strong>never</strong>"),
    ],
)
def test_the_hash_does_not_change_with_what_is_not_the_text(change):
    html = (
        "<html><body><div class='promo'>Buy one, get one</div><main><h1>Privacy</h1>"
        f'<p class="x" id="y">We <b>never</b> sell data; see <a href=\'/cookies?sid=4711\'>cookies</a>.</p>{POLICY}</main>'
        "<footer>© 2009 Acme</footer></body></html>"
    )
    changed = html.replace(*change)
    assert changed != html
    assert extract(html.encode(), url=URL).text_sha256 == extract(changed.encode(), url=URL).text_sha256


def test_the_hash_changes_with_every_word():
    html = f"<body>{POLICY}</body>"
    original = extract(html.encode(), url=URL).text_sha256
    for word in ("name", "not", "17"):
        changed = html.replace("17. We collect the name", f"17. We collect the {word} name")
        assert extract(changed.encode(), url=URL).text_sha256 != original


def test_links_are_absolute_against_the_captured_page_and_its_base():
    html = f"<head><base href='/web/20120401id_/http://cdn.hazel.example/x/'></head>{POLICY}<p>See <a href='y.html'>why</a> we do it, as we said.</p>"
    assert "[why](http://cdn.hazel.example/x/y.html)" in extract(html.encode(), url=URL).markdown
    replayed = "https://web.archive.org/web/20120401000000id_/http://www.hazel.example/legal/privacy.html"
    html = f"{POLICY}<p>See <a href='y.html'>why</a> we do it, as we said before.</p>"
    assert "[why](http://www.hazel.example/legal/y.html)" in extract(html.encode(), url=replayed).markdown


def test_a_page_that_scripts_fill_says_so():
    html = (
        "<html><head><title>Acme</title><script src='/app.js'></script></head><body><div id='root'></div></body></html>"
    )
    document = extract(html.encode(), url=URL)
    assert (document.kind, document.text) == (Kind.EMPTY, "")
    assert "scripts" in document.detail


def test_characters_that_were_decoded_by_others_are_read_like_bytes():
    html = f"<meta charset='koi8-r'><h1>Datenschutz für Gäste</h1>{POLICY}"
    document, of_bytes = extract(html, url=URL), extract(html.encode(), url=URL)
    assert document.text == of_bytes.text
    assert document.text.startswith("Datenschutz für Gäste")
    assert (document.charset, of_bytes.charset) == (None, "utf-8")
    assert document.raw_sha256 == of_bytes.raw_sha256
    assert extract("We keep\n\nnothing \ud800.", url=URL).text == "We keep\n\nnothing ?."
    assert extract("", url=URL).detail == "empty body"


def test_a_challenge_page_is_blocked_though_it_has_no_text():
    html = "<html><head><script src='/_Incapsula_Resource?SWJIYLWA=719'></script></head><body></body></html>"
    assert extract(html.encode(), url=URL).kind == Kind.BLOCKED


def test_plain_text_is_read_as_it_stands():
    document = extract(b"We keep\nnothing < 1 day.\n\nSecond <b>paragraph</b>.", url=URL, content_type="text/plain")
    assert document.text == "We keep nothing < 1 day.\n\nSecond <b>paragraph</b>."


@pytest.mark.parametrize(
    "sentence", ["Мы храним Ваш адрес.", "Διατηρούμε τη διεύθυνση.", "אנו שומרים את הכתובת.", SENTENCE]
)
@pytest.mark.parametrize(
    ("codec", "charset"), [("utf-16", None), ("utf-16-be", "utf-16be"), ("utf-16-le", "utf-16"), ("utf-16-le", None)]
)
def test_utf16_is_text_in_every_script_marked_or_declared(sentence, codec, charset):
    body = f"<html><head><title>{sentence}</title></head><body>{f'<p>{sentence}</p>' * 9}</body></html>".encode(codec)
    document = extract(body, url=URL, content_type=f"text/html; charset={charset}" if charset else "text/html")
    assert document.text.count(sentence) == 9


def _raw_deflate(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize("pack", [brotli.compress, _raw_deflate, lambda body: gzip.compress(brotli.compress(body))])
@pytest.mark.parametrize("declared", [None, "gzip", "identity"])
def test_a_coding_that_no_header_declares_and_no_first_bytes_tell_is_found_out(pack, declared):
    document = extract(pack(f"<h1>Müller</h1>{POLICY}".encode()), url=URL, content_encoding=declared)
    assert document.text.count(SENTENCE) == 30
    assert document.detail.startswith("undeclared ")


def test_binary_data_that_is_called_utf16_is_binary_data():
    body = bytes(range(256)) * 20
    assert extract(body, url=URL, content_type="text/html; charset=utf-16").detail == "binary data, no text"


def test_a_page_nested_too_deep_for_a_tree_is_read_without_one():
    document = extract(b"<html><body>" + b"<div>" * 5000 + POLICY.encode(), url=URL)
    assert document.text.count(SENTENCE) == 30
    assert document.reading == "tags"


def test_every_kind_is_one_of_the_kinds_and_says_how_it_was_read():
    readings = {
        b"": None,
        b"<p>Hello there.</p>": "dom",
        POLICY.encode(): "dom",
        b"\xff\xd8\xff": None,
        b"Hi": "plain",
    }
    for body, reading in readings.items():
        document = extract(body, url=URL)
        assert document.kind in Kind
        assert document.reading == reading


def test_all_that_one_build_reads_has_one_extractor_which_names_all_that_has_a_part_in_texts():
    documents = [extract(body, url=URL) for body in (b"", page("accordion"), b"Hello there.", _pdf([["Hello there."]]))]
    assert {document.extractor for document in documents} == {EXTRACTOR}
    assert [name for name in ("lxml", "pypdfium2") if f"{name} {version(name)}" not in EXTRACTOR] == []


def test_the_same_page_gives_the_same_document_every_time():
    first = extract(page("accordion"), url=URL)
    assert [extract(page("accordion"), url=URL) for _ in range(5)] == [first] * 5


def _pdf(pages):
    """A PDF with a font and lines of text, as small as the format allows."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        drawn = "\n".join(f"1 0 0 1 60 {760 - 16 * i} Tm ({line}) Tj" for i, line in enumerate(lines))
        stream = f"BT /F1 10 Tf\n{drawn}\nET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Contents {len(objects)} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer << /Size {len(objects) + 1} /Root 1 0 R >>\n"
    )
    return out + f"{end}startxref\n{len(out)}\n%%EOF".encode("latin-1")


def test_a_pdf_is_read_without_page_numbers_running_heads_and_hyphens():
    subjects = ("orders", "letters", "parcels", "accounts")
    pages = [
        [
            "Acme Inc. - Privacy Policy",
            f"OUR {subject.upper()}",
            f"For {subject} we collect the name and the postal address that you give us, and infor-",
            "mation about the pages you have seen on our website, but never the number of your card.",
            f"* We sell nothing of your {subject} to anyone.",
            f"Of {subject} we keep a record for {n} years.",
            f"Page {n} of 4",
        ]
        for n, subject in enumerate(subjects, 1)
    ]
    document = extract(_pdf(pages), url="http://acme.example/privacy.pdf", content_type="application/pdf")
    assert document.reading == "pdf"
    assert document.charset is None
    assert "Page 2 of 4" not in document.text
    assert "Acme Inc." not in document.text
    assert "that you give us, and information about the pages you have seen" in document.text
    assert "  • We sell nothing of your parcels to anyone." in document.text
    assert "## OUR LETTERS" in document.markdown


def test_a_pdf_s_text_stands_in_its_markdown_as_it_is():
    lines = ["Write <em> or *this* or &amp; in a form, and we keep it as you wrote it, with your name beside it."]
    document = extract(_pdf([lines]), url="http://acme.example/privacy.pdf")
    assert document.text == lines[0]
    assert document.markdown == lines[0].replace("<em>", r"\<em\>").replace("*", r"\*").replace("&", r"\&")


def test_a_damaged_pdf_says_why_it_has_no_text():
    document = extract(b"%PDF-1.4\ngarbage", url=URL)
    assert document.kind == Kind.EMPTY
    assert "PDF" in document.detail


def test_a_page_of_another_matter_is_other():
    html = "<h1>Sweet peas</h1>" + "<p>Sow the seeds in spring, a finger deep, and water them well each day.</p>" * 9
    assert extract(html.encode(), url=URL).kind == Kind.OTHER
