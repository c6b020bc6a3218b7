"""What a page is: in languages with training data, in others by keywords, and pages that are no documents."""
# ruff: noqa: E501 (a case is a line)

import pytest

from pipelines.extraction import extract
from pipelines.outcomes import Kind
from pipelines.page.classification import LEAST_WORDS, features, judge, threshold
from pipelines.page.language import language_of
from pipelines.page.normalization import words


def judged(title, text, **more):
    return judge(title, text, words(text), language_of(text)[0], **more)


POLICIES = {
    "Privacy Policy": "This privacy policy tells how we collect, use and share your personal information. We collect your name and email address when you register. We do not sell personal information to third parties. You may opt out of marketing at any time. Our website uses cookies and log files. Contact us about this policy to exercise your rights.",
    "Datenschutzerklärung": "Wir nehmen den Schutz Ihrer personenbezogenen Daten ernst. Diese Datenschutzerklärung informiert über die Erhebung und Verarbeitung Ihrer Daten. Wir speichern Ihre IP-Adresse für sieben Tage. Eine Weitergabe an Dritte erfolgt nur mit Ihrer Einwilligung. Sie haben das Recht auf Auskunft und Löschung. Verantwortlicher ist die Müller GmbH.",
    "Política de privacidad": "En esta política de privacidad explicamos el tratamiento de sus datos personales. Recopilamos la información personal que usted nos da al registrarse. No cedemos sus datos a terceros sin su consentimiento. Usted puede ejercer sus derechos de acceso, rectificación y supresión. El responsable del tratamiento es Acme S.A.",
    "Informativa sulla privacy": "La presente informativa descrive il trattamento dei dati personali degli utenti del sito. Il titolare del trattamento è Acme S.r.l. I dati personali sono raccolti con il consenso dell'interessato per le finalità indicate e non sono ceduti a terzi. L'interessato può esercitare i propri diritti in ogni momento.",
    "Política de Privacidade": "Esta política de privacidade descreve como recolhemos e tratamos os seus dados pessoais. Coletamos informações pessoais com o seu consentimento e não as partilhamos com terceiros. O titular dos dados pode pedir o acesso e a eliminação. Usamos o endereço IP apenas para estatísticas.",
    "Polityka prywatności": "Niniejsza polityka prywatności określa, w jaki sposób przetwarzamy dane osobowe użytkowników. Administratorem danych osobowych jest Acme sp. z o.o. Dane zbierane są za zgodą użytkownika i nie są przekazywane osobom trzecim. Masz prawo do dostępu do swoich danych oraz ich usunięcia zgodnie z RODO.",
    "Политика конфиденциальности": "Настоящая политика конфиденциальности описывает, как мы обрабатываем персональные данные пользователей. Мы собираем личную информацию с вашего согласия и не передаём её третьим лицам. Обработка персональных данных осуществляется по закону. Вы можете отозвать согласие и потребовать удаления данных.",
    "プライバシーポリシー": "当社は、お客様の個人情報の保護を重要な責務と考え、本プライバシーポリシーを定めます。当社は、利用目的を明示したうえで個人情報を取得します。法令に基づく場合を除き、個人情報を第三者に提供することはありません。個人情報の開示、訂正、削除のご請求に応じます。安全管理のために必要な措置を講じます。",
    "隐私政策": "本隐私政策说明我们如何收集、使用和共享您的个人信息。我们在您注册时收集您的个人信息。未经您的同意，我们不会向第三方披露您的信息。您有权查阅和更正您的个人信息。如果您对本政策有任何疑问，请与我们联系。",
    "Gizlilik Politikası": "Bu gizlilik politikası, kişisel verilerinizin nasıl toplandığını ve işlendiğini açıklar. Kişisel verileriniz, açık rızanız olmadan üçüncü kişilerle paylaşılmaz. KVKK uyarınca verilerinizle ilgili bilgi talep edebilirsiniz. Sitemiz çerez kullanmaktadır. Kişisel bilgilerinizi güvenle saklarız.",
    "Integritetspolicy": "Denna integritetspolicy beskriver hur vi behandlar dina personuppgifter. Vi samlar in personuppgifter när du registrerar dig. Vi lämnar inte ut dina uppgifter till tredje part utan ditt samtycke. Du har rättighet att få veta vilka uppgifter vi lagrar enligt GDPR.",
}  # fmt: skip


