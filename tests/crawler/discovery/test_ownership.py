import pytest

from crawler.discovery.ownership import policy_owner, registrable_domain

TEXT = "This privacy policy describes how we handle your data."


@pytest.mark.parametrize(
    ("domain", "policy_url"),
    [
        ("plimus.com", "http://www.plimus.com/privacy"),
        ("plimus.com", "https://home.plimus.com:8080/ecommerce/privacy"),
        ("www.plimus.com", "http://plimus.com/privacy"),
        ("example.co.uk", "http://legal.example.co.uk/privacy"),
        ("plumeria.example", "http://www.plumeria.example/privacy"),
        ("xn--bcher-kva.de", "http://www.xn--bcher-kva.de/datenschutz"),
        ("plimus.com", "HTTP://WWW.PLIMUS.COM/PRIVACY"),
        ("plimus.com", "plimus.com/privacy"),
        ("plimus.com", "http://plimus.com./privacy"),
    ],
)
def test_a_policy_on_the_registrable_domain_is_the_domain_s_own(domain: str, policy_url: str) -> None:
    assert policy_owner(domain, policy_url, via_redirect=False, text="") == "same_domain"
    assert policy_owner(domain, policy_url, via_redirect=True, text="") == "same_domain"


def test_two_customers_of_one_public_suffix_are_two_owners() -> None:
    assert policy_owner("a.co.uk", "http://b.co.uk/privacy", via_redirect=False, text=TEXT) == "other"
    assert policy_owner("a.github.io", "http://b.github.io/privacy", via_redirect=False, text=TEXT) == "other"
    assert policy_owner("a.github.io", "http://www.a.github.io/privacy", via_redirect=False, text="") == "same_domain"
    assert policy_owner("notplimus.com", "http://plimus.com/privacy", via_redirect=False, text=TEXT) == "other"


def test_a_redirect_by_the_domain_itself_makes_it_the_organisation_s() -> None:
    assert policy_owner("plimus.com", "http://bluesnap.com/privacy", via_redirect=True, text="") == "same_organisation"


@pytest.mark.parametrize(
    ("domain", "text"),
    [
        ("plimus.com", "This policy covers bluesnap.com, plimus.com and their subdomains."),
        ("plimus.com", "We run the site www.plimus.com."),
        ("plimus.com", "BlueSnap (formerly Plimus, Inc.) respects your privacy."),
        ("plimus.com", "PLIMUS® and its affiliates"),
        ("landsend.com", "Lands' End collects information"),
        ("trading-post.com.au", "the Trading Post website"),
        ("tradingpost.com.au", "Telstra operates tradingpost.com.au"),
        ("xn--bcher-kva.de", "Die Bücher GmbH erhebt Daten"),
        ("news.com", "You are reading the policy of news.com"),
    ],
)
def test_a_text_that_names_the_domain_or_its_name_is_of_the_same_organisation(domain: str, text: str) -> None:
    assert policy_owner(domain, "http://parent.example/privacy", via_redirect=False, text=text) == "same_organisation"


@pytest.mark.parametrize(
    ("domain", "text"),
    [
        ("plimus.com", TEXT),
        ("plimus.com", ""),
        ("plimus.com", "write to plimus.company or notplimus.com or plimus.com.evil.example"),
        ("news.com", "We send you news."),
        ("data.com", "how we handle your data"),
        ("at.com", "write to us at"),
        ("mark.com", "marketing and remarks"),
    ],
)
def test_a_policy_elsewhere_that_does_not_name_the_domain_is_another_s(domain: str, text: str) -> None:
    assert policy_owner(domain, "http://parked.example/privacy", via_redirect=False, text=text) == "other"


@pytest.mark.parametrize("policy_url", ["", "http://", "http://[broken/", "::::", "http://192.168.0.1/privacy"])
def test_a_broken_address_is_another_s_and_no_error(policy_url: str) -> None:
    assert policy_owner("plimus.com", policy_url, via_redirect=False, text="") == "other"


@pytest.mark.parametrize(
    ("host", "registrable"),
    [
        ("help.example.co.uk", "example.co.uk"),
        ("EXAMPLE.com.", "example.com"),
        ("a.b.plumeria.example", "plumeria.example"),
        ("someone.blogspot.com", "someone.blogspot.com"),
        ("www.someone.github.io", "someone.github.io"),
        ("www.github.io", "github.io"),
        ("github.io", "github.io"),
        ("localhost", "localhost"),
        ("192.168.0.1", "192.168.0.1"),
        ("", ""),
    ],
)
def test_the_registrable_domain_of_a_host(host: str, registrable: str) -> None:
    assert registrable_domain(host) == registrable


def test_the_list_of_suffixes_is_the_package_s_and_the_network_is_never_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    registrable_domain.cache_clear()
    assert registrable_domain("a.b.c.kawasaki.jp") == "b.c.kawasaki.jp"
