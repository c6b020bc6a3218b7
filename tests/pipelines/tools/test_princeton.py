from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.reading import history
from pipelines.tools.export import export
from pipelines.tools.princeton import importing
from pipelines.tools.princeton.importing import Imported, import_older_corpus
from pipelines.tools.princeton.markdown import plain_text
from pipelines.tools.princeton.reading import OlderPolicy, Rejected, read_older_corpus, read_page
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part
from tests.support.rows import row

BODY = """  
**Introduction  **

We keep your _name_ and **"address"** , see [here](https://web.archive.org/terms of use.html).

  * one
  * two, [a link](http://shop.test/x_y_z)


  1. first
  2. second
"""  # noqa: W291

TEXT = """Introduction

We keep your name and "address" , see here.

  • one
  • two, a link
  1. first
  2. second"""


def _page(
    domain: str = "shop.test",
    day: str = "2006-06-19",
    time: str = "20060619222213",
    url: str = "http%3A//www.shop.test/p.jsp%3Fa%3D1%26b%3D2",
    title: str = "Shop | Privacy",
    body: str = BODY,
) -> str:
    return (
        f"> *The following text is extracted and transformed from the {domain} privacy policy that was "
        f"archived on {day}. Please check the [original snapshot on the Wayback Machine]"
        f"(https://web.archive.org/web/{time}id_/{url}) for the most accurate reproduction.*"
        f"\n\n# {title}\n\n{body}"
    )


def _release(path: Path, rows: list[tuple[str, str, str | None, str | None]]) -> Path:
    """A SQLite file of the release's form: rows of domain, policy_snapshot_url, policy_title, policy_text."""
    with sqlite3.connect(path) as release:
        release.executescript("""
            CREATE TABLE sites (id INTEGER PRIMARY KEY, domain TEXT, categories TEXT);
            CREATE TABLE policy_texts (id INTEGER PRIMARY KEY, policy_text TEXT, flesch_kincaid REAL,
                smog REAL, flesch_ease TEXT, length INTEGER, sha1 TEXT, simhash TEXT);
            CREATE TABLE policy_snapshots (id INTEGER PRIMARY KEY, site_id INTEGER,
                homepage_snapshot_url TEXT, policy_snapshot_url TEXT, policy_url TEXT,
                homepage_snapshot_redirected_url TEXT, year INTEGER, phase TEXT, policy_text_id INTEGER,
                policy_html_id INTEGER, policy_reader_view_html_id INTEGER, file_type TEXT,
                policy_title TEXT, link_text TEXT, pdf_filename TEXT, classifier_probability REAL,
                analysis_subcorpus INTEGER, parked_domain INTEGER, cross_domain_homepage_redir INTEGER);
        """)
        for number, (domain, address, title, text) in enumerate(rows, 1):
            release.execute("INSERT INTO sites (id, domain) VALUES (?, ?)", (number, domain))
            release.execute("INSERT INTO policy_texts (id, policy_text) VALUES (?, ?)", (100 + number, text))
            release.execute(
                "INSERT INTO policy_snapshots (id, site_id, policy_snapshot_url, policy_title, "
                "policy_text_id, link_text, classifier_probability) VALUES (?, ?, ?, ?, ?, 'Privacy', 0.9)",
                (50 - number, number, address, title, 100 + number),
            )
    release.close()
    return path


def _import(data_dir: Path, *paths: Path) -> Imported:
    with DataDirLock(data_dir):
        return import_older_corpus(data_dir, paths)


def test_a_snapshot_of_no_known_site_is_rejected_and_not_left_out(tmp_path):
    address = "https://web.archive.org/web/20100101120000id_/http://x.test/p"
    path = _release(tmp_path / "r.sqlite", [("shop.test", address, "t", BODY), ("gone.test", address, "t", BODY)])
    with sqlite3.connect(path) as release:
        release.execute("DELETE FROM sites WHERE domain = 'gone.test'")
    release.close()
    read = list(read_older_corpus(path))
    assert [each.reason for each in read if isinstance(each, Rejected)] == ["no domain: empty"] and len(read) == 2


