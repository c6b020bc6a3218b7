"""tidelog.example, a logbook for sailors, 2012 to 2025: divs, gzip, brotli, a lying header, a script-only page."""

from __future__ import annotations

import brotli
from pages import Sampled, edited, gzipped, html_of, moved

HOST = "http://tidelog.example"
TLS = "https://tidelog.example"
LEGAL = "https://legal.tidelog.example/privacy"

FIRST = """
Tidelog, Inc. ("Tidelog") makes a logbook for sailors. This Privacy Policy explains how we collect, use and share
information when you use tidelog.example and our applications (together, the "Service").

# 1. Information you provide

You create an account with an e-mail address, a username and a password. Your profile may also contain your name, a
photograph, your home port and a description of your boat. Log entries contain whatever you write in them. If you
subscribe to Tidelog Plus, our payment processor collects your billing information; we receive only the last four
digits of the card.

# 2. Information collected automatically

When you use the Service we record your IP address, browser type, device identifiers, the pages you visit and the time
you spend on them. With your permission our applications record your location while a voyage is being logged. We use
cookies and similar technologies to keep you logged in and to understand how the Service is used.

# 3. How we use information

We use information to operate and improve the Service, to draw your tracks on the chart, to send you service messages
and, unless you opt out, our monthly newsletter, and to protect the Service against abuse.

# 4. How we share information

Voyages that you mark as public can be seen by anyone. We share personal information with vendors who host our servers
and process payments. We may disclose information if we believe that the law requires it, or to assist in a rescue at
sea. If Tidelog is involved in a merger or sale of assets, your information may be transferred as part of it. We do
not sell personal information.

# 5. Your choices

You can edit or delete log entries and your account at any time from the settings page. Copies may remain in our
backups for up to sixty days. You can turn off location in the settings of your device.

# 6. Changes

We may revise this policy. If a revision is significant we will tell you by e-mail. Contact us at
privacy@tidelog.example.
"""

SECOND = edited(
    FIRST,
    (
        "our monthly newsletter, and to protect",
        "our monthly newsletter, to show advertisements that match your interests, and to protect",
    ),
    ("backups for up to sixty days", "backups for up to ninety days"),
)

THIRD = """
This Privacy Notice describes how Tidelog, Inc. and Tidelog Europe B.V. process personal data. It applies from
1 September 2021 and replaces all earlier versions.

# Who is responsible

If you live in the European Economic Area or the United Kingdom, the controller of your personal data is Tidelog Europe
B.V., Westhavenkade 40, Vlaardingen. For everyone else it is Tidelog, Inc. You can reach our data protection officer at
dpo@tidelog.example.

# The personal data we process

- Account data: your e-mail address, username, password hash and profile.
- Voyage data: positions, speed, heading, crew names and notes. We process it to perform our contract with you.
- Usage data: IP address, device, operating system and actions in the app. We process it in our legitimate interest in
  a secure and reliable service.
- Payment data: handled by our payment provider, which acts as a controller of its own.

# Whom we share it with

We share personal data with processors that provide hosting, e-mail delivery, crash reports and customer support, under
data processing agreements. Rescue services receive the last known position of a vessel on request. We do not sell or
share personal information for cross-context behavioral advertising, as those words are defined in California law.

# International transfers

Data is stored in Ireland and in Virginia. Transfers outside of the EEA rely on standard contractual clauses.

# Retention

Account data is kept while your account exists and for thirty days after it is closed. Usage data is deleted after
thirteen months. Invoices are kept for seven years.

# Your rights

Depending on where you live you have the right to access, correct, delete, restrict or export your personal data, to
object to its processing, and to withdraw consent at any time. Use the form in the app or write to our data protection
officer. You can complain to your supervisory authority.
"""

FOURTH = edited(
    THIRD,
    ("It applies from\n1 September 2021 and", "It applies from\n15 January 2025 and"),
    (
        "# International transfers",
        "# Automated suggestions\n\nTidelog Pilot suggests routes with a machine learning model. We train it on voyages marked "
        "as public, never on private ones. You can object to this use of your voyages in the settings.\n\n# International transfers",
    ),
)


