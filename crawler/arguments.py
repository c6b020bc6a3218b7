"""The ``-a`` arguments of ``scrapy crawl policies``, checked before the crawl starts."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crawler.archives import ARCHIVES
from crawler.archives.internet_archive import InternetArchive
from crawler.domains import BadLine, in_shard, parse_shard, read_domain_list
from crawler.given_settings import BadSetting, data_dir
from crawler.health import RULES
from crawler.known import PLANS, WantedQuery, is_asked_for
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lifting import version_of
from pipelines.dataset.overrides import BadOverrides, read_overrides
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.sums import as_text, sha256
from pipelines.domains import meant_domain, normalize_domain
from pipelines.schema import TIMESTAMP
from pipelines.timestamps import date_digits, digits, is_of_the_web, moment, parse
from pipelines.urls import is_web_address, without_login

SOURCES = ("domain", "domains", "urls", "captures")
CAPTURE_COLUMNS = ("domain", "policy_url", "captured_at")
NAMES = (*SOURCES, "since", "until", "plan", "archive", "archive_url", "shard", "refresh")

T = TypeVar("T")


class BadArgument(ValueError):
    """The argument can't be used; the message says what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing asked for: a domain, a policy URL of it, or one capture of that URL."""

    domain: str
    url: str | None = None
    timestamp: str | None = None
    """14 digits."""
    rank: int | None = None
    """The domain's rank in the list that names it."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a crawl is asked to do. The same arguments resume an unfinished crawl."""

    source: str
    """domain, domains, urls or captures."""
    value: str
    """The domain, or the path of a file or folder."""
    since: str = ""
    until: str = ""
    """Prefixes of timestamps, inclusive: ``2010``, ``201506``, or empty for no limit."""
    plan: str = PLANS[0]
    archive: str = InternetArchive.name
    archive_url: str = ""
    """The archive's address, without a login."""
    shard: tuple[int, int] = (0, 1)
    refresh: str = ""
    """The time after which a known domain of a list is due again, like ``7d``; if empty, its own history decides."""
    login: tuple[str, str] = field(default=("", ""), repr=False)
    """User name and password for the archive, from its address."""

    def as_dict(self) -> dict[str, Any]:
        """The arguments as the ledger keeps and publishes them: without the login.

        ``refresh`` is there if it was given: crawls that older versions began had no such argument.
        """
        given = {name: value for name, value in asdict(self).items() if name != "login"}
        return given if self.refresh else {name: value for name, value in given.items() if name != "refresh"}

    def of_the_archive(self) -> dict[str, str]:
        """The settings by which requests reach the archive: its address and, if it wants one, the login."""
        found = {"ARCHIVE_URL": self.archive_url}
        if any(self.login):
            login = (*self.login, urlsplit(self.archive_url).netloc)
            found |= zip(("HTTPAUTH_USER", "HTTPAUTH_PASS", "HTTPAUTH_DOMAIN"), login, strict=True)
        return found

    @property
    def asked_until(self) -> float | None:
        """Unix time until which the crawl asks for all captures there are; ``None`` if it names its captures itself."""
        if self.source == "captures":
            return None
        return moment(self.until, latest=True).timestamp() if self.until else math.inf

    def named_by(self) -> tuple[str, str | None]:
        """Who names the domains: a list's file name and its SHA-256, or ``argument``. Reads the whole list.

        The SHA-256 of a folder is that of what ``sha256sum`` says of its files.
        """
        if self.source == "domain":
            return "argument", None
        path = Path(self.value)
        if path.is_dir():
            sums = {file.relative_to(path).as_posix(): sha256(file) for file in capture_files(path)}
            return path.absolute().name, hashlib.sha256(as_text(sums).encode()).hexdigest()
        return path.name, sha256(path)

    def allows(self, timestamp: str) -> bool:
        """True if a capture is within the dates asked for. Captures that the user named always are."""
        return self.source == "captures" or is_asked_for(timestamp, self.since, self.until)

    def dated(self, query: WantedQuery) -> WantedQuery:
        """The query for only the dates asked for."""
        return replace(query, since=self.since or None, until=self.until or None)

    def targets(self) -> Iterator[Target | BadLine]:
        """What is asked for, as a stream. A line that can't be used comes as a ``BadLine``."""
        read = {"domain": self._one, "domains": self._domains, "urls": self._urls, "captures": self._captures}
        for target in read[self.source]():
            if isinstance(target, BadLine) or in_shard(target.domain, *self.shard):
                yield target

    def _one(self) -> Iterator[Target]:
        yield Target(self.value)

    def _domains(self) -> Iterator[Target | BadLine]:
        for line in read_domain_list(Path(self.value)):
            yield line if isinstance(line, BadLine) else Target(line.domain, rank=line.rank)

    def _urls(self) -> Iterator[Target | BadLine]:
        with Path(self.value).open(encoding="utf-8-sig", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                url = line.strip()
                if not url or url.startswith("#"):
                    continue
                try:
                    yield Target(domain_of(url), url)
                except ValueError as error:
                    yield BadLine(number, url, str(error))

    def _captures(self) -> Iterator[Target | BadLine]:
        rows = (row for file in capture_files(Path(self.value)) for row in _capture_rows(file))
        for number, row in enumerate(rows, 1):
            try:
                yield _capture_target(row)
            except ValueError as error:
                yield BadLine(number, str(row), str(error))


def capture_files(path: Path) -> list[Path]:
    """The files of a list of captures: a file, the Parquet files of a folder, or those of a release's ``policies``."""
    if not path.is_dir():
        return [path]
    return part_files(policies_folder(path) if policies_folder(path).is_dir() else path)


def _capture_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=list(CAPTURE_COLUMNS)):
            yield from _in_seconds(batch).to_pylist()


