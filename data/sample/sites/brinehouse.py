"""brinehouse.example, an oyster bar, 2008 to 2019: a site without a privacy policy."""

from __future__ import annotations

from pages import Sampled

HOST = "http://brinehouse.example"

PAGES = {
    "/": ("The Brine House", "Oysters, chowder and cider on the quay. Open from noon until the tide turns; closed on Mondays."),
    "/menu.html": ("Menu", "Half a dozen natives, fourteen pounds. Smoked haddock chowder, nine pounds. Crab on toast, eleven pounds."),
    "/about.html": ("About us", "Marta and Joss opened the Brine House in 1998 in an old net loft. They still open every oyster themselves."),
}  # fmt: skip


def page(title: str, text: str, year: int) -> bytes:
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html>
<head><title>{title}</title><style type="text/css">body {{ font-family: Georgia, serif; background: #eef; }}</style></head>
<body>
<div id="menu"><a href="/">Home</a> <a href="/menu.html">Menu</a> <a href="/about.html">About</a></div>
<h1>{title}</h1>
<p>{text}</p>
<div id="footer">The Brine House, Quay Street. Telephone 01834 555 019. {year}</div>
</body>
</html>
""".encode()


def captures() -> list[Sampled]:
    return [
        Sampled(f"{year}0{month}15120{month}00", HOST + path, page(*PAGES[path], year))
        for year in (2008, 2013, 2019)
        for month, path in enumerate(PAGES, 3)
    ]