def divs(title: str, body: str, year: int) -> str:
    """A page of 2012: divs inside of divs."""
    return f"""<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><title>{title} - Tidelog</title><link rel="stylesheet" href="/assets/application.css"></head>
<body class="legal">
<div class="wrapper"><div class="navbar"><div class="container"><div class="brand"><a href="/">Tidelog</a></div>
<div class="links"><a href="/features">Features</a> <a href="/pricing">Pricing</a> <a href="/login">Log in</a></div></div></div>
<div class="container"><div class="row"><div class="span8"><div class="page-title"><h1>{title}</h1></div>
<div class="copy">
{body}
</div></div><div class="span4"><div class="promo"><h4>Get the app</h4><p>Log your first voyage for free.</p></div></div></div></div>
<div class="footer"><div class="container">&copy; {year} Tidelog, Inc. <a href="/legal/terms">Terms</a>
<a href="/legal/privacy">Privacy</a></div></div></div>
</body>
</html>
"""


SCRIPT_ONLY = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"/><title>Tidelog</title><script defer="defer" src="/static/js/main.4f1c22ab.js"></script></head>
<body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div></body>
</html>
"""


def modern(title: str, body: str) -> str:
    """A page of 2021: the document within a site of its own."""
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} | Tidelog Legal</title></head>
<body>
<header><a href="https://tidelog.example/" aria-label="Tidelog">Tidelog</a><nav><a href="/terms">Terms</a><a href="/privacy">Privacy</a></nav></header>
<main><article><h1>{title}</h1>
{body}
</article></main>
<aside class="newsletter"><form><label>Fair winds in your inbox <input type="email"></label><button>Subscribe</button></form></aside>
<footer><small>Tidelog, Inc. and Tidelog Europe B.V.</small></footer>
</body>
</html>
"""


def captures() -> list[Sampled]:
    utf8 = "text/html; charset=utf-8"
    declared = (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    old, tls = f"{HOST}/legal/privacy", f"{TLS}/legal/privacy"
    home = divs(
        "A logbook that never gets wet", "<p>Record your voyages and share them with your crew.</p>", 2012
    ).encode()
    first = divs("Privacy Policy", html_of(FIRST, heading="<h3>{}</h3>"), 2012).encode()
    first_2014 = divs("Privacy Policy", html_of(FIRST, heading="<h3>{}</h3>"), 2014).encode()
    second = divs("Privacy Policy", html_of(SECOND, heading="<h3>{}</h3>"), 2016).encode()
    third = modern("Privacy Notice", html_of(THIRD)).encode()
    fourth = modern("Privacy Notice", html_of(FOURTH)).encode()
    return [
        Sampled("20120229120000", f"{HOST}/", home, content_type=utf8),
        Sampled("20120229120015", old, first, content_type=utf8),
        Sampled("20130101000107", old, first, content_type=utf8),
        Sampled("20140815193000", old, gzipped(first_2014), content_type=utf8, headers=declared),
        Sampled(
            "20160404101112",
            tls,
            brotli.compress(second),
            content_type=utf8,
            headers=(("Content-Encoding", "br"),),
        ),
        Sampled(
            "20170707070707",
            tls,
            brotli.compress(second),
            content_type=utf8,
            headers=(("Content-Encoding", "br"),),
        ),
        # The header says gzip, the body is plain.
        Sampled("20180320081500", tls, second, content_type=utf8, headers=(("Content-Encoding", "gzip"),)),
        # The body is gzip, and no header says so.
        Sampled("20181111111111", tls, gzipped(second), content_type=utf8),
        Sampled("20200606140000", f"{TLS}/", SCRIPT_ONLY.encode(), content_type=utf8, server="cloudflare"),
        Sampled("20200606140003", tls, SCRIPT_ONLY.encode(), content_type=utf8, server="cloudflare"),
        moved("20210903090000", tls, LEGAL, server="cloudflare"),
        Sampled("20210903090002", LEGAL, third, content_type=utf8, server="cloudflare"),
        Sampled("20221010121212", LEGAL, third, content_type=utf8, server="cloudflare"),
        Sampled("20250120150000", LEGAL, fourth, content_type=utf8, server="cloudflare"),
        Sampled("20250630235900", LEGAL, fourth, content_type=utf8, server="cloudflare"),
    ]
