from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from datetime import date

import pytest

from pipelines.history.derive import derive
from pipelines.history.domain_history import DomainRows
from pipelines.schema import CAPTURES, DOMAINS
from pipelines.timestamps import last_day
from pipelines.tools import show
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part
from tests.support.data_dirs import data_dir as rows_of_a_crawl
from tests.support.rows import asked, row, table

FIRST = "We collect your name.\n\nWe keep it for one year.\n\nWrite to us."
SECOND = "We collect your name and address.\n\nWe keep it for one year.\n\nWrite to us."


@pytest.fixture
def data_dir(tmp_path):
    add_part(
        tmp_path,
        [
            row("shop.test", "20060619", FIRST),
            row("shop.test", "20070101", FIRST.upper(), title="Same words"),
            row("shop.test", "20121115", SECOND),
            row("shop.test", "20121116", "a cookie notice", primary=False),
            row("shop.test", "20150101", FIRST),
            row("other.test", "2010", "Another's."),
        ],
    )
    return tmp_path


def diff(rows):
    """What changed among the captures of a domain's main policy."""
    domain, policies = rows[0]["domain"], table(rows)
    found = derive(DomainRows.of(domain, policies, CAPTURES.empty_table(), DOMAINS.empty_table())).changes
    return show.changes(found, rows)


def test_the_newest_text_is_printed_with_where_it_comes_from(data_dir, capsys):
    assert scrapy(data_dir, "show", "Shop.test") == 0
    out = capsys.readouterr().out
    assert out.endswith(FIRST + "\n") and "2015-01-01" in out
    assert "https://web.archive.org/web/20150101000000/http://www.shop.test/privacy.html" in out


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2012-11-14", "2007-01-01"), ("2012-11-15", "2012-11-15"), ("2006", "2006-06-19")],
)
def test_as_of_gives_the_text_that_stood_on_that_day(data_dir, capsys, as_of, expected):
    assert scrapy(data_dir, "show", "shop.test", "--as-of", as_of) == 0
    assert f"captured  {expected}" in capsys.readouterr().out


def test_later_texts_that_are_taken_for_something_else_are_told(tmp_path, capsys):
    other = {"primary": False, "kind": "cookie_policy"}
    add_part(tmp_path, [row("a.test", "2010"), row("a.test", "2011", **other), row("a.test", "2013", **other)])
    for as_of, told in (("2010", ""), ("2012", "1 cookie_policy, the last of 2011"), ("2015", "2 cookie_policy, the")):
        assert scrapy(tmp_path, "show", "a.test", "--as-of", as_of) == 0
        out = capsys.readouterr().out
        assert "captured  2010" in out and told in out and ("later" in out) is bool(told)


def test_what_is_not_known_is_said_on_stderr(data_dir, capsys):
    assert scrapy(data_dir, "show", "shop.test", "--as-of", "2001") == 2
    assert "no policy of shop.test is known by 2001-12-31" in capsys.readouterr().err


def test_of_a_domain_without_a_policy_it_is_said_why(tmp_path, capsys):
    unseen = asked("a.test", "excluded", reason="the archive\x1b[2J does not show it")
    data = rows_of_a_crawl(tmp_path, domains=[unseen, asked("b.test")])
    assert scrapy(data, "show", "a.test") == 2
    known = f"no policy of a.test is known in {tmp_path}"
    assert capsys.readouterr().err == f"{known} (excluded: the archive\ufffd[2J does not show it)\n"
    for domain in ("b.test", "c.test"):
        assert scrapy(data, "show", domain) == 2
        assert capsys.readouterr().err == f"no policy of {domain} is known in {tmp_path}\n"


def test_a_date_that_is_none_is_refused(data_dir, capsys):
    assert scrapy(data_dir, "show", "shop.test", "--as-of", "2012-02-30") == 2


def test_the_diff_shows_each_change_once_and_a_text_that_comes_back(data_dir, capsys):
    assert scrapy(data_dir, "show", "shop.test", "--diff") == 0
    out = capsys.readouterr().out
    assert "--- 2007-01-01" in out and "We collect your [-NAME.-]{+name and address.+}" in out
    assert "We collect your [-name and address.-]{+name.+}" in out
    assert out.count("--- ") == 2 and "We keep it" not in out


def test_the_diff_until_a_date_stops_there(data_dir, capsys):
    scrapy(data_dir, "show", "shop.test", "--diff", "--as-of", "2013")
    assert capsys.readouterr().out.count("--- ") == 1
    scrapy(data_dir, "show", "shop.test", "--diff", "--as-of", "2007")
    assert capsys.readouterr().out == "one version, since 2006-06-19\n"


def test_texts_of_two_extractors_are_not_compared():
    rows = [row("a.test", "2001", "Old way"), row("a.test", "2002", "New way", extractor="other 1.0")]
    assert diff(rows) == ""


def test_a_change_that_one_extractor_shows_across_another_is_shown_once():
    rows = [
        row("a.test", "2001", "We collect your name."),
        row("a.test", "2002", "We collect your name. Home", extractor="other 1.0"),
        row("a.test", "2003", "We collect your phone number."),
    ]
    assert diff(rows).count("--- ") == 1
    assert "--- 2001" in diff(rows) and "[-name.-]{+phone number.+}" in diff(rows)


def test_the_same_words_at_another_address_are_no_change():
    rows = [row("a.test", "2001"), row("a.test", "2002", policy_url="http://a.test/legal")]
    assert diff(rows) == ""


def test_characters_a_terminal_obeys_do_not_reach_it():
    evil = "a\x1b]0;title\x07b\x9b31mc\u202ed\r\n\te\x00f\x7f\u2028g\u2066h"
    shown = show.printable(evil)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", shown)
    assert re.sub("\ufffd", "", shown) == "a]0;titleb31mcd\n efgh"
    hostile = row("a.test", "2001", evil, title=evil, policy_url="http://a.test/\x1b[2J\n", extractor="x\x1b")
    after = row("a.test", "2002", evil + " more\x1b[8m", view_url="http://\x1b[2J")
    for text in (
        show.policy(hostile),
        diff([hostile, after]),
        diff([{**hostile, "extractor": after["extractor"]}, after]),
    ):
        assert "\x1b" not in text and "\x9b" not in text


def test_letters_joined_by_zero_width_marks_are_left_alone():
    assert show.printable("می\u200cخواهم 👨\u200d👩\u200d👧") == "می\u200cخواهم 👨\u200d👩\u200d👧"


def test_long_texts_without_paragraphs_are_compared_in_time():
    rows = [row("a.test", f"200{n}", " ".join(f"w{(i * (n + 7)) % 9973}" for i in range(40_000))) for n in (1, 2)]
    assert "[-" in diff(rows)


def test_on_a_terminal_the_diff_is_coloured(data_dir):
    ours, theirs = pty.openpty()
    program = (
        "import sys; from scrapy import cmdline; from scrapy.settings import Settings; cmdline.execute("
        "['scrapy', 'show', 'shop.test', '--diff'], "
        "settings=Settings({'COMMANDS_MODULE': 'crawler.commands', 'DATA_DIR': sys.argv[1]}))"
    )
    environment = {**os.environ, "PAGER": "cat", "TERM": "xterm"}
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
    assert b"\x1b[31mNAME.\x1b[0m\x1b[32mname and address.\x1b[0m" in out


def test_last_day_covers_a_year_or_a_month():
    assert last_day("2012") == date(2012, 12, 31) and last_day("2012-02") == date(2012, 2, 29)
