"""A page that holds several legal texts: a policy's page, of which the policy is cut out where it stands apart."""

import pytest

from pipelines.extraction import extract
from pipelines.outcomes import Kind
from pipelines.page.blocks import HEADING, Block
from pipelines.page.legal_parts import policy_part

POLICY = (
    "We collect personal information that you give us: your name, your e-mail address and what you order. We use your "
    "information to send what you ordered and to answer you. We share your data with third parties only where the law "
    "asks for it or where a service provider needs it. Our log files keep the IP address of each visitor for a week. "
    "You may opt out of our mailing list, and you have the right to see, correct or delete your personal data. "
    "We retain your information for two years. Children under thirteen may not register. "
)
TERMS = (
    "These terms are an agreement between you and us. By using the service you agree to these terms. You must not copy "
    "content; all intellectual property is ours. The service comes without warranty, and our liability for damages is "
    "limited. We may terminate your account if you violate this agreement. The governing law is that of Ohio. "
)


def page(*parts: tuple[str, str], title: str = "Legal") -> bytes:
    """A page of headings, as HTML elements, and the text below each."""
    body = "".join(f"{heading}<p>{text}</p>" for heading, text in parts)
    return f"<html><head><title>{title}</title></head><body><main>{body}</main></body></html>".encode()


def read(*parts: tuple[str, str], title: str = "Legal"):
    return extract(page(*parts, title=title), url="http://acme.example/legal")


def test_the_policy_is_cut_out_where_headings_of_one_level_name_the_documents() -> None:
    document = read(
        ("<h1>Terms of Use</h1>", TERMS * 9), ("<h2>Refunds</h2>", TERMS), ("<h1>Privacy Policy</h1>", POLICY * 2),
        ("<h2>Children</h2>", POLICY), ("<h1>Copyright Policy</h1>", TERMS),
    )  # fmt: skip
    assert document.kind == Kind.PRIVACY_POLICY
    assert document.reading == "dom+part"
    assert document.title == "Legal"
    assert document.text.startswith("Privacy Policy\n\nWe collect personal information")
    assert document.text.endswith("may not register.")
    assert "agreement" not in document.text
    assert document.markdown.startswith("# Privacy Policy")
    assert "## Children" in document.markdown


@pytest.mark.parametrize("words_of_terms", [60, 140, 150, 160, 400])
def test_captures_with_more_or_less_beside_the_policy_are_cut_alike(words_of_terms: int) -> None:
    terms = " ".join((TERMS * 9).split()[:words_of_terms])
    document = read(("<h1>Terms of Use</h1>", terms), ("<h1>Privacy Policy</h1>", POLICY * 3))
    assert document.reading.endswith("+part")
    assert document.text.split("\n\n")[0] == "Privacy Policy"


def test_a_policy_without_an_end_of_its_own_stays_in_the_whole_page() -> None:
    document = read(
        ("<h2>Terms of Use</h2>", TERMS * 9), ("<h2>Accounts</h2>", TERMS), ("<h2>Privacy Policy</h2>", POLICY * 2),
        ("<h2>Your choices</h2>", POLICY),
    )  # fmt: skip
    assert document.kind == Kind.PRIVACY_POLICY
    assert document.reading == "dom+mixed"
    assert document.text.startswith("Terms of Use")


def test_lines_that_are_no_headings_name_documents_too() -> None:
    document = read(("<p>Terms of Service</p>", TERMS * 20), ("<p>Privacy Policy</p>", POLICY * 2))
    assert (document.kind, document.reading) == (Kind.PRIVACY_POLICY, "dom+mixed")


COLLECTION = (
    ("<p>Terms of Service</p>", TERMS * 9), ("<h2>Accounts</h2>", TERMS), ("<p>Terms of the Shop</p>", TERMS),
    ("<p>Privacy Policy</p>", POLICY * 2), ("<h2>Children</h2>", POLICY), ("<p>Terms of Delivery</p>", TERMS * 3),
    ("<h2>Parcels</h2>", TERMS),
)  # fmt: skip


def test_lines_that_name_the_documents_of_a_collection_are_their_titles() -> None:
    document = read(*COLLECTION)
    assert (document.kind, document.reading) == (Kind.PRIVACY_POLICY, "dom+part")
    assert document.text.startswith("Privacy Policy\n\nWe collect")
    assert "Children" in document.text
    assert "agreement" not in document.text


def test_a_page_that_does_not_begin_with_the_title_of_a_document_is_no_collection() -> None:
    assert read(("<h2>Welcome</h2>", "All that binds you and us."), *COLLECTION).reading == "dom+mixed"


def test_an_imprint_with_the_policy_below_it_is_a_policys_page() -> None:
    imprint = "Acme GmbH, Hauptstraße 1, 10115 Berlin. Geschäftsführerin: Anna Beispiel. Amtsgericht Berlin, HRB 1. "
    policy = (
        "Diese Datenschutzerklärung informiert über die Erhebung und Verarbeitung personenbezogener Daten. Wir "
        "speichern Ihre IP-Adresse. Sie haben das Recht auf Auskunft und Löschung Ihrer Daten. "
        "Ihre Einwilligung können Sie widerrufen. Dritte erhalten Ihre Daten nicht. "
    )
    document = read(("<h1>Impressum</h1>", imprint), ("<h2>Datenschutz</h2>", policy * 6), title="Impressum")
    assert document.kind == Kind.PRIVACY_POLICY
    assert document.text.startswith("Impressum")


@pytest.mark.parametrize("heading", ["8. Privacy Policy", "II. Privacy", "Section 4: Privacy", "C. Privacy"])
def test_a_numbered_section_about_privacy_makes_terms_no_policy(heading: str) -> None:
    parts = [("<h1>Terms of Use</h1>", TERMS * 6), (f"<h2>{heading}</h2>", POLICY * 3), ("<h2>9. General</h2>", TERMS)]
    assert read(*parts, title="Terms of Use").kind == Kind.TERMS


def test_a_pointer_to_the_policy_makes_terms_no_policy() -> None:
    pointer = "Our privacy policy tells how we collect and use your personal information. Please read it."
    parts = [(f"<h2>{heading}</h2>", TERMS * 3) for heading in ("Content", "Trademarks", "Disclaimer")]
    document = read(("<h1>Terms of Use</h1>", TERMS), ("<h2>Privacy</h2>", pointer), *parts, title="Terms of Use")
    assert document.kind == Kind.TERMS


def test_a_policy_alone_is_never_cut() -> None:
    sections = [(f"<h2>{heading}</h2>", POLICY) for heading in ("What we collect", "Cookies", "Changes to these terms")]
    document = read(("<h1>Privacy Policy</h1>", POLICY), *sections, title="Privacy Policy")
    assert document.kind == Kind.PRIVACY_POLICY
    assert not {"part", "mixed"} & set(document.reading.split("+"))
    assert "Changes to these terms" in document.text


def test_very_many_titles_cost_no_more_than_few() -> None:
    titles = [Block(HEADING, name, level=2) for name in ("Privacy Policy", "Terms of Use") * 20_000]
    assert policy_part(titles, "en") is None
