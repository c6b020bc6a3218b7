"""What people decide about a dataset, written by hand in ``DATA_DIR/overrides.toml``.

Whatever one of its ``[[remove]]`` tables names is taken out of the dataset, and no crawl or import brings it back::

    [[remove]]
    domain = "plimus.com"                   # with all hosts below it
    reason = "asked for by its owner"       # for those who read the file

    [[remove]]
    url = "http://plimus.com/privacy"       # an address: all its captures

    [[remove]]
    url = "http://plimus.com/privacy"       # one capture
    captured_at = 2012-06-01T10:11:12Z      # or "20120601101112"

What one of its ``[[correct]]`` tables says of a domain's captures counts more than all that was found out. It names the
captures by their address and date, and each of these may be left out::

    [[correct]]
    domain = "plimus.com"
    address = "http://plimus.com/legal"     # alone: the main policy stood there
    from = "2011-03"                        # a year, month or day, inclusive as in since= and until=
    until = "2013"

    [[correct]]
    domain = "plimus.com"
    address = "http://plimus.com/cookies"
    kind = "cookie_policy"                  # that is what these captures are
    language = "de"                         # and the language of their texts, in two letters (ISO 639-1)
    reason = "the notice of the shop"       # for those who read the file
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from pipelines.dataset.errors import DatasetError
from pipelines.dataset.part_writer import whole_file
from pipelines.domains import BadDomain, normalize_domain
from pipelines.outcomes import Kind
from pipelines.surt import domain_prefix, key_of
from pipelines.timestamps import date_digits, digits, parse
from pipelines.urls import is_web_address, split_replay

FILE_NAME = "overrides.toml"

T = TypeVar("T")

_REMOVE_KEYS = ("domain", "url", "captured_at", "reason")
_CORRECT_KEYS = ("domain", "address", "from", "until", "kind", "language", "reason")


class BadOverrides(DatasetError):
    """``overrides.toml`` has a mistake; the message names the file, the place in it, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Removals:
    """What is to be removed. Addresses are compared by their SURT keys, as the archive's index compares them."""

    hosts: frozenset[str] = frozenset()
    """Domains, as ``pipelines.surt.domain_prefix`` has them: ``com,plimus``."""
    addresses: frozenset[str] = frozenset()
    """SURT keys."""
    captures: frozenset[tuple[str, str]] = frozenset()
    """SURT keys with timestamps of 14 digits."""

    def __bool__(self) -> bool:
        return bool(self.hosts or self.addresses or self.captures)

    def name(self, domain: str, url: str | None = None, timestamp: str | None = None) -> bool:
        """True if a domain is to be removed, or one of its addresses, or that address's capture of 14 digits.

        A removed domain takes with it what was captured on its hosts, even where it was found for another domain.
        """
        if not self:
            return False
        if domain and self._is_below(_host(domain)):
            return True
        if url is None:
            return False
        key = key_of(url)
        host = key.partition(")")[0].partition(":")[0]
        return key in self.addresses or (key, timestamp) in self.captures or self._is_below(host)

    def _is_below(self, host: str) -> bool:
        return any(above in self.hosts for above in accumulate(host.split(","), "{},{}".format))

    def kept(self, rows: pa.Table) -> pa.Table:
        """``rows`` without those to be removed: by ``domain`` and, where the table has them, a capture's columns."""
        if not self:
            return rows
        keep = [not self.name(*about) for about in captures_of(rows)]
        return rows if all(keep) else rows.filter(pa.array(keep, pa.bool_()))

    @property
    def counts(self) -> dict[str, int]:
        """How many domains, addresses and captures are named."""
        return {"domains": len(self.hosts), "addresses": len(self.addresses), "captures": len(self.captures)}

    @property
    def digest(self) -> str:
        """Hex SHA-256: equal for equal removals."""
        named = [sorted(self.hosts), sorted(self.addresses), sorted(self.captures)]
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()


