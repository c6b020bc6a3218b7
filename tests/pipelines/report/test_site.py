from __future__ import annotations

import csv
import json
import re
import shutil

import pytest
from lxml import html

from pipelines.dataset.reading import WORKED_OUT
from pipelines.history.coverage import STATUSES
from pipelines.history.kept import is_kept
from pipelines.outcomes import Outcome
from pipelines.release.build import release
from pipelines.report import pages, site
from pipelines.report.facts import read_facts
from pipelines.report.pages import file_name, script_data
from pipelines.report.pictures import can_draw
from pipelines.report.roles import OF_OUTCOME, OF_STATUS, stretches
from pipelines.report.site import ReportError, write_report
from pipelines.schema import POLICIES
from tests.support.commands import scrapy
from tests.support.data_dirs import data_dir, remove, write_part
from tests.support.rows import asked, capture, policy

A = "We collect your name.\n\nWe keep it for a year."
B = "We collect your name and sell it.\n\nWe keep it for a year.\n\nWe use cookies."
HOSTILE = '</script><script>window.run=1</script>\n\n<img src=x onerror="window.run=1">\n\n<!--\u2028'


@pytest.fixture(autouse=True)
def _without_pictures(monkeypatch):
    """Each of them takes a tenth of a second; one test draws them."""
    monkeypatch.setattr(site, "can_draw", lambda: False)