def test_a_markdown_file_is_read_whole():
    assert read_page(_page(), "x.md") == OlderPolicy(
        domain="shop.test",
        captured_at=datetime(2006, 6, 19, 22, 22, 13, tzinfo=UTC),
        wayback_url="https://web.archive.org/web/20060619222213id_/http://www.shop.test/p.jsp?a=1&b=2",
        policy_url="http://www.shop.test/p.jsp?a=1&b=2",
        title="Shop | Privacy",
        markdown=BODY.removesuffix("\n"),
    )


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("", "header line"),
        ("# Privacy\n\nText", "header line"),
        (_page().replace("# Shop", "Shop"), "title line"),
        (_page(body=" \n"), "no text"),
        (_page(body=""), "no text"),
        (_page(day="2006-06-20"), "day"),
        (_page(day="2006-13-19", time="20061319222213"), "no such time"),
        (_page(time="200606"), "no address"),
        (_page(body="x" * 1_000_001), "1000000 characters"),
        (_page(domain=".."), "no domain: an empty label"),
        (_page(domain="/etc/passwd"), "no domain: a path"),
        (_page(domain="a\x00.test"), "no domain: characters that no domain has"),
        (_page(domain="a\x1b[2J.test"), "no domain: characters that no domain has"),
        (_page(domain="10.0.0.1"), "no domain: an IP address"),
        (_page(day="9999-01-01", time="99990101000000"), "in the year 9999"),
        (_page(day="1066-01-01", time="10660101000000"), "in the year 1066"),
        (_page(url="javascript%3Aalert(1)"), "no http(s) address"),
        (_page(url="http%3A//a.test/%00"), "no http(s) address"),
        (_page(url="file%3A///etc/passwd"), "no http(s) address"),
    ],
)
def test_what_is_not_of_the_form_is_rejected_with_the_reason(page, reason):
    rejected = read_page(page, "x.md")
    assert isinstance(rejected, Rejected) and reason in rejected.reason and rejected.source == "x.md"


def test_the_body_becomes_plain_text():
    assert plain_text(BODY) == TEXT


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**a** **b** **** c", "a b c"),
        ('**"Data"**means _this_ , not file_name_x', '"Data"means this , not file_name_x'),
        ("Name | Days\n---|---\n_ga | 30\n_gid | 1", "Name | Days\n_ga | 30\n_gid | 1"),
        ("# Head\n\nText  \nbroken", "Head\n\nText\nbroken"),
        ("[ ![alt](x.gif) ](http://a.test/) Hi <script>", "Hi <script>"),
        ("5 \\* 3 \\_ 2", "5 * 3 _ 2"),
        ("", ""),
    ],
)
def test_markers_go_and_words_stay(markdown, text):
    assert plain_text(markdown) == text


def test_what_was_imported_is_exported_to_the_byte(tmp_path):
    pages = {
        "2006-06-19": _page(),
        "2007-01-01": _page(
            day="2007-01-01", time="20070101000000", title="", url="https%3A//a.test/%7Ex/%C3%BC%20%28b%29"
        ),
        "2008-02-29": _page(day="2008-02-29", time="20080229235959", url="http%3A//a.test/%FF%2525", body="Hé\n"),
    }
    for number, page in enumerate(pages.values()):
        (tmp_path / f"{number:03}.txt").write_bytes(page.encode())
    data_dir = tmp_path / "data"
    assert scrapy(data_dir, "import", *(str(tmp_path / f"{n:03}.txt") for n in range(3))) == 0
    assert scrapy(data_dir, "export", "--format", "markdown", "-o", str(tmp_path / "out")) == 0
    for day, page in pages.items():
        assert (tmp_path / f"out/s/sh/sho/shop.test/{day}.md").read_bytes() == page.encode()


def test_a_title_comes_back_from_an_export_as_it_was(tmp_path):
    title = r"A *b* \c & <d> [e] `f`"
    add_part(tmp_path / "old", [row("shop.test", "2006", title=title)])
    export(tmp_path / "old", tmp_path / "out", "markdown")
    _import(tmp_path / "new", tmp_path / "out")
    (found,) = history(tmp_path / "new", "shop.test").to_pylist()
    assert found["title"] == title


