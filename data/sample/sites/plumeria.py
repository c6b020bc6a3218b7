"""plumeria.example, a mail-order nursery, 1999 to 2013: tables and font tags, then CSS, then a new address."""

from __future__ import annotations

from pages import Sampled, edited, html_of, moved

HOST = "http://www.plumeria.example:80"
NEW = "http://www.plumeria.example/company/privacy-policy"

FIRST = """
Plumeria Seeds & Bulbs has been a family nursery since 1974, and we treat our customers' names the way we would
want our own to be treated. This statement tells you what information we collect at our web site and what we do
with it.

# What we ask you for

When you place an order we ask for your name, your mailing address, your telephone number and, if you have one,
your e-mail address. If you pay by credit card we also need the card number and its expiration date. We use this
information to fill your order, to ship it, and to call you when a variety you wanted is sold out. We do not keep
credit card numbers on any computer that is connected to the Internet.

# Our mailing list

Customers who order from us receive the spring and fall catalogs by mail. If you would rather not receive them,
write to us or call 1-800-555-0134 and we will take your name off the list. We do not sell, rent or trade our
mailing list to anyone.

# Log files and cookies

Like most web sites, ours keeps a log of the pages that are requested, with the Internet address of the computer
that asked for them. We use the log to see which pages are popular and to find broken links. Our shopping basket
uses a "cookie" to remember what you have put into it. The cookie does not contain your name or any other personal
information, and it expires after one day.

# Children

Our catalog is meant for adults. We do not knowingly collect information from children under the age of 13.

# Changes and questions

If we change this privacy statement we will post the new statement on this page. If you have questions about
your privacy, please write to Zoë Brännström, Plumeria Seeds & Bulbs, 410 Nursery Road, Canby, Oregon.
"""

SECOND = edited(
    FIRST,
    (
        "We do not sell, rent or trade our\nmailing list to anyone.",
        "From time to time we exchange our\nmailing list with other garden catalogs whose products we think you may like.",
    ),
)

THIRD = """
Plumeria Seeds & Bulbs, Inc. (“Plumeria”, “we”, “us”) respects the privacy of everyone who visits our web sites or
orders from our catalogs. This Privacy Policy describes the personal information we collect, how we use it, with
whom we may share it, and the choices you have. It took effect on March 1, 2005.

# Information we collect

We collect information in three ways:

- information you give us when you place an order, request a catalog, open an account or enter a contest, such as
 your name, postal address, e-mail address, telephone number and payment details
- information that is collected automatically when you visit plumeria.example, such as your IP address, your
 browser, the pages you look at and the site you came from
- information from other companies, such as updated delivery addresses from our carriers

# How we use your information

We use personal information to process and ship orders, to answer questions, to send order confirmations and
planting reminders, to prevent fraud, and to improve our web site. If you have asked for our newsletter, “The
Potting Shed”, we use your e-mail address to send it; each issue tells you how to unsubscribe.

# Cookies and web beacons

We use cookies to keep your shopping cart and to recognize you when you return. We also use small images known as
web beacons to learn whether our e-mails are opened. You can set your browser to refuse cookies; you can still
read our site, but you won’t be able to order online.

# Sharing with third parties

We share personal information with service providers that process payments, deliver packages or mail catalogs for
us. They may use it only for that purpose. We exchange postal addresses—never e-mail addresses—with other
garden merchants. We disclose information when the law requires us to do so.

# Security

Orders are encrypted with SSL. No method of transmission is perfectly secure, but we protect your information
with locked rooms, passwords and training.

# Your choices

To see, correct or delete the information in your account, to opt out of the exchange of addresses, or to leave
the catalog list, e-mail privacy@plumeria.example or call 1-800-555-0134. California residents may ask once a
year for a list of the third parties with whom we shared information for their direct marketing.
"""

FOURTH = edited(
    THIRD,
    ("It took effect on March 1, 2005.", "It was last updated on February 9, 2010."),
    (
        "You can set your browser to refuse cookies;",
        "Advertisers such as search engines use cookies to show you our advertisements on other sites. You can set "
        "your browser to refuse cookies;",
    ),
)

BANNERS = ("bulbs20off.gif", "dahlias.gif", "freeship.gif")


def tables(title: str, body: str, *, banner: str, built: str) -> bytes:
    """A page of 1999: nested tables, font tags, a banner that rotates, the date of the build in a comment."""
    return f"""<HTML>
<!-- Built with PageMill on {built} -->
<HEAD><TITLE>{title}</TITLE></HEAD>
<BODY BGCOLOR="#FFFFEE" TEXT="#003300" LINK="#006600">
<CENTER><TABLE WIDTH="600" BORDER="0" CELLPADDING="4">
<TR><TD COLSPAN="2" BGCOLOR="#99CC99" ALIGN="CENTER"><IMG SRC="/img/logo.gif" ALT="Plumeria" WIDTH="200" HEIGHT="60">
<BR><IMG SRC="/ads/{banner}" WIDTH="468" HEIGHT="60" BORDER="0"></TD></TR>
<TR><TD WIDTH="120" VALIGN="TOP" BGCOLOR="#CCE5CC"><FONT FACE="Arial" SIZE="2">
<A HREF="/">Home</A><BR><A HREF="/seeds.html">Seeds</A><BR><A HREF="/bulbs.html">Bulbs</A><BR>
<A HREF="/order.html">Order form</A></FONT></TD>
<TD VALIGN="TOP"><FONT FACE="Arial" SIZE="2">
{body}
</FONT></TD></TR>
<TR><TD COLSPAN="2" ALIGN="CENTER"><FONT SIZE="1"><A HREF="/">Home</A> | <A HREF="/privacy.html">Privacy</A> |
<A HREF="mailto:webmaster@plumeria.example">Webmaster</A><BR>&copy; Plumeria Seeds &amp; Bulbs.</FONT></TD></TR>
</TABLE></CENTER>
</BODY>
</HTML>
""".encode("latin-1")


