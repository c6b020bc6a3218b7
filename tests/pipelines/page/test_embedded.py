"""Texts that a page holds in its data and does not show: each framework's way, each content system's tree."""
# ruff: noqa: E501 (a case is a line)

import json
from html import escape

import pytest

from pipelines.extraction import extract
from pipelines.outcomes import Kind

URL = "http://www.hazel.example/privacy"
HEADINGS = ("What we collect", "Whom we tell", "How long we keep it")
PARAGRAPHS = tuple(
    f"Of every {thing} we keep the name and the postal address that came with it, for {n} years, and we use them for "
    f"nothing else but to send what was ordered; of {thing}s that are cancelled, we keep nothing at all."
    for n, thing in enumerate(("order", "letter", "parcel", "question", "visit", "return"), 2)
)
ITEMS = ("the post office", "our bank")

#: What each form of the data below stands for.
TEXT = "\n\n".join(
    [
        f"{HEADINGS[0]}\n\n{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}",
        f"{HEADINGS[1]}\n\n{PARAGRAPHS[2]}\n\n  • {ITEMS[0]}\n  • {ITEMS[1]}",
        f"{HEADINGS[2]}\n\n{PARAGRAPHS[3]}\n\n{PARAGRAPHS[4]}\n\n{PARAGRAPHS[5]}",
    ]
)
HTML = (
    f"<h2>{HEADINGS[0]}</h2><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p><h2>{HEADINGS[1]}</h2><p>{PARAGRAPHS[2]}</p>"
    f"<ul><li>{ITEMS[0]}</li><li>{ITEMS[1]}</li></ul><h2>{HEADINGS[2]}</h2>"
    + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[3:])
)
MARKDOWN = (
    f"## {HEADINGS[0]}\n\n{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}\n\n## {HEADINGS[1]}\n\n{PARAGRAPHS[2]}\n\n"
    f"- {ITEMS[0]}\n- {ITEMS[1]}\n\n## {HEADINGS[2]}\n\n" + "\n\n".join(PARAGRAPHS[3:])
)
MENU = {
    "menu": [{"title": "Home", "href": "/"}, {"title": "Our shop is open, come in!", "href": "/shop"}],
    "theme": "a",
}


def tree(heading, paragraph, items):
    """A list of nodes, each made by the function for its kind."""
    return [
        heading(HEADINGS[0]),
        *map(paragraph, PARAGRAPHS[:2]),
        heading(HEADINGS[1]),
        paragraph(PARAGRAPHS[2]),
        *items(ITEMS),
        heading(HEADINGS[2]),
        *map(paragraph, PARAGRAPHS[3:]),
    ]


def node(kind, inner, name="type", inside="children", **more):
    return {name: kind, inside: inner, **more}


def leaves(text, **more):
    """A text as systems have it after somebody set a word of it in bold."""
    first, _, rest = text.partition(" ")
    return [{"type": "text", "text": first, **more}, {"type": "text", "text": f" {rest}"}] if rest else [{"text": text}]


def sanity(text, style="normal", **more):
    return {"_type": "block", "style": style, "children": [{"_type": "span", "text": text, "marks": []}], **more}


def contentful(kind, text):
    return node(kind, [{"nodeType": "text", "value": text, "marks": []}], "nodeType", "content")


