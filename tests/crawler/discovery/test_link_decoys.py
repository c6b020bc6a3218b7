"""Links that name privacy and lead to no policy: products, services, news, searches, other people's policies."""

import pytest

from crawler.discovery.links import policy_links

HOME = "http://www.site.example/"


def urls(page: str, url: str = HOME) -> list[str]:
    return [link.url for link in policy_links(page.encode(), url=url)]


@pytest.mark.parametrize(
    "page",
    [
        "<a href=/search?q=privacy>privacy</a> <a href='/search.php?query=privacy+policy'>Privacy Policy</a>",
        "<a href=/privacy-trees>Privacy Trees</a> <a href=/door-hardware/privacy-locks>Privacy Locks</a>",
        "<a href=/privacyfilter>Privacyfilter laptop</a> <a href=/7>Privacyscherm</a>",
        "<a href=/domains/whois-privacy>Domain Privacy</a>",
        "<a href=/rechtsgebiete/datenschutzrecht>Datenschutzrecht</a>",
        "<a href=/practice-areas/privacy-and-data-security>Privacy &amp; Data Security</a>",
        "<a href=/leistungen/datenschutz>Datenschutz</a> <a href=/solutions/privacy>Privacy</a>",
        "<a href=/a/991823.html>Apple privacy policy under fire in EU</a>",
        "<a href=/news/google-new-privacy-policy>Google announces new privacy policy</a>",
        "<a href=/books/0321>The Right to Privacy (hardcover)</a> <a href=/movie/1>Invasion of Privacy (1996)</a>",
    ],
)
def test_a_page_of_decoys_alone_gives_none(page: str) -> None:
    assert urls(f"<body><nav>{page}</nav>" + "<p>text" * 50) == []


