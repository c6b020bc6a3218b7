"""Services that sites embed: whose hosts are theirs, and that the table of them is sound."""

import pytest

from crawler.discovery.providers import is_providers, may_be_customers
from pipelines.domains import registrable_domain
from pipelines.word_tables import all_words, read_word_table

TABLE = read_word_table("crawler.discovery", "providers.toml")


@pytest.mark.parametrize(
    ("host", "ours", "providers"),
    [
        ("www.facebook.com", "shop.example", True),
        ("www.facebook.com", "instagram.com", False),  # of the same family
        ("www.google.co.uk", "google.com", False),
        ("acme.wordpress.com", "shop.example", False),  # a customer's host
        ("legal.wordpress.com", "shop.example", True),
        ("acme.myshopify.com", "shop.example", False),
        ("www.wordpress.com", "acme.wordpress.com", True),
        ("docs.google.com", "shop.example", False),
        ("t.extreme-dm.com", "shop.example", True),
        ("www.dm.com", "shop.example", False),
    ],
)
def test_a_provider_s_host_is_told_from_its_customers_and_relatives(host: str, ours: str, providers: bool) -> None:
    assert is_providers(host, ours) is providers


@pytest.mark.parametrize(
    ("host", "may_be"),
    [
        ("site.example", False), ("www.site.example", False), ("legal.site.example", False),
        ("acme.site.example", True), ("legal.acme.site.example", True), ("acme.github.io", False), ("", False),
    ],
)  # fmt: skip
def test_a_subdomain_of_whatever_name_may_be_a_customers(host: str, may_be: bool) -> None:
    assert may_be_customers(host) is may_be


def test_every_provider_is_a_registrable_domain() -> None:
    providers = all_words(TABLE["providers"])
    assert not [domain for domain in providers if registrable_domain(domain) != domain or "." not in domain]
    assert set(TABLE["hosts_of_customers"]["providers"]) <= providers
    assert set(TABLE["families"]) <= providers
