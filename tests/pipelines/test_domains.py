import pytest

from pipelines.domains import BadDomain, meant_domain, normalize_domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("plimus.com", "plimus.com"),
        ("  Plimus.COM.  ", "plimus.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("XN--BCHER-KVA.de", "xn--bcher-kva.de"),
        ("faß.de", "xn--fa-hia.de"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("日本語。jp", "xn--wgv71a119e.jp"),
        ("ｅｘａｍｐｌｅ.com", "example.com"),
        ("ex\u00adample.com", "example.com"),
        ("foo_bar.example.com", "foo_bar.example.com"),
        ("9gag.com", "9gag.com"),
        ("plumeria.example", "plumeria.example"),
        ("a.b.c.d.museum", "a.b.c.d.museum"),
        ("x" * 63 + ".com", "x" * 63 + ".com"),
    ],
)
def test_a_domain_comes_lower_case_as_punycode_without_its_trailing_dot(text: str, domain: str) -> None:
    assert normalize_domain(text) == domain
    assert normalize_domain(domain) == domain


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("http://example.com", "scheme"),
        ("example.com:8080", "port"),
        ("example.com/privacy", "path"),
        ("example.com?x", "path or query"),
        ("example.com#x", "path or query"),
        ("192.168.0.1", "IP address"),
        ("8.8.8.8:53", "IP address"),
        ("127.1", "IP address"),
        ("2130706433", "IP address"),
        ("[2001:db8::1]", "IP address"),
        ("2001:db8::1", "IP address"),
        ("１９２.168.0.1", "IP address"),
        ("intranet", "without a dot"),
        ("localhost", "without a dot"),
        ("printer.local", "internal name"),
        ("api.internal", "internal name"),
        ("app.localhost", "internal name"),
        ("router.lan", "internal name"),
        ("example..com", "empty label"),
        (".example.com", "empty label"),
        ("x" * 64 + ".com", "63"),
        ("ü" * 60 + ".com", "not allowed"),
        ("a." * 127 + "com", "253"),
        ("user@example.com", "mail"),
        ("exam ple.com", "white space"),
        ("exam\0ple.com", "characters"),
        ("-example.com", "characters"),
        ("example.com,", "comma"),
        ("*.example.com", "characters"),
        ("xn--zzzzzz999999.com", "not allowed"),
        ("example.123", "characters"),
        ("☃.com", "not allowed"),
        ("אa1.com", "not allowed"),
    ],
)
def test_what_is_no_domain_is_refused_with_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(BadDomain, match=reason):
        normalize_domain(text)


def test_no_text_whatever_raises_anything_but_bad_domain() -> None:
    for code in [*range(0x3100), 0xD800, 0xFEFF, 0xFFFD, 0x1F600, 0x10FFFF]:
        for text in (f"a{chr(code)}b.com", f"{chr(code)}.com", f"xn--{chr(code)}.com"):
            try:
                assert normalize_domain(text).isascii()
            except BadDomain as error:
                assert str(error)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.Plimus.com:443/privacy?x=1#top", "plimus.com"),
        ("http://me:secret@plimus.com/", "plimus.com"),
        ("plimus.com:8080", "plimus.com"),
        ("plimus.com/legal/privacy", "plimus.com"),
        ("www.plimus.com", "plimus.com"),
        ("www.help.plimus.com", "help.plimus.com"),
        ("www.gov.uk", "www.gov.uk"),
        ("http://www.B\u00fccher.de", "xn--bcher-kva.de"),
        ("plimus.com", "plimus.com"),
    ],
)
def test_a_site_may_be_named_by_its_host_or_an_address(text: str, domain: str) -> None:
    assert meant_domain(text) == domain


@pytest.mark.parametrize(
    "text",
    ["me@plimus.com", "mailto:me@plimus.com", "http://", "http://[nonsense", "https://127.0.0.1/", "a.com,b.com"],
)
def test_what_names_no_site_is_refused(text: str) -> None:
    with pytest.raises(BadDomain):
        meant_domain(text)
