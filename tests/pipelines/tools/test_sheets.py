"""The history for spreadsheets, read back by other readers."""

from __future__ import annotations

import csv
import errno
import os
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.release.build import release
from pipelines.tools import sheets
from pipelines.tools.sheets import MOST_OF_A_CELL, cell, guarded, write_sheets
from tests.support.commands import scrapy
from tests.support.data_dirs import data_dir, remove
from tests.support.rows import asked, capture, policy

openpyxl = pytest.importorskip("openpyxl", reason="the workbook is read back with openpyxl (extra test)")
FORMULA = '=HYPERLINK("https://a.test","x")'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    policies = [policy("a.test", f"{year}-02-01", f"We sell {year} things.") for year in (2010, 2012)]
    policies.append(policy("b.test", "2011-03-04T05:06:07", "We sell nothing.", policy_url="=b.test/privacy"))
    captures = [
        capture(row["domain"], f"{row['captured_at']:%Y-%m-%dT%H:%M:%S}", policy_url=row["policy_url"])
        for row in policies
    ]
    return data_dir(tmp_path / "data", policies, captures, [asked("a.test"), asked("b.test")])


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_files_hold_versions_changes_and_coverage_without_texts(data: Path, tmp_path: Path) -> None:
    done = write_sheets(data, tmp_path / "out", "csv")
    versions, changes, coverage, columns = (
        lines(tmp_path / "out" / f"{name}.csv") for name in ("versions", "changes", "coverage", "columns")
    )
    assert done.rows == {"versions": len(versions), "changes": len(changes), "coverage": len(coverage)}
    assert [row["version"] for row in versions] == ["1", "2", "1"]
    assert versions[2]["first_seen"] == "2011-03-04 05:06:07"
    assert versions[2]["is_main"] == "true"
    assert versions[2]["policy_url"] == "'=b.test/privacy"
    assert versions[0]["addresses"] == "https://a.test/privacy 2010-02-01 00:00:00 2010-02-01 00:00:00"
    assert [row["change"] for row in changes] == ["substantive"]
    assert "paragraphs" not in changes[0]
    assert coverage[0]["starts"] == "2010-01-01"
    told = {(row["table"], row["column"]) for row in columns}
    assert ("coverage", "within_version") in told and len(told) == len(columns)


def test_a_workbook_has_times_without_zone_and_no_formula(data: Path, tmp_path: Path) -> None:
    done = write_sheets(data, tmp_path / "out", "xlsx")
    assert done.path == tmp_path / "out" / "history.xlsx"
    book = openpyxl.load_workbook(done.path)
    assert book.sheetnames == ["versions", "changes", "coverage", "columns"]
    head, *rows = book["versions"].iter_rows()
    last = dict(zip((each.value for each in head), rows[-1], strict=True))
    assert (last["first_seen"].value, last["first_seen"].is_date) == (datetime(2011, 3, 4, 5, 6, 7), True)
    assert (last["policy_url"].value, last["policy_url"].data_type) == ("=b.test/privacy", "s")
    assert (last["is_main"].value, last["words"].value) == (True, 3)


def test_a_release_gives_the_same_as_the_data_dir_it_was_made_of(data: Path, tmp_path: Path) -> None:
    for with_text in (True, False):
        made = release(data, tmp_path / f"release-{with_text}", with_text=with_text)
        write_sheets(made.path, tmp_path / f"of-{with_text}", "csv")
    write_sheets(data, tmp_path / "of-data", "csv")
    for name in ("versions.csv", "changes.csv", "coverage.csv"):
        first, *others = ((tmp_path / f"of-{source}" / name).read_text() for source in ("data", "True", "False"))
        assert others == [first, first]


def test_rows_that_do_not_fit_a_sheet_go_on_in_another(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "SHEET_ROWS", 3)
    path = write_sheets(data, tmp_path / "one.xlsx", "xlsx").path
    book = openpyxl.load_workbook(path)
    assert path == tmp_path / "one.xlsx"
    assert [name for name in book.sheetnames if "versions" in name] == ["versions", "versions 2"]
    assert [row[3].value for row in book["versions 2"].iter_rows(min_row=2)] == [1]


@pytest.mark.parametrize("text", [FORMULA, "+1", "-1", "@SUM(A1)", " \t=1", "＝1"])
def test_a_text_that_begins_like_a_formula_is_none_in_csv(text: str) -> None:
    assert guarded(cell(text)) == f"'{cell(text)}"
    assert guarded(-1) == -1


@pytest.mark.parametrize("text", ["x" * 32_767, "x" * 40_000, "𝔵" * 20_000, "=" * 40_000])
def test_no_cell_is_longer_than_a_spreadsheet_takes(text: str) -> None:
    found = guarded(cell(text))
    assert len(str(found).encode("utf-16-le")) // 2 <= MOST_OF_A_CELL
    assert found == text or str(found).endswith("…")


def test_what_archives_hold_comes_back_as_it_was_or_as_a_sign_for_it(tmp_path: Path) -> None:
    texts = ["\x00\x1b[2J\x85", "<&>\"'", "\ufffe\uffff", "a\nb", "שלום", FORMULA, "0123", "https://a.test/"]
    with sheets._workbook(tmp_path / "texts.xlsx") as add:
        add("texts", ["text"], [[cell(text)] for text in texts])
    found = [row[0].value for row in openpyxl.load_workbook(tmp_path / "texts.xlsx")["texts"].iter_rows(min_row=2)]
    assert found[:1] == ["\ufffd\ufffd[2J\ufffd"]
    assert found[1:2] + found[3:] == texts[1:2] + texts[3:]


def test_days_before_the_calendar_of_spreadsheets_are_text() -> None:
    assert cell(datetime(1899, 12, 31).date()) == "1899-12-31"
    assert cell(None) is None


def test_what_is_to_be_removed_is_left_out(data: Path, tmp_path: Path) -> None:
    remove(data, domain="a.test")
    write_sheets(data, tmp_path / "out", "csv")
    assert {row["domain"] for row in lines(tmp_path / "out" / "versions.csv")} == {"b.test"}


def test_the_command_writes_them_and_names_domains_without_a_policy(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("-o", str(tmp_path / "out"))
    assert scrapy(data, "export", "--format", "csv", *out, "-a", "domain=a.test,no.test") == 2
    told = capsys.readouterr()
    assert told.out == f"2 versions, 1 changes, 5 coverage written to {tmp_path / 'out'}\n"
    assert told.err.startswith("no policy of no.test is known")
    made = release(data, tmp_path / "release", with_text=False)
    of = ("--format", "xlsx", "--release", str(made.path))
    assert scrapy(data, "export", *out, *of) == 0
    assert scrapy(data, "export", *out, *of, "-a", "domain=no.test") == 2
    assert capsys.readouterr().err == f"{made.path} has nothing of no.test\n"
    assert (tmp_path / "out" / "history.xlsx").is_file()


def test_a_full_disk_is_told_in_a_line_and_leaves_no_workbook(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    assert scrapy(data, "export", "--format", "xlsx", "-o", str(tmp_path / "out")) == 1
    assert capsys.readouterr().err == f"[Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}\n"
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--format", "csv", "--primary"), "--format csv takes no selection but -a domain=NAME"),
        (("--format", "text", "--release", "x"), "--release goes with --format csv or xlsx"),
        (("--format", "csv", "--release", "x"), "x is no release: it has no release.json"),
    ],
)
def test_what_does_not_go_together_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], line: str
) -> None:
    assert scrapy(data, "export", "-o", str(tmp_path / "out"), *arguments) == 2
    assert line in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
