"""One list of blocks, two renderings."""
# ruff: noqa: E501 (a case is a line)

import pytest
from lxml import etree

from pipelines.page.block_walk import blocks_of
from pipelines.page.render import to_markdown, to_text

URL = "http://acme.example/legal/privacy.html"


def rendered(html):
    blocks = blocks_of(etree.fromstring(html, etree.HTMLParser()), URL)
    return to_text(blocks), to_markdown(blocks)


@pytest.mark.parametrize(
    ("html", "text", "markdown"),
    [
        ("<p>One\n  line.</p><p>Two.</p>", "One line.\n\nTwo.", "One line.\n\nTwo."),
        ("<h2>A <b>name</b></h2><p>x", "A name\n\nx", "## A name\n\nx"),
        ("<p>a<br>b<br><br>c", "a\nb\n\nc", "a  \nb\n\nc"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "  • a\n  • b\n    • c", "-   a\n-   b\n    -   c"),
        ("<ol start=3><li>a<li>b</ol>", "  3. a\n  4. b", "3.  a\n4.  b"),
        ("<ol type=i><li>a<li>b</ol>", "  i. a\n  ii. b", "-   i. a\n-   ii. b"),
        ("<ol><li value=7>a<li>b</ol>", "  7. a\n  8. b", "7.  a\n8.  b"),
        ("<dl><dt>T<dd>d</dl>", "T\n\nd", "**T**\n\nd"),
        ("<p><b> bold </b>and <i>it</i>.", "bold and it.", "**bold** and *it*."),
        ("<b><div>one</div><div>two</div></b>", "one\n\ntwo", "**one**\n\n**two**"),
        ("<p><b></b>x<i> </i>y", "x y", "x y"),
        ("<p><a href=/a>here</a>, <a href='#b'>there</a>", "here, there", "[here](http://acme.example/a), there"),
        ("<p><a href='javascript:x()'>here</a>", "here", "here"),
        ("<p><a href='/a b(c)'>x</a>", "x", "[x](http://acme.example/a%20b%28c%29)"),
        ("<a href=/a><div>one</div><div>two</div></a>", "one\n\ntwo", "[one](http://acme.example/a)\n\n[two](http://acme.example/a)"),
        ("<p>1. not a list", "1. not a list", "1\\. not a list"),
        ("<p># no heading<p>- no item<p>a*b_c[d]`", "# no heading\n\n- no item\n\na*b_c[d]`", "\\# no heading\n\n\\- no item\n\na\\*b\\_c\\[d\\]\\`"),
        ("<p>1 &lt; 2 &amp;amp;", "1 < 2 &amp;", "1 \\< 2 \\&amp;"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a | b\n1 | 2", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ("<table><tr><td>a|b<td><ul><li>c<li>d</ul><tr><td>1<td>2</table>", "a|b | c d\n1 | 2", "| a\\|b | c d |\n| --- | --- |\n| 1 | 2 |"),
        ("<table><tr><td><p>layout<p>only</table>", "layout\n\nonly", "layout\n\nonly"),
        ("<table><tr><td>1.<td>First clause.<tr><td>2.<td>Second one.</table>", "1. First clause.\n\n2. Second one.", "1\\. First clause.\n\n2\\. Second one."),
        ("<pre>wrapped\nline\n\nnext</pre>", "wrapped line\n\nnext", "wrapped line\n\nnext"),
        ("<details><summary>More</summary>text</details>", "More\n\ntext", "**More**\n\ntext"),
        ("<ol reversed><li>a<li>b</ol>", "  2. a\n  1. b", "2.  a\n1)  b"),
        ("<ol type=a start=26><li>a<li>b</ol>", "  z. a\n  aa. b", "-   z. a\n-   aa. b"),
        ("<ol><li><h3>A</h3><p>a</p><li><h3>B</h3></ol>", "1. A\n\na\n\n2. B", "### 1. A\n\na\n\n### 2. B"),
        ("<ul><ul><li>a</ul></ul>", "    • a", "-   a"),
        ("<table><tr><th>a<th>b<th>c<tr><td>1<td>2<td></table>", "a | b | c\n1 | 2 |", "| a | b | c |\n| --- | --- | --- |\n| 1 | 2 |  |"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2<td>3</table>", "a | b\n1 | 2 | 3", "| a | b |  |\n| --- | --- | --- |\n| 1 | 2 | 3 |"),
        ("<p>~~~<p>-----<p>## a<p>a<br>===", "~~~\n\n-----\n\n## a\n\na\n===", "\\~~~\n\n\\-----\n\n\\## a\n\na  \n\\==="),
        ("<p>in <st1:place>Paris</st1:place>, says <x-name>Bob</x-name>.", "in Paris, says Bob.", "in Paris, says Bob."),
        ("<x-part>one</x-part><x-part>two</x-part>", "one\n\ntwo", "one\n\ntwo"),
        ("<button>One</button><button>Two</button>", "One Two", "One Two"),
        ("<p>a<span>b</span>c <code>d</code>", "abc d", "abc d"),
        ("<p><b><b>x</b></b> <b>y</b><b>z</b>", "x yz", "**x yz**"),
        ("<p>foo<b>bar</b>baz, <b>W</b>e, <b>(a)</b>b", "foobarbaz, We, (a)b", "foobarbaz, We, (a)b"),
        ("<p>the <b>(a) </b>b, “<i>c</i>”, <b>d:</b> e", "the (a) b, “c”, d: e", "the **(a)** b, “*c*”, **d:** e"),
        ("<p><b>Note:</b> <a href=/a>x</a>", "Note: x", "**Note:** [x](http://acme.example/a)"),
        ("<p>我们<b>收集</b>信息", "我们收集信息", "我们**收集**信息"),
        ("<p><b>see <a href=/a>this <i>page</i></a> now</b>", "see this page now", "**see** [**this *page***](http://acme.example/a) **now**"),
        ("<p>Look!<a href='/a?b&amp;copy;'>x</a>", "Look!x", "Look\\![x](http://acme.example/a?b\\&copy;)"),
        ("<h2>&#8203;&#173;</h2><h2><b>&#8288;</b></h2><p><b>&#8203;</b>a<h3>&#12644;</h3>", "a", "a"),
        ("<ul><li>• a<li><span>–</span> b<li>-c<li>·d</ul>", "  • a\n  • b\n  • -c\n  • d", "-   a\n-   b\n-   -c\n-   d"),
        ("<div><li>a<li>b</div><p>c", "  • a\n  • b\n\nc", "-   a\n-   b\n\nc"),
        ("<p>·&nbsp;&nbsp; a<p><span>•</span> <b>b</b><p>-c<p>1. d", "  • a\n  • b\n\n-c\n\n1. d", "-   a\n-   **b**\n\n-c\n\n1\\. d"),
        ("<p>■個人情報<p>a", "■個人情報\n\na", "■個人情報\n\na"),
        ("<h2>C #</h2>", "C #", "## C \\#"),
        ("<p>a | b<br>--- | ---", "a | b\n--- | ---", "a | b  \n\\--- | ---"),
        ("<ol start=99><li>a<li>b<ol start=3><li>c</ol></ol>", "  99. a\n  100. b\n    3. c", "99. a\n100. b\n\n     3.  c"),
    ],
)  # fmt: skip
def test_each_element_has_its_form_in_both(html, text, markdown):
    assert rendered(f"<html><body>{html}</body></html>") == (text, markdown)
