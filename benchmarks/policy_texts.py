"""Short invented privacy policies in six languages, and pages that are not one: what the simulated sites say."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language."""

    code: str
    link: str
    """What a homepage calls the link to its policy."""
    title: str
    opening: str
    sentences: tuple[str, ...]


LANGUAGES = {
    "en": Language(
        "en", "Privacy Policy", "Privacy Policy",
        "This privacy policy explains which personal information {name} collects, how we use it and with whom we"
        " share it.",
        (
            "We collect your name, your postal address and your e-mail address when you place an order with {name}.",
            "We keep personal information for {n} months after your account was closed, then we delete it.",
            "We do not sell your personal information to third parties.",
            "We use cookies to remember your settings; you can delete cookies in your browser at any time.",
            "Our servers keep the IP addresses of visitors for {n} days to prevent fraud.",
            "We share personal data with service providers who need it to deliver what you ordered.",
            "You have the right to see, correct or delete the personal data that we hold about you.",
            "We protect your information with encryption and review our security every {n} months.",
            "Our site is not meant for children under {n}; we do not knowingly collect information from them.",
            "We may change this privacy policy and will tell you {n} days before a change takes effect.",
            "Write to privacy@{name}.example with any question about this privacy statement.",
        ),
    ),
    "de": Language(
        "de", "Datenschutz", "Datenschutzerklärung",
        "Diese Datenschutzerklärung erläutert, welche personenbezogenen Daten {name} erhebt, wozu wir sie verwenden und"
        " an wen wir sie weitergeben.",
        (
            "Wir erheben Ihren Namen, Ihre Anschrift und Ihre E-Mail-Adresse, wenn Sie bei {name} bestellen.",
            "Wir speichern personenbezogene Daten {n} Monate lang und löschen sie danach.",
            "Wir geben Ihre personenbezogenen Daten nicht an Dritte weiter.",
            "Wir verwenden Cookies; Sie können Cookies jederzeit in Ihrem Browser löschen.",
            "Unsere Server speichern die IP-Adressen der Besucher {n} Tage lang.",
            "Sie haben das Recht auf Auskunft, Berichtigung und Löschung Ihrer personenbezogenen Daten.",
            "Die Verarbeitung erfolgt auf Grundlage des Bundesdatenschutzgesetzes und Ihrer Einwilligung.",
            "Sie können Ihre Einwilligung innerhalb von {n} Tagen oder später widerrufen.",
            "Unser Datenschutzbeauftragter beantwortet Ihre Fragen innerhalb von {n} Tagen.",
        ),
    ),
    "fr": Language(
        "fr", "Confidentialité", "Politique de confidentialité",
        "Cette politique de confidentialité explique quelles données personnelles {name} recueille, comment nous les"
        " utilisons et avec qui nous les partageons.",
        (
            "Nous recueillons votre nom, votre adresse et votre courriel lorsque vous commandez chez {name}.",
            "Nous conservons les données personnelles pendant {n} mois, puis nous les supprimons.",
            "Nous ne vendons pas vos données personnelles à des tiers.",
            "Nous utilisons des cookies ; vous pouvez les supprimer à tout moment dans votre navigateur.",
            "Nos serveurs conservent les adresses IP des visiteurs pendant {n} jours.",
            "Vous disposez d'un droit d'accès, de rectification et de suppression de vos données personnelles.",
            "Le traitement des données repose sur votre consentement, que vous pouvez retirer sous {n} jours.",
            "Nous pouvons modifier cette politique de confidentialité et vous en informerons {n} jours avant.",
        ),
    ),
    "es": Language(
        "es", "Política de privacidad", "Política de privacidad",
        "Esta política de privacidad explica qué datos personales recoge {name}, cómo los usamos y con quién los"
        " compartimos.",
        (
            "Recogemos su nombre, su dirección y su correo electrónico cuando hace un pedido en {name}.",
            "Conservamos los datos personales durante {n} meses y después los eliminamos.",
            "No vendemos sus datos personales a terceros.",
            "Utilizamos cookies; puede eliminarlas en cualquier momento en su navegador.",
            "Nuestros servidores conservan las direcciones IP de los visitantes durante {n} días.",
            "Usted tiene derecho de acceso, rectificación, cancelación y oposición sobre sus datos personales.",
            "El tratamiento de datos se basa en su consentimiento, que puede retirar en {n} días.",
            "Podemos modificar esta política de privacidad y le avisaremos {n} días antes.",
        ),
    ),
    "ja": Language(
        "ja", "プライバシーポリシー", "プライバシーポリシー",
        "このプライバシーポリシーは、{name}が収集する個人情報の種類、利用目的、および第三者への提供について説明します。",
        (
            "当社は、ご注文の際にお名前、ご住所、メールアドレスなどの個人情報を取得します。",
            "当社は個人情報を{n}か月間保管し、その後削除します。",
            "当社は個人情報を第三者に販売しません。",
            "当社はクッキーを使用します。ブラウザの設定でいつでも削除できます。",
            "当社のサーバーは訪問者のIPアドレスを{n}日間保存します。",
            "お客様はご自身の個人情報の開示、訂正、削除を請求できます。",
            "個人情報の取り扱いに関するお問い合わせには{n}日以内に回答します。",
            "当社は本プライバシーポリシーを変更することがあり、{n}日前にお知らせします。",
        ),
    ),
    "ru": Language(
        "ru", "Политика конфиденциальности", "Политика конфиденциальности",
        "Настоящая политика конфиденциальности объясняет, какие персональные данные собирает {name}, как мы их"
        " используем и кому передаём.",
        (
            "Мы собираем ваше имя, адрес и электронную почту, когда вы делаете заказ в {name}.",
            "Мы храним персональные данные {n} месяцев, после чего удаляем их.",
            "Мы не продаём ваши персональные данные третьим лицам.",
            "Мы используем файлы cookie; вы можете удалить их в своём браузере в любое время.",
            "Наши серверы хранят IP-адреса посетителей {n} дней.",
            "Вы имеете право на доступ, исправление и удаление своих персональных данных.",
            "Обработка персональных данных основана на вашем согласии, которое можно отозвать в течение {n} дней.",
            "Мы можем изменить эту политику конфиденциальности и сообщим вам об этом за {n} дней.",
        ),
    ),
}  # fmt: skip


