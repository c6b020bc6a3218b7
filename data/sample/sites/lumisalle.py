"""lumisalle.example, a French cinema's tickets, 2009 to 2025: short at first, then by the book."""

from __future__ import annotations

from pages import Sampled, edited, html_of

HOST = "http://www.lumisalle.example"
TLS = "https://www.lumisalle.example"

LEGAL = """
Lumisalle respecte la vie privée des spectateurs qui réservent leurs places sur ce site. La présente politique de
confidentialité explique quelles données personnelles nous recueillons et ce que nous en faisons.

# Les données que nous recueillons

Pour réserver une place, vous nous indiquez votre nom, votre adresse électronique et votre numéro de téléphone. Le
paiement est effectué sur le serveur de notre banque ; nous ne connaissons pas le numéro de votre carte.

# Leur utilisation

Vos données servent à vous envoyer vos billets et à vous prévenir si une séance est annulée. Elles ne sont ni vendues ni
communiquées à des tiers.

# Vos droits

Conformément à la loi « Informatique et Libertés » du 6 janvier 1978, vous disposez d'un droit d'accès et de
rectification. Écrivez à Lumisalle, 12 rue du Canal, 44000 Nantes. Ce traitement a été déclaré à la CNIL.
"""

NEWSLETTER = edited(
    LEGAL,
    (
        "Elles ne sont ni vendues",
        "Si vous l'avez demandé, nous vous envoyons chaque mercredi le programme par courrier électronique ; un lien permet "
        "de vous désabonner. Elles ne sont ni vendues",
    ),
)

BANNER = edited(
    NEWSLETTER,
    (
        "# Vos droits",
        "# Cookies\n\nNotre site utilise des cookies pour mesurer l'audience et pour garder votre réservation en mémoire. En "
        "poursuivant votre navigation, vous acceptez leur utilisation. Vous pouvez les refuser dans les réglages de votre "
        "navigateur.\n\n# Vos droits",
    ),
)

RGPD = """
Lumisalle SARL attache une grande importance à la protection de vos données personnelles. La présente politique de
confidentialité est établie conformément au Règlement général sur la protection des données (RGPD). Elle s'applique à
compter du 25 mai 2018.

# Responsable du traitement

Lumisalle SARL, 12 rue du Canal, 44000 Nantes. Notre délégué à la protection des données : dpo@lumisalle.example.

# Données et finalités

- Réservations : nom, adresse électronique, numéro de téléphone, séances choisies. Base légale : l'exécution du contrat.
- Carte de fidélité : date de naissance et historique des places. Base légale : votre consentement.
- Programme par courrier électronique : votre adresse. Base légale : votre consentement, que vous pouvez retirer à tout
  moment.
- Journaux du serveur : adresse IP et pages consultées. Base légale : notre intérêt légitime à la sécurité du site.

# Destinataires

Vos données sont transmises à notre hébergeur et à notre prestataire de paiement, qui agissent comme sous-traitants.
Elles ne sont pas transférées hors de l'Union européenne.

# Durées de conservation

Les réservations sont conservées trois ans, les factures dix ans, les journaux six mois.

# Cookies

Les cookies de mesure d'audience ne sont déposés qu'avec votre accord.

# Vos droits

Vous disposez d'un droit d'accès, de rectification, d'effacement, de limitation, d'opposition et de portabilité. Vous
pouvez introduire une réclamation auprès de la CNIL.
"""

SHORTER = edited(
    RGPD,
    ("25 mai 2018", "4 octobre 2021"),
    ("Les réservations sont conservées trois ans, les factures dix ans, les journaux six mois.",
     "Les réservations sont conservées un an, les factures dix ans, les journaux six mois."),
)  # fmt: skip

RESALE = edited(
    SHORTER,
    ("4 octobre 2021", "1er mars 2024"),
    (
        "Elles ne sont pas transférées hors de l'Union européenne.",
        "La bourse d'échange de places est exploitée par une société établie aux États-Unis, avec laquelle nous avons signé "
        "les clauses contractuelles types de la Commission européenne.",
    ),
)

TEXTS = (LEGAL, NEWSLETTER, BANNER, RGPD, SHORTER, RESALE)

#: When each text was first captured, and when again.
SEEN = (
    ("20090310101500", "20100718200000"),
    ("20110925083000", "20130104120000"),
    ("20140612171500", "20160220090000"),
    ("20180601110000", "20200315140000"),
    ("20211105160000", "20230808080000"),
    ("20240307070000", "20250914183000"),
)


def page(title: str, body: str, year: int) -> bytes:
    return f"""<!DOCTYPE html>
<html lang="fr">
<head><meta charset="utf-8"><title>{title} - Lumisalle</title></head>
<body>
<div id="entete"><a href="/">Lumisalle</a><ul class="menu"><li><a href="/programme">Programme</a></li><li><a href="/tarifs">Tarifs</a></li></ul></div>
<div id="contenu"><h1>{title}</h1>
{body}
</div>
<div id="pied"><a href="/mentions-legales">Mentions légales</a> <a href="/politique-de-confidentialite">Politique de confidentialité</a> © {year} Lumisalle</div>
</body>
</html>
""".encode()


def captures() -> list[Sampled]:
    utf8 = "text/html; charset=utf-8"
    found = []
    for text, times in zip(TEXTS, SEEN, strict=True):
        host = HOST if times[0] < "2018" else TLS
        year = int(times[0][:4])
        body = page("Politique de confidentialité", html_of(text), year)
        found += [Sampled(when, f"{host}/politique-de-confidentialite", body, content_type=utf8) for when in times]
        home = page("À l'affiche cette semaine", "<p>Réservez vos places en ligne.</p>", year)
        found.append(Sampled(f"{times[0][:8]}000000", f"{host}/", home, content_type=utf8))
    return found