def old_policy(text: str, *, banner: int, built: str) -> bytes:
    """The privacy statement as it looked until 2004."""
    body = html_of(
        text,
        heading='<P><FONT SIZE="3" COLOR="#006600"><B>{}</B></FONT>',
        paragraph="<P>{}",
    )
    return tables(
        "Plumeria Seeds & Bulbs: Privacy Statement",
        f'<FONT SIZE="4"><B>Privacy Statement</B></FONT>\n{body}',
        banner=BANNERS[banner],
        built=built,
    )


def old_home(built: str) -> bytes:
    body = (
        "<P>Welcome to Plumeria, your nursery on the World Wide Web! Browse more than 400 varieties of flower seeds, "
        "dahlias, lilies and spring bulbs, all grown on our own fields in the Willamette Valley.\n"
        "<P>New this week: the <B>Caf\xe9 au Lait</B> dahlia. Best viewed at 800x600."
    )
    return tables("Plumeria Seeds & Bulbs", body, banner=BANNERS[0], built=built)


def styled(title: str, body: str, *, charset: str, policy_path: str, year: int) -> bytes:
    """A page of 2005: CSS and lists for navigation."""
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}" />
<title>{title}</title>
<link rel="stylesheet" type="text/css" href="/css/site.css" />
</head>
<body>
<div id="header"><a href="/"><img src="/img/logo.png" alt="Plumeria" /></a></div>
<ul id="nav"><li><a href="/seeds/">Seeds</a></li><li><a href="/bulbs/">Bulbs</a></li><li><a href="/cart">Cart</a></li></ul>
<div id="content">
<h1>{title}</h1>
{body}
</div>
<div id="footer"><a href="/about">About us</a> | <a href="/help">Help</a> | <a href="{policy_path}">Privacy Policy</a>
<p>Copyright {year} Plumeria Seeds &amp; Bulbs, Inc. All rights reserved.</p></div>
</body>
</html>
""".encode({"windows-1252": "cp1252"}.get(charset, charset))


def new_home(year: int, policy_path: str, charset: str) -> bytes:
    body = f"<p>Order by May 15 for planting in {year}. Our new season’s dahlias are here.</p>"
    return styled(
        "Plumeria Seeds & Bulbs".replace("&", "&amp;"),
        body,
        charset=charset,
        policy_path=policy_path,
        year=year,
    )


def captures() -> list[Sampled]:
    first = old_policy(FIRST, banner=0, built="April 2, 1999")
    other_banner = old_policy(FIRST, banner=1, built="November 1, 2000")
    second = old_policy(SECOND, banner=2, built="January 30, 2002")
    third = styled("Privacy Policy", html_of(THIRD), charset="windows-1252", policy_path="/privacy.html", year=2005)
    third_moved = styled(
        "Privacy Policy", html_of(THIRD), charset="utf-8", policy_path="/company/privacy-policy", year=2008
    )
    fourth = styled(
        "Privacy Policy", html_of(FOURTH), charset="utf-8", policy_path="/company/privacy-policy", year=2010
    )
    old, utf8 = f"{HOST}/privacy.html", "text/html; charset=utf-8"
    return [
        Sampled("19990421053012", f"{HOST}/", old_home("April 2, 1999")),
        Sampled("19990421053047", old, first),
        Sampled("19991008221534", old, first),
        Sampled("20000510081706", old, first),
        Sampled("20001115193300", f"{HOST}/", old_home("November 1, 2000")),
        Sampled("20001115193344", old, other_banner),
        Sampled("20010602110455", old, other_banner),
        Sampled("20020212094521", old, second),
        Sampled("20020212094602", f"{HOST}/", old_home("January 30, 2002")),
        Sampled("20030130174410", old, second),
        Sampled("20050314120000", f"{HOST}/", new_home(2005, "/privacy.html", "windows-1252")),
        Sampled("20050314120233", old, third),
        Sampled("20060211074950", old, third),
        Sampled("20070112161803", old, third, revisit=True),
        moved("20080620183011", old, NEW),
        Sampled("20080620183013", NEW, third_moved, content_type=utf8),
        Sampled(
            "20080620183100",
            f"{HOST}/",
            new_home(2008, "/company/privacy-policy", "utf-8"),
            content_type=utf8,
        ),
        moved("20091105020937", old, "/company/privacy-policy"),
        Sampled("20091105020939", NEW, third_moved, content_type=utf8),
        Sampled("20100301140518", NEW, fourth, content_type=utf8),
        Sampled("20110819113842", NEW, fourth, content_type=utf8),
        Sampled("20131122063055", NEW, fourth, content_type=utf8, revisit=True),
        Sampled(
            "20131122063110",
            f"{HOST}/",
            new_home(2013, "/company/privacy-policy", "utf-8"),
            content_type=utf8,
        ),
    ]
