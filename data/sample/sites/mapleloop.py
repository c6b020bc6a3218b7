"""mapleloop.example, a second-hand clothes market, 2018 to 2025: banners, a cookie policy, terms, many small edits."""

from __future__ import annotations

from pages import Sampled, edited, html_of

HOST = "https://www.mapleloop.example"

FIRST = """
Last updated: May 24, 2018

Mapleloop Technologies Ltd. ("Mapleloop", "we", "us", "our") runs a marketplace where people buy and sell second-hand
clothes. This Privacy Policy explains what personal information we collect from you, what we do with it, and what you
can do about it.

# What personal information do we collect?

- When you register: your name, e-mail address, phone number and date of birth.
- When you sell: your bank details, your address, photos and descriptions of the clothes.
- When you buy: your delivery address, your payment card and the sizes you wear.
- When you talk to us or to other members: the messages you send.
- When you use our apps: device identifiers, IP address, crash logs and the items you look at.

# Why do we use it?

We use your personal information to run your account, to bring buyers and sellers together, to pay sellers, to prevent
fraud, to recommend clothes in your size and, if you agree, to send you offers. Under the law of the European Union our
legal bases are our contract with you, our legitimate interests, your consent and our legal obligations.

# Who else gets it?

Buyers and sellers see each other's usernames and, once an item is sold, the delivery address. Couriers, payment
providers, cloud hosts and customer service companies process personal information on our behalf. We may share
information with the police when we are required to. We do not sell your personal information.

# Where is it stored?

Our servers are in Montréal and Dublin. When personal information leaves Canada or the European Union, we make sure that
it is protected by contracts approved by the authorities.

# How long do we keep it?

As long as you have an account, and for two years after your last sale. Messages are deleted after one year.

# What are your rights?

You can ask us for a copy of your personal information, ask us to correct, move or erase it, and object to how we use
it. Write to our privacy officer at privacy@mapleloop.example. We answer within thirty days.

# Children

You must be sixteen to join Mapleloop. If we learn that someone is younger, we close the account.
"""

SECOND = edited(
    FIRST,
    ("Last updated: May 24, 2018", "Last updated: January 6, 2020"),
    (
        "We do not sell your personal information.",
        "We do not sell your personal information. Residents of California have further rights, which are described in our "
        "California notice.",
    ),
)

THIRD = edited(
    SECOND,
    ("Last updated: January 6, 2020", "Last updated: September 22, 2023"),
    ("Write to our privacy officer at privacy@mapleloop.example.", "Our person in charge of the protection of personal information under "
     "Québec's Law 25 is Odile Tremblay; write to her at privacy@mapleloop.example."),
    ("Messages are deleted after one year.", "Messages are deleted after six months."),
)  # fmt: skip

FOURTH = edited(
    THIRD,
    ("Last updated: September 22, 2023", "Last updated: March 3, 2025"),
    (
        "# Where is it stored?",
        "# Do we use artificial intelligence?\n\nYes. Software looks at your photos to suggest a category, a brand and a price, "
        "and to find counterfeits. A person reviews every decision to remove an item or to close an account. Photos are used "
        "to train this software unless you object in your settings.\n\n# Where is it stored?",
    ),
)

COOKIES = """
This Cookie Policy explains how Mapleloop uses cookies, pixels and local storage on its web site and in its apps.

# What are cookies?

Cookies are small text files that a web site stores on your device. Some are deleted when you close your browser
(session cookies); others stay until they expire (persistent cookies).

# Which cookies do we use?

- Strictly necessary cookies keep you signed in and remember your cart. They cannot be switched off.
- Performance cookies count visits, so that we know which pages are slow. They expire after thirteen months.
- Advertising cookies are set by our partners to show you clothes you have looked at on other sites.

# How can you manage cookies?

Choose “Cookie settings” at the foot of any page to change your mind, or delete cookies in your browser. If you refuse
advertising cookies you will still see advertisements, but they will not be about the clothes you looked at.
"""

