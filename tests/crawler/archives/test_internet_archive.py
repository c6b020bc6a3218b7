import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.archives.cdx import IncompleteAnswer, Query, SiteExcluded
from crawler.archives.internet_archive import InternetArchive
from crawler.archives.playback import Excluded, Headers, Memento, NotArchived, Offer, Unavailable, original_url
from pipelines.surt import urlkey

ARCHIVE = InternetArchive()
URL = "http://example.com/privacy"
ROW = (
    "com,example)/privacy 20040215120000 http://example.com/privacy text/html 200 PGU2GKFDZYN5BTMVXQS2T5SLHKU3QZTA 2317"
)
HEADER = "urlkey timestamp original mimetype statuscode digest length"
NEXT = "com%2Cexample%29%2Fprivacy+20040229120001"
EXCLUSION = (
    "org.archive.util.io.RuntimeIOException: org.archive.wayback.exception.AdministrativeAccessControlException:"
    " Blocked Site Error"
)


def parameters(query: Query) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(ARCHIVE.query_url(query)).query, keep_blank_values=True, strict_parsing=True)


def page(text: str, status: int = 200, headers: Headers = ()):
    return ARCHIVE.read_page(status, headers, text.encode())


# --- queries


def test_a_query_goes_to_the_cdx_server() -> None:
    assert ARCHIVE.query_url(Query(URL)).startswith("https://web.archive.org/cdx/search/cdx?")
    assert (
        InternetArchive("http://127.0.0.1:8090/").query_url(Query(URL)).startswith("http://127.0.0.1:8090/cdx/search")
    )


def test_each_filter_is_a_parameter_of_its_own() -> None:
    filters = ("mimetype:text/html.*", "!statuscode:404", r"original:.*(privacy|datenschutz)\+.*")
    sent = parameters(Query("example.com", "domain", filters))
    assert tuple(value for name, value in sent if name == "filter") == filters


def test_a_query_says_match_type_dates_and_rows() -> None:
    sent = dict(parameters(Query("example.com", "domain", (), "2004", "200506", 500)))
    assert sent | {"url": "example.com", "matchType": "domain", "from": "2004", "to": "200506", "limit": "500"} == sent


def test_a_resume_key_is_encoded_once() -> None:
    assert dict(parameters(Query(URL, resume_key=NEXT)))["resumeKey"] == NEXT
    assert "resumeKey=com%252Cexample%2529%252Fprivacy%2B20040229120001" in ARCHIVE.query_url(
        Query(URL, resume_key=NEXT)
    )


def test_revisits_stay_unresolved_pages_and_collapsing_are_not_used() -> None:
    sent = dict(parameters(Query("example.com", "domain", ("mimetype:text/html.*",), "2004", "2005", 500, NEXT)))
    assert not sent.keys() & {"resolveRevisits", "page", "showNumPages", "pageSize", "collapse", "fl", "sort"}
    assert sent["showResumeKey"] == "true"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/privacy?a=1&filter=x#top",
        "http://example.com/100%25",
        "http://example.com/*",
        "http://example.com/?q=*",
        "http://example.com/datenschutzerklärung",
    ],
)
@pytest.mark.parametrize("match_type", ["exact", "prefix", "host", "domain"])
def test_any_address_can_be_asked_for_as_it_is(url: str, match_type: str) -> None:
    sent = dict(parameters(Query(url, match_type)))["url"]
    assert urlkey(sent) == urlkey(url)


# --- pages


def test_a_page_has_rows_and_the_key_after_a_blank_line() -> None:
    read = page(f"{ROW}\n{ROW.replace('2004', '2005')}\n\n{NEXT}\n")
    assert [capture.timestamp[:4] for capture in read.captures] == ["2004", "2005"]
    assert (read.resume_key, read.bad_rows) == (NEXT, 0)


def test_the_last_page_has_no_key() -> None:
    assert page(f"{ROW}\n").resume_key is None
    assert len(page(ROW).captures) == 1


