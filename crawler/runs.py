"""The records of runs: a JSON file in ``DATA_DIR/runs`` for each time that the policies spider was started.

A record is written when a run begins, and replaced by the whole one when it ends, however it ends. So a record without
an end is of a run that is under way or was killed. docs/operation.md says what stands in it.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings
from scrapy.statscollectors import StatsCollector
from scrapy.utils.versions import get_versions

from crawler import __version__
from crawler.archives import POOLS
from crawler.arguments import Arguments
from crawler.given_settings import OURS
from pipelines.dataset.overrides import Removals
from pipelines.dataset.part_writer import whole_file
from pipelines.dataset.parts import FILE_NAME as LEDGER
from pipelines.domains import BadDomain, normalize_domain
from pipelines.timestamps import iso
from pipelines.urls import archive_name

logger = logging.getLogger(__name__)

FOLDER = "runs"
SCHEMA_VERSION = 1

#: Words of a sentence that may be domains or addresses.
_NAMES = re.compile(r"(?:https?://)?[^\s/:;,'\"()]+\.[^\s:;,'\"()]+")
_LOGIN = re.compile(r"//[^/@\s]*@")


class Run:
    """The record of a run in the making."""

    def __init__(
        self, data_dir: Path, settings: BaseSettings, arguments: Arguments | None = None, crawl_id: str | None = None
    ) -> None:
        """A run that begins now. It has no arguments if they can't be used, and no crawl's id if it was refused."""
        self._began = datetime.now(UTC)
        self._path = data_dir / FOLDER / f"{self._began:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.json"
        self._facts = {
            "schema_version": SCHEMA_VERSION,
            "began": iso(self._began),
            "crawl_id": crawl_id,
            "archive": archive_name(arguments.archive_url) if arguments else None,
            "arguments": arguments.as_dict() if arguments else None,
            "settings": {name: settings[name] for name in sorted(OURS - {"ARCHIVE_URL"})},
            "software": {name.lower(): found for name, found in get_versions()} | software(),
        }

    def begin(self) -> None:
        """Writes that the run has begun."""
        self._write({"ended": None})

    def end(self, *, exit_code: int, reason: str, why: str, stats: Mapping[str, Any], unhealthy: list[str]) -> None:
        """Writes the whole record.

        Args:
            exit_code: as ``crawler.exit_codes`` has them.
            reason: the one that the spider closed with.
            why: a sentence for people; empty if all went well.
            stats: Scrapy's.
            unhealthy: a sentence for each rule that is broken.
        """
        now = datetime.now(UTC)
        self._write(
            {
                "ended": iso(now),
                "seconds": round((now - self._began).total_seconds(), 1),
                "exit_code": exit_code,
                "reason": reason,
                "why": _LOGIN.sub("//", why),
                "unhealthy": unhealthy,
                **counts(stats),
            }
        )

    def _write(self, more: dict[str, Any]) -> None:
        _write(self._path, self._facts | more)


def record_refusal(
    settings: BaseSettings, arguments: Arguments | None, stats: StatsCollector | None, code: int, reason: str, why: str
) -> None:
    """Writes the record of a run that could not begin, if DATA_DIR is one that a crawl has used before."""
    data_dir = Path(settings["DATA_DIR"])
    if not (data_dir / LEDGER).exists():
        return
    counts = stats.get_stats() if stats is not None else {}
    with suppress(OSError):  # it was refused, and says why
        Run(data_dir, settings, arguments).end(exit_code=code, reason=reason, why=why, stats=counts, unhealthy=[])


def software() -> dict[str, str]:
    """The versions of this software and of what decides its results."""
    packages = ("scrapy", "waybackpy", "trafilatura", "lxml", "pyarrow", "warcio")
    ours = {"wayback-policies": __version__, "python": platform.python_version()}
    return ours | {name: version(name) for name in packages}


def counts(stats: Mapping[str, Any]) -> dict[str, Any]:
    """What a run has done, by its counts in Scrapy's stats (docs/statistics.md)."""
    return {
        "pools": {
            pool: {
                "requests": stats.get(f"wayback/requests/{pool}", 0),
                "answers": _below(stats, f"wayback/answers/{pool}/"),
                "bytes": stats.get(f"wayback/bytes/{pool}", 0),
                "refused": stats.get(f"wayback/refused/{pool}", 0),
                "pauses": stats.get(f"wayback/pauses/{pool}", 0),
                "paused_seconds": stats.get(f"wayback/paused/{pool}", 0),
                "waited_seconds": stats.get(f"wayback/waited/{pool}", 0.0),
            }
            for pool in POOLS
        },
        "domains": _below(stats, "wayback/domains/"),
        "captures": _below(stats, "wayback/captures/"),
        "rows": stats.get("wayback/rows", 0),
        "warc_records": stats.get("wayback/warc_records", 0),
        "health": _below(stats, "wayback/health/"),
        "crawl": {name: _below(stats, f"wayback/crawl/{name}/") for name in ("domains", "captures")},
    }


def _below(stats: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in sorted(stats.items()) if name.startswith(prefix)}


def read_runs(data_dir: Path) -> Iterator[dict[str, Any]]:
    """The records, the newest first. One that can't be read is left out, with a warning."""
    for path in sorted((data_dir / FOLDER).glob("*.json"), reverse=True):
        try:
            record = json.loads(path.read_bytes())
            if not isinstance(record, dict) or not isinstance(record.get("began"), str):
                raise ValueError("it is no record of a run")
        except (OSError, ValueError) as problem:
            logger.warning("%s left out: %s", path, problem)
        else:
            yield record


def days_without_rows(records: Iterable[Mapping[str, Any]], now: datetime) -> float:
    """Days since a run last wrote a row; where none has, since the first one began.

    ``records`` are those of all runs, the newest first.
    """
    since = now
    for record in records:
        since = datetime.fromisoformat(record["began"])
        if record.get("rows"):
            since = datetime.fromisoformat(record["ended"])
            break
    return max((now - since).total_seconds(), 0.0) / 86400


def withdraw_from_runs(data_dir: Path, removals: Removals) -> None:
    """Takes what is to be removed out of the records: the domain that was asked for, the sentence that names it."""
    for path in (data_dir / FOLDER).glob("*.json"):
        try:
            record = json.loads(path.read_bytes())
            arguments = record["arguments"] or {}
        except (ValueError, TypeError, KeyError):
            path.unlink()  # nobody knows what a damaged one holds
            continue
        before = json.dumps(record)
        if arguments.get("source") == "domain" and removals.name(arguments["value"]):
            arguments["value"] = ""
        if any(_is_removed(name, removals) for name in _NAMES.findall(record.get("why", ""))):
            record["why"] = ""
        if json.dumps(record) != before:
            _write(path, record)


def _is_removed(name: str, removals: Removals) -> bool:
    if name.startswith("http"):
        return removals.name("", name)
    try:
        return removals.name(normalize_domain(name.strip(".").partition("/")[0]))
    except BadDomain:
        return False


def _write(path: Path, record: Mapping[str, Any]) -> None:
    with whole_file(path) as file:
        file.write(json.dumps(record, indent=1, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n")
