"""framewright.example, a picture framer, 2001 to 2006: frames, and a policy inside of one."""

from __future__ import annotations

from pages import Sampled, edited, html_of

HOST = "http://framewright.example"

FIRST = """
Framewright & Daughters wants you to feel as comfortable on our web site as you do in our workshop on Cable Street.
This page explains our privacy practices.

# Visiting the site

You can look at every page of this site without telling us who you are. Our Internet provider counts visitors and
tells us which pages they saw, but we cannot tell one visitor from another, and we do not try to.

# Asking for an estimate

If you fill in the estimate form we receive your name, your telephone number, your e-mail address and whatever you
tell us about the picture. We use this information to work out a price and to reply to you, and for nothing else.
Estimates that do not become orders are thrown away after ninety days.

# Ordering a frame

For an order we need your postal address and a deposit by cheque or card. We keep a record of each order for six
years, as the tax office requires. The record is a paper card in a locked drawer. Personal information is never
passed to a third party, with one exception: the carrier who brings the frame to your door is given your address.

# Newsletter

Twice a year we write to customers who have asked us to. If you no longer want the letter, send us a postcard or an
e-mail and we will strike you off the list.

# Your rights

Under the Data Protection Act you may ask us for a copy of the information we hold about you, and have it put right
if it is wrong. Write to Ms Imogen Wright at the workshop.
"""

SECOND = edited(
    FIRST,
    (
        "The record is a paper card in a locked drawer.",
        "The record is held on a computer that has a password and is not connected to the Internet.",
    ),
)

FRAMESET = """<html>
<head><title>Framewright &amp; Daughters - Privacy</title></head>
<frameset cols="180,*" frameborder="0" border="0">
<frame src="nav.html" name="nav" scrolling="no" noresize>
<frame src="{}" name="main">
</frameset>
</html>
"""

NAVIGATION = """<html>
<body bgcolor="#660000" link="#ffffff" vlink="#ffffff">
<font face="Verdana" size="2">
<a href="main.html" target="main">Home</a><br>
<a href="frames.html" target="main">Frames</a><br>
<a href="prices.html" target="main">Prices</a><br>
<a href="privacy.html" target="_top">Privacy policy</a><br>
</font>
</body>
</html>
"""


def framed(title: str, body: str) -> bytes:
    """The document inside of the main frame."""
    return f"""<html>
<head><title>{title}</title></head>
<body bgcolor="#ffffff">
<font face="Verdana" size="2">
<h3>{title}</h3>
{body}
<hr><center><font size="1">Framewright &amp; Daughters, 12 Cable Street, Whitby</font></center>
</font>
</body>
</html>
""".encode("latin-1")


def captures() -> list[Sampled]:
    welcome = framed(
        "Framewright & Daughters",
        "<p>We have framed watercolours, samplers and medals by hand since 1966. Look round with the links on the left.",
    )
    frameset = FRAMESET.format("privacy_text.html").encode()
    first = framed("Privacy policy", html_of(FIRST, heading="<b>{}</b>", paragraph="<p>{}"))
    second = framed("Privacy policy", html_of(SECOND, heading="<b>{}</b>", paragraph="<p>{}"))
    return [
        Sampled("20010311101501", f"{HOST}/", FRAMESET.format("main.html").encode()),
        Sampled("20010311101503", f"{HOST}/nav.html", NAVIGATION.encode()),
        Sampled("20010311101505", f"{HOST}/main.html", welcome),
        Sampled("20010311101540", f"{HOST}/privacy.html", frameset),
        Sampled("20010311101542", f"{HOST}/privacy_text.html", first),
        Sampled("20020728040000", f"{HOST}/", FRAMESET.format("main.html").encode()),
        Sampled("20020728040112", f"{HOST}/privacy.html", frameset),
        Sampled("20020728040115", f"{HOST}/privacy_text.html", first),
        Sampled("20040905221020", f"{HOST}/", FRAMESET.format("main.html").encode()),
        Sampled("20040905221030", f"{HOST}/privacy.html", frameset),
        Sampled("20040905221033", f"{HOST}/privacy_text.html", second),
        Sampled("20060117154400", f"{HOST}/privacy_text.html", second),
    ]
