"""The characters of a page that has no tree."""

from __future__ import annotations

import pytest

from pipelines.page.tree import strip_tags, without_scripts


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("<p>We <script>sell()</script>keep", "<p>We </script>keep"),
        ("a<STYLE media=x>b { }</Style>c<script>d()</script>e", "a</Style>c</script>e"),
        ("a<script>write('<script>x()')</script>b", "a</script>b"),
        ("a<script>write('</style>')</script>b", "a</script>b"),
        ("a</script>b<script>c()</script>d", "a</script>b</script>d"),
        ("a<script>b, and the end is missing", "a<script>b, and the end is missing"),
        ("a<scripted>b</scripted>", "a<scripted>b</scripted>"),
    ],
)
def test_scripts_and_style_sheets_go_whatever_stands_in_them(page: str, left: str) -> None:
    assert without_scripts(page) == left


def test_the_characters_between_tags_are_paragraphs_and_references_are_read() -> None:
    page = "<h1>Privacy</h1><script>x()</script>We keep 3 &lt; 4 &amp; more"
    assert strip_tags(page).split() == ["Privacy", "We", "keep", "3", "<", "4", "&", "more"]
