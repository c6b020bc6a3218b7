"""Captures as the planning knows them, written as small tables."""

from __future__ import annotations

from crawler.known import JudgedCapture
from pipelines.surt import key_of

KINDS = {"policy": "privacy_policy", "cookie": "cookie_policy", "other": "other", "soft404": "soft_404"}


def known(table: str, first_id: int = 1) -> list[JudgedCapture]:
    """One capture per line: its date, its URL, and what it is if it was read (a key of ``KINDS``), or its status.

    ``@link`` at a line's end: a homepage's link led to its address. ``@given``: it was asked for by name.
    """
    captures = []
    for number, line in enumerate(filter(None, map(str.strip, table.split("\n")))):
        date, url, *rest = line.split()
        found_by = "homepage_link" if "@link" in rest else "given" if "@given" in rest else "url_keyword"
        what = next((word for word in rest if not word.startswith("@")), None)
        kind = KINDS.get(what or "")
        outcome = None if kind is None else "not_policy" if kind == "soft_404" else "stored"
        captures.append(
            JudgedCapture(
                id=first_id + number,
                urlkey=key_of(f"http://{url}"),
                timestamp=date.replace("-", "").ljust(14, "0"),
                digest=f"D{number}",
                url=f"http://{url}",
                status=int(what) if what and what.isdigit() else 200,
                found_by=found_by,
                state="settled" if kind else "known",
                outcome=outcome,
                content_key=f"text {number}" if kind else None,
                kind=kind,
            )
        )
    return captures