_host = lru_cache(maxsize=4096)(domain_prefix)  # rows of one domain come one after the other


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of some captures of a domain."""

    domain: str
    urlkey: str | None = None
    """SURT key of the address; ``None``: all addresses."""
    since: str = ""
    """Digits of the first date, or none."""
    until: str = "~"
    """The last digits that a timestamp may have: ``2013~`` for all of 2013; ``~`` for all times."""
    kind: str | None = None
    language: str | None = None

    @property
    def is_main(self) -> bool:
        """True if it says that the domain's main policy stood at its address."""
        return self.urlkey is not None and self.kind is None and self.language is None

    @property
    def said(self) -> dict[str, str]:
        """What is given, by the keys of ``overrides.toml``; the address as its SURT key, dates as digits."""
        given = {
            "domain": self.domain, "address": self.urlkey, "from": self.since, "until": self.until.rstrip("~"),
            "kind": self.kind, "language": self.language,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value}

    def covers(self, urlkey: str, timestamp: str) -> bool:
        """True if it is about a capture, given by its SURT key and its 14 digits."""
        return self.urlkey in (None, urlkey) and self.since <= timestamp <= self.until


@dataclass(frozen=True, slots=True)
class Overrides:
    """The content of ``overrides.toml``."""

    remove: Removals = Removals()
    correct: tuple[Correction, ...] = ()
    """In the order of the file: of two for one capture, the later one counts."""

    def corrections_of(self, domain: str) -> tuple[Correction, ...]:
        """What is said of a domain."""
        return tuple(each for each in self.correct if each.domain == domain)


NO_OVERRIDES = Overrides()


def captures_of(rows: pa.Table) -> list[tuple[str, str | None, str | None]]:
    """Domain, URL and timestamp of each row; ``None`` in tables without these columns, such as ``domains``."""
    domains = rows["domain"].to_pylist()
    if "policy_url" not in rows.column_names:
        return [(domain, None, None) for domain in domains]
    moments = rows["captured_at"].to_pylist()
    timestamps = [None if moment is None else digits(moment) for moment in moments]
    return list(zip(domains, rows["policy_url"].to_pylist(), timestamps, strict=True))


