"""nordwind.example, a German ferry line, 2002 to 2023: latin-1 first, UTF-8 and gzip later, the GDPR in between."""

from __future__ import annotations

from pages import Sampled, edited, gzipped, html_of

HOST = "http://www.nordwind.example"
TLS = "https://www.nordwind.example"

FIRST = """
Der Schutz Ihrer persönlichen Daten ist uns wichtig. Diese Erklärung beschreibt, welche Daten die Nordwind
Fährgesellschaft mbH beim Besuch dieser Website erhebt und wofür wir sie verwenden.

# Erhebung und Verarbeitung von Daten

Jeder Zugriff auf unsere Website und jeder Abruf einer dort hinterlegten Datei werden protokolliert. Die Speicherung
dient internen systembezogenen und statistischen Zwecken. Protokolliert werden: Name der abgerufenen Datei, Datum und
Uhrzeit des Abrufs, übertragene Datenmenge, Meldung über erfolgreichen Abruf, Webbrowser und anfragende Domain.

# Buchungen

Weitergehende personenbezogene Daten werden nur erfasst, wenn Sie diese Angaben freiwillig machen, etwa bei einer
Anfrage oder bei der Buchung einer Überfahrt. Für eine Buchung benötigen wir Ihren Namen, Ihre Anschrift, Ihre
Telefonnummer und das Kennzeichen Ihres Fahrzeugs. Diese Daten verwenden wir ausschließlich, um die Überfahrt
abzuwickeln.

# Weitergabe an Dritte

Ihre Daten werden nicht verkauft und nicht zu Werbezwecken weitergegeben. Die Hafenbehörden erhalten eine Liste der
Fahrgäste, soweit das Seerecht dies vorschreibt.

# Auskunftsrecht

Auf schriftliche Anfrage werden wir Sie gern über die zu Ihrer Person gespeicherten Daten informieren. Sie können der
Speicherung jederzeit widersprechen. Wenden Sie sich bitte an unsere Beauftragte für den Datenschutz, Frau Grete
Ahlers, Nordwind Fährgesellschaft mbH, Am Südkai 3, 25899 Dagebüll.
"""

SECOND = edited(
    FIRST,
    (
        "Ihre Daten werden nicht verkauft",
        "Diese Website verwendet Cookies, um Ihre „Merkliste“ für die Dauer des Besuchs zu speichern. "
        "Ihre Daten werden nicht verkauft",
    ),
)

THIRD = """
Mit dieser Datenschutzerklärung informieren wir Sie nach Artikel 13 und 14 der Datenschutz-Grundverordnung (DSGVO)
über die Verarbeitung Ihrer personenbezogenen Daten. Stand: 25. Mai 2018.

# Verantwortlicher

Verantwortlich ist die Nordwind Fährgesellschaft mbH, Am Südkai 3, 25899 Dagebüll, Telefon 04667 555 010. Unsere
Datenschutzbeauftragte erreichen Sie unter datenschutz@nordwind.example.

# Welche Daten wir verarbeiten und warum

- Buchungsdaten: Name, Anschrift, E-Mail-Adresse, Telefonnummer, Kennzeichen und Zahlungsdaten. Rechtsgrundlage ist die
  Erfüllung des Beförderungsvertrags (Art. 6 Abs. 1 lit. b DSGVO).
- Fahrgastlisten: Name, Geburtsdatum und Staatsangehörigkeit. Dazu sind wir nach der Richtlinie über die Registrierung
  von Fahrgästen verpflichtet (Art. 6 Abs. 1 lit. c DSGVO).
- Serverprotokolle: IP-Adresse, Zeitpunkt, abgerufene Seite und Browser. Wir haben ein berechtigtes Interesse am sicheren
  Betrieb der Website (Art. 6 Abs. 1 lit. f DSGVO). Die Protokolle werden nach sieben Tagen gelöscht.
- Newsletter: Ihre E-Mail-Adresse, solange Sie eingewilligt haben (Art. 6 Abs. 1 lit. a DSGVO).

# Cookies und Reichweitenmessung

Notwendige Cookies speichern Ihre Merkliste und Ihre Sprache. Für die Messung der Reichweite setzen wir nur mit Ihrer
Einwilligung Cookies ein. Sie können Ihre Einwilligung jederzeit mit Wirkung für die Zukunft widerrufen.

# Empfänger

Wir geben personenbezogene Daten an Zahlungsdienstleister, an unseren Hosting-Anbieter als Auftragsverarbeiter und,
soweit vorgeschrieben, an Hafenbehörden weiter. Eine Übermittlung in Drittländer findet nicht statt.

# Speicherdauer

Buchungsdaten bewahren wir zehn Jahre lang auf, wie es das Handels- und Steuerrecht verlangt; Fahrgastlisten werden nach
der Überfahrt gelöscht.

# Ihre Rechte

Sie haben das Recht auf Auskunft, Berichtigung, Löschung, Einschränkung der Verarbeitung, Datenübertragbarkeit und
Widerspruch. Außerdem können Sie sich beim Unabhängigen Landeszentrum für Datenschutz Schleswig-Holstein beschweren.
"""

