"""The report's pages in Chromium, from disk. Skipped where Playwright, axe or the system's Chromium is missing."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from data.make.pictures import chromium as chromium_of_the_system
from pipelines.audit.sample import draw
from pipelines.audit.scoring import read_answers
from pipelines.report import site
from pipelines.report.audit_pages import write_audit
from pipelines.report.site import write_report
from tests.support.data_dirs import data_dir
from tests.support.rows import asked, capture, policy

pytestmark = pytest.mark.slow

LONG = "\n\n".join(f"Paragraph {number} says what we do with data." for number in range(12))
HOSTILE = "</script><script>window.run=1</script>\n\n<img src=x onerror='window.run=1'>\n\n" + LONG


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("browser")
    rows = [
        policy("a.test", "2010-02-01", f"We sell nothing.\n\n{LONG}\n\nWrite to us."),
        policy("a.test", "2012-02-01", f"We sell no data.\n\n{LONG}\n\nCookies tell us who you are."),
        policy("evil.test", "2011-02-01", LONG, title=HOSTILE),
        policy("evil.test", "2012-02-01", HOSTILE, title=HOSTILE),
    ]
    captures = [capture(row["domain"], f"{row['captured_at']:%Y-%m-%d}") for row in rows]
    many = [asked(f"site{number}.test", "not_archived") for number in range(110)]
    source = data_dir(root / "data", rows, captures, [asked("a.test"), asked("evil.test"), *many])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "can_draw", lambda: False)
        write_report(source, root / "out")
    return root / "out"


@pytest.fixture(scope="module")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (extra browser)")
    if (installed := chromium_of_the_system()) is None:
        pytest.skip("there is no Chromium on this system")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, folder):
    """Opens a page; at the end, there was no line in the console, no error and no request outside the folder."""

    @contextmanager
    def open_page(path, **context):
        wrong = []
        page = chromium.new_page(**context)
        page.on("console", lambda line: wrong.append(line.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        inside = (f"file://{folder}/", "data:")
        page.on("request", lambda request: request.url.startswith(inside) or wrong.append(request.url))
        page.goto(f"file://{folder}/{path}")
        yield page
        assert wrong == []
        page.close()

    return open_page


def test_the_table_is_searched_sorted_and_filled_on_demand(opened):
    with opened("index.html") as page:
        names = page.locator("#table tbody th")
        assert names.count() == 100
        page.click("#more")
        assert names.count() == 112
        page.locator("#table thead button", has_text="versions").click()
        assert names.first.inner_text() in ("a.test", "evil.test")
        page.fill("#search", "EVIL")
        assert names.all_inner_texts() == ["evil.test"]
        assert page.inner_text("#found") == "1 of 112 domains"
        page.click("#table tbody a")
        assert page.inner_text("h1") == "evil.test"


def test_a_change_is_opened_by_its_address_and_read_by_keyboard(opened):
    with opened("domain/a.test.html#v2") as page:
        page.wait_for_selector("#shown ins")
        assert page.inner_text("#reading") == "What changed in v2 (substantive)"
        assert page.locator("#shown summary").inner_text().startswith("12 paragraphs the same, ")
        assert page.locator("#shown .row.changed").count() == 3
        assert page.locator("#shown > .row").first.locator("p").count() == 2
        page.keyboard.press("t")
        assert page.locator("#shown > .row").first.locator("p").count() == 1
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert page.locator(".row.here").inner_text() == page.locator("#shown .changed").nth(1).inner_text()
        page.click("a[aria-label='text of v1']")
        page.wait_for_function("document.querySelector('#reading').textContent === 'Text of v1'")
        assert page.locator("#shown p").first.inner_text() == "We sell nothing."


def test_a_hostile_text_is_shown_and_does_nothing(opened):
    with opened("domain/evil.test.html#v2-text") as page:
        page.wait_for_selector("#shown p")
        assert page.locator("#shown p").first.inner_text() == "</script><script>window.run=1</script>"
        page.click("a[aria-label='what changed in v2']")
        page.wait_for_selector("#shown ins")
        assert page.evaluate("window.run") is None
        assert page.locator("#shown img").count() == 0


@pytest.mark.parametrize(
    ("scheme", "paths"),
    [("light", ["index.html", "domain/a.test.html#v2", "domain/site1.test.html"]), ("dark", ["domain/a.test.html#v2"])],
)
def test_pages_fit_a_narrow_screen_and_shut_nobody_out(opened, chromium, folder, scheme, paths):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed (extra browser)")
    for path in paths:
        with opened(path, color_scheme=scheme, viewport={"width": 320, "height": 700}) as page:
            shown(page, path)
            assert page.evaluate("document.documentElement.scrollWidth") == 320
        page = chromium.new_page(color_scheme=scheme)  # axe tries to load things, and complains in the console
        page.goto(f"file://{folder}/{path}")
        shown(page, path)
        found = axe.Axe().run(page)
        assert not found.violations_count, found.generate_report()
        page.close()


def shown(page, path):
    """Waits until a change is shown, if the page's address names one."""
    if "#" in path:
        page.wait_for_selector("#shown ins")


def test_two_people_answer_from_disk_go_on_where_they_were_and_save_what_is_scored(chromium, tmp_path):
    rows = [policy("a.test", "2012-03-01", HOSTILE, title=HOSTILE), policy("b.test", "2013-03-01", LONG)]
    data = data_dir(tmp_path / "data", rows)
    sample = draw(data, 10, 1)
    first, _ = write_audit(data, sample, tmp_path / "audit")
    wrong = []
    with chromium.new_context(accept_downloads=True) as context:
        page = context.new_page()
        page.on("console", lambda line: wrong.append(line.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"file://{first}")
        row = sample.rows[0]["id"]
        for group in page.locator(f"[id='{row}'] fieldset").all():
            group.locator("input").first.check()
        assert page.inner_text("#done") == "1 of 2 rows answered"
        with page.expect_download() as download:
            page.click("#save")
        assert download.value.suggested_filename == "answers-a.csv"
        download.value.save_as(tmp_path / "answers.csv")
        page.reload()
        assert page.inner_text("#done") == "1 of 2 rows answered"
        page.evaluate("localStorage.clear()")
        page.reload()
        assert page.inner_text("#done") == "0 of 2 rows answered"
        page.set_input_files("#open", tmp_path / "answers.csv")
        page.wait_for_function("document.querySelector('#done').textContent === '1 of 2 rows answered'")
        assert page.evaluate("window.run") is None
    assert wrong == []
    assert set(read_answers(tmp_path / "answers.csv", sample)[row].values()) == {"yes", "same_domain"}
