"""What changed since a day: as a table, JSON, CSV and Atom."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from pipelines.dataset.identity import dataset_id
from pipelines.tools import changes as changes_module
from pipelines.tools.changes import COLUMNS, Change, as_table, changes_since, records, write_feed
from pipelines.tools.tables import as_csv, as_json
from tests.support.commands import scrapy
from tests.support.data_dirs import data_dir
from tests.support.rows import asked, policy

OLD = "We collect your name.\n\nWe sell nothing to anybody."
NEW = "We collect your name.\n\nWe sell everything to <b>everybody</b> & more."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two domains, of which one changed twice, and one whose policy is in a second language too."""
    return data_dir(
        tmp_path / "data",
        [
            policy("a.com", "2010-01-01", OLD),
            policy("a.com", "2012-06-01", NEW),
            policy("a.com", "2014-01-01", OLD),
            policy("b.com", "2010-01-01", OLD),
            policy("b.com", "2012-06-02", NEW),
        ],
        domains=[asked("a.com"), asked("b.com"), asked("c.com", "not_archived")],
    )


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def found(data: Path, since: str, until: str | None = None, domain: str | None = None) -> list[tuple[str, str]]:
    changes = changes_since(data, when(since), when(until) if until else None, domain)
    return [(change.domain, f"{change.change_before:%Y-%m-%d}") for change in changes]


def test_changes_are_those_of_the_days_asked_for_oldest_first(data: Path) -> None:
    assert found(data, "2011-01-01") == [("a.com", "2012-06-01"), ("b.com", "2012-06-02"), ("a.com", "2014-01-01")]
    assert found(data, "2012-06-02", "2013-12-31") == [("b.com", "2012-06-02")]
    assert found(data, "2011-01-01", domain="a.com") == [("a.com", "2012-06-01"), ("a.com", "2014-01-01")]
    assert found(data, "2015-01-01") == []


def test_a_change_leads_to_the_captures_before_and_after_it(data: Path) -> None:
    change, _ = changes_since(data, when("2011-01-01"), domain="a.com")
    assert change.before_url is not None and "/20100101" in change.before_url
    assert change.after_url is not None and "/20120601" in change.after_url
    assert change.change == "substantive" and change.words_added > 0 < change.words_removed


def test_table_json_and_csv_tell_the_same(data: Path) -> None:
    changes = changes_since(data, when("2011-01-01"))
    rows = list(csv.DictReader(io.StringIO(as_csv(COLUMNS, records(changes)))))
    objects = json.loads(as_json(records(changes)))
    assert rows == [{name: str(value) for name, value in one.items()} for one in objects]
    assert list(objects[0]) == list(COLUMNS)
    head, *lines = as_table(changes).splitlines()
    assert head.startswith("domain  after       by          change")
    assert [line.split()[0] for line in lines] == [one["domain"] for one in objects] == ["a.com", "b.com", "a.com"]


def read_feed(path: Path) -> feedparser.FeedParserDict:
    feed = feedparser.parse(path.read_bytes())
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def test_the_feed_is_valid_atom_with_the_newest_first_and_ids_that_stay(data: Path, tmp_path: Path) -> None:
    changes = changes_since(data, when("2011-01-01"))
    path = tmp_path / "out" / "feed.xml"
    assert write_feed(path, changes, dataset_id(data)) == 3
    feed = read_feed(path)
    assert feed.version == "atom10"
    assert [entry.id for entry in feed.entries] == [
        f"urn:wayback-policies:version:{change.version_id}" for change in reversed(changes)
    ]
    newest = feed.entries[0]
    assert (newest.link, newest.links[1].rel) == (changes[-1].after_url, "related")
    assert newest.updated == newest.published == "2014-01-01T00:00:00Z" == feed.feed.updated
    before = path.read_bytes()
    write_feed(path, changes, dataset_id(data))
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["feed.xml"]


def a_change(*paragraphs: dict[str, str | None]) -> Change:
    times = when("2012-01-01"), when("2012-02-01")
    return Change("a.com", *times, "substantive", 5, 2, None, "http://archive.test/1?a=1&b=\x01", "id", paragraphs)


def test_texts_of_pages_are_escaped_in_the_feed(tmp_path: Path) -> None:
    hostile = a_change({"before": None, "after": "<script>alert(1)</script> ]]> & \x00\x1b\ud800 end"})
    write_feed(tmp_path / "feed.xml", [hostile], None)
    feedparser.api.SANITIZE_HTML = False
    try:
        (entry,) = read_feed(tmp_path / "feed.xml").entries
    finally:
        feedparser.api.SANITIZE_HTML = True
    assert entry.content[0].value == (
        "<p><ins>&lt;script&gt;alert(1)&lt;/script&gt; ]]&gt; &amp; \ufffd\ufffd\ufffd end</ins></p>"
    )


def test_a_feed_is_bounded_in_entries_paragraphs_and_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_module, "FEED_ENTRIES", 2)
    monkeypatch.setattr(changes_module, "FEED_PARAGRAPHS", 1)
    monkeypatch.setattr(changes_module, "FEED_CHARACTERS", 10)
    long = a_change({"before": "x" * 50, "after": None}, {"before": None, "after": "y"})
    assert write_feed(tmp_path / "feed.xml", [long] * 5, None) == 2
    entries = read_feed(tmp_path / "feed.xml").entries
    assert [entry.content[0].value for entry in entries] == [
        f"<p><del>{'x' * 10} ...</del></p>\n<p>and 1 more paragraphs</p>"
    ] * 2


def test_the_command_prints_to_a_pipe_and_tells_where_nothing_is_new(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(data, "changes", "--since", "2014", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert scrapy(data, "changes", "--since", "2020") == 0
    assert capsys.readouterr() == ("", "no change is known since 2020\n")
    assert scrapy(data, "changes", "--since", "2011", "--until", "2012-06-01", "--feed", str(tmp_path / "f.xml")) == 0
    assert capsys.readouterr() == ("", f"1 of 1 changes are in {tmp_path}/f.xml\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give --since"),
        (("--since", "yesterday"), "--since yesterday: "),
        (("--since", "2012", "--until", "x"), "--until x: "),
        (("--since", "2012", "--domain", "no domain"), "--domain no domain: "),
        (("--since", "2012", "--domain", "c.com"), "no policy of c.com is known"),
    ],
)
def test_wrong_arguments_are_told(
    arguments: tuple[str, ...], words: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(data, "changes", *arguments) == 2
    assert words in capsys.readouterr().err