TREES = {
    "Contentful": tree(
        lambda text: contentful("heading-2", text),
        lambda text: contentful("paragraph", text),
        lambda items: [node("unordered-list", [node("list-item", [contentful("paragraph", i)], "nodeType", "content")
                                              for i in items], "nodeType", "content")],
    ),
    "Sanity": tree(lambda text: sanity(text, "h2"), sanity, lambda items: [sanity(i, listItem="bullet") for i in items]),
    "Prismic": tree(
        lambda text: {"type": "heading2", "text": text, "spans": []},
        lambda text: {"type": "paragraph", "text": text, "spans": [{"start": 0, "end": 2, "type": "strong"}]},
        lambda items: [{"type": "list-item", "text": i, "spans": []} for i in items],
    ),
    "Strapi": tree(
        lambda text: node("heading", leaves(text), level=2),
        lambda text: node("paragraph", leaves(text, bold=True)),
        lambda items: [node("list", [node("list-item", leaves(i)) for i in items], format="unordered")],
    ),
    "ProseMirror": tree(
        lambda text: node("heading", leaves(text), inside="content", attrs={"level": 2}),
        lambda text: node("paragraph", leaves(text, marks=[{"type": "bold"}]), inside="content"),
        lambda items: [node("bulletList", [node("listItem", leaves(i), inside="content") for i in items],
                            inside="content")],
    ),
    "Lexical": node("root", tree(
        lambda text: node("heading", leaves(text), tag="h2"),
        lambda text: node("paragraph", leaves(text, format=1)),
        lambda items: [node("list", [node("listitem", leaves(i)) for i in items], listType="bullet")],
    )),
    "Draft.js": tree(
        lambda text: {"text": text, "type": "header-two", "depth": 0},
        lambda text: {"text": text, "type": "unstyled", "depth": 0},
        lambda items: [{"text": i, "type": "unordered-list-item", "depth": 0} for i in items],
    ),
    "Editor.js": tree(
        lambda text: {"type": "header", "data": {"text": text, "level": 2}},
        lambda text: {"type": "paragraph", "data": {"text": text.replace("name", "<b>name</b>")}},
        lambda items: [{"type": "list", "data": {"style": "unordered", "items": list(items)}}],
    ),
    "unified": node("root", tree(
        lambda text: node("element", [{"type": "text", "value": text}], tagName="h2"),
        lambda text: node("element", [{"type": "text", "value": text}], tagName="p"),
        lambda items: [node("element", [node("element", [{"type": "text", "value": i}], tagName="li")
                                        for i in items], tagName="ul")],
    )),
    "WordPress": {"title": {"rendered": "Privacy"}, "content": {"rendered": HTML, "protected": False}},
    "Drupal": {"body": [{"value": HTML, "format": "full_html", "processed": HTML.replace("</p><p>", "</p>\n<p>")}]},
    "Markdown": {"attributes": {"content": MARKDOWN}},
    "sections": {"sections": [{"body": f"<p>{p}</p>", "title": h} for h, p in zip(HEADINGS, PARAGRAPHS, strict=False)]},
}  # fmt: skip


def next_data(data):
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"pageProps": data}})}</script>'


def shell(inside, title="Privacy"):
    """A page that shows nothing."""
    return f"<html><head><title>{title}</title></head><body><div id='root'></div>{inside}</body></html>"


def read(inside):
    return extract(shell(inside).encode(), url=URL)


@pytest.mark.parametrize("system", TREES)
def test_the_text_of_each_content_system_is_read_in_its_order(system):
    document = read(next_data({**MENU, "page": TREES[system], "footer": {"text": "Come and see us, we are open."}}))
    expected = TEXT
    if system == "sections":
        expected = "\n\n".join(f"{h}\n\n{p}" for h, p in zip(HEADINGS, PARAGRAPHS, strict=False))
    assert document.text == expected
    assert document.reading.endswith("embedded")


def flight(payload):
    """A stream of React's, torn where its writer happened to flush: a piece may be long or short."""
    half = len(payload) // 2 + 1
    pieces = [payload[:half], payload[half:-30], payload[-30:]]
    pushes = "".join(f"<script>self.__next_f.push({json.dumps([1, piece])})</script>" for piece in pieces)
    return f"<script>(self.__next_f=self.__next_f||[]).push([0])</script>{pushes}"


def react():
    def element(tag, *children, **props):
        return ["$", tag, None, {"children": list(children), **props}]

    parts = tree(
        lambda text: element("h2", text),
        lambda text: element("p", text[:9], element("strong", text[9:20]), ["$", "$L3", None, {"children": text[20:]}]),
        lambda items: [element("ul", *(element("li", item) for item in items))],
    )
    page = element("div", element("nav", element("$L3", "Home", href="/")), element("main", *parts), className="a b")
    return f'1:"$Sreact.fragment"\n3:I[1234,["a.js"],""]\n0:{json.dumps({"P": None, "f": ["$L5", "$undefined"]})}\n5:{json.dumps(page)}\n'


def react_html():
    size = len(HTML.encode())
    return f'0:["$","div",null,{{"dangerouslySetInnerHTML":{{"__html":"$a"}}}}]\na:T{size:x},{HTML}b:"end"\n'


