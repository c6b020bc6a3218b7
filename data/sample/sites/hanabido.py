"""hanabido.example, a Japanese sweet shop, 2003 to 2022: Shift_JIS, then EUC-JP, then UTF-8."""

from __future__ import annotations

from pages import Sampled, edited, html_of

HOST = "http://hanabido.example"
TLS = "https://hanabido.example"

FIRST = """
花火堂（以下「当店」といいます）は、お客様の個人情報を大切に取り扱うため、次のとおりプライバシーポリシーを定めます。

# 個人情報の取得

当店は、和菓子のご注文、お問い合わせ、季節のお便りのお申し込みの際に、お名前、ご住所、お電話番号、メールアドレスをお伺いします。
クレジットカードでお支払いの場合は、カード番号と有効期限もお伺いしますが、お支払いの確認が済みしだい消去いたします。

# 利用目的

お預かりした個人情報は、次の目的のために利用いたします。

- ご注文の商品をお届けするため
- お問い合わせにお答えするため
- 季節のお便りと新しい商品のご案内をお送りするため
- 商品とサービスの改善に役立てるため

# 第三者への提供

当店は、お客様の同意がある場合、または法令に基づく場合を除き、個人情報を第三者に提供いたしません。
ただし、商品をお届けするために、運送会社にお名前、ご住所、お電話番号をお知らせいたします。

# 安全管理

個人情報への不正なアクセス、紛失、改ざん、漏えいを防ぐため、必要な対策を講じます。書類は鍵のかかる棚に保管し、従業員に対する教育を行います。

# 開示、訂正、削除

お客様ご本人から個人情報の開示、訂正、利用停止、削除のお申し出があったときは、ご本人であることを確認したうえで、速やかに対応いたします。

# お問い合わせ窓口

個人情報の取り扱いに関するお問い合わせは、花火堂お客様係（電話 0120-555-018）までお願いいたします。
このプライバシーポリシーは、予告なく変更することがあります。
"""

SECOND = edited(
    FIRST,
    (
        "# 開示、訂正、削除",
        "# クッキーの利用\n\n当店のホームページでは、お買い物かごの中身を覚えておくためにクッキーを使用しています。"
        "クッキーによって個人を特定できる情報を取得することはありません。ブラウザの設定でクッキーを無効にすることもできますが、"
        "その場合はお買い物かごをご利用いただけません。\n\n# 開示、訂正、削除",
    ),
)

THIRD = edited(
    SECOND,
    (
        "個人情報を第三者に提供いたしません。",
        "個人データを第三者に提供いたしません。外国にある第三者に提供する場合は、その国の個人情報の保護に関する制度についてお知らせし、"
        "あらかじめお客様の同意をいただきます。",
    ),
    (
        "個人情報への不正なアクセス、紛失、改ざん、漏えいを防ぐため、必要な対策を講じます。",
        "個人情報への不正なアクセス、紛失、改ざん、漏えいを防ぐため、必要な対策を講じます。漏えいが起きたときは、"
        "個人情報保護委員会に報告し、お客様ご本人にお知らせいたします。",
    ),
    ("予告なく変更することがあります。", "予告なく変更することがあります。2022年4月1日改定。"),
)


def page(title: str, body: str, charset: str) -> bytes:
    return f"""<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}">
<title>{title}｜花火堂</title>
</head>
<body>
<div align="center"><a href="/"><img src="/images/logo.gif" alt="花火堂"></a></div>
<p><a href="/shohin.html">商品のご案内</a>　<a href="/tenpo.html">店舗のご案内</a>　<a href="/chumon.html">ご注文</a></p>
<h1>{title}</h1>
{body}
<hr>
<p><a href="/">トップページ</a>｜<a href="/privacy.html">プライバシーポリシー</a>｜<a href="/tokutei.html">特定商取引法に基づく表示</a></p>
<p>Copyright (C) Hanabido</p>
</body>
</html>
""".encode(charset)


def captures() -> list[Sampled]:
    """No capture before 2015 has a charset in its HTTP header: only the page's own ``meta`` tells."""
    welcome = "<p>創業明治三十八年、花火堂の和菓子は職人がひとつひとつ手作りしております。</p>"
    first = page("プライバシーポリシー", html_of(FIRST), "Shift_JIS")
    first_again = page("プライバシーポリシー", html_of(FIRST), "EUC-JP")
    second = page("プライバシーポリシー", html_of(SECOND), "EUC-JP")
    second_utf8 = page("プライバシーポリシー", html_of(SECOND), "UTF-8")
    third = page("プライバシーポリシー", html_of(THIRD), "UTF-8")
    old, new, utf8 = f"{HOST}/privacy.html", f"{TLS}/privacy.html", "text/html; charset=UTF-8"
    return [
        Sampled("20030907025500", f"{HOST}/", page("花火堂の和菓子", welcome, "Shift_JIS")),
        Sampled("20030907025512", old, first),
        Sampled("20041226140307", old, first),
        Sampled("20060611173000", old, first_again),
        Sampled("20060611173010", f"{HOST}/", page("花火堂の和菓子", welcome, "EUC-JP")),
        Sampled("20100405091122", old, second),
        Sampled("20111031200000", old, second),
        Sampled("20150720061500", old, second_utf8, content_type=utf8),
        Sampled("20170829013000", new, second_utf8, content_type=utf8),
        Sampled("20220402101010", new, third, content_type=utf8),
        Sampled("20220402101030", f"{TLS}/", page("花火堂の和菓子", welcome, "UTF-8"), content_type=utf8),
    ]
