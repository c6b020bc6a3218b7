import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.surt import domain_prefix, urlkey


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://example.com", "com,example)/"),
        ("http://example.com/", "com,example)/"),
        ("http://example.com/privacy.htm", "com,example)/privacy.htm"),
        ("http://a.b.example.co.uk/x", "uk,co,example,b,a)/x"),
        ("example.com/privacy", "com,example)/privacy"),
        ("http://example.com?page=privacy", "com,example)/?page=privacy"),
    ],
)
def test_a_key_is_the_host_reversed_and_the_path(url: str, key: str) -> None:
    assert urlkey(url) == key


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/Privacy",
        "https://example.com/privacy",
        "http://www.example.com/privacy",
        "http://www3.example.com/privacy",
        "http://EXAMPLE.com/PRIVACY",
        "http://example.com:80/privacy",
        "https://example.com:443/privacy",
        "http://example.com./privacy",
        "http://example.com/privacy/",
        "http://example.com//privacy",
        "http://example.com/privacy#cookies",
        "http://example.com/privacy?",
        "http://user:secret@example.com/privacy",
        "http://example.com/%70rivacy",
        "http://example.com/privacy;jsessionid=0123456789ABCDEF0123456789abcdef",
        "http://example.com/privacy?PHPSESSID=0123456789abcdef0123456789abcdef",
    ],
)
def test_scheme_www_case_default_port_fragment_and_session_fall_together(url: str) -> None:
    assert urlkey(url) == "com,example)/privacy"


def test_the_order_of_a_query_does_not_matter_its_values_do() -> None:
    assert urlkey("http://a.com/?b=2&a=1") == urlkey("http://a.com/?a=1&b=2") == "com,a)/?a=1&b=2"
    assert urlkey("http://a.com/?page=privacy") != urlkey("http://a.com/?page=terms")


def test_another_port_and_another_host_are_other_keys() -> None:
    assert urlkey("http://a.com:8080/") == "com,a:8080)/"
    assert urlkey("http://wwwa.com/") == "com,wwwa)/"


def test_bytes_outside_ascii_are_escaped_once_however_they_came() -> None:
    assert urlkey("http://a.com/datenschutzerklärung") == "com,a)/datenschutzerkl%c3%a4rung"
    assert urlkey("http://a.com/datenschutzerkl%C3%A4rung") == "com,a)/datenschutzerkl%c3%a4rung"
    assert urlkey("http://a.com/datenschutzerkl%25C3%25A4rung") == "com,a)/datenschutzerkl%c3%a4rung"


def test_a_port_that_is_no_number_is_left_out() -> None:
    assert urlkey("http://a.com:abc/x") == "com,a)/x"


@given(st.text(max_size=60))
def test_any_text_has_a_key_or_is_a_value_error(text: str) -> None:
    try:
        key = urlkey(f"http://{text}")
    except ValueError:
        return
    assert ")/" in key


def test_the_prefix_of_a_domain_begins_the_keys_of_its_subdomains() -> None:
    assert domain_prefix("example.co.uk") == domain_prefix("www.example.co.uk") == "uk,co,example"
    assert domain_prefix("www.com") == "com,www", "never a whole top-level domain"
    assert urlkey("http://legal.example.co.uk/").startswith(domain_prefix("example.co.uk") + ",")
