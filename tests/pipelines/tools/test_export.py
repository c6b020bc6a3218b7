from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.tools.export import SUFFIXES, Selection, export, header_line, markdown_page
from pipelines.tools.export_folder import ExportFolder, ExportRefused, domain_folder
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part, data_dir
from tests.support.rows import asked, row


def _files(folder: Path) -> list[str]:
    """All files but the index."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [name for name in found if name != "index.csv"]


def _index(folder: Path) -> list[dict[str, str]]:
    with (folder / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_header_line_is_the_older_corpus_s():
    line = header_line(row("shop.test", "20060619222213", policy_url="http://www.shop.test/p.jsp?a=1&b=ü (2)"))
    assert line == (
        "> *The following text is extracted and transformed from the shop.test privacy policy that was "
        "archived on 2006-06-19. Please check the [original snapshot on the Wayback Machine]"
        "(https://web.archive.org/web/20060619222213id_/http%3A//www.shop.test/p.jsp%3Fa%3D1%26b%3D%C3%BC"
        "%20%282%29) for the most accurate reproduction.*"
    )


def test_an_address_that_is_escaped_already_stays_as_it_was_also_with_digits_in_its_path():
    address = "https://web.archive.org/web/20120619222213id_/http%3A//ex.test/20110101000000/privacy%3Fx%3D1"
    assert f"({address})" in header_line(row("ex.test", "20120619222213", wayback_url=address))


@pytest.mark.parametrize(
    ("kind", "called"),
    [
        ("privacy_policy", "a.test privacy policy that"),
        ("cookie_policy", "a.test cookie policy that"),
        ("terms", "a.test terms of service that"),
        ("other", "a.test document that"),
    ],
)
def test_the_header_line_calls_a_text_by_its_kind(kind, called):
    assert called in header_line(row("a.test", "2006", kind=kind))


def test_a_title_is_no_markup():
    page = markdown_page(row("a.test", "2006", title="<img src=x onerror=alert(1)> [c](javascript:alert(1)) *b*"))
    assert "\n# \\<img src=x onerror=alert(1)\\> \\[c\\](javascript:alert(1)) \\*b\\*\n" in page


@pytest.mark.parametrize("form", SUFFIXES)
def test_no_control_character_of_a_page_stands_in_a_file(tmp_path, form):
    evil = "a\x1b]0;x\x07\x9b2J\x00\x7f\tb\u200fc"
    add_part(tmp_path, [row("a.test", "2006", evil, title=evil)])
    export(tmp_path, tmp_path / "out", form)
    (name,) = _files(tmp_path / "out")
    content = (tmp_path / "out" / name).read_text()
    assert not {*content} & {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))}
    if form == "jsonl":
        assert json.loads(content)["text"] == evil
    else:
        assert "\tb\u200fc" in content


def test_the_page_is_header_title_body():
    page = markdown_page(row("shop.test", "2006", title=" Our\n Policy ", markdown="**Hello**\n\nWorld"))
    assert page.split("\n", 1)[1] == "\n# Our Policy\n\n**Hello**\n\nWorld\n"


def test_a_page_without_title_keeps_the_empty_heading():
    assert "\n\n# \n\nHello\n" in markdown_page(row("shop.test", "2006", title=None, markdown="Hello"))


def test_a_file_a_capture_and_the_primary_has_the_day_s_plain_name(tmp_path):
    add_part(
        tmp_path,
        [
            row("plimus.test", "20060619010203", "a cookie notice", primary=False),
            row("plimus.test", "20060619222213", "the policy"),
            row("plimus.test", "20060619222213", "a third", policy_url="http://plimus.test/z", primary=False),
            row("plimus.test", "20060619222213", "a fourth", policy_url="http://plimus.test/zz", primary=False),
            row("plimus.test", "20121115", "newer"),
            row("x.test", "2020", "other"),
        ],
    )
    out = tmp_path / "out"
    assert export(tmp_path, out, "text").captures == 6
    assert _files(out) == [
        "p/pl/pli/plimus.test/2006-06-19-010203.txt",
        "p/pl/pli/plimus.test/2006-06-19-222213-2.txt",
        "p/pl/pli/plimus.test/2006-06-19-222213.txt",
        "p/pl/pli/plimus.test/2006-06-19.txt",
        "p/pl/pli/plimus.test/2012-11-15.txt",
        "x/x./x.t/x.test/2020-01-01.txt",
    ]
    assert (out / "p/pl/pli/plimus.test/2006-06-19.txt").read_text() == "the policy\n"


def test_rows_of_several_parts_come_together_in_order(tmp_path):
    add_part(tmp_path, [row("a.test", "2001"), row("b.test", "2001")], "one")
    add_part(tmp_path, [row("a.test", "2003"), row("b.test", "2000")], "two")
    export(tmp_path, tmp_path / "out", "jsonl")
    assert _files(tmp_path / "out") == ["a/a./a.t/a.test/policies.jsonl", "b/b./b.t/b.test/policies.jsonl"]
    lines = [json.loads(line) for line in (tmp_path / "out/b/b./b.t/b.test/policies.jsonl").open()]
    assert [line["captured_at"] for line in lines] == ["2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z"]
    assert lines[0]["capture_date"] == "2000-01-01"


@pytest.mark.parametrize(
    "domain",
    [
        "..",
        ".",
        "",
        "/etc/passwd",
        "../../x",
        "a/../../b",
        "..\\..\\x",
        "C:\\x",
        "a\nb",
        "\x00",
        "-",
        "x" * 5000,
        "é.test",
    ],
)
def test_no_name_leaves_the_folder(tmp_path, domain):
    folder = domain_folder(domain)
    assert not folder.is_absolute()
    assert all(part.strip(".") and len(part) < 256 and part.isprintable() for part in folder.parts[-1:])
    assert ".." not in folder.parts and "\\" not in str(folder)
    assert (tmp_path / folder).resolve().is_relative_to(tmp_path.resolve())
    assert len((tmp_path / folder).relative_to(tmp_path).parts) == len(folder.parts) == 4


def test_different_domains_never_share_a_folder_even_without_case():
    long = "x" * 300
    names = ["a.test", "A.test", "%41.test", "%2541.test", ".a.test", "%2e.a", "..a", "a.", "a", "a%2e",
             "", "%", "é", "e\u0301", long, long + "y", "a/b", "a\\b", "a b"]  # fmt: skip
    folders = [str(domain_folder(name)).casefold() for name in names]
    assert len(set(folders)) == len(names)


def test_the_command_writes_only_the_domains_asked_for(tmp_path, capsys):
    add_part(tmp_path, [row("a.test", "2001"), row("b.test", "2001"), row("c.test", "2001")])
    out = tmp_path / "out"
    arguments = [
        "export",
        "--format",
        "markdown",
        "-o",
        str(out),
        "-a",
        "domain=A.test",
        "-a",
        "domain=c.test",
    ]
    assert scrapy(tmp_path, *arguments) == 0
    assert _files(out) == ["a/a./a.t/a.test/2001-01-01.md", "c/c./c.t/c.test/2001-01-01.md"]
    assert "2 captures" in capsys.readouterr().out


def test_an_argument_nobody_knows_is_refused(tmp_path, capsys):
    assert scrapy(tmp_path, "export", "-o", str(tmp_path / "out"), "-a", "domian=a.test") == 2
    assert "domian" in "".join(capsys.readouterr())


def test_an_empty_dataset_exports_nothing(tmp_path):
    assert export(tmp_path, tmp_path / "out", "markdown").captures == 0


def test_a_second_export_gives_the_same_folder(tmp_path):
    add_part(tmp_path, [row("a.test", "20010101"), row("a.test", "20010101120000", primary=False)])
    for _ in range(2):
        export(tmp_path, tmp_path / "out", "markdown")
    assert len(_files(tmp_path / "out")) == 2


def test_a_damaged_or_foreign_file_is_named(tmp_path, capsys):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "junk.parquet").write_bytes(b"junk")
    assert scrapy(tmp_path, "export", "-o", str(tmp_path / "out")) == 1
    assert "junk.parquet is damaged" in capsys.readouterr().err
    assert scrapy(tmp_path, "show", "a.test") == 1
    assert "junk.parquet" in capsys.readouterr().err
    assert scrapy(tmp_path, "status", "--domains") == 1
    assert "junk.parquet" in capsys.readouterr().err
    pq.write_table(pa.table({"domain": ["a.test"]}), folder / "junk.parquet")
    assert scrapy(tmp_path, "export", "-o", str(tmp_path / "out")) == 1
    assert "junk.parquet is damaged (it has no column capture_date" in capsys.readouterr().err


def test_where_there_is_no_dataset_nothing_is_exported(tmp_path):
    assert scrapy(tmp_path, "export", "-o", str(tmp_path / "out")) == 2


def test_a_folder_that_can_not_be_written_is_named(tmp_path, capsys):
    add_part(tmp_path, [row("a.test", "2006")])
    (tmp_path / "out").write_text("a file")
    assert scrapy(tmp_path, "export", "-o", str(tmp_path / "out")) == 1
    assert str(tmp_path / "out") in capsys.readouterr().err


# --- the index, and what an earlier export wrote


@pytest.mark.parametrize("form", SUFFIXES)
def test_the_index_says_which_file_holds_which_capture(tmp_path, form):
    add_part(
        tmp_path, [row("a.test", "2001"), row("a.test", "2003", kind="terms", primary=False), row("b.test", "2002")]
    )
    out = tmp_path / "out"
    export(tmp_path, out, form)
    lines = _index(out)
    assert [(line["domain"], line["captured_at"], line["kind"]) for line in lines] == [
        ("a.test", "2001-01-01T00:00:00Z", "privacy_policy"),
        ("a.test", "2003-01-01T00:00:00Z", "terms"),
        ("b.test", "2002-01-01T00:00:00Z", "privacy_policy"),
    ]
    assert lines[0]["url"] == "http://www.a.test/privacy.html?lang=en"
    assert lines[0]["view_url"] == "https://web.archive.org/web/20010101000000/http://www.a.test/privacy.html?lang=en"
    assert {line["path"] for line in lines} == set(_files(out))
    for line in lines:
        assert line["sha256"] == hashlib.sha256((out / line["path"]).read_bytes()).hexdigest()


def test_what_the_dataset_no_longer_holds_is_removed_and_nothing_else(tmp_path):
    first, second, out = tmp_path / "first", tmp_path / "second", tmp_path / "out"
    add_part(first, [row("a.test", "2001"), row("a.test", "2003"), row("gone.test", "2002")])
    add_part(second, [row("a.test", "2001")])
    export(first, out, "text")
    (out / "a/a./a.t/a.test/notes.txt").write_text("mine")
    (out / "README").write_text("mine")
    export(second, out, "text")
    assert _files(out) == ["README", "a/a./a.t/a.test/2001-01-01.txt", "a/a./a.t/a.test/notes.txt"]
    assert not (out / "g").exists()
    assert len(_index(out)) == 1


def test_what_was_exported_of_other_domains_stays(tmp_path):
    out = tmp_path / "out"
    add_part(tmp_path, [row("a.test", "2001"), row("a.test", "2003", primary=False), row("b.test", "2001")])
    export(tmp_path, out, "markdown")
    export(tmp_path, out, "markdown", Selection({"a.test"}, primary=True))
    assert _files(out) == ["a/a./a.t/a.test/2001-01-01.md", "b/b./b.t/b.test/2001-01-01.md"]
    assert sorted(line["domain"] for line in _index(out)) == ["a.test", "b.test"]


def test_two_formats_in_one_folder_are_refused(tmp_path, capsys):
    out = tmp_path / "out"
    add_part(tmp_path, [row("a.test", "2001")])
    export(tmp_path, out, "markdown")
    before = _files(out)
    assert scrapy(tmp_path, "export", "--format", "jsonl", "-o", str(out)) == 2
    assert "another format (a/a./a.t/a.test/2001-01-01.md): name another folder" in capsys.readouterr().err
    assert _files(out) == before


def test_somebody_else_s_index_is_left_alone(tmp_path):
    add_part(tmp_path, [row("a.test", "2001")])
    (tmp_path / "index.csv").write_text("path,size\n../x,1\n")
    with pytest.raises(ExportRefused, match="not the index of an export"):
        export(tmp_path, tmp_path, "text")
    assert (tmp_path / "index.csv").read_text() == "path,size\n../x,1\n"


@pytest.mark.parametrize("path", ["../victim.md", "/etc/victim.md", "a/a./a.t/a.test/../../victim.md", "victim.md"])
def test_an_index_that_leads_out_of_the_folder_removes_nothing(tmp_path, path):
    out = tmp_path / "out"
    export(tmp_path, out, "markdown")
    victims = [tmp_path / "victim.md", out / "victim.md"]
    for victim in victims:
        victim.write_text("mine")
    with (out / "index.csv").open("a") as index:
        index.write(f"{path},a.test,2001-01-01T00:00:00Z,http://a.test/,privacy_policy,,\n")
    export(tmp_path, out, "markdown")
    assert all(victim.exists() for victim in victims)


def test_what_a_killed_export_wrote_is_known_to_the_next_ones(tmp_path):
    """The first is killed within its second file, the second one before its first; the third one has other rows."""
    out, one, two = tmp_path / "out", row("a.test", "2001"), row("b.test", "2001")
    killed = ExportFolder(out, ".txt")
    killed.write("2001-01-01.txt", "x", [one])
    killed.write("2001-01-01.txt", "x", [two])
    killed._file.write("c/c./c.t/c.test/20")
    killed._file.flush()
    half = out / "b/b./b.t/b.test"
    (half / "2001-01-01.txt").rename(half / ".2001-01-01.txt.tmp")
    ExportFolder(out, ".txt")
    add_part(tmp_path, [one])
    export(tmp_path, out, "text")
    assert _files(out) == ["a/a./a.t/a.test/2001-01-01.txt"]


# --- what is exported


def test_only_what_is_selected_is_exported(tmp_path):
    add_part(
        tmp_path,
        [
            row("a.test", "2001", "one"),
            row("a.test", "2002", "one"),
            row("a.test", "2003", "two"),
            row("a.test", "2004", "cookies", primary=False, kind="cookie_policy"),
            row("b.test", "2001", "terms", primary=False, kind="terms"),
        ],
    )
    for select, expected in (
        (Selection(primary=True), ["a 2001", "a 2002", "a 2003"]),
        (Selection(kinds=("cookie_policy",)), ["a 2004"]),
        (Selection(kinds=("cookie_policy", "terms")), ["a 2004", "b 2001"]),
        (Selection({"b.test"}), ["b 2001"]),
        (Selection(kinds=("terms",), primary=True), []),
    ):
        out = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        export(tmp_path, out, "text", select)
        assert [f"{line['domain'][0]} {line['captured_at'][:4]}" for line in _index(out)] == expected


def test_one_capture_of_each_version_is_exported(tmp_path):
    texts = ["one", "one", "two", "one", "two"]
    add_part(tmp_path, [row("a.test", f"200{year}", text) for year, text in enumerate(texts)])
    add_part(tmp_path, [row("b.test", "2001")], "other")
    done = export(tmp_path, tmp_path / "out", "text", Selection({"a.test"}, versions=True))
    files = [tmp_path / "out" / name for name in _files(tmp_path / "out")]
    assert [file.read_text() for file in files] == ["one\n", "two\n", "one\n", "two\n"]
    assert done.captures == 4 and not done.missing


def test_a_domain_without_a_main_policy_has_no_versions_to_export(tmp_path):
    data = data_dir(tmp_path, [row("a.test", "2001"), row("b.test", "2001", primary=False)], domains=[asked("c.test")])
    done = export(data, tmp_path / "out", "text", Selection(versions=True))
    assert [line["domain"] for line in _index(tmp_path / "out")] == ["a.test"]
    assert done.captures == 1


def test_the_command_takes_the_selection(tmp_path, capsys):
    add_part(tmp_path, [row("a.test", "2001"), row("a.test", "2002", kind="terms", primary=False)])
    out = tmp_path / "out"
    assert scrapy(tmp_path, "export", "-o", str(out), "--kind", "terms") == 0
    assert _files(out) == ["a/a./a.t/a.test/2002-01-01.md"]
    assert scrapy(tmp_path, "export", "-o", str(out), "--primary", "--versions") == 0
    assert _files(out) == ["a/a./a.t/a.test/2001-01-01.md"]
    assert scrapy(tmp_path, "export", "-o", str(out), "--kind", "privacy") == 2


def test_a_domain_that_nobody_knows_is_named(tmp_path, capsys):
    add_part(tmp_path, [row("a.test", "2001")])
    out = tmp_path / "out"
    assert scrapy(tmp_path, "export", "-o", str(out), "-a", "domain=a.test", "-a", "domain=nosuch.com") == 2
    assert f"no policy of nosuch.com is known in {tmp_path}" in capsys.readouterr().err
    assert _files(out) == ["a/a./a.t/a.test/2001-01-01.md"]