def test_the_row_says_where_it_comes_from(tmp_path):
    (tmp_path / "a.md").write_text(_page())
    _import(tmp_path / "data", tmp_path / "a.md")
    (found,) = history(tmp_path / "data", "shop.test").to_pylist()
    assert (found["extractor"], found["reading"], found["text"]) == ("princeton-leuven", None, TEXT)
    assert found["captured_at"] == datetime(2006, 6, 19, 22, 22, 13, tzinfo=UTC)
    assert (found["policy_url"], found["policy_owner"]) == (
        "http://www.shop.test/p.jsp?a=1&b=2",
        "same_domain",
    )
    assert found["capture_date"] == date(2006, 6, 19) and found["primary"]
    assert (found["origin"], found["archive"]) == ("import", "web.archive.org")
    assert [found[name] for name in ("raw_sha256", "fetched_at", "warc_file", "http_status")] == [None] * 4
    place = "http://www.shop.test/p.jsp?a=1&b=2"
    assert found["wayback_url"] == f"https://web.archive.org/web/20060619222213id_/{place}"
    assert found["view_url"] == f"https://web.archive.org/web/20060619222213/{place}"


def test_the_release_gives_the_capture_s_time_from_its_address(tmp_path):
    release = _release(
        tmp_path / "release_db.sqlite",
        [
            (
                "b.test",
                "https://web.archive.org/web/20060819083053id_/http://www.b.test/p?a=1",
                "B",
                "**Hi** there",
            ),
            ("A.test", "https://web.archive.org/web/20100101120000id_/http://x.test/p", None, "Hello"),
            ("c.test", "https://web.archive.org/web/2010id_/http://c.test/p", None, "Hello"),
            ("d.test", "https://web.archive.org/web/20100101120000id_/http://d.test/p", None, None),
        ],
    )
    found = list(read_older_corpus(release))
    assert [each.domain if isinstance(each, OlderPolicy) else each.reason for each in found] == [
        "a.test", "b.test", "no address of a capture on the Wayback Machine", "no text",
    ]  # fmt: skip
    _import(tmp_path / "data", release)
    (b,) = history(tmp_path / "data", "b.test").to_pylist()
    assert (b["captured_at"], b["title"]) == (datetime(2006, 8, 19, 8, 30, 53, tzinfo=UTC), "B")
    assert (b["text"], b["link_text"], b["kind"]) == ("Hi there", "Privacy", "privacy_policy")
    export(tmp_path / "data", tmp_path / "out", "markdown")
    page = (tmp_path / "out/b/b./b.t/b.test/2006-08-19.md").read_text()
    assert "(https://web.archive.org/web/20060819083053id_/http%3A//www.b.test/p%3Fa%3D1)" in page


def test_a_text_is_joined_by_its_id_and_not_by_the_snapshot_s(tmp_path):
    release = _release(
        tmp_path / "r.sqlite",
        [
            (
                f"d{n}.test",
                f"https://web.archive.org/web/20060819083053id_/http://d{n}.test/",
                None,
                f"text {n}",
            )
            for n in range(60)
        ],
    )
    found = list(read_older_corpus(release))
    assert len(found) == 60 and all(each.markdown == f"text {each.domain[1:-5]}" for each in found)


def test_an_address_without_the_mark_of_raw_bytes_gets_it():
    page = read_page(_page().replace("id_/", "/"), "x.md")
    assert isinstance(page, OlderPolicy)
    assert (page.wayback_url, page.view_url) == (
        "https://web.archive.org/web/20060619222213id_/http://www.shop.test/p.jsp?a=1&b=2",
        "https://web.archive.org/web/20060619222213/http://www.shop.test/p.jsp?a=1&b=2",
    )


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i"


