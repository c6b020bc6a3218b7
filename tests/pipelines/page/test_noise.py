"""What stands on a page beside its policy, as it is really written, and policies that stand in the same markup."""
# ruff: noqa: E501 (a case is a line)

import pytest

from pipelines.extraction import extract

URL = "http://www.hazel.example/legal/privacy.html"
TOPICS = ("name", "address", "order", "payment", "parcel", "garden", "letter", "complaint")
CLAUSE = "We keep what you tell us of your {0} for as long as we need it, and tell no one of your {0}."
POLICY = "".join(f"<h2>Your {topic}</h2><p>{CLAUSE.format(topic)}</p>" for topic in TOPICS)
ASKS = "<p>We and our 842 partners store cookies on your device, to count marrows. You may change your choice at any time.</p>"
BUTTONS = "<button type='button'>Reject all</button><button type='button'>Accept all</button>"
PURPOSES = "".join(
    f"<div><h4>Purpose {n}</h4><p>{n + 40} partners can use this purpose to measure how many marrows you look at, and when you do.</p></div>"
    for n in range(1, 25)
)

DIALOGS = {
    "OneTrust": "<div id='onetrust-consent-sdk'><div class='onetrust-pc-dark-filter ot-fade-in'></div><div id='onetrust-pc-sdk' class='otPcCenter ot-hide' role='region'><div role='alertdialog' aria-modal='true'><h2 id='ot-pc-title'>About your privacy</h2>{}</div></div></div>",
    "OneTrust of 2018": "<div class='optanon-alert-box-wrapper'><div class='optanon-alert-box-bg'>{}</div></div>",
    "Cookiebot": "<div id='CybotCookiebotDialog' role='dialog' aria-modal='true' lang='en' dir='ltr'><div class='CybotCookiebotDialogContentWrapper'><div id='CybotCookiebotDialogBody'>{}</div></div></div>",
    "TrustArc": "<div id='truste-consent-track' style='display:block'><div id='truste-consent-content'>{}</div></div>",
    "Didomi": "<div id='didomi-host' data-nosnippet='true' aria-hidden='false'><div id='didomi-popup' class='didomi-popup-backdrop'><div class='didomi-popup-container'>{}</div></div></div>",
    "Usercentrics": "<aside id='usercentrics-cmp-ui' data-nosnippet><div class='uc-wrapper'>{}</div></aside>",
    "Quantcast": "<div class='qc-cmp2-container' id='qc-cmp2-container' data-nosnippet=''><div id='qc-cmp2-main'><div id='qc-cmp2-ui'>{}</div></div></div>",
    "iubenda": "<div id='iubenda-cs-banner' class='iubenda-cs-default iubenda-cs-visible' role='alertdialog'><div class='iubenda-cs-container'>{}</div></div>",
    "Osano": "<div class='osano-cm-window' dir='ltr'><div role='dialog' class='osano-cm-dialog osano-cm-dialog--type_bar'>{}</div></div>",
    "CookieYes": "<div class='cky-modal'><div class='cky-preference-center' data-cky-tag='detail'><div class='cky-preference-body-wrapper'>{}</div></div></div>",
    "Cookie Law Info": "<div id='cookie-law-info-bar' data-nosnippet='true'><span>{}</span></div>",
    "Complianz": "<div id='cmplz-cookiebanner-container'><div class='cmplz-cookiebanner cmplz-hidden banner-1' role='dialog'>{}</div></div>",
    "Borlabs": "<div id='BorlabsCookieBox' class='BorlabsCookie' role='dialog'><div class='bottom-center'>{}</div></div>",
    "Klaro": "<div class='klaro'><div class='cookie-modal'><div class='cm-bg'></div><div class='cm-modal'>{}</div></div></div>",
    "Termly": "<div id='termly-code-snippet-support'><div class='termly-styles-root'>{}</div></div>",
    "Axeptio": "<div id='axeptio_overlay' class='axeptio_mount'><div role='dialog'>{}</div></div>",
    "Sourcepoint": "<div id='sp_message_container_1045' role='dialog'>{}</div>",
    "Funding Choices": "<div class='fc-consent-root'><div class='fc-dialog-container'>{}</div></div>",
    "consentmanager": "<div id='cmpwrapper' class='cmpwrapper'><div id='cmpbox' class='cmpbox'>{}</div></div>",
    "an element of its own": "<didomi-host><div>{}</div></didomi-host>",
    "no known name": "<div class='x1' role='dialog' aria-modal='true'>{}</div>",
    "names that a compiler made": "<div class='cookieConfirm--qyDQHqgu'><div class='cookieDes--M2'>{}</div></div>",
}