FOURTH = edited(
    THIRD,
    ("Stand: 25. Mai 2018.", "Stand: 1. Februar 2023."),
    (
        "Eine Übermittlung in Drittländer findet nicht statt.",
        "Unser Buchungssystem wird in den Vereinigten Staaten gewartet; wir haben mit dem Anbieter die "
        "Standardvertragsklauseln der Europäischen Kommission vereinbart.",
    ),
)


def early(title: str, body: str, year: int) -> str:
    return f"""<html>
<head><title>{title} - Nordwind F&auml;hren</title></head>
<body bgcolor="#E0F0FF">
<table width="100%"><tr><td width="150" valign="top" bgcolor="#003366"><font color="#FFFFFF" face="Arial" size="2">
<a href="/">Startseite</a><br><a href="/fahrplan.html">Fahrplan</a><br><a href="/preise.html">Preise</a></font></td>
<td valign="top"><font face="Arial" size="2">
<h2>{title}</h2>
{body}
</font></td></tr></table>
<p align="center"><small>&copy; {year} Nordwind F&auml;hrgesellschaft mbH | <a href="/impressum.html">Impressum</a> |
<a href="/datenschutz.html">Datenschutz</a></small></p>
</body></html>
"""


def late(title: str, body: str, year: int) -> str:
    return f"""<!DOCTYPE html>
<html lang="de">
<head><meta charset="utf-8"><title>{title} | Nordwind Fähren</title><meta name="viewport" content="width=device-width"></head>
<body>
<div class="cookie-banner" role="dialog"><p>Wir verwenden Cookies.</p><button>Alle akzeptieren</button><button>Nur notwendige</button></div>
<header><nav><a href="/">Start</a> <a href="/fahrplan">Fahrplan</a> <a href="/buchen">Buchen</a></nav></header>
<main>
<h1>{title}</h1>
{body}
</main>
<footer><a href="/impressum">Impressum</a> <a href="/datenschutz.html">Datenschutzerklärung</a> <span>© {year} Nordwind</span></footer>
</body>
</html>
"""


def captures() -> list[Sampled]:
    latin = "text/html; charset=ISO-8859-1"
    utf8 = "text/html; charset=utf-8"
    old, new = f"{HOST}/datenschutz.html", f"{TLS}/datenschutz.html"
    home = early(
        "Willkommen an Bord",
        "<p>Täglich von Dagebüll zu den Inseln: Unsere Fähren fahren das ganze Jahr.</p>",
        2002,
    )
    new_home = late("Nordwind Fähren", "<p>Täglich zu den Inseln. Jetzt Überfahrt buchen!</p>", 2018)
    first = early("Datenschutzerklärung", html_of(FIRST), 2002).encode("latin-1")
    # What the server calls ISO-8859-1 has had windows-1252's quotation marks since 2006, as is common.
    second = early("Datenschutzerklärung", html_of(SECOND), 2006).encode("cp1252")
    second_utf8 = early("Datenschutzerklärung", html_of(SECOND), 2006).encode("utf-8")

    def packed(timestamp: str, url: str, text: str) -> Sampled:
        body = gzipped(text.encode())
        headers = (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
        return Sampled(timestamp, url, body, content_type=utf8, headers=headers, server="nginx")

    third = late("Datenschutzerklärung", html_of(THIRD), 2018)
    fourth = late("Datenschutzerklärung", html_of(FOURTH), 2023)
    return [
        Sampled("20020604093001", f"{HOST}/", home.encode("latin-1"), content_type=latin),
        Sampled("20020604093017", old, first, content_type=latin),
        Sampled("20040817120508", old, first, content_type=latin),
        Sampled("20060925033344", old, second, content_type=latin),
        Sampled("20080214201009", old, second, content_type=latin),
        Sampled("20120703152233", old, second_utf8, content_type=utf8),
        Sampled("20150116080808", old, second_utf8, content_type=utf8),
        packed("20180525060102", f"{TLS}/", new_home),
        packed("20180525060110", new, third),
        packed("20190930174321", new, third),
        packed("20210411235959", new, third),
        packed("20230301100020", new, fourth),
        packed("20231224180000", new, fourth),
    ]