@pytest.mark.parametrize(
    "decoy",
    [
        "<article><h2><a href=/2018/05/privacy-matters>Privacy matters</a></h2></article>",
        "<a href=/blog/privacy>Privacy</a>",
        "<footer><a href=/topic/privacy/>Privacy</a></footer>",
        "<div class=news><a href=/n/9>Privacy and data protection</a></div>",
        "<a href=/products/privacy>Privacy Glass</a>",
        "<a href=/privacy/children>Children's Privacy Policy</a>",
        "<a href=/ccpa>California Privacy Notice</a>",
        "<a href=/privacy-settings>Privacy Settings</a>",
        "<a href=/privacy-choices>Your Privacy Choices</a>",
        "<a href=/jobs/privacy>Applicant privacy policy</a>",
        "<a href=/cookies>Cookie policy</a>",
        "<a href=https://policies.google.com/privacy>Privacy Policy</a>",
        "<a href=https://agency.example/privacy-policy>Privacy Policy</a>",
        "<a href=/terms>Terms &amp; conditions</a>",
        "<a href=/search?q=privacy+policy>Privacy policy</a>",
        "<a href=/privacy-shield>Privacy Shield</a>",
        "<a href=/dpo>Data protection officer</a>",
        "<a href='/login?next=/privacy'>Log in</a>",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_decoy_ranks_below_the_policy_wherever_it_stands(decoy: str, first: bool) -> None:
    real = '<div id="footer"><a href="/privacy-policy">Privacy Policy</a></div>'
    page = f"<body>{decoy}<p>text</p>{real}" if first else f"<body>{real}<p>text</p>{decoy}"
    assert urls(page)[0] == "http://www.site.example/privacy-policy"


@pytest.mark.parametrize(
    "decoy",
    [
        "<a href=/search?q=privacy+policy>Privacy Policy</a>",
        "<a href=/fences/privacy>Privacy</a>",
        "<a href=/privacy-trees>Privacy Trees</a>",
        "<a href=/domains/privacy>Domain Privacy</a>",
        "<a href=/practice-areas/privacy>Privacy</a>",
        "<a href=/solutions/privacy>Privacy</a>",
        "<a href=/services/privacy>Privacy</a>",
        "<a href=/leistungen/datenschutz>Datenschutz</a>",
        "<a href=/datenschutzrecht>Datenschutzrecht</a>",
        "<a href=/books/privacy>Privacy</a>",
        "<a href=/privacy-center>Privacy Center</a>",
        "<a href=https://www.shopify.com/legal/privacy>Privacy Policy</a>",
        "<a href=https://agency.example/privacy-policy>Privacy</a>",
    ],
)
@pytest.mark.parametrize("words", ["Privacy Policy", "Privacy", "Datenschutz"])
def test_a_decoy_ranks_below_a_footer_s_link_whose_address_says_nothing(decoy: str, words: str) -> None:
    page = f"<body><nav>{decoy}</nav><p>text</p><footer><a href='/info?id=12'>{words}</a></footer>"
    assert urls(page)[0] == "http://www.site.example/info?id=12"


@pytest.mark.parametrize(
    "link",
    [
        "<a href=/services/privacy-policy>Privacy Policy</a>",
        "<a href=/services/privacy>Privacy Policy</a>",
        "<a href=/solutions/articles/12-privacy-policy>Privacy Policy</a>",
        "<footer><a href=/leistungen/datenschutz>Datenschutz</a></footer>",
        "<a href=/service/datenschutz.html>Datenschutz</a>",
        "<a href=/7>Datenschutzrechtliche Hinweise</a>",
        "<a href=/7>Notice concerning privacy</a>",
        "<a href=/privacy-center>Privacy Center</a>",
        "<a href=/blog/privacy-policy>Privacy Policy</a>",
        "<a href=/index.php?s=privacy>Privacy Policy</a>",
    ],
)
def test_a_policy_in_a_decoy_s_place_or_words_is_not_lost(link: str) -> None:
    assert len(urls(f"<body><p>text</p>{link}")) == 1


def policy_at(address: str, url: str = HOME) -> bool:
    return bool(urls(f"<body><p>We use <a href={address}>Privacy Policy</a></p>" + "<p>text" * 50, url))


@pytest.mark.parametrize(
    "provider",
    [
        "shopify.com", "hubspot.com", "wix.com", "squarespace.com", "weebly.com", "godaddy.com", "zendesk.com",
        "intercom.com", "sitemeter.com", "histats.com", "usercentrics.com", "matomo.org", "etracker.com",
        "sendinblue.com", "brevo.com", "constantcontact.com", "surveymonkey.com", "typeform.com", "eventbrite.com",
        "klaviyo.com", "spotify.com", "soundcloud.com", "snapchat.com", "t.me", "telegram.org", "calendly.com",
        "zoom.us", "jimdo.com", "strato.de", "ionos.de", "freshworks.com", "crisp.chat", "webtrends.com", "jotform.com",
        "omniture.com", "aweber.com", "getresponse.com", "booking.com", "ebay.com", "discord.com", "github.com",
    ],
)  # fmt: skip
def test_a_provider_s_policy_is_no_answer_but_on_its_own_site(provider: str) -> None:
    assert not policy_at(f"https://www.{provider}/privacy-policy")
    assert policy_at(f"https://www.{provider}/privacy-policy", url=f"http://{provider}/")


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.zendesk.com/hc/en-us/articles/4711",
        "https://acme.wordpress.com/privacy",
        "https://docs.google.com/document/d/abc/edit",
        "https://www.iubenda.com/privacy-policy/123",
        "https://parent.example/p/7",
    ],
)
def test_what_a_site_keeps_at_a_provider_s_is_its_own(address: str) -> None:
    assert policy_at(address)


def test_a_provider_under_another_country_s_name_is_the_same() -> None:
    assert policy_at("https://policies.google.com/privacy", url="http://www.google.co.uk/")
    assert policy_at("https://www.amazon.com/gp/help/privacy", url="http://www.amazon.de/")
    assert not policy_at("https://x.com/privacy", url="http://x.org/")
