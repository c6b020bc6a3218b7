"""The pages on which two people answer, and the command around them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipelines.audit.questions import QUESTIONS
from pipelines.audit.sample import AuditError, draw
from pipelines.release.build import release
from pipelines.report import audit_pages
from pipelines.report.audit_pages import write_audit
from tests.support.commands import scrapy
from tests.support.data_dirs import data_dir
from tests.support.rows import policy

HOSTILE = "</div><script>window.run=1</script><img src=x onerror=alert(1)>"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        policy("a.test", "2012-03-01", HOSTILE, title=HOSTILE, language="<b>", policy_owner="same_organisation"),
        policy("b.test", "2013-03-01", "We sell nothing.", view_url="javascript:alert(1)", kind="cookie_policy"),
        policy("c.test", "2014-03-01", "x" * 900, primary=False),
    ]
    return data_dir(tmp_path / "data", rows)


def test_what_archives_hold_is_text_and_only_web_addresses_are_links(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_pages, "TEXT_CHARACTERS", 500)
    (page, _) = (path.read_text() for path in write_audit(data, draw(data, 10, 1), tmp_path / "out"))
    assert page.count("<script") == 1 and "<img" not in page and "<b>" not in page
    assert "&lt;/div&gt;&lt;script&gt;window.run=1" in page
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in page
    assert len(re.findall('<a href="https://web.archive.org/web/', page)) == 2 and "javascript:" not in page
    assert "x" * 499 + "…" in page and "x" * 500 not in page


def test_two_pages_ask_each_question_of_each_row_and_do_not_tell_our_verdicts(data: Path, tmp_path: Path) -> None:
    pages = write_audit(data, draw(data, 10, 1), tmp_path / "out")
    assert [path.name for path in pages] == ["a.html", "b.html"]
    for path in pages:
        page = path.read_text()
        assert page.count("<fieldset>") == 3 * len(QUESTIONS)
        assert page.count("checked") == 0 and "cookie_policy" not in page
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "a.html", "b.html", "audit.css", "audit.js", "report.css", "sample.json",
    }  # fmt: skip


def test_a_folder_with_a_sample_or_with_other_files_is_left_as_it_is(data: Path, tmp_path: Path) -> None:
    sample = draw(data, 10, 1)
    write_audit(data, sample, tmp_path / "out")
    with pytest.raises(AuditError, match="holds a sample"):
        write_audit(data, sample, tmp_path / "out")
    (tmp_path / "out" / "sample.json").unlink()  # as a run leaves it that was killed
    write_audit(data, sample, tmp_path / "out")
    with pytest.raises(AuditError, match="is not empty"):
        write_audit(data, sample, tmp_path)
    with pytest.raises(AuditError, match="is a file"):
        write_audit(data, sample, tmp_path / "out" / "a.html")


def test_the_command_draws_scores_and_lets_the_next_release_tell(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("-o", str(tmp_path / "audit"))
    assert scrapy(data, "audit", *out, "--size", "10") == 0
    assert capsys.readouterr().out.startswith("3 of 3 rows, of 3 strata, for two people:\n")
    lines = [",".join(["row", *(question.name for question in QUESTIONS)])]
    for row in json.loads((tmp_path / "audit" / "sample.json").read_text())["rows"]:
        lines.append(f"{row['id']},{'no' if row['domain'] == 'a.test' else 'yes'},same_domain,yes,yes,yes,no,yes")
    (tmp_path / "answers.csv").write_text("\n".join(lines))
    assert scrapy(data, "audit", *out, "--score", *[str(tmp_path / "answers.csv")] * 2) == 0
    told = capsys.readouterr().out
    assert "| `language` is wrong | 100.0% | 43.9% to 100.0% | 3 |" in told
    assert f"kept in {data / 'audit.json'} for the next release" in told
    card = (release(data, tmp_path / "release").path / "README.md").read_text()
    assert "| `kind` = privacy_policy, and it is none | 50.0% |" in card
    assert "| `policy_owner` is wrong | 33.3% |" in card


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--size", "3"), "--size 3: from 10 to 5000 rows"),
        (("--score", "no.csv", "no.csv"), "there is no sample in {}"),
        (("--score", "no.csv"), "expected 2 arguments"),
    ],
)
def test_what_can_not_be_done_is_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], line: str
) -> None:
    assert scrapy(data, "audit", "-o", str(tmp_path / "audit"), *arguments) == 2
    assert line.format(tmp_path / "audit") in capsys.readouterr().err