def text_of(body):
    return extract(f"<html><head><title>Privacy</title></head><body>{body}</body></html>".encode(), url=URL).text


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("dialog", DIALOGS.values(), ids=DIALOGS.keys())
def test_a_consent_dialog_is_no_part_of_the_policy(dialog, where):
    noise = dialog.format(f"<h3>We value your choice</h3>{ASKS}{BUTTONS}")
    page = f"<main><h1>Privacy</h1>{POLICY}</main>"
    text = text_of(noise + page if where == "before" else page + noise)
    assert "marrows" not in text
    assert all(CLAUSE.format(topic) in text for topic in TOPICS)


@pytest.mark.parametrize("dialog", list(DIALOGS.values())[:20], ids=list(DIALOGS)[:20])
def test_a_dialog_that_is_longer_than_its_policy_is_none_of_it(dialog):
    text = text_of(f"<div><h1>Privacy</h1>{POLICY}</div>{dialog.format(ASKS + PURPOSES + BUTTONS)}")
    assert "marrows" not in text
    assert text.count("We keep what you tell us") == len(TOPICS)


@pytest.mark.parametrize(
    "noise",
    [
        "<div class='modal fade' id='login' tabindex='-1'><div class='modal-dialog'><h4>Sign in</h4><p>Sign in to buy marrows, peas and beans at a better price.</p><form><input name='e'></form></div></div>",
        "<div class='newsletter-popup'><p>Get a letter on marrows each month, and ten percent off your first order.</p><form><input name='e'></form></div>",
        "<dialog open><p>Marrows are late this year. We are sorry, and work hard to send yours.</p><button>Close</button></dialog>".replace(
            "Marrows", "Our marrows"
        ),
        "<div style='position: fixed; bottom: 0'><p>Buy marrows now, while there are some left of this year's harvest.</p><a href='#'>Close</a></div>",
        "<div class='related-posts'><h3>Related</h3><p><a href='/1'>On marrows</a> How to sow them, a finger deep, in good soil, and when.</p><p><a href='/2'>On marrows again</a> How to eat them in winter, and how to keep them till then.</p></div>",
        "<div class='most-popular'><h3>Most popular</h3><a href='/1'>Ten marrows</a><p>The best ten marrows of the year, as our readers have chosen them.</p><a href='/2'>Peas</a></div>",
        "<div id='comments' class='comments-area'><h2>2 thoughts</h2><ol class='comment-list'><li class='comment'><div class='comment-body'><p>I like marrows very much, and your shop too. Thank you all.</p></div></li><li class='comment'><div class='comment-body'><p>So do I. My marrows came in good order, and soon after.</p></div></li></ol></div>",
        "<div id='respond' class='comment-respond'><h3>Leave a reply</h3><p>Say what you think of marrows. Your address will not be published.</p><form><textarea></textarea></form></div>",
        "<footer><p>This is the Trace Id of marrows: 5cd02f976bb206ae34d6a342d994fcd6</p></footer>",
    ],
)
@pytest.mark.parametrize("page", ["<main><h1>Privacy</h1>{}</main>{}", "<div><div><h1>Privacy</h1>{}</div></div>{}"])
def test_what_lies_over_a_policy_or_follows_it_is_no_part_of_it(noise, page):
    text = text_of(page.format(POLICY, noise))
    assert "marrows" not in text
    assert all(CLAUSE.format(topic) in text for topic in TOPICS)


@pytest.mark.parametrize(
    "noise",
    [
        "<div class='addtoany_share_save_container'><div class='addtoany_header'>Spread the love of marrows</div><div class='a2a_kit'><a href='http://a.example/'></a></div></div>",
        "<div id='mc_embed_signup'><form><h2>Letters on marrows</h2><label>Your address</label><input name='EMAIL'></form></div>",
        "<ul hidden><li id='a11y-refresh-page-message'>Choosing marrows results in a full page refresh.</li></ul>",
        "<div id='comments'><h3>2 Responses</h3><ol class='commentlist'><li class='alt' id='comment-12'><cite>Bob</cite> Says: <p>I like marrows.</p></li><li id='comment-13'><cite>Sue</cite> Says: <p>So do I.</p></li></ol></div>",
        "<div class='printfooter'>Retrieved from \"<a href='/w'>http://hazel.example/marrows</a>\"</div>",
        "<div id='wm-ipp-base'><div id='wm-capinfo'><p>Collected by the friends of marrows, who have given what they crawled to the archive.</p></div></div>",
    ],
)
def test_what_a_system_writes_within_a_text_is_no_part_of_it(noise):
    text = text_of(
        f"<main><h1>Privacy</h1>{POLICY}{noise}<h2>Contact</h2><p>Write to us, and we answer soon.</p></main>"
    )
    assert "marrows" not in text
    assert "Write to us" in text


