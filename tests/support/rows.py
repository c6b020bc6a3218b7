"""Made-up rows of the dataset: ``row`` and ``policy`` for ``policies``, ``capture`` for ``captures``, ``asked`` for
``domains``, ``ran`` for ``crawls``."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pipelines.dataset.merging import capture_of
from pipelines.schema import CAPTURES, CRAWLS, DOMAINS, POLICIES

Row = dict[str, Any]

FETCHED = datetime(2026, 11, 1, tzinfo=UTC)


def row(domain: str, time: str, text: str = "We collect your name.", **other: Any) -> Row:
    """A row of ``policies`` for the capture of ``domain`` at ``time`` (14 digits, or fewer from the left)."""
    captured_at = datetime.strptime(time + "20000101000000"[len(time) :], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    url = other.get("policy_url", f"http://www.{domain}/privacy.html?lang=en")
    values = {
        "domain": domain,
        "capture_date": captured_at.date(),
        "captured_at": captured_at,
        "requested_at": captured_at,
        "policy_url": url,
        "wayback_url": f"https://web.archive.org/web/{captured_at:%Y%m%d%H%M%S}id_/{url}",
        "view_url": f"https://web.archive.org/web/{captured_at:%Y%m%d%H%M%S}/{url}",
        "found_by": "url_keyword",
        "redirects": [],
        "title": "Privacy Policy",
        "text": text,
        "markdown": text,
        "language": "en",
        "language_score": 0.99,
        "kind": "privacy_policy",
        "policy_score": 0.97,
        "primary": True,
        "policy_owner": "same_domain",
        "words": len(text.split()),
        "text_sha256": hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest(),
        "raw_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "mimetype": "text/html",
        "http_status": 200,
        "charset": "utf-8",
        "archive": "web.archive.org",
        "extractor": "wayback-policies 2",
        "reading": "dom",
        "origin": "crawl",
        "fetched_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "crawl_id": "20260102",
    }
    return {**values, **other}


def table(rows: list[Row]) -> pa.Table:
    """The rows in the dataset's order, with its schema."""
    return pa.Table.from_pylist(sorted(rows, key=capture_of), schema=POLICIES)


def moment(day: str) -> datetime:
    """``2012-03-01`` or ``2012-03-01T10:00:00`` as a time in UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def policy(domain: str, day: str, text: str, **other: Any) -> Row:
    """A row of ``policies`` that a crawl fetched: the domain's primary policy unless ``other`` says otherwise."""
    of_a_crawl = {
        "policy_url": f"https://{domain}/privacy",
        "archive_digest": digest(text),
        "fetched_at": FETCHED,
        "crawl_id": "crawl-1",
        "warc_file": "a.warc.gz",
        "warc_offset": 0,
    }
    return row(domain, f"{moment(day):%Y%m%d%H%M%S}", text, **of_a_crawl | other)


def digest(text: str) -> str:
    """The archive's digest of a capture with this text: SHA-1."""
    return hashlib.sha1(text.encode()).hexdigest().upper()


def capture(domain: str, day: str, outcome: str = "stored", **other: Any) -> Row:
    """A row of ``captures``: one capture and its outcome."""
    values = {
        "archive": "web.archive.org",
        "domain": domain,
        "policy_url": f"https://{domain}/privacy",
        "captured_at": moment(day),
        "mimetype": "text/html",
        "http_status": 200,
        "length": 4000,
        "outcome": outcome,
    }
    return dict.fromkeys(CAPTURES.names) | values | other


def asked(domain: str, outcome: str = "found", **other: Any) -> Row:
    """The row of ``domains`` for a domain that one crawl asked for."""
    values = {
        "archive": "web.archive.org",
        "domain": domain,
        "asked_first": FETCHED,
        "asked_last": FETCHED,
        "outcome": outcome,
        "may_pass": False,
        "homepages": [],
    }
    return dict.fromkeys(DOMAINS.names) | values | other


def ran(crawl_id: str, **other: Any) -> Row:
    """A row of ``crawls``."""
    values = {
        "crawl_id": crawl_id,
        "started": FETCHED,
        "archive": "web.archive.org",
        "arguments": "{}",
        "settings": "{}",
        "software": "{}",
    }
    return dict.fromkeys(CRAWLS.names) | values | other
