"""Commands that are given several DATA_DIRs: those that read take them as one, the others name the one that joins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.dataset.warc import WarcFiles
from pipelines.report import site
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part, data_dir
from tests.support.rows import asked, capture, policy
from tests.support.snapshots import snapshot

DOMAINS = ("first.com", "second.com")


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Two DATA_DIRs with a domain each, whose policy changed, and with WARC files of one name."""
    return [_filled(tmp_path / domain.partition(".")[0], domain) for domain in DOMAINS]


def _filled(folder: Path, domain: str) -> Path:
    days = ("2010-01-01", "2012-01-01")
    warcs = WarcFiles(folder / "warc", "crawl", user_agent="tests")
    place = warcs.write(snapshot(domain=domain, policy_url=f"http://{domain}/privacy", body=domain.encode()))
    warcs.close()
    given = {"warc_file": place.file, "warc_offset": place.offset}
    add_part(folder, [policy(domain, day, f"Text of {day} at {domain}", **given) for day in days])
    return data_dir(folder, [], [capture(domain, day) for day in days], [asked(domain, versions=2)])


def joined(folders: list[Path]) -> Path:
    return Path(",".join(map(str, folders)))


def test_each_reading_command_tells_of_all(
    folders: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "can_draw", lambda: False)
    out = tmp_path / "out"

    def told(*arguments: str) -> str:
        assert scrapy(joined(folders), *arguments) == 0
        return capsys.readouterr().out

    assert [line["domain"] for line in json.loads(told("status", "--domains", "--json"))] == list(DOMAINS)
    assert [line.split(",")[0] for line in told("changes", "--since", "2010", "--csv").splitlines()] == [
        "domain", *DOMAINS,
    ]  # fmt: skip
    assert told("changes", "--since", "2010", "--domain", "second.com", "--json").count("second.com") == 3
    assert told("changes", "--since", "2010", "--feed", str(out / "feed.xml")) == ""
    assert (out / "feed.xml").read_text().count("<entry>") == 2
    assert "Text of 2012-01-01 at second.com" in told("show", "second.com", "--text")
    assert told("export", "-o", str(out / "text"), "--format", "text").startswith("4 captures written")
    assert told("export", "-o", str(out / "csv"), "--format", "csv").startswith("4 versions, 2 changes")
    assert told("report", "-o", str(out / "report")).startswith("2 domains in")
    wacz = told("export", "-o", str(out), "--format", "wacz", *(f"-adomain={domain}" for domain in DOMAINS))
    assert [line.partition(" written")[0] for line in wacz.splitlines()] == ["1 records and 2 pages"] * 2


def test_what_is_known_of_none_of_them_is_told_with_all_names(
    folders: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ", ".join(map(str, folders))
    for arguments, said in (
        (("show", "no.com"), f"no policy of no.com is known in {names}"),
        (("export", "-o", str(tmp_path / "out"), "-a", "domain=no.com"), f"no policy of no.com is known in {names}"),
        (
            ("export", "-o", str(tmp_path / "out"), "--format=wacz", "-a", "domain=no.com"),
            f"the WARC files in {names} hold nothing of no.com",
        ),
    ):
        assert scrapy(joined(folders), *arguments) == 2
        assert capsys.readouterr().err.splitlines() == [said]


def test_one_that_is_missing_or_empty_is_named(folders: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    gone = folders[0].with_name("gone")
    assert scrapy(joined([*folders, gone]), "status") == 2
    assert capsys.readouterr().err == f"there is no dataset in {gone}: crawl first, or set DATA_DIR\n"


def test_a_domain_that_two_know_is_named(folders: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    again = _filled(folders[0].with_name("again"), DOMAINS[0])
    for command in (("status",), ("status", "--domains"), ("show", DOMAINS[0])):
        assert scrapy(joined([*folders, again]), *command) == 2
        told = f"first.com is in {folders[0]} and in {again}: scrapy gather {' '.join(map(str, folders))} {again} "
        assert capsys.readouterr().err == f"{told}-s DATA_DIR=ALL joins them\n"


@pytest.mark.parametrize(
    "command",
    [
        ("audit",),
        ("compact",),
        ("crawl", "policies", "-a", "domain=a.com"),
        ("gather", "x"),
        ("import", "x"),
        ("plan", "a.com"),
        ("reextract",),
        ("release", "-o", "x"),
        ("repair",),
        ("withdraw",),
    ],
)
def test_a_command_that_needs_one_names_the_one_that_joins_them(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    folders[0].mkdir()
    assert scrapy(joined(folders), *command) == 2
    joins = f"scrapy gather {folders[0]} {folders[1]} -s DATA_DIR=ALL joins them"
    assert f"{joined(folders)}: several are for commands that only read: {joins}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == folders[:1] and list(folders[0].iterdir()) == []