def devalue(value):
    """A value as a flat list, in which each part names the others by their places."""
    flat = []

    def place(part):
        at = len(flat)
        flat.append(part)
        if isinstance(part, dict):
            flat[at] = {name: place(inner) for name, inner in part.items()}
        elif isinstance(part, list):
            flat[at] = [place(inner) for inner in part]
        return at

    flat.append(["ShallowReactive", 1])
    place(value)
    return json.dumps(flat)


def javascript(text):
    """A string as a script has it."""
    return json.dumps(text).replace("<", r"\u003C").replace(">", r"\x3E").replace("'", r"\'").replace("/", r"\u002F")


PAGES = {
    "__NEXT_DATA__": next_data({"html": HTML}),
    "__next_f, elements": flight(react()),
    "__next_f, a row of text": flight(react_html()),
    "__NUXT__ as JSON": f"<script>window.__NUXT__={json.dumps({'data': [{'page': HTML}]})};(function(){{}})()</script>",
    "__NUXT__ by devalue": f'<script type="application/json" id="__NUXT_DATA__">{devalue({"data": {"body": HTML}})}</script>',
    "__NUXT__ as a function": f'<script>window.__NUXT__=(function(a,b){{return {{data:[{{body:{javascript(HTML)},a:a}}]}}}}("x",1));</script>',
    "an assignment": f"<script>window.__INITIAL_STATE__ = {json.dumps({'legal': {'text': HTML}})};</script>",
    "a parsed string": f"<script>window.state = JSON.parse({json.dumps(json.dumps({'legal': {'text': HTML}}))})</script>",
    "a script of JSON": f'<script type="application/json">{json.dumps({"body": json.dumps({"html": HTML})})}</script>',
    "HTML escaped twice": f'<script type="application/json">{json.dumps({"body": escape(HTML)})}</script>',
    "an attribute": f"<div id='app' data-page='{escape(json.dumps({'props': {'content': HTML}}))}'></div>",
    "srcdoc": f"<iframe srcdoc='{escape(HTML)}'></iframe>",
    "noscript": f"<noscript><p>This page needs scripts.</p><div>{HTML}</div></noscript>",
    "a template": f"<script type='text/x-template'><div>{HTML}</div></script>",
    "a shadow tree": f"<legal-page><template shadowrootmode='open'><style>p{{}}</style>{HTML}</template></legal-page>",
    "an older shadow tree": f"<legal-page><template shadowroot='open'>{HTML}</template></legal-page>",
    "JSON-LD": f'<script type="application/ld+json">{json.dumps({"@type": "Article", "description": "About us, a shop for seeds and trees and more.", "articleBody": HTML})}</script>',
}  # fmt: skip


@pytest.mark.parametrize("way", PAGES)
def test_each_way_to_send_a_text_as_data_is_read(way):
    document = read(PAGES[way])
    found = document.text.removeprefix("This page needs scripts.\n\n")
    assert found == TEXT


