import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.archives.cdx import IncompleteAnswer, Query
from crawler.archives.playback import Excluded, Memento, NotArchived, Offer, Unavailable
from crawler.archives.pywb import Pywb

ARCHIVE = Pywb("http://127.0.0.1:8090/all")
AT_ROOT = Pywb("http://127.0.0.1:8090")
URL = "http://example.com/privacy"
MEMENTO = ("Memento-Datetime", "Sun, 29 Feb 2004 12:00:00 GMT")


def line(**changed: object) -> str:
    row = {
        "urlkey": "com,example)/privacy", "timestamp": "20040229120000", "url": URL, "mime": "text/html",
        "status": "200", "digest": "PGU2GKFDZYN5BTMVXQS2T5SLHKU3QZTA", "length": "2317", "offset": "0",
        "filename": "a.warc.gz",
    }  # fmt: skip
    return json.dumps({name: value for name, value in (row | changed).items() if value is not None})


def page(*lines: str, status: int = 200):
    return ARCHIVE.read_page(status, (), "\n".join(lines).encode("utf-8", "surrogatepass"))


def parameters(query: Query) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(ARCHIVE.query_url(query)).query, keep_blank_values=True)


# --- queries


def test_filters_are_translated_name_and_manner() -> None:
    filters = ("mimetype:text/html.*", "!statuscode:4..", "original:.*privacy.*", "urlkey:com,.*")
    sent = [value for name, value in parameters(Query("example.com", "domain", filters)) if name == "filter"]
    assert sent == ["~mime:text/html.*", "!~status:4..", "~url:.*privacy.*", "~urlkey:com,.*"]


def test_a_query_goes_to_the_collections_index_with_its_dates() -> None:
    query = Query("example.com", "domain", (), "2004", "200506", 10)
    assert ARCHIVE.query_url(query).startswith("http://127.0.0.1:8090/all/cdx?")
    sent = dict(parameters(query))
    assert (
        sent | {"url": "example.com", "matchType": "domain", "from": "2004", "to": "200506", "output": "json"} == sent
    )


def test_pywb_knows_no_resume_key_so_all_rows_are_asked_for_at_once() -> None:
    sent = dict(parameters(Query(URL, limit=10, resume_key="x")))
    assert int(sent["limit"]) >= 1_000_000
    assert "resumeKey" not in sent


# --- pages


def test_a_row_is_an_object_a_line() -> None:
    read = page(line(), line(timestamp="20050301000000"), "")
    assert [(c.original, c.timestamp, c.mimetype, c.status, c.length) for c in read.captures] == [
        (URL, "20040229120000", "text/html", 200, 2317),
        (URL, "20050301000000", "text/html", 200, 2317),
    ]
    assert (read.resume_key, read.bad_rows) == (None, 0)


def test_a_revisit_has_no_status() -> None:
    (capture,) = page(line(mime="warc/revisit", status=None)).captures
    assert (capture.mimetype, capture.status) == ("warc/revisit", None)


@pytest.mark.parametrize("status", [404, 200])
def test_nothing_found_is_an_empty_page(status: int) -> None:
    assert page(status=status).captures == []


@pytest.mark.parametrize("status", [400, 403, 500, 503])
def test_an_error_is_an_incomplete_answer(status: int) -> None:
    with pytest.raises(IncompleteAnswer):
        page(line(), status=status)


def test_html_is_an_incomplete_answer() -> None:
    with pytest.raises(IncompleteAnswer):
        page("<html>", "<body>", "</html>")


@pytest.mark.parametrize("text", ['{"message": "The index cannot be read"}', "[]", "null"])
def test_json_that_is_no_row_is_an_incomplete_answer(text: str) -> None:
    with pytest.raises(IncompleteAnswer):
        page(text)


def test_a_404_page_for_a_path_that_is_no_index_is_an_incomplete_answer() -> None:
    with pytest.raises(IncompleteAnswer):
        page("<!DOCTYPE html>", "<h1>Collection not found</h1>", status=404)


def test_an_answer_cut_off_at_the_limit_is_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.archives.pywb.MAX_ROWS", 2)
    assert len(page(line()).captures) == 1
    with pytest.raises(IncompleteAnswer, match="cut"):
        page(line(), line(timestamp="2005"))


