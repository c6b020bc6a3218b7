"""copperkettle.example, a cookware shop, 2011 to 2019: it goes from a policy to errors to a parked domain."""

from __future__ import annotations

from pages import Sampled, edited, html_of

HOST = "http://copperkettle.example"
POLICY = f"{HOST}/privacy-policy"

FIRST = """
Copper Kettle Cookware is committed to protecting your privacy. By using copperkettle.example you consent to the
practices described in this privacy policy.

# Personal information

We collect the name, e-mail address, shipping address and telephone number that you enter when you order a product,
write a review or sign up for a cooking class. Payments are made through a third-party processor; your card number never
reaches us.

# Use of information

Your information allows us to ship your order, to let you know about recalls, to answer your letters and to save your
favourite recipes. With your consent we send a newsletter with offers; every issue has a link to unsubscribe.

# Analytics and cookies

Our store uses cookies to hold your cart. We use an analytics service that sets cookies of its own and reports to us
how many people visited each page. The reports do not contain personal information.

# Disclosure

We don't sell, trade or otherwise transfer personal information to outside parties, except to those who help us to run
the store and have agreed to keep it confidential, or when the law requires it.

# Links and children

Recipes may link to other web sites whose privacy policies differ from ours. The store isn't directed to children under
thirteen, and we don't knowingly collect information about them.

# Contact

Copper Kettle Cookware, 88 Foundry Lane, Duluth, Minnesota. Phone 218-555-0146.
"""

SECOND = edited(
    FIRST,
    (
        "The reports do not contain personal information.",
        "The reports contain shortened addresses of visitors.",
    ),
)


def page(title: str, body: str) -> bytes:
    return f"""<!DOCTYPE html>
<html lang="en-US">
<head><meta charset="UTF-8" /><title>{title} | Copper Kettle</title><meta name="generator" content="WordPress 3.1" /></head>
<body class="page">
<div id="page"><div id="branding"><a href="/">Copper Kettle</a><p>Pots for life</p></div>
<div id="access"><ul><li><a href="/shop">Shop</a></li><li><a href="/recipes">Recipes</a></li><li><a href="/classes">Classes</a></li></ul></div>
<div id="primary"><h1 class="entry-title">{title}</h1><div class="entry-content">
{body}
</div></div>
<div id="secondary"><h3>Recent posts</h3><ul><li><a href="/marmalade">Marmalade weather</a></li><li><a href="/tinning">Re-tinning a pan</a></li></ul></div>
<div id="colophon"><a href="/privacy-policy">Privacy Policy</a> Proudly powered by WordPress.</div></div>
</body>
</html>
""".encode()


SOFT_404 = page(
    "Page not found",
    "<p>Oops! The page you are looking for can’t be found. It may have been moved or deleted.</p>\n"
    '<p>Try searching, or go back to the <a href="/">home page</a>.</p>',
)

TOO_MANY = b"""<html>
<head><title>429 Too Many Requests</title></head>
<body><center><h1>429 Too Many Requests</h1></center><hr><center>nginx</center></body>
</html>
"""

PARKED = b"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>copperkettle.example - This domain is for sale</title></head>
<body>
<h1>copperkettle.example</h1>
<p>This domain is for sale! Buy this domain. The owner of copperkettle.example is offering it for an asking price of $2,495.</p>
<h2>Related searches</h2>
<ul><li><a href="/?q=cookware+sets">Cookware Sets</a></li><li><a href="/?q=copper+pans">Copper Pans</a></li>
<li><a href="/?q=cast+iron">Cast Iron</a></li><li><a href="/?q=kitchen+knives">Kitchen Knives</a></li></ul>
<p><small>This page is provided courtesy of a domain parking service. Sponsored listings are served automatically by a third
party. <a href="/privacy-policy">Privacy Policy</a></small></p>
</body></html>
"""


def captures() -> list[Sampled]:
    utf8 = "text/html; charset=UTF-8"
    home = page(
        "Copper pans, made by hand",
        "<p>Every kettle is hammered, tinned and polished in our foundry by the lake.</p>",
    )
    return [
        Sampled("20110509141414", f"{HOST}/", home, content_type=utf8),
        Sampled("20110509141430", POLICY, page("Privacy Policy", html_of(FIRST)), content_type=utf8),
        Sampled("20120417030201", POLICY, page("Privacy Policy", html_of(SECOND)), content_type=utf8),
        Sampled(
            "20130716110000",
            POLICY,
            TOO_MANY,
            "429 Too Many Requests",
            headers=(("Retry-After", "60"),),
            server="nginx",
        ),
        Sampled("20140228175959", POLICY, page("Privacy Policy", html_of(SECOND)), content_type=utf8),
        Sampled("20150919002233", POLICY, SOFT_404, content_type=utf8),
        Sampled("20180305121212", f"{HOST}/", PARKED, content_type=utf8),
        Sampled("20180305121220", POLICY, PARKED, content_type=utf8),
        Sampled("20190820101010", POLICY, PARKED, content_type=utf8),
    ]