@pytest.mark.parametrize("title", POLICIES)
def test_a_short_policy_is_one_in_any_language(title):
    judgement = judged(title, POLICIES[title])
    assert judgement.kind == Kind.PRIVACY_POLICY
    assert judgement.policy_score >= threshold()


TERMS_TEXT = (
    "These terms of service are an agreement between you and us. By using the service you agree to these terms. "
    "You must not copy content; all intellectual property and trademarks are ours. The service comes without "
    "warranty of any kind. Our liability for damages is limited to the fees you paid. We may terminate your "
    "account if you violate this agreement. Payment is due each month; there is no refund. The governing law is "
    "that of Ohio, and its courts have jurisdiction. You shall indemnify us against claims. Our privacy policy "
    "tells how we treat your data."
)
COOKIES_TEXT = (
    "This cookie policy explains what cookies are and how we use cookies on this website. A cookie is a small "
    "file. We use session cookies, analytics cookies such as Google Analytics, and advertising cookies and pixels. "
    "You can delete cookies in your browser. Cookies that are strictly necessary cannot be switched off. The list "
    "of cookies below gives each cookie's name and how long the cookie is kept."
)


def test_terms_and_cookie_policies_are_no_privacy_policies():
    assert judged("Terms of Service", TERMS_TEXT).kind == Kind.TERMS
    assert judged("Cookie Policy", COOKIES_TEXT).kind == Kind.COOKIE_POLICY


@pytest.mark.parametrize(
    ("kind", "title", "text"),
    [
        (Kind.SOFT_404, "404 Not Found", "The page you requested is not here. Try the search."),
        (Kind.SOFT_404, "Acme", "Sorry, the page you are looking for cannot be found."),
        (Kind.SOFT_404, "Acme", "Die Seite wurde nicht gefunden."),
        (Kind.SOFT_404, "Страница не найдена", "Вернитесь на главную."),
        (Kind.PARKED, "acme.example", "This domain is for sale. Related searches: insurance, loans."),
        (Kind.PARKED, "acme.example", "Diese Domain steht zum Verkauf."),
        (Kind.BLOCKED, "Just a moment...", "Checking your browser before accessing acme.example."),
        (Kind.BLOCKED, "Access Denied", "You don't have permission to access this resource. Reference #18.2f."),
        (Kind.BLOCKED, "Internet Archive Wayback Machine", "The Wayback Machine has not archived that URL."),
        (Kind.LOGIN, "Log in to Acme", "Email Password Remember me Forgot your password?"),
        (Kind.EMPTY, "Privacy Policy", ""),
    ],
)
def test_pages_that_are_no_documents_are_told_apart(kind, title, text):
    assert judged(title, text).kind == kind


def test_a_password_field_makes_a_short_page_a_login():
    html = b"<form><p>Members only, please.</p><input name=u><input type=password></form>"
    assert extract(html, url="http://acme.example/").kind == Kind.LOGIN


def test_a_short_policy_that_speaks_of_captchas_and_logins_is_still_a_policy():
    text = (
        POLICIES["Privacy Policy"]
        + " We use a captcha. When you log in, we keep the time. Page not found errors are logged."
    )
    assert judged("Privacy Policy", text, has_password_field=True).kind == Kind.PRIVACY_POLICY


@pytest.mark.parametrize("title", ["Terms | ParkedDomains 404", "Access Denied Records: terms of service"])
def test_long_terms_are_terms_whatever_words_their_title_shares_with_error_pages(title):
    assert judged(title, TERMS_TEXT * 6).kind == Kind.TERMS


def test_the_title_alone_makes_no_policy():
    assert judged("Privacy Policy", "Sow the peas in spring and water them well. " * 20).kind != Kind.PRIVACY_POLICY


def test_every_feature_has_a_weight_and_every_weight_a_feature():
    import json
    from importlib.resources import files

    model = json.loads((files("pipelines.page") / "data" / "judgement.json").read_text("utf-8"))
    names = set(features("x", "y", ["y"], "en"))
    assert all(set(row["weights"]) == names for row in model["kinds"].values())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.SOFT_404, "Privacy Policy\n\nSorry, this page could not be found."),
        (Kind.SOFT_404, "Die Seite, die Sie suchen, existiert nicht mehr."),
        (Kind.SOFT_404, "Sorry, deze pagina bestaat niet."),
        (Kind.SOFT_404, "Strona, której szukasz, nie istnieje."),
        (Kind.BLOCKED, "Access denied\n\nYou are not allowed to see the privacy policy."),
        (Kind.PARKED, "This domain has been registered and parked free, courtesy of GoDaddy.com. Privacy Policy"),
        (Kind.PARKED, "该域名正在出售"),
    ],
)
def test_a_stub_under_a_policys_title_is_what_it_says_it_is(kind, text):
    assert judged("Privacy Policy", text).kind == kind