def _in_seconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with times in UTC and whole seconds; null where Python's ``datetime`` has no such time."""
    when = batch.column("captured_at")
    if not pa.types.is_timestamp(when.type):
        return batch
    when = when.cast(TIMESTAMP, safe=False)
    first, last = (pa.scalar(limit.replace(tzinfo=UTC), TIMESTAMP) for limit in (datetime.min, datetime.max))
    when = pc.if_else(pc.and_(pc.greater_equal(when, first), pc.less_equal(when, last)), when, None)
    return batch.set_column(batch.schema.get_field_index("captured_at"), "captured_at", when)


def _capture_target(row: Mapping[str, Any]) -> Target:
    domain, url, when = (row[name] for name in CAPTURE_COLUMNS)
    if not isinstance(url, str) or not is_web_address(url):
        raise ValueError("policy_url is no http(s) address")
    if isinstance(when, str) and re.fullmatch(r"[0-9]{14}", when):
        when = parse(when)
    if not isinstance(when, datetime):
        raise ValueError("captured_at is neither a timestamp nor 14 digits")
    timestamp = digits(when)
    if not is_of_the_web(timestamp):
        raise ValueError(f"captured_at is of the year {when.year}")
    return Target(normalize_domain(str(domain)) if domain else domain_of(url), url, timestamp)


def read_duration(written: str) -> timedelta:
    """A time like ``7d`` (days) or ``36h`` (hours). Raises ``ValueError``."""
    match = re.fullmatch(r"([0-9]{1,5})([dh])", written)
    if match is None:
        raise ValueError("not a number of days or hours, like 7d or 36h")
    return timedelta(**{"days" if match[2] == "d" else "hours": int(match[1])})


def domain_of(url: str) -> str:
    """The domain of a policy URL that the user gave. Raises ``ValueError``."""
    if not is_web_address(url):
        raise ValueError("no http(s) address")
    return meant_domain(url)


def checked_arguments(settings: Mapping[str, Any], given: Mapping[str, str]) -> Arguments:
    """The ``-a`` arguments and the numbers among the settings, checked. Raises ``BadArgument``.

    Names that begin with ``_`` are for the one who runs the spider: scrapyd adds ``_job``.
    """
    check_settings(settings)
    try:
        read_overrides(data_dir(settings))
    except (BadSetting, BadOverrides) as error:
        raise BadArgument(str(error)) from None
    named = {name: value for name, value in given.items() if not name.startswith("_")}
    return parse_arguments({"archive_url": settings.get("ARCHIVE_URL") or ""} | named)


def parse_arguments(given: Mapping[str, str]) -> Arguments:
    """The arguments, checked. Raises ``BadArgument``."""
    unknown = sorted(set(given) - set(NAMES))
    if unknown:
        raise BadArgument(f"-a {unknown[0]}: there is no such argument. Allowed: {', '.join(NAMES)}")
    sources = [name for name in SOURCES if given.get(name)]
    if len(sources) != 1:
        said = f"both {' and '.join(sources)} are given" if sources else "nothing is asked for"
        choice = "-a domain=plimus.com, -a domains=FILE, -a urls=FILE, -a captures=FILE_OR_FOLDER"
        raise BadArgument(f"{said}. Give one of: {choice}")
    value = _source_value(sources[0], given[sources[0]])
    plan = _one_of("plan", given.get("plan") or PLANS[0], PLANS)
    archive = _one_of("archive", given.get("archive") or InternetArchive.name, tuple(ARCHIVES))
    url = given.get("archive_url") or ARCHIVES[archive].default_url
    if not is_web_address(url):
        raise BadArgument(f"-a archive_url={url}: not an http(s) address, like http://127.0.0.1:8090")
    since = _read("since", given["since"], date_digits) if given.get("since") else ""
    until = _read("until", given["until"], date_digits) if given.get("until") else ""
    if since and until and since[: len(until)] > until:
        raise BadArgument(f"-a since={given['since']} is after -a until={given['until']}")
    shard = _read("shard", given.get("shard") or "0/1", parse_shard)
    refresh = given.get("refresh") or ""
    if refresh:
        _read("refresh", refresh, read_duration)
        if sources != ["domains"]:
            raise BadArgument(
                f"-a refresh={refresh}: only a list of domains (-a domains=) has domains that are not due"
            )
    parts = urlsplit(without_login(url.rstrip("/")))
    address = parts._replace(netloc=parts.netloc.lower()).geturl()  # two spellings are one archive
    login = (unquote(urlsplit(url).username or ""), unquote(urlsplit(url).password or ""))
    arguments = Arguments(sources[0], value, since, until, plan, archive, address, shard, refresh, login)
    _read(sources[0], value, lambda value: _check_list(arguments))
    return arguments