@pytest.mark.parametrize("text", [f"\n{NEXT}\n", f"\n\n{NEXT}", f"\r\n{NEXT}\r\n"])
def test_an_empty_page_with_a_key_is_not_the_end(text: str) -> None:
    read = page(text)
    assert (read.captures, read.resume_key) == ([], NEXT)


@pytest.mark.parametrize("text", ["", "\n", "\n\n", "[]", "[]\n", json.dumps([HEADER.split()]), HEADER])
def test_an_empty_answer_has_no_captures(text: str) -> None:
    read = page(text)
    assert (read.captures, read.resume_key, read.bad_rows) == ([], None, 0)


def test_an_eighth_field_is_no_harm() -> None:
    assert page(f"{ROW} more\n").captures == page(ROW).captures


def test_bad_rows_are_counted_and_the_rows_after_them_read() -> None:
    bad = [
        "com,example)/ 2004x http://example.com/ text/html 200 A 1",
        ROW.replace("http:", "mailto:"),
        "rubbish in a row",
    ]
    read = page("\n".join([ROW, *bad, ROW.replace("2004", "2006"), "", NEXT]))
    assert [capture.timestamp[:4] for capture in read.captures] == ["2004", "2006"]
    assert (read.bad_rows, read.resume_key) == (3, NEXT)


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\x0b", "\x1e"])
def test_only_a_line_feed_ends_a_row(sign: str) -> None:
    read = page(ROW.replace("http://example.com/privacy", f"http://example.com/privacy?{sign}x") + f"\n\n{NEXT}\n")
    assert (len(read.captures) + read.bad_rows, read.resume_key) == (1, NEXT)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"),
        (200, "\n  <!DOCTYPE html>\n<html>"),
        (200, "org.archive.util.io.RuntimeIOException: ConnectTimeoutException: no connection -- -r 1-2 http://a/part"),
        (200, "java.lang.OutOfMemoryError"),
        (200, "The service is temporarily unavailable, please try again in a few minutes.\n"),
        (200, "java.lang.IllegalStateException: Could not read the CDX cluster index part 12 of 300\n"),
        (200, ROW.rpartition(" ")[0]),
        (503, "<html>503</html>"),
        (504, ""),
        (500, ROW),
        (404, ""),
        (400, "Bad Request"),
        (403, "Forbidden"),
        (302, ""),
    ],
)
def test_an_error_page_is_an_incomplete_answer_never_no_captures(status: int, text: str) -> None:
    with pytest.raises(IncompleteAnswer):
        page(text, status)


def test_an_excluded_site_is_told_by_the_body() -> None:
    with pytest.raises(SiteExcluded):
        page(EXCLUSION, 403)


def test_an_excluded_site_is_told_by_the_header() -> None:
    with pytest.raises(SiteExcluded):
        page("", 403, (("X-Archive-Wayback-Runtime-Error", EXCLUSION),))


def test_a_site_is_not_excluded_because_it_writes_of_exclusion() -> None:
    text = ROW.replace("privacy", "AdministrativeAccessControlException")
    assert len(page(text).captures) == 1


# --- playback


def played(status: int = 200, body: bytes = b"", *, memento: bool = True, **headers: str):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if memento:
        fields["Memento-Datetime"] = "Sun, 29 Feb 2004 12:00:00 GMT"
    return ARCHIVE.read_playback(URL, status, tuple(fields.items()), body)


def test_a_capture_is_looked_up_where_anyone_can() -> None:
    assert ARCHIVE.playback_url("20040229120000", URL) == f"https://web.archive.org/web/20040229120000id_/{URL}"


@pytest.mark.parametrize("status", [200, 403, 404, 429, 500, 503])
def test_an_answer_with_memento_datetime_is_content_whatever_its_status(status: int) -> None:
    answer = played(status)
    assert isinstance(answer, Memento)
    assert (answer.status, answer.url, answer.redirect) == (status, URL, None)
    assert answer.captured_at == datetime(2004, 2, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["Sun, 29 Feb 2004 12:00:00 GMT", "Sun, 29 Feb 2004 14:00:00 +0200", "Sun, 29 Feb 2004 12:00:00 -0000",
     "Sun, 29 Feb 2004 12:00:00"],
)  # fmt: skip
def test_memento_datetime_is_utc_wherever_the_crawl_runs(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        answer = ARCHIVE.read_playback(URL, 200, (("memento-datetime", value),), b"")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert isinstance(answer, Memento)
    assert answer.captured_at == datetime(2004, 2, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "yesterday", "Sun, 99 Feb 2004 12:00:00 GMT"])