def test_a_stub_that_asks_to_log_in_is_a_login_and_a_short_policy_beside_a_login_box_is_none():
    asking = judged("Privacy Policy", "Privacy Policy\n\nLog in to see our privacy policy.", has_password_field=True)
    assert asking.kind == Kind.LOGIN
    short = (
        "Privacy Policy\n\nWe never share your personal information, such as your name or e-mail address, with third "
        "parties. We keep no log files, and we do not retain the IP address of anyone who reads these pages."
    )
    assert judged("Privacy Policy", short, has_password_field=True).kind == Kind.PRIVACY_POLICY


def test_a_text_of_fewer_words_than_any_policy_has_is_none():
    said = POLICIES["Privacy Policy"].split()
    assert judged("Privacy Policy", " ".join(said[: LEAST_WORDS - 1])).kind == Kind.OTHER
    assert judged("Privacy Policy", " ".join(said[: LEAST_WORDS - 1])).policy_score == 0
    assert judged("Privacy Policy", " ".join(said[: LEAST_WORDS + 20])).kind == Kind.PRIVACY_POLICY


def test_two_characters_of_a_script_without_spaces_count_as_a_word():
    said = POLICIES["プライバシーポリシー"]
    assert judged("プライバシーポリシー", said[: 2 * LEAST_WORDS - 4]).kind == Kind.OTHER
    assert judged("プライバシーポリシー", said[: 2 * LEAST_WORDS + 40]).kind == Kind.PRIVACY_POLICY


def test_a_page_of_links_to_policies_is_no_policy():
    text = "Privacy Center\n\nOur privacy policies\n\n" + "Privacy notice: how we use your personal information. " * 12
    assert judged("Privacy Center", text, linked=0.1).kind == Kind.PRIVACY_POLICY
    hub = judged("Privacy Center", text, linked=0.8)
    assert (hub.kind, hub.policy_score) == (Kind.OTHER, 0)


SPAM = (
    "Play at the best online casino with a no deposit bonus and free spins. Slot machine, roulette and blackjack at one "
    "casino online: claim your casino bonus and win the jackpot. Sports betting with a deposit bonus for new players. "
    "Online slots with free spins each day, online poker each night. "
)


def test_spam_is_no_policy_whatever_its_title_and_first_words():
    text = "Privacy Policy\n\nThis privacy policy tells which personal information we collect.\n\n" + SPAM * 3
    assert judged("Privacy Policy", text).kind == Kind.OTHER
    assert judged("Privacy Policy", text).policy_score < threshold()


def test_a_casinos_own_policy_is_one():
    text = "Acme Online Casino\n\n" + POLICIES["Privacy Policy"] + " You may play at our online casino without cookies."
    assert judged("Privacy Policy", text).kind == Kind.PRIVACY_POLICY


@pytest.mark.parametrize(
    "first",
    [
        "This domain is for sale. Privacy Policy.",
        "This domain name is parked with us. Here is our privacy policy.",
        "Diese Domain steht zum Verkauf. Datenschutz.",
        "Privacy policy of the domain parking service",
    ],
)
def test_the_policy_of_who_parks_a_domain_is_nobodys(first):
    judgement = judged("Privacy Policy", f"{first}\n\n{POLICIES['Privacy Policy']}", host="acme.example")
    assert (judgement.kind, judgement.policy_score) == (Kind.PARKED, 0)


def test_a_parking_company_has_a_policy_on_its_own_site():
    text = f"HugeDomains privacy policy\n\n{POLICIES['Privacy Policy']}"
    assert judged("Privacy Policy", text, host="acme.example").kind == Kind.PARKED
    assert judged("Privacy Policy", text, host="www.hugedomains.com").kind == Kind.PRIVACY_POLICY


def test_a_page_is_a_policy_if_and_only_if_its_score_reaches_the_threshold():
    for title, text in [*POLICIES.items(), ("Terms", TERMS_TEXT), ("Cookies", COOKIES_TEXT), ("Privacy Policy", SPAM)]:
        judgement = judged(title, text)
        assert (judgement.kind == Kind.PRIVACY_POLICY) == (judgement.policy_score >= threshold())