def read_overrides(data_dir: Path) -> Overrides:
    """The overrides of a dataset; none where there is no such file. Raises ``BadOverrides`` for a mistake in it."""
    path = data_dir / FILE_NAME
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return NO_OVERRIDES
    except OSError as error:
        raise BadOverrides(f"{path} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadOverrides(f"{path}: {error}") from error
    if unknown := sorted(found.keys() - {"remove", "correct"}):
        raise BadOverrides(f"{path}: there is no {unknown[0]}; allowed are [[remove]] and [[correct]]")
    removals = set(_entries(path, found, "remove", _removal))
    return Overrides(
        Removals(
            hosts=frozenset(one for one in removals if isinstance(one, str) and ")" not in one),
            addresses=frozenset(one for one in removals if isinstance(one, str) and ")" in one),
            captures=frozenset(one for one in removals if isinstance(one, tuple)),
        ),
        tuple(_entries(path, found, "correct", _correction)),
    )


def join_overrides(data_dir: Path, source: Path) -> None:
    """Adds the entries of ``overrides.toml`` that another DATA_DIR, ``source``, has and this one has not.

    Raises ``BadOverrides`` for a mistake in one of them, ``OSError`` where the file can't be written.
    """
    if read_overrides(source) == NO_OVERRIDES:
        return
    read_overrides(data_dir)  # a mistake in it is told as such
    path = data_dir / FILE_NAME
    before = path.read_text("utf-8") if path.exists() else ""
    here, there = tomllib.loads(before), tomllib.loads((source / FILE_NAME).read_text("utf-8"))
    new = [(table, entry) for table, entries in there.items() for entry in entries if entry not in here.get(table, ())]
    if not new:
        return
    lines = [before.rstrip("\n"), ""] if before else []
    for table, entry in new:
        lines += [f"[[{table}]]", *(f"{key} = {_toml(value)}" for key, value in entry.items()), ""]
    with whole_file(path) as file:
        file.write("\n".join(lines).encode())


def _toml(value: Any) -> str:
    """A text, a number, a date or a time in TOML."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _entries(path: Path, found: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], T]) -> Iterator[T]:
    """What the tables of a name say. Raises ``BadOverrides`` with the place of a mistake."""
    entries = found.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadOverrides(f"{path}: {name} is no list of tables; write [[{name}]] above each")
    for number, entry in enumerate(entries, 1):
        try:
            yield read(entry)
        except ValueError as problem:
            raise BadOverrides(f"{path}: [[{name}]] number {number}: {problem}") from None


def _removal(entry: Mapping[str, Any]) -> str | tuple[str, str]:
    """A domain as the beginning of its SURT keys, an address as its SURT key, or that with a timestamp.

    Raises ``ValueError`` with what is wrong and what is allowed.
    """
    _require_known(entry, _REMOVE_KEYS)
    if len({"domain", "url"} & entry.keys()) != 1:
        raise ValueError("give either domain or url")
    if "domain" in entry:
        if "captured_at" in entry:
            raise ValueError("captured_at goes with url, not with domain")
        return domain_prefix(_domain(entry))
    key = _urlkey(entry, "url")
    return (key, _timestamp(entry["captured_at"])) if "captured_at" in entry else key


def _correction(entry: Mapping[str, Any]) -> Correction:
    """Raises ``ValueError`` with what is wrong and what is allowed."""
    _require_known(entry, _CORRECT_KEYS)
    if "domain" not in entry:
        raise ValueError("give the domain")
    if not {"address", "kind", "language"} & entry.keys():
        raise ValueError("say what is right: give address, kind or language")
    if (kind := entry.get("kind")) is not None and kind not in tuple(Kind):
        raise ValueError(f"kind: there is no {kind}; allowed are {', '.join(Kind)}")
    language = entry.get("language")
    if language is not None and not (isinstance(language, str) and re.fullmatch("[a-z]{2}", language)):
        raise ValueError(f'language: {language!r} is no code of two letters (ISO 639-1), such as "de"')
    since, until = _date(entry, "from"), _date(entry, "until")
    if until and until < since[: len(until)]:
        raise ValueError("until lies before from")
    urlkey = _urlkey(entry, "address") if "address" in entry else None
    return Correction(_domain(entry), urlkey, since, f"{until}~", kind, language)


def _require_known(entry: Mapping[str, Any], keys: Sequence[str]) -> None:
    if unknown := sorted(entry.keys() - set(keys)):
        raise ValueError(f"there is no key {unknown[0]}; allowed are {', '.join(keys)}")
    if not isinstance(entry.get("reason", ""), str):
        raise ValueError("reason is no text")


def _domain(entry: Mapping[str, Any]) -> str:
    try:
        return normalize_domain(str(entry["domain"]))
    except BadDomain as error:
        raise ValueError(f"domain: {error}") from None


def _urlkey(entry: Mapping[str, Any], name: str) -> str:
    url = entry[name]
    if not isinstance(url, str) or not is_web_address(url):
        raise ValueError(f"{name}: {url!r} is no http(s) address")
    if split_replay(url):
        raise ValueError(f"{name}: {url!r} is an archive's address; give the captured URL")
    return key_of(url)


def _date(entry: Mapping[str, Any], name: str) -> str:
    """The digits of a year, month or day; none where the entry has none."""
    if name not in entry:
        return ""
    try:
        return date_digits(str(entry[name]))
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from None


def _timestamp(when: object) -> str:
    """The 14 digits of a date-time, which is UTC unless it says otherwise, or of 14 digits. Raises ``ValueError``."""
    if isinstance(when, datetime):
        return digits(when.astimezone(UTC) if when.tzinfo else when)
    try:
        return digits(parse(str(when)))
    except ValueError:
        raise ValueError(
            f'captured_at: {when} is no time; allowed are 2012-06-01T10:11:12Z and "20120601101112"'
        ) from None
