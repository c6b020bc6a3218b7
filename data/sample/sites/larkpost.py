"""larkpost.example, where people share photographs, 2004 to 2025: many versions, each with the worries of its time."""

from __future__ import annotations

from pages import Sampled, edited, html_of, moved

HOST = "http://www.larkpost.example"
TLS = "https://www.larkpost.example"
OLD = f"{HOST}/privacy.php"
NEW = f"{TLS}/legal/privacy"

BEGINNING = """
Larkpost lets you put your photographs on the web and send them to your friends as postcards. We are three people and
a server. This page says what we learn about you when you use Larkpost, and what we do with it.

# What we know about you

When you sign up you give us your name, your e-mail address and a password. If you send a postcard you also give us the
e-mail address of the person who gets it. We use these addresses to deliver your postcards and for nothing else.

# Your photographs

Your albums can be seen by everyone who knows their address, unless you mark them as private. The photographs are yours.
When you delete one it is gone from our server the same night.

# Logs

Our server writes down the IP address of each visitor, the time and the page. We look at these logs when something is
broken, and delete them after four weeks.

# Who else sees it

Nobody. We do not sell, rent or lend your personal information to anyone. If a court orders us to hand something over,
we have to do it.

# Questions

Write to privacy@larkpost.example. If we change this policy we will say so on our front page.
"""

COOKIES = edited(
    BEGINNING,
    (
        "# Who else sees it",
        "# Cookies and advertisements\n\nWe set a cookie that keeps you logged in. Since October 2005 there are "
        "advertisements on the pages of free accounts. The company that delivers them sets cookies of its own and "
        "learns which of our pages you look at, but not your name.\n\n# Who else sees it",
    ),
    ("We are three people and\na server. This page", "This page"),
)

FRIENDS = edited(
    COOKIES,
    (
        "Your albums can be seen by everyone who knows their address, unless you mark them as private.",
        "Your albums can be seen by your friends on Larkpost. Your name, your picture and the list of your friends can "
        "be seen by everyone. When you comment on a photograph, the friends of its owner see what you wrote.",
    ),
    (
        "When you delete one it is gone from our server the same night.",
        "When you delete one it may stay in our backups for up to ninety days.",
    ),
)

POLISHED = edited(
    FRIENDS,
    (
        "Write to privacy@larkpost.example.",
        "Please write to privacy@larkpost.example.",
    ),
    ("and for nothing else.", "and for no other purpose."),
)

PHONES = edited(
    POLISHED,
    (
        "# Logs",
        "# Phones and places\n\nOur application for mobile phones sends us the model of your phone and its unique device "
        "identifier. If you allow it, each photograph is stored with your location, and your friends see on a map where "
        "you took it. You can turn this off in the settings.\n\n# Logs",
    ),
    ("and delete them after four weeks", "and delete them after twelve months"),
)

CHILDREN = edited(
    PHONES,
    (
        "# Questions",
        "# Children\n\nLarkpost is not for children under the age of 13, and we do not knowingly collect personal "
        "information from them. If you believe that a child has signed up, tell us, and we will delete the account."
        "\n\n# Questions",
    ),
)

COMPANY = """
Larkpost, Inc. ("Larkpost", "we" or "us") operates larkpost.example and the Larkpost applications (the "Service"). This
Privacy Policy explains what information we collect, how we use and share it, and what choices you have. It is effective
as of January 15, 2013.

# 1. Information you give us

- Account information: your name, e-mail address, password, telephone number and date of birth.
- Your content: photographs, comments, messages and postcards, with the date and the place where they were made.
- Your contacts: the address book of your phone, if you ask us to find your friends.

# 2. Information we collect automatically

We collect your IP address, device identifiers, browser type, the pages that you view and the links that you click. We
and our advertising partners use cookies, web beacons and similar technologies on our Service and on other sites that
show Larkpost buttons.

# 3. How we use information

We use information to provide and improve the Service, to suggest friends to you, to show you advertisements that fit
your interests, to measure whether they work, and to keep the Service safe.

# 4. How we share information

We share information with service providers who work for us, with companies of our group, and with advertisers in a form
that does not identify you. We may share it if the law requires it, or if Larkpost is sold or merged. Applications of
other companies that you connect to Larkpost receive your profile and the list of your friends.

# 5. Your choices

You can change your account information, decide who sees your albums, and close your account. You can opt out of
advertisements that are based on your interests. We keep your information for as long as your account is open, and for
up to one year afterwards.

# 6. Children

The Service is not directed to children under 13, and we do not knowingly collect personal information from them.

# 7. Changes and contact

We may change this Privacy Policy at any time. Questions? Write to privacy@larkpost.example or to Larkpost, Inc., 18
Harbor Street, Portland, Maine.
"""