def test_an_unreadable_memento_datetime_is_none(value: str) -> None:
    answer = ARCHIVE.read_playback(URL, 200, (("Memento-Datetime", value),), b"")
    assert isinstance(answer, Unavailable)


@pytest.mark.parametrize(
    "link",
    [
        '<http://www.example.com/privacy>; rel="original"',
        '<http://a/>; rel="timegate", <http://www.example.com/privacy>; rel="original", <http://b/>; rel="memento"',
        "<http://www.example.com/privacy>; rel=original",
        '<http://b/>; rel="first memento"; datetime="x, y",<http://www.example.com/privacy>; rel="original timegate"',
    ],
)
def test_the_url_really_captured_is_the_link_original(link: str) -> None:
    answer = played(Link=link)
    assert isinstance(answer, Memento)
    assert answer.url == "http://www.example.com/privacy"


@pytest.mark.parametrize(
    "link", ['<http://b/>; rel="memento"; datetime="x"', '<>; rel="original"', "<a>; rel=original", ";,<"]
)
def test_without_an_original_link_it_is_the_url_asked_for(link: str) -> None:
    answer = played(Link=link)
    assert isinstance(answer, Memento)
    assert answer.url == URL


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("http://a.example/?p=privacy&amp;lang=en", "http://a.example/?p=privacy&lang=en"),
        ("http://a.example/?p=privacy&copy=1", "http://a.example/?p=privacy&copy=1"),
        ("http://a.example/?p=privacy&amp;copy=1", "http://a.example/?p=privacy&copy=1"),
        ("http://a.example/?x=&quot;&#x27;", "http://a.example/?x=\"'"),
    ],
)
def test_the_link_original_may_be_html_escaped(named: str, url: str) -> None:
    answer = played(Link=f'<{named}>; rel="original"')
    assert isinstance(answer, Memento)
    assert answer.url == url


@pytest.mark.parametrize("asked", ["http://a.example/?a=1&b=2", "http://a.example/?a=1&amp;b=2"])
def test_the_url_asked_for_is_kept_where_the_link_original_means_it(asked: str) -> None:
    link = '<http://a.example/?a=1&amp;b=2>; rel="original"'
    assert original_url((("Link", link),), asked) == asked


def test_archived_headers_come_without_the_archives_own() -> None:
    answer = played(
        x_archive_orig_content_type="text/html; charset=latin1",
        x_archive_orig_Content_Encoding="gzip",
        x_archive_orig_cf_mitigated="challenge",
        Content_Type="text/html",
        Server="nginx",
        x_archive_src="a.warc.gz",
    )
    assert isinstance(answer, Memento)
    assert answer.headers == (
        ("content-type", "text/html; charset=latin1"),
        ("Content-Encoding", "gzip"),
        ("cf-mitigated", "challenge"),
    )