def test_a_menu_of_most_of_the_page_is_a_menu():
    entries = "".join(f"<li><a href='/{n}'>Marrow {n}</a> For home and garden</li>" for n in range(200))
    text = text_of(f"<nav><ul>{entries}</ul></nav><div><h1>Privacy</h1>{POLICY}</div>")
    assert "Marrow" not in text
    assert text.count("We keep what you tell us") == len(TOPICS)


def test_words_in_the_frame_of_a_page_are_no_section_of_it():
    trace = "<span style='display:none'></span>This is the Trace Id: {}"
    body = f"<h1>Privacy</h1><div class='a'><div class='b'>{POLICY}{POLICY.replace('your', 'her')}</div><div class='c'>Shop</div></div>"
    texts = {
        extract(f"<body class='page'>{trace.format(i * 8)}{body}</body>".encode(), url=URL).text
        for i in ("1a2b", "3c4d")
    }
    assert len(texts) == 1


ROWS = "<tr><th>Cookie</th><th>Purpose</th></tr><tr><td>sid</td><td>Counts marrows</td></tr><tr><td>lang</td><td>Your language</td></tr>"
DOCUMENTS = {
    "Cookiebot's declaration": "<div id='CookieDeclaration' lang='en'><p class='CookieDeclarationIntro'>These are the cookies of our site, of all kinds.</p><table class='CookieDeclarationTable'>{}</table></div>",
    "OneTrust's list": "<div id='ot-sdk-cookie-policy'><div id='ot-sdk-cookie-policy-v2' class='ot-sdk-cookie-policy'><section><h4>Necessary</h4><table>{}</table></section></div></div>",
    "Optanon's list": "<div id='optanon-cookie-policy'><div class='optanon-cookie-policy-group'><table>{}</table></div></div>",
    "Cookie Law Info's table": "<table class='cookielawinfo-row-cat-table cookielawinfo-winter'>{}</table>",
    "CookieYes' table": "<div class='cky-audit-table-element'><table>{}</table></div>",
    "Complianz' document": "<div id='cmplz-document' class='cmplz-document cookie-statement'><p>These are the cookies of our site.</p><table>{}</table></div>",
    "CookieFirst's page": "<div id='cookiefirst-policy-page'><table>{}</table></div>",
    "Borlabs' list": "<div class='borlabs-cookie-list'><table>{}</table></div>",
    "consentmanager's list": "<div class='cmpcookieinfo'><table>{}</table></div>",
    "a table with a name of its own": "<div class='cookie-table'><table>{}</table></div>",
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_table_of_cookies_that_a_consent_manager_writes_is_a_part_of_the_policy(document):
    text = text_of(f"<main><h1>Privacy</h1>{POLICY}{document.format(ROWS)}<h2>Contact</h2><p>Write to us.</p></main>")
    assert "sid | Counts marrows" in text


@pytest.mark.parametrize(
    "around",
    [
        "<div class='modal fade in' role='dialog' aria-modal='true'><div class='modal-content'><h4>Privacy</h4>{}<button>I agree</button></div></div>",
        "<dialog open><h1>Privacy</h1>{}<button>Accept</button></dialog>",
        "<div class='popup-overlay' style='position:fixed'><a href='#'>Close</a>{}</div>",
        "<div id='onetrust-consent-sdk'>{}<button>Accept all</button></div>",
        "<div class='cookieconsent-page'>{}</div>",
        "<div class='klaro'>{}</div>",
        "<div class='comments'><form>{}</form></div>",
        "<div class='lightbox'><form>{}</form></div>",
        "<div class='otnotice' id='otnotice-1'><div class='otnotice-content'>{}</div></div>",
        "<div class='iub_content legal_pp'><div class='one_line_col'>{}</div></div>",
        "<div class='most-read'><a href='/1'>One</a><a href='/2'>Two</a>{}</div>",
        "<nav>{}</nav>",
        "<body class='cookieconsent-open modal-open'>{}</body>",
    ],
)
def test_a_policy_that_stands_in_such_markup_is_kept(around):
    text = text_of(f"<div><a href='/'>Home</a></div>{around.format(POLICY)}<p><a href='/shop'>Shop</a></p>")
    assert all(CLAUSE.format(topic) in text for topic in TOPICS)


@pytest.mark.parametrize(
    "part",
    [
        "<div class='cookie-settings'><p>We use cookies to count marrows, unless you change your settings.</p></div>",
        "<p>Change them in the <a class='optanon-toggle-display' href='#'>settings of marrows</a>, at any time.</p>",
        "<p>Press <button class='ot-sdk-show-settings'>Settings</button> to see what we know of your marrows, at any time.</p>",
        "<div class='tooltip-popup'><p>A marrow is a gourd. We count marrows among the fruits of the garden.</p></div>",
        "<div role='dialog' class='modal' id='partners'><h4>Our partners</h4>"
        + "".join(
            f"<p>Partner {n} of Hazel counts marrows for us, and gets to know the address of your network.</p>"
            for n in range(6)
        )
        + "<button>Close</button></div>",
        "<div class='accordion'><h3><button aria-expanded='false' aria-controls='p1'>Marrows</button></h3><div id='p1' hidden><p>We count the marrows you buy, and tell no one of them.</p></div></div>",
        "<div class='panel' style='display:none'><p>We count the marrows you buy, and tell no one of them, ever.</p></div>",
        "<section id='related-content'><h2>Related companies</h2><p>Our sister company counts marrows with us, and for us.</p></section>",
        "<section><aside class='tldr'><p>In short: we count the marrows you buy, and tell no one of them, ever.</p></aside></section>",
        "<div class='comments'><h2>Your comments</h2><p>What you write of marrows on our site stands there for all to read.</p></div>",
    ],
)
def test_a_part_of_a_policy_is_kept_whatever_its_markup_suggests(part):
    text = text_of(f"<main><h1>Privacy</h1>{POLICY}{part}<h2>Contact</h2><p>Write to us.</p></main>")
    assert "marrows" in text
    assert "Write to us." in text


@pytest.mark.parametrize(
    "chooser",
    [
        "<div class='w-dropdown-toggle' role='button' aria-haspopup='menu'><div id='language_label'>Nederlands</div></div>",
        "<div class='language-switcher'><div><p class='h2'>Choose how we speak</p></div></div>",
        "<div id='lang_selector'><span>Nederlands</span></div>",
    ],
)
def test_a_chooser_of_languages_is_no_text(chooser: str) -> None:
    plain, with_chooser = (
        extract(f"<title>Privacy</title><body><div>{part}<h1>Privacy</h1>{POLICY}</div></body>".encode(), url=URL)
        for part in ("", chooser)
    )
    assert with_chooser.text == plain.text


def test_a_part_about_languages_is_text() -> None:
    part = f"<div class='language-versions'><h2>Which language counts</h2><p>{CLAUSE.format('language')}</p></div>"
    document = extract(f"<body><div><h1>Privacy</h1>{POLICY}{part}</div></body>".encode(), url=URL)
    assert "Which language counts" in document.text


@pytest.mark.parametrize(
    "line",
    ["Hits: {0}834", "Zugriffe: {0}.834", "{0} years ago", "Updated over {0} weeks ago", "{0} months agoUpdated",
     "Vor {0} Tagen aktualisiert"],
)  # fmt: skip
def test_what_a_line_tells_of_the_day_of_the_capture_alone_is_no_text(line: str) -> None:
    texts = {text_of(f"<main><h1>Privacy</h1><p>{line.format(n)}</p>{POLICY}</main>") for n in (2, 3)}
    assert len(texts) == 1


def test_the_controls_of_a_wiki_in_a_heading_are_no_words_of_it() -> None:
    edit = "<span class='mw-editsection'>[<a href='/edit'>edit</a>]</span>"
    assert text_of(POLICY.replace("</h2>", f"{edit}</h2>")) == text_of(POLICY)


def test_a_heading_is_kept_though_a_line_that_says_so_would_lead_back() -> None:
    page = f"<main><h1>Algemene voorwaarden</h1><h2>Retour</h2><p>{CLAUSE.format('parcel')}</p>{{}}{POLICY}</main>"
    assert "Retour\n" in text_of(page.format(""))
    assert text_of(page.format("<p>Terug</p>")) == text_of(page.format(""))