PARTNERS = edited(
    COMPANY,
    ("January 15, 2013", "November 3, 2014"),
    (
        "and with advertisers in a form\nthat does not identify you.",
        "and with advertisers and analytics partners,\nwho may combine it with information that they have about you from elsewhere.",
    ),
    ("up to one year afterwards", "up to two years afterwards"),
)

SHIELD = edited(
    PARTNERS,
    ("November 3, 2014", "August 8, 2016"),
    (
        "# 6. Children",
        "# 6. International transfers\n\nYour information is stored in the United States. Larkpost takes part in the "
        "EU-U.S. Privacy Shield Framework and is committed to its Principles.\n\n# 7. Children",
    ),
    ("# 7. Changes and contact", "# 8. Changes and contact"),
)

GDPR = """
Larkpost, Inc. and Larkpost Europe Ltd. ("Larkpost", "we") care about your privacy. This Privacy Policy tells you what
personal data we process when you use larkpost.example and our applications, why, on which legal basis, and what rights
you have. It is effective as of May 25, 2018.

# 1. Who is responsible

If you live in the European Union, the controller of your personal data is Larkpost Europe Ltd., 4 Custom House Quay,
Dublin. For everyone else it is Larkpost, Inc., 18 Harbor Street, Portland, Maine. You can reach our data protection
officer at dpo@larkpost.example.

# 2. The personal data we process

- Account data: your name, e-mail address, password, telephone number and date of birth.
- Your content: photographs, comments, messages and postcards, with the date and the place where they were made.
- Your contacts, if you ask us to find your friends.
- Usage data: IP address, device identifiers, browser, the pages that you view and the links that you click.
- Location data, if you allow it.

# 3. Why we process it

- To perform our contract with you: to store your photographs, to deliver your postcards, to run your account.
- In our legitimate interest: to keep the Service safe, to understand how it is used, to improve it.
- With your consent: to show you advertisements that fit your interests, to use your location, to set cookies that are
  not necessary. You may withdraw your consent at any time.
- To comply with the law.

# 4. Cookies

We use necessary cookies to keep you logged in. Cookies for statistics and advertising are set only if you agree. You
find all cookies and your choices in our Cookie Settings.

# 5. Recipients

We share personal data with processors who host our servers, send our e-mails and answer support requests, under data
processing agreements; with companies of our group; and with advertising partners if you have agreed. We may be obliged
to disclose data to authorities.

# 6. International transfers

Your data is stored in Ireland and in the United States. Larkpost takes part in the EU-U.S. Privacy Shield Framework.

# 7. How long we keep it

We keep account data and content for as long as your account is open, and for thirty days after you close it. Usage data
is deleted after thirteen months.

# 8. Your rights

You have the right to access your personal data, to have it corrected or deleted, to restrict or object to its
processing, and to receive it in a form that machines read (data portability). You may lodge a complaint with your
supervisory authority. We do not make decisions about you by automated means alone.

# 9. Children

Larkpost is not for children under 16 in the European Union, nor under 13 elsewhere.

# 10. Changes and contact

If we change this policy we will tell you by e-mail before the change takes effect. Write to privacy@larkpost.example.
"""

CALIFORNIA = edited(
    GDPR,
    ("May 25, 2018", "January 1, 2020"),
    (
        "# 9. Children",
        "# 9. Residents of California\n\nUnder the California Consumer Privacy Act (CCPA) you have the right to know which "
        "personal information we collect, use and disclose, the right to have it deleted, and the right to opt out of its "
        "sale. We do not sell personal information for money. Some of what our advertising partners receive may be a "
        '"sale" under the CCPA: use the link "Do Not Sell My Personal Information" to opt out. We will not discriminate '
        "against you.\n\n# 10. Children",
    ),
    ("# 10. Changes and contact", "# 11. Changes and contact"),
)

CLAUSES = edited(
    CALIFORNIA,
    ("January 1, 2020", "July 12, 2021"),
    (
        "Larkpost takes part in the EU-U.S. Privacy Shield Framework.",
        "Transfers rely on the standard contractual clauses of the European Commission; we no longer rely on the EU-U.S. "
        "Privacy Shield.",
    ),
)