def test_the_answers_of_a_json_ld_faq_stand_under_their_questions():
    faq = [
        {
            "@type": "Question",
            "name": f"{heading}?",
            "acceptedAnswer": {"@type": "Answer", "text": f"<p>{paragraph}</p>"},
        }
        for heading, paragraph in zip(HEADINGS, PARAGRAPHS, strict=False)
    ]
    data = {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": faq}
    document = read(f'<script type="application/ld+json">{json.dumps(data)}</script>')
    assert document.text == "\n\n".join(f"{h}?\n\n{p}" for h, p in zip(HEADINGS, PARAGRAPHS, strict=False))


def test_plain_paragraphs_keep_their_lines_and_stand_under_their_title():
    address = "Write to us:\nHazel Seeds\n1 Marrow Lane"
    document = read(
        next_data({"page": {"text": "\n\n".join([*PARAGRAPHS, address]), "title": "What do we keep of you?"}})
    )
    assert document.text == "\n\n".join(["What do we keep of you?", *PARAGRAPHS, address])


def test_a_text_that_a_component_of_react_is_given_is_read():
    parts = json.dumps(["$", "div", None, {"children": ["$", "$L3", None, {"policy": {"html": HTML}, "wide": True}]}])
    assert read(flight(f"0:{parts}\n")).text == TEXT


def test_a_text_with_more_lists_and_tables_than_paragraphs_is_a_text():
    items = "".join(f"<li>what you tell us of your {n}th order;</li>" for n in range(20))
    rows = "".join(f"<tr><td>cookie {n}</td><td>counts your visits to the shop</td></tr>" for n in range(20))
    document = read(next_data({"page": f"{HTML}<h2>What we keep</h2><ul>{items}</ul><table>{rows}</table>"}))
    assert document.text.startswith(TEXT) and "19th order" in document.text and "cookie 19 | counts" in document.text


def test_links_in_data_are_absolute():
    link = node("hyperlink", [{"nodeType": "text", "value": "our shop"}], "nodeType", "content", data={"uri": "/shop"})
    last = node("paragraph", [{"nodeType": "text", "value": f"{PARAGRAPHS[0]} See "}, link], "nodeType", "content")
    document = read(next_data({"page": [*TREES["Contentful"], last]}))
    assert document.markdown.endswith("See [our shop](http://www.hazel.example/shop)")


NO_TEXTS = {
    "a menu": next_data({"menu": [{"label": f"Seeds of the {n}th kind", "url": f"/seeds/{n}"} for n in range(200)]}),
    "messages": next_data({"messages": {f"error.{n}": f"{n}: {PARAGRAPHS[n % 6]}" for n in range(50)}}),
    "messages of another name": next_data({"de": {f"error.{n}": f"{n}: {PARAGRAPHS[n % 6]}" for n in range(50)}}),
    "teasers": next_data({"navigation": [{"title": f"Seeds {n}", "text": PARAGRAPHS[n % 6].replace("name", f"name {n}"), "href": f"/seeds/{n}"} for n in range(30)]}),
    "compiled components": next_data({"compiledSource": "".join(f'<p>{p}</p>function p{n}({{a}}) {{ return {{b: a}}; }}\n' for n, p in enumerate(PARAGRAPHS))}),
    "labels": next_data({"labels": [f"Please choose a {n}th kind of seed to see it." for n in range(100)]}),
    "class names": next_data({"theme": {"button": ["flex items-center md:px-4 hover:bg-gray-100 text-sm " * 9] * 9}}),
    "code": f"<script>window.a = {json.dumps({'code': 'function a() { b.c(d); } ' * 100})}</script>",
    "a script's own strings": f"<script>show({json.dumps(' '.join(PARAGRAPHS))})</script>",
    "JSON-LD about the page": f'<script type="application/ld+json">{json.dumps({"description": " ".join(PARAGRAPHS)})}</script>',
}  # fmt: skip


@pytest.mark.parametrize("what", NO_TEXTS)
def test_data_that_is_no_text_leaves_the_page_empty(what):
    document = read(NO_TEXTS[what])
    assert (document.text, document.kind) == ("", Kind.EMPTY)
    assert "the page is a script that loads its text" in document.detail


def test_a_page_that_shows_its_text_is_read_by_what_it_shows():
    shown = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    document = read(shown + next_data({"html": HTML.replace("order", "seed") * 2}))
    assert document.text == "\n\n".join(PARAGRAPHS)
    assert "embedded" not in document.reading


def nested(depth):
    value = HTML
    for _ in range(depth):
        value = {"a": [value]}
    return value


BAD = {
    "JSON nested a million deep": '<script type="application/json">' + "[" * 1_000_000 + "</script>",
    "a value nested 400 deep": next_data({"page": nested(400)}),
    "rows that name each other": flight("".join(f'{n:x}:["$L{(n + 1) % 500:x}","$L{(n + 1) % 500:x}"]\n' for n in range(500))),
    "a row longer than its stream": flight(f"0:Tfffffff,{HTML}"),
    "a flat list that names itself": '<script type="application/json">[{"a":0,"b":1},[0,1,1,1]]</script>' + " " * 300,
    "half a million values": f'<script type="application/json">{json.dumps([[]] * 500_000)}</script>',
    "no JSON after many equal signs": f"<script>{'a={' * 200_000}</script>",
    "a string without end": f'<script>__NUXT__=(function(){{"{"a" * 1_000_000}</script>',
    "escaped quotes without end": "<script>__NUXT__=(function(){" + '\\"' * 1_000_000 + "</script>",
    "lone surrogates": '<script type="application/json">' + json.dumps({"a": "\ud800 " + HTML}) + "</script>",
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_hostile_data_gives_a_document(what):
    document = read(BAD[what])
    document.text.encode("utf-8")
    assert document.kind in Kind
