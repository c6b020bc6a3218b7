"""The versions of a domain's policy, and the text of one."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import date
from pathlib import Path

import pytest

from crawler.commands.show import _page
from pipelines.printable import printable
from pipelines.tools import show
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part
from tests.support.data_dirs import data_dir as rows_of_a_crawl
from tests.support.rows import asked, capture, moment, policy, row

FIRST = "We collect your name.\n\nWe keep it for one year.\n\nWrite to us."
SECOND = "We collect your name and address.\n\nWe keep it for one year.\n\nWrite to us."
DEUTSCH = "Wir erheben Ihren Namen."

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    add_part(
        tmp_path,
        [
            row("shop.test", "20060619", FIRST),
            row("shop.test", "20070101", FIRST.upper(), title="Same words"),
            row("shop.test", "20121115", SECOND, effective_date=date(2012, 11, 1)),
            row("shop.test", "20121116", "a cookie notice", primary=False, kind="cookie_policy"),
            row("shop.test", "20150101", FIRST),
            row("other.test", "2010", "Another's."),
        ],
    )
    return tmp_path


@pytest.fixture
def two_languages(tmp_path: Path) -> Path:
    """A site that went over from German to English, and was seen in French beside it."""
    rows = [policy("a.test", f"{year}-01-01", DEUTSCH, language="de") for year in (2001, 2002, 2003)]
    rows += [policy("a.test", f"{year}-01-01", FIRST) for year in (2005, 2006, 2007)]
    rows.append(policy("a.test", "2006-02-01", "Nous collectons.", language="fr", primary=False))
    return rows_of_a_crawl(tmp_path, rows)


# --- the list


def test_each_version_is_a_line_with_when_it_was_seen_and_how_it_changed(data_dir: Path, capsys: Printed) -> None:
    assert scrapy(data_dir, "show", "Shop.test") == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[:7] == ["version", "changed", "after", "first", "seen", "last", "seen"]
    url = "http://www.shop.test/privacy.html?lang=en"
    assert [line.split() for line in lines] == [
        ["1", "2006-06-19", "2007-01-01", "first", "13", f"https://web.archive.org/web/20060619000000/{url}"],
        ["2", "2007-01-01", "2012-11-15", "2012-11-15", "substantive", "15", "2", "0", "2012-11-01",
         f"https://web.archive.org/web/20121115000000/{url}"],
        ["3", "2012-11-15", "2015-01-01", "2015-01-01", "substantive", "13", "0", "2",
         f"https://web.archive.org/web/20150101000000/{url}"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "shown"),
    [((), "123"), (("--since", "2007-01-02"), "23"), (("--until", "2012"), "12"),
     (("--since", "2012", "--until", "2014"), "2"), (("--since", "2016"), "")],
)  # fmt: skip
def test_versions_are_those_seen_in_the_time_asked_for(
    options: tuple[str, ...], shown: str, data_dir: Path, capsys: Printed
) -> None:
    assert scrapy(data_dir, "show", "shop.test", *options) == 0
    out, err = capsys.readouterr()
    assert "".join(line[0] for line in out.splitlines()[1:]) == shown
    assert ("no version of shop.test is known" in err) is not bool(shown)


def test_json_and_csv_tell_the_same(data_dir: Path, capsys: Printed) -> None:
    assert scrapy(data_dir, "show", "shop.test", "--json") == 0
    objects = json.loads(capsys.readouterr().out)
    assert scrapy(data_dir, "show", "shop.test", "--csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows == [{name: "" if value is None else str(value) for name, value in one.items()} for one in objects]
    assert list(objects[0]) == list(show.COLUMNS) and objects[1]["first_seen"] == "2012-11-15T00:00:00Z"


def test_where_the_main_language_changed_versions_are_named_with_it(two_languages: Path, capsys: Printed) -> None:
    assert scrapy(two_languages, "show", "a.test") == 0
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["de:1", "en:1"]
    assert err == "beside it, in other languages: fr:1 (--version)\n"


# --- a text


def test_the_newest_text_is_printed_with_where_it_comes_from(data_dir: Path, capsys: Printed) -> None:
    assert scrapy(data_dir, "show", "shop.test", "--text") == 0
    out = capsys.readouterr().out
    assert out.endswith(FIRST + "\n") and "2015-01-01" in out
    assert "https://web.archive.org/web/20150101000000/http://www.shop.test/privacy.html" in out


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2012-11-14", "2007-01-01"), ("2012-11-15", "2012-11-15"), ("2006", "2006-06-19"), ("2020", "2015-01-01")],
)
def test_as_of_gives_the_text_that_stood_on_that_day(
    as_of: str, expected: str, data_dir: Path, capsys: Printed
) -> None:
    assert scrapy(data_dir, "show", "shop.test", "--as-of", as_of) == 0
    assert f"captured  {expected}" in capsys.readouterr().out


def test_a_version_is_printed_by_its_number_or_its_id(data_dir: Path, capsys: Printed) -> None:
    scrapy(data_dir, "show", "shop.test", "--json")
    version_id = json.loads(capsys.readouterr().out)[1]["version_id"]
    for name in ("2", version_id, "en:2"):
        assert scrapy(data_dir, "show", "shop.test", "--version", name) == 0
        out = capsys.readouterr().out
        assert out.endswith(SECOND + "\n") and f"2, seen from 2012-11-15 to 2012-11-15 ({version_id})" in out
    assert scrapy(data_dir, "show", "shop.test", "--version", "4") == 2
    assert capsys.readouterr().err == "there is no version 4, but 1, 2, 3\n"


@pytest.mark.parametrize(("name", "text"), [("de:1", DEUTSCH), ("en:1", FIRST), ("fr:1", "Nous collectons.")])
def test_of_several_languages_each_version_can_be_printed(
    name: str, text: str, two_languages: Path, capsys: Printed
) -> None:
    assert scrapy(two_languages, "show", "a.test", "--version", name) == 0
    assert capsys.readouterr().out.endswith(f"\n\n{text}\n")


def test_a_text_that_came_back_unfetched_is_the_one_that_stood(tmp_path: Path, capsys: Printed) -> None:
    texts = [policy("a.test", "2010-01-01", FIRST, archive_digest="D"), policy("a.test", "2011-01-01", SECOND)]
    again = capture("a.test", "2012-01-01", "unchanged", archive_digest="D", same_as=moment("2010-01-01"))
    data = rows_of_a_crawl(tmp_path, texts, [again])
    assert scrapy(data, "show", "a.test", "--as-of", "2013") == 0
    assert capsys.readouterr().out.endswith(FIRST + "\n")


# --- how sure it is


def doubts(data: Path, capsys: Printed, *options: str) -> list[str]:
    """The lines that say how sure it is that a text stood."""
    assert scrapy(data, "show", "a.test", *options) == 0
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith(("as of ", "later "))]


def test_a_text_that_was_seen_after_the_day_is_beyond_doubt(tmp_path: Path, capsys: Printed) -> None:
    data = rows_of_a_crawl(tmp_path, [policy("a.test", day, FIRST) for day in ("2010-01-01", "2014-01-01")])
    assert doubts(data, capsys, "--as-of", "2012") == []


def test_a_text_older_than_the_day_says_when_it_was_seen_last_and_what_is_known_since(
    tmp_path: Path, capsys: Printed
) -> None:
    texts = [policy("a.test", "2010-01-01", FIRST), policy("a.test", "2014-01-01", SECOND)]
    data = rows_of_a_crawl(tmp_path, texts, domains=[asked("a.test", known_through=moment("2016-05-05"))])
    seen = "this text was last seen"
    next_one = "the next version was first seen 2014-01-01"
    assert doubts(data, capsys, "--as-of", "2012") == [f"as of     2012-12-31: {seen} 2010-01-01; {next_one}"]
    none_since = "no other text is known until 2016-05-05"
    assert doubts(data, capsys, "--as-of", "2015") == [f"as of     2015-12-31: {seen} 2014-01-01; {none_since}"]


def test_a_version_that_is_over_has_no_doubts(tmp_path: Path, capsys: Printed) -> None:
    data = rows_of_a_crawl(tmp_path, [policy("a.test", "2010-01-01", FIRST), policy("a.test", "2014-01-01", SECOND)])
    assert doubts(data, capsys, "--version", "1") == []


def test_later_captures_that_do_not_show_the_policy_are_told_with_what_they_are(
    tmp_path: Path, capsys: Printed
) -> None:
    other = {"primary": False, "kind": "cookie_policy"}
    texts = [policy("a.test", "2010-01-01", FIRST), policy("a.test", "2011-01-01", "Cookies", **other)]
    captures = [
        capture("a.test", "2010-01-01"),
        capture("a.test", "2011-01-01"),
        capture("a.test", "2012-01-01", "unchanged", same_as=moment("2011-01-01")),
        capture("a.test", "2013-01-01", "unplayable"),
        capture("a.test", "2014-01-01", "unplayable", policy_url="https://a.test/elsewhere"),
    ]
    data = rows_of_a_crawl(tmp_path, texts, captures)
    assert doubts(data, capsys, "--as-of", "2010-06-01")[1:] == []
    none = "none shows the main policy"
    assert doubts(data, capsys, "--as-of", "2012")[1:] == [f"later     2 cookie_policy, the last of 2012-01-01: {none}"]
    told = [f"later     2 cookie_policy, 1 unplayable, the last of 2013-01-01: {none}"]
    assert doubts(data, capsys, "--as-of", "2015")[1:] == told == doubts(data, capsys, "--text")


# --- what can't be shown


def test_what_is_not_known_is_said_on_stderr(data_dir: Path, capsys: Printed) -> None:
    assert scrapy(data_dir, "show", "shop.test", "--as-of", "2001") == 2
    assert "no policy of shop.test is known by 2001-12-31" in capsys.readouterr().err


def test_of_a_domain_without_a_policy_it_is_said_why(tmp_path: Path, capsys: Printed) -> None:
    unseen = asked("a.test", "excluded", reason="the archive\x1b[2J does not show it")
    data = rows_of_a_crawl(tmp_path, domains=[unseen, asked("b.test")])
    assert scrapy(data, "show", "a.test") == 2
    known = f"no policy of a.test is known in {tmp_path}"
    assert capsys.readouterr().err == f"{known} (excluded: the archive\ufffd[2J does not show it)\n"
    for domain in ("b.test", "c.test"):
        assert scrapy(data, "show", domain) == 2
        assert capsys.readouterr().err == f"no policy of {domain} is known in {tmp_path}\n"


def test_texts_of_other_kinds_are_no_policy_and_are_counted(tmp_path: Path, capsys: Printed) -> None:
    add_part(tmp_path, [row("a.test", year, "x", primary=False, kind="terms") for year in ("2001", "2002")])
    assert scrapy(tmp_path, "show", "a.test") == 2
    assert capsys.readouterr().err == f"no policy of a.test is known in {tmp_path} (its texts are 2 terms)\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--as-of", "2012-02-30"), "not a date"),
        (("--since", "x"), "not a date"),
        (("--text", "--since", "2012"), "--since and --until are for"),
        (("--diff", "--csv"), "--json and --csv are for"),
        (("--context", "2"), "--context N is for --diff"),
        (("--diff", "--context", "-1"), "--context N is for --diff"),
        (("--diff", "--text"), "not allowed with"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: tuple[str, ...], words: str, data_dir: Path, capsys: Printed
) -> None:
    assert scrapy(data_dir, "show", "shop.test", *options) == 2
    out, err = capsys.readouterr()
    assert out == "" and words in err


def test_characters_a_terminal_obeys_do_not_reach_it(tmp_path: Path, capsys: Printed) -> None:
    evil = "a\x1b]0;title\x07b\x9b31mc\u202ed"
    add_part(tmp_path, [row("a.test", "2001", evil, title=evil, policy_url="http://a.test/\x1b[2J", extractor="x\x1b")])
    for options in ((), ("--text",), ("--json",), ("--csv",)):
        assert scrapy(tmp_path, "show", "a.test", *options) == 0
        assert not set("\x1b\x9b\x07\u202e") & set(capsys.readouterr().out)


def test_letters_joined_by_zero_width_marks_are_left_alone() -> None:
    assert printable("می\u200cخواهم 👨\u200d👩\u200d👧") == "می\u200cخواهم 👨\u200d👩\u200d👧"


def test_on_a_terminal_lines_are_broken_between_words_and_addresses_stay_whole(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "24")
    monkeypatch.setenv("PAGER", "cat")
    _page("1        2004-06-15  http://archive.example/web/2004/http://a.test/\n")
    assert capfd.readouterr().out == "1        2004-06-15\nhttp://archive.example/web/2004/http://a.test/\n"