SHARING = edited(
    CLAUSES,
    ("July 12, 2021", "January 1, 2023"),
    (
        "and the right to opt out of its sale.",
        "the right to have it corrected, and the right to opt out of its sale or sharing.",
    ),
    (
        "Under the California Consumer Privacy Act (CCPA) you",
        "Under the California Consumer Privacy Act (CCPA), as changed by the California Privacy Rights Act, you",
    ),
    ("Usage data\nis deleted after thirteen months.", "Usage data\nis deleted after six months."),
)

MODELS = edited(
    SHARING,
    ("January 1, 2023", "February 10, 2025"),
    (
        "# 4. Cookies",
        "# 4. Machine learning\n\nWe use photographs in public albums, and the words that describe them, to train models "
        "that recognise and generate images. Photographs in private albums, messages and postcards are never used for "
        "this. You can object in the settings; models that were trained before keep what they have learned.\n\n# 5. Cookies",
    ),
    ("# 5. Recipients", "# 6. Recipients"),
    ("# 6. International transfers", "# 7. International transfers"),
    ("# 7. How long we keep it", "# 8. How long we keep it"),
    ("# 8. Your rights", "# 9. Your rights"),
    ("# 9. Residents of California", "# 10. Residents of California"),
    ("# 10. Children", "# 11. Children"),
    ("# 11. Changes and contact", "# 12. Changes and contact"),
)

TEXTS = (
    BEGINNING, COOKIES, FRIENDS, POLISHED, PHONES, CHILDREN, COMPANY, PARTNERS, SHIELD, GDPR, CALIFORNIA, CLAUSES,
    SHARING, MODELS,
)  # fmt: skip

#: When each text was first captured, and when again.
SEEN = (
    ("20040615081210", "20050209113000"),
    ("20051104170233", "20061012090909"),
    ("20070520203015", "20080303120000"),
    ("20081211064500",),
    ("20100422101010", "20110114235000"),
    ("20110905142400", "20120616060606"),
    ("20130116180000", "20140202020000"),
    ("20141105121212", "20151030101500"),
    ("20160810093000", "20171121174500"),
    ("20180526070000", "20190415150000"),
    ("20200102030405", "20201109111111"),
    ("20210714140000", "20220506080000"),
    ("20230103120000", "20240229101010"),
    ("20250212090000", "20251018160000"),
)


def small(title: str, body: str) -> bytes:
    """A page of 2004, by three people."""
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html>
<head><title>larkpost: {title}</title><link rel="stylesheet" href="/lark.css" type="text/css" /></head>
<body>
<div id="top"><a href="/"><img src="/i/lark.gif" alt="larkpost" /></a> <a href="/login.php">log in</a> <a href="/join.php">join</a></div>
<div id="page">
<h1>{title}</h1>
{body}
</div>
<div id="bottom"><a href="/about.php">about</a> | <a href="/privacy.php">privacy</a> | made in Portland, Maine</div>
</body>
</html>
""".encode("latin-1")


def large(title: str, body: str, year: int) -> bytes:
    """A page of a company: from 2013 on."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} | Larkpost</title><meta name="viewport" content="width=device-width"></head>
<body>
<header class="site-header"><a class="logo" href="/">Larkpost</a><nav><a href="/explore">Explore</a> <a href="/login">Log in</a> <a href="/join">Sign up</a></nav></header>
<main class="legal"><h1>{title}</h1>
{body}
</main>
<footer class="site-footer"><a href="/about">About</a> <a href="/jobs">Jobs</a> <a href="/legal/terms">Terms</a> <a href="/legal/privacy">Privacy</a>
<span>&copy; {year} Larkpost, Inc.</span></footer>
</body>
</html>
""".encode()


def captures() -> list[Sampled]:
    latin, utf8 = "text/html; charset=iso-8859-1", "text/html; charset=utf-8"
    old_home = small("photographs and postcards", "<p>Show your friends what you saw today.</p>")
    found = [
        Sampled("20040615081200", f"{HOST}/", old_home, content_type=latin),
        Sampled("20110905142330", f"{HOST}/", old_home, content_type=latin),
        moved("20130116175958", OLD, NEW),
    ]
    for year in (2013, 2018, 2025):
        home = large("Photographs and postcards", "<p>See the world through the eyes of your friends.</p>", year)
        found.append(Sampled(f"{year}0601120000", f"{TLS}/", home, content_type=utf8))
    for text, times in zip(TEXTS, SEEN, strict=True):
        first = times[0]
        if first < "2013":
            body = small("privacy", html_of(text))
            found += [Sampled(when, OLD, body, content_type=latin) for when in times]
        else:
            body = large("Privacy Policy", html_of(text), int(first[:4]))
            found += [Sampled(when, NEW, body, content_type=utf8, server="nginx") for when in times]
    return found