def dataset(root, **other):
    rows = [
        policy("a.test", "2010-02-01", A),
        {**policy("a.test", "2012-02-01", B), **other},
        policy("b.test", "2011-02-01", A, language="de"),
    ]
    captures = [capture(row["domain"], f"{row['captured_at']:%Y-%m-%d}") for row in rows]
    captures.append(capture("a.test", "2011-03-01", "soft_block"))
    return data_dir(root, rows, captures, [asked("a.test"), asked("b.test"), asked("c.test", "excluded")])


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The report of ``dataset``, for tests that only read it."""
    root = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "can_draw", lambda: False)
        write_report(dataset(root / "data"), root / "out")
    return root / "out"


def data_of(path):
    """The name and data of a script file that registers data."""
    name, data = re.fullmatch(r"report\.add\((\"[^\"]*\"), (.*)\);\n", path.read_text(), re.S).groups()
    return json.loads(name), json.loads(data)


def pages_of(out):
    return {path.stem: html.fromstring(path.read_text()) for path in (out / "domain").iterdir()}


def test_a_report_has_a_page_and_data_for_each_domain_and_a_start_page(tmp_path):
    made = write_report(dataset(tmp_path / "data"), tmp_path / "out")
    out = tmp_path / "out"
    assert made.domains == 3
    assert sorted(path.name for path in (out / "domain").iterdir()) == ["a.test.html", "b.test.html", "c.test.html"]
    name, data = data_of(out / "data" / "a.test.js")
    assert name == "a.test"
    assert [data["paragraphs"][number] for number in data["texts"]["v2"]] == B.split("\n\n")
    assert data["changes"]["v2"]["captures"][0] == {
        "day": "2010-02-01",
        "view": "https://web.archive.org/web/20100201000000/https://a.test/privacy",
        "raw": "https://web.archive.org/web/20100201000000id_/https://a.test/privacy",
    }
    assert made.bytes == sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def test_the_table_of_domains_has_versions_days_and_words(out):
    _, table = data_of(out / "domains.js")
    assert table["rows"][0] == [
        "a.test", 2, "2010-02-01", "2012-02-01", "2012-02-01", 10, 16, "a.test", 4020, "tnbnt",
    ]  # fmt: skip
    assert table["rows"][2][:7] == ["c.test", 0, None, None, None, None, None]


def test_a_page_tells_versions_gaps_and_why_there_is_nothing(out):
    found = pages_of(out)
    gaps = [
        [cell.text_content() for cell in row]
        for row in found["a.test"].findall(".//section[@aria-labelledby='gaps']//tr")
    ]
    assert ["2011-H1", "2011-H1", "1", "archived, but could not be read", "soft block"] in gaps
    assert [row.get("id") for row in found["a.test"].iterfind(".//tr[@id]")] == ["v2-row", "v1-row"]
    assert "excluded" in found["c.test"].text_content()
    assert "No version of a privacy policy is known." in found["c.test"].text_content()


def test_what_archives_hold_is_never_markup(tmp_path):
    bad = 'https://evil.test/"><script>x</script>'
    source = dataset(tmp_path / "data", text=HOSTILE, title=HOSTILE, policy_url=bad, view_url="javascript:alert(1)")
    write_report(source, tmp_path / "out")
    page = pages_of(tmp_path / "out")["a.test"]
    assert [each.get("src") for each in page.iter("script")] == ["../report.js"]
    assert not list(page.iter("img"))
    assert all(re.match(r"https?://|#|\.\./", each.get("href")) for each in page.iter("a"))
    script = (tmp_path / "out" / "data" / "a.test.js").read_text()
    assert not re.search("</|<!--|\u2028", script)
    _, data = data_of(tmp_path / "out" / "data" / "a.test.js")
    assert data["paragraphs"][-3:-1] == HOSTILE.split("\n\n")[:2]


def test_every_page_forbids_what_is_not_in_its_folder(out):
    policies = {page.find(".//meta[@http-equiv]").get("content") for page in pages_of(out).values()}
    policies.add(html.parse(out / "index.html").find(".//meta[@http-equiv]").get("content"))
    own = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
    assert policies == {f"{own}; base-uri 'none'; form-action 'none'"}


@pytest.mark.parametrize("domain", ["../../evil", "a/b", "", ".", "a..b", "A.test", "a\0b", "\ud800", "x" * 300])
def test_no_domain_decides_where_its_files_are(domain):
    assert re.fullmatch("other-[0-9a-f]{32}", file_name(domain))


def test_data_ends_no_script():
    assert script_data("a", {"text": "</script><!--\u2028"}) == (
        'report.add("a", {"text":"<\\/script><\\u0021--\\u2028"});\n'
    )


def test_what_is_the_same_is_not_written_again(tmp_path):
    source, out = dataset(tmp_path / "data"), tmp_path / "out"
    assert write_report(source, out).written > 0
    assert write_report(source, out).written == 0
    write_part(source / "policies" / "more.parquet", [policy("b.test", "2013-01-01", B, language="de")], POLICIES)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    write_report(source, out)
    changed = {path.name for path, when in before.items() if path.stat().st_mtime_ns != when}
    assert {"b.test.html", "b.test.js", "index.html", "domains.js"} <= changed
    assert not {"a.test.html", "a.test.js", "c.test.html", "report.css", "report.js"} & changed


def test_a_page_without_its_data_is_made_again(tmp_path):
    source, out = dataset(tmp_path / "data"), tmp_path / "out"
    write_report(source, out)
    (out / "data" / "a.test.js").unlink()
    assert write_report(source, out).written == 1


def test_pages_are_made_again_by_other_code_of_the_report_or_of_the_comparison(tmp_path, monkeypatch):
    source = dataset(tmp_path / "data")
    before = {facts.domain: facts.digest for facts in read_facts(source)}
    for code in ("pipelines.report.facts.digest_of_report", "pipelines.report.facts.digest_of_code"):
        with monkeypatch.context() as patch:
            patch.setattr(code, lambda: "newer")
            assert all(facts.digest != before[facts.domain] for facts in read_facts(source))


@pytest.mark.parametrize("kept", [False, True])
def test_what_is_to_be_removed_leaves_the_report(tmp_path, kept):
    source, out = dataset(tmp_path / "data"), tmp_path / "out"
    if kept:
        release(source, tmp_path / "1")
        for table in WORKED_OUT:
            shutil.copytree(tmp_path / "1" / table, source / table)
    assert is_kept(source) == kept
    write_report(source, out)
    remove(source, domain="a.test")
    assert write_report(source, out).removed == 2
    assert not [path for path in out.rglob("*") if path.is_file() and b"a.test" in path.read_bytes()]
    for domain in ("b.test", "c.test"):
        remove(source, domain=domain)
    assert write_report(source, out).domains == 0
    assert not [path for path in out.rglob("*") if path.is_file() and re.search(rb"\b[abc]\.test", path.read_bytes())]


def test_a_release_whose_manifest_is_damaged_is_refused_by_name(tmp_path, capfd):
    source = dataset(tmp_path / "data")
    release(source, tmp_path / "1")
    (tmp_path / "1" / "release.json").write_text("{}")
    assert scrapy(source, "report", "-o", str(tmp_path / "out"), "--release", str(tmp_path / "1")) == 1
    assert "release.json can't be read" in capfd.readouterr().err


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(ReportError, match="holds no report"):
        write_report(dataset(tmp_path / "data"), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_a_report_of_a_release_says_the_same_of_each_domain(tmp_path):
    source = dataset(tmp_path / "data")
    release(source, tmp_path / "releases" / "1")
    write_report(source, tmp_path / "out")
    write_report(tmp_path / "releases" / "1", tmp_path / "released")
    for name in ("domain/a.test.html", "data/a.test.js", "data/b.test.js", "domains.js", "pictures/words.csv"):
        assert (tmp_path / "released" / name).read_text() == (tmp_path / "out" / name).read_text()
    assert "release 1 ·" in (tmp_path / "released" / "index.html").read_text()


def test_a_release_without_texts_gives_a_report_without_texts(tmp_path):
    release(dataset(tmp_path / "data"), tmp_path / "1", with_text=False)
    write_report(tmp_path / "1", tmp_path / "out")
    _, data = data_of(tmp_path / "out" / "data" / "a.test.js")
    assert data["paragraphs"] == []
    assert data["texts"] == {"v1": None, "v2": None}
    assert data["changes"]["v2"]["rows"] is None
    assert data["changes"]["v2"]["captures"][0]["view"].startswith("https://web.archive.org/web/20100201000000/")


def test_a_page_with_many_long_rows_stays_within_its_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_BYTES", 20_000)
    rows = [
        policy(
            "a.test", f"20{year:02}-01-01", f"text of the year number {year}", policy_url=f"https://a.test/{'x' * 900}"
        )
        for year in range(40)
    ]
    write_report(data_dir(tmp_path / "data", rows, [], [asked("a.test")]), tmp_path / "out")
    page = tmp_path / "out" / "domain" / "a.test.html"
    assert page.stat().st_size <= 20_000
    assert "older ones are in the dataset" in page.read_text()


def test_the_figures_of_the_pictures_are_beside_them(out):
    with (out / "pictures" / "words.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["half_year"], row["domains"], row["words_median"]) for row in rows] == [
        ("2010-H1", "1", "10"), ("2011-H1", "1", "10"), ("2012-H1", "1", "16"),
    ]  # fmt: skip
    assert rows[2]["speak_of_cookies"] == "1"
    assert rows[2]["changed_in_substance"] == "1"


@pytest.mark.skipif(not can_draw(), reason="the extra report is not installed")
def test_each_picture_is_drawn_for_light_and_dark(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "can_draw", can_draw)
    write_report(dataset(tmp_path / "data"), tmp_path / "out")
    names = {path.name for path in (tmp_path / "out" / "pictures").glob("*.svg")}
    assert names >= {"words.svg", "words-dark.svg", "changes.svg", "topics.svg", "languages.svg", "standing.svg"}
    assert (tmp_path / "out" / "pictures" / "words.svg").read_text().startswith("<svg")


def test_every_status_and_outcome_has_a_role():
    assert OF_STATUS.keys() == set(STATUSES)
    assert OF_OUTCOME.keys() == set(Outcome)


def test_neighbouring_half_years_of_one_status_are_one_stretch(tmp_path):
    (facts, *_) = read_facts(dataset(tmp_path / "data"))
    assert [(each["first"], each["last"], each["role"]) for each in stretches(facts.coverage)] == [
        ("2010-H1", "2010-H1", "text"), ("2010-H2", "2010-H2", "none"), ("2011-H1", "2011-H1", "blocked"),
        ("2011-H2", "2011-H2", "none"), ("2012-H1", "2012-H1", "text"),
    ]  # fmt: skip


def test_the_script_of_the_pages_is_small(out):
    assert (out / "report.js").stat().st_size < 10_000


def test_the_command_says_what_it_made_and_refuses_what_it_cannot_use(tmp_path, capfd):
    source = dataset(tmp_path / "data")
    assert scrapy(source, "report") == 2
    assert scrapy(source, "report", "-o", str(tmp_path / "out"), "--release", str(tmp_path / "none")) == 2
    assert "is no release" in capfd.readouterr().err
    assert scrapy(source, "report", "-o", str(tmp_path / "out")) == 0
    assert "3 domains in " in capfd.readouterr().out
    assert scrapy(source, "report", "-o", str(source)) == 2
