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
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.dataset.errors import DatasetError
from pipelines.domains import BadDomain, normalize_domain
from pipelines.surt import domain_prefix, key_of
from pipelines.timestamps import digits, parse
from pipelines.urls import is_web_address, split_replay

FILE_NAME = "overrides.toml"

_REMOVE_KEYS = ("domain", "url", "captured_at", "reason")


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

        A removed domain takes with it what was captured on its hosts, also where it was found for another domain.
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
class Overrides:
    """The content of ``overrides.toml``."""

    remove: Removals = Removals()


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
        return Overrides()
    except OSError as error:
        raise BadOverrides(f"{path} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadOverrides(f"{path}: {error}") from error
    if unknown := sorted(found.keys() - {"remove"}):
        raise BadOverrides(f"{path}: there is no {unknown[0]}; allowed is [[remove]]")
    entries = found.get("remove", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadOverrides(f"{path}: remove is no list of tables; write [[remove]] above each")
    hosts, addresses, captures = set(), set(), set()
    for number, entry in enumerate(entries, 1):
        try:
            match _removal(entry):
                case (key, timestamp):
                    captures.add((key, timestamp))
                case key if ")" in key:
                    addresses.add(key)
                case host:
                    hosts.add(host)
        except ValueError as problem:
            raise BadOverrides(f"{path}: [[remove]] number {number}: {problem}") from None
    return Overrides(Removals(frozenset(hosts), frozenset(addresses), frozenset(captures)))


def _removal(entry: Mapping[str, Any]) -> str | tuple[str, str]:
    """A domain as the beginning of its SURT keys, an address as its SURT key, or that with a timestamp.

    Raises ``ValueError`` with what is wrong and what is allowed.
    """
    if unknown := sorted(entry.keys() - set(_REMOVE_KEYS)):
        raise ValueError(f"there is no key {unknown[0]}; allowed are {', '.join(_REMOVE_KEYS)}")
    if len({"domain", "url"} & entry.keys()) != 1:
        raise ValueError("give either domain or url")
    if not isinstance(entry.get("reason", ""), str):
        raise ValueError("reason is no text")
    if "domain" in entry:
        if "captured_at" in entry:
            raise ValueError("captured_at goes with url, not with domain")
        try:
            return domain_prefix(normalize_domain(str(entry["domain"])))
        except BadDomain as error:
            raise ValueError(f"domain: {error}") from None
    url = entry["url"]
    if not isinstance(url, str) or not is_web_address(url):
        raise ValueError(f"url: {url!r} is no http(s) address")
    if split_replay(url):
        raise ValueError(
            f"url: {url!r} is an archive's address; give the captured URL, and captured_at for one capture"
        )
    return (key_of(url), _timestamp(entry["captured_at"])) if "captured_at" in entry else key_of(url)


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
