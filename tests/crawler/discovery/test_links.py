"""Which links of a page lead to its policy, and at which address."""

import pytest

from crawler.discovery.links import Link, policy_links
from tests.support.homepages import HOME, urls


@pytest.mark.parametrize(
    "page",
    [
        "<a href=/private>Private customers</a> <a href=/privatkunden>Privatkunden</a>",
        "<a href=/terms>Terms of use</a> <a href=/legal>Legal</a> <a href=/impressum>Impressum</a>",
        "<a href=/cookies>Cookie policy</a> <a href=/ml>Mentions légales</a>",
        "<a href=/2019/05/facebook-privacy-scandal>Facebook's privacy scandal: what we know so far</a>",
        "<a href=/news/4711>Senator calls for tougher online privacy law after breach</a>",
        "<a href=/blog/privacy>Read more</a>",
        "<a href=/shop/privacy-screen>Privacy screens</a> <a href=/shop/film>Privacy window film</a>",
        "<a href=/vpn/privacy-tool>Privacy Protector VPN - free download</a>",
        "<a href=/search?q=privacy>search</a> <a href='/?s=privacy+policy'>popular searches</a>",
        "<a href=/tag/privacy rel=tag>privacy</a>",
        "<a href=mailto:privacy@site.example>Privacy</a> <a href='javascript:void(0)'>Privacy</a>",
        "<a href='#'>Privacy</a> <a href=''>Privacy</a>",
        "<a href='#privacy'>Privacy</a> <a href='http://site.example/#privacy'>Privacy policy</a>",
        "<a href=http://www.google.com/policies/privacy/>Privacy Policy</a>"
        "<a href=https://policies.google.com/privacy>Privacy</a>",
        "<!-- <a href=/privacy>Privacy policy</a> -->",
        "<script>var a = '<a href=/privacy>Privacy policy</a>'</script>",
        "<a href=/gossip/12>La vie privée de la princesse : toutes les photos</a>",
        "<a href=/unternehmen/anwalt>Anwalt für Datenschutzrecht in Berlin gesucht</a>",
        "<a href=/n/1>個人情報流出で謝罪、大手通信会社の社長が会見し再発防止を誓う</a>",
        "<a href=/n/2>Роскомнадзор оштрафовал банк за утечку персональных данных клиентов</a>",
        "<a href=/n/4>हमारे नियम: संसद ने डेटा संरक्षण विधेयक पारित किया</a>",
        "<a href=/n/5>Milli Məclis fərdi məlumatlar haqqında qanuna dəyişiklik etdi</a>",
        "<a href=/n/6>Úřad pro ochranu osobních údajů pokutoval krajskou nemocnici v Brně za únik</a>",
        "<a href=/n/3>Комисията за защита на личните данни глоби болница</a>",
        "<a href=/n/7>Kazna: osobni podaci</a> <a href=/n/8>Kişisel veri cezası</a>",
        "<a href=/n/9>Bøder for persondata</a>",
        "<a href=/privacy.png>Privacy policy</a>",
        "<a href=/opinion/7>The end of privacy?</a>",
        "<a href=/7>Datenschutzeinstellungen</a> <a href=/8>Datenschutzbeauftragter</a>",
        "<a href=/shop/7>Backup &amp; Data Protection Solutions</a>",
        "<a href=http://fines.example/technology/gdpr-guide>more</a>",
        "just words about privacy, no link",
        "",
    ],
)
def test_a_page_without_a_policy_link_gives_none(page: str) -> None:
    assert urls(page) == []


