"""What of a page is its text and what the frame around it, where names mislead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extraction import extract
from pipelines.page import boilerplate
from pipelines.page.blocks import HEADING, PARAGRAPH, Block

URL = "http://www.hazel.example/legal/privacy.html"
TOPICS = ("name", "address", "order", "payment", "parcel", "garden", "letter", "complaint")
CLAUSE = "We keep what you tell us of your {0} for as long as we need it, and tell no one of your {0}."
POLICY = "".join(f"<h2>Your {topic}</h2><p>{CLAUSE.format(topic)}</p>" for topic in TOPICS)


def text_of(body):
    return extract(f"<html><head><title>Privacy</title></head><body>{body}</body></html>".encode(), url=URL).text


@pytest.mark.parametrize(
    "name",
    ["id='gdpr'", "class='gdpr-rights'", "id='consent'", "id='cookie-notice'", "class='privacy-cookie-notice'",
     "id='share'", "id='information-we-share'", "id='newsletter'", "id='subscribe'", "class='section no-sidebar'",
     "class='content-with-sidebar'", "class='block has-footer'", "class='menu-item'", "id='navigation'"],
)  # fmt: skip
def test_a_section_of_a_policy_is_kept_whatever_it_is_called(name):
    section = f"<div {name}><h2>Of marrows</h2><p>We tell nobody of your marrows, unless a court asks.</p></div>"
    assert "marrows, unless" in text_of(f"<div id='main'>{POLICY}{section}<h2>Contact</h2><p>Write to us.</p></div>")


@pytest.mark.parametrize(
    "frame",
    [
        "<div id='gdpr-banner'><p>We use cookies, and marrows.</p></div>",
        "<div class='gdpr'><h2>Cookies</h2><p>We use cookies, and marrows.</p><button>Accept</button></div>",
        "<div id='consent'><p>We use cookies, and marrows.</p><a href='#'>Accept</a></div>",
        "<div class='cookie-consent'><h2>Marrows</h2><p>We use cookies.</p><a href='javascript:ok()'>Accept</a></div>",
        "<div class='share'><a href='http://a.example/'>Marrows</a> <a href='http://b.example/'>Peas</a></div>",
        "<div class='newsletter'><h2>News of marrows</h2><form>Your address: <input name='a'></form></div>",
        "<div class='onetrust-consent'><h2>Marrows</h2><p>We use cookies.</p></div>",
        "<div class='menu-item'><a href='/marrows'>Marrows</a></div>",
    ],
)
def test_what_asks_for_consent_or_an_address_is_no_section(frame):
    text = text_of(f"<div id='main'>{POLICY}{frame}<h2>Contact</h2><p>Write to us.</p></div>")
    assert "arrows" not in text
    assert "Write to us." in text


@pytest.mark.parametrize("panel", ["style='display:none'", "aria-hidden='true'", "class='comment-list'", "hidden"])
def test_the_hidden_panels_of_a_short_policy_are_kept(panel):
    hidden = "".join(
        f"<h3>{t}?</h3><div {panel}><p>{CLAUSE.format(t)} {CLAUSE.format(t)}</p></div>" for t in TOPICS[:4]
    )
    start = "".join(f"<p>{CLAUSE.format(t)} {CLAUSE.format(t)}</p>" for t in TOPICS[4:6])
    text = text_of(f"<h1>Privacy</h1>{start}{hidden}")
    assert all(CLAUSE.format(t) in text for t in TOPICS[:6])


@pytest.mark.parametrize(
    "line",
    ["<p>© {} Hazel Seeds. All rights reserved.</p>", "<center><small>Copyright 1996-{}, Hazel Seeds.</small></center>",
     "<div class='copyright'>(c) Hazel Seeds {}</div><p><a href='/'>Home</a> | <a href='/shop'>Shop</a></p>"],
)  # fmt: skip
def test_a_copyright_line_under_a_policy_is_the_frames(line):
    texts = {text_of(f"<h1>Privacy</h1>{POLICY}{line.format(year)}") for year in (2015, 2016)}
    assert len(texts) == 1
    assert "Hazel Seeds" not in texts.pop()


def test_a_clause_on_copyright_is_kept():
    clause = "<p>Copyright in what you send us stays yours, as it has been since 1998.</p>"
    assert "stays yours" in text_of(f"<h1>Privacy</h1>{POLICY}{clause}<p>Write to us at any time.</p>")


def test_a_copyright_line_that_dates_the_policy_is_kept():
    line = "<p>© 2010 Hazel Seeds. Last updated: January 5, 2010.</p>"
    assert "January 5, 2010" in text_of(f"<h1>Privacy</h1>{POLICY}{line}")


def test_a_layout_table_of_two_rows_is_no_table_of_data():
    clauses = "".join(f"<p>{CLAUSE.format(topic)}</p>" for topic in TOPICS)
    text = text_of(
        "<table><tr><td>Hazel Seeds</td><td>Welcome</td></tr>"
        f"<tr><td><a href='/'>Home</a><br><a href='/shop'>Shop</a></td><td><p>Privacy</p>{clauses}</td></tr></table>"
    )
    assert CLAUSE.format("name") in text.split("\n")
    assert "|" not in text
    assert "Shop" not in text


@pytest.mark.parametrize("name", ["siteFooter", "FooterWP", "pageFooterLinks", "footer"])
def test_a_footer_is_known_where_its_name_is_joined_to_another_word(name):
    def text(name):
        part = f"<div class='{name}'><p>Marrow Lane 4, Hazelton.</p></div>"
        return text_of(f"<div id='main'>{POLICY}{part}{POLICY}</div>")

    assert "Marrow Lane" not in text(name)
    assert "Marrow Lane" in text("footnotes") and "Marrow Lane" in text("Footerless")


@pytest.mark.parametrize("label", ["See details", "Show more", "Hide all", "view less", "Expand all"])
def test_the_label_of_an_expander_is_no_line_of_the_text(label):
    start, end = POLICY.split("<h2>Your parcel</h2>")
    assert label not in text_of(f"<main>{start}<p>{label}</p><h2>Your parcel</h2>{end}</main>")
    sentence = f"{label} of your parcel to nobody."
    assert sentence in text_of(f"<main>{start}<p>{sentence}</p><h2>Your parcel</h2>{end}</main>")


def _blocks(sizes):
    """Paragraphs of so many words; headings of the first level for none."""
    return [Block(PARAGRAPH, "We keep a letter. " * n) if n else Block(HEADING, "Privacy", level=1) for n in sizes]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=8))
def test_trafilatura_is_asked_if_and_only_if_there_is_no_title_and_some_run_of_blocks_could_be_its_choice(sizes):
    blocks = _blocks(sizes)
    runs = (blocks[start:end] for start in range(len(blocks)) for end in range(start + 1, len(blocks) + 1))
    could_be = any(boilerplate._is_a_document(run, blocks) for run in runs)
    is_asked = could_be and all(sizes)
    assert boilerplate._holds_a_document(blocks, list(map(boilerplate.prose, blocks))) == is_asked


@pytest.mark.parametrize("order", ["before", "behind"])
def test_a_table_of_contents_for_wide_screens_and_one_for_narrow_ones_are_read_once(order):
    entries = "".join(
        f"<li><a href='#{topic}'>What do you do with what I told you of my {topic}?</a></li>" for topic in TOPICS
    )
    narrow = f"<details open><summary>Contents</summary><nav><ul>{entries}</ul></nav></details>"
    main = f"<main><h1>Privacy</h1>{narrow}{POLICY * 3}</main>"
    wide = f"<div class='side'><h3>Contents</h3><nav><ul>{entries}</ul></nav></div>"
    text = text_of(f"<div>{wide + main if order == 'before' else main + wide}</div>")
    assert text == text_of(f"<div>{main}</div>")
    assert text.count("told you of my garden?") == 1


@pytest.mark.parametrize(
    ("titles", "kept"),
    [
        (("Privacy Policy", "Hazel Seeds Privacy Policy"), ["Hazel Seeds Privacy Policy"]),
        (("PRIVACY POLICY", "Privacy Policy"), ["Privacy Policy"]),
        (("Hazel Seeds Privacy Policy", "Privacy Policy"), ["Hazel Seeds Privacy Policy"]),
        (("Privacy", "Privacy at school"), ["Privacy", "Privacy at school"]),
        (("Privacy Policy", "Why we have a privacy policy"), ["Privacy Policy", "Why we have a privacy policy"]),
        (("Privacy Policy", "Your seeds"), ["Privacy Policy", "Your seeds"]),
    ],
)
def test_of_two_titles_that_say_the_same_but_for_a_name_one_is_left_out(titles, kept):
    headings = "".join(f"<h{level}>{title}</h{level}>" for level, title in enumerate(titles, 1))
    text = text_of(f"<main>{headings}<p>{CLAUSE.format('letter')}</p>{POLICY}</main>")
    assert text.split("\n\n")[: len(kept) + 1] == [*kept, CLAUSE.format("letter")]


CONTENTS = "".join(f"<li><a href='#{topic}'>Your {topic}</a></li>" for topic in TOPICS)


@pytest.mark.parametrize(
    "above",
    [
        "<table><tr><td class='heading'>Privacy Statement</td></tr></table>",
        "<x-card-title>Privacy Statement</x-card-title>",
        "<div><span class='Head'>Privacy Statement</span></div><div>Marrow Lane 4</div>",
        "<div class='hero'><h1>Privacy Statement</h1></div><div class='toc'><ul>{contents}</ul></div>",
        "<div><h2>Privacy Statement</h2></div><div><h3>Marrows</h3></div>",
        "<div><h1><a href='{url}'>Privacy Statement</a></h1></div>",
    ],
)
def test_the_title_of_a_policy_is_kept_though_it_stands_in_another_part_of_the_page(above):
    above = above.format(contents=CONTENTS, url=URL)
    assert "Privacy Statement" in text_of(f"<div><p>Hazel Seeds</p>{above}<div>{POLICY}</div></div>").split("\n")


def test_a_date_beside_a_title_far_above_is_kept():
    hero = "<div><h1>Privacy Statement</h1><p>As of 5 May 2021</p></div>"
    text = text_of(f"<div>{hero}<div><p>On this page</p><ul>{CONTENTS}</ul></div><div>{POLICY}</div></div>")
    assert text.startswith("Privacy Statement\n\nAs of 5 May 2021\n\nYour name\n\nWe keep")


def test_the_label_of_a_form_is_no_title():
    assert text_of(f"<div><p>Name *</p><p>Privacy policy *</p><div>{POLICY}</div></div>").startswith("Your name")


def test_a_table_that_is_one_by_its_roles_is_a_table():
    cells = "<div role='row'><span role='columnheader'>{}</span><span role='columnheader'>{}</span></div>"
    rows = cells.format("Cookie", "Use") + cells.replace("columnheader", "cell").format("sid", "Counts marrows")
    table = f"<div role='table'><div role='rowgroup'>{rows}</div></div>"
    assert "Cookie | Use\nsid | Counts marrows" in text_of(f"<main><h1>Privacy</h1>{POLICY}{table}</main>")


def test_rows_by_their_roles_within_a_row_cost_no_words():
    inner = "<div role='row'><div role='cell'>big</div><div role='cell'>marrows</div></div>"
    table = f"<table><tr><td>Cookie</td><td>Use</td></tr><tr><td>sid</td><td>Counts {inner}</td></tr></table>"
    text = text_of(f"<main><h1>Privacy</h1>{POLICY}{table}</main>")
    assert text.split("Cookie | Use\n")[1].replace(" | ", " ").split("\n")[0] == "sid Counts big marrows"
