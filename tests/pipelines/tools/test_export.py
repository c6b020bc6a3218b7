from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.tools.export import domain_folder, export, header_line, markdown_page
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part
from tests.support.rows import row


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


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
    assert export(tmp_path, out, "text") == 6
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
    assert export(tmp_path, tmp_path / "out", "markdown") == 0


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
    assert "junk.parquet cannot be read" in capsys.readouterr().err
    assert scrapy(tmp_path, "show", "a.test") == 1
    assert "junk.parquet" in capsys.readouterr().err
    assert scrapy(tmp_path, "summary") == 1
    assert "junk.parquet" in capsys.readouterr().err
    pq.write_table(pa.table({"domain": ["a.test"]}), folder / "junk.parquet")
    assert scrapy(tmp_path, "export", "-o", str(tmp_path / "out")) == 1
    assert "junk.parquet has no column capture_date" in capsys.readouterr().err


def test_where_there_is_no_dataset_nothing_is_exported(tmp_path):
    assert scrapy(tmp_path, "export", "-o", str(tmp_path / "out")) == 2


def test_a_folder_that_can_not_be_written_is_named(tmp_path, capsys):
    add_part(tmp_path, [row("a.test", "2006")])
    (tmp_path / "out").write_text("a file")
    assert scrapy(tmp_path, "export", "-o", str(tmp_path / "out")) == 1
    assert str(tmp_path / "out") in capsys.readouterr().err