def test_a_content_type_without_prefix_is_kept_where_there_is_no_other() -> None:
    answer = played(Content_Type="text/html; charset=utf-8", Server="nginx")
    assert isinstance(answer, Memento)
    assert answer.headers == (("Content-Type", "text/html; charset=utf-8"),)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://web.archive.org/web/20040301000000id_/http://example.com/legal", "http://example.com/legal"),
        ("http://web.archive.org/web/20040301000000id_/http://example.com/legal", "http://example.com/legal"),
        ("//web.archive.org/web/20040301000000id_/http://example.com/legal", "http://example.com/legal"),
        ("/web/20040301000000id_/http://example.com/legal", "http://example.com/legal"),
        ("/web/20040301000000/http://example.com/legal?a=/web/2004/b", "http://example.com/legal?a=/web/2004/b"),
        ("/web/20040301000000id_/http:/example.com/legal", "http://example.com/legal"),
        ("https://web.archive.org/web/20040301000000id_/example.com/legal", "http://example.com/legal"),
        ("/web/20040301000000id_/https://example.com/a/../legal", "https://example.com/a/../legal"),
        ("http://other.example/legal", "http://other.example/legal"),
        ("//other.example/legal", "http://other.example/legal"),
        ("/legal", "http://example.com/legal"),
        ("legal.html", "http://example.com/legal.html"),
        ("2004/legal.html", "http://example.com/2004/legal.html"),
        ("?lang=en", "http://example.com/privacy?lang=en"),
        ("/legal#cookies", "http://example.com/legal"),
        ("  /legal ", "http://example.com/legal"),
        ("https://web.archive.org.evil.example/x", "https://web.archive.org.evil.example/x"),
        ("", None),
        ("mailto:privacy@example.com", None),
        ("javascript:alert(1)", None),
        ("https://web.archive.org/web/20040301000000id_/javascript:alert(1)", None),
        ("http://[broken", None),
        ("/privacy policy.html", "http://example.com/privacy%20policy.html"),
    ],
)
def test_an_archived_redirect_leads_to_an_archived_address(location: str, target: str | None) -> None:
    answer = played(302, Location=location)
    assert isinstance(answer, Memento)
    assert answer.redirect == target


def test_a_location_on_a_page_that_is_no_redirect_leads_nowhere() -> None:
    answer = played(200, Location="/legal")
    assert isinstance(answer, Memento)
    assert answer.redirect is None


@pytest.mark.parametrize("prefix", ["https://web.archive.org", "//web.archive.org", ""])
def test_a_302_of_the_archive_offers_another_timestamp(prefix: str) -> None:
    location = f"{prefix}/web/20040301000000id_/{URL}"
    answer = played(302, memento=False, Location=location, x_archive_redirect_reason="found capture at 20040301000000")
    assert answer == Offer(URL, "20040301000000")


@pytest.mark.parametrize("location", ["https://archive.org/account/login", "/web/2004*/x.com", "/", "", "http://[x"])
def test_a_302_that_offers_no_capture_is_unavailable(location: str) -> None:
    assert isinstance(played(302, memento=False, Location=location), Unavailable)


def test_404_of_the_archive_is_not_archived() -> None:
    assert played(404, memento=False) == NotArchived()


@pytest.mark.parametrize("status", [200, 400, 403, 429, 500, 503, 504])
def test_any_other_answer_without_memento_datetime_is_the_archive_speaking(status: int) -> None:
    assert isinstance(played(status, b"<html>please wait", memento=False), Unavailable)


@pytest.mark.parametrize("status", [200, 403, 404])
def test_an_exclusion_page_is_told_by_what_it_says(status: int) -> None:
    body = b"<html><body><p>This URL has been excluded from the Wayback Machine.</p></body></html>"
    assert played(status, body, memento=False) == Excluded()


def test_an_exclusion_page_may_say_so_below_long_menus() -> None:
    menus = b"<li>menu</li>" * 10_000
    body = menus + b"This URL has been excluded from the Wayback Machine."
    assert ARCHIVE.read_playback(URL, 403, (), body) == Excluded()


def test_an_exclusion_is_told_by_the_runtime_error_header() -> None:
    assert played(403, memento=False, X_Archive_Wayback_Runtime_Error=EXCLUSION) == Excluded()


def test_an_archived_page_about_exclusion_is_content() -> None:
    assert isinstance(played(200, b"It has been excluded from the Wayback Machine."), Memento)


@given(st.integers(100, 599), st.text(max_size=80), st.booleans())
def test_no_location_raises(status: int, location: str, memento: bool) -> None:
    played(status, memento=memento, Location=location)
    played(status, memento=memento, Location=f"/web/{location}")
    played(status, memento=memento, Location=f"https://web.archive.org/web/20040301000000id_/{location}")