def test_of_two_equal_links_the_footer_s_comes_first() -> None:
    page = "<a href=/a>Privacy</a><p>text</p>" * 3 + "<footer><a href=/b>Privacy</a></footer><a href=/c>Privacy</a>"
    assert urls(page)[0] == "http://www.site.example/b"


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/7"><img src="b.gif" alt="Privacy Policy"></a>',
        '<a href="/7"><img src="images/btn_privacy.gif"></a>',
        '<a href="/7" title="Privacy policy">PP</a>',
        '<a href="/7" aria-label="Datenschutzerklärung"><svg></svg></a>',
        '<a href="/7"><svg><title>Privacy policy</title></svg></a>',
        '<a href="/7"><font size=1>Pri<b>vacy</b>&nbsp;Policy</font></a>',
        '<a href="/7">Daten&shy;schutz&shy;erkl&auml;rung</a>',
        "<A HREF=/7>PRIVACY POLICY</A>",
        "<a\nclass='x'\nhref = '/7'\n>\n  Privacy\n  Policy\n</a>",
        '<a data-x="a > b" href="/7">Privacy Policy</a>',
        '<a onclick="if (a > 1) go()" href="/7">Privacy Policy</a>',
        '<a href="/7">Privacy Policy',
        '<a href="/x">Home<a href="/7">Privacy Policy<a href="/y">Contact',
        '<map name="m"><area shape="rect" coords="1,2,3,4" href="/7" alt="Privacy Policy"></map>',
        '<map name="m"><area coords="1,2,3,4" href="/7" title="Privacy"/><area href="/x" alt="Home"/></map>',
        '<script type="text/javascript">document.write("<a href=\\"/7\\">Privacy Policy<\\/a>");</script>',
        "<noscript><a href=/7>Privacy Policy</a></noscript>",
        "<select><option value='/'>Home<option value='/7'>Privacy<option value='/x'>Contact</select>",
        '<link rel="stylesheet" href="/x.css"><link rel="Privacy-Policy" href="/7">',
        '<a rel="nofollow privacy-policy" href="/7">Legal</a>',
        "<a href=/7>Privacy Policy / Your California Privacy Rights</a>",
        "<a href=\"javascript:openWin('/7')\">Privacy Policy</a>",
        "<a href=\"javascript:popup('/7','pp','800;600')\">Datenschutz</a>",
        "<a href=\"#\" onclick=\"window.open('/7','pop','width=400'); return false;\">Privacy</a>",
        "<a href=\"javascript:void(0)\" onclick=\"MM_openBrWindow('/7','p','scrollbars=yes')\">Privacy</a>",
        "<!-- unclosed <p> <a href=/7>Privacy Policy</a>",
        "<style>a { } </style><textarea></textarea><a href=/7>Privacy Policy</a>",
        '<a href="/7" title="Read about the way we work">Privacy Policy</a>',
    ],
)
def test_a_link_is_read_whatever_way_it_is_written(link: str) -> None:
    assert urls(f"<html><body><p>Welcome</p>{link}") == ["http://www.site.example/7"]


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ('<a href="/privacy.html"><img src="x.gif"></a>', "http://www.site.example/privacy.html"),
        ('<area href="datenschutz.htm">', "http://www.site.example/datenschutz.htm"),
        (
            '<div id=footer><a href="/other/privacypolicy/">Information</a></div>',
            "http://www.site.example/other/privacypolicy/",
        ),
        (
            "<a href=\"javascript:openWin('/privacy.html')\">small print</a>",
            "http://www.site.example/privacy.html",
        ),
    ],
)
def test_the_address_alone_is_enough_where_it_is_plain(link: str, address: str) -> None:
    assert urls(link) == [address]


def test_a_form_s_line_of_consent_is_no_policy_link() -> None:
    page = (
        "<body>I accept the processing of my data <a href=personaldata.html>read here</a> <input><p>more</p>"
        + "<p>text" * 50
    )
    assert urls(page) == []


