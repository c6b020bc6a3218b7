"""The CDX query language, as the archive on loopback answers it."""

from __future__ import annotations

import json

import pytest

from crawler.local_archive import cdx
from crawler.local_archive.index import Index, load
from tests.support.warc import RECORDS, write_warc

ON_HOST = {"/", "/privacy", "/privacy/old", "/privacy.gz", "/gone"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return load([write_warc(tmp_path_factory.mktemp("warc") / "shop.warc.gz", RECORDS)])


def rows(index: Index, **query: str | list[str]) -> list[cdx.Row]:
    return page(index, **query).rows


def page(index: Index, **query: str | list[str]) -> cdx.Page:
    pairs = [
        (name.rstrip("_"), value)
        for name, values in query.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return cdx.answer(index, pairs)


def stamps(found: list[cdx.Row]) -> list[str]:
    return [row[1][:4] for row in found]


@pytest.mark.parametrize(
    ("url", "match_type", "urls"),
    [
        ("https://WWW.Shop.example/privacy", "exact", {"/privacy"}),
        ("shop.example/privacy", "prefix", {"/privacy", "/privacy/old", "/privacy.gz"}),
        ("shop.example/privacy*", "", {"/privacy", "/privacy/old", "/privacy.gz"}),
        ("shop.example", "host", ON_HOST),
        ("shop.example", "domain", ON_HOST | {"help/", ":8080/"}),
        ("*.shop.example", "", ON_HOST | {"help/", ":8080/"}),
        ("nothing.example", "domain", set()),
    ],
)  # fmt: skip
def test_the_match_type_says_how_much_is_found(index: Index, url: str, match_type: str, urls: set[str]) -> None:
    query = {"matchType": match_type} if match_type else {}
    found = {
        row[0].removeprefix("example,shop").replace(",", "").replace(")", "") for row in rows(index, url=url, **query)
    }
    assert found == urls


def test_a_row_has_the_seven_words_of_the_index(index: Index) -> None:
    row = rows(index, url="shop.example/privacy")[-1]
    assert row[:3] == ("example,shop)/privacy", "20060101000000", "https://shop.example/privacy")
    assert row[3:6] == ("warc/revisit", "-", RECORDS[3].digest)
    assert int(row[6]) > 0


def test_from_and_to_are_inclusive_prefixes(index: Index) -> None:
    assert stamps(rows(index, url="shop.example/privacy", from_="2004", to="2004")) == ["2004", "2004"]
    assert stamps(rows(index, url="shop.example/privacy", from_="20040616")) == ["2004", "2006"]
    assert stamps(rows(index, url="shop.example/privacy", to="20041231235958")) == ["2001", "2004"]


def test_a_filter_matches_the_whole_field(index: Index) -> None:
    assert rows(index, url="shop.example", matchType="host", filter="mimetype:text") == []
    assert len(rows(index, url="shop.example/privacy", filter="mimetype:text/.*")) == 3
    assert len(rows(index, url="shop.example/privacy", filter="!mimetype:text/.*")) == 1
    assert len(rows(index, url="shop.example", matchType="domain", filter="~original:help")) == 1


def test_all_filters_have_to_hold(index: Index) -> None:
    found = rows(index, url="shop.example", matchType="domain", filter=["urlkey:.*privacy.*", "!statuscode:200"])
    assert [row[4] for row in found] == ["-", "301"]


def test_collapse_drops_rows_like_the_one_before(index: Index) -> None:
    assert stamps(rows(index, url="shop.example/privacy", collapse="digest")) == ["2001", "2004"]
    assert stamps(rows(index, url="shop.example/privacy", collapse="timestamp:4")) == ["2001", "2004", "2006"]


def test_a_negative_limit_gives_the_last_rows(index: Index) -> None:
    assert stamps(rows(index, url="shop.example/privacy", limit="-1")) == ["2006"]


def test_sort_closest_puts_the_nearest_first(index: Index) -> None:
    found = rows(index, url="shop.example/privacy", sort="closest", closest="20051201000000", limit="2")
    assert stamps(found) == ["2006", "2004"]


def test_pages_follow_each_other_by_the_resume_key(index: Index) -> None:
    whole = rows(index, url="shop.example", matchType="domain")
    found: list[cdx.Row] = []
    key = ""
    while True:
        part = page(index, url="shop.example", matchType="domain", limit="2", showResumeKey="true", resumeKey=key)
        found += part.rows
        if part.resume_key is None:
            break
        assert part.resume_key != key
        key = part.resume_key
    assert found == whole


def test_the_resume_key_has_the_form_of_the_real_one(index: Index) -> None:
    part = page(index, url="shop.example/privacy", limit="3", showResumeKey="true")
    assert part.resume_key == "example%2Cshop%29%2Fprivacy+2004123123595%3A"


def test_a_page_in_text_ends_with_a_blank_line_and_the_key(index: Index) -> None:
    text = cdx.render(page(index, url="shop.example", limit="1", showResumeKey="true"))
    row, blank, key, end = text.split("\n")
    assert len(row.split(" ")) == 7
    assert (blank, key, end) == ("", "example%2Cshop%29%2F+20000101000001", "")


def test_a_page_in_json_ends_with_an_empty_list_and_the_key(index: Index) -> None:
    text = cdx.render(page(index, url="shop.example", limit="1", showResumeKey="true", output="json"))
    names, row, blank, key = json.loads(text)
    assert tuple(names) == cdx.FIELDS
    assert (len(row), blank, key) == (7, [], ["example%2Cshop%29%2F+20000101000001"])


def test_no_rows_are_an_empty_answer(index: Index) -> None:
    assert cdx.render(page(index, url="nothing.example")) == ""
    assert cdx.render(page(index, url="nothing.example", output="json")) == "[]\n"


def test_fl_chooses_the_fields(index: Index) -> None:
    part = page(index, url="shop.example/privacy", fl="timestamp,statuscode", limit="1")
    assert cdx.render(part) == "20010101000000 200\n"


@pytest.mark.parametrize(
    "query",
    [
        {"url": ""},
        {"url": "http://[nonsense"},
        {"matchType": "all"},
        {"filter": "mime:x"},
        {"filter": "mimetype:("},
        {"limit": "x"},
        {"fl": "x"},
    ],
)
def test_a_query_that_makes_no_sense_is_said_to(index: Index, query: dict[str, str]) -> None:
    with pytest.raises(cdx.BadQueryError):
        page(index, **{"url": "shop.example"} | query)