@pytest.mark.parametrize(
    "bad",
    ["{", "null", "7", "[]", '"x"', "[" * 100_000, line(timestamp="x"), line(url="mailto:a@b.c"), line(url=None),
     line(url=7), line(urlkey=None), line(mime="\ud800"), line(timestamp=["2004"])],
)  # fmt: skip
def test_a_bad_row_is_counted_and_the_next_one_read(bad: str) -> None:
    read = page(bad, line())
    assert (len(read.captures), read.bad_rows) == (1, 1)


def test_numbers_may_come_as_numbers() -> None:
    (capture,) = page(line(status=200, length=2317, timestamp=20040229120000)).captures
    assert (capture.status, capture.length, capture.timestamp) == (200, 2317, "20040229120000")


@given(
    st.dictionaries(
        st.sampled_from(["urlkey", "timestamp", "url", "mime", "status", "digest", "length"]),
        st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=3), max_size=2),
    )
)
def test_no_row_raises(changed: dict[str, object]) -> None:
    page(line(), line(**changed))


# --- playback


def played(*headers: tuple[str, str], status: int = 200, archive: Pywb = ARCHIVE):
    return archive.read_playback(URL, status, headers, b"")


def test_the_nearest_capture_comes_as_a_memento_with_its_own_time() -> None:
    answer = played(MEMENTO, ("Link", '<http://www.example.com/privacy>; rel="original"'))
    assert isinstance(answer, Memento)
    assert answer.captured_at == datetime(2004, 2, 29, 12, tzinfo=UTC)
    assert answer.url == "http://www.example.com/privacy"


def test_original_headers_come_with_and_without_prefix_the_archives_own_are_left_out() -> None:
    answer = played(
        MEMENTO,
        ("Content-Type", "text/html"),
        ("X-Archive-Orig-Server", "Apache"),
        ("Link", "<http://a/>"),
        ("Date", "now"),
        ("Content-Length", "7"),
    )
    assert isinstance(answer, Memento)
    assert answer.headers == (("Content-Type", "text/html"), ("Server", "Apache"))


@pytest.mark.parametrize("archive", [ARCHIVE, AT_ROOT])
@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/legal", "http://example.com/legal"),
        ("legal.html", "http://example.com/legal.html"),
        ("/2004/legal.html", "http://example.com/2004/legal.html"),
        ("/all/2004/legal.html", "http://example.com/all/2004/legal.html"),
        ("/en/20040301/www.legal.html", "http://example.com/en/20040301/www.legal.html"),
        ("2004/legal.html", "http://example.com/2004/legal.html"),
        ("//www.example.com/legal", "http://www.example.com/legal"),
        ("https://other.example/2004/legal.html", "https://other.example/2004/legal.html"),
    ],
)
def test_an_archived_location_comes_unchanged(archive: Pywb, location: str, target: str) -> None:
    answer = played(MEMENTO, ("Location", location), status=301, archive=archive)
    assert isinstance(answer, Memento)
    assert answer.redirect == target


def test_a_location_rewritten_to_the_archive_is_read_too() -> None:
    answer = played(MEMENTO, ("Location", f"http://127.0.0.1:8090/all/20040301000000id_/{URL}2"), status=302)
    assert isinstance(answer, Memento)
    assert answer.redirect == f"{URL}2"


@pytest.mark.parametrize("headers", [(), (MEMENTO,)])
@pytest.mark.parametrize(
    ("location", "timestamp"),
    [
        (f"http://127.0.0.1:8090/all/20040301000000id_/{URL}", "20040301000000"),
        (f"/all/20040301000000id_/{URL}", "20040301000000"),
        (f"/all/2004id_/{URL}", "20040101000000"),
    ],
)
def test_307_offers_the_exact_capture(headers: tuple[tuple[str, str], ...], location: str, timestamp: str) -> None:
    assert played(*headers, ("Location", location), status=307) == Offer(URL, timestamp)


def test_an_archived_307_is_a_redirect_and_no_offer() -> None:
    answer = played(MEMENTO, ("Location", "https://example.com/privacy"), status=307)
    assert isinstance(answer, Memento)
    assert answer.redirect == "https://example.com/privacy"


def test_answers_of_pywb_itself() -> None:
    assert played(status=404) == NotArchived()
    assert played(status=451) == Excluded()
    assert isinstance(played(status=503), Unavailable)
    assert isinstance(played(status=200), Unavailable)


@given(st.integers(100, 599), st.text(max_size=60), st.booleans())
def test_no_location_raises(status: int, location: str, memento: bool) -> None:
    headers = (MEMENTO,) if memento else ()
    played(*headers, ("Location", location), status=status)
    played(*headers, ("Location", f"/all/{location}"), status=status)