@pytest.mark.parametrize(
    ("base", "href", "address"),
    [
        ("", "privacy.html", "http://www.site.example/de/privacy.html"),
        ("", "&quot;".join(["\\", "\\/privacy\\", ""]), "http://www.site.example/privacy"),
        ("", "//legal.site.example/privacy", "http://legal.site.example/privacy"),
        ("", "../privacy", "http://www.site.example/privacy"),
        ("", "?page=privacy", "http://www.site.example/de/index.htm?page=privacy"),
        ("", "/privacy#top", "http://www.site.example/privacy"),
        ("", "/privacy policy.html", "http://www.site.example/privacy%20policy.html"),
        ("", " /priv\nacy ", "http://www.site.example/privacy"),
        ("", "/p?a=1&amp;b=2", "http://www.site.example/p?a=1&b=2"),
        ("", "HTTP://WWW.site.example/privacy", "http://WWW.site.example/privacy"),
        ("http://cdn.site.example/x/", "privacy.html", "http://cdn.site.example/x/privacy.html"),
        ("/y/", "privacy.html", "http://www.site.example/y/privacy.html"),
        ("http://[broken", "privacy.html", "http://www.site.example/de/privacy.html"),
        ("", "/web/20120101id_/http://www.site.example/privacy", "http://www.site.example/privacy"),
        (
            "",
            "https://web.archive.org/web/20120102030405/http://www.site.example/privacy",
            "http://www.site.example/privacy",
        ),
        (
            "",
            "//web.archive.org/web/20120102030405/https://site.example/privacy",
            "https://site.example/privacy",
        ),
        ("", "/coll/20120102030405mp_/http:/www.site.example/privacy", "http://www.site.example/privacy"),
        (
            "https://web.archive.org/web/2012im_/http://www.site.example/z/",
            "privacy",
            "http://www.site.example/z/privacy",
        ),
    ],
)
def test_addresses_come_absolute_at_the_original_site(base: str, href: str, address: str) -> None:
    head = f'<base href="{base}">' if base else ""
    assert urls(f'{head}<a href="{href}">Privacy</a>', "http://www.site.example/de/index.htm") == [address]


def test_the_page_s_own_address_may_be_the_archive_s() -> None:
    page = "<a href=privacy.html>Privacy</a>"
    assert urls(page, "https://web.archive.org/web/2012id_/http://site.example/") == [
        "http://site.example/privacy.html"
    ]


def test_a_policy_on_another_site_counts_and_a_service_s_only_on_its_own() -> None:
    assert urls("<a href=http://parent.example/privacy>Privacy policy</a>") == ["http://parent.example/privacy"]
    assert urls("<a href=https://www.iubenda.com/privacy-policy/123>Privacy</a>") == [
        "https://www.iubenda.com/privacy-policy/123"
    ]
    google = "<a href=https://policies.google.com/privacy>Privacy</a>"
    assert urls(google, "https://www.google.com/") == ["https://policies.google.com/privacy"]
    assert urls(google, "https://www.youtube.com/") == ["https://policies.google.com/privacy"]
    assert urls(google) == []


def test_the_page_s_own_policy_comes_before_one_on_another_site() -> None:
    page = b"""<p>Checkout by Shopkeeper. <a href="https://www.shopkeeper.example/legal/privacy">Privacy Policy</a></p>
        <div id="footer"><a href="/pages/info-7">Privacy</a></div>"""
    own = "http://www.site.example/pages/info-7"
    assert urls(page) == [own, "https://www.shopkeeper.example/legal/privacy"]


def test_each_address_comes_once_with_the_text_of_its_best_link() -> None:
    page = "<a href=/privacy><img src=i.gif></a><a href=/privacy#b>more</a><a href=/privacy>Privacy Policy</a>"
    assert policy_links(page.encode(), url=HOME) == [Link("http://www.site.example/privacy", "Privacy Policy")]


DRAWN = "data:image/png;base64," + "iVBOR" * 20_000


@pytest.mark.parametrize(
    "link",
    [
        f'<a style="background:url({DRAWN})" href="/7">Privacy Policy</a>',
        f'<a href="/7" style="background:url({DRAWN})">Privacy Policy</a>',
        f'<a href="/7"><img src="{DRAWN}" alt="Privacy Policy"></a>',
        f"<a href='/7'><img alt='Privacy Policy' src='{DRAWN}'></a>",
        f'<a href="/7"><img src={DRAWN}> Privacy Policy</a>',
        '<a href="/7"><svg><path d="' + "M0 " * 20_000 + '"/></svg><span>Privacy Policy</span></a>',
        '<a href="/7"><svg>' + "<path d='M0 0'></path>" * 2_000 + "</svg>Privacy Policy</a>",
        f'<a data-x="{"x" * 50_000}" href="/7">Privacy Policy</a>',
    ],
)
def test_a_link_full_of_drawings_is_read_like_any_other(link: str) -> None:
    assert urls(f"<body><p>text</p>{link}") == ["http://www.site.example/7"]