@pytest.mark.parametrize(
    ("table", "view"),
    [
        ("sites", f"CREATE VIEW sites AS {ENDLESS} AS id, 'a' || i || '.test' AS domain FROM n"),
        (
            "policy_snapshots",
            f"CREATE VIEW policy_snapshots AS {ENDLESS} AS site_id, i AS policy_text_id, '' AS policy_snapshot_url"
            " FROM n",
        ),
        ("policy_texts", f"CREATE VIEW policy_texts AS {ENDLESS} AS id, 'text' AS policy_text FROM n"),
    ],
)
def test_a_view_in_place_of_a_table_is_not_read_since_it_may_have_no_end(tmp_path, table, view):
    release = _release(tmp_path / "r.sqlite", [])
    with sqlite3.connect(release) as connection:
        connection.execute(f"DROP TABLE {table}")
        connection.execute(view)
    connection.close()
    (rejected,) = read_older_corpus(release)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == f"not the release's form: {table} must be stored as a table"


@pytest.mark.parametrize("damage", ["columns", "bytes"])
def test_a_release_of_another_form_or_damaged_is_rejected(tmp_path, damage):
    release = _release(
        tmp_path / "r.sqlite",
        [("a.test", "https://web.archive.org/web/20060819083053id_/http://a.test/", None, "x")],
    )
    if damage == "columns":
        with sqlite3.connect(release) as connection:
            connection.execute("ALTER TABLE policy_texts RENAME COLUMN policy_text TO words")
        connection.close()
    else:
        release.write_bytes(release.read_bytes()[:5000] + b"\xff" * 9000)
    (rejected,) = read_older_corpus(release)
    assert isinstance(rejected, Rejected)
    assert ("policy_texts.policy_text missing" if damage == "columns" else "damaged") in rejected.reason


def test_many_are_converted_in_several_processes(tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "_FEW", 3)
    for number in range(10):
        page = _page(day=f"200{number}-01-01", time=f"200{number}0101000000", body=f"Body {number}\n")
        (tmp_path / f"{number}.md").write_text(page)
    assert _import(tmp_path / "data", tmp_path).rows == 10
    rows = history(tmp_path / "data", "shop.test")
    assert rows["text"].to_pylist() == [f"Body {number}" for number in range(10)]


def test_an_import_run_again_adds_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(importing, "BATCH_ROWS", 2)
    folder = tmp_path / "corpus" / "s"
    folder.mkdir(parents=True)
    for number in range(5):
        (folder / f"{number}.md").write_text(_page(day=f"200{number}-01-01", time=f"200{number}0101000000"))
    (folder / "README.md").write_text("# Not a policy\n")
    (folder / "image.png").write_bytes(b"\x89PNG")
    data_dir = tmp_path / "data"
    assert scrapy(data_dir, "import", str(tmp_path / "corpus")) == 0
    out, err = capsys.readouterr()
    assert "5 captures added, 0 known already, 1 rejected" in out and "README.md" in err
    assert scrapy(data_dir, "import", str(tmp_path / "corpus")) == 0
    assert "0 captures added, 5 known already" in capsys.readouterr().out
    assert len(history(data_dir, "shop.test")) == 5


def test_a_capture_that_was_crawled_is_left_as_it_is(tmp_path):
    data_dir = tmp_path / "data"
    crawled = row("shop.test", "20060619222213", "ours", policy_url="http://www.shop.test/p.jsp?a=1&b=2")
    add_part(data_dir, [crawled])
    (tmp_path / "same.md").write_text(_page())
    (tmp_path / "same-day.md").write_text(_page(time="20060619000000"))
    done = _import(data_dir, tmp_path / "same.md", tmp_path / "same-day.md")
    assert (done.rows, done.known) == (1, 1)
    rows = history(data_dir, "shop.test").to_pylist()
    assert [each["extractor"] for each in rows] == ["princeton-leuven", "wayback-policies 2"]


def test_nothing_readable_is_an_error(tmp_path, capsys):
    (tmp_path / "x.md").write_text("no policy")
    assert scrapy(tmp_path / "data", "import", str(tmp_path / "x.md")) == 1
    assert scrapy(tmp_path / "data", "import", str(tmp_path / "missing.md")) == 2
    assert scrapy(tmp_path / "data", "import") == 2


def test_the_command_is_listed_by_its_name(tmp_path, capsys):
    assert scrapy(tmp_path, "import", "-h") == 0
    assert "PATH..." in capsys.readouterr().out