TERMS = """
These Terms of Service are a contract between you and Mapleloop Technologies Ltd. By opening an account you agree to
them.

# Your account

You must be at least sixteen years old and give us correct information. Keep your password secret; you are responsible
for what is done with your account.

# Selling

Items must be yours to sell, be described honestly and be clean. Counterfeits, furs and used underwear may not be
listed. We charge a commission of twelve percent on each sale, which is deducted from what we pay you.

# Buying

When you press Buy you make a binding offer. You have two days after delivery to tell us that an item is not as
described; we then refund the price and the seller pays for the return.

# Liability and termination

The service is provided as is. To the extent permitted by law our liability is limited to the fees you paid in the last
twelve months. We may suspend accounts that break these terms. The laws of Québec govern this agreement.
"""


def page(title: str, body: str, year: int, offer: str) -> bytes:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} | Mapleloop</title>
<meta property="og:site_name" content="Mapleloop">
<script>window.dataLayer=window.dataLayer||[];window.build="{year}-{len(body):x}";</script>
</head>
<body>
<div id="consent" role="dialog" aria-modal="true"><p>We value your privacy. We and our 214 partners use cookies.</p>
<button>Accept all</button><button>Reject all</button><a href="/cookies">Cookie policy</a></div>
<div class="promo-bar">{offer}</div>
<header class="site-header"><a class="logo" href="/">Mapleloop</a>
<nav><ul><li><a href="/women">Women</a></li><li><a href="/men">Men</a></li><li><a href="/kids">Kids</a></li><li><a href="/sell">Sell</a></li></ul></nav>
<a href="/login">Sign in</a></header>
<main id="main"><section class="prose">
<h1>{title}</h1>
{body}
</section></main>
<footer class="site-footer"><ul><li><a href="/help">Help centre</a></li><li><a href="/privacy">Privacy policy</a></li>
<li><a href="/cookies">Cookies</a></li><li><a href="/terms">Terms</a></li></ul><p>© {year} Mapleloop Technologies Ltd.</p></footer>
</body>
</html>
""".encode()


def captures() -> list[Sampled]:
    offers = (
        "Free shipping this weekend",
        "Winter coats from $20",
        "Sell three, pay no fees",
        "Earth Day: 10% off",
    )
    home = "<p>Clothes that go round. Join two million people who buy and sell second-hand.</p>"
    found: list[Sampled] = []

    def add(timestamp: str, path: str, title: str, body: str, offer: int) -> None:
        whole = page(title, body, int(timestamp[:4]), offers[offer])
        found.append(Sampled(timestamp, HOST + path, whole, content_type="text/html; charset=utf-8", server="nginx"))

    for timestamp, text, offer in (
        ("20180528101010", FIRST, 0), ("20180901000001", FIRST, 1), ("20190222222222", FIRST, 2),
        ("20191130130000", FIRST, 0), ("20200115090909", SECOND, 1), ("20200820202020", SECOND, 2),
        ("20210510101500", SECOND, 3), ("20220301120000", SECOND, 0), ("20230101010101", SECOND, 1),
        ("20231002183000", THIRD, 2), ("20240422000000", THIRD, 3), ("20250310070000", FOURTH, 0),
        ("20250901120000", FOURTH, 1),
    ):  # fmt: skip
        add(timestamp, "/privacy", "Privacy Policy", html_of(text), offer)
    for timestamp, offer in (("20180528101000", 0), ("20200115090900", 1), ("20231002182950", 2)):
        add(timestamp, "/", "Second-hand clothes", home, offer)
    add("20200115090930", "/cookies", "Cookie Policy", html_of(COOKIES), 1)
    add("20231002183030", "/cookies", "Cookie Policy", html_of(COOKIES), 2)
    add("20200115090940", "/terms", "Terms of Service", html_of(TERMS), 1)
    return found
