"""ledgerline.example, a credit union, 2009 to 2016: its policy is a PDF, as financial privacy notices often are."""

from __future__ import annotations

from pages import Sampled, edited
from pdf import pdf_of

HOST = "http://www.ledgerline.example"
POLICY = f"{HOST}/docs/privacy-policy.pdf"

FIRST = """
Ledgerline Credit Union is owned by its members. We collect, use and protect nonpublic personal information about our
members and former members as described in this notice, which federal law requires us to give you each year.

# Information we collect about you

We collect nonpublic personal information about you from the following sources:

- Information we receive from you on applications and other forms
- Information about your transactions with us or others
- Information we receive from a consumer reporting agency
- Information obtained when verifying what you provide on an application; this may be obtained from your employer or
  from other institutions where you conduct financial transactions

# Information we disclose

We may disclose all of the information we collect, as described above, as permitted by law. We do not disclose any
nonpublic personal information about you to anyone except to companies that perform services on our behalf, such as
check printers, data processors and the company that mails your statements, and to consumer reporting agencies.

# How we protect your information

We restrict access to nonpublic personal information about you to those employees who need to know that information to
provide products and services to you. We maintain physical, electronic and procedural safeguards that comply with
federal regulations to guard your information. When you close your accounts, we continue to follow this policy.

# Online banking

Our web site uses session cookies to keep you signed in to online banking. They are erased when you sign out. We do not
track which other sites you visit. If you send us an e-mail we keep it for as long as we need to answer it; please do
not send account numbers by e-mail.

# What you can do

Protect your account numbers, card numbers, PINs and passwords. Never keep your PIN with your card. Tell us at once when
your address changes or when you suspect fraud. Questions about this notice are answered at any branch and by telephone
at 1-800-555-0177.
"""

SECOND = edited(
    FIRST,
    (
        "check printers, data processors and the company that mails your statements, and to consumer reporting agencies.",
        "check printers, data processors and the company that mails your statements, to consumer reporting agencies, and to "
        "insurance companies with whom we have joint marketing agreements. You may limit our sharing for joint marketing "
        "by calling 1-800-555-0177.",
    ),
    ("They are erased when you sign out. We do not\ntrack which other sites you visit.", "They are erased when you sign out. "
     "Our mobile app asks for your location\nonly to show the nearest branch."),
)  # fmt: skip


def home(year: int) -> bytes:
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html>
<head><title>Ledgerline Credit Union</title><link rel="stylesheet" href="/style.css" type="text/css"></head>
<body>
<div id="top"><a href="/">Ledgerline Credit Union</a> <a href="/login">Sign in to online banking</a></div>
<div id="main"><h1>Banking that belongs to you</h1>
<p>Auto loans from 3.9% APR. Join today with a deposit of $5 and become a member of your neighborhood's credit union.</p></div>
<div id="bottom"><a href="/rates.html">Rates</a> | <a href="/branches.html">Branches</a> |
<a href="/docs/privacy-policy.pdf">Privacy notice (PDF)</a> | Copyright {year} | Federally insured by NCUA</div>
</body>
</html>
""".encode()


def captures() -> list[Sampled]:
    first = pdf_of("Ledgerline Credit Union: Privacy Notice, January 2009", FIRST)
    second = pdf_of("Ledgerline Credit Union: Privacy Notice, January 2014", SECOND)
    pdf = "application/pdf"
    return [
        Sampled("20090218190111", f"{HOST}/", home(2009)),
        Sampled("20090218190140", POLICY, first, content_type=pdf),
        Sampled("20100630221500", POLICY, first, content_type=pdf),
        Sampled("20111205043050", POLICY, first, content_type=pdf),
        Sampled("20140309150915", POLICY, second, content_type=pdf),
        Sampled("20140309151000", f"{HOST}/", home(2014)),
        Sampled("20160501000000", POLICY, second, content_type=pdf),
    ]
