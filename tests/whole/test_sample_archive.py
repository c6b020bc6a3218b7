"""The sample archive is what its README says."""

from __future__ import annotations

import gzip
import html
import importlib
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import brotli
import pytest

from crawler.local_archive.index import Entry, Index, load
from pipelines.dataset.warc_reading import REVISIT, Exchange
from tests.support.processes import PATIENCE

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
DOMAINS = [line for line in (SAMPLE / "domains.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
TELLING = re.compile(r"priva|datenschutz|yourinfo")


@dataclass(frozen=True)
class Site:
    """A line of the README's table."""

    first_year: str
    last_year: str
    versions: list[str]
    """The days on which a new text was first captured."""
    stored: int


def table() -> dict[str, Site]:
    sites = {}
    for line in (SAMPLE / "README.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[4].isdecimal():
            first, _, last = cells[1].partition("-")
            versions = re.findall(r"\d{4}-\d\d-\d\d", cells[3])
            assert cells[3].startswith(str(len(versions)))
            sites[f"{cells[0]}.example"] = Site(first, last, versions, int(cells[4]))
    return sites


TABLE = table()


@pytest.fixture(scope="module")
def index() -> Index:
    return load(sorted(SAMPLE.glob("*.warc.gz")))


@pytest.fixture(scope="module", autouse=True)
def sources() -> Iterator[None]:
    sys.path.insert(0, str(SAMPLE))
    yield
    sys.path.remove(str(SAMPLE))


def site_module(domain: str) -> ModuleType:
    return importlib.import_module(f"sites.{domain.removesuffix('.example')}")


def texts(domain: str) -> list[str]:
    """A site's texts, in the order of time."""
    site = site_module(domain)
    named = [getattr(site, name, None) for name in ("FIRST", "SECOND", "THIRD", "FOURTH")]
    return list(getattr(site, "TEXTS", filter(None, named)))


def of_domain(index: Index, domain: str) -> list[Entry]:
    prefix = f"example,{domain.removesuffix('.example')}"
    return [entry for entry in index.entries if re.match(rf"{prefix}[),]", entry.capture.urlkey)]


def played(index: Index, entry: Entry) -> Exchange:
    exchange = index.exchange(entry)
    assert exchange is not None
    return exchange


def header(exchange: Exchange, name: str) -> str:
    return dict(exchange.headers).get(name, "")


def at(index: Index, timestamp: str, path: str) -> tuple[Entry, Exchange]:
    (entry,) = [
        entry
        for entry in index.entries
        if entry.capture.timestamp.startswith(timestamp) and entry.capture.original.endswith(path)
    ]
    return entry, played(index, entry)


def unpacked(exchange: Exchange) -> bytes:
    if exchange.body.startswith(b"\x1f\x8b"):
        return gzip.decompress(exchange.body)
    return brotli.decompress(exchange.body) if header(exchange, "Content-Encoding") == "br" else exchange.body


def plain(exchange: Exchange) -> str:
    """All words of a page or of a PDF, white space folded."""
    body = unpacked(exchange)
    if body.startswith(b"%PDF"):
        shown = b" ".join(re.findall(rb"\((.*)\) Tj", body)).decode("cp1252")
        return " ".join(re.sub(r"\\(.)", r"\1", shown).split())
    declared = re.search(rb"charset=([\w-]+)", header(exchange, "Content-Type").encode() + body)
    charset = declared[1].decode().lower() if declared else "cp1252"
    text = body.decode({"iso-8859-1": "cp1252"}.get(charset, charset))
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def wording(domain: str, exchange: Exchange) -> int | None:
    """Which of the site's texts (from 1) a page shows whole; ``None`` if it shows none of them."""
    page = plain(exchange)
    shown = []
    for number, text in enumerate(texts(domain), 1):
        items = r"^- " if not unpacked(exchange).startswith(b"%PDF") else r"(?!)"
        if " ".join(re.sub(rf"^# |{items}", "", text, flags=re.MULTILINE).split()) in page:
            shown.append(number)
    assert len(shown) <= 1, shown
    return shown[0] if shown else None


# The files ------------------------------------------------------------------------------------------


@pytest.mark.skipif("ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng packs the same bytes differently")
@pytest.mark.slow
def test_the_build_gives_the_bytes_that_are_here(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SAMPLE / "build.py"), str(tmp_path)], check=True, timeout=PATIENCE)
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert built == {path.name: path.read_bytes() for path in SAMPLE.glob("*.warc.gz")}


def test_it_is_small_and_whole(index: Index) -> None:
    assert sum(path.stat().st_size for path in SAMPLE.glob("*.warc.gz")) < 1_000_000
    assert (len(index.entries), index.damaged) == (177, 0)
    assert "177 captures" in (SAMPLE / "README.md").read_text("utf-8")


def test_the_table_and_the_list_name_the_same_domains() -> None:
    assert list(TABLE) == DOMAINS


# The table ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("domain", DOMAINS)
def test_captures_span_the_years_of_the_table(index: Index, domain: str) -> None:
    years = sorted(entry.capture.timestamp[:4] for entry in of_domain(index, domain))
    assert (years[:1], years[-1:]) == (
        [TABLE[domain].first_year] if years else [],
        years and [TABLE[domain].last_year],
    )


@pytest.mark.parametrize("domain", DOMAINS)
def test_texts_begin_on_the_days_of_the_table(index: Index, domain: str) -> None:
    first_seen: dict[int, str] = {}
    for entry in sorted(of_domain(index, domain), key=lambda entry: entry.capture.timestamp):
        text = wording(domain, played(index, entry))
        if text:
            first_seen.setdefault(text, entry.capture.timestamp[:8])
    assert list(first_seen) == list(range(1, len(first_seen) + 1))
    assert list(first_seen.values()) == [day.replace("-", "") for day in TABLE[domain].versions]


@pytest.mark.parametrize("domain", DOMAINS)
def test_as_many_bodies_hold_policy_text_as_the_table_says(index: Index, domain: str) -> None:
    bodies = {
        (entry.capture.urlkey, entry.capture.digest)
        for entry in of_domain(index, domain)
        if wording(domain, played(index, entry))
    }
    assert len(bodies) == TABLE[domain].stored


@pytest.mark.parametrize("domain", [domain for domain in DOMAINS if TABLE[domain].stored])
def test_every_site_with_a_policy_has_an_archived_homepage_that_links_to_it(index: Index, domain: str) -> None:
    # Framewright's homepage is a frameset: the links stand in one of its frames.
    homepages = re.compile(r"://[^/]+/(nav\.html)?$")
    pages = [
        unpacked(played(index, entry)).decode("latin-1")
        for entry in of_domain(index, domain)
        if homepages.search(entry.capture.original)
    ]
    assert any(re.search(r"(?i)href=\"[^\"]*(priva|datenschutz|yourinfo|confidentialite)", page) for page in pages)


# What each site shows -------------------------------------------------------------------------------


def test_plumeria_keeps_digests_changes_banners_moves_and_is_revisited(index: Index) -> None:
    entries = of_domain(index, "plumeria.example")
    policy = [entry for entry in entries if entry.capture.urlkey.endswith("/privacy.html")]
    assert len({entry.capture.digest for entry in policy[:3]}) == 1
    assert policy[3].capture.digest != policy[0].capture.digest
    assert wording("plumeria.example", played(index, policy[3])) == 1
    assert b"Zo\xeb" in played(index, policy[0]).body
    assert b"\x93Plumeria\x94" in at(index, "20050314", "/privacy.html")[1].body
    moved = [played(index, entry) for entry in policy if entry.capture.status == 301]
    assert [header(exchange, "Location") for exchange in moved] == [
        "http://www.plumeria.example/company/privacy-policy",
        "/company/privacy-policy",
    ]
    revisits = [entry for entry in entries if entry.capture.mimetype == REVISIT]
    assert sorted(entry.capture.timestamp[:8] for entry in revisits) == ["20070112", "20131122"]
    assert {played(index, entry).status for entry in revisits} == {200}


def test_framewright_has_its_text_in_a_frame(index: Index) -> None:
    frameset = at(index, "20010311", "/privacy.html")[1].body
    assert b"<frameset" in frameset
    assert b'src="privacy_text.html"' in frameset
    assert plain(at(index, "20010311", "/privacy.html")[1]) == "Framewright & Daughters - Privacy"


def test_nordwind_goes_from_latin_1_by_windows_1252_to_gzip(index: Index) -> None:
    bodies = [at(index, day, "/datenschutz.html")[1] for day in ("20020604", "20060925", "20120703", "20180525")]
    latin, windows, utf8, packed = bodies
    assert header(latin, "Content-Type") == header(windows, "Content-Type") == "text/html; charset=ISO-8859-1"
    assert "Fährgesellschaft" in latin.body.decode("latin-1")
    assert b"\x84Merkliste\x93" in windows.body
    assert "„Merkliste“" in utf8.body.decode("utf-8")
    assert (header(packed, "Content-Encoding"), packed.body[:2]) == ("gzip", b"\x1f\x8b")


def test_hanabido_names_its_early_charsets_in_the_page_only(index: Index) -> None:
    for day, charset in (("20030907", "Shift_JIS"), ("20060611", "EUC-JP"), ("20100405", "EUC-JP")):
        exchange = at(index, day, "/privacy.html")[1]
        assert header(exchange, "Content-Type") == "text/html"
        assert f"charset={charset}".encode() in exchange.body
        assert "プライバシーポリシー" in exchange.body.decode(charset)
    assert "個人情報" in at(index, "20220402", "/privacy.html")[1].body.decode("utf-8")


def test_quietgardens_policy_has_no_telling_word_in_its_address(index: Index) -> None:
    urls = {entry.capture.urlkey for entry in of_domain(index, "quietgarden.example")}
    assert not any(re.search("priva|policy|legal|terms|data|cookie", url) for url in urls)


def test_ledgerlines_policy_is_a_pdf_of_two_pages(index: Index) -> None:
    entry, exchange = at(index, "20090218", ".pdf")
    assert entry.capture.mimetype == "application/pdf"
    assert exchange.body.startswith(b"%PDF-1.4")
    assert exchange.body.count(b"/Type /Page ") == 2
    start = int(exchange.body.rsplit(b"startxref\n", 1)[1].split()[0])
    assert exchange.body[start : start + 4] == b"xref"


def test_copperkettle_ends_in_errors(index: Index) -> None:
    assert at(index, "20130716", "copperkettle.example/privacy-policy")[0].capture.status == 429
    gone, soft_404 = at(index, "20150919", "copperkettle.example/privacy-policy")
    assert (gone.capture.status, "Page not found" in plain(soft_404)) == (200, True)
    parked = plain(at(index, "20180305", "copperkettle.example/privacy-policy")[1])
    assert "This domain is for sale" in parked


def test_brinehouse_never_speaks_of_privacy(index: Index) -> None:
    for entry in of_domain(index, "brinehouse.example"):
        assert not TELLING.search(entry.capture.original + plain(played(index, entry)).lower())


def test_tidelog_lies_about_its_encodings_and_ends_up_in_scripts(index: Index) -> None:
    def policy(day: str) -> Exchange:
        return at(index, day, "/privacy")[1]

    assert header(policy("20140815"), "Content-Encoding") == "gzip"
    assert policy("20140815").body[:2] == b"\x1f\x8b"
    assert header(policy("20160404"), "Content-Encoding") == "br"
    lying, silent = policy("20180320"), policy("20181111")
    assert (header(lying, "Content-Encoding"), lying.body[:9]) == ("gzip", b"<!DOCTYPE")
    assert (header(silent, "Content-Encoding"), silent.body[:2]) == ("", b"\x1f\x8b")
    assert b'<div id="root"></div>' in policy("20200606").body
    assert header(policy("20210903090000"), "Location") == "https://legal.tidelog.example/privacy"
    hosts = {entry.capture.urlkey.partition(")")[0] for entry in of_domain(index, "tidelog.example")}
    assert hosts == {"example,tidelog", "example,tidelog,legal"}


def test_mapleloop_changes_its_bytes_with_every_capture(index: Index) -> None:
    policy = [entry for entry in of_domain(index, "mapleloop.example") if entry.capture.urlkey.endswith("/privacy")]
    assert len({entry.capture.digest for entry in policy}) == len(policy) == 13
    others = {entry.capture.urlkey for entry in of_domain(index, "mapleloop.example")}
    assert {"example,mapleloop)/cookies", "example,mapleloop)/terms"} < others


def test_the_excluded_and_the_unknown_site_have_no_captures(index: Index) -> None:
    assert of_domain(index, "vault33.example") == of_domain(index, "nowhere.example") == []
