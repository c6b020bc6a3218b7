"""quietgarden.example, an allotment society, 2007 to 2014: no word in its policy's address tells what it is."""

from __future__ import annotations

from pages import Sampled, edited, html_of

HOST = "http://quietgarden.example"
POLICY = f"{HOST}/about/yourinfo.html"

FIRST = """
The Quiet Garden Society looks after sixty allotments and a waiting list. To do that we have to keep some personal
information about our members. This page is our privacy policy: it says what we keep, why, and for how long.

# What we keep

For each member we hold a name, a postal address, a telephone number, an e-mail address where there is one, the number
of the plot and the rent that has been paid. For people on the waiting list we hold a name, an address and the date on
which they applied. We do not collect anything about your health, your politics or your compost.

# Who can see it

The secretary and the treasurer have access to all of it. The plot stewards see the names and telephone numbers of the
members in their row, so that they can ring when a greenhouse has blown over. We do not give or sell your personal data
to seed merchants, insurers or anyone else. If the council asks for the list of tenants, as our landlord may, we send
names and plot numbers only.

# This web site

The web site sets no cookies. The company that hosts it keeps log files with the addresses of visiting computers for
thirty days, in case something goes wrong. When you use the contact form your message is e-mailed to the secretary
and no copy is kept on the server.

# How long we keep it

When a member leaves, we delete the record at the end of the following financial year. Names come off the waiting list
when a plot is taken, or when you tell us that you no longer want one.

# Your rights

You may ask to see the information that we hold about you, and we will correct it or remove it. Speak to the secretary
at the hut on Sunday mornings, or write to secretary@quietgarden.example.
"""

SECOND = edited(
    FIRST,
    (
        "The web site sets no cookies.",
        "The web site uses one cookie, which remembers that you have closed the frost warning.",
    ),
    ("for\nthirty days, in case something goes wrong.", "for\nfourteen days, in case something goes wrong."),
)


def page(title: str, body: str, year: int) -> bytes:
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en">
<head><title>{title} - Quiet Garden Society</title></head>
<body>
<div id="masthead"><h1>Quiet Garden Society</h1>
<ul><li><a href="/">Home</a></li><li><a href="/plots.html">Plots</a></li><li><a href="/diary.html">Diary</a></li></ul></div>
<div id="text">
<h2>{title}</h2>
{body}
</div>
<div id="foot"><p>Quiet Garden Society {year}. <a href="/about/us.html">Who we are</a> -
<a href="/about/yourinfo.html">Privacy: your information</a></p></div>
</body>
</html>
""".encode()


def captures() -> list[Sampled]:
    welcome = (
        "<p>The frost is over and the water is back on. The seed swap is on the first Sunday of April at the hut.</p>"
    )
    about = "<p>Our society was founded in 1921 by railwaymen. Plots cost thirty pounds a year; there is a waiting list.</p>"
    first = page("Your information and what we do with it", html_of(FIRST, heading="<h3>{}</h3>"), 2007)
    second = page("Your information and what we do with it", html_of(SECOND, heading="<h3>{}</h3>"), 2012)
    return [
        Sampled("20070401080000", f"{HOST}/", page("Welcome", welcome, 2007)),
        Sampled("20070401080014", POLICY, first),
        Sampled("20070401080020", f"{HOST}/about/us.html", page("Who we are", about, 2007)),
        Sampled("20091018123456", f"{HOST}/", page("Welcome", welcome, 2009)),
        Sampled("20091018123510", POLICY, first),
        Sampled("20120525172000", f"{HOST}/", page("Welcome", welcome, 2012)),
        Sampled("20120525172009", POLICY, second),
        Sampled("20140202020202", POLICY, second),
    ]
