"""The table of ``laws.py``: a column for each number of domains, the law between the last two, and 500,000 domains."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markdown_table import whole_table

MANY = 500_000
#: What a day's budget of an address allows, in requests.
A_DAY = {"cdx": 24 * 60 * 24, "playback": 480 * 60 * 24}

#: What does not go on in a straight line, besides memory.
_BOUNDED = ("a row is written, times",)

Figures = Sequence[Mapping[str, Any]]
"""What was measured: a first crawl, weekly ones, ``status``, ``compact``, ``release``."""


def table(figures: Mapping[int, Figures]) -> str:
    """The table in Markdown. The law is the exponent of the number of domains by which a line grows.

    What 500,000 domains take goes on from the last two numbers in a straight line, so that what each run costs however
    few domains it has does not count for each of them.
    """
    counts = list(figures)
    columns = [dict(_lines(figures[count], count)) for count in counts]
    head = ["", *(f"{count:,}" for count in counts), *(["law", f"{MANY:,}"] if len(counts) > 1 else [])]
    rows = []
    for name in columns[-1]:
        if not all(name in column for column in columns):  # of few domains a table is too small to tell its law
            continue
        values = [column[name] for column in columns]
        row = [name, *map(_number, values)]
        if len(counts) > 1:
            row += [
                f"{_law(counts[-2:], values[-2:]):+.2f}",
                "" if name in _BOUNDED or "memory" in name else _number(_many(name, counts, values)),
            ]
        rows.append(row)
    return whole_table(head, rows)


def _law(counts: Sequence[int], values: Sequence[float]) -> float:
    if not all(values):
        return 0.0
    return math.log(values[1] / values[0]) / math.log(counts[1] / counts[0])


def _many(name: str, counts: Sequence[int], values: Sequence[float]) -> float:
    is_each = " a domain" in name or " a row" in name or " a request" in name
    (few, one), (more, other) = zip(counts[-2:], values[-2:], strict=True)
    if is_each:
        one, other = one * few, other * more
    found = other + (other - one) / (more - few) * (MANY - more)
    return max(found / MANY if is_each else found, 0.0)


def _number(value: float) -> str:
    if not value:
        return "0"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def _lines(figures: Figures, domains: int) -> Iterator[tuple[str, float]]:
    first, *weeks = figures[:-3]
    status, compact, release = figures[-3:]
    yield from _crawl("first crawl", [first], domains)
    yield "first crawl: CPU a request, ms", 1e3 * _cpu([first], "crawl") / (first["playback"] + first["cdx"])
    yield "first crawl: part files, CPU a row, ms", 1e3 * _cpu([first], "part files") / first["rows"]
    yield from _crawl("a week", weeks, domains)
    yield "a week: domains not due, share", sum(week["not due"] for week in weeks) / domains / len(weeks)
    crawls = [first, *weeks]
    rows = sum(crawl["rows"] for crawl in crawls)
    written = sum(crawl["written"] for crawl in crawls)
    yield "rows", rows
    yield "captures known", crawls[-1]["known"]
    yield "a row is written, times", written / rows
    merged = written - rows
    if merged:
        yield "merges: CPU a row that is written, ms", 1e3 * _cpu(crawls, "merge") / merged
    yield from _afterwards({"status": status, "compact": compact, "release": release}, rows)
    for name, size in sorted(release["bytes"].items(), key=lambda one: -one[1]):
        if size > 1_000 * 1_000:
            yield f"disk: {name}, bytes a domain", size / domains
    yield "disk: all, GB", sum(release["bytes"].values()) / 1e9


def _crawl(name: str, crawls: Figures, domains: int) -> Iterator[tuple[str, float]]:
    """The lines of some crawls, their mean."""
    asked = {pool: sum(crawl.get(pool, 0) for crawl in crawls) / len(crawls) for pool in A_DAY}
    for pool, requests in asked.items():
        yield f"{name}: {pool} requests a domain", requests / domains
    days = max(asked[pool] / A_DAY[pool] for pool in A_DAY)
    yield f"{name}: days behind one address", days
    yield f"{name}: days behind 16", days / 16
    for stage in ("start", "queue"):
        yield f"{name}: {stage}, s of CPU", _cpu(crawls, stage) / len(crawls)
    yield f"{name}: planning, answers and ledger, CPU a domain, ms", _each(crawls, domains, "crawl")
    yield f"{name}: part files, CPU a domain, ms", _each(crawls, domains, "part files")
    yield f"{name}: merges, CPU a domain, ms", _each(crawls, domains, "merge")
    yield f"{name}: end, s of CPU", _cpu(crawls, "end") / len(crawls)
    yield f"{name}: histories, CPU a domain, ms", _each(crawls, domains, "histories")
    yield f"{name}: tables, CPU a domain, ms", _each(crawls, domains, "tables")
    for what, stages in {"crawl": ("start", "queue", "crawl", "part files", "archive"), "merge": ("merge",),
                         "end": ("end", "histories", "tables")}.items():  # fmt: skip
        yield f"{name}: peak memory, {what}, MB", _peak(crawls, stages) / 1e6


def _afterwards(steps: Mapping[str, Mapping[str, Any]], rows: int) -> Iterator[tuple[str, float]]:
    for name, step in steps.items():
        used = step["stages"][name]
        if name == "status":
            yield "status: s of CPU", used["cpu"]
            continue
        yield f"{name}: CPU a row, ms", 1e3 * used["cpu"] / rows
        yield f"{name}: s", used["wall"]
        yield f"{name}: peak memory, MB", used["peak"] / 1e6


def _cpu(crawls: Figures, stage: str) -> float:
    return float(sum(crawl["stages"].get(stage, {"cpu": 0.0})["cpu"] for crawl in crawls))


def _each(crawls: Figures, domains: int, stage: str) -> float:
    return 1e3 * _cpu(crawls, stage) / len(crawls) / domains


def _peak(crawls: Figures, stages: Sequence[str]) -> float:
    return float(max(crawl["stages"].get(stage, {"peak": 0})["peak"] for crawl in crawls for stage in stages))
