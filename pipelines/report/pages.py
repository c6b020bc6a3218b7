"""The pages as HTML. Templates escape whatever they are given (autoescape), and link to web addresses only."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipelines.report.facts import Facts
from pipelines.report.figures import Figures
from pipelines.report.pictures import HOW_TO_GET, Picture
from pipelines.report.roles import LETTERS, MEANINGS, SAME, TEXT, role_of, stretches
from pipelines.report.timeline import timeline
from pipelines.timestamps import half_year
from pipelines.urls import is_web_address

Row = dict[str, Any]

#: What a page says it was made by.
GENERATOR = "wayback-policies report"
#: Bytes of a page. Rows that do not fit are left out, and the page says where they are.
PAGE_BYTES = 300_000
_MOST_ROWS = 400

#: Names that can be a file's name everywhere. Domains are given by lists and releases, and so by others.
_SAFE_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_MOST_OF_A_NAME = 200


def file_name(domain: str) -> str:
    """The name of a domain's files, without an ending: the domain, or a digest of what is no safe name.

    >>> file_name("plumeria.example"), file_name("../../etc/passwd")[:12]
    ('plumeria.example', 'other-b0132a')
    """
    if len(domain) <= _MOST_OF_A_NAME and _SAFE_NAME.fullmatch(domain):
        return domain
    return f"other-{hashlib.sha256(domain.encode(errors='surrogatepass')).hexdigest()[:32]}"


def domain_page(facts: Facts, made_of: str) -> str:
    """The page of one domain, at most ``PAGE_BYTES`` long; its head says what it was ``made_of``."""

    def render(most: int) -> str:
        return rendered(
            "domain.html",
            root="../",
            made_of=made_of,
            facts=facts,
            file_name=file_name(facts.domain),
            lines=_lines(facts, most),
            timeline=timeline(facts, most),
            gaps=[each for each in stretches(facts.coverage) if each["role"] not in (TEXT, SAME)][-most:],
        )

    return _within(render)


def start_page(
    figures: Figures, pictures: Sequence[Picture], *, drawn: bool, dataset: str, crawls: Sequence[str]
) -> str:
    """The start page. ``drawn``: whether the pictures could be drawn. ``dataset``, ``crawls``: what to say of them."""

    def render(most: int) -> str:
        return rendered(
            "index.html",
            root="",
            made_of="",
            figures=figures,
            pictures=pictures,
            drawn=drawn,
            how_to_get=HOW_TO_GET,
            newest=figures.newest[:most],
            dataset=dataset,
            crawls=crawls,
        )

    return _within(render)


def _within(render: Callable[[int], str]) -> str:
    """The page with as many rows as fit into ``PAGE_BYTES``."""
    most = _MOST_ROWS
    while len((page := render(most)).encode(errors="replace")) > PAGE_BYTES and most > 1:
        most //= 2
    return page


def _lines(facts: Facts, most: int) -> list[Row]:
    """The tables of versions, each with the newest first: that of the main line, then one per other language."""
    by_title: defaultdict[str, list[Row]] = defaultdict(list)
    for row in sorted(facts.versions, key=lambda row: not row["is_main"]):
        other = f"Seen meanwhile in another language: {row['language'] or 'unknown'}"
        by_title["Versions" if row["is_main"] else other].append({**row, "name": facts.names[row["version_id"]]})
    return [
        {"title": title, "rows": rows[-most:][::-1], "left_out": max(len(rows) - most, 0)}
        for title, rows in by_title.items()
    ]


def script_data(name: str, data: Any) -> str:
    """A script file that registers data: JSON in which nothing ends the script or a line of it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escaped in (("</", "<\\/"), ("<!--", "<\\u0021--"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        text = text.replace(character, escaped)
    return f"report.add({json.dumps(name)}, {text});\n"


def table_row(facts: Facts) -> list[Any]:
    """The row of the start page's table and heat map: what ``report.js`` calls a row."""
    main = facts.main
    changes = [row["first_seen"] for row in main[1:]]
    return [
        facts.domain,
        len(main),
        _day(main[0]["first_seen"]) if main else None,
        _day(main[-1]["last_seen"]) if main else None,
        _day(changes[-1]) if changes else None,
        main[0]["words"] if main else None,
        main[-1]["words"] if main else None,
        file_name(facts.domain),
        half_year(facts.coverage[0]["starts"]) if facts.coverage else 0,
        "".join(LETTERS[role_of(row)] for row in facts.coverage),
    ]


def domains_script(rows: Sequence[list[Any]]) -> str:
    """The script file with the start page's table."""
    roles = {LETTERS[role]: meaning for role, meaning in MEANINGS.items()}
    first = min((row[8] for row in rows if row[9]), default=0)
    return script_data("domains", {"first": first, "rows": rows, "roles": roles})


@cache
def _environment() -> Environment:
    made = Environment(loader=PackageLoader("pipelines.report"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    made.globals |= {"generator": GENERATOR, "meanings": MEANINGS}
    made.filters |= {"day": _day, "number": "{:,}".format, "short": _short, "file_name": file_name,
                     "words": lambda text: str(text).replace("_", " ")}  # fmt: skip
    made.tests["web"] = lambda url: bool(url) and is_web_address(url)
    return made


def rendered(template: str, **values: Any) -> str:
    """A template of this room, filled in."""
    return str(_environment().get_template(template).render(values))


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d}"


def _short(text: str, most: int = 200) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