def policy(language: str, name: str, version: int) -> tuple[str, str]:
    """(title, HTML of the text) of a policy. Each version differs from the others by a sentence, at the least."""
    words = LANGUAGES[language]
    chance = random.Random(f"{name} {language}")
    sentences = [sentence.format(name=name, n=chance.randint(3, 60)) for sentence in words.sentences]
    changed = version % len(words.sentences)
    sentences[changed] = f"{words.sentences[changed].format(name=name, n=61 + version)} ({version + 1}.)"
    parts = [words.opening.format(name=name), *sentences]
    half = len(parts) // 2
    return words.title, f"<p>{' '.join(parts[:half])}</p>\n<p>{' '.join(parts[half:])}</p>"


COOKIES = (
    "<p>This cookie policy explains which cookies our pages set. A cookie is a small file in your browser. We use"
    " session cookies, analytics cookies and advertising cookies. You can block or delete cookies in the settings of"
    " your browser. Session cookies end when you close the browser; other cookies last up to a year.</p>"
)
PRODUCT = (
    "<p>The privacy screen folds to fit any desk. Oak frame, grey cloth, 160 by 180 cm. In stock, delivered within"
    " five days. Customers also bought: desk lamp, waste basket. Add to cart.</p>"
)
ARTICLE = (
    "<p>Reporters asked ten large shops what they know about their customers. Few answered. A spokesman said on Tuesday"
    " that lawmakers would look at privacy again in the autumn session. The opposition called the debate overdue.</p>"
    "<p>Readers wrote to us about the subject in great number; a selection of letters follows tomorrow.</p>"
)
HUB = (
    "<p>Your trust matters. We build our shop with care, and we listen. Here you find tips for safe shopping, our blog"
    " and the people behind the counter. Watch the film, read the stories, meet the team.</p>"
)
NOT_FOUND = "<p>Sorry, the page you were looking for could not be found. It may have been moved or deleted.</p>"
SEARCH = "<p>12 results for your search. Oak desk. Desk lamp. Privacy screen. Next page.</p>"


def page(title: str, content: str, *, token: str, footer: str = "", language: str = "en") -> bytes:
    """A page around some content. ``token`` (a rotating banner's number) is in its bytes, not in its words."""
    banner = f'<div class="ad" data-slot="{token}"></div>' if token else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head><body>\n'
        f'{banner}<ul class="nav"><li><a href="/">Home</a></li><li><a href="/shop">Shop</a></li></ul>\n'
        f"<main><h1>{title}</h1>\n{content}</main>\n<footer>{footer}</footer></body></html>\n"
    ).encode()