def _source_value(source: str, value: str) -> str:
    if source == "domain":
        if "," in value:
            raise BadArgument(f"-a domain={value}: give one, or a file of them: -a domains=FILE")
        return _read(source, value, meant_domain)
    path = Path(value)
    if path.is_dir():
        if source != "captures":
            raise BadArgument(f"-a {source}={value}: it is a folder, not a file")
        if not capture_files(path):
            raise BadArgument(f"-a captures={value}: there is no Parquet file in this folder")
    elif not path.is_file():
        raise BadArgument(f"-a {source}={value}: there is no such file")
    if source == "captures":
        for file in capture_files(path):
            _check_captures(file)
    return value


def _check_captures(path: Path) -> None:
    try:
        found = pq.read_schema(path)
    except Exception as error:
        raise BadArgument(f"-a captures={path}: not a Parquet file ({error})") from None
    try:
        version_of(path, found)
    except DatasetError as error:
        raise BadArgument(f"-a captures={error}") from None
    missing = [name for name in CAPTURE_COLUMNS if name not in found.names]
    if missing:
        raise BadArgument(f"-a captures={path}: it has no column {', '.join(missing)}")


def _check_list(arguments: Arguments) -> None:
    """Reads a list, whatever the shard, up to the first line that can be used. Raises ``ValueError`` if none can."""
    first: BadLine | None = None
    for line in replace(arguments, shard=(0, 1)).targets():
        if isinstance(line, Target):
            return
        first = first or line
    if first is None:
        raise ValueError("it has no entries")
    raise ValueError(f"no line of it can be used; line {first.number}: {first.reason}")


def _read(name: str, value: str, reader: Callable[[str], T]) -> T:
    """What ``reader`` makes of an argument. Raises ``BadArgument`` with what it finds wrong."""
    try:
        return reader(value)
    except (ValueError, OSError) as error:
        raise BadArgument(f"-a {name}={value}: {error}") from None


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise BadArgument(f"-a {name}={value}: allowed are {', '.join(allowed)}")
    return value


def check_settings(settings: Mapping[str, Any]) -> None:
    """Checks the settings that are numbers. Raises ``BadArgument``."""
    for name in ("CDX_PER_MINUTE", "PLAYBACK_PER_MINUTE", "RETRY_SECONDS", "FLUSH_SECONDS"):
        if not _is_number(float, settings[name], least=0):
            raise BadArgument(f"-s {name}={settings[name]}: not a number of 0 or more")
    whole = dict.fromkeys(
        (
            "EXTRACTION_PROCESSES",
            "FLUSH_ROWS",
            "FLUSH_BYTES",
            "BELIEVED_DAYS",
            "REDISCOVER_DAYS",
            "CDX_REQUESTS",
            "PLAYBACK_REQUESTS",
        ),
        0,
    )
    for name, least in {**whole, "CDX_PAGE_ROWS": 1}.items():
        if not _is_number(int, settings[name], least=least):
            raise BadArgument(f"-s {name}={settings[name]}: not a whole number of {least} or more")
    for name in RULES:
        if settings.get(name) not in ("", None) and not _is_number(float, settings[name], least=0):
            raise BadArgument(f"-s {name}={settings[name]}: neither empty nor a number of 0 or more")
    try:
        read_duration(str(settings["MIN_REFRESH"]))
    except ValueError as error:
        raise BadArgument(f"-s MIN_REFRESH={settings['MIN_REFRESH']}: {error}") from None


def _is_number(kind: type[int] | type[float], value: Any, *, least: int) -> bool:
    try:
        return least <= kind(value) < math.inf
    except (TypeError, ValueError):
        return False
