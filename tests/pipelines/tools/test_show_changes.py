"""What changed from version to version, word by word."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.history.derive import derive
from pipelines.history.domain_history import DomainRows
from pipelines.schema import CAPTURES, DOMAINS
from pipelines.tools.show_changes import changes
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part
from tests.support.rows import Row, row, table

FIRST = "We collect your name.\n\nWe keep it for one year.\n\nWrite to us."
SECOND = "We collect your name and address.\n\nWe keep it for one year.\n\nWrite to us."


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A policy that changed twice, the second time back."""
    add_part(
        tmp_path,
        [
            row("shop.test", "20060619", FIRST),
            row("shop.test", "20070101", FIRST.upper()),
            row("shop.test", "20121115", SECOND),
            row("shop.test", "20150101", FIRST),
        ],
    )
    return tmp_path


def diff(rows: list[Row], **how: int) -> str:
    """What changed among the captures of a domain's main policy."""
    domain, policies = rows[0]["domain"], table(rows)
    found = derive(DomainRows.of(domain, policies, CAPTURES.empty_table(), DOMAINS.empty_table())).changes
    return changes(found, rows, **how)


def lines(before: str, after: str, context: int = 0) -> list[str]:
    """The lines of a change behind its three headings; texts have a paragraph per letter, ``|`` is none."""
    texts = [text.replace(" ", "\n\n").replace("_", " ") for text in (before, after)]
    return diff([row("a.test", f"200{n}", text) for n, text in enumerate(texts)], context=context).split()[11:]


def test_each_change_is_shown_once_and_a_text_that_comes_back(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(data_dir, "show", "shop.test", "--diff") == 0
    out = capsys.readouterr().out
    assert "--- 2007-01-01" in out and "We collect your [-NAME.-]{+name and address.+}" in out
    assert "We collect your [-name and address.-]{+name.+}" in out
    assert out.count("--- ") == 2 and "We keep it" not in out
    assert out.startswith("2012-11-15  ") and "+2 -0 words" in out.splitlines()[0]


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (("--until", "2013"), ["2012-11-15"]),
        (("--since", "2012-11-16"), ["2015-01-01"]),
        (("--since", "2012-11-15", "--until", "2012-11"), ["2012-11-15"]),
    ],
)
def test_changes_are_those_first_seen_on_the_days_asked_for(
    options: tuple[str, ...], days: list[str], data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scrapy(data_dir, "show", "shop.test", "--diff", *options)
    assert [line[4:14] for line in capsys.readouterr().out.splitlines() if line.startswith("+++ ")] == days


def test_where_nothing_changed_that_is_said(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scrapy(data_dir, "show", "shop.test", "--diff", "--until", "2007") == 0
    assert capsys.readouterr() == ("", "no change of shop.test is known until 2007-12-31\n")


def test_paragraphs_around_a_change_are_shown_as_far_as_asked_for() -> None:
    before, after = "one two three four five six seven", "one two three FOUR_and_more five six seven"
    assert lines(before, after) == ["…", "FOUR", "{+and", "more+}"]
    assert lines(before, after, 1) == ["…", "three", "FOUR", "{+and", "more+}", "five"]
    assert lines(before, after, 9)[:3] == ["one", "two", "three"] and lines(before, after, 9)[-1] == "seven"


def test_paragraphs_between_two_changes_are_shown_once() -> None:
    before, after = "one two three four five six", "ONE_more two three four five_more six"
    assert lines(before, after, 2) == ["ONE", "{+more+}", "two", "three", "four", "five", "{+more+}", "six"]
    assert lines(before, after, 1) == ["ONE", "{+more+}", "two", "…", "four", "five", "{+more+}", "six"]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (
            "We keep it as long as the law asks. Visitors of the shop are counted by our own machine.",
            "We keep it as long as the law asks. Whoever reads about the garden is asked for name and town.",
            "We keep it as long as the law asks. [-Visitors of the shop are counted by our own machine.-]"
            "{+Whoever reads about the garden is asked for name and town.+}",
        ),
        ("我们收集姓名。", "我们收集地址。", "我们收集[-姓名-]{+地址+}。"),
    ],
)
def test_words_that_are_the_same_by_chance_and_characters_that_are_words_are_shown_so(
    before: str, after: str, shown: str
) -> None:
    assert shown in diff([row("a.test", "2001", before), row("a.test", "2002", after)])


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("one two gone three four", "one two three four", "… two [-gone-] three"),
        ("new_words gone_by one two three", "one two three new_words", "[-gone by-] one … three (moved) new words"),
        ("one two three gone", "one two three", "… three [-gone-]"),
        ("one two gone three", "added one two three", "{+added+} one two [-gone-] three"),
    ],
)
def test_a_removed_paragraph_stands_where_it_was(before: str, after: str, shown: str) -> None:
    assert lines(before, after, 1) == shown.split()


def test_texts_of_two_extractors_are_not_compared() -> None:
    rows = [row("a.test", "2001", "Old way"), row("a.test", "2002", "New way", extractor="other 1.0")]
    assert diff(rows) == ""


def test_a_change_that_one_extractor_shows_across_another_is_shown_once() -> None:
    rows = [
        row("a.test", "2001", "We collect your name."),
        row("a.test", "2002", "We collect your name. Home", extractor="other 1.0"),
        row("a.test", "2003", "We collect your phone number."),
    ]
    assert diff(rows).count("--- ") == 1
    assert "--- 2001" in diff(rows) and "[-name.-]{+phone number.+}" in diff(rows)


def test_the_same_words_at_another_address_are_no_change() -> None:
    rows = [row("a.test", "2001"), row("a.test", "2002", policy_url="http://a.test/legal")]
    assert diff(rows) == ""


def test_characters_a_terminal_obeys_do_not_reach_it() -> None:
    evil = "a\x1b]0;title\x07b\x9b31mc\u202ed\r\n\te\x00f\x7f\u2028g\u2066h"
    hostile = row("a.test", "2001", f"first\n{evil}", policy_url="http://a.test/\x1b[2J\n", extractor="x\x1b")
    after = row("a.test", "2002", f"{evil} more\x1b[8m\n{evil}", view_url="http://\x1b[2J", extractor="x\x1b")
    shown = diff([hostile, after], context=5)
    assert "more" in shown and not set("\x1b\x9b\x07\u202e\u2066") & set(shown)


def test_long_texts_without_paragraphs_are_compared_in_time() -> None:
    rows = [row("a.test", f"200{n}", " ".join(f"w{(i * (n + 7)) % 9973}" for i in range(40_000))) for n in (1, 2)]
    assert "[-" in diff(rows)


@pytest.mark.slow
def test_on_a_terminal_it_is_coloured_and_broken_between_words(data_dir: Path) -> None:
    ours, theirs = pty.openpty()
    program = (
        "import sys; from scrapy import cmdline; from scrapy.settings import Settings; cmdline.execute("
        "['scrapy', 'show', 'shop.test', '--diff'], "
        "settings=Settings({'COMMANDS_MODULE': 'crawler.commands', 'DATA_DIR': sys.argv[1]}))"
    )
    environment = {**os.environ, "PAGER": "cat", "TERM": "xterm", "COLUMNS": "24"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen([sys.executable, "-c", program, str(data_dir)], stdout=theirs, env=environment)
    os.close(theirs)
    out = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not chunk:
            break
        out += chunk
    os.close(ours)
    assert process.wait() == 0
    assert b"\x1b[31mNAME.\x1b[0m\x1b[32m\x1b[0m\r\n\x1b[32mname and address.\x1b[0m" in out
